package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.config.Credentials;
import io.walwire.doctor.Severity;
import io.walwire.error.ErrorCode;
import io.walwire.testing.Eventually;
import io.walwire.testing.LogWatch;
import io.walwire.testing.Recorder;
import io.walwire.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Encrypted streams. */
class TlsTest {
    private static final Path OPENSSL = Path.of("/usr/bin/openssl");
    private static final int ROWS = 50_000;

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.onServerOfItsOwn(Map.of());

    @TempDir
    static Path certificates = Path.of("");

    @BeforeAll
    static void begin() throws Exception {
        switchOn(DATABASE, certificates);
        Items.create(DATABASE);
        certificate("other", certificates);
    }

    /** Gives the server of a database a certificate, which is then in the folder, too. */
    static void switchOn(TestDatabase database, Path folder) throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(OPENSSL), "Certificates are made with " + OPENSSL);
        Path data = Path.of(database.queryString("SHOW data_directory"));
        Assumptions.assumeTrue(Files.isWritable(data), "The server's certificate has to be put into " + data);
        certificate("server", folder);
        Files.copy(folder.resolve("server.crt"), data.resolve("server.crt"));
        Files.copy(folder.resolve("server.key"), data.resolve("server.key"));
        Files.setPosixFilePermissions(data.resolve("server.key"), PosixFilePermissions.fromString("rw-------"));
        database.sql("ALTER SYSTEM SET ssl = on", "SELECT pg_reload_conf()");
        Eventually.until(Items.LONG, () -> database.queryString("SHOW ssl").equals("on"));
    }

    private static void certificate(String name, Path folder) throws Exception {
        Process process = new ProcessBuilder(
                        OPENSSL.toString(),
                        "req",
                        "-x509",
                        "-newkey",
                        "rsa:2048",
                        "-nodes",
                        "-days",
                        "2",
                        "-subj",
                        "/CN=localhost",
                        "-addext",
                        "subjectAltName=DNS:localhost",
                        "-keyout",
                        folder.resolve(name + ".key").toString(),
                        "-out",
                        folder.resolve(name + ".crt").toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0)
                .as("openssl made a certificate")
                .isTrue();
    }

    private static WalwireBuilder reader(String mode, String rootCertificate) {
        WalwireBuilder reader = Items.reader(DATABASE).set("walwire.ssl.mode", mode);
        return rootCertificate.isEmpty()
                ? reader
                : reader.set(
                        "walwire.ssl.root-certificate",
                        certificates.resolve(rootCertificate).toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"require", "verify-full"})
    void largeTransactions_andIdleTimes(String mode) throws Exception {
        DATABASE.sql("TRUNCATE item");
        String slot = DATABASE.unique(mode.replace('-', '_'));
        Recorder<Long> ids = new Recorder<>();
        try (Walwire walwire = reader(mode, mode.equals("require") ? "" : "server.crt")
                .slotName(slot)
                .handler(Items.ids(ids))
                .start()) {
            assertThat(DATABASE.queryOne(
                            Boolean.class, "SELECT ssl FROM pg_stat_ssl WHERE pid = ?", Items.backend(DATABASE, slot)))
                    .isTrue();
            DATABASE.sql("INSERT INTO item SELECT g, repeat('x', 100) FROM generate_series(1, " + ROWS + ") g");
            ids.await(ROWS);
            idle(slot);
            Items.insert(DATABASE, ROWS + 1);
            assertThat(ids.await(ROWS + 1))
                    .isEqualTo(LongStream.rangeClosed(1, ROWS + 1).boxed().toList());
            assertThat(walwire.status().reconnects()).isZero();
        }
    }

    /** Two statuses that the server takes note of while nothing happens. */
    private static void idle(String slot) throws SQLException {
        for (int i = 0; i < 2; i++) {
            String moment = DATABASE.queryString("SELECT clock_timestamp()::text");
            Eventually.until(
                    Items.LONG,
                    () -> DATABASE.queryOne(
                            Boolean.class,
                            "SELECT coalesce(reply_time > ?::timestamptz, false) FROM pg_stat_replication WHERE pid = ?",
                            moment,
                            Items.backend(DATABASE, slot)));
        }
    }

    @Test
    void wrongRootCertificate_refusedWithOneClearLine() {
        StartErrorsTest.assertRefused(
                reader("verify-full", "other.crt"),
                ErrorCode.CONNECTION,
                DATABASE.name() + "@localhost",
                "certificate",
                "walwire.ssl.root-certificate");
    }

    @Test
    void wrongHostName_refusedWithItsOwnAdvice() {
        StartErrorsTest.assertRefused(
                reader("verify-full", "server.crt").host("127.0.0.1"),
                ErrorCode.CONNECTION,
                DATABASE.name() + "@127.0.0.1",
                "certificate is of another host",
                "walwire.ssl.mode=verify-ca");
        try (Walwire unverified =
                reader("verify-ca", "server.crt").host("127.0.0.1").start()) {
            assertThat(unverified.health().up()).isTrue();
        }
    }

    /** The words are within the encrypted bytes, and the driver reports the end of the connection alone. */
    @Test
    void streamIsEndedByAnAdministrator_theServersWordsAreShown() throws Exception {
        BesideTheStreamTest.requireWordsOfAnAdministrator(
                Walwire.builder()
                        .url("postgresql://" + DATABASE.server().host() + ":"
                                + DATABASE.server().port() + "/" + DATABASE.name())
                        .set("walwire.ssl.mode", "require")
                        .publication("events"),
                new Credentials(DATABASE.role("LOGIN REPLICATION"), null),
                DATABASE::terminateWalsenders);
    }

    /** With channel binding, which a server in the middle cannot fake. */
    @Test
    void scram_overVerifiedTls() throws Exception {
        String role = DATABASE.role("LOGIN REPLICATION PASSWORD '" + LogWatch.PASSWORD + "'");
        DATABASE.server().requirePassword(role);
        assertThat(DATABASE.queryString("SELECT rolpassword FROM pg_authid WHERE rolname = ?", role))
                .startsWith("SCRAM-SHA-256$");
        WalwireBuilder bound = reader("verify-full", "server.crt")
                .user(role)
                .slotName(DATABASE.unique("scram"))
                .set("walwire.pgjdbc.channelBinding", "require");
        Recorder<Long> ids = new Recorder<>();
        DATABASE.sql("TRUNCATE item");
        try (Walwire walwire =
                bound.password(LogWatch.PASSWORD).handler(Items.ids(ids)).start()) {
            Items.insert(DATABASE, 1);
            assertThat(ids.await(1)).containsExactly(1L);
            assertThat(walwire.check()).noneMatch(finding -> finding.severity() == Severity.ERROR);
        }
        StartErrorsTest.assertRefused(
                bound.password("not " + LogWatch.PASSWORD),
                ErrorCode.AUTHENTICATION,
                role,
                "walwire.password",
                "28P01");
    }

    @Test
    void serverWithoutTls_refusedWithOneClearLine() throws Exception {
        try (TestDatabase plain = TestDatabase.create(io.walwire.testing.PostgresServer.shared())) {
            Items.create(plain);
            StartErrorsTest.assertRefused(
                    Items.reader(plain).set("walwire.ssl.mode", "require"),
                    ErrorCode.CONNECTION,
                    plain.name() + "@",
                    "SSL",
                    "walwire.ssl.mode");
        }
    }

    /** In whatever way the server lets the role in. */
    @Test
    void channelBindingRequired_byTheUrl_isNotWeakened() throws Exception {
        try (TestDatabase plain = TestDatabase.create(io.walwire.testing.PostgresServer.shared())) {
            Items.create(plain);
            String role = plain.role("LOGIN REPLICATION PASSWORD '" + LogWatch.PASSWORD + "'");
            String url = plain.url() + "?channel_binding=require";
            StartErrorsTest.assertRefused(
                    Walwire.builder().url(url).publication("events"), ErrorCode.CONNECTION, plain.name());
            plain.server().requirePassword(role);
            StartErrorsTest.assertRefused(
                    Walwire.builder().url(url).publication("events").user(role).password(LogWatch.PASSWORD),
                    ErrorCode.CONNECTION,
                    plain.name());
        }
    }
}
