package io.walwire.internal.engine;

import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.replication.ReplicationOpener;
import io.walwire.internal.source.ChangeSource;

/** The source that is configured. */
public final class Sources {
    private Sources() {}

    /** The configured source. */
    public static ChangeSource.Factory of(WalwireConfig config) {
        return config.triggers() == null
                ? context -> new ReplicationSource(context, new ReplicationOpener(context.database(), config))
                : TriggerSource::new;
    }
}
