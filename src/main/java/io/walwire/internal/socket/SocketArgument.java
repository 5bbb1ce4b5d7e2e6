package io.walwire.internal.socket;

import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The one string that the driver gives a socket factory.
 *
 * @param ticket by which the factory finds what it makes sockets for
 * @param unixSocket the file of a unix-domain socket; null over TCP
 */
public record SocketArgument(String ticket, @Nullable Path unixSocket) {
    static SocketArgument of(String text) {
        int space = text.indexOf(' ');
        return space < 0
                ? new SocketArgument(text, null)
                : new SocketArgument(text.substring(0, space), Path.of(text.substring(space + 1)));
    }

    /** What the ticket stands for. */
    <T> T find(Function<String, @Nullable T> known) {
        T found = known.apply(ticket);
        if (found == null) {
            throw new IllegalArgumentException("No connection is being opened with ticket " + ticket);
        }
        return found;
    }

    @Override
    public String toString() {
        return unixSocket == null ? ticket : ticket + ' ' + unixSocket;
    }
}
