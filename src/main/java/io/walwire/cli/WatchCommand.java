package io.walwire.cli;

import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.cli.signal.Signals;
import io.walwire.event.Event;
import io.walwire.event.Kind;
import io.walwire.handler.FailurePolicy;
import io.walwire.internal.text.TableName;
import io.walwire.internal.watch.WatchBuilder;
import io.walwire.watch.Watch;
import io.walwire.watch.WatchEvent;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code walwire watch}. */
@Command(
        name = "watch",
        description = {
            "Prints those changes of one table that are asked for, each as one line of JSON.",
            "What may be one of them, because an old value was not sent, is printed too and says so:"
                    + " \"watch\":{\"certain\":false}."
        })
final class WatchCommand implements Callable<Integer> {
    private static final String NULL = "\0null";

    private final OutputStream out;
    private final PrintStream err;
    private final Map<String, String> environment;
    private final Signals signals;

    @Parameters(paramLabel = "TABLE", description = "The table: users, billing.invoice.")
    private String table = "";

    @Option(
            names = "--inserted",
            order = 20,
            description = "Inserts. Where no kind is named, all are printed, truncates too.")
    private boolean inserted;

    @Option(names = "--updated", order = 21, description = "Updates.")
    private boolean updated;

    @Option(names = "--deleted", order = 22, description = "Deletes.")
    private boolean deleted;

    @Option(
            names = "--columns",
            paramLabel = "COLUMNS",
            split = ",",
            order = 23,
            description = "Of the updates only those that changed one of these columns, with commas.")
    private List<String> columns = List.of();

    @Option(
            names = "--key",
            paramLabel = "COLUMN=VALUE",
            split = ",",
            order = 24,
            description = "One record: id=42, or a=1,b=2 for a key of several columns.")
    private Map<String, String> key = new LinkedHashMap<>();

    @Option(
            names = "--where",
            paramLabel = "COLUMN=VALUE",
            mapFallbackValue = NULL,
            order = 25,
            description = "The records whose column has a value, before or after the change; the column alone for NULL."
                    + " May be repeated.")
    private Map<String, String> where = new LinkedHashMap<>();

    @Option(names = "--keys-only", order = 26, description = "Nothing of the row but its key.")
    private boolean keysOnly;

    @Mixin
    private ConnectionOptions connection = new ConnectionOptions();

    @Mixin
    private Printing printing = new Printing();

    @Spec
    private @Nullable CommandSpec spec;

    WatchCommand(OutputStream out, PrintStream err, Map<String, String> environment, Signals signals) {
        this.out = out;
        this.err = err;
        this.environment = environment;
        this.signals = signals;
    }

    @Override
    public Integer call() throws Exception {
        printing.check(command());
        String name = tableName();
        // the table's columns are known once the instance has started, and events may come before
        CompletableFuture<Function<Event, @Nullable WatchEvent>> watching = new CompletableFuture<>();
        JsonLines lines = new JsonLines(out, printing.maxEvents(), event -> line(event, watching.get()));
        WalwireBuilder builder = connection
                .builderWithoutHandlers(environment)
                .set("walwire.subscriptions", name)
                .handler(lines, FailurePolicy.stop());
        try (Walwire walwire = signals.start(builder::start)) {
            signals.onSignal(walwire::close);
            watching.complete(function(walwire.watch(name), watching));
            printing.await(walwire, lines, err);
        }
        Printing.requirePrinted(lines, connection.isDurable(environment));
        return 0;
    }

    private CommandSpec command() {
        return Objects.requireNonNull(spec, "spec");
    }

    private String tableName() {
        try {
            return TableName.parse(table).toString();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command().commandLine(), "TABLE: " + e.getMessage(), e);
        }
    }

    private static @Nullable String line(Event event, Function<Event, @Nullable WatchEvent> watch) {
        if (event.kind() == Kind.GAP) {
            return event.toJson();
        }
        WatchEvent told = watch.apply(event);
        return told == null ? null : told.toJson();
    }

    private Function<Event, @Nullable WatchEvent> function(
            Watch all, CompletableFuture<Function<Event, @Nullable WatchEvent>> watching) {
        try {
            return ((WatchBuilder) narrowed(all)).asFunction();
        } catch (RuntimeException e) {
            // whoever waits for it confirms nothing
            watching.completeExceptionally(e);
            throw e;
        }
    }

    private Watch narrowed(Watch all) {
        Watch watch = all.columns(columns.toArray(String[]::new));
        watch = inserted ? watch.inserted() : watch;
        watch = updated ? watch.updated() : watch;
        watch = deleted ? watch.deleted() : watch;
        watch = key.isEmpty() ? watch : watch.key(key);
        watch = keysOnly ? watch.keysOnly() : watch;
        for (Map.Entry<String, String> each : where.entrySet()) {
            watch = watch.where(each.getKey(), each.getValue().equals(NULL) ? null : each.getValue());
        }
        return watch;
    }
}
