package io.walwire;

import java.util.List;

/** Killed at any moment, a reader of an outbox loses nothing either. */
class KillThroughTriggersTest extends KillTest {
    @Override
    void keepFromHereOn(String slot) {
        Outboxes.temporary(database).slotName(slot).start().close();
    }

    @Override
    List<String> source() {
        return List.of("--set", "walwire.source=triggers");
    }
}
