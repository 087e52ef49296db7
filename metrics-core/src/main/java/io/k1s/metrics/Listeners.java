package io.k1s.metrics;

/** The listeners of one component. Told without allocating; nobody's exception reaches the work or another listener. */
final class Listeners {
    private static final WorkListener[] NONE = {};

    /** Replaced, never changed. Written under this. */
    private volatile WorkListener[] all = NONE;

    synchronized void add(WorkListener listener) {
        WorkListener[] before = all;
        WorkListener[] after = new WorkListener[before.length + 1];
        System.arraycopy(before, 0, after, 0, before.length);
        after[before.length] = listener;
        all = after;
    }

    synchronized void remove(WorkListener listener) {
        WorkListener[] before = all;
        for (int i = 0; i < before.length; i++) {
            if (before[i] == listener) {
                WorkListener[] after = new WorkListener[before.length - 1];
                System.arraycopy(before, 0, after, 0, i);
                System.arraycopy(before, i + 1, after, i, after.length - i);
                all = after;
                return;
            }
        }
    }

    boolean isEmpty() {
        return all.length == 0;
    }

    void timed(long nanos, long weight) {
        for (WorkListener listener : all) {
            try {
                listener.timed(nanos, weight);
            } catch (Throwable dropped) {
                // The work must end all the same.
            }
        }
    }

    void ended(Work work, Outcome outcome) {
        for (WorkListener listener : all) {
            try {
                listener.ended(work, outcome);
            } catch (Throwable dropped) {
                // The work must end all the same.
            }
        }
    }

    void rejected(WorkRejectedException.Reason reason) {
        for (WorkListener listener : all) {
            try {
                listener.rejected(reason);
            } catch (Throwable dropped) {
                // The caller is to get the rejection.
            }
        }
    }
}
