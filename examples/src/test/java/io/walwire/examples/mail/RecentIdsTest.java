package io.walwire.examples.mail;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.EventId;
import io.walwire.event.Lsn;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What is remembered, and for how long. */
class RecentIdsTest {
    private final RecentIds ids = new RecentIds(2);

    private static EventId id(long commit) {
        return new EventId(new Lsn(commit), 0);
    }

    private long[] remembered() {
        return LongStream.rangeClosed(1, 5)
                .filter(commit -> ids.contains(id(commit)))
                .toArray();
    }

    @Test
    void add_beyondTheBound_forgetsTheOldest() {
        ids.add(id(5));
        ids.add(id(1)); // a replayed dead letter is older than what followed it
        ids.add(id(1));
        assertThat(remembered()).containsExactly(1, 5);
        ids.add(id(2));
        assertThat(remembered()).containsExactly(1, 2);
    }

    @Test
    void clear_forgetsAll() {
        ids.add(id(1));
        ids.clear();
        ids.add(id(2));
        assertThat(remembered()).containsExactly(2);
    }
}
