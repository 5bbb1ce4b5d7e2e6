package io.walwire.examples.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.testing.Eventually;
import io.walwire.testkit.WalwireExtension;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What was missed is made up for in another index. A temporary slot has a gap with each lost connection. */
class ProductSearchGapTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    private final InMemorySearch engine = new InMemorySearch();
    private final ProductSearch search = new ProductSearch(engine);

    @RegisterExtension
    final WalwireExtension shop = WalwireExtension.builder()
            .schema("""
                    CREATE TABLE product (id bigint PRIMARY KEY, name text NOT NULL, description text NOT NULL);
                    ALTER TABLE product REPLICA IDENTITY FULL;
                    INSERT INTO product VALUES (1, 'bread', ''), (2, 'milk', '')""")
            .configure(builder -> ProductSearch.configure(builder, search).slotDurable(false))
            .build();

    @Test
    void gap_fillsAnotherIndex_whichThenReplacesTheOld() throws Exception {
        Eventually.until(LONG, () -> "products-1".equals(engine.indexOf(ProductSearch.ALIAS)));
        shop.inTransaction(connection -> {
            // deleted at the moment at which nobody streams
            connection.createStatement().execute("DELETE FROM product WHERE id = 1");
            connection
                    .createStatement()
                    .execute("SELECT pg_terminate_backend(active_pid, 10000)"
                            + " FROM pg_replication_slots WHERE database = current_database()");
        });

        Eventually.until(LONG, () -> "products-2".equals(engine.indexOf(ProductSearch.ALIAS)));
        shop.awaitHandled();
        assertThat(engine.search(ProductSearch.ALIAS, "")).containsExactly(2L);
        assertThat(engine.indexes()).containsExactly("products-2");
    }
}
