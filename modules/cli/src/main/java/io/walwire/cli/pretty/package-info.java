/** Changes as a person reads them. */
@NullMarked
package io.walwire.cli.pretty;

import org.jspecify.annotations.NullMarked;
