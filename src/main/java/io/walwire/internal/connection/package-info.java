/** Plain connections and what the catalog says. */
@NullMarked
package io.walwire.internal.connection;

import org.jspecify.annotations.NullMarked;
