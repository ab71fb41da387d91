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
    raise exception 'limbeck: refused: this connection switches sessions between transactions'
      using hint = 'The cause is a pooler in transaction mode: connect directly to the server, and run the same file again.';
  end if;
  if current_setting('limbeck.probe', true) = options ->> 'probe' then
    raise exception 'limbeck: refused: this session is already in a transaction'
      using hint = 'Run ' || file || ' on its own: without -1 or --single-transaction, and without a BEGIN before it or in .psqlrc.';
  end if;
  if psql < (release ->> 'psql')::integer then
    raise exception 'limbeck: refused: this script requires psql % or newer, but this is %', release ->> 'psql', psql
      using hint = 'Run it with psql of a newer PostgreSQL version; the server does not matter.';
  end if;
  if current_setting('server_version_num')::integer / 10000 < (release ->> 'server')::integer then
    raise exception 'limbeck: refused: this script requires PostgreSQL % or newer, but this server is %', release ->> 'server', {{ shown("current_setting('server_version')") }}
      using hint = 'Upgrade the server, or compile the release for it: set minimum_server in limbeck.yaml.';
  end if;
  if pg_is_in_recovery() then
    raise exception 'limbeck: refused: this server is a standby, which is read-only'
      using hint = 'Connect to the primary.';
  end if;
  if current_setting('transaction_read_only')::boolean then
    raise exception 'limbeck: refused: this session is read-only'
      using hint = 'Check default_transaction_read_only of the role, of the database and in PGOPTIONS.';
  end if;
  if release ->> 'role' is null and current_user <> session_user and {% include "lent_role.sql" %} then
    raise exception 'limbeck: refused: the database sets the role % for its sessions', {{ shown("current_user::text") }}
      using hint = 'Reset it (alter database ... reset role), or set `role` in limbeck.yaml.';
  end if;
  -- They would hide objects of the same name, and the reset after each step would drop them.
  if {% include "temporary.sql" %} then
    raise exception 'limbeck: refused: this session has temporary objects'
      using hint = 'Run ' || file || ' in a new session.';
  end if;
  if options ->> 'expect_db' not in ('', current_database()) then
    raise exception 'limbeck: refused: this is the database %, but % was expected', {{ shown("current_database()::text") }}, {{ shown("options ->> 'expect_db'") }}
      using hint = 'Connect to the expected database, or give another name with -v expect_db=NAME.';
  end if;
  if lower(options ->> 'dry_run') not in ('', '0', 'off', 'false', 'no', '1', 'on', 'true', 'yes') then
    raise exception 'limbeck: refused: dry_run is %, but must be 0 or 1', {{ shown("options ->> 'dry_run'") }};
  end if;
  if options ->> 'wait' !~ '^[0-9]{0,6}$' then
    raise exception 'limbeck: refused: wait is %, but must be a number of seconds', {{ shown("options ->> 'wait'") }};
  end if;
  if not (release ->> 'makes_home')::boolean and to_regnamespace(quote_ident(home)) is null then
    raise exception 'limbeck: refused: there is no schema %', home
      using hint = format('Create it first: create schema %I;', home);
  end if;
  for missing in
{% include "rights.sql" %}
  loop
    raise exception 'limbeck: refused: %', {{ shown("missing.what") }}
      using hint = {{ shown("missing.hint") }};
  end loop;
end
$limbeck$;
