\set ON_ERROR_STOP on \if true
\setenv PSQL_EDITOR true
\set limbeck_quiet :QUIET \set QUIET on
\set limbeck_echo :ECHO \set ECHO none
\set limbeck_autocommit :AUTOCOMMIT \set AUTOCOMMIT on
\set limbeck_savepoints :ON_ERROR_ROLLBACK \set ON_ERROR_ROLLBACK off
\set limbeck_context :SHOW_CONTEXT \set SHOW_CONTEXT never
\set limbeck_verbosity :VERBOSITY \set VERBOSITY default
\set limbeck_fetch :FETCH_COUNT \set FETCH_COUNT 0
\set SINGLELINE off \set SINGLESTEP off \set ECHO_HIDDEN off
\timing off \pset pager off \pset expanded off \pset recordsep '\n' \pset null ''
\pset format unaligned \pset tuples_only on

-- Upgrade to 1.0.0
--
--   from      base
--   to        1.0.0 (7f71d8f421e3)
--   for       PostgreSQL 14 or newer; run by psql 12 or newer
--   history   lb1:b224d58f695b1cc5c5a4f6b99c8bbe999240a0e57adf84f5dc94c56519bbf74c
--   made by   limbeck 0.1.0
--
-- See what it would do:   psql -X -d DATABASE -v dry_run=1 -f upgrade.sql
-- Run it:                 psql -X -d DATABASE -L upgrade.log -f upgrade.sql
-- Options (-v NAME=VALUE): dry_run=1, wait=SECONDS to wait for another run, expect_db=NAME, to=REVISION to stop earlier,
--   lock_timeout, statement_timeout, trust=NAMES of functions and roles that would otherwise be refused.
-- Settings for the whole run: PGOPTIONS='-c maintenance_work_mem=1GB'.
-- If it stops, finished parts stay applied: fix the cause and run the same file again.
--
-- Everything before line 1788 checks where the database is, and changes nothing. The steps begin there:
--
--   1  001_initial_schema: initial schema: users, wells, sensor data, logs
--   2  4c1d0f2e9b77: keep password hashes only
--   3  7f71d8f421e3: email verification and password reset

-- Everything before the steps that differs between bundles.
set search_path = pg_catalog, pg_temp;
set client_encoding = 'UTF8'; set standard_conforming_strings = on; set default_transaction_isolation = 'read committed';
set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set jit = off;
select count(set_config(name, '0', false)) as limbeck_set from pg_settings where name in ('idle_session_timeout', 'transaction_timeout') \gset
select $limbeck${
  "title": "limbeck 1.0.0 upgrade",
  "file": "upgrade.sql",
  "way": "upgrade",
  "steps": 3,
  "server": 14,
  "psql": 12,
  "whole": false,
  "lock_timeout": "5s",
  "statement_timeout": "0ms",
  "characters": [],
  "role": null,
  "adopted": [],
  "adopted_schemas": [],
  "home": "public",
  "known": [],
  "known_rows": [],
  "known_there": [],
  "known_types": [],
  "known_views": [],
  "own_schemas": ["public"],
  "owners": [],
  "paths": [],
  "routines": [],
  "schemas": ["users"],
  "sought": [],
  "touched": ["column","create_date","sensor_data","system_logs","users","well_profiles"],
  "trusting": "run it with -v trust='%s'",
  "words": ["-","=",">",">=","UTF8","add","admin","alter","always","and","answered","are","as","bar","be","between","bigint","check","clock_timestamp","column","comment","constraint","convert_to","create","created_at","current_timestamp","default","deleted_at","depth_is_positive","depth_m","desc","details","double","drop","elsewhere","email","email_verified_at","empty","encode","engineer","error","fatal","field","for","full_name","generated","gone","hex","id","identity","in","index","info","integer","irreversible","is","ix_sensor_data_sensor_time","ix_system_logs_errors","ix_users_reset_token","jsonb","key","latitude","letter","level","logged_at","longitude","may","message","name","names","none","not","now","null","numeric","on","password","password_hash","password_reset_expires","password_reset_token","passwords","people","precision","primary","provider","recorded_at","reset_token_expires","role","sensor","sensor_data","set","sha256","should","sign","source","system_logs","table","text","the","them","themselves","they","those","timestamptz","unique","unit","until","update","uq_well_name","users","utf8","value","varchar","viewer","was","well_profiles","where","who"],
  "makes_home": false,
  "path": "public, pg_temp",
  "rights": {"changes_rows":{},"creates_in":["public"],"makes_schemas":[],"owned":{}},
  "versions": "public.alembic_version",
  "version_table": "alembic_version",
  "progress": "public.limbeck_progress",
  "lock": "94412436190720474",
  "accepts": "upgrade.sql of 1.0.0 starts at base and at every step up to 7f71d8f421e3. Connect to another database, or use the bundle of a release that starts where this database is.",
  "starts_at_base": true,
  "nodes": ["001_initial_schema","4c1d0f2e9b77","7f71d8f421e3"],
  "child": [3,2],
  "parent": [2,1],
  "made": [[1,["public.sensor_data","public.system_logs","public.users","public.well_profiles"]]],
  "below": 0,
  "parts": [1,1,1],
  "starts": [],
  "points": {"1.0.0":3}
}$limbeck$ as limbeck_release \gset

-- The same in every upgrade.sql and rollback.sql of this version of limbeck, up to the steps. It changes nothing.
--
-- Characters that are not ASCII are written as %C3%A9 above. A character that the encoding of the database cannot represent is
-- shown as a question mark.
select $limbeck_say$
do $limbeck$
declare
  said text := coalesce(current_setting('limbeck.said', true), '');
  one text;
begin
  for one in select distinct it[1] from regexp_matches(said, '(%[C-F][0-9A-F](?:%[89AB][0-9A-F])+)', 'g') as it loop
    begin
      said := replace(said, one, convert_from(decode(replace(one, '%', ''), 'hex'), 'UTF8'));
    exception when untranslatable_character or character_not_in_repertoire or undefined_function or feature_not_supported then
      said := replace(said, one, '?');
    end;
  end loop;
  perform set_config('limbeck.said', replace(said, '%25', '%'), false);
end
$limbeck$;
$limbeck_say$ as limbeck_say \gset
select count(set_config('limbeck.said', :'limbeck_release', false)) as limbeck_set \gset
select :'limbeck_say' \gexec
select coalesce(nullif(current_setting('limbeck.said', true), ''), :'limbeck_release') as limbeck_release \gset
-- Defaults of options that were not given with -v. A misspelt option must not turn a dry run into a real run.
\if :{?dry_run} \else \set dry_run '' \endif
\if :{?wait} \else \set wait '' \endif
\if :{?expect_db} \else \set expect_db '' \endif
\if :{?to} \else \set to '' \endif
\if :{?trust} \else \set trust '' \endif
\if :{?accept_data_loss} \else \set accept_data_loss '' \endif
\if :{?DRY_RUN} \set dry_run 'written DRY_RUN' \endif
\if :{?dryrun} \set dry_run 'written dryrun' \endif
\if :{?DRYRUN} \set dry_run 'written DRYRUN' \endif
\if :{?lock_timeout}
\else
select :'limbeck_release'::json ->> 'lock_timeout' as lock_timeout \gset
\endif
\if :{?statement_timeout}
\else
select :'limbeck_release'::json ->> 'statement_timeout' as statement_timeout \gset
\endif
-- Terminal control characters and invisible characters; the marks and joiners of Arabic, Persian and Hebrew are allowed.
select case getdatabaseencoding() when 'UTF8' then '[\u0001-\u001f\u007f-\u009f\u00ad\u034f\u115f\u1160\u180e\u200b\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\U00013430-\U00013455\U000e0000-\U000e007f]' when 'SQL_ASCII' then '[^\x20-\x7e]' else '[\x01-\x1f\x7f-\x9f]' end as limbeck_hidden \gset
select lower(:'dry_run') in ('1', 'on', 'true', 'yes') as limbeck_is_dry_run \gset
select (:'limbeck_release'::json ->> 'title') || case when :'limbeck_is_dry_run'::boolean then ': DRY RUN' else ': APPLY' end
       || ' on database ' || regexp_replace(current_database()::text, :'limbeck_hidden', '?', 'g')
       || ' at ' || coalesce(host(inet_server_addr()) || ' port ' || inet_server_port(), 'the local socket, port ' || current_setting('port'))
       || ' as ' || regexp_replace(current_user::text, :'limbeck_hidden', '?', 'g');

-- Is this the right database? A setting for the transaction still exists in the next statement if a transaction was already open.
-- A busy pooler in transaction mode sends one of these statements to another session.
select set_config('limbeck.probe', clock_timestamp()::text, true) as limbeck_probe \gset
select pg_backend_pid() as limbeck_pids \gset
select :'limbeck_pids' || ' ' || pg_backend_pid() as limbeck_pids \gset
select :'limbeck_pids' || ' ' || pg_backend_pid() as limbeck_pids \gset
select :'limbeck_pids' || ' ' || pg_backend_pid() as limbeck_pids \gset
select :'limbeck_pids' || ' ' || pg_backend_pid() as limbeck_pids \gset
select count(set_config('limbeck.' || name, value, false)) as limbeck_set
  from (values ('release', :'limbeck_release'), ('trust', :'trust'), ('options', json_build_object('dry_run', :'dry_run',
    'is_dry_run', :'limbeck_is_dry_run', 'wait', :'wait', 'expect_db', :'expect_db', 'to', :'to',
    'accept_data_loss', :'accept_data_loss', 'psql', :'VERSION_NUM', 'pids', :'limbeck_pids', 'probe', :'limbeck_probe')::text)) as option (name, value) \gset
select session_user as limbeck_user, current_setting('role') as limbeck_first_role,
       coalesce(:'limbeck_release'::json ->> 'role', current_setting('role')) as limbeck_role \gset
set role :'limbeck_role';
do $limbeck$
declare
  hidden constant text := case getdatabaseencoding() when 'UTF8' then '[\u0001-\u001f\u007f-\u009f\u00ad\u034f\u115f\u1160\u180e\u200b\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\U00013430-\U00013455\U000e0000-\U000e007f]' when 'SQL_ASCII' then '[^\x20-\x7e]' else '[\x01-\x1f\x7f-\x9f]' end;
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
    raise exception 'limbeck: refused: this script requires PostgreSQL % or newer, but this server is %', release ->> 'server', regexp_replace(current_setting('server_version'), hidden, '?', 'g')
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
  if release ->> 'role' is null and current_user <> session_user and exists (select from pg_db_role_setting where setrole = 0 and setdatabase = (select oid from pg_database where datname = current_database())
      and exists (select from unnest(setconfig) as one where one like 'role=%')) then
    raise exception 'limbeck: refused: the database sets the role % for its sessions', regexp_replace(current_user::text, hidden, '?', 'g')
      using hint = 'Reset it (alter database ... reset role), or set `role` in limbeck.yaml.';
  end if;
  -- They would hide objects of the same name, and the reset after each step would drop them.
  if exists (select from pg_class where relnamespace = pg_my_temp_schema()) or exists (select from pg_proc where pronamespace = pg_my_temp_schema())
     or exists (select from pg_type where typnamespace = pg_my_temp_schema()) then
    raise exception 'limbeck: refused: this session has temporary objects'
      using hint = 'Run ' || file || ' in a new session.';
  end if;
  if options ->> 'expect_db' not in ('', current_database()) then
    raise exception 'limbeck: refused: this is the database %, but % was expected', regexp_replace(current_database()::text, hidden, '?', 'g'), regexp_replace(options ->> 'expect_db', hidden, '?', 'g')
      using hint = 'Connect to the expected database, or give another name with -v expect_db=NAME.';
  end if;
  if lower(options ->> 'dry_run') not in ('', '0', 'off', 'false', 'no', '1', 'on', 'true', 'yes') then
    raise exception 'limbeck: refused: dry_run is %, but must be 0 or 1', regexp_replace(options ->> 'dry_run', hidden, '?', 'g');
  end if;
  if options ->> 'wait' !~ '^[0-9]{0,6}$' then
    raise exception 'limbeck: refused: wait is %, but must be a number of seconds', regexp_replace(options ->> 'wait', hidden, '?', 'g');
  end if;
  if not (release ->> 'makes_home')::boolean and to_regnamespace(quote_ident(home)) is null then
    raise exception 'limbeck: refused: there is no schema %', home
      using hint = format('Create it first: create schema %I;', home);
  end if;
  for missing in
-- The rights that the release needs before its first step and that the role of this session does not have: a word for the kind
-- of object, a sentence, and advice. Objects that do not exist yet need no rights.
with needed (rights) as (
  select current_setting('limbeck.release')::json -> 'rights'
), owned (word, name, owner) as (
  select word, name, case word when 'type' then (select typowner from pg_type where oid = to_regtype(name))
      -- If several functions have this name, the release may mean any of them.
      when 'function' then (select case when bool_or(pg_has_role(p.proowner, 'usage')) then null else min(p.proowner) end from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where array[n.nspname, p.proname]::text[] = parse_ident(name))
      else (select relowner from pg_class where oid = to_regclass(name)) end
    from needed, json_each(rights -> 'owned') as kind (word, names), json_array_elements_text(names) as name
)
select word, format('the role %s does not own every %s that this release changes: %s', current_user, word, string_agg(format('%s (%s)', name, pg_get_userbyid(owner)), ', ' order by name)) as what,
    'Connect as the owner or as a member of that role, or set `role` in limbeck.yaml, so that the script switches to it.' as hint
  from owned where not pg_has_role(owner, 'usage') group by word
union all
select 'schema', format('the role %s may not create anything in schema %s', current_user, string_agg(name, ', ' order by name)),
    format('Connect as another role, or run: grant create on schema %s to %I;', string_agg(name, ', ' order by name), current_user)
  from needed, json_array_elements_text(rights -> 'creates_in') as name
 where to_regnamespace(name) is not null and not has_schema_privilege(to_regnamespace(name)::oid, 'create') having count(*) > 0
union all
select 'database', format('the role %s may not create schemas in this database, but the release creates %s', current_user, string_agg(name, ', ' order by name)),
    format('Connect as another role, or run: grant create on database %I to %I;', current_database(), current_user)
  from needed, json_array_elements_text(rights -> 'makes_schemas') as name
 where to_regnamespace(name) is null and not has_database_privilege(current_database(), 'create') having count(*) > 0
union all
select 'rows', format('the role %s may not change rows of %s', current_user, string_agg(name, ', ' order by name)),
    format('Connect as the owner, or run: grant select, insert, update, delete on %s to %I;', string_agg(name, ', ' order by name), current_user)
  from needed, json_each(rights -> 'changes_rows') as verb (verb, names), json_array_elements_text(names) as name
 where not case verb when 'update' then has_any_column_privilege(to_regclass(name)::oid, 'update') else has_table_privilege(to_regclass(name)::oid, 'insert, update, delete') end having count(*) > 0

  loop
    raise exception 'limbeck: refused: %', regexp_replace(missing.what, hidden, '?', 'g')
      using hint = regexp_replace(missing.hint, hidden, '?', 'g');
  end loop;
end
$limbeck$;

-- Can the database represent all characters of the steps?
do $limbeck$
declare
  one record;
  places text[] := '{}';
begin
  -- A statement with characters that the server cannot represent would stop the script halfway.
  for one in select it ->> 0 as bytes, it ->> 1 as place from json_array_elements(current_setting('limbeck.release')::json -> 'characters') as it loop
    begin
      perform convert_from(decode(one.bytes, 'hex'), 'UTF8');
    exception when untranslatable_character or character_not_in_repertoire or undefined_function or feature_not_supported then
      places := places || one.place;
    end;
  end loop;
  if places <> '{}' then
    raise exception 'limbeck: refused: the encoding % of this database cannot represent %', getdatabaseencoding(),
        array_to_string(places[1:5], '; ') || case when cardinality(places) > 5 then format('; and %s other characters', cardinality(places) - 5) else '' end
      using hint = 'Nothing was changed. Write these statements without these characters, or use a database with the encoding UTF8.';
  end if;
end
$limbeck$;

-- One run at a time.
do $limbeck$
declare
  hidden constant text := case getdatabaseencoding() when 'UTF8' then '[\u0001-\u001f\u007f-\u009f\u00ad\u034f\u115f\u1160\u180e\u200b\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\U00013430-\U00013455\U000e0000-\U000e007f]' when 'SQL_ASCII' then '[^\x20-\x7e]' else '[\x01-\x1f\x7f-\x9f]' end;
  release constant json := current_setting('limbeck.release')::json;
  options constant json := current_setting('limbeck.options')::json;
  began constant timestamptz := clock_timestamp();
  -- The session of a run that has just failed may need a moment to end.
  patience constant interval := make_interval(secs => coalesce(nullif(options ->> 'wait', '')::integer, 2));
  number constant bigint := (release ->> 'lock')::bigint;
  holder record;
begin
  perform set_config('application_name', release ->> 'title', false);
  if exists (select from pg_locks l where l.pid = pg_backend_pid() and l.locktype = 'advisory' and l.granted and l.classid::bigint = number >> 32 & 4294967295 and l.objid::bigint = number & 4294967295 and l.objsubid = 1) then
    return;
  end if;
  while not pg_try_advisory_lock(number) loop
    if clock_timestamp() >= began + patience then
      select l.pid, format('process %s of %s (%s, %s%s)', l.pid, a.usename, coalesce(nullif(a.application_name, ''), 'no application name'),
          coalesce(a.state, 'state not visible to this role'), ', connected since ' || date_trunc('second', a.backend_start)) as words into holder
        from pg_locks l join pg_stat_activity a using (pid)
       where l.locktype = 'advisory' and l.granted and l.classid::bigint = number >> 32 & 4294967295 and l.objid::bigint = number & 4294967295 and l.objsubid = 1
         and l.database = (select oid from pg_database where datname = current_database());
      raise exception 'limbeck: refused: another run is in progress on this database: %', coalesce(regexp_replace(holder.words, hidden, '?', 'g'), 'it has just ended')
        using hint = format('Wait until it has ended and run the same file again, or make this run wait: -v wait=SECONDS. Any role can hold this lock. To see what that process does: select * from pg_stat_activity where pid = %1$s. If it is not a run, or was left idle in a pooler, end it: select pg_terminate_backend(%1$s).', holder.pid);
    end if;
    -- Without a commit this session would keep an old snapshot, which others would wait for.
    commit;
    perform pg_sleep(0.2);
  end loop;
