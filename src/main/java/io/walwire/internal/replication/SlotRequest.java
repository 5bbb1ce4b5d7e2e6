package io.walwire.internal.replication;

import io.walwire.event.Lsn;

/**
 * The slot to stream from.
 *
 * @param name its name, valid for PostgreSQL
 * @param temporary whether it ends with its connection; then it is always created
 * @param create whether it is to be created
 * @param confirmed what it last confirmed, {@link Lsn#ZERO} where it is created
 */
public record SlotRequest(String name, boolean temporary, boolean create, Lsn confirmed) {}
