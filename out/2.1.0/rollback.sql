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

-- Rollback of 2.1.0
--
--   from      2.1.0 (20251008_drop_reset_columns)
--   to        2.0.0 (c0a8d5e7f219)
--   for       PostgreSQL 14 or newer; run by psql 12 or newer
--   history   lb1:8f99955a824d1705685d9523df9510661260543f26c91b6fdd32b43fcdc1b335
--   made by   limbeck 0.1.0
--
-- See what it would do:   psql -X -d DATABASE -v dry_run=1 -f rollback.sql
-- Run it:                 psql -X -d DATABASE -L rollback.log -f rollback.sql
-- Options (-v NAME=VALUE): dry_run=1, wait=SECONDS for another run to end, expect_db=NAME, to=REVISION to stop earlier,
--   lock_timeout, statement_timeout, accept_data_loss=1.
-- When it stops, what is finished stays: mend the cause and run the same file again.
--
-- What stands before the first line of dashes looks where the database is, and changes nothing. The steps:
--
--   1  20251008_drop_reset_columns: reset tokens live in their own table now
--   2  20251001_log_levels: the levels of logs, in their order
--   3  20250924_user_names: first and last names of users
--   4  20250917_status_width: longer words for the status of maintenance

-- Options, unless given with -v
\if :{?dry_run} \else \set dry_run '' \endif
\if :{?wait} \else \set wait '' \endif
\if :{?expect_db} \else \set expect_db '' \endif
\if :{?to} \else \set to '' \endif
\if :{?accept_data_loss} \else \set accept_data_loss '' \endif
\if :{?DRY_RUN} \set dry_run 'written DRY_RUN' \endif
\if :{?dryrun} \set dry_run 'written dryrun' \endif
\if :{?DRYRUN} \set dry_run 'written DRYRUN' \endif
\if :{?lock_timeout}
\else
select current_setting('lock_timeout') as lock_timeout \gset
\endif
\if :{?statement_timeout}
\else
select current_setting('statement_timeout') as statement_timeout \gset
\endif

select 'limbeck 2.1.0 rollback' || case when lower(:'dry_run') in ('1', 'on', 'true', 'yes') then ': DRY RUN' else ': APPLY' end
       || ' on database ' || current_database()
       || ' at ' || coalesce(host(inet_server_addr()) || ' port ' || inet_server_port(), 'the local socket, port ' || current_setting('port'))
       || ' as ' || current_user;

-- Is this the right place?
set client_encoding = 'UTF8';
select set_config('limbeck.probe', 'inside', true) as limbeck_set \gset
select pg_backend_pid() as limbeck_pids \gset
select :'limbeck_pids' || ' ' || pg_backend_pid() as limbeck_pids \gset
select :'limbeck_pids' || ' ' || pg_backend_pid() as limbeck_pids \gset
select :'limbeck_pids' || ' ' || pg_backend_pid() as limbeck_pids \gset
select :'limbeck_pids' || ' ' || pg_backend_pid() as limbeck_pids \gset
select count(set_config('limbeck.' || name, value, false)) as limbeck_set
  from (values ('dry_run', :'dry_run'), ('wait', :'wait'), ('expect_db', :'expect_db'), ('to', :'to'), ('accept_data_loss', :'accept_data_loss'), ('psql', :'VERSION_NUM'), ('pids', :'limbeck_pids')) as option (name, value) \gset
set statement_timeout = 0;
do $limbeck$
declare
  other text;
