package io.walwire.internal.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a server listens.
 *
 * @param host a name or an address, without brackets, or the folder of a unix-domain socket, which begins with a slash
 * @param port 1 to 65535
 */
public record HostPort(String host, int port) {
    static final int DEFAULT_PORT = 5432;

    /** Whether what was given as a host is the folder of a unix-domain socket. */
    static boolean isFolder(String host) {
        return host.startsWith("/");
    }

    /** The file of the unix-domain socket, or null for TCP. */
    @Nullable
    Path unixSocket() {
        return isFolder(host) ? Path.of(host, ".s.PGSQL." + port) : null;
    }

    /** {@code host:port}, an IPv6 address in brackets; or the unix-domain socket's file. */
    @Override
    public String toString() {
        Path socket = unixSocket();
        return socket != null ? socket.toString() : (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
