package io.k1s.controller;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** Threads that keep no process alive: the shutdown waits for work, and nothing has to wait for threads. */
final class Daemons implements ThreadFactory {
    private final String name;
    private final AtomicInteger made = new AtomicInteger();

    Daemons(String name) {
        this.name = name;
    }

    @Override
    public Thread newThread(Runnable task) {
        Thread thread = new Thread(task, name + "-" + made.incrementAndGet());
        thread.setDaemon(true);
        return thread;
    }
}
