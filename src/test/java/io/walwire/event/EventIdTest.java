package io.walwire.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class EventIdTest {
    @Test
    void compareTo_byCommitThenIndex() {
        EventId first = new EventId(Lsn.parse("0/10"), 7);
        EventId second = new EventId(Lsn.parse("0/10"), 10);
        EventId third = new EventId(Lsn.parse("80000000/0"), 0);
        assertThat(List.of(third, second, first).stream().sorted()).containsExactly(first, second, third);
        assertThat(first).isEqualByComparingTo(new EventId(Lsn.parse("0/10"), 7));
    }

    @Test
    void compareTo_schemaChange_isRightBeforeItsChange() {
        Lsn commit = Lsn.parse("0/10");
        List<EventId> ordered = Stream.of(-1, 0, -2, 1, 2, -4, 3)
                .map(index -> new EventId(commit, index))
                .toList();
        assertThat(ordered.stream().sorted(Comparator.reverseOrder()).sorted()).isEqualTo(ordered);
    }

    @Test
    void toString_lsnAndIndex() {
        assertThat(new EventId(Lsn.parse("0/16B6C50"), 3)).hasToString("0/16B6C50#3");
    }
}
