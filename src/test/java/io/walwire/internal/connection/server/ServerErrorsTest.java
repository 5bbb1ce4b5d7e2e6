package io.walwire.internal.connection.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.config.Credentials;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import io.walwire.internal.config.HostPort;
import io.walwire.internal.config.Server;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

class ServerErrorsTest {
    private static WalwireException said(String state) {
        return new WalwireException(
                ErrorCode.SERVER, state, "Failed streaming: something.", null, new SQLException("something", state));
    }

    @Test
    void whileStreaming_internalError_saysHowToGoOn() {
        assertThat(ServerErrors.whileStreaming(said("XX000")))
                .hasMessageStartingWith("Failed streaming: something. PostgreSQL may fail")
                .hasMessageContaining("set walwire.streaming=off")
                .hasMessageEndingWith(" [SERVER XX000]")
                .cause()
                .isInstanceOf(SQLException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "55P03, pg_locks",
        "25P03, idle_in_transaction_session_timeout",
        "25P04, transaction_timeout",
        "57014, pg_locks"
    })
    void timeOut_healsAndIsNamed(String state, String named) {
        SQLException e = new SQLException("gone", state);
        assertThat(ServerErrors.heals(e)).isTrue();
        HostPort host = new HostPort("localhost", 5432);
        Server server = new Server(List.of(host), "shop", null, Map.of());
        Database database = new Database(server, () -> new Credentials("app", null));
        assertThat(ServerErrors.explain(e, "connecting", database))
                .hasMessageContaining(named)
                .hasMessageNotContaining("Is the server running");
    }

    @ParameterizedTest
    @CsvSource({
        "XX000, true",
        "XX001, true",
        "XX002, true",
        "22012, true",
        "22021, true",
        "54000, true",
        "0A000, false",
        "42501, false",
        "42704, false",
        "55000, false",
        "58P01, false",
        "57P01, false"
    })
    void changeThatCannotBeDecoded_isDistinguishedFromWhatHealsAndFromPublicationsAndPrivileges(
            String state, boolean is) {
        SQLException e = new PSQLException(new ServerErrorMessage("SERROR\0C" + state + "\0Msomething\0"));
        assertThat(ServerErrors.isUndecodable(e)).isEqualTo(is);
        assertThat(ServerErrors.heals(e)).isEqualTo(state.startsWith("5") && !is && !state.equals("55000"));
        assertThat(ServerErrors.isUndecodable(new SQLException("the driver's own", state)))
                .isFalse();
    }

    @Test
    void whileStreaming_otherError_isTheSame() {
        WalwireException other = said("22021");
        assertThat(ServerErrors.whileStreaming(other)).isSameAs(other);
    }
}
