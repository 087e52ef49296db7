/*
 * WorkMetrics with a StripedGate that has a limit: stripes 0 to 2, each owned by the thread of its number, or the last one
 * shared (SHARED, by threads 2 and 3); allowances, what is available, the recall, and waiting at the limit. gate.pml has the
 * rest, and says how memory is modelled; here a thread knows what it has itself in its buffer.
 *
 * What must hold: never more in flight than the limit. Never a rejection below it: at some moment while the refused start
 * ran, the limit was reached. (A start that a recall has taken for admitted counts from then on, and will be. An end
 * counts for others once it has left the buffer. With WAIT a start also queues behind those who wait, so this says nothing
 * then.) Nobody waits for ever: that is an invalid end state.
 *
 * Left out: samples, children (they do not count).
 *
 * Names in capitals are set from outside: a configuration (see init), LIMIT, PORTION (how much is lent at a time), FENCED or not, WAIT (who is refused waits for
 * room; with TIMED perhaps in vain, with INTERRUPTED thread 2 alone and without a last look), or a mutant.
 */

#ifndef LIMIT
#define LIMIT 1
#endif
#ifndef STRIPES
#define STRIPES 2
#endif
#ifdef SHARED
#define OWNED (STRIPES - 1)
#else
#define OWNED STRIPES
#endif

#define RECALLED 0
#define WAITED_FOR -1
#define CLOSED -2

#ifndef PORTION
#define PORTION 1
#endif

#ifdef WAIT
#define MAY_WAIT true
#else
#define MAY_WAIT false
#endif

#define ADMITTED 0
#define BY_LIMIT 1
#define BY_CLOSE 2

/* Stripes. S of a shared one is what it was lent in all, its trip what of that is left. */
byte S[3], E[3], F[3], U[3], A[3], decided[3];
short trip[3];
#ifdef TRIP_COMES_BACK
short left[3];
#endif
short available = LIMIT;
bool lock, closed;
bool waitedFor;
chan line = [4] of { byte };
bool signalled[4];

/* What the specification knows. */
byte live;	/* admitted, and not ended */
byte visible;	/* the same as far as others can see */
byte pending[3];	/* the start of that stripe that is counted and not decided */
bool taken[3];	/* a recall has taken it for admitted */
bool reached[4];	/* the limit was reached since this thread's start */
bool closeReturned;
byte handed[3];	/* a work for another thread to end: 1 is given, 2 is "there will be none" */

chan buffer[3] = [4] of { byte, byte };
#define STORE_S 1
#define STORE_E 2

inline fence() {
	if
	:: me < OWNED -> empty(buffer[me])
	:: else -> skip
	fi
}

inline heavyFence() {
#if !defined(FENCED) && !defined(NO_HEAVY_FENCE)
	empty(buffer[0]);
	empty(buffer[1]);
	empty(buffer[2])
#else
	skip
#endif
}

inline acquire() {
	fence();
	atomic { !lock -> lock = true }
}

#define RELEASE lock = false

/* The specification counts a work; within an atomic. */
inline counted() {
	live++;
	visible++;
	assert(live <= LIMIT);
	if
	:: visible >= LIMIT -> reached[0] = true; reached[1] = true; reached[2] = true; reached[3] = true
	:: else -> skip
	fi
}

/* What the ends of a stripe will not let be refused any more, were the recall to read them now; within an atomic. */
inline take(j) {
	if
	:: pending[j] != 0 && !taken[j] && seen[j] >= pending[j] && seen[j] - E[j] - F[j] - U[j] <= A[j] ->
		taken[j] = true;
		counted()
	:: else -> skip
	fi
}

/* Within an atomic. */
inline admitted(st) {
	code = ADMITTED;
	if
	:: me < OWNED && taken[st] -> taken[st] = false
	:: else -> assert(!late); counted()
	fi;
	if :: me < OWNED -> pending[st] = 0 :: else -> skip fi
}

