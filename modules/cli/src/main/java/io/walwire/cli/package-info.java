/** The command line. */
@NullMarked
package io.walwire.cli;

import org.jspecify.annotations.NullMarked;
