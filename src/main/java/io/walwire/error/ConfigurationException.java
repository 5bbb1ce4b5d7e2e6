package io.walwire.error;

import java.util.List;

/**
 * Thrown before anything starts, once, with every problem of the configuration: each names its key, what is wrong with
 * the value, and the nearest valid choice if there is one.
 */
public final class ConfigurationException extends WalwireException {
    private static final long serialVersionUID = 1L;

    /** One line each. */
    private final List<String> problems;

    /**
     * One exception for all problems.
     *
     * @param problems one line each, at least one
     */
    public ConfigurationException(List<String> problems) {
        super(ErrorCode.CONFIGURATION, problems);
        this.problems = problems.stream().map(OneLine::of).toList();
    }

    /**
     * Every problem, in the order in which the keys were read.
     *
     * @return one line each, at least one, unmodifiable
     */
    public List<String> problems() {
        return problems;
    }
}
