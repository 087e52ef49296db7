/*
 * WorkMetrics with a StripedGate: two stripes, the watches' gate, the future that announces quiescence.
 *
 * Every statement is one access of shared memory; memory is sequentially consistent, as it is for volatile accesses. With
 * BUFFERS the stores go through a first-in-first-out buffer per thread, which a fence empties: what is left of
 * the order when an access is weakened.
 *
 * Left out: the sampled trip (one more value of an open trip; the mutant SAMPLE_SETS_TRIP says why it is a compare-and-set),
 * counters that wrap, an Error on the way. Borrowed allowances are not in the code yet.
 *
 * Names in capitals are set from outside: a configuration (PAIR, TRIO, WAITERS, CHILDREN, HANDOVER, WATCH, also with TOLD,
 * SEAL, CLOSERS), or a mutant.
 */

#define OPEN 0
#define CLOSED 1
#define SEALED 2

byte S[2], E[2], trip[2];
bool closed;
bool ended[4];
byte watches;		/* OneWordGate: count and state are one word */
bool watchesClosed;
#ifdef WATCH
bool worksCompleted;	/* WorkMetrics.workQuiescence */
#endif
bool completed;		/* WorkMetrics.quiescence */
#ifdef WAITERS
bool waiting[2], woken[2];	/* who waits for it */
#endif

/* What the specification knows, and no thread reads to decide anything. */
byte live;
bool closeReturned, sealReturned, rejected;

/* A token on its way to another thread: 1 is given, 2 is "there will be none". */
byte token[4];

#ifdef BUFFERS
chan buffer[4] = [4] of { byte, byte };
#define START(i)  buffer[me]!1,i
#define END(i)    buffer[me]!2,i; live--
#define UNDO(i)   buffer[me]!2,i
#define FENCE     empty(buffer[me])
#else
#define START(i)  S[i]++
#define END(i)    E[i]++; live--
#define UNDO(i)   E[i]++
#define FENCE     skip
#endif

inline tripAll(value) {
	d_step { if :: trip[0] < value -> trip[0] = value :: else fi };
	d_step { if :: trip[1] < value -> trip[1] = value :: else fi }
}

inline complete() {
	atomic {
		completed = true;
		assert(live == 0);
		assert(watches == 0)
	}
#ifdef WAITERS
	;
	if :: waiting[0] -> woken[0] = true :: else -> skip fi;
	if :: waiting[1] -> woken[1] = true :: else -> skip fi
#endif
}

inline lookAtWorks() {
	if
#ifdef NO_CLOSED_FLAG
	:: true ->
#else
	:: closed || mine ->
#endif
#if defined(STARTS_FIRST)
		d = S[0]; d = d + S[1];
		d = d - E[0]; d = d - E[1];
#elif defined(ONE_PASS)
		d = S[0]; d = d - E[0];
		d = d + S[1]; d = d - E[1];
#elif defined(ONE_PASS_ENDS_FIRST)
		d = 0 - E[0]; d = d + S[0];
		d = d - E[1]; d = d + S[1];
#else
		d = 0 - E[0]; d = d - E[1];
		d = d + S[0]; d = d + S[1];
#endif
		quiet = (d == 0)
	:: else -> quiet = false
	fi
}

/* lookForQuiescence */
inline look() {
	if
	:: completed -> skip
	:: else ->
#ifndef WATCHES_LAST
		noWatch = (watchesClosed && watches == 0);
#endif
		lookAtWorks();
		if
		:: quiet ->
#ifdef WATCHES_LAST
			noWatch = (watchesClosed && watches == 0);
#endif
#if defined(WORKS_ONLY_WITHOUT_WATCHES)
			if
			:: noWatch -> worksCompleted = true
			:: else -> skip
			fi;
#elif defined(WATCH)
			worksCompleted = true;
#endif
			if
			:: noWatch -> complete()
			:: else -> skip
			fi
		:: else -> skip
		fi
	fi
}

