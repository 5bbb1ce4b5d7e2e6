package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.config.Credentials;
import io.walwire.doctor.Finding;
import io.walwire.doctor.Severity;
import io.walwire.event.Event;
import io.walwire.event.Row;
import io.walwire.event.Transaction;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Names that would break out of their quotes, if they were not doubled everywhere. */
class HostileNamesTest {
    private static final String SCHEMA = "s\"; DROP TABLE victim; --";
    private static final String TABLE = "t'; DROP TABLE victim; --\\\"$$";
    private static final String COLUMN = "c\"'\\,{}";
    private static final String PUBLICATION = "p\"',\\); DROP TABLE victim; --";

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    private void createTables() throws SQLException {
        database.sql(
                "CREATE TABLE victim (id int)",
                "CREATE SCHEMA " + quoted(SCHEMA),
                "CREATE TABLE " + quoted(SCHEMA) + "." + quoted(TABLE) + " (" + quoted(COLUMN)
                        + " int PRIMARY KEY, \"ar\"\"ray\" text[])",
                "ALTER TABLE " + quoted(SCHEMA) + "." + quoted(TABLE) + " REPLICA IDENTITY FULL");
    }

    @Test
    void wholePath_managedPublication() throws Exception {
        createTables();
        String table = quoted(SCHEMA) + "." + quoted(TABLE);
        Recorder<Transaction> transactions = new Recorder<>();
        WalwireBuilder builder = Walwire.builder()
                .url(database.url())
                .publication(PUBLICATION)
                .set("walwire.publication.manage", "exact")
                .subscriptions(table)
                .slotName("z".repeat(63))
                .handler(on -> on.table(table).onChanges(events -> {}))
                .handler(on -> on.onTransaction(transactions::add));
        try (Walwire walwire = builder.start()) {
            database.sql("INSERT INTO " + table + " VALUES (1, '{\"a\",NULL}')");
            Event event = transactions.await(1).get(0).events().get(0);
            Row row = Objects.requireNonNull(Typed.row(event).afterRow());
            assertThat(event.source().schema()).isEqualTo(SCHEMA);
            assertThat(event.source().table()).isEqualTo(TABLE);
            assertThat(event.source().columns()).isEqualTo(Map.of(COLUMN, "int4", "ar\"ray", "text[]"));
            assertThat(row.getInt(COLUMN)).isEqualTo(1);
            assertThat(Objects.requireNonNull(Typed.row(event).key()).getInt(COLUMN))
                    .isEqualTo(1);
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            assertThat(walwire.check()).noneMatch(finding -> finding.severity() == Severity.ERROR);
            database.terminateWalsenders();
            database.sql("UPDATE " + table + " SET \"ar\"\"ray\" = '{}'");
            assertThat(transactions.await(2)).hasSize(2);
        }
        assertThat(database.queryLong("SELECT count(*) FROM victim")).isZero();
        assertThat(database.queryString("SELECT pubname FROM pg_publication")).isEqualTo(PUBLICATION);
    }

    /** What is prescribed is SQL, too. */
    @Test
    void doctor_prescriptions() throws SQLException {
        createTables();
        String table = quoted(SCHEMA) + "." + quoted(TABLE);
        WalwireBuilder builder = Walwire.builder()
                .url(database.url())
                .publication(PUBLICATION)
                .subscriptions(table)
                .slotName("x");
        for (int i = 0; i < 2; i++) {
            database.sql("ALTER TABLE " + table + " REPLICA IDENTITY NOTHING");
            List<Finding> findings = builder.check().stream()
                    .filter(finding -> finding.what().contains("It does not exist.")
                            || finding.what().contains("refuses its updates"))
                    .toList();
            assertThat(findings).hasSize(1);
            database.sql(Objects.requireNonNull(findings.get(0).sql()));
        }
        assertThat(builder.check())
                .noneMatch(finding ->
                        finding.severity() == Severity.ERROR || finding.where().startsWith("table"));
        assertThat(database.queryLong("SELECT count(*) FROM victim")).isZero();
    }

    @Test
    void role_andPassword() throws Exception {
        String role = database.unique("r\"'\\; x");
        String password = "p\"'\\${X} @:/?&=%";
        database.sql(
                "CREATE ROLE " + quoted(role) + " LOGIN REPLICATION PASSWORD '" + password.replace("'", "''") + "'");
        try {
            Items.create(database);
            Recorder<Long> ids = new Recorder<>();
            try (Walwire walwire = new Link(new Credentials(role, password))
                    .reader(database)
                    .handler(Items.ids(ids))
                    .start()) {
                Items.insert(database, 1);
                assertThat(ids.await(1)).containsExactly(1L);
                assertThat(walwire.check()).anyMatch(finding -> finding.where().equals("role " + role));
            }
        } finally {
            database.sql("DROP ROLE " + quoted(role));
        }
    }
}
