/** Configuration keys to one validated, immutable value. */
@NullMarked
package io.walwire.internal.config;

import org.jspecify.annotations.NullMarked;
