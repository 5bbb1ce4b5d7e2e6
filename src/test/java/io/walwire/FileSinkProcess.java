package io.walwire;

import java.nio.file.Path;
import java.time.Duration;

/** A process that writes all events of table {@code item} into files until it is killed. */
final class FileSinkProcess {
    private FileSinkProcess() {}

    public static void main(String[] arguments) throws Exception {
        try (Walwire walwire = Walwire.builder()
                .url(arguments[0])
                .publication("events")
                .slotName(arguments[1])
                .set("walwire.buffer", arguments[3])
                .set("walwire.slot.busy", "wait")
                .subscriptions("item")
                .sink(FileSink.builder(Path.of(arguments[2]))
                        .maxFileBytes(100_000)
                        .build())
                .start()) {
            walwire.awaitTermination(Duration.ofMinutes(5));
        }
    }
}
