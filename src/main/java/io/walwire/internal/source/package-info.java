/**
 * Where changes come from: what a source has to do, what it may see of its instance, and what sources share. Sources outside the
 * core are found by {@link io.walwire.internal.source.SourceProvider}. This package is for Walwire's own modules, of the same
 * version.
 */
@NullMarked
package io.walwire.internal.source;

import org.jspecify.annotations.NullMarked;
