package io.walwire.benchmarks;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/** Triggers that people write themselves, on one table, and who reads what they bring. */
final class Rival implements AutoCloseable {
    private static final String CHANNEL = "rival_keys";

    private final @Nullable Connection connection;
    private final @Nullable Thread listener;
    private volatile boolean ends;

    private Rival(@Nullable Connection connection) {
        this.connection = connection;
        this.listener = connection == null ? null : new Thread(() -> listen(connection));
        if (listener != null) {
            listener.start();
        }
    }

    /** A row's old and new values as JSON, in a table that only grows. */
    static Rival audit(BenchmarkServer server, String table) throws SQLException {
        server.run("DROP TABLE IF EXISTS audited");
        server.run(
                "CREATE TABLE audited (id bigserial PRIMARY KEY, name text, kind text, at timestamptz, old jsonb, new jsonb)");
        server.run("CREATE OR REPLACE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                + " INSERT INTO audited (name, kind, at, old, new) VALUES (TG_TABLE_NAME, TG_OP, now(),"
                + " CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END, CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END);"
                + " RETURN NULL; END $$");
        server.run("CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON " + table
                + " FOR EACH ROW EXECUTE FUNCTION audit()");
        return new Rival(null);
    }

    /** What EctoWatch makes: the kind and the key of each row, as the payload of a notification. */
    static Rival keys(BenchmarkServer server, String table) throws SQLException {
        server.run("CREATE OR REPLACE FUNCTION notify_key() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                + " PERFORM pg_notify('" + CHANNEL
                + "', jsonb_build_object('type', lower(TG_OP), 'identifier', TG_TABLE_NAME,"
                + " 'values', jsonb_build_object('id', coalesce(NEW.id, OLD.id)))::text); RETURN NULL; END $$");
        server.run("CREATE TRIGGER notify_key AFTER INSERT OR UPDATE OR DELETE ON " + table
                + " FOR EACH ROW EXECUTE FUNCTION notify_key()");
        Connection connection = server.connect();
        try (Statement statement = connection.createStatement()) {
            statement.execute("LISTEN " + CHANNEL);
        }
        return new Rival(connection);
    }

    private void listen(Connection listening) {
        try {
            PGConnection driver = listening.unwrap(PGConnection.class);
            while (!ends) {
                driver.getNotifications(50);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws SQLException, InterruptedException {
        ends = true;
        if (listener != null && connection != null) {
            listener.join();
            connection.close();
        }
    }
}
