package io.walwire.internal.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Walwire's own version, which the build writes into a resource. */
public final class Version {
    private static final String RESOURCE = "/io/walwire/version.properties";

    private Version() {}

    /** Such as {@code 0.1.0}. */
    public static String current() {
        Properties properties = new Properties();
        try (InputStream resource = Version.class.getResourceAsStream(RESOURCE)) {
            if (resource != null) {
                properties.load(resource);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Resource " + RESOURCE + " cannot be read", e);
        }
        return properties.getProperty("version", "unknown");
    }
}
