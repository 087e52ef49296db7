/*
 * WorkMetrics with a StripedGate that has no limit: stripes 0 and 1 are owned, 2 is shared, 3 belongs to children; the
 * watches' gate; the future that announces quiescence. allowance.pml has the limit.
 *
 * A statement is one access of shared memory, but for the sums, which read a stripe's kinds of ends together: each of
 * them only grows. The lock is a bit. An owner's starts and ends are plain stores: they go through a first-in-first-out
 * buffer per thread, from where Memory applies them at any time; a load does not see what its own thread still has in the
 * buffer, which makes memory weaker than it is. A fence waits until the own buffer is empty, the heavy fence until all are,
 * one after the other. Atomic operations and volatile stores wait for the own buffer.
 *
 * ASYMMETRIC is the default: a start has no fence, who closes has the heavy one. With FENCED a start is an atomic operation,
 * there is no heavy fence, and an end can miss the close: a timer looks again when nothing else can happen (liveness), with
 * TIMER_AT_ANY_TIME also before that (safety), but not once the works have been announced.
 *
 * Left out: the sampled trip (one more value of an open trip; the mutant SAMPLE_SETS_TRIP says why it is a compare-and-set),
 * counters that wrap, an Error on the way.
 *
 * Names in capitals are set from outside: a configuration (see init), FENCED or not, or a mutant.
 */

#define OPEN 0
#define CLOSED 1

#define SHARED_STRIPE 2
#define CHILD_STRIPE 3

byte S[4], E[4];	/* of the owner alone; of a shared stripe: all it was lent, nothing */
byte F[4], U[4];	/* ends elsewhere, undone starts */
byte trip[4];
byte lent = 1;		/* the shared stripe's trip word while it is open */
bool slots = true, made;	/* the owners' slots; the stripe for children */
bool lock, closed, sealed;
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
byte drained;		/* drainers that have returned */
#if defined(PAIR) || defined(WAITERS)
#define DRAINERS 2
#else
#define DRAINERS 1
#endif

/* A token on its way to another thread: 1 is given, 2 is "there will be none". */
byte token[4];

chan buffer[2] = [4] of { byte, byte, byte };
#define STORE_S 1
#define STORE_E 2

/* Threads from 2 on write nothing that is buffered. */
inline fence() {
	if
	:: me < 2 -> empty(buffer[me])
	:: else -> skip
	fi
}

inline heavyFence() {
#if !defined(FENCED) && !defined(NO_HEAVY_FENCE)
	empty(buffer[0]);
	empty(buffer[1])
#else
	skip
#endif
}

inline acquire() {
	fence();
	atomic { !lock -> lock = true }
}

#define RELEASE lock = false

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

#define ENDS(i) (E[i] + F[i] + U[i])

inline lookAtWorks() {
	if
#ifdef NO_CLOSED_FLAG
	:: true ->
#else
	:: closed ->
#endif
#if defined(STARTS_FIRST)
		d = S[0]; d = d + S[1]; d = d + S[2]; d = d + S[3];
		d = d - ENDS(0); d = d - ENDS(1); d = d - ENDS(2); d = d - ENDS(3);
#elif defined(ONE_PASS)
		d = S[3] - ENDS(3); d = d + S[2] - ENDS(2);
		d = d + S[1] - ENDS(1); d = d + S[0] - ENDS(0);
#elif defined(TABLE_READ_ONCE)
		seen = made;
		d = 0 - ENDS(0); d = d - ENDS(1); d = d - ENDS(2);
		if :: seen -> d = d - ENDS(3) :: else -> skip fi;
		d = d + S[0]; d = d + S[1]; d = d + S[2];
		if :: seen -> d = d + S[3] :: else -> skip fi;
#else
		d = 0 - ENDS(0); d = d - ENDS(1); d = d - ENDS(2); d = d - ENDS(3);
		d = d + S[0]; d = d + S[1]; d = d + S[2]; d = d + S[3];
#endif
		quiet = (d == 0)
	:: else -> quiet = false
	fi
}

