package io.k1s.metrics;

/** How a piece of admitted work ended. Every admitted work ends with exactly one of these, or is still in flight. */
public enum Outcome {
    /** It did what it was started for; counted in {@link WorkSnapshot#operations()}. */
    SUCCEEDED,
    /** It ended with an error; counted in {@link WorkSnapshot#errors()}. */
    FAILED,
    /** It was given up on purpose; counted in {@link WorkSnapshot#cancelled()}. */
    CANCELLED
}
