package io.walwire.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.event.Event;
import io.walwire.event.GapEvent;
import io.walwire.event.MessageEvent;
import io.walwire.event.Row;
import io.walwire.event.Transaction;
import io.walwire.handler.Callback;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import io.walwire.handler.TableEvents;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** When a callback returns, and so confirms, and when it throws. */
class JsonLinesTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @Test
    void transaction_isFlushedBeforeTheCallbackReturns() throws Exception {
        Calls calls = calls(new JsonLines(out, 9));

        calls.transaction.on(transaction("é", "b"));

        assertThat(printed()).isEqualTo("é\nb\n");
    }

    @Test
    void gap_isPrintedToo() throws Exception {
        Calls calls = calls(new JsonLines(out, 9));

        calls.gap.on(event("gap"));

        assertThat(printed()).isEqualTo("gap\n");
    }

    @Test
    void json_isEscaped_andAnotherTextIsPrintedAsItIs() throws Exception {
        calls(new JsonLines(out, 9)).transaction.on(transaction("\u009b"));
        calls(new JsonLines(out, 9, false, event -> "\u001B[2mtime\u001B[0m\n" + event.toJson()))
                .transaction
                .on(transaction("é"));

        assertThat(printed()).isEqualTo("\\u009b\n\u001B[2mtime\u001B[0m\né\n");
    }

    @Test
    void maxEvents_withinTransaction_throwsSoThatItIsNotConfirmed() {
        JsonLines lines = new JsonLines(out, 3);
        Calls calls = calls(lines);

        assertThatThrownBy(() -> {
                    calls.transaction.on(transaction("a", "b"));
                    calls.transaction.on(transaction("c", "d"));
                })
                .isNotInstanceOf(RuntimeException.class);

        assertThat(printed()).isEqualTo("a\nb\nc\n");
        assertThat(lines.end()).isDone();
        assertThat(lines.failure()).isNull();
    }

    @Test
    void maxEvents_atTransactionsEnd_confirmsIt_andPrintsNothingMore() throws Exception {
        JsonLines lines = new JsonLines(out, 2);
        Calls calls = calls(lines);

        calls.transaction.on(transaction("a", "b"));

        assertThat(lines.end()).isDone();
        assertThatThrownBy(() -> calls.transaction.on(transaction("c"))).isInstanceOf(Exception.class);
        assertThatThrownBy(() -> calls.gap.on(event("gap"))).isInstanceOf(Exception.class);
        assertThat(printed()).isEqualTo("a\nb\n");
    }

    @Test
    void output_thatFails_isThrown_andEndsIt() {
        IOException full = new IOException("No space left on device");
        JsonLines lines = new JsonLines(
                new OutputStream() {
                    @Override
                    public void write(int b) throws IOException {
                        throw full;
                    }
                },
                9);
        Calls calls = calls(lines);

        assertThatThrownBy(() -> calls.transaction.on(transaction("a"))).isSameAs(full);

        assertThat(lines.failure()).isSameAs(full);
        assertThat(lines.end()).isDone();
    }

    private String printed() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private static Calls calls(EventHandler handler) {
        Calls calls = new Calls();
        handler.define(calls);
        return calls;
    }

    private static Transaction transaction(String... json) {
        List<Event> events = Stream.of(json).<Event>map(JsonLinesTest::event).toList();
        return only(Transaction.class, Map.of("events", events));
    }

    private static GapEvent event(String json) {
        return only(GapEvent.class, Map.of("toJson", json));
    }

    /** An object that answers what printing may ask, and nothing else. */
    private static <T> T only(Class<T> type, Map<String, Object> answers) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    if (answers.containsKey(method.getName())) {
                        return answers.get(method.getName());
                    }
                    if (method.isDefault()) {
                        return InvocationHandler.invokeDefault(proxy, method, arguments);
                    }
                    throw new UnsupportedOperationException(method.getName());
                }));
    }

    private static final class Calls implements Handlers {
        private Callback<Transaction> transaction = ignored -> {};
        private Callback<GapEvent> gap = ignored -> {};

        @Override
        public TableEvents<Row> table(String table) {
            throw new UnsupportedOperationException();
        }

        @Override
        public <T extends Record> TableEvents<T> table(String table, Class<T> record) {
            throw new UnsupportedOperationException();
        }

        @Override
        public TableEvents<Row> allTables() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Handlers onTransaction(Callback<Transaction> callback) {
            transaction = callback;
            return this;
        }

        @Override
        public Handlers onMessage(String prefix, Callback<MessageEvent> callback) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Handlers onMessage(Callback<MessageEvent> callback) {
            return this;
        }

        @Override
        public Handlers onGap(Callback<GapEvent> callback) {
            gap = callback;
            return this;
        }
    }
}
