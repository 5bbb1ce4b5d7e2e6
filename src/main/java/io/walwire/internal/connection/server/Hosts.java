package io.walwire.internal.connection.server;

import io.walwire.internal.config.HostPort;
import io.walwire.internal.config.Server;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/**
 * Which of several hosts is connected to: every attempt tries all of them, the one that answered last before the others, so
 * that all connections of an instance lead to the same server. The driver's own choice remembers for seconds what a host was,
 * and takes a primary whose role is read-only by default for a standby.
 */
final class Hosts {
    private static final Driver DRIVER = new Driver();

    private final Server server;
    private final Wanted wanted;
    private final boolean shuffled;
    private volatile @Nullable HostPort last;

    /** Which servers will do. */
    private enum Wanted {
        ANY,
        PRIMARY,
        STANDBY,
        RATHER_PRIMARY,
        RATHER_STANDBY;

        static Wanted of(String targetServerType) {
            return switch (targetServerType.toLowerCase(Locale.ROOT)) {
                case "primary", "master" -> PRIMARY;
                case "secondary", "slave" -> STANDBY;
                case "preferprimary" -> RATHER_PRIMARY;
                case "prefersecondary", "preferslave" -> RATHER_STANDBY;
                default -> ANY;
            };
        }

        boolean isStandby() {
            return this == STANDBY || this == RATHER_STANDBY;
        }
    }

    Hosts(Server server) {
        this.server = server;
        this.wanted = Wanted.of(server.driver().getOrDefault(PGProperty.TARGET_SERVER_TYPE.getName(), "any"));
        this.shuffled = "true".equals(server.driver().get(PGProperty.LOAD_BALANCE_HOSTS.getName()));
    }

    Connection connect(Properties given) throws SQLException {
        Properties properties = new Properties();
        properties.putAll(given);
        properties.remove(PGProperty.TARGET_SERVER_TYPE.getName());
        properties.remove(PGProperty.LOAD_BALANCE_HOSTS.getName());
        List<HostPort> order = order();
        List<SQLException> failures = new ArrayList<>();
        Connection connection = first(order, properties, wanted, failures);
        if (connection == null && (wanted == Wanted.RATHER_PRIMARY || wanted == Wanted.RATHER_STANDBY)) {
            failures.clear();
            connection = first(order, properties, Wanted.ANY, failures);
        }
        if (connection == null) {
            throw all(order, failures);
        }
        return connection;
    }

    /** The host that was connected to last. */
    String last() {
        return String.valueOf(last);
    }

    private List<HostPort> order() {
        List<HostPort> order = new ArrayList<>(server.hosts());
        if (shuffled) {
            Collections.shuffle(order);
        }
        HostPort before = last;
        if (before != null) {
            order.remove(before);
            order.add(0, before);
        }
        return order;
    }

    private @Nullable Connection first(
            List<HostPort> order, Properties properties, Wanted suitable, List<SQLException> failures) {
        for (HostPort host : order) {
            try {
                Connection connection = open(host, properties, suitable);
                last = host;
                return connection;
            } catch (SQLException e) {
                failures.add(e);
            }
        }
        return null;
    }

    private Connection open(HostPort host, Properties properties, Wanted suitable) throws SQLException {
        Connection connection = DRIVER.connect(server.jdbcUrl(host), properties);
        if (connection == null) {
            throw new SQLException("pgJDBC does not know the URL " + server.jdbcUrl(host), "08001");
        }
        try {
            if (suitable == Wanted.ANY || isInRecovery(connection) == suitable.isStandby()) {
                return connection;
            }
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
        connection.close();
        throw new UnsuitableException(suitable.isStandby() ? "it is no standby" : "it is a standby");
    }

    static boolean isInRecovery(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_catalog.pg_is_in_recovery()")) {
            return row.next() && row.getBoolean(1);
        }
    }

    /** The server answers, and is not what is wanted; it may become that. */
    static final class UnsuitableException extends SQLException {
        private static final long serialVersionUID = 1L;

        UnsuitableException(String message) {
            super(message, "08001");
        }
    }

    /** The whole heals if a host may that could not be asked what it is, or if all could. */
    private static SQLException all(List<HostPort> order, List<SQLException> failures) {
        if (failures.size() == 1) {
            return failures.get(0);
        }
        StringBuilder message = new StringBuilder("none of the hosts will do");
        for (int i = 0; i < failures.size(); i++) {
            message.append("; ").append(order.get(i)).append(": ").append(ServerErrors.line(failures.get(i)));
        }
        List<SQLException> unasked = failures.stream()
                .filter(failure -> !(failure instanceof UnsuitableException))
                .toList();
        SQLException decisive = unasked.stream()
                .filter(ServerErrors::heals)
                .findFirst()
                .orElse(unasked.isEmpty() ? failures.get(0) : unasked.get(0));
        return new SQLException(message.toString(), decisive.getSQLState(), decisive);
    }
}
