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
            "Prints the changes of one table that match, each as one line of JSON.",
            "A change that may match, because an old value was not sent, is printed with \"watch\":{\"certain\":false}."
        })
final class WatchCommand implements Callable<Integer> {
    private final OutputStream out;
    private final PrintStream err;
    private final Map<String, String> environment;
    private final Signals signals;

    @Parameters(paramLabel = "TABLE", description = "The table: users, billing.invoice.")
    private String table = "";

    @Option(
            names = "--inserted",
            order = 20,
            description =
                    "Inserts. Without --inserted, --updated and --deleted all changes are printed, truncates too.")
    private boolean inserted;

    @Option(names = "--updated", order = 21, description = "Updates.")
    private boolean updated;

    @Option(names = "--deleted", order = 22, description = "Deletes.")
    private boolean deleted;

    @Option(
            names = "--columns",
            paramLabel = "COLUMNS",
            order = 23,
            description = "Only updates that changed one of these columns, separated by commas.")
    private List<String> columns = List.of();

    @Option(
            names = "--key",
            paramLabel = "COLUMN=VALUE",
            order = 24,
            description =
                    "One record: id=42, or a=1,b=2 for a key of several columns. A key of one column takes the value alone."
                            + " Put a value with a comma or an equals sign in double quotes: 'code=\"x,y\"'.")
    private List<String> key = List.of();

    @Option(
            names = "--where",
            paramLabel = "COLUMN=VALUE",
            order = 25,
            description =
                    "Records with this value in the column, before or after the change. The column alone means NULL."
                            + " Put a value that begins with a double quote in double quotes, and double those inside."
                            + " May be repeated.")
    private List<String> where = List.of();

    @Option(names = "--keys-only", order = 26, description = "Print only the key of each row.")
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
        Function<Watch, Watch> narrowing = narrowing();
        // the table's columns are known once the instance has started, and events may come before
        CompletableFuture<Function<Event, @Nullable WatchEvent>> watching = new CompletableFuture<>();
        JsonLines lines = new JsonLines(out, printing.maxEvents(), false, event -> line(event, watching.get()));
        WalwireBuilder builder = connection
                .builderWithoutHandlers(environment)
                .set("walwire.subscriptions", name)
                .handler(lines, FailurePolicy.stop());
        try (Walwire walwire = signals.start(builder::start)) {
            signals.onSignal(walwire::close);
            watching.complete(function(narrowing.apply(walwire.watch(name)), watching));
            printing.await(walwire, lines, () -> false, err);
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
            return JsonLines.escaped(event.toJson());
        }
        WatchEvent matching = watch.apply(event);
        return matching == null ? null : JsonLines.escaped(matching.toJson());
    }

    private Function<Event, @Nullable WatchEvent> function(
            Watch watch, CompletableFuture<Function<Event, @Nullable WatchEvent>> watching) {
        try {
            return ((WatchBuilder) watch).asFunction();
        } catch (RuntimeException e) {
            // a thread that waits for it confirms nothing
            watching.completeExceptionally(e);
            throw e;
        }
    }

    /** Reads the options before anything is connected. */
    private Function<Watch, Watch> narrowing() {
        try {
            List<String> names = columns.stream()
                    .flatMap(each -> ColumnValues.names("--columns", each).stream())
                    .toList();
            Map<String, @Nullable String> values = new LinkedHashMap<>();
            for (String each : where) {
                add(values, "--where", ColumnValues.pair("--where", each));
            }
            Function<Watch, Watch> keyed = keyed();
            return all -> {
                Watch watch = keyed.apply(kinds(all.columns(names.toArray(String[]::new))));
                for (Map.Entry<String, @Nullable String> each : values.entrySet()) {
                    watch = watch.where(each.getKey(), each.getValue());
                }
                return keysOnly ? watch.keysOnly() : watch;
            };
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command().commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private Watch kinds(Watch all) {
        Watch watch = inserted ? all.inserted() : all;
        watch = updated ? watch.updated() : watch;
        return deleted ? watch.deleted() : watch;
    }

    private Function<Watch, Watch> keyed() {
        List<ColumnValues.Pair> pairs = key.stream()
                .flatMap(each -> ColumnValues.pairs("--key", each).stream())
                .toList();
        if (pairs.size() == 1 && pairs.get(0).value() == null) {
            String value = pairs.get(0).column();
            return watch -> watch.key(value);
        }
        Map<String, @Nullable String> values = new LinkedHashMap<>();
        for (ColumnValues.Pair pair : pairs) {
            if (pair.value() == null) {
                throw new IllegalArgumentException("--key has no value for " + pair.column()
                        + "; write COLUMN=VALUE for each column, and put a value with a comma in double quotes");
            }
            add(values, "--key", pair);
        }
        return watch -> values.isEmpty() ? watch : watch.key(values);
    }

    /** A column that is asked for twice would match nothing, or only what was asked for last. */
    private static void add(Map<String, @Nullable String> values, String option, ColumnValues.Pair pair) {
        if (values.containsKey(pair.column())) {
            throw new IllegalArgumentException(option + " names column " + pair.column() + " twice");
        }
        values.put(pair.column(), pair.value());
    }
}
