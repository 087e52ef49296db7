package io.k1s.cli;

import io.k1s.cli.Wire.Answer;
import io.k1s.cli.Wire.Request;
import io.k1s.metrics.Work;
import io.k1s.metrics.WorkMetrics;
import io.k1s.metrics.WorkRejectedException;
import io.k1s.storage.CompactedException;
import io.k1s.storage.StorageBackend;
import io.k1s.storage.Watch;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** Does what comes through a socket, each call as tracked work from the request to the answer, each watch until its end. */
final class RemoteCalls {
    private final WorkMetrics metrics;
    private final StorageBackend storage;

    RemoteCalls(WorkMetrics metrics, StorageBackend storage) {
        this.metrics = metrics;
        this.storage = storage;
    }

    /** Serves one request, on the connection that it came by. */
    void serve(Lines lines, Request request) throws IOException {
        String what = "remote " + request.operation().name().toLowerCase(Locale.ROOT)
                + (request.key() == null ? "" : " \"" + request.key() + "\"");
        Work work;
        try {
            work = request.operation() == Wire.Operation.WATCH ? metrics.startWatch(what) : metrics.startWork(what);
        } catch (WorkRejectedException e) {
            lines.write(Wire.line(Answer.of(e)));
            return;
        }
        // Without an end of its own it has failed.
        try (work) {
            if (request.operation() == Wire.Operation.WATCH) {
                watch(lines, request, work);
            } else {
                // Who does not read the answer must not hold up the end.
                work.onCancel(lines::close);
                Answer answer = answer(request);
                lines.write(Wire.line(answer));
                if (answer.failure() == null) {
                    work.succeed();
                }
            }
        }
    }

    private Answer answer(Request request) {
        try {
            return perform(request);
        } catch (RuntimeException e) {
            return Answer.of(e);
        }
    }

    /** The storage refuses null by name, wherever it comes from. */
    @SuppressWarnings("NullAway")
    private Answer perform(Request request) {
        return switch (request.operation()) {
            case CREATE ->
                Answer.of(storage.create(
                        request.key(),
                        Wire.decoded(request.value()),
                        request.ttl() == null ? null : Duration.parse(request.ttl())));
            case GET -> Answer.of(storage.get(request.key()));
            case LIST -> Answer.of(storage.list(request.list()));
            case UPDATE -> Answer.of(storage.update(request.key(), Wire.decoded(request.value()), request.number()));
            case DELETE -> Answer.of(storage.delete(request.key(), request.preconditions()));
            case COUNT -> Answer.of(storage.count(request.key()));
            case REVISION -> Answer.of(storage.revision());
            case COMPACT -> {
                storage.compact(request.number());
                yield Answer.of(0);
            }
            case WATCH -> throw new IllegalArgumentException("a watch is no call");
        };
    }

    private void watch(Lines lines, Request request, Work work) throws IOException {
        Turns turns = new Turns();
        Opened opened;
        try {
            opened = open(lines, request, turns);
        } catch (RuntimeException e) {
            lines.write(Wire.line(Answer.of(e)));
            return;
        }
        Watch watch = opened.watch();
        // Waits nowhere: a watch that has ended already would have this thread wait for its own answer.
        CompletableFuture<Void> told = turns.answered
                .thenCombine(watch.ended(), (none, end) -> end)
                .thenAccept(end -> {
                    write(lines, Wire.line(Wire.Notice.of(end)));
                    work.succeed();
                });
        work.onCancel(() -> {
            watch.cancel();
            turns.end();
            lines.closeIfStuck();
        });
        work.onDrain(() -> {
            var ignored = metrics.workQuiescence().thenRun(watch::drain);
        });
        try {
            lines.write(Wire.line(Answer.of(opened.revisionBefore())));
            turns.answered();
            follow(lines, watch, turns);
        } finally {
            // Nobody listens any more.
            watch.cancel();
            turns.end();
            told.join();
        }
    }

    private record Opened(Watch watch, long revisionBefore) {}

    /** From a revision that both sides know, also if it is now. */
    @SuppressWarnings("NullAway")
    private Opened open(Lines lines, Request request, Turns turns) {
        while (true) {
            long from = request.number() == 0 ? storage.revision() + 1 : request.number();
            try {
                Watch watch = storage.watch(request.key(), from, event -> {
                    turns.awaitAnswer();
                    write(lines, Wire.line(Wire.Notice.of(event)));
                    turns.awaitTaken();
                });
                return new Opened(watch, from - 1);
            } catch (CompactedException e) {
                if (request.number() != 0) {
                    throw e;
                }
                // What was now is history already.
            }
        }
    }

    /** Until the other side has closed the connection. */
    private static void follow(Lines lines, Watch watch, Turns turns) throws IOException {
        for (String word = lines.read(); word != null; word = lines.read()) {
            switch (word) {
                case Wire.NEXT -> turns.taken();
                case Wire.DRAIN -> watch.drain();
                case Wire.CANCEL -> {
                    watch.cancel();
                    turns.end();
                }
                default -> throw new IOException("the other side said \"" + word + "\"");
            }
        }
    }

    /** Who waits for whom: the events for the answer to the request, and each for the other side to have taken the one before. */
    private static final class Turns {
        private final CompletableFuture<@Nullable Void> answered = new CompletableFuture<>();
        private final Semaphore taken = new Semaphore(0);
        private volatile boolean over;

        void answered() {
            answered.complete(null);
        }

        void awaitAnswer() {
            answered.join();
        }

        void taken() {
            taken.release();
        }

        void awaitTaken() {
            if (!over) {
                taken.acquireUninterruptibly();
            }
        }

        /** Nobody waits from now on. */
        void end() {
            over = true;
            answered();
            taken();
        }
    }

    private static void write(Lines lines, String line) {
        try {
            lines.write(line);
        } catch (IOException e) {
            // The other side is gone, which the reading thread finds out, and ends the watch.
        }
    }
}
