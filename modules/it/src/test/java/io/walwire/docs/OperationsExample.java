package io.walwire.docs;

import io.walwire.WalwireBuilder;
import io.walwire.event.Gap;
import io.walwire.listener.HandledTransaction;
import io.walwire.listener.HandlerCall;
import io.walwire.listener.WalwireListener;
import java.time.Duration;
import java.time.Instant;

/** The code of docs/operations.md, which compiles. */
final class OperationsExample {
    private OperationsExample() {}

    interface Metrics {
        void time(String name, Duration duration, String... tags);

        void count(String name);
    }

    static void listener(WalwireBuilder builder, Metrics metrics) {
        // tag::listener[]
        builder.listener(new WalwireListener() {
            @Override
            public void onCall(HandlerCall call) { // each attempt of each handler
                metrics.time(
                        "walwire.handler",
                        call.duration(),
                        call.handler(),
                        call.outcome().name());
            }

            @Override
            public void onTransaction(HandledTransaction transaction) { // from commit to handled
                metrics.time("walwire.end.to.end", Duration.between(transaction.timestamp(), Instant.now()));
            }

            @Override
            public void onGap(Gap gap) { // changes are missing: raise an alarm
                metrics.count("walwire.gaps");
            }
        });
        // end::listener[]
    }
}
