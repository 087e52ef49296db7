/**
 * An operator of the Java Operator SDK whose reconciliations are tracked work: {@link io.k1s.controller.josdk.TrackedOperator}.
 */
@NullMarked
package io.k1s.controller.josdk;

import org.jspecify.annotations.NullMarked;
