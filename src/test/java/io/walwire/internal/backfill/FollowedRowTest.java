package io.walwire.internal.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.internal.connection.server.Snapshot;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A row whose events complete what a chunk shows. */
class FollowedRowTest {
    private static final OpenRead READ = read();

    private final FollowedRow followed = new FollowedRow(null);

    private static OpenRead read() {
        OpenRead read = new OpenRead(ModelRow.COLUMNS);
        read.shows(Snapshot.parse("100:100:"));
        return read;
    }

    private static RowChange update(long version, @Nullable String large) {
        ModelRow row = new ModelRow("a", version, "n", large, 0);
        return new RowChange(
                RowChange.Kind.UPDATE,
                List.of(row.tableKey()),
                row.tableKey(),
                large == null,
                row.tuple(),
                ModelRow.COLUMNS);
    }

    private ModelRow over(String large) {
        return ModelRow.of(Objects.requireNonNull(followed.over(READ, new ModelRow("a", 1, "n", large, 0).tuple())));
    }

    @Test
    void valueThatNoEventHasSent_isTheChunks() {
        followed.delivered(update(2, null));
        assertThat(followed.completes(READ)).isTrue();
        assertThat(over("read")).isEqualTo(new ModelRow("a", 2, "n", "read", 0));
    }

    /** Another row has got the key of one that is gone, and brings along a value that was not sent. */
    @Test
    void anotherRow_isNotCompletedByTheChunk_untilItIsWhole() {
        followed.isGone();
        followed.delivered(update(2, null));
        assertThat(followed.completes(READ)).isFalse();
        followed.delivered(update(3, null));
        assertThat(followed.completes(READ)).isFalse();
        followed.delivered(update(4, "whole"));
        assertThat(followed.completes(READ)).isTrue();
        assertThat(over("stale")).isEqualTo(new ModelRow("a", 4, "n", "whole", 0));
    }

    /** As many columns as before, of which one is another. */
    @Test
    void rowOfOtherColumns_isNotCompletedByTheChunk() {
        ModelRow row = new ModelRow("a", 2, "n", null, 0);
        List<String> renamed = List.of("key", "version", "name", "other");
        followed.delivered(new RowChange(
                RowChange.Kind.UPDATE, List.of(row.tableKey()), row.tableKey(), true, row.tuple(), renamed));
        assertThat(followed.over(READ, new ModelRow("a", 1, "n", "read", 0).tuple()))
                .isNull();
        followed.delivered(update(3, null));
        assertThat(followed.completes(READ))
                .as("the value of the other column is not known")
                .isFalse();
        followed.delivered(update(4, "whole"));
        assertThat(followed.completes(READ)).isTrue();
    }
}
