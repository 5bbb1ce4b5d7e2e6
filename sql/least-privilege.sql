-- The least that Walwire's role needs, as plain SQL for migrations. Put your names in place of walwire and shop, run it as a
-- role that may create roles (a superuser before PostgreSQL 16), and give the role its password with \password walwire.
--
--   to stream                              LOGIN, REPLICATION, and CONNECT on the database
--   from a slot of any kind                nothing else
--   tables, rows, schemas                  nothing: pgoutput asks for no SELECT, and what Walwire reads of the catalog is
--                                          readable by all
--   walwire.publication.manage=true        CREATE on the database, and ownership of the publication and its tables; create
--                                          the publication yourself instead, as its tables' owner (sql/setup.sql)
--   the application of another process
--   that holds the slot, in messages       membership in pg_read_all_stats; without it they name its process alone
--   handlers that query the database       what they need, best through a role and a connection of their own
--
-- REPLICATION is a strong attribute: its bearer reads every published change of every database that it may connect to. Let
-- pg_hba.conf admit the role to this database alone, over TLS, with scram-sha-256:
--   hostssl shop walwire 10.0.0.0/8 scram-sha-256

CREATE ROLE walwire LOGIN REPLICATION NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOINHERIT CONNECTION LIMIT 20;

GRANT CONNECT ON DATABASE shop TO walwire;