begin
  if (select count(distinct pid) from unnest(string_to_array(current_setting('limbeck.pids', true), ' ')) as pid) is distinct from 1 then
    raise exception 'limbeck: refused: this connection changes sessions between transactions'
      using hint = 'That is a pooler in transaction mode: connect to the server itself, and run the same file again.';
  end if;
  if current_setting('limbeck.probe', true) = 'inside' then
    raise exception 'limbeck: refused: this session is in a transaction already'
      using hint = 'Run rollback.sql by itself: without -1 or --single-transaction, and without BEGIN before it or in .psqlrc.';
  end if;
  if current_setting('limbeck.psql')::integer < 120000 then
    raise exception 'limbeck: refused: this script needs psql 12 or newer, and this is %', current_setting('limbeck.psql')::integer / 10000
      using hint = 'Run it with the psql of a newer PostgreSQL; the server may stay.';
  end if;
  if current_setting('server_version_num')::integer < 140000 then
    raise exception 'limbeck: refused: this script needs PostgreSQL 14 or newer, and this server is %', current_setting('server_version')
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
  if current_setting('limbeck.expect_db') not in ('', current_database()) then
    raise exception 'limbeck: refused: this is the database %, and % was expected', current_database(), current_setting('limbeck.expect_db')
      using hint = 'Connect to the other one, or say another name with -v expect_db=NAME.';
  end if;
  if lower(current_setting('limbeck.dry_run')) not in ('', '0', 'off', 'false', 'no', '1', 'on', 'true', 'yes') then
    raise exception 'limbeck: refused: dry_run is %, and must be 0 or 1', current_setting('limbeck.dry_run');
  end if;
  if current_setting('limbeck.wait') !~ '^[0-9]{0,6}$' then
    raise exception 'limbeck: refused: wait is %, and must be a number of seconds', current_setting('limbeck.wait');
  end if;
  if to_regnamespace('public') is null then
    raise exception 'limbeck: refused: there is no schema %', 'public'
      using hint = 'Create it first: create schema public;';
  end if;
  select string_agg(it || ' (' || pg_get_userbyid(o.relowner) || ')', ', ' order by it) into other
    from unnest(array['public.log_levels', 'public.maintenance_schedules', 'public.system_logs', 'public.users']::text[]) as it join pg_class o on o.oid = to_regclass(it)
   where not pg_has_role(o.relowner, 'usage');
  if other is not null then
    raise exception 'limbeck: refused: the role % does not own every table that this release changes: %', current_user, other
      using hint = 'Connect as the owner, or as a member of that role; `role` in limbeck.yaml lets the script change to it.';
  end if;
  select string_agg(it, ', ' order by it) into other
    from unnest(array['public']::text[]) as it
   where to_regnamespace(it) is not null and not has_schema_privilege(to_regnamespace(it)::oid, 'create');
  if other is not null then
    raise exception 'limbeck: refused: the role % may not create anything in schema %', current_user, other
      using hint = format('Connect as another role, or: grant create on schema %s to %I;', other, current_user);
  end if;
end
$limbeck$;

-- One run at a time
set application_name = 'limbeck 2.1.0 rollback';
do $limbeck$
declare
  began constant timestamptz := clock_timestamp();
  -- The session of a run that has just failed may take a moment to end.
  patience constant interval := make_interval(secs => coalesce(nullif(current_setting('limbeck.wait', true), '')::integer, 2));
  other text;
begin
  perform set_config('limbeck.pid', pg_backend_pid()::text, false);
  if exists (select from pg_locks where pid = pg_backend_pid() and locktype = 'advisory' and granted and classid = '21982108' and objid = '1233580506' and objsubid = 1
         and database = (select oid from pg_database where datname = current_database())) then
    return;
  end if;
  while not pg_try_advisory_lock(94412436190720474) loop
    if clock_timestamp() >= began + patience then
      select format('process %s of %s (%s, %s), since %s', pid, usename, coalesce(nullif(application_name, ''), 'without a name'), coalesce(state, 'in a state that this role may not see'), date_trunc('second', backend_start)) into other
        from pg_locks join pg_stat_activity using (pid)
       where locktype = 'advisory' and granted and classid = '21982108' and objid = '1233580506' and objsubid = 1
         and database = (select oid from pg_database where datname = current_database());
      raise exception 'limbeck: refused: another run is at work on this database: %', coalesce(other, 'it has just ended')
        using hint = 'Wait until it has ended and run the same file again, or let it wait: -v wait=SECONDS. One that is idle for long was left in a pooler: end it there.';
    end if;
    -- Without a commit this would be an old snapshot, for which others wait.
    commit;
    perform pg_sleep(0.2);
  end loop;
end
$limbeck$;

-- Where is the database, and what is left to do?
do $limbeck$
declare
  -- Where the database may stand, in the order of the upgrade; what each revision needs, last first; the parts of each.
  nodes constant text[] := array['c0a8d5e7f219', '20250917_status_width', '20250924_user_names', '20251001_log_levels', '20251008_drop_reset_columns']::text[];
  child constant integer[] := array[5, 4, 3, 2]::integer[];
  parent constant integer[] := array[4, 3, 2, 1]::integer[];
  parts constant integer[] := array[1, 1, 1, 1, 1]::integer[];
  starts constant integer[] := array[1]::integer[];
  present text[] := '{}';
  here text;
  applied boolean[] := array_fill(false, array[5]);
  covered boolean[] := array_fill(false, array[5]);
  wanted boolean[] := array_fill(false, array[5]);
  reached boolean := false;
  goal text := current_setting('limbeck.to');
  half text;
  half_way text;
  half_part integer := 0;
  todo text[] := '{}';
  target text[] := '{}';
  id text;
  at integer;
  stop record;
