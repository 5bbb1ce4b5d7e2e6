package io.walwire.outside;

import static org.assertj.core.api.Assertions.assertThat;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.walwire.testing.Browser;
import io.walwire.testing.Browser.Page;
import io.walwire.testing.Eventually;
import io.walwire.testing.TestDatabase;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** {@code examples/spring} as it runs in production, by its jar, with its page in a real browser. */
class ShopInBrowserTest {
    private static final Path EXAMPLE = Path.of("examples/spring");
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final String LOOPBACK = "127.0.0.1";
    private static final String SHOWN =
            "[...document.querySelectorAll('#users tr')].map(tr => [...tr.cells].map(td => td.textContent).join('|')).join()";

    @RegisterExtension
    final TestDatabase database = TestDatabase.onSharedServer();

    private final GreenMail mails = new GreenMail(new ServerSetup(0, LOOPBACK, ServerSetup.PROTOCOL_SMTP));

    @BeforeEach
    void prepare() throws Exception {
        mails.start();
        database.sql(
                Files.readString(EXAMPLE.resolve("src/main/resources/schema.sql")),
                "INSERT INTO users (email, name, welcomed) VALUES ('ada@example.org', 'Ada', true)");
    }

    @AfterEach
    void stopMails() {
        mails.stop();
    }

    private StartedJar start(Path jar) throws Exception {
        return StartedJar.start(
                jar,
                "--server.port=0",
                "--spring.datasource.url=" + plainUrl(),
                "--spring.datasource.username=" + database.user(),
                "--spring.datasource.password=" + database.password(),
                "--walwire.instances.mails.slot.name=" + database.unique("mails"),
                "--spring.mail.host=" + LOOPBACK,
                "--spring.mail.port=" + mails.getSmtp().getPort());
    }

    private String plainUrl() {
        return "jdbc:postgresql://" + database.server().host() + ":"
                + database.server().port() + "/" + database.name();
    }

    private static URI page(StartedJar application) throws Exception {
        String port = application.await("Tomcat started on port (\\d+)").group(1);
        application.await("Started ShopApplication");
        return URI.create("http://localhost:" + port + "/");
    }

    /** What a visitor sees: signs up in one window, and looks at the other. */
    @Test
    void signUp_isOnEveryOpenPage_andMailedOnce(@TempDir Path profile) throws Exception {
        Path jar = EXAMPLE.resolve("target/walwire-example-spring-" + MavenProject.property("version") + ".jar");
        try (StartedJar application = start(jar)) {
            URI uri = page(application);
            try (Browser browser = Browser.start(profile)) {
                Page one = browser.open(uri);
                Page other = browser.open(uri);
                other.await(SHOWN + " === '1|Ada|ada@example.org|yes'");
                one.evaluate("document.getElementById('name').value = '<b>Zoe</b>';"
                        + "document.getElementById('email').value = 'zoe@example.org';"
                        + "document.getElementById('form').requestSubmit()");
                other.await(SHOWN + " === '2|<b>Zoe</b>|zoe@example.org|yes,1|Ada|ada@example.org|yes'");
                database.sql("DELETE FROM users WHERE id = 1"); // as from psql
                one.await(SHOWN + " === '2|<b>Zoe</b>|zoe@example.org|yes'");
                assertThat(other.evaluate("document.getElementById('state').textContent"))
                        .isEqualTo("live");
            }
            assertThat(mails.getReceivedMessages()).hasSize(1);
        }
    }

    @Test
    void onSpringBoot4_mailsASignUp(@TempDir Path folder) throws Exception {
        MavenProject project = MavenProject.copy(EXAMPLE, folder.resolve("example"));
        project.useSpringBoot(MavenProject.property("boot4"));
        try (StartedJar application = start(project.build())) {
            page(application);
            database.sql("INSERT INTO users (email, name) VALUES ('zoe@example.org', 'Zoe')");
            Eventually.until(LONG, () -> mails.getReceivedMessages().length == 1);
        }
    }
}
