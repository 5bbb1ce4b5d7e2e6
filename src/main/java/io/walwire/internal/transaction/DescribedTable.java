package io.walwire.internal.transaction;

/** A table that a stream has described, and whether it is subscribed as of a version of the subscriptions. */
final class DescribedTable {
    final int oid;
    final boolean mayBePartitioned;
    Table table;
    boolean compared;
    int version = -1;
    boolean subscribed;

    DescribedTable(int oid, Table table, boolean mayBePartitioned) {
        this.oid = oid;
        this.mayBePartitioned = mayBePartitioned;
        this.table = table;
    }
}
