package io.walwire.spring;

import java.util.Map;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

/** {@code /actuator/walwire}: what each instance reads, how far it is, its watches and backfills. It changes nothing. */
@Endpoint(id = "walwire")
final class WalwireEndpoint {
    private final Instances instances;

    WalwireEndpoint(Instances instances) {
        this.instances = instances;
    }

    /** All instances by name. */
    @ReadOperation
    public Map<String, Object> instances() {
        return Map.of("instances", instances.description());
    }
}
