package io.walwire.internal.connection.slot;

import io.walwire.internal.text.SqlLiterals;
import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The settings of one server, primary or standby, that decide whether a failover slot survives a failover without loss.
 * Unknown to a version means empty.
 *
 * @param standby whether the server is in recovery; each kind of server needs settings of its own
 * @param synchronizedStandbySlots {@code synchronized_standby_slots}, of a primary
 * @param physicalSlots the physical slots that a standby may stream from, of a primary
 * @param syncReplicationSlots {@code sync_replication_slots}, of a standby
 * @param hotStandbyFeedback {@code hot_standby_feedback}, of a standby
 * @param primarySlotName {@code primary_slot_name}, of a standby
 */
public record FailoverSettings(
        boolean standby,
        String synchronizedStandbySlots,
        List<String> physicalSlots,
        String syncReplicationSlots,
        String hotStandbyFeedback,
        String primarySlotName) {
    private static final String RELOAD = " SELECT pg_catalog.pg_reload_conf();";
    private static final String QUERY = """
            SELECT pg_catalog.pg_is_in_recovery() AS standby,
                   coalesce(pg_catalog.current_setting('synchronized_standby_slots', true), '') AS synchronized,
                   ARRAY(SELECT slot_name::text FROM pg_catalog.pg_replication_slots
                         WHERE slot_type = 'physical' AND NOT temporary AND slot_name NOT LIKE 'walwire\\_gap\\_%' ORDER BY 1) AS physical,
                   coalesce(pg_catalog.current_setting('sync_replication_slots', true), '') AS sync,
                   coalesce(pg_catalog.current_setting('hot_standby_feedback', true), '') AS feedback,
                   coalesce(pg_catalog.current_setting('primary_slot_name', true), '') AS primary_slot""";

    public FailoverSettings {
        physicalSlots = List.copyOf(physicalSlots);
    }

    /**
     * Reads the settings; needs no privilege.
     *
     * @param connection a plain connection
     * @return the settings of the server at its other end
     * @throws SQLException if they cannot be read
     */
    public static FailoverSettings read(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(QUERY)) {
            row.next();
            Array physical = row.getArray("physical");
            return new FailoverSettings(
                    row.getBoolean("standby"),
                    row.getString("synchronized"),
                    List.of((String[]) physical.getArray()),
                    row.getString("sync"),
                    row.getString("feedback"),
                    row.getString("primary_slot"));
        }
    }

    /**
     * What is not as it has to be.
     *
     * @param what a sentence
     * @param sql what corrects it, on this server
     */
    public record Fault(String what, String sql) {
        @Override
        public String toString() {
            return what + " Run: " + sql;
        }
    }

    /**
     * What is not as it has to be on this server.
     *
     * @return the faults, none where all is well
     */
    public List<Fault> faults() {
        return standby ? faultsOfStandby() : faultsOfPrimary();
    }

    private List<Fault> faultsOfPrimary() {
        if (synchronizedStandbySlots.isEmpty()) {
            String slots =
                    physicalSlots.isEmpty() ? "<the standby's primary_slot_name>" : String.join(", ", physicalSlots);
            return List.of(new Fault(
                    "synchronized_standby_slots is empty, so changes may be delivered before the standby has them,"
                            + " and a failover then loses them on the server.",
                    "ALTER SYSTEM SET synchronized_standby_slots = " + SqlLiterals.quote(slots) + ";" + RELOAD));
        }
        List<String> missing = Stream.of(synchronizedStandbySlots.split(","))
                .map(String::strip)
                .filter(name -> !name.isEmpty() && !physicalSlots.contains(name))
                .toList();
        // as on a standby that was promoted with the primary's settings
        return missing.isEmpty()
                ? List.of()
                : List.of(new Fault(
                        "synchronized_standby_slots names physical slots that do not exist ("
                                + String.join(", ", missing) + "), and failover slots wait for them for ever.",
                        "ALTER SYSTEM RESET synchronized_standby_slots;" + RELOAD));
    }

    private List<Fault> faultsOfStandby() {
        List<Fault> faults = new ArrayList<>();
        if (!syncReplicationSlots.equals("on")) {
            faults.add(new Fault(
                    "sync_replication_slots is off, so failover slots do not come to this standby.",
                    "ALTER SYSTEM SET sync_replication_slots = on;" + RELOAD));
        }
        if (!hotStandbyFeedback.equals("on")) {
            faults.add(new Fault(
                    "hot_standby_feedback is off, without which slots are not synchronized.",
                    "ALTER SYSTEM SET hot_standby_feedback = on;" + RELOAD));
        }
        if (primarySlotName.isEmpty()) {
            faults.add(new Fault(
                    "primary_slot_name is empty, without which slots are not synchronized.",
                    "ALTER SYSTEM SET primary_slot_name = '<a physical slot of the primary>';" + RELOAD));
        }
        return faults;
    }
}
