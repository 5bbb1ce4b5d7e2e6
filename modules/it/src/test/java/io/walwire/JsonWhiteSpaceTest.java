package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Change;
import io.walwire.event.Event;
import io.walwire.handler.Filter;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import io.walwire.watch.WatchEvent;
import java.util.Objects;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A json column keeps white space that no event shows: where nothing else changes, it is no change to anybody. */
class JsonWhiteSpaceTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final Recorder<String> all = new Recorder<>();
    private final Recorder<String> filtered = new Recorder<>();
    private final Recorder<String> watched = new Recorder<>();

    private static String line(Event event) {
        return event.id().index()
                + Objects.requireNonNull(Typed.row(event).changes()).list().stream()
                        .map(Change::column)
                        .toList()
                        .toString();
    }

    @ParameterizedTest
    @CsvSource({"REPLICATION, false", "REPLICATION, true", "TRIGGERS, false"})
    void whiteSpaceAlone_isNoChange_toChangesFiltersAndWatches(EitherSource source, boolean binary) throws Exception {
        database.sql(
                "CREATE TABLE doc (id int PRIMARY KEY, body json, note text)",
                "ALTER TABLE doc REPLICA IDENTITY FULL",
                "INSERT INTO doc VALUES (1, '{\"a\": [1, \"b  c\"]}', 'x')",
                "CREATE PUBLICATION events FOR ALL TABLES");
        WalwireBuilder builder = binary ? source.temporary(database) : source.asText(database);
        try (Walwire walwire = builder.handler(on -> on.table("doc").onUpdate(event -> all.add(line(event))))
                .handler(on ->
                        on.table("doc").filter(Filter.changed("body")).onUpdate(event -> filtered.add(line(event))))
                .start()) {
            walwire.watch("doc").columns("body").subscribe(event -> {
                if (event instanceof WatchEvent.Changed changed) {
                    watched.add(line(Objects.requireNonNull(changed.event())));
                }
            });
            database.sql("DO $$ BEGIN"
                    + " UPDATE doc SET body = '{\"a\":[1,\"b  c\"]} ';"
                    + " UPDATE doc SET body = E' {\\n\\t\"a\" : [ 1, \"b  c\"]}', note = 'y';"
                    + " UPDATE doc SET body = '{\"a\":[1,\"b c\"]}';"
                    + " END $$");
            assertThat(all.await(3)).containsExactly("0[]", "1[note]", "2[body]");
            assertThat(filtered.await(1)).containsExactly("2[body]");
            assertThat(watched.await(1)).containsExactly("2[body]");
        }
    }
}
