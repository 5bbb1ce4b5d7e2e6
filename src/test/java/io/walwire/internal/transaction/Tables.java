package io.walwire.internal.transaction;

import io.walwire.error.WalwireException;
import io.walwire.event.Event;
import io.walwire.event.Lsn;
import io.walwire.event.ReplicaIdentity;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.TypeKind;
import io.walwire.internal.pgoutput.MessageBytes;
import io.walwire.internal.pgoutput.MessageBytes.Cell;
import io.walwire.internal.pgoutput.PgOutputMessage.Begin;
import io.walwire.internal.pgoutput.PgOutputMessage.Commit;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.PgOutputMessage.RelationColumn;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** Tables, messages and an assembler for tests: a database "todos" seen through hand-made messages. */
final class Tables {
    static final Lsn COMMIT = Lsn.parse("0/16B6C50");
    static final Lsn END = Lsn.parse("0/16B6C80");
    static final Instant TIME = Instant.parse("2023-12-18T15:50:08.329504Z");
    static final int XID = 740;

    static final int INT4 = 23;
    static final int TEXT = 25;
    static final int TEXT_ARRAY = 1009;
    static final int VARCHAR = 1043;
    static final int NUMERIC = 1700;
    static final int TIMESTAMPTZ = 1184;
    static final int TIME_OF_DAY = 1083;

    private static final PgType TEXT_TYPE = PgType.text(TEXT, "text");
    private static final Map<Integer, PgType> TYPES = Map.of(
            INT4, PgType.scalar(INT4, "int4", TypeKind.INT4),
            TEXT, TEXT_TYPE,
            TEXT_ARRAY, PgType.array(TEXT_ARRAY, TEXT_TYPE),
            VARCHAR, PgType.text(VARCHAR, "varchar"),
            NUMERIC, PgType.scalar(NUMERIC, "numeric", TypeKind.NUMERIC),
            TIME_OF_DAY, PgType.scalar(TIME_OF_DAY, "time", TypeKind.TIME),
            TIMESTAMPTZ, PgType.scalar(TIMESTAMPTZ, "timestamptz", TypeKind.TIMESTAMPTZ));

    /** Subscriptions that a test changes; everything until it says otherwise. */
    static final class Chosen implements Subscriptions {
        private final Set<String> unwanted = new TreeSet<>();
        private int version;

        void drop(String table) {
            unwanted.add(table);
            version++;
        }

        void add(String table) {
            unwanted.remove(table);
            version++;
        }

        @Override
        public boolean includes(String schema, String table) {
            return !unwanted.contains(table);
        }

        @Override
        public int version() {
            return version;
        }

        @Override
        public Subscriptions now() {
            Chosen copy = new Chosen();
            copy.unwanted.addAll(unwanted);
            copy.version = version;
            return copy;
        }
    }

    private Tables() {}

    static StreamFacts stream(boolean oldRecordInJson) {
        return new StreamFacts("todos", "0.1.0", oldRecordInJson, new SchemaHistory());
    }

    static TransactionAssembler assembler() {
        return new TransactionAssembler(stream(false), new Chosen(), Long.MAX_VALUE);
    }

    static TableFacts facts(String... primaryKey) {
        return new TableFacts(TYPES, List.of(primaryKey), false, false);
    }

    /** Of a partitioned table. */
    static TableFacts partitionedFacts(String... primaryKey) {
        return new TableFacts(TYPES, List.of(primaryKey), false, true);
    }

    /** Of a partitioned table under FULL with a partition that is not. */
    static TableFacts partialFacts(String... primaryKey) {
        return new TableFacts(TYPES, List.of(primaryKey), true, true);
    }

    static RelationColumn column(boolean identity, String name, int type) {
        return new RelationColumn(identity, name, type, -1);
    }

    static Relation relation(int oid, String name, ReplicaIdentity identity, RelationColumn... columns) {
        return new Relation(oid, "public", name, identity, List.of(columns));
    }

    /** A table {@code (id int4, name text)} whose replica identity is its key, id. */
    static Relation simple(int oid, String name) {
        return relation(oid, name, ReplicaIdentity.DEFAULT, column(true, "id", INT4), column(false, "name", TEXT));
    }

    /** The same under FULL, which flags every column. */
    static Relation full(int oid, String name) {
        return relation(oid, name, ReplicaIdentity.FULL, column(true, "id", INT4), column(true, "name", TEXT));
    }

    static Begin begin() {
        return new Begin(COMMIT, TIME, XID);
    }

    static Commit commit() {
        return new Commit(COMMIT, END, TIME);
    }

    static MessageBytes insert(int relation, Cell... row) {
        return MessageBytes.kind('I').int32(relation).int8('N').tuple(row);
    }

    static MessageBytes update(int relation, Cell... row) {
        return MessageBytes.kind('U').int32(relation).int8('N').tuple(row);
    }

    /** An update whose old tuple is of kind K or O. */
    static MessageBytes update(int relation, char oldKind, Cell[] before, Cell[] after) {
        return MessageBytes.kind('U')
                .int32(relation)
                .int8(oldKind)
                .tuple(before)
                .int8('N')
                .tuple(after);
    }

    static MessageBytes delete(int relation, char oldKind, Cell... row) {
        return MessageBytes.kind('D').int32(relation).int8(oldKind).tuple(row);
    }

    static MessageBytes truncate(int flags, int... relations) {
        MessageBytes message = MessageBytes.kind('T').int32(relations.length).int8(flags);
        for (int relation : relations) {
            message.int32(relation);
        }
        return message;
    }

    static Cell[] cells(Cell... cells) {
        return cells;
    }

    static Cell v(String text) {
        return Cell.of(text);
    }

    /** One transaction with these messages, whole. */
    static TransactionPart transaction(TransactionAssembler assembler, MessageBytes... messages) {
        if (assembler.accept(begin()) != null) {
            throw new AssertionError("A transaction came of its Begin");
        }
        for (MessageBytes message : messages) {
            if (assembler.accept(message.decode()) != null) {
                throw new AssertionError("A part came before the commit");
            }
        }
        return Objects.requireNonNull(assembler.accept(commit()), "a transaction at its commit");
    }

    /** The only event of a transaction of one message on one table. */
    static ReceivedRow event(Relation relation, TableFacts facts, MessageBytes message) throws WalwireException {
        return (ReceivedRow) change(relation, facts, message);
    }

    /** The same, which may be a truncate. */
    static ReceivedChange change(Relation relation, TableFacts facts, MessageBytes message) throws WalwireException {
        TransactionAssembler assembler = assembler();
        assembler.define(relation, facts);
        List<Event> events = transaction(assembler, message).events();
        if (events.size() != 1) {
            throw new AssertionError("One event expected: " + events);
        }
        return (ReceivedChange) events.get(0);
    }
}
