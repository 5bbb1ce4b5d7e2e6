package io.walwire.error;

/**
 * The kind of a {@link WalwireException}, for programs; its message is for people. The document {@code docs/errors.md} says for each code what it
 * means, and what to do.
 */
public enum ErrorCode {
    /** The configuration cannot be used; see {@link ConfigurationException#problems()}. */
    CONFIGURATION,
    /** The server cannot be reached, or the connection broke. Heals by itself once an instance has started. */
    CONNECTION,
    /** The server refused the user, the password or the certificate (SQLSTATE class 28). */
    AUTHENTICATION,
    /** The role lacks a privilege, such as REPLICATION (SQLSTATE 42501). */
    PRIVILEGE,
    /** A setting of the server forbids logical replication: {@code wal_level}, or no free slot or sender. */
    SERVER,
    /** A publication is missing, does not hold a table that is subscribed or handled, or contradicts another. */
    PUBLICATION,
    /** The replication slot is busy, lost, or of another plugin or database. */
    SLOT,
    /** The server sent something that pgoutput's protocol does not allow or Walwire does not know. */
    PROTOCOL,
    /** A file of Walwire's own, for a transaction that does not fit in memory, cannot be written or read. */
    STORAGE,
    /** A handler, function or interceptor of the user threw. */
    HANDLER,
    /** A value cannot be read as asked: not sent, unknown column, or not holdable by the Java type. */
    VALUE,
    /** A row cannot become the user's record. */
    MAPPING,
    /** Dead letters cannot be kept, read or removed. */
    DEAD_LETTER,
    /**
     * The checkpoint or the progress of a backfill cannot be read or written, another instance uses the checkpoint, or a
     * {@code TransactionRunner} breaks its rules.
     */
    CHECKPOINT,
    /** A sink cannot be opened, written to or flushed. */
    SINK,
    /** A subscription of a watch ended: its subscriber or a predicate threw, or too many events waited for it. */
    WATCH,
    /** The instance is closed. */
    CLOSED
}
