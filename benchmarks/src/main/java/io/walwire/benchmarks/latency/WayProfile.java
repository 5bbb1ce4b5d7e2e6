package io.walwire.benchmarks.latency;

import io.walwire.WalwireBuilder;
import io.walwire.benchmarks.latency.Run.Load;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import jdk.jfr.Recording;

/**
 * The way of one commit to the bare loop or to Walwire, in a JVM of its own. Prints the rows of two tables with an empty line between
 * them: how long each step takes, and what each thread uses. Each table has a run of its own, because recording the steps would
 * change what the threads use.
 */
public final class WayProfile {
    private final String url;
    private final String name;
    private final Writers writers;
    private final Load warmUp;
    private final Load load;

    private WayProfile(String url, String name, Load load) {
        this.url = url;
        this.name = name;
        this.writers = new Writers(Run.jdbc(url), true);
        this.warmUp = new Load(load.rate(), load.connections(), Math.max(1, load.seconds() / 5));
        this.load = load;
    }

    /** The server's URL, {@code bare} or a value of {@code walwire.coalesce}, commits a second, connections, seconds of each run. */
    public static void main(String[] arguments) throws Exception {
        WayProfile profile = new WayProfile(
                arguments[0],
                arguments[1],
                new Load(
                        Integer.parseInt(arguments[2]),
                        Integer.parseInt(arguments[3]),
                        Integer.parseInt(arguments[4])));
        String threads = profile.threads(); // first, because recording changes the code of what it records
        System.out.println(profile.steps());
        System.out.print(threads);
    }

    private boolean isBare() {
        return name.equals("bare");
    }

    private String title() {
        return isBare() ? "bare loop" : "Walwire";
    }

    private WalwireBuilder builder() {
        // with a longer name, Linux would not keep what tells the threads apart
        return WalwireConsumer.builder(url, name).set("walwire.name", "w");
    }

    private String threads() throws Exception {
        try (Consumer consumer = isBare() ? new BareConsumer(Run.jdbc(url)) : new WalwireConsumer(builder())) {
            Run.load(consumer, writers, warmUp);
            int seen = consumer.samples().count();
            long walsender = walsender();
            ThreadUse serverBefore = ThreadUse.of(walsender);
            ThreadUse before = ThreadUse.ofThisProcess();
            Run.load(consumer, writers, load);
            int commits = consumer.samples().count() - seen;
            return ThreadUse.ofThisProcess().rowsSince(before, commits, title())
                    + ThreadUse.of(walsender).rowsSince(serverBefore, commits, title());
        }
    }

    private long walsender() throws SQLException {
        try (Connection connection = DriverManager.getConnection(Run.jdbc(url));
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT max(pid) FROM pg_stat_replication")) {
            row.next();
            return row.getLong(1);
        }
    }

    private String steps() throws Exception {
        Path recorded = Files.createTempFile("walwire-bench-", ".jfr");
        try (Recording recording = recording();
                Consumer consumer =
                        isBare() ? new BareConsumer(Run.jdbc(url)) : new WalwireConsumer(Decoded.notedBy(builder()))) {
            Run.load(consumer, writers, warmUp);
            int seen = consumer.samples().count();
            Run.load(consumer, writers, load);
            recording.stop();
            recording.dump(recorded);
            return Steps.of(recorded, seen).rows(title());
        } finally {
            Files.delete(recorded);
        }
    }

    private static Recording recording() {
        Recording recording = new Recording();
        recording.enable(Handled.class);
        recording.enable(Decoded.class);
        recording.enable(Steps.READ).withoutStackTrace().withThreshold(Duration.ZERO);
        Steps.WAITS.forEach(each -> recording.enable(each).withoutStackTrace().withThreshold(Duration.ZERO));
        recording.start();
        return recording;
    }
}
