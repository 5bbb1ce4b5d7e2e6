package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Change;
import io.walwire.event.Changes;
import io.walwire.event.Event;
import io.walwire.event.RowEvent;
import io.walwire.handler.Filter;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@link Filter#unwatchedFields} and {@link Filter#changed}: what they drop, and that they never drop in doubt. */
class UnwatchedFieldsTest {
    private static final Filter UNWATCHED = Filter.unwatchedFields("updated_at", "todos");

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Trail trail = new Trail();

    @BeforeEach
    void tables() throws SQLException {
        String columns = " (id int PRIMARY KEY, email text, updated_at int, todos int)";
        Instances.prepare(
                database,
                "CREATE TABLE known" + columns,
                "ALTER TABLE known REPLICA IDENTITY FULL",
                "CREATE TABLE unknown" + columns,
                "INSERT INTO known VALUES (1, 'a', 1, 1)",
                "INSERT INTO unknown VALUES (1, 'a', 1, 1)");
    }

    private List<String> kept(Filter filter, String... statements) throws Exception {
        try (Walwire walwire = Instances.temporary(database)
                .handler(on -> on.allTables()
                        .filter(event -> !"mark".equals(event.source().table()))
                        .filter(filter)
                        .onChange(event -> trail.add(Trail.line(event) + changes(event))))
                .handler(trail.marker())
                .start()) {
            database.sql(statements);
            return trail.upToMark(database);
        }
    }

    private static String changes(Event event) {
        Changes changes = event instanceof RowEvent<?> row ? row.changes() : null;
        return changes == null
                ? ""
                : changes.list().stream().map(Change::column).toList().toString();
    }

    @Test
    void unwatchedFields_onlyTheyChanged_dropped() throws Exception {
        assertThat(kept(
                        UNWATCHED,
                        "UPDATE known SET updated_at = 2",
                        "UPDATE known SET updated_at = 3, todos = 2",
                        "UPDATE known SET todos = NULL"))
                .isEmpty();
    }

    @Test
    void unwatchedFields_anotherChangedToo_keptWithAllChanges() throws Exception {
        assertThat(kept(UNWATCHED, "UPDATE known SET updated_at = 2, email = NULL"))
                .containsExactly("known~1[email, updated_at]");
    }

    @Test
    void unwatchedFields_nothingChanged_dropped() throws Exception {
        assertThat(kept(UNWATCHED, "UPDATE known SET email = email")).isEmpty();
    }

    @Test
    void unwatchedFields_ofAColumnThatIsNot_dropsNothingElse() throws Exception {
        assertThat(kept(Filter.unwatchedFields("no_such"), "UPDATE known SET todos = 2"))
                .containsExactly("known~1[todos]");
    }

    @Test
    void unwatchedFields_insertDeleteTruncate_kept() throws Exception {
        assertThat(kept(UNWATCHED, "INSERT INTO known VALUES (2)", "DELETE FROM known WHERE id = 2", "TRUNCATE known"))
                .containsExactly("known+2", "known-2", "known!");
    }

    @Test
    void unwatchedFields_oldValuesUnknown_neverDropped() throws Exception {
        assertThat(kept(
                        UNWATCHED,
                        "UPDATE unknown SET updated_at = 2",
                        "UPDATE unknown SET email = 'b'",
                        "UPDATE unknown SET email = email"))
                .containsExactly("unknown~1", "unknown~1", "unknown~1");
    }

    @Test
    void unwatchedFields_keyChangedUnderDefault_kept() throws Exception {
        assertThat(kept(UNWATCHED, "UPDATE unknown SET id = 2")).containsExactly("unknown~2[id]");
    }

    @Test
    void unwatchedFields_unwatchedKeyChangedUnderDefault_keptAsTheOthersAreUnknown() throws Exception {
        assertThat(kept(Filter.unwatchedFields("id"), "UPDATE unknown SET id = 2"))
                .containsExactly("unknown~2[id]");
    }

    @Test
    void changed_oneOfTheColumns_kept() throws Exception {
        assertThat(kept(
                        Filter.changed("email", "todos"),
                        "UPDATE known SET email = 'b'",
                        "UPDATE known SET updated_at = 2",
                        "UPDATE known SET todos = NULL",
                        "UPDATE known SET todos = NULL"))
                .containsExactly("known~1[email]", "known~1[todos]");
    }

    @Test
    void changed_otherKinds_kept() throws Exception {
        assertThat(kept(Filter.changed("email"), "INSERT INTO known VALUES (2)", "DELETE FROM known WHERE id = 2"))
                .containsExactly("known+2", "known-2");
    }

    @Test
    void changed_notKnown_kept() throws Exception {
        assertThat(kept(Filter.changed("email"), "UPDATE unknown SET todos = 5", "UPDATE unknown SET id = 2"))
                .containsExactly("unknown~1", "unknown~2[id]");
    }

    @Test
    void changed_sameColumnTwice_isOne() throws Exception {
        assertThat(kept(Filter.changed("email", "email"), "UPDATE known SET todos = 5"))
                .isEmpty();
    }

    @Test
    void eventChanged_knownOnly() throws Exception {
        assertThat(kept(
                        event -> Typed.row(event).changed("email"),
                        "UPDATE unknown SET email = 'b'",
                        "UPDATE known SET email = 'b'"))
                .containsExactly("known~1[email]");
    }

    @Test
    void transitionOfAColumn_matchedByItsValues() throws Exception {
        Filter toNull = Filter.changed("email")
                .and(Filter.where(event -> event.changes() != null
                        && Objects.requireNonNull(event.changes().get("email")).newValue() == null));
        assertThat(kept(toNull, "UPDATE known SET email = 'b'", "UPDATE known SET email = NULL"))
                .containsExactly("known~1[email]");
    }
}
