package io.walwire.internal.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How many calls are timed together. */
class CallPaceTest {
    private static final long MICROSECOND = 1000;

    private final CallPace pace = new CallPace();

    /** Groups of as many calls as the pace says, each of which takes some time; how many calls they had. */
    private List<Integer> groups(int howMany, long each) {
        List<Integer> calls = new ArrayList<>();
        for (int i = 0; i < howMany; i++) {
            calls.add(pace.calls());
            pace.took(pace.calls(), pace.calls() * each);
        }
        return calls;
    }

    @Test
    void shortCalls_areTimedTogether_asLongAsSome50Microseconds() {
        assertThat(groups(7, 2 * MICROSECOND)).containsExactly(1, 2, 4, 8, 16, 16, 16);
        assertThat(pace.each()).isEqualTo(2 * MICROSECOND);
    }

    @Test
    void emptyCalls_haveABound() {
        assertThat(groups(20, 10)).endsWith(64, 64);
    }

    @Test
    void callsThatTakeLong_areTimedOneByOne() {
        assertThat(groups(5, 60 * MICROSECOND)).containsOnly(1);
    }

    @Test
    void callsThatBecomeLonger_areTimedInSmallerGroups() {
        groups(10, MICROSECOND);
        assertThat(pace.calls()).isEqualTo(32);
        assertThat(groups(5, 10 * MICROSECOND)).containsExactly(32, 16, 8, 4, 4);
    }

    /** A group with a second slow call would look like one that is slower still. */
    @Test
    void afterASlowCall_theNextOnesAreTimedOneByOne() {
        groups(10, MICROSECOND);
        pace.took(32, 10_000 * MICROSECOND);
        assertThat(groups(64, MICROSECOND)).containsOnly(1);
        assertThat(groups(4, MICROSECOND)).containsExactly(1, 2, 4, 8);
    }

    /** Transactions of few calls say nothing about longer groups. */
    @Test
    void groupThatIsNotFull_doesNotGrow() {
        groups(3, MICROSECOND);
        assertThat(pace.calls()).isEqualTo(8);
        pace.took(1, MICROSECOND);
        assertThat(pace.calls()).isEqualTo(8);
    }
}