begin
  if current_setting('limbeck.pid', true) is distinct from pg_backend_pid()::text
     or not exists (select from pg_locks where pid = pg_backend_pid() and locktype = 'advisory' and granted and classid = '21982108' and objid = '1233580506' and objsubid = 1) then
    raise exception 'limbeck: refused: this connection changes sessions between transactions'
      using hint = 'That is a pooler in transaction mode: connect to the server itself, and run the same file again.';
  end if;
  if exists (select from pg_class where oid = to_regclass('public.alembic_version') and relkind in ('r', 'p')) then
    select coalesce(array_agg(version_num::text order by version_num::text collate "C"), '{}') into present from public.alembic_version;
  elsif to_regclass('public.alembic_version') is not null then
    raise exception 'limbeck: refused: % is no table', 'public.alembic_version'
      using hint = 'The version table is a table: see what that is, or set version_table in limbeck.yaml.';
  elsif exists (select from pg_class where relname = 'alembic_version' and relkind in ('r', 'p')) then
    select string_agg(relnamespace::regnamespace::text, ', ' order by relnamespace::regnamespace::text) into id
      from pg_class where relname = 'alembic_version' and relkind in ('r', 'p');
    raise exception 'limbeck: refused: there is no version table %, but there is one in schema %', 'public.alembic_version', id
      using hint = 'Set version_table_schema in limbeck.yaml to where it is. If that one belongs to another application, make an empty one: create table public.alembic_version (version_num character varying(32) not null primary key);';
  else
    raise exception 'limbeck: refused: there is no version table %', 'public.alembic_version'
      using hint = 'rollback.sql of 2.1.0 starts at 2.0.0 (c0a8d5e7f219) and at every step up to 20251008_drop_reset_columns. Connect to another database, or take the bundle whose release starts where this one is.';
  end if;
  here := coalesce(nullif(array_to_string(present, ', '), ''), 'base');
  foreach id in array present loop
    at := array_position(nodes, id);
    if at is null then
      raise exception 'limbeck: refused: the database is at %, which is not on the way of this script', here
        using hint = 'rollback.sql of 2.1.0 starts at 2.0.0 (c0a8d5e7f219) and at every step up to 20251008_drop_reset_columns. Connect to another database, or take the bundle whose release starts where this one is.';
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
    raise exception 'limbeck: refused: the version table % holds a row twice: %', 'public.alembic_version', here
      using hint = 'Delete one of the two, and give the table its primary key again.';
  end if;
  foreach id in array present loop
    if covered[array_position(nodes, id)] then
      raise exception 'limbeck: refused: the version table % holds %, of which % comes before another', 'public.alembic_version', here, id
        using hint = 'One revision of a line stands for all before it: delete the row of the earlier one if what follows it has really run.';
    end if;
  end loop;
  foreach at in array starts loop
    reached := reached or applied[at];
  end loop;
  if not reached then
    raise exception 'limbeck: refused: the database is at %, which is before the start of this script', here
      using hint = 'rollback.sql of 2.1.0 starts at 2.0.0 (c0a8d5e7f219) and at every step up to 20251008_drop_reset_columns. Connect to another database, or take the bundle whose release starts where this one is.';
  end if;
  goal := coalesce(nullif(goal, ''), 'c0a8d5e7f219');
  if true then
    at := coalesce(array_position(nodes, goal), (array[1, 5]::integer[])[array_position(array['2.0.0', '2.1.0']::text[], goal)]);
    if at is null then
      raise exception 'limbeck: refused: % is not on the way of this script', goal
        using hint = 'After -v to= stands one of: ' || array_to_string(nodes, ', ') || '.';
    end if;
    wanted[at] := true;
    for i in 1 .. cardinality(child) loop
      if wanted[child[i]] then
        wanted[parent[i]] := true;
      end if;
    end loop;
  end if;
  if to_regclass('public.limbeck_progress') is not null then
    select revision, direction, part into half, half_way, half_part from public.limbeck_progress limit 1;
    if half is not null and array_position(nodes, half) is null then
      raise exception 'limbeck: refused: revision % is half done (see %), and is not on the way of this script', half, 'public.limbeck_progress'
        using hint = 'Finish it with the script that began it, and run this one then.';
    end if;
  end if;
  for i in reverse 5 .. 2 loop
    continue when not (not wanted[i] and (applied[i] or half is not distinct from nodes[i]));
    todo := todo || (5 - i + 1)::text;
    for part in 1 .. parts[i] loop
      if parts[i] > 1 and (half is distinct from nodes[i] or part > half_part) then
        todo := todo || ((5 - i + 1) || '.' || part);
      end if;
    end loop;
    applied[i] := false;
    -- What is half done comes first.
    if todo[1] = (5 - i + 1)::text and half = nodes[i] then
      half := null;
    end if;
  end loop;
  if half is not null then
    raise exception 'limbeck: refused: revision % is half done, and is not what comes next here', half
      using hint = 'Finish it with the script that began it, and run this one then.';
  end if;
  covered := array_fill(false, array[5]);
  for i in 1 .. cardinality(child) loop
    if applied[child[i]] then
      covered[parent[i]] := true;
    end if;
  end loop;
  select coalesce(array_agg(n.id order by n.id collate "C"), '{}') into target
    from unnest(nodes, applied, covered) as n (id, applied, covered) where n.applied and not n.covered;
  perform set_config('limbeck.rows', present::text, false),
          set_config('limbeck.target', target::text, false),
          set_config('limbeck.todo', todo::text, false),
          set_config('limbeck.run', case when lower(current_setting('limbeck.dry_run')) in ('1', 'on', 'true', 'yes') then '{}' else todo::text end, false),
          set_config('limbeck.here', here, false),
          set_config('limbeck.end', case
            when todo = '{}' then 'nothing to do: the database is at ' || here
            when lower(current_setting('limbeck.dry_run')) in ('1', 'on', 'true', 'yes') then 'dry run: nothing was changed, the database is at ' || here
            else 'complete: the database is at ' || coalesce(nullif(array_to_string(target, ', '), ''), 'base')
          end, false);
