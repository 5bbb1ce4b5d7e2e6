package io.walwire.internal.transaction;

import static io.walwire.internal.transaction.Tables.INT4;
import static io.walwire.internal.transaction.Tables.TEXT;
import static io.walwire.internal.transaction.Tables.cells;
import static io.walwire.internal.transaction.Tables.column;
import static io.walwire.internal.transaction.Tables.delete;
import static io.walwire.internal.transaction.Tables.event;
import static io.walwire.internal.transaction.Tables.facts;
import static io.walwire.internal.transaction.Tables.insert;
import static io.walwire.internal.transaction.Tables.relation;
import static io.walwire.internal.transaction.Tables.update;
import static io.walwire.internal.transaction.Tables.v;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ValueException;
import io.walwire.event.Column;
import io.walwire.event.ColumnState;
import io.walwire.event.ReplicaIdentity;
import io.walwire.event.Row;
import io.walwire.event.TruncateEvent;
import io.walwire.internal.pgoutput.MessageBytes;
import io.walwire.internal.pgoutput.MessageBytes.Cell;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The key under each replica identity; the table is (a text, b int4, c text), its primary key (b, a). */
class EventKeyTest {
    private static final int T = 16384;
    private static final TableFacts FACTS = facts("b", "a");

    private static Relation table(ReplicaIdentity identity, boolean a, boolean b, boolean c) {
        return relation(T, "t", identity, column(a, "a", TEXT), column(b, "b", INT4), column(c, "c", TEXT));
    }

    private static String key(Relation relation, MessageBytes message) {
        Row key = event(relation, FACTS, message).key();
        return key == null ? "none" : key.toJson();
    }

    private static MessageBytes inserted() {
        return insert(T, v("x"), v("2"), v("z"));
    }

    @Test
    void key_default_thePrimaryKeyInTheTablesOrder() {
        Relation relation = table(ReplicaIdentity.DEFAULT, true, true, false);
        assertThat(key(relation, inserted())).isEqualTo("{\"a\":\"x\",\"b\":2}");
        assertThat(key(relation, delete(T, 'K', v("x"), v("2"), Cell.NULL))).isEqualTo("{\"a\":\"x\",\"b\":2}");
    }

    @Test
    void key_default_ofAnUpdateTheNewValues() {
        Relation relation = table(ReplicaIdentity.DEFAULT, true, true, false);
        MessageBytes update = update(T, 'K', cells(v("x"), v("2"), Cell.NULL), cells(v("x"), v("3"), v("z")));
        assertThat(key(relation, update)).isEqualTo("{\"a\":\"x\",\"b\":3}");
    }

    @Test
    void key_index_theIndexesColumns() {
        Relation relation = table(ReplicaIdentity.INDEX, false, false, true);
        assertThat(key(relation, inserted())).isEqualTo("{\"c\":\"z\"}");
        assertThat(key(relation, delete(T, 'K', Cell.NULL, Cell.NULL, v("z")))).isEqualTo("{\"c\":\"z\"}");
    }

    @Test
    void key_full_thePrimaryKeyOfTheCatalog() {
        Relation relation = table(ReplicaIdentity.FULL, true, true, true);
        assertThat(key(relation, inserted())).isEqualTo("{\"a\":\"x\",\"b\":2}");
        assertThat(key(relation, delete(T, 'O', v("x"), v("2"), v("z")))).isEqualTo("{\"a\":\"x\",\"b\":2}");
    }

    @Test
    void key_nothing_thePrimaryKeyOfTheCatalog() {
        assertThat(key(table(ReplicaIdentity.NOTHING, false, false, false), inserted()))
                .isEqualTo("{\"a\":\"x\",\"b\":2}");
    }

    @Test
    void key_withoutOne_null() {
        Relation noKey = table(ReplicaIdentity.DEFAULT, false, false, false);
        assertThat(event(noKey, facts(), inserted()).key()).isNull();
        Relation full = table(ReplicaIdentity.FULL, true, true, true);
        assertThat(event(full, facts(), inserted()).key()).isNull();
    }

    /** A column list leaves a column out, or the key was renamed since: half a key would name several rows. */
    @Test
    void key_fullWithAPartOfTheKeyOnly_null() {
        Relation full = table(ReplicaIdentity.FULL, true, true, true);
        assertThat(event(full, facts("a", "gone"), inserted()).key()).isNull();
    }

    @Test
    void key_defaultWithAPartOfTheKeyOnly_null() {
        Relation published = table(ReplicaIdentity.DEFAULT, true, false, false);
        assertThat(event(published, facts("a", "unpublished"), inserted()).key())
                .isNull();
    }

    /** The stream's description is as of the change; the catalog's is of today. */
    @Test
    void key_defaultOfAColumnThatWasRenamedSince_asTheStreamSaid() {
        Relation asOfTheChange = table(ReplicaIdentity.DEFAULT, true, true, false);
        assertThat(Objects.requireNonNull(event(asOfTheChange, facts("a", "renamed"), inserted())
                                .key())
                        .toMap())
                .containsOnlyKeys("a", "b");
    }

    @Test
    void key_row_hasTheKeysColumnsAlone() {
        Row key = Objects.requireNonNull(event(table(ReplicaIdentity.DEFAULT, true, true, false), FACTS, inserted())
                .key());
        assertThat(key.columns()).extracting(Column::name).containsExactly("a", "b");
        assertThat(key.get("b")).isEqualTo(2);
        assertThat(key.get("b", Long.class)).isEqualTo(2L);
        assertThat(key.text("b")).isEqualTo("2");
        assertThat(key.state("a")).isEqualTo(ColumnState.VALUE);
        assertThat(key.isKnown("c")).isFalse();
        assertThat(key.toMap()).containsOnlyKeys("a", "b");
        assertThatThrownBy(() -> key.get("c"))
                .isInstanceOf(ValueException.class)
                .hasMessageContaining("The key of public.t has no column c; it has a, b");
    }

    @Test
    void key_ofATruncate_isNone() {
        Relation relation = table(ReplicaIdentity.DEFAULT, true, true, false);
        ReceivedChange truncate = Tables.change(relation, FACTS, Tables.truncate(0, T));
        assertThat(truncate.event()).isInstanceOfSatisfying(TruncateEvent.class, event -> assertThat(event.key())
                .isNull());
        assertThat(truncate.oldKey()).isNull();
    }
}
