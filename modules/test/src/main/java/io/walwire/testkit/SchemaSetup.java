package io.walwire.testkit;

import javax.sql.DataSource;

/** Makes a new database's schema, for example by calling the migrations of the application. */
@FunctionalInterface
public interface SchemaSetup {
    /**
     * Makes the schema, once for each database, before publication and instance are made.
     *
     * @param database the new database, as the user that owns it
     * @throws Exception if it cannot be made; the tests fail
     */
    void prepare(DataSource database) throws Exception;
}
