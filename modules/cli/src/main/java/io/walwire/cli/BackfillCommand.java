package io.walwire.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.walwire.cli.pretty.Amounts;
import io.walwire.config.Credentials;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.text.Printable;
import io.walwire.internal.text.TableName;
import java.io.IOException;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code walwire backfill}. */
@Command(
        name = "backfill",
        description = {
            "Starts, shows, pauses, resumes or cancels the reading of existing rows by an instance that runs elsewhere.",
            "It works by the rows of walwire_backfill, so for durable slots alone. The instance takes it up within two seconds."
        },
        synopsisSubcommandLabel = "COMMAND")
final class BackfillCommand implements Runnable {
    @Spec
    private @Nullable CommandSpec spec;

    private BackfillCommand() {}

    static CommandLine with(PrintStream out, PrintStream err, Map<String, String> environment) {
        return new CommandLine(new BackfillCommand())
                .addSubcommand(new Start(out, err, environment))
                .addSubcommand(new ListRuns(out, err, environment))
                .addSubcommand("pause", new Steer(out, err, environment, "paused"))
                .addSubcommand("resume", new Steer(out, err, environment, "running"))
                .addSubcommand("cancel", new Steer(out, err, environment, "cancelled"));
    }

    @Override
    public void run() {
        if (spec != null) {
            throw Main.which(spec);
        }
    }

    /** What all have in common. */
    private abstract static class OnRows implements Callable<Integer> {
        final PrintStream out;
        final PrintStream err;
        private final Map<String, String> environment;

        @Mixin
        private ConnectionOptions connection = new ConnectionOptions();

        OnRows(PrintStream out, PrintStream err, Map<String, String> environment) {
            this.out = out;
            this.err = err;
            this.environment = environment;
        }

        /**
         * Does it, and gives the exit code.
         *
         * @param runs all of the slot, if one is named
         */
        abstract int work(BackfillRows rows, List<BackfillRows.Run> runs) throws SQLException, IOException;

        /** The slot that is named, or null. */
        final @Nullable String slot() {
            return connection.slot(environment);
        }

        @Override
        public final Integer call() throws IOException {
            WalwireConfig config = connection.databaseConfig(environment);
            Credentials credentials = Objects.requireNonNull(config.server().credentials(), "credentials");
            Database database = new Database(config.server(), () -> credentials);
            try (Connection open = database.openOnRolesPath()) {
                BackfillRows rows = BackfillRows.find(open);
                return work(rows, rows.runs(connection.slot(environment)));
            } catch (SQLException e) {
                throw ServerErrors.explain(e, "looking at walwire_backfill", database);
            }
        }
    }

    /** {@code walwire backfill start}. */
    @Command(
            name = "start",
            description = {
                "Has the instance that streams from --slot read the existing rows of tables, without those that are read now.",
                "The role needs INSERT on walwire_backfill."
            })
    private static final class Start extends OnRows {
        private static final ObjectMapper JSON = new ObjectMapper();

        @Parameters(paramLabel = "TABLE", arity = "1..*", description = "The tables, such as users or billing.invoice.")
        private List<String> names = List.of();

        @Option(
                names = "--where",
                order = 20,
                paramLabel = "SQL",
                description = "Only rows for which this condition holds. The role of the instance runs it.")
        private @Nullable String where;

        @Option(
                names = "--handlers",
                order = 21,
                split = ",",
                paramLabel = "NAMES",
                description = "Only these handlers get the rows.")
        private @Nullable List<String> handlers;

        Start(PrintStream out, PrintStream err, Map<String, String> environment) {
            super(out, err, environment);
        }

        @Override
        int work(BackfillRows rows, List<BackfillRows.Run> runs) throws SQLException, IOException {
            rows.requirePrimary();
            String slot = slot();
            if (slot == null || !rows.hasSlot(slot)) {
                throw new WalwireException(
                        ErrorCode.SLOT,
                        slot == null
                                ? "The slot is not named from which the instance streams."
                                : "There is no durable logical replication slot \"" + slot + "\" of this database.",
                        "Name it with --slot.");
            }
            String named = handlers == null ? null : JSON.writeValueAsString(handlers);
            for (String name : names) {
                String table = TableName.parse(name).toString();
                String run = "cli-" + UUID.randomUUID();
                rows.add(slot, run, table, where, named);
                out.println(TerminalText.line("asked for: run " + run + " of " + table + ", slot " + slot
                        + "; walwire backfill list shows how far it has come"));
            }
            return 0;
        }
    }

    /** {@code walwire backfill list}. */
    @Command(name = "list", description = "Lists the runs of all slots, or of --slot, with how far each has come.")
    private static final class ListRuns extends OnRows {
        private static final ObjectMapper JSON = new ObjectMapper();

