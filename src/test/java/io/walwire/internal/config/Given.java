package io.walwire.internal.config;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.walwire.error.ConfigurationException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A configuration in the making. */
final class Given {
    private final Map<String, String> values = new LinkedHashMap<>();
    private final Map<String, String> environment = new LinkedHashMap<>();

    private Given() {}

    static Given nothing() {
        return new Given();
    }

    /** Just enough. */
    static Given minimum() {
        return url("postgresql://walwire@localhost:5432/shop");
    }

    static Given url(String url) {
        return nothing().with("url", url).with("publication", "events");
    }

    Given with(String name, String value) {
        values.put("walwire." + name, value);
        return this;
    }

    Given withProperty(String property, String value) {
        values.put(property, value);
        return this;
    }

    Given without(String name) {
        values.remove("walwire." + name);
        return this;
    }

    Given environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    WalwireConfig read() {
        return WalwireConfig.of(values, List.of(), environment::get, false);
    }

    WalwireConfig readWithSupplier() {
        return WalwireConfig.of(values, List.of(), environment::get, true);
    }

    /** Every problem; fails where there is none. */
    List<String> problems() {
        return catchThrowableOfType(ConfigurationException.class, this::read).problems();
    }

    List<String> problemsWithSupplier() {
        return catchThrowableOfType(ConfigurationException.class, this::readWithSupplier)
                .problems();
    }
}
