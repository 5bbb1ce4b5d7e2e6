package io.walwire.internal.transaction;

import io.walwire.event.Event;
import io.walwire.event.Gap;
import io.walwire.event.GapEvent;
import io.walwire.event.LogicalMessage;
import io.walwire.event.Lsn;
import io.walwire.event.MessageEvent;
import io.walwire.event.Position;
import io.walwire.event.Transaction;
import io.walwire.event.TransactionInfo;
import io.walwire.internal.pgoutput.TupleData;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a handler was called with, as bytes that outlive the process: events of a transaction as a {@link StoredTransaction},
 * and what belongs to none in a form of its own.
 */
public final class StoredEvents {
    /** "WWS" and the format's version, 2: the first that has the encoding of a message. */
    private static final int FORMAT = 0x57575302;

    /** The version before, whose messages are UTF-8. It is read, and no longer written. */
    private static final int FORMAT_WITHOUT_ENCODING = 0x57575301;

    private static final byte MESSAGE = 'm';
    private static final byte GAP = 'g';
    private static final byte NO_POSITION = 0;
    private static final byte LSN = 1;
    private static final byte TRANSACTION_ID = 2;

    private StoredEvents() {}

    /** What was read back. */
    public sealed interface Restored {}

    /**
     * Events of a transaction.
     *
     * @param transaction with these events alone
     */
    public record OfTransaction(Transaction transaction) implements Restored {}

    /**
     * An event that belongs to no transaction.
     *
     * @param event a gap, or a message that is not transactional
     */
    public record OfNone(Event event) implements Restored {}

    /** Events that are stored together; the bytes are made when they are asked for. */
    public static final class Piece {
        private final List<Event> events;
        private final Supplier<byte[]> bytes;
        private final String first;
        private final String last;

        private Piece(List<Event> events, Supplier<byte[]> bytes, String first, String last) {
            this.events = events;
            this.bytes = bytes;
            this.first = first;
            this.last = last;
        }

        /** The events. */
        public List<Event> events() {
            return events;
        }

        /** What {@link #read} reads. */
        public byte[] bytes() {
            return bytes.get();
        }

        /** Names what the piece begins with, the same on redelivery. */
        public String first() {
            return first;
        }

        /** Names what the piece ends with. */
        public String last() {
            return last;
        }
    }

    /**
     * Takes apart what a handler was called with.
     *
     * @param events of one transaction or, for a piece each, of several, or one event of none
     * @param transaction the transaction or part that they are all of, where the handler was called with that
     * @param mostEvents how many events a piece has at most
     * @param mostBytes after how many bytes of rows a piece ends
     * @return at least one piece
     * @throws IllegalArgumentException if the events are not those that Walwire delivers
     */
    public static List<Piece> pieces(
            List<Event> events, @Nullable Transaction transaction, int mostEvents, long mostBytes) {
        List<Piece> pieces = new ArrayList<>();
        TransactionPart whole = transaction instanceof TransactionPart part ? part : null;
        int from = 0;
        long bytes = 0;
        for (int i = 0; i < events.size(); i++) {
            bytes += bytes(events.get(i));
            boolean last = i == events.size() - 1;
            if (last
                    || i + 1 - from >= mostEvents
                    || bytes >= mostBytes
                    || !isOfSameTransaction(events.get(i), events.get(i + 1))) {
                pieces.add(piece(events.subList(from, i + 1), whole, last));
                from = i + 1;
                bytes = 0;
            }
        }
        if (events.isEmpty() && whole != null) {
            String name = whole.position() + " part " + whole.part();
            pieces.add(new Piece(List.of(), whole::toBytes, name, name));
        }
        if (pieces.isEmpty()) {
            throw new IllegalArgumentException("There is nothing to store");
        }
        return pieces;
    }

    private static boolean isOfSameTransaction(Event one, Event next) {
        return Objects.equals(transaction(one), transaction(next));
    }

    private static @Nullable Position transaction(Event event) {
        TransactionInfo transaction = event.transaction();
        return transaction == null ? null : transaction.position();
    }

