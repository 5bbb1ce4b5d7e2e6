@NullMarked
package io.walwire.spring.test;

import org.jspecify.annotations.NullMarked;
