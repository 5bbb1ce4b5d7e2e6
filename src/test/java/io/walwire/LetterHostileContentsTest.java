package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.deadletter.StoredLetter;
import io.walwire.handler.FailurePolicy;
import io.walwire.internal.letter.LetterLine;
import io.walwire.testing.HostileContents;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever a row, a message or the exception about it holds: the letter is kept, read and replayed. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class LetterHostileContentsTest extends LetterContents {
    @ParameterizedTest
    @EnumSource
    void letters_ofHostileContents_areKeptAndReplayed(LetterBox box) throws Exception {
        DeadLetters letters = box.open(database, folder);
        int count = fail(Instances.durable(database).set("walwire.messages", "true"), letters);
        List<StoredLetter> kept = LetterBox.all(letters);
        assertThat(kept).hasSize(count);
        for (int i = 0; i < count; i++) {
            assertThat(kept.get(i).events().equals("[" + failed.all().get(i) + "]"))
                    .isTrue();
            assertThat(LetterLine.of(kept.get(i))).doesNotContain("\n", "\r", "\u001b", "\0");
        }
        requireReplayed(letters);
    }

    /** A row was written by a session that may go deeper than the one of the letters. */
    @ParameterizedTest
    @EnumSource
    void json_deeperThanTheServerReadsInALetter_isKeptAndReplayed(LetterBox box) throws Exception {
        DeadLetters letters = box.open(database, folder);
        try (Walwire walwire = Instances.durable(database)
                .handler(new Notes(failed, true), FailurePolicy.deadLetter(letters))
                .start()) {
            walwire.pause();
            insert("doc", "json", List.of(HostileContents.nested(3_000)));
            database.sql("ALTER DATABASE \"" + database.name() + "\" SET max_stack_depth = '100kB'");
            walwire.resume();
            assertThat(walwire.awaitCurrent(LONG)).isTrue();
            assertThat(walwire.status().setAside()).isEqualTo(1);
        }
        requireReplayed(letters);
    }
}
