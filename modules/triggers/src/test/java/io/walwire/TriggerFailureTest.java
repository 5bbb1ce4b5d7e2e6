package io.walwire;

import io.walwire.testing.TestDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What an application hears of an instance of the trigger source that fails. */
class TriggerFailureTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @Test
    void durable_handlerThrows_oneErrorWithCausePositionAndWayOn_oneCall() throws Exception {
        Items.create(database);
        FailureHeardTest.requireOneErrorAndOneCall(database, Outboxes.durable(database));
    }
}
