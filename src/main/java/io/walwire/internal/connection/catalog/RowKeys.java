package io.walwire.internal.connection.catalog;

/** In SQL, by which key rows of a table that are read are compared with its changes. */
public final class RowKeys {
    /** Whether equal values of a column {@code l} have one text: numbers, texts and times, of domains too, and enums. */
    public static final String IS_EXACT = """
            (WITH RECURSIVE base AS (
               SELECT t.oid, t.typtype, t.typbasetype FROM pg_catalog.pg_type t WHERE t.oid = l.atttypid
               UNION ALL
               SELECT b.oid, b.typtype, b.typbasetype
               FROM base JOIN pg_catalog.pg_type b ON b.oid = base.typbasetype WHERE base.typtype = 'd')
             SELECT base.typtype = 'e' OR base.oid IN (16, 17, 19, 20, 21, 23, 25, 26, 700, 701, 1042, 1043, 1082, 1083,
               1114, 1184, 1700, 2950)
             FROM base WHERE base.typtype <> 'd')""";

    private RowKeys() {}

    /**
     * Whether the columns of an index {@code k} are the key of a table {@code c}: those that are sent with updates and deletes.
     *
     * @param isLogged in SQL, whether replica identities decide what is sent
     */
    public static String isKey(String isLogged) {
        return "k.indrelid = c.oid AND k.indimmediate AND CASE WHEN c.relreplident = 'i' AND " + isLogged
                + " THEN k.indisreplident ELSE k.indisprimary END";
    }
}
