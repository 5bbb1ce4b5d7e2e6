/** What the catalog says of tables, types, owners and rights. */
@NullMarked
package io.walwire.internal.connection.catalog;

import org.jspecify.annotations.NullMarked;
