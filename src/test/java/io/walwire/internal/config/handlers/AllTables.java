package io.walwire.internal.config.handlers;

import io.walwire.handler.EventHandler;
import io.walwire.handler.Events;

public class AllTables implements EventHandler {
    @Override
    public void define(Events on) {}
}