end
$limbeck$;

-- The settings that the meaning of the statements hangs on
set default_transaction_isolation = 'read committed';
set search_path = public, pg_temp;
set standard_conforming_strings = on;
set timezone = 'UTC';
set datestyle = 'ISO, MDY';
set intervalstyle = 'postgres';
set row_security = off;
set lock_timeout = :'lock_timeout';
set statement_timeout = :'statement_timeout';
set idle_in_transaction_session_timeout = '1min';
select 'set local search_path = public, pg_temp; set local standard_conforming_strings = on; set local timezone = ''UTC''; set local datestyle = ''ISO, MDY''; set local intervalstyle = ''postgres''; set local row_security = off; set local idle_in_transaction_session_timeout = ''1min'';' || format(' set local lock_timeout = %L; set local statement_timeout = %L;', :'lock_timeout', :'statement_timeout') as limbeck_settings \gset
select count(set_config(name, case name when 'client_connection_check_interval' then '10s' else '0' end, false)) as limbeck_set
  from pg_settings
 where name in ('idle_session_timeout', 'transaction_timeout')
    or name = 'client_connection_check_interval' and version() like '%linux%' \gset

-- What would be lost, and what would make it fail?
do $limbeck$
declare
  probe record;
  found bigint;
  counted text;
  lost text[] := '{}';
  fails text[] := '{}';
