package io.walwire.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.event.Event;
import io.walwire.event.Gap;
import io.walwire.event.LogicalMessage;
import io.walwire.event.Lsn;
import io.walwire.event.TransactionId;
import io.walwire.testing.Typed;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a handler was called with, taken apart and read back. */
class StoredEventsTest {
    private static final Lsn COMMIT = new Lsn(0x100);

    private final TransactionHeader header = new TransactionHeader(7, COMMIT, Instant.EPOCH, PositionKind.LOG);

    private Event message(int at, int size) {
        return new ReceivedMessage("0.1", "shop", new LogicalMessage("p", new byte[size], true, new Lsn(at)), header);
    }

    private List<Event> messages(int count, int size) {
        List<Event> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            events.add(message(i + 1, size));
        }
        return events;
    }

    private static List<Integer> sizes(List<StoredEvents.Piece> pieces) {
        return pieces.stream().map(piece -> piece.events().size()).toList();
    }

    @Test
    void pieces_endAtTheirBounds() {
        assertThat(sizes(StoredEvents.pieces(messages(5, 1), null, 2, 1_000))).containsExactly(2, 2, 1);
        assertThat(sizes(StoredEvents.pieces(messages(4, 10), null, 100, 20))).containsExactly(2, 2);
        assertThat(sizes(StoredEvents.pieces(messages(2, 50), null, 100, 20))).containsExactly(1, 1);
    }

    @Test
    void pieces_ofTwoTransactions_keepTheirs_alsoWithoutALog() {
        List<Event> events = new ArrayList<>();
        for (long id : new long[] {7, 8}) {
            TransactionHeader of =
                    new TransactionHeader((int) id, new Lsn(id), Instant.EPOCH, PositionKind.TRANSACTION_ID);
            LogicalMessage content = new LogicalMessage("p", new byte[1], true, new Lsn(id));
            events.add(new ReceivedMessage("0.1", "shop", content, of));
        }
        assertThat(StoredEvents.pieces(events, null, 10, 1_000).stream()
                        .map(piece -> (StoredEvents.OfTransaction) StoredEvents.read(piece.bytes())))
                .extracting(of -> of.transaction().position())
                .containsExactly(new TransactionId(7), new TransactionId(8));
    }

    @Test
    void pieces_areNamedByTheirFirstAndLast() {
        List<StoredEvents.Piece> pieces = StoredEvents.pieces(messages(3, 1), null, 2, 1_000);
        assertThat(pieces.get(0).first()).isEqualTo("message 0/1");
        assertThat(pieces.get(0).last()).isEqualTo("message 0/2");
        assertThat(pieces.get(1).first()).isEqualTo("message 0/3");
    }

    @Test
    void pieces_ofATransaction_areOfItsPart_andOnlyTheLastIsLast() {
        TransactionPart part = new TransactionPart(header, 3, true, messages(3, 1), 0);
        List<TransactionPart> read = StoredEvents.pieces(part.events(), part, 2, 1_000).stream()
                .map(piece -> StoredEvents.read(piece.bytes()))
                .map(restored -> (TransactionPart) ((StoredEvents.OfTransaction) restored).transaction())
                .toList();
        assertThat(read).extracting(TransactionPart::part).containsExactly(3, 3);
        assertThat(read).extracting(TransactionPart::isLast).containsExactly(false, true);
        assertThat(read.get(1).commitLsn()).isEqualTo(COMMIT);
    }

    @Test
    void pieces_ofAPartWithoutEvents_areOne() {
        TransactionPart empty = new TransactionPart(header, 4, true, List.of(), 0);
        assertThat(StoredEvents.pieces(List.of(), empty, 2, 1_000))
                .singleElement()
                .satisfies(piece -> {
                    assertThat(piece.first()).isEqualTo("0/100 part 4");
                    assertThat(StoredEvents.read(piece.bytes()))
                            .isInstanceOfSatisfying(
                                    StoredEvents.OfTransaction.class,
                                    of -> assertThat(of.transaction().part()).isEqualTo(4));
                });
    }

    private static Event back(Event event) {
        byte[] bytes =
                StoredEvents.pieces(List.of(event), null, 10, 1_000).get(0).bytes();
        return ((StoredEvents.OfNone) StoredEvents.read(bytes)).event();
    }

    @Test
    void gap_comesBackEqual() {
        for (Gap gap : List.of(
                new Gap(null, null, "why"),
                new Gap(Lsn.ZERO, new Lsn(-1), "żółw"),
                new Gap(new TransactionId(7), null, "triggers"))) {
            Event event = new LostContinuity("0.1", "shop", gap);
            assertThat(Typed.gap(back(event)).gap()).isEqualTo(gap);
            assertThat(back(event).toJson()).isEqualTo(event.toJson());
        }
    }

    @Test
    void messageOfNoTransaction_comesBackEqual() {
        LogicalMessage message =
                new LogicalMessage("p", new byte[] {1, -1, 0}, false, new Lsn(17), StandardCharsets.ISO_8859_1);
        Event event = new ReceivedMessage("0.1", "shop", message, null);
        assertThat(Typed.message(back(event)).message()).isEqualTo(message);
        assertThat(Typed.message(back(event)).message().encoding()).isEqualTo(StandardCharsets.ISO_8859_1);
        assertThat(back(event).toJson()).isEqualTo(event.toJson());
    }

    @Test
    void read_cutOrAltered_isRefusedOrReadsAsSomething() {
        Event event = new ReceivedMessage("0.1", "shop", new LogicalMessage("p", new byte[9], false, new Lsn(1)), null);
        byte[] bytes =
                StoredEvents.pieces(List.of(event), null, 10, 1_000).get(0).bytes();
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> StoredEvents.read(cut)).isInstanceOf(IllegalArgumentException.class);
        }
        Random random = new Random(1);
        for (int i = 0; i < 1_000; i++) {
            byte[] altered = bytes.clone();
            altered[4 + random.nextInt(4)] = (byte) random.nextInt();
            try {
                assertThat(StoredEvents.read(altered)).isNotNull();
            } catch (IllegalArgumentException e) {
                assertThat(e).hasMessageContaining("Not stored events");
            }
        }
    }
}
