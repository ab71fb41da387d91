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

-- Rollback of 2.0.0
--
--   from      2.0.0 (c0a8d5e7f219)
--   to        1.0.0 (7f71d8f421e3) or 1.1.0 (20250902_email_lower)
--   for       PostgreSQL 14 or newer; run by psql 12 or newer
--   history   lb1:012d33e00c4f63013ebf6e11708135de05da12f4465040f1a9b7eb231dfa1443
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
--   1  c0a8d5e7f219: merge auth and platform
--   2  20250903_change_requests: platform: change requests, decided by active users
--   3  5d8f3b1a7c60: platform: critical alerts
--   4  20250828_drilling_sessions: platform: drilling sessions, and the history of the process
--   5  20250825_predictions: platform: models, predictions of remaining life, anomalies
--   6  e2b6a90c41d7: platform: sensor data per well (2 parts)
--   7  20250814_maintenance: platform: maintenance alerts and schedules
--   8  20250902_email_lower: auth: one account for each address, whatever its case
--   9  20250820_login_protection: auth: reset tokens, blacklisted tokens, login attempts
--   10  20250813_auth_full: auth: refresh tokens and e-mail verification

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

select 'limbeck 2.0.0 rollback' || case when lower(:'dry_run') in ('1', 'on', 'true', 'yes') then ': DRY RUN' else ': APPLY' end
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
    from unnest(array['public.anomaly_detections', 'public.anomaly_detections_id_seq', 'public.blacklisted_tokens', 'public.change_requests', 'public.change_requests_id_seq', 'public.drilling_sessions', 'public.drilling_sessions_id_seq', 'public.dvr_process_history', 'public.email_verifications', 'public.login_attempts', 'public.login_attempts_id_seq', 'public.maintenance_alerts', 'public.maintenance_alerts_id_seq', 'public.maintenance_schedules', 'public.maintenance_schedules_id_seq', 'public.model_versions', 'public.model_versions_id_seq', 'public.password_reset_tokens', 'public.password_resets', 'public.password_resets_id_seq', 'public.refresh_tokens', 'public.rul_predictions', 'public.rul_predictions_id_seq', 'public.sensor_data', 'public.users']::text[]) as it join pg_class o on o.oid = to_regclass(it)
   where not pg_has_role(o.relowner, 'usage');
  if other is not null then
    raise exception 'limbeck: refused: the role % does not own every table that this release changes: %', current_user, other
      using hint = 'Connect as the owner, or as a member of that role; `role` in limbeck.yaml lets the script change to it.';
  end if;
  select string_agg(it || ' (' || pg_get_userbyid(o.typowner) || ')', ', ' order by it) into other
    from unnest(array['public.alert_severity', 'public.percentage']::text[]) as it join pg_type o on o.oid = to_regtype(it)
   where not pg_has_role(o.typowner, 'usage');
  if other is not null then
    raise exception 'limbeck: refused: the role % does not own every type that this release changes: %', current_user, other
      using hint = 'Connect as the owner, or as a member of that role; `role` in limbeck.yaml lets the script change to it.';
  end if;
end
$limbeck$;

