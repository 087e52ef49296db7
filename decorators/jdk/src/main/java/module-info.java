/**
 * Executors and data sources whose tasks and connections are tracked work. {@code java.sql} is needed for data sources alone.
 */
module io.k1s.jdk {
    requires transitive io.k1s.registry;
    requires static java.sql;
    requires static org.jspecify;

    exports io.k1s.jdk;
}
