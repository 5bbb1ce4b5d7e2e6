package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ConfigurationException;
import io.walwire.event.Condition;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import io.walwire.watch.WatchEvent.Changed;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The same condition in a handler and in a watch. */
class ConditionsTest {
    private static final Condition PAID =
            Condition.column("status").from("open").to("paid");

    private static final String[] STATEMENTS = {
        "INSERT INTO orders VALUES (1, 'open'), (2, 'paid')",
        "UPDATE orders SET status = 'paid' WHERE id = 1",
        "UPDATE orders SET status = 'sent' WHERE id = 1",
        "DELETE FROM orders WHERE id = 2"
    };

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    @BeforeEach
    void table() throws Exception {
        Instances.prepare(database, "CREATE TABLE orders (id int PRIMARY KEY, status text)");
    }

    private List<String> seen(Condition condition) throws Exception {
        Recorder<String> handled = new Recorder<>();
        Recorder<String> watched = new Recorder<>();
        try (Walwire walwire = Instances.temporary(database)
                .handler(on -> on.table("orders").filter(condition).onChange(event -> handled.add(Trail.line(event))))
                .start()) {
            walwire.watch("orders").where(condition).subscribe(event -> {
                if (event instanceof Changed changed) {
                    watched.add(changed.kind().jsonName() + " " + changed.isCertain());
                } else {
                    watched.add(event.toString());
                }
            });
            database.inTransaction(STATEMENTS);
            database.inTransaction("TRUNCATE orders");
            assertThat(handled.await(1)).isNotEmpty();
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            watched.await(handled.all().size());
            assertThat(walwire.status().lastError()).isNull();
        }
        return Stream.concat(handled.all().stream(), watched.all().stream()).toList();
    }

    @Test
    void transition_ofATableWithWholeOldRows_isExact() throws Exception {
        database.sql("ALTER TABLE orders REPLICA IDENTITY FULL");
        assertThat(seen(PAID)).containsExactly("orders~1", "orders!", "update true", "truncate false");
    }

    @Test
    void transition_inDoubt_isKept_andDeliveredAsNotCertain() throws Exception {
        assertThat(seen(PAID)).containsExactly("orders~1", "orders!", "update false", "truncate false");
    }

    @Test
    void combination_ofValues_ofADeleteTheKeyAloneIsKnown() throws Exception {
        assertThat(seen(Condition.column("status")
                        .is("paid")
                        .and(Condition.column("id").is(2))))
                .containsExactly("orders+2", "orders-2", "orders!", "insert true", "delete false", "truncate false");
    }

    @Test
    void certain_leavesOutWhatIsInDoubt() throws Exception {
        assertThat(seen(PAID.certain())).containsExactly("orders!", "truncate false");
    }

    @Test
    void watch_ofAColumnThatTheTableDoesNotHave_isRefused() throws Exception {
        try (Walwire walwire = Instances.temporary(database).start()) {
            assertThatThrownBy(() -> walwire.watch("orders")
                            .where(Condition.column("statsu").is("paid"))
                            .subscribe(event -> {}))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("no column statsu; did you mean status?");
        }
    }
}
