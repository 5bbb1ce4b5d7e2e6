package io.walwire.reliability;

import java.util.Arrays;

/** Where the client is killed: at the entry of a method, named by its class and itself. */
enum Failpoint {
    FRAME_READ_NOT_DECODED("internal.pgoutput.PgOutput", "decode"),
    DECODED_NOT_ASSEMBLED("internal.transaction.TransactionAssembler", "accept"),
    TABLE_NOT_DESCRIBED("internal.connection.Catalog", "describe"),
    PART_OF_A_TRANSACTION_ASSEMBLED("internal.transaction.TransactionAssembler", "part"),
    BEFORE_THE_QUEUE("internal.engine.WorkQueue", "offer"),
    TAKEN_NOT_DISPATCHED("internal.engine.HandlerLoop", "tryToHandle"),
    BEFORE_THE_FIRST_HANDLER("internal.dispatch.Dispatcher", "dispatch"),
    BETWEEN_TWO_HANDLERS("reliability.ReliabilityClient$Life", "recordTransaction"),
    HANDLED_NOT_CONFIRMED("internal.engine.Reader", "confirm"),
    CONFIRMED_NOT_NOTED("internal.replication.ReplicationStream", "confirm"),
    CONFIRMED_NOT_FINISHED("internal.engine.WorkQueue", "finished"),
    CONFIRMED_NOT_SENT("org.postgresql.core.v3.replication.V3PGReplicationStream", "updateStatusInternal"),
    AT_REST("internal.engine.StreamReader", "rest"),
    CONNECTION_LOST("internal.engine.Reader", "retryOrThrow", true),
    RECONNECTING_SLOT_NOT_EXAMINED("internal.engine.ReplicationSource", "prepare", true),
    RECONNECTING_NOT_CONNECTED("internal.replication.ReplicationOpener", "open", true),
    RECONNECTED_NOT_STREAMING("internal.replication.ReplicationOpener", "stream", true),
    STREAMING_NOT_BEGUN("internal.engine.Reader", "begin", true);

    private static final String PACKAGE = "io.walwire.";

    private final String type;
    private final String method;
    private final boolean whenLost;

    Failpoint(String type, String method) {
        this(type, method, false);
    }

    Failpoint(String type, String method, boolean whenLost) {
        this.type = type.startsWith("org.") ? type : PACKAGE + type;
        this.method = method;
        this.whenLost = whenLost;
    }

    String type() {
        return type;
    }

    String method() {
        return method;
    }

    /** Whether it is reached when a connection is lost, and not while one lasts. */
    boolean whenLost() {
        return whenLost;
    }

    /** Whether the method is there, under this name. */
    boolean exists() throws ClassNotFoundException {
        return Arrays.stream(Class.forName(type, false, Failpoint.class.getClassLoader())
                        .getDeclaredMethods())
                .anyMatch(each -> each.getName().equals(method));
    }
}
