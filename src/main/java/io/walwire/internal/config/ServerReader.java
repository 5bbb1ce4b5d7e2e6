package io.walwire.internal.config;

import io.walwire.config.Credentials;
import io.walwire.internal.config.DriverSettings.Reached;
import io.walwire.internal.log.Logs;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Joins the URL and the keys that say parts of it; the keys win. */
final class ServerReader {
    private static final Logger LOG = Logs.of(ServerReader.class);

    private final Values values;
    private final Problems problems;
    private final @Nullable ConnectionUrl url;

    ServerReader(Values values, Problems problems) {
        this.values = values;
        this.problems = problems;
        String given = values.literal(Key.URL);
        this.url = given == null ? null : ConnectionUrl.parse(given, problems);
        if (url != null) {
            url.unused().forEach(unused -> LOG.info("{} has a parameter without effect. {}", Key.URL, unused));
        }
    }

    /** The server, or null if a problem was added. */
    @Nullable
    Server read(String instanceName, boolean credentialsSupplied) {
        List<HostPort> hosts = hosts();
        String database = database();
        boolean socket = hosts.stream().map(HostPort::host).anyMatch(HostPort::isFolder);
        if (socket && hosts.size() > 1) {
            problems.add("A unix-domain socket is one of several hosts in "
                    + (values.isNamed(Key.HOST) ? Key.HOST : Key.URL)
                    + "; give it alone, or hosts and ports that are reached over TCP");
        }
        Credentials credentials = credentials(credentialsSupplied, socket);
        Reached reached = socket ? Reached.UNIX_SOCKET : hosts.size() > 1 ? Reached.ONE_OF_SEVERAL : Reached.ONE_HOST;
        Map<String, String> driver = DriverSettings.read(values, url, instanceName, reached, problems);
        return hosts.isEmpty() || database == null ? null : new Server(hosts, database, credentials, driver);
    }

    /** Whether a missing part may stand in a URL that could not be read. */
    private boolean isUrlUnreadable() {
        return url == null && values.isNamed(Key.URL);
    }

    private List<HostPort> hosts() {
        String port = port();
        if (values.isNamed(Key.HOST)) {
            return hostsOfKey(port);
        }
        if (url != null) {
            return url.hosts().stream()
                    .map(host -> port == null ? host.withDefault(HostPort.DEFAULT_PORT) : override(host, port))
                    .toList();
        }
        if (!values.isNamed(Key.URL)) {
            problems.add(
                    values.isNamed(Key.DATABASE)
                            ? Key.HOST + " is missing; give it beside " + Key.DATABASE + ", or give " + Key.URL
                            : Key.URL + " is missing; set it to postgresql://user@host:5432/database, or set "
                                    + Key.HOST + " and " + Key.DATABASE);
        }
        return List.of();
    }

    private @Nullable String port() {
        return values.parsed(Key.PORT, text -> Integer.toString(Endpoint.parsePort(text)))
                .orElse(null);
    }

    private static HostPort override(Endpoint host, String port) {
        return new HostPort(host.host(), Endpoint.parsePort(port));
    }

    private List<HostPort> hostsOfKey(@Nullable String port) {
        String text = values.literal(Key.HOST);
        if (text == null) {
            return List.of();
        }
        try {
            List<Endpoint> hosts = Endpoint.parseList(text, UnaryOperator.identity());
            List<Endpoint> complete = port == null ? hosts : portOfKey(hosts, port);
            int otherPort =
                    complete.stream().allMatch(host -> host.port() != null) ? HostPort.DEFAULT_PORT : portOfUrl();
            return complete.stream().map(host -> host.withDefault(otherPort)).toList();
        } catch (IllegalArgumentException e) {
            problems.add(Key.HOST + " is " + Problems.quoted(MaskedUrl.of(text)) + ": " + e.getMessage());
            return List.of();
        }
    }

    private List<Endpoint> portOfKey(List<Endpoint> hosts, String port) {
        try {
            return Ports.apply(hosts, port);
        } catch (IllegalArgumentException e) {
            problems.add(Key.PORT + " is \"" + port + "\": " + e.getMessage());
            return hosts;
        }
    }

    /** The URL's port stays in force where only its host is replaced. */
    private int portOfUrl() {
        List<Integer> ports = url == null
                ? List.of(HostPort.DEFAULT_PORT)
                : url.hosts().stream().map(Endpoint::portOrDefault).distinct().toList();
        if (ports.size() > 1) {
            throw new IllegalArgumentException("the hosts of " + Key.URL
                    + " that it replaces have different ports; give " + Key.PORT + ", or each host its :port");
        }
        return ports.get(0);
    }

    private @Nullable String database() {
        String database = values.literal(Key.DATABASE);
        String read = database != null || url == null ? database : url.database();
        boolean anywhere = values.isNamed(Key.URL) || values.isNamed(Key.HOST);
        if (read == null && anywhere && !values.isNamed(Key.DATABASE) && !isUrlUnreadable()) {
            problems.add(Key.DATABASE + " is missing; give it, or end " + Key.URL + " with /database");
        }
        return read;
    }

    private @Nullable Credentials credentials(boolean supplied, boolean socket) {
        String user = values.literal(Key.USER);
        String password = values.secret(Key.PASSWORD);
        if (supplied) {
            refuseBesideSupplier();
            return null;
        }
        String urlUser = url == null ? null : url.user();
        String urlPassword = url == null ? null : url.password();
        String given = user != null ? user : urlUser;
        // as in libpq, and for peer authentication the role that is most likely meant
        String role = given == null && socket && !values.isNamed(Key.USER) ? operatingSystemUser() : given;
        if (role == null) {
            if (!values.isNamed(Key.USER) && !isUrlUnreadable()) {
                problems.add(
                        Key.USER + " is missing; set it to the role that connects, or pass a supplier of credentials");
            }
            return null;
        }
        return new Credentials(role, password != null ? password : urlPassword);
    }

    /** Null where Java does not know it, as in a container without an entry for the user. */
    private static @Nullable String operatingSystemUser() {
        String name = System.getProperty("user.name", "?");
        return name.isBlank() || name.equals("?") ? null : name;
    }

    private void refuseBesideSupplier() {
        String beside = " is given, and a supplier of credentials too, which would leave it unused; keep one of them";
        for (Key key : List.of(Key.USER, Key.PASSWORD)) {
            if (values.isNamed(key)) {
                problems.add(key + beside);
            }
        }
        if (url != null && (url.user() != null || url.password() != null)) {
            problems.add("A user or password in " + Key.URL + beside);
        }
    }
}
