/** Tests of the handlers of a Spring Boot application, without a database. */
@NullMarked
package io.walwire.spring.test;

import org.jspecify.annotations.NullMarked;
