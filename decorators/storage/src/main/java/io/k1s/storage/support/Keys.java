package io.k1s.storage.support;

import io.k1s.storage.ListOptions;
import io.k1s.storage.Preconditions;
import io.k1s.storage.UpdateFunction;
import io.k1s.storage.WatchListener;
import java.time.Duration;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * The input checks of every backend, and the order of keys. All refuse with {@link IllegalArgumentException}, null
 * included, whatever the annotations promise: callers need not be compiled with a null checker.
 */
public final class Keys {

    /** The longest key, in bytes of UTF-8. */
    public static final int MAX_KEY_BYTES = 1024;

    /** The longest value, in bytes. */
    public static final int MAX_VALUE_BYTES = 16 << 20;

    /** The longest time to live: far enough, and no overflow in nanoseconds. */
    public static final Duration MAX_TTL = Duration.ofDays(100 * 365);

    /** The order of keys: that of their UTF-8 bytes, which is the one of code points and not {@code compareTo}'s. */
    public static final Comparator<String> ORDER = Keys::compare;

    private static final int MAX_HISTORY = 10_000_000;
    private static final int SHOWN = 64;

    private Keys() {}

    /** Checks a key. */
    public static void checkKey(String key) {
        checkText("key", key);
        if (key.isEmpty()) {
            throw new IllegalArgumentException("key is empty; 1 to " + MAX_KEY_BYTES + " bytes of UTF-8 are allowed");
        }
    }

    /** Checks a prefix: like a key, but it may be empty. */
    public static void checkPrefix(String prefix) {
        checkText("prefix", prefix);
    }

    /** Checks a value. */
    public static void checkValue(byte[] value) {
        requireNonNull("value", value);
        if (value.length > MAX_VALUE_BYTES) {
            throw new IllegalArgumentException(
                    "value has " + value.length + " bytes; at most " + MAX_VALUE_BYTES + " are allowed");
        }
    }

    /** Checks a time to live. */
    public static void checkTtl(Duration ttl) {
        requireNonNull("ttl", ttl);
        if (ttl.isNegative() || ttl.compareTo(MAX_TTL) > 0) {
            throw new IllegalArgumentException("ttl is " + ttl + "; PT0S (for ever) to " + MAX_TTL + " is allowed");
        }
    }

    /** Checks list options but for the token, which {@link ListToken} checks. */
    public static void checkList(ListOptions options) {
        requireNonNull("list options", options);
        checkPrefix(options.prefix());
        requireNonNull("continue token", options.continueToken());
        if (options.limit() < 0) {
            throw new IllegalArgumentException("limit is " + options.limit() + "; 0 (all) or more is allowed");
        }
    }

    /** Checks the arguments of an update. */
    public static void checkUpdate(String key, byte[] value, long expectedRevision) {
        checkKey(key);
        checkValue(value);
        if (expectedRevision < 1) {
            throw new IllegalArgumentException("expected revision is " + expectedRevision + "; 1 or more is allowed");
        }
    }

    /** Checks the arguments of a guaranteed update. */
    public static void checkGuaranteedUpdate(String key, UpdateFunction function) {
        checkKey(key);
        requireNonNull("update function", function);
    }

    /** Checks the arguments of a delete. */
    public static void checkDelete(String key, Preconditions preconditions) {
        checkKey(key);
        requireNonNull("preconditions", preconditions);
    }

    /** Checks the arguments of a watch. */
    public static void checkWatch(String prefix, long fromRevision, WatchListener listener) {
        checkPrefix(prefix);
        requireNonNull("watch listener", listener);
        if (fromRevision < 0) {
            throw new IllegalArgumentException(
                    "from revision is " + fromRevision + "; 0 (from now) or more is allowed");
        }
    }

    /** Checks a revision to compact. */
    public static void checkCompact(long revision, long current) {
        if (revision < 0 || revision > current) {
            throw new IllegalArgumentException(
                    "revision to compact is " + revision + "; 0 to the current " + current + " is allowed");
        }
    }

    /** Checks the name of a store. */
    public static void checkName(String name) {
        checkText("storage name", name);
        if (name.isBlank()) {
            throw new IllegalArgumentException("storage name is blank; it must say something");
        }
    }

    /** Checks how many events a store is to keep. */
    public static void checkHistoryLimit(int events) {
        if (events < 1 || events > MAX_HISTORY) {
            throw new IllegalArgumentException("history limit is " + events + "; 1 to " + MAX_HISTORY + " is allowed");
        }
    }

    private static void checkText(String what, String text) {
        requireNonNull(what, text);
        int bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                if (c < 0x20 || c == 0x7f) {
                    throw badCharacter(what, text, i, "control characters are not allowed");
                }
                bytes++;
            } else if (c < 0xa0) {
                throw badCharacter(what, text, i, "control characters are not allowed");
            } else if (!Character.isSurrogate(c)) {
                bytes += c < 0x800 ? 2 : 3;
            } else if (i + 1 < text.length() && Character.isSurrogatePair(c, text.charAt(i + 1))) {
                bytes += 4;
                i++;
            } else {
                throw badCharacter(what, text, i, "half a surrogate pair is not allowed");
            }
        }
        if (bytes > MAX_KEY_BYTES) {
            throw new IllegalArgumentException(what + " \"" + shown(text) + "\" has " + bytes
                    + " bytes of UTF-8; at most " + MAX_KEY_BYTES + " are allowed");
        }
    }

    private static IllegalArgumentException badCharacter(String what, String text, int index, String rule) {
        return new IllegalArgumentException(String.format(
                "%s \"%s\" has U+%04X at index %d; %s", what, shown(text), (int) text.charAt(index), index, rule));
    }

    /** Returns the start of a text, fit for a log line: one line, no escape sequences, not too long. */
    static String shown(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < Math.min(text.length(), SHOWN); i++) {
            char c = text.charAt(i);
            out.append(Character.isISOControl(c) || Character.isSurrogate(c) ? '?' : c);
        }
        return text.length() > SHOWN ? out.append("...").toString() : out.toString();
    }

    private static void requireNonNull(String what, @Nullable Object value) {
        if (value == null) {
            throw new IllegalArgumentException(what + " is null; null is not allowed");
        }
    }

    private static int compare(String a, String b) {
        int length = Math.min(a.length(), b.length());
        for (int i = 0; i < length; i++) {
            char c = a.charAt(i);
            char d = b.charAt(i);
            if (c != d) {
                // A surrogate stands for a code point above all that one char can hold.
                boolean high = Character.isSurrogate(c);
                return high == Character.isSurrogate(d) ? c - d : high ? 1 : -1;
            }
        }
        return a.length() - b.length();
    }
}