begin
  for probe in
    select distinct on (number) *
      from (values
        (0, 0, '1', null, null, false, 'rows of users where not ((password_reset_token is null) = (password_reset_expires is null))', 'select count(*) from (select from public.users where not ((password_reset_token is null) = (password_reset_expires is null)) limit 1000001) as found'),
        (1, 0, '2', null, '2', true, 'rows of table log_levels', 'select count(*) from (select from public.log_levels limit 1000001) as found'),
        (2, 0, '3', null, '3', true, 'values of column users.first_name', 'select count(*) from (select from public.users where first_name is not null limit 1000001) as found'),
        (3, 0, '3', null, '3', true, 'values of column users.last_name', 'select count(*) from (select from public.users where last_name is not null limit 1000001) as found'),
        (4, 0, '4', null, '3', false, 'values of maintenance_schedules.status longer than 20 characters', 'select count(*) from (select from public.maintenance_schedules where char_length((status)::text) > 20 limit 1000001) as found')
      ) as probes (number, variant, step, above, data, discards, what, query)
     where step = any (current_setting('limbeck.todo')::text[])
       and (above is null or above = any (current_setting('limbeck.todo')::text[]))
     order by number, variant
  loop
    -- Rows that a step before changes on purpose are not judged here.
    continue when not probe.discards and probe.data = any (current_setting('limbeck.todo')::text[]);
    begin
      execute probe.query into found;
    exception when undefined_table or undefined_column or undefined_object or undefined_function then
      -- A half-done upgrade did not come to it.
      continue;
    end;
    continue when found = 0;
    counted := case when found > 1000000 then 'more than 1000000 ' else found || ' ' end || probe.what;
    if probe.discards then
      lost := lost || counted;
    else
      fails := fails || counted;
    end if;
  end loop;
  if fails <> '{}' then
    raise exception 'limbeck: refused: the rollback would fail: there are %', array_to_string(fails, '; ')
      using hint = 'Change these rows, and run the same file again.';
  end if;
  if lost <> '{}' and lower(current_setting('limbeck.accept_data_loss')) not in ('1', 'on', 'true', 'yes') and not (lower(current_setting('limbeck.dry_run')) in ('1', 'on', 'true', 'yes')) then
    raise exception 'limbeck: refused: the rollback would discard %', array_to_string(lost, '; ')
      using hint = 'Save what is needed (pg_dump), and run the same file again with -v accept_data_loss=1. To stop earlier: -v to=REVISION.';
  end if;
  if lost <> '{}' then
    perform set_config('limbeck.here', current_setting('limbeck.here') || '; the rollback discards ' || array_to_string(lost, '; '), false);
  end if;
end
$limbeck$;
select 'The database is at ' || current_setting('limbeck.here') || '; steps left: '
       || (select count(*) from unnest(current_setting('limbeck.todo')::text[]) as t where t not like '%.%') || ' of 4.';
select 'When this stops, what is finished stays: mend the cause and run the same file again.'
 where current_setting('limbeck.run') <> '{}';
\set SHOW_CONTEXT :limbeck_context

-- --------------------------------------------------------------------------------------------------------
-- 1/4  20251008_drop_reset_columns: reset tokens live in their own table now
-- This rollback: loses data, may fail on rows.
select '1/4  20251008_drop_reset_columns: reset tokens live in their own table now' where '1' = any (current_setting('limbeck.todo')::text[]);
select '1' = any (current_setting('limbeck.run')::text[]) as limbeck_run, clock_timestamp() as limbeck_began \gset
\if :limbeck_run
begin; :limbeck_settings
do $limbeck$
begin
  update public.alembic_version set version_num = '20251001_log_levels' where version_num = '20251008_drop_reset_columns';
  if not found or (select count(*) from public.alembic_version) <> 1 then
    raise exception 'limbeck: refused: the database is not at % any more', '20251008_drop_reset_columns'
      using hint = 'Somebody else moved it while this script ran: nothing of this step was done. Run the same file again.';
  end if;
end
$limbeck$;
alter table users
  add column password_reset_token character varying(64),
  add column password_reset_expires timestamp with time zone,
  add constraint reset_token_expires check ((password_reset_token is null) = (password_reset_expires is null));
create unique index ix_users_reset_token on users (password_reset_token) where password_reset_token is not null;
commit;
select '     done in ' || round(extract(epoch from clock_timestamp() - :'limbeck_began'::timestamptz)::numeric, 2) || ' s';
\endif

-- --------------------------------------------------------------------------------------------------------
-- 2/4  20251001_log_levels: the levels of logs, in their order
select '2/4  20251001_log_levels: the levels of logs, in their order' where '2' = any (current_setting('limbeck.todo')::text[]);
select '2' = any (current_setting('limbeck.run')::text[]) as limbeck_run, clock_timestamp() as limbeck_began \gset
\if :limbeck_run
begin; :limbeck_settings
do $limbeck$
begin
  update public.alembic_version set version_num = '20250924_user_names' where version_num = '20251001_log_levels';
  if not found or (select count(*) from public.alembic_version) <> 1 then
    raise exception 'limbeck: refused: the database is not at % any more', '20251001_log_levels'
      using hint = 'Somebody else moved it while this script ran: nothing of this step was done. Run the same file again.';
  end if;
end
$limbeck$;
alter table system_logs drop constraint fk_system_logs_level;
update system_logs set level = 'warn' where level = 'warning';
set constraints all immediate; :limbeck_settings
drop table log_levels;
commit;
select '     done in ' || round(extract(epoch from clock_timestamp() - :'limbeck_began'::timestamptz)::numeric, 2) || ' s';
\endif