        @Option(names = "--json", order = 20, description = "Print each run as one line of JSON.")
        private boolean isJson;

        ListRuns(PrintStream out, PrintStream err, Map<String, String> environment) {
            super(out, err, environment);
        }

        @Override
        int work(BackfillRows rows, List<BackfillRows.Run> runs) throws IOException {
            for (BackfillRows.Run run : runs) {
                out.println(Printable.of(isJson ? JSON.writeValueAsString(json(run)) : line(run)));
            }
            if (runs.isEmpty()) {
                err.println("there are no runs");
            }
            return 0;
        }

        private static String line(BackfillRows.Run run) {
            String size = run.goesOn() && run.totalBytes() > 0
                    ? " of a table of " + Amounts.bytes(run.totalBytes()) + " on disk"
                    : "";
            String condition = run.where() == null ? "" : "  where " + run.where();
            String problem = run.problem() == null ? "" : "  " + TerminalText.line(run.problem());
            return String.format(
                    Locale.ROOT,
                    "%-9s  %s  slot %s  run %s  %s, %s%s%s%s",
                    run.shownState(),
                    run.table(),
                    run.slot(),
                    run.id(),
                    Amounts.rows(run.rows()),
                    Amounts.bytes(run.bytes()),
                    size,
                    condition,
                    problem);
        }

        private static ObjectNode json(BackfillRows.Run run) {
            return JSON.createObjectNode()
                    .put("slot", run.slot())
                    .put("run", run.id())
                    .put("table", run.table())
                    .put("state", run.state())
                    .put("wanted", run.wanted())
                    .put("active", run.isActive())
                    .put("where", run.where())
                    .put("rows", run.rows())
                    .put("bytes", run.bytes())
                    .put("total_bytes", run.totalBytes())
                    .put("problem", run.problem())
                    .put("updated_at", run.updatedAt())
                    .set("handlers", handlers(run));
        }

        /** Null for all; as text if Walwire has not written it. */
        private static @Nullable JsonNode handlers(BackfillRows.Run run) {
            try {
                return run.handlers() == null ? null : JSON.readTree(run.handlers());
            } catch (JsonProcessingException e) {
                return TextNode.valueOf(run.handlers());
            }
        }
    }

    /** {@code walwire backfill pause}, {@code resume} and {@code cancel}. */
    @Command(description = "Has runs that have not ended paused, resumed or cancelled. What was read stays delivered.")
    private static final class Steer extends OnRows {
        private final String wanted;

        @Parameters(
                paramLabel = "TABLE|RUN",
                arity = "1..*",
                description = "The tables, such as users or billing.invoice, or the runs' names as list shows them.")
        private List<String> names = List.of();

        Steer(PrintStream out, PrintStream err, Map<String, String> environment, String wanted) {
            super(out, err, environment);
            this.wanted = wanted;
        }

        @Override
        int work(BackfillRows rows, List<BackfillRows.Run> runs) throws SQLException {
            rows.requirePrimary();
            List<BackfillRows.Run> chosen = new ArrayList<>();
            for (String name : names) {
                chosen.addAll(chosen(name, runs));
            }
            for (BackfillRows.Run run : chosen) {
                rows.want(run, wanted);
                out.println(TerminalText.line(
                        "asked for: run " + run.id() + " of " + run.table() + ", slot " + run.slot() + ", is " + wanted
                                + (run.isActive() ? "" : " as soon as an instance streams from the slot")));
            }
            return 0;
        }

        private static List<BackfillRows.Run> chosen(String name, List<BackfillRows.Run> runs) {
            List<BackfillRows.Run> found = runs.stream()
                    .filter(BackfillRows.Run::goesOn)
                    .filter(run -> run.id().equals(name) || isOf(run, name))
                    .toList();
            if (found.isEmpty()) {
                throw new WalwireException(
                        ErrorCode.CHECKPOINT,
                        "There is no run of " + name + " that has not ended.",
                        "walwire backfill list shows all runs.");
            }
            if (found.stream().map(BackfillRows.Run::slot).distinct().count() > 1) {
                throw new WalwireException(
                        ErrorCode.CHECKPOINT,
                        "Runs of several slots read " + name + ": "
                                + String.join(
                                        ", ",
                                        found.stream()
                                                .map(BackfillRows.Run::slot)
                                                .distinct()
                                                .toList())
                                + ".",
                        "Name one with --slot.");
            }
            return found;
        }

        private static boolean isOf(BackfillRows.Run run, String name) {
            try {
                return TableName.parse(name).equals(TableName.parse(run.table()));
            } catch (IllegalArgumentException e) {
                return false;
            }
        }
    }
}
