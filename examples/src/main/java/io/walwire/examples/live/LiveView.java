package io.walwire.examples.live;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.walwire.Walwire;
import io.walwire.WalwireBuilder;
import io.walwire.watch.Watch;
import io.walwire.watch.WatchIterator;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves a page that shows the table {@code orders}, and sends each change to every browser that has it open.
 *
 * <p>It uses a watch and not a handler: a page cares for as long as it is open, and what was changed while nobody looked it
 * reads from the table. Each browser has a subscription of its own, taken from by the thread that writes to it. One that
 * is slow blocks that thread and fills its own buffer; then the oldest changes are dropped, and the page is sent the whole
 * table when it reads on. Handlers, other browsers and the slot know nothing of it.
 */
public final class LiveView implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LiveView.class);
    private static final int BUFFERED = 1_000;

    private final Watch orders;
    private final OrderTable table;
    private final HttpServer server;
    private final ExecutorService browsers = Executors.newCachedThreadPool();

    /**
     * Serves, until it is closed.
     *
     * @param walwire a running instance that was {@link #configure configured}
     * @param source connections to the same database
     * @param port where, on this machine's loopback address; 0 for any
     * @throws IOException if the port is taken
     */
    public LiveView(Walwire walwire, DataSource source, int port) throws IOException {
        orders = walwire.watch("orders").select("id", "item", "status").dropOldest(BUFFERED);
        table = new OrderTable(source);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(browsers);
        server.createContext("/", LiveView::page);
        server.createContext("/events", this::events);
        server.start();
    }

    /**
     * What the instance needs. PostgreSQL sends a commit a moment before other sessions see it: without waiting for that,
     * a page that is opened in this moment would neither receive the change nor read it.
     *
     * @param builder knows the database and the publication; names no slot, so that every node hears everything
     * @return the builder
     */
    public static WalwireBuilder configure(WalwireBuilder builder) {
        return builder.set("walwire.visible", "true");
    }

    /**
     * Where the page is.
     *
     * @return its address
     */
    public URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
    }

    private static void page(HttpExchange exchange) throws IOException {
        try (exchange;
                InputStream page = Objects.requireNonNull(LiveView.class.getResourceAsStream("orders.html"))) {
            boolean found = exchange.getRequestURI().getPath().equals("/");
            byte[] bytes = found ? page.readAllBytes() : new byte[0];
            exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
            exchange.sendResponseHeaders(found ? 200 : 404, found ? bytes.length : -1);
            exchange.getResponseBody().write(bytes);
        }
    }

    private void events(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        exchange.sendResponseHeaders(200, 0);
        try (exchange;
                OutputStream out = exchange.getResponseBody();
                WatchIterator changes = orders.iterator()) {
            new EventStream(changes, table, out).run();
        } catch (SQLException e) {
            LOG.warn("A page could not be filled; its browser will ask again", e);
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        server.stop(0);
        browsers.shutdownNow();
    }

    /**
     * Serves on port 8080 until it is interrupted.
     *
     * @param args the properties file, and the database's URL for reading the table, {@code jdbc:postgresql://...}
     * @throws IOException if the port is taken
     * @throws InterruptedException if the thread is interrupted
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(args[1]);
        try (Walwire walwire = configure(Walwire.builder().properties(Path.of(args[0])))
                        .closeOnShutdown()
                        .start();
                LiveView view = new LiveView(walwire, source, 8080)) {
            System.out.println("Open " + view.uri());
            walwire.awaitTermination();
        }
    }
}
