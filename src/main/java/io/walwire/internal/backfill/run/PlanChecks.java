package io.walwire.internal.backfill.run;

import io.walwire.error.ConfigurationException;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.backfill.LeafPlan;
import io.walwire.internal.backfill.StoredRun;
import io.walwire.internal.backfill.TablePlan;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.TableName;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What keeps rows from being read beside the stream, although the table can be read. */
final class PlanChecks {
    private PlanChecks() {}

    /** Whether progress is to be kept in the database that is read, and the stream comes from a standby. */
    static boolean keepsNothing(StreamStart stream, RunSettings settings) {
        return stream.server().standby() && settings.durable() && settings.progress() == null;
    }

    /** Fails where the progress would have to be written to a standby. */
    static void requireWritable(StreamStart stream, RunSettings settings) {
        if (keepsNothing(stream, settings)) {
            throw unwritable();
        }
    }

    /** Why nothing is read where the progress would have to be written to a standby. */
    static WalwireException unwritable() {
        return new WalwireException(
                ErrorCode.SERVER,
                "Existing rows cannot be read: the stream comes from a durable slot of a standby, where the progress cannot be"
                        + " written.",
                "Use a JdbcCheckpoint, whose database then has walwire_backfill, or a temporary slot, or stream from the primary.");
    }

    /** Why no handler gets the rows of a run any more; null if one does. */
    static @Nullable ConfigurationException unheard(RunContext context, StoredRun run) {
        try {
            context.requireReadable(run.table(), run.handlers());
            return null;
        } catch (ConfigurationException e) {
            return new ConfigurationException(e.problems().stream()
                    .map(problem -> "The backfill " + run.id() + " of " + run.table()
                            + " cannot go on: its rows would be delivered to no handler. " + problem
                            + " Start the backfill again if its rows are still wanted.")
                    .toList());
        }
    }

    /**
     * All that keeps tables from being read.
     *
     * @param stream where changes come from
     * @param asNew whether they are read because they were never read
     */
    static List<String> of(List<TablePlan> plans, RunSettings settings, StreamStart stream, boolean asNew) {
        List<String> problems = new ArrayList<>();
        if (!settings.everyOrigin()) {
            problems.add(
                    "Existing rows cannot be read with walwire.origin=none: the stream leaves out changes that came by"
                            + " replication, so their rows would stay as they were read.");
        }
        for (TablePlan plan : plans) {
            TableName table = plan.request().table();
            if (!plan.isComparedByKey() && stream.server().standby()) {
                problems.add("Table " + table
                        + " cannot be read from a standby: it has no key by which its rows can be compared with the"
                        + " stream. Stream from the primary, or give it a primary key or REPLICA IDENTITY USING INDEX,"
                        + " which has a column of numbers, text, uuid, times or enums, and is published as a whole.");
            } else if (!plan.isComparedByKey() && plan.bytes() > settings.mostHeldBytes(asNew)) {
                problems.add(tooLarge(table, plan.bytes(), settings));
            } else if (!plan.leaves().stream().allMatch(LeafPlan::sendsUpdates)) {
                problems.add("Table " + table
                        + " cannot be read: its publication leaves out updates, so a row that was read"
                        + " would stay as it was. Publish them: ALTER PUBLICATION "
                        + SqlIdentifiers.quote(settings.publications().get(0))
                        + " SET (publish = 'insert, update, delete, truncate');");
            }
        }
        return problems;
    }

    /** Why a table without a key is not read. */
    static String tooLarge(TableName table, long bytes, RunSettings settings) {
        return "Table " + table
                + " cannot be read: it has no key by which its rows can be compared with the stream, so the"
                + " stream would be held while it is read, and it is too large for that: it has " + bytes
                + " bytes, and at"
                + " most " + settings.held().maxBytes()
                + " are read so. Give it a primary key or REPLICA IDENTITY USING INDEX,"
                + " which has a column of numbers, text, uuid, times or enums, and is published as a whole. Or have it"
                + " read by walwire.backfill=new with walwire.backfill.order=first, which has no such bound.";
    }
}
