/** What an application may hand over beside configuration keys. */
@NullMarked
package io.walwire.config;

import org.jspecify.annotations.NullMarked;
