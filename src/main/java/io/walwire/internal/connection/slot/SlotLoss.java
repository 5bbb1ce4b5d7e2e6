package io.walwire.internal.connection.slot;

/** Why nothing can be read from a slot any more, and what keeps that from happening again. */
public final class SlotLoss {
    private SlotLoss() {}

    /**
     * A sentence for each {@code invalidation_reason}.
     *
     * @param reason the server's code; {@code conflicting} where the version has no code
     * @return what happened and what to do, ending with a full stop
     */
    public static String because(String reason) {
        return switch (reason) {
            case "wal_removed" ->
                "the server removed WAL that the slot still needed (wal_removed), because it kept back more than"
                        + " max_slot_wal_keep_size. Raise that, or read faster.";
            case "rows_removed" ->
                "the primary vacuumed rows of the catalog that decoding on this standby still needed (rows_removed). Run"
                        + " on the standby: ALTER SYSTEM SET hot_standby_feedback = on; and give it a primary_slot_name.";
            case "wal_level_insufficient" ->
                "the primary ran with a wal_level below logical (wal_level_insufficient). Run there: ALTER SYSTEM SET"
                        + " wal_level = 'logical'; and restart it.";
            case "conflicting" ->
                "it was in conflict with the recovery of this standby (conflicting): the primary vacuumed rows of the"
                        + " catalog that decoding still needed, or ran with a wal_level below logical. Set"
                        + " hot_standby_feedback = on and primary_slot_name here, and wal_level = 'logical' there.";
            case "idle_timeout" ->
                "nobody read it for longer than idle_replication_slot_timeout (idle_timeout). Run: ALTER SYSTEM SET"
                        + " idle_replication_slot_timeout = 0; SELECT pg_catalog.pg_reload_conf(); or keep an"
                        + " instance running.";
            default -> "the server gives the reason " + reason + ".";
        };
    }
}
