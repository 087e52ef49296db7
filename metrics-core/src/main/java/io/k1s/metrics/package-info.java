/**
 * Work tracking without a lock on the way: the counters of a component are at once its admission gate.
 *
 * <p>{@link io.k1s.metrics.WorkMetrics} is the entry point; {@link io.k1s.metrics.Work} is one piece of admitted work.
 */
@NullMarked
package io.k1s.metrics;

import org.jspecify.annotations.NullMarked;
