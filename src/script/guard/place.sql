do $limbeck$
declare
  {% include "hidden.sql" %}
  release constant json := current_setting('limbeck.release')::json;
  options constant json := current_setting('limbeck.options')::json;
  file constant text := release ->> 'file';
  psql constant integer := (options ->> 'psql')::integer / 10000;
  home constant text := release ->> 'home';
  missing record;
begin
  if (select count(distinct pid) from unnest(string_to_array(options ->> 'pids', ' ')) as pid) is distinct from 1 then
    raise exception 'limbeck: refused: this connection changes sessions between transactions'
      using hint = 'That is a pooler in transaction mode: connect to the server itself, and run the same file again.';
  end if;
  if current_setting('limbeck.probe', true) = options ->> 'probe' then
    raise exception 'limbeck: refused: this session is in a transaction already'
      using hint = 'Run ' || file || ' by itself: without -1 or --single-transaction, and without BEGIN before it or in .psqlrc.';
  end if;
  if psql < (release ->> 'psql')::integer then
    raise exception 'limbeck: refused: this script needs psql % or newer, and this is %', release ->> 'psql', psql
      using hint = 'Run it with the psql of a newer PostgreSQL; the server may stay.';
  end if;
  if current_setting('server_version_num')::integer / 10000 < (release ->> 'server')::integer then
    raise exception 'limbeck: refused: this script needs PostgreSQL % or newer, and this server is %', release ->> 'server', {{ shown("current_setting('server_version')") }}
      using hint = 'Upgrade the server, or have the release compiled for it: minimum_server in limbeck.yaml.';
  end if;
  if pg_is_in_recovery() then
    raise exception 'limbeck: refused: this server is a standby, which cannot be written to'
      using hint = 'Connect to the primary.';
  end if;
  if current_setting('transaction_read_only')::boolean then
    raise exception 'limbeck: refused: this session is read-only'
      using hint = 'See default_transaction_read_only of the role, of the database and in PGOPTIONS.';
  end if;
  if release ->> 'role' is null and current_user <> session_user and {% include "lent_role.sql" %} then
    raise exception 'limbeck: refused: the database gives its sessions the role %', {{ shown("current_user::text") }}
      using hint = 'Take that back (alter database ... reset role), or set `role` in limbeck.yaml.';
  end if;
  -- They would stand in for objects of the same name, and what is reset after each step would drop them.
  if {% include "temporary.sql" %} then
    raise exception 'limbeck: refused: this session has temporary objects'
      using hint = 'Run ' || file || ' in a session of its own.';
  end if;
  if options ->> 'expect_db' not in ('', current_database()) then
    raise exception 'limbeck: refused: this is the database %, and % was expected', {{ shown("current_database()::text") }}, {{ shown("options ->> 'expect_db'") }}
      using hint = 'Connect to the other one, or say another name with -v expect_db=NAME.';
  end if;
  if lower(options ->> 'dry_run') not in ('', '0', 'off', 'false', 'no', '1', 'on', 'true', 'yes') then
    raise exception 'limbeck: refused: dry_run is %, and must be 0 or 1', {{ shown("options ->> 'dry_run'") }};
  end if;
  if options ->> 'wait' !~ '^[0-9]{0,6}$' then
    raise exception 'limbeck: refused: wait is %, and must be a number of seconds', {{ shown("options ->> 'wait'") }};
  end if;
  if not (release ->> 'makes_home')::boolean and to_regnamespace(quote_ident(home)) is null then
    raise exception 'limbeck: refused: there is no schema %', home
      using hint = format('Create it first: create schema %I;', home);
  end if;
  for missing in
{% include "rights.sql" %}
  loop
    raise exception 'limbeck: refused: %', {{ shown("missing.what") }}
      using hint = missing.hint;
  end loop;
end
$limbeck$;
