package io.walwire.internal.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Lsn;
import io.walwire.internal.backfill.ChunkResult.Chunk;
import io.walwire.internal.transaction.ReceivedRow;
import io.walwire.testing.TestDatabase;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows whose values PostgreSQL keeps outside of their blocks (TOAST), so that one block has more than a chunk. */
class WideRowsTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private static List<String> column(List<ReceivedRow> events, String column) {
        return events.stream().map(event -> event.row().text(column)).toList();
    }

    @Test
    void largeValues_goAlone_andTheRestInChunks() throws Exception {
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY, data bytea)",
                "ALTER TABLE item ALTER data SET STORAGE EXTERNAL",
                "INSERT INTO item SELECT i, CASE WHEN i % 50 = 0 THEN convert_to(repeat('x', 300000), 'UTF8') END"
                        + " FROM generate_series(1, 400) i",
                "CREATE PUBLICATION events FOR TABLE item");
        try (Existing existing = Existing.in(database, "events")) {
            for (boolean byKey : new boolean[] {false, true}) {
                List<Chunk> chunks = existing.readAll(existing.plan("item"), byKey);
                assertThat(chunks).allSatisfy(chunk -> assertThat(chunk.size().memory() <= 2 * Existing.CHUNK
                                || chunk.rows().size() == 1)
                        .isTrue());
                assertThat(chunks.stream().filter(chunk -> chunk.size().memory() > 300_000))
                        .hasSize(8);
                Set<String> ids = new HashSet<>(column(existing.events(chunks), "id"));
                assertThat(ids).hasSize(400);
                assertThat(chunks.stream()
                                .mapToInt(chunk -> chunk.rows().size())
                                .sum())
                        .isEqualTo(400);
            }
        }
    }

    /** Each range that is too large costs a connection. The rows of a block are some 300 KB here, and a chunk is 64 KiB. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void valuesThatAreKeptElsewhere_areReadInParts_withFewConnections(boolean byKey) throws Exception {
        database.sql(
                "CREATE TABLE item (id int PRIMARY KEY, data text)",
                "ALTER TABLE item ALTER data SET STORAGE EXTERNAL",
                "INSERT INTO item SELECT i, repeat('x', 3000) FROM generate_series(1, 2000) i",
                "CREATE PUBLICATION events FOR TABLE item");
        try (Existing existing = Existing.in(database, "events");
                ChunkReader reader = existing.reader()) {
            LeafPlan leaf = existing.plan("item").leaves().get(0);
            assertThat(reader.read(leaf, BlockRange.ofBlocks(0, 1), Lsn.ZERO, snapshot -> {}))
                    .isInstanceOf(ChunkResult.TooLarge.class);
            List<Integer> tooLarge = new ArrayList<>();
            List<Chunk> chunks =
                    Existing.read(reader, leaf, LeafRanges.all(leaf, Existing.CHUNK, byKey), tooLarge::add);
            assertThat(tooLarge).hasSizeLessThan(5);
            assertThat(chunks).hasSizeLessThan((int) (2 * 2000 * 3000 / Existing.CHUNK));
            assertThat(column(existing.events(chunks), "id")).hasSize(2000).doesNotHaveDuplicates();
        }
    }
}
