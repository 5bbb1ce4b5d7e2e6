package io.walwire.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.ReplicaIdentity;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DescribedTablesTest {
    @Test
    void get_unknownOid() {
        DescribedTables tables = new DescribedTables();
        tables.put(described(16_384));

        assertThat(tables.get(16_385)).isNull();
        assertThat(tables.get(0)).isNull();
    }

    @Test
    void get_afterManyWerePutAndReplaced() {
        DescribedTables tables = new DescribedTables();
        Map<Integer, DescribedTable> expected = new HashMap<>();
        Random random = new Random(7);
        for (int i = 0; i < 5_000; i++) {
            // neighbours, distances that are powers of two, the whole range of unsigned OIDs, and again and again the
            // same
            int oid =
                    switch (i % 4) {
                        case 0 -> 16_384 + random.nextInt(1_000);
                        case 1 -> random.nextInt(64) << 20;
                        case 2 -> random.nextInt();
                        default -> -1 - random.nextInt(10);
                    };
            DescribedTable table = described(oid);
            tables.put(table);
            expected.put(oid, table);
        }

        expected.forEach((oid, table) -> assertThat(tables.get(oid)).isSameAs(table));
        assertThat(expected).hasSizeGreaterThan(2_000);
    }

    private static DescribedTable described(int oid) {
        Relation relation = new Relation(oid, "public", "t" + oid, ReplicaIdentity.DEFAULT, List.of());
        return new DescribedTable(
                oid,
                Table.of(
                        relation,
                        new TableFacts(Map.of(), List.of(), false, false),
                        new StreamFacts("shop", "0", false, new SchemaHistory())),
                false);
    }
}
