package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Event;
import io.walwire.event.RowEvent;
import io.walwire.testing.HostileContents;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Names and values of roles that want to harm come through the outbox as they are. */
class TriggerHostileContentsTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Recorder<RowEvent<?>> events = new Recorder<>();

    private Walwire start() {
        return Outboxes.temporary(database)
                .handler(on -> on.onTransaction(each -> each.events().forEach(this::add)))
                .start();
    }

    private void add(Event event) {
        if (event instanceof RowEvent<?> row) {
            events.add(row);
        }
    }

    private static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    @Test
    void namesOfTablesAndColumns() throws Exception {
        List<String> names = HostileContents.names();
        for (String name : names) {
            database.sql("CREATE TABLE " + quoted(name) + " (id int PRIMARY KEY, " + quoted(name) + " text)");
        }
        try (Walwire walwire = start()) {
            for (String name : names) {
                database.sql("INSERT INTO " + quoted(name) + " VALUES (1, 'tea')");
            }
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(events.all()).extracting(event -> event.source().table()).containsExactlyInAnyOrderElementsOf(names);
        assertThat(events.all()).allSatisfy(event -> assertThat(Objects.requireNonNull(event.afterRow())
                        .getString(event.source().table()))
                .isEqualTo("tea"));
    }

    @Test
    void values() throws Exception {
        database.sql("CREATE TABLE item (id int PRIMARY KEY, note text)");
        List<String> texts = HostileContents.texts();
        try (Walwire walwire = start();
                Connection connection = database.connect()) {
            insert(connection, texts);
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(events.all().stream()
                        .map(event -> Objects.requireNonNull(event.afterRow()).getString("note")))
                .isEqualTo(texts);
    }

    private static void insert(Connection connection, List<String> texts) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO item VALUES (?, ?)")) {
            for (int i = 0; i < texts.size(); i++) {
                insert.setInt(1, i);
                insert.setString(2, texts.get(i));
                insert.executeUpdate();
            }
        }
    }
}
