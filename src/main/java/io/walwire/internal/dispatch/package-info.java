/** Transactions to the user's callbacks: routes, runs, filters, functions. */
@NullMarked
package io.walwire.internal.dispatch;

import org.jspecify.annotations.NullMarked;
