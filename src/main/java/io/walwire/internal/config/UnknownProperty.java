package io.walwire.internal.config;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** What to say of a property that there is not. */
final class UnknownProperty {
    /** Compared without the prefix that all share, for with it any two would look alike. */
    private static final List<String> NAMES = Stream.concat(
                    Arrays.stream(Key.values()).map(Key::shortName),
                    DriverProperties.NAMES.stream().map(name -> DriverProperties.GROUP + name))
            .toList();

    private UnknownProperty() {}

    static String message(String property) {
        if (property.isBlank()) {
            return "A property without a name is given; a line of a properties file is written walwire.key = value";
        }
        boolean prefixed = property.startsWith(Key.PREFIX);
        String name = prefixed ? property.substring(Key.PREFIX.length()) : property;
        if (prefixed && name.startsWith(DriverProperties.GROUP)) {
            return DriverProperties.unknown(name.substring(DriverProperties.GROUP.length()));
        }
        return "Unknown property " + Problems.printable(property) + "." + Problems.didYouMean(Key.PREFIX, name, NAMES)
                + (prefixed ? "" : " Every property begins with " + Key.PREFIX);
    }
}