end
$limbeck$;

-- Where is the database, and what is left to do?
do $limbeck$
declare
  hidden constant text := case getdatabaseencoding() when 'UTF8' then '[\u0001-\u001f\u007f-\u009f\u00ad\u034f\u115f\u1160\u180e\u200b\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\U00013430-\U00013455\U000e0000-\U000e007f]' when 'SQL_ASCII' then '[^\x20-\x7e]' else '[\x01-\x1f\x7f-\x9f]' end;
  release constant jsonb := current_setting('limbeck.release')::jsonb;
  options constant json := current_setting('limbeck.options')::json;
  number constant bigint := (release ->> 'lock')::bigint;
  is_upgrade constant boolean := release ->> 'way' = 'upgrade';
  is_dry_run constant boolean := (options ->> 'is_dry_run')::boolean;
  accepts constant text := release ->> 'accepts';
  versions constant text := release ->> 'versions';
  progress constant text := release ->> 'progress';
  starts_at_base constant boolean := (release ->> 'starts_at_base')::boolean;
  -- The revisions where the database may be, in the order of the upgrade; how many of these are before all steps; what each
  -- needs, last first; the parts of each.
  nodes constant text[] := array(select jsonb_array_elements_text(release -> 'nodes'));
  below constant integer := (release ->> 'below')::integer;
  child constant integer[] := array(select it::integer from jsonb_array_elements_text(release -> 'child') as it);
  parent constant integer[] := array(select it::integer from jsonb_array_elements_text(release -> 'parent') as it);
  parts constant integer[] := array(select it::integer from jsonb_array_elements_text(release -> 'parts') as it);
  -- Why steps cannot be rolled back, by revision.
  irreversible constant jsonb := release -> 'irreversible';
  count constant integer := cardinality(nodes);
  present text[] := '{}';
  here text;
  applied boolean[] := array_fill(false, array[count]);
  covered boolean[] := array_fill(false, array[count]);
  wanted boolean[] := array_fill(is_upgrade, array[count]);
  reached boolean := starts_at_base;
  goal text := options ->> 'to';
  half text;
  half_way text;
  half_part integer := 0;
  todo text[] := '{}';
  steps text[] := '{}';
  target text[] := '{}';
  id text;
  at integer;
  is_left boolean;
  tested oid;
  odd text;
  -- Only tables that were checked are read: something else may have been put in their place in between.
  readable text[] := '{}';
