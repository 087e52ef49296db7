package io.k1s.metrics;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of one component that have not ended: who is at work.
 *
 * <p>Listing allocates nothing, and threads on different stripes share no line, as long as a stripe has a slot left.
 * Thread-safe; listing and unlisting are lock-free. Not final, so that tests can have it fail.
 */
class ActiveWork {
    /*
     * Per stripe a line of slots, in which a starting thread takes the first free one. A thread that runs one work inside
     * another, or starts a few that end elsewhere, needs no more; whoever finds no slot goes to the overflow, which costs
     * about as much as three of these.
     *
     * Found by the close. A token is listed by a volatile compare-and-set (or in the overflow), and then its gate asked; the
     * close shuts the gate, and then reads every slot in volatile mode. If that misses the token, the read came before the
     * listing in the total order of volatile accesses, so the gate was shut before the listing, and is found shut after it. In
     * asymmetric mode an owner asks its trip by an opaque load, which is not in that order: what orders it is the heavy fence
     * of the close, before which a load that found the gate open has its own thread's listing before it.
     *
     * Exact. A slot that holds a token is written by nobody but the one who unlists that token, which happens once: after
     * the end, which is won by one thread, or by the thread that could not admit it.
     */
    /** As the other words that many threads write: a stride of 128 bytes, and one in front. */
    private static final int STRIDE = 32;

    private static final int SLOTS = 8;
    private static final int OVERFLOW = -1;

    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Work[].class);
    private static final VarHandle SLOTS_OF_ALL = slotsOfAll();

    /** Made by whoever lists the first: a component that only counts has none. A volatile read that finds none missed no slot. */
    private volatile @Nullable Work @Nullable [] slots;

    private final int stripes;
    private final Set<Work> overflow = ConcurrentHashMap.newKeySet();

    /**
     * Makes an empty list.
     *
     * @param stripes a power of two
     */
    ActiveWork(int stripes) {
        this.stripes = stripes;
    }

    /** Lists a token, before it asks the gate. What is thrown leaves it unlisted. */
    void add(Work work) {
        int first = (((int) ThreadFacts.hint(work.thread()) & (stripes - 1)) + 1) * STRIDE;
        @Nullable Work[] slots = made();
        for (int slot = first; slot < first + SLOTS; slot++) {
            if (SLOT.getVolatile(slots, slot) == null) {
                work.slot = slot;
                if (SLOT.compareAndSet(slots, slot, null, work)) {
                    return;
                }
            }
        }
        work.slot = OVERFLOW;
        try {
            overflow.add(work);
        } catch (Throwable t) {
            // A table that has no memory to count or to rearrange what it holds holds it all the same.
            overflow.remove(work);
            throw t;
        }
    }

    private @Nullable Work[] made() {
        @Nullable Work[] there = slots;
        if (there == null) {
            @Nullable Work[] mine = new @Nullable Work[(stripes + 2) * STRIDE];
            there = SLOTS_OF_ALL.compareAndSet(this, null, mine) ? mine : Objects.requireNonNull(slots);
        }
        return there;
    }

    /** Unlists a token that {@link #add} has listed, on any thread, once. */
    void remove(Work work) {
        if (work.slot == OVERFLOW) {
            overflow.remove(work);
        } else {
            SLOT.setVolatile(made(), work.slot, null);
        }
    }

    /** Returns what is listed: each token that was before the call and is after it; of the others, some. */
    List<Work> all() {
        // The overflow reads its bins in acquire mode, which alone could pass what this thread has written to the gate.
        VarHandle.fullFence();
        List<Work> all = new ArrayList<>(overflow);
        @Nullable Work[] slots = this.slots;
        if (slots == null) {
            return all;
        }
        for (int stripe = 1; stripe <= stripes; stripe++) {
            for (int slot = stripe * STRIDE; slot < stripe * STRIDE + SLOTS; slot++) {
                Work work = (Work) SLOT.getVolatile(slots, slot);
                if (work != null) {
                    all.add(work);
                }
            }
        }
        return all;
    }

    private static VarHandle slotsOfAll() {
        try {
            return MethodHandles.lookup().findVarHandle(ActiveWork.class, "slots", Work[].class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
