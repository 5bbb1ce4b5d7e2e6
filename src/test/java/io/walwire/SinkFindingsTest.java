package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.doctor.Finding;
import io.walwire.doctor.Severity;
import io.walwire.event.Event;
import io.walwire.event.Transaction;
import io.walwire.sink.Sink;
import io.walwire.sink.SinkContext;
import io.walwire.sink.SinkPosition;
import io.walwire.sink.SinkTable;
import io.walwire.testing.TestDatabase;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A sink whose {@code check} goes wrong in a way of its own is a finding; the other findings stay. */
class SinkFindingsTest {
    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.onSharedServer();

    private record Examined(Callable<List<Finding>> answer) implements Sink {
        @Override
        public Optional<SinkPosition> open(SinkContext context) {
            return Optional.empty();
        }

        @Override
        public void write(Transaction part) {}

        @Override
        public void write(Event event) {}

        @Override
        public CompletionStage<Void> flush(SinkPosition position) {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public List<Finding> check(SinkContext context, List<SinkTable> tables) throws Exception {
            return answer.call();
        }

        @Override
        public void close() {}

        @Override
        public String toString() {
            return "Examined";
        }
    }

    private static List<Finding> found(Callable<List<Finding>> answer) {
        return Instances.durable(DATABASE)
                .subscriptions("item")
                .sink(new Examined(answer))
                .check();
    }

    private static List<Finding> ofTheSink(List<Finding> all) {
        return all.stream()
                .filter(finding -> finding.where().equals("sink Examined"))
                .toList();
    }

    @Test
    void aMissingLibraryIsAFinding() {
        List<Finding> all = found(() -> {
            throw new NoClassDefFoundError("a/Missing");
        });
        assertThat(ofTheSink(all)).singleElement().satisfies(finding -> {
            assertThat(finding.severity()).isEqualTo(Severity.ERROR);
            assertThat(finding.what()).isEqualTo("It cannot be examined: java.lang.NoClassDefFoundError: a/Missing.");
        });
        assertThat(all).hasSizeGreaterThan(1);
    }

    @Test
    @SuppressWarnings({"NullAway", "DataFlowIssue"})
    void noListIsAFinding() {
        List<Finding> all = found(() -> null);
        assertThat(ofTheSink(all)).singleElement().satisfies(finding -> assertThat(finding.what())
                .isEqualTo("It cannot be examined: check() has returned null."));
    }
}
