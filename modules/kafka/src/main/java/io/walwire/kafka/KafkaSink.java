package io.walwire.kafka;

import io.walwire.doctor.Finding;
import io.walwire.event.Event;
import io.walwire.event.Transaction;
import io.walwire.sink.Sink;
import io.walwire.sink.SinkContext;
import io.walwire.sink.SinkNote;
import io.walwire.sink.SinkPosition;
import io.walwire.sink.SinkTable;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A sink that writes each event as a record into a Kafka topic, <strong>exactly once</strong> for consumers that read with
 * {@code isolation.level=read_committed}. A group of whole database transactions and the position are one Kafka transaction: both are
 * visible, or neither is. The group is confirmed to PostgreSQL after Kafka has committed it.
 *
 * <p><b>Records.</b> The key is the JSON of the row's key, its columns sorted by name. A delete is followed by a tombstone, so that a
 * compacted topic mirrors the table. An update that changes the key is a delete and a tombstone under the old key, and the row under
 * the new one. A truncate is one record in each partition, with the key {@code "truncate"}. Messages and gaps go to a topic of their own. Existing rows
 * that a backfill reads have the same keys as changes, so that the topic has all rows of the table. How far it has come is part of the Kafka
 * transaction that has the rows.
 *
 * <p><b>Failures.</b> While no broker answers, the sink waits and tries again. It ends the instance when Kafka refuses a record or a
 * topic, and when another producer with the same {@code transactional.id} has taken over.
 *
 * <p>It waits for Kafka on a thread of its own, {@code walwire-NAME-kafka}. A sink belongs to one instance.
 */
public final class KafkaSink implements Sink {
    private final KafkaOptions options;
    private @Nullable GroupThread thread;
    private List<SinkNote> notes = List.of();

    private KafkaSink(KafkaOptions options) {
        this.options = options;
    }

    /**
     * The options of a sink. {@link Builder#bootstrap} is required.
     *
     * @return a builder with the defaults
     */
    public static Builder builder() {
        return new Builder();
    }

    /** How often a consumer sees a change. */
    public enum Delivery {
        /** Once, if it reads with {@code read_committed}. Needs a durable slot. */
        EXACTLY_ONCE,
        /** Once, and again after a failure. Kafka stores no transactions and no position; only the slot has a position. */
        AT_LEAST_ONCE
    }

    /** The options of a Kafka sink. A setter throws {@code IllegalArgumentException} for an invalid value. */
    public static final class Builder {
        private static final String NAME_TEMPLATE = "{name}.{schema}.{table}";

        private @Nullable String bootstrap;
        private Topics topics = Topics.of(NAME_TEMPLATE);
        private KafkaValue value = KafkaValue.json();
        private Delivery delivery = Delivery.EXACTLY_ONCE;
        private String positions = "walwire-positions";
        private @Nullable String transactions;
        private String messages = "{name}.messages";
        private final Map<String, String> producer = new LinkedHashMap<>();

        private Builder() {}

        /**
         * Where Kafka is: {@code bootstrap.servers}.
         *
         * @param servers {@code host:port}, several separated by commas
         * @return this
         */
        public Builder bootstrap(String servers) {
            this.bootstrap = Objects.requireNonNull(servers, "servers");
            return this;
        }

        /**
         * The topic of a table's events. Several tables may have one topic only if it is not compacted, because rows of theirs with equal
         * keys are one row for compaction. Consumers distinguish the tables by the header {@code walwire-table}. Where Kafka does not
         * allow the name, because of a table's name, the records go to a similar topic, whose name ends with the name's SHA-256.
         *
         * @param template with the fields {@code {name}} ({@code walwire.name}), {@code {database}}, {@code {schema}} and {@code {table}};
         *     <code>{name}.{schema}.{table}</code> if not set
         * @return this
         */
        public Builder topic(String template) {
            this.topics = Topics.of(template);
            return this;
        }

        /**
         * The topic of an event. All changes of one row must go to the same topic, otherwise their order is lost. Several tables may have
         * one topic only if it is not compacted, because rows of theirs with equal keys are one row for compaction. Consumers distinguish
         * the tables by the header {@code walwire-table}. Where Kafka does not allow the
         * name, the records go to a similar topic, whose name ends with the name's SHA-256.
         *
         * @param function called for each event of a table, on the sink's thread; the same for the same event
         * @return this
         */
        public Builder topic(Function<Event, String> function) {
            this.topics = Topics.of(function);
            return this;
        }

