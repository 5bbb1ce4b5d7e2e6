package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code walwire tail} prints of each case that is easily got wrong: the whole lines, as they leave the process. */
class TailTest {
    /** All that every line has, in this order. */
    private static final Pattern LINE = Pattern.compile("\\{\"name\":(?<name>.*?),\"type\":\"(?<type>[a-z]+)\","
            + "\"source\":\\{\"name\":\"Walwire\",\"version\":\"[^\"]+\",\"db\":\"(?<db>[^\"]+)\""
            + "(?<table>,\"schema\":.*?,\"table\":.*?,\"columns\":\\{.*?})?},"
            + "\"key\":(?<key>.*?),\"new_record\":(?<now>.*),\"old_record\":(?<old>.*?),\"changes\":(?<changes>.*?),"
            + "\"unavailable\":(?<unavailable>\\[.*?])(,(?<more>\"[a-z]+\":\\{.*}))?,"
            + "\"timestamp\":(null|\"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,6})?Z\"),"
            + "\"transaction\":(null|\\{\"xid\":\\d+,\"commit_lsn\":\"[0-9A-F]+/[0-9A-F]+\","
            + "\"end_lsn\":\"[0-9A-F]+/[0-9A-F]+\",\"index\":(?<index>\\d+|null)})(?<last>,\".*)?}");

    private static String shortened(String line, String database) {
        Matcher parts = LINE.matcher(line);
        assertThat(parts.matches()).as(line).isTrue();
        assertThat(parts.group("db")).isEqualTo(database);
        String rest = parts.group("more") == null ? "" : " " + parts.group("more");
        return (parts.group("name").replace("\"", "") + " " + parts.group("type") + " " + parts.group("index") + " key="
                        + parts.group("key") + " new=" + parts.group("now") + " old=" + parts.group("old") + " changes="
                        + parts.group("changes") + " unavailable=" + parts.group("unavailable") + rest
                        + (parts.group("last") == null ? "" : parts.group("last")))
                .replace(TailCases.BODY, "BODY")
                .replaceFirst("\"lsn\":\"[0-9A-F]+/[0-9A-F]+\"", "\"lsn\":\"-\"");
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 15, 16, 17, 18})
    void tail_ofEachCase_printsWhatTheContractSays(int version) throws Exception {
        List<TailCases.Case> cases = TailCases.of(version);
        List<String> expected = new ArrayList<>();
        try (TestDatabase database = TestDatabase.create(PostgresServer.of(version))) {
            for (TailCases.Case each : cases) {
                database.sql(each.before().toArray(String[]::new));
            }
            database.sql(TailCases.publications(version));
            String slot = database.unique("tailed");
            database.createSlot(slot);
            for (TailCases.Case each : cases) {
                database.sql(each.changes().toArray(String[]::new));
                each.lines().forEach(line -> expected.add(each.name() + ": " + line));
            }
            List<String> printed;
            try (TailProcess tail = new TailProcess(database, slot, "events,rooted")) {
                printed = tail.printed().await(expected.size());
            }
            for (int i = 0; i < expected.size(); i++) {
                String name = expected.get(i).replaceFirst(": .*", ": ");
                assertThat(name + shortened(printed.get(i), database.name()))
                        .as("line %d of PostgreSQL %d", i, version)
                        .isEqualTo(expected.get(i));
            }
            assertThat(printed).hasSameSizeAs(expected);
        }
    }
}
