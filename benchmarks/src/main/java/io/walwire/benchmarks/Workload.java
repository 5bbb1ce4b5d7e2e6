package io.walwire.benchmarks;

import static io.walwire.benchmarks.Consumer.ALL_BEFORE;
import static io.walwire.benchmarks.Consumer.BARE;
import static io.walwire.benchmarks.Consumer.BARE_UNIX;
import static io.walwire.benchmarks.Consumer.DEBEZIUM_CONNECT;
import static io.walwire.benchmarks.Consumer.DEBEZIUM_JSON;
import static io.walwire.benchmarks.Consumer.NONE_BEFORE;
import static io.walwire.benchmarks.Consumer.PG_RECVLOGICAL;
import static io.walwire.benchmarks.Consumer.WALWIRE_ALL;
import static io.walwire.benchmarks.Consumer.WALWIRE_ALL_UNIX;
import static io.walwire.benchmarks.Consumer.WALWIRE_HANDLERS;
import static io.walwire.benchmarks.Consumer.WALWIRE_JSON;
import static io.walwire.benchmarks.Consumer.WALWIRE_NONE;
import static io.walwire.benchmarks.Consumer.WALWIRE_RECORDS;
import static io.walwire.benchmarks.Consumer.WALWIRE_SMALL;
import static io.walwire.benchmarks.Consumer.WALWIRE_TEXT;
import static io.walwire.benchmarks.Consumer.WALWIRE_TWO;

import java.util.List;

/**
 * What is drained, and by whom. Its bytes are written once; every consumer then has a copy of a slot that was created just
 * before. Of those that are replayed, a stand-in for the server sends the bytes as fast as they are taken.
 */
enum Workload {
    W1(
            "wide inserts, 100 a transaction",
            Bytes.WIDE_INSERTS,
            List.of(
                    PG_RECVLOGICAL,
                    BARE,
                    NONE_BEFORE,
                    WALWIRE_NONE,
                    ALL_BEFORE,
                    WALWIRE_ALL,
                    WALWIRE_RECORDS,
                    WALWIRE_JSON,
                    WALWIRE_TEXT,
                    BARE_UNIX,
                    WALWIRE_ALL_UNIX,
                    DEBEZIUM_CONNECT,
                    DEBEZIUM_JSON)),
    W2(
            "updates of wide rows, REPLICA IDENTITY FULL, 10 a transaction",
            Bytes.WIDE_UPDATES,
            List.of(PG_RECVLOGICAL, BARE, ALL_BEFORE, WALWIRE_ALL, WALWIRE_TEXT, DEBEZIUM_CONNECT)),
    W3(
            "wide inserts in one transaction",
            Bytes.ONE_TRANSACTION,
            List.of(PG_RECVLOGICAL, BARE, WALWIRE_ALL, WALWIRE_SMALL, DEBEZIUM_CONNECT)),
    W4(
            "pgbench's transaction: three updates and an insert",
            Bytes.PGBENCH,
            List.of(
                    PG_RECVLOGICAL,
                    BARE,
                    NONE_BEFORE,
                    WALWIRE_NONE,
                    ALL_BEFORE,
                    WALWIRE_ALL,
                    WALWIRE_TEXT,
                    BARE_UNIX,
                    WALWIRE_ALL_UNIX,
                    DEBEZIUM_CONNECT)),
    TABLES_3000(
            "transactions that write to 3,000 tables each",
            Bytes.TABLES_3000,
            List.of(PG_RECVLOGICAL, BARE, WALWIRE_ALL)),
    PARTITIONS_ROOT(
            "transactions that write to 2,000 partitions each, published as their root",
            Bytes.PARTITIONS_ROOT,
            List.of(PG_RECVLOGICAL, BARE, WALWIRE_ALL)),
    PARTITIONS_LEAVES(
            "transactions that write to 2,000 partitions each, published as themselves",
            Bytes.PARTITIONS_LEAVES,
            List.of(PG_RECVLOGICAL, BARE, WALWIRE_ALL)),
    REPLAY(
            "the bytes of W1, replayed",
            Bytes.WIDE_INSERTS,
            List.of(BARE, NONE_BEFORE, WALWIRE_NONE, ALL_BEFORE, WALWIRE_ALL, WALWIRE_JSON)),
    TABLES_1("inserts into one table, replayed", Bytes.TABLE, List.of(BARE, WALWIRE_NONE)),
    TABLES_1000(
            "inserts into 1,000 tables, replayed", Bytes.TABLES_1000, List.of(BARE, WALWIRE_NONE, WALWIRE_HANDLERS)),
    TABLES_10000("inserts into 10,000 tables, replayed", Bytes.TABLES_10000, List.of(BARE, WALWIRE_NONE)),
    COLUMNS_2("rows of two columns, replayed", Bytes.COLUMNS_2, List.of(BARE, WALWIRE_TWO)),
    COLUMNS_1600("rows of 1,600 columns, replayed", Bytes.COLUMNS_1600, List.of(BARE, WALWIRE_TWO));

    private final String title;
    private final Bytes bytes;

    @SuppressWarnings("ImmutableEnumChecker") // what List.of gives is immutable
    private final List<Consumer> consumers;

    Workload(String title, Bytes bytes, List<Consumer> consumers) {
        this.title = title;
        this.bytes = bytes;
        this.consumers = consumers;
    }

    String title() {
        return title;
    }

    Bytes bytes() {
        return bytes;
    }

    /** The consumers that this workload measures. */
    List<Consumer> consumers() {
        return consumers;
    }

    boolean isReplayed() {
        return compareTo(REPLAY) >= 0;
    }

    /** Whether it is a row of the table of growth, not of throughput. */
    boolean isGrowth() {
        return compareTo(REPLAY) > 0;
    }
}
