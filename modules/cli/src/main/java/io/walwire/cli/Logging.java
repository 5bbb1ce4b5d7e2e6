package io.walwire.cli;

/** The command line's log, on standard error. */
final class Logging {
    private Logging() {}

    /** Has to run before the first logger is made. A configuration that the user names is left alone. */
    static void configure(boolean verbose) {
        if (System.getProperty("logback.configurationFile") == null) {
            System.setProperty("logback.configurationFile", "io/walwire/cli/logback-cli.xml");
        }
        if (verbose) {
            System.setProperty("walwire.log.level", "DEBUG");
            System.setProperty("walwire.log.trace", "");
        }
    }
}
