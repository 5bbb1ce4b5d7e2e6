/** What an instance is doing, and how far it has come. */
@NullMarked
package io.walwire.lifecycle;

import org.jspecify.annotations.NullMarked;
