package io.walwire.examples.shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import jakarta.mail.internet.MimeMessage;
import java.util.Iterator;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.cache.Cache;
import org.springframework.cache.CacheManager;

/** The whole application, with real servers on both sides. */
class ShopTest {
    private static LocalServers servers;
    private static Shop shop;

    @BeforeAll
    static void start() throws Exception {
        servers = LocalServers.start();
        shop = Shop.start(servers);
    }

    @AfterAll
    static void stop() throws Exception {
        shop.close();
        servers.close();
    }

    private static Cache cache() {
        return Objects.requireNonNull(shop.context().getBean(CacheManager.class).getCache("users"));
    }

    @Test
    void rowsThatAreThereAlready_fillTheCache_andGetNoMail() throws Exception {
        await().atMost(Shop.PATIENCE).until(() -> cache().get(3L) != null);
        assertThat(shop.get("/users/3")).contains("Bob");
        shop.awaitCurrent("mails");
        assertThat(servers.mails().getReceivedMessages())
                .noneMatch(mail -> isTo(mail, "ada@example.org") || isTo(mail, "bob@example.org"));
    }

    @Test
    void signUp_isMailedOnce_andShownOnAnOpenPage() throws Exception {
        try (Stream<String> lines = shop.open("/changes")) {
            Iterator<String> page = lines.iterator();
            awaitChange(page); // the page is open
            shop.post("/users", "{\"name\": \"Zoe\", \"email\": \"zoe@example.org\"}");
            awaitChange(page);
            assertThat(shop.get("/users")).contains("zoe@example.org");
        }
        await().atMost(Shop.PATIENCE).until(() -> shop.get("/users").contains("\"name\":\"Zoe\",\"welcomed\":true"));
        shop.awaitCurrent("mails");
        assertThat(servers.mails().getReceivedMessages())
                .filteredOn(mail -> isTo(mail, "zoe@example.org"))
                .hasSize(1);
    }

    private static void awaitChange(Iterator<String> page) {
        String line = page.next();
        while (!line.equals("event:changed")) {
            line = page.next();
        }
    }

    private static boolean isTo(MimeMessage mail, String address) {
        try {
            return mail.getAllRecipients()[0].toString().equals(address);
        } catch (jakarta.mail.MessagingException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void rolledBackSignUp_isNotMailed() throws Exception {
        servers.run("BEGIN; INSERT INTO users (email, name) VALUES ('nobody@example.org', 'Nobody'); ROLLBACK");
        shop.awaitCurrent("mails");
        assertThat(servers.mails().getReceivedMessages()).noneMatch(mail -> isTo(mail, "nobody@example.org"));
    }

    @Test
    void cachedRow_isDropped_whateverProgramWrites() throws Exception {
        assertThat(shop.get("/users/1")).contains("Ada");
        servers.run("UPDATE users SET name = 'Ada L.' WHERE id = 1"); // as from psql
        shop.awaitCurrent("pages");
        assertThat(shop.get("/users/1")).contains("Ada L.");
        servers.run("DELETE FROM users WHERE id = 2");
        shop.awaitCurrent("pages");
        assertThat(shop.get("/users/2")).isEmpty();
    }

    @Test
    void actuator_showsBothInstances() throws Exception {
        assertThat(shop.get("/actuator/health")).contains("\"mails\":{\"state\":\"STREAMING\"", "\"pages\":{\"state\"");
        assertThat(shop.get("/actuator/walwire")).contains("\"slot\":\"shop_mails\"", "\"publications\":[\"shop\"]");
        assertThat(shop.get("/actuator/prometheus"))
                .contains(
                        "walwire_state{name=\"mails\",state=\"streaming\"} 1.0", "walwire_lag_seconds{name=\"pages\"}");
    }
}
