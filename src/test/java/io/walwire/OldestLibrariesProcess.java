package io.walwire;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.walwire.doctor.Severity;
import io.walwire.error.ConfigurationException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.postgresql.Driver;

/** A small application: prints the versions that it has, its events, what a watch hears, and what the doctor finds. */
final class OldestLibrariesProcess {
    private static final int EVENTS = 3;

    private OldestLibrariesProcess() {}

    public static void main(String[] arguments) throws Exception {
        say("driver " + Driver.class.getPackage().getImplementationVersion());
        say("jackson " + new ObjectMapper().version());
        CountDownLatch events = new CountDownLatch(EVENTS);
        CountDownLatch watched = new CountDownLatch(1);
        WalwireBuilder builder = Walwire.builder()
                .url(arguments[0])
                .publication("events")
                .slotName(arguments[1])
                .set("walwire.ssl.mode", "prefer")
                .set("walwire.binary", arguments[2])
                .handler(on -> on.table("doc")
                        .onInsert(event -> say("body " + event.row().getJson("body")))
                        .onChange(event -> {
                            say(event.toJson());
                            events.countDown();
                        }));
        say("errors "
                + builder.check().stream()
                        .filter(finding -> finding.severity() == Severity.ERROR)
                        .count());
        try (Walwire walwire = builder.start()) {
            walwire.watch("doc").key(2).subscribe(event -> {
                say("watched " + event.toJson());
                watched.countDown();
            });
            say("streaming");
            if (!events.await(1, TimeUnit.MINUTES) || !watched.await(1, TimeUnit.MINUTES)) {
                throw new IllegalStateException("events are missing");
            }
        }
        say("closed");
        try {
            Walwire.builder()
                    .url(arguments[0] + (arguments[0].contains("?") ? "&" : "?") + "require_auth=none")
                    .publication("events")
                    .check();
        } catch (ConfigurationException e) {
            say("refused: " + e.getMessage());
        }
    }

    private static void say(String line) {
        System.out.writeBytes((line + "\n").getBytes(StandardCharsets.UTF_8));
        System.out.flush();
    }
}
