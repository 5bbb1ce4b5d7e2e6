package io.walwire.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

class ServerErrorsTest {
    private static WalwireException said(String state) {
        return new WalwireException(
                ErrorCode.SERVER,
                "Failed streaming: something. [SERVER " + state + "]",
                new SQLException("something", state));
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

    @Test
    void whileStreaming_otherError_isTheSame() {
        WalwireException other = said("22021");
        assertThat(ServerErrors.whileStreaming(other)).isSameAs(other);
    }
}
