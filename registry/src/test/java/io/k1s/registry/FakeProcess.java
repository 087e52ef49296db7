package io.k1s.registry;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntConsumer;

/** A process that cannot end: it notes with which code it would have, and lets a test deliver signals. */
final class FakeProcess implements ProcessControl {
    final CompletableFuture<Integer> exited = new CompletableFuture<>();
    final CompletableFuture<Integer> halted = new CompletableFuture<>();
    final Map<String, IntConsumer> handlers = new HashMap<>();
    final Map<String, Installed> answers = new HashMap<>();
    Runnable exitHook = () -> {};
    /** What happens just before the exit hook is there. */
    Runnable beforeHook = () -> {};
    /** What the other hooks of the process do while it exits. */
    Runnable otherHooks = () -> {};

    @Override
    public Installed onSignal(String name, IntConsumer handler) {
        handlers.put(name, handler);
        return answers.getOrDefault(name, Installed.YES);
    }

    @Override
    public void onExit(Runnable code) {
        beforeHook.run();
        exitHook = code;
    }

    @Override
    public void exit(int code) {
        exited.complete(code);
        otherHooks.run();
        exitHook.run();
    }

    @Override
    public void halt(int code) {
        halted.complete(code);
    }
}
