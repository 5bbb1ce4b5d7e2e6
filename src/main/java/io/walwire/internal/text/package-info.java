/** Words for people: what they may have meant. */
@NullMarked
package io.walwire.internal.text;

import org.jspecify.annotations.NullMarked;
