package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.doctor.Finding;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the doctor finds about triggers, before the first start and after it. */
class TriggerDoctorTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void create() throws SQLException {
        database.sql("CREATE TABLE item (id int PRIMARY KEY)");
    }

    private void install(String tables) {
        Outboxes.durable(database).subscriptions(tables).start().close();
    }

    @Test
    void roleWithAPercentSign_isNamedInTheRevoke() throws Exception {
        install("item");
        String role = "\"" + database.unique("50%zz") + "\"";
        database.sql("CREATE ROLE " + role, "GRANT ALL ON walwire.walwire_outbox TO " + role);
        try {
            List<Finding> found = Outboxes.durable(database).subscriptions("item").check();
            assertThat(found)
                    .extracting(Finding::sql)
                    .contains("REVOKE REFERENCES, TRIGGER ON TABLE walwire.walwire_outbox FROM " + role + ";");
        } finally {
            database.sql("DROP OWNED BY " + role, "DROP ROLE " + role);
        }
    }
}
