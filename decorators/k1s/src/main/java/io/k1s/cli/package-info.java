/** The runnable program: the demo, a load to kill, the check of what survived, and raw keys. */
@NullMarked
package io.k1s.cli;

import org.jspecify.annotations.NullMarked;
