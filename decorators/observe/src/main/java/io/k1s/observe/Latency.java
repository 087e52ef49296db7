package io.k1s.observe;

import java.time.Duration;

/**
 * How long the works of a component took, since it was first listened to: quantiles of sampled works, each weighted by the
 * number of works that it stands for, to about 1 %.
 *
 * @param p50 half of the works took at most this long
 * @param p99 99 of 100 did
 * @param p999 999 of 1,000 did
 * @param max the longest of the samples; a longer work can have been none
 * @param samples how many works were timed
 */
public record Latency(Duration p50, Duration p99, Duration p999, Duration max, long samples) {}
