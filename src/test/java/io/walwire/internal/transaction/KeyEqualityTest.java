package io.walwire.internal.transaction;

import static io.walwire.internal.transaction.Tables.column;
import static io.walwire.internal.transaction.Tables.event;
import static io.walwire.internal.transaction.Tables.insert;
import static io.walwire.internal.transaction.Tables.relation;
import static io.walwire.internal.transaction.Tables.v;
import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.ReplicaIdentity;
import io.walwire.event.Row;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.TypeKind;
import io.walwire.internal.pgoutput.MessageBytes.Cell;
import io.walwire.testing.HostileContents;
import io.walwire.testing.Typed;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When two keys are equal, so that a map can be held by them. */
class KeyEqualityTest {
    private static final int T = 16384;
    private static final Map<Integer, PgType> TYPES = Map.of(
            23, PgType.scalar(23, "int4", TypeKind.INT4),
            25, PgType.text(25, "text"),
            701, PgType.scalar(701, "float8", TypeKind.FLOAT8),
            1042, PgType.text(1042, "bpchar"),
            1700, PgType.scalar(1700, "numeric", TypeKind.NUMERIC));
    private static final TableFacts FACTS = new TableFacts(TYPES, List.of("k"), false, false);

    private static Row key(int type, Cell value) {
        return key("t", type, value);
    }

    private static Row key(String table, int type, Cell value) {
        return Objects.requireNonNull(
                event(relation(T, table, ReplicaIdentity.DEFAULT, column(true, "k", type)), FACTS, insert(T, value))
                        .key());
    }

    private static void assertEqual(Row one, Row other) {
        assertThat(one).isEqualTo(other).hasSameHashCodeAs(other);
        assertThat(other).isEqualTo(one);
    }

    @ParameterizedTest
    @CsvSource({
        "23, 7, 7",
        "25, a, a",
        "1700, 1.0, 1.00",
        "1700, 1, 1.000",
        "1700, 0, 0.00",
        "1700, -0.50, -0.5",
        "1700, 100, 100.0",
        "1700, NaN, NaN",
        "701, -0, 0",
        "701, 1e+20, 1e+20",
        "1042, a, 'a  '",
    })
    void equal_sameRow(int type, String one, String other) {
        assertEqual(key(type, v(one)), key(type, v(other)));
    }

    @ParameterizedTest
    @CsvSource({"23, 7, 8", "25, a, A", "25, a, 'a '", "1700, 10, 1", "1700, 1.01, 1.1", "701, 1e+20, 1e+2"})
    void notEqual_otherRow(int type, String one, String other) {
        assertThat(key(type, v(one))).isNotEqualTo(key(type, v(other)));
    }

    @Test
    void equal_textAndBinary() {
        assertEqual(key(23, v("7")), key(23, Cell.binary("00000007")));
        // 1.50 and 1.5, each as its send function has it
        assertEqual(key(1700, v("1.5")), key(1700, Cell.binary("0002" + "0000" + "0000" + "0002" + "0001" + "1388")));
        assertThat(key(23, Cell.binary("0007"))).as("malformed").isNotEqualTo(key(23, v("7")));
    }

    @Test
    void equal_columnsInAnotherOrder() {
        TableFacts facts = new TableFacts(TYPES, List.of("a", "b"), false, false);
        Row one = event(
                        relation(T, "t", ReplicaIdentity.DEFAULT, column(true, "a", 23), column(true, "b", 23)),
                        facts,
                        insert(T, v("1"), v("2")))
                .key();
        Row other = event(
                        relation(T + 1, "t", ReplicaIdentity.DEFAULT, column(true, "b", 23), column(true, "a", 23)),
                        facts,
                        insert(T + 1, v("2"), v("1")))
                .key();
        assertEqual(Objects.requireNonNull(one), Objects.requireNonNull(other));
    }

    @Test
    void equal_afterARestart() {
        TransactionAssembler assembler = Tables.assembler();
        assembler.define(Tables.simple(T, "t"), Tables.facts("id"));
        TransactionPart part = Tables.transaction(assembler, insert(T, v("7"), v("a")));
        Row key = Objects.requireNonNull(Typed.row(part.events().get(0)).key());
        assertEqual(
                key,
                Objects.requireNonNull(Typed.row(
                                StoredTransaction.read(part.toBytes()).events().get(0))
                        .key()));
        assertEqual(
                key,
                Objects.requireNonNull(Typed.row(part.events().get(0).detach()).key()));
    }

    @Test
    void notEqual_otherTable_orOtherColumn() {
        assertThat(key("t", 23, v("7"))).isNotEqualTo(key("u", 23, v("7"))).isNotEqualTo("7");
        Row renamed = event(relation(T, "t", ReplicaIdentity.DEFAULT, column(true, "id", 23)), FACTS, insert(T, v("7")))
                .key();
        assertThat(key("t", 23, v("7"))).isNotEqualTo(renamed);
    }

    /** The key's text is read for it, and a value of the user's must not cost more than its length. */
    @Test
    void equal_longestNumeric() {
        String longest = "1" + "0".repeat(131_071) + "." + "0".repeat(16_383);
        assertEqual(key(1700, v(longest)), key(1700, v("1" + "0".repeat(131_071))));
        assertThat(key(1700, v(longest))).isNotEqualTo(key(1700, v(HostileContents.digits(131_072))));
        assertThat(key(1700, v("1"))).hasToString("Key of public.t");
    }
}
