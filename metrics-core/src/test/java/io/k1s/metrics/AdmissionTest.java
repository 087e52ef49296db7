package io.k1s.metrics;

import static io.k1s.metrics.WorkRejectedException.Reason.CLOSED;
import static io.k1s.metrics.WorkRejectedException.Reason.PARENT_ENDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AdmissionTest {
    @ParameterizedTest
    @EnumSource
    void closeRejectsLaterWork(Kind kind) {
        WorkMetrics metrics = kind.create();
        metrics.close();
        assertThat(rejection(metrics::begin).reason()).isEqualTo(CLOSED);
        assertThat(rejection(metrics::startWork).reason()).isEqualTo(CLOSED);
        assertThat(rejection(() -> metrics.startWork("late")).reason()).isEqualTo(CLOSED);
        assertThat(rejection(() -> metrics.startWatch("late")).reason()).isEqualTo(CLOSED);
        assertThat(Checks.drained(metrics, 0).rejected()).isEqualTo(4);
    }

    @ParameterizedTest
    @EnumSource
    void rejectedBodyIsNotCalled(Kind kind) {
        WorkMetrics metrics = kind.create();
        metrics.close();
        AtomicBoolean called = new AtomicBoolean();
        assertThatThrownBy(() -> metrics.run("late", () -> called.set(true))).isInstanceOf(WorkRejectedException.class);
        assertThat(called).isFalse();
        assertThat(Checks.drained(metrics, 0).rejected()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void closeNowRejectsWorkWatchesAndChildren(Kind kind) {
        WorkMetrics metrics = kind.create();
        Work parent = metrics.startWork("parent");
        metrics.closeNow();
        assertThat(rejection(metrics::begin).reason()).isEqualTo(CLOSED);
        assertThat(rejection(() -> metrics.startWatch("late")).reason()).isEqualTo(CLOSED);
        assertThat(rejection(() -> parent.startChild("late")).reason()).isEqualTo(CLOSED);
        assertThat(rejection(() -> metrics.beginChild(parent)).reason()).isEqualTo(CLOSED);
        parent.succeed();
        assertThat(Checks.drained(metrics, 1).rejected()).isEqualTo(4);
    }

    @ParameterizedTest
    @EnumSource
    void childrenOfLiveWorkPassTheClosedGate(Kind kind) {
        WorkMetrics metrics = kind.create();
        Work parent = metrics.startWork("parent");
        metrics.close();
        Work child = parent.startChild("child");
        long ticket = metrics.beginChild(parent);
        parent.succeed();
        assertThat(metrics.isQuiescent()).isFalse();
        metrics.end(ticket, Outcome.SUCCEEDED);
        assertThat(metrics.isQuiescent()).isFalse();
        child.succeed();
        Checks.drained(metrics, 3);
    }

    @ParameterizedTest
    @EnumSource
    void childOfChildPassesTheClosedGate(Kind kind) {
        WorkMetrics metrics = kind.create();
        Work parent = metrics.startWork("parent");
        metrics.close();
        Work child = parent.startChild("child");
        parent.succeed();
        Work grandchild = child.startChild("grandchild");
        child.succeed();
        grandchild.succeed();
        Checks.drained(metrics, 3);
    }

    @ParameterizedTest
    @EnumSource
    void childrenOfAnOpenWatchPassTheClosedGate(Kind kind) {
        WorkMetrics metrics = kind.create();
        Work watch = metrics.startWatch("watch");
        metrics.close();
        Work child = watch.startChild("deliver");
        watch.succeed();
        assertThat(metrics.isQuiescent()).isFalse();
        child.succeed();
        Checks.drained(metrics, 1);
    }

    @ParameterizedTest
    @EnumSource
    void childIsRefusedAfterItsParentEnded(Kind kind) {
        WorkMetrics metrics = kind.create();
        Work parent = metrics.startWork("parent");
        parent.succeed();
        WorkRejectedException rejection = rejection(() -> parent.startChild("late"));
        assertThat(rejection.reason()).isEqualTo(PARENT_ENDED);
        assertThat(rejection.isRetryable()).isFalse();
        metrics.close();
        assertThat(rejection(() -> metrics.beginChild(parent)).reason()).isEqualTo(PARENT_ENDED);
        assertThat(Checks.drained(metrics, 1).rejected()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource
    void childOfAnotherComponentIsRefusedByName(Kind kind) {
        WorkMetrics metrics = kind.create("jobs");
        WorkMetrics other = kind.create("storage");
        Work work = other.startWork("put");
        assertThatThrownBy(() -> metrics.beginChild(work))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"put\"")
                .hasMessageContaining("\"storage\"")
                .hasMessageContaining("\"jobs\"");
        assertThat(Checks.addsUp(metrics).totalStarted()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void closeIsIdempotentAndNeverReopensWhatCloseNowSealed(Kind kind) {
        WorkMetrics metrics = kind.create();
        Work parent = metrics.startWork("parent");
        metrics.close();
        metrics.close();
        metrics.closeNow();
        metrics.closeNow();
        metrics.close();
        assertThat(metrics.isClosed()).isTrue();
        assertThat(rejection(() -> parent.startChild("late")).reason()).isEqualTo(CLOSED);
        parent.succeed();
        Checks.drained(metrics, 1);
    }

    @ParameterizedTest
    @EnumSource
    void openComponentIsNeitherClosedNorQuiescent(Kind kind) {
        WorkMetrics metrics = kind.create();
        assertThat(metrics.isClosed()).isFalse();
        assertThat(metrics.isQuiescent()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void rejectionNamesComponentAndReasonAndCanBeRetried(Kind kind) {
        WorkMetrics metrics = kind.create("imports");
        metrics.close();
        WorkRejectedException rejection = rejection(metrics::begin);
        assertThat(rejection.component()).isEqualTo("imports");
        assertThat(rejection).hasMessage("component \"imports\" rejected the work: it no longer admits work");
        assertThat(rejection.isRetryable()).isTrue();
    }

    /**
     * Callers that retry on a closed gate must not be able to hold up the drain: a look that meets a start on its way to
     * rejection has to be repeated.
     */
    @ParameterizedTest
    @EnumSource
    void startsAfterTheCloseLeaveNoTraceForALookToMeet(Kind kind) throws Exception {
        WorkMetrics metrics = kind.create();
        Work parent = metrics.startWork();
        parent.succeed();
        metrics.close();
        Ledger ledger = Reflect.ledger(metrics);
        long before = ledger.starts();
        rejection(metrics::begin);
        rejection(() -> metrics.beginChild(parent));
        metrics.closeNow();
        rejection(() -> metrics.beginChild(parent));
        assertThat(ledger.starts()).isEqualTo(before);
        assertThat(metrics.snapshot().rejected()).isEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource
    void whatIsRejectedIsForgotten(Kind kind) throws Exception {
        WorkMetrics metrics = kind.create();
        Work parent = metrics.startWork();
        parent.succeed();
        rejection(() -> parent.startChild("late"));
        metrics.close();
        rejection(metrics::startWork);
        rejection(() -> metrics.startWatch("late"));
        assertThat(Reflect.tokens(metrics).all()).isEmpty();
    }

    private static WorkRejectedException rejection(ThrowingCallable call) {
        return catchThrowableOfType(WorkRejectedException.class, call);
    }
}