-- One run at a time
set application_name = 'limbeck 2.0.0 rollback';
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
  nodes constant text[] := array['7f71d8f421e3', '20250813_auth_full', '20250820_login_protection', '20250902_email_lower', '20250814_maintenance', 'e2b6a90c41d7', '20250825_predictions', '20250828_drilling_sessions', '5d8f3b1a7c60', '20250903_change_requests', 'c0a8d5e7f219']::text[];
  child constant integer[] := array[11, 11, 10, 10, 9, 8, 7, 6, 5, 4, 3, 2]::integer[];
  parent constant integer[] := array[4, 10, 9, 2, 8, 7, 6, 5, 1, 3, 2, 1]::integer[];
  parts constant integer[] := array[1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1]::integer[];
  starts constant integer[] := array[1, 4]::integer[];
  present text[] := '{}';
  here text;
  applied boolean[] := array_fill(false, array[11]);
  covered boolean[] := array_fill(false, array[11]);
  wanted boolean[] := array_fill(false, array[11]);
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
      using hint = 'rollback.sql of 2.0.0 starts at 1.0.0 (7f71d8f421e3) or 1.1.0 (20250902_email_lower) and at every step up to c0a8d5e7f219. Connect to another database, or take the bundle whose release starts where this one is.';
  end if;
  here := coalesce(nullif(array_to_string(present, ', '), ''), 'base');
  foreach id in array present loop
    at := array_position(nodes, id);
    if at is null then
      raise exception 'limbeck: refused: the database is at %, which is not on the way of this script', here
        using hint = 'rollback.sql of 2.0.0 starts at 1.0.0 (7f71d8f421e3) or 1.1.0 (20250902_email_lower) and at every step up to c0a8d5e7f219. Connect to another database, or take the bundle whose release starts where this one is.';
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
      using hint = 'rollback.sql of 2.0.0 starts at 1.0.0 (7f71d8f421e3) or 1.1.0 (20250902_email_lower) and at every step up to c0a8d5e7f219. Connect to another database, or take the bundle whose release starts where this one is.';
  end if;
  if goal = '' then
    raise exception 'limbeck: refused: this release comes from several: %', '1.0.0, 1.1.0'
      using hint = 'Say to which one the database goes back, such as -v to=1.0.0.';
  end if;
  if true then
    at := coalesce(array_position(nodes, goal), (array[1, 4, 11]::integer[])[array_position(array['1.0.0', '1.1.0', '2.0.0']::text[], goal)]);
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
    if half_way = 'upgrade' then
      -- So many parts of the rollback have nothing to take back.
      half_part := coalesce((select skip from (values ('e2b6a90c41d7', 0, 2), ('e2b6a90c41d7', 1, 0), ('e2b6a90c41d7', 2, 0)) as skips (revision, done, skip) where revision = half and done = half_part), 0);
    end if;
  end if;
  for i in reverse 11 .. 2 loop
    continue when not (not wanted[i] and (applied[i] or half is not distinct from nodes[i]));
    todo := todo || (11 - i + 1)::text;
    for part in 1 .. parts[i] loop
      if parts[i] > 1 and (half is distinct from nodes[i] or part > half_part) then
        todo := todo || ((11 - i + 1) || '.' || part);
      end if;
    end loop;
    applied[i] := false;
    -- What is half done comes first.
    if todo[1] = (11 - i + 1)::text and half = nodes[i] then
      half := null;
    end if;
  end loop;
  if half is not null then
    raise exception 'limbeck: refused: revision % is half done, and is not what comes next here', half
      using hint = 'Finish it with the script that began it, and run this one then.';
  end if;
  covered := array_fill(false, array[11]);
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
        (0, 0, '2', null, null, true, 'rows of table change_requests', 'select count(*) from (select from public.change_requests limit 1000001) as found'),
        (1, 0, '3', null, null, false, 'rows of maintenance_alerts whose severity is ''critical''', 'select count(*) from (select from public.maintenance_alerts where (severity)::text = ''critical'' limit 1000001) as found'),
        (2, 0, '4', null, null, true, 'rows of table dvr_process_history', 'select count(*) from (select from public.dvr_process_history limit 1000001) as found'),
        (3, 0, '4', null, null, true, 'rows of table drilling_sessions', 'select count(*) from (select from public.drilling_sessions limit 1000001) as found'),
        (4, 0, '5', null, null, true, 'rows of table anomaly_detections', 'select count(*) from (select from public.anomaly_detections limit 1000001) as found'),
        (5, 0, '5', null, null, true, 'rows of table rul_predictions', 'select count(*) from (select from public.rul_predictions limit 1000001) as found'),
        (6, 0, '5', null, null, true, 'rows of table model_versions', 'select count(*) from (select from public.model_versions limit 1000001) as found'),
        (7, 0, '6', null, null, true, 'values of column sensor_data.well_id', 'select count(*) from (select from public.sensor_data where well_id is not null limit 1000001) as found'),
        (8, 0, '7', null, null, true, 'rows of table maintenance_schedules', 'select count(*) from (select from public.maintenance_schedules limit 1000001) as found'),
        (9, 0, '7', null, null, true, 'rows of table maintenance_alerts', 'select count(*) from (select from public.maintenance_alerts limit 1000001) as found'),
        (10, 0, '8', null, null, false, 'values of email that are not unique in users', 'select count(*) from (select from public.users where email is not null group by email having count(*) > 1 limit 1000001) as found'),
        (11, 0, '9', null, null, true, 'rows of table login_attempts', 'select count(*) from (select from public.login_attempts limit 1000001) as found'),
        (12, 0, '9', null, null, true, 'rows of table blacklisted_tokens', 'select count(*) from (select from public.blacklisted_tokens limit 1000001) as found'),
        (13, 0, '9', null, null, true, 'rows of table password_reset_tokens', 'select count(*) from (select from public.password_reset_tokens limit 1000001) as found'),
        (14, 0, '10', null, '10', true, 'rows of table password_resets', 'select count(*) from (select from public.password_resets limit 1000001) as found'),
        (15, 0, '10', null, '10', true, 'rows of table email_verifications', 'select count(*) from (select from public.email_verifications limit 1000001) as found'),
        (16, 0, '10', null, '10', true, 'rows of table refresh_tokens', 'select count(*) from (select from public.refresh_tokens limit 1000001) as found'),
        (17, 0, '10', null, '10', true, 'values of column users.is_active', 'select count(*) from (select from public.users where (is_active)::text is distinct from (true::boolean)::text limit 1000001) as found')
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
       || (select count(*) from unnest(current_setting('limbeck.todo')::text[]) as t where t not like '%.%') || ' of 10.';
