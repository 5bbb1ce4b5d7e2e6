package io.walwire;

import io.walwire.testing.TestDatabase;
import java.sql.SQLException;

/**
 * Operators and functions of another role in schema {@code public}, each a better match for some types than PostgreSQL's own. The
 * operators compare texts. Calls are counted in a sequence, which no rollback takes back.
 */
final class ForeignCode {
    private static final String MAKE = """
            DO $$
            DECLARE
              kinds text[] := '{oid,regclass,regprocedure,name,text,varchar,"char",integer,bigint}';
              l text;
              r text;
              operator text;
            BEGIN
              CREATE SEQUENCE public.calls;
              GRANT ALL ON public.calls TO PUBLIC;
              FOREACH l IN ARRAY kinds LOOP
                FOREACH r IN ARRAY kinds LOOP
                  FOREACH operator IN ARRAY ARRAY['=', '<>', '<', '>', '~~', '||'] LOOP
                    EXECUTE pg_catalog.format('CREATE FUNCTION public.foreign_code(%s, %s, OUT %s) LANGUAGE plpgsql AS $f$BEGIN'
                      ' PERFORM pg_catalog.nextval(''public.calls''); $3 := $1::text OPERATOR(pg_catalog.%s) $2::text; END$f$',
                      l, r, CASE operator WHEN '||' THEN 'text' ELSE 'boolean' END, operator);
                    EXECUTE pg_catalog.format('ALTER FUNCTION public.foreign_code(%s, %s) RENAME TO %I', l, r, 'foreign ' || operator);
                    EXECUTE pg_catalog.format('CREATE OPERATOR public.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = public.%I)',
                      operator, l, r, 'foreign ' || operator);
                  END LOOP;
                END LOOP;
              END LOOP;
              CREATE FUNCTION public.format(text, regclass) RETURNS text LANGUAGE plpgsql AS $f$BEGIN
                PERFORM pg_catalog.nextval('public.calls'); RETURN pg_catalog.format($1, $2); END$f$;
              CREATE FUNCTION public.format(text, name) RETURNS text LANGUAGE plpgsql AS $f$BEGIN
                PERFORM pg_catalog.nextval('public.calls'); RETURN pg_catalog.format($1, $2); END$f$;
              CREATE FUNCTION public.format(text, name, text) RETURNS text LANGUAGE plpgsql AS $f$BEGIN
                PERFORM pg_catalog.nextval('public.calls'); RETURN pg_catalog.format($1, $2, $3); END$f$;
              CREATE FUNCTION public.pg_drop_replication_slot(text) RETURNS void LANGUAGE plpgsql AS $f$BEGIN
                PERFORM pg_catalog.nextval('public.calls'); PERFORM pg_catalog.pg_drop_replication_slot($1); END$f$;
            END
            $$""";

    private final TestDatabase database;

    private ForeignCode(TestDatabase database) {
        this.database = database;
    }

    /** Where every role may create objects in {@code public}: on PostgreSQL 14. */
    static ForeignCode in(TestDatabase database) throws SQLException {
        String stranger = database.role("LOGIN PASSWORD 'secret'");
        try (var connection = database.server().connect(database.name(), stranger, "secret");
                var statement = connection.createStatement()) {
            statement.execute(MAKE);
        }
        return new ForeignCode(database);
    }

    /** Forgets what was called so far, by the test's own queries. */
    void reset() throws SQLException {
        database.sql("ALTER SEQUENCE public.calls RESTART");
    }

    boolean hasRun() throws SQLException {
        return database.queryOne(Boolean.class, "SELECT is_called FROM public.calls");
    }
}
