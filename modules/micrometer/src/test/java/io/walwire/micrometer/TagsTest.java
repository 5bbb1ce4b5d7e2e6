package io.walwire.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.walwire.event.Kind;
import io.walwire.internal.text.TableName;
import io.walwire.testing.HostileContents;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** However many tables and handlers there are, the meters are bounded. */
class TagsTest {
    @Test
    void tablesBeyondTheBound_countAsOther() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        TableCounters tables =
                new TableCounters((table, kind) -> registry.counter("events", "table", table, "kind", kind.jsonName()));
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 150; i++) {
                tables.counter("s" + i % 7, "t" + i, Kind.INSERT).increment();
            }
        }
        tables.counter(null, null, Kind.MESSAGE).increment();
        tables.counter("s0", "t0", Kind.DELETE).increment(5);
        assertThat(registry.getMeters()).hasSize(BoundedTag.MAX + 1 + 2);
        assertThat(registry.get("events")
                        .tags("table", "other", "kind", "insert")
                        .counter()
                        .count())
                .isEqualTo(100);
        assertThat(registry.get("events")
                        .tags("table", "s1.t99", "kind", "insert")
                        .counter()
                        .count())
                .isEqualTo(2);
        assertThat(registry.get("events")
                        .tags("table", "s0.t0", "kind", "delete")
                        .counter()
                        .count())
                .isEqualTo(5);
        assertThat(registry.get("events")
                        .tags("table", "none", "kind", "message")
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    /** A name is in quotes where it has to be in {@code walwire.subscriptions}. */
    @Test
    void tablesWithDotsAndQuotes_haveTagsOfTheirOwn() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        TableCounters tables = new TableCounters((table, kind) -> registry.counter("events", "table", table));
        List<List<String>> names = List.of(
                List.of("a.b", "c"),
                List.of("a", "b.c"),
                List.of("a", "\"b.c\""),
                List.of("a", "b"),
                List.of("a.\"b", "c\""),
                List.of("two words", "c"));
        names.forEach(
                name -> tables.counter(name.get(0), name.get(1), Kind.INSERT).increment());
        assertThat(registry.getMeters().stream().map(meter -> meter.getId().getTag("table")))
                .containsExactlyInAnyOrder(
                        "\"a.b\".c",
                        "a.\"b.c\"",
                        "a.\"\"\"b.c\"\"\"",
                        "a.b",
                        "\"a.\"\"b\".\"c\"\"\"",
                        "\"two words\".c");
    }

    @Test
    void hostileNames_areWrittenAsElsewhere() {
        assertThat(HostileContents.names()).allSatisfy(name -> assertThat(TableCounters.tag(name, name))
                .isEqualTo(new TableName(name, name).toString()));
    }

    /** A line break in a name would begin a line of its own. */
    @Test
    void hostileNames_areOneSeriesEach() {
        Exposition exposition = new Exposition();
        TableCounters tables =
                new TableCounters((table, kind) -> exposition.registry.counter("events", "table", table));
        List<String> names = HostileContents.names();
        for (String name : names) {
            tables.counter("public", name, Kind.INSERT).increment();
            tables.counter(name, "item", Kind.INSERT).increment();
        }
        assertThat(exposition.series()).hasSize(2 * names.size());
        assertThat(exposition.registry.scrape().lines().filter(line -> !line.startsWith("#")))
                .hasSize(2 * names.size())
                .allMatch(line -> line.startsWith("events_total{table=\"") && line.endsWith("\"} 1.0"));
    }

    @Test
    void valuesBeyondTheBound_shareOne() {
        List<String> made = new ArrayList<>();
        BoundedTag<Counter> tag = new BoundedTag<>(value -> {
            made.add(value);
            return new SimpleMeterRegistry().counter(value);
        });
        for (int i = 0; i < 300; i++) {
            assertThat(tag.of("h" + i)).isSameAs(tag.of("h" + i));
        }
        assertThat(tag.of("h200")).isSameAs(tag.of("h299")).isNotSameAs(tag.of("h99"));
        assertThat(made).hasSize(BoundedTag.MAX + 1).endsWith(BoundedTag.OTHER);
    }
}
