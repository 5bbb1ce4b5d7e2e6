package io.walwire;

import io.walwire.doctor.Finding;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A schema with a table of the reader's and one of another role: for tests of what a pattern takes in. */
abstract class PatternTables {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    String reader = "";
    String other = "";

    @BeforeEach
    void createTables() throws SQLException {
        reader = database.role("LOGIN REPLICATION");
        other = database.role("LOGIN");
        database.sql(
                "GRANT CREATE ON DATABASE \"" + database.name() + "\" TO " + reader,
                "CREATE SCHEMA shop",
                "GRANT USAGE ON SCHEMA shop TO " + reader,
                "CREATE TABLE shop.item (id int PRIMARY KEY)",
                "ALTER TABLE shop.item OWNER TO " + reader,
                "CREATE TABLE shop.hers (id int PRIMARY KEY)",
                "ALTER TABLE shop.hers OWNER TO " + other);
    }

    List<String> warnings(WalwireBuilder builder) {
        try (LogLines log = new LogLines()) {
            builder.start().close();
            return log.with("WARN", "not come");
        }
    }

    List<String> names(String sql) throws SQLException {
        return database.query(sql).stream()
                .map(row -> String.valueOf(row.get("t")))
                .toList();
    }

    static List<Finding> about(WalwireBuilder builder, String text) {
        return builder.check().stream()
                .filter(finding -> finding.what().contains(text))
                .toList();
    }
}
