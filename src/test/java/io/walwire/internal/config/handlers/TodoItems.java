package io.walwire.internal.config.handlers;

import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;

public class TodoItems implements EventHandler {
    @Override
    public void define(Handlers on) {}
}
