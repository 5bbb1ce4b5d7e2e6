package io.walwire.benchmarks;

import java.nio.file.Path;

/**
 * What a consumer drains.
 *
 * @param port the server's TCP port on this host
 * @param sockets the folder of its unix-domain socket, or null to come over TCP
 * @param slot a slot of its own
 * @param publication the workload's publication
 */
record Target(int port, Path sockets, String slot, String publication) {
    String url() {
        return sockets == null
                ? "postgresql://" + BenchmarkServer.USER + "@localhost:" + port + "/" + BenchmarkServer.DATABASE
                : "postgresql://" + BenchmarkServer.USER + "@/" + BenchmarkServer.DATABASE + "?host=" + sockets
                        + "&port=" + port;
    }

    Target of(String otherSlot) {
        return new Target(port, sockets, otherSlot, publication);
    }
}
