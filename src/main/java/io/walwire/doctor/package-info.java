/** What is wrong with a database before anything is streamed from it, and the SQL that fixes it. */
@NullMarked
package io.walwire.doctor;

import org.jspecify.annotations.NullMarked;
