package io.walwire.spring;

import java.util.Arrays;
import java.util.List;
import org.springframework.context.ConfigurableApplicationContext;

/** An application that copies a table, to be killed. Its arguments are the name of a {@link Copying}, and keys. */
final class KilledApplication {
    private KilledApplication() {}

    public static void main(String[] arguments) throws InterruptedException {
        Application.walwire(run(
                        Copying.valueOf(arguments[0]), Arrays.asList(arguments).subList(1, arguments.length)))
                .awaitTermination();
    }

    static ConfigurableApplicationContext run(Copying copying, List<String> keys) {
        return Application.run(keys, copying.sources());
    }
}
