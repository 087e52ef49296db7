package io.k1s.storage.support;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Where a list goes on: the revision all its pages are at, and the last key of the page before. As text it is opaque to
 * users; {@link #decode} refuses one that no list with that prefix can have returned.
 *
 * @param revision the revision of the first page
 * @param afterKey the last key already returned
 */
public record ListToken(long revision, String afterKey) {

    private static final String VERSION = "1";

    /** Returns the token as text. */
    public String encode() {
        String plain = VERSION + ":" + revision + ":" + afterKey;
        return Base64.getUrlEncoder().withoutPadding().encodeToString(plain.getBytes(StandardCharsets.UTF_8));
    }

    /** Reads a token that a list with this prefix returned, at most at the current revision. */
    public static ListToken decode(String token, String prefix, long current) {
        try {
            String plain = new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
            String[] parts = plain.split(":", 3);
            if (parts.length == 3 && parts[0].equals(VERSION)) {
                ListToken read = new ListToken(Long.parseLong(parts[1]), parts[2]);
                Keys.checkKey(read.afterKey);
                if (read.revision >= 0 && read.revision <= current && read.afterKey.startsWith(prefix)) {
                    return read;
                }
            }
        } catch (IllegalArgumentException e) {
            throw refused(token, prefix, e);
        }
        throw refused(token, prefix, null);
    }

    private static IllegalArgumentException refused(String token, String prefix, @Nullable Throwable cause) {
        return new IllegalArgumentException(
                "continue token \"" + Keys.shown(token) + "\" is not one that this store returned for prefix \""
                        + Keys.shown(prefix) + "\"; only such a token, or an empty one, is allowed",
                cause);
    }
}
