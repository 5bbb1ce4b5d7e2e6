package io.walwire.examples.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.examples.live.Tab.Sent;
import io.walwire.testing.Eventually;
import io.walwire.testkit.WalwireExtension;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What browsers are sent; {@link LiveViewInBrowserTest} opens the page in one. */
class LiveViewTest {
    @RegisterExtension
    final WalwireExtension shop = WalwireExtension.builder()
            .schema("""
                    CREATE TABLE orders (id bigint PRIMARY KEY, item text NOT NULL, status text NOT NULL);
                    INSERT INTO orders VALUES (1, 'bread', 'open')""")
            .configure(builder -> LiveView.configure(builder).slotDurable(false))
            .build();

    private @Nullable LiveView view;

    @BeforeEach
    void serve() throws IOException {
        view = new LiveView(shop.walwire(), shop.dataSource(), 0);
    }

    @AfterEach
    void stopServing() {
        Objects.requireNonNull(view).close();
    }

    private Tab tab() throws IOException {
        return new Tab(Objects.requireNonNull(view).uri());
    }

    private static Sent rows(String json) {
        return new Sent("rows", json);
    }

    private static Sent row(String json) {
        return new Sent("row", json);
    }

    private static Sent gone(String json) {
        return new Sent("gone", json);
    }

    @Test
    void page_isServed_andNothingElse() throws Exception {
        HttpURLConnection page =
                (HttpURLConnection) Objects.requireNonNull(view).uri().toURL().openConnection();
        assertThat(new String(page.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .contains("new EventSource('/events')");
        HttpURLConnection other = (HttpURLConnection)
                Objects.requireNonNull(view).uri().resolve("/other").toURL().openConnection();
        assertThat(other.getResponseCode()).isEqualTo(404);
    }

    @Test
    void tabs_getTheTable_andThenEachChange() throws Exception {
        try (Tab first = tab();
                Tab second = tab()) {
            for (Tab each : new Tab[] {first, second}) {
                assertThat(each.open()).isEqualTo(rows("[{\"id\":1,\"item\":\"bread\",\"status\":\"open\"}]"));
            }
            shop.execute("INSERT INTO orders VALUES (2, 'milk', 'open')");
            shop.execute("UPDATE orders SET status = 'paid' WHERE id = 2");
            shop.execute("UPDATE orders SET id = 3 WHERE id = 2");
            shop.execute("DELETE FROM orders WHERE id = 1");
            shop.execute("TRUNCATE orders");
            for (Tab each : new Tab[] {first, second}) {
                assertThat(each.read()).isEqualTo(row("{\"id\":2,\"item\":\"milk\",\"status\":\"open\"}"));
                assertThat(each.read()).isEqualTo(row("{\"id\":2,\"item\":\"milk\",\"status\":\"paid\"}"));
                assertThat(each.read()).isEqualTo(gone("{\"id\":2}"));
                assertThat(each.read()).isEqualTo(row("{\"id\":3,\"item\":\"milk\",\"status\":\"paid\"}"));
                assertThat(each.read()).isEqualTo(gone("{\"id\":1}"));
                assertThat(each.read()).isEqualTo(rows("[]"));
            }
        }
    }

    @Test
    void table_isSentAnew_whereChangesMayBeMissing() throws Exception {
        try (Tab tab = tab()) {
            tab.open();
            shop.execute("SELECT pg_terminate_backend(active_pid, 10000) FROM pg_replication_slots"
                    + " WHERE database = current_database()");
            assertThat(tab.read()).isEqualTo(rows("[{\"id\":1,\"item\":\"bread\",\"status\":\"open\"}]"));

            shop.execute("UPDATE orders SET status = 'paid'");
            assertThat(tab.read()).isEqualTo(row("{\"id\":1,\"item\":\"bread\",\"status\":\"paid\"}"));
        }
    }

    /**
     * What a tab read until it was up to date.
     *
     * @param events how many events
     * @param tables how many of them were the whole table
     */
    private record Reading(int events, int tables) {
        static Reading upTo(Tab tab, String last) throws IOException {
            int events = 0;
            int tables = 0;
            Sent sent;
            do {
                sent = tab.read();
                events++;
                tables += sent.name().equals("rows") ? 1 : 0;
            } while (!sent.data().contains(last));
            return new Reading(events, tables);
        }
    }

    @Test
    void slowTab_holdsUpNobody_andGetsTheTableWhenItReadsOn() throws Exception {
        try (Tab slow = tab();
                Tab quick = tab()) {
            slow.open();
            quick.open();
            FutureTask<Reading> quickly = new FutureTask<>(() -> Reading.upTo(quick, "change 3000"));
            new Thread(quickly, "quick tab").start();
            // more than the sockets and the subscription's buffer hold
            shop.execute("""
                    DO $$ BEGIN FOR i IN 1..3000 LOOP
                      UPDATE orders SET item = repeat('x', 10000), status = 'change ' || i;
                    END LOOP; END $$""");
            shop.awaitHandled(); // so the slot waits for nobody
            assertThat(quickly.get(30, TimeUnit.SECONDS).events()).isPositive();

            Reading slowly = Reading.upTo(slow, "change 3000");
            assertThat(slowly.tables()).as("in place of what it missed").isPositive();
            assertThat(slowly.events()).isLessThan(3000);
        }
    }

    @Test
    void tab_thatIsClosed_costsNothingAnyMore() throws Exception {
        try (Tab tab = tab()) {
            tab.open();
            assertThat(shop.walwire().watchStatus().subscriptions()).isEqualTo(1);
        }
        Eventually.satisfied(Duration.ofMinutes(3), () -> {
            shop.execute("UPDATE orders SET status = status || '.'"); // the server notices when it writes
            assertThat(shop.walwire().watchStatus().subscriptions()).isZero();
        });
    }
}
