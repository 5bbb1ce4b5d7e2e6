/** What tests stand on: real servers, fresh databases, barriers, and the rules of the house. */
@NullMarked
package io.walwire.testing;

import org.jspecify.annotations.NullMarked;
