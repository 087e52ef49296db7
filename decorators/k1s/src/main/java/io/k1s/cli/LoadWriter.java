package io.k1s.cli;

import io.k1s.client.DeleteOptions;
import io.k1s.client.ObjectClient;
import io.k1s.metrics.Work;
import java.util.SplittableRandom;

/**
 * One writer of a load, with items of its own. It writes single ones, batches of them as one job, and moves some: a delete
 * and a create that belong together. Confined to one thread, ends by the rejection of its work.
 */
final class LoadWriter implements Runnable {
    private static final int KEYS = 1000;
    private static final int OBJECTS = 100;
    private static final int NOWHERE = -1;
    private static final String[] PLACES = {"a", "b", "c", "d"};

    private final Load load;
    private final String prefix;
    private final SplittableRandom random;
    private final long[] keySeq = new long[KEYS];
    private final boolean[] keyExists = new boolean[KEYS];
    private final long[] objectSeq = new long[OBJECTS];
    private final int[] objectPlace = new int[OBJECTS];

    /** Its keys begin with this prefix. */
    LoadWriter(Load load, String prefix, SplittableRandom random) {
        this.load = load;
        this.prefix = prefix;
        this.random = random;
        java.util.Arrays.fill(objectPlace, NOWHERE);
    }

    @Override
    public void run() {
        while (true) {
            int dice = random.nextInt(100);
            if (dice < 1) {
                writeBatch();
            } else if (dice < 60) {
                int key = random.nextInt(KEYS);
                load.jobs.run("write " + key(key), () -> write(key));
            } else {
                int object = random.nextInt(OBJECTS);
                if (objectPlace[object] == NOWHERE) {
                    load.jobs.run("create " + object(object), () -> createObject(object));
                } else {
                    move(object);
                }
            }
        }
    }

    /** Many calls as one job: those that come after the signal are admitted, because the client drains after the jobs. */
    private void writeBatch() {
        int size = random.nextInt(50, 200);
        load.jobs.run("batch of " + size + " writes", () -> {
            for (int i = 0; i < size; i++) {
                write(random.nextInt(KEYS));
            }
        });
    }

    private void write(int index) {
        String key = key(index);
        long seq = ++keySeq[index];
        if (keyExists[index] && random.nextInt(10) == 0) {
            Change change = Change.delete(seq, key);
            load.journal.pending(change);
            load.client.delete(Kinds.ITEM, LoadItem.key(key), DeleteOptions.none());
            keyExists[index] = false;
            load.journal.acknowledged(change);
            return;
        }
        Change change = Change.put(seq, key);
        load.journal.pending(change);
        if (keyExists[index]) {
            load.client.edit(Kinds.ITEM, LoadItem.key(key), current -> LoadItem.changed(current, key, seq));
        } else {
            load.client.create(Kinds.ITEM, LoadItem.of(key, seq));
            keyExists[index] = true;
        }
        load.journal.acknowledged(change);
    }

    private void createObject(int object) {
        int place = random.nextInt(PLACES.length);
        Change change = Change.put(++objectSeq[object], at(object, place));
        load.journal.pending(change);
        load.client.create(Kinds.ITEM, LoadItem.of(change.key(), change.seq()));
        objectPlace[object] = place;
        load.journal.acknowledged(change);
    }

    /** Two calls that must not be cut between: whoever closes the gate after the first loses the object. */
    private void move(int object) {
        int from = objectPlace[object];
        int to = (from + 1 + random.nextInt(PLACES.length - 1)) % PLACES.length;
        Change change = Change.move(++objectSeq[object], at(object, from), at(object, to));
        try (Work work = load.client.startWork("move " + object(object))) {
            ObjectClient within = load.client.within(work);
            load.journal.pending(change);
            within.delete(Kinds.ITEM, LoadItem.key(change.key()), DeleteOptions.none());
            within.create(Kinds.ITEM, LoadItem.of(change.to(), change.seq()));
            objectPlace[object] = to;
            load.journal.acknowledged(change);
            work.succeed();
        }
        load.moves.increment();
    }

    private String key(int index) {
        return prefix + "k" + index;
    }

    private String object(int object) {
        return prefix + "o" + object;
    }

    private String at(int object, int place) {
        return object(object) + "." + PLACES[place];
    }
}
