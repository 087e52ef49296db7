package io.k1s.metrics;

import java.io.Serial;
import java.util.concurrent.RejectedExecutionException;

/**
 * Thrown when work is not admitted. Nothing of the work was started, and it is counted as
 * {@link WorkSnapshot#rejected() rejected}.
 */
public final class WorkRejectedException extends RejectedExecutionException {
    @Serial
    private static final long serialVersionUID = 1L;

    /** Why the work was not admitted. */
    public enum Reason {
        /** The component has stopped admitting work; another instance, or a later start of this one, can take it. */
        CLOSED("it no longer admits work"),
        /** As many works as allowed are in flight; the same call can succeed a moment later. */
        LIMIT("its limit of concurrent work is reached"),
        /** The work that was named as the parent has already ended; a mistake in the program. */
        PARENT_ENDED("the parent work has already ended");

        private final String text;

        Reason(String text) {
            this.text = text;
        }
    }

    private final String component;
    private final Reason reason;

    WorkRejectedException(String component, Reason reason) {
        super("component \"" + component + "\" rejected the work: " + reason.text);
        this.component = component;
        this.reason = reason;
    }

    /**
     * Returns the name of the component that rejected the work.
     *
     * @return the name
     */
    public String component() {
        return component;
    }

    /**
     * Returns why the work was not admitted.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }

    /**
     * Tells whether the same work can be tried again, here a little later or on another instance.
     *
     * @return false only for {@link Reason#PARENT_ENDED}
     */
    public boolean isRetryable() {
        return reason != Reason.PARENT_ENDED;
    }
}
