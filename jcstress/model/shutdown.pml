/*
 * WorkRegistry and ShutdownSequence: one component "jobs" (0) that calls another, "storage" (1). Each component is what
 * gate.pml shows it to be: admission, close and the count are one step each, and the drain is announced exactly once.
 *
 * Time is a process that passes the soft deadline, the hard one (gracefulTimeout - closeReserve), the end of the settling
 * window and the end of the closing, whenever it likes, in this order.
 *
 * Left out: the lame duck's delay, watches and their grace, work abandoned because its thread is in System.exit, the
 * watchdog. More than two components.
 *
 * Names in capitals are set from outside: what the surroundings do (JOB_HANGS, STOP_THROWS, STOP_BLOCKS, CLOSE_BLOCKS,
 * SECOND_SIGNAL, TWO_CALLERS, LATE_REGISTRATION, CALLER), or a mutant.
 */

#ifndef CALLS
#define CALLS 2
#endif

#define JOBS 0
#define STORAGE 1

mtype = { drained, unstoppable, force };
chan events = [8] of { mtype, byte };

byte inFlight[2];
bool gateClosed[2], sealed[2], announced[2];
bool cancelled;

bool softDue, hardDue, windowOver, timeUp;

bool begun, isTracked[2];
bool registered[2];
byte runs;
bool terminated;

/* The sequence's own view. */
bool stopping[2], isDrained[2], cannotStop[2], givenUp[2], isClosed[2];
bool forced;
byte unfinished;

/* Resources, and what the specification knows. */
bool closeStarted[2], closeReturned[2], closeFailed[2];
bool settled;
bool queuedInTime[2];

/* A component whose gate is closed and that has nothing in flight says so, once, as part of the step that made it so. */
#define ANNOUNCE(c) \
	if \
	:: gateClosed[c] && inFlight[c] == 0 && !announced[c] -> announced[c] = true; events!drained,c \
	:: else -> skip \
	fi

#define ADMITTED(c) (!gateClosed[c])

/* A job with two writes (CALLS): admitted once, it must be able to do both, unless the hard deadline comes. */
proctype Job() {
	byte calls;
	bool before;	/* admitted before anybody told the component to stop */
	if
	:: atomic { registered[JOBS] && ADMITTED(JOBS) -> inFlight[JOBS]++; before = !stopping[JOBS]; assert(!closeStarted[JOBS] || cannotStop[JOBS]) };
		do
		:: calls < CALLS ->
			if
			:: atomic { ADMITTED(STORAGE) -> inFlight[STORAGE]++; assert(!closeStarted[STORAGE]) };
				/* the write itself ends here: its resource is open */
				atomic { assert(!closeStarted[STORAGE]); inFlight[STORAGE]--; ANNOUNCE(STORAGE); calls++ }
			:: else ->
				/* cut in the middle: only the hard deadline, or somebody's force, may do that */
				assert(settled || !before);
				break
			fi
#ifdef JOB_HANGS
		:: true ->		/* hangs, until it is cancelled */
endHangs:		cancelled
#endif
		:: calls == CALLS -> break
		od;
#ifdef JOB_HANGS
		if
		:: true
		:: true ->
endForEver:		false
		fi;
#endif
		atomic { inFlight[JOBS]--; ANNOUNCE(JOBS) }
	:: else -> skip
	fi
}

/* Whoever calls the storage from outside. */
proctype Caller() {
	if
	:: atomic { ADMITTED(STORAGE) -> inFlight[STORAGE]++; assert(!closeStarted[STORAGE]) };
		atomic { assert(!closeStarted[STORAGE]); inFlight[STORAGE]--; ANNOUNCE(STORAGE) }
	:: else -> skip
	fi
}

/* stop() of one component, on a thread of its own. */
proctype Stop(byte c) {
#ifdef STOP_THROWS
	if
	:: c == JOBS -> events!unstoppable,c; goto over
	:: else -> skip
	fi;
#endif
#ifdef STOP_BLOCKS
	if
	:: c == JOBS ->
endBlocks:	false
	:: else -> skip
	fi;
#endif
	atomic {
		gateClosed[c] = true;
		ANNOUNCE(c)
	};
over:	skip
}

