package io.k1s.registry;

import io.k1s.registry.ShutdownReport.Motion;
import io.k1s.registry.ShutdownReport.Straggler;
import io.k1s.registry.ShutdownReport.ThreadSample;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.spi.LoggingEventBuilder;

/** How those who hold up a shutdown are logged: one event, with one stack, for all that are at the same place. */
final class StragglerLog {
    private StragglerLog() {}

    static void named(Logger log, String component, String what, List<Straggler> stragglers) {
        for (List<Straggler> alike : StackGroups.of(stragglers, Straggler::thread)) {
            Straggler first = alike.get(0);
            LoggingEventBuilder event = log.atWarn()
                    .addKeyValue("component", component)
                    .addKeyValue("work", first.description())
                    .addKeyValue("age", Texts.shown(first.age()))
                    .addKeyValue("cancellable", first.cancellable());
            StringBuilder text = new StringBuilder(what);
            alike.stream().skip(1).forEach(other -> text.append("\n    and ").append(other));
            log(event, text, first.thread());
        }
    }

    static void unnamed(Logger log, String component, List<ThreadSample> suspects) {
        for (List<ThreadSample> alike : StackGroups.of(suspects, thread -> thread)) {
            StringBuilder text = new StringBuilder(
                    "this thread has work in flight there, or is inside its resource, and may be what holds it up");
            alike.stream()
                    .skip(1)
                    .forEach(other -> text.append("\n    and thread ").append(other.name()));
            log(log.atWarn().addKeyValue("component", component), text, alike.get(0));
        }
    }

    private static void log(LoggingEventBuilder event, StringBuilder text, ThreadSample thread) {
        LoggingEventBuilder seen = event.addKeyValue("thread", thread.name());
        if (thread.motion() != Motion.UNKNOWN) {
            seen = seen.addKeyValue("motion", thread.motion())
                    .addKeyValue("watchedFor", Texts.shown(thread.watchedFor()));
        }
        if (!thread.waitsFor().isEmpty()) {
            seen = seen.addKeyValue("waitsFor", thread.waitsFor());
        }
        thread.stack().forEach(frame -> text.append("\n    at ").append(Texts.printable(frame.toString())));
        seen.log(text.toString());
    }
}
