package io.k1s.bench;

import java.util.Map;

/** Which JDK in which mode a row is of. */
public record Variant(String jdk, String mode) {
    static Variant of(Map<String, Object> row) {
        return new Variant("" + row.get("jdk"), "" + row.get("mode"));
    }

    /** The chart of a set. */
    public String svg(String set) {
        return set + "-jdk" + jdk + "-" + mode + ".svg";
    }

    /** For the title of a chart. */
    public String title() {
        return "JDK " + jdk + ", " + mode;
    }

    /** As the tables have it. */
    @Override
    public String toString() {
        return jdk + " " + mode;
    }
}