/* close() of one resource, on a thread of its own. */
proctype Close(byte c) {
#ifdef CLOSE_BLOCKS
	if
	:: c == JOBS ->
endBlocks:	false
	:: c == JOBS -> closeFailed[c] = true; goto over
	:: true
	fi;
#endif
	closeReturned[c] = true;
over:	skip
}

/* Sealing and cancelling, on a thread of its own. A component that cannot be stopped has no such step. */
proctype Seal(byte c) {
#ifndef STOP_THROWS
	atomic {
		gateClosed[c] = true;
		sealed[c] = true;
		ANNOUNCE(c)
	};
#else
	if
	:: c == STORAGE ->
		atomic {
			gateClosed[c] = true;
			sealed[c] = true;
			ANNOUNCE(c)
		}
	:: else -> skip
	fi;
#endif
	cancelled = true
}

#define FINISHED(c) (isDrained[c] || givenUp[c])

inline stop(c) {
	stopping[c] = true;
#ifdef STOP_NOT_ISOLATED
#ifdef STOP_BLOCKS
	if
	:: c == JOBS -> false
	:: else -> skip
	fi;
#endif
#endif
	run Stop(c)
}

/* Its callers have finished: nobody needs it any more. */
inline finished(c) {
	unfinished--;
	if
	:: c == JOBS && isTracked[STORAGE] && !stopping[STORAGE] -> stop(STORAGE)
	:: else -> skip
	fi
}

inline handle() {
	/* one step: the event is all that it reads of others */
	atomic {
	if
	:: events?drained,c ->
		if
		:: FINISHED(c) -> skip
		:: else -> isDrained[c] = true; finished(c)
		fi
	:: events?unstoppable,c ->
		cannotStop[c] = true;
#ifdef GIVE_UP_UNDER_WORK
		givenUp[c] = true;
		finished(c)
#endif
	:: events?force,c -> forced = true
	fi
	}
}

inline closeResource(c) {
	if
	:: isTracked[c] ->
		if
		:: cannotStop[c] && inFlight[c] == 0 -> isDrained[c] = true
		:: else -> skip
		fi;
		if
#ifdef CLOSE_UNDER_WORK
		:: true ->
#else
		:: isDrained[c] ->
#endif
			atomic {
				closeStarted[c] = true;
				assert(inFlight[c] == 0 || cannotStop[c])
			};
			/* callers first */
			assert(!(c == JOBS && closeStarted[STORAGE]));
			run Close(c);
			if
			:: closeReturned[c] -> isClosed[c] = true
			:: closeFailed[c] -> skip
#ifndef CLOSE_NOT_TIMED
			:: timeUp -> skip
#endif
			fi
		:: else -> skip
		fi
	:: else -> skip
	fi
}

