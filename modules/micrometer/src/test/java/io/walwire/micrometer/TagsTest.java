package io.walwire.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.walwire.event.Kind;
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
