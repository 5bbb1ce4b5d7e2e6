package io.walwire;

/** What subscribers are told of is the same where triggers capture the changes. */
class WatchThroughTriggersTest extends WatchTest {
    @Override
    WalwireBuilder reader() {
        return Outboxes.temporary(database);
    }
}
