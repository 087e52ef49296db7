package io.k1s.bench;

import io.k1s.metrics.WorkMetrics;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the library says about how it works in this process: fenced or asymmetric. */
public final class Mode {
    private static final Pattern MODE = Pattern.compile("\\bmode[ :=]+(\\w+)");

    private Mode() {}

    /** Prints it, as a measured process. */
    public static void main(String[] args) {
        Jvm.result("mode", in(WorkMetrics.create("probe").describe()));
    }

    /** The mode in a description. */
    static String in(String description) {
        Matcher matcher = MODE.matcher(description);
        if (!matcher.find()) {
            throw new IllegalArgumentException("no mode in \"" + description + "\"");
        }
        return matcher.group(1).toLowerCase(java.util.Locale.ROOT);
    }
}
