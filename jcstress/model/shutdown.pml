/*
 * WorkRegistry and ShutdownSequence: "jobs" (the first component) call "storage" (the last), or with CHAIN a third in between
 * that calls the storage for them, or with FAN there are two that call the storage. Each component is what gate.pml shows it
 * to be: admission, close and the count are one step each, and the drain is announced exactly once.
 *
 * Time is a process that passes the soft deadline, the hard one (gracefulTimeout - closeReserve), the end of the settling
 * window and the end of the closing, whenever it likes, in this order. Three components have too many states with all four:
 * HARD_DEADLINE leaves out the first and the last, and the shares of the closing, IN_TIME all of them but the shares.
 *
 * Left out: the lame duck's delay, watches and their grace, work abandoned because its thread is in System.exit, the
 * watchdog. More than three components.
 *
 * Names in capitals are set from outside: who calls whom, which deadlines there are, what the surroundings do (PLAIN is
 * nothing; JOB_HANGS, STOP_THROWS, STOP_BLOCKS, CLOSE_BLOCKS, SECOND_SIGNAL, TWO_CALLERS, LATE_REGISTRATION, CALLER), or a
 * mutant.
 */

#ifndef CALLS
#define CALLS 2
#endif

#if defined(CHAIN) || defined(FAN)
#define COMPONENTS 3
#else
#define COMPONENTS 2
#endif
#define JOBS 0
#define STORAGE (COMPONENTS - 1)
#ifdef FAN
#define CALLS_OF(c, d) (c != STORAGE && d == STORAGE)
#else
#define CALLS_OF(c, d) (d == c + 1)
#endif

mtype = { drained, unstoppable, force };
chan events = [8] of { mtype, byte };

byte inFlight[COMPONENTS];
bool gateClosed[COMPONENTS], sealed[COMPONENTS], announced[COMPONENTS];
bool cancelled;

bool softDue, hardDue, windowOver, timeUp;

bool begun, isTracked[COMPONENTS];
bool registered[COMPONENTS];
byte runs;
bool terminated;

/* The sequence's own view. */
bool stopping[COMPONENTS], isDrained[COMPONENTS], cannotStop[COMPONENTS], givenUp[COMPONENTS], isClosed[COMPONENTS];
bool forced;
byte unfinished;

/* Resources, and what the specification knows. */
bool closeStarted[COMPONENTS], closeReturned[COMPONENTS], closeFailed[COMPONENTS];
bool settled;
bool queuedInTime[COMPONENTS];

/* A component whose gate is closed and that has nothing in flight says so, once, as part of the step that made it so. */
#define ANNOUNCE(c) \
	if \
	:: gateClosed[c] && inFlight[c] == 0 && !announced[c] -> announced[c] = true; events!drained,c \
	:: else -> skip \
	fi

#define ADMITTED(c) (!gateClosed[c])

/* Cut in the middle: only the hard deadline, or somebody's force, may do that to what was admitted in time. */
#define CUT assert(settled || !before)

/* One write. In a chain its work in between is admitted first, and the write is a part of it. */
inline write() {
#ifdef CHAIN
	if
	:: atomic { ADMITTED(1) -> inFlight[1]++; assert(!closeStarted[1]) };
		if
		:: atomic { ADMITTED(STORAGE) -> inFlight[STORAGE]++; assert(!closeStarted[STORAGE]) };
			atomic { assert(!closeStarted[STORAGE]); inFlight[STORAGE]--; ANNOUNCE(STORAGE) }
		:: else -> CUT; cut = true
		fi;
		atomic { assert(!closeStarted[1]); inFlight[1]--; ANNOUNCE(1) }
	:: else -> CUT; cut = true
	fi
#else
	if
	:: atomic { ADMITTED(STORAGE) -> inFlight[STORAGE]++; assert(!closeStarted[STORAGE]) };
		/* the write itself ends here: its resource is open */
		atomic { assert(!closeStarted[STORAGE]); inFlight[STORAGE]--; ANNOUNCE(STORAGE) }
	:: else -> CUT; cut = true
	fi
#endif
}

