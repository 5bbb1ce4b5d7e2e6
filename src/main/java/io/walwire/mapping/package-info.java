/** How rows become the user's own records. */
@NullMarked
package io.walwire.mapping;

import org.jspecify.annotations.NullMarked;
