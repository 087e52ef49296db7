package io.k1s.registry;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** A process that cannot end: it notes with which code it would have, and lets a test deliver signals. */
final class FakeProcess implements ProcessControl {
    final CompletableFuture<Integer> exited = new CompletableFuture<>();
    final CompletableFuture<Integer> halted = new CompletableFuture<>();
    final Map<String, IntConsumer> handlers = new HashMap<>();
    final Map<String, Installed> answers = new HashMap<>();
    Runnable exitHook = () -> {};
    /** Who has called exit, which runs the hooks. */
    private volatile @Nullable Thread exitedBy;
    /** Whether somebody else exits at the same time, was faster, and so runs the hooks. */
    volatile boolean overtaken;
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
        if (overtaken) {
            return;
        }
        exitedBy = Thread.currentThread();
        otherHooks.run();
        exitHook.run();
    }

    @Override
    public boolean isExitedBy(Thread thread) {
        return thread == exitedBy;
    }

    @Override
    public void halt(int code) {
        halted.complete(code);
    }
}
