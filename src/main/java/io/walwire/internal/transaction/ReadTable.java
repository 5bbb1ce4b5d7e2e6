package io.walwire.internal.transaction;

import io.walwire.event.Event;
import io.walwire.event.Lsn;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.pgoutput.TupleData;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A table whose rows are read beside the stream. Its events are like those of the stream. */
public final class ReadTable {
    /** Of an event, beside its row. */
    private static final int BYTES_PER_EVENT = 240;

    private static final ReadBy NOBODY = new ReadBy("", "", null);

    private final Relation relation;
    private final TableFacts facts;
    private final Table table;
    private final PositionKind positions;

    /**
     * A table.
     *
     * @param relation as pgoutput describes it
     * @param facts what the catalog knows beside
     * @param stream what tables of the stream share
     */
    public ReadTable(Relation relation, TableFacts facts, StreamFacts stream) {
        this.relation = relation;
        this.facts = facts;
        this.table = Table.of(relation, facts, stream);
        this.positions = stream.positions();
    }

    /**
     * Rows that have their place.
     *
     * @param by who read them
     * @param before the position up to which everything was delivered
     * @param rows the rows; null if all rows were read
     * @param first the number of the first row, of those of this position
     * @return at this moment
     */
    public ReadRows rows(ReadBy by, Lsn before, @Nullable List<TupleData> rows, long first) {
        return new ReadRows(by, before, Instant.now(), relation, facts, rows, first);
    }

    /** As it was when it was planned. */
    public Table table() {
        return table;
    }

    /** A row without a place in the stream yet, to be asked for its key. */
    public ReceivedRow row(TupleData row) {
        return new ReceivedRead(header(Lsn.ZERO, Instant.EPOCH), table, 0, row, NOBODY);
    }

    /**
     * Rows that have their place.
     *
     * @param by who read them
     * @param before the position up to which everything was delivered; what comes next may commit exactly there
     * @param now the time
     * @param rows the rows
     * @param first the number of the first row, of those of this position
     * @return a part that holds them, and confirms nothing
     */
    public TransactionPart placed(ReadBy by, Lsn before, Instant now, List<TupleData> rows, long first) {
        TransactionHeader header = header(new Lsn(before.value() - 1), now);
        List<Event> events = new ArrayList<>(rows.size());
        long bytes = 0;
        for (TupleData row : rows) {
            events.add(new ReceivedRead(header, table, first + events.size(), row, by));
            bytes += BYTES_PER_EVENT + row.bytes().length;
        }
        return new TransactionPart(header, 0, false, Collections.unmodifiableList(events), bytes);
    }

    /**
     * That all rows were read.
     *
     * @param by who read them
     * @param before as in {@link #placed}
     * @param now the time
     * @return a part that holds the event
     */
    public TransactionPart done(ReadBy by, Lsn before, Instant now) {
        TransactionHeader header = header(new Lsn(before.value() - 1), now);
        return new TransactionPart(
                header, 0, false, List.of(new ReceivedBackfilled(header, table, by)), BYTES_PER_EVENT);
    }

    private TransactionHeader header(Lsn position, Instant now) {
        return new TransactionHeader(0, position, now, positions);
    }
}
