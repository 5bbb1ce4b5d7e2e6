package io.walwire.internal.source;

/**
 * Makes the sources of one kind. A module that brings one names its class in
 * {@code META-INF/services/io.walwire.internal.source.SourceProvider}.
 */
public interface SourceProvider extends ChangeSource.Factory {
    /** The value of {@code walwire.source} that asks for this kind. */
    String name();
}