begin
  if not exists (select from pg_locks l where l.pid = pg_backend_pid() and l.locktype = 'advisory' and l.granted and l.classid::bigint = number >> 32 & 4294967295 and l.objid::bigint = number & 4294967295 and l.objsubid = 1) then
    raise exception 'limbeck: refused: this connection switches sessions between transactions'
      using hint = 'The cause is a pooler in transaction mode: connect directly to the server, and run the same file again.';
  end if;

  -- The version table and limbeck_progress are read only if that runs no code of other roles.
  foreach id in array array[versions, progress] loop
    if to_regclass(id) is not null then
      tested := to_regclass(id);
      if exists (select from pg_class where oid = tested and relkind = 'r') then
        -- Until the end of the transaction, nobody can replace the table or create an index or statistics on it.
        execute format('lock table %s in share update exclusive mode', id);
        tested := to_regclass(id);
      end if;
      odd := coalesce((
-- Why the table `tested` (an oid) is not an ordinary table, as words after its name; empty for an ordinary table, which runs no
-- code of other roles. No row if the table no longer exists. Reading a view runs its functions. Planning a query on a table
-- computes the constants in its indexes and statistics on expressions (RelationGetIndexExpressions in relcache.c,
-- get_relation_statistics in plancat.c). Changing a row runs triggers, checks, domains, defaults and keys.
select coalesce(
    case c.relkind when 'r' then null when 'v' then 'is a view' when 'm' then 'is a materialized view' when 'f' then 'is a foreign table'
      when 'p' then 'is a partitioned table' when 'S' then 'is a sequence' else 'is not a table' end,
    case when c.relispartition then 'is a partition of a table' when c.relpersistence = 't' then 'is temporary' end,
    (select 'inherits from a table' from pg_inherits where inhrelid = c.oid limit 1),
    (select 'has a table that inherits from it' from pg_inherits where inhparent = c.oid limit 1),
    (select 'has the column ' || a.attname || ' of the type ' || format_type(a.atttypid, a.atttypmod) from pg_attribute a join pg_type t on t.oid = a.atttypid
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and (t.typtype <> 'b' or t.typnamespace <> 'pg_catalog'::regnamespace) order by a.attnum limit 1),
    (select 'has the trigger ' || tgname from pg_trigger where tgrelid = c.oid and not tgisinternal order by tgname limit 1),
    (select 'has the rule ' || rulename from pg_rewrite where ev_class = c.oid order by rulename limit 1),
    case when c.relrowsecurity or c.relforcerowsecurity then 'has row security' end,
    (select 'has row security' from pg_policy where polrelid = c.oid limit 1),
    (select 'has ' || case contype when 'c' then 'the check ' when 'f' then 'the foreign key ' else 'the constraint ' end || conname from pg_constraint
      where conrelid = c.oid and contype not in ('p', 'u', 'n') order by conname limit 1),
    -- A foreign key has triggers on this table, which are found by an index.
    (select 'is referenced by the foreign key ' || k.conname || ' of ' || k.conrelid::regclass from pg_trigger t join pg_constraint k on k.oid = t.tgconstraint
      where t.tgrelid = c.oid and k.confrelid = c.oid and k.contype = 'f' order by k.conname limit 1),
    (select 'has the generated column ' || attname from pg_attribute where attrelid = c.oid and attgenerated <> '' order by attnum limit 1),
    -- The name of a built-in type contains no dot.
    (select 'has the default ' || pg_get_expr(adbin, adrelid) || ', which is not a constant,' from pg_attrdef where adrelid = c.oid
      and pg_get_expr(adbin, adrelid) !~ '^[(]?(''([^'']|'''')*''|-?[0-9.]+|NULL|true|false)[)]?(::[a-z ]+([(][0-9, ]+[)])?)*$' order by adnum limit 1),
    (select 'has the index ' || indexrelid::regclass || ' with an expression or a predicate' from pg_index where indrelid = c.oid
      and (indexprs is not null or indpred is not null) order by indexrelid limit 1),
    (select 'has the index ' || indexrelid::regclass || ' with the operator class ' || opcname from pg_index join pg_opclass o on o.oid = any (indclass::oid[])
      where indrelid = c.oid and opcnamespace <> 'pg_catalog'::regnamespace order by indexrelid limit 1),
    -- Before version 14 this column does not exist.
    (select 'has the statistics ' || stxname || ' on an expression' from pg_statistic_ext s where stxrelid = c.oid and to_json(s) ->> 'stxexprs' is not null order by stxname limit 1),
    case when c.relowner <> quote_ident(current_user)::regrole and c.relowner <> all (array(
-- The roles that may own objects that a script depends on: the role that runs it, the roles that this role is a member of, the
-- owners of the database and the schema, superusers, and the roles that the DBA names. That a superuser is a member of every
-- role does not count. A membership counts if a superuser granted it or, unless the script runs as a superuser, a role with
-- CREATEROLE or the owner of the database: otherwise the administrator of a group could add the role that runs the script to it.
-- Memberships in predefined roles do not count.
with recursive member (role) as (
    select r.oid from pg_roles r where r.rolname in (current_user, session_user)
  union
    select m.roleid from member join pg_auth_members m on m.member = member.role join pg_roles g on g.oid = m.grantor
     where m.roleid >= 16384 and (g.rolsuper or not exists (select from pg_roles where rolname in (current_user, session_user) and rolsuper)
       and (g.rolcreaterole or g.oid = (select datdba from pg_database where datname = current_database())))
)
select role from member
union select datdba from pg_database where datname = current_database()
union select oid from pg_roles where rolsuper
-- Another name for the owner of the database; it has no other members.
union select oid from pg_roles where rolname = 'pg_database_owner'
union select oid from pg_roles where 'role ' || quote_ident(rolname) = any (regexp_split_to_array(btrim(current_setting('limbeck.trust', true)), '\s*;\s*'))
  and not exists (select from pg_db_role_setting, unnest(setconfig) as one where one = 'limbeck.trust=' || current_setting('limbeck.trust', true))
union select nspowner from pg_namespace where oid = c.relnamespace))
      then 'belongs to the role ' || quote_ident(pg_get_userbyid(c.relowner)) || ', which is not your role, a role that a superuser granted you, or the owner of the database or the schema: change the owner, or trust the role by name (role ' || quote_ident(pg_get_userbyid(c.relowner)) || ')' end, '')
  from pg_class c where c.oid = tested
      ), 'no longer exists');
      if odd <> '' then
        raise exception 'limbeck: refused: % %', id, regexp_replace(odd, hidden, '?', 'g')
          using hint = 'The version table and limbeck_progress must be ordinary tables, so that reading them runs no code. Find out who created this one, or set version_table in limbeck.yaml.';
      end if;
      readable := readable || id;
    end if;
  end loop;

  -- The version rows.
  if versions = any (readable) then
    execute format('select coalesce(array_agg(coalesce(version_num::text, ''null'') order by version_num::text collate "C"), ''{}'') from %s', versions) into present;
  elsif exists (select from pg_class where relname = release ->> 'version_table' and relkind in ('r', 'p')) then
    select string_agg(regexp_replace(relnamespace::regnamespace::text, hidden, '?', 'g'), ', ' order by relnamespace::regnamespace::text) into id
      from pg_class where relname = release ->> 'version_table' and relkind in ('r', 'p');
    raise exception 'limbeck: refused: there is no version table %, but there is one in the schema %', versions, id
      using hint = format('Set version_table_schema in limbeck.yaml to that schema. If that table belongs to another application, create an empty one: create table %s (version_num character varying(32) not null primary key);', versions);
  elsif not starts_at_base then
    raise exception 'limbeck: refused: there is no version table %', versions using hint = accepts;
  end if;
  here := coalesce(nullif(regexp_replace(array_to_string(present, ', '), hidden, '?', 'g'), ''), 'base');

  -- The revisions that have run, according to the rows.
  foreach id in array present loop
    at := array_position(nodes, id);
    if at is null then
      raise exception 'limbeck: refused: the database is at %, which is not part of this script', here using hint = accepts;
    end if;
    applied[at] := true;
  end loop;
  for i in 1 .. cardinality(child) loop
    if applied[child[i]] then
      applied[parent[i]] := true;
      covered[parent[i]] := true;
    end if;
  end loop;
  if cardinality(present) > (select count(distinct one) from unnest(present) as one) then
    raise exception 'limbeck: refused: the version table % contains a duplicate row: %', versions, here
      using hint = 'Delete one of the two rows, and add the primary key to the table again.';
  end if;
  foreach id in array present loop
    if covered[array_position(nodes, id)] then
      raise exception 'limbeck: refused: the version table % contains %, of which % is an ancestor of another', versions, here, id
        using hint = 'A row also stands for all ancestors of its revision: delete the row of the ancestor if the later revision has really run.';
    end if;
  end loop;
  for at in select it::integer from jsonb_array_elements_text(release -> 'starts') as it loop
    reached := reached or applied[at];
  end loop;
  if not reached then
    raise exception 'limbeck: refused: the database is at %, which is before the start of this script', here using hint = accepts;
  end if;

  -- The target of `-v to=`: a revision, or a release in between. Wanted are the target and everything that it needs.
  if goal = '' and not is_upgrade then
    goal := release ->> 'goal';
    if goal is null then
      raise exception 'limbeck: refused: this release has several starting points: %', release ->> 'origins'
        using hint = format('Choose the one to go back to, for example -v to=%s.', split_part(release ->> 'origins', ', ', 1));
    end if;
  end if;
  if goal <> '' and not (goal = 'base' and not is_upgrade and starts_at_base) then
    at := coalesce(array_position(nodes, goal), (release -> 'points' ->> goal)::integer);
    if at is null then
      raise exception 'limbeck: refused: % is not part of this script', regexp_replace(goal, hidden, '?', 'g')
        using hint = 'Write one of these after -v to=: ' || array_to_string(nodes, ', ') || '.';
    end if;
    wanted := array_fill(false, array[count]);
    wanted[at] := true;
    for i in 1 .. cardinality(child) loop
      if wanted[child[i]] then
        wanted[parent[i]] := true;
      end if;
    end loop;
  end if;

  -- What an earlier run left half done.
  if progress = any (readable) then
    execute format('select revision, direction, least(part, 32767) from %s limit 1', progress) into half, half_way, half_part;
    if half is not null and array_position(nodes, half) is null then
      raise exception 'limbeck: refused: revision % is half done (see %), but is not part of this script', regexp_replace(half, hidden, '?', 'g'), progress
        using hint = 'Finish it with the script that started it, and then run this one.';
    end if;
    if half_way <> 'upgrade' and is_upgrade then
      raise exception 'limbeck: refused: the rollback of revision % is half done', half
        using hint = case when array_position(nodes, half) > below then 'Finish it with rollback.sql of this bundle; then run this script from there.'
          else format('Finish it with the rollback.sql that started it, from a release that contains the step %s; then run this script from there.', half) end;
    end if;
    if half_way = 'upgrade' and not is_upgrade then
      -- This many parts of the rollback have nothing to undo.
      half_part := (release -> 'skips' -> half ->> half_part)::integer;
      if half_part is null then
        raise exception 'limbeck: refused: the upgrade of revision % is half done, but its downgrade requires all of it', half
          using hint = format('Finish it first: run upgrade.sql of this bundle with -v to=%s, and then run this file again.', half);
      end if;
    end if;
  end if;

  -- The steps that are left: a character for each step, and for each part of those that have several.
  for number_of_step in 1 .. count - below loop
    at := case when is_upgrade then below + number_of_step else count - number_of_step + 1 end;
    if is_upgrade then
      is_left := wanted[at] and not applied[at];
    else
      is_left := not wanted[at] and (applied[at] or half is not distinct from nodes[at]);
    end if;
    todo := todo || case when is_left then '1' else '0' end::text;
    if parts[at] > 1 then
      for part in 1 .. parts[at] loop
        todo := todo || case when is_left and (half is distinct from nodes[at] or part > half_part) then '1' else '0' end::text;
      end loop;
    end if;
    continue when not is_left;
    steps := steps || number_of_step::text;
    applied[at] := is_upgrade;
    -- A half-done revision comes first.
    if cardinality(steps) = 1 and half = nodes[at] then
      half := null;
    end if;
    if irreversible ? nodes[at] then
      raise exception 'limbeck: refused: revision % cannot be rolled back: %', nodes[at], irreversible ->> nodes[at]
        using hint = format('You can go back as far as %1$s: -v to=%1$s', nodes[at]);
    end if;
  end loop;
  if half is not null then
    raise exception 'limbeck: refused: revision % is half done, but it is not the next step of this script', half
      using hint = 'Finish it with the script that started it, and then run this one.';
  end if;

  -- The rows at the end: the revisions that have run by then and are not ancestors of others.
  covered := array_fill(false, array[count]);
  for i in 1 .. cardinality(child) loop
    if applied[child[i]] then
      covered[parent[i]] := true;
    end if;
  end loop;
  select coalesce(array_agg(n.id order by n.id collate "C"), '{}') into target
    from unnest(nodes, applied, covered) as n (id, applied, covered) where n.applied and not n.covered;
  perform set_config('limbeck.rows', present::text, false),
          set_config('limbeck.target', target::text, false),
          set_config('limbeck.todo', array_to_string(todo, ''), false),
          set_config('limbeck.steps', steps::text, false),
          set_config('limbeck.left', cardinality(steps)::text, false),
          set_config('limbeck.here', here, false),
          set_config('limbeck.end', case
            when cardinality(steps) = 0 then 'nothing to do: the database is at ' || here
            when is_dry_run then 'dry run: nothing was changed, the database is at ' || here
            else 'complete: the database is at ' || coalesce(nullif(array_to_string(target, ', '), ''), 'base')
          end, false);
end
$limbeck$;

-- Would code of other roles run instead of built-in functions and operators?
do $limbeck$
declare
  hidden constant text := case getdatabaseencoding() when 'UTF8' then '[\u0001-\u001f\u007f-\u009f\u00ad\u034f\u115f\u1160\u180e\u200b\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\U00013430-\U00013455\U000e0000-\U000e007f]' when 'SQL_ASCII' then '[^\x20-\x7e]' else '[\x01-\x1f\x7f-\x9f]' end;
  release constant json := current_setting('limbeck.release')::json;
  home constant text := release ->> 'home';
  schemas constant text[] := array(select json_array_elements_text(release -> 'schemas'));
  own_schemas constant text[] := array(select json_array_elements_text(release -> 'own_schemas'));
  sought constant text[] := array(select json_array_elements_text(release -> 'sought'));
  touched constant text[] := array(select json_array_elements_text(release -> 'touched'));
  paths constant text[] := array(select json_array_elements_text(release -> 'paths'));
  routines constant text[] := array(select json_array_elements_text(release -> 'routines'));
  adopted constant text[] := array(select json_array_elements_text(release -> 'adopted'));
  spoken constant text[] := array(select json_array_elements_text(release -> 'words'));
  known_types constant text[] := array(select json_array_elements_text(release -> 'known_types'));
  known_views constant text[] := array(select json_array_elements_text(release -> 'known_views'));
  known text[] := array(select json_array_elements_text(release -> 'known'));
  adopted_schemas constant text[] := array(select json_array_elements_text(release -> 'adopted_schemas'));
  owners constant text[] := array(select json_array_elements_text(release -> 'owners'));
  trusting constant text := release ->> 'trusting';
  nodes text[];
  child integer[];
  parent integer[];
  applied boolean[];
  trust constant text := coalesce(current_setting('limbeck.trust', true), '');
  jit constant text := current_setting('jit');
  odd record;
  here constant text[] := coalesce(nullif(current_setting('limbeck.rows', true), ''), '{}');
begin
-- The objects of the history when the version rows are `here`, a variable: what was created up to there, or exactly there.
if release -> 'made' is not null then
  nodes := array(select json_array_elements_text(release -> 'nodes'));
  child := array(select it::integer from json_array_elements_text(release -> 'child') as it);
  parent := array(select it::integer from json_array_elements_text(release -> 'parent') as it);
  applied := array(select one = any (here) from unnest(nodes) with ordinality as it (one, place) order by place);
  for i in 1 .. cardinality(child) loop
    if applied[child[i]] then
      applied[parent[i]] := true;
    end if;
  end loop;
  known := known || array(select json_array_elements_text(it -> 1) from json_array_elements(release -> 'made') as it where applied[(it ->> 0)::integer]);
end if;
if json_typeof(release -> 'known_rows') = 'array' and here = array(select json_array_elements_text(release -> 'known_rows')) then
  known := array(select json_array_elements_text(release -> 'known_there'));
end if;

  -- Names of functions are compared as the server prints them. JIT compilation would take 200 times as long as running the query.
  perform set_config('quote_all_identifiers', 'off', true), set_config('jit', 'off', true);
  for odd in
-- Code that could run instead of the intended code, with the rights of the role that runs the script. Rows of `what`, a sentence
-- without its end, and `hint`. All variables contain names: `home` is the schema of unqualified names, `own_schemas` are this one
-- and those of the objects of the history, `schemas` are others that the history works in, `paths` those in a search_path,
-- `sought` those that it may look for before it uses them, `routines` the functions and operators that it creates, `spoken` all
-- names and operators that it uses, `touched` those at the place of a relation, `known` the relations of the history, `adopted`
-- the objects that it creates only if they do not exist, `adopted_schemas` the schemas among these, `owners` the roles that it
-- gives objects or schemas to. `trust` is what the DBA trusts, and `trusting` how to write that.
--
-- PostgreSQL chooses the overload whose types fit best, even though pg_catalog comes first (section 10.3 of its documentation),
-- and a type name can be called like a function. Objects of the history or of an extension are accepted if their owner is
-- trusted: the owner of an extension can add a function to it.
with recursive trusted (role) as materialized (
-- The roles that may own objects that a script depends on: the role that runs it, the roles that this role is a member of, the
-- owners of the database and the schema, superusers, and the roles that the DBA names. That a superuser is a member of every
-- role does not count. A membership counts if a superuser granted it or, unless the script runs as a superuser, a role with
-- CREATEROLE or the owner of the database: otherwise the administrator of a group could add the role that runs the script to it.
-- Memberships in predefined roles do not count.
with recursive member (role) as (
    select r.oid from pg_roles r where r.rolname in (current_user, session_user)
  union
    select m.roleid from member join pg_auth_members m on m.member = member.role join pg_roles g on g.oid = m.grantor
     where m.roleid >= 16384 and (g.rolsuper or not exists (select from pg_roles where rolname in (current_user, session_user) and rolsuper)
       and (g.rolcreaterole or g.oid = (select datdba from pg_database where datname = current_database())))
)
select role from member
union select datdba from pg_database where datname = current_database()
union select oid from pg_roles where rolsuper
-- Another name for the owner of the database; it has no other members.
union select oid from pg_roles where rolname = 'pg_database_owner'
union select oid from pg_roles where 'role ' || quote_ident(rolname) = any (regexp_split_to_array(btrim(current_setting('limbeck.trust', true)), '\s*;\s*'))
  and not exists (select from pg_db_role_setting, unnest(setconfig) as one where one = 'limbeck.trust=' || current_setting('limbeck.trust', true))
union select oid from pg_roles where rolname = any (owners)
), space as materialized (
  -- Any word of the history may be the name of a schema. Who may create objects matters only in those that it certainly uses.
  select n.oid, n.nspname as name, n.nspowner as owner, n.nspname = home as is_home, p.is_on_path, p.is_on_path or n.nspname = any (spoken) and 'search_path' = any (spoken) as may_be_on_path,
      it.is_meant, n.nspname = any (own_schemas) as is_own,
      -- The history does not call objects of the owner in a schema that it neither uses nor looks for.
      n.nspname = any (own_schemas) or not it.is_meant and n.nspname <> all (sought) as is_owners, coalesce(n.nspacl, acldefault('n', n.nspowner)) as acl
    from pg_namespace n, lateral (select n.nspname = home or n.nspname = any (paths) or '$user' = any (paths) and n.nspname in (current_user, session_user)
          -- The search_path of the session, which code can return to.
          or array['search_path', 'reset', 'discard'] && spoken and (select n.nspname = any (names) or '$user' = any (names) and n.nspname in (current_user, session_user)
            from (select array(select btrim(one, ' "') from unnest(string_to_array(reset_val, ',')) as one)) as it (names)) as is_on_path
        from pg_settings where name = 'search_path') as p,
      lateral (select p.is_on_path or n.nspname = any (schemas) or n.nspname = any (adopted_schemas) as is_meant) as it
   where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and (it.is_meant or n.nspname = any (spoken))
), routine as materialized (
  select p.oid, 'pg_proc'::regclass as catalog, p.proname as name, p.pronamespace as space, p.proowner as role from pg_proc p
  union all
  select o.oid, 'pg_operator'::regclass, o.oprname, o.oprnamespace, o.oprowner from pg_operator o
), own (name) as materialized (
  -- Objects with an oid from 16384 on were created after initdb.
  select r.name from routine r where r.space = 'pg_catalog'::regnamespace and r.oid < 16384
  union select t.typname from pg_type t where t.typnamespace = 'pg_catalog'::regnamespace and t.oid < 16384
), own_relation (oid) as materialized (
  select to_regclass(name)::oid from unnest(known) as k (name) where to_regclass(name) is not null
), own_relation_owner (role) as materialized (
  select distinct c.relowner from own_relation r join pg_class c on c.oid = r.oid
), edge (source, target) as materialized (
  -- Relations whose rows are deleted or changed with the rows of another relation.
  select f.confrelid, f.conrelid from pg_constraint f where f.contype = 'f'
     and (f.confdeltype in ('c', 'n', 'd') or f.confupdtype in ('c', 'n', 'd') or 'truncate' = any (spoken))
  union select i.inhparent, i.inhrelid from pg_inherits i
  -- The partition key of the table decides which rows a partition accepts.
  union select i.inhrelid, i.inhparent from pg_inherits i join pg_class c on c.oid = i.inhrelid where c.relispartition
  -- Relations that policies and views read.
  union select p.polrelid, d.refobjid from pg_policy p join pg_depend d on d.classid = 'pg_policy'::regclass and d.objid = p.oid and d.refclassid = 'pg_class'::regclass
  union select w.ev_class, d.refobjid from pg_rewrite w join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refclassid = 'pg_class'::regclass where w.oid >= 16384
), acting (oid, is_reached) as (
  -- Relations that statements of the history may touch: those that it knows or names, and those that depend on them.
  select oid, false from own_relation
  union
  select c.oid, s.is_meant and c.relname = any (touched) from pg_class c join space s on s.oid = c.relnamespace
   where c.relname = any (spoken) and c.relkind in ('r', 'p', 'v', 'm', 'f')
  union
  -- A change of a type also changes its typed tables.
  select c.oid, true from pg_class c join pg_type t on t.oid = c.reloftype where t.typname = any (spoken)
  union
  select c.oid, true from acting r join edge e on e.source = r.oid and e.target <> r.oid join pg_class c on c.oid = e.target
   where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relnamespace <> 'pg_catalog'::regnamespace
), asked (oid, is_reached) as (
  select oid, is_reached from acting
  union
  -- Foreign keys are checked by queries on the other table. These are planned as its owner, but in this session, whose deferred
  -- triggers run as the role that runs the script.
  select f.conrelid, false from acting r join pg_constraint f on f.confrelid = r.oid where f.contype = 'f'
  union
  select f.confrelid, false from acting r join pg_constraint f on f.conrelid = r.oid where f.contype = 'f'
), named (class, object, word) as materialized (
  -- Objects of trusted roles that the history calls, casts to, or uses as the type of a column.
  select r.catalog, r.oid, case when r.catalog = 'pg_operator'::regclass then 'operator ' || r.oid::regoperator::text else 'routine ' || r.oid::regprocedure::text end
    from routine r join space s on s.oid = r.space where r.oid >= 16384 and r.name = any (spoken) and r.role in (select role from trusted)
  union all
  select 'pg_type'::regclass, t.oid, 'type ' || t.oid::regtype
    from pg_type t join space s on s.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
   where t.typname = any (spoken) and coalesce(c.relkind = 'c', true) and t.typowner in (select role from trusted)
),
-- The code of other roles in the relations of `asked` (oid), for `with recursive`. Rows of `held`: the relation, a word for what
-- contains the code, its owner, whether the server runs it while it plans a query (`get_relation_info`: it computes the constants
-- in the expressions of indexes, statistics, checks, policies and partition keys, and expands views), whether it is a trigger
-- that anybody with the right TRIGGER may have created, whether that runs a string as SQL, and what it runs. `trusted` (role) are
-- the roles whose code may run. The same for `named` (class, object, word), which belong to no relation and have 0 for it.
holder (oid, class, object, is_planned, word, tree) as (
  select a.oid, 'pg_class'::regclass, a.oid, true, case c.relkind when 'v' then 'view ' when 'm' then 'materialized view ' when 'f' then 'foreign table ' else 'table ' end || a.oid::regclass, null::text
    from asked a join pg_class c on c.oid = a.oid
  union all select a.oid, 'pg_class'::regclass, i.indexrelid, true, 'index ' || i.indexrelid::regclass, concat(i.indexprs::text, i.indpred::text) from asked a join pg_index i on i.indrelid = a.oid
  union all select a.oid, 'pg_statistic_ext'::regclass, s.oid, true, 'statistics ' || quote_ident(s.stxname) || ' of ' || a.oid::regclass, null
    from asked a join pg_statistic_ext s on s.stxrelid = a.oid
  union all select a.oid, 'pg_constraint'::regclass, k.oid, true, 'constraint ' || quote_ident(k.conname) || ' of ' || a.oid::regclass, k.conbin::text
    from asked a join pg_constraint k on k.conrelid = a.oid where k.contype in ('c', 'x')
  union all select a.oid, 'pg_policy'::regclass, p.oid, true, 'policy ' || quote_ident(p.polname) || ' of ' || a.oid::regclass, concat(p.polqual::text, p.polwithcheck::text) from asked a join pg_policy p on p.polrelid = a.oid
  union all select a.oid, 'pg_rewrite'::regclass, r.oid, true, case c.relkind when 'v' then 'view ' when 'm' then 'materialized view ' else 'rule ' || quote_ident(r.rulename) || ' of ' end || a.oid::regclass, concat(r.ev_qual::text, r.ev_action::text)
    from asked a join pg_class c on c.oid = a.oid join pg_rewrite r on r.ev_class = a.oid
  union all select a.oid, 'pg_attrdef'::regclass, d.oid, c.attgenerated <> '', 'column ' || quote_ident(c.attname) || ' of ' || a.oid::regclass, d.adbin::text
    from asked a join pg_attrdef d on d.adrelid = a.oid join pg_attribute c on c.attrelid = d.adrelid and c.attnum = d.adnum
  union all select a.oid, 'pg_trigger'::regclass, g.oid, false, 'trigger ' || quote_ident(g.tgname) || ' of table ' || a.oid::regclass, concat(g.tgqual::text, ':funcid ' || g.tgfoid)
    from asked a join pg_trigger g on g.tgrelid = a.oid where not g.tgisinternal
), owned (class, oid, role) as (
  select 'pg_proc'::regclass, p.oid, p.proowner from pg_proc p
  union all select 'pg_operator'::regclass, o.oid, o.oprowner from pg_operator o
  union all select 'pg_opclass'::regclass, o.oid, o.opcowner from pg_opclass o
  union all select 'pg_opfamily'::regclass, o.oid, o.opfowner from pg_opfamily o
  union all select 'pg_type'::regclass, t.oid, t.typowner from pg_type t where t.typtype in ('d', 'r', 'm')
  union all select 'pg_class'::regclass, c.oid, c.relowner from pg_class c where c.relkind in ('r', 'p', 'v', 'm', 'f')
), part_type (oid, word, is_planned, type) as (
  -- The types of rows, of columns and in expressions, and the types that these consist of. Built-in types consist of built-in types.
  select a.oid, 'row of ' || a.oid::regclass, true, c.reltype from asked a join pg_class c on c.oid = a.oid where c.reltype >= 16384
  union
  select a.oid, 'column ' || quote_ident(c.attname) || ' of ' || a.oid::regclass, true, c.atttypid
    from asked a join pg_attribute c on c.attrelid = a.oid and c.attnum > 0 and not c.attisdropped where c.atttypid >= 16384
  union
  select h.oid, h.word, h.is_planned, m.numbers[1]::oid from holder h, lateral regexp_matches(h.tree, ':\w*[tT]ype(?:id)? (\d+)', 'g') as m (numbers) where m.numbers[1]::oid >= 16384
  union
  -- Lists of numbers, for example the column types that a function returns.
  select h.oid, h.word, h.is_planned, t.oid from holder h, lateral regexp_matches(h.tree, '\(o ([0-9 ]+)\)', 'g') as m (lists), regexp_split_to_table(m.lists[1], ' ') as n (number) join pg_type t on t.oid = n.number::oid where t.oid >= 16384
  union
  select 0, n.word, true, n.object from named n where n.class = 'pg_type'::regclass
  union
  select p.oid, p.word, p.is_planned, x.type from part_type p join pg_type t on t.oid = p.type, lateral (
      select t.typelem union all select t.typbasetype union all select r.rngsubtype from pg_range r where r.rngtypid = t.oid
      union all select f.atttypid from pg_attribute f where f.attrelid = t.typrelid and t.typrelid <> 0 and f.attnum > 0 and not f.attisdropped) as x (type)
   where x.type >= 16384
), used (oid, word, is_planned, class, object) as (
  -- What those consist of: the functions of operators and types, the checks and defaults of domains, casts, members of families.
  select h.oid, h.word, h.is_planned, h.class, h.object from holder h
  union
  select p.oid, p.word, p.is_planned, 'pg_type'::regclass, p.type from part_type p
  union
  select 0, n.word, true, n.class, n.object from named n
  union
  select u.oid, u.word, u.is_planned, x.class, x.object from used u, lateral (
      select d.refclassid, d.refobjid from pg_depend d where d.classid = u.class and d.objid = u.object and d.refobjid >= 16384
         and d.refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_opclass'::regclass, 'pg_opfamily'::regclass, 'pg_type'::regclass)
         -- The types of columns, which have rows of their own.
         and (u.class, d.refclassid) <> ('pg_class'::regclass, 'pg_type'::regclass)
      -- What functions read whose bodies the server knows (`begin atomic`), and views behind them.
      union all select d.refclassid, d.refobjid from pg_depend d where u.class = 'pg_proc'::regclass and d.classid = u.class and d.objid = u.object and d.refclassid = 'pg_class'::regclass and d.refobjid >= 16384
      union all select d.refclassid, d.refobjid from pg_rewrite r join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refobjid >= 16384
         and d.refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_type'::regclass, 'pg_class'::regclass) where u.class = 'pg_class'::regclass and r.ev_class = u.object and u.object <> u.oid
      union all select 'pg_constraint'::regclass, k.oid from pg_constraint k where u.class = 'pg_type'::regclass and k.contypid = u.object
      -- What a type is made of, its arrays, and the classes by which its values are compared.
      union all select 'pg_type'::regclass, x.type from pg_type t, lateral (select t.typelem union all select t.typbasetype union all select t.typarray union all select r.rngsubtype from pg_range r where r.rngtypid = t.oid
          union all select f.atttypid from pg_attribute f where f.attrelid = t.typrelid and t.typrelid <> 0 and f.attnum > 0 and not f.attisdropped) as x (type)
         where u.class = 'pg_type'::regclass and t.oid = u.object and x.type >= 16384
      union all select 'pg_opclass'::regclass, k.oid from pg_opclass k where u.class = 'pg_type'::regclass and k.opcintype = u.object
      -- PostgreSQL may put these in the place of an operator, and notes nothing of them.
      union all select 'pg_operator'::regclass, x.operator from pg_operator o, lateral (values (o.oprcom), (o.oprnegate)) as x (operator) where u.class = 'pg_operator'::regclass and o.oid = u.object and x.operator >= 16384
      union all select 'pg_cast'::regclass, k.oid from pg_cast k where u.class = 'pg_type'::regclass and k.castsource = u.object
      union all select 'pg_cast'::regclass, k.oid from pg_cast k where u.class = 'pg_type'::regclass and k.casttarget = u.object
      union all select 'pg_amop'::regclass, m.oid from pg_amop m where u.class = 'pg_opfamily'::regclass and m.amopfamily = u.object
      union all select 'pg_amproc'::regclass, m.oid from pg_amproc m where u.class = 'pg_opfamily'::regclass and m.amprocfamily = u.object) as x (class, object)
), reaching (oid) as (
  -- Functions that run a string as SQL, read a relation or make a value of a type by its name or number, or reach outside the
  -- database: the server records no dependency for these.
  select p.oid from pg_proc p
   where (p.oid < 16384 or exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'))
     and (p.proname ~ '^((query|cursor|table|schema|database)_to_xml|ts_stat$|ts_rewrite$|set_config$|lo_|lowrite$|loread$|pg_notify$|pg_copy_|pg_read_|pg_ls_|pg_stat_file$|pg_file_|pg_(terminate|cancel)_backend$|pg_reload_conf$|pg_rotate_logfile$|pg_promote$|pg_switch_wal$|pg_create_|pg_drop_|pg_logical_|pg_replication_|pg_input_|pg_(backup|start_backup|stop_backup|stat_reset|log_|wal_replay|export_snapshot|advisory|try_advisory)|dblink|crosstab|connectby$|xpath_table$|check_(primary|foreign)_key$)'
       or p.oid < 16384 and array['cstring', 'internal', 'oid', 'regclass', 'regproc', 'regprocedure', 'regtype', 'regoper', 'regoperator', 'regconfig', 'regdictionary', 'regnamespace', 'regrole']::regtype[]
         && string_to_array(p.proargtypes::text, ' ')::oid[]::regtype[]
         and not exists (select from pg_operator o where o.oprcode = p.oid) and not exists (select from pg_cast k where k.castfunc = p.oid) and p.prorettype <> 'trigger'::regtype
         and p.proname not in ('nextval', 'currval', 'lastval', 'pg_get_serial_sequence', 'to_tsvector', 'to_tsquery', 'plainto_tsquery', 'phraseto_tsquery', 'websearch_to_tsquery'))
), harmless (oid) as (
  -- Functions that a condition may call whoever wrote it.
  select p.oid from pg_proc p where p.oid < 16384 and p.oid not in (select oid from reaching)
     and (p.provolatile <> 'v' or p.prorettype = 'trigger'::regtype
       or p.proname in ('random', 'clock_timestamp', 'timeofday', 'gen_random_uuid', 'nextval', 'currval', 'lastval', 'current_query', 'txid_current'))
  union
  select o.oprcode from pg_operator o join pg_depend d on d.classid = 'pg_operator'::regclass and d.objid = o.oid and d.deptype = 'e' where o.oprowner in (select oid from pg_roles where rolsuper)
  union
  -- Functions of extensions that a superuser owns and that change nothing.
  select p.oid from pg_proc p join pg_depend d on d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
   where p.proowner in (select oid from pg_roles where rolsuper) and p.provolatile <> 'v' and p.oid not in (select oid from reaching)
), held (oid, word, role, is_planned, is_anybodys, is_reaching, why) as (
  select u.oid, u.word, o.role, u.is_planned, false, false, string_agg(distinct i.type || ' ' || i.identity, ', ')
    from used u join owned o on o.class = u.class and o.oid = u.object and (u.class <> 'pg_class'::regclass or u.object <> u.oid), pg_identify_object(u.class, u.object, 0) as i
   where o.role not in (select role from trusted) group by u.oid, u.word, o.role, u.is_planned
  union
  select h.oid, h.word, c.relowner, h.is_planned, false, false, 'function ' || m.numbers[1]::oid::regprocedure
    from holder h join pg_class c on c.oid = h.oid, lateral regexp_matches(h.tree, ':(?:func|opfunc|aggfn|winfn)(?:id|oid) (\d+)', 'g') as m (numbers)
   where m.numbers[1]::oid in (select oid from reaching) and c.relowner not in (select role from trusted)
  union
  -- The server does not record who created a trigger: everybody with the right TRIGGER could.
  select h.oid, h.word, c.relowner, false, true, m.numbers[1]::oid in (select oid from reaching), 'function ' || m.numbers[1]::oid::regprocedure
    from holder h join pg_class c on c.oid = h.oid join pg_trigger g on h.class = 'pg_trigger'::regclass and g.oid = h.object,
      lateral regexp_matches(concat(g.tgqual::text, case when g.tgfoid in (select oid from reaching)
      -- `lo_manage` removes the large object whose number it finds in a column, which means one where the column is of its domain.
      and not exists (select from pg_proc p, pg_attribute a join pg_type t on t.oid = a.atttypid where p.oid = g.tgfoid and p.proname = 'lo_manage' and a.attrelid = g.tgrelid
        and g.tgargs = convert_to(a.attname, getdatabaseencoding()) || '\x00' and t.typbasetype = 'oid'::regtype) then ':funcid ' || g.tgfoid end), ':(?:func|opfunc)id (\d+)', 'g') as m (numbers)
   where m.numbers[1]::oid not in (select oid from harmless)
)

, candidate as materialized (
  select r.*, s.is_home, s.is_on_path, s.may_be_on_path, s.is_meant, s.oid is null as is_in_catalog, r.name in (select name from own) as is_own_name,
      r.role in (select role from trusted) as is_trusted_role, r.role in (select role from trusted) or s.is_owners and r.role = s.owner as is_trusted,
      -- Objects that an extension created belong to a superuser; the owner of an extension can add own functions to it.
      exists (select from pg_depend d where d.classid = r.catalog and d.objid = r.oid and d.deptype = 'e')
        and r.role in (select oid from pg_roles where rolsuper) as is_member,
      s.oid is not null and r.name = any (routines) as is_made
    from routine r left join space s on s.oid = r.space
   where s.oid is not null or r.space = 'pg_catalog'::regnamespace and r.oid >= 16384
), judged (place, word, role, why) as materialized (
  select case when c.is_own_name and (c.is_on_path and not c.is_made and not c.is_member or c.is_in_catalog and not c.is_member) then 1
      when not c.is_trusted_role and c.is_own_name and c.may_be_on_path then 2
      -- Another role's object of this name may be called indirectly, by a function of an extension or by a trigger.
      when not c.is_trusted and (c.name = any (spoken) or c.is_meant and (c.is_made or c.is_own_name
        or exists (select from candidate o where (o.catalog, o.space, o.name) = (c.catalog, c.space, c.name) and o.role <> c.role))) then 2 end as place,
      case when c.catalog = 'pg_operator'::regclass then 'operator ' || c.oid::regoperator::text
        else (select case p.prokind when 'p' then 'procedure ' when 'a' then 'aggregate ' else 'function ' end from pg_proc p where p.oid = c.oid) || c.oid::regprocedure::text end as word,
      c.role, null::text
    from candidate c
  union all
  select 2, case c.relkind when 'v' then 'view ' when 'm' then 'materialized view ' when 'S' then 'sequence ' when 'f' then 'foreign table ' when 'i' then 'index ' when 'I' then 'index ' else 'table ' end || c.oid::regclass::text, c.relowner, null
    from pg_class c join space s on s.oid = c.relnamespace left join pg_index i on i.indexrelid = c.oid
   where c.relname = any (adopted) and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f', 'i', 'I') and c.relowner not in (select role from trusted) and not (s.is_own and c.relowner = s.owner)
     and coalesce(i.indrelid not in (select oid from own_relation), true)
  union all
  select 2, 'statistics ' || quote_ident(s.name) || '.' || quote_ident(x.stxname), x.stxowner, null from pg_statistic_ext x join space s on s.oid = x.stxnamespace
   where x.stxname = any (adopted) and x.stxowner not in (select role from trusted) and not (s.is_own and x.stxowner = s.owner) and x.stxrelid not in (select oid from own_relation)
  union all
  -- The owner of an extension can drop it, together with all columns of its types.
  select 2, 'extension ' || quote_ident(e.extname), e.extowner, null from pg_extension e where e.extname = any (adopted) and e.extowner not in (select role from trusted)
  union all
  select 2, 'type ' || t.oid::regtype::text, t.typowner, null
    from pg_type t join space s on s.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
   where t.typname = any (adopted) and not exists (select from pg_type e where e.typarray = t.oid) and coalesce(c.relkind = 'c', true) and t.typowner not in (select role from trusted) and not (s.is_own and t.typowner = s.owner)
  union all
  -- The owner of a relation can add code that its rows run, while this script runs.
  select distinct 2, 'table ' || a.oid::regclass, c.relowner,
      coalesce('its rows are changed or read together with those of ' || (select min(e.source::regclass::text) from edge e where e.target = c.oid and e.source <> c.oid and e.source in (select oid from acting)), 'the history names it')
    from asked a join pg_class c on c.oid = a.oid
   where a.is_reached and c.relkind in ('r', 'p') and c.relowner not in (select role from trusted) and c.oid not in (select oid from own_relation)
     and c.relowner not in (select role from own_relation_owner)
     and not exists (select from space s where s.oid = c.relnamespace and s.is_own and s.owner = c.relowner)
  union all
  -- So can the owner of the type of a column, who may create casts.
  select 2, 'type ' || t.oid::regtype, t.typowner, 'column ' || quote_ident(a.attname) || ' of ' || r.oid::regclass from own_relation r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
    join pg_type t on a.atttypid in (t.oid, t.typarray) where t.oid >= 16384 and t.typowner not in (select role from trusted)
     and t.typowner not in (select role from own_relation_owner)
     and not exists (select from space s where s.oid = t.typnamespace and s.is_own and s.owner = t.typowner)
  union all
  -- The owner of a relation of the history may have own code there.
  select 2, h.word, h.role, h.why from held h join pg_class c on c.oid = h.oid
   where not h.is_anybodys and (h.is_planned or h.oid in (select oid from acting)) and (h.role <> c.relowner or h.oid not in (select oid from own_relation))
     and not exists (select from space s where s.oid = c.relnamespace and s.owner = h.role and (s.is_own or s.is_owners and h.oid not in (select oid from acting where is_reached)))
  union all
  select 4, h.word, h.role, h.why from held h
   where h.is_anybodys and h.oid in (select oid from acting) and (h.oid in (select oid from own_relation) or h.role in (select role from trusted)) and (h.is_reaching
       -- A role with the right TRIGGER could have replaced a trigger of the history, but only by a harmless or trusted one.
       or h.word not in (select 'trigger ' || quote_ident(g.tgname) || ' of table ' || g.tgrelid::regclass from pg_trigger g where g.tgrelid = h.oid and g.tgname = any (spoken)))
  union all
  -- A view is code of its owner. So is a type, which may have checks and casts and can be called like a function, and a foreign
  -- table, which decides what another server runs.
  select 2, case c.relkind when 'v' then 'view ' when 'm' then 'materialized view ' else 'foreign table ' end || c.oid::regclass, c.relowner, null
    from acting a join pg_class c on c.oid = a.oid
   where c.relkind in ('v', 'm', 'f') and c.relowner not in (select role from trusted)
     and not (c.oid in (select oid from own_relation) and c.oid in (select to_regclass(name)::oid from unnest(known_views) as k (name) where to_regclass(name) is not null))
     and not exists (select from space s where s.oid = c.relnamespace and s.owner = c.relowner and (s.is_own or s.is_owners and not a.is_reached))
  union all
  select 2, case t.typtype when 'd' then 'domain ' else 'type ' end || t.oid::regtype, t.typowner, null
    from pg_type t join space s on s.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
   -- The owner of a type can rename it without a right on the schema.
   where (t.typname = any (spoken) or s.is_meant or s.may_be_on_path) and not exists (select from pg_type e where e.typarray = t.oid) and coalesce(c.relkind = 'c', true)
     and t.typowner not in (select role from trusted) and (not (s.is_owners and t.typowner = s.owner) or s.may_be_on_path and t.typname in (select name from own))
     -- The owner of a table of the history may also own its types.
     and not (t.typowner in (select role from own_relation_owner)
       and t.oid in (select to_regtype(name)::oid from unnest(known_types) as k (name) where to_regtype(name) is not null))
  union all
  -- Event triggers run with every statement that creates, changes or drops an object.
  select 2, 'event trigger ' || quote_ident(e.evtname), p.proowner, 'function ' || p.oid::regprocedure
    from pg_event_trigger e join pg_proc p on p.oid = e.evtfoid where e.evtenabled <> 'D' and p.proowner not in (select role from trusted)
  union all
  -- Objects that trusted roles created from code of other roles.
  select 2, h.word, h.role, h.why from held h
   where h.oid = 0 and h.role not in (select role from own_relation_owner) and h.role not in (select owner from space where is_own)
  union all
  -- A cast between PostgreSQL's own types, which only a superuser can make, may run in any statement.
  select 2, 'cast from ' || k.castsource::regtype || ' to ' || k.casttarget::regtype, p.proowner, 'function ' || p.oid::regprocedure
    from pg_cast k join pg_proc p on p.oid = k.castfunc where k.oid >= 16384 and k.castsource < 16384 and k.casttarget < 16384 and p.proowner not in (select role from trusted)
  union all
  select 2, 'server ' || quote_ident(s.srvname), s.srvowner, null from pg_foreign_server s where s.srvname = any (spoken) and s.srvowner not in (select role from trusted)
  union all
  -- The owner of a foreign server decides which server and which user the rows of a foreign table come from.
  select distinct 2, 'server ' || quote_ident(s.srvname), s.srvowner, 'foreign table ' || f.ftrelid::regclass
    from asked a join pg_foreign_table f on f.ftrelid = a.oid join pg_foreign_server s on s.oid = f.ftserver where s.srvowner not in (select role from trusted)
  union all
  select 2, 'collation ' || quote_ident(s.name) || '.' || quote_ident(k.collname), k.collowner, null from pg_collation k join space s on s.oid = k.collnamespace
   where k.collname = any (adopted) and k.collowner not in (select role from trusted)
  union
  -- The owner of a schema can put something else there while this script runs.
  select 2, 'schema ' || quote_ident(s.name), s.owner, null from space s where s.is_meant and not s.is_own and s.owner not in (select role from trusted)
  union
  select 2, 'schema ' || quote_ident(s.name), s.owner, null from space s where s.name = any (adopted_schemas) and s.owner not in (select role from trusted)
), listed as materialized (
  select j.place, array_agg(j.word || ' of ' || pg_get_userbyid(j.role) || coalesce(' (' || j.why || ')', '') order by j.word) as words,
      -- A name that contains the separator would be read as several names, so it is not suggested.
      case when bool_and(j.word !~ ';') then string_agg(j.word, ';' order by j.word) end as entries,
      bool_or(j.role in (select m.roleid from pg_auth_members m join pg_roles r on r.oid = m.member where r.rolname in (current_user, session_user))) as is_granted,
      case when bool_and(pg_get_userbyid(j.role) !~ ';') then string_agg(distinct 'role ' || quote_ident(pg_get_userbyid(j.role)), ';') end as roles
    from (select place, word, role, string_agg(distinct why, ', ') as why from judged group by place, word, role) as j where j.place is not null and j.word <> all (regexp_split_to_array(btrim(trust), '\s*;\s*')) group by j.place
), granted as materialized (
  select s.name as space, s.owner, a.grantee, a.grantor, 'in schema ' || quote_ident(s.name) as place, 'schema ' || quote_ident(s.name) as what from space s, aclexplode(s.acl) as a
   where s.is_meant and a.privilege_type = 'CREATE' and a.grantee <> s.owner and a.grantee not in (select role from trusted)
  union all
  -- A schema that does not exist yet can be created by any role with that right.
  select n.name, d.datdba, a.grantee, a.grantor, 'the schema ' || quote_ident(n.name), 'database ' || quote_ident(d.datname)
    from (select unnest(adopted_schemas || paths) union select unnest(sought) intersect select unnest(schemas) union select unnest(array[current_user, session_user]::text[]) where '$user' = any (paths)) as n (name), pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) as a
   where to_regnamespace(quote_ident(n.name)) is null and n.name !~ '^pg_|^\$user$' and d.datname = current_database()
     and a.privilege_type = 'CREATE' and a.grantee <> d.datdba and a.grantee not in (select role from trusted)
  union all
  -- Default privileges apply as soon as the history creates a schema.
  select 'SCHEMAS', 0::oid, a.grantee, a.grantor, 'in schemas that the history creates', 'schemas' from pg_default_acl f, aclexplode(f.defaclacl) as a
   where f.defaclobjtype = 'n' and 'schema' = any (spoken) and a.privilege_type = 'CREATE' and a.grantee not in (select role from trusted)
     and f.defaclrole in (select oid from pg_roles where rolname in (current_user, session_user))
), stranger as materialized (
  select r.rolname as name, g.space, g.place, g.what, g.owner, g.grantor, case when g.grantee = 0 then r.rolname else pg_get_userbyid(g.grantee) end as entry,
      case when g.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(g.grantee)) end as grantee
    from granted g join pg_roles r on r.oid not in (select role from trusted) and r.oid <> g.owner and (g.grantee = 0 or pg_has_role(r.oid, g.grantee, 'member'))
   where exists (select from pg_stat_activity a where a.usesysid = r.oid and a.datname = current_database()) or r.rolcanlogin and exists (select from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) as a
       where d.datname = current_database() and a.privilege_type = 'CONNECT' and (a.grantee = 0 or pg_has_role(r.oid, a.grantee, 'member')))
), told (place, what, words, entries, hint) as (
  select 1, 'functions or operators have the same names as built-in ones and would run instead of them', words, entries,
      'Rename or drop them, or create them in a revision. These roles may create objects in schema ' || home || ': '
        || coalesce((select string_agg(distinct case g.grantee when 0 then 'everybody' else pg_get_userbyid(g.grantee) end, ', ') from granted g where g.space = home), 'only its owner') || '.'
    from listed where place = 1
  union all
  select 2, 'objects that the history creates or calls, or code that its statements would run, belong to other roles', words, roles,
      'These roles could change them while this script runs. Find out who created them, and drop them or change their owner.'
        || case when is_granted then ' Your membership in such a role counts only if the role that granted it is still a superuser: have it granted again.' else '' end
    from listed where place = 2
  union all
  select 4, 'conditions or functions of triggers may run any code', words, entries,
      'Any role that had the right TRIGGER on the table could create or replace them. Check what they do, and drop them or create them again in a revision.'
    from listed where place = 4
  union all
  select 3, 'roles that are not trusted can create ' || s.place, array_agg(distinct quote_ident(s.name)), case when bool_and(s.entry !~ ';') then string_agg(distinct 'role ' || quote_ident(s.entry), ';') end,
      format('What they create while this script runs could run as %I. Revoke this right, as %s: %srevoke create on %s from %s cascade;', current_user,
        string_agg(distinct case s.grantor when s.owner then 'the owner' else quote_ident(pg_get_userbyid(s.grantor)) end, ' and as '), case s.what when 'schemas' then 'alter default privileges ' else '' end, s.what,
        string_agg(distinct s.grantee, ', '))
    from stranger s group by s.place, s.what, s.owner
)
select t.what || ': ' || array_to_string(t.words[1:20], ', ') || case when cardinality(t.words) > 20 then format(', and %s more', cardinality(t.words) - 20) else '' end as what,
    t.hint || case when t.entries !~ '[''\\]' and t.entries = regexp_replace(t.entries, hidden, '?', 'g')
      then format(' If you have checked %s, ' || trusting, case when t.place in (1, 4) then 'what they do and trust it' else 'these roles and trust them' end,
        case when trusting like '%PGOPTIONS%' then replace(all_entries, ' ', '\ ') else all_entries end) else '' end as hint
  from told t, lateral (select concat_ws(';', nullif(btrim(trust), ''), t.entries) as all_entries) as it order by t.place, t.what

  loop
    raise exception 'limbeck: refused: %', regexp_replace(odd.what, hidden, '?', 'g') using hint = regexp_replace(odd.hint, hidden, '?', 'g');
  end loop;
  perform set_config('jit', jit, true);
end
$limbeck$;

select current_setting('limbeck.rows') as limbeck_rows, current_setting('limbeck.target') as limbeck_target, current_setting('limbeck.todo') as limbeck_todo,
       current_setting('limbeck.left') as limbeck_left, current_setting('limbeck.here') as limbeck_here, current_setting('limbeck.end') as limbeck_end,
       current_setting('limbeck.left') <> '0' and not :'limbeck_is_dry_run'::boolean as limbeck_runs \gset

-- What would be lost, and what would make the rollback fail? An upgrade has nothing to check here.
begin transaction isolation level read committed, read only;
do $limbeck$
declare
  hidden constant text := case getdatabaseencoding() when 'UTF8' then '[\u0001-\u001f\u007f-\u009f\u00ad\u034f\u115f\u1160\u180e\u200b\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\U00013430-\U00013455\U000e0000-\U000e007f]' when 'SQL_ASCII' then '[^\x20-\x7e]' else '[\x01-\x1f\x7f-\x9f]' end;
  release constant json := current_setting('limbeck.release')::json;
  options constant json := current_setting('limbeck.options')::json;
  steps constant text[] := current_setting('limbeck.steps');
  author constant text := release ->> 'path';
  enough constant bigint := release ->> 'enough';
  accepts constant boolean := lower(options ->> 'accept_data_loss') in ('1', 'on', 'true', 'yes') or (options ->> 'is_dry_run')::boolean;
  probe record;
  tables text[];
  codes json;
  code text;
  found bigint;
  counted text;
  counted_table text;
  patience text;
  unlocked text[] := '{}';
  lost text[] := '{}';
  fails text[] := '{}';
begin
  -- Once for all tables: this query takes longer than counting.
  select array_agg(distinct t.name) into tables
    from json_to_recordset(release -> 'losses') as probes (step text, tables json), json_array_elements_text(probes.tables) as t (name)
   where probes.step = any (steps);
  if tables is not null then
    -- The owner of a table must not add code to it between this check and the count. A table that could not be locked is not counted.
    patience := current_setting('lock_timeout');
    perform set_config('lock_timeout', '5s', true);
    foreach counted_table in array tables loop
      continue when not exists (select from pg_class where oid = to_regclass(counted_table) and relkind in ('r', 'p'));
      begin
        execute format('lock table %s in share update exclusive mode', to_regclass(counted_table));
      exception when lock_not_available or insufficient_privilege then
        unlocked := unlocked || counted_table;
      end;
    end loop;
    perform set_config('lock_timeout', patience, true);
    select json_object_agg(it.name, it.words) into codes from (
-- The code of other roles that the server would run while it plans a query of each of `tables` (names of relations) or of their
-- partitions and children: names, and words for messages. A name without such code has no row.
with recursive trusted (role) as materialized (
-- The roles that may own objects that a script depends on: the role that runs it, the roles that this role is a member of, the
-- owners of the database and the schema, superusers, and the roles that the DBA names. That a superuser is a member of every
-- role does not count. A membership counts if a superuser granted it or, unless the script runs as a superuser, a role with
-- CREATEROLE or the owner of the database: otherwise the administrator of a group could add the role that runs the script to it.
-- Memberships in predefined roles do not count.
with recursive member (role) as (
    select r.oid from pg_roles r where r.rolname in (current_user, session_user)
  union
    select m.roleid from member join pg_auth_members m on m.member = member.role join pg_roles g on g.oid = m.grantor
     where m.roleid >= 16384 and (g.rolsuper or not exists (select from pg_roles where rolname in (current_user, session_user) and rolsuper)
       and (g.rolcreaterole or g.oid = (select datdba from pg_database where datname = current_database())))
)
select role from member
union select datdba from pg_database where datname = current_database()
union select oid from pg_roles where rolsuper
-- Another name for the owner of the database; it has no other members.
union select oid from pg_roles where rolname = 'pg_database_owner'
union select oid from pg_roles where 'role ' || quote_ident(rolname) = any (regexp_split_to_array(btrim(current_setting('limbeck.trust', true)), '\s*;\s*'))
  and not exists (select from pg_db_role_setting, unnest(setconfig) as one where one = 'limbeck.trust=' || current_setting('limbeck.trust', true))

), family (name, oid) as (
  select name, to_regclass(name)::oid from unnest(tables) as t (name) where to_regclass(name) is not null
  union
  select f.name, i.inhrelid from family f join pg_inherits i on i.inhparent = f.oid
), asked (oid) as (
  select distinct oid from family
), named (class, object, word) as (
  select null::regclass, null::oid, null::text where false
),
-- The code of other roles in the relations of `asked` (oid), for `with recursive`. Rows of `held`: the relation, a word for what
-- contains the code, its owner, whether the server runs it while it plans a query (`get_relation_info`: it computes the constants
-- in the expressions of indexes, statistics, checks, policies and partition keys, and expands views), whether it is a trigger
-- that anybody with the right TRIGGER may have created, whether that runs a string as SQL, and what it runs. `trusted` (role) are
-- the roles whose code may run. The same for `named` (class, object, word), which belong to no relation and have 0 for it.
holder (oid, class, object, is_planned, word, tree) as (
  select a.oid, 'pg_class'::regclass, a.oid, true, case c.relkind when 'v' then 'view ' when 'm' then 'materialized view ' when 'f' then 'foreign table ' else 'table ' end || a.oid::regclass, null::text
    from asked a join pg_class c on c.oid = a.oid
  union all select a.oid, 'pg_class'::regclass, i.indexrelid, true, 'index ' || i.indexrelid::regclass, concat(i.indexprs::text, i.indpred::text) from asked a join pg_index i on i.indrelid = a.oid
  union all select a.oid, 'pg_statistic_ext'::regclass, s.oid, true, 'statistics ' || quote_ident(s.stxname) || ' of ' || a.oid::regclass, null
    from asked a join pg_statistic_ext s on s.stxrelid = a.oid
  union all select a.oid, 'pg_constraint'::regclass, k.oid, true, 'constraint ' || quote_ident(k.conname) || ' of ' || a.oid::regclass, k.conbin::text
    from asked a join pg_constraint k on k.conrelid = a.oid where k.contype in ('c', 'x')
  union all select a.oid, 'pg_policy'::regclass, p.oid, true, 'policy ' || quote_ident(p.polname) || ' of ' || a.oid::regclass, concat(p.polqual::text, p.polwithcheck::text) from asked a join pg_policy p on p.polrelid = a.oid
  union all select a.oid, 'pg_rewrite'::regclass, r.oid, true, case c.relkind when 'v' then 'view ' when 'm' then 'materialized view ' else 'rule ' || quote_ident(r.rulename) || ' of ' end || a.oid::regclass, concat(r.ev_qual::text, r.ev_action::text)
    from asked a join pg_class c on c.oid = a.oid join pg_rewrite r on r.ev_class = a.oid
  union all select a.oid, 'pg_attrdef'::regclass, d.oid, c.attgenerated <> '', 'column ' || quote_ident(c.attname) || ' of ' || a.oid::regclass, d.adbin::text
    from asked a join pg_attrdef d on d.adrelid = a.oid join pg_attribute c on c.attrelid = d.adrelid and c.attnum = d.adnum
  union all select a.oid, 'pg_trigger'::regclass, g.oid, false, 'trigger ' || quote_ident(g.tgname) || ' of table ' || a.oid::regclass, concat(g.tgqual::text, ':funcid ' || g.tgfoid)
    from asked a join pg_trigger g on g.tgrelid = a.oid where not g.tgisinternal
), owned (class, oid, role) as (
  select 'pg_proc'::regclass, p.oid, p.proowner from pg_proc p
  union all select 'pg_operator'::regclass, o.oid, o.oprowner from pg_operator o
  union all select 'pg_opclass'::regclass, o.oid, o.opcowner from pg_opclass o
  union all select 'pg_opfamily'::regclass, o.oid, o.opfowner from pg_opfamily o
  union all select 'pg_type'::regclass, t.oid, t.typowner from pg_type t where t.typtype in ('d', 'r', 'm')
  union all select 'pg_class'::regclass, c.oid, c.relowner from pg_class c where c.relkind in ('r', 'p', 'v', 'm', 'f')
), part_type (oid, word, is_planned, type) as (
  -- The types of rows, of columns and in expressions, and the types that these consist of. Built-in types consist of built-in types.
  select a.oid, 'row of ' || a.oid::regclass, true, c.reltype from asked a join pg_class c on c.oid = a.oid where c.reltype >= 16384
  union
  select a.oid, 'column ' || quote_ident(c.attname) || ' of ' || a.oid::regclass, true, c.atttypid
    from asked a join pg_attribute c on c.attrelid = a.oid and c.attnum > 0 and not c.attisdropped where c.atttypid >= 16384
  union
  select h.oid, h.word, h.is_planned, m.numbers[1]::oid from holder h, lateral regexp_matches(h.tree, ':\w*[tT]ype(?:id)? (\d+)', 'g') as m (numbers) where m.numbers[1]::oid >= 16384
  union
  -- Lists of numbers, for example the column types that a function returns.
  select h.oid, h.word, h.is_planned, t.oid from holder h, lateral regexp_matches(h.tree, '\(o ([0-9 ]+)\)', 'g') as m (lists), regexp_split_to_table(m.lists[1], ' ') as n (number) join pg_type t on t.oid = n.number::oid where t.oid >= 16384
  union
  select 0, n.word, true, n.object from named n where n.class = 'pg_type'::regclass
  union
  select p.oid, p.word, p.is_planned, x.type from part_type p join pg_type t on t.oid = p.type, lateral (
      select t.typelem union all select t.typbasetype union all select r.rngsubtype from pg_range r where r.rngtypid = t.oid
      union all select f.atttypid from pg_attribute f where f.attrelid = t.typrelid and t.typrelid <> 0 and f.attnum > 0 and not f.attisdropped) as x (type)
   where x.type >= 16384
), used (oid, word, is_planned, class, object) as (
  -- What those consist of: the functions of operators and types, the checks and defaults of domains, casts, members of families.
  select h.oid, h.word, h.is_planned, h.class, h.object from holder h
  union
  select p.oid, p.word, p.is_planned, 'pg_type'::regclass, p.type from part_type p
  union
  select 0, n.word, true, n.class, n.object from named n
  union
  select u.oid, u.word, u.is_planned, x.class, x.object from used u, lateral (
      select d.refclassid, d.refobjid from pg_depend d where d.classid = u.class and d.objid = u.object and d.refobjid >= 16384
         and d.refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_opclass'::regclass, 'pg_opfamily'::regclass, 'pg_type'::regclass)
         -- The types of columns, which have rows of their own.
         and (u.class, d.refclassid) <> ('pg_class'::regclass, 'pg_type'::regclass)
      -- What functions read whose bodies the server knows (`begin atomic`), and views behind them.
      union all select d.refclassid, d.refobjid from pg_depend d where u.class = 'pg_proc'::regclass and d.classid = u.class and d.objid = u.object and d.refclassid = 'pg_class'::regclass and d.refobjid >= 16384
      union all select d.refclassid, d.refobjid from pg_rewrite r join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refobjid >= 16384
         and d.refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_type'::regclass, 'pg_class'::regclass) where u.class = 'pg_class'::regclass and r.ev_class = u.object and u.object <> u.oid
      union all select 'pg_constraint'::regclass, k.oid from pg_constraint k where u.class = 'pg_type'::regclass and k.contypid = u.object
      -- What a type is made of, its arrays, and the classes by which its values are compared.
      union all select 'pg_type'::regclass, x.type from pg_type t, lateral (select t.typelem union all select t.typbasetype union all select t.typarray union all select r.rngsubtype from pg_range r where r.rngtypid = t.oid
          union all select f.atttypid from pg_attribute f where f.attrelid = t.typrelid and t.typrelid <> 0 and f.attnum > 0 and not f.attisdropped) as x (type)
         where u.class = 'pg_type'::regclass and t.oid = u.object and x.type >= 16384
      union all select 'pg_opclass'::regclass, k.oid from pg_opclass k where u.class = 'pg_type'::regclass and k.opcintype = u.object
      -- PostgreSQL may put these in the place of an operator, and notes nothing of them.
      union all select 'pg_operator'::regclass, x.operator from pg_operator o, lateral (values (o.oprcom), (o.oprnegate)) as x (operator) where u.class = 'pg_operator'::regclass and o.oid = u.object and x.operator >= 16384
      union all select 'pg_cast'::regclass, k.oid from pg_cast k where u.class = 'pg_type'::regclass and k.castsource = u.object
      union all select 'pg_cast'::regclass, k.oid from pg_cast k where u.class = 'pg_type'::regclass and k.casttarget = u.object
      union all select 'pg_amop'::regclass, m.oid from pg_amop m where u.class = 'pg_opfamily'::regclass and m.amopfamily = u.object
      union all select 'pg_amproc'::regclass, m.oid from pg_amproc m where u.class = 'pg_opfamily'::regclass and m.amprocfamily = u.object) as x (class, object)
), reaching (oid) as (
  -- Functions that run a string as SQL, read a relation or make a value of a type by its name or number, or reach outside the
  -- database: the server records no dependency for these.
  select p.oid from pg_proc p
   where (p.oid < 16384 or exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'))
     and (p.proname ~ '^((query|cursor|table|schema|database)_to_xml|ts_stat$|ts_rewrite$|set_config$|lo_|lowrite$|loread$|pg_notify$|pg_copy_|pg_read_|pg_ls_|pg_stat_file$|pg_file_|pg_(terminate|cancel)_backend$|pg_reload_conf$|pg_rotate_logfile$|pg_promote$|pg_switch_wal$|pg_create_|pg_drop_|pg_logical_|pg_replication_|pg_input_|pg_(backup|start_backup|stop_backup|stat_reset|log_|wal_replay|export_snapshot|advisory|try_advisory)|dblink|crosstab|connectby$|xpath_table$|check_(primary|foreign)_key$)'
       or p.oid < 16384 and array['cstring', 'internal', 'oid', 'regclass', 'regproc', 'regprocedure', 'regtype', 'regoper', 'regoperator', 'regconfig', 'regdictionary', 'regnamespace', 'regrole']::regtype[]
         && string_to_array(p.proargtypes::text, ' ')::oid[]::regtype[]
         and not exists (select from pg_operator o where o.oprcode = p.oid) and not exists (select from pg_cast k where k.castfunc = p.oid) and p.prorettype <> 'trigger'::regtype
         and p.proname not in ('nextval', 'currval', 'lastval', 'pg_get_serial_sequence', 'to_tsvector', 'to_tsquery', 'plainto_tsquery', 'phraseto_tsquery', 'websearch_to_tsquery'))
), harmless (oid) as (
  -- Functions that a condition may call whoever wrote it.
  select p.oid from pg_proc p where p.oid < 16384 and p.oid not in (select oid from reaching)
     and (p.provolatile <> 'v' or p.prorettype = 'trigger'::regtype
       or p.proname in ('random', 'clock_timestamp', 'timeofday', 'gen_random_uuid', 'nextval', 'currval', 'lastval', 'current_query', 'txid_current'))
  union
  select o.oprcode from pg_operator o join pg_depend d on d.classid = 'pg_operator'::regclass and d.objid = o.oid and d.deptype = 'e' where o.oprowner in (select oid from pg_roles where rolsuper)
  union
  -- Functions of extensions that a superuser owns and that change nothing.
  select p.oid from pg_proc p join pg_depend d on d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
   where p.proowner in (select oid from pg_roles where rolsuper) and p.provolatile <> 'v' and p.oid not in (select oid from reaching)
), held (oid, word, role, is_planned, is_anybodys, is_reaching, why) as (
  select u.oid, u.word, o.role, u.is_planned, false, false, string_agg(distinct i.type || ' ' || i.identity, ', ')
    from used u join owned o on o.class = u.class and o.oid = u.object and (u.class <> 'pg_class'::regclass or u.object <> u.oid), pg_identify_object(u.class, u.object, 0) as i
   where o.role not in (select role from trusted) group by u.oid, u.word, o.role, u.is_planned
  union
  select h.oid, h.word, c.relowner, h.is_planned, false, false, 'function ' || m.numbers[1]::oid::regprocedure
    from holder h join pg_class c on c.oid = h.oid, lateral regexp_matches(h.tree, ':(?:func|opfunc|aggfn|winfn)(?:id|oid) (\d+)', 'g') as m (numbers)
   where m.numbers[1]::oid in (select oid from reaching) and c.relowner not in (select role from trusted)
  union
  -- The server does not record who created a trigger: everybody with the right TRIGGER could.
  select h.oid, h.word, c.relowner, false, true, m.numbers[1]::oid in (select oid from reaching), 'function ' || m.numbers[1]::oid::regprocedure
    from holder h join pg_class c on c.oid = h.oid join pg_trigger g on h.class = 'pg_trigger'::regclass and g.oid = h.object,
      lateral regexp_matches(concat(g.tgqual::text, case when g.tgfoid in (select oid from reaching)
      -- `lo_manage` removes the large object whose number it finds in a column, which means one where the column is of its domain.
      and not exists (select from pg_proc p, pg_attribute a join pg_type t on t.oid = a.atttypid where p.oid = g.tgfoid and p.proname = 'lo_manage' and a.attrelid = g.tgrelid
        and g.tgargs = convert_to(a.attname, getdatabaseencoding()) || '\x00' and t.typbasetype = 'oid'::regtype) then ':funcid ' || g.tgfoid end), ':(?:func|opfunc)id (\d+)', 'g') as m (numbers)
   where m.numbers[1]::oid not in (select oid from harmless)
)

, told (oid, word) as (
  select h.oid, h.word || ' of ' || pg_get_userbyid(h.role) from held h where h.is_planned
  union
  select a.oid, 'not a table: ' || a.oid::regclass from asked a join pg_class c on c.oid = a.oid where c.relkind not in ('r', 'p')
)
select f.name, string_agg(distinct t.word, ', ' order by t.word) from family f join told t on t.oid = f.oid group by f.name

    ) as it (name, words);
  end if;
  for probe in
    select distinct on (number) *
      from json_to_recordset(release -> 'losses')
        as probes (number integer, variant integer, step text, above text, data text, discards boolean, what text, query text, tables json)
     where step = any (steps) and (above is null or above = any (steps))
     order by number, variant
  loop
    -- Rows that an earlier step changes on purpose are not checked here.
    continue when not probe.discards and probe.data = any (steps);
    if exists (select from json_array_elements_text(probe.tables) as t (name) where t.name = any (unlocked)) then
      if probe.discards then
        lost := lost || format('%s (not counted: another session has locked the table, or this role may not lock it)', probe.what);
      end if;
      continue;
    end if;
    code := (select string_agg(codes ->> t.name, ', ' order by t.name) from json_array_elements_text(probe.tables) as t (name));
    if code is not null then
      -- This code would run as the role of this session, before anybody has agreed to it.
      if probe.discards then
        lost := lost || format('%s (not counted, because that would run code of other roles: %s)', probe.what, regexp_replace(code, hidden, '?', 'g'));
      end if;
      continue;
    end if;
    begin
      -- The query contains expressions of the history, which need its search_path.
      perform set_config('search_path', author, true);
      execute probe.query into found;
      perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    exception when undefined_table or undefined_column or undefined_object or undefined_function then
      -- A half-done upgrade did not get this far.
      continue;
    end;
    continue when found = 0;
    counted := case when found > enough then format('more than %s %s', enough, probe.what) when found > 1 then found || ' ' || probe.what
      else '1 ' || regexp_replace(replace(replace(probe.what, ' that are not ', ' that is not '), ' that do not fit ', ' that does not fit '), '^(row|value)s', '\1') end;
    if probe.discards then
      lost := lost || counted;
    else
      fails := fails || counted;
    end if;
  end loop;
  if fails <> '{}' then
    raise exception 'limbeck: refused: the rollback would fail on %', array_to_string(fails, '; ')
      using hint = 'Change these rows, and run the same file again.';
  end if;
  if lost <> '{}' and not accepts then
    raise exception 'limbeck: refused: the rollback would discard %', array_to_string(lost, '; ')
      using hint = 'Save what is needed (pg_dump), and run the same file again with -v accept_data_loss=1. To stop earlier: -v to=REVISION.';
  end if;
  perform set_config('limbeck.lost', coalesce('; the rollback discards ' || nullif(array_to_string(lost, '; '), ''), ''), true);
end
$limbeck$;

select current_setting('limbeck.lost') as limbeck_lost \gset
commit;

-- The quick checks of each step, planned once for all steps. If the answer is clearly yes, nothing more is checked; otherwise the
-- code further down finds out what is wrong and reports it. The first one checks that the session is the same and the version
-- table is an ordinary one, the second one moves its row, the third one checks whether another session has locked a table that
-- a statement will lock.
select format($limbeck$prepare limbeck_at as
select given.fine as limbeck_fine, not given.fine as limbeck_slow, clock_timestamp() as limbeck_began
  from (select pg_backend_pid() = %3$s
      and to_regclass(it.progress) is null and not exists (select from pg_event_trigger)
      and exists (select from pg_prepared_statements where name = 'limbeck_move')
      and exists (select from pg_class c where c.oid = it.tested and c.relkind = 'r' and c.relpersistence <> 't' and c.relowner = quote_ident(current_user)::regrole
        and not (c.relispartition or c.relhassubclass or c.relhasrules or c.relhastriggers or c.relrowsecurity or c.relforcerowsecurity) and c.relchecks = 0
        and not exists (select from pg_inherits where inhrelid = c.oid)
        and not exists (select from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped
          and (atttypid <> all (array['varchar', 'text', 'bpchar']::regtype[]) or atthasdef or attidentity <> '' or attgenerated <> ''))
        and not exists (select from pg_index where indrelid = c.oid and (indexprs is not null or indpred is not null or indisexclusion or 16384 <= any (indclass::oid[])))
        and not exists (select from pg_statistic_ext where stxrelid = c.oid)) as fine
    from (select to_regclass(%1$L)::oid as tested, %2$L as progress) as it) as given$limbeck$, release ->> 'versions', release ->> 'progress', pg_backend_pid()) as limbeck_at,
       format($limbeck$prepare limbeck_move (text, text) as
with moved as (update %1$s set version_num = $2 where version_num = $1 and (select count(*) from %1$s) = 1 returning 1)
select count(*) <> 1 as limbeck_slow, array[$2]::text as limbeck_rows from moved$limbeck$, release ->> 'versions') as limbeck_move, $limbeck$prepare limbeck_free (json) as
select busy as limbeck_busy, case when busy then pg_catalog.set_config('limbeck.locks', $1::pg_catalog.text, true) end as limbeck_locks
  from (select exists (
      select from pg_catalog.json_array_elements($1) as wanted (it)
        cross join lateral (select pg_catalog.to_regclass(wanted.it operator(pg_catalog.->>) 0)::pg_catalog.oid) as named (oid)
        left join pg_catalog.pg_index i on i.indexrelid operator(pg_catalog.=) named.oid
        join pg_catalog.pg_locks l on l.relation operator(pg_catalog.=) coalesce(i.indrelid, named.oid)
       where l.pid operator(pg_catalog.<>) pg_catalog.pg_backend_pid()
         and (wanted.it operator(pg_catalog.->>) 1 operator(pg_catalog.=) 'access exclusive' or l.mode operator(pg_catalog.<>) all (array['AccessShareLock', 'RowShareLock']))
    ) as busy) as given$limbeck$ as limbeck_free,
       $limbeck$prepare limbeck_took (timestamptz, text) as
select '     done in ' || round(extract(epoch from clock_timestamp() - $1)::numeric, 2) || $2$limbeck$ as limbeck_took
  from (values (:'limbeck_release'::json)) as it (release) \gset
-- Before the first step, and after each step that may run code of a revision, the session is reset, so that nothing a revision
-- does to it affects the next one. Settings for the whole run come from PGOPTIONS. JIT compilation of a query on the catalog
-- takes 100 times as long as running it. It is one statement, so that no timeout of the database applies after `reset all`.
select format($limbeck$reset session authorization; reset role; do $limbeck_all$ begin reset all; set statement_timeout = 0; end $limbeck_all$; close all; unlisten *; discard temp; discard sequences;
set search_path = pg_catalog, pg_temp; set session authorization %L; set role %L;
set client_encoding = 'UTF8'; set standard_conforming_strings = on; set timezone = 'UTC'; set datestyle = 'ISO, MDY'; set intervalstyle = 'postgres';
set row_security = off; set jit = off; set default_transaction_isolation = 'read committed'; set idle_in_transaction_session_timeout = '1min';
set application_name = %L; set lock_timeout = %L; set statement_timeout = %L; set limbeck.trust = %L;$limbeck$,
         :'limbeck_user', :'limbeck_role', :'limbeck_release'::json ->> 'title', :'lock_timeout', :'statement_timeout', :'trust')
       || coalesce(string_agg(format(' set %I = %L;', name, case name when 'client_connection_check_interval' then '10s' else '0' end), '' order by name), '')
       || (select coalesce(string_agg(format(' set %I = %L;', name, wanted), '' order by name), '')
             from (values ('array_nulls', 'on'), ('backslash_quote', 'safe_encoding'), ('bytea_output', 'hex'), ('check_function_bodies', 'on'),
             ('datestyle', 'ISO, MDY'), ('default_transaction_deferrable', 'off'), ('extra_float_digits', '1'), ('intervalstyle', 'postgres'), ('jit', 'off'),
             ('plpgsql.variable_conflict', 'error'), ('quote_all_identifiers', 'off'), ('row_security', 'off'), ('session_replication_role', 'origin'),
             ('transform_null_equals', 'off'), ('xmlbinary', 'base64'), ('xmloption', 'content')) as fixed (name, wanted) join pg_settings s using (name) where s.reset_val <> wanted)
       || replace(replace(replace(replace(replace(replace($limbeck_ready$
do $limbeck$
declare
  ours constant text[] := array['LIMBECK_AT', 'LIMBECK_MOVE', 'LIMBECK_FREE', 'LIMBECK_TOOK'];
  number constant bigint := 'LIMBECK_LOCK';
  is_held constant boolean := exists (select from pg_locks l where l.pid = pg_backend_pid() and l.locktype = 'advisory' and l.granted and l.classid::bigint = number >> 32 & 4294967295 and l.objid::bigint = number & 4294967295 and l.objsubid = 1);
  one text;
begin
  -- A revision may have prepared the same texts while other names were in reach, so all are prepared again. If it released the
  -- lock, the next step runs all checks, which refuse.
  execute 'deallocate all';
  foreach one in array ours loop
    if one <> ours[2] or is_held and to_regclass('LIMBECK_VERSIONS') is not null then
      execute one;
    end if;
  end loop;
end
$limbeck$;
$limbeck_ready$, '''LIMBECK_VERSIONS''', quote_literal(:'limbeck_release'::json ->> 'versions')), '''LIMBECK_LOCK''', quote_literal(:'limbeck_release'::json ->> 'lock')),
         '''LIMBECK_TOOK''', quote_literal(:'limbeck_took')), '''LIMBECK_FREE''', quote_literal(:'limbeck_free')), '''LIMBECK_MOVE''', quote_literal(:'limbeck_move')),
         '''LIMBECK_AT''', quote_literal(:'limbeck_at')) as limbeck_reset
  from pg_settings
 where name in ('idle_session_timeout', 'transaction_timeout')
    or name = 'client_connection_check_interval' and version() like '%linux%' \gset
-- The same between the statements of a step, after each one that may run code of its author.
select format($limbeck$set local search_path = %s; set local client_encoding = 'UTF8'; set local standard_conforming_strings = on;
set local timezone = 'UTC'; set local datestyle = 'ISO, MDY'; set local intervalstyle = 'postgres'; set local row_security = off;
set local lock_timeout = %L; set local statement_timeout = %L;$limbeck$,
         :'limbeck_release'::json ->> 'path', :'lock_timeout', :'statement_timeout') as limbeck_again \gset
select :'limbeck_reset' \gexec
-- A dry run shows the statements instead: psql also prints the lines that it skips.
\if :limbeck_is_dry_run
set default_transaction_read_only = on;
\set limbeck_show all
\else
\set limbeck_show none
\endif

-- Runs before a statement that blocks others: it takes the same lock, so that it can report who holds it. A statement that does
-- not get its lock waits for `lock_timeout`, and so do all statements that come after it.
select $limbeck_lock$
do $limbeck$
declare
  limbeck_path constant text := pg_catalog.current_setting('search_path');
  hidden constant text := case getdatabaseencoding() when 'UTF8' then '[\u0001-\u001f\u007f-\u009f\u00ad\u034f\u115f\u1160\u180e\u200b\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\U00013430-\U00013455\U000e0000-\U000e007f]' when 'SQL_ASCII' then '[^\x20-\x7e]' else '[\x01-\x1f\x7f-\x9f]' end;
  wanted record;
  tested oid;
  holders text;
begin
  perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  for wanted in select it ->> 0 as relation, it ->> 1 as mode from json_array_elements(current_setting('limbeck.locks')::json) as it loop
    tested := (select coalesce((select indrelid from pg_index where indexrelid = c.oid), c.oid) from pg_class c where c.oid = to_regclass(wanted.relation) and c.relkind in ('r', 'p', 'i', 'I'));
    continue when tested is null;
    begin
      execute format('lock table only %s in %s mode', tested::regclass, wanted.mode);
    exception
      when insufficient_privilege then
        -- Owners may have revoked their own rights on the rows, which the statement does not need.
        null;
      when lock_not_available then
        select string_agg(coalesce(case when a.state is null then format('process %s of %s, whose state and statement this role may not see', a.pid, a.usename)
            else format('process %s of %s (%s), %s, in a transaction since %s: %s', a.pid, a.usename, coalesce(nullif(a.application_name, ''), 'no application name'),
              a.state, date_trunc('second', a.xact_start), left(translate(a.query, E'\r\n', '  '), 80)) end, 'a prepared transaction (select * from pg_prepared_xacts)'), '; ' order by a.pid) into holders
          from (select distinct pid from pg_locks l where l.locktype = 'relation' and l.relation = tested and l.database = (select oid from pg_database where datname = current_database())
            and l.granted and l.pid is distinct from pg_backend_pid()
            and (wanted.mode = 'access exclusive' or l.mode not in ('AccessShareLock', 'RowShareLock')) and (wanted.mode <> 'share' or l.mode <> 'ShareLock')) as l
          left join pg_stat_activity a using (pid);
        raise exception 'limbeck: failed: % was locked by other sessions for longer than %: %', regexp_replace(tested::regclass::text, hidden, '?', 'g'), current_setting('lock_timeout'),
            coalesce(regexp_replace(holders, hidden, '?', 'g'), 'these have just ended')
          using errcode = 'lock_not_available', hint = 'Nothing of this step was done. When these sessions have ended, run the same file again. -v lock_timeout=30s waits longer, but so do all sessions that queue behind it.';
    end;
  end loop;
  perform set_config('search_path', limbeck_path, true);
end
$limbeck$;
$limbeck_lock$ as limbeck_lock \gset

-- The first block begins each step: this run still has the lock, the version table runs no code of other roles, and its rows are
-- those that the step starts from; then it moves them. The second block checks an index that already exists, the third one the
-- result of a statement outside a transaction, the fourth one the rows again if statements may have changed them. If the whole
-- release is one transaction, the last one sets the constraints back to the modes that they were created with.
select $limbeck_step$
do $limbeck$
declare
  hidden constant text := case getdatabaseencoding() when 'UTF8' then '[\u0001-\u001f\u007f-\u009f\u00ad\u034f\u115f\u1160\u180e\u200b\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\U00013430-\U00013455\U000e0000-\U000e007f]' when 'SQL_ASCII' then '[^\x20-\x7e]' else '[\x01-\x1f\x7f-\x9f]' end;
  step constant json := current_setting('limbeck.step')::json;
  number constant bigint := (step ->> 'lock')::bigint;
  versions constant text := step ->> 'versions';
  progress constant text := step ->> 'progress';
  home constant text := step ->> 'home';
  note constant json := step -> 'note';
  present text[];
  expected text[];
  half_revision text;
  half_way text;
  half_part integer;
  is_noted boolean;
  so_far text;
  names text[];
  id text;
  tested oid;
  odd text;
  -- Only tables that were checked are read: something else may have been put in their place in between.
  readable text[] := '{}';
begin
  -- The meaning of the author's statements depends on these settings, and a database or a role may set other values. PostgreSQL
  -- refuses settings that only a superuser may change, even with the same value.
  perform set_config(name, wanted, true)
     from (values ('array_nulls', 'on'), ('backslash_quote', 'safe_encoding'), ('bytea_output', 'hex'), ('check_function_bodies', 'on'),
             ('datestyle', 'ISO, MDY'), ('default_transaction_deferrable', 'off'), ('extra_float_digits', '1'), ('intervalstyle', 'postgres'), ('jit', 'off'),
             ('plpgsql.variable_conflict', 'error'), ('quote_all_identifiers', 'off'), ('row_security', 'off'), ('session_replication_role', 'origin'),
             ('transform_null_equals', 'off'), ('xmlbinary', 'base64'), ('xmloption', 'content')) as fixed (name, wanted)
    where current_setting(name, true) <> wanted;

  -- [run
  if number is not null and not exists (select from pg_locks l where l.pid = pg_backend_pid() and l.locktype = 'advisory' and l.granted and l.classid::bigint = number >> 32 & 4294967295 and l.objid::bigint = number & 4294967295 and l.objsubid = 1) then
    raise exception 'limbeck: refused: this run has lost the lock that prevents other runs'
      using hint = 'Either a pooler in transaction mode switched the session: connect directly to the server. Or a revision released all locks (pg_advisory_unlock_all): remove that. Nothing of this step was done; run the same file again.';
  end if;
  -- run]
  -- [home
  if home is not null then
    if to_regnamespace(quote_ident(home)) is null then
      raise exception 'limbeck: refused: there is no schema %', home
        using hint = format('Create it first, or set `schema` in limbeck.yaml: create schema %I;', home);
    elsif not has_schema_privilege(home, 'usage') then
      raise exception 'limbeck: refused: the role % may not use the schema %', regexp_replace(current_user::text, hidden, '?', 'g'), home
        using hint = 'Run the script as another role, or grant usage on the schema.';
    end if;
  end if;
  -- home]
  -- Until the end of the transaction, nobody else can move the rows or create a trigger on the table.
  foreach id in array array[versions, progress] loop
    continue when to_regclass(id) is null;
    tested := to_regclass(id);
    if exists (select from pg_class where oid = tested and relkind = 'r') then
      execute format('lock table %s in share row exclusive mode', id);
      tested := to_regclass(id);
    end if;
    odd := coalesce((
-- Why the table `tested` (an oid) is not an ordinary table, as words after its name; empty for an ordinary table, which runs no
-- code of other roles. No row if the table no longer exists. Reading a view runs its functions. Planning a query on a table
-- computes the constants in its indexes and statistics on expressions (RelationGetIndexExpressions in relcache.c,
-- get_relation_statistics in plancat.c). Changing a row runs triggers, checks, domains, defaults and keys.
select coalesce(
    case c.relkind when 'r' then null when 'v' then 'is a view' when 'm' then 'is a materialized view' when 'f' then 'is a foreign table'
      when 'p' then 'is a partitioned table' when 'S' then 'is a sequence' else 'is not a table' end,
    case when c.relispartition then 'is a partition of a table' when c.relpersistence = 't' then 'is temporary' end,
    (select 'inherits from a table' from pg_inherits where inhrelid = c.oid limit 1),
    (select 'has a table that inherits from it' from pg_inherits where inhparent = c.oid limit 1),
    (select 'has the column ' || a.attname || ' of the type ' || format_type(a.atttypid, a.atttypmod) from pg_attribute a join pg_type t on t.oid = a.atttypid
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and (t.typtype <> 'b' or t.typnamespace <> 'pg_catalog'::regnamespace) order by a.attnum limit 1),
    (select 'has the trigger ' || tgname from pg_trigger where tgrelid = c.oid and not tgisinternal order by tgname limit 1),
    (select 'has the rule ' || rulename from pg_rewrite where ev_class = c.oid order by rulename limit 1),
    case when c.relrowsecurity or c.relforcerowsecurity then 'has row security' end,
    (select 'has row security' from pg_policy where polrelid = c.oid limit 1),
    (select 'has ' || case contype when 'c' then 'the check ' when 'f' then 'the foreign key ' else 'the constraint ' end || conname from pg_constraint
      where conrelid = c.oid and contype not in ('p', 'u', 'n') order by conname limit 1),
    -- A foreign key has triggers on this table, which are found by an index.
    (select 'is referenced by the foreign key ' || k.conname || ' of ' || k.conrelid::regclass from pg_trigger t join pg_constraint k on k.oid = t.tgconstraint
      where t.tgrelid = c.oid and k.confrelid = c.oid and k.contype = 'f' order by k.conname limit 1),
    (select 'has the generated column ' || attname from pg_attribute where attrelid = c.oid and attgenerated <> '' order by attnum limit 1),
    -- The name of a built-in type contains no dot.
    (select 'has the default ' || pg_get_expr(adbin, adrelid) || ', which is not a constant,' from pg_attrdef where adrelid = c.oid
      and pg_get_expr(adbin, adrelid) !~ '^[(]?(''([^'']|'''')*''|-?[0-9.]+|NULL|true|false)[)]?(::[a-z ]+([(][0-9, ]+[)])?)*$' order by adnum limit 1),
    (select 'has the index ' || indexrelid::regclass || ' with an expression or a predicate' from pg_index where indrelid = c.oid
      and (indexprs is not null or indpred is not null) order by indexrelid limit 1),
    (select 'has the index ' || indexrelid::regclass || ' with the operator class ' || opcname from pg_index join pg_opclass o on o.oid = any (indclass::oid[])
      where indrelid = c.oid and opcnamespace <> 'pg_catalog'::regnamespace order by indexrelid limit 1),
    -- Before version 14 this column does not exist.
    (select 'has the statistics ' || stxname || ' on an expression' from pg_statistic_ext s where stxrelid = c.oid and to_json(s) ->> 'stxexprs' is not null order by stxname limit 1),
    case when c.relowner <> quote_ident(current_user)::regrole and c.relowner <> all (array(
-- The roles that may own objects that a script depends on: the role that runs it, the roles that this role is a member of, the
-- owners of the database and the schema, superusers, and the roles that the DBA names. That a superuser is a member of every
-- role does not count. A membership counts if a superuser granted it or, unless the script runs as a superuser, a role with
-- CREATEROLE or the owner of the database: otherwise the administrator of a group could add the role that runs the script to it.
-- Memberships in predefined roles do not count.
with recursive member (role) as (
    select r.oid from pg_roles r where r.rolname in (current_user, session_user)
  union
    select m.roleid from member join pg_auth_members m on m.member = member.role join pg_roles g on g.oid = m.grantor
     where m.roleid >= 16384 and (g.rolsuper or not exists (select from pg_roles where rolname in (current_user, session_user) and rolsuper)
       and (g.rolcreaterole or g.oid = (select datdba from pg_database where datname = current_database())))
)
select role from member
union select datdba from pg_database where datname = current_database()
union select oid from pg_roles where rolsuper
-- Another name for the owner of the database; it has no other members.
union select oid from pg_roles where rolname = 'pg_database_owner'
union select oid from pg_roles where 'role ' || quote_ident(rolname) = any (regexp_split_to_array(btrim(current_setting('limbeck.trust', true)), '\s*;\s*'))
  and not exists (select from pg_db_role_setting, unnest(setconfig) as one where one = 'limbeck.trust=' || current_setting('limbeck.trust', true))
union select nspowner from pg_namespace where oid = c.relnamespace))
      then 'belongs to the role ' || quote_ident(pg_get_userbyid(c.relowner)) || ', which is not your role, a role that a superuser granted you, or the owner of the database or the schema: change the owner, or trust the role by name (role ' || quote_ident(pg_get_userbyid(c.relowner)) || ')' end, '')
  from pg_class c where c.oid = tested
    ), 'no longer exists');
    if odd <> '' then
      raise exception 'limbeck: refused: % %', id, regexp_replace(odd, hidden, '?', 'g')
        using hint = 'The version table and limbeck_progress must be ordinary tables, so that they run no code. Find out who changed this one. Nothing of this step was done.';
    end if;
    readable := readable || id;
  end loop;
  if progress = any (readable) then
    execute format('select revision, direction, part from %s limit 1', progress) into half_revision, half_way, half_part;
  end if;
  -- [alone
  if note is null and half_revision is not null then
    raise exception 'limbeck: refused: the % of revision % is half done: part % was the last', regexp_replace(half_way, hidden, '?', 'g'), regexp_replace(half_revision, hidden, '?', 'g'), half_part
      using hint = case when number is not null then 'Another script ran in the meantime: run the same file again.'
        else format('Finish it first with the script that started it: continue there at the line: -- %s: part %s of ...', regexp_replace(half_revision, hidden, '?', 'g'), half_part + 1) end;
  end if;
  -- alone]
  -- [create
  if step ->> 'create' is not null and versions <> all (readable) then
    if to_regnamespace(quote_ident(step ->> 'place')) is null then
      if (step ->> 'made')::boolean is not true then
        raise exception 'limbeck: refused: there is no schema %, which should contain the version table', step ->> 'place'
          using hint = format('Create it first: create schema %I;', step ->> 'place');
      end if;
      -- The first revision creates it unless it exists.
      execute format('create schema %I', step ->> 'place');
    end if;
    execute format('create table %s (version_num character varying(32) not null, constraint %I primary key (version_num))', versions, step ->> 'create');
    readable := readable || versions;
  end if;
  -- create]
  expected := case when step -> 'rows' is null then current_setting('limbeck.rows')::text[] else array(select json_array_elements_text(step -> 'rows' -> 0)) end;
  if versions <> all (readable) then
    raise exception 'limbeck: refused: there is no table %', versions
      using hint = format('This step needs the database at %s. Write a script that starts at the base, or stamp the database.', coalesce(nullif(array_to_string(expected, ', '), ''), 'base'));
  end if;
  execute format('select coalesce(array_agg(version_num::text order by version_num::text collate "C"), ''{}'') from %s', versions) into present;
  if present <> expected and not (json_array_length(step -> 'rows') > 1 and present = array(select json_array_elements_text(step -> 'rows' -> 1))) is true then
    raise exception 'limbeck: refused: this step needs the database at %, but it is at %', coalesce(nullif(array_to_string(expected, ', '), ''), 'base'),
        coalesce(nullif(regexp_replace(array_to_string(present, ', '), hidden, '?', 'g'), ''), 'base')
      using hint = case when number is null then 'Nothing of this step was done. Write a script that starts where the database is.'
        else 'Another session moved it while this script ran. Nothing of this step was done. Run the same file again.' end;
  end if;

  -- [note
  -- Exactly the parts of this revision before this one must be done.
  if note is not null then
    if progress = any (readable) then
      is_noted := half_revision = note ->> 'revision' and (half_way = note ->> 'way' and half_part = (note ->> 'done')::integer
        or half_way = 'upgrade' and half_part in (select it::integer from json_array_elements_text(note -> 'begun') as it));
      so_far := case when half_part = 1 then 'part 1' else 'parts 1 to ' || half_part end || ' of the ' || half_way || ' of revision ' || half_revision;
    else
      is_noted := (note ->> 'done')::integer = 0;
    end if;
    if is_noted is not true then
      raise exception 'limbeck: refused: this is part % of % of revision %, but done so far: %', (note ->> 'done')::integer + 1, note ->> 'of', note ->> 'revision',
          coalesce(nullif(regexp_replace(so_far, hidden, '?', 'g'), 'parts 1 to 0'), 'nothing')
        using hint = case when number is not null then 'Another script ran in the meantime: run the same file again.'
          when half_revision = note ->> 'revision' and half_way = note ->> 'way' or half_revision is null
          then format('Continue in the script at the line: -- %s: part %s of %s', note ->> 'revision', coalesce(half_part, 0) + 1, note ->> 'of')
          else 'Finish that first, with the script that started it.' end;
    end if;
    perform set_config('limbeck.half', coalesce(half_way, ''), true);
  end if;
  -- note]

  if step -> 'add' is not null then
    if json_array_length(step -> 'add') = 1 and present = array(select json_array_elements_text(step -> 'remove')) and cardinality(present) = 1 then
      execute format('update %s set version_num = $1', versions) using step -> 'add' -> 0 ->> 0;
    else
      execute format('delete from %s where version_num = any ($1)', versions) using array(select json_array_elements_text(step -> 'remove'));
      -- The first name is the row; it is not needed if one of the names exists.
      for names in select array(select json_array_elements_text(it)) from json_array_elements(step -> 'add') as it loop
        execute format('insert into %1$s (version_num) select $1[1] where not exists (select from %1$s where version_num = any ($1))', versions) using names;
      end loop;
    end if;
  end if;
  -- [note
  if note ->> 'next' = 'end' then
    if progress = any (readable) then
      execute format('drop table %s', progress);
    end if;
  elsif note ->> 'next' is not null
     and (half_revision, half_way, half_part) is distinct from (note ->> 'revision', note ->> 'way', (note ->> 'next')::integer) then
    if progress <> all (readable) then
      execute format('create table %s (revision text primary key, direction text not null, part integer not null)', progress);
    end if;
    execute format('delete from %s', progress);
    execute format('insert into %s values ($1, $2, $3)', progress) using note ->> 'revision', note ->> 'way', (note ->> 'next')::integer;
  end if;
  -- note]
  -- [run
  if step -> 'keep' is not null then
    execute format('select coalesce(array_agg(version_num::text order by version_num::text collate "C"), ''{}'') from %s', versions) into present;
    perform set_config('limbeck.rows', present::text, true);
  end if;
  -- run]
