package io.walwire.internal.config;

import java.util.ArrayList;
import java.util.List;

/** Ports that are given apart from their hosts. */
final class Ports {
    private Ports() {}

    /**
     * Gives a port to the hosts that have none: one for all of them, or, as in libpq, one for each host.
     *
     * @throws IllegalArgumentException if a port is none, would go unused, or has no host
     */
    static List<Endpoint> apply(List<Endpoint> hosts, String text) {
        String[] ports = text.split(",", -1);
        if (ports.length > 1 && ports.length != hosts.size()) {
            throw new IllegalArgumentException(
                    ports.length + " ports for " + hosts.size() + " hosts; give one, or one for each host");
        }
        List<Endpoint> complete = new ArrayList<>();
        boolean used = false;
        for (int i = 0; i < hosts.size(); i++) {
            Endpoint host = hosts.get(i);
            int port = Endpoint.parsePort(ports[ports.length == 1 ? 0 : i].strip());
            used |= host.port() == null;
            complete.add(host.port() == null ? new Endpoint(host.host(), port) : host);
        }
        if (!used) {
            throw new IllegalArgumentException("every host already has a port; remove one of the two");
        }
        return complete;
    }
}
