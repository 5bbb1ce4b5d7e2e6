package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.walwire.testing.Eventually;
import io.walwire.testing.Recorder;
import java.util.List;
import org.slf4j.LoggerFactory;

/** What Walwire logs while this is open; it is shown nowhere else meanwhile. */
public final class LogLines implements AutoCloseable {
    private final Logger logger = (Logger) LoggerFactory.getLogger("io.walwire");
    private final Recorder<String> lines = new Recorder<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            lines.add(event.getLevel() + " " + event.getFormattedMessage());
        }
    };

    /** At INFO and above. */
    public LogLines() {
        this(Level.INFO);
    }

    /** At this level and above. */
    public LogLines(Level level) {
        appender.start();
        logger.setLevel(level);
        logger.setAdditive(false);
        logger.addAppender(appender);
    }

    /** Each beginning with its level. */
    public List<String> all() {
        return lines.all();
    }

    /** Those that hold all of these texts. */
    public List<String> with(String... texts) {
        return lines.all().stream()
                .filter(line -> List.of(texts).stream().allMatch(line::contains))
                .toList();
    }

    /** Waits for the first line that holds all of these texts. */
    public String await(String... texts) {
        Eventually.satisfied(Items.LONG, () -> assertThat(lines.all())
                .as("with a line that has all of " + List.of(texts))
                .anyMatch(line -> List.of(texts).stream().allMatch(line::contains)));
        return with(texts).get(0);
    }

    @Override
    public void close() {
        logger.detachAppender(appender);
        logger.setAdditive(true);
        logger.setLevel(null);
    }
}
