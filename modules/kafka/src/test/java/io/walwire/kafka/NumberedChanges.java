package io.walwire.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Lsn;
import io.walwire.kafka.CommittedRecords.Seen;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.List;
import java.util.stream.LongStream;

/** Changes of some keys of the table {@code item}, numbered in the order of their commits, and what a consumer has to see of them. */
final class NumberedChanges {
    private static final int KEYS = 7;

    private long first = 1;
    private long last;
    private volatile Lsn beforeLast = Lsn.ZERO;

    /** A change as it was written, or as a consumer has seen it. */
    record Change(long number, long key) {
        private static Change of(long number) {
            return new Change(number, number % KEYS);
        }

        private static Change of(Seen record) {
            assertThat(record.key()).isEqualTo(record.json().get("key").toString());
            return new Change(
                    record.json().at("/new_record/name").asLong(),
                    record.json().at("/new_record/id").asLong());
        }
    }

    /**
     * Writes some, and returns when they are committed.
     *
     * @param together how many are in a transaction
     */
    void write(Connection connection, int count, int together) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            if (count > 1) {
                write(statement, last + count - 1, together);
            }
            try (ResultSet row = statement.executeQuery("SELECT pg_current_wal_insert_lsn()::text")) {
                row.next();
                beforeLast = Lsn.parse(row.getString(1));
            }
            write(statement, last + 1, 1);
        }
    }

    private void write(Statement statement, long to, int together) throws SQLException {
        statement.execute("DO $$ BEGIN FOR n IN " + (last + 1) + ".." + to
                + " LOOP INSERT INTO item VALUES (n % " + KEYS + ", n)"
                + " ON CONFLICT (id) DO UPDATE SET name = excluded.name;"
                + " IF n % " + together + " = 0 THEN COMMIT; END IF; END LOOP; END $$");
        last = to;
    }

    /**
     * Whether a position lies behind all changes that were written. The end of the log is no measure: a sink takes no notice of less than a
     * mebibyte of other records.
     */
    boolean areConfirmedBy(Lsn position) {
        return position.compareTo(beforeLast) > 0;
    }

    /** A position before the last change, and not before the one before. */
    Lsn beforeLast() {
        return beforeLast;
    }

    /** The changes so far are not expected any more: the topic was deleted, or they are lost with a server. */
    void forget() {
        first = last + 1;
    }

    /**
     * Each change is there once, as it was written, and in the order of the commits in each partition, so for each key, too.
     *
     * @param records all of the topic
     */
    void assertEachOnce(List<Seen> records) {
        assertNothingTwice(records);
        assertThat(changes(records))
                .isEqualTo(
                        LongStream.rangeClosed(first, last).mapToObj(Change::of).toList());
    }

    /** No change is there twice or after a later one. Some may be missing. */
    void assertNothingTwice(List<Seen> records) {
        assertThat(records.stream().map(Seen::id)).doesNotHaveDuplicates();
        assertThat(changes(records)).doesNotHaveDuplicates();
        records.stream().map(Seen::partition).distinct().forEach(partition -> assertThat(records.stream()
                        .filter(record -> record.partition() == partition)
                        .map(record -> Change.of(record).number()))
                .as("partition %d", partition)
                .isSorted());
    }

    private static List<Change> changes(List<Seen> records) {
        return records.stream()
                .map(Change::of)
                .sorted(Comparator.comparingLong(Change::number))
                .toList();
    }
}
