package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Two processes of one application, each with its watch: everybody hears everything, or one of them does. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@ParameterizedClass
@EnumSource(EitherSource.class)
class NodesTest {
    @Parameter
    EitherSource source = EitherSource.REPLICATION;

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void tables() throws SQLException {
        Items.create(database);
    }

    /** A process that watches, and what it says. */
    private final class Node implements AutoCloseable {
        final Recorder<String> printed = new Recorder<>();
        final Recorder<String> states = new Recorder<>();
        private final Process process;
        private final List<CompletableFuture<Void>> reading = new ArrayList<>();

        Node(String... options) throws IOException {
            String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx128m",
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    classPath,
                    "io.walwire.cli.Main",
                    "watch",
                    "item",
                    "--keys-only",
                    "--url",
                    database.url()));
            command.addAll(
                    source == EitherSource.REPLICATION
                            ? List.of("--publication", "events")
                            : List.of("--set", "walwire.source=triggers", "--set", "walwire.triggers.manage=true"));
            command.addAll(List.of(options));
            process = new ProcessBuilder(command).start();
            read(process::inputReader, printed);
            read(process::errorReader, states);
        }

        private void read(Supplier<BufferedReader> from, Recorder<String> into) {
            reading.add(CompletableFuture.runAsync(() -> {
                try (BufferedReader lines = from.get()) {
                    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                        into.add(line);
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }));
        }

        String state() throws InterruptedException {
            return states.await(1).get(0);
        }

        List<Long> ids(int count) throws InterruptedException {
            printed.await(count);
            return ids();
        }

        List<Long> ids() {
            return printed.all().stream()
                    .map(line -> Long.valueOf(line.replaceFirst(".*\"key\":\\{\"id\":(\\d+)}.*", "$1")))
                    .toList();
        }

        /** As by {@code kill -9}. */
        void kill() throws Exception {
            process.toHandle().destroyForcibly(); // Process's own would close the pipe with lines in it
            process.waitFor(180, TimeUnit.SECONDS);
            for (CompletableFuture<Void> each : reading) {
                each.get(180, TimeUnit.SECONDS);
            }
        }

        @Override
        public void close() throws Exception {
            kill();
        }
    }

    @Test
    void temporarySlots_everyNodeHearsEverything() throws Exception {
        try (Node one = new Node();
                Node two = new Node()) {
            assertThat(one.state()).startsWith("streaming from");
            assertThat(two.state()).startsWith("streaming from").isNotEqualTo(one.state());
            Items.insert(database, 1, 2, 3);
            assertThat(one.ids(3)).containsExactly(1L, 2L, 3L);
            assertThat(two.ids(3)).containsExactly(1L, 2L, 3L);
            one.kill();
            Items.insert(database, 4);
            assertThat(two.ids(4)).containsExactly(1L, 2L, 3L, 4L);
        }
    }

    /** The other stands by, and takes over when the first is killed; nothing is lost. */
    @Test
    void oneDurableSlot_exactlyOneNodeHandlesIt() throws Exception {
        String slot = database.unique("shared");
        try (Node one = new Node("--slot", slot)) {
            assertThat(one.state()).startsWith("streaming from");
            try (Node two = new Node("--slot", slot)) {
                assertThat(two.state()).startsWith("standing by: slot " + slot);
                Items.insert(
                        database, IntStream.rangeClosed(1, 20).asLongStream().toArray());
                one.ids(20);
                assertThat(two.printed.all()).isEmpty();
                one.kill();
                Items.insert(database, 21, 22);
                assertThat(two.states.await(2).get(1)).startsWith("streaming from");
                List<Long> after = awaitLast(two, 22);
                // what the first had printed and not confirmed comes again
                assertThat(after).isSorted().endsWith(21L, 22L);
                assertThat(Stream.concat(one.ids().stream(), after.stream()).distinct())
                        .containsExactlyElementsOf(IntStream.rangeClosed(1, 22)
                                .asLongStream()
                                .boxed()
                                .toList());
            }
        }
    }

    private static List<Long> awaitLast(Node node, long last) throws InterruptedException {
        List<Long> ids = node.ids(1);
        while (ids.get(ids.size() - 1) != last) {
            ids = node.ids(ids.size() + 1);
        }
        return ids;
    }
}