    private static Piece piece(List<Event> events, @Nullable TransactionPart whole, boolean last) {
        List<Event> own = events.stream().map(Event::detach).toList();
        Event first = own.get(0);
        TransactionHeader header = whole != null ? whole.header() : header(first);
        String firstName = name(first);
        String lastName = name(own.get(own.size() - 1));
        if (header == null) {
            return new Piece(own, () -> write(first), firstName, lastName);
        }
        TransactionPart part = new TransactionPart(
                header, whole == null ? 0 : whole.part(), last && (whole == null || whole.isLast()), own, 0);
        return new Piece(own, part::toBytes, firstName, lastName);
    }

    private static @Nullable TransactionHeader header(Event event) {
        if (event instanceof ReceivedChange change) {
            return change.header();
        }
        return event instanceof ReceivedMessage message ? message.transaction() : null;
    }

    private static String name(Event event) {
        if (event instanceof GapEvent of) {
            return "gap " + of.gap().from() + " to " + of.gap().to();
        }
        return event instanceof MessageEvent of
                ? "message " + of.message().lsn()
                : event.id().toString();
    }

    private static long bytes(Event event) {
        if (event.detach() instanceof ReceivedRow row) {
            return bytes(row.oldTuple()) + bytes(row.newTuple());
        }
        return event instanceof MessageEvent of ? of.message().content().length : 0;
    }

    private static long bytes(@Nullable TupleData tuple) {
        return tuple == null ? 0 : tuple.end() - tuple.offset();
    }

    private static byte[] write(Event event) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(FORMAT);
            out.writeByte(event instanceof GapEvent ? GAP : MESSAGE);
            text(out, event.source().version());
            text(out, event.source().db());
            if (event instanceof GapEvent of) {
                Gap gap = of.gap();
                position(out, gap.from());
                position(out, gap.to());
                text(out, gap.reason());
            } else if (event instanceof MessageEvent of) {
                LogicalMessage message = of.message();
                text(out, message.prefix());
                position(out, message.lsn());
                bytes(out, message.content());
                text(out, message.encoding().name());
            } else {
                throw new IllegalArgumentException("Not an event that Walwire delivers: " + event);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("An array of bytes does not fail", e);
        }
        return bytes.toByteArray();
    }

    /**
     * Reads the bytes of a piece.
     *
     * @param stored the bytes
     * @return the events
     * @throws IllegalArgumentException if these are not such bytes
     */
    public static Restored read(byte[] stored) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(stored))) {
            int format = in.readInt();
            if (format != FORMAT && format != FORMAT_WITHOUT_ENCODING) {
                return new OfTransaction(StoredTransaction.read(stored));
            }
            byte kind = in.readByte();
            String version = text(in);
            String db = text(in);
            return new OfNone(
                    switch (kind) {
                        case GAP -> new LostContinuity(version, db, new Gap(position(in), position(in), text(in)));
                        case MESSAGE -> {
                            String prefix = text(in);
                            Lsn lsn = position(in) instanceof Lsn known ? known : Lsn.ZERO;
                            byte[] content = bytes(in);
                            Charset encoding = format == FORMAT ? Charset.forName(text(in)) : StandardCharsets.UTF_8;
                            LogicalMessage message = new LogicalMessage(prefix, content, false, lsn, encoding);
                            yield new ReceivedMessage(version, db, message, null);
                        }
                        default -> throw new IllegalArgumentException("they are of no known kind");
                    });
        } catch (IOException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "Not stored events, or they were cut short or altered: " + e.getMessage(), e);
        }
    }

    private static void position(DataOutputStream out, @Nullable Position position) throws IOException {
        out.writeByte(position == null ? NO_POSITION : position instanceof Lsn ? LSN : TRANSACTION_ID);
        out.writeLong(position == null ? 0 : position.value());
    }

    private static @Nullable Position position(DataInputStream in) throws IOException {
        byte kind = in.readByte();
        Lsn position = new Lsn(in.readLong());
        return switch (kind) {
            case NO_POSITION -> null;
            case LSN -> position;
            case TRANSACTION_ID -> PositionKind.TRANSACTION_ID.of(position);
            default -> throw new IllegalArgumentException("they have a position of no known kind");
        };
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        bytes(out, text.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(DataInputStream in) throws IOException {
        return new String(bytes(in), StandardCharsets.UTF_8);
    }

    private static void bytes(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static byte[] bytes(DataInputStream in) throws IOException {
        int length = in.readInt();
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new IllegalArgumentException("they end too early");
        }
        return bytes;
    }
}