select 'When this stops, what is finished stays: mend the cause and run the same file again.'
 where current_setting('limbeck.run') <> '{}';
\set SHOW_CONTEXT :limbeck_context

-- --------------------------------------------------------------------------------------------------------
-- 1/10  c0a8d5e7f219: merge auth and platform
select '1/10  c0a8d5e7f219: merge auth and platform' where '1' = any (current_setting('limbeck.todo')::text[]);
select '1' = any (current_setting('limbeck.run')::text[]) as limbeck_run, clock_timestamp() as limbeck_began \gset
\if :limbeck_run
begin; :limbeck_settings
do $limbeck$
begin
  lock table public.alembic_version in share row exclusive mode;
  if (select coalesce(array_agg(version_num::text order by version_num::text collate "C"), '{}') from public.alembic_version)
     is distinct from current_setting('limbeck.rows', true)::text[] then
    raise exception 'limbeck: refused: the database is not at % any more', current_setting('limbeck.rows', true)
      using hint = 'Somebody else moved it while this script ran: nothing of this step was done. Run the same file again.';
  end if;
  delete from public.alembic_version where version_num = 'c0a8d5e7f219';
  insert into public.alembic_version (version_num) select '20250903_change_requests' where not exists (select from public.alembic_version where version_num = any (array['20250903_change_requests']::text[]));
  insert into public.alembic_version (version_num) select '20250902_email_lower' where not exists (select from public.alembic_version where version_num = any (array['20250902_email_lower']::text[]));
  perform set_config('limbeck.rows', (select coalesce(array_agg(version_num::text order by version_num::text collate "C"), '{}')::text from public.alembic_version), false);
end
$limbeck$;
commit;
select '     done in ' || round(extract(epoch from clock_timestamp() - :'limbeck_began'::timestamptz)::numeric, 2) || ' s';
\endif

