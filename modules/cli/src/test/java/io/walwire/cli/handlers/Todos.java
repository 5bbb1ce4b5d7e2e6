package io.walwire.cli.handlers;

import io.walwire.handler.EventHandler;
import io.walwire.handler.Handlers;
import io.walwire.testing.Recorder;
import java.util.Objects;

/** Fails until it is mended. */
public final class Todos implements EventHandler {
    private static volatile Recorder<String> done = new Recorder<>();
    private static volatile String failing = "todo";

    /** What was handled since the last call. */
    public static Recorder<String> failAt(String part) {
        done = new Recorder<>();
        failing = part;
        return done;
    }

    @Override
    public void define(Handlers on) {
        on.table("todo").onInsert(event -> {
            String title = Objects.requireNonNull(event.row().text("title"));
            if (title.contains(failing)) {
                throw new IllegalStateException("not today");
            }
            done.add(title);
        });
    }
}
