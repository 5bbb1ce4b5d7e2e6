package io.walwire.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;

/**
 * What lies in the log, to be drained from copies of a slot.
 *
 * @param events how many row changes
 * @param warmUpEvents how many of them a consumer drains to warm up, from a copy of {@link #warmUpSlot()}; 0 for none
 * @param endOfWal behind the last of them
 */
record Written(Bytes bytes, int events, int warmUpEvents, String endOfWal) {

    static Written of(Bytes bytes, BenchmarkServer server, boolean quick) throws SQLException {
        int events = bytes.events(quick);
        server.dropTables(); // of the workload before
        bytes.create(server);
        server.run("CREATE TABLE IF NOT EXISTS sentinel (id int)");
        server.run("CREATE PUBLICATION " + bytes.slot() + " FOR ALL TABLES" + bytes.publicationOptions());
        server.run("CHECKPOINT");
        server.run("SELECT pg_create_logical_replication_slot('" + warmUpSlot(bytes) + "', 'pgoutput')");
        bytes.writeBefore(server, events);
        server.run("SELECT pg_create_logical_replication_slot('" + bytes.slot() + "', 'pgoutput')");
        bytes.write(server, events);
        String endOfWal = server.value("SELECT pg_current_wal_insert_lsn()");
        // so that pg_recvlogical gets beyond the end
        server.run("INSERT INTO sentinel VALUES (1)");
        server.run("CHECKPOINT");
        return new Written(bytes, events, warmUpEvents(bytes, quick), endOfWal);
    }

    /** None where looking at every table would make a short run long. */
    static int warmUpEvents(Bytes bytes, boolean quick) {
        return quick && bytes.tables() > 1 ? 0 : bytes.events(quick);
    }

    String warmUpSlot() {
        return warmUpSlot(bytes);
    }

    private static String warmUpSlot(Bytes bytes) {
        return bytes.slot() + "_before";
    }

    /** What is measured while a stand-in for the server sends these bytes as fast as they are taken. */
    interface Turns {
        void at(int port) throws Exception;
    }

    void replay(BenchmarkServer server, Turns turns) throws Exception {
        Path captured = Files.createTempFile("walwire-bench-", ".captured");
        server.run("SELECT pg_copy_logical_replication_slot('" + bytes.slot() + "', 'captured')");
        try {
            Capture.write(new Target(server.port(), null, "captured", bytes.slot()), events, captured);
            try (ReplayServer replay = new ReplayServer(server.port(), captured)) {
                turns.at(replay.port());
            }
        } finally {
            Files.delete(captured);
            server.dropSlot("captured");
        }
    }

    void drop(BenchmarkServer server) throws SQLException {
        server.run("SELECT pg_drop_replication_slot('" + bytes.slot() + "')");
        server.run("SELECT pg_drop_replication_slot('" + warmUpSlot() + "')");
        server.run("DROP PUBLICATION " + bytes.slot());
    }
}
