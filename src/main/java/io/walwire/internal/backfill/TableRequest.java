package io.walwire.internal.backfill;

import io.walwire.internal.text.TableName;
import org.jspecify.annotations.Nullable;

/**
 * A table that is to be read.
 *
 * @param table its name
 * @param where which rows, as an SQL condition on its columns; null for all. Names of functions and types need their schema,
 *     unless it is pg_catalog
 */
public record TableRequest(TableName table, @Nullable String where) {}
