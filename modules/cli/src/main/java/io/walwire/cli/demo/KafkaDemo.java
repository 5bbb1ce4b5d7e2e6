package io.walwire.cli.demo;

import io.walwire.Walwire;
import io.walwire.cli.demo.kafka.DemoBroker;
import io.walwire.cli.demo.kafka.TopicView;
import io.walwire.cli.pretty.Palette;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The demo with a Kafka broker: topics that mirror tables, existing rows included. */
final class KafkaDemo {
    private static final String NAME = "shop";
    private static final List<String> TABLES = List.of("products", "users", "orders");
    private static final Duration LAST_RECORDS = Duration.ofSeconds(10);

    /** Set by the script that runs the command line: the folder of the broker's jars, and that of Walwire's SQL. */
    private static final String LIBRARIES = "walwire.cli.broker";

    private static final String SQL = "walwire.cli.sql";

    private final PrintStream out;
    private final Palette palette;
    private final int seconds;
    private final CompletableFuture<Void> stop;

    KafkaDemo(PrintStream out, Palette palette, int seconds, CompletableFuture<Void> stop) {
        this.out = out;
        this.palette = palette;
        this.seconds = seconds;
        this.stop = stop;
    }

    void play() throws Exception {
        Path libraries = folder(LIBRARIES);
        Path sql = folder(SQL);
        long begin = System.nanoTime();
        out.print("Starting a throw-away PostgreSQL and a Kafka broker … ");
        out.flush();
        try (DemoServer server = DemoServer.start();
                DemoBroker broker = DemoBroker.start(libraries)) {
            server.run(Shop.TABLES);
            server.run(Files.readString(sql.resolve("backfill.sql")));
            broker.create(TABLES.stream().map(KafkaDemo::topic).toList());
            out.printf(Locale.ROOT, "ready after %.1f s.%n", (System.nanoTime() - begin) / 1e9);
            show(server, broker);
        }
        out.println("The server and the broker are stopped, and nothing of them is left.");
    }

    private static Path folder(String property) {
        String folder = System.getProperty(property);
        if (folder == null) {
            throw new WalwireException(
                    ErrorCode.CONFIGURATION, "demo --kafka needs the libraries of a broker.", "Run it by bin/walwire.");
        }
        return Path.of(folder);
    }

    private static String topic(String table) {
        return NAME + ".public." + table;
    }

    private void show(DemoServer server, DemoBroker broker) throws Exception {
        if (stop.isDone()) {
            return;
        }
        introduce();
        try (TopicView view = new TopicView(
                        broker.bootstrap(),
                        TABLES.stream().map(KafkaDemo::topic).toList(),
                        this::line);
                Walwire walwire = Walwire.builder()
                        .url(server.url())
                        .user(DemoServer.USER)
                        .publication(Shop.PUBLICATION)
                        .name(NAME)
                        .slotName(NAME)
                        .set("walwire.slot.durable", "true")
                        .set("walwire.backfill", "new")
                        .set("walwire.close.timeout", "3s") // Ctrl-C in a terminal ends the broker, too
                        .set("walwire.kafka.bootstrap", broker.bootstrap())
                        .start()) {
            view.start();
            view.awaitRows(topic("products"), server.count("products"), LAST_RECORDS); // those that were there before
            work(server, walwire);
            if (!stop.isDone()) {
                walwire.awaitCurrent(LAST_RECORDS);
                summary(server, view);
            }
        }
    }

    private synchronized void line(String line) {
        out.println(line);
    }

    private void introduce() {
        out.println(palette.bold("The configuration is all there is:"));
        out.println("  walwire.name            = shop");
        out.println("  walwire.publication     = shop");
        out.println("  walwire.slot.name       = shop");
        out.println("  walwire.backfill        = new");
        out.println("  walwire.kafka.bootstrap = 127.0.0.1:…");
        out.println();
        out.println("A shop opens for " + seconds
                + " s. Below is every record that a read_committed consumer sees: the topic, the"
                + " key, the type, the row.");
        out.println("Rows that were there before have the type read.");
        out.println();
    }

    private void work(DemoServer server, Walwire walwire) throws Exception {
        Workload workload = new Workload(server.connect());
        workload.start();
        try (workload) {
            CompletableFuture.anyOf(stop, walwire.completion().toCompletableFuture())
                    .get(seconds, TimeUnit.SECONDS);
        } catch (TimeoutException over) {
            return;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof WalwireException failed ? failed : e;
        }
    }

    private void summary(DemoServer server, TopicView view) throws InterruptedException, SQLException {
        for (String table : TABLES) {
            view.awaitRows(topic(table), server.count(table), LAST_RECORDS);
        }
        synchronized (this) {
            out.println();
            out.println(palette.bold(
                    "%-22s %8s %16s %15s".formatted("topic", "records", "after compaction", "rows of table")));
            for (String table : TABLES) {
                out.println("%-22s %8d %16d %15d"
                        .formatted(
                                topic(table),
                                view.records(topic(table)),
                                view.rows(topic(table)),
                                server.count(table)));
            }
            out.println("docs/kafka.md begins with the same for a database of yours.");
        }
    }
}
