package io.walwire.kafka;

import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.event.Lsn;
import io.walwire.testing.TestDatabase;
import java.sql.SQLException;

/** Instances of these tests: everything of a database goes to topics of that database. */
final class KafkaInstances {
    private KafkaInstances() {}

    static void prepare(TestDatabase database) throws SQLException {
        database.sql("CREATE TABLE item (id int PRIMARY KEY, name text)", "CREATE PUBLICATION events FOR ALL TABLES");
        database.createSlot(slot(database));
    }

    static String slot(TestDatabase database) {
        return database.unique("slot");
    }

    static WalwireBuilder durable(TestDatabase database) {
        return durable(database.url(), slot(database), database.name());
    }

    static WalwireBuilder durable(String url, String slot, String name) {
        return Walwire.builder()
                .url(url)
                .publication("events")
                .slotName(slot)
                .name(name)
                .set("walwire.close.timeout", "10s");
    }

    /** The default options, and positions that no other test has. */
    static KafkaSink.Builder sink(TestDatabase database) {
        return KafkaSink.builder().bootstrap(Broker.shared().bootstrap()).positions(positions(database));
    }

    static String positions(TestDatabase database) {
        return database.name() + "-positions";
    }

    static String topic(TestDatabase database, String table) {
        return database.name() + ".public." + table;
    }

    static Lsn confirmed(TestDatabase database) throws SQLException {
        return Lsn.parse(database.queryString(
                "SELECT confirmed_flush_lsn::text FROM pg_replication_slots WHERE slot_name = ?", slot(database)));
    }
}
