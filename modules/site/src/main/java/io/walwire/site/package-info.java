/** Makes the documentation site of the Markdown documents. Not published. */
@NullMarked
package io.walwire.site;

import org.jspecify.annotations.NullMarked;
