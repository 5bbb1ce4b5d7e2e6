package io.walwire.testing;

import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A Chromium without a window. Which one, {@code -Dwalwire.test.browser} says: a path, or {@code required} for a test that
 * fails where there is none and is not skipped.
 */
public final class Browser implements AutoCloseable {
    private static final String PROPERTY = "walwire.test.browser";
    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome");
    private static final Pattern LISTENING = Pattern.compile("DevTools listening on (ws://\\S+)");

    private final Process process;
    private final DevTools devTools;

    private Browser(Process process, DevTools devTools) {
        this.process = process;
        this.devTools = devTools;
    }

    /**
     * Starts it.
     *
     * @param profile an empty folder
     * @throws org.opentest4j.TestAbortedException if there is none and none is required
     */
    public static Browser start(Path profile) throws IOException {
        Process process = new ProcessBuilder(
                        executable().toString(),
                        "--headless",
                        "--no-sandbox", // of which containers, and root, have none; it opens no page but ours
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--disable-background-networking",
                        "--no-first-run",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        "about:blank")
                .redirectErrorStream(true)
                .start();
        try {
            return new Browser(process, DevTools.connect(address(process.inputReader(StandardCharsets.UTF_8))));
        } catch (IOException | RuntimeException | AssertionError e) {
            process.destroyForcibly();
            throw e;
        }
    }

    private static Path executable() {
        String wanted = System.getProperty(PROPERTY, "");
        if (!wanted.isEmpty() && !wanted.equals("required")) {
            return Path.of(wanted);
        }
        Optional<Path> found = Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
        if (found.isEmpty()) {
            String missing =
                    "No browser: none of " + NAMES + " is on the PATH. Install one, such as Debian's chromium, or"
                            + " name one by -D" + PROPERTY + "=PATH";
            if (wanted.isEmpty()) {
                System.err.println("Skipped: " + missing); // Maven shows how many were skipped, but not why
                Assumptions.abort(missing);
            }
            fail(missing);
        }
        return found.orElseThrow();
    }

    /** Where it listens is in what it prints; the rest is read too, so that it never waits for a reader. */
    private static URI address(BufferedReader output) throws IOException {
        StringBuilder printed = new StringBuilder();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            Matcher listening = LISTENING.matcher(line);
            if (listening.find()) {
                Thread rest = new Thread(() -> output.lines().forEach(ignored -> {}), "browser output");
                rest.setDaemon(true);
                rest.start();
                return URI.create(listening.group(1));
            }
            printed.append('\n').append(line);
        }
        throw new IOException("The browser ended:" + printed);
    }

    /** Opens a page in a tab of its own, and returns when it is loaded. */
    public Page open(URI uri) {
        String target = text(devTools.call(null, "Target.createTarget", Map.of("url", "about:blank")), "targetId");
        String session = text(
                devTools.call(null, "Target.attachToTarget", Map.of("targetId", target, "flatten", true)), "sessionId");
        devTools.call(session, "Page.enable", Map.of());
        devTools.call(session, "Page.navigate", Map.of("url", uri.toString()));
        devTools.awaitEvent(session, "Page.loadEventFired");
        return new Page(devTools, session);
    }

    private static String text(JsonNode result, String field) {
        return Objects.requireNonNull(result.path(field).textValue());
    }

    /** One tab. */
    public record Page(DevTools devTools, String session) {
        private static final String AWAITED = """
                new Promise(resolve => {
                  const holds = () => (%s) && (observer.disconnect(), resolve(true));
                  const observer = new MutationObserver(holds);
                  observer.observe(document, {subtree: true, childList: true, characterData: true});
                  holds();
                })""";

        /** Waits until a condition holds; it is looked at after each change of the page, and at no other time. */
        public void await(String condition) {
            evaluate(AWAITED.formatted(condition));
        }

        /** The value of an expression, or what its promise becomes. */
        public String evaluate(String expression) {
            JsonNode result = devTools.call(
                    session,
                    "Runtime.evaluate",
                    Map.of("expression", expression, "awaitPromise", true, "returnByValue", true));
            if (result.has("exceptionDetails")) {
                throw new AssertionError(expression + ": " + result.path("exceptionDetails"));
            }
            return result.path("result").path("value").asText();
        }

        /** Gives the tab a size, and the colors that its user prefers. */
        public void resize(int width, int height, boolean isDark) {
            devTools.call(
                    session,
                    "Emulation.setDeviceMetricsOverride",
                    Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
            Map<String, String> colors = Map.of("name", "prefers-color-scheme", "value", isDark ? "dark" : "light");
            devTools.call(session, "Emulation.setEmulatedMedia", Map.of("features", List.of(colors)));
        }

        /** What the tab shows, as PNG. */
        public byte[] screenshot() {
            JsonNode result = devTools.call(session, "Page.captureScreenshot", Map.of("format", "png"));
            return Base64.getDecoder().decode(text(result, "data"));
        }
    }

    @Override
    public void close() {
        List<ProcessHandle> all = Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .toList();
        try (devTools) {
            devTools.call(null, "Browser.close", Map.of());
        } finally {
            all.forEach(Browser::awaitEnd); // until then they write to the profile
        }
    }

    private static void awaitEnd(ProcessHandle ending) {
        ending.onExit()
                .completeOnTimeout(ending, 10, TimeUnit.SECONDS)
                .thenAccept(ProcessHandle::destroyForcibly)
                .join();
    }
}
