package io.walwire.docs;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationHandler.FirstMatchingCompositeObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import io.walwire.WalwireBuilder;
import io.walwire.micrometer.CurrentTraceparent;
import io.walwire.micrometer.WalwireContext;
import io.walwire.micrometer.WalwireMetrics;
import io.walwire.micrometer.WalwireObservations;
import io.walwire.micrometer.WalwireSpans;
import java.sql.Connection;
import java.sql.SQLException;

/** The code of docs/metrics.md, which compiles. */
final class MetricsExample {
    private MetricsExample() {}

    static void meters(WalwireBuilder builder, MeterRegistry registry) {
        // tag::meters[]
        WalwireMetrics metrics = new WalwireMetrics(); // one for each instance
        metrics.bindTo(registry);
        builder.listener(metrics);
        // end::meters[]
    }

    static void write(Connection connection, Tracer tracer) throws SQLException {
        // tag::stamp[]
        WalwireContext context = WalwireContext.of(new CurrentTraceparent(tracer));
        connection.setAutoCommit(false);
        context.stamp(connection, "user 7"); // first of all; the second argument, who did it, may be left out
        insert(connection);
        connection.commit();
        // end::stamp[]
    }

    private static void insert(Connection connection) throws SQLException {
        connection.createStatement().execute("INSERT INTO users VALUES (7)");
    }

    static void observations(WalwireBuilder builder, ObservationRegistry observations, Tracer tracer) {
        // tag::observations[]
        observations
                .observationConfig()
                .observationHandler(new FirstMatchingCompositeObservationHandler(
                        new WalwireSpans(tracer), new DefaultTracingObservationHandler(tracer)));
        builder.listener(new WalwireObservations(observations));
        // end::observations[]
    }
}
