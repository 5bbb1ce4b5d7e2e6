package io.walwire.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.event.LogicalMessage;
import io.walwire.event.Lsn;
import io.walwire.event.MessageEvent;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.event.Source;
import io.walwire.event.TransactionInfo;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** {@link KafkaValue#debezium}. Schema changes and gaps, which Debezium has no envelope for, are the event's JSON. */
final class DebeziumValue implements KafkaValue {
    private static final long MICROS_OF_MILLI = 1_000;
    private static final long NANOS_OF_MICRO = 1_000;

    @Override
    public byte[] bytes(Event event) {
        String op = op(event.kind());
        if (op.isEmpty()) {
            return event.toJson().getBytes(StandardCharsets.UTF_8);
        }
        RowEvent<?> row = event instanceof RowEvent<?> of ? of : null;
        if (row != null && row.kind() == Kind.UPDATE && RowKeys.before(row) != null) {
            return envelope(event, "c", null, row.afterRow()); // the delete under the old key came before
        }
        return row == null ? envelope(event, op, null, null) : envelope(event, op, row.beforeRow(), row.afterRow());
    }

    @Override
    public byte[] bytesOfOldKey(RowEvent<?> update) {
        return envelope(update, "d", update.beforeRow(), null);
    }

    private static String op(Kind kind) {
        return switch (kind) {
            case INSERT -> "c";
            case UPDATE -> "u";
            case DELETE -> "d";
            case TRUNCATE -> "t";
            case MESSAGE -> "m";
            case READ -> "r";
            default -> "";
        };
    }

    private static byte[] envelope(Event event, String op, @Nullable Row before, @Nullable Row after) {
        ObjectNode envelope = ExactJson.object();
        LogicalMessage message = event instanceof MessageEvent sent ? sent.message() : null;
        if (message == null) {
            envelope.set("before", row(before));
            envelope.set("after", row(after));
        }
        envelope.set("source", source(event));
        envelope.putNull("transaction");
        envelope.put("op", op);
        if (message == null) {
            times(envelope, Instant.now());
        } else {
            envelope.put("ts_ms", Instant.now().toEpochMilli());
            ObjectNode content = envelope.putObject("message");
            content.put("prefix", message.prefix());
            content.put("content", message.content());
        }
        return ExactJson.bytes(envelope);
    }

    private static @Nullable JsonNode row(@Nullable Row row) {
        return row == null ? null : ExactJson.raw(row.toJson());
    }

    private static ObjectNode source(Event event) {
        Source from = event.source();
        ObjectNode source = ExactJson.object();
        source.put("version", from.version());
        source.put("connector", "postgresql");
        source.put("name", from.name());
        source.put("snapshot", event.kind() == Kind.READ ? "incremental" : "false");
        source.put("db", from.db());
        source.put("schema", from.schema());
        source.put("table", from.table());
        TransactionInfo transaction = event.transaction();
        if (transaction != null && event.kind() != Kind.READ) {
            times(source, transaction.timestamp());
            source.put("txId", transaction.xid());
        } else {
            times(source, transaction == null ? Instant.now() : transaction.timestamp());
            source.putNull("txId");
        }
        Lsn lsn = lsn(event, transaction);
        if (lsn != null) {
            source.put("sequence", "[null,\"" + lsn.value() + "\"]");
            source.put("lsn", lsn.value());
        }
        source.putNull("xmin");
        return source;
    }

    /** The position of the commit. A message that is not transactional has its own position. */
    private static @Nullable Lsn lsn(Event event, @Nullable TransactionInfo transaction) {
        if (transaction != null) {
            return transaction.commitLsn();
        }
        return event instanceof MessageEvent sent ? sent.message().lsn() : null;
    }

    private static void times(ObjectNode object, Instant time) {
        long micros = ChronoUnit.MICROS.between(Instant.EPOCH, time);
        object.put("ts_ms", Math.floorDiv(micros, MICROS_OF_MILLI));
        object.put("ts_us", micros);
        object.put("ts_ns", micros * NANOS_OF_MICRO);
    }

    @Override
    public String contentType() {
        return "application/json";
    }
}
