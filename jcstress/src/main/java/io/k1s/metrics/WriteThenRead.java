package io.k1s.metrics;

/** Dekker's: two threads of which each writes its word, and then reads the other's. */
abstract class WriteThenRead extends SeparateLines {
    private boolean gateSeen;
    private boolean workSeen;

    final void writeWorkThenReadGate() {
        words.set(WORK, 1);
        gateSeen = words.get(GATE) == 1;
    }

    final void writeGateThenReadWork() {
        words.set(GATE, 1);
        workSeen = words.get(WORK) == 1;
    }

    /** After both: 1 if one of them saw what the other wrote. */
    final int oneSawTheOther() {
        return gateSeen || workSeen ? 1 : 0;
    }
}
