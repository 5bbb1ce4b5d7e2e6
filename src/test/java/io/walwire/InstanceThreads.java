package io.walwire;

import io.walwire.testing.Eventually;
import java.util.Arrays;

/** Where a thread of an instance stands: the barrier of tests whose subject is that nothing goes on. */
final class InstanceThreads {
    private InstanceThreads() {}

    /** Waits until the handler thread is held back. */
    static void awaitHeld(String instance) {
        awaitIn(instance, "handler", "awaitReleased");
    }

    /** Waits until a thread is in a method, or what that has called. */
    static void awaitIn(String instance, String role, String method) {
        String name = "walwire-" + instance + "-" + role;
        Eventually.until(Items.LONG, () -> Thread.getAllStackTraces().entrySet().stream()
                .filter(each -> each.getKey().getName().equals(name))
                .anyMatch(each -> Arrays.stream(each.getValue())
                        .anyMatch(call -> call.getMethodName().equals(method))));
    }
}
