/**
 * What a {@link io.k1s.registry.WorkRegistry} does, shown to others: latencies, meters, MXBeans, flight recorder events, a
 * health endpoint, and the shutdown report as JSON.
 *
 * <p>Nothing here runs unless a program asks for it, and each class needs no more than it says: {@link
 * io.k1s.observe.Latencies} HdrHistogram, {@link io.k1s.observe.WorkMeters} Micrometer, {@link io.k1s.observe.ReportJson}
 * and the JSON of {@link io.k1s.observe.HealthServer} Jackson, the others the JDK alone.
 */
@NullMarked
package io.k1s.observe;

import org.jspecify.annotations.NullMarked;