#define ENDS(j)  (E[j] + F[j] + U[j])
#define OWN_ENDS (e + F[me] + U[me])

inline withdraw(reason) {
	atomic { x = trip[STRIPES - 1]; trip[STRIPES - 1] = reason };
	if :: x > 0 -> S[STRIPES - 1] = S[STRIPES - 1] - x :: else -> skip fi
}

#ifdef SHARED
#define IS_SHARED(j) (j == STRIPES - 1)
#else
#define IS_SHARED(j) false
#endif

/* By a thread that has the lock. */
inline recall(st) {
	moved = false;
	j = 0;
	do
	:: j == STRIPES -> break
	:: j < STRIPES && (j == st || trip[j] <= RECALLED) -> j++
#ifdef TRIP_COMES_BACK
	:: j < STRIPES && j != st && trip[j] > RECALLED && trip[j] == left[j] -> j++
#endif
	:: else ->
		if
		:: IS_SHARED(j) -> withdraw(RECALLED)
		:: else -> trip[j] = RECALLED; moved = true
		fi;
		j++
	od;
	if :: moved -> heavyFence() :: else -> skip fi;
	moved = false;
	j = 0;
#if defined(ONE_PASS_RECALL) || defined(ENDS_FIRST)
	do
	:: j == STRIPES -> break
	:: j == st -> j++
	:: else ->
#ifdef ENDS_FIRST
		y = ENDS(j);
		atomic { seen[j] = S[j]; take(j) };
#else
		atomic { seen[j] = S[j]; take(j) };
		y = ENDS(j);
#endif
		settle();
		j++
	od;
#else
	do
	:: j == STRIPES -> break
	:: j == st -> j++
	:: else -> seen[j] = S[j]; j++
	od;
	/* the moment at which all that is found in use was in flight */
	atomic {
		j = 0;
		do
		:: j == STRIPES -> break
		:: j == st -> j++
		:: else -> take(j); j++
		od;
		j = 0
	};
	do
	:: j == STRIPES -> break
	:: j == st -> j++
	:: else ->
		atomic { take(j); y = ENDS(j) };
		settle();
		j++
	od;
#endif
	atomic { j = 0; y = 0; x = 0; seen[0] = 0; seen[1] = 0; seen[2] = 0 }
}

/* What a recalled stripe does not use is available; under the lock, which nobody sees half done. */
inline settle() {
	d_step {
		x = seen[j] - y;
#ifndef PROVISIONAL_BEYOND_ALLOWANCE
		if :: x > A[j] -> x = A[j] :: else -> skip fi;
#endif
		available = available + A[j] - x;
		decided[j] = y + x;
#ifdef TRIP_COMES_BACK
		if :: IS_SHARED(j) -> skip :: else -> trip[j] = seen[j] + 1; left[j] = seen[j] + 1 fi
#endif
	};
	A[j] = x
}

/* Lends a portion of what is available; under the lock. */
inline borrow(st) {
	x = (available < PORTION -> available : PORTION);
	available = available - x;
	A[st] = A[st] + x;
	room = (x > 0);
	x = 0
}

/* Under the lock: whether the start is within the limit. */
inline haveRoom(st, ownEnds) {
	if
	:: number < ownEnds + A[st] + 1 -> room = true
	:: else ->
		borrow(st);
		if
		:: room -> skip
		:: else ->
#ifndef NO_RECALL
			recall(st);
#endif
#if defined(NO_RECALL) || defined(NO_LOOK_AFTER_RECALL)
			skip
#else
			if
			:: number < ownEnds + A[st] + 1 -> room = true
			:: else -> borrow(st)
			fi
#endif
		fi
	fi
}

