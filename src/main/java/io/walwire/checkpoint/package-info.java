/** How the transactions of an {@code io.walwire.JdbcCheckpoint} are run by the application's own transaction manager. */
@NullMarked
package io.walwire.checkpoint;

import org.jspecify.annotations.NullMarked;
