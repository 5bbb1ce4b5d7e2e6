/**
 * What the server sends before it is known whether it commits: transactions in progress, and prepared ones. Set aside, in
 * memory or on disk, and given back as protocol 1 would have sent them once they have committed.
 */
@NullMarked
package io.walwire.internal.undecided;

import org.jspecify.annotations.NullMarked;
