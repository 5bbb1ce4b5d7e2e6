package io.walwire.internal.engine;

import io.walwire.error.ConfigurationException;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.replication.ReplicationOpener;
import io.walwire.internal.source.ChangeSource;
import io.walwire.internal.source.SourceProviders;

/** The source that is configured: replication, which is part of the core, or one that a module brings. */
public final class Sources {
    private Sources() {}

    /**
     * The configured source.
     *
     * @throws ConfigurationException if its module is not there
     */
    public static ChangeSource.Factory of(WalwireConfig config) {
        return config.triggers() == null
                ? context -> new ReplicationSource(context, new ReplicationOpener(context.database(), config))
                : SourceProviders.find("triggers", "walwire-triggers");
    }
}
