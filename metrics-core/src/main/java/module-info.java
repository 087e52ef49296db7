/** The lock-free core: striped counters, admission gate and peak of the work a component has in flight. */
module io.k1s.metrics {
    requires static org.jspecify;

    exports io.k1s.metrics;
}
