package io.walwire.testkit;

import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.event.Transaction;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import io.walwire.handler.Interceptor;
import io.walwire.internal.source.GivenSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Describes a {@link WalwireKit}. Not safe for several threads. */
public final class WalwireKitBuilder {
    private final KitTables tables = new KitTables();
    private final Tape tape = new Tape();
    private final List<Added> handlers = new ArrayList<>();
    private final List<Consumer<WalwireBuilder>> settings = new ArrayList<>();
    private final List<Consumer<Tape>> existing = new ArrayList<>();
    private @Nullable Interceptor interceptor;
    private Duration timeout = Duration.ofSeconds(30);
    private @Nullable String database;
    private @Nullable Path recording;
    private boolean started;

    /** A handler, and the failure policy of its own, if it has one. */
    private record Added(FaultyHandler handler, @Nullable FailurePolicy policy) {}

    WalwireKitBuilder() {}

    /**
     * Declares a table.
     *
     * @param name {@code users} in schema public, {@code billing.invoice}, or {@code billing."Weird, name"}
     * @param definition adds columns and the key
     * @return this
     */
    public WalwireKitBuilder table(String name, Consumer<TableDefinition> definition) {
        tables.define(name, definition);
        return this;
    }

    /**
     * Declares rows that a table has before the kit starts, as {@link WalwireKit#existing} does later. With {@code walwire.backfill=new}
     * they are read when the instance starts.
     *
     * @param table as it is declared; it needs a key
     * @param rows each with its key, best made by {@link WalwireKit#row}; they are read together, as a chunk
     * @return this
     */
    @SafeVarargs
    public final WalwireKitBuilder existing(String table, Map<String, ? extends @Nullable Object>... rows) {
        List<Map<String, ? extends @Nullable Object>> declared = new ArrayList<>();
        for (Map<String, ? extends @Nullable Object> row : rows) {
            declared.add(row);
        }
        existing.add(on -> on.declare(tables.get(table), declared));
        return this;
    }

    /**
     * Adds a handler. The instance knows it in a wrapping, so that its calls can be made to fail:
     * {@code Walwire.removeHandler} does not find it.
     *
     * @param handler used for all instances that the kit starts
     * @return this
     */
    public WalwireKitBuilder handler(EventHandler handler) {
        handlers.add(new Added(new FaultyHandler(handler.handlerName(), handler), null));
        return this;
    }

    /**
     * Adds a handler with a failure policy of its own.
     *
     * @param handler as {@link #handler(EventHandler)}
     * @param policy what happens when it fails
     * @return this
     */
    public WalwireKitBuilder handler(EventHandler handler, FailurePolicy policy) {
        handlers.add(
                new Added(new FaultyHandler(handler.handlerName(), handler), Objects.requireNonNull(policy, "policy")));
        return this;
    }

    /**
     * Adds a handler under a name, as {@link WalwireBuilder#handler(String, EventHandler)} does.
     *
     * @param name shown in messages and kept in dead letters
     * @param handler as {@link #handler(EventHandler)}
     * @return this
     */
    public WalwireKitBuilder handler(String name, EventHandler handler) {
        handlers.add(new Added(new FaultyHandler(name, Objects.requireNonNull(handler, "handler")), null));
        return this;
    }

    /**
     * Adds a handler under a name, with a failure policy of its own.
     *
     * @param name shown in messages and kept in dead letters
     * @param handler as {@link #handler(EventHandler)}
     * @param policy what happens when it fails
     * @return this
     */
    public WalwireKitBuilder handler(String name, EventHandler handler, FailurePolicy policy) {
        handlers.add(new Added(
                new FaultyHandler(name, Objects.requireNonNull(handler, "handler")),
                Objects.requireNonNull(policy, "policy")));
        return this;
    }

    /**
     * Puts an interceptor between the stream and the handlers, as {@link WalwireBuilder#interceptor} does. (Set there, it
     * would take the place of the kit's own, which keeps what was delivered.)
     *
     * @param between in place of the one that passes everything on
     * @return this
     */
    public WalwireKitBuilder interceptor(Interceptor between) {
        interceptor = Objects.requireNonNull(between, "between");
        return this;
    }