-- --------------------------------------------------------------------------------------------------------
-- 3/4  20250924_user_names: first and last names of users
-- This rollback: loses data.
select '3/4  20250924_user_names: first and last names of users' where '3' = any (current_setting('limbeck.todo')::text[]);
select '3' = any (current_setting('limbeck.run')::text[]) as limbeck_run, clock_timestamp() as limbeck_began \gset
\if :limbeck_run
begin; :limbeck_settings
do $limbeck$
begin
  update public.alembic_version set version_num = '20250917_status_width' where version_num = '20250924_user_names';
  if not found or (select count(*) from public.alembic_version) <> 1 then
    raise exception 'limbeck: refused: the database is not at % any more', '20250924_user_names'
      using hint = 'Somebody else moved it while this script ran: nothing of this step was done. Run the same file again.';
  end if;
end
$limbeck$;
alter table users add column full_name text;
update users set full_name = concat_ws(' ', first_name, last_name) where first_name is not null;
set constraints all immediate; :limbeck_settings
alter table users
  drop column first_name,
  drop column last_name;
commit;
select '     done in ' || round(extract(epoch from clock_timestamp() - :'limbeck_began'::timestamptz)::numeric, 2) || ' s';
\endif

-- --------------------------------------------------------------------------------------------------------
-- 4/4  20250917_status_width: longer words for the status of maintenance
-- This rollback: may fail on rows.
select '4/4  20250917_status_width: longer words for the status of maintenance' where '4' = any (current_setting('limbeck.todo')::text[]);
select '4' = any (current_setting('limbeck.run')::text[]) as limbeck_run, clock_timestamp() as limbeck_began \gset
\if :limbeck_run
begin; :limbeck_settings
do $limbeck$
begin
  update public.alembic_version set version_num = 'c0a8d5e7f219' where version_num = '20250917_status_width';
  if not found or (select count(*) from public.alembic_version) <> 1 then
    raise exception 'limbeck: refused: the database is not at % any more', '20250917_status_width'
      using hint = 'Somebody else moved it while this script ran: nothing of this step was done. Run the same file again.';
  end if;
end
$limbeck$;
alter table maintenance_schedules alter column status type character varying(20);
commit;
select '     done in ' || round(extract(epoch from clock_timestamp() - :'limbeck_began'::timestamptz)::numeric, 2) || ' s';
\endif

-- Is the database where it should be?
do $limbeck$
declare
  present text[];
begin
  if current_setting('limbeck.pid', true) is distinct from pg_backend_pid()::text
     or not exists (select from pg_locks where pid = pg_backend_pid() and locktype = 'advisory' and granted and classid = '21982108' and objid = '1233580506' and objsubid = 1) then
    raise exception 'limbeck: refused: this connection changes sessions between transactions'
      using hint = 'That is a pooler in transaction mode: connect to the server itself, and run the same file again.';
  end if;
  if current_setting('limbeck.run')::text[] <> '{}' then
    select coalesce(array_agg(version_num::text order by version_num::text collate "C"), '{}') into present from public.alembic_version;
    if present <> current_setting('limbeck.target')::text[] then
      raise exception 'limbeck: failed: the rows of % are %, and should be %', 'public.alembic_version', present, current_setting('limbeck.target')
        using hint = 'Something else changed them during the run. Run the same file again: it says where the database is.';
    end if;
  end if;
end
$limbeck$;
select 'limbeck: ' || current_setting('limbeck.end');

do $limbeck$
begin
  perform pg_advisory_unlock(94412436190720474);
end
$limbeck$;
reset idle_in_transaction_session_timeout; reset statement_timeout; reset lock_timeout; reset row_security; reset intervalstyle; reset datestyle; reset timezone; reset standard_conforming_strings; reset search_path; reset default_transaction_isolation; reset application_name; reset client_encoding;
select count(set_config(name, reset_val, false)) as limbeck_set
  from pg_settings
 where name in ('idle_session_timeout', 'transaction_timeout', 'client_connection_check_interval') \gset

\pset format aligned \pset tuples_only off
\set FETCH_COUNT :limbeck_fetch \set VERBOSITY :limbeck_verbosity \set SHOW_CONTEXT :limbeck_context
\set ON_ERROR_ROLLBACK :limbeck_savepoints \set AUTOCOMMIT :limbeck_autocommit
\set ECHO :limbeck_echo \set QUIET :limbeck_quiet
\endif
