package io.walwire.internal.triggers;

import io.walwire.internal.text.SqlIdentifiers;
import io.walwire.internal.text.SqlLiterals;
import java.util.List;
import java.util.stream.Collectors;

/** The SQL about who may do what with one application's objects. */
final class RightsSql {
    private static final String CLOSED = """
            DO $walwire$ -- default privileges may have given others rights on what was just made
            DECLARE
              given record;
              own_path text := pg_catalog.current_setting('search_path');
            BEGIN
              -- on the caller's path, operators of other roles may fit the types better than PostgreSQL's own
              PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
              FOR given IN
                SELECT 'TABLE ' || c.oid::pg_catalog.regclass AS object, a.grantee
                FROM pg_catalog.pg_class c CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) a
                WHERE a.grantee <> c.relowner
                  AND (c.oid IN ({tables})
                       OR c.oid IN (SELECT d.objid FROM pg_catalog.pg_depend d
                                    WHERE d.deptype = 'i' AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                                      AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                                      AND d.refobjid IN ({tables})))
                UNION
                SELECT 'FUNCTION ' || p.oid::pg_catalog.regprocedure, a.grantee
                FROM pg_catalog.pg_proc p CROSS JOIN LATERAL pg_catalog.aclexplode(p.proacl) a
                WHERE a.grantee <> p.proowner AND p.oid IN ({functions})
              LOOP
                EXECUTE pg_catalog.format('REVOKE ALL ON %s FROM %s', given.object,
                  CASE WHEN given.grantee = 0 THEN 'PUBLIC'
                       ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(given.grantee)) END);
              END LOOP;
              PERFORM pg_catalog.set_config('search_path', own_path, true);
            END
            $walwire$;
            """;

    private RightsSql() {}

    /** Takes the rights away that default privileges have given others on new objects. */
    static String closed(List<String> tables, List<String> functions) {
        return CLOSED.replace("{tables}", listed(tables, "regclass"))
                .replace("{functions}", listed(functions, "regprocedure"));
    }

    private static String listed(List<String> objects, String as) {
        return objects.stream()
                .map(each -> SqlLiterals.quote(each) + "::pg_catalog." + as)
                .collect(Collectors.joining(", "));
    }

    /** What a role needs that reads and owns nothing. */
    static String grants(OutboxNames names, String role) {
        String quoted = SqlIdentifiers.quote(role);
        return "GRANT USAGE ON SCHEMA " + names.quotedSchema() + " TO " + quoted + ";\nGRANT SELECT ON "
                + names.definition() + " TO " + quoted + ";\nGRANT SELECT, UPDATE, DELETE ON " + names.outbox() + " TO "
                + quoted + ";\nGRANT SELECT, INSERT, UPDATE, DELETE ON " + names.cursor() + " TO " + quoted + ";\n";
    }
}
