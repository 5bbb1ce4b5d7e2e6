package io.walwire.kafka;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.walwire.event.BackfilledEvent;
import io.walwire.event.Event;
import io.walwire.event.GapEvent;
import io.walwire.event.Kind;
import io.walwire.event.Lsn;
import io.walwire.event.MessageEvent;
import io.walwire.event.RowEvent;
import io.walwire.event.Transaction;
import io.walwire.event.TruncateEvent;
import io.walwire.sink.SinkContext;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/** Events to records. Used by one thread at a time. */
final class RecordWriter {
    private static final String TRUNCATE_KEY = "\"truncate\"";
    private static final String SCHEMA_KEY = "\"schema\"";
    private static final String BACKFILLED_KEY = "\"backfilled\"";
    private static final String GAP_KEY = "\"gap\"";

    private final KafkaOptions options;
    private final SinkContext context;
    private final Output output;
    private final String messages;
    private final TraceParents traces = new TraceParents();

    /** Where records go. */
    interface Output {
        /**
         * Takes a record.
         *
         * @param what the record is about, for messages: no value of a row
         */
        void send(ProducerRecord<byte[], byte[]> record, String what);

        /** How many partitions a topic has. */
        int partitions(String topic);
    }

    RecordWriter(KafkaOptions options, SinkContext context, Output output) {
        this.options = options;
        this.context = context;
        this.output = output;
        this.messages = Topics.ofInstance(options.messages(), context);
    }

    /** A transaction, or a part of a large one. */
    void part(Transaction part) {
        Map<String, Integer> counts = new TreeMap<>();
        for (Event event : part.events()) {
            counts.merge(new EventRecords(event, part).write(), 1, Integer::sum);
        }
        String topic = options.transactions();
        if (topic != null && !counts.isEmpty()) {
            marker(topic, part, counts);
        }
    }

    /** An event of no transaction: a gap, a message, a row that was read, or that all rows of a table were read. */
    void single(Event event) {
        new EventRecords(event, null).write();
    }

    /** One partition, so that transactions are in commit order. */
    private void marker(String topic, Transaction part, Map<String, Integer> counts) {
        ObjectNode marker = ExactJson.object();
        String commit = String.valueOf(commit(part));
        marker.put("commit_lsn", commit);
        marker.put("xid", part.xid());
        marker.put("timestamp", part.timestamp().toString());
        marker.put("part", part.part());
        marker.put("last", part.isLast());
        ObjectNode topics = marker.putObject("events");
        counts.forEach(topics::put);
        String key = ExactJson.text(context.slot());
        output.send(
                new ProducerRecord<>(topic, bytes(key), ExactJson.bytes(marker)), "the end of transaction " + commit);
    }

    /** Where a transaction stands in the source's order, also of the source that reads no log; null if it has messages alone there. */
    private static @Nullable Lsn commit(Transaction part) {
        Lsn commit = part.commitLsn();
        return commit != null
                ? commit
                : part.events().stream()
                        .filter(event -> !(event instanceof MessageEvent))
                        .map(event -> event.id().commitLsn())
                        .findFirst()
                        .orElse(null);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The records of one event. */
    private final class EventRecords {
        private final Event event;
        private final @Nullable Transaction part;
        private final KafkaValue format = options.value();

        EventRecords(Event event, @Nullable Transaction part) {
            this.event = event;
            this.part = part;
        }

        /** Sends them, and returns their topic. */
        String write() {
            if (event instanceof MessageEvent || event instanceof GapEvent) {
                String key = event instanceof MessageEvent sent
                        ? ExactJson.text(sent.message().prefix())
                        : GAP_KEY;
                send(messages, null, key, format.bytes(event), null);
                return messages;
            }
            String topic = options.topics().topic(event, context);
            if (!Topics.isName(topic)) {
                throw KafkaFailure.refusedName(topic, event.source().qualifiedTable());
            }
            if (event instanceof RowEvent<?> row) {
                row(topic, row);
            } else if (event instanceof TruncateEvent) {
                everyPartition(topic, TRUNCATE_KEY);
            } else if (event instanceof BackfilledEvent) {
                everyPartition(topic, BACKFILLED_KEY);
            } else {
                send(topic, null, SCHEMA_KEY, format.bytes(event), null);
            }
            return topic;
        }

        private void everyPartition(String topic, String key) {
            byte[] value = format.bytes(event);
            int partitions = output.partitions(topic);
            for (int partition = 0; partition < partitions; partition++) {
                send(topic, partition, key, value, null);
            }
        }

        private void row(String topic, RowEvent<?> row) {
            String key = RowKeys.of(row);
            String before = row.kind() == Kind.UPDATE ? RowKeys.before(row) : null;
            if (before != null) {
                send(topic, null, before, format.bytesOfOldKey(row), "old");
                send(topic, null, before, null, "old");
            }
            send(topic, key == null ? keyless(topic) : null, key, format.bytes(row), before == null ? null : "new");
            if (row.kind() == Kind.DELETE && key != null) {
                send(topic, null, key, null, null);
            }
        }

        /** One partition for all rows of the table keeps their order. */
        private int keyless(String topic) {
            return Math.floorMod(event.source().qualifiedTable().hashCode(), output.partitions(topic));
        }

        private void send(
                String topic,
                @Nullable Integer partition,
                @Nullable String key,
                byte @Nullable [] value,
                @Nullable String keyChange) {
            ProducerRecord<byte[], byte[]> record =
                    new ProducerRecord<>(topic, partition, key == null ? null : bytes(key), value);
            Headers headers = record.headers();
            String id = "";
            if (event.kind() != Kind.GAP) {
                id = event.id().toString();
                headers.add("walwire-id", bytes(id));
            }
            if (part != null) {
                ofTransaction(headers, part);
            }
            if (!event.source().table().isEmpty()) {
                headers.add("walwire-table", bytes(event.source().qualifiedTable()));
            }
            if (keyChange != null) {
                headers.add("walwire-key-change", bytes(keyChange));
            }
            if (value != null && !format.contentType().isEmpty()) {
                headers.add("content-type", bytes(format.contentType()));
            }
            output.send(
                    record,
                    event.kind().jsonName() + " " + id + " of " + event.source().qualifiedTable());
        }

        private void ofTransaction(Headers headers, Transaction of) {
            Lsn commit =
                    event instanceof MessageEvent ? of.commitLsn() : event.id().commitLsn();
            if (commit != null) {
                headers.add("walwire-commit", bytes(commit.toString()));
            }
            headers.add("walwire-xid", bytes(Long.toString(of.xid())));
            if (of.part() > 0 || !of.isLast()) {
                headers.add("walwire-part", bytes(Integer.toString(of.part())));
                headers.add("walwire-last", bytes(Boolean.toString(of.isLast())));
            }
            String trace = traces.parent(of.context());
            if (trace != null) {
                headers.add("traceparent", bytes(trace));
            }
        }
    }
}