-- --------------------------------------------------------------------------------------------------------
-- 2/10  20250903_change_requests: platform: change requests, decided by active users
select '2/10  20250903_change_requests: platform: change requests, decided by active users' where '2' = any (current_setting('limbeck.todo')::text[]);
select '2' = any (current_setting('limbeck.run')::text[]) as limbeck_run, clock_timestamp() as limbeck_began \gset
\if :limbeck_run
begin; :limbeck_settings
do $limbeck$
begin
  lock table public.alembic_version in share row exclusive mode;
  if (select coalesce(array_agg(version_num::text order by version_num::text collate "C"), '{}') from public.alembic_version)
     is distinct from current_setting('limbeck.rows', true)::text[] then
    raise exception 'limbeck: refused: the database is not at % any more', current_setting('limbeck.rows', true)
      using hint = 'Somebody else moved it while this script ran: nothing of this step was done. Run the same file again.';
  end if;
  delete from public.alembic_version where version_num = '20250903_change_requests';
  insert into public.alembic_version (version_num) select '5d8f3b1a7c60' where not exists (select from public.alembic_version where version_num = any (array['5d8f3b1a7c60']::text[]));
  insert into public.alembic_version (version_num) select '20250813_auth_full' where not exists (select from public.alembic_version where version_num = any (array['20250820_login_protection', '20250902_email_lower', '20250813_auth_full']::text[]));
  perform set_config('limbeck.rows', (select coalesce(array_agg(version_num::text order by version_num::text collate "C"), '{}')::text from public.alembic_version), false);
end
$limbeck$;
drop index ix_users_active;
drop index ix_change_requests_open;
drop table change_requests;
commit;
select '     done in ' || round(extract(epoch from clock_timestamp() - :'limbeck_began'::timestamptz)::numeric, 2) || ' s';
\endif

-- --------------------------------------------------------------------------------------------------------
-- 3/10  5d8f3b1a7c60: platform: critical alerts
-- This rollback: may fail on rows.
select '3/10  5d8f3b1a7c60: platform: critical alerts' where '3' = any (current_setting('limbeck.todo')::text[]);
select '3' = any (current_setting('limbeck.run')::text[]) as limbeck_run, clock_timestamp() as limbeck_began \gset
\if :limbeck_run
begin; :limbeck_settings
do $limbeck$
begin
  lock table public.alembic_version in share row exclusive mode;
  if (select coalesce(array_agg(version_num::text order by version_num::text collate "C"), '{}') from public.alembic_version)
     is distinct from current_setting('limbeck.rows', true)::text[] then
    raise exception 'limbeck: refused: the database is not at % any more', current_setting('limbeck.rows', true)
      using hint = 'Somebody else moved it while this script ran: nothing of this step was done. Run the same file again.';
  end if;
  delete from public.alembic_version where version_num = '5d8f3b1a7c60';
  insert into public.alembic_version (version_num) select '20250828_drilling_sessions' where not exists (select from public.alembic_version where version_num = any (array['20250828_drilling_sessions']::text[]));
  perform set_config('limbeck.rows', (select coalesce(array_agg(version_num::text order by version_num::text collate "C"), '{}')::text from public.alembic_version), false);
end
$limbeck$;
drop index ix_alerts_failure;
alter type alert_severity rename to alert_severity_old;
create type alert_severity as enum ('info', 'warning', 'failure');
alter table maintenance_alerts
  alter column severity drop default,
  alter column severity type alert_severity using severity::text::alert_severity,
  alter column severity set default 'info';
drop type alert_severity_old;
create index ix_alerts_failure on maintenance_alerts (raised_at) where severity = 'failure';
commit;
select '     done in ' || round(extract(epoch from clock_timestamp() - :'limbeck_began'::timestamptz)::numeric, 2) || ' s';
\endif

-- --------------------------------------------------------------------------------------------------------
-- 4/10  20250828_drilling_sessions: platform: drilling sessions, and the history of the process
select '4/10  20250828_drilling_sessions: platform: drilling sessions, and the history of the process' where '4' = any (current_setting('limbeck.todo')::text[]);
select '4' = any (current_setting('limbeck.run')::text[]) as limbeck_run, clock_timestamp() as limbeck_began \gset
\if :limbeck_run
begin; :limbeck_settings
do $limbeck$
begin
  lock table public.alembic_version in share row exclusive mode;
  if (select coalesce(array_agg(version_num::text order by version_num::text collate "C"), '{}') from public.alembic_version)
     is distinct from current_setting('limbeck.rows', true)::text[] then
    raise exception 'limbeck: refused: the database is not at % any more', current_setting('limbeck.rows', true)
      using hint = 'Somebody else moved it while this script ran: nothing of this step was done. Run the same file again.';
  end if;
  delete from public.alembic_version where version_num = '20250828_drilling_sessions';
  insert into public.alembic_version (version_num) select '20250825_predictions' where not exists (select from public.alembic_version where version_num = any (array['20250825_predictions']::text[]));
  perform set_config('limbeck.rows', (select coalesce(array_agg(version_num::text order by version_num::text collate "C"), '{}')::text from public.alembic_version), false);
