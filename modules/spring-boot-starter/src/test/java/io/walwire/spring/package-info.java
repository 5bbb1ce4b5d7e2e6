@NullMarked
package io.walwire.spring;

import org.jspecify.annotations.NullMarked;
