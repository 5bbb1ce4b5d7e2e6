package io.walwire.testkit;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.event.Lsn;
import io.walwire.internal.backfill.ReadableTables;
import io.walwire.internal.connection.catalog.TableShape;
import io.walwire.internal.replication.Progress;
import io.walwire.internal.replication.SlotRequest;
import io.walwire.internal.replication.SlotRequest.Loss;
import io.walwire.internal.replication.StreamStart;
import io.walwire.internal.source.ChangeSource;
import io.walwire.internal.source.ChangeStream;
import io.walwire.internal.source.HandledTables;
import io.walwire.internal.source.SourceContext;
import io.walwire.internal.source.WantedTables;
import io.walwire.internal.text.TableName;
import io.walwire.internal.text.TablePattern;
import io.walwire.internal.transaction.UnreadableInBinaryException;
import io.walwire.internal.undecided.Undecided;
import io.walwire.internal.watch.Watches;
import io.walwire.testkit.Tape.Connection;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads one instance's changes from a {@link Tape}. */
final class TapeSource implements ChangeSource {
    static final String SLOT = "walwire_kit";

    private final Tape tape;
    private final KitTables tables;
    private final SourceContext context;
    private final WantedTables wanted;
    private final Lsn confirmedBefore;
    private final boolean lenient;
    private final ReadableTables rows;
    private boolean hasStreamed;
    private @Nullable TapeStream current;

    /**
     * A source.
     *
     * @param lenient whether handlers may listen to tables that are not there: a recording shows only those that changed
     * @param rows the rows of its tables; those of a recording are not known
     */
    TapeSource(Tape tape, KitTables tables, SourceContext context, boolean lenient, ReadableTables rows) {
        this.lenient = lenient;
        this.rows = rows;
        this.tape = tape;
        this.tables = tables;
        this.context = context;
        this.wanted = context.wanted();
        this.confirmedBefore = tape.confirmed();
    }

    @Override
    public ChangeStream connect(@Nullable Progress progress) throws SQLException {
        if (!hasStreamed) {
            requireTables(wanted.handled());
        }
        if (tape.isOffline()) {
            throw new SQLException("The server cannot be reached, as the test wanted", "08001");
        }
        int index = tape.beginAt();
        Undecided undecided = new Undecided(context.memory(), Path.of(System.getProperty("java.io.tmpdir")));
        TapeStream stream = tape.at(index) instanceof Connection recorded
                ? stream(undecided, recorded(index, recorded), confirmedBefore)
                : stream(undecided, new TapeStream.Beginning(index, start(), List.of()), tape.confirmed());
        current = stream;
        hasStreamed = true;
        return stream;
    }

    private TapeStream stream(Undecided undecided, TapeStream.Beginning beginning, Lsn from) {
        return new TapeStream(
                tape, tables, undecided, beginning, from, context.config().messages());
    }

    private StreamStart start() {
        Loss loss = tape.takeLoss();
        return new StreamStart(
                loss == null
                        ? SlotRequest.existing(SLOT, tape.confirmed(), false, null)
                        : SlotRequest.durable(SLOT, false, loss),
                new StreamStart.History(SLOT, 1, tape.end(), null),
                tape.confirmed());
    }

    /** As it was, the first time; later it goes on. */
    private TapeStream.Beginning recorded(int index, Connection recorded) {
        StreamStart start = recorded.start();
        if (!tape.happens(recorded)) {
            StreamStart.History server = start.server();
            start = new StreamStart(
                    SlotRequest.existing(start.slot().name(), tape.confirmed(), false, null),
                    new StreamStart.History(server.systemId(), server.timeline(), tape.end(), server.ancestry()),
                    tape.confirmed(),
                    start.encoding());
        }
        return new TapeStream.Beginning(index, start, recorded.described());
    }

    @Override
    public void endBinary(UnreadableInBinaryException why) {
        TapeStream stream = current;
        if (stream != null) {
            stream.end();
        }
    }

    @Override
    public boolean hasStreamed() {
        return hasStreamed;
    }

    @Override
    public @Nullable ReadableTables existingRows() {
        return lenient ? null : rows;
    }

    @Override
    public void requireHandler(HandledTables handler) {
        requireTables(handler);
    }

    private void requireTables(HandledTables handled) {
        wanted.requireSubscribed(handled.named());
        Set<TableName> known = tables.names();
        for (TableName table : handled.named()) {
            if (!lenient && !known.contains(table)) {
                throw new WalwireException(
                        ErrorCode.PUBLICATION,
                        "A handler listens to table " + table + ", which the test kit does not have.",
                        "Declare it by table(...) of its builder. It has " + known + ".");
            }
        }
    }

    @Override
    public void requireSubscriptions(List<TablePattern> patterns) {
        // the kit publishes all of its tables
    }

    @Override
    public Watches.Tables tables() {
        return new Watches.Tables() {
            @Override
            public TableShape shape(TableName table) {
                return tables.shape(table);
            }

            @Override
            public boolean isSubscribed(TableName table) {
                return wanted.isSubscribed(table);
            }
        };
    }

    @Override
    public Lsn current() {
        return tape.end();
    }
}
