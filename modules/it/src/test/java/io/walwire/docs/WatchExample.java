package io.walwire.docs;

import io.walwire.Walwire;
import io.walwire.watch.Subscription;
import io.walwire.watch.Watch;
import io.walwire.watch.WatchEvent;
import io.walwire.watch.WatchEvent.Changed;
import io.walwire.watch.WatchEvent.Resync;
import io.walwire.watch.WatchIterator;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** The Java of {@code docs/watch.md}, compiled; {@link DocumentsTest} compares the regions with its code blocks. */
final class WatchExample {
    private WatchExample() {}

    static void first(Walwire walwire, Cache cache) {
        // tag::first[]
        Subscription subscription = walwire.watch("users").key(42L).subscribe(event -> {
            if (event instanceof Changed changed) {
                cache.forget(changed.key());
            } else if (event instanceof Resync resync && resync.gap() != null) {
                cache.forgetAll(); // changes may be missing
            }
        });
        subscription.close(); // from any thread, the callback too
        // end::first[]
    }

    static void conditions(Walwire walwire) {
        // tag::conditions[]
        Watch users = walwire.watch("users"); // each step is another watch: keep and reuse them
        Watch mails = users.updated().columns("email", "name"); // one of them changed in value
        Watch upgrades = users.changed("plan").from("free").to("pro"); // either alone, too; null is a value
        Watch member = walwire.watch("membership").key(Map.of("team_id", 7, "user_id", 42)); // a composite key
        Watch ofRole = users.where("role_id", 7); // also rows that come from there, or leave for elsewhere
        Watch adults = users.enters(row -> row.getInt("age") != null && row.getInt("age") >= 18);
        // end::conditions[]
        use(mails, upgrades, member, ofRole, adults);
    }

    static void delivery(Walwire walwire, Executor slow, Screen screen, Flow.Subscriber<? super WatchEvent> reactive)
            throws InterruptedException {
        // tag::delivery[]
        Watch orders =
                walwire.watch("orders").select("id", "status").label("orders").conflate(10_000);
        orders.subscribe(slow, event -> screen.show(event.toJson())); // on an executor of your own
        orders.publisher().subscribe(reactive); // by the rules of Reactive Streams
        try (WatchIterator iterator = orders.iterator()) { // waits
            WatchEvent event = iterator.poll(Duration.ofSeconds(5));
            screen.show(event == null ? "nothing for 5 s" : event.toJson());
        }
        // end::delivery[]
    }

    static void nodes() {
        // tag::nodes[]
        Walwire everyNode = Walwire.builder()
                .url("postgresql://walwire@db/shop")
                .publication("events") // no slot name: a temporary slot of this process alone
                .start();
        Walwire oneOfThem = Walwire.builder()
                .url("postgresql://walwire@db/shop")
                .publication("events")
                .slotName("shop_mails") // one durable slot for all nodes: the others stand by
                .start();
        // end::nodes[]
        everyNode.close();
        oneOfThem.close();
    }

    private static void use(Watch... watches) {
        for (Watch watch : watches) {
            watch.subscribe(event -> {}).close();
        }
    }

    interface Cache {
        void forget(io.walwire.event.@Nullable Row key);

        void forgetAll();
    }

    interface Screen {
        void show(String json);
    }
}
