package io.walwire.spring;

import io.walwire.Walwire;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/**
 * Starts an instance when all beans are there, after all other phases, and stops it before them: what handlers call is
 * running as long as they are.
 */
final class WalwireLifecycle implements SmartLifecycle {
    private final String instance;
    private final InstanceAssembly assembly;
    private volatile InstanceAssembly.@Nullable Started started;
    private @Nullable KeepAlive keepAlive;

    WalwireLifecycle(String instance, InstanceAssembly assembly) {
        this.instance = instance;
        this.assembly = assembly;
    }

    String instance() {
        return instance;
    }

    /**
     * The instance, for those that want to watch.
     *
     * @throws WalwireException if it has not been started, or was stopped
     */
    Walwire walwire() {
        Walwire running = running();
        if (running == null) {
            throw new WalwireException(
                    ErrorCode.CLOSED,
                    "The Walwire instance " + instance + " is not running. It starts when all beans are created.",
                    "Inject ObjectProvider<Walwire> in place of Walwire, and call getObject() when the instance is needed.");
        }
        return running;
    }

    /** Null before the start and after the stop; an instance that failed is still there. */
    @Nullable
    Walwire running() {
        InstanceAssembly.Started now = started;
        return now == null ? null : now.walwire();
    }

    @Override
    public synchronized void start() {
        if (started != null) {
            return;
        }
        InstanceAssembly.Started now = assembly.start(instance);
        started = now;
        if (now.keepsAlive()) {
            keepAlive = new KeepAlive(instance, now.walwire(), assembly.context());
            keepAlive.start();
        }
    }

    /** On a thread of its own, so that instances stop side by side. */
    @Override
    public void stop(Runnable callback) {
        Thread stopping = new Thread(
                () -> {
                    try {
                        stop();
                    } finally {
                        callback.run();
                    }
                },
                "walwire-" + instance + "-stop");
        stopping.start();
    }

    @Override
    public synchronized void stop() {
        InstanceAssembly.Started now = started;
        if (now == null) {
            return;
        }
        try (Walwire walwire = now.walwire()) {
            if (!now.drain().isZero() && !walwire.state().isFinal()) {
                walwire.drain(now.drain());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (WalwireException ignored) { // it has failed meanwhile, and has logged why
            return;
        } finally {
            started = null;
            if (keepAlive != null) {
                keepAlive.stop();
                keepAlive = null;
            }
        }
    }

    @Override
    public boolean isRunning() {
        return started != null;
    }

    @Override
    public int getPhase() {
        return DEFAULT_PHASE;
    }
}