end
$limbeck$;
$limbeck_step$ as limbeck_step, $limbeck_index$
do $limbeck$
declare
  hidden constant text := case getdatabaseencoding() when 'UTF8' then '[\u0001-\u001f\u007f-\u009f\u00ad\u034f\u115f\u1160\u180e\u200b\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\U00013430-\U00013455\U000e0000-\U000e007f]' when 'SQL_ASCII' then '[^\x20-\x7e]' else '[\x01-\x1f\x7f-\x9f]' end;
  index constant json := current_setting('limbeck.index')::json;
  name constant text := index ->> 'name';
  on_table constant text := index ->> 'table';
  present constant oid := to_regclass(name);
  statement constant text := index ->> 'twin';
  path constant text := index ->> 'path';
  builder integer;
  definition text;
  twin text;
begin
  if present is null then
    return;
  end if;
  if not exists (select from pg_index where indexrelid = present and indrelid = to_regclass(on_table)) then
    raise exception 'limbeck: refused: % already exists, but is not an index of %', name, on_table
      using hint = 'Rename it or drop it, and run the same file again.';
  end if;
  select p.pid into builder
    from pg_stat_get_progress_info('CREATE INDEX') p join pg_locks l on l.pid = p.pid
   where p.datid = (select oid from pg_database where datname = current_database())
     and l.locktype = 'relation' and l.relation = to_regclass(on_table) and l.mode = 'ShareUpdateExclusiveLock' and l.granted
   limit 1;
  if builder is not null then
    raise exception 'limbeck: refused: an index of % is being built by process %', on_table, builder
      using hint = 'Wait until it has finished, and run the same file again.';
  end if;
  if not (select indisvalid from pg_index where indexrelid = present) then
    if not (index ->> 'mends')::boolean then
      raise exception 'limbeck: refused: index % is invalid: an earlier build of it failed', name
        using hint = format('Drop it and run the script again: drop index concurrently %s;', name);
    end if;
    return;
  end if;
  -- The same statement on an empty table with the same columns; it is rolled back at once, and its search_path with it.
  begin
    execute format('create temporary table %I (like %s)', index ->> 'table_name', on_table);
    perform set_config('search_path', path, true);
    execute statement;
    perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    select pg_get_indexdef(oid) into twin from pg_class where relname = index ->> 'own_name' and relnamespace = pg_my_temp_schema();
    raise exception using errcode = 'LB001', message = twin;
  exception when sqlstate 'LB001' then
    twin := sqlerrm;
  end;
  definition := pg_get_indexdef(present);
  if (definition like 'CREATE UNIQUE %', substr(definition, strpos(definition, ' USING ')))
     is distinct from (twin like 'CREATE UNIQUE %', substr(twin, strpos(twin, ' USING '))) then
    raise exception 'limbeck: refused: index % already exists with another definition: %', name, regexp_replace(definition, hidden, '?', 'g')
      using hint = 'Rename it or drop it, and run the same file again.';
  end if;
