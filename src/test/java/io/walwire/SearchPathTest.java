package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tables of the user are found on the role's search path, which also has operators that another role made. None of them runs. */
class SearchPathTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.on(() -> PostgresServer.of(14));

    private ForeignCode prepare(String... scripts) throws Exception {
        Instances.prepare(database, "CREATE TABLE item (id int PRIMARY KEY)");
        for (String script : scripts) {
            database.sql(LetterBox.ddl(script));
        }
        ForeignCode foreign = ForeignCode.in(database);
        foreign.reset();
        return foreign;
    }

    /** Tests' own queries must not meet the operators. */
    @AfterEach
    void remove() throws SQLException {
        database.sql("DROP SCHEMA public CASCADE");
    }

    @Test
    void doctor_runsNoOperatorOfAnotherRole() throws Exception {
        ForeignCode foreign = prepare("dead-letters.sql");
        assertThat(Instances.temporary(database)
                        .set("walwire.failure", "dead-letter")
                        .set("walwire.dead-letters", "table")
                        .check())
                .noneMatch(finding -> finding.where().contains("walwire_dead_letter"));
        assertThat(foreign.hasRun()).isFalse();
    }

    @Test
    void deadLetters_runNoOperatorOfAnotherRole() throws Exception {
        ForeignCode foreign = prepare("dead-letters.sql");
        DeadLetters letters = DeadLetters.table(LetterBox.source(database));
        try (Walwire walwire = Instances.durable(database)
                .set("walwire.failure", "dead-letter")
                .set("walwire.dead-letters", "table")
                .handler("no", on -> on.table("item").onInsert(event -> {
                    throw new IllegalStateException("no");
                }))
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            walwire.awaitCurrent(Duration.ofSeconds(60));
        }
        assertThat(LetterBox.all(letters)).hasSize(1);
        assertThat(letters.remove(LetterBox.all(letters).get(0).id())).isEqualTo(1);
        assertThat(foreign.hasRun()).isFalse();
    }

    @Test
    void checkpoint_runsNoOperatorOfAnotherRole() throws Exception {
        ForeignCode foreign = prepare("checkpoint.sql");
        Recorder<Long> seen = new Recorder<>();
        try (Walwire walwire = Instances.durable(database)
                .checkpoint(JdbcCheckpoint.of(LetterBox.source(database), "shop"))
                .handler(Items.ids(seen))
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            seen.await(1);
            walwire.awaitCurrent(Duration.ofSeconds(60));
        }
        assertThat(foreign.hasRun()).isFalse();
    }
}
