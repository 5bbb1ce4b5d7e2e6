package io.walwire.cli.demo;

import io.walwire.Walwire;
import io.walwire.cli.pretty.Amounts;
import io.walwire.cli.pretty.Palette;
import io.walwire.cli.pretty.Screen;
import io.walwire.cli.signal.Signals;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code walwire demo}. */
@Command(
        name = "demo",
        description = {
            "Shows Walwire at work: no database, no Docker, nothing to set up.",
            "Starts a throw-away PostgreSQL, writes to it, runs example handlers, shows what they see, and cleans up."
        })
public final class DemoCommand implements Callable<Integer> {
    private static final Duration LAST_COMMITS = Duration.ofSeconds(5);
    private static final double READING_SECONDS = 4;
    private static final long LOOK_MILLIS = 100;

    private final PrintStream out;
    private final Signals signals;
    private final CompletableFuture<Void> stop = new CompletableFuture<>();

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "20",
            description = "How long it runs (default: ${DEFAULT-VALUE}). Ctrl-C ends it earlier.")
    private int seconds;

    @Option(
            names = "--kafka",
            description =
                    "Starts a Kafka broker, too (its libraries are fetched once, 45 MB), and shows topics that fill.")
    private boolean kafka;

    /**
     * The command.
     *
     * @param out where the show goes
     * @param signals what may end it early
     */
    public DemoCommand(PrintStream out, Signals signals) {
        this.out = out;
        this.signals = signals;
    }

    @Override
    public Integer call() throws Exception {
        CommandSpec command = spec;
        if (seconds < 1 && command != null) {
            throw new ParameterException(command.commandLine(), "--seconds must be at least 1");
        }
        signals.onSignal(() -> stop.complete(null));
        Palette palette = Palette.ofTerminal();
        if (kafka) {
            new KafkaDemo(out, palette, seconds, stop).play();
            return 0;
        }
        Screen screen = new Screen(out, Palette.isTerminal());
        Scene scene = new Scene(screen, palette);
        play(scene, screen, palette);
        return 0;
    }

    private void play(Scene scene, Screen screen, Palette palette) throws Exception {
        long begin = System.nanoTime();
        out.print("Starting a throw-away PostgreSQL … ");
        out.flush();
        long committed = 0;
        String reading = "";
        try (DemoServer server = DemoServer.start()) {
            server.run(Shop.TABLES);
            out.printf(Locale.ROOT, "%s is ready after %.1f s.%n", server.version(), (System.nanoTime() - begin) / 1e9);
            if (stop.isDone()) {
                return;
            }
            ReviewIndex index = new ReviewIndex(scene::acted);
            try (Walwire walwire = instance(server, index, scene)) {
                introduce(palette);
                ExistingReviews existing = new ExistingReviews(walwire, screen, palette);
                committed = work(server, walwire, scene, existing);
                reading = reading(existing, index, server);
            }
        }
        if (committed > 0) {
            scene.summary(reading).print(out, palette, committed);
        }
    }

    private Walwire instance(DemoServer server, ReviewIndex index, Scene scene) {
        return Walwire.builder()
                .url(server.url())
                .user(DemoServer.USER)
                .publication(Shop.PUBLICATION)
                .set("walwire.backfill.chunk", "128KiB")
                .set("walwire.backfill.rate", Long.toString(readBytesPerSecond()))
                .handler(new ShopHandlers(scene::acted))
                .handler(index)
                .handler(scene)
                .interceptor(scene)
                .start();
    }

    /** Slow enough to be seen, and done in half of the time. */
    private long readBytesPerSecond() {
        return (long) (Shop.REVIEW_BYTES / Math.min(READING_SECONDS, seconds / 2.0));
    }

    private long work(DemoServer server, Walwire walwire, Scene scene, ExistingReviews existing) throws Exception {
        Workload workload = new Workload(server.connect());
        workload.start();
        try (workload) {
            await(CompletableFuture.anyOf(stop, walwire.completion().toCompletableFuture()), existing);
        }
        SQLException failure = workload.failure();
        // Ctrl-C in a terminal stops the server too, in the middle of whatever the workload does.
        if (failure != null && !stop.isDone()) {
            throw new WalwireException(ErrorCode.SERVER, "The workload failed: " + failure.getMessage() + ".", failure);
        }
        if (!stop.isDone()) {
            scene.awaitTransactions(workload.commits(), LAST_COMMITS);
        }
        return workload.commits();
    }

    private void await(CompletableFuture<?> end, ExistingReviews existing) throws Exception {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (System.nanoTime() < until) {
            try {
                end.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                return;
            } catch (TimeoutException stillGoing) {
                existing.look();
            } catch (ExecutionException e) {
                throw e.getCause() instanceof WalwireException failed ? failed : e;
            }
        }
    }

    private String reading(ExistingReviews existing, ReviewIndex index, DemoServer server) throws SQLException {
        boolean isAll = existing.end();
        String read = "%s of %s reviews that were there before were read"
                .formatted(Amounts.count(existing.rows()), Amounts.count(Shop.REVIEWS));
        if (stop.isDone() || !isAll) {
            return read + ".";
        }
        try (Connection connection = server.connect()) {
            return read + "; the search index " + (index.equalsTable(connection) ? "equals" : "differs from")
                    + " its table, " + Amounts.rows(index.size()) + ".";
        }
    }

    private void introduce(Palette palette) {
        out.println("A shop opens in it for " + seconds + " s. Below is every commit as Walwire's handlers see it:");
        out.println("+ insert, ~ update, - delete; " + palette.action("»") + " what an example handler did about it.");
        out.println(
                "users and orders have REPLICA IDENTITY FULL (old → new), products and reviews DEFAULT (the new row alone).");
        out.println("A search index is filled meanwhile with " + Amounts.count(Shop.REVIEWS)
                + " reviews that are there already, slowly enough to watch.");
        out.println();
    }
}