end
$limbeck$;
$limbeck_index$ as limbeck_index, $limbeck_done$
do $limbeck$
declare
  done constant json := current_setting('limbeck.done')::json;
  built constant oid := to_regclass(done ->> 'built');
  gone constant oid := to_regclass(done ->> 'gone');
  detached constant oid := to_regclass(done ->> 'detached');
begin
  if done ->> 'built' is not null and not exists (select from pg_index where indexrelid = built and indisvalid)
     or gone is not null or exists (select from pg_inherits where inhrelid = detached) then
    raise exception 'limbeck: failed: %', done ->> 'otherwise' using hint = 'Run the same file again.';
  end if;
end
$limbeck$;
$limbeck_done$ as limbeck_done,
       format($limbeck$reset session authorization; close all; set session authorization %L; set role %L; set local search_path = pg_catalog, pg_temp; set local limbeck.tables = %L;$limbeck$,
         :'limbeck_user', :'limbeck_role', json_build_object('versions', :'limbeck_release'::json -> 'versions', 'progress', :'limbeck_release'::json -> 'progress')) || $limbeck_kept$
do $limbeck$
declare
  hidden constant text := case getdatabaseencoding() when 'UTF8' then '[\u0001-\u001f\u007f-\u009f\u00ad\u034f\u115f\u1160\u180e\u200b\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\U00013430-\U00013455\U000e0000-\U000e007f]' when 'SQL_ASCII' then '[^\x20-\x7e]' else '[\x01-\x1f\x7f-\x9f]' end;
  kept constant json := current_setting('limbeck.kept')::json;
  tables constant json := case when kept -> 'versions' is null then current_setting('limbeck.tables')::json else kept end;
  versions constant text := tables ->> 'versions';
  progress constant text := tables ->> 'progress';
  expected constant text[] := case when kept -> 'rows' is null then current_setting('limbeck.rows')::text[] else array(select json_array_elements_text(kept -> 'rows')) end;
  note constant json := kept -> 'note';
  present text[];
  is_noted boolean;
  id text;
  tested oid;
  odd text;
