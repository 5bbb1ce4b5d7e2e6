package io.walwire.internal.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.postgresql.PGProperty;

/**
 * The parameters of libpq's connection strings, and those that providers and pools add, by what becomes of them here. A
 * parameter that makes a connection safer is never ignored.
 */
final class LibpqParameters {
    private static final String NO_REVOCATION = "pgJDBC checks no revocation lists";
    private static final String NO_OAUTH = "pgJDBC does not log in with OAuth";
    private static final String SYSTEM =
            "the operating system's TCP settings are used, and Walwire asks a silent server itself";
    private static final String POOL = "Walwire keeps no pool";
    private static final String PARTS = "part of the URL";

    /** Parameters of libpq, and the driver's property for each. */
    private static final Map<String, String> PROPERTIES = Map.ofEntries(
            Map.entry("application_name", PGProperty.APPLICATION_NAME.getName()),
            Map.entry("channel_binding", PGProperty.CHANNEL_BINDING.getName()),
            Map.entry("connect_timeout", PGProperty.CONNECT_TIMEOUT.getName()),
            Map.entry("gssencmode", PGProperty.GSS_ENC_MODE.getName()),
            Map.entry("gsslib", "gsslib"),
            Map.entry("keepalives", PGProperty.TCP_KEEP_ALIVE.getName()),
            Map.entry("krbsrvname", PGProperty.KERBEROS_SERVER_NAME.getName()),
            Map.entry("options", "options"),
            Map.entry("require_auth", DriverProperties.REQUIRE_AUTH),
            Map.entry("sslcert", "sslcert"),
            Map.entry("sslkey", "sslkey"),
            Map.entry("sslmode", "sslmode"),
            Map.entry("sslnegotiation", "sslNegotiation"),
            Map.entry("sslpassword", "sslpassword"),
            Map.entry("sslrootcert", "sslrootcert"),
            Map.entry("target_session_attrs", PGProperty.TARGET_SERVER_TYPE.getName()));

    /** What libpq calls the values that the driver calls otherwise. */
    private static final Map<String, Map<String, String>> VALUES = Map.of(
            "keepalives", Map.of("1", "true", "0", "false"),
            "target_session_attrs",
                    Map.of(
                            "any", "any",
                            "read-write", "primary",
                            "primary", "primary",
                            "read-only", "secondary",
                            "standby", "secondary",
                            "prefer-standby", "preferSecondary"));

    private static final Map<String, String> UNUSED = Map.ofEntries(
            Map.entry("client_encoding", "text is always exchanged as UTF-8"),
            Map.entry("keepalives_idle", SYSTEM),
            Map.entry("keepalives_interval", SYSTEM),
            Map.entry("keepalives_count", SYSTEM),
            Map.entry("tcp_user_timeout", SYSTEM),
            Map.entry("sslcompression", "pgJDBC never compresses"),
            Map.entry("sslkeylogfile", "pgJDBC writes no keys"),
            Map.entry("sslsni", "Java sends the server's name by itself"),
            Map.entry("load_balance_hosts", "hosts are tried in the order given, the one that answered last first"),
            Map.entry("schema", "Walwire names tables with their schema"),
            Map.entry("connection_limit", POOL),
            Map.entry("pool_timeout", POOL),
            Map.entry("statement_cache_size", POOL),
            Map.entry("uselibpqcompat", "sslmode is read as libpq reads it"));

    private static final Map<String, String> REFUSED = Map.ofEntries(
            Map.entry(
                    "hostaddr",
                    "give the address as the host; with sslmode=verify-full the certificate has to name it"),
            Map.entry("passfile", "no password file is read; use " + Key.PASSWORD),
            Map.entry("service", "a service file would name another server; use " + Key.URL),
            Map.entry("servicefile", "a service file would name another server; use " + Key.URL),
            Map.entry("replication", "Walwire sets it itself on the connections it streams from"),
            Map.entry("sslcrl", NO_REVOCATION),
            Map.entry("sslcrldir", NO_REVOCATION),
            Map.entry("requirepeer", "Java does not see who owns the server's process"),
            Map.entry("scram_client_key", "pgJDBC logs in with a password, not with keys made of it"),
            Map.entry("scram_server_key", "pgJDBC logs in with a password, not with keys made of it"),
            Map.entry("oauth_issuer", NO_OAUTH),
            Map.entry("oauth_client_id", NO_OAUTH),
            Map.entry("oauth_client_secret", NO_OAUTH),
            Map.entry("oauth_scope", NO_OAUTH),
            Map.entry("sslaccept", "use sslmode=verify-full and sslrootcert, or sslmode=require"),
            Map.entry("sslidentity", "use sslcert and sslkey"));

    /** Values that ask for no more than what is done anyway; any other value is refused. */
    private record Harmless(Set<String> values, String reason) {}

