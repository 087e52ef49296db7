package io.k1s.metrics;

/**
 * An answer to "is it quiescent", or the answers that a specification allows.
 *
 * <p>Quiescence is announced, not computed: a look can meet a start on its way to rejection, and then that start's own
 * look is the one that announces it. So "not yet" is always a right answer, and "yes" only when it is true. Lincheck
 * compares answers with {@code equals}; {@link #MAYBE} is equal to both. That it comes in time is what the validation
 * after each run is for.
 */
public final class Quiet {
    static final Quiet YES = new Quiet("yes");
    static final Quiet NOT_YET = new Quiet("not yet");
    static final Quiet MAYBE = new Quiet("maybe");

    private final String name;

    private Quiet(String name) {
        this.name = name;
    }

    static Quiet of(boolean seen) {
        return seen ? YES : NOT_YET;
    }

    static Quiet allowed(boolean quiescent) {
        return quiescent ? MAYBE : NOT_YET;
    }

    @Override
    public boolean equals(Object other) {
        return this == other || (other instanceof Quiet && (this == MAYBE || other == MAYBE));
    }

    @Override
    public int hashCode() {
        return 0;
    }

    @Override
    public String toString() {
        return name;
    }
}
