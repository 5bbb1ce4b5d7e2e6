package io.walwire.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Column;
import io.walwire.event.EventId;
import io.walwire.event.Lsn;
import io.walwire.event.ReplicaIdentity;
import io.walwire.event.TableSchema;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SchemaHistoryTest {
    private final SchemaHistory history = new SchemaHistory();

    private static TableSchema table(long oid, String name, String... columns) {
        List<Column> all = Stream.of(columns)
                .map(column -> new Column(column, "int4", 23, -1, false))
                .toList();
        return new TableSchema(oid, "public", name, ReplicaIdentity.DEFAULT, all);
    }

    private static EventId at(long commit, long index) {
        return new EventId(new Lsn(commit), index);
    }

    private static final TableSchema OLD = table(1, "t", "a");
    private static final TableSchema NEW = table(1, "t", "a", "b");

    @Test
    void see_firstSight_isNoChange() {
        assertThat(history.see(OLD, at(1, 0))).isNull();
    }

    @Test
    void see_sameAgain_isNoChange() {
        history.see(OLD, at(1, 0));
        assertThat(history.see(table(1, "t", "a"), at(2, 0))).isNull();
    }

    @Test
    void see_another_givesTheFormer_once() {
        history.see(OLD, at(1, 0));
        assertThat(history.see(NEW, at(2, 3))).isEqualTo(OLD);
        assertThat(history.see(NEW, at(2, 4))).isNull();
    }

    @Test
    void see_theSameChangeAgain_givesTheSame() {
        history.see(OLD, at(1, 0));
        history.see(NEW, at(2, 3));
        assertThat(history.see(NEW, at(2, 3))).isEqualTo(OLD);
    }

    @Test
    void see_sentAgainFromBefore_goesBackAndForthWithoutAChangeBack() {
        history.see(OLD, at(1, 0));
        history.see(NEW, at(2, 3));
        assertThat(history.see(OLD, at(2, 0))).isNull();
        assertThat(history.see(NEW, at(2, 3))).isEqualTo(OLD);
    }

    @Test
    void see_otherTableOfTheName_givesTheFormer() {
        history.see(OLD, at(1, 0));
        assertThat(history.see(table(2, "t", "a"), at(2, 0))).isEqualTo(OLD);
    }

    @Test
    void see_namesExchanged_eachTableByItsOid() {
        TableSchema t = table(1, "t", "a");
        TableSchema u = table(2, "u", "b");
        history.see(t, at(1, 0));
        history.see(u, at(1, 1));
        assertThat(history.see(table(1, "u", "a"), at(2, 0))).isEqualTo(t);
        assertThat(history.see(table(2, "t", "b"), at(2, 1))).isEqualTo(u);
        assertThat(history.see(table(3, "t", "c"), at(3, 0))).isEqualTo(table(2, "t", "b"));
    }

    @Test
    void see_nameThatWasGivenUp_isNobodys() {
        history.see(OLD, at(1, 0));
        history.see(table(1, "renamed", "a"), at(2, 0));
        assertThat(history.see(table(2, "t", "x"), at(3, 0))).isNull();
    }

    @Test
    void see_moreTablesThanAreKept_theOldestIsForgotten() {
        history.see(OLD, at(1, 0));
        for (int oid = 2; oid <= 5_000; oid++) {
            history.see(table(oid, "t" + oid), at(1, oid));
        }
        assertThat(history.see(table(5_001, "t", "x"), at(2, 0))).as("by name").isNull();
        assertThat(history.see(table(1, "elsewhere", "x"), at(2, 1)))
                .as("by OID")
                .isNull();
        assertThat(history.see(table(5_000, "t5000", "new"), at(2, 2))).isEqualTo(table(5_000, "t5000"));
    }

    @Test
    void forget_everythingIsNew() {
        history.see(OLD, at(1, 0));
        history.forget();
        assertThat(history.see(NEW, at(2, 0))).isNull();
    }
}
