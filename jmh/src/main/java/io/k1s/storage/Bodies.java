package io.k1s.storage;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The operations, as a program's own class calls them. {@link Arm} loads this class once for each arm, so it may use
 * public types alone.
 */
public final class Bodies {
    private static final int TIMEOUT_SECONDS = 15;

    private Bodies() {}

    /**
     * What a body works on; the arms share all of it but {@code store}. Of each key its revision and how often it was
     * written, since the same bytes again would be no change.
     */
    public record Ground(
            StorageBackend store, StorageBackend raw, Codec codec, String prefix, String[] keys, long[][] revisions) {}

    /** The body of an operation. */
    public static Body of(String operation, Ground ground) {
        return switch (operation) {
            case "create" -> new Create(ground);
            case "get" -> new Get(ground);
            case "list" -> new Listing(ground);
            case "update" -> new Update(ground);
            case "delete" -> new Delete(ground);
            case "watch" -> new Watching(ground);
            default -> throw new IllegalArgumentException(operation);
        };
    }

    private abstract static class OnStore implements Body {
        final StorageBackend store;
        final StorageBackend raw;
        final Codec codec;
        final String prefix;
        final String[] keys;
        final long[][] revisions;
        private long sum;

        OnStore(Ground ground) {
            store = ground.store();
            raw = ground.raw();
            codec = ground.codec();
            prefix = ground.prefix();
            keys = ground.keys();
            revisions = ground.revisions();
        }

        final void use(long value) {
            sum += value;
        }

        final void createAll(StorageBackend by, int count) {
            for (int i = 0; i < count; i++) {
                use(by.create(prefix + "new/" + i, codec.write(i), Duration.ZERO)
                        .revision());
            }
        }

        final void deleteAll(StorageBackend by, int count) {
            for (int i = 0; i < count; i++) {
                use(by.delete(prefix + "new/" + i, Preconditions.none()).revision());
            }
        }

        final void updateAll(int count) {
            int mask = keys.length - 1;
            for (int i = 0; i < count; i++) {
                int k = i & mask;
                long[] state = revisions[k];
                state[0] = store.update(keys[k], codec.write((int) ++state[1]), state[0])
                        .revision();
            }
        }
    }

    private static final class Get extends OnStore {
        private int next;

        Get(Ground ground) {
            super(ground);
        }

        @Override
        public void run(int count) {
            int mask = keys.length - 1;
            int from = next;
            for (int i = from; i < from + count; i++) {
                use(codec.read(store.get(keys[i & mask])));
            }
            next = from + count & mask;
        }
    }

    /** A hundred of the keys, in one page. */
    private static final class Listing extends OnStore {
        private final ListOptions hundred;

        Listing(Ground ground) {
            super(ground);
            hundred = ListOptions.prefix(prefix + "01");
        }

        @Override
        public void run(int count) {
            for (int i = 0; i < count; i++) {
                for (KeyValue item : store.list(hundred).items()) {
                    use(codec.read(item));
                }
            }
        }
    }

    private static final class Update extends OnStore {
        Update(Ground ground) {
            super(ground);
        }

        @Override
        public void run(int count) {
            updateAll(count);
        }
    }

    private static final class Create extends OnStore {
        Create(Ground ground) {
            super(ground);
        }

        @Override
        public void run(int count) {
            createAll(store, count);
        }

        @Override
        public void after(int count) {
            deleteAll(raw, count);
        }
    }

    private static final class Delete extends OnStore {
        Delete(Ground ground) {
            super(ground);
        }

        @Override
        public void before(int count) {
            createAll(raw, count);
        }

        @Override
        public void run(int count) {
            deleteAll(store, count);
        }
    }

    /** Updates, until a watch has delivered the last of them. */
    private static final class Watching extends OnStore {
        private Watch watch;
        private CountDownLatch over;
        private CountDownLatch last;
        private int left;

        Watching(Ground ground) {
            super(ground);
        }

        @Override
        public void before(int count) {
            left = count;
            last = new CountDownLatch(1);
            over = new CountDownLatch(1);
            watch = store.watch(prefix, 0, event -> {
                if (--left == 0) {
                    last.countDown();
                }
            });
            watch.ended().thenRun(over::countDown);
        }

        @Override
        public void run(int count) throws InterruptedException {
            updateAll(count);
            if (!last.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException(left + " of " + count + " events were not delivered in "
                        + TIMEOUT_SECONDS + " s; the watch " + (over.getCount() == 0 ? "has ended" : "is open"));
            }
        }

        @Override
        public void after(int count) throws InterruptedException {
            watch.cancel();
            if (!over.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the watch did not end in " + TIMEOUT_SECONDS + " s");
            }
        }
    }
}
