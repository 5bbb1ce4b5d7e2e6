package io.walwire;

import io.walwire.handler.EventHandler;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** An application whose handler is busy when its JVM shuts down, or shuts it down itself. */
final class ShutdownProcess {
    private ShutdownProcess() {}

    /**
     * Runs until it is stopped.
     *
     * @param arguments the URL, two slots, and whether the handler ends the JVM
     */
    public static void main(String[] arguments) throws Exception {
        boolean exits = Boolean.parseBoolean(arguments[3]);
        CountDownLatch shutdown = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(shutdown::countDown));
        EventHandler handler = on -> on.table("item").onInsert(event -> {
            say("handling");
            if (exits) {
                System.exit(3);
            }
            shutdown.await();
            say("handled");
        });
        try (Walwire idle = builder(arguments[0], arguments[2]).start();
                Walwire busy =
                        builder(arguments[0], arguments[1]).handler(handler).start()) {
            say("streaming " + idle.state() + " " + busy.state());
            busy.awaitTermination();
        }
    }

    private static WalwireBuilder builder(String url, String slot) {
        return Walwire.builder()
                .url(url)
                .publication("events")
                .slotName(slot)
                .name(slot)
                .closeTimeout(Duration.ofMinutes(5))
                .closeOnShutdown();
    }

    private static void say(String line) {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        System.out.write(bytes, 0, bytes.length);
        System.out.flush();
    }
}
