package io.walwire.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
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
    void toString_lsnAndIndex() {
        assertThat(new EventId(Lsn.parse("0/16B6C50"), 3)).hasToString("0/16B6C50#3");
    }
}
