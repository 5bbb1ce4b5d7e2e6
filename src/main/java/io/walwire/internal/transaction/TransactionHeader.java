package io.walwire.internal.transaction;

import com.fasterxml.jackson.databind.JsonNode;
import io.walwire.event.Lsn;
import io.walwire.internal.codec.PgType;
import io.walwire.internal.codec.TextValues;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the events of one part share; apart from the part itself, so that an event that is kept does not keep the others.
 * The fields that are known late are set by the assembler before it returns the part, and never again.
 */
final class TransactionHeader {
    private final int xid;
    private final Lsn commitLsn;
    private final Instant timestamp;
    private @Nullable Lsn endLsn;
    private @Nullable String origin;
    private byte @Nullable [] context;

    /** Printed once for all events; two threads that ask at once may both print it. */
    private @Nullable String timestampText;

    private @Nullable String commitLsnText;
    private @Nullable String endLsnText;

    TransactionHeader(int xid, Lsn commitLsn, Instant timestamp) {
        this.xid = xid;
        this.commitLsn = commitLsn;
        this.timestamp = timestamp;
    }

    /** The header of the part that follows. */
    TransactionHeader next() {
        TransactionHeader next = new TransactionHeader(xid, commitLsn, timestamp);
        next.origin = origin;
        next.context = context;
        return next;
    }

    void comesFrom(@Nullable String name) {
        origin = name;
    }

    /** Takes the JSON that says who did it. */
    void hasContext(byte @Nullable [] json) {
        context = json;
    }

    void endsAt(@Nullable Lsn lsn) {
        endLsn = lsn;
    }

    int xid() {
        return xid;
    }

    Lsn commitLsn() {
        return commitLsn;
    }

    @Nullable
    Lsn endLsn() {
        return endLsn;
    }

    Instant timestamp() {
        return timestamp;
    }

    String timestampText() {
        String text = timestampText;
        if (text == null) {
            text = Timestamps.print(timestamp);
            timestampText = text;
        }
        return text;
    }

    String commitLsnText() {
        String text = commitLsnText;
        if (text == null) {
            text = commitLsn.toString();
            commitLsnText = text;
        }
        return text;
    }

    @Nullable
    String endLsnText() {
        String text = endLsnText;
        if (text == null && endLsn != null) {
            text = endLsn.toString();
            endLsnText = text;
        }
        return text;
    }

    @Nullable
    String origin() {
        return origin;
    }

    byte @Nullable [] context() {
        return context;
    }

    @Nullable
    JsonNode contextNode() {
        byte[] json = context;
        return json == null ? null : (JsonNode) TextValues.decode(PgType.JSON, json, 0, json.length);
    }
}
