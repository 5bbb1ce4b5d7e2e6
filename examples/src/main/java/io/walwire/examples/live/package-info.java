/** A web page that shows a table as it is at every moment, over server-sent events. */
@NullMarked
package io.walwire.examples.live;

import org.jspecify.annotations.NullMarked;
