package io.walwire.examples.shop;

import io.walwire.Walwire;
import io.walwire.spring.WalwireInstance;
import io.walwire.watch.Subscription;
import java.io.IOException;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** What {@code static/index.html} asks for. */
@RestController
class Pages {
    private static final long NO_TIMEOUT = 0;

    private final Users users;
    private final ObjectProvider<Walwire> walwire;

    Pages(Users users, @WalwireInstance("pages") ObjectProvider<Walwire> walwire) {
        this.users = users;
        this.walwire = walwire;
    }

    record SignUp(String email, String name) {}

    @PostMapping("/users")
    User signUp(@RequestBody SignUp form) {
        return users.signUp(form.email(), form.name());
    }

    @GetMapping("/users")
    List<User> newest() {
        return users.newest();
    }

    @GetMapping("/users/{id}")
    ResponseEntity<User> find(@PathVariable("id") long id) {
        return ResponseEntity.of(users.find(id));
    }

    /**
     * Server-sent events: the browser reads the list again after each. Of changes that come while the browser is slow, one is
     * kept. The first event is sent when the watch is there, so that nothing is missed in between.
     */
    @GetMapping("/changes")
    SseEmitter changes() {
        SseEmitter page = new SseEmitter(NO_TIMEOUT);
        Subscription changes =
                walwire.getObject().watch("users").keysOnly().dropOldest(1).subscribe(event -> send(page));
        page.onCompletion(changes::close);
        // when the application stops: an open page would hold the web server up
        changes.completion().whenComplete((done, failure) -> page.complete());
        send(page);
        return page;
    }

    private static void send(SseEmitter page) {
        try {
            page.send(SseEmitter.event().name("changed").data("users"));
        } catch (IOException | IllegalStateException gone) {
            page.completeWithError(gone); // the browser was closed
        }
    }
}
