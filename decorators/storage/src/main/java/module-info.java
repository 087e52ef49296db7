/**
 * The storage SPI, the memory backend and what backends share.
 */
module io.k1s.storage {
    requires transitive io.k1s.registry;
    requires static org.jspecify;

    exports io.k1s.storage;
    exports io.k1s.storage.support;
}
