package io.walwire.internal.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.LogLines;
import io.walwire.event.Lsn;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How much is known of events while no snapshot can be taken. */
class LastEventsTest {
    private static final int TRANSACTIONS = 5_000_000;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void transactionsOfAnyKey_haveABound_withoutASnapshot(boolean withKeys) {
        LastEvents events = new LastEvents(10_000);
        OpenRead read = new OpenRead(List.of());
        int most = 0;
        int times = 0;
        try (LogLines log = new LogLines()) {
            for (int i = 1; i <= TRANSACTIONS; i++) {
                DeliveredTransaction by = new DeliveredTransaction(i, new Lsn(i));
                if (withKeys) {
                    events.of(ModelRow.key("k" + i), by, false);
                } else {
                    events.ofAnyKey(by);
                }
                events.shrink(null, List.of(read));
                most = Math.max(most, events.transactionsOfAnyKey());
                if (events.isOutgrown()) {
                    times++;
                    events.forgetAll(List.of(read));
                    assertThat(events.transactionsOfAnyKey()).as("the latest").isEqualTo(1);
                }
            }
            assertThat(log.with("WARN", "from the beginning: " + LastEvents.MOST + " transactions"))
                    .hasSize(times);
        }
        assertThat(times).isGreaterThan(10);
        assertThat(most).isLessThan(LastEvents.MOST + 1_000);
        assertThat(read.isGivenUp()).isTrue();
    }
}