begin
  -- The prepared statement is not asked: this step may have prepared the same text while other names were in reach. The lock of this transaction does not prevent others from renaming the schema and giving its name to another one.
  foreach id in array array[versions, progress] loop
    tested := to_regclass(id);
    odd := (
-- Why the table `tested` (an oid) is not an ordinary table, as words after its name; empty for an ordinary table, which runs no
-- code of other roles. No row if the table no longer exists. Reading a view runs its functions. Planning a query on a table
-- computes the constants in its indexes and statistics on expressions (RelationGetIndexExpressions in relcache.c,
-- get_relation_statistics in plancat.c). Changing a row runs triggers, checks, domains, defaults and keys.
select coalesce(
    case c.relkind when 'r' then null when 'v' then 'is a view' when 'm' then 'is a materialized view' when 'f' then 'is a foreign table'
      when 'p' then 'is a partitioned table' when 'S' then 'is a sequence' else 'is not a table' end,
    case when c.relispartition then 'is a partition of a table' when c.relpersistence = 't' then 'is temporary' end,
    (select 'inherits from a table' from pg_inherits where inhrelid = c.oid limit 1),
    (select 'has a table that inherits from it' from pg_inherits where inhparent = c.oid limit 1),
    (select 'has the column ' || a.attname || ' of the type ' || format_type(a.atttypid, a.atttypmod) from pg_attribute a join pg_type t on t.oid = a.atttypid
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and (t.typtype <> 'b' or t.typnamespace <> 'pg_catalog'::regnamespace) order by a.attnum limit 1),
    (select 'has the trigger ' || tgname from pg_trigger where tgrelid = c.oid and not tgisinternal order by tgname limit 1),
    (select 'has the rule ' || rulename from pg_rewrite where ev_class = c.oid order by rulename limit 1),
    case when c.relrowsecurity or c.relforcerowsecurity then 'has row security' end,
    (select 'has row security' from pg_policy where polrelid = c.oid limit 1),
    (select 'has ' || case contype when 'c' then 'the check ' when 'f' then 'the foreign key ' else 'the constraint ' end || conname from pg_constraint
      where conrelid = c.oid and contype not in ('p', 'u', 'n') order by conname limit 1),
    -- A foreign key has triggers on this table, which are found by an index.
    (select 'is referenced by the foreign key ' || k.conname || ' of ' || k.conrelid::regclass from pg_trigger t join pg_constraint k on k.oid = t.tgconstraint
      where t.tgrelid = c.oid and k.confrelid = c.oid and k.contype = 'f' order by k.conname limit 1),
    (select 'has the generated column ' || attname from pg_attribute where attrelid = c.oid and attgenerated <> '' order by attnum limit 1),
    -- The name of a built-in type contains no dot.
    (select 'has the default ' || pg_get_expr(adbin, adrelid) || ', which is not a constant,' from pg_attrdef where adrelid = c.oid
      and pg_get_expr(adbin, adrelid) !~ '^[(]?(''([^'']|'''')*''|-?[0-9.]+|NULL|true|false)[)]?(::[a-z ]+([(][0-9, ]+[)])?)*$' order by adnum limit 1),
    (select 'has the index ' || indexrelid::regclass || ' with an expression or a predicate' from pg_index where indrelid = c.oid
      and (indexprs is not null or indpred is not null) order by indexrelid limit 1),
    (select 'has the index ' || indexrelid::regclass || ' with the operator class ' || opcname from pg_index join pg_opclass o on o.oid = any (indclass::oid[])
      where indrelid = c.oid and opcnamespace <> 'pg_catalog'::regnamespace order by indexrelid limit 1),
    -- Before version 14 this column does not exist.
    (select 'has the statistics ' || stxname || ' on an expression' from pg_statistic_ext s where stxrelid = c.oid and to_json(s) ->> 'stxexprs' is not null order by stxname limit 1),
    case when c.relowner <> quote_ident(current_user)::regrole and c.relowner <> all (array(
-- The roles that may own objects that a script depends on: the role that runs it, the roles that this role is a member of, the
-- owners of the database and the schema, superusers, and the roles that the DBA names. That a superuser is a member of every
-- role does not count. A membership counts if a superuser granted it or, unless the script runs as a superuser, a role with
-- CREATEROLE or the owner of the database: otherwise the administrator of a group could add the role that runs the script to it.
-- Memberships in predefined roles do not count.
with recursive member (role) as (
    select r.oid from pg_roles r where r.rolname in (current_user, session_user)
  union
    select m.roleid from member join pg_auth_members m on m.member = member.role join pg_roles g on g.oid = m.grantor
     where m.roleid >= 16384 and (g.rolsuper or not exists (select from pg_roles where rolname in (current_user, session_user) and rolsuper)
       and (g.rolcreaterole or g.oid = (select datdba from pg_database where datname = current_database())))
)
select role from member
union select datdba from pg_database where datname = current_database()
union select oid from pg_roles where rolsuper
-- Another name for the owner of the database; it has no other members.
union select oid from pg_roles where rolname = 'pg_database_owner'
union select oid from pg_roles where 'role ' || quote_ident(rolname) = any (regexp_split_to_array(btrim(current_setting('limbeck.trust', true)), '\s*;\s*'))
  and not exists (select from pg_db_role_setting, unnest(setconfig) as one where one = 'limbeck.trust=' || current_setting('limbeck.trust', true))
union select nspowner from pg_namespace where oid = c.relnamespace))
      then 'belongs to the role ' || quote_ident(pg_get_userbyid(c.relowner)) || ', which is not your role, a role that a superuser granted you, or the owner of the database or the schema: change the owner, or trust the role by name (role ' || quote_ident(pg_get_userbyid(c.relowner)) || ')' end, '')
  from pg_class c where c.oid = tested
    );
    if odd <> '' then
      raise exception 'limbeck: refused: % %', id, regexp_replace(odd, hidden, '?', 'g')
        using hint = 'It was an ordinary table when this step began. Find out who changed it. Nothing of this step was done.';
    end if;
  end loop;
  if to_regclass(versions) is not null then
    execute format('select coalesce(array_agg(version_num::text order by version_num::text collate "C"), ''{}'') from %s', versions) into present;
  end if;
  if note -> 'part' is not null and to_regclass(progress) is not null then
    execute format('select count(*) = 1 and bool_and((revision, direction, part::text) = ($1, $2, $3)) from %s', progress)
      into is_noted using note ->> 'revision', note ->> 'way', note ->> 'part';
  elsif note is not null then
    is_noted := note -> 'part' is null and to_regclass(progress) is null;
  end if;
  if present is distinct from expected or not is_noted then
    raise exception 'limbeck: refused: a statement of this step changed %', case when present is distinct from expected then versions else progress end
      using hint = 'A revision must not change the version table or limbeck_progress: the next steps depend on them. Nothing of this step was done.',
        detail = format('The rows are %s, but should be %s.', coalesce(nullif(regexp_replace(array_to_string(present, ', '), hidden, '?', 'g'), ''), 'none'), coalesce(nullif(array_to_string(expected, ', '), ''), 'none'));
  end if;
end
$limbeck$;
$limbeck_kept$ as limbeck_kept, $limbeck_modes$
do $limbeck$
declare
  deferred text;
  immediate text;
  is_ambiguous boolean;
begin
  -- `set constraints` applies to all constraints of that name in the schema, and fails if one of them is not deferrable.
  select string_agg(name, ', ' order by name) filter (where is_deferrable and is_deferred), string_agg(name, ', ' order by name) filter (where is_deferrable and not is_deferred),
      coalesce(bool_or(is_deferred and not is_deferrable), false) into deferred, immediate, is_ambiguous
    from (select format('%I.%I', n.nspname, c.conname), bool_or(c.condeferred), bool_and(c.condeferrable) from pg_constraint c join pg_namespace n on n.oid = c.connamespace
     group by n.nspname, c.conname having bool_or(c.condeferrable)) as it (name, is_deferred, is_deferrable);
  if not is_ambiguous then
    if deferred is not null then
      execute 'set constraints ' || deferred || ' deferred';
    end if;
  else
    set constraints all deferred;
    if immediate is not null then
      execute 'set constraints ' || immediate || ' immediate';
    end if;
  end if;
end
$limbeck$;
$limbeck_modes$ as limbeck_modes \gset

select 'The database is at ' || :'limbeck_here' || :'limbeck_lost' || '; steps left: ' || :'limbeck_left' || ' of ' || (:'limbeck_release'::json ->> 'steps') || '.';
\if :limbeck_runs
select 'If this stops, ' || case when (:'limbeck_release'::json ->> 'whole')::boolean then 'nothing of it is applied' else 'finished parts stay applied' end || ': fix the cause and run the same file again.';
\endif
\set SHOW_CONTEXT :limbeck_context

-- Which of the next steps are left?
select
  substr(it, 1, 1) = '1' as limbeck_1,
  substr(it, 2, 1) = '1' as limbeck_2,
  substr(it, 3, 1) = '1' as limbeck_3
  from (values (:'limbeck_todo')) as todo (it) \gset

-- --------------------------------------------------------------------------------------------------------
-- 1/3  001_initial_schema: initial schema: users, wells, sensor data, logs
\if :limbeck_1
select '1/3  001_initial_schema: initial schema: users, wells, sensor data, logs';
\if :limbeck_runs
select clock_timestamp() as limbeck_began \gset
begin;
set local limbeck.step = '{"lock":"94412436190720474","versions":"public.alembic_version","progress":"public.limbeck_progress","create":"alembic_version_pkc","place":"public","rows":[[]],"remove":[],"add":[["001_initial_schema"]]}'; select :'limbeck_step' \gexec
set local search_path = public, pg_temp;
\endif \set ECHO :limbeck_show \if :limbeck_runs
create table users (
  id text,
  email character varying(255) not null,
  full_name text,
  password text,
  role character varying(20) default 'viewer' not null,
  created_at timestamp with time zone default current_timestamp not null,
  deleted_at timestamp with time zone,
  constraint users_pkey primary key (id),
  constraint users_email_key unique (email),
  constraint users_role_check check (role in ('viewer', 'engineer', 'admin'))
);
comment on table users is 'people who may sign in';
comment on column users.id is 'as the identity provider names them';
comment on column users.password is 'empty for those who sign in elsewhere';
create table well_profiles (
  id integer generated always as identity,
  name text not null,
  field text not null,
  latitude numeric(9,6),
  longitude numeric(9,6),
  depth_m numeric(8,2) default 0 not null,
  constraint well_profiles_pkey primary key (id),
  constraint well_profiles_latitude_check check (latitude between -90 and 90),
  constraint well_profiles_longitude_check check (longitude between -180 and 180),
  constraint uq_well_name unique (field, name),
  constraint depth_is_positive check (depth_m >= 0)
);
create table sensor_data (
  id bigint generated always as identity,
  sensor text not null,
  recorded_at timestamp with time zone default now() not null,
  value double precision not null,
  unit character varying(16) default 'bar' not null,
  constraint sensor_data_pkey primary key (id)
);
create index ix_sensor_data_sensor_time on sensor_data (sensor, recorded_at desc);
create table system_logs (
  id bigint generated always as identity,
  logged_at timestamp with time zone default clock_timestamp() not null,
  level character varying(10) default 'info' not null,
  source text not null,
  message text not null,
  details jsonb default '{}' not null,
  constraint system_logs_pkey primary key (id)
);
create index ix_system_logs_errors on system_logs (logged_at) where level in ('error', 'fatal');
\endif \set ECHO none \if :limbeck_runs
commit;
select :'limbeck_reset' \gexec
execute limbeck_took(:'limbeck_began', ' s; the database is at 001_initial_schema');
\endif
\endif \unset limbeck_1

-- --------------------------------------------------------------------------------------------------------
-- 2/3  4c1d0f2e9b77: keep password hashes only
\if :limbeck_2
select '2/3  4c1d0f2e9b77: keep password hashes only';
\if :limbeck_runs
begin \; lock table public.alembic_version in share row exclusive mode \; execute limbeck_at \gset
\if :limbeck_fine \\ execute limbeck_move('001_initial_schema', '4c1d0f2e9b77') \gset \endif \if :limbeck_slow
set local limbeck.step = '{"lock":"94412436190720474","versions":"public.alembic_version","progress":"public.limbeck_progress","rows":[["001_initial_schema"]],"remove":["001_initial_schema"],"add":[["4c1d0f2e9b77"]],"keep":true}'; select :'limbeck_step' \gexec \\ select current_setting('limbeck.rows') as limbeck_rows \gset
\endif \\ set local search_path = public, pg_temp \; execute limbeck_free('[["public.users","access exclusive"]]') \gset \if :limbeck_busy \\ select :'limbeck_lock' \gexec \endif
\endif \set ECHO :limbeck_show \if :limbeck_runs
alter table users add column password_hash text;
update users set password_hash = encode(sha256(convert_to(password, 'UTF8')), 'hex') where password is not null;
set constraints all immediate;
select :'limbeck_again' \gexec
alter table users drop column password;
\endif \set ECHO none \if :limbeck_runs
set constraints all immediate;
select :'limbeck_again' \gexec
set local limbeck.rows = :'limbeck_rows';
set local limbeck.kept = '{}';
select :'limbeck_kept' \gexec
commit;
select :'limbeck_reset' \gexec
execute limbeck_took(:'limbeck_began', ' s; the database is at 4c1d0f2e9b77');
\endif
\endif \unset limbeck_2

-- --------------------------------------------------------------------------------------------------------
-- 3/3  7f71d8f421e3: email verification and password reset
\if :limbeck_3
select '3/3  7f71d8f421e3: email verification and password reset';
\if :limbeck_runs
begin \; lock table public.alembic_version in share row exclusive mode \; execute limbeck_at \gset
\if :limbeck_fine \\ execute limbeck_move('4c1d0f2e9b77', '7f71d8f421e3') \gset \endif \if :limbeck_slow
set local limbeck.step = '{"lock":"94412436190720474","versions":"public.alembic_version","progress":"public.limbeck_progress","rows":[["4c1d0f2e9b77"]],"remove":["4c1d0f2e9b77"],"add":[["7f71d8f421e3"]]}'; select :'limbeck_step' \gexec
\endif \\ set local search_path = public, pg_temp \; execute limbeck_free('[["public.users","access exclusive"]]') \gset \if :limbeck_busy \\ select :'limbeck_lock' \gexec \endif
\endif \set ECHO :limbeck_show \if :limbeck_runs
alter table users
  add column email_verified_at timestamp with time zone,
  add column password_reset_token character varying(64),
  add column password_reset_expires timestamp with time zone,
  add constraint reset_token_expires check ((password_reset_token is null) = (password_reset_expires is null));
create unique index ix_users_reset_token on users (password_reset_token) where password_reset_token is not null;
comment on column users.email_verified_at is 'null until the letter was answered';
\endif \set ECHO none \if :limbeck_runs
\if :limbeck_slow \\ commit; select :'limbeck_reset' \gexec \\ begin; \endif
commit \; execute limbeck_took(:'limbeck_began', ' s; the database is at 7f71d8f421e3');
\endif
\endif \unset limbeck_3

-- Is the database where it should be? The same in every bundle of this version of limbeck.
\if :limbeck_runs
begin;
set local limbeck.release = :'limbeck_release';
set local limbeck.target = :'limbeck_target';
do $limbeck$
declare
  hidden constant text := case getdatabaseencoding() when 'UTF8' then '[\u0001-\u001f\u007f-\u009f\u00ad\u034f\u115f\u1160\u180e\u200b\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\U00013430-\U00013455\U000e0000-\U000e007f]' when 'SQL_ASCII' then '[^\x20-\x7e]' else '[\x01-\x1f\x7f-\x9f]' end;
  release constant json := current_setting('limbeck.release')::json;
  number constant bigint := (release ->> 'lock')::bigint;
  target constant text[] := current_setting('limbeck.target');
  id constant text := release ->> 'versions';
  tested oid;
  odd text;
  readable text[] := '{}';
  present text[];
begin
  if not exists (select from pg_locks l where l.pid = pg_backend_pid() and l.locktype = 'advisory' and l.granted and l.classid::bigint = number >> 32 & 4294967295 and l.objid::bigint = number & 4294967295 and l.objsubid = 1) then
    raise exception 'limbeck: failed: this run has lost the lock that prevents other runs'
      using hint = 'Run the same file again: it shows where the database is.';
  end if;
  -- If somebody changed the rows in the meantime, the table itself may have been replaced.
    if to_regclass(id) is not null then
      tested := to_regclass(id);
      if exists (select from pg_class where oid = tested and relkind = 'r') then
        -- Until the end of the transaction, nobody can replace the table or create an index or statistics on it.
        execute format('lock table %s in share update exclusive mode', id);
        tested := to_regclass(id);
      end if;
      odd := coalesce((
-- Why the table `tested` (an oid) is not an ordinary table, as words after its name; empty for an ordinary table, which runs no
-- code of other roles. No row if the table no longer exists. Reading a view runs its functions. Planning a query on a table
-- computes the constants in its indexes and statistics on expressions (RelationGetIndexExpressions in relcache.c,
-- get_relation_statistics in plancat.c). Changing a row runs triggers, checks, domains, defaults and keys.
select coalesce(
    case c.relkind when 'r' then null when 'v' then 'is a view' when 'm' then 'is a materialized view' when 'f' then 'is a foreign table'
      when 'p' then 'is a partitioned table' when 'S' then 'is a sequence' else 'is not a table' end,
    case when c.relispartition then 'is a partition of a table' when c.relpersistence = 't' then 'is temporary' end,
    (select 'inherits from a table' from pg_inherits where inhrelid = c.oid limit 1),
    (select 'has a table that inherits from it' from pg_inherits where inhparent = c.oid limit 1),
    (select 'has the column ' || a.attname || ' of the type ' || format_type(a.atttypid, a.atttypmod) from pg_attribute a join pg_type t on t.oid = a.atttypid
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and (t.typtype <> 'b' or t.typnamespace <> 'pg_catalog'::regnamespace) order by a.attnum limit 1),
    (select 'has the trigger ' || tgname from pg_trigger where tgrelid = c.oid and not tgisinternal order by tgname limit 1),
    (select 'has the rule ' || rulename from pg_rewrite where ev_class = c.oid order by rulename limit 1),
    case when c.relrowsecurity or c.relforcerowsecurity then 'has row security' end,
    (select 'has row security' from pg_policy where polrelid = c.oid limit 1),
    (select 'has ' || case contype when 'c' then 'the check ' when 'f' then 'the foreign key ' else 'the constraint ' end || conname from pg_constraint
      where conrelid = c.oid and contype not in ('p', 'u', 'n') order by conname limit 1),
    -- A foreign key has triggers on this table, which are found by an index.
    (select 'is referenced by the foreign key ' || k.conname || ' of ' || k.conrelid::regclass from pg_trigger t join pg_constraint k on k.oid = t.tgconstraint
      where t.tgrelid = c.oid and k.confrelid = c.oid and k.contype = 'f' order by k.conname limit 1),
    (select 'has the generated column ' || attname from pg_attribute where attrelid = c.oid and attgenerated <> '' order by attnum limit 1),
    -- The name of a built-in type contains no dot.
    (select 'has the default ' || pg_get_expr(adbin, adrelid) || ', which is not a constant,' from pg_attrdef where adrelid = c.oid
      and pg_get_expr(adbin, adrelid) !~ '^[(]?(''([^'']|'''')*''|-?[0-9.]+|NULL|true|false)[)]?(::[a-z ]+([(][0-9, ]+[)])?)*$' order by adnum limit 1),
    (select 'has the index ' || indexrelid::regclass || ' with an expression or a predicate' from pg_index where indrelid = c.oid
      and (indexprs is not null or indpred is not null) order by indexrelid limit 1),
    (select 'has the index ' || indexrelid::regclass || ' with the operator class ' || opcname from pg_index join pg_opclass o on o.oid = any (indclass::oid[])
      where indrelid = c.oid and opcnamespace <> 'pg_catalog'::regnamespace order by indexrelid limit 1),
    -- Before version 14 this column does not exist.
    (select 'has the statistics ' || stxname || ' on an expression' from pg_statistic_ext s where stxrelid = c.oid and to_json(s) ->> 'stxexprs' is not null order by stxname limit 1),
    case when c.relowner <> quote_ident(current_user)::regrole and c.relowner <> all (array(
-- The roles that may own objects that a script depends on: the role that runs it, the roles that this role is a member of, the
-- owners of the database and the schema, superusers, and the roles that the DBA names. That a superuser is a member of every
-- role does not count. A membership counts if a superuser granted it or, unless the script runs as a superuser, a role with
-- CREATEROLE or the owner of the database: otherwise the administrator of a group could add the role that runs the script to it.
-- Memberships in predefined roles do not count.
with recursive member (role) as (
    select r.oid from pg_roles r where r.rolname in (current_user, session_user)
  union
    select m.roleid from member join pg_auth_members m on m.member = member.role join pg_roles g on g.oid = m.grantor
     where m.roleid >= 16384 and (g.rolsuper or not exists (select from pg_roles where rolname in (current_user, session_user) and rolsuper)
       and (g.rolcreaterole or g.oid = (select datdba from pg_database where datname = current_database())))
)
select role from member
union select datdba from pg_database where datname = current_database()
union select oid from pg_roles where rolsuper
-- Another name for the owner of the database; it has no other members.
union select oid from pg_roles where rolname = 'pg_database_owner'
union select oid from pg_roles where 'role ' || quote_ident(rolname) = any (regexp_split_to_array(btrim(current_setting('limbeck.trust', true)), '\s*;\s*'))
  and not exists (select from pg_db_role_setting, unnest(setconfig) as one where one = 'limbeck.trust=' || current_setting('limbeck.trust', true))
union select nspowner from pg_namespace where oid = c.relnamespace))
      then 'belongs to the role ' || quote_ident(pg_get_userbyid(c.relowner)) || ', which is not your role, a role that a superuser granted you, or the owner of the database or the schema: change the owner, or trust the role by name (role ' || quote_ident(pg_get_userbyid(c.relowner)) || ')' end, '')
  from pg_class c where c.oid = tested
      ), 'no longer exists');
      if odd <> '' then
        raise exception 'limbeck: refused: % %', id, regexp_replace(odd, hidden, '?', 'g')
          using hint = 'The version table and limbeck_progress must be ordinary tables, so that reading them runs no code. Find out who created this one, or set version_table in limbeck.yaml.';
      end if;
      readable := readable || id;
    end if;
  if readable = '{}' then
    raise exception 'limbeck: failed: there is no table %', id;
  end if;
  execute format('select coalesce(array_agg(version_num::text order by version_num::text collate "C"), ''{}'') from %s', id) into present;
  if present <> target then
    raise exception 'limbeck: failed: the rows of % are %, but should be %', id, regexp_replace(present::text, hidden, '?', 'g'), target
      using hint = 'Another session changed them during the run. Run the same file again: it shows where the database is.';
  end if;
end
$limbeck$;
commit;
\endif
select 'limbeck: ' || :'limbeck_end';
-- A revision may have taken other advisory locks.
select pg_advisory_unlock_all() as limbeck_set \gset
reset session authorization; reset role; reset all;
set session authorization :'limbeck_user';
set role :'limbeck_first_role';

\pset format aligned \pset tuples_only off
\set FETCH_COUNT :limbeck_fetch \set VERBOSITY :limbeck_verbosity \set SHOW_CONTEXT :limbeck_context
\set ON_ERROR_ROLLBACK :limbeck_savepoints \set AUTOCOMMIT :limbeck_autocommit
\set ECHO :limbeck_echo \set QUIET :limbeck_quiet
\endif
