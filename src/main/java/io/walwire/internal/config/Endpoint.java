package io.walwire.internal.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A host as it was written, or the folder of a unix-domain socket.
 *
 * @param port null where none was given
 */
record Endpoint(String host, @Nullable Integer port) {
    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}._-]+");
    private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9._-]+)?");
    private static final Pattern PORT_AT_END = Pattern.compile(":([0-9]+)$");
    private static final Pattern SOCKET_FILE = Pattern.compile("/\\.s\\.PGSQL\\.[0-9]+$");
    private static final String PORT_FAULT = "a port is a whole number from 1 to 65535";

    HostPort withDefault(int otherPort) {
        return new HostPort(host, port == null ? otherPort : port);
    }

    int portOrDefault() {
        return port == null ? HostPort.DEFAULT_PORT : port;
    }

    /**
     * Reads hosts apart by commas, each with or without {@code :port}.
     *
     * @param decode applied to each host once it is cut out
     * @throws IllegalArgumentException with what is wrong with each; it shows no part of the text, which may hold a password
     */
    static List<Endpoint> parseList(String text, UnaryOperator<String> decode) {
        List<Endpoint> endpoints = new ArrayList<>();
        List<String> faults = new ArrayList<>();
        String[] elements = text.split(",", -1);
        for (int i = 0; i < elements.length; i++) {
            try {
                Endpoint endpoint = parse(elements[i].strip(), decode);
                if (endpoints.contains(endpoint)) {
                    throw new IllegalArgumentException("it is repeated");
                }
                endpoints.add(endpoint);
            } catch (IllegalArgumentException e) {
                faults.add((elements.length == 1 ? "" : "host " + (i + 1) + ": ") + e.getMessage());
            }
        }
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", faults));
        }
        return endpoints;
    }

    /**
     * Reads a port.
     *
     * @throws IllegalArgumentException if it is none
     */
    static int parsePort(String text) {
        if (text.length() > 5 || !text.chars().allMatch(c -> c >= '0' && c <= '9') || text.isEmpty()) {
            throw new IllegalArgumentException(PORT_FAULT);
        }
        int port = Integer.parseInt(text);
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException(PORT_FAULT);
        }
        return port;
    }

    private static Endpoint parse(String element, UnaryOperator<String> decode) {
        if (HostPort.isFolder(element)) {
            return parseFolder(element, decode);
        }
        int bracket = element.startsWith("[") ? element.indexOf(']') : 0;
        if (bracket < 0) {
            throw new IllegalArgumentException("the bracket [ is never closed");
        }
        int colon = element.indexOf(':', bracket);
        if (bracket == 0 && colon >= 0 && element.indexOf(':', colon + 1) >= 0) {
            throw new IllegalArgumentException("an IPv6 address is written in brackets, for example [::1]:5432");
        }
        String host = decoded(element.substring(0, colon < 0 ? element.length() : colon), decode);
        return new Endpoint(checked(host), colon < 0 ? null : parsePort(element.substring(colon + 1)));
    }

    /** A colon may be part of a folder's name, so only one before digits alone begins a port. */
    private static Endpoint parseFolder(String element, UnaryOperator<String> decode) {
        Matcher port = PORT_AT_END.matcher(element);
        boolean given = port.find();
        String folder = checked(decoded(given ? element.substring(0, port.start()) : element, decode));
        return new Endpoint(folder, given ? parsePort(port.group(1)) : null);
    }

    private static String decoded(String host, UnaryOperator<String> decode) {
        try {
            return decode.apply(host);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the host " + e.getMessage(), e);
        }
    }

    private static String checked(String host) {
        if (host.isEmpty()) {
            throw new IllegalArgumentException("the host is empty");
        }
        if (HostPort.isFolder(host)) {
            return checkedFolder(host);
        }
        if (host.startsWith("@")) {
            throw new IllegalArgumentException(
                    "abstract unix-domain sockets are not supported; give the folder of a socket's file");
        }
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        String bare = bracketed ? host.substring(1, host.length() - 1) : host;
        if (!(bracketed ? IPV6 : NAME).matcher(bare).matches()) {
            throw new IllegalArgumentException(
                    bracketed
                            ? "the text in brackets is not an IPv6 address"
                            : "the host contains a character that is not allowed in a host name");
        }
        return bare;
    }

    private static String checkedFolder(String folder) {
        if (SOCKET_FILE.matcher(folder).find()) {
            throw new IllegalArgumentException(
                    "it is a unix-domain socket; give the folder that it is in, and its port");
        }
        try {
            return Path.of(folder).toString();
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(
                    "the folder of the unix-domain socket contains a character that no path can have", e);
        }
    }
}
