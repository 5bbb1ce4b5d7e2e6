package io.walwire.internal.transaction;

import static io.walwire.internal.transaction.Tables.INT4;
import static io.walwire.internal.transaction.Tables.TEXT_ARRAY;
import static io.walwire.internal.transaction.Tables.TIMESTAMPTZ;
import static io.walwire.internal.transaction.Tables.VARCHAR;
import static io.walwire.internal.transaction.Tables.begin;
import static io.walwire.internal.transaction.Tables.cells;
import static io.walwire.internal.transaction.Tables.change;
import static io.walwire.internal.transaction.Tables.column;
import static io.walwire.internal.transaction.Tables.delete;
import static io.walwire.internal.transaction.Tables.event;
import static io.walwire.internal.transaction.Tables.facts;
import static io.walwire.internal.transaction.Tables.insert;
import static io.walwire.internal.transaction.Tables.relation;
import static io.walwire.internal.transaction.Tables.simple;
import static io.walwire.internal.transaction.Tables.transaction;
import static io.walwire.internal.transaction.Tables.truncate;
import static io.walwire.internal.transaction.Tables.update;
import static io.walwire.internal.transaction.Tables.v;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.event.Event;
import io.walwire.event.Gap;
import io.walwire.event.Lsn;
import io.walwire.event.ReplicaIdentity;
import io.walwire.internal.pgoutput.MessageBytes;
import io.walwire.internal.pgoutput.MessageBytes.Cell;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.transaction.Tables.Chosen;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The whole line, field by field in its order. */
class EventJsonTest {
    private static final int T = 16384;
    private static final String TRANSACTION =
            "\"timestamp\":\"2023-12-18T15:50:08.329504Z\",\"transaction\":{\"xid\":740,"
                    + "\"commit_lsn\":\"0/16B6C50\",\"end_lsn\":\"0/16B6C80\",\"index\":0}";
    private static final String SIMPLE_SOURCE = "\"source\":{\"name\":\"Walwire\",\"version\":\"0.1.0\","
            + "\"db\":\"todos\",\"schema\":\"public\",\"table\":\"user\","
            + "\"columns\":{\"id\":\"int4\",\"name\":\"text\"}}";

    private static Relation user(ReplicaIdentity identity) {
        boolean all = identity == ReplicaIdentity.FULL;
        return relation(
                T,
                "user",
                identity,
                column(true, "id", INT4),
                column(all, "name", VARCHAR),
                column(all, "tags", TEXT_ARRAY),
                column(all, "created_at", TIMESTAMPTZ));
    }

    @Test
    void toJson_update_likeTheContractsExample() {
        Cell tags = v("{a}");
        Cell created = v("2023-08-18 18:09:05.988369+00");
        MessageBytes message = update(
                T,
                'O',
                cells(v("1234"), v("Chase"), tags, created),
                cells(v("1234"), v("Chase Pursley"), tags, created));
        assertThat(event(user(ReplicaIdentity.FULL), facts("id"), message).toJson())
                .isEqualTo("{\"name\":\"user\",\"type\":\"update\",\"source\":{\"name\":\"Walwire\","
                        + "\"version\":\"0.1.0\",\"db\":\"todos\",\"schema\":\"public\",\"table\":\"user\","
                        + "\"columns\":{\"id\":\"int4\",\"name\":\"varchar\",\"tags\":\"text[]\","
                        + "\"created_at\":\"timestamptz\"}},"
                        + "\"key\":{\"id\":1234},"
                        + "\"new_record\":{\"id\":1234,\"name\":\"Chase Pursley\",\"tags\":[\"a\"],"
                        + "\"created_at\":\"2023-08-18T18:09:05.988369Z\"},"
                        + "\"old_record\":null,"
                        + "\"changes\":{\"name\":{\"old_value\":\"Chase\",\"new_value\":\"Chase Pursley\"}},"
                        + "\"unavailable\":[],"
                        + TRANSACTION
                        + "}");
    }

    @Test
    void toJson_insert() {
        assertThat(event(simple(T, "user"), facts("id"), insert(T, v("1"), Cell.NULL))
                        .toJson())
                .isEqualTo("{\"name\":\"user\",\"type\":\"insert\"," + SIMPLE_SOURCE
                        + ",\"key\":{\"id\":1},\"new_record\":{\"id\":1,\"name\":null},\"old_record\":null,"
                        + "\"changes\":null,\"unavailable\":[]," + TRANSACTION + "}");
    }

    @Test
    void toJson_updateWithAnUnchangedToast_absentAndNamed() {
        assertThat(event(simple(T, "user"), facts("id"), update(T, v("1"), Cell.UNCHANGED))
                        .toJson())
                .contains("\"new_record\":{\"id\":1},\"old_record\":null,\"changes\":null,\"unavailable\":[\"name\"],");
    }

    @Test
    void toJson_updateWithTheFullOldRow_nothingDiffers() {
        MessageBytes same = update(T, 'O', cells(v("1"), v("a")), cells(v("1"), v("a")));
        assertThat(event(Tables.full(T, "user"), facts("id"), same).toJson()).contains("\"changes\":{},");
    }

    @Test
    void toJson_deleteWithTheKey() {
        assertThat(event(simple(T, "user"), facts("id"), delete(T, 'K', v("1"), Cell.NULL))
                        .toJson())
                .contains("\"type\":\"delete\"")
                .contains("\"key\":{\"id\":1},\"new_record\":null,\"old_record\":{\"id\":1},\"changes\":null,"
                        + "\"unavailable\":[],");
    }

