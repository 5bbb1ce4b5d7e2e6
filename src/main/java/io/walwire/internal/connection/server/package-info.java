/** The server: how to connect to it, its settings, its errors, its positions and its snapshots. */
@NullMarked
package io.walwire.internal.connection.server;

import org.jspecify.annotations.NullMarked;