/* A job with so many writes (CALLS): admitted once, it must be able to do all, unless the hard deadline comes. */
proctype Job(byte own) {
	byte calls;
	bool before;	/* admitted before anybody told the component to stop */
	bool cut;
#ifdef JOB_HANGS
	bool hung;
#endif
	if
	:: atomic { registered[own] && ADMITTED(own) -> inFlight[own]++; before = !stopping[own]; assert(!closeStarted[own] || cannotStop[own]) };
		do
		:: calls < CALLS && !cut -> write(); calls++
#ifdef JOB_HANGS
		:: own == JOBS && !cut && !hung ->	/* hangs, until it is cancelled: once, or it would never end */
			hung = true;
endHangs:		cancelled
#endif
		:: calls == CALLS || cut -> break
		od;
#ifdef JOB_HANGS
		if
		:: true
		:: own == JOBS ->
endForEver:		false
		fi;
#endif
		atomic { inFlight[own]--; ANNOUNCE(own) }
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
	:: c != JOBS ->
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

/* Somebody who has not finished calls it. */
#define NEEDS(c, d) (CALLS_OF(c, d) && isTracked[c] && !FINISHED(c))
#ifndef CLOSE_ALL_AT_ONCE
#define IS_NEEDED(d) (NEEDS(0, d) || NEEDS(1, d))
#else
#define IS_NEEDED(d) false
#endif

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

/* Whom nobody needs any more is told to stop. Within an atomic. */
inline stopUnneeded() {
	d = 0;
	do
	:: d == COMPONENTS -> break
	:: d < COMPONENTS && isTracked[d] && !stopping[d] && !IS_NEEDED(d) -> stop(d); d++
	:: else -> d++
	od;
	d = 0
}

inline finished(c) {
	unfinished--;
#ifdef FIRST_CALLER_IS_ENOUGH
	if
	:: isTracked[STORAGE] && !stopping[STORAGE] && CALLS_OF(c, STORAGE) -> stop(STORAGE)
	:: else -> skip
	fi;
#endif
	stopUnneeded()
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

/* While others wait a close has a share of the time, which is over at any moment. */
inline awaitClose(c, othersWait) {
	if
	:: closeReturned[c] -> isClosed[c] = true
	:: closeFailed[c] -> skip
#ifndef CLOSE_NOT_TIMED
#ifndef HARD_DEADLINE
	:: othersWait -> skip
#endif
	:: timeUp -> skip
#endif
	fi
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
			assert(!(CALLS_OF(c, 1) && closeStarted[1]) && !(CALLS_OF(c, STORAGE) && closeStarted[STORAGE]));
			run Close(c);
			awaitClose(c, c != STORAGE)
		:: else -> skip
		fi
	:: else -> skip
	fi
}

/* Whose share was over has gone on closing beside the others. */
inline lookAgain(c) {
	if
	:: closeStarted[c] && !isClosed[c] && !closeFailed[c] -> awaitClose(c, false)
	:: else -> skip
	fi
}

proctype Sequence() {
	byte c, d;
	atomic { runs++; assert(runs == 1) };
	/* drain */
	atomic { stopUnneeded() };
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
		atomic { givenUp[JOBS] = true; finished(JOBS) }
	:: hardDue && !forced && unfinished > 0 && empty(events) -> break
	od;
	/* settle */
	if
	:: unfinished > 0 ->
		atomic {
		settled = true;
		do
		:: d == COMPONENTS -> break
		:: d < COMPONENTS && isTracked[d] ->
			run Seal(d);
			if :: !stopping[d] -> stop(d) :: else -> skip fi;
			d++
		:: else -> d++
		od;
		d = 0
		};
		do
		:: unfinished == 0 -> break
		:: unfinished > 0 && nempty(events) -> handle()
		:: windowOver && unfinished > 0 ->
			atomic {
				do
				:: d == COMPONENTS -> break
				:: else -> queuedInTime[d] = announced[d]; d++
				od;
				d = 0
			};
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
		do
		:: d == COMPONENTS -> break
		:: else -> assert(!queuedInTime[d] || isDrained[d]); d++
		od;
		d = 0
	};
	/* close, callers first */
#ifdef STORAGE_FIRST
	closeResource(STORAGE);
#endif
	closeResource(JOBS);
#if COMPONENTS == 3
	closeResource(1);
#endif
#ifndef STORAGE_FIRST
	closeResource(STORAGE);
#endif
#ifndef SHARE_IS_ALL
	lookAgain(JOBS);
#if COMPONENTS == 3
	lookAgain(1);
#endif
#endif
	atomic {
		do
		:: d == COMPONENTS -> break
		:: else ->
			/* every component that was accepted is in the report */
			assert(!registered[d] || isTracked[d]);
#if !defined(JOB_HANGS) && !defined(STOP_THROWS) && !defined(STOP_BLOCKS) && !defined(SECOND_SIGNAL) && !defined(CLOSE_BLOCKS)
			/* without mishaps and before the deadline everything has drained and is closed */
			assert(hardDue || timeUp || !isTracked[d] || isClosed[d]);
#endif
			d++
		od;
		d = 0
	};
	terminated = true
}

#ifdef COMPONENTS_READ_UNLOCKED
#define COMPONENT_FOUND found
#else
#define COMPONENT_FOUND registered
#endif

/* What the sequence will know of. Within an atomic. */
inline track() {
	begun = true;
	do
	:: d == COMPONENTS -> break
	:: else -> isTracked[d] = COMPONENT_FOUND[d]; unfinished = unfinished + COMPONENT_FOUND[d]; d++
	od;
	d = 0
}

/* WorkRegistry.begin */
proctype Shutdown() {
	byte d;
#ifdef COMPONENTS_READ_UNLOCKED
	bool found[COMPONENTS];
	atomic {
		do
		:: d == COMPONENTS -> break
		:: else -> found[d] = registered[d]; d++
		od;
		d = 0
	};
#endif
#ifdef BEGIN_NOT_LOCKED
	if
	:: begun -> goto over
	:: else -> skip
	fi;
	atomic { track() };
#else
	atomic {
		if
		:: begun -> goto over
		:: else -> skip
		fi;
		track()
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
#ifndef HARD_DEADLINE
	softDue = true;
#endif
	hardDue = true;
	windowOver = true
#ifndef HARD_DEADLINE
	;
	timeUp = true
#endif
}

/* Also seen without the formula: what may hang is marked as a valid end, so a sequence that waits for ever is an invalid one. */
ltl ends { <> terminated }

init {
	atomic {
		registered[1] = true;
		registered[STORAGE] = true;
#ifdef LATE_REGISTRATION
		run Register(JOBS);
#else
		registered[JOBS] = true;
#endif
		run Job(JOBS);
#ifdef FAN
		run Job(1);
#endif
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
#ifndef IN_TIME
		run Time();
#endif
		skip
	}
}
