/** Publications: what is in them, what they would refuse, and their upkeep. */
@NullMarked
package io.walwire.internal.connection.publication;

import org.jspecify.annotations.NullMarked;
