/** What a user writes: handlers, what they listen to, filters and interceptors. */
@NullMarked
package io.walwire.handler;

import org.jspecify.annotations.NullMarked;
