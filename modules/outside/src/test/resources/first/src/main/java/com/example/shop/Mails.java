package com.example.shop;

import io.walwire.event.Kind;
import io.walwire.spring.OnChange;
import org.springframework.stereotype.Component;

@Component
class Mails {
    @OnChange(table = "users", kinds = Kind.INSERT)
    void welcome(User user) {
        System.out.println("Welcome, " + user.email());
    }
}
record User(long id, String email) {}
