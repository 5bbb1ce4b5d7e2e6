package io.walwire.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.DeadLetters;
import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.event.ChangeEvent;
import io.walwire.event.Changes;
import io.walwire.event.Condition;
import io.walwire.event.Position;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.handler.Filter;
import io.walwire.watch.Watch;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The Java of docs/handlers.md, compiled; {@link DocumentsTest} compares the regions with its code blocks. */
final class HandlersExample {
    private static final Logger LOG = LoggerFactory.getLogger(HandlersExample.class);

    private HandlersExample() {}

    static EventHandler changes(Index index) {
        // tag::changes[]
        EventHandler handler = on -> on.table("users", User.class).onChange(change -> {
            if (change instanceof RowEvent<User> user) {
                index.put(user.row());
            } else {
                index.clear(); // a truncate
            }
        });
        // end::changes[]
        return handler;
    }

    record User(long id, String email) {}

    interface Index {
        void put(User user);

        void clear();
    }

    static EventHandler filters(Crm crm) {
        // tag::filters[]
        EventHandler handler = on -> on.table("users")
                .filter(Filter.unwatchedFields("updated_at", "visits")) // not worth an event by themselves
                .filter(Filter.unwatchedRecords(Map.of("is_test", true)))
                .onInserts(users -> crm.addAll(users)) // a run: a list of one transaction's inserts, in order
                .onUpdate(user -> crm.change(user.key(), user.changes()))
                .parallel(crm::count); // a function, on a bounded pool, awaited before the transaction is confirmed
        // end::filters[]
        return handler;
    }

    static Watch conditions(Walwire walwire, List<EventHandler> handlers, Receipts receipts) {
        // tag::conditions[]
        Condition paid = Condition.column("status").from("open").to("paid"); // also is(...) and changed()
        EventHandler handler = on -> on.table("orders").filter(paid.certain()).onUpdate(receipts::send);
        Watch watch = walwire.watch("orders").where(paid); // changes in doubt come with isCertain() == false
        // end::conditions[]
        handlers.add(handler);
        return watch;
    }

    interface Receipts {
        void send(RowEvent<Row> order);
    }

    static EventHandler transactions() {
        // tag::transaction[]
        EventHandler handler = on -> {
            on.onTransaction(tx ->
                    LOG.info("{} of {} events", tx.commitLsn(), tx.events().size()));
            on.onGap(gap -> LOG.warn("Changes may be missing, reload: {}", gap.gap()));
        };
        // end::transaction[]
        return handler;
    }

    static EventHandler bulk(Warehouse warehouse, Cache cache) {
        // tag::bulk[]
        EventHandler handler = on -> {
            on.table("orders").batch(1_000, Duration.ofMillis(200), orders -> warehouse.writeAll(orders));
            on.table("users").latestPerKey().batch(500, Duration.ofSeconds(1), users -> cache.refreshAll(users));
        };
        // end::bulk[]
        return handler;
    }

    static EventHandler mails(AsyncMails mails) {
        // tag::async[]
        EventHandler handler = on -> on.table("users", User.class)
                .onInsertAsync(user -> mails.send(user.row().email()).orTimeout(30, TimeUnit.SECONDS));
        // end::async[]
        return handler;
    }

    interface AsyncMails {
        CompletableFuture<Void> send(String email);
    }

    interface Warehouse {
        void writeAll(List<ChangeEvent<Row>> orders);
    }

    static WalwireBuilder failures(
            WalwireBuilder builder, EventHandler mails, EventHandler statistics, DataSource dataSource) {
        // tag::failures[]
        FailurePolicy retry =
                FailurePolicy.retry(5, Duration.ofMillis(200), Duration.ofSeconds(30)); // then stop: the default
        DeadLetters letters = DeadLetters.table(dataSource); // or file(path), or a callback of your own
        builder.failurePolicy(retry.fatal(SecurityException.class)) // of handlers without one of their own
                .handler("mails", mails, retry.retriable(IOException.class).thenDeadLetter(letters))
                .handler(statistics, FailurePolicy.skip());
        // end::failures[]
        return builder;
    }

    static WalwireBuilder interceptor(WalwireBuilder builder, Journal journal) {
        // tag::interceptor[]
        builder.interceptor((transaction, next) -> {
            if (journal.add(transaction.position(), transaction.toBytes())) { // your own durable queue
                return; // confirmed now; handled later, by walwire.process(Walwire.restore(bytes))
            }
            next.proceed(transaction);
        });
        // end::interceptor[]
        return builder;
    }

    static void barrier(Walwire walwire, Shop shop, Mailbox mailbox) throws InterruptedException {
        // tag::barrier[]
        shop.addUser("ada@example.org"); // commits
        walwire.awaitCurrent(Duration.ofSeconds(5)); // no sleep: everything committed by now is handled
        assertThat(mailbox.of("ada@example.org")).hasSize(1);
        // end::barrier[]
    }

    interface Cache {
        void refreshAll(List<ChangeEvent<Row>> rows);
    }

    interface Shop {
        void addUser(String email);
    }

    interface Mailbox {
        List<String> of(String email);
    }

    interface Crm {
        void addAll(Iterable<RowEvent<Row>> users);

        void change(Row key, Changes changes);

        void count(RowEvent<Row> user);
    }

    interface Journal {
        boolean add(Position position, byte[] transaction);
    }
}
