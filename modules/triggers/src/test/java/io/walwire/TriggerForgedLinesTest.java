package io.walwire;

/** As its parent, for names that the trigger source reads. */
class TriggerForgedLinesTest extends ForgedLinesTest {
    @Override
    WalwireBuilder temporary() {
        return Outboxes.temporary(database);
    }
}