    @Test
    void toJson_oldRecordAskedFor_whateverIsKnown() {
        TransactionAssembler assembler = new TransactionAssembler(Tables.stream(true), new Chosen(), Long.MAX_VALUE);
        assembler.define(simple(T, "user"), facts("id"));
        Event update = transaction(assembler, update(T, 'K', cells(v("1"), Cell.NULL), cells(v("2"), v("a"))))
                .events()
                .get(0);
        assertThat(update.toJson())
                .contains("\"new_record\":{\"id\":2,\"name\":\"a\"},\"old_record\":{\"id\":1},"
                        + "\"changes\":{\"id\":{\"old_value\":1,\"new_value\":2}},");
    }

    @Test
    void toJson_truncate() {
        assertThat(change(simple(T, "user"), facts("id"), truncate(2, T)).toJson())
                .isEqualTo("{\"name\":\"user\",\"type\":\"truncate\"," + SIMPLE_SOURCE
                        + ",\"key\":null,\"new_record\":null,\"old_record\":null,\"changes\":null,"
                        + "\"unavailable\":[],\"truncate\":{\"cascade\":false,\"restart_identity\":true},"
                        + TRANSACTION + "}");
    }

    @Test
    void toJson_origin_last() {
        TransactionAssembler assembler = Tables.assembler();
        assembler.define(simple(T, "user"), facts("id"));
        Event event = transaction(assembler, MessageBytes.kind('O').int64(9).string("paris"), insert(T, v("1"), v("a")))
                .events()
                .get(0);
        assertThat(event.toJson()).endsWith(TRANSACTION + ",\"origin\":\"paris\"}");
    }

    @Test
    void toJson_partBeforeItsCommit_endLsnNull() {
        TransactionAssembler assembler = new TransactionAssembler(Tables.stream(false), new Chosen(), 1);
        assembler.define(simple(T, "user"), facts("id"));
        assembler.accept(begin());
        TransactionPart part = Objects.requireNonNull(
                assembler.accept(insert(T, v("1"), v("a")).decode()));
        assertThat(part.events().get(0).toJson())
                .contains("\"commit_lsn\":\"0/16B6C50\",\"end_lsn\":null,\"index\":0}");
    }

    @Test
    void toJson_awkwardText_oneLine() {
        assertThat(event(simple(T, "user"), facts("id"), insert(T, v("1"), v("a\n\"b\"\\\r\u0001 größe 😀")))
                        .toJson())
                .contains("\"name\":\"a\\n\\\"b\\\"\\\\\\r\\u0001 größe 😀\"")
                .doesNotContain("\n", "\r");
    }

    @Test
    void toJson_schema() {
        TransactionAssembler assembler = Tables.assembler();
        assembler.define(simple(T, "user"), facts("id"));
        assembler.accept(Tables.begin());
        assembler.accept(insert(T, v("1"), v("a")).decode());
        assembler.define(
                Tables.relation(T, "person", ReplicaIdentity.DEFAULT, Tables.column(true, "id", Tables.INT4)), facts());
        assembler.accept(insert(T, v("2")).decode());
        Event schema = Objects.requireNonNull(assembler.accept(Tables.commit()))
                .events()
                .get(1);
        assertThat(schema.toJson())
                .isEqualTo("{\"name\":\"person\",\"type\":\"schema\",\"source\":{\"name\":\"Walwire\","
                        + "\"version\":\"0.1.0\",\"db\":\"todos\",\"schema\":\"public\",\"table\":\"person\","
                        + "\"columns\":{\"id\":\"int4\"}},\"key\":null,\"new_record\":null,\"old_record\":null,"
                        + "\"changes\":null,\"unavailable\":[],\"schema\":{\"before\":{\"id\":\"int4\",\"name\":\"text\"},"
                        + "\"after\":{\"id\":\"int4\"}},\"timestamp\":\"2023-12-18T15:50:08.329504Z\","
                        + "\"transaction\":{\"xid\":740,\"commit_lsn\":\"0/16B6C50\",\"end_lsn\":\"0/16B6C80\","
                        + "\"index\":null}}");
    }

    @Test
    void toJson_gap() {
        LostContinuity gap =
                new LostContinuity("0.1.0", "todos", new Gap(Lsn.parse("0/10"), Lsn.parse("1/20"), "slot \"s\" lost"));
        assertThat(gap.toJson())
                .isEqualTo("{\"name\":null,\"type\":\"gap\",\"source\":{\"name\":\"Walwire\",\"version\":\"0.1.0\","
                        + "\"db\":\"todos\"},\"key\":null,\"new_record\":null,\"old_record\":null,\"changes\":null,"
                        + "\"unavailable\":[],\"gap\":{\"from\":\"0/10\",\"to\":\"1/20\",\"reason\":\"slot \\\"s\\\" lost\"},"
                        + "\"timestamp\":null,\"transaction\":null}");
        assertThatThrownBy(gap::id).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void toJson_gapWithoutBounds() {
        assertThat(new LostContinuity("0.1.0", "todos", new Gap(null, null, "lost")).toJson())
                .contains("\"gap\":{\"from\":null,\"to\":null,\"reason\":\"lost\"}");
    }
}
