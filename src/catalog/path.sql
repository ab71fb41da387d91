-- The first statement of all that is sent to a server, with no call before it: a database or a role may have a path of its own,
-- with functions and operators on it that are called like PostgreSQL's. pg_temp stands last, since relations are looked for
-- there first where it is not named.
set search_path = pg_catalog, pg_temp;