    /**
     * Any other setting, or all properties of the application. Without a failure policy that is set here, a handler that throws ends the
     * instance at once. Settings about a server have no effect here, such as the URL, publications, slots and {@code walwire.visible}. Of
     * {@code walwire.backfill} and the keys below it, {@code new} and {@code rate} have one.
     *
     * @param configuration called for each instance, before it starts
     * @return this
     */
    public WalwireKitBuilder configure(Consumer<WalwireBuilder> configuration) {
        settings.add(Objects.requireNonNull(configuration, "configuration"));
        return this;
    }

    /**
     * The name of the database in events.
     *
     * @param name {@code kit} if not set; of a recording, the database that it was recorded from
     * @return this
     */
    public WalwireKitBuilder database(String name) {
        database = Objects.requireNonNull(name, "name");
        return this;
    }

    /**
     * Replays a recording ({@code walwire.record}) first: all that was sent, connection by connection, comes again. Transactions
     * may be committed after it, of its tables too.
     *
     * @param file the recording
     * @return this
     */
    public WalwireKitBuilder replay(Path file) {
        recording = Objects.requireNonNull(file, "file");
        return this;
    }

    /**
     * How long the kit waits where nothing else is said.
     *
     * @param atMost 30 seconds if not set
     * @return this
     */
    public WalwireKitBuilder timeout(Duration atMost) {
        timeout = Objects.requireNonNull(atMost, "atMost");
        return this;
    }

    /**
     * Starts an instance on what was described. A builder makes one kit.
     *
     * @return a kit whose instance waits for transactions
     * @throws IllegalArgumentException if the recording is damaged, or of another version
     * @throws io.walwire.error.WalwireException if the configuration cannot be used, or a handler listens to a table that is
     *     not declared
     */
    public WalwireKit start() {
        if (started) {
            throw new IllegalStateException("A builder makes one kit, whose tables and positions are its own");
        }
        started = true;
        String recorded = recording == null ? null : TapeLoader.load(recording, tape, tables);
        String name = database != null ? database : Objects.requireNonNullElse(recorded, "kit");
        InHand inHand = new InHand();
        Delivered delivered = new Delivered(interceptor != null ? interceptor : WalwireKitBuilder::passOn);
        Interceptor outermost =
                (transaction, next) -> inHand.intercept(transaction, handled -> delivered.intercept(handled, next));
        ReadSteps steps = new ReadSteps(delivered::add);
        RunningInstance instance;
        try {
            existing.forEach(each -> each.accept(tape));
            tape.started();
            tape.onHandled(part -> steps.handled("", part));
            instance = new RunningInstance(() -> start(name, outermost, delivered, steps), inHand, timeout);
        } catch (RuntimeException e) {
            tape.close();
            throw e;
        }
        List<FaultyHandler> faulty = handlers.stream().map(Added::handler).toList();
        return new WalwireKit(tape, tables, steps, delivered, faulty, instance);
    }

    private static void passOn(Transaction transaction, Interceptor.Next next) throws Exception {
        next.proceed(transaction);
    }

    private Walwire start(String name, Interceptor outermost, Delivered delivered, ReadSteps steps) {
        WalwireBuilder builder = Walwire.builder()
                .host("localhost")
                .database(name)
                .user("kit")
                .password("kit")
                .name("kit")
                .publication("kit")
                .slotName(TapeSource.SLOT)
                .failurePolicy(FailurePolicy.stop())
                .interceptor(outermost);
        for (Added each : handlers) {
            if (each.policy() == null) {
                builder.handler(each.handler());
            } else {
                builder.handler(each.handler(), each.policy());
            }
        }
        builder.handler(delivered);
        settings.forEach(each -> each.accept(builder));
        builder.set("walwire.visible", "false"); // there is no server to ask
        GivenSource.set(builder, context -> {
            boolean automatic = context.config().backfill().automatic();
            TapeTables rows = new TapeTables(tape, tables, steps, interceptor == null, automatic);
            return new TapeSource(tape, tables, context, recording != null, rows);
        });
        return builder.start();
    }
}
