package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Event;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import io.walwire.testing.Typed;
import java.sql.SQLException;

/** Where an instance's changes come from: for tests of what has to be the same from both. */
enum EitherSource {
    /** From the publication {@code events}. */
    REPLICATION {
        @Override
        WalwireBuilder temporary(TestDatabase database) {
            return Instances.temporary(database);
        }

        @Override
        WalwireBuilder durable(TestDatabase database) {
            return Instances.durable(database);
        }

        @Override
        WalwireBuilder through(Link link, TestDatabase database) {
            return link.reader(database);
        }

        @Override
        void loseConnection(TestDatabase database) throws SQLException {
            assertThat(database.terminateWalsenders()).isPositive();
        }

        @Override
        void forget(TestDatabase database) {
            // a temporary slot has ended with its connection
        }

        @Override
        void awaitConfirmed(TestDatabase database, Event last) {
            Items.awaitConfirmed(
                    database, Instances.slot(database), Typed.transaction(last).endLsn());
        }
    },

    /** From triggers that the instance makes itself, always as text. */
    TRIGGERS {
        @Override
        WalwireBuilder temporary(TestDatabase database) {
            return Outboxes.temporary(database);
        }

        @Override
        WalwireBuilder durable(TestDatabase database) {
            return temporary(database).slotName(Instances.slot(database));
        }

        @Override
        WalwireBuilder through(Link link, TestDatabase database) {
            return Outboxes.managed(link.builder(database));
        }

        @Override
        void loseConnection(TestDatabase database) throws SQLException {
            assertThat(database.query("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                            + " WHERE datname = current_database() AND application_name LIKE 'walwire%'"))
                    .isNotEmpty();
        }

        @Override
        void forget(TestDatabase database) throws SQLException {
            database.sql("DELETE FROM " + Outboxes.CURSOR);
        }

        @Override
        void awaitConfirmed(TestDatabase database, Event last) {
            Eventually.until(Items.LONG, () -> Outboxes.kept(database) == 0);
        }
    };

    /** With a slot or cursor that ends with the instance. */
    abstract WalwireBuilder temporary(TestDatabase database);

    /** As {@link #temporary}, with values as text where the default is binary. */
    WalwireBuilder asText(TestDatabase database) {
        return this == TRIGGERS ? temporary(database) : temporary(database).set("walwire.binary", "false");
    }

    /** With the slot or cursor {@link Instances#slot}, which outlives the instance. */
    abstract WalwireBuilder durable(TestDatabase database);

    /** As {@link #temporary}, connecting when the link lets it. */
    abstract WalwireBuilder through(Link link, TestDatabase database);

    /** Ends the instances' connections as a broken network would. */
    abstract void loseConnection(TestDatabase database) throws SQLException;

    /** Leaves a temporary instance, which is away, nothing that it could go on from. */
    abstract void forget(TestDatabase database) throws SQLException;

    /** Waits until the durable instance has confirmed everything up to an event, which is the last one so far. */
    abstract void awaitConfirmed(TestDatabase database, Event last);
}
