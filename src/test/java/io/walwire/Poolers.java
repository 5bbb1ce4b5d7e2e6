package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.doctor.Finding;
import io.walwire.doctor.Severity;
import io.walwire.testing.PgBouncer;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A database behind a real PgBouncer. */
abstract class Poolers {
    /** What makes it take a connection of pgJDBC's at all. */
    static final String FLOAT_DIGITS = "extra_float_digits";

    static final String AND_OPTIONS = FLOAT_DIGITS + ",options";

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void createTables() throws SQLException {
        Items.create(database);
    }

    Connection direct(PgBouncer bouncer) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://localhost:" + bouncer.port() + "/" + database.name(),
                database.server().user(),
                database.server().password());
    }

    static List<Finding> errors(WalwireBuilder builder) {
        return builder.check().stream()
                .filter(finding -> finding.severity() == Severity.ERROR)
                .toList();
    }

    /** The sessions behind a pooler are the application's, too: what Walwire sets for itself must not stay there. */
    void requireUntouchedSettings(PgBouncer bouncer) throws SQLException {
        try (Connection application = direct(bouncer);
                Statement statement = application.createStatement();
                ResultSet changed = statement.executeQuery("SELECT s.name FROM pg_settings s WHERE s.source = 'session'"
                        + " AND s.name IN ('search_path', 'statement_timeout', 'lock_timeout',"
                        + " 'transaction_timeout', 'row_security', 'default_transaction_isolation')")) {
            assertThat(changed.next()).isFalse();
        }
    }
}
