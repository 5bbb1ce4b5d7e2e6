/** Names as people write them and as SQL needs them; pure functions. */
@NullMarked
package io.walwire.internal.text;

import org.jspecify.annotations.NullMarked;
