package io.walwire.internal.letter;

import io.walwire.event.Event;
import io.walwire.event.EventId;
import io.walwire.event.Lsn;
import io.walwire.event.Transaction;
import io.walwire.event.TransactionInfo;
import io.walwire.handler.DeadLetter;
import io.walwire.internal.transaction.StoredEvents;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A letter that is to be kept: a failed call, or of one with many events a piece of it. */
final class NewLetter {
    static final int MAX_EVENTS = 1_000;
    private static final long MAX_BYTES = 1 << 20;
    private static final int IDENTITY_BYTES = 16;

    private final DeadLetter call;
    private final StoredEvents.Piece piece;
    private final Instant setAsideAt;

    private NewLetter(DeadLetter call, StoredEvents.Piece piece, Instant setAsideAt) {
        this.call = call;
        this.piece = piece;
        this.setAsideAt = setAsideAt;
    }

    static List<NewLetter> of(DeadLetter call) {
        Instant now = Instant.now();
        return StoredEvents.pieces(call.events(), call.transaction(), MAX_EVENTS, MAX_BYTES).stream()
                .map(piece -> new NewLetter(call, piece, now))
                .toList();
    }

    String instance() {
        return call.instance();
    }

    String handler() {
        return call.handler();
    }

    String declaration() {
        return call.declaration();
    }

    /** With the next one, what makes the letter another than any other of its declaration; the same on redelivery. */
    String first() {
        return piece.first();
    }

    String last() {
        return piece.last();
    }

    /** Made of all that distinguishes a letter from others. */
    String identity() {
        String all = String.join("\n", instance(), handler(), declaration(), first(), last());
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(all.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, IDENTITY_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }

    String kind() {
        Set<String> kinds =
                piece.events().stream().map(event -> event.kind().jsonName()).collect(Collectors.toSet());
        return kinds.size() == 1 ? kinds.iterator().next() : "mixed";
    }

    @Nullable
    String table() {
        Set<String> tables = piece.events().stream()
                .map(event ->
                        event.source().table().isEmpty() ? "" : event.source().qualifiedTable())
                .collect(Collectors.toSet());
        String table = tables.size() == 1 ? tables.iterator().next() : "";
        return table.isEmpty() ? null : table;
    }

    @Nullable
    Lsn commitLsn() {
        Transaction transaction = call.transaction();
        return piece.events().isEmpty()
                ? transaction == null ? null : transaction.commitLsn()
                : commitLsn(piece.events().get(0));
    }

    private static @Nullable Lsn commitLsn(Event event) {
        TransactionInfo of = event.transaction();
        return of == null ? null : of.commitLsn();
    }

    @Nullable
    Long firstIndex() {
        Event first = piece.events().isEmpty() ? null : piece.events().get(0);
        if (first == null || first.source().table().isEmpty()) {
            return null;
        }
        EventId id = first.id();
        return id.index();
    }

    int eventCount() {
        return piece.events().size();
    }

    int attempts() {
        return call.attempts();
    }

    String errorClass() {
        return call.cause().getClass().getName();
    }

    @Nullable
    String errorMessage() {
        return call.cause().getMessage();
    }

    Instant setAsideAt() {
        return setAsideAt;
    }

    byte[] payload() {
        return piece.bytes();
    }

    /** The events as a JSON array on one line. */
    String eventsJson() {
        return piece.events().stream().map(Event::toJson).collect(Collectors.joining(",", "[", "]"));
    }

    /** The same with each event as a string that holds its JSON. */
    String eventsAsTexts() {
        return piece.events().stream()
                .map(event -> LetterLine.string(event.toJson()))
                .collect(Collectors.joining(",", "[", "]"));
    }
}
