package io.walwire.internal.backfill.run;

import io.walwire.internal.pgoutput.PgOutputMessage.Relation;
import io.walwire.internal.text.TableName;

/**
 * The tables that the stream announces. It does so before the first change of a table, which may have been created or published since the
 * instance looked for tables that were never read. Used by the reader thread, which asks the server nothing.
 */
final class AnnouncedTables {
    private final RunSettings settings;
    private final RunContext context;
    private final RunThreads threads;
    private final AnnouncedLooks looks = new AnnouncedLooks(System::nanoTime);

    AnnouncedTables(RunSettings settings, RunContext context, RunThreads threads) {
        this.settings = settings;
        this.context = context;
        this.threads = threads;
    }

    /** Has the keeper look for a table that it may not know. */
    void add(Relation relation) {
        if (!settings.automatic() || settings.tables() == null) {
            return;
        }
        long oid = Integer.toUnsignedLong(relation.oid());
        TableName table = new TableName(relation.schema(), relation.name());
        if (!threads.readAsNew().has(oid) && context.isSubscribed(table) && context.hearsReads(table)) {
            looks.add(oid);
            look();
        }
    }

    /** Has the keeper look for the tables that it has not found yet, if it is time. Called again and again. */
    void look() {
        if (looks.isDue(threads.readAsNew())) {
            threads.lookForAnnounced();
        }
    }
}
