package io.walwire.cli;

import io.walwire.config.Credentials;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.connection.server.ServerErrors;
import java.io.IOException;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A command about the rows of {@code walwire_backfill}. */
abstract class OnBackfillRows implements Callable<Integer> {
    final PrintStream out;
    final PrintStream err;
    private final Map<String, String> environment;

    @Mixin
    private ConnectionOptions connection = new ConnectionOptions();

    @Option(
            names = "--progress-url",
            paramLabel = "URL",
            order = 8,
            description =
                    "The database that has walwire_backfill, if it is not the one that is read: that of the instance's"
                            + " JdbcCheckpoint. --url is the database that is read.")
    private @Nullable String progressUrl;

    OnBackfillRows(PrintStream out, PrintStream err, Map<String, String> environment) {
        this.out = out;
        this.err = err;
        this.environment = environment;
    }

    /** All runs of the slot, if one is named, as they are now. */
    interface Runs {
        List<BackfillRows.Run> now() throws SQLException;
    }

    private interface Look {
        BackfillSlots slots();
    }

    /** Does it, and gives the exit code. */
    abstract int work(BackfillRows rows, BackfillSlots slots, Runs runs) throws SQLException, IOException;

    /** The slot that is named, or null. */
    final @Nullable String slot() {
        return connection.slot(environment);
    }

    @Override
    public final Integer call() throws IOException {
        WalwireConfig config = connection.databaseConfig(environment);
        Database read = database(config);
        try (Connection open = read.open()) {
            return call(
                    () -> {
                        try {
                            return BackfillSlots.look(open, config, read);
                        } catch (SQLException e) {
                            throw ServerErrors.explain(e, "looking at replication slots", read);
                        }
                    },
                    read);
        } catch (SQLException e) {
            throw ServerErrors.explain(e, "looking at replication slots", read);
        }
    }

    private int call(Look look, Database read) throws IOException {
        String other = progressUrl;
        Database kept = other == null ? read : database(connection.databaseConfig(environment, other));
        try (Connection open = kept.openOnRolesPath()) {
            BackfillRows rows = BackfillRows.find(open);
            return work(rows, look.slots(), () -> rows.runs(slot(), look.slots()));
        } catch (SQLException e) {
            throw ServerErrors.explain(e, "looking at walwire_backfill", kept);
        }
    }

    private static Database database(WalwireConfig config) {
        Credentials credentials = Objects.requireNonNull(config.server().credentials(), "credentials");
        return new Database(config.server(), () -> credentials);
    }
}
