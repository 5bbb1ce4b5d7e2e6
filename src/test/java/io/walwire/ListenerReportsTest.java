package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.handler.FailurePolicy;
import io.walwire.lifecycle.SlotUsage;
import io.walwire.lifecycle.State;
import io.walwire.listener.HandledEvents;
import io.walwire.listener.HandlerCall;
import io.walwire.listener.ObservedInstance;
import io.walwire.listener.StartedCall;
import io.walwire.listener.TracingListener;
import io.walwire.listener.WalwireListener;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What listeners hear of the instance, of events and of calls that begin. */
class ListenerReportsTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.on(PostgresServer::shared);

    private final Recorder<String> heard = new Recorder<>();
    private String slot = "";

    @BeforeEach
    void slot() throws SQLException {
        slot = database.unique("s");
        Items.create(database);
        database.createSlot(slot);
    }

    @Test
    void start_isHeardFirst_andTheInstanceCanBeAskedAfterItsEnd() throws Exception {
        Recorder<ObservedInstance> instances = new Recorder<>();
        WalwireListener listener = new WalwireListener() {
            @Override
            public void onStart(ObservedInstance instance) {
                instances.add(instance);
                heard.add("start " + instance.status().state());
            }

            @Override
            public void onStateChange(State before, State after) {
                heard.add(before + " " + after);
            }
        };
        try (Walwire walwire = Items.reader(database)
                .slotName(slot)
                .listener(listener)
                .handler(Items.ids(new Recorder<>()))
                .start()) {
            Items.insert(database, 1);
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(heard.await(3)).containsExactly("start STARTING", "STARTING STREAMING", "STREAMING STOPPED");
        ObservedInstance instance = instances.all().get(0);
        assertThat(instance.status().transactions()).isEqualTo(1);
        assertThat(instance.details().slot()).isEqualTo(slot);
        SlotUsage usage = instance.slotUsage().orElseThrow();
        assertThat(usage.retainedBytes()).isPositive();
        assertThat(usage.safeBytes()).as("max_slot_wal_keep_size is -1").isNull();
        database.query("SELECT pg_drop_replication_slot(?)", slot);
        assertThat(instance.slotUsage()).isEmpty();
    }

    @Test
    void events_areHeardOnce_inRunsOfTableAndKind() throws Exception {
        WalwireListener listener = new WalwireListener() {
            @Override
            public void onEvents(HandledEvents events) {
                heard.add(events.schema() + " " + events.table() + " " + events.kind() + " " + events.count());
            }
        };
        AtomicInteger attempts = new AtomicInteger();
        try (Walwire walwire = Items.reader(database)
                .slotName(slot)
                .listener(listener)
                .handler(on -> on.table("item").onInserts(events -> {}))
                .handler(
                        on -> on.table("item").onInsert(event -> {
                            if (attempts.incrementAndGet() == 1) {
                                throw new IOException("once");
                            }
                        }),
                        FailurePolicy.retry(1, Duration.ofMillis(1), Duration.ofMillis(1)))
                .start()) {
            database.inTransaction(
                    "SELECT pg_logical_emit_message(true, 'a', 'b')",
                    "INSERT INTO item VALUES (1), (2), (3)",
                    "DELETE FROM item WHERE id = 1",
                    "INSERT INTO item VALUES (4)");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(heard.all())
                .containsExactly(
                        "null null MESSAGE 1", "public item INSERT 3", "public item DELETE 1", "public item INSERT 1");
    }

    /** Two of them, of which one begins nothing for an update. */
    @Test
    void callsThatBegin_areHeardOnTheirThread_withTheirTransactionsContext_andEndInReverseOrder() throws Exception {
        AtomicInteger attempts = new AtomicInteger();
        try (Walwire walwire = Items.reader(database)
                .slotName(slot)
                .listener(new Tracer("a"))
                .listener(new Tracer("b"))
                .handler(
                        "items",
                        on -> on.table("item")
                                .onInserts(events -> {
                                    heard.add("handler on "
                                            + Thread.currentThread().getName());
                                    if (attempts.incrementAndGet() == 1) {
                                        throw new IOException("no");
                                    }
                                })
                                .onUpdate(event -> heard.add("update")),
                        FailurePolicy.retry(1, Duration.ofMillis(1), Duration.ofMillis(1)))
                .start()) {
            database.inTransaction(
                    "SELECT pg_logical_emit_message(true, 'walwire.context', '{\"by\": 7}')",
                    "INSERT INTO item VALUES (1), (2)");
            database.sql("UPDATE item SET note = 'x' WHERE id = 1");
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
            String thread = " on walwire-" + walwire.details().name() + "-handler";
            assertThat(heard.all())
                    .containsExactly(
                            "a begins items insert public.item 2 attempt 1 [{\"by\": 7}]" + thread,
                            "b begins items insert public.item 2 attempt 1 [{\"by\": 7}]" + thread,
                            "handler" + thread,
                            "b ends RETRIED" + thread,
                            "a ends RETRIED" + thread,
                            "a begins items insert public.item 2 attempt 2 [{\"by\": 7}]" + thread,
                            "b begins items insert public.item 2 attempt 2 [{\"by\": 7}]" + thread,
                            "handler" + thread,
                            "b ends SUCCEEDED" + thread,
                            "a ends SUCCEEDED" + thread,
                            "a begins items update public.item 1 attempt 1 []" + thread,
                            "update",
                            "a ends SUCCEEDED" + thread);
        }
    }

    @Test
    void tracingListenerThatThrows_isRemoved_andTheOthersHearOn() throws Exception {
        TracingListener broken = call -> ended -> {
            throw new IllegalStateException("no");
        };
        try (Walwire walwire = Items.reader(database)
                .slotName(slot)
                .listener(broken)
                .listener(new Tracer("b"))
                .handler(on -> on.table("item").onInsert(event -> heard.add("insert")))
                .start()) {
            Items.insert(database, 1);
            Items.insert(database, 2);
            assertThat(walwire.awaitCurrent(Items.LONG)).isTrue();
        }
        assertThat(heard.all()).hasSize(6).filteredOn("insert"::equals).hasSize(2);
    }

    private final class Tracer implements TracingListener {
        private final String name;

        Tracer(String name) {
            this.name = name;
        }

        @Override
        public @Nullable Tracing onCallStart(StartedCall call) {
            if (name.equals("b") && call.kind().equals("update")) {
                return null;
            }
            add("begins " + call.handler() + " " + call.kind() + " " + call.table() + " " + call.events() + " attempt "
                    + call.attempt() + " " + call.contexts(2));
            return this::ended;
        }

        private void ended(HandlerCall call) {
            add("ends " + call.outcome());
        }

        private void add(String what) {
            heard.add(name + " " + what + " on " + Thread.currentThread().getName());
        }
    }
}
