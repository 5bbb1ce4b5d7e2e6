package io.walwire.internal.engine;

import io.walwire.doctor.Finding;
import io.walwire.internal.backfill.ReadableTables;
import io.walwire.internal.checkpoint.Checkpoint;
import io.walwire.internal.config.WalwireConfig;
import io.walwire.internal.connection.doctor.ExistingRowsFindings;
import io.walwire.internal.connection.doctor.SinkFindings;
import io.walwire.internal.connection.server.Database;
import io.walwire.internal.source.ChangeSource;
import io.walwire.internal.transaction.Subscriptions;
import java.util.List;

/** All that the doctor looks at: the source, what existing rows need whichever source there is, and the sink. */
final class Examination {
    private Examination() {}

    static List<Finding> of(
            ChangeSource source, UserCode code, WalwireConfig config, Database database, Subscriptions subscriptions) {
        List<Finding> found = source.check();
        ReadableTables readable = source.existingRows();
        if (readable != null && readable.sender() != null) { // else there is no database
            Checkpoint checkpoint = code.checkpoint();
            found = ExistingRowsFindings.with(
                    found,
                    config,
                    database,
                    checkpoint == null ? null : question -> checkpoint.lookBeside(question::of));
        }
        return ShownFindings.of(SinkFindings.with(found, code.sink(), config, database, subscriptions));
    }
}
