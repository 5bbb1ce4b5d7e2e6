/** Tests of the test kit. */
@NullMarked
package io.walwire.testkit;

import org.jspecify.annotations.NullMarked;
