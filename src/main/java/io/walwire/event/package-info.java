/** What happened in the database: transactions, events, rows and their values. */
@NullMarked
package io.walwire.event;

import org.jspecify.annotations.NullMarked;
