package io.walwire.examples.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.Browser;
import io.walwire.testing.Browser.Page;
import io.walwire.testkit.WalwireExtension;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The page in a real browser: skipped where there is none, see {@link Browser}. */
class LiveViewInBrowserTest {
    private static final String SHOWN =
            "[...document.querySelectorAll('#orders tr')].map(tr => [...tr.cells].map(td => td.textContent).join('|')).join()";

    @RegisterExtension
    final WalwireExtension shop = WalwireExtension.builder()
            .schema("""
                    CREATE TABLE orders (id bigint PRIMARY KEY, item text NOT NULL, status text NOT NULL);
                    INSERT INTO orders VALUES (2, 'milk', 'open'), (10, 'oil', 'open')""")
            .configure(builder -> LiveView.configure(builder).slotDurable(false))
            .build();

    @Test
    void page_inSeveralTabs_followsTheTable(@TempDir Path profile) throws Exception {
        try (LiveView view = new LiveView(shop.walwire(), shop.dataSource(), 0);
                Browser browser = Browser.start(profile)) {
            Page first = browser.open(view.uri());
            Page second = browser.open(view.uri());
            shows("2|milk|open,10|oil|open", first, second);

            shop.execute("INSERT INTO orders VALUES (1, '<b>bread</b>', 'open')");
            shows("1|<b>bread</b>|open,2|milk|open,10|oil|open", first, second);

            shop.execute("UPDATE orders SET status = 'paid' WHERE id = 2; DELETE FROM orders WHERE id = 10");
            shows("1|<b>bread</b>|open,2|milk|paid", first, second);

            shop.execute("UPDATE orders SET id = 3 WHERE id = 1");
            shows("2|milk|paid,3|<b>bread</b>|open", first, second);
        }
    }

    @Test
    void page_afterALostConnection_isUpToDateAgain(@TempDir Path profile) throws Exception {
        try (LiveView view = new LiveView(shop.walwire(), shop.dataSource(), 0);
                Browser browser = Browser.start(profile)) {
            Page page = browser.open(view.uri());
            shows("2|milk|open,10|oil|open", page);

            shop.execute("""
                    SELECT pg_terminate_backend(active_pid, 10000) FROM pg_replication_slots
                    WHERE database = current_database();
                    UPDATE orders SET status = 'paid'""");
            shows("2|milk|paid,10|oil|paid", page);
        }
    }

    private static void shows(String orders, Page... pages) {
        for (Page page : pages) {
            page.await(SHOWN + " === '" + orders + "'");
            assertThat(page.evaluate("document.getElementById('state').textContent"))
                    .isEqualTo("live");
        }
    }
}
