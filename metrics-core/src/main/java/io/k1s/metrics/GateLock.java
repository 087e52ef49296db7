package io.k1s.metrics;

import java.util.concurrent.locks.ReentrantLock;

/**
 * A lock that nobody takes who has not the stack to give it back.
 *
 * <p>The JDK takes and gives back a lock on reserved stack, and throws the overflow after that (JEP 270). So the lock is never
 * half taken; but who gets that error has the lock, and before the block that would give it back; or has given it back, and
 * takes what was done under it for not done.
 */
@SuppressWarnings("serial") // nobody writes it
final class GateLock extends ReentrantLock {
    /** More than locking and unlocking take, also when they are interpreted and this is compiled. */
    private static final int FRAMES = 48;

    @Override
    public void lock() {
        requireStack(FRAMES);
        super.lock();
    }

    @Override
    public boolean tryLock() {
        requireStack(FRAMES);
        return super.tryLock();
    }

    private static int requireStack(int frames) {
        return frames == 0 ? 0 : requireStack(frames - 1) + 1;
    }
}
