package io.walwire.reliability;

import com.sun.jdi.Bootstrap;
import com.sun.jdi.Method;
import com.sun.jdi.ReferenceType;
import com.sun.jdi.VMDisconnectedException;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.Connector;
import com.sun.jdi.connect.IllegalConnectorArgumentsException;
import com.sun.jdi.connect.ListeningConnector;
import com.sun.jdi.event.BreakpointEvent;
import com.sun.jdi.event.ClassPrepareEvent;
import com.sun.jdi.event.Event;
import com.sun.jdi.event.EventSet;
import com.sun.jdi.request.BreakpointRequest;
import com.sun.jdi.request.ClassPrepareRequest;
import com.sun.jdi.request.EventRequest;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Stops a JVM, all its threads, where it enters a method: a failpoint that needs no line in the code that is tested, and that
 * fails when the method is renamed.
 */
final class Debugger implements AutoCloseable {
    private static final int ACCEPT_MILLIS = 180_000;

    private final ListeningConnector connector;
    private final Map<String, Connector.Argument> arguments;
    private final String address;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private @Nullable VirtualMachine machine;
    private final Set<ReferenceType> broken = new HashSet<>();
    private final AtomicInteger hits = new AtomicInteger();

    Debugger() throws IOException, IllegalConnectorArgumentsException {
        connector = Bootstrap.virtualMachineManager().listeningConnectors().stream()
                .filter(each -> each.name().equals("com.sun.jdi.SocketListen"))
                .findFirst()
                .orElseThrow();
        arguments = connector.defaultArguments();
        Objects.requireNonNull(arguments.get("localAddress")).setValue("127.0.0.1");
        Objects.requireNonNull(arguments.get("timeout")).setValue(Integer.toString(ACCEPT_MILLIS));
        address = connector.startListening(arguments);
    }

    /** With these a JVM waits for this. */
    List<String> options() {
        return List.of("-agentlib:jdwp=transport=dt_socket,server=n,suspend=y,address=127.0.0.1:"
                + address.substring(address.lastIndexOf(':') + 1));
    }

    /** Takes hold of the JVM that was started; it stands still until {@link #go}. */
    void attach() throws IOException, IllegalConnectorArgumentsException {
        machine = connector.accept(arguments);
        Thread events = new Thread(this::follow, "debugger");
        events.setDaemon(true);
        events.start();
    }

    void go() {
        machine().resume();
    }

    /**
     * Stops the JVM when it enters a method; to be called once.
     *
     * @param point which
     * @param times at which entry from now on, 1 for the next
     */
    void stopAt(Failpoint point, int times) {
        hits.set(times);
        // first this, for the class may be loaded just now
        ClassPrepareRequest prepared = machine().eventRequestManager().createClassPrepareRequest();
        prepared.addClassFilter(point.type());
        prepared.putProperty(Failpoint.class, point);
        prepared.setSuspendPolicy(EventRequest.SUSPEND_ALL);
        prepared.enable();
        machine().classesByName(point.type()).forEach(type -> breakAt(type, point));
    }

    private synchronized void breakAt(ReferenceType type, Failpoint point) {
        if (!broken.add(type)) {
            return;
        }
        for (Method method : type.methodsByName(point.method())) {
            if (!method.isAbstract() && !method.isBridge()) {
                BreakpointRequest request = machine().eventRequestManager().createBreakpointRequest(method.location());
                request.setSuspendPolicy(EventRequest.SUSPEND_ALL);
                request.enable();
            }
        }
    }

    private void follow() {
        try {
            while (true) {
                EventSet set = machine().eventQueue().remove();
                boolean stop = false;
                for (Event event : set) {
                    stop |= stops(event);
                }
                if (stop) {
                    stopped.countDown();
                } else {
                    set.resume();
                }
            }
        } catch (VMDisconnectedException e) {
            return; // it was killed
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean stops(Event event) {
        if (event instanceof ClassPrepareEvent prepared
                && prepared.request().getProperty(Failpoint.class) instanceof Failpoint point) {
            breakAt(prepared.referenceType(), point);
        }
        return event instanceof BreakpointEvent && hits.decrementAndGet() <= 0;
    }

    /** Waits until the JVM has stopped; false if it does not in time. */
    boolean awaitStop(long seconds) throws InterruptedException {
        return stopped.await(seconds, TimeUnit.SECONDS);
    }

    private VirtualMachine machine() {
        return Objects.requireNonNull(machine);
    }

    @Override
    public void close() throws IOException, IllegalConnectorArgumentsException {
        connector.stopListening(arguments);
    }
}
