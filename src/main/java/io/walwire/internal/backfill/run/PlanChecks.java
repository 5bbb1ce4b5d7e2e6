package io.walwire.internal.backfill.run;

import io.walwire.internal.backfill.LeafPlan;
import io.walwire.internal.backfill.TablePlan;
import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.TableName;
import java.util.ArrayList;
import java.util.List;

/** What keeps rows from being read beside the stream, although the table can be read. */
final class PlanChecks {
    private PlanChecks() {}

    static List<String> of(List<TablePlan> plans, List<String> publications) {
        List<String> problems = new ArrayList<>();
        for (TablePlan plan : plans) {
            TableName table = plan.request().table();
            if (!plan.leaves().isEmpty() && !plan.hasKey()) {
                problems.add(
                        "Table " + table
                                + " cannot be read: it has no key that is published as a whole, and without one its"
                                + " rows cannot be compared with the stream. Give it a primary key, or REPLICA IDENTITY USING INDEX.");
            } else if (!plan.leaves().stream().allMatch(LeafPlan::sendsUpdates)) {
                problems.add("Table " + table
                        + " cannot be read: its publication leaves out updates, so that a row that was read"
                        + " would stay as it was. Publish them: ALTER PUBLICATION "
                        + SqlIdentifiers.quote(publications.get(0))
                        + " SET (publish = 'insert, update, delete, truncate');");
            }
        }
        return problems;
    }
}