/*
 * The watches again, and the works after them: the look of the last watch can have missed an owner's end that this one has
 * seen, and once the works are announced no timer looks.
 */
inline announce() {
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
	:: else ->
#ifdef NO_SECOND_LOOK
		skip
#else
		noWatch = (watchesClosed && watches == 0);
		if
		:: noWatch ->
			lookAtWorks();
			if
			:: quiet -> complete()
			:: else -> skip
			fi
		:: else -> skip
		fi
#endif
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
			announce()
		:: else -> skip
		fi
	fi
}

inline lookAfterRejection() {
#ifdef SILENT_REJECTION
	skip
#else
	if
	:: closed -> look()
	:: else -> skip
	fi
#endif
}

/* Nobody is rejected before the close is complete. */
inline awaitClose() {
#ifndef REJECTS_WITHOUT_LOCK
	if
	:: closed -> skip
	:: else -> acquire(); assert(closed); RELEASE
	fi
#else
	skip
#endif
}

inline admitted() {
	ok = true;
	live++;
	assert(!completed);
	assert(!lateForClose);
	assert(!lateForReject)
}

inline late() {
	ok = false;
	atomic { lateForClose = closeReturned; lateForReject = rejected }
}

inline rejection() {
	lookAfterRejection();
	rejected = true
}

/* On the stripe that this thread owns; n and e count what it started and ended there. */
inline begin(i) {
	late();
	if
	:: !slots -> awaitClose(); rejection()
	:: slots ->
#ifdef CHECK_THEN_ACT
		if
		:: trip[i] == OPEN -> atomic { n++; buffer[me]!STORE_S,i,n; admitted() }
		:: else -> awaitClose(); rejection()
		fi
#else
#if defined(FENCED) && !defined(NO_STORE_LOAD_AT_BEGIN)
		fence();
		d_step { n++; S[i] = n };
#else
		atomic { n++; buffer[me]!STORE_S,i,n };
#endif
		if
		:: atomic { trip[i] == OPEN -> admitted() };
#ifdef SAMPLE_SETS_TRIP
			trip[i] = OPEN
#endif
		:: else ->
			awaitClose();
			fence();
			U[i]++;
			rejection()
		fi
#endif
	fi
}

inline beginShared() {
	late();
	do
	:: atomic { trip[SHARED_STRIPE] == OPEN && lent > 0 -> lent--; admitted() }; break
	:: else ->
		acquire();
		if
		:: closed -> RELEASE; rejection(); break
		:: else ->
			/* one more, for itself */
			atomic { S[SHARED_STRIPE] = S[SHARED_STRIPE] + 1; admitted() };
			RELEASE; break
		fi
	od
}

inline beginChild(parent) {
	ok = false;
#ifdef SEAL
	/* a root is rejected for no other close than the one for everything */
	atomic { lateForClose = sealReturned; lateForReject = rejected };
#else
	lateForReject = false;
	lateForClose = sealReturned;
#endif
	if
	:: sealed || ended[parent] -> skip
	:: else ->
		fence();
#ifdef CHILD_NOT_RECHECKED
		atomic { made = true; S[CHILD_STRIPE]++; admitted() }
#else
		if
		:: made -> skip
		:: else -> acquire(); made = true; if :: closed -> trip[CHILD_STRIPE] = CLOSED :: else -> skip fi; RELEASE
		fi;
		S[CHILD_STRIPE]++;
		if
		:: sealed -> U[CHILD_STRIPE]++
		:: else ->
			if
			:: atomic { !ended[parent] -> admitted() }
			:: else -> U[CHILD_STRIPE]++
			fi
		fi
#endif
	fi;
	if
	:: ok -> skip
	:: else -> lookAfterRejection()
	fi
}

inline lookAfterEnd(i) {
	if
	:: seen != OPEN ->
#ifndef NO_FENCE_AFTER_END
		fence();
#endif
		look()
	:: else -> skip
	fi
}

