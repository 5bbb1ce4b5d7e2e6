package io.walwire.internal.triggers;

import io.walwire.internal.log.Logs;
import io.walwire.internal.text.ShortList;
import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.TableName;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;

/**
 * Tables that only a pattern takes in, and to which this role cannot give triggers. Anybody can create such a table, so that it
 * is no reason to stop.
 *
 * @param foreign those with a trigger of the same name that is not Walwire's
 * @param notOwned those that belong to another role
 * @param others the tables that remain
 */
record OmittedTables(Set<TableName> foreign, Set<TableName> notOwned, List<TableTriggers> others) {
    private static final Logger LOG = Logs.of(OmittedTables.class);

    /**
     * Looks at tables.
     *
     * @param wanted tables that are to have triggers
     * @param named tables that are wanted by their names
     * @param always how their triggers fire
     */
    static OmittedTables of(List<TableTriggers> wanted, Set<TableName> named, boolean always) {
        Set<TableName> foreign = new LinkedHashSet<>();
        Set<TableName> notOwned = new LinkedHashSet<>();
        List<TableTriggers> others = new ArrayList<>();
        for (TableTriggers each : wanted) {
            if (named.contains(each.table())) {
                others.add(each);
            } else if (each.isForeign()) {
                foreign.add(each.table());
            } else if (!each.owned() && (!each.works() || each.always() != always)) {
                notOwned.add(each.table());
            } else {
                others.add(each);
            }
        }
        return new OmittedTables(foreign, notOwned, others);
    }

    /** Says which they are, and why. */
    void warn(OutboxNames names) {
        if (!foreign.isEmpty()) {
            LOG.warn(
                    "Without triggers, so their changes do not come, because they have a trigger {} that no comment marks"
                            + " as Walwire's: {}. Drop that trigger, or leave the tables out of walwire.subscriptions.",
                    SqlIdentifiers.quote(names.rowTrigger()),
                    ShortList.of(foreign));
        }
        if (!notOwned.isEmpty()) {
            LOG.warn(
                    "Not all of Walwire's triggers are on these tables as they should be, so changes of them may not come,"
                            + " and this role does not own them: {}. Run bin/walwire triggers install as their owner, or leave"
                            + " them out of walwire.subscriptions.",
                    ShortList.of(notOwned));
        }
    }
}
