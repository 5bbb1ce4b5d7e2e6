package io.walwire.testkit;

import io.walwire.event.Lsn;
import io.walwire.internal.pgoutput.PgOutputMessage;
import io.walwire.internal.pgoutput.PgOutputMessage.Commit;
import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.recording.Recorded;
import io.walwire.internal.recording.RecordingReader;
import io.walwire.internal.undecided.Undecided;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Puts a recording on a tape. It is decoded on the way, for the tables in it and for the position where it ends. */
final class TapeLoader {
    private static final long MEMORY = 16 << 20;

    private final KitTables tables;
    private final RecordedEntries entries;
    private final Map<Integer, Relation> described = new HashMap<>();
    private final List<Recorded.Stream> streams = new ArrayList<>();
    private List<Tape.Described> facts = new ArrayList<>();
    private Undecided undecided = undecided();
    private Lsn end = Lsn.ZERO;
    private Lsn endOfRows = Lsn.ZERO;

    private TapeLoader(KitTables tables, RecordedEntries entries) {
        this.tables = tables;
        this.entries = entries;
    }

    /**
     * Loads a file, which stays open until the tape is closed.
     *
     * @return the name of the database that it was recorded from
     */
    static String load(Path file, Tape tape, KitTables tables) {
        try {
            RecordingReader reader = RecordingReader.open(file);
            TapeLoader loader = new TapeLoader(tables, new RecordedEntries(reader));
            try {
                loader.read(file, reader);
            } catch (IOException | RuntimeException e) {
                reader.close();
                throw e;
            } finally {
                loader.undecided.close();
            }
            loader.reach(loader.endOfRows);
            Recorded.Stream first = loader.streams.get(0);
            tape.load(loader.entries, first.start().position(), loader.end);
            return first.database();
        } catch (IOException e) {
            throw new UncheckedIOException("The recording " + file + " cannot be read: " + e, e);
        }
    }

    private void read(Path file, RecordingReader reader) throws IOException {
        RecordingReader.Place place = reader.place();
        for (Recorded recorded = reader.next(); recorded != null; recorded = reader.next()) {
            if (streams.isEmpty() && !(recorded instanceof Recorded.Stream)) {
                break;
            }
            add(recorded, place);
            place = reader.place();
        }
        if (streams.isEmpty()) {
            throw new IllegalArgumentException("The recording " + file + " holds no connection");
        }
    }

    private static Undecided undecided() {
        return new Undecided(MEMORY, Path.of(System.getProperty("java.io.tmpdir")));
    }

    private void add(Recorded recorded, RecordingReader.Place place) {
        if (recorded instanceof Recorded.Stream stream) {
            streams.add(stream);
            undecided.close();
            undecided = undecided();
            facts = new ArrayList<>();
            reach(stream.start().position());
            entries.add(place, new Tape.Connection(stream.start(), facts));
        } else if (recorded instanceof Recorded.Frame frame) {
            reach(frame.received());
            entries.add(place, null);
            for (PgOutputMessage message = undecided.accept(ByteBuffer.wrap(frame.bytes()));
                    message != null;
                    message = undecided.replayed()) {
                hear(message);
            }
        } else if (recorded instanceof Recorded.Position position) {
            reach(position.received());
            entries.add(place, null);
        } else if (recorded instanceof Recorded.Rows rows) {
            entries.add(place, null);
            tables.learn(new KitTable(rows.rows().relation(), rows.rows().facts()));
            // no position waits for them, so that the last ones are before one of their own
            endOfRows = new Lsn(rows.rows().before().value() + 8);
        } else if (recorded instanceof Recorded.Table table) {
            facts.add(new Tape.Described(table.oid(), table.relation(), table.facts(), entries.size()));
            @Nullable Relation relation = table.relation() == null ? described.get(table.oid()) : table.relation();
            if (relation != null) {
                tables.learn(new KitTable(relation, table.facts()));
            }
        }
    }

    private void hear(PgOutputMessage message) {
        if (message instanceof Relation relation) {
            described.put(relation.oid(), relation);
        } else if (message instanceof Commit commit) {
            reach(commit.endLsn());
        }
    }

    private void reach(Lsn lsn) {
        end = end.isBefore(Objects.requireNonNull(lsn)) ? lsn : end;
    }
}
