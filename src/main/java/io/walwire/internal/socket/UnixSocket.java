package io.walwire.internal.socket;

import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;

/** Connects through one file. Only a subclass of a socket may be given its implementation. */
final class UnixSocket extends Socket {
    UnixSocket(Path file) throws SocketException {
        super(new UnixSocketImpl(file));
    }
}