/* By the owner. */
inline end(i) {
#ifdef END_LOOKS_FIRST
	seen = trip[i];
	atomic { e++; live--; buffer[me]!STORE_E,i,e };
#else
	atomic { e++; live--; buffer[me]!STORE_E,i,e };
	seen = trip[i];
#endif
	lookAfterEnd(i)
}

/* By anyone else. */
inline endElsewhere(i) {
	fence();
#ifdef READ_ADD_WRITE
	seen = F[i];
	atomic { live--; F[i] = seen + 1 };
#else
	atomic { live--; F[i]++ };
#endif
	seen = trip[i];
	lookAfterEnd(i)
}

#define LOCALS \
	short d; byte seen, n, e; bool quiet, noWatch, ok, lateForClose, lateForReject

/* A number of roots, each with children that end before it, after it, or both. */
proctype Worker(byte me, i, roots, children) {
	LOCALS;
	byte left, open;
#ifdef RECLAIM
	/* the slot of a thread that has ended: its counters go on from what it wrote */
	if
	:: me == 1 ->
		token[0] == 2;
		acquire();
#ifndef ADOPT_WITHOUT_ORDER
		empty(buffer[0]);
#endif
		n = S[0];
		e = E[0];
		RELEASE
	:: else -> skip
	fi;
#endif
	do
	:: roots > 0 ->
		roots--;
		begin(i);
		if
		:: ok ->
			left = children;
			do
			:: left > 0 ->
				left--;
				beginChild(me);
				if :: ok -> open++ :: else -> skip fi
			:: open > 0 ->
				open--;
				endElsewhere(CHILD_STRIPE)
			:: left == 0 -> break
			od;
			if :: children > 0 -> fence(); ended[me] = true :: else -> skip fi;
			end(i);
			do
			:: open > 0 -> open--; endElsewhere(CHILD_STRIPE)
			:: open == 0 -> break
			od
		:: else -> skip
		fi
	:: roots == 0 -> break
	od;
	token[me] = 2
}

proctype SharedWorker(byte me) {
	LOCALS;
	beginShared();
	if
	:: ok -> endElsewhere(SHARED_STRIPE)
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
#ifdef HANDOVER
		beginChild(me);
		if :: ok -> endElsewhere(CHILD_STRIPE) :: else -> skip fi
#else
		begin(i);
		if :: ok -> end(i) :: else -> skip fi
#endif
	:: else -> token[me] = 2
	fi
}

proctype Taker(byte me, from) {
	LOCALS;
	if
	:: token[from] == 1 ->
#ifdef ENDED_AFTER_COUNT
		endElsewhere(0);
		ended[from] = true
#else
		ended[from] = true;
		endElsewhere(0)
#endif
	:: token[from] == 2 -> skip
	fi
}

/* A watch and a child of it, which may outlive it. */
proctype Watcher(byte me) {
	LOCALS;
	bool child;
	if
	:: atomic { !watchesClosed -> watches++ };
		beginChild(me);
		child = ok;
		if
		:: child -> endElsewhere(CHILD_STRIPE); child = false
		:: true
		fi;
#ifdef TOLD
		/* told once the works have ended, and so its own child is */
		if :: child -> endElsewhere(CHILD_STRIPE); child = false :: else -> skip fi;
		worksCompleted;
#endif
		ended[me] = true;
		atomic { watches--; seen = watchesClosed };
		if :: seen -> look() :: else -> skip fi;
		if :: child -> endElsewhere(CHILD_STRIPE) :: else -> skip fi
	:: else -> skip
	fi
}

inline closeGate(everything) {
	acquire();
	if
	:: closed -> sealed = sealed || everything
	:: else ->
#ifdef FLAG_BEFORE_TRIPS
		closed = true;
#endif
		trip[0] = CLOSED;
		trip[1] = CLOSED;
		/* what is lent and not used is taken back in one step */
		atomic { trip[SHARED_STRIPE] = CLOSED; seen = lent; lent = 0 };
		S[SHARED_STRIPE] = S[SHARED_STRIPE] - seen;
		trip[CHILD_STRIPE] = CLOSED;
		slots = false;
		heavyFence();
#ifdef SEAL_IN_TWO_STEPS
		closed = true;
		sealed = everything
#else
		atomic { closed = true; sealed = everything }
#endif
	fi;
	RELEASE
}