inline lookAfterRejection() {
#ifdef SILENT_REJECTION
	skip
#else
	if
	:: watchesClosed -> look()
	:: else -> skip
	fi
#endif
}

inline finishClose(i) {
#ifdef REJECTS_WITHOUT_FINISHING
	skip
#else
	if
	:: trip[i] == SEALED -> tripAll(SEALED); closed = true
	:: else ->
		if
		:: closed -> skip
		:: else -> tripAll(CLOSED); closed = true
		fi
	fi
#endif
}

inline begin(i) {
	ok = false;
	atomic { lateForClose = closeReturned; lateForReject = rejected };
	if
	:: trip[i] != OPEN ->
		finishClose(i)
	:: else ->
#ifdef CHECK_THEN_ACT
		atomic { START(i); ok = true; live++ };
#else
		START(i);
#ifndef NO_STORE_LOAD_AT_BEGIN
		FENCE;
#endif
		if
		:: atomic { trip[i] == OPEN -> ok = true; live++ };
#ifdef SAMPLE_SETS_TRIP
			trip[i] = OPEN
#endif
		:: else ->
			UNDO(i);
			FENCE;
			finishClose(i)
		fi
#endif
	fi;
	if
	:: ok ->
		assert(!completed);
		assert(!lateForClose);
		assert(!lateForReject)
	:: else ->
		lookAfterRejection();
		rejected = true
	fi
}

inline beginChild(parent, i) {
	ok = false;
	lateForClose = sealReturned;
	if
	:: trip[i] == SEALED -> finishClose(i)
	:: else ->
		if
		:: ended[parent] -> skip
		:: else ->
#ifdef CHILD_NOT_RECHECKED
			atomic { START(i); ok = true; live++ }
#else
			START(i);
			if
			:: trip[i] == SEALED -> UNDO(i); finishClose(i)
			:: else ->
				if
				:: atomic { !ended[parent] -> ok = true; live++ }
				:: else -> UNDO(i)
				fi
			fi
#endif
		fi
	fi;
	if
	:: ok ->
		assert(!completed);
		assert(!lateForClose)
	:: else -> lookAfterRejection()
	fi
}

inline end(i) {
#ifdef END_LOOKS_FIRST
	seen = trip[i];
	atomic { END(i) };
#else
	atomic { END(i) };
#ifndef NO_STORE_LOAD_AT_END
	FENCE;
#endif
	seen = trip[i];
#endif
	if
	:: seen != OPEN -> look()
	:: else -> skip
	fi
}

inline endToken(work, i) {
#ifdef ENDED_AFTER_COUNT
	end(i);
	ended[work] = true
#else
	ended[work] = true;
	end(i)
#endif
}

#define LOCALS \
	short d; byte seen; bool quiet, noWatch, ok, mine, lateForClose, lateForReject

/* A root, and a number of children that end before it, after it, or both. */
proctype Worker(byte me, i, children) {
	LOCALS;
	byte open;
	begin(i);
	if
	:: ok ->
		do
		:: children > 0 ->
			children--;
			beginChild(me, i);
			if :: ok -> open++ :: else -> skip fi
		:: open > 0 ->
			open--;
			end(i)
		:: children == 0 -> break
		od;
		endToken(me, i);
		do
		:: open > 0 -> open--; end(i)
		:: open == 0 -> break
		od
	:: else -> skip
	fi
}

/* A root that another thread ends, while this one still makes children of it. */
proctype Giver(byte me, i) {
	LOCALS;
	begin(i);
	if
	:: ok ->
		token[me] = 1;
		beginChild(me, i);
		if :: ok -> end(i) :: else -> skip fi
	:: else -> token[me] = 2
	fi
}

proctype Taker(byte me, i) {
	LOCALS;
	if
	:: token[me] == 1 -> endToken(me, i)
	:: token[me] == 2 -> skip
	fi
}

