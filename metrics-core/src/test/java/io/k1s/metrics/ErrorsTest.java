package io.k1s.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(120)
class ErrorsTest {
    @ParameterizedTest
    @EnumSource
    void outOfMemoryInTheBodyEndsItOnceAndIsRethrownUnchanged(Kind kind) {
        WorkMetrics metrics = kind.create();
        List<long[]> memory = new ArrayList<>();
        assertThatThrownBy(() -> metrics.run("allocate", () -> {
                    while (true) {
                        memory.add(new long[Integer.MAX_VALUE - 8]);
                    }
                }))
                .isInstanceOf(OutOfMemoryError.class);
        metrics.close();
        WorkSnapshot s = Checks.drained(metrics, 1);
        assertThat(s.errors()).isEqualTo(1);
        assertThat(s.repeatedEnds()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void stackOverflowInTheBodyEndsItOnceAndIsRethrownUnchanged(Kind kind) {
        WorkMetrics metrics = kind.create();
        StackOverflowError[] thrown = new StackOverflowError[1];
        assertThatThrownBy(() -> metrics.run("recurse", () -> {
                    try {
                        recurse(0);
                    } catch (StackOverflowError e) {
                        thrown[0] = e;
                        throw e;
                    }
                }))
                .isSameAs(thrown[0]);
        metrics.close();
        assertThat(Checks.drained(metrics, 1).errors()).isEqualTo(1);
    }

    /** Without the stack to count the end, the work is as if nobody had tried. */
    @ParameterizedTest
    @EnumSource
    void endThatCouldNotBeCountedCanBeRepeated(Kind kind) throws Exception {
        WorkMetrics metrics = kind.create();
        Work work = metrics.startWork("work");
        long ticket = work.ticket;
        work.ticket = 255;
        assertThatThrownBy(work::succeed).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(work.isEnded()).isFalse();
        assertThat(metrics.activeWork()).containsExactly(work);
        work.ticket = ticket;
        assertThat(work.succeed()).isTrue();
        metrics.close();
        Checks.drained(metrics, 1);
    }

    /** The start was counted, its ticket never came to be: it is given back, and a drainer is told. */
    @ParameterizedTest
    @EnumSource
    void errorBetweenTheCountAndTheTicketGivesTheStartBackAndWakesTheDrainer(Kind kind) throws Exception {
        WorkMetrics metrics = kind.create();
        Error error = new InternalError("in between");
        Gate gate = Reflect.gate(metrics);
        Reflect.set(gate, Gate.class, "peak", new Peak() {
            @Override
            void raise(long candidate) {
                metrics.close();
                throw error;
            }
        });
        assertThatThrownBy(metrics::begin).isSameAs(error);
        Reflect.set(gate, Gate.class, "peak", new Peak());
        assertThat(Checks.drained(metrics, 0).rejected()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void errorBetweenTheCountAndTheTicketOfAChildGivesItBack(Kind kind) throws Exception {
        WorkMetrics metrics = kind.create();
        Work parent = metrics.startWork();
        Error error = new InternalError("in between");
        Gate gate = Reflect.gate(metrics);
        Reflect.set(gate, Gate.class, "peak", new Peak() {
            @Override
            void raise(long candidate) {
                throw error;
            }
        });
        if (kind != Kind.EXACT) {
            // A striped child never looks at the peak.
            metrics.end(metrics.beginChild(parent), Outcome.SUCCEEDED);
        } else {
            assertThatThrownBy(() -> metrics.beginChild(parent)).isSameAs(error);
        }
        Reflect.set(gate, Gate.class, "peak", new Peak());
        parent.succeed();
        metrics.close();
        Checks.drained(metrics);
    }

    @ParameterizedTest
    @EnumSource
    void errorWhileAWorkIsListedAdmitsNothing(Kind kind) throws Exception {
        WorkMetrics metrics = kind.create();
        Error error = new OutOfMemoryError("while listing");
        Reflect.set(metrics, WorkMetrics.class, "tokens", new ActiveWork(1) {
            @Override
            void add(Work work) {
                throw error;
            }
        });
        assertThatThrownBy(metrics::startWork).isSameAs(error);
        assertThatThrownBy(() -> metrics.startWatch("watch")).isSameAs(error);
        metrics.close();
        Checks.drained(metrics, 0);
    }

    @ParameterizedTest
    @EnumSource
    void errorWhileAnEndedWorkIsUnlistedStillWakesTheDrainer(Kind kind) throws Exception {
        WorkMetrics metrics = kind.create();
        Error error = new StackOverflowError("while unlisting");
        Reflect.set(metrics, WorkMetrics.class, "tokens", new ActiveWork(1) {
            @Override
            void remove(Work work) {
                throw error;
            }
        });
        Work work = metrics.startWork();
        metrics.close();
        assertThatThrownBy(work::succeed).isSameAs(error);
        assertThat(metrics.isQuiescent()).isTrue();
        assertThat(work.succeed()).isFalse();
        Checks.drained(metrics, 1);
    }

    private static int recurse(int depth) {
        return recurse(depth + 1) + 1;
    }
}