/* A start of the own stripe that is counted and not admitted, under the lock. */
inline admitLocked(queued) {
	code = BY_LIMIT;
	if
#ifdef DECIDED_IS_REFUSED_AFTER_CLOSE
	:: closed -> code = BY_CLOSE
#else
	:: closed && number > decided[me] -> code = BY_CLOSE
#endif
	:: else ->
		room = false;
		if
#ifndef DECIDED_NOT_RECHECKED
		:: number <= decided[me] -> room = true
		:: number > decided[me] && waitedFor && !queued -> skip
#else
		:: waitedFor && !queued -> skip
#endif
		:: else -> haveRoom(me, OWN_ENDS)
		fi;
		if
		:: room ->
			atomic { admitted(me) };
			if
			:: closed -> skip
			:: else ->
				if
#ifndef HEADROOM_WHILE_WAITED_FOR
				:: waitedFor -> trip[me] = WAITED_FOR
#endif
				:: else -> trip[me] = OWN_ENDS + A[me] + 1
				fi
			fi;
			room = false
		:: else -> skip
		fi
	fi
}

inline refuse() {
	atomic {
		assert(!taken[me]);
		assert(MAY_WAIT || code == BY_CLOSE || reached[me]);
		pending[me] = 0
	}
}

inline start() {
	code = BY_LIMIT;
	atomic { late = closeReturned; reached[me] = (visible >= LIMIT) }
}

inline beginOwned() {
	start();
#if defined(FENCED) && !defined(NO_STORE_LOAD_AT_BEGIN)
	fence();
	d_step { number++; S[me] = number; pending[me] = number };
#else
	d_step { number++; buffer[me]!STORE_S,number; pending[me] = number };
#endif
	if
	:: atomic { number < trip[me] -> admitted(me) }
	:: else ->
		t = trip[me];
		atomic { y = OWN_ENDS + A[me] + 1; x = 0 };
		if
		:: t > RECALLED && number < y ->
			fence();
#ifdef REFRESH_OVERWRITES
			atomic { trip[me] = y; admitted(me) }
#else
			atomic {
				if
				:: trip[me] == t -> trip[me] = y; admitted(me)
				:: else -> skip
				fi
			}
#endif
		:: else -> skip
		fi;
		atomic { t = 0; y = 0 };
		if
		:: code == ADMITTED -> skip
		:: else ->
			acquire();
			admitLocked(false);
#ifdef UNDO_AFTER_UNLOCK
			if :: code != ADMITTED -> refuse() :: else -> skip fi;
			RELEASE;
			if :: code != ADMITTED -> U[me]++ :: else -> skip fi
#else
			if :: code != ADMITTED -> refuse(); U[me]++ :: else -> skip fi;
			RELEASE
#endif
		fi
	fi
}

/* Under the lock: a start on the shared stripe. */
inline admitShared(queued) {
	code = BY_LIMIT;
	if
	:: closed -> code = BY_CLOSE
	:: !closed && waitedFor && !queued -> skip
	:: else ->
		if
		:: waitedFor -> withdraw(WAITED_FOR)
		:: else -> withdraw(RECALLED)
		fi;
		x = 0;
		number = S[STRIPES - 1] + 1;
		haveRoom(STRIPES - 1, ENDS(STRIPES - 1));
		if
		:: room ->
			atomic { S[STRIPES - 1] = number; admitted(STRIPES - 1) };
			if
			:: waitedFor -> skip
			:: else ->
				atomic { x = ENDS(STRIPES - 1) + A[STRIPES - 1] - number };
				if :: x > 0 -> S[STRIPES - 1] = S[STRIPES - 1] + x; trip[STRIPES - 1] = x :: else -> skip fi;
				x = 0
			fi;
			room = false
		:: else -> skip
		fi;
		number = 0
	fi
}

inline beginShared() {
	start();
	do
	:: trip[STRIPES - 1] > 0 ->
		atomic {
			if
			:: trip[STRIPES - 1] > 0 -> trip[STRIPES - 1] = trip[STRIPES - 1] - 1; admitted(STRIPES - 1)
			:: else -> skip
			fi
		};
		if :: code == ADMITTED -> break :: else -> skip fi
	:: else ->
		acquire();
		admitShared(false);
		if :: code != ADMITTED -> assert(MAY_WAIT || code == BY_CLOSE || reached[me]) :: else -> skip fi;
		RELEASE;
		break
	od
}

