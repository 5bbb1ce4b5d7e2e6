package io.walwire.examples.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.event.Event;
import io.walwire.event.Lsn;
import io.walwire.testkit.WalwireExtension;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A cache that is right for every writer, and at once for the one that wrote. */
class ProductsTest {
    private final AtomicInteger loads = new AtomicInteger();
    private volatile boolean hold;
    private final CountDownLatch read = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final ProductCache cache = new ProductCache(this::load);
    private final BlockingQueue<Event> gaps = new LinkedBlockingQueue<>();

    @RegisterExtension
    final WalwireExtension shop = WalwireExtension.builder()
            .schema("""
                    CREATE TABLE product (id bigint PRIMARY KEY, name text NOT NULL, cents bigint NOT NULL);
                    INSERT INTO product VALUES (1, 'bread', 250), (2, 'milk', 120)""")
            .configure(builder -> Products.configure(builder, cache))
            .configure(builder -> builder.slotDurable(false).handler(on -> on.onGap(gaps::add)))
            .build();

    private ProductTable table() {
        return new ProductTable(shop.dataSource());
    }

    private Products products() {
        return new Products(table(), cache, shop.walwire());
    }

    private Optional<Product> load(long id) throws SQLException {
        loads.incrementAndGet();
        Optional<Product> product = table().find(id);
        if (hold) {
            read.countDown();
            awaitGoOn();
        }
        return product;
    }

    private void awaitGoOn() {
        try {
            assertThat(goOn.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private long price(long id) throws Exception {
        return products().find(id).orElseThrow().cents();
    }

    @Test
    void find_ofWhatDoesNotChange_readsTheTableOnce() throws Exception {
        assertThat(price(1)).isEqualTo(250);
        shop.execute("UPDATE product SET cents = 130 WHERE id = 2"); // another row
        shop.awaitHandled();

        assertThat(price(1)).isEqualTo(250);
        assertThat(loads).hasValue(1);
    }

    @Test
    void find_withTheWritersPosition_alwaysSeesTheWrite() throws Exception {
        for (long cents = 1; cents <= 50; cents++) {
            Lsn written = products().setPrice(1, cents);
            assertThat(products().find(1, written).orElseThrow().cents()).isEqualTo(cents);
            assertThat(price(1)).as("and from now on everybody does").isEqualTo(cents);
        }
        assertThat(loads).as("read once for each write").hasValue(50);
    }

    @Test
    void find_afterSomebodyElseWrote_seesEachKindOfChange() throws Exception {
        assertThat(products().find(3)).isEmpty();
        shop.execute("INSERT INTO product VALUES (3, 'salt', 90)");
        shop.awaitHandled();
        assertThat(price(3)).isEqualTo(90);

        shop.execute("UPDATE product SET id = 4 WHERE id = 3");
        shop.awaitHandled();
        assertThat(products().find(3)).isEmpty();
        assertThat(price(4)).isEqualTo(90);

        shop.execute("DELETE FROM product WHERE id = 4");
        shop.awaitHandled();
        assertThat(products().find(4)).isEmpty();

        assertThat(price(1)).isEqualTo(250);
        shop.execute("TRUNCATE product");
        shop.awaitHandled();
        assertThat(products().find(1)).isEmpty();
    }

    @Test
    void load_thatAWriteOvertakes_isNotKept() throws Exception {
        hold = true;
        FutureTask<Long> reader = new FutureTask<>(() -> price(1));
        new Thread(reader, "reader").start();
        assertThat(read.await(30, TimeUnit.SECONDS)).isTrue();
        hold = false;
        shop.execute("UPDATE product SET cents = 260 WHERE id = 1");
        shop.awaitHandled(); // the load holds up nobody
        goOn.countDown();

        assertThat(reader.get(30, TimeUnit.SECONDS))
                .as("asked before the write")
                .isEqualTo(250);
        assertThat(price(1)).isEqualTo(260);
    }

    @Test
    void find_whileNothingIsHeardOfChanges_asksTheTable() throws Exception {
        assertThat(price(1)).isEqualTo(250);
        shop.walwire().close();
        Lsn written = products().setPrice(1, 260);

        assertThat(price(1)).isEqualTo(260);
        assertThat(products().find(1, written).orElseThrow().cents()).isEqualTo(260);
        assertThat(loads).as("asked for by the cache").hasValue(1);
    }

    @Test
    void gap_whileNobodyListened_emptiesTheCache() throws Exception {
        assertThat(price(1)).isEqualTo(250);
        assertThat(price(2)).isEqualTo(120);
        shop.execute("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots"
                + " WHERE database = current_database()");

        assertThat(gaps.poll(30, TimeUnit.SECONDS)).isNotNull();
        assertThat(cache.size()).isZero();
        assertThat(price(1)).isEqualTo(250);
    }
}