proctype Closer(byte me) {
	LOCALS;
	watchesClosed = true;
	closeGate(false);
#ifndef CLOSE_DOES_NOT_LOOK
	look();
#endif
	closeReturned = true
}

proctype Sealer(byte me) {
	LOCALS;
	watchesClosed = true;
	closeGate(true);
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
over:	atomic { assert(live == 0 && watches == 0); drained++ }
}

/* Also seen without the formula: a drainer that waits for ever is an invalid end state. */
ltl ends { <> (drained == DRAINERS) }

proctype Memory() {
	byte stripe, value;
endIdle:
	do
	:: atomic { buffer[0]?STORE_S,stripe,value -> S[stripe] = value; stripe = 0; value = 0 }
	:: atomic { buffer[0]?STORE_E,stripe,value -> E[stripe] = value; stripe = 0; value = 0 }
	:: atomic { buffer[1]?STORE_S,stripe,value -> S[stripe] = value; stripe = 0; value = 0 }
	:: atomic { buffer[1]?STORE_E,stripe,value -> E[stripe] = value; stripe = 0; value = 0 }
	od
}

#ifdef WATCH
#define WORKS_ARE_OVER worksCompleted
#else
#define WORKS_ARE_OVER completed
#endif

/* lookLater. One look when nothing else can happen stands for all: what it sees stays. */
#if defined(FENCED) && !defined(NO_TIMER)
proctype Timer(byte me) {
	LOCALS;
#ifdef TIMER_AT_ANY_TIME
	if
	:: closed && !WORKS_ARE_OVER -> look()
	:: timeout
	fi;
#endif
endLast:
	timeout;
	if
	:: WORKS_ARE_OVER -> skip
	:: else -> look()
	fi
}
#endif

init {
	atomic {
		S[SHARED_STRIPE] = lent;
		run Memory();
#if defined(FENCED) && !defined(NO_TIMER)
		run Timer(4);
#endif
#if defined(PAIR)
		run Worker(0, 0, 1, 0);
		run Worker(1, 1, 1, 0);
		run Closer(3);
		run Drainer(0);
		run Drainer(1);
#elif defined(RETRY)
		run Worker(0, 0, 3, 0);
		run Closer(3);
		run Drainer(0);
#elif defined(WAITERS)
		run Worker(0, 0, 1, 0);
		run Closer(3);
		run Drainer(0);
		run Drainer(1);
#elif defined(SHARED)
		run SharedWorker(2);
		run SharedWorker(3);
		run Closer(3);
		run Drainer(0);
#elif defined(ELSEWHERE)
		run Giver(0, 0);
		run Taker(1, 0);
		run Closer(3);
		run Drainer(0);
#elif defined(CHILDREN)
		run Worker(0, 0, 1, 2);
		run Worker(1, 1, 1, 0);
		run Closer(3);
		run Drainer(0);
#elif defined(HANDOVER)
		run Giver(0, 0);
		run Taker(2, 0);
		run Closer(3);
		run Drainer(0);
#elif defined(WATCH)
		run Watcher(2);
		run Worker(1, 1, 1, 0);
		run Closer(3);
		run Drainer(0);
#elif defined(SEAL)
		/* the first child makes the stripe, under the lock */
		run Worker(0, 0, 1, 2);
		run Worker(1, 1, 1, 0);
		run Sealer(2);
		run Drainer(0);
#elif defined(CLOSERS)
		run Worker(0, 0, 1, 1);
		run Closer(3);
		run Sealer(2);
		run Drainer(0);
#elif defined(RECLAIM)
		run Worker(0, 0, 1, 0);
		run Worker(1, 0, 1, 0);
		run Closer(3);
		run Drainer(0);
#endif
	}
}
