package io.walwire.internal.connection.publication;

import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.TableName;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * SQL that messages print. It is run by hand, in production: it waits for no lock for long, and it leaves no moment at which a
 * table is published whose updates PostgreSQL then refuses.
 */
public final class PublicationSql {
    private static final String IN_TIME = "lock_timeout = '5s'; ";

    /** What a publication ends with whose partitions' changes come under the name of their root. */
    static final String BY_ROOT = " WITH (publish_via_partition_root = true)";

    private PublicationSql() {}

    /**
     * Has the server log whole old rows. It takes an ACCESS EXCLUSIVE lock for a moment.
     *
     * @param table the table
     * @return statements
     */
    public static String full(TableName table) {
        return full(List.of(table));
    }

    /** As {@link #full(TableName)}, of several tables. */
    static String full(Collection<TableName> tables) {
        return "SET " + IN_TIME + tables.stream().map(PublicationSql::alterFull).collect(Collectors.joining(" "));
    }

    /**
     * Adds tables to a publication.
     *
     * @param publication its raw name
     * @param tables what to add
     * @param refused what the server would refuse then; all of it is cured by REPLICA IDENTITY FULL
     * @return statements, all or nothing of which takes effect
     */
    public static String add(String publication, Collection<TableName> tables, List<RefusedChanges> refused) {
        return atomically(
                "ALTER PUBLICATION " + SqlIdentifiers.quote(publication) + " ADD TABLE " + list(tables) + ";", refused);
    }

    /**
     * Creates a publication of some tables.
     *
     * @param publication its raw name
     * @param tables its tables
     * @param byRoot whether changes of partitions come under the name of their root
     * @param refused what the server would refuse then; all of it is cured by REPLICA IDENTITY FULL
     * @return statements, all or nothing of which takes effect
     */
    public static String create(
            String publication, Collection<TableName> tables, boolean byRoot, List<RefusedChanges> refused) {
        return atomically(
                "CREATE PUBLICATION " + SqlIdentifiers.quote(publication) + " FOR TABLE " + list(tables)
                        + (byRoot ? BY_ROOT : "") + ";",
                refused);
    }

    private static String atomically(String statement, List<RefusedChanges> refused) {
        if (refused.isEmpty()) {
            return statement;
        }
        Stream<String> full =
                refused.stream().map(RefusedChanges::table).distinct().map(PublicationSql::alterFull);
        return "BEGIN; SET LOCAL " + IN_TIME + full.collect(Collectors.joining(" ")) + " " + statement + " COMMIT;";
    }

    private static String alterFull(TableName table) {
        return "ALTER TABLE " + quoted(table) + " REPLICA IDENTITY FULL;";
    }

    private static String list(Collection<TableName> tables) {
        // of children nothing was asked, and they may have no key
        return tables.stream().map(table -> "ONLY " + quoted(table)).collect(Collectors.joining(", "));
    }

    /**
     * A table's name in SQL.
     *
     * @param table the table
     * @return schema and table in quotes
     */
    public static String quoted(TableName table) {
        return SqlIdentifiers.quote(table.schema()) + "." + SqlIdentifiers.quote(table.table());
    }
}
