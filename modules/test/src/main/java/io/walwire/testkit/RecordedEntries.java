package io.walwire.testkit;

import io.walwire.internal.recording.Recorded;
import io.walwire.internal.recording.RecordingReader;
import io.walwire.testkit.Tape.Connection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The entries that a recording holds. They stay in the file, which may be larger than the memory, and are read one by one. */
final class RecordedEntries implements AutoCloseable {
    /** The place of every so-manieth entry is remembered. */
    private static final int STEP = 1_024;

    private final RecordingReader reader;
    private final TreeMap<Integer, Connection> connections = new TreeMap<>();
    private final List<RecordingReader.Place> places = new ArrayList<>();
    private int size;

    /** The entry that the reader reads next. */
    private int next;

    private Tape.@Nullable Entry last;

    RecordedEntries(RecordingReader reader) {
        this.reader = reader;
    }

    /** An entry was read that begins at this place. */
    void add(RecordingReader.Place place, @Nullable Connection connection) {
        if (size % STEP == 0) {
            places.add(place);
        }
        if (connection != null) {
            connections.put(size, connection);
        }
        size++;
        next = size;
    }

    int size() {
        return size;
    }

    /** The first connection that begins at an entry or after it; -1 if none does. */
    int connectionFrom(int index) {
        Integer at = connections.ceilingKey(index);
        return at == null ? -1 : at;
    }

    /** An entry that is here. */
    Tape.Entry at(int index) {
        Connection connection = connections.get(index);
        Tape.Entry before = last;
        if (connection != null) {
            return connection;
        }
        if (before != null && index == next - 1) {
            return before;
        }
        if (index < next || index - next > STEP) {
            next = index - index % STEP;
            reader.seek(places.get(index / STEP));
        }
        Tape.Entry entry = read();
        while (next <= index) {
            entry = read();
        }
        last = entry;
        return entry;
    }

    private Tape.Entry read() {
        try {
            Recorded recorded = reader.next();
            while (recorded instanceof Recorded.Table) {
                recorded = reader.next();
            }
            next++;
            if (recorded instanceof Recorded.Frame frame) {
                return new Tape.Frame(frame.bytes(), frame.received());
            }
            if (recorded instanceof Recorded.Rows rows) {
                return new Tape.Rows(rows.rows());
            }
            return recorded instanceof Recorded.Position position
                    ? new Tape.Position(position.received())
                    : Objects.requireNonNull(connections.get(next - 1), "a connection");
        } catch (IOException e) {
            throw new UncheckedIOException("The recording cannot be read any more", e);
        }
    }

    @Override
    public void close() {
        try {
            reader.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
