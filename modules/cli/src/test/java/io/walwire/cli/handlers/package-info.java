/** Handlers that the command line loads by name. */
@NullMarked
package io.walwire.cli.handlers;

import org.jspecify.annotations.NullMarked;
