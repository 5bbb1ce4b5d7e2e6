package io.walwire.internal.backfill;

/**
 * The replication slot of a run. Servers may have slots of one name, and keep their progress in one database.
 *
 * @param systemId the server's system identifier
 * @param name the slot's name
 */
public record RunSlot(String systemId, String name) {}
