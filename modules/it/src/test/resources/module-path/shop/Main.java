package shop;

import io.walwire.Walwire;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

public final class Main {
    private Main() {}

    public static void main(String[] arguments) throws Exception {
        CountDownLatch received = new CountDownLatch(1);
        System.out.println(Walwire.class.getModule());
        Walwire walwire = Walwire.builder()
                .url(arguments[0])
                .publication("events")
                .handler("items", on -> on.table("item", Item.class).onInsert(event -> {
                    System.out.println(event.row());
                    System.out.println(event.toJson());
                    received.countDown();
                }))
                .start();
        try (walwire) {
            System.out.println("streaming");
            if (!received.await(1, TimeUnit.MINUTES)) {
                throw new IllegalStateException("no event");
            }
        }
    }
}
