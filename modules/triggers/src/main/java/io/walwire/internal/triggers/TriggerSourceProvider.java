package io.walwire.internal.triggers;

import io.walwire.internal.source.ChangeSource;
import io.walwire.internal.source.SourceContext;
import io.walwire.internal.source.SourceProvider;

/** What {@code walwire.source=triggers} asks for. Found by {@link java.util.ServiceLoader}. */
public final class TriggerSourceProvider implements SourceProvider {
    @Override
    public String name() {
        return "triggers";
    }

    @Override
    public ChangeSource source(SourceContext context) {
        return new TriggerSource(context);
    }
}
