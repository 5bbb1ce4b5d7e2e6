package io.walwire.examples.shop;

import io.walwire.Walwire;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.stream.Stream;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** The running application, and what a browser asks of it. */
record Shop(ConfigurableApplicationContext context, HttpClient http) implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofMinutes(3);

    /** Starts it on a free port, with beans of the test's own. */
    static Shop start(LocalServers servers, Class<?>... beans) {
        SpringApplicationBuilder application = new SpringApplicationBuilder(ShopApplication.class).sources(beans);
        Stream<String> keys = servers.keys().entrySet().stream().map(key -> "--" + key.getKey() + "=" + key.getValue());
        return new Shop(
                application.run(
                        Stream.concat(keys, Stream.of("--server.port=0")).toArray(String[]::new)),
                HttpClient.newHttpClient());
    }

    String get(String path) throws IOException, InterruptedException {
        return http.send(request(path).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    String post(String path, String json) throws IOException, InterruptedException {
        HttpRequest post = request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json))
                .build();
        return http.send(post, HttpResponse.BodyHandlers.ofString()).body();
    }

    /** The lines of an open page, until the server ends them. */
    Stream<String> open(String path) throws IOException, InterruptedException {
        return http.send(request(path).build(), HttpResponse.BodyHandlers.ofLines())
                .body();
    }

    private HttpRequest.Builder request(String path) {
        String port = context.getEnvironment().getRequiredProperty("local.server.port");
        return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path));
    }

    /** Waits until an instance has handled everything that is committed. */
    void awaitCurrent(String instance) throws InterruptedException {
        Walwire walwire = context.getBean(instance + "Walwire", Walwire.class);
        if (!walwire.awaitCurrent(PATIENCE)) {
            throw new AssertionError(instance + " is not current: " + walwire.status());
        }
    }

    @Override
    public void close() {
        context.close();
    }
}
