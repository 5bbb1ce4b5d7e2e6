/** A small application with Spring Boot: who signs up gets a mail, and every open page shows it at once. */
@NullMarked
package io.walwire.examples.shop;

import org.jspecify.annotations.NullMarked;
