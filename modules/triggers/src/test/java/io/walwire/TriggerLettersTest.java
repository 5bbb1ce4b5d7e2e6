package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Dead letters of the trigger source, which knows no messages. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class TriggerLettersTest extends LetterContents {
    @ParameterizedTest
    @EnumSource
    void letters_ofTheTriggerSource_areKeptAndReplayed(LetterBox box) throws Exception {
        DeadLetters letters = box.open(database, folder);
        int count = fail(Outboxes.temporary(database).slotName(Instances.slot(database)), letters);
        assertThat(LetterBox.all(letters)).hasSize(count);
        requireReplayed(letters);
    }
}