inline divert(reason) {
	j = 0;
	do
	:: j == STRIPES -> break
	:: else ->
		if
		:: IS_SHARED(j) -> withdraw(reason)
		:: else -> trip[j] = reason
		fi;
		j++
	od;
	atomic { j = 0; x = 0 };
	heavyFence()
}

inline restore() {
	j = 0;
	do
	:: j == STRIPES -> break
	:: j < STRIPES && trip[j] == WAITED_FOR -> trip[j] = RECALLED; j++
	:: else -> j++
	od;
	j = 0
}

/* Under the lock: the first of those who wait. */
inline wakeFirst() {
	if
	:: line?<x> -> signalled[x] = true; x = 0
	:: empty(line) -> skip
	fi
}

inline wake() {
	if
	:: waitedFor -> acquire(); wakeFirst(); RELEASE
	:: else -> skip
	fi
}

/*
 * In fenced mode the first in line looks again after a while: when nothing else can happen, and once, since what it sees then
 * stays.
 */
inline await() {
#ifdef FENCED
	atomic {
		if
		:: line?[eval(me)] -> first = true
		:: else -> first = false
		fi;
		lock = false
	};
#else
	lock = false;
#endif
	if
	:: signalled[me] -> looked = false
#if defined(TIMED)
	:: over = true
#elif defined(INTERRUPTED)
	:: me == 2 -> over = true
#endif
#if defined(FENCED) && !defined(NO_TIMER)
	:: timeout && first && !looked -> looked = true
#endif
	fi;
	acquire();
	atomic { signalled[me] = false; first = false }
}

/* Under the lock, with a number of its own each time. */
inline beginQueued() {
	if
	:: me < OWNED ->
		/* the lock is let go of before anybody reads it */
		d_step { number++; S[me] = number; pending[me] = number };
		admitLocked(true);
		if :: code != ADMITTED -> refuse(); U[me]++ :: else -> skip fi
	:: else -> admitShared(true)
	fi
}

inline stand() {
	line!me;
	if
	:: len(line) == 1 -> waitedFor = true; divert(WAITED_FOR)
	:: else -> skip
	fi
}

inline awaitRoom() {
	acquire();
	if
#ifndef CLOSED_IS_DIVERTED
	:: closed -> code = BY_CLOSE
#endif
	:: else ->
		over = false;
#ifdef REGISTERS_AFTER_LOOK
		beginQueued();
		if
		:: code == BY_LIMIT -> stand(); await()
		:: else -> line!me
		fi;
#else
		stand();
#endif
		do
		:: code == BY_LIMIT ->
			if
			:: line?[eval(me)] || closed -> beginQueued()
			:: else -> skip
			fi;
			if
			:: code == BY_LIMIT && !over -> await()
			:: else -> break
			fi;
#ifdef INTERRUPTED
			if :: over -> break :: else -> skip fi
#endif
		:: else -> break
		od;
		line??eval(me);
		if
		:: empty(line) -> waitedFor = false; restore()
#ifndef NEXT_IN_LINE_FORGOTTEN
		:: nempty(line) -> wakeFirst()
#else
		:: nempty(line) -> skip
#endif
		fi;
		atomic { over = false; looked = false }
	fi;
	RELEASE
}

inline lookAfterEnd() {
	if
#ifndef WAKE_DROPPED
	:: t < 0 ->
		fence();
		wake()
#endif
	:: else -> skip
	fi;
	t = 0
}

inline end() {
#ifdef END_LOOKS_FIRST
	t = trip[me];
	atomic { e++; live--; buffer[me]!STORE_E,e };
#else
	atomic { e++; live--; buffer[me]!STORE_E,e };
	t = trip[me];
#endif
	lookAfterEnd()
}

