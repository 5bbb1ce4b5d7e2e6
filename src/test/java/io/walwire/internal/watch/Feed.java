package io.walwire.internal.watch;

import io.walwire.event.Lsn;
import io.walwire.event.ReplicaIdentity;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.TypeKind;
import io.walwire.internal.connection.catalog.TableShape;
import io.walwire.internal.connection.catalog.TableShape.ShapeColumn;
import io.walwire.internal.pgoutput.MessageBytes;
import io.walwire.internal.pgoutput.MessageBytes.Cell;
import io.walwire.internal.pgoutput.PgOutputMessage.Begin;
import io.walwire.internal.pgoutput.PgOutputMessage.Commit;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.RelationColumn;
import io.walwire.internal.text.TableName;
import io.walwire.internal.transaction.SchemaHistory;
import io.walwire.internal.transaction.StreamFacts;
import io.walwire.internal.transaction.Subscriptions;
import io.walwire.internal.transaction.TableFacts;
import io.walwire.internal.transaction.TransactionAssembler;
import io.walwire.watch.Watch;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The watches of an instance without one: table {@code item (id int4 primary key, name text)}, fed by hand. */
final class Feed implements AutoCloseable {
    private static final int ITEM = 1;
    private static final int INT4 = 23;
    private static final int TEXT = 25;
    private static final Instant TIME = Instant.parse("2026-01-02T03:04:05Z");

    private final Watches watches = new Watches("feed", new ThreadGroup("walwire-feed"), new ItemShape());
    private final TransactionAssembler assembler = new TransactionAssembler(
            new StreamFacts("shop", "0.1.0", false, new SchemaHistory()), new Everything(), Long.MAX_VALUE);
    private int transactions;

    private record ItemShape() implements Watches.Tables {
        @Override
        public TableShape shape(TableName table) {
            Map<String, ShapeColumn> columns = new LinkedHashMap<>();
            columns.put("id", new ShapeColumn("int4", INT4));
            columns.put("name", new ShapeColumn("text", TEXT));
            return new TableShape(
                    true, true, List.of("events"), List.of(), columns, Set.of(), List.of("id"), Set.of("id"), false);
        }

        @Override
        public boolean isSubscribed(TableName table) {
            return true;
        }
    }

    private record Everything() implements Subscriptions {
        @Override
        public boolean includes(String schema, String table) {
            return true;
        }

        @Override
        public int version() {
            return 0;
        }

        @Override
        public Subscriptions now() {
            return this;
        }
    }

    Feed() {
        assembler.define(
                new Relation(
                        ITEM,
                        "public",
                        "item",
                        ReplicaIdentity.DEFAULT,
                        List.of(new RelationColumn(true, "id", INT4, -1), new RelationColumn(false, "name", TEXT, -1))),
                new TableFacts(
                        Map.of(INT4, PgType.scalar(INT4, "int4", TypeKind.INT4), TEXT, PgType.text(TEXT, "text")),
                        List.of(),
                        false,
                        false));
    }

    Watches watches() {
        return watches;
    }

    Watch items() {
        return watches.watch(TableName.parse("item"));
    }

    void insert(long id) {
        feed(MessageBytes.kind('I').int32(ITEM).int8('N').tuple(Cell.of(Long.toString(id)), Cell.of("new")));
    }

    void update(long id, String name) {
        feed(MessageBytes.kind('U').int32(ITEM).int8('N').tuple(Cell.of(Long.toString(id)), Cell.of(name)));
    }

    void changeKey(long from, long to) {
        feed(MessageBytes.kind('U')
                .int32(ITEM)
                .int8('K')
                .tuple(Cell.of(Long.toString(from)), Cell.NULL)
                .int8('N')
                .tuple(Cell.of(Long.toString(to)), Cell.of("moved")));
    }

    private void feed(MessageBytes message) {
        transactions++;
        Lsn commit = new Lsn(transactions * 16L);
        Lsn end = new Lsn(transactions * 16L + 8);
        assembler.accept(new Begin(commit, TIME, transactions));
        assembler.accept(message.decode());
        watches.deliver(Objects.requireNonNull(assembler.accept(new Commit(commit, end, TIME)), "a transaction"));
    }

    @Override
    public void close() {
        watches.end(null);
    }
}
