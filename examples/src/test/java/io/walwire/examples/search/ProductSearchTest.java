package io.walwire.examples.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.handler.FailurePolicy;
import io.walwire.testing.Eventually;
import io.walwire.testkit.WalwireExtension;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An index that has every row, also those from before it, and stays right. */
class ProductSearchTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    private final InMemorySearch engine = new InMemorySearch();
    private final AtomicBoolean fails = new AtomicBoolean();
    private final ProductSearch search = new ProductSearch(new FailingSearch(engine, fails));

    @RegisterExtension
    final WalwireExtension shop = WalwireExtension.builder()
            .schema("""
                    CREATE TABLE product (id bigint PRIMARY KEY, name text NOT NULL, description text NOT NULL);
                    ALTER TABLE product REPLICA IDENTITY FULL;
                    INSERT INTO product SELECT i, 'product ' || i, repeat('long ', 2000) FROM generate_series(1, 500) i""")
            .schemaFile(Path.of("sql/backfill.sql"))
            .configure(builder -> ProductSearch.configure(builder, search)
                    .failurePolicy(FailurePolicy.retry(3, Duration.ofMillis(1), Duration.ofMillis(10))))
            .build();

    private Set<Long> found(String text) {
        return engine.search(ProductSearch.ALIAS, text);
    }

    private void awaitFilled() {
        Eventually.until(LONG, () -> engine.indexOf(ProductSearch.ALIAS) != null);
    }

    @Test
    void rowsFromBefore_andChangesMeanwhile_areInTheIndex_whenTheAliasIsThere() throws Exception {
        shop.execute("UPDATE product SET name = 'kettle' WHERE id = 7");
        shop.execute("DELETE FROM product WHERE id = 8");
        shop.execute("UPDATE product SET id = 1009 WHERE id = 9");
        awaitFilled();
        shop.awaitHandled();

        assertThat(found("long")).hasSize(499).contains(1009L).doesNotContain(8L, 9L);
        assertThat(found("kettle")).containsExactly(7L);
    }

    @Test
    void restart_goesOnWithTheSameIndex() throws Exception {
        awaitFilled();
        shop.walwire().close();
        shop.execute("UPDATE product SET name = 'kettle' WHERE id = 7");
        shop.restart();
        shop.awaitHandled();

        assertThat(found("kettle")).containsExactly(7L);
        assertThat(engine.indexes()).containsExactly("products-1");
    }

    /** Rows that were deleted meanwhile come by no event. */
    @Test
    void slotThatIsLostWhileItIsDown_fillsAnotherIndex_whichThenReplacesTheOld() throws Exception {
        awaitFilled();
        shop.walwire().close();
        shop.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
                + " WHERE database = current_database()");
        shop.execute("DELETE FROM product WHERE id = 7");
        shop.execute("UPDATE product SET name = 'kettle' WHERE id = 8");
        shop.restart();
        Eventually.until(LONG, () -> "products-2".equals(engine.indexOf(ProductSearch.ALIAS)));
        shop.awaitHandled();

        assertThat(found("long")).hasSize(499).doesNotContain(7L);
        assertThat(found("kettle")).containsExactly(8L);
        assertThat(engine.indexes()).containsExactly("products-2");
    }

    @Test
    void truncate_emptiesIt() throws Exception {
        awaitFilled();
        shop.execute("TRUNCATE product");
        shop.execute("INSERT INTO product VALUES (1, 'kettle', 'new')");
        shop.awaitHandled();

        assertThat(found("")).containsExactly(1L);
    }

    /** Searches keep an index meanwhile. */
    @Test
    void truncate_thatFailsOnTheWay_isMadeAgain() throws Exception {
        awaitFilled();
        fails.set(true);
        shop.execute("TRUNCATE product");
        shop.execute("INSERT INTO product VALUES (1, 'kettle', 'new')");
        shop.awaitHandled();

        assertThat(found("")).containsExactly(1L);
        assertThat(engine.indexes()).hasSize(1);
    }
}
