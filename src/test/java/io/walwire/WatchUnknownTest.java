package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.TestDatabase;
import java.sql.SQLException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tables whose old values PostgreSQL does not send: nothing is dropped for that, and what is not certain says so. */
class WatchUnknownTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private @Nullable Watching running;

    @BeforeEach
    void start() throws SQLException {
        Instances.prepare(
                database,
                "CREATE TABLE item (id int PRIMARY KEY, role_id int, note text, code int NOT NULL DEFAULT 0)",
                "ALTER TABLE item ALTER note SET STORAGE EXTERNAL");
        database.sql("INSERT INTO item VALUES (1, 1, repeat('x', 5000)), (2, 2, 'short')");
        running = Watching.start(database);
    }

    @AfterEach
    void stop() {
        watching().close();
    }

    private Watching watching() {
        return Objects.requireNonNull(running);
    }

    @Test
    void columns_unknownIsDelivered_whatCannotHaveChangedIsNot() throws Exception {
        Watching watching = watching();
        watching.add("role", watching.watch("item").columns("role_id"));
        watching.add("note", watching.watch("item").columns("note"));
        watching.add("id", watching.watch("item").columns("id"));
        watching.sql("UPDATE item SET code = 1");
        assertThat(watching.lines("role")).containsExactly("~1 uncertain", "~2 uncertain");
        // an unchanged TOASTed value is known not to have changed, and so is a key that was not sent
        assertThat(watching.lines("note")).containsExactly("~2 uncertain");
        assertThat(watching.lines("id")).isEmpty();
        watching.sql("UPDATE item SET id = 3 WHERE id = 2");
        assertThat(watching.lines("id")).containsExactly("~2>3");
    }

    @Test
    void changed_oldValueUnknown_newValueDecides() throws Exception {
        Watching watching = watching();
        watching.add("to", watching.watch("item").changed("role_id").to(7));
        watching.add("from", watching.watch("item").changed("role_id").from(1));
        watching.sql("UPDATE item SET role_id = 7 WHERE id = 1", "UPDATE item SET role_id = 8 WHERE id = 2");
        assertThat(watching.lines("to")).containsExactly("~1 uncertain");
        assertThat(watching.lines("from")).containsExactly("~1 uncertain", "~2 uncertain");
    }

    @Test
    void where_oldParentUnknown_everyParentGetsIt_theNewOneForCertain() throws Exception {
        Watching watching = watching();
        watching.add("one", watching.watch("item").where("role_id", 1));
        watching.add("two", watching.watch("item").where("role_id", 2));
        watching.sql(
                "UPDATE item SET role_id = 2 WHERE id = 1",
                "INSERT INTO item VALUES (5, 1)",
                "DELETE FROM item WHERE id = 5");
        assertThat(watching.lines("one")).containsExactly("~1 uncertain", "+5", "-5 uncertain");
        assertThat(watching.lines("two")).containsExactly("~1", "-5 uncertain");
    }

    @Test
    void predicates_thatReadWhatWasNotSent_doNotKnow() throws Exception {
        Watching watching = watching();
        watching.add("ofKey", watching.watch("item").where(row -> Objects.equals(row.getInt("id"), 1)));
        watching.add("enters", watching.watch("item").enters(row -> Objects.equals(row.getInt("role_id"), 7)));
        watching.add("leaves", watching.watch("item").leaves(row -> Objects.equals(row.getInt("role_id"), 7)));
        watching.add("stays", watching.watch("item").staysIn(row -> Objects.equals(row.getInt("role_id"), 7)));
        watching.sql(
                "UPDATE item SET role_id = 7 WHERE id = 1",
                "UPDATE item SET role_id = 8 WHERE id = 1",
                "DELETE FROM item WHERE id = 1");
        assertThat(watching.lines("ofKey")).containsExactly("~1", "~1", "-1");
        assertThat(watching.lines("enters")).containsExactly("~1 uncertain");
        assertThat(watching.lines("leaves")).containsExactly("~1 uncertain", "-1 uncertain");
        assertThat(watching.lines("stays")).containsExactly("~1 uncertain");
        assertThat(watching.walwire().watchStatus().failed()).isZero();
    }

    @Test
    void full_afterAlter_isCertain() throws Exception {
        Watching watching = watching();
        watching.add("role", watching.watch("item").columns("role_id"));
        watching.add("one", watching.watch("item").where("role_id", 1));
        watching.sql(
                "ALTER TABLE item REPLICA IDENTITY FULL", "UPDATE item SET code = 1", "UPDATE item SET role_id = 3");
        assertThat(watching.lines("role")).containsExactly("~1", "~2");
        assertThat(watching.lines("one")).containsExactly("~1", "~1");
    }

    /** The key is then the index's column. */
    @Test
    void identityOfAnIndex_isTheKey() throws Exception {
        Watching watching = watching()
                .sql(
                        "DELETE FROM item WHERE id = 2",
                        "CREATE UNIQUE INDEX by_code ON item (code)",
                        "ALTER TABLE item REPLICA IDENTITY USING INDEX by_code");
        watching.add("code", watching.watch("item").key(0));
        watching.sql("UPDATE item SET role_id = 4", "UPDATE item SET code = 9");
        assertThat(watching.lines("code")).containsExactly("~0", "~0>9");
    }

    /** PostgreSQL then sends the partition's old rows under the root's name: none, or its key. */
    @Test
    void partitionWithoutFull_underARootThatIs_isNotKnown() throws Exception {
        Watching watching = watching()
                .sql(
                        "CREATE TABLE part (id int PRIMARY KEY, note text) PARTITION BY RANGE (id)",
                        "CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (100)",
                        "ALTER TABLE part REPLICA IDENTITY FULL",
                        "ALTER TABLE part_1 REPLICA IDENTITY DEFAULT",
                        "ALTER PUBLICATION events SET (publish_via_partition_root = true)",
                        "INSERT INTO part VALUES (1, 'a')");
        watching.add("note", watching.watch("part").columns("note"));
        watching.add("b", watching.watch("part").where("note", "b"));
        watching.add("key", watching.watch("part").key(1));
        watching.sql("UPDATE part SET note = 'c'", "UPDATE part SET id = 2", "DELETE FROM part");
        assertThat(watching.lines("note")).containsExactly("~1 uncertain", "~1>2 uncertain", "-2");
        assertThat(watching.lines("b")).containsExactly("~1 uncertain", "~1>2 uncertain", "-2 uncertain");
        assertThat(watching.lines("key")).containsExactly("~1", "~1>2");
    }

    @Test
    void json_saysUncertain() throws Exception {
        Watching watching = watching();
        watching.add("role", watching.watch("item").columns("role_id"));
        watching.sql("UPDATE item SET code = 1 WHERE id = 2");
        assertThat(watching.only("role").toJson()).endsWith(",\"watch\":{\"certain\":false}}");
    }
}
