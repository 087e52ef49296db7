/*
 * WorkMetrics with a CountedGate: OneWordGate decides, the ledger counts. A statement is one access of shared memory; the
 * word's read-modify-writes are one statement.
 *
 * Left out: the peak, counts that fill their half of the word, an Error on the way, the bit that diverts starts while somebody
 * waits: allowance.pml has the waiting.
 *
 * Names in capitals are set from outside: a configuration (LIMITED, CHILDREN, SEAL), or a mutant.
 */

#ifndef LIMIT
#define LIMIT 1
#endif

/* The word: roots, children, closed, sealed. */
#define ROOT 1
#define CHILD 8
#define CLOSED 64
#define SEALED 128
#define roots(w)  (w & 7)
#define counts(w) (w & 63)

byte word;
byte starts, ends;	/* Ledger */
bool ended[4];
bool completed;		/* WorkMetrics.quiescence */

/* What the specification knows, and no thread reads to decide anything. */
byte liveRoots, liveChildren;
bool closeReturned, sealReturned;

byte token[4];		/* 1 is given to another thread, 2 is "there will be none" */

#define LOCALS byte w, seen; bool ok, done, late

inline look() {
	if
	:: completed -> skip
	:: else ->
		w = word;
		if
		:: (w & CLOSED) && counts(w) == 0 ->
			atomic {
				completed = true;
				assert(liveRoots + liveChildren == 0)
			}
		:: else -> skip
		fi
	fi
}

inline lookAfterRejection() {
	if
	:: word & CLOSED -> look()
	:: else -> skip
	fi
}

inline refusedByLimit() {
	assert(liveRoots >= LIMIT);	/* never below the limit */
	ok = false
}

inline admitted() {
	ok = true;
	liveRoots++;
	assert(liveRoots <= LIMIT);
	assert(!completed)
}

inline enter() {
	done = false;
	do
	:: done -> break
	:: else ->
#if defined(LIMIT_BY_ADD_THEN_UNDO)
		atomic { w = word; word = word + ROOT };
		done = true;
		if
		:: w & CLOSED -> word = word - ROOT; ok = false
		:: atomic { !(w & CLOSED) && roots(w) >= LIMIT -> refusedByLimit() }; word = word - ROOT
		:: atomic { else -> admitted() }
		fi
#else
		atomic {
			w = word;
			if
			:: w & CLOSED -> ok = false; done = true
			:: !(w & CLOSED) && roots(w) >= LIMIT -> refusedByLimit(); done = true
			:: else -> skip
			fi
		};
		if
		:: done -> skip
		:: else ->
#ifdef CHECK_THEN_ADD
			atomic { word = word + ROOT; admitted(); done = true }
#else
			atomic {
				if
				:: word == w -> word = w + ROOT; admitted(); done = true
				:: else -> skip
				fi
			}
#endif
		fi
#endif
	od
}

inline exitWord(unit, count) {
#ifdef END_LOOKS_FIRST
	seen = word;
	atomic { word = word - unit; count-- };
#else
	atomic { seen = word; word = word - unit; count-- };
#endif
#ifdef END_DOES_NOT_LOOK
	seen = 0
#endif
}

inline begin() {
	late = closeReturned;
	enter();
	if
	:: ok -> assert(!late); starts++
	:: else -> lookAfterRejection()
	fi
}

inline beginChild(parent) {
	ok = false;
	late = sealReturned;
	if
	:: ended[parent] -> lookAfterRejection()
	:: else ->
		/* enterChild: the loop of its compare-and-set is one statement here, it has no other way out */
		atomic {
			if
			:: word & SEALED -> done = false
			:: else -> word = word + CHILD; done = true
			fi
		};
		if
		:: !done -> lookAfterRejection()
		:: else ->
#ifdef CHILD_NOT_RECHECKED
			atomic { ok = true; liveChildren++ };
#else
			if
			:: atomic { !ended[parent] -> ok = true; liveChildren++ }
			:: else ->
				word = word - CHILD;
#ifndef SILENT_REJECTION
				lookAfterRejection()
#endif
			fi;
#endif
			if
			:: ok -> assert(!completed); assert(!late); starts++
			:: else -> skip
			fi
		fi
	fi
}

inline end(unit, count) {
#ifdef OUTCOME_AFTER_END
	exitWord(unit, count);
	if :: seen & CLOSED -> look() :: else -> skip fi;
	ends++
#else
	ends++;
	exitWord(unit, count);
	if :: seen & CLOSED -> look() :: else -> skip fi
#endif
}

inline endToken(work) {
#ifdef ENDED_AFTER_COUNT
	end(ROOT, liveRoots);
	ended[work] = true
#else
	ended[work] = true;
	end(ROOT, liveRoots)
#endif
}

proctype Worker(byte me, children) {
	LOCALS;
	bool child;
	begin();
	if
	:: ok ->
		if
		:: children > 0 -> beginChild(me); child = ok
		:: else -> skip
		fi;
		if
		:: child -> end(CHILD, liveChildren); child = false
		:: true
		fi;
		endToken(me);
		if
		:: child -> end(CHILD, liveChildren)
		:: else -> skip
		fi
	:: else -> skip
	fi
}

proctype Giver(byte me) {
	LOCALS;
	begin();
	if
	:: ok ->
		token[me] = 1;
		beginChild(me);
		if :: ok -> end(CHILD, liveChildren) :: else -> skip fi
	:: else -> token[me] = 2
	fi
}

proctype Taker(byte me) {
	LOCALS;
	if
	:: token[me] == 1 -> endToken(me)
	:: token[me] == 2 -> skip
	fi
}

proctype Closer() {
	LOCALS;
#ifdef CLOSE_NOT_ATOMIC
	w = word;
	word = w | CLOSED;
#else
	word = word | CLOSED;
#endif
#ifndef CLOSE_DOES_NOT_LOOK
	look();
#endif
	closeReturned = true
}

proctype Sealer() {
	LOCALS;
	word = word | CLOSED | SEALED;
	look();
	atomic { closeReturned = true; sealReturned = true }
}

/* What is quiescent has every outcome in the ledger. */
proctype Drainer() {
	completed;
	assert(liveRoots + liveChildren == 0);
	assert(starts == ends)
}

init {
	atomic {
#if defined(LIMITED)
		run Worker(0, 0);
		run Worker(1, 0);
		run Worker(2, 0);
		run Closer();
		run Drainer();
		run Drainer();
#elif defined(CHILDREN)
		run Giver(0);
		run Taker(0);
		run Worker(1, 1);
		run Closer();
		run Drainer();
#elif defined(SEAL)
		run Worker(0, 1);
		run Worker(1, 0);
		run Closer();
		run Sealer();
		run Drainer();
#endif
	}
}