/* A watch and a child of it, which goes to the first stripe and may outlive it. */
proctype Watcher(byte me) {
	LOCALS;
	bool child;
	if
	:: atomic { !watchesClosed -> watches++ };
		beginChild(me, 0);
		child = ok;
		if
		:: child -> end(0); child = false
		:: true
		fi;
#ifdef TOLD
		/* told once the works have ended, and so its own child is */
		if :: child -> end(0); child = false :: else -> skip fi;
		worksCompleted;
#endif
		ended[me] = true;
		atomic { watches--; seen = watchesClosed };
		if :: seen -> look() :: else -> skip fi;
		if :: child -> end(0) :: else -> skip fi
	:: else -> skip
	fi
}

proctype Closer(byte me) {
	LOCALS;
	watchesClosed = true;
#ifdef BUFFERS
	buffer[me]!3,0;
	buffer[me]!3,1;
	buffer[me]!4,0;
	mine = true;
#ifndef NO_STORE_LOAD_AT_CLOSE
	FENCE;
#endif
#else
	if
	:: closed -> skip
	:: else ->
#ifdef FLAG_BEFORE_TRIPS
		closed = true;
		tripAll(CLOSED)
#else
		tripAll(CLOSED);
		closed = true
#endif
	fi;
#endif
#ifndef CLOSE_DOES_NOT_LOOK
	look();
#endif
	FENCE;
	closeReturned = true
}

proctype Sealer(byte me) {
	LOCALS;
	watchesClosed = true;
	tripAll(SEALED);
	closed = true;
	look();
	atomic { closeReturned = true; sealReturned = true }
}

/* awaitQuiescence. Whoever waits for ever is an invalid end state. */
proctype Drainer(byte n) {
#ifdef WAITERS
	/* as the future does it: registers, looks again, parks */
#ifndef WAITER_REGISTERS_AFTER_SCAN
	waiting[n] = true;
#endif
	if
	:: completed -> goto over
	:: else -> skip
	fi;
#ifdef WAITER_REGISTERS_AFTER_SCAN
	waiting[n] = true;
#endif
	woken[n];
#endif
	completed;
over:	assert(live == 0 && watches == 0)
}

#ifdef BUFFERS
inline apply() {
	if
	:: what == 1 -> S[i]++
	:: what == 2 -> E[i]++
	:: what == 3 ->
		if
		:: trip[i] < CLOSED -> trip[i] = CLOSED
		:: else -> skip
		fi
	:: what == 4 -> closed = true
	fi
}

proctype Memory() {
	byte what, i;
endIdle:
	do
	:: atomic { buffer[0]?what,i -> apply() }
	:: atomic { buffer[1]?what,i -> apply() }
	:: atomic { buffer[2]?what,i -> apply() }
	:: atomic { buffer[3]?what,i -> apply() }
	od
}
#endif

init {
	atomic {
#ifdef BUFFERS
		run Memory();
#endif
#if defined(PAIR)
		run Worker(0, 0, 0);
		run Worker(1, 1, 0);
		run Closer(3);
		run Drainer(0);
		run Drainer(1);
#elif defined(WAITERS)
		run Worker(0, 0, 0);
		run Closer(3);
		run Drainer(0);
		run Drainer(1);
#elif defined(TRIO)
		run Worker(0, 0, 0);
		run Worker(1, 0, 0);
		run Worker(2, 1, 0);
		run Closer(3);
		run Drainer(0);
#elif defined(CHILDREN)
		run Worker(0, 0, 2);
		run Worker(1, 1, 0);
		run Closer(3);
		run Drainer(0);
#elif defined(HANDOVER)
		run Giver(0, 0);
		run Taker(0, 0);
		run Worker(1, 1, 0);
		run Closer(3);
		run Drainer(0);
#elif defined(WATCH)
		run Watcher(2);
		run Worker(1, 1, 0);
		run Closer(3);
		run Drainer(0);
#elif defined(SEAL)
		run Worker(0, 0, 1);
		run Worker(1, 1, 0);
		run Sealer(2);
		run Drainer(0);
#elif defined(CLOSERS)
		run Worker(0, 0, 1);
		run Closer(3);
		run Sealer(2);
		run Drainer(0);
#endif
	}
}
