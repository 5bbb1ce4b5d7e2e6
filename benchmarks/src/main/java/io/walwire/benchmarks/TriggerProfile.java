package io.walwire.benchmarks;

import io.walwire.Walwire;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a captured row costs the server's process that writes it, part by part: triggers that do ever more of what Walwire's do, and
 * Walwire's own. The rows are committed one by one by a procedure, so that neither a client nor the disk counts.
 */
final class TriggerProfile {
    private static final int ROUNDS = 5;
    private static final int ROWS = 30_000;
    private static final String TEXT = "FOR line IN SELECT format('%s', r.*) FROM walwire_rows r LOOP NULL; END LOOP;";
    private static final String STORE = "FOR line IN SELECT format('%s', r.*) FROM walwire_rows r LOOP"
            + " INSERT INTO public.kept (xid, definition, kind, changed_at, new_row)"
            + " VALUES (pg_current_xact_id(), 1, 'I', clock_timestamp(), line); END LOOP;";

    /** What the table's trigger does with an insert. */
    private enum Part {
        NONE("no trigger"),
        EACH_ROW("a trigger for each row that does nothing"),
        STATEMENT("a trigger for the statement that does nothing, for which PostgreSQL keeps the rows"),
        SETTINGS("it runs as its owner, with the settings of Walwire's"),
        AS_TEXT("it also takes the row as text"),
        STORED("it also writes the text to a table like the outbox"),
        WALWIRE("Walwire's trigger: it also looks whether the table's columns are still the same, and notifies"),
        AUDIT("an audit trigger: the row as JSON in a table");

        final String title;

        Part(String title) {
            this.title = title;
        }

        String table() {
            return "part_" + name().toLowerCase(Locale.ROOT);
        }

        String procedure() {
            return "write_" + table();
        }
    }

    private final BenchmarkServer server;

    private TriggerProfile(BenchmarkServer server) {
        this.server = server;
    }

    /** Prints a table. */
    static void run() throws Exception {
        System.err.println("This takes about two minutes.");
        try (BenchmarkServer server = BenchmarkServer.start()) {
            new TriggerProfile(server).print();
        }
    }

    private void print() throws Exception {
        server.run(
                "CREATE TABLE kept (seq bigint GENERATED ALWAYS AS IDENTITY, xid xid8 NOT NULL, definition bigint NOT NULL,"
                        + " kind \"char\" NOT NULL, changed_at timestamptz NOT NULL, old_row text, new_row text, PRIMARY KEY (xid, seq))");
        for (Part part : Part.values()) {
            createTable(part);
        }
        capture(Part.WALWIRE.table());
        addTriggers(settingsOfWalwire());
        Map<Part, List<Double>> measured = new EnumMap<>(Part.class);
        for (int round = 0; round < ROUNDS; round++) {
            for (Part part : Part.values()) {
                measured.computeIfAbsent(part, first -> new ArrayList<>()).add(micros(part));
            }
        }
        System.out.println("| the table has | server's processor time for a single insert, µs |\n| --- | --- |");
        measured.forEach((part, micros) ->
                System.out.printf(Locale.ROOT, "| %s | %.1f |%n", part.title, Median.of(micros, Double::doubleValue)));
    }

    private void createTable(Part part) throws SQLException {
        server.run("CREATE TABLE " + part.table() + " (id bigserial PRIMARY KEY, number int, note text, price numeric,"
                + " flag boolean DEFAULT true, changed_at timestamptz DEFAULT now())");
        server.run("CREATE PROCEDURE " + part.procedure()
                + "(inserts int) LANGUAGE plpgsql AS $$ BEGIN FOR i IN 1..inserts LOOP"
                + " INSERT INTO " + part.table()
                + " (number, note, price) VALUES (i, 'a note of some length', 12.5); COMMIT;"
                + " END LOOP; END $$");
    }

    /** Walwire's triggers stay when the instance that made them has ended. */
    private void capture(String table) {
        Walwire.builder()
                .url(new Target(server.port(), null, "", "").url())
                .name("profile")
                .subscriptions(table)
                .set("walwire.source", "triggers")
                .set("walwire.triggers.manage", "true")
                .handler(on -> on.table(table).onInserts(rows -> {}))
                .start()
                .close();
    }

    private String settingsOfWalwire() throws SQLException {
        return "SECURITY DEFINER "
                + server.value(
                        "SELECT string_agg('SET ' || split_part(s, '=', 1) || ' = ' || CASE WHEN s LIKE 'search_path=%'"
                                + " THEN split_part(s, '=', 2) ELSE quote_literal(split_part(s, '=', 2)) END, ' ')"
                                + " FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid, unnest(p.proconfig) s"
                                + " WHERE t.tgrelid = '" + Part.WALWIRE.table()
                                + "'::regclass AND t.tgnewtable IS NOT NULL AND t.tgtype & 4 = 4");
    }

    private void addTriggers(String settings) throws Exception {
        String each = "FOR EACH ROW";
        String rows = "REFERENCING NEW TABLE AS walwire_rows";
        trigger(Part.EACH_ROW, each, "", "");
        trigger(Part.STATEMENT, rows, "", "");
        trigger(Part.SETTINGS, rows, settings, "");
        trigger(Part.AS_TEXT, rows, settings, TEXT);
        trigger(Part.STORED, rows, settings, STORE);
        Rival.audit(server, Part.AUDIT.table()).close();
    }

    private void trigger(Part part, String kind, String settings, String body) throws SQLException {
        server.run("CREATE FUNCTION of_" + part.table() + "() RETURNS trigger LANGUAGE plpgsql " + settings
                + " AS $$ DECLARE line text; BEGIN " + body + " RETURN NULL; END $$");
        server.run("CREATE TRIGGER of_" + part.table() + " AFTER INSERT ON " + part.table() + " " + kind
                + " EXECUTE FUNCTION of_" + part.table() + "()");
    }

    /** Processor time of the process that writes, for each row. */
    private double micros(Part part) throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SET synchronous_commit = off");
            statement.execute("CALL " + part.procedure() + "(" + ROWS / 10 + ")");
            try (ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
                row.next();
                long pid = row.getLong(1);
                double before = Proc.cpuSeconds(pid);
                statement.execute("CALL " + part.procedure() + "(" + ROWS + ")");
                return (Proc.cpuSeconds(pid) - before) * 1e6 / ROWS;
            }
        }
    }
}