end
$limbeck$;
drop table dvr_process_history;
drop table drilling_sessions;
drop domain percentage;
drop extension btree_gist;
commit;
select '     done in ' || round(extract(epoch from clock_timestamp() - :'limbeck_began'::timestamptz)::numeric, 2) || ' s';
\endif

-- --------------------------------------------------------------------------------------------------------
-- 5/10  20250825_predictions: platform: models, predictions of remaining life, anomalies
select '5/10  20250825_predictions: platform: models, predictions of remaining life, anomalies' where '5' = any (current_setting('limbeck.todo')::text[]);
select '5' = any (current_setting('limbeck.run')::text[]) as limbeck_run, clock_timestamp() as limbeck_began \gset
\if :limbeck_run
begin; :limbeck_settings
do $limbeck$
begin
  lock table public.alembic_version in share row exclusive mode;
  if (select coalesce(array_agg(version_num::text order by version_num::text collate "C"), '{}') from public.alembic_version)
     is distinct from current_setting('limbeck.rows', true)::text[] then
    raise exception 'limbeck: refused: the database is not at % any more', current_setting('limbeck.rows', true)
      using hint = 'Somebody else moved it while this script ran: nothing of this step was done. Run the same file again.';
  end if;
  delete from public.alembic_version where version_num = '20250825_predictions';
  insert into public.alembic_version (version_num) select 'e2b6a90c41d7' where not exists (select from public.alembic_version where version_num = any (array['e2b6a90c41d7']::text[]));
  perform set_config('limbeck.rows', (select coalesce(array_agg(version_num::text order by version_num::text collate "C"), '{}')::text from public.alembic_version), false);
end
$limbeck$;
drop index ix_anomaly_severe;
drop index ix_anomaly_tags;
drop table anomaly_detections;
comment on constraint low_to_high on rul_predictions is null;
comment on table rul_predictions is null;
drop table rul_predictions;
drop index ix_model_current;
drop table model_versions;
alter table sensor_data drop constraint fk_sensor_data_well;
alter table sensor_data add constraint fk_sensor_data_well foreign key (well_id) references well_profiles (id) not valid;
commit;
select '     done in ' || round(extract(epoch from clock_timestamp() - :'limbeck_began'::timestamptz)::numeric, 2) || ' s';
\endif