inline endElsewhere(st) {
	fence();
	atomic { F[st]++; live--; visible-- };
	t = trip[st];
	lookAfterEnd()
}

#define LOCALS \
	byte number, e, code, j, seen[3]; short t, x, y; bool late, moved, room, over, first, looked

/* Works one after the other, the first of them ended by another thread if it is to be handed over; then some at the same time. */
proctype Owner(byte me, works, together, hands) {
	LOCALS;
	byte held;
	do
	:: works > 0 ->
		works--;
		beginOwned();
#ifdef WAIT
		if :: code == BY_LIMIT -> awaitRoom() :: else -> skip fi;
#endif
		if
		:: code == ADMITTED && hands > 0 -> hands--; handed[me] = 1
		:: code == ADMITTED && hands == 0 -> held++
		:: else -> skip
		fi;
		do
		:: held > 0 && (held == together || works == 0) -> held--; end()
		:: else -> break
		od
	:: else -> break
	od;
	if :: handed[me] == 0 -> handed[me] = 2 :: else -> skip fi
}

proctype Taker(byte me, from) {
	LOCALS;
	if
	:: handed[from] == 1 -> endElsewhere(from)
	:: handed[from] == 2 -> skip
	fi
#ifdef THEN_BEGINS
	;
	beginOwned();
	if :: code == ADMITTED -> end() :: else -> skip fi
#endif
}

proctype User(byte me, works) {
	LOCALS;
	do
	:: works > 0 ->
		works--;
		beginShared();
#ifdef WAIT
		if :: code == BY_LIMIT -> awaitRoom() :: else -> skip fi;
#endif
		if
		:: code == ADMITTED -> endElsewhere(STRIPES - 1)
		:: else -> skip
		fi
	:: else -> break
	od
}

proctype Closer(byte me) {
	LOCALS;
	acquire();
	divert(CLOSED);
	closed = true;
	signalled[0] = true; signalled[1] = true; signalled[2] = true; signalled[3] = true;
	RELEASE;
	closeReturned = true
#ifndef FENCED
	;
	/* what the ends have to see ever after */
endLast:
	timeout;
	assert(trip[0] == CLOSED && trip[1] == CLOSED)
#endif
}

proctype Memory() {
	byte value;
endIdle:
	do
	:: atomic { buffer[0]?STORE_S,value -> S[0] = value; value = 0 }
	:: atomic { buffer[0]?STORE_E,value -> E[0] = value; visible--; value = 0 }
	:: atomic { buffer[1]?STORE_S,value -> S[1] = value; value = 0 }
	:: atomic { buffer[1]?STORE_E,value -> E[1] = value; visible--; value = 0 }
	:: atomic { buffer[2]?STORE_S,value -> S[2] = value; value = 0 }
	:: atomic { buffer[2]?STORE_E,value -> E[2] = value; visible--; value = 0 }
	od
}

init {
	atomic {
		run Memory();
#if defined(TWO)
		run Owner(0, 2, 1, 0);
		run Owner(1, 2, 1, 0);
#elif defined(LENT)
		run Owner(0, 4, 2, 0);
		run Owner(1, 1, 1, 0);
#elif defined(HELD)
		run Owner(0, 2, 2, 0);
		run Owner(1, 2, 2, 0);
#elif defined(THREE)
		run Owner(0, 1, 1, 0);
		run Owner(1, 2, 1, 0);
		run Owner(2, 1, 1, 0);
#elif defined(HANDED)
		run Owner(0, 2, 1, 1);
		run Taker(1, 0);
#elif defined(SHARED)
		run Owner(0, 2, 1, 0);
		run User(2, 1);
		run User(3, 1);
#elif defined(CLOSE)
		run Owner(0, 2, 1, 0);
		run Owner(1, 1, 1, 0);
		run Closer(3);
#endif
	}
}
