package io.walwire.internal.triggers;

import io.walwire.internal.connection.catalog.RoleTrust;

/** The queries of {@link ObjectAudit}. */
final class AuditSql {
    /** The schema, and which roles may create objects in it besides its owner, superusers and the current role. */
    static final String SCHEMA = RoleTrust.ROLES + """
            SELECT pg_catalog.quote_ident(n.nspname) AS object, w.name AS owner, w.trust,
                   ARRAY(SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(g.name) END
                         FROM pg_catalog.aclexplode(n.nspacl) a
                         LEFT JOIN owners g ON g.oid = a.grantee
                         WHERE a.privilege_type = 'CREATE' AND coalesce(g.actual, 0) <> w.actual
                           AND coalesce(g.trust, 'NONE') <> 'INSTALLER'
                         ORDER BY 1) AS creators
            FROM pg_catalog.pg_namespace n JOIN owners w ON w.oid = n.nspowner
            WHERE n.nspname = ?""";

    /**
     * Relations and types with the names of the tables. Of a table the first thing that runs somebody's code in the session of
     * any role that reads or writes it.
     */
    static final String RELATIONS = RoleTrust.ROLES + """
            SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS object, w.name AS owner, w.trust,
                   pg_catalog.obj_description(c.oid, 'pg_class') AS comment, c.relkind = 'r' AS is_table,
                   CASE WHEN c.relkind <> 'r' THEN 'is no table'
                        WHEN c.relrowsecurity OR c.relforcerowsecurity THEN 'has row security'
                        ELSE coalesce(
                          (SELECT 'has the rule ' || pg_catalog.quote_ident(r.rulename) FROM pg_catalog.pg_rewrite r
                           WHERE r.ev_class = c.oid LIMIT 1),
                          (SELECT 'has the trigger ' || pg_catalog.quote_ident(t.tgname) FROM pg_catalog.pg_trigger t
                           WHERE t.tgrelid = c.oid AND NOT t.tgisinternal LIMIT 1),
                          (SELECT 'inherits, or is inherited' FROM pg_catalog.pg_inherits i
                           WHERE c.oid IN (i.inhparent, i.inhrelid) LIMIT 1),
                          (SELECT 'has a default or a generated column' FROM pg_catalog.pg_attrdef d
                           WHERE d.adrelid = c.oid LIMIT 1),
                          (SELECT 'has the constraint ' || pg_catalog.quote_ident(k.conname)
                           FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('c', 'f') LIMIT 1),
                          -- its triggers are on this table, and some servers run the other's as the role that writes here
                          (SELECT 'is referred to by the foreign key ' || pg_catalog.quote_ident(k.conname) || ' of '
                                  || k.conrelid::pg_catalog.regclass::text
                           FROM pg_catalog.pg_constraint k WHERE k.confrelid = c.oid LIMIT 1),
                          (SELECT 'has an index of expressions' FROM pg_catalog.pg_index x
                           WHERE x.indrelid = c.oid AND (x.indexprs IS NOT NULL OR x.indpred IS NOT NULL) LIMIT 1),
                          (SELECT 'has a column ' || pg_catalog.quote_ident(a.attname)
                                  || ' of a type that is not PostgreSQL''s own'
                           FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
                           WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                             AND t.typnamespace <> 'pg_catalog'::pg_catalog.regnamespace LIMIT 1)) END AS oddity
            FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            JOIN owners w ON w.oid = c.relowner
            WHERE n.nspname = ? AND c.relname IN (?, ?, ?)
            UNION ALL
            SELECT pg_catalog.format('%I.%I', n.nspname, y.typname), w.name, w.trust, NULL, false, 'is a type'
            FROM pg_catalog.pg_type y
            JOIN pg_catalog.pg_namespace n ON n.oid = y.typnamespace
            JOIN owners w ON w.oid = y.typowner
            WHERE n.nspname = ? AND y.typname IN (?, ?, ?) AND y.typrelid = 0
            ORDER BY 1""";

    /** Functions with the names of this application's, whatever their arguments. */
    static final String FUNCTIONS = RoleTrust.ROLES + """
            SELECT pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.oidvectortypes(p.proargtypes)) AS object,
                   p.proname AS name, pg_catalog.oidvectortypes(p.proargtypes) AS arguments, w.name AS owner, w.trust,
                   pg_catalog.obj_description(p.oid, 'pg_proc') AS comment, p.prosrc AS body, p.prosecdef AS definer,
                   coalesce(p.proconfig, '{}') AS settings, l.lanname AS language
            FROM pg_catalog.pg_proc p
            JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
            JOIN pg_catalog.pg_language l ON l.oid = p.prolang
            JOIN owners w ON w.oid = p.proowner
            WHERE n.nspname = ? AND p.proname IN (?, ?, ?, ?, ?, ?, ?)
            ORDER BY 1""";

    /** Roles that have a right on the tables and the functions beside their owners. */
    static final String RIGHTS = RoleTrust.ROLES + """
            SELECT pg_catalog.format('%I.%I', n.nspname, o.name) || o.arguments AS object,
                   CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(a.grantee) END AS role,
                   pg_catalog.string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS rights, o.kind,
                   coalesce(g.trust, 'NONE') AS trust
            FROM (SELECT c.relnamespace AS schema, c.relname AS name, '' AS arguments, 'TABLE' AS kind,
                         c.relowner AS owner, c.relacl AS acl
                  FROM pg_catalog.pg_class c WHERE c.relname IN (?, ?, ?)
                  UNION ALL
                  SELECT p.pronamespace, p.proname, '(' || pg_catalog.oidvectortypes(p.proargtypes) || ')', 'FUNCTION', p.proowner,
                         coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))
                  FROM pg_catalog.pg_proc p WHERE p.proname IN (?, ?, ?, ?, ?, ?, ?)) o
            JOIN pg_catalog.pg_namespace n ON n.oid = o.schema
            CROSS JOIN LATERAL pg_catalog.aclexplode(o.acl) a
            LEFT JOIN owners g ON g.oid = a.grantee
            WHERE n.nspname = ? AND a.grantee <> o.owner
            GROUP BY 1, 2, 4, 5
            ORDER BY 1, 2""";

    /** Changes with every right that is given on the tables, and with every trigger that is made on one. */
    static final String STATE = """
            SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', c.oid, c.xmin, (
                     SELECT pg_catalog.count(*) FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid)), ',' ORDER BY c.oid)
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relname IN (?, ?, ?)""";

    private AuditSql() {}
}
