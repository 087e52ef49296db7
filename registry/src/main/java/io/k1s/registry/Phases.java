package io.k1s.registry;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The states that a shutdown has passed, and who is told. Confined to the thread of the sequence. */
final class Phases {
    private final long startNanos;
    private final ShutdownLog log;
    private final Listeners listeners;
    private final Consumer<ShutdownState> onState;
    private final List<ShutdownReport.Phase> passed = new ArrayList<>();
    private @Nullable ShutdownState current;
    private long enteredNanos;

    Phases(long startNanos, ShutdownLog log, Listeners listeners, Consumer<ShutdownState> onState) {
        this.startNanos = startNanos;
        this.log = log;
        this.listeners = listeners;
        this.onState = onState;
    }

    void enter(ShutdownState next) {
        leave();
        current = next;
        enteredNanos = System.nanoTime();
        onState.accept(next);
        log.entered(next);
        listeners.tell(listener -> listener.phaseStarted(next));
    }

    void leave() {
        if (current != null) {
            ShutdownReport.Phase left = new ShutdownReport.Phase(
                    current,
                    Duration.ofNanos(enteredNanos - startNanos),
                    Duration.ofNanos(System.nanoTime() - enteredNanos));
            current = null;
            passed.add(left);
            listeners.tell(listener -> listener.phaseEnded(left));
        }
    }

    boolean isIn(ShutdownState state) {
        return current == state;
    }

    List<ShutdownReport.Phase> passed() {
        return List.copyOf(passed);
    }
}
