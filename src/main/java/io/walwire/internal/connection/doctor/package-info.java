/** The doctor: each check looks at one thing in the catalog and says what it found. */
@NullMarked
package io.walwire.internal.connection.doctor;

import org.jspecify.annotations.NullMarked;
