package io.walwire.internal.config.handlers;

import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;

public class User implements EventHandler {
    @Override
    public void define(Handlers on) {}
}
