package io.k1s.registry;

import io.k1s.metrics.Printable;
import io.k1s.metrics.WorkSnapshot;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** How durations and reports are shown to people. */
final class Texts {
    private Texts() {}

    static String printable(String text) {
        return Printable.of(text);
    }

    /** Two digits behind the point at most: {@code 0 ms}, {@code 12 ms}, {@code 1.25 s}, {@code 90 s}. */
    static String shown(Duration duration) {
        double seconds = duration.getSeconds() + duration.getNano() / 1e9;
        if (Math.abs(seconds) >= 1) {
            String text = String.format(Locale.ROOT, "%.2f", seconds);
            return text.replaceFirst("\\.?0+$", "") + " s";
        }
        double millis = seconds * 1e3;
        if (Math.abs(millis) >= 1 || millis == 0) {
            return Math.round(millis) + " ms";
        }
        return String.format(Locale.ROOT, "%.2f ms", millis);
    }

    /** The nanoseconds of the duration, or as many as there can be. */
    static long saturatedNanos(Duration duration) {
        try {
            return duration.toNanos();
        } catch (ArithmeticException e) {
            return duration.isNegative() ? 0 : Long.MAX_VALUE;
        }
    }

    /** Foreign exceptions can fail at saying what they are. */
    static String shown(Throwable error) {
        try {
            return printable(String.valueOf(error));
        } catch (Throwable t) {
            return error.getClass().getName();
        }
    }

    static String describe(ShutdownReport report) {
        StringBuilder out = new StringBuilder();
        line(out, "shutdown (%s): %s in %s", printable(report.reason()), report.outcome(), shown(report.took()));
        for (ShutdownReport.Phase phase : report.phases()) {
            line(out, "  %-10s after %s for %s", phase.state(), shown(phase.startedAfter()), shown(phase.took()));
        }
        report.components().forEach(component -> describe(component, out));
        for (String unknown : report.unknownDependencies()) {
            line(out, "  dependsOn names \"%s\", which was never registered", printable(unknown));
        }
        return out.toString();
    }

    private static void describe(ShutdownReport.Component component, StringBuilder out) {
        line(
                out,
                "  %s: %s in %s, %s",
                component.name(),
                component.drained() ? "drained" : "NOT drained, " + component.left() + " left",
                shown(component.drainTime()),
                component.closed() ? "closed" : "left open");
        component.ledger().ifPresent(ledger -> describe(ledger, component.admittedAfterClose(), out));
        stragglers("left behind", component.stragglers(), out);
        stragglers("abandoned by System.exit", component.abandoned(), out);
        for (Throwable error : component.errors()) {
            line(out, "    error: %s", shown(error));
        }
    }

    private static void describe(WorkSnapshot ledger, long admittedAfterClose, StringBuilder out) {
        line(
                out,
                "    started %d = operations %d + errors %d + cancelled %d + in flight %d; rejected %d, peak %d,"
                        + " admitted after close %d",
                ledger.totalStarted(),
                ledger.operations(),
                ledger.errors(),
                ledger.cancelled(),
                ledger.inFlight(),
                ledger.rejected(),
                ledger.inFlightPeak(),
                admittedAfterClose);
    }

    private static void stragglers(String title, List<ShutdownReport.Straggler> stragglers, StringBuilder out) {
        for (ShutdownReport.Straggler straggler : stragglers) {
            line(out, "    %s: %s", title, straggler);
            straggler.thread().stack().forEach(frame -> line(out, "        at %s", frame));
        }
    }

    private static void line(StringBuilder out, String format, Object... args) {
        out.append(String.format(Locale.ROOT, format, args)).append('\n');
    }
}
