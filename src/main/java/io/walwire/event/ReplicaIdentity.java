package io.walwire.event;

/**
 * What PostgreSQL writes of a row's old version on update and delete; {@code pg_class.relreplident}. (PostgreSQL manual,
 * ALTER TABLE, REPLICA IDENTITY.)
 */
public enum ReplicaIdentity {
    /** The primary key, on delete and where an update changes it. PostgreSQL's default. */
    DEFAULT,
    /** Nothing; a published table then refuses updates and deletes. */
    NOTHING,
    /** The whole old row, always. */
    FULL,
    /** The columns of a unique index, on delete and where an update changes them. */
    INDEX
}
