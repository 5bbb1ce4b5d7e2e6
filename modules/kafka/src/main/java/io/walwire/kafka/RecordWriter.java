package io.walwire.kafka;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.walwire.event.BackfilledEvent;
import io.walwire.event.Event;
import io.walwire.event.GapEvent;
import io.walwire.event.Kind;
import io.walwire.event.MessageEvent;
import io.walwire.event.RowEvent;
import io.walwire.event.Source;
import io.walwire.event.Transaction;
import io.walwire.event.TruncateEvent;
import io.walwire.internal.text.TableName;
import io.walwire.sink.SinkContext;
import io.walwire.sink.SinkNote;
import java.nio.charset.StandardCharsets;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
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
    private final IdentityHashMap<Source, TableRecords> tables = new IdentityHashMap<>();

    /** Where records go. */
    interface Output {
        /**
         * Takes a record.
         *
         * @param what the record is about, for messages: no value of a row. Asked for only if the record is refused
         */
        void send(ProducerRecord<byte[], byte[]> record, Supplier<String> what);

        /** The topic that records go to. */
        String topic(String wanted);

        /** How many partitions a topic has. */
        int partitions(String topic);
    }

    RecordWriter(KafkaOptions options, SinkContext context, Output output) {
        this.options = options;
        this.context = context;
        this.output = output;
        this.messages = output.topic(Topics.ofInstance(options.messages(), context));
    }

    /** A transaction, or a part of a large one. */
    void part(Transaction part) {
        TransactionRecords headers = new TransactionRecords(part);
        String markers = options.transactions();
        Map<String, Integer> counts = new TreeMap<>();
        for (Event event : part.events()) {
            String topic = new EventRecords(event, headers).write();
            if (markers != null) {
                counts.merge(topic, 1, Integer::sum);
            }
        }
        if (markers != null && !counts.isEmpty()) {
            marker(markers, part, counts);
        }
    }

    /** An event of no transaction: a gap, a message, a row that was read, or that all rows of a table were read. */
    void single(Event event) {
        new EventRecords(event, null).write();
    }

    /** What is kept beside the position. */
    void note(SinkNote note) {
        output.send(
                PositionTopic.record(options.positions(), StreamKey.of(context), note),
                () -> "the progress of a backfill");
    }

    /** One partition, so that transactions are in commit order. */
    private void marker(String topic, Transaction part, Map<String, Integer> counts) {
        ObjectNode marker = ExactJson.object();
        String commit = part.position().toString();
        marker.put("commit_lsn", commit);
        marker.put("xid", part.xid());
        marker.put("timestamp", part.timestamp().toString());
        marker.put("part", part.part());
        marker.put("last", part.isLast());
        ObjectNode topics = marker.putObject("events");
        counts.forEach(topics::put);
        String key = ExactJson.text(context.slot());
        output.send(
                new ProducerRecord<>(topic, bytes(key), ExactJson.bytes(marker)),
                () -> "the end of transaction " + commit);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private TableRecords table(Source source) {
        return tables.computeIfAbsent(
                source, of -> new TableRecords(of, options.topics().topic(of, context)));
    }

    /** What the records of a transaction have in common. */
    private final class TransactionRecords {
        private final Transaction part;
        private final byte[] commit;
        private final byte[] xid;
        private final @Nullable String trace;

        TransactionRecords(Transaction part) {
            this.part = part;
            this.commit = bytes(part.position().toString());
            this.xid = bytes(Long.toString(part.xid()));
            this.trace = traces.parent(part.context());
        }

        void add(Headers headers) {
            headers.add("walwire-commit", commit);
            headers.add("walwire-xid", xid);
            if (part.part() > 0 || !part.isLast()) {
                headers.add("walwire-part", bytes(Integer.toString(part.part())));
                headers.add("walwire-last", bytes(Boolean.toString(part.isLast())));
            }
            if (trace != null) {
                headers.add("traceparent", bytes(trace));
            }
        }
    }

    /** What the records of a table have in common. */
    private static final class TableRecords {
        private final String name;
        private final byte @Nullable [] header;

        /** Null if each event has its own. */
        private final @Nullable String topic;

        /** What {@link #writable} was found for. */
        private String wanted = "";

        private String writable = "";

        private TableRecords(Source source, @Nullable String topic) {
            this.name = source.qualifiedTable();
            // in quotes where a dot is part of a name: consumers distinguish tables by it
            this.header =
                    source.table().isEmpty() ? null : bytes(new TableName(source.schema(), source.table()).toString());
            this.topic = topic;
        }

        private String topic(Event event, Topics topics, SinkContext context, Output output) {
            String found = topic == null ? topics.topic(event, context) : topic;
            if (found.isEmpty()) {
                throw KafkaFailure.emptyName(name);
            }
            if (!found.equals(wanted)) {
                writable = output.topic(found);
                wanted = found;
            }
            return writable;
        }
    }

    /** The records of one event. */
    private final class EventRecords {
        private final Event event;
        private final @Nullable TransactionRecords transaction;
        private final KafkaValue format = options.value();
        private final TableRecords table;

        EventRecords(Event event, @Nullable TransactionRecords transaction) {
            this.event = event;
            this.transaction = transaction;
            this.table = table(event.source());
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
            String topic = table.topic(event, options.topics(), context, output);
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
            return Math.floorMod(table.name.hashCode(), output.partitions(topic));
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
            String id = event.kind() == Kind.GAP ? "" : event.id().toString();
            if (!id.isEmpty()) {
                headers.add("walwire-id", bytes(id));
            }
            if (transaction != null) {
                transaction.add(headers);
            }
            if (table.header != null) {
                headers.add("walwire-table", table.header);
            }
            if (keyChange != null) {
                headers.add("walwire-key-change", bytes(keyChange));
            }
            if (value != null && !format.contentType().isEmpty()) {
                headers.add("content-type", bytes(format.contentType()));
            }
            output.send(record, () -> event.kind().jsonName() + " " + id + " of " + table.name);
        }
    }
}
