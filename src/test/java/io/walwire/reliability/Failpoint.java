package io.walwire.reliability;

import java.util.Arrays;

/** Where the client is killed: at the entry of a method, named by its class and itself. */
enum Failpoint {
    FRAME_READ_NOT_DECODED("internal.pgoutput.PgOutput", "decode"),
    DECODED_NOT_ASSEMBLED("internal.transaction.TransactionAssembler", "accept"),
    TABLE_NOT_DESCRIBED("internal.connection.catalog.Catalog", "describe"),
    PART_OF_A_TRANSACTION_ASSEMBLED("internal.transaction.TransactionAssembler", "part"),
    BEFORE_THE_QUEUE("internal.engine.WorkQueue", "offer"),
    TAKEN_NOT_DISPATCHED("internal.engine.HandlerLoop", "tryToHandle"),
    BEFORE_THE_FIRST_HANDLER("internal.dispatch.Dispatcher", "enter"),
    BETWEEN_TWO_HANDLERS("reliability.ReliabilityClient$Life", "recordTransaction"),
    HANDLED_NOT_CONFIRMED("internal.engine.Reader", "confirm"),
    CONFIRMED_NOT_NOTED("internal.replication.ReplicationStream", "confirm"),
    CONFIRMED_NOT_FINISHED("internal.engine.WorkQueue", "finished"),
    CONFIRMED_NOT_SENT("org.postgresql.core.v3.replication.V3PGReplicationStream", "updateStatusInternal"),
    AT_REST("internal.engine.StreamReader", "rest"),
    CONNECTION_LOST("internal.engine.Reader", "retryOrThrow", When.LOST),
    RECONNECTING_SLOT_NOT_EXAMINED("internal.engine.ReplicationSource", "prepare", When.LOST),
    RECONNECTING_NOT_CONNECTED("internal.replication.ReplicationOpener", "open", When.LOST),
    RECONNECTED_NOT_STREAMING("internal.replication.ReplicationOpener", "stream", When.LOST),
    STREAMING_NOT_BEGUN("internal.engine.Reader", "begin", When.LOST),
    CHUNK_NOT_SET_ASIDE("internal.undecided.Undecided", "setAside", When.UNDECIDED),
    BEFORE_THE_FILE("internal.undecided.SpillFile", "append", When.UNDECIDED),
    SAVEPOINT_ROLLED_BACK("internal.undecided.SetAside", "abort", When.UNDECIDED),
    COMMITTED_NOT_REPLAYED("internal.undecided.Undecided", "replay", When.UNDECIDED),
    IN_A_REPLAY("internal.undecided.Replay", "next", When.UNDECIDED),
    PREPARED_NOT_NOTED("internal.engine.Positions", "prepared", When.UNDECIDED),
    PREPARED_ROLLED_BACK("internal.engine.Positions", "preparedEnded", When.UNDECIDED),
    PREPARED_REPLAYED("internal.engine.Positions", "preparedCommitted", When.UNDECIDED);

    private static final String PACKAGE = "io.walwire.";

    private final String type;
    private final String method;
    private final When when;

    /** When it is reached. */
    enum When {
        /** All the time. */
        STREAMING,
        /** When a connection is lost, and not while one lasts. */
        LOST,
        /** When transactions come before they commit, and not where the server keeps them until then. */
        UNDECIDED
    }

    Failpoint(String type, String method) {
        this(type, method, When.STREAMING);
    }

    Failpoint(String type, String method, When when) {
        this.type = type.startsWith("org.") ? type : PACKAGE + type;
        this.method = method;
        this.when = when;
    }

    String type() {
        return type;
    }

    String method() {
        return method;
    }

    When when() {
        return when;
    }

    /** Whether the method is there, under this name. */
    boolean exists() throws ClassNotFoundException {
        return Arrays.stream(Class.forName(type, false, Failpoint.class.getClassLoader())
                        .getDeclaredMethods())
                .anyMatch(each -> each.getName().equals(method));
    }
}
