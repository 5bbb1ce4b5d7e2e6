package io.walwire.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.Walwire;
import io.walwire.event.Transaction;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.Recorder;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The extension in a static field, on a server that runs already: everything belongs to the class. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SharedDatabaseTest {
    private static final Recorder<Transaction> HANDLED = new Recorder<>();

    @RegisterExtension
    static final WalwireExtension WALWIRE = WalwireExtension.builder()
            .server(PostgresServer.shared().url("postgres"))
            .schema("CREATE TABLE item (id int PRIMARY KEY); CREATE PUBLICATION mine FOR TABLE item")
            .publication("mine")
            .configure(builder -> builder.handler(on -> on.onTransaction(HANDLED::add)))
            .build();

    private static int before;

    @BeforeAll
    static void makeRows(Walwire walwire) throws SQLException {
        before = HANDLED.all().size();
        assertThat(walwire).isSameAs(WALWIRE.walwire());
        WALWIRE.execute("INSERT INTO item VALUES (1)");
    }

    @Test
    @Order(1)
    void rowsOfBeforeAll_areHandledWhenTheFirstTestBegins() throws SQLException {
        assertThat(HANDLED.all()).hasSize(before + 1);
        WALWIRE.execute("INSERT INTO item VALUES (2)");
    }

    @Test
    @Order(2)
    void whatATestLeft_isHandledWhenTheNextBegins() {
        assertThat(HANDLED.all()).hasSize(before + 2);
        WALWIRE.walwire().close();
    }

    @Test
    @Order(3)
    void instanceThatATestClosed_runsAgain() throws SQLException {
        WALWIRE.walwire().pause();
        WALWIRE.execute("INSERT INTO item VALUES (3)");
    }

    @Test
    @Order(4)
    void instanceThatATestPaused_goesOn() {
        assertThat(HANDLED.all()).hasSize(before + 3);
    }

    @Nested
    class Inside {
        @Test
        void nestedClass_goesOnWithTheSameDatabase() throws SQLException {
            int known = HANDLED.all().size();
            WALWIRE.execute("DELETE FROM item");
            WALWIRE.awaitHandled();
            assertThat(HANDLED.all()).hasSize(known + 1);
        }
    }
}
