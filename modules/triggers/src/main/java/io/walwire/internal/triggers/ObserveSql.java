package io.walwire.internal.triggers;

/**
 * The function that defines a table which was altered after the snapshot that a transaction looks through. It asks only what the
 * server answers without a snapshot; a column whose type cannot be known so is text.
 */
final class ObserveSql {
    /** What an object is called now. */
    private static final String NAMED = "(pg_catalog.pg_identify_object_as_address("
            + "'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, {of})).object_names";

    /** Fingerprint 0 keeps other transactions from taking such a definition for theirs. */
    private static final String OBSERVE = """
            CREATE FUNCTION {observe}(of_table oid, of_root oid) RETURNS bigint
            LANGUAGE plpgsql
            SET search_path = pg_catalog, pg_temp
            AS $walwire$
            DECLARE
              own text[] := {named of_table, 0};
              top text[] := {named of_root, 0};
              made bigint;
              field text;
              kind oid;
              kind_schema text;
              kind_name text;
              modifier integer;
              is_virtual boolean;
              in_root text[] := '{}';
              fields text[] := '{}';
              kinds oid[] := '{}';
              kind_schemas text[] := '{}';
              kind_names text[] := '{}';
              modifiers integer[] := '{}';
              in_place integer[] := '{}';
            BEGIN
              FOR place IN 1 .. 1600 LOOP -- no table has more columns
                field := ({named of_root, place})[3];
                EXIT WHEN field IS NULL;
                in_root := in_root || CASE WHEN {dropped of_root} THEN NULL ELSE field END;
              END LOOP;
              FOR place IN 1 .. 1600 LOOP
                field := ({named of_table, place})[3];
                EXIT WHEN field IS NULL;
                CONTINUE WHEN {dropped of_table};
                kind := NULL;
                BEGIN
                  EXECUTE pg_catalog.format('SELECT t.oid, s.nspname, t.typname, a.atttypmod, a.attgenerated = ''v'''
                      ' FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace s ON s.oid = t.typnamespace'
                      ' LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = $1 AND a.attnum = $2 AND a.attname = $3'
                      ' AND a.atttypid = t.oid AND {stayed a}'
                      ' WHERE t.oid = pg_catalog.pg_typeof((NULL::%I.%I).%I)', own[1], own[2], field)
                    INTO kind, kind_schema, kind_name, modifier, is_virtual USING of_table, place, field;
                EXCEPTION WHEN OTHERS THEN
                  kind := NULL; -- the change that is being written must not fail
                END;
                IF kind IS NULL THEN
                  kind := 'pg_catalog.text'::pg_catalog.regtype;
                  kind_schema := 'pg_catalog';
                  kind_name := 'text';
                  modifier := -1;
                  is_virtual := false;
                END IF;
                fields := fields || field;
                kinds := kinds || kind;
                kind_schemas := kind_schemas || kind_schema;
                kind_names := kind_names || kind_name;
                modifiers := modifiers || coalesce(modifier, -1);
                in_place := in_place || CASE WHEN is_virtual THEN 0
                                        ELSE coalesce(pg_catalog.array_position(in_root, field), 0) END;
              END LOOP;
              SELECT d.id INTO made FROM {definition} d
              WHERE d.relid = of_table AND d.fingerprint = 0 AND d.schema_name = own[1] AND d.table_name = own[2]
                AND d.root = of_root AND d.column_names = fields AND d.type_oids = kinds AND d.typmods = modifiers
                AND d.places = in_place
              LIMIT 1;
              IF made IS NULL THEN
                INSERT INTO {definition} (relid, fingerprint, schema_name, table_name, root, root_schema, root_name,
                                          column_names, type_oids, typmods, type_schemas, type_names, places)
                VALUES (of_table, 0, own[1], own[2], of_root, top[1], top[2],
                        fields, kinds, modifiers, kind_schemas, kind_names, in_place)
                RETURNING id INTO made;
              END IF;
              RETURN made;
            END
            $walwire$;
            """;

    /** Whether a column was dropped, whatever it is called: such a column has no privileges. */
    private static final String DROPPED =
            "pg_catalog.has_column_privilege({of}, place::pg_catalog.int2, 'SELECT') IS NULL";

    private ObserveSql() {}

    /** The SQL, with placeholders for the names of the application's objects. */
    static String template() {
        String template = OBSERVE;
        for (String of : new String[] {"of_table, 0", "of_root, 0", "of_table, place", "of_root, place"}) {
            template = template.replace("{named " + of + "}", NAMED.replace("{of}", of));
        }
        for (String of : new String[] {"of_table", "of_root"}) {
            template = template.replace("{dropped " + of + "}", DROPPED.replace("{of}", of));
        }
        return template;
    }
}
