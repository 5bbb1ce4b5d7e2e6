package io.walwire.testkit;

import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.handler.EventHandler;
import io.walwire.handler.FailurePolicy;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Describes a {@link WalwireExtension}. Not safe for several threads. */
public final class WalwireExtensionBuilder {
    private static final String SERVER = "walwire.testkit.server";
    private static final String PUBLICATION = "walwire_test";

    private final List<SchemaSetup> schema = new ArrayList<>();
    private final List<Consumer<WalwireBuilder>> handlers = new ArrayList<>();
    private final List<BiConsumer<WalwireBuilder, DataSource>> settings = new ArrayList<>();
    private List<String> publications = List.of();
    private Duration timeout = Duration.ofSeconds(30);
    private @Nullable String server;

    WalwireExtensionBuilder() {}

    /**
     * SQL for every new database, executed in the order of the calls.
     *
     * @param statements each of them one or several statements, separated by semicolons
     * @return this
     */
    public WalwireExtensionBuilder schema(String... statements) {
        for (String each : statements) {
            Objects.requireNonNull(each, "statement");
            schema.add(database -> execute(database, each));
        }
        return this;
    }

    /**
     * As {@link #schema}, from a file in UTF-8.
     *
     * @param file read for each new database
     * @return this
     */
    public WalwireExtensionBuilder schemaFile(Path file) {
        Objects.requireNonNull(file, "file");
        schema.add(database -> execute(database, Files.readString(file)));
        return this;
    }

    /**
     * As {@link #schema}, from the class path, in UTF-8.
     *
     * @param name from the root of the class path, such as {@code db/schema.sql}
     * @return this
     */
    public WalwireExtensionBuilder schemaResource(String name) {
        Objects.requireNonNull(name, "name");
        schema.add(database -> execute(database, resource(name)));
        return this;
    }

    /**
     * Anything else that makes a schema, such as the application's migrations, in its place among the SQL.
     *
     * @param setup called for each new database
     * @return this
     */
    public WalwireExtensionBuilder schema(SchemaSetup setup) {
        schema.add(Objects.requireNonNull(setup, "setup"));
        return this;
    }

    /**
     * Publications that the schema makes. Without them, the extension makes one of all tables.
     *
     * @param names their names
     * @return this
     */
    public WalwireExtensionBuilder publication(String... names) {
        publications = List.of(names);
        return this;
    }

    /**
     * Adds a handler, as {@link WalwireBuilder#handler(EventHandler)} does.
     *
     * @param handler the object is used for all instances that the extension starts
     * @return this
     */
    public WalwireExtensionBuilder handler(EventHandler handler) {
        Objects.requireNonNull(handler, "handler");
        handlers.add(builder -> builder.handler(handler));
        return this;
    }

    /**
     * Adds a handler under a name, as {@link WalwireBuilder#handler(String, EventHandler)} does.
     *
     * @param name shown in messages and kept in dead letters
     * @param handler as {@link #handler(EventHandler)}
     * @return this
     */
    public WalwireExtensionBuilder handler(String name, EventHandler handler) {
        handlers.add(builder -> builder.handler(name, handler));
        return this;
    }

    /**
     * Any other setting, after those of the extension.
     *
     * @param configuration called for each instance, before it starts
     * @return this
     */
    public WalwireExtensionBuilder configure(Consumer<WalwireBuilder> configuration) {
        Objects.requireNonNull(configuration, "configuration");
        return configure((builder, database) -> configuration.accept(builder));
    }

    /**
     * Settings and handlers that need the database, such as a checkpoint.
     *
     * @param configuration called for each instance, before it starts, with the instance's builder and its database
     * @return this
     */
    public WalwireExtensionBuilder configure(BiConsumer<WalwireBuilder, DataSource> configuration) {
        settings.add(Objects.requireNonNull(configuration, "configuration"));
        return this;
    }

    /**
     * A server that runs already, in place of the embedded one. The databases are made there, and dropped. Without this, the
     * system property {@code walwire.testkit.server} is looked at when a test begins.
     *
     * @param url of a superuser, to any database: {@code postgresql://postgres:secret@localhost:5432/postgres}; the server has
     *     {@code wal_level=logical}
     * @return this
     */
    public WalwireExtensionBuilder server(String url) {
        server = DatabaseUrl.parse(url).url();
        return this;
    }

    /**
     * How long the extension waits where nothing else is said.
     *
     * @param atMost 30 seconds if not set
     * @return this
     */
    public WalwireExtensionBuilder timeout(Duration atMost) {
        timeout = Objects.requireNonNull(atMost, "atMost");
        return this;
    }

    /**
     * The extension, for a field with {@code @RegisterExtension}.
     *
     * @return an extension of what was described up to now
     */
    public WalwireExtension build() {
        WalwireExtensionBuilder copy = new WalwireExtensionBuilder();
        copy.schema.addAll(schema);
        copy.handlers.addAll(handlers);
        copy.settings.addAll(settings);
        copy.publications = publications;
        copy.timeout = timeout;
        copy.server = server;
        return new WalwireExtension(copy);
    }

    Duration timeout() {
        return timeout;
    }

    /** The URL of the server; null for an embedded one. */
    @Nullable
    String server() {
        return server != null ? server : System.getProperty(SERVER);
    }

    /** Makes schema and publication. */
    void prepare(OwnDatabase database) throws Exception {
        for (SchemaSetup each : schema) {
            each.prepare(database.dataSource());
        }
        if (publications.isEmpty()) {
            database.execute("CREATE PUBLICATION " + PUBLICATION + " FOR ALL TABLES");
        }
    }

    /** An instance that has started. */
    Walwire start(OwnDatabase database, InHand inHand) {
        WalwireBuilder builder = Walwire.builder()
                .url(database.url().url())
                .name(database.name())
                .slotName(database.name())
                .publication(publications.isEmpty() ? new String[] {PUBLICATION} : publications.toArray(String[]::new))
                .failurePolicy(FailurePolicy.stop())
                .interceptor(inHand);
        handlers.forEach(each -> each.accept(builder));
        settings.forEach(each -> each.accept(builder, database.dataSource()));
        return builder.start();
    }

    private static void execute(DataSource database, String sql) throws SQLException {
        OwnDatabase.execute(database, sql);
    }

    private static String resource(String name) {
        try (InputStream stream = classLoader().getResourceAsStream(name)) {
            if (stream == null) {
                throw new IllegalArgumentException("No resource " + name + " on the class path");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ClassLoader classLoader() {
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        return context != null ? context : WalwireExtensionBuilder.class.getClassLoader();
    }
}
