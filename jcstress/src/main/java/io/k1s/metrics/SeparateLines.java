package io.k1s.metrics;

import java.util.concurrent.atomic.AtomicIntegerArray;

/** What work writes and what shuts its gate, 256 bytes apart: on one line the store buffer hides less. */
abstract class SeparateLines {
    static final int WORK = 32;
    static final int GATE = 96;

    final AtomicIntegerArray words = new AtomicIntegerArray(128);
}
