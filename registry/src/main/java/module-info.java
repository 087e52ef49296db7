/** Who is tracked, and the shutdown itself. */
module io.k1s.registry {
    requires transitive io.k1s.metrics;
    requires org.slf4j;
    // Who holds the lock that a stuck thread waits for; without it nobody knows.
    requires static java.management;
    // sun.misc.Signal, reached by reflection in one class. Not static: a program on the module path would not get the
    // module then, and could handle no signal.
    requires jdk.unsupported;
    requires static org.jspecify;

    exports io.k1s.registry;
}
