package io.walwire.internal.transaction;

import io.walwire.event.EventId;
import io.walwire.event.Kind;
import io.walwire.event.Position;
import io.walwire.event.ReadEvent;
import io.walwire.event.Row;
import io.walwire.internal.pgoutput.PgOutputMessage.OldRow;
import io.walwire.internal.pgoutput.TupleData;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A row that was read from its table. */
public final class ReceivedRead extends ReceivedRow implements ReadEvent<Row> {
    /** As many as make it certain that two keys have two. */
    private static final int ID_BYTES = 16;

    private final ReadBy by;

    ReceivedRead(TransactionHeader header, Table table, long index, TupleData row, ReadBy by) {
        super(header, table, Kind.READ, index, OldRow.ABSENT, null, row);
        this.by = by;
    }

    /** Who has read it. */
    ReadBy by() {
        return by;
    }

    /** Whether a handler of this name gets it. */
    public boolean isFor(String handler) {
        return by.isFor(handler);
    }

    /** Whether only some handlers get it. */
    public boolean isForSome() {
        return by.isForSome();
    }

    @Override
    public Position position() {
        return header().position();
    }

    @Override
    public String run() {
        return by.run();
    }

    @Override
    public EventId id() {
        List<String> key = RowKeys.texts(this);
        // without a key a row is no more than its number in one reading, whose position no other has
        String named = key == null || key.isEmpty() ? position() + " " + place() : String.join("", key);
        byte[] digest = sha256().digest(named.getBytes(StandardCharsets.UTF_8));
        return by.id(source().qualifiedTable() + "/" + HexFormat.of().formatHex(Arrays.copyOf(digest, ID_BYTES)));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has it", e);
        }
    }

    @Override
    ReceivedRow copy(@Nullable TupleData before, @Nullable TupleData after) {
        return new ReceivedRead(header(), table(), place(), Objects.requireNonNull(after), by);
    }
}
