package io.walwire.docs;

import io.walwire.FileSink;
import io.walwire.Walwire;
import io.walwire.event.Event;
import io.walwire.event.Transaction;
import io.walwire.sink.Sink;
import io.walwire.sink.SinkContext;
import io.walwire.sink.SinkPosition;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** The Java of {@code docs/sinks.md}, compiled; {@link DocumentsTest} compares the regions with its code blocks. */
final class SinksExample {
    private SinksExample() {}

    static void files() throws InterruptedException {
        // tag::files[]
        FileSink files = FileSink.builder(Path.of("/var/lib/shop/changes"))
                .maxFileBytes(64 << 20) // 256 MiB if not set
                .build();
        try (Walwire walwire = Walwire.builder()
                .properties(Path.of("walwire.properties")) // with walwire.slot.name: the slot must be durable
                .sink(files)
                .start()) {
            walwire.awaitTermination();
        }
        // end::files[]
    }

    // tag::own[]
    static final class BrokerSink implements Sink {
        private final Broker broker;
        private List<String> group = new ArrayList<>();

        BrokerSink(Broker broker) {
            this.broker = broker;
        }

        @Override
        public Optional<SinkPosition> open(SinkContext context) {
            return Optional.empty(); // the slot alone keeps the position: at least once
        }

        @Override
        public void write(Transaction part) {
            part.events().forEach(event -> group.add(event.toJson()));
        }

        @Override
        public void write(Event gapOrMessage) {
            group.add(gapOrMessage.toJson());
        }

        @Override
        public CompletionStage<Void> flush(SinkPosition position) {
            List<String> sent = group;
            group = new ArrayList<>(); // writes go on while this group is sent
            return broker.send(sent);
        }

        @Override
        public void close() {
            broker.disconnect();
        }

        @Override
        public String toString() {
            return "BrokerSink"; // errors show it
        }
    }
    // end::own[]

    interface Broker {
        CompletionStage<Void> send(List<String> messages);

        void disconnect();
    }
}
