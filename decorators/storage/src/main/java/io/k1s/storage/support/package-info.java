/**
 * What backends share: input checks, list tokens, watches and expiry. For authors of backends, not for users of one.
 */
@NullMarked
package io.k1s.storage.support;

import org.jspecify.annotations.NullMarked;
