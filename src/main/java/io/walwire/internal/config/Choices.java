package io.walwire.internal.config;

import java.util.List;

/** Values out of a few. */
final class Choices {
    private Choices() {}

    /** What is wrong with the value, empty if it is one of the choices. */
    static String fault(String value, List<String> choices) {
        if (choices.contains(value)) {
            return "";
        }
        int last = choices.size() - 1;
        String all =
                last == 0 ? choices.get(0) : String.join(", ", choices.subList(0, last)) + " or " + choices.get(last);
        return "it must be " + all + "." + Problems.didYouMean(value, choices);
    }

    /**
     * The value if it is one of the choices.
     *
     * @throws IllegalArgumentException with what is wrong
     */
    static String require(String value, List<String> choices) {
        String fault = fault(value, choices);
        if (!fault.isEmpty()) {
            throw new IllegalArgumentException(fault);
        }
        return value;
    }
}
