CREATE TABLE more (id int); COMMENT ON TABLE more IS $$of a; resource$$;
