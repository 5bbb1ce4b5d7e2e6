/** How a signal becomes an orderly end. */
@NullMarked
package io.walwire.cli.signal;

import org.jspecify.annotations.NullMarked;
