package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.config.Credentials;
import io.walwire.error.WalwireException;
import io.walwire.handler.FailurePolicy;
import io.walwire.lifecycle.State;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Several instances in one JVM, and credentials that are asked for at each connect. */
class SideBySideTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void tables() throws SQLException {
        Instances.prepare(
                database, "CREATE TABLE item (id int PRIMARY KEY)", "CREATE TABLE other (id int PRIMARY KEY)");
    }

    @Test
    void instances_ofOneDatabase_eachGetEverythingOfTheirOwn() throws Exception {
        Trail first = new Trail();
        Trail second = new Trail();
        try (Walwire one = Instances.temporary(database)
                        .name("one")
                        .subscriptions("item", "mark")
                        .handler(on -> on.allTables()
                                .filter(e -> !"mark".equals(e.source().table()))
                                .onChanges(first.runs("one")))
                        .handler(first.marker())
                        .start();
                Walwire two = Instances.durable(database)
                        .name("two")
                        .handler(on -> on.allTables()
                                .filter(e -> !"mark".equals(e.source().table()))
                                .onChanges(second.runs("two")))
                        .handler(second.marker())
                        .start()) {
            database.inTransaction("INSERT INTO item VALUES (1)", "INSERT INTO other VALUES (1)");
            assertThat(first.upToMark(database)).containsExactly("one: item+1");
            assertThat(second.upToMark(database)).containsExactly("two: item+1 other+1");
            assertThat(one.status().slot()).isNotEqualTo(two.status().slot());
        }
    }

    @Test
    void instances_ofTheSameName_areAllowedWithTemporarySlots() throws Exception {
        Trail first = new Trail();
        Trail second = new Trail();
        try (Walwire one = Instances.temporary(database)
                        .handler(on -> on.table("item").onChanges(first.runs("one")))
                        .start();
                Walwire two = Instances.temporary(database)
                        .handler(on -> on.table("item").onChanges(second.runs("two")))
                        .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            assertThat(first.await(1)).containsExactly("one: item+1");
            assertThat(second.await(1)).containsExactly("two: item+1");
        }
    }

    @Test
    void instanceThatFails_leavesTheOtherAlone() throws Exception {
        Trail trail = new Trail();
        try (Walwire failing = Instances.durable(database)
                        .handler(on -> on.table("item").onChanges(events -> {
                            throw new IllegalStateException("not today");
                        }))
                        .failurePolicy(FailurePolicy.stop())
                        .start();
                Walwire other = Instances.temporary(database)
                        .handler(on -> on.table("item").onChanges(trail.runs("other")))
                        .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            assertThatThrownBy(() -> failing.awaitTermination(LONG)).isInstanceOf(WalwireException.class);
            database.sql("INSERT INTO item VALUES (2)");
            assertThat(trail.await(2)).containsExactly("other: item+1", "other: item+2");
            assertThat(other.state()).isEqualTo(State.STREAMING);
        }
    }

    @Test
    void instanceThatIsClosed_leavesTheOtherAlone() throws Exception {
        Trail trail = new Trail();
        try (Walwire other = Instances.temporary(database)
                .handler(on -> on.table("item").onChanges(trail.runs("other")))
                .start()) {
            Instances.temporary(database).start().close();
            database.sql("INSERT INTO item VALUES (1)");
            assertThat(trail.await(1)).containsExactly("other: item+1");
        }
    }

    @Test
    void credentials_areAskedForAgain_whenTheConnectionWasLost() throws Exception {
        Recorder<Credentials> asked = new Recorder<>();
        String first = database.role("SUPERUSER LOGIN REPLICATION PASSWORD 'first'");
        String second = database.role("SUPERUSER LOGIN REPLICATION PASSWORD 'second'");
        Trail trail = new Trail();
        String url = "postgresql://" + database.server().host() + ':'
                + database.server().port() + '/' + database.name();
        boolean[] rotated = new boolean[1];
        try (Walwire walwire = Walwire.builder()
                .url(url)
                .publication("events")
                .slotName(Instances.slot(database))
                .credentials(() -> {
                    Credentials now = rotated[0] ? new Credentials(second, "second") : new Credentials(first, "first");
                    asked.add(now);
                    return now;
                })
                .handler(on -> on.table("item").onChanges(trail.runs("item")))
                .start()) {
            database.sql("INSERT INTO item VALUES (1)");
            trail.await(1);
            int before = asked.all().size();
            assertThat(before).isPositive();
            assertThat(asked.all()).containsOnly(new Credentials(first, "first"));
            assertThat(userOfTheStream()).isEqualTo(first);
            rotated[0] = true;
            assertThat(database.terminateWalsenders()).isEqualTo(1);
            database.sql("INSERT INTO item VALUES (2)");
            assertThat(trail.await(2)).containsExactly("item: item+1", "item: item+2");
            assertThat(asked.all()).hasSizeGreaterThan(before).endsWith(new Credentials(second, "second"));
            assertThat(userOfTheStream()).isEqualTo(second);
            assertThat(walwire.status().reconnects()).isEqualTo(1);
        }
    }

    private String userOfTheStream() throws SQLException {
        return database.queryString(
                "SELECT usename FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'walsender'");
    }
}
