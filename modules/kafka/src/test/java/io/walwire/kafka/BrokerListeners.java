package io.walwire.kafka;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;

/**
 * Where a broker listens.
 *
 * @param port for everyone
 * @param proxied for a {@link LossyProxy}
 * @param secure for users with a password
 * @param controller of the controller; its own, if the node is one
 */
record BrokerListeners(int node, int port, int proxied, int secure, int controller, boolean isController) {
    /** Of a broker that is alone. */
    static BrokerListeners ofOne() throws IOException {
        return new BrokerListeners(1, freePort(), freePort(), freePort(), freePort(), true);
    }

    /** Of another broker of the same cluster, which is no controller. */
    BrokerListeners another(int otherNode) throws IOException {
        return new BrokerListeners(otherNode, freePort(), freePort(), freePort(), controller, false);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    String bootstrap() {
        return at(port);
    }

    String secureBootstrap() {
        return at(secure);
    }

    private static String at(int number) {
        return "127.0.0.1:" + number;
    }

    /** The settings of the server. */
    List<String> settings(int proxy) {
        String common = "PLAINTEXT://" + at(port) + ",SASL_PLAINTEXT://" + at(secure)
                + (isController ? ",CONTROLLER://" + at(controller) : "");
        return List.of(
                "process.roles=broker" + (isController ? ",controller" : ""),
                "node.id=" + node,
                "controller.quorum.bootstrap.servers=" + at(controller),
                "listeners=PROXIED://" + at(proxied) + "," + common,
                "advertised.listeners=PROXIED://" + at(proxy) + "," + common,
                // who comes without a password may do everything, users only what they are allowed
                "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                "super.users=User:ANONYMOUS",
                "sasl.enabled.mechanisms=PLAIN",
                "listener.name.sasl_plaintext.plain.sasl.jaas.config="
                        + "org.apache.kafka.common.security.plain.PlainLoginModule required user_shop=\"tea\";",
                "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,"
                        + "PROXIED:PLAINTEXT",
                "inter.broker.listener.name=PLAINTEXT",
                "controller.listener.names=CONTROLLER");
    }
}
