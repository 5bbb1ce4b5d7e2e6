/** A signed webhook for every order that is paid, retried until it is accepted or kept as a dead letter. */
@NullMarked
package io.walwire.examples.webhook;

import org.jspecify.annotations.NullMarked;
