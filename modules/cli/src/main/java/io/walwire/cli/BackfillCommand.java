package io.walwire.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.walwire.cli.signal.Signals;
import io.walwire.error.ConfigurationException;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.text.TableName;
import java.io.IOException;
import java.io.PrintStream;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
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

    static CommandLine with(PrintStream out, PrintStream err, Map<String, String> environment, Signals signals) {
        return new CommandLine(new BackfillCommand())
                .addSubcommand(new Start(out, err, environment))
                .addSubcommand(new BackfillList(out, err, environment, signals))
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

    /** {@code walwire backfill start}. */
    @Command(
            name = "start",
            description = {
                "Has the instance that streams from --slot read the existing rows of tables, without those that are read now.",
                "For a cursor of triggers: --set walwire.source=triggers, with the instance's walwire.name and walwire.triggers.schema.",
                "The role needs INSERT on walwire_backfill."
            })
    private static final class Start extends OnBackfillRows {
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
        int work(BackfillRows rows, BackfillSlots slots, Runs runs) throws SQLException, IOException {
            rows.requirePrimary();
            String slot = slot();
            String systemId = slots.requireDurable(slot);
            String named = handlers == null ? null : JSON.writeValueAsString(handlers);
            List<BackfillRows.Request> requests = new ArrayList<>();
            for (String name : names) {
                requests.add(new BackfillRows.Request(
                        systemId, Objects.requireNonNull(slot), "cli-" + UUID.randomUUID(), table(name), where, named));
            }
            rows.add(requests);
            for (BackfillRows.Request request : requests) {
                out.println(TerminalText.line("asked for: run " + request.run() + " of " + request.table() + ", slot "
                        + slot + "; walwire backfill list --watch shows how far it has come"));
            }
            return 0;
        }

        private static String table(String name) {
            try {
                return TableName.parse(name).toString();
            } catch (IllegalArgumentException e) {
                throw new ConfigurationException(List.of("\"" + name + "\" is no name of a table: " + e.getMessage()
                        + "; write it as users or billing.invoice, quoted as in SQL"));
            }
        }
    }

    /** {@code walwire backfill pause}, {@code resume} and {@code cancel}. */
    @Command(description = "Has runs that have not ended paused, resumed or cancelled. What was read stays delivered.")
    private static final class Steer extends OnBackfillRows {
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
        int work(BackfillRows rows, BackfillSlots slots, Runs runs) throws SQLException {
            rows.requirePrimary();
            List<BackfillRows.Run> chosen = new ArrayList<>();
            List<BackfillRows.Run> all = runs.now();
            String here = slots.here();
            for (String name : names) {
                chosen.addAll(chosen(name, all, here));
            }
            for (BackfillRows.Run run : chosen) {
                if (!rows.want(run, wanted)) {
                    throw new WalwireException(
                            ErrorCode.CHECKPOINT,
                            "The row of run " + run.id() + " was deleted meanwhile.",
                            "walwire backfill list shows all runs.");
                }
                out.println(TerminalText.line(
                        "asked for: run " + run.id() + " of " + run.table() + ", slot " + run.slot() + ", is " + wanted
                                + (run.isIdle() ? " as soon as an instance streams from the slot" : "")));
            }
            return 0;
        }

        /** Slots of several servers, and cursors of triggers, may have one name: a table means those of here. */
        private static List<BackfillRows.Run> chosen(String name, List<BackfillRows.Run> runs, String here) {
            List<BackfillRows.Run> all = runs.stream()
                    .filter(BackfillRows.Run::goesOn)
                    .filter(run -> run.id().equals(name) || isOf(run, name))
                    .toList();
            List<BackfillRows.Run> own =
                    all.stream().filter(run -> run.systemId().equals(here)).toList();
            List<BackfillRows.Run> named =
                    all.stream().filter(run -> run.id().equals(name)).toList();
            List<BackfillRows.Run> found = own.isEmpty() ? named : own;
            requireNoOtherServer(name, found, all);
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

        private static void requireNoOtherServer(
                String name, List<BackfillRows.Run> found, List<BackfillRows.Run> all) {
            List<String> servers = (found.isEmpty() ? all : found)
                    .stream().map(BackfillRows.Run::systemId).distinct().toList();
            if (servers.size() > 1 || (found.isEmpty() && !all.isEmpty())) {
                throw new WalwireException(
                        ErrorCode.CHECKPOINT,
                        "Runs of other servers or outboxes read " + name + ": " + String.join(", ", servers) + ".",
                        "Name the server that is read with --url; for cursors of triggers also --set walwire.source=triggers, with the"
                                + " instance's walwire.name and walwire.triggers.schema. Or name a run as list shows it.");
            }
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
