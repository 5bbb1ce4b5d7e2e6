package io.walwire.cli.demo;

import io.walwire.Walwire;
import io.walwire.cli.pretty.Palette;
import io.walwire.cli.signal.Signals;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import java.io.PrintStream;
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
        Scene scene = new Scene(out, palette);
        long committed = play(scene, palette);
        if (committed > 0) {
            scene.summary().print(out, palette, committed);
        }
        return 0;
    }

    private long play(Scene scene, Palette palette) throws Exception {
        long begin = System.nanoTime();
        out.print("Starting a throw-away PostgreSQL … ");
        out.flush();
        try (DemoServer server = DemoServer.start()) {
            server.run(Shop.TABLES);
            out.printf(Locale.ROOT, "%s is ready after %.1f s.%n", server.version(), (System.nanoTime() - begin) / 1e9);
            if (stop.isDone()) {
                return 0;
            }
            try (Walwire walwire = Walwire.builder()
                    .url(server.url())
                    .user(DemoServer.USER)
                    .publication(Shop.PUBLICATION)
                    .handler(new ShopHandlers(scene::acted))
                    .handler(scene)
                    .interceptor(scene)
                    .start()) {
                introduce(palette);
                return work(server, walwire, scene);
            }
        }
    }

    private long work(DemoServer server, Walwire walwire, Scene scene) throws Exception {
        Workload workload = new Workload(server.connect());
        workload.start();
        try (workload) {
            await(CompletableFuture.anyOf(stop, walwire.completion().toCompletableFuture()));
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

    private void await(CompletableFuture<?> end) throws Exception {
        try {
            end.get(seconds, TimeUnit.SECONDS);
        } catch (TimeoutException over) {
            return;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof WalwireException failed ? failed : e;
        }
    }

    private void introduce(Palette palette) {
        out.println("A shop opens in it for " + seconds + " s. Below is every commit as Walwire's handlers see it:");
        out.println("+ insert, ~ update, - delete; " + palette.action("»") + " what an example handler did about it.");
        out.println(
                "users and orders have REPLICA IDENTITY FULL (old → new), products has DEFAULT (the new row alone).");
        out.println();
    }
}
