/** The official Kubernetes client with its calls and watches as tracked work. */
@NullMarked
package io.k1s.client.official;

import org.jspecify.annotations.NullMarked;
