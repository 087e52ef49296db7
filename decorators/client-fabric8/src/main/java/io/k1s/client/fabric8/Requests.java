package io.k1s.client.fabric8;

import java.net.URI;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a request is, as far as its address says. */
final class Requests {
    private static final Pattern ENDLESS =
            Pattern.compile("^[^?]*/pods/[^/?]+/portforward(\\?|$)|\\?(.*&)?(watch|follow)=(true|1)(&|$)");

    private Requests() {}

    /**
     * Tells whether it ends only when somebody ends it: a watch, a log that is followed, a forwarded port. All else is work, an
     * exec session too, which may be copying a file.
     */
    static boolean isWatch(@Nullable URI uri) {
        return uri != null && ENDLESS.matcher(uri.toString()).find();
    }

    /** Without the query, which may hold what belongs in no log. */
    static String describe(String method, @Nullable URI uri) {
        return (isWatch(uri) ? "watch" : method) + " " + (uri == null ? "" : uri.getRawPath());
    }
}
