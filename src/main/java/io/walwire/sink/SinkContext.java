package io.walwire.sink;

/** Facts about the instance that opens a sink. Immutable. Implemented only by Walwire: methods may be added. */
public interface SinkContext {
    /**
     * The instance's name, {@code walwire.name}.
     *
     * @return the name; "walwire" if none was set
     */
    String instance();

    /**
     * The database that is read.
     *
     * @return its name, unquoted
     */
    String database();

    /**
     * The replication slot that is read. System identifier, database and slot together identify a stream.
     *
     * @return its name; with {@code walwire.source=triggers} that of the cursor
     */
    String slot();

    /**
     * The server's system identifier, which is the same for a primary and its standbys.
     *
     * @return the identifier, a decimal number as text
     */
    String systemId();

    /**
     * The server's timeline.
     *
     * @return its number, from 1
     */
    int timeline();
}
