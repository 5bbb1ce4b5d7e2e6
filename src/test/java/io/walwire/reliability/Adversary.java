package io.walwire.reliability;

import io.walwire.testing.Eventually;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.postgresql.PGConnection;
import org.postgresql.replication.PGReplicationStream;

/**
 * Inflicts faults, one after the other, often before the last one is overcome. The seed decides which and how long; each kind
 * comes once before any comes again.
 */
final class Adversary {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final int MAX_PAUSE_MILLIS = 500;
    private static final int MAX_STALL_MILLIS = 1_500;

    private static final int WORK_MILLIS = 500;
    private static final int LATE_MILLIS = 2_500;

    /** Longer than the server waits for a sign of life. */
    private static final int LONG_STALL_MILLIS = 6_500;

    /** Faults that meet more when the handler is late: transactions wait that the server will send again. */
    private static final Set<Fault> LATE = EnumSet.of(
            Fault.CLIENT_KILLED,
            Fault.WALSENDER_TERMINATED,
            Fault.CONNECTION_CUT,
            Fault.CONNECTION_HALF_CLOSED,
            Fault.SERVER_STOPPED_FAST,
            Fault.SERVER_STOPPED_IMMEDIATELY,
            Fault.SLOT_TAKEN,
            Fault.STANDBY_PROMOTED);

    private final Stage stage;
    private final Random random;
    private final boolean patient;

    /**
     * An adversary.
     *
     * @param stage what it acts on
     * @param seed decides
     * @param patient whether it has the time for faults that last
     */
    Adversary(Stage stage, long seed, boolean patient) {
        this.stage = stage;
        this.random = new Random(seed);
        this.patient = patient;
    }

    /** Each of these faults once, in an order of chance. */
    void inflictAll(Set<Fault> faults) throws Exception {
        List<Fault> deck = new ArrayList<>(faults);
        Collections.shuffle(deck, random);
        for (Fault fault : deck) {
            pause(random.nextInt(MAX_PAUSE_MILLIS));
            if (patient && random.nextInt(4) == 0) {
                done(Order.LATE);
                pause(random.nextInt(LATE_MILLIS));
            } else if (LATE.contains(fault) && random.nextBoolean()) {
                done(Order.SLOW);
                pause(random.nextInt(WORK_MILLIS));
            }
            if (fault == Fault.STANDBY_PROMOTED && stage.isPromoted()) {
                continue; // there is no other standby
            }
            inflict(fault);
            stage.ledger().add(Ledger.FAULT + "\t" + fault);
        }
    }

    private void inflict(Fault fault) throws Exception {
        switch (fault) {
            case CLIENT_KILLED -> {
                stage.client().kill();
                stage.launchToStream();
            }
            case WALSENDER_TERMINATED -> terminate();
            case CONNECTION_CUT -> Eventually.until(LONG, () -> stage.proxy().cut() > 0);
            case CONNECTION_STALLED -> stall();
            case CONNECTION_HALF_CLOSED -> {
                boolean towardsClient = random.nextBoolean();
                Eventually.until(LONG, () -> stage.proxy().halfClose(towardsClient) > 0);
            }
            case SERVER_STOPPED_FAST -> {
                stage.server().stopFast();
                stage.server().startAgain();
            }
            case SERVER_STOPPED_IMMEDIATELY -> {
                stage.server().stopImmediately();
                stage.server().startAgain();
            }
            case HANDLER_THREW -> done(Order.THROW);
            case HANDLER_ANSWER_LOST -> done(Order.ANSWER_LOST);
            case HANDLER_STOPPED -> stage.awaiting(String.valueOf(Ledger.LIFE), () -> done(Order.STOP));
            case HANDLER_HUNG -> stage.awaiting(String.valueOf(Ledger.LIFE), () -> done(Order.HANG));
            case DIED_UNCONFIRMED -> {
                done(Order.DIE);
                stage.client().awaitEnd();
                stage.launchToStream();
            }
            case SLOT_TAKEN -> takeSlot();
            case SETTINGS_CHANGED -> changeSettings();
            case STANDBY_PROMOTED -> stage.promote();
        }
    }

    private void done(Order order) throws Exception {
        stage.awaiting(Ledger.DONE + "\t" + order, () -> stage.client().give(order));
    }

    private void terminate() {
        Eventually.until(LONG, () -> stage.terminateWalsenders() > 0);
    }

    private void stall() throws InterruptedException {
        int millis = patient && random.nextInt(4) == 0 ? LONG_STALL_MILLIS : 200 + random.nextInt(MAX_STALL_MILLIS);
        stage.proxy().stall(true);
        try {
            pause(millis);
        } finally {
            stage.proxy().stall(false);
        }
    }

    private void changeSettings() throws Exception {
        try (Connection connection = stage.connect()) {
            Settings.change(connection, random);
        }
        terminate();
    }

    /** The client may not connect until another has the slot. */
    private void takeSlot() throws Exception {
        stage.proxy().refuse(true);
        try {
            stage.proxy().cut();
            List<Connection> holding = new ArrayList<>();
            try {
                Eventually.until(LONG, () -> holding.add(hold()));
                stage.proxy().refuse(false);
                pause(random.nextInt(MAX_STALL_MILLIS));
            } finally {
                for (Connection each : holding) {
                    each.abort(Runnable::run);
                }
            }
        } finally {
            stage.proxy().refuse(false);
        }
    }

    /** A stream that confirms nothing; fails with an AssertionError while the slot is still in use. */
    private Connection hold() throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("replication", "database");
        properties.setProperty("preferQueryMode", "simple");
        properties.setProperty("assumeMinServerVersion", "14");
        Connection connection = DriverManager.getConnection(stage.jdbcUrl(), properties);
        try {
            PGReplicationStream stream = connection
                    .unwrap(PGConnection.class)
                    .getReplicationAPI()
                    .replicationStream()
                    .logical()
                    .withSlotName(Stage.SLOT)
                    .withAutomaticFlush(false)
                    .withSlotOption("proto_version", 1)
                    .withSlotOption("publication_names", stage.publications())
                    .start();
            if (stream.isClosed()) {
                throw new AssertionError("The stream of the other ended");
            }
            return connection;
        } catch (SQLException e) {
            connection.abort(Runnable::run);
            throw new AssertionError("The slot is not free yet", e);
        }
    }

    private static void pause(int millis) throws InterruptedException {
        new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
    }
}
