/** Work of many keys side by side, and that of each key one after another. Knows no handlers and no positions. */
@NullMarked
package io.walwire.internal.lanes;

import org.jspecify.annotations.NullMarked;
