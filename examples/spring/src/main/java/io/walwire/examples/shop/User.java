package io.walwire.examples.shop;

/** A row of the table {@code users}, for Walwire and for Spring: the components match its columns. */
record User(long id, String email, String name, boolean welcomed) {}
