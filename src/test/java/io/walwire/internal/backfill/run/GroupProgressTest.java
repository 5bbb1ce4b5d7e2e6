package io.walwire.internal.backfill.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.LogLines;
import io.walwire.internal.text.TableName;
import io.walwire.sink.SinkNote;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The progress that a sink stores. */
class GroupProgressTest {
    /** The progress in the table counts then. What the sink holds may show keys of rows. */
    @Test
    void progressThatCannotBeRead_isWarnedOf_withoutWhatItSays() {
        GroupProgress progress = new GroupProgress();
        progress.opened(List.of(new SinkNote("0 run", "{\"key of a row")));
        try (LogLines log = new LogLines()) {
            assertThat(progress.stored(TableRunTest.storedRun(new TableName("public", "item"))))
                    .isNull();
            assertThat(log.all()).singleElement().satisfies(line -> assertThat(line)
                    .startsWith("WARN The progress of the backfill run of public.item that the sink has stored cannot")
                    .doesNotContain("key of a row"));
        }
    }
}
