package io.walwire.reliability;

/** What the adversary does. */
enum Fault {
    /** {@code kill -9} of the client, which is started again. */
    CLIENT_KILLED,
    /** {@code pg_terminate_backend} of the walsender. */
    WALSENDER_TERMINATED,
    /** Every connection is reset. */
    CONNECTION_CUT,
    /** No byte passes for a while. */
    CONNECTION_STALLED,
    /** One side hears that the other sends no more. */
    CONNECTION_HALF_CLOSED,
    /** {@code pg_ctl stop -m fast}, and a start. */
    SERVER_STOPPED_FAST,
    /** {@code pg_ctl stop -m immediate}, and a start, which recovers. */
    SERVER_STOPPED_IMMEDIATELY,
    /** The handler throws, and is called again. */
    HANDLER_THREW,
    /** The handler succeeds, but throws; it is called again with what it has done already. */
    HANDLER_ANSWER_LOST,
    /** The handler throws what ends the instance; another is started. */
    HANDLER_STOPPED,
    /** The handler hangs beyond the closing of its instance, and returns while another streams. */
    HANDLER_HUNG,
    /** The handler succeeds, and the process dies before that is confirmed. */
    DIED_UNCONFIRMED,
    /** The connection is lost, and another process streams from the slot for a while. */
    SLOT_TAKEN,
    /** The role that reads, or its database, gets other settings, and its sessions end. */
    SETTINGS_CHANGED,
    /** The primary dies, and its standby takes its place. */
    STANDBY_PROMOTED
}
