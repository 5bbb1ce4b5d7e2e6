/** Applications as users have them: with their own Maven build, from what is in a repository. */
@NullMarked
package io.walwire.outside;

import org.jspecify.annotations.NullMarked;
