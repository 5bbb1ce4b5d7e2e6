package io.walwire.cli;

import io.walwire.WalwireBuilder;
import java.util.Map;
import picocli.CommandLine.Option;

/** Whether existing rows are read, too. */
final class BackfillOption {
    private static final String KEY = "walwire.backfill";

    @Option(
            names = "--backfill",
            order = 8,
            description =
                    "Read existing rows, too: every subscribed table once for the slot, which needs the table of"
                            + " sql/backfill.sql. Without --slot they are read at every start. Short for --set walwire.backfill=new.")
    private boolean isWanted;

    /** The builder with the setting; {@code --set} wins over the short form. */
    WalwireBuilder in(WalwireBuilder builder, ConnectionOptions connection, Map<String, String> environment) {
        return isWanted && !connection.settings(environment).containsKey(KEY) ? builder.set(KEY, "new") : builder;
    }
}
