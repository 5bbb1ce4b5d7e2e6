CREATE TABLE users (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email    text NOT NULL,
  name     text NOT NULL,
  welcomed boolean NOT NULL DEFAULT false
);

CREATE PUBLICATION shop FOR TABLE users;
