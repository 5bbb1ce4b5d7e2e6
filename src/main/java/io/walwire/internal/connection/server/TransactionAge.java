package io.walwire.internal.connection.server;

/**
 * SQL for how many transactions ago a row of the catalog was written. A frozen row keeps the number of its transaction, whose age
 * turns negative after 2^31 more transactions. Such a row is older than every transaction that runs.
 */
public final class TransactionAge {
    private static final String AGE =
            "(CASE WHEN pg_catalog.age(%1$s) < 0 THEN 2147483647 ELSE pg_catalog.age(%1$s) END)";

    private TransactionAge() {}

    /** An expression of the type int4, of one of the type xid. */
    public static String of(String xid) {
        return AGE.formatted(xid);
    }
}
