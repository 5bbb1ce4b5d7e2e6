package io.walwire;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** The looks of streams into the catalog, from its log. */
final class CatalogLooks implements AutoCloseable {
    private final Logger catalog = (Logger) LoggerFactory.getLogger("io.walwire.internal.connection.catalog.Catalog");
    private final List<String> looks = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> log = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            if (event.getFormattedMessage().startsWith("The catalog is asked about ")) {
                looks.add(event.getFormattedMessage());
            }
        }
    };

    CatalogLooks() {
        log.start();
        catalog.addAppender(log);
    }

    /** In their order. */
    List<String> all() {
        return looks;
    }

    @Override
    public void close() {
        catalog.detachAppender(log);
    }
}
