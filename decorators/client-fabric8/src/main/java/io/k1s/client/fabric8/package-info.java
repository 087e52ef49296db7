/** The fabric8 Kubernetes client with its requests and watches as tracked work: a transport around any of its transports. */
@NullMarked
package io.k1s.client.fabric8;

import org.jspecify.annotations.NullMarked;
