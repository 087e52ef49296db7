package io.k1s.registry;

import io.k1s.metrics.WorkSnapshot;
import io.k1s.registry.ShutdownReport.Component;
import io.k1s.registry.ShutdownReport.Failure;
import io.k1s.registry.ShutdownReport.Motion;
import io.k1s.registry.ShutdownReport.Straggler;
import io.k1s.registry.ShutdownReport.ThreadSample;
import java.util.List;
import java.util.Locale;

/** A report for people. */
final class ReportText {
    private final StringBuilder out = new StringBuilder();

    private ReportText() {}

    static String of(ShutdownReport report) {
        ReportText text = new ReportText();
        text.report(report);
        return text.out.toString();
    }

    private void report(ShutdownReport report) {
        line("shutdown (%s): %s in %s", Texts.printable(report.reason()), report.outcome(), Texts.shown(report.took()));
        for (ShutdownReport.Phase phase : report.phases()) {
            line(
                    "  %-10s after %s for %s, until %s",
                    phase.state(),
                    Texts.shown(phase.startedAfter()),
                    Texts.shown(phase.took()),
                    Texts.shown(phase.endedAfter()));
        }
        report.components().forEach(this::component);
        for (String unknown : report.unknownDependencies()) {
            line("  dependsOn names \"%s\", which is not registered", Texts.printable(unknown));
        }
    }

    private void component(Component component) {
        line(
                "  %s: %s in %s, %s",
                component.name(),
                component.drained() ? "drained" : "NOT drained, " + left(component) + " left",
                Texts.shown(component.drainTime()),
                component.closed() ? "closed" : "left open");
        component.ledger().ifPresent(ledger -> ledger(ledger, component));
        stragglers("left behind", component.stragglers());
        suspects(component.suspects());
        stragglers("abandoned by System.exit", component.abandoned());
        component.failures().forEach(failure -> failure("    ", "error: ", failure));
    }

    private static String left(Component component) {
        return component.left() == Component.UNKNOWN ? "an unknown number" : Long.toString(component.left());
    }

    private void ledger(WorkSnapshot ledger, Component component) {
        line(
                "    started %d = operations %d + errors %d + cancelled %d + in flight %d; watches %d, rejected %d,"
                        + " abandoned %d, peak %d, admitted after close %d",
                ledger.totalStarted(),
                ledger.operations(),
                ledger.errors(),
                ledger.cancelled(),
                ledger.inFlight(),
                ledger.watchers(),
                ledger.rejected(),
                component.abandoned().size(),
                ledger.inFlightPeak(),
                component.admittedAfterClose());
    }

    private void stragglers(String title, List<Straggler> stragglers) {
        for (List<Straggler> alike : StackGroups.of(stragglers, Straggler::thread)) {
            alike.forEach(straggler -> line("    %s: %s%s", title, straggler, seen(straggler.thread())));
            stack(alike.get(0).thread());
        }
    }

    private void suspects(List<ThreadSample> suspects) {
        for (List<ThreadSample> alike : StackGroups.of(suspects, thread -> thread)) {
            alike.forEach(thread -> line("    perhaps behind it: thread %s%s", thread.name(), seen(thread)));
            stack(alike.get(0));
        }
    }

    private static String seen(ThreadSample thread) {
        StringBuilder text = new StringBuilder();
        if (thread.motion() != Motion.UNKNOWN) {
            text.append(thread.motion() == Motion.WEDGED ? ", wedged" : ", moving")
                    .append(" (seen twice, ")
                    .append(Texts.shown(thread.watchedFor()))
                    .append(" apart)");
        }
        return thread.waitsFor().isEmpty()
                ? text.toString()
                : text.append(", waits for ").append(thread.waitsFor()).toString();
    }

    private void stack(ThreadSample thread) {
        thread.stack().forEach(frame -> line("        at %s", Texts.printable(frame.toString())));
    }

    private void failure(String indent, String title, Failure failure) {
        line("%s%s%s", indent, title, failure);
        failure.cause().ifPresent(cause -> failure(indent + "  ", "caused by: ", cause));
        failure.suppressed().forEach(suppressed -> failure(indent + "  ", "suppressed: ", suppressed));
    }

    private void line(String format, Object... args) {
        out.append(String.format(Locale.ROOT, format, args)).append('\n');
    }
}
