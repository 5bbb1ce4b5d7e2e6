package io.walwire.internal.replication;

import io.walwire.event.Lsn;

/**
 * Where a stream began.
 *
 * @param slot the slot's name
 * @param systemId the server's system identifier, the same for a primary and its standbys
 * @param timeline the server's timeline, which a promotion or a restored backup changes
 * @param position everything committed from here on is sent
 * @param created whether the slot was created for this stream, so that what came before is not in it
 */
public record StreamStart(String slot, String systemId, int timeline, Lsn position, boolean created) {}
