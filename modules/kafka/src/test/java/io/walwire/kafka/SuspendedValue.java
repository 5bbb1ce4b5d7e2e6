package io.walwire.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Event;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** JSON that waits before it writes a row, as a process does that is suspended in the middle of a group. */
final class SuspendedValue implements KafkaValue {
    private final KafkaValue json = KafkaValue.json();
    private final String row;
    private final CountDownLatch suspended = new CountDownLatch(1);
    private final CountDownLatch go = new CountDownLatch(1);

    SuspendedValue(int row) {
        this("\"new_record\":{\"id\":" + row + ",");
    }

    private SuspendedValue(String row) {
        this.row = row;
    }

    /** At the change with a number of {@link NumberedChanges}. */
    static SuspendedValue atChange(int number) {
        return new SuspendedValue("\"name\":\"" + number + "\"}");
    }

    boolean isAt(Event event) {
        return event.toJson().contains(row);
    }

    @Override
    public byte[] bytes(Event event) {
        if (isAt(event)) {
            suspended.countDown();
            await(go);
        }
        return json.bytes(event);
    }

    void awaitSuspended() {
        await(suspended);
    }

    void go() {
        go.countDown();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(180, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
