/** Walwire in a Spring Boot application: handlers are beans, keys are properties of the application. */
@NullMarked
package io.walwire.spring;

import org.jspecify.annotations.NullMarked;
