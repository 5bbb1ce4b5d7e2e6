package io.walwire.cli;

import io.walwire.config.Credentials;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.ServerErrors;
import io.walwire.internal.text.Printable;
import io.walwire.internal.text.PrintableSql;
import io.walwire.internal.text.TablePattern;
import io.walwire.internal.triggers.TriggerTables;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code walwire triggers}. */
@Command(
        name = "triggers",
        description = {
            "Prints, creates, lists or removes the triggers of walwire.source=triggers and their schema, tables and functions.",
            "They are those of the application walwire.name in the schema walwire.triggers.schema, for the tables of"
                    + " --subscriptions. Nothing else is ever touched."
        },
        synopsisSubcommandLabel = "COMMAND")
final class TriggersCommand implements Runnable {
    private static final int FAILED = 1;

    @Spec
    private @Nullable CommandSpec spec;

    private TriggersCommand() {}

    static CommandLine with(PrintStream out, PrintStream err, Map<String, String> environment) {
        return new CommandLine(new TriggersCommand())
                .addSubcommand(new PrintSql(out, err, environment))
                .addSubcommand(new Install(out, err, environment))
                .addSubcommand(new ListTables(out, err, environment))
                .addSubcommand(new Clean(out, err, environment));
    }

    @Override
    public void run() {
        if (spec != null) {
            throw Main.which(spec);
        }
    }

    /** What the four have in common. */
    private abstract static class OnDatabase implements Callable<Integer> {
        final PrintStream out;
        final PrintStream err;
        private final Map<String, String> environment;

        @Mixin
        private ConnectionOptions connection = new ConnectionOptions();

        OnDatabase(PrintStream out, PrintStream err, Map<String, String> environment) {
            this.out = out;
            this.err = err;
            this.environment = environment;
        }

        /** Does it, and gives the exit code. */
        abstract int work(Connection open, TriggerTables tables, List<TablePattern> wanted) throws SQLException;

        @Override
        public final Integer call() {
            WalwireConfig config = connection.triggersConfig(environment);
            Credentials credentials = Objects.requireNonNull(config.server().credentials(), "credentials");
            Database database = new Database(config.server(), () -> credentials);
            TriggerTables tables = TriggerTables.of(config, database);
            try (Connection open = database.open()) {
                return work(open, tables, config.subscriptions());
            } catch (SQLException e) {
                throw tables.explain(ServerErrors.explain(e, "working on triggers", database));
            }
        }

        void print(List<String> statements) {
            statements.forEach(each -> out.println(
                    PrintableSql.of(each.stripTrailing() + (each.stripTrailing().endsWith(";") ? "" : ";"))));
        }
    }

    /** {@code walwire triggers sql}. */
    @Command(
            name = "sql",
            description = {
                "Prints the SQL of everything, for a migration tool: schema, tables, functions, and each table's triggers.",
                "Looks in the database which tables match --subscriptions. Changes nothing."
            })
    private static final class PrintSql extends OnDatabase {
        @Option(
                names = "--grant",
                paramLabel = "ROLE",
                order = 20,
                description = "Also print the grants for a role that reads, but does not own the objects.")
        private @Nullable String role;

        PrintSql(PrintStream out, PrintStream err, Map<String, String> environment) {
            super(out, err, environment);
        }

        @Override
        int work(Connection open, TriggerTables tables, List<TablePattern> wanted) throws SQLException {
            tables.requireExisting(open, wanted);
            out.print(PrintableSql.of(tables.upkeep().script(open, wanted, Set.of())));
            if (role != null) {
                out.print("\n" + PrintableSql.of(tables.upkeep().grants(role)));
            }
            return 0;
        }
    }

    /** {@code walwire triggers install}. */
    @Command(
            name = "install",
            description = {
                "Creates what is missing, repairs what differs, and prints the SQL that it ran.",
                "Waits at most walwire.triggers.lock-timeout for transactions that write to a table."
            })
    private static final class Install extends OnDatabase {
        Install(PrintStream out, PrintStream err, Map<String, String> environment) {
            super(out, err, environment);
        }

        @Override
        int work(Connection open, TriggerTables tables, List<TablePattern> wanted) throws SQLException {
            tables.requireExisting(open, wanted);
            List<String> ran = tables.upkeep().install(open, wanted, Set.of());
            print(ran);
            List<String> problems = tables.upkeep().problems(open);
            problems.forEach(problem -> err.println(Printable.of(problem)));
            err.println(!ran.isEmpty() ? "done" : problems.isEmpty() ? "nothing to do" : "nothing was changed");
            return problems.isEmpty() ? 0 : FAILED;
        }
    }

    /** {@code walwire triggers list}. */
    @Command(
            name = "list",
            description = "Prints each table that has triggers of this application, and their condition.")
    private static final class ListTables extends OnDatabase {
        ListTables(PrintStream out, PrintStream err, Map<String, String> environment) {
            super(out, err, environment);
        }

        @Override
        int work(Connection open, TriggerTables tables, List<TablePattern> wanted) throws SQLException {
            List<String> lines = tables.upkeep().list(open);
            lines.forEach(this::printLine);
            if (lines.isEmpty()) {
                err.println(
                        "no table has triggers of application " + tables.names().application());
            }
            return 0;
        }

        /** The columns are divided by tabs. */
        private void printLine(String line) {
            int state = line.lastIndexOf('\t');
            out.println(Printable.of(line.substring(0, state)) + '\t' + Printable.of(line.substring(state + 1)));
        }
    }

    /** {@code walwire triggers clean}. */
    @Command(
            name = "clean",
            description = {
                "Removes the triggers of tables that --subscriptions does not name. With --all it removes those of every table,"
                        + " and the outbox with all changes in it.",
                "Prints the SQL, and runs it only with --apply."
            })
    private static final class Clean extends OnDatabase {
        @Option(names = "--apply", order = 20, description = "Run it.")
        private boolean apply;

        @Option(names = "--all", order = 21, description = "Everything of this application.")
        private boolean all;

        Clean(PrintStream out, PrintStream err, Map<String, String> environment) {
            super(out, err, environment);
        }

        @Override
        int work(Connection open, TriggerTables tables, List<TablePattern> wanted) throws SQLException {
            List<String> statements = tables.upkeep().clean(open, all ? List.of() : wanted, Set.of(), apply);
            print(statements);
            if (!statements.isEmpty()) {
                err.println(apply ? "done" : "nothing was changed; --apply runs these statements");
                return 0;
            }
            err.println("nothing to do");
            List<String> everything = all ? List.of() : tables.upkeep().clean(open, List.of(), Set.of(), false);
            if (!everything.isEmpty()) {
                err.println("--subscriptions (" + Printable.of(wanted.toString())
                        + ") names every table that has triggers; --all would run:");
                everything.forEach(each -> err.println("  " + PrintableSql.of(each)));
            }
            return 0;
        }
    }
}