    private static final Map<String, Harmless> BY_VALUE = Map.of(
            "gssdelegation", new Harmless(Set.of("0"), "pgJDBC hands no credentials on"),
            "sslcertmode",
                    new Harmless(
                            Set.of("allow"), "pgJDBC sends the client certificate that it has when the server asks"),
            "ssl_min_protocol_version",
                    new Harmless(
                            Set.of("TLSv1", "TLSv1.1", "TLSv1.2"),
                            "Java decides on TLS versions, 1.2 and later; to allow 1.3 alone, start the JVM with"
                                    + " -Djdk.tls.client.protocols=TLSv1.3"),
            "ssl_max_protocol_version",
                    new Harmless(
                            Set.of("TLSv1.3"),
                            "Java decides on TLS versions; start the JVM with -Djdk.tls.client.protocols="),
            "min_protocol_version", new Harmless(Set.of("3.0"), "pgJDBC speaks version 3.0 of PostgreSQL's protocol"),
            "max_protocol_version",
                    new Harmless(Set.of("3.0", "3.2", "latest"), "pgJDBC speaks version 3.0 of PostgreSQL's protocol"),
            "pgbouncer",
                    new Harmless(
                            Set.of("false"),
                            "replication does not work through a pooler; give the address of the database itself"));

    /** The parts of a URL that may be parameters. */
    static final Set<String> URL_PARTS = Set.of("host", "port", "dbname", "user", "password");

    /** Names the application where nothing else does. */
    static final String FALLBACK_NAME = "fallback_application_name";

    /** What becomes of a parameter. */
    enum Effect {
        WORKS("works"),
        NO_EFFECT("no effect"),
        REFUSED("refused"),
        /** Some values have no effect, others are refused. */
        DEPENDS("depends on the value");

        private final String label;

        Effect(String label) {
            this.label = label;
        }

        @Override
        public String toString() {
            return label;
        }
    }

    /** A parameter as documents list it. */
    record Described(Effect effect, String what) {}

    private LibpqParameters() {}

    /** The driver's property of that name, or the name itself. */
    static String property(String name) {
        return PROPERTIES.getOrDefault(name, name);
    }

    /** The values that libpq has for it, where the driver has others. */
    static Optional<Map<String, String>> values(String name) {
        return Optional.ofNullable(VALUES.get(name));
    }

    /** Why the value changes nothing; empty if it does, or is refused. */
    static Optional<String> unused(String name, String value) {
        Harmless harmless = BY_VALUE.get(name);
        if (harmless != null && harmless.values.contains(value)) {
            return Optional.of(harmless.reason);
        }
        return Optional.ofNullable(UNUSED.get(name));
    }

    /** Why the value cannot be given; empty if it can, or nobody knows the parameter. */
    static Optional<String> refusal(String name, String value) {
        Harmless harmless = BY_VALUE.get(name);
        if (harmless != null && !harmless.values.contains(value)) {
            return Optional.of(harmless.reason);
        }
        if (name.equals("sslrootcert") && value.equals("system")) {
            return Optional.of("it is a file; for the certificates that Java trusts set " + DriverProperties.PREFIX
                    + "sslfactory=org.postgresql.ssl.DefaultJavaSSLFactory");
        }
        String property = PROPERTIES.get(name);
        if (property != null && PGProperty.forName(property) == null) {
            return Optional.of("this release of pgJDBC has no property " + property + "; use a newer one");
        }
        return Optional.ofNullable(REFUSED.get(name));
    }

    static boolean isKnown(String name) {
        return described().containsKey(name);
    }

    /** Every parameter, by name. */
    static Map<String, Described> described() {
        Map<String, Described> all = new TreeMap<>();
        URL_PARTS.forEach(name -> all.put(name, new Described(Effect.WORKS, PARTS)));
        all.put(FALLBACK_NAME, new Described(Effect.WORKS, "where application_name is not given"));
        PROPERTIES.forEach((name, property) -> all.put(name, new Described(Effect.WORKS, property)));
        UNUSED.forEach((name, reason) -> all.put(name, new Described(Effect.NO_EFFECT, reason)));
        REFUSED.forEach((name, reason) -> all.put(name, new Described(Effect.REFUSED, reason)));
        BY_VALUE.forEach((name, harmless) -> all.put(
                name,
                new Described(
                        Effect.DEPENDS,
                        String.join(", ", harmless.values.stream().sorted().toList())
                                + ": no effect, others are refused: " + harmless.reason)));
        return all;
    }

    /** The names to suggest for a mistyped one. */
    static List<String> names() {
        return Stream.concat(
                        described().entrySet().stream()
                                .filter(each -> each.getValue().effect() == Effect.WORKS)
                                .map(Map.Entry::getKey),
                        DriverProperties.NAMES.stream())
                .distinct()
                .toList();
    }
}
