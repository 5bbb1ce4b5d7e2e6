package io.walwire.site;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Builds the site. */
public final class Main {
    private Main() {}

    /**
     * Builds the site, and ends with an error if a link leads nowhere.
     *
     * @param arguments the top of the checkout, the folder of the site, and the version
     * @throws IOException if a document cannot be read, or a page cannot be written
     */
    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[1]);
        List<String> dead = Site.build(Path.of(arguments[0]).normalize(), folder, arguments[2]);
        if (!dead.isEmpty()) {
            throw new IllegalStateException("Links lead nowhere:\n  " + String.join("\n  ", dead));
        }
        System.out.println("The site is in " + folder.resolve(arguments[2]).resolve("index.html"));
    }
}
