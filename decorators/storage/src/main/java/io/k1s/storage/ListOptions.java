package io.k1s.storage;

/**
 * What to list: a prefix, how many at most, and where to go on. Checked by {@link StorageBackend#list}.
 *
 * @param prefix what the keys start with; empty for all
 * @param limit how many keys a page has at most; 0 for all
 * @param continueToken the token of the page before; empty for the first page
 */
public record ListOptions(String prefix, int limit, String continueToken) {

    /** All keys with a prefix, in one page. */
    public static ListOptions prefix(String prefix) {
        return new ListOptions(prefix, 0, "");
    }

    /** The same in pages of at most this many keys. */
    public ListOptions withLimit(int newLimit) {
        return new ListOptions(prefix, newLimit, continueToken);
    }

    /** The same from where a page ended: its {@link ListResult#continueToken()}. */
    public ListOptions continuing(String token) {
        return new ListOptions(prefix, limit, token);
    }
}
