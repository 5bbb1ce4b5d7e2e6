package io.walwire.internal.source;

import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.SharedConnection;

/**
 * What a source sees of its instance.
 *
 * @param config what is configured
 * @param database opens connections to the database that is read
 * @param connection one plain connection that all parts of the instance share; closed when the instance ends
 * @param wanted the tables that subscriptions and handlers want
 * @param lifecycle whether the instance is ending, and what it shows of the source
 * @param memory how many bytes of changes the source may hold that it has read and not passed on
 */
public record SourceContext(
        WalwireConfig config,
        Database database,
        SharedConnection connection,
        WantedTables wanted,
        SourceLifecycle lifecycle,
        long memory) {}
