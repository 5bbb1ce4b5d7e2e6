/** What the starter and {@code walwire-spring-boot-test} share. Not for applications: it may change at any time. */
@NullMarked
package io.walwire.spring.internal;

import org.jspecify.annotations.NullMarked;
