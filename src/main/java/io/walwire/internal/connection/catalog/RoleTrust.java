package io.walwire.internal.connection.catalog;

/** How far the current role can trust the owner of an object that it uses. */
public final class RoleTrust {
    /**
     * The roles as a table {@code owners}: {@code oid}, the {@code actual} role behind it, its {@code name}, and {@code trust}.
     *
     * <ul>
     *   <li>{@code INSTALLER}: a superuser, or the current role, which can do everything anyway
     *   <li>{@code READER}: the database's owner, or a role that the current one is a member of. A superuser does not trust it
     *   <li>{@code NONE}: any other
     * </ul>
     */
    public static final String ROLES = """
            WITH me AS (SELECT r.oid, r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER),
            db AS (SELECT d.datdba FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()),
            owners AS (
              SELECT o.oid, real.oid AS actual, real.rolname AS name,
                     CASE WHEN real.rolsuper OR real.oid = me.oid THEN 'INSTALLER'
                          WHEN me.rolsuper THEN 'NONE'
                          WHEN real.oid = db.datdba OR pg_catalog.pg_has_role(me.oid, real.oid, 'MEMBER') THEN 'READER'
                          ELSE 'NONE' END AS trust
              FROM pg_catalog.pg_roles o CROSS JOIN me CROSS JOIN db
              JOIN pg_catalog.pg_roles real
                ON real.oid = CASE WHEN o.rolname = 'pg_database_owner' THEN db.datdba ELSE o.oid END)
            """;

    private RoleTrust() {}
}