-- --------------------------------------------------------------------------------------------------------
-- 6/10  e2b6a90c41d7: platform: sensor data per well
select '6/10  e2b6a90c41d7: platform: sensor data per well' where '6' = any (current_setting('limbeck.todo')::text[]);
-- Part 1 of 2
select '     part 1 of 2: drop index concurrently ix_sensor_data_well' where '6.1' = any (current_setting('limbeck.todo')::text[]);
select '6.1' = any (current_setting('limbeck.run')::text[]) as limbeck_run, clock_timestamp() as limbeck_began \gset
\if :limbeck_run
-- Not in a transaction
begin; :limbeck_settings
do $limbeck$
begin
  lock table public.alembic_version in share row exclusive mode;
  if (select coalesce(array_agg(version_num::text order by version_num::text collate "C"), '{}') from public.alembic_version)
     is distinct from current_setting('limbeck.rows', true)::text[] then
    raise exception 'limbeck: refused: the database is not at % any more', current_setting('limbeck.rows', true)
      using hint = 'Somebody else moved it while this script ran: nothing of this step was done. Run the same file again.';
  end if;
  if to_regclass('public.limbeck_progress') is not null then
  if not exists (select from public.limbeck_progress where revision = 'e2b6a90c41d7' and (direction = 'downgrade' and part = 0 or direction = 'upgrade' and part in (1, 2))) then
    raise exception 'limbeck: refused: the parts of revision % that are done are not those before this one', 'e2b6a90c41d7'
      using hint = 'Something else ran meanwhile: run the same file again.';
  end if;
  end if;
  if current_setting('limbeck.pid', true) is distinct from pg_backend_pid()::text
     or not exists (select from pg_locks where pid = pg_backend_pid() and locktype = 'advisory' and granted and classid = '21982108' and objid = '1233580506' and objsubid = 1) then
    raise exception 'limbeck: refused: this connection changes sessions between transactions'
      using hint = 'That is a pooler in transaction mode: connect to the server itself, and run the same file again.';
  end if;
  if to_regclass('public.limbeck_progress') is null then
    create table public.limbeck_progress (revision text primary key, direction text not null, part integer not null);
  end if;
  if not exists (select from public.limbeck_progress where (revision, direction, part) = ('e2b6a90c41d7', 'downgrade', 0)) then
    delete from public.limbeck_progress;
    insert into public.limbeck_progress values ('e2b6a90c41d7', 'downgrade', 0);
  end if;
end
$limbeck$;
commit;
set lock_timeout = 0;
select $limbeck$drop index concurrently ix_sensor_data_well$limbeck$
 where to_regclass('public.ix_sensor_data_well') is not null \gexec
set lock_timeout = :'lock_timeout';
begin; :limbeck_settings
do $limbeck$
begin
  lock table public.alembic_version in share row exclusive mode;
  if (select coalesce(array_agg(version_num::text order by version_num::text collate "C"), '{}') from public.alembic_version)
     is distinct from current_setting('limbeck.rows', true)::text[] then
    raise exception 'limbeck: refused: the database is not at % any more', current_setting('limbeck.rows', true)
      using hint = 'Somebody else moved it while this script ran: nothing of this step was done. Run the same file again.';
  end if;
  if to_regclass('public.limbeck_progress') is not null then
  if not exists (select from public.limbeck_progress where revision = 'e2b6a90c41d7' and (direction = 'downgrade' and part = 0 or direction = 'upgrade' and part in (1, 2))) then
    raise exception 'limbeck: refused: the parts of revision % that are done are not those before this one', 'e2b6a90c41d7'
      using hint = 'Something else ran meanwhile: run the same file again.';
  end if;
  end if;
  if to_regclass('public.ix_sensor_data_well') is not null then
    raise exception 'limbeck: failed: %', 'index ix_sensor_data_well was not dropped'
      using hint = 'Run the same file again.';
  end if;
  if to_regclass('public.limbeck_progress') is null then
    create table public.limbeck_progress (revision text primary key, direction text not null, part integer not null);
  end if;
  delete from public.limbeck_progress;
  insert into public.limbeck_progress values ('e2b6a90c41d7', 'downgrade', 1);
end
$limbeck$;
commit;
select '     done in ' || round(extract(epoch from clock_timestamp() - :'limbeck_began'::timestamptz)::numeric, 2) || ' s';
\endif
-- Part 2 of 2
select '     part 2 of 2: in a transaction' where '6.2' = any (current_setting('limbeck.todo')::text[]);
select '6.2' = any (current_setting('limbeck.run')::text[]) as limbeck_run, clock_timestamp() as limbeck_began \gset
\if :limbeck_run
begin; :limbeck_settings
do $limbeck$
begin
  lock table public.alembic_version in share row exclusive mode;
  if (select coalesce(array_agg(version_num::text order by version_num::text collate "C"), '{}') from public.alembic_version)
     is distinct from current_setting('limbeck.rows', true)::text[] then
    raise exception 'limbeck: refused: the database is not at % any more', current_setting('limbeck.rows', true)
      using hint = 'Somebody else moved it while this script ran: nothing of this step was done. Run the same file again.';
  end if;
  delete from public.alembic_version where version_num = 'e2b6a90c41d7';
  insert into public.alembic_version (version_num) select '20250814_maintenance' where not exists (select from public.alembic_version where version_num = any (array['20250814_maintenance']::text[]));
  perform set_config('limbeck.rows', (select coalesce(array_agg(version_num::text order by version_num::text collate "C"), '{}')::text from public.alembic_version), false);
  if not exists (select from public.limbeck_progress where revision = 'e2b6a90c41d7' and (direction = 'downgrade' and part = 1)) then
    raise exception 'limbeck: refused: the parts of revision % that are done are not those before this one', 'e2b6a90c41d7'
      using hint = 'Something else ran meanwhile: run the same file again.';
  end if;
  if to_regclass('public.limbeck_progress') is not null then
    drop table public.limbeck_progress;
  end if;
