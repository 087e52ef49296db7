package io.k1s.bench;

/** How much is measured. */
public enum Form {
    /** Shows that a set runs; its figures mean nothing, and go to a folder of their own. */
    SMOKE,
    /** All sets within ten minutes. */
    SHORT,
    /** What the tables are made of: the report leaves out the rows of the others. */
    FULL;

    /** Returns the value that belongs to this form. */
    public <T> T of(T smoke, T brief, T full) {
        return switch (this) {
            case SMOKE -> smoke;
            case SHORT -> brief;
            case FULL -> full;
        };
    }
}
