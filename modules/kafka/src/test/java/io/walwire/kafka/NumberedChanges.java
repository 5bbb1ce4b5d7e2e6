package io.walwire.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.kafka.CommittedRecords.Seen;
import java.sql.Connection;
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
            statement.execute("DO $$ BEGIN FOR n IN " + (last + 1) + ".." + (last + count)
                    + " LOOP INSERT INTO item VALUES (n % " + KEYS + ", n)"
                    + " ON CONFLICT (id) DO UPDATE SET name = excluded.name;"
                    + " IF n % " + together + " = 0 THEN COMMIT; END IF; END LOOP; END $$");
        }
        last += count;
    }

    /** The changes so far are not expected any more: the topic was deleted, or they are lost with a server. */
    void forget() {
        first = last + 1;
    }

    /** How many are expected. */
    long expected() {
        return last - first + 1;
    }

    /**
     * Each change is there once, as it was written, and in the order of the commits in each partition, so for each key, too.
     *
     * @param records all of the topic
     */
    void assertEachOnce(List<Seen> records) {
        assertNothingTwice(records);
        assertThat(changes(records))
                .isEqualTo(LongStream.rangeClosed(first, last)
                        .mapToObj(Change::of)
                        .toList());
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
