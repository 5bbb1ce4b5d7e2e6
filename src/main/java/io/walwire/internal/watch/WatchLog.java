package io.walwire.internal.watch;

import io.walwire.internal.log.Logs;
import io.walwire.watch.WatchEvent;
import io.walwire.watch.WatchEvent.Changed;
import io.walwire.watch.WatchEvent.Resync;
import org.slf4j.Logger;
import org.slf4j.Marker;
import org.slf4j.MarkerFactory;

/**
 * What happens to one subscription, for those who look for an event that did not come. All log to one logger; a marker with the
 * label's name lets the logging's configuration show one watch alone. Never a row's values, nor the watch's.
 */
final class WatchLog {
    private static final Logger LOG = Logs.of("io.walwire.watch");

    /** Detached, as the others are: SLF4J would keep those that it knows for ever, and labels may come and go. */
    private static final Marker UNLABELLED = MarkerFactory.getDetachedMarker("");

    private final WatchSpec spec;
    private final Marker marker;

    WatchLog(WatchSpec spec) {
        this.spec = spec;
        this.marker = spec.label() == null ? UNLABELLED : MarkerFactory.getDetachedMarker(spec.label());
    }

    void subscribed() {
        if (LOG.isDebugEnabled(marker)) {
            LOG.debug(marker, "{}: somebody subscribed", spec.display());
        }
    }

    void told(WatchEvent event) {
        if (!LOG.isDebugEnabled(marker)) {
            return;
        }
        if (event instanceof Changed changed) {
            String certainty = changed.isCertain() ? "" : ", not certain";
            LOG.debug(marker, "{}: {} {}{}", spec.display(), changed.kind(), changed.id(), certainty);
        } else if (event instanceof Resync resync) {
            LOG.debug(marker, "{}: resync, {}", spec.display(), resync.reason());
        }
    }

    void ended() {
        if (LOG.isDebugEnabled(marker)) {
            LOG.debug(marker, "{}: a subscription ended", spec.display());
        }
    }
}
