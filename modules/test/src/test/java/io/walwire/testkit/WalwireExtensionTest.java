package io.walwire.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.Walwire;
import io.walwire.event.Row;
import io.walwire.event.RowEvent;
import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The extension in an instance field: everything belongs to one test. */
class WalwireExtensionTest {
    private final Mails mails = new Mails();

    @RegisterExtension
    final WalwireExtension walwire = WalwireExtension.builder()
            .schema("CREATE TABLE users (id bigint PRIMARY KEY, email text)", "CREATE TABLE mail (user_id bigint)")
            .schema(database -> {
                try (Connection connection = database.getConnection()) {
                    connection.createStatement().execute("ALTER TABLE users REPLICA IDENTITY FULL");
                }
            })
            .schemaResource("io/walwire/testkit/more.sql")
            .handler(mails)
            .build();

    /** Keeps what it received, and fails or waits where a test says so. */
    static final class Mails implements EventHandler {
        private final List<String> sent = new ArrayList<>();
        private volatile boolean failing;
        private volatile CountDownLatch gate = new CountDownLatch(0);
        private final CountDownLatch entered = new CountDownLatch(1);

        @Override
        public void define(Handlers on) {
            on.table("users")
                    .onInserts(users -> users.forEach(this::send))
                    .onUpdates(users -> users.forEach(this::send));
        }

        private void send(RowEvent<Row> event) {
            if (failing) {
                throw new IllegalStateException("the mail server is away");
            }
            entered.countDown();
            try {
                gate.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            sent.add(event.row().getString("email"));
        }
    }

    @Test
    void awaitHandled_afterCommit_handlersHaveReturned() throws SQLException {
        assertThat(walwire.execute("INSERT INTO users VALUES (?, ?), (?, null)", 1L, "a@b.c", 2L))
                .isEqualTo(2);
        walwire.inTransaction(connection -> {
            connection.createStatement().execute("UPDATE users SET email = 'new' WHERE id = 1");
            connection.createStatement().execute("INSERT INTO users VALUES (3, 'c')");
        });
        walwire.awaitHandled();
        assertThat(mails.sent).containsExactly("a@b.c", null, "new", "c");
    }

    @Test
    void inTransaction_thatThrows_isRolledBack() {
        assertThatThrownBy(() -> walwire.inTransaction(connection -> {
                    connection.createStatement().execute("INSERT INTO users VALUES (1, 'a')");
                    throw new SQLException("no");
                }))
                .hasMessage("no");
        walwire.awaitHandled();
        assertThat(mails.sent).isEmpty();
    }

    @Test
    void parameters_areOfThisDatabase(Walwire instance, DataSource database, Connection connection)
            throws SQLException {
        assertThat(instance).isSameAs(walwire.walwire());
        connection.createStatement().execute("INSERT INTO users VALUES (1, 'by parameter')");
        try (Connection another = database.getConnection();
                Connection byUrl = DriverManager.getConnection(walwire.jdbcUrl())) {
            another.createStatement().execute("INSERT INTO users VALUES (2, 'by data source')");
            byUrl.createStatement().execute("INSERT INTO users VALUES (3, 'by url')");
            assertThat(walwire.url()).startsWith("postgresql://").endsWith("/" + byUrl.getCatalog());
        }
        walwire.awaitHandled();
        assertThat(mails.sent).containsExactly("by parameter", "by data source", "by url");
    }

    @Test
    void restart_afterAFailure_bringsAgainWhatWasNotConfirmed() throws SQLException {
        walwire.execute("INSERT INTO users VALUES (1, 'first')");
        walwire.awaitHandled();
        mails.failing = true;
        walwire.execute("INSERT INTO users VALUES (2, 'second')");
        assertThat(walwire.awaitFailure()).hasMessageContaining("the mail server is away");
        mails.failing = false;
        Walwire failed = walwire.walwire();
        walwire.restart();
        walwire.awaitHandled();
        assertThat(walwire.walwire()).isNotSameAs(failed);
        assertThat(mails.sent).containsExactly("first", "second");
    }

    @Test
    void restart_whileChangesAreMade_losesNone() throws SQLException {
        walwire.walwire().close();
        walwire.execute("INSERT INTO users VALUES (1, 'meanwhile')");
        walwire.restart();
        walwire.awaitHandled();
        assertThat(mails.sent).containsExactly("meanwhile");
    }

    @Test
    void awaitHandled_ofABusyHandler_saysWhatItIsBusyWith() throws Exception {
        mails.gate = new CountDownLatch(1);
        walwire.execute("INSERT INTO users VALUES (1, 'secret'), (2, 'secret')");
        mails.entered.await();
        assertThatThrownBy(() -> walwire.awaitHandled(Duration.ofMillis(500)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContainingAll(
                        "after 500 ms", "state STREAMING", "2 x insert public.users", "Mails.send", "confirmed up to")
                .message()
                .doesNotContain("secret");
        mails.gate.countDown();
        walwire.awaitHandled();
        assertThat(mails.sent).hasSize(2);
    }

    @Test
    void awaitHandled_whilePaused_saysSo() throws SQLException {
        walwire.walwire().pause();
        walwire.execute("INSERT INTO users VALUES (1, 'a')");
        assertThatThrownBy(() -> walwire.awaitHandled(Duration.ofMillis(200))).hasMessageContaining("paused");
        walwire.walwire().resume();
        walwire.awaitHandled();
        assertThat(mails.sent).containsExactly("a");
    }

    @Test
    void awaitHandled_ofAnInstanceThatFailed_throwsItsFailure() throws SQLException {
        mails.failing = true;
        walwire.execute("INSERT INTO users VALUES (1, 'a')");
        assertThatThrownBy(walwire::awaitHandled)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("the mail server is away");
    }

    @Test
    void awaitFailure_ofAnInstanceThatWasClosed_fails() {
        WalwireExtension hasty = walwire;
        hasty.walwire().close();
        assertThatThrownBy(hasty::awaitFailure).hasMessageContaining("closed, and did not fail");
    }

    @Test
    void tablesOfTheResource_areThere() throws SQLException {
        assertThat(walwire.execute("INSERT INTO more VALUES (1)")).isEqualTo(1);
    }

    @Nested
    class Inside {
        @Test
        void nestedTest_hasADatabaseOfItsOwn() throws SQLException {
            walwire.execute("INSERT INTO users VALUES (1, 'nested')");
            walwire.awaitHandled();
            assertThat(mails.sent).containsExactly("nested");
        }
    }

    @Test
    void watch_hearsBeforeAwaitHandledReturns() throws Exception {
        CountDownLatch heard = new CountDownLatch(1);
        try (AutoCloseable subscription =
                walwire.walwire().watch("users").inserted().subscribe(Runnable::run, event -> heard.countDown())) {
            walwire.execute("INSERT INTO users VALUES (1, 'a')");
            walwire.awaitHandled();
            assertThat(heard.await(180, TimeUnit.SECONDS)).isTrue();
            assertThat(subscription).isNotNull();
        }
    }
}
