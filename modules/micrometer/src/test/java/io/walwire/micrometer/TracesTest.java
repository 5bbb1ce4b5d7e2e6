package io.walwire.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.observation.ObservationHandler.FirstMatchingCompositeObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import io.micrometer.tracing.otel.bridge.OtelCurrentTraceContext;
import io.micrometer.tracing.otel.bridge.OtelTracer;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.walwire.Walwire;
import io.walwire.handler.FailurePolicy;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From the writer's span, through PostgreSQL, to the handler's. */
class TracesTest {
    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final InMemorySpanExporter spans = InMemorySpanExporter.create();
    private final SdkTracerProvider provider = SdkTracerProvider.builder()
            .addSpanProcessor(SimpleSpanProcessor.create(spans))
            .build();
    private final Tracer tracer = new OtelTracer(provider.get("test"), new OtelCurrentTraceContext(), event -> {});
    private final ObservationRegistry registry = ObservationRegistry.create();
    private final WalwireContext context = WalwireContext.of(new CurrentTraceparent(tracer));

    @BeforeEach
    void create() throws SQLException {
        Shop.create(database);
        registry.observationConfig()
                .observationHandler(new FirstMatchingCompositeObservationHandler(
                        new WalwireSpans(tracer), new DefaultTracingObservationHandler(tracer)));
    }

    @AfterEach
    void close() {
        provider.close();
    }

    /** Writes a user in a span of its own, and returns that span's identity. */
    private String write(long id, @Nullable String by) throws SQLException {
        Span span = tracer.nextSpan().name("sign up").start();
        try (Tracer.SpanInScope scope = tracer.withSpan(span)) {
            database.inTransaction(connection -> {
                assertThat(by == null ? context.stamp(connection) : context.stamp(connection, by))
                        .isTrue();
                try (Statement statement = connection.createStatement()) {
                    statement.execute("INSERT INTO users VALUES (" + id + ")");
                }
            });
        } finally {
            span.end();
        }
        return span.context().traceId() + " " + span.context().spanId();
    }

    private List<SpanData> calls() {
        return spans.getFinishedSpanItems().stream()
                .filter(span -> !span.getName().equals("sign up"))
                .toList();
    }

    private static List<String> links(SpanData span) {
        return span.getLinks().stream()
                .map(link -> link.getSpanContext().getTraceId() + " "
                        + link.getSpanContext().getSpanId())
                .toList();
    }

    private static @Nullable String tag(SpanData span, String key) {
        return span.getAttributes().get(AttributeKey.stringKey(key));
    }

    @Test
    void handlersSpan_linksToTheWriters_andIsCurrentInTheHandler() throws Exception {
        Recorder<String> seen = new Recorder<>();
        try (Walwire walwire = Shop.reader(database)
                .listener(new WalwireObservations(registry))
                .handler(
                        "mails",
                        on -> on.table("users").onInsert(event -> {
                            seen.add(Objects.requireNonNull(tracer.currentSpan())
                                    .context()
                                    .spanId());
                            seen.add(String.valueOf(
                                    Objects.requireNonNull(event.transaction()).context()));
                            if (seen.all().size() == 2) {
                                throw new IOException("no");
                            }
                        }),
                        FailurePolicy.retry(1, Duration.ofMillis(1), Duration.ofMillis(1)))
                .start()) {
            String writer = write(1, "user 7");
            assertThat(walwire.awaitCurrent(Shop.LONG)).isTrue();
            assertThat(calls()).hasSize(2);
            assertThat(calls()).allSatisfy(call -> {
                assertThat(call.getName()).isEqualTo("mails insert");
                assertThat(call.getKind()).isEqualTo(SpanKind.CONSUMER);
                assertThat(call.getParentSpanContext().isValid()).isFalse();
                assertThat(links(call)).containsExactly(writer);
                assertThat(tag(call, "table")).isEqualTo("public.users");
                assertThat(tag(call, "writer")).contains(writer.replace(' ', '-'));
            });
            assertThat(calls()).extracting(call -> tag(call, "outcome")).containsExactly("retried", "succeeded");
            assertThat(calls()).extracting(call -> tag(call, "attempt")).containsExactly("1", "2");
            assertThat(calls().get(0).getEvents()).hasSize(1);
            assertThat(calls().get(1).getEvents()).isEmpty();
            assertThat(seen.all())
                    .contains(calls().get(0).getSpanId(), calls().get(1).getSpanId())
                    .anySatisfy(json ->
                            assertThat(json).contains("\"by\":\"user 7\"").contains("\"traceparent\":\"00-"));
        }
        assertThat(tracer.currentSpan()).isNull();
    }

    @Test
    void batch_linksToEachWriter() throws Exception {
        Recorder<Integer> sizes = new Recorder<>();
        try (Walwire walwire = Shop.reader(database)
                .listener(new WalwireObservations(registry))
                .handler("index", on -> on.table("users").batch(3, Shop.LONG, events -> sizes.add(events.size())))
                .start()) {
            walwire.pause();
            String first = write(1, null);
            String second = write(2, null);
            database.sql("INSERT INTO users VALUES (3)");
            walwire.resume();
            assertThat(sizes.await(1)).containsExactly(3); // a barrier would end the batch before
            assertThat(walwire.awaitCurrent(Shop.LONG)).isTrue();
            assertThat(calls().stream().flatMap(call -> links(call).stream())).containsExactly(first, second);
        }
    }

    @Test
    void writerWithoutATrace_isNoLink_andWritesNothing() throws Exception {
        try (Walwire walwire = Shop.reader(database)
                .listener(new WalwireObservations(registry))
                .handler("mails", on -> on.table("users").onInsert(event -> {}))
                .start()) {
            database.inTransaction(connection -> {
                assertThat(context.stamp(connection)).isFalse();
                try (Statement statement = connection.createStatement()) {
                    statement.execute("INSERT INTO users VALUES (1)");
                }
            });
            assertThat(walwire.awaitCurrent(Shop.LONG)).isTrue();
            assertThat(calls()).singleElement().satisfies(call -> assertThat(call.getLinks())
                    .isEmpty());
        }
    }

    /** Any role can write a context. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"traceparent\": 7}",
                "{\"traceparent\": \"00-00000000000000000000000000000000-00f067aa0ba902b7-01\"}",
                "{\"traceparent\": \"ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\"}",
                "{\"traceparent\": \"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\\n\"}",
                "[\"traceparent\"]",
                "\"traceparent",
                "{\"by\": \"traceparent\"}"
            })
    void contextOfSomebodyElse_isNoLink(String json) {
        assertThat(Traceparent.in(json)).isNull();
    }

    @Test
    void traceparentOfALaterVersion_isRead() {
        String text = "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03-more";
        assertThat(Traceparent.in("{\"by\":7,\"traceparent\":\"" + text + "\"}"))
                .hasToString("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    }

    @Test
    void stamp_refusesWhatCannotWork() throws Exception {
        try (Connection connection = database.connect()) {
            assertThatThrownBy(() -> context.stamp(connection, "me"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("autocommit");
            connection.setAutoCommit(false);
            assertThatThrownBy(() -> context.stamp(connection, "x".repeat(1001)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("1001");
            assertThatThrownBy(() -> WalwireContext.of(() -> "b3").stamp(connection))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("traceparent");
        }
    }
}
