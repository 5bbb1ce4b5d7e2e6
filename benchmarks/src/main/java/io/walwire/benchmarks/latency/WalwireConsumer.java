package io.walwire.benchmarks.latency;

import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** An instance with one handler. */
final class WalwireConsumer implements Consumer {
    private final Samples samples = new Samples();
    private final Walwire walwire;

    static WalwireBuilder builder(String url, String coalesce) {
        return Walwire.builder().url(url).publication(Writers.PUBLICATION).set("walwire.coalesce", coalesce);
    }

    WalwireConsumer(WalwireBuilder builder) {
        walwire = builder.handler(on -> on.onTransaction(transaction -> samples.add(
                        Consumer.nowMicros() - ChronoUnit.MICROS.between(Instant.EPOCH, transaction.timestamp()))))
                .start();
    }

    @Override
    public Samples samples() {
        return samples;
    }

    @Override
    public void close() {
        walwire.close();
    }
}
