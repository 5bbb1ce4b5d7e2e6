package io.walwire.internal.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.walwire.testing.Eventually;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Test;

/** The time of the last input is known without anybody reading, and the end of a silent connection in time. */
class AwaitedSocketTest {
    @Test
    void lookForInput_nobodyReads_movesWithEachArrival_andOnlyThen() throws Exception {
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                AwaitedSocket socket = new AwaitedSocket()) {
            socket.connect(listening.getLocalSocketAddress());
            socket.getInputStream();
            try (Socket server = listening.accept()) {
                socket.lookForInput();
                long none = socket.lastInput();
                socket.lookForInput();
                assertThat(socket.lastInput()).isEqualTo(none);
                for (int sent = 1; sent <= 2; sent++) {
                    int all = sent;
                    server.getOutputStream().write(1);
                    Eventually.until(Duration.ofMinutes(3), () -> socket.lookForInput() == all);
                    assertThat(socket.lastInput()).isGreaterThan(none);
                    none = socket.lastInput();
                }
            }
        }
    }

    /** What TCP knows of keep-alive by itself takes hours. */
    @Test
    void keepAlive_ofAHostThatIsGone_takesAMinute() throws Exception {
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                AwaitedSocket socket = new AwaitedSocket()) {
            socket.connect(listening.getLocalSocketAddress());
            socket.setKeepAlive(true);
            assertThat(socket.getKeepAlive()).isTrue();
            assumeTrue(socket.supportedOptions().contains(ExtendedSocketOptions.TCP_KEEPIDLE));
            assertThat(socket.getOption(ExtendedSocketOptions.TCP_KEEPIDLE)).isEqualTo(30);
            assertThat(socket.getOption(ExtendedSocketOptions.TCP_KEEPINTERVAL)).isEqualTo(10);
            assertThat(socket.getOption(ExtendedSocketOptions.TCP_KEEPCOUNT)).isEqualTo(3);
        }
    }
}
