package io.k1s.bench;

/** How much is measured. */
public enum Form {
    /** Shows that a set runs; its figures mean nothing. */
    SMOKE,
    /** All sets within ten minutes. */
    SHORT,
    /** What the tables are made of. The rows of the others go to folders of their own. */
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
