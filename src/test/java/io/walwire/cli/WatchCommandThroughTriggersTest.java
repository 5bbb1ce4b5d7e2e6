package io.walwire.cli;

import io.walwire.Walwire;
import java.util.List;

/** {@code walwire watch} prints the same where triggers capture the changes. */
class WatchCommandThroughTriggersTest extends WatchCommandTest {
    @Override
    void keepFromHereOn() {
        Walwire.builder()
                .url(database.url())
                .slotName(slot)
                .set("walwire.source", "triggers")
                .set("walwire.triggers.manage", "true")
                .start()
                .close();
    }

    @Override
    List<String> source() {
        return List.of("--set", "walwire.source=triggers");
    }
}
