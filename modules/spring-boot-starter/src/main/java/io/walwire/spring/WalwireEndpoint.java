package io.walwire.spring;

import io.walwire.Walwire;
import io.walwire.backfill.BackfillRun;
import io.walwire.error.WalwireException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/**
 * {@code /actuator/walwire}: what each instance reads, how far it is, its watches and backfills. It starts, pauses, resumes and cancels
 * backfills where the application gives it more access than to read.
 */
@Endpoint(id = "walwire", defaultAccess = Access.READ_ONLY)
final class WalwireEndpoint {
    private final Instances instances;

    WalwireEndpoint(Instances instances) {
        this.instances = instances;
    }

    /** What is done to a backfill. */
    enum BackfillAction {
        START,
        PAUSE,
        RESUME,
        CANCEL
    }

    /** All instances by name. */
    @ReadOperation
    public Map<String, Object> instances() {
        return Map.of("instances", instances.description());
    }

    /**
     * Starts a backfill of a table, or steers those that run. There is no condition, because it would be SQL from outside.
     *
     * @param instance the name of the instance
     * @param backfill the table; or a run's id, which does not start
     * @return the runs as they are then
     */
    @WriteOperation
    public Map<String, Object> backfill(@Selector String instance, @Selector String backfill, BackfillAction action) {
        Walwire walwire = instances.running(instance);
        if (walwire == null) {
            throw refused("There is no instance " + instance + " that runs.", null);
        }
        List<BackfillRun> runs =
                action == BackfillAction.START ? List.of(start(walwire, backfill)) : runs(walwire, backfill);
        for (BackfillRun run : runs) {
            switch (action) {
                case START -> {}
                case PAUSE -> run.pause();
                case RESUME -> run.resume();
                case CANCEL -> run.cancel();
            }
        }
        return Map.of("backfills", runs.stream().map(Instances::backfill).toList());
    }

    private static BackfillRun start(Walwire walwire, String table) {
        try {
            return walwire.backfill(table).start();
        } catch (WalwireException | IllegalArgumentException e) {
            throw refused(String.valueOf(e.getMessage()), e);
        }
    }

    private static List<BackfillRun> runs(Walwire walwire, String backfill) {
        List<BackfillRun> runs = walwire.backfills().stream()
                .filter(run -> backfill.equals(run.id())
                        || backfill.equals(run.table())
                        || run.table().equals("public." + backfill))
                .toList();
        if (runs.isEmpty()) {
            throw refused("No backfill " + backfill + " is running.", null);
        }
        return runs;
    }

    /** Over HTTP this is the status 400. */
    private static InvalidEndpointRequestException refused(String why, @Nullable RuntimeException cause) {
        return new InvalidEndpointRequestException(why, why, cause);
    }
}
