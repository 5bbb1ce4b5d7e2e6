/** Handler classes that are found by their names. */
@NullMarked
package io.walwire.internal.config.handlers;

import org.jspecify.annotations.NullMarked;