end
$limbeck$;
alter table sensor_data drop constraint fk_sensor_data_well;
alter table sensor_data drop column well_id;
commit;
select '     done in ' || round(extract(epoch from clock_timestamp() - :'limbeck_began'::timestamptz)::numeric, 2) || ' s';
\endif

-- --------------------------------------------------------------------------------------------------------
-- 7/10  20250814_maintenance: platform: maintenance alerts and schedules
select '7/10  20250814_maintenance: platform: maintenance alerts and schedules' where '7' = any (current_setting('limbeck.todo')::text[]);
select '7' = any (current_setting('limbeck.run')::text[]) as limbeck_run, clock_timestamp() as limbeck_began \gset
\if :limbeck_run
begin; :limbeck_settings
do $limbeck$
begin
  lock table public.alembic_version in share row exclusive mode;
  if (select coalesce(array_agg(version_num::text order by version_num::text collate "C"), '{}') from public.alembic_version)
     is distinct from current_setting('limbeck.rows', true)::text[] then
    raise exception 'limbeck: refused: the database is not at % any more', current_setting('limbeck.rows', true)
      using hint = 'Somebody else moved it while this script ran: nothing of this step was done. Run the same file again.';
  end if;
  delete from public.alembic_version where version_num = '20250814_maintenance';
  insert into public.alembic_version (version_num) select '7f71d8f421e3' where not exists (select from public.alembic_version where version_num = any (array['20250813_auth_full', '20250820_login_protection', '20250902_email_lower', '7f71d8f421e3']::text[]));
  perform set_config('limbeck.rows', (select coalesce(array_agg(version_num::text order by version_num::text collate "C"), '{}')::text from public.alembic_version), false);
end
$limbeck$;
drop index ix_schedules_due;
drop table maintenance_schedules;
drop index ix_alerts_failure;
drop index ix_alerts_open;
drop table maintenance_alerts;
drop type alert_severity;
commit;
select '     done in ' || round(extract(epoch from clock_timestamp() - :'limbeck_began'::timestamptz)::numeric, 2) || ' s';
\endif

-- --------------------------------------------------------------------------------------------------------
-- 8/10  20250902_email_lower: auth: one account for each address, whatever its case
-- This rollback: may fail on rows.
select '8/10  20250902_email_lower: auth: one account for each address, whatever its case' where '8' = any (current_setting('limbeck.todo')::text[]);
select '8' = any (current_setting('limbeck.run')::text[]) as limbeck_run, clock_timestamp() as limbeck_began \gset
\if :limbeck_run
begin; :limbeck_settings
do $limbeck$
begin
  lock table public.alembic_version in share row exclusive mode;
  if (select coalesce(array_agg(version_num::text order by version_num::text collate "C"), '{}') from public.alembic_version)
     is distinct from current_setting('limbeck.rows', true)::text[] then
    raise exception 'limbeck: refused: the database is not at % any more', current_setting('limbeck.rows', true)
      using hint = 'Somebody else moved it while this script ran: nothing of this step was done. Run the same file again.';
  end if;
  delete from public.alembic_version where version_num = '20250902_email_lower';
  insert into public.alembic_version (version_num) select '20250820_login_protection' where not exists (select from public.alembic_version where version_num = any (array['20250820_login_protection']::text[]));
  perform set_config('limbeck.rows', (select coalesce(array_agg(version_num::text order by version_num::text collate "C"), '{}')::text from public.alembic_version), false);