        /**
         * The format of the values.
         *
         * @param format {@link KafkaValue#json()} if not set
         * @return this
         */
        public Builder value(KafkaValue format) {
            this.value = Objects.requireNonNull(format, "format");
            return this;
        }

        /**
         * How often a consumer sees a change.
         *
         * @param often {@link Delivery#EXACTLY_ONCE} if not set
         * @return this
         */
        public Builder delivery(Delivery often) {
            this.delivery = Objects.requireNonNull(often, "often");
            return this;
        }

        /**
         * The compacted topic that holds the positions. Instances may share it. The sink creates it if it is missing.
         *
         * @param topic {@code walwire-positions} if not set
         * @return this
         */
        public Builder positions(String topic) {
            this.positions = TopicNames.require(topic);
            return this;
        }

        /**
         * A topic that gets one record after the events of each database transaction, or of each part of a large one. The record says how
         * many events went to which topic.
         *
         * @param topic none if not set
         * @return this
         */
        public Builder transactions(String topic) {
            this.transactions = TopicNames.require(topic);
            return this;
        }

        /**
         * The topic of logical messages and gaps.
         *
         * @param template with the fields {@code {name}} and {@code {database}}; <code>{name}.messages</code> if not set
         * @return this
         */
        public Builder messages(String template) {
            Topics.ofInstance(template);
            this.messages = template;
            return this;
        }

        /**
         * Any other setting of Kafka's producer, such as {@code sasl.mechanism}. Settings that the consumer and the admin client of the
         * sink also know are passed to them, too, except {@code interceptor.classes}. So are settings that Kafka does not know: they are of
         * a class that another setting names, such as a {@code ConfigProvider}.
         *
         * @param name Kafka's name of the setting
         * @param setting its value; never logged
         * @return this
         */
        public Builder producer(String name, String setting) {
            KafkaOptions.requireFree(name);
            producer.put(name, Objects.requireNonNull(setting, name));
            return this;
        }

        /**
         * The sink.
         *
         * @return a sink that has not connected yet
         * @throws IllegalStateException if {@link #bootstrap} is missing
         */
        public KafkaSink build() {
            String servers = bootstrap;
            if (servers == null) {
                throw new IllegalStateException("bootstrap is missing; set it to the brokers, such as kafka:9092");
            }
            return new KafkaSink(new KafkaOptions(
                    servers, topics, value, delivery, positions, transactions, messages, Map.copyOf(producer)));
        }
    }

    @Override
    public boolean keepsPosition() {
        return options.isExactlyOnce();
    }

    /** With exactly-once delivery, existing rows come once, too. */
    @Override
    public boolean keepsNotes() {
        return options.isExactlyOnce();
    }

    /** Existing rows become records, like changes. */
    @Override
    public boolean takesReads() {
        return true;
    }

    @Override
    public Optional<SinkPosition> open(SinkContext context) {
        GroupThread opened = new GroupThread(options, context);
        thread = opened;
        GroupDelivery.Opened found = opened.open();
        notes = found.notes();
        return found.position();
    }

    @Override
    public Collection<SinkNote> notes() {
        List<SinkNote> found = notes;
        notes = List.of(); // they may be large, and are asked for once
        return found;
    }

    @Override
    public void write(Transaction part) {
        opened().add(part);
    }

    @Override
    public void write(Event event) {
        opened().add(event);
    }

    @Override
    public void write(SinkNote note) {
        opened().add(note);
    }

    @Override
    public CompletionStage<Void> flush(SinkPosition position) {
        return opened().store(position);
    }

    /**
     * Checks brokers, topics and rights. With a topic function it does not know the topics of tables.
     *
     * @return the findings, with commands of Kafka's scripts that solve them
     */
    @Override
    public List<Finding> check(SinkContext context, List<SinkTable> tables) {
        return new KafkaDoctor(options, context).examine(tables);
    }

    @Override
    public void close() throws InterruptedException {
        GroupThread opened = thread;
        if (opened != null) {
            opened.close();
        }
    }

    private GroupThread opened() {
        return Objects.requireNonNull(thread, "the sink is not open");
    }

    /** Names the brokers. */
    @Override
    public String toString() {
        return "KafkaSink[" + options.bootstrap() + "]";
    }
}
