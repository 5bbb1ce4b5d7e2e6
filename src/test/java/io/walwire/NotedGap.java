package io.walwire;

import io.walwire.testing.TestDatabase;
import java.sql.SQLException;

/** The note on the server of a gap that the handlers of a slot do not know yet. */
final class NotedGap {
    private final TestDatabase database;
    private String slot = "";

    NotedGap(TestDatabase database) {
        this.database = database;
    }

    /** Creates the table and a slot; gives the slot's name. */
    String createSlot() throws SQLException {
        slot = database.unique("s");
        Items.create(database);
        database.createSlot(slot);
        return slot;
    }

    /** As another instance does that found a gap and ends before its handlers know it. */
    void write() throws SQLException {
        database.query("SELECT pg_create_physical_replication_slot(?)", "walwire_gap_0000000001000000_" + slot);
    }

    boolean isThere() throws SQLException {
        return !database.query("SELECT 1 FROM pg_replication_slots WHERE slot_name LIKE 'walwire\\_gap\\_%' || ?", slot)
                .isEmpty();
    }

    void remove() throws SQLException {
        database.query(
                "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_type = 'physical'"
                        + " AND slot_name LIKE '%' || ?",
                slot);
    }
}
