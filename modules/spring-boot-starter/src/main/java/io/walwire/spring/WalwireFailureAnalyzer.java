package io.walwire.spring;

import io.walwire.error.ConfigurationException;
import io.walwire.error.ErrorCode;
import io.walwire.error.WalwireException;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/** Shows what kept Walwire from starting, and what to do, in place of a stack trace. */
final class WalwireFailureAnalyzer extends AbstractFailureAnalyzer<WalwireException> {
    private static final Set<ErrorCode> OF_ROLE = EnumSet.of(ErrorCode.PRIVILEGE, ErrorCode.AUTHENTICATION);

    private final @Nullable Environment environment;

    WalwireFailureAnalyzer(@Nullable Environment environment) {
        this.environment = environment;
    }

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, WalwireException cause) {
        if (cause instanceof ConfigurationException configuration) {
            String problems = configuration.problems().stream()
                    .map(problem -> "  - " + problem)
                    .collect(Collectors.joining(System.lineSeparator()));
            return new FailureAnalysis(
                    "Walwire cannot start with this configuration:" + System.lineSeparator() + problems,
                    "Correct the application's properties, or the beans that are named.",
                    cause);
        }
        return new FailureAnalysis(cause.what() + " [" + cause.code() + "]", action(cause), cause);
    }

    private @Nullable String action(WalwireException cause) {
        String advice = advice(cause);
        if (!OF_ROLE.contains(cause.code()) || !connectsAsApplication()) {
            return advice;
        }
        return (advice == null ? "" : advice + System.lineSeparator())
                + "Walwire connects as the application's DataSource does. To use another role, set walwire.user and"
                + " walwire.password.";
    }

    /** The SQL on lines of its own, to be copied. */
    private static @Nullable String advice(WalwireException cause) {
        String advice = cause.advice();
        String sql = cause.sql();
        if (sql == null) {
            return advice;
        }
        String lines = sql.indent(4).stripTrailing().replace("\n", System.lineSeparator());
        return (advice == null ? "Run this SQL:" : advice) + System.lineSeparator() + lines;
    }

    private boolean connectsAsApplication() {
        return environment != null
                && !environment.containsProperty("walwire.url")
                && !environment.containsProperty("walwire.host")
                && !environment.containsProperty("walwire.user");
    }
}
