package io.walwire.benchmarks;

import java.sql.SQLException;

/**
 * What lies in the log, to be drained from copies of a slot.
 *
 * @param events how many row changes
 * @param endOfWal behind the last of them
 */
record Written(Bytes bytes, int events, String endOfWal) {

    static Written of(Bytes bytes, BenchmarkServer server, boolean quick) throws SQLException {
        int events = bytes.events(quick);
        bytes.create(server);
        server.run("CREATE TABLE IF NOT EXISTS sentinel (id int)");
        server.run("CREATE PUBLICATION " + bytes.slot() + " FOR ALL TABLES");
        server.run("CHECKPOINT");
        server.run("SELECT pg_create_logical_replication_slot('" + warmUpSlot(bytes) + "', 'pgoutput')");
        bytes.writeBefore(server, events);
        server.run("SELECT pg_create_logical_replication_slot('" + bytes.slot() + "', 'pgoutput')");
        bytes.write(server, events);
        String endOfWal = server.value("SELECT pg_current_wal_insert_lsn()");
        // so that pg_recvlogical gets beyond the end
        server.run("INSERT INTO sentinel VALUES (1)");
        server.run("CHECKPOINT");
        return new Written(bytes, events, endOfWal);
    }

    /** How many events a consumer drains to warm up, from a copy of {@link #warmUpSlot()}. */
    long warmUpEvents() {
        return events;
    }

    String warmUpSlot() {
        return warmUpSlot(bytes);
    }

    private static String warmUpSlot(Bytes bytes) {
        return bytes.slot() + "_before";
    }

    void drop(BenchmarkServer server) throws SQLException {
        server.run("SELECT pg_drop_replication_slot('" + bytes.slot() + "')");
        server.run("SELECT pg_drop_replication_slot('" + warmUpSlot() + "')");
    }
}
