package io.walwire.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.ReplicaIdentity;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.TypeKind;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.RelationColumn;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DescribedTablesTest {
    private static final int INT4 = 23;
    private static final int FORGOTTEN = 77_777;

    private final StreamFacts stream = new StreamFacts("shop", "0", false, new SchemaHistory());
    private final DescribedTables tables = new DescribedTables(stream, 65_536);

    @Test
    void get_unknownOid() {
        define(16_384, 1);

        assertThat(tables.get(16_385)).isNull();
        assertThat(tables.get(0)).isNull();
    }

    @Test
    void get_afterManyWereDefinedAndReplaced() {
        Map<Integer, Integer> expected = new HashMap<>();
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            // neighbours, distances that are powers of two, the whole range of unsigned OIDs, and again and again the
            // same
            int oid =
                    switch (i % 4) {
                        case 0 -> 16_384 + random.nextInt(1_000);
                        case 1 -> random.nextInt(64) << 20;
                        case 2 -> random.nextInt();
                        default -> -1 - random.nextInt(10);
                    };
            int columns = random.nextInt(20);
            define(oid, columns);
            expected.put(oid, columns);
        }

        expected.forEach(
                (oid, columns) -> assertThat(get(oid).schemaNow().name()).isEqualTo("t" + oid + "_" + columns));
        expected.forEach((oid, columns) -> assertThat(get(oid).columns()).hasSize(columns));
        assertThat(expected).hasSizeGreaterThan(5_000);
    }

    /** The catalog and the stream's names of types are not asked again: they may say something else by now. */
    @Test
    void get_tableThatWasPutAway_isAsItWas() {
        stream.nameType(FORGOTTEN, "mood");
        define(1, 3);
        Table before = get(1);
        stream.nameType(FORGOTTEN, "other");
        defineThousands();

        assertThat(get(1)).isNotSameAs(before);
        assertThat(get(1).schemaNow()).isEqualTo(before.schemaNow());
        assertThat(get(1).types()).isEqualTo(before.types());
        assertThat(get(1).key()).isEqualTo(before.key());
        assertThat(get(1).types().get(2).name()).isEqualTo("mood");
    }

    @Test
    void get_tableInUse_staysAtHand() {
        define(1, 3);
        Table before = get(1);
        for (int oid = 2; oid < 4_500; oid++) {
            define(oid, 10);
            get(1);
        }
        assertThat(get(1)).isSameAs(before);
    }

    @Test
    void partitionsDiffer_tableThatWasPutAwayOrDefinedAgain_staysSo() {
        define(1, 3);
        DescribedTable root = Objects.requireNonNull(tables.get(1));
        root.partitionsDiffer = true;
        defineThousands();
        assertThat(get(1).partitionsDiffer()).isTrue();
        define(1, 4);
        assertThat(get(1).partitionsDiffer()).isTrue();
        assertThat(get(2).partitionsDiffer()).isFalse();
    }

    @Test
    void announce_defined_isUndefinedUntilItIsDefinedAgain() {
        define(1, 3);
        assertThat(tables.undefined(1)).isNull();
        Relation again = relation(1, 5);
        tables.announce(again);
        assertThat(tables.undefined(1)).isEqualTo(again);
        assertThat(tables.get(1)).isNull();
        assertThat(tables.undefined(2)).isNull();
        define(1, 5);
        assertThat(tables.undefined(1)).isNull();
        assertThat(get(1).columns()).hasSize(5);
    }

    @Test
    void announce_namesAreThoseThatCame() {
        for (String name : List.of("tür", "表", "\uD83D\uDC18", "a b")) {
            Relation relation = new Relation(
                    -1,
                    name,
                    name,
                    ReplicaIdentity.INDEX,
                    List.of(new RelationColumn(true, name, -2, 12), new RelationColumn(false, "x" + name, 25, -1)));
            tables.announce(relation);
            assertThat(tables.undefined(-1)).isEqualTo(relation);
        }
    }

    private void defineThousands() {
        for (int oid = 2; oid < 10_000; oid++) {
            define(oid, 10);
        }
    }

    private Table get(int oid) {
        return Objects.requireNonNull(tables.get(oid)).table();
    }

    private void define(int oid, int columns) {
        tables.define(
                relation(oid, columns),
                new TableFacts(Map.of(INT4, PgType.scalar(INT4, "int4", TypeKind.INT4)), List.of("c0"), false, false));
    }

    private static Relation relation(int oid, int columns) {
        return new Relation(
                oid,
                "public",
                "t" + oid + "_" + columns,
                ReplicaIdentity.DEFAULT,
                IntStream.range(0, columns)
                        .mapToObj(i -> new RelationColumn(i == 0, "c" + i, i == 2 ? FORGOTTEN : INT4, -1))
                        .toList());
    }
}
