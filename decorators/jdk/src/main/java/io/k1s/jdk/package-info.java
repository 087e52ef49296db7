/**
 * What the JDK has, tracked: {@link io.k1s.jdk.TrackedExecutorService} for tasks, {@link io.k1s.jdk.TrackedDataSource} for
 * connections. A {@link java.util.concurrent.CompletionStage} needs nothing of its own:
 * {@code stage.whenComplete((value, error) -> work.end(error))}.
 */
@NullMarked
package io.k1s.jdk;

import org.jspecify.annotations.NullMarked;
