package io.k1s.cli;

import io.k1s.registry.ShutdownReport;

/** The program's own exit codes, beside those of {@link ShutdownReport#exitCode()}. */
final class ExitCodes {
    static final int OK = 0;
    static final int FAILED = 1;
    static final int USAGE = 2;
    static final int HUNG = 76;

    /** The registry exits by itself, with the code that it was configured to give for the signal. */
    static final int LEFT_TO_THE_SIGNAL = -1;

    private ExitCodes() {}
}
