package io.walwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.testing.PostgresServer;
import io.walwire.testing.TestDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.sql.SQLException;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a start that cannot succeed says: one line with what, where, and what to do. */
class StartErrorsTest {
    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.onSharedServer();

    private static final String SECRET = "hunter2-secret";

    @BeforeAll
    static void createTables() throws SQLException {
        Items.create(DATABASE);
        DATABASE.sql("CREATE TABLE other (id int)");
    }

    private static WalwireBuilder reader() {
        return Items.reader(DATABASE).password(SECRET);
    }

    static WalwireException assertRefused(WalwireBuilder builder, ErrorCode code, String... parts) {
        WalwireException refusal = Assertions.catchThrowableOfType(
                WalwireException.class, () -> builder.start().close());
        assertThat(refusal).as("the start was refused").isNotNull();
        assertThat(refusal)
                .hasMessageContainingAll(parts)
                .hasMessageEndingWith("]")
                .message()
                .doesNotContain("\n", SECRET)
                .contains("[" + code);
        assertThat(refusal.code()).isEqualTo(code);
        return refusal;
    }

    @Test
    void start_serverDown() throws IOException {
        int nobody;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = socket.getLocalPort();
        }
        assertRefused(
                reader().port(nobody), ErrorCode.CONNECTION, "localhost:" + nobody, "Is the server running there");
    }

    @Test
    void start_wrongPassword() throws SQLException {
        String role = DATABASE.role("LOGIN REPLICATION PASSWORD 'right'");
        DATABASE.server().requirePassword(role);
        assertRefused(
                reader().user(role),
                ErrorCode.AUTHENTICATION,
                role,
                DATABASE.name() + "@localhost",
                "walwire.password",
                "28P01");
    }

    @Test
    void start_unknownDatabase() {
        assertRefused(
                reader().database("nowhere_at_all"),
                ErrorCode.CONFIGURATION,
                "\"nowhere_at_all\" does not exist",
                "walwire.database");
    }

    @Test
    void start_roleWithoutReplication() throws SQLException {
        String role = DATABASE.role("LOGIN");
        assertRefused(reader().user(role), ErrorCode.PRIVILEGE, "ALTER ROLE", role, "REPLICATION");
    }

    @Test
    void start_missingPublication() {
        assertRefused(
                reader().publication("evnts"),
                ErrorCode.PUBLICATION,
                "\"evnts\" does not exist on " + DATABASE.name(),
                "CREATE PUBLICATION \"evnts\"");
    }

    @Test
    void start_subscribedTableNotPublished() {
        assertRefused(
                reader().subscriptions("item", "other"),
                ErrorCode.PUBLICATION,
                "Subscribed table public.other is not in publication events",
                "ALTER PUBLICATION \"events\" ADD TABLE ONLY \"public\".\"other\"");
    }

    @Test
    void start_handledTableNotPublished() {
        assertRefused(
                reader().handler(on -> on.table("other").onChanges(events -> {})),
                ErrorCode.PUBLICATION,
                "public.other is not in publication events",
                "ALTER PUBLICATION \"events\" ADD TABLE");
    }

    @Test
    void start_handledTableNotSubscribed() throws SQLException {
        DATABASE.sql("CREATE PUBLICATION two FOR TABLE item, other");
        assertRefused(
                reader().publication("two").subscriptions("item").handler(on -> on.table("other")
                        .onChanges(events -> {})),
                ErrorCode.CONFIGURATION,
                "public.other",
                "walwire.subscriptions");
    }

    @Test
    void start_misspeltTable_nearestSuggested() {
        assertRefused(
                reader().subscriptions("itme"),
                ErrorCode.PUBLICATION,
                "public.itme",
                "no such table",
                "Did you mean public.item?");
    }

    @Test
    void start_misspeltTableWhereWalwireManagesThePublication_nearestSuggested() {
        assertRefused(
                reader().subscriptions("unpublishd").set("walwire.publication.manage", "true"),
                ErrorCode.PUBLICATION,
                "public.unpublishd",
                "no such table",
                "Did you mean public.unpublished?");
    }

    @Test
    void start_slotOfAnotherPlugin() throws SQLException {
        String slot = DATABASE.unique("testing");
        DATABASE.query("SELECT pg_create_logical_replication_slot(?, 'test_decoding')", slot);
        assertRefused(
                reader().slotName(slot),
                ErrorCode.SLOT,
                slot,
                "test_decoding, not pgoutput",
                "walwire.slot.name",
                "pg_drop_replication_slot");
    }

    @Test
    void start_physicalSlot() throws SQLException {
        String slot = DATABASE.unique("physical");
        DATABASE.query("SELECT pg_create_physical_replication_slot(?)", slot);
        try {
            assertRefused(reader().slotName(slot), ErrorCode.SLOT, slot, "physical slot", "walwire.slot.name");
        } finally {
            DATABASE.query("SELECT pg_drop_replication_slot(?)", slot);
        }
    }

    @Test
    void start_slotOfAnotherDatabase() throws SQLException {
        try (TestDatabase other = TestDatabase.create(PostgresServer.shared())) {
            String slot = other.unique("elsewhere");
            other.createSlot(slot);
            assertRefused(
                    reader().slotName(slot), ErrorCode.SLOT, slot, "the database " + other.name(), "walwire.slot.name");
        }
    }

    @Test
    void start_temporarySlotOfADurableOnesName() throws SQLException {
        String slot = DATABASE.unique("durable");
        DATABASE.createSlot(slot);
        assertRefused(
                reader().slotName(slot).slotDurable(false),
                ErrorCode.SLOT,
                slot,
                "exists and is durable",
                "walwire.slot.durable=true");
    }

    @Test
    void start_credentialsThatCannotBeHad_supplierNamed() {
        String url = "postgresql://" + DATABASE.server().host() + ":"
                + DATABASE.server().port() + "/" + DATABASE.name();
        assertRefused(
                Walwire.builder().url(url).publication("events").credentials(() -> {
                    throw new IllegalStateException("vault sealed, token " + SECRET);
                }),
                ErrorCode.AUTHENTICATION,
                "supplier of credentials",
                "IllegalStateException");
    }

    @Test
    void hostThatIsNoStandby_isSaid_withTheParameter() {
        assertThatThrownBy(() -> Walwire.builder()
                        .url(DATABASE.url() + (DATABASE.url().contains("?") ? "&" : "?")
                                + "target_session_attrs=standby")
                        .publication("events")
                        .start())
                .hasMessageContainingAll("it is no standby", "The server answers", "target_session_attrs")
                .hasMessageNotContaining("Is the server running");
    }

    @Test
    void recordingWithoutAFolder_isSaid_withoutNamesOfJavaClasses() throws Exception {
        DATABASE.sql("CREATE PUBLICATION recorded");
        assertThatThrownBy(() -> Walwire.builder()
                        .url(DATABASE.url())
                        .publication("recorded")
                        .set("walwire.record", "/nowhere/at/all/recording")
                        .start())
                .hasMessageContaining("there is no file or folder /nowhere/at/all")
                .hasMessageNotContaining("NoSuchFileException");
    }
}