proctype Sequence() {
	byte c;
	atomic { runs++; assert(runs == 1) };
	/* drain */
	atomic {
	if
	:: isTracked[JOBS] -> stop(JOBS)
	:: else -> skip
	fi;
	if
#ifdef CLOSE_ALL_AT_ONCE
	:: isTracked[STORAGE] -> stop(STORAGE)
#else
	:: isTracked[STORAGE] && !isTracked[JOBS] -> stop(STORAGE)
#endif
	:: else -> skip
	fi
	};
	do
	:: forced || unfinished == 0 -> break
	:: !forced && unfinished > 0 && nempty(events) -> handle()
	:: softDue && !cancelled && unfinished > 0 ->
#ifdef SEAL_AT_SOFT_DEADLINE
		run Seal(STORAGE);
#endif
		cancelled = true
	:: cannotStop[JOBS] && !FINISHED(JOBS) && inFlight[JOBS] == 0 ->
		/* the progress tick counts what cannot be stopped */
		givenUp[JOBS] = true;
		finished(JOBS)
	:: hardDue && !forced && unfinished > 0 && empty(events) -> break
	od;
	/* settle */
	if
	:: unfinished > 0 ->
		atomic {
		settled = true;
		if
		:: isTracked[JOBS] ->
			run Seal(JOBS);
			if :: !stopping[JOBS] -> stop(JOBS) :: else -> skip fi
		:: else -> skip
		fi;
		if
		:: isTracked[STORAGE] ->
			run Seal(STORAGE);
			if :: !stopping[STORAGE] -> stop(STORAGE) :: else -> skip fi
		:: else -> skip
		fi
		};
		do
		:: unfinished == 0 -> break
		:: unfinished > 0 && nempty(events) -> handle()
		:: windowOver && unfinished > 0 ->
			atomic { queuedInTime[JOBS] = announced[JOBS]; queuedInTime[STORAGE] = announced[STORAGE] };
#ifndef NO_LAST_CHECK
			do
			:: nempty(events) -> handle()
			:: empty(events) -> break
			od;
#endif
			break
		od
	:: else -> skip
	fi;
	atomic {
	/* what had drained by the end of the window is known to have drained */
	assert(!queuedInTime[JOBS] || isDrained[JOBS]);
	assert(!queuedInTime[STORAGE] || isDrained[STORAGE])
	};
	/* close, callers first */
#ifdef STORAGE_FIRST
	closeResource(STORAGE);
	closeResource(JOBS);
#else
	closeResource(JOBS);
	closeResource(STORAGE);
#endif
	/* every component that was accepted is in the report */
	assert(!registered[JOBS] || isTracked[JOBS]);
	assert(!registered[STORAGE] || isTracked[STORAGE]);
#if !defined(JOB_HANGS) && !defined(STOP_THROWS) && !defined(STOP_BLOCKS) && !defined(SECOND_SIGNAL) && !defined(CLOSE_BLOCKS)
	/* without mishaps and before the deadline everything has drained and is closed */
	assert(hardDue || timeUp || !isTracked[JOBS] || isClosed[JOBS]);
	assert(hardDue || timeUp || !isTracked[STORAGE] || isClosed[STORAGE]);
#endif
	terminated = true
}

/* WorkRegistry.begin */
proctype Shutdown() {
#ifdef BEGIN_NOT_LOCKED
	if
	:: begun -> goto over
	:: else -> skip
	fi;
	begun = true;
	atomic {
		isTracked[JOBS] = registered[JOBS];
		isTracked[STORAGE] = registered[STORAGE];
		unfinished = isTracked[JOBS] + isTracked[STORAGE]
	};
#elif defined(COMPONENTS_READ_UNLOCKED)
	bool jobs, storage;
	atomic { jobs = registered[JOBS]; storage = registered[STORAGE] };
	atomic {
		if
		:: begun -> goto over
		:: else -> skip
		fi;
		begun = true;
		isTracked[JOBS] = jobs;
		isTracked[STORAGE] = storage;
		unfinished = isTracked[JOBS] + isTracked[STORAGE]
	};
#else
	atomic {
		if
		:: begun -> goto over
		:: else -> skip
		fi;
		begun = true;
		isTracked[JOBS] = registered[JOBS];
		isTracked[STORAGE] = registered[STORAGE];
		unfinished = isTracked[JOBS] + isTracked[STORAGE]
	};
#endif
	run Sequence();
over:	skip
}

/* WorkRegistry.add */
proctype Register(byte c) {
	atomic {
		if
		:: begun -> skip
		:: else -> registered[c] = true
		fi
	}
}

proctype Signal() {
	events!force,0
}

proctype Time() {
	softDue = true;
	hardDue = true;
	windowOver = true;
	timeUp = true
}

/* Also seen without the formula: what may hang is marked as a valid end, so a sequence that waits for ever is an invalid one. */
ltl ends { <> terminated }

init {
	atomic {
		registered[STORAGE] = true;
#ifdef LATE_REGISTRATION
		run Register(JOBS);
#else
		registered[JOBS] = true;
#endif
		run Job();
#ifdef CALLER
		run Caller();
#endif
		run Shutdown();
#ifdef TWO_CALLERS
		run Shutdown();
#endif
#ifdef SECOND_SIGNAL
		run Signal();
#endif
		run Time()
	}
}
