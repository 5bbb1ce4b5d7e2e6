package io.walwire.internal.connection.doctor;

import io.walwire.error.Advice;
import io.walwire.internal.connection.publication.Partitions;
import io.walwire.internal.connection.publication.PatternTables;
import io.walwire.internal.connection.publication.PublicationSql;
import io.walwire.internal.connection.publication.Publishable;
import io.walwire.internal.connection.publication.RefusedChanges;
import io.walwire.internal.text.ShortList;
import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.TableName;
import io.walwire.internal.text.TablePattern;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How tables come into a publication without harm to those who write to them.
 *
 * @param sql statements that can be run as they are; null where something has to be decided first
 * @param warning what to know before, beginning with a blank, or empty
 */
record Creation(@Nullable String sql, String warning) {
    /** Longer statements are for sql/setup.sql. */
    private static final int MAX_TABLES = 100;

    private static final String GIVE_AN_IDENTITY =
            "This one leaves them out; give each a primary key or REPLICA IDENTITY FULL before you add it.";

    /** What a publication of all tables does to those that are created later. */
    static final String LATER_TABLES =
            "FOR ALL TABLES also publishes tables that are created later. If one has no primary key,"
                    + " PostgreSQL refuses its updates and deletes.";

    /** A publication that is missing, of all that is wanted of it. */
    static Creation of(String publication, Subject subject, Questions ask) throws SQLException {
        List<TablePattern> patterns = subject.subscriptions();
        if (patterns.contains(TablePattern.ALL) || patterns.isEmpty()) {
            return ofAll(publication, ask);
        }
        Set<TableName> named = subject.named();
        for (TableName table : named) {
            Advice why = Publishable.whyNot(ask.connection(), table);
            if (why != null) {
                return new Creation(null, " Table " + table + " cannot be in it: " + why);
            }
        }
        Set<TableName> matched = PatternTables.of(ask.connection(), patterns, false);
        matched.removeAll(named);
        List<RefusedChanges> harmed = RefusedChanges.ifPublished(ask.connection(), matched);
        matched.retainAll(Publishable.without(ask.connection(), harmed));
        String leavesOut = harmed.isEmpty() ? "" : " " + leavesOut(harmed);
        Set<TableName> tables = new LinkedHashSet<>(named);
        tables.addAll(matched);
        if (tables.isEmpty() || tables.size() > MAX_TABLES) {
            String why = tables.isEmpty()
                    ? " No table that can be published is subscribed yet."
                    : " " + tables.size() + " tables are subscribed.";
            return new Creation(
                    null,
                    leavesOut + why + " List them in: CREATE PUBLICATION " + SqlIdentifiers.quote(publication)
                            + " FOR TABLE ...;");
        }
        List<RefusedChanges> refused = RefusedChanges.ifPublished(ask.connection(), named);
        boolean byRoot = Partitions.isAnyPartitioned(ask.connection(), tables);
        Creation creation = of(refused, PublicationSql.create(publication, tables, byRoot, refused));
        return new Creation(creation.sql(), leavesOut + creation.warning());
    }

    private static Creation ofAll(String publication, Questions ask) throws SQLException {
        List<RefusedChanges> refused = RefusedChanges.ifPublished(ask.connection(), null);
        if (refused.isEmpty()) {
            return new Creation(
                    "CREATE PUBLICATION " + SqlIdentifiers.quote(publication) + " FOR ALL TABLES;", " " + LATER_TABLES);
        }
        Set<TableName> tables = Publishable.without(ask.connection(), refused);
        String leavesOut = " Not FOR ALL TABLES: PostgreSQL would then refuse updates and deletes of " + names(refused)
                + ", to everybody. ";
        if (tables.isEmpty() || tables.size() > MAX_TABLES) {
            return new Creation(null, leavesOut + "sql/setup.sql makes one of the tables that can be published.");
        }
        return new Creation(PublicationSql.create(publication, tables, false, List.of()), leavesOut + GIVE_AN_IDENTITY);
    }

    private static String leavesOut(List<RefusedChanges> refused) {
        return "PostgreSQL would refuse updates and deletes of " + names(refused) + ", to everybody, if they were"
                + " published. " + GIVE_AN_IDENTITY;
    }

    /** Tables that are missing in a publication. */
    static Creation ofTables(String publication, List<TableName> tables, Questions ask) throws SQLException {
        List<RefusedChanges> refused = RefusedChanges.ifAdded(ask.connection(), publication, tables);
        return of(refused, PublicationSql.add(publication, tables, refused));
    }

    private static Creation of(List<RefusedChanges> refused, String sql) {
        if (refused.isEmpty()) {
            return new Creation(sql, "");
        }
        String warning = " Once published, PostgreSQL refuses updates and deletes of " + names(refused)
                + ", to everybody: " + refused.get(0).why() + ". Give it a primary key that is not deferrable first";
        boolean full = refused.stream().allMatch(RefusedChanges::fullHelps);
        return full
                ? new Creation(sql, warning + ", or log its whole old rows, which costs WAL:")
                : new Creation(null, warning + ".");
    }

    private static String names(List<RefusedChanges> refused) {
        return ShortList.of(
                refused.stream().map(RefusedChanges::table).distinct().toList());
    }
}
