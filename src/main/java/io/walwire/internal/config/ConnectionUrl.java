package io.walwire.internal.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a connection URL says: {@code postgresql://}, {@code postgres://} (both as libpq reads them) or
 * {@code jdbc:postgresql://} (as pgJDBC reads it, with a user and password allowed before the host).
 *
 * @param hosts at least one
 * @param driver pgJDBC's properties by their own names
 * @param unused parameters that change nothing, each with the reason
 */
record ConnectionUrl(
        List<Endpoint> hosts,
        @Nullable String database,
        @Nullable String user,
        @Nullable String password,
        Map<String, String> driver,
        List<String> unused) {

    private static final String JDBC = "jdbc:postgresql://";
    private static final List<String> SCHEMES = List.of("postgresql://", "postgres://", JDBC);
    private static final Endpoint LOCALHOST = new Endpoint("localhost", null);

    ConnectionUrl {
        hosts = List.copyOf(hosts);
        driver = Map.copyOf(driver);
        unused = List.copyOf(unused);
    }

    /** Hides what may be a password. */
    @Override
    public String toString() {
        return "ConnectionUrl[hosts=" + hosts + ", database=" + database + "]";
    }

    /** Reads the URL, or adds each of its faults to the problems and returns null. */
    static @Nullable ConnectionUrl parse(String url, Problems problems) {
        String scheme = SCHEMES.stream().filter(url::startsWith).findFirst().orElse(null);
        Reader reader = new Reader(url.substring(scheme == null ? 0 : scheme.length()), JDBC.equals(scheme));
        ConnectionUrl read = null;
        if (scheme == null) {
            reader.faults.add("it must begin with postgresql://, postgres:// or jdbc:postgresql://");
        } else {
            read = reader.read();
        }
        String shown = Key.URL + " is " + Problems.quoted(MaskedUrl.of(url)) + ": ";
        reader.faults.forEach(fault -> problems.add(shown + fault));
        return reader.faults.isEmpty() ? read : null;
    }

    /** One reading of one URL. Faults show no part of it but parameter names: what looks like a port may be a password. */
    private static final class Reader {
        private final List<String> faults = new ArrayList<>();
        private final String authority;
        private final @Nullable String path;
        private final @Nullable String query;
        private final UnaryOperator<String> decoder;
        private final boolean jdbc;

        Reader(String text, boolean jdbc) {
            int question = text.indexOf('?');
            String beforeQuery = question < 0 ? text : text.substring(0, question);
            int slash = beforeQuery.indexOf('/');
            this.query = question < 0 ? null : text.substring(question + 1);
            this.path = slash < 0 ? null : beforeQuery.substring(slash + 1);
            this.authority = slash < 0 ? beforeQuery : beforeQuery.substring(0, slash);
            this.jdbc = jdbc;
            this.decoder = jdbc ? part -> Percent.decode(part.replace('+', ' ')) : Percent::decode;
        }

        ConnectionUrl read() {
            int at = authority.lastIndexOf('@');
            String userInfo = at < 0 ? "" : authority.substring(0, at);
            int colon = userInfo.indexOf(':');
            String user =
                    decoded("the user", userInfo.substring(0, colon < 0 ? userInfo.length() : colon), Percent::decode);
            String password = decoded("the password", colon < 0 ? "" : userInfo.substring(colon + 1), Percent::decode);
            String database = database();
            boolean misread = (query != null && query.indexOf('@') >= 0) || (path != null && path.indexOf('@') >= 0);
            QueryParameters parameters = new QueryParameters(decoder, faults, misread);
            if (query != null) {
                parameters.read(query);
            }
            List<Endpoint> hosts = hosts(authority.substring(at + 1), parameters, misread);
            return new ConnectionUrl(
                    hosts,
                    parameters.part("dbname", database),
                    parameters.part("user", user),
                    parameters.part("password", password),
                    parameters.driver(),
                    parameters.unused());
        }

        private @Nullable String database() {
            if (path == null || path.isEmpty()) {
                return null;
            }
            if (path.indexOf('/') >= 0) {
                faults.add(
                        "it has more than one path segment; one database is expected (/ within a name, user or password"
                                + " is written %2F)");
                return null;
            }
            if (path.indexOf('@') >= 0) {
                faults.add(
                        "an @ comes after the first /; write @ in a database name as %40, and / in a user or password"
                                + " as %2F");
                return null;
            }
            return decoded("the database", path, decoder);
        }

        private List<Endpoint> hosts(String text, QueryParameters parameters, boolean misread) {
            String fromQuery = parameters.part("host", text);
            List<Endpoint> hosts = List.of();
            try {
                hosts = fromQuery == null || fromQuery.equals(text)
                        ? authorityHosts(text)
                        : Endpoint.parseList(fromQuery, UnaryOperator.identity());
            } catch (IllegalArgumentException e) {
                faults.add(String.valueOf(e.getMessage())
                        + (misread ? " (in a user or password / is written %2F and ? is written %3F)" : ""));
                return hosts;
            }
            if (jdbc && hosts.stream().map(Endpoint::host).anyMatch(HostPort::isFolder)) {
                faults.add("a jdbc: URL cannot name a unix-domain socket; write postgresql:///database?host=/folder");
            }
            return withPort(hosts, parameters.part("port", null));
        }

        private static List<Endpoint> authorityHosts(String text) {
            if (text.isEmpty()) {
                return List.of(LOCALHOST);
            }
            // as in libpq, a port alone means this machine
            String named = text.startsWith(":") && text.lastIndexOf(':') == 0 ? LOCALHOST.host() + text : text;
            return Endpoint.parseList(named, Percent::decode);
        }

        private List<Endpoint> withPort(List<Endpoint> hosts, @Nullable String port) {
            if (port == null) {
                return hosts;
            }
            try {
                return Ports.apply(hosts, port);
            } catch (IllegalArgumentException e) {
                faults.add("parameter port: " + e.getMessage());
                return hosts;
            }
        }

        private @Nullable String decoded(String what, String text, UnaryOperator<String> decode) {
            try {
                return text.isEmpty() ? null : decode.apply(text);
            } catch (IllegalArgumentException e) {
                faults.add(what + " " + e.getMessage());
                return null;
            }
        }
    }
}
