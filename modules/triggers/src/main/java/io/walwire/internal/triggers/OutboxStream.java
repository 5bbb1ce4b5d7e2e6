package io.walwire.internal.triggers;

import io.walwire.event.Lsn;
import io.walwire.internal.pgoutput.PgOutputMessage;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.source.ChangeStream;
import io.walwire.internal.source.TableLookup;
import io.walwire.internal.transaction.TableFacts;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The changes that triggers captured: an outbox, and the catalog beside it. Positions are transaction ids of 64 bits. */
final class OutboxStream implements ChangeStream {
    private final OutboxReader reader;
    private final StreamStart start;
    private final boolean repeats;
    private final TableLookup tables;
    private final BooleanSupplier forGood;

    /**
     * A stream.
     *
     * @param repeats whether positions behind its start may stand for other transactions than before
     * @param forGood asked when it is closed: whether the instance ends
     */
    OutboxStream(OutboxReader reader, StreamStart start, boolean repeats, TableLookup tables, BooleanSupplier forGood) {
        this.reader = reader;
        this.start = start;
        this.repeats = repeats;
        this.tables = tables;
        this.forGood = forGood;
    }

    @Override
    public StreamStart start() {
        return start;
    }

    @Override
    public boolean repeats() {
        return repeats;
    }

    @Override
    public @Nullable PgOutputMessage next() throws SQLException {
        PgOutputMessage message = reader.next();
        if (message != null) {
            tables.hear(message);
        }
        return message;
    }

    @Override
    public boolean isDrained() {
        return reader.isDrained();
    }

    /** Its rows are whole whatever its replica identity, and those of its partitions. */
    @Override
    public @Nullable TableFacts facts(Relation relation) throws SQLException, InterruptedException {
        TableFacts facts = tables.facts(relation);
        return facts == null ? null : facts.ofWholeRows();
    }

    @Override
    public void await(boolean briefly) throws SQLException {
        reader.await(briefly);
    }

    @Override
    public Lsn received() {
        return reader.received();
    }

    @Override
    public void confirm(Lsn lsn) {
        reader.confirm(lsn);
    }

    @Override
    public void stayAlive() throws SQLException {
        reader.stayAlive();
    }

    @Override
    public void ask() {
        reader.ask();
    }

    @Override
    public Duration silence() {
        return reader.silence();
    }

    @Override
    public void abort() {
        reader.abort();
    }

    @Override
    public void close() {
        try (reader;
                tables) {
            reader.end(forGood.getAsBoolean());
        }
    }
}
