package io.walwire.doctor;

/** How bad a {@link Finding} is, worst first. */
public enum Severity {
    /** An instance could not stream like this. */
    ERROR,
    /** It streams, but something is lost, breaks or fills up sooner or later, or the application's own writes are refused. */
    WARNING,
    /** Good to know: what will be done at a start, or what the role may not see. */
    NOTE
}