end
$limbeck$;
drop index ix_users_email_lower;
alter table users add constraint users_email_key unique (email);
commit;
select '     done in ' || round(extract(epoch from clock_timestamp() - :'limbeck_began'::timestamptz)::numeric, 2) || ' s';
\endif

-- --------------------------------------------------------------------------------------------------------
-- 9/10  20250820_login_protection: auth: reset tokens, blacklisted tokens, login attempts
select '9/10  20250820_login_protection: auth: reset tokens, blacklisted tokens, login attempts' where '9' = any (current_setting('limbeck.todo')::text[]);
select '9' = any (current_setting('limbeck.run')::text[]) as limbeck_run, clock_timestamp() as limbeck_began \gset
\if :limbeck_run
begin; :limbeck_settings
do $limbeck$
begin
  lock table public.alembic_version in share row exclusive mode;
  if (select coalesce(array_agg(version_num::text order by version_num::text collate "C"), '{}') from public.alembic_version)
     is distinct from current_setting('limbeck.rows', true)::text[] then
    raise exception 'limbeck: refused: the database is not at % any more', current_setting('limbeck.rows', true)
      using hint = 'Somebody else moved it while this script ran: nothing of this step was done. Run the same file again.';
  end if;
  delete from public.alembic_version where version_num = '20250820_login_protection';
  insert into public.alembic_version (version_num) select '20250813_auth_full' where not exists (select from public.alembic_version where version_num = any (array['20250903_change_requests', '20250813_auth_full']::text[]));
  perform set_config('limbeck.rows', (select coalesce(array_agg(version_num::text order by version_num::text collate "C"), '{}')::text from public.alembic_version), false);
end
$limbeck$;
drop index ix_login_attempts_failed;
drop table login_attempts;
drop index ix_blacklisted_until;
drop table blacklisted_tokens;
drop table password_reset_tokens;
commit;
select '     done in ' || round(extract(epoch from clock_timestamp() - :'limbeck_began'::timestamptz)::numeric, 2) || ' s';
\endif

-- --------------------------------------------------------------------------------------------------------
-- 10/10  20250813_auth_full: auth: refresh tokens and e-mail verification
select '10/10  20250813_auth_full: auth: refresh tokens and e-mail verification' where '10' = any (current_setting('limbeck.todo')::text[]);
select '10' = any (current_setting('limbeck.run')::text[]) as limbeck_run, clock_timestamp() as limbeck_began \gset
\if :limbeck_run
begin; :limbeck_settings
do $limbeck$
begin
  lock table public.alembic_version in share row exclusive mode;
  if (select coalesce(array_agg(version_num::text order by version_num::text collate "C"), '{}') from public.alembic_version)
     is distinct from current_setting('limbeck.rows', true)::text[] then
    raise exception 'limbeck: refused: the database is not at % any more', current_setting('limbeck.rows', true)
      using hint = 'Somebody else moved it while this script ran: nothing of this step was done. Run the same file again.';
  end if;
  delete from public.alembic_version where version_num = '20250813_auth_full';
  insert into public.alembic_version (version_num) select '7f71d8f421e3' where not exists (select from public.alembic_version where version_num = any (array['20250814_maintenance', 'e2b6a90c41d7', '20250825_predictions', '20250828_drilling_sessions', '5d8f3b1a7c60', '7f71d8f421e3']::text[]));
  perform set_config('limbeck.rows', (select coalesce(array_agg(version_num::text order by version_num::text collate "C"), '{}')::text from public.alembic_version), false);
end
$limbeck$;
drop index ix_password_resets_user;
drop table password_resets;
drop index ix_email_verifications_open;
drop table email_verifications;
drop index ix_refresh_user_revoked;
drop table refresh_tokens;
alter table users drop column if exists is_active;
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
