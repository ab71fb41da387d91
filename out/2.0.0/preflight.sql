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
select set_config('limbeck.inside', 'yes', true) as limbeck_inside \gset
select coalesce(current_setting('limbeck.inside', true), '') = 'yes' as limbeck_inside \gset
\if :limbeck_inside
savepoint limbeck_read;
set local transaction_read_only = on;
\else
begin transaction isolation level repeatable read, read only;
\endif
set local client_encoding = 'UTF8';
set local search_path = pg_catalog;
set local standard_conforming_strings = on;
set local quote_all_identifiers = off;
set local timezone = 'UTC';
set local datestyle = 'ISO, MDY';
set local jit = off;
set local limbeck.stops = 0;
set local limbeck.notes = 0;
with told as materialized (
  select 1 as place, 'ok' as mark, 'release ' || '2.0.0' || ', database ' || current_database() as line
  union all select 2, case when current_setting('server_version_num')::integer / 10000 < 14 then 'STOP' else 'ok' end,
    'PostgreSQL ' || current_setting('server_version') || case when current_setting('server_version_num')::integer / 10000 < 14
      then ': the release needs 14 or newer' else '' end
  union all select 3, case when pg_is_in_recovery() then 'STOP' else 'ok' end,
    case when pg_is_in_recovery() then 'this is a standby, which nobody can change: go to its primary' else 'this is no standby' end
  union all select 4, 'note', 'transactions are read-only here (default_transaction_read_only): the upgrade needs them to write'
    from pg_settings where name = 'default_transaction_read_only' and setting = 'on'
)
select rpad(mark, 6) || translate(line, E'\r\n', '  ')
    || left(case mark when 'STOP' then set_config('limbeck.stops', (current_setting('limbeck.stops')::integer + 1)::text, true) when 'note' then set_config('limbeck.notes', (current_setting('limbeck.notes')::integer + 1)::text, true) else '' end, 0)
  from told order by place, line;
do $limbeck$
declare
  present text := 'none';
begin
  if to_regclass('public.alembic_version') is not null then
    select coalesce(array_agg(version_num::text order by version_num::text collate "C"), '{}') into present from public.alembic_version;
  end if;
  perform set_config('limbeck.rows', present, true);
end
$limbeck$;
do $limbeck$
declare
  present text[] := '{}';
  place text;
  done text[];
  exact text := 'no';
  half text := '';
begin
  if to_regclass('public.limbeck_progress') is not null then
    select format('%s of revision %s is half done: part %s was the last', case direction when 'upgrade' then direction else 'rollback' end, revision, part)
      into half from public.limbeck_progress limit 1;
  end if;
  if current_setting('limbeck.rows') <> 'none' then
    present := current_setting('limbeck.rows')::text[];
  end if;
  with recursive steps (place, revision, message, needs) as materialized (
    select 0, '', '', '{}'::text[] where false
    union all
    (values (2, '20250813_auth_full', 'auth: refresh tokens and e-mail verification', array['7f71d8f421e3']::text[]),
      (3, '20250820_login_protection', 'auth: reset tokens, blacklisted tokens, login attempts', array['20250813_auth_full']::text[]),
      (4, '20250902_email_lower', 'auth: one account for each address, whatever its case', array['20250820_login_protection']::text[]),
      (5, '20250814_maintenance', 'platform: maintenance alerts and schedules', array['7f71d8f421e3']::text[]),
      (6, 'e2b6a90c41d7', 'platform: sensor data per well', array['20250814_maintenance']::text[]),
      (7, '20250825_predictions', 'platform: models, predictions of remaining life, anomalies', array['e2b6a90c41d7']::text[]),
      (8, '20250828_drilling_sessions', 'platform: drilling sessions, and the history of the process', array['20250825_predictions']::text[]),
      (9, '5d8f3b1a7c60', 'platform: critical alerts', array['20250828_drilling_sessions']::text[]),
      (10, '20250903_change_requests', 'platform: change requests, decided by active users', array['5d8f3b1a7c60', '20250813_auth_full']::text[]),
      (11, 'c0a8d5e7f219', 'merge auth and platform', array['20250902_email_lower', '20250903_change_requests']::text[]))
  ), points (kind, name, revision) as materialized (
    values ('from', '1.0.0', '7f71d8f421e3'),
      ('from', '1.1.0', '20250902_email_lower'),
      ('to', '2.0.0', 'c0a8d5e7f219')
  ), below (top, id) as (
    select s.revision, need from steps s, unnest(s.needs) as need where s.revision = any (present)
    union select b.top, need from below b join steps s on s.revision = b.id, unnest(s.needs) as need
  ), judged as (
    select not exists (select from unnest(present) as one
          where one not in (select revision from steps) and one not in (select revision from points where revision is not null))
        and not exists (select from below where id = any (present))
        and exists (select from points where kind = 'from'
          and (revision is null or revision = any (present) or revision in (select id from below))) as valid,
      (select kind || ' ' || name from points where present = case when revision is null then '{}'::text[] else array[revision] end
        order by kind = 'to' desc, kind = 'from' desc limit 1) as point,
      array(select revision from steps where revision = any (present) or revision in (select id from below)) as done,
      (select count(*) from steps) as count
  )
  select case when not j.valid then 'elsewhere' when j.point is not null then j.point
      else cardinality(j.done) || ' of ' || j.count || case j.count when 1 then ' step' else ' steps' end || ' done' end,
    j.done, case when j.valid and j.point like 'from %' then 'yes' else 'no' end
    into place, done, exact from judged j;
  perform set_config('limbeck.place', place, true), set_config('limbeck.done', done::text, true), set_config('limbeck.exact', case half when '' then exact else 'no' end, true),
    set_config('limbeck.half', half, true);
end
$limbeck$;
with told as materialized (
  select 1 as place, case when current_setting('limbeck.place') = 'elsewhere' then 'STOP' else 'ok' end as mark,
    case split_part(current_setting('limbeck.place'), ' ', 1)
      when 'elsewhere' then 'the database is at ' || case when current_setting('limbeck.rows') in ('none', '{}') then 'base' else array_to_string(current_setting('limbeck.rows')::text[], ', ') end || ', and this release starts at ' || '1.0.0 (7f71d8f421e3) or 1.1.0 (20250902_email_lower), or is on the way from there to 2.0.0 (c0a8d5e7f219)'
      when 'to' then 'the database is already at ' || '2.0.0' || ': nothing would run'
      when 'from' then 'the database is at ' || substr(current_setting('limbeck.place'), 6)
        || case current_setting('limbeck.rows') when 'none' then ': there is no table ' || 'public.alembic_version' || ' yet' else '' end
      when 'pass' then 'the database is at ' || substr(current_setting('limbeck.place'), 6) || ', on the way to ' || '2.0.0'
      else 'the database is on the way to ' || '2.0.0' || ': ' || current_setting('limbeck.place') end as line
  union all select 1, case when current_setting('limbeck.half') like 'rollback%' then 'STOP' else 'note' end, current_setting('limbeck.half') || '; the script that began it goes on there' where current_setting('limbeck.half') <> ''
  union all select s.place, 'ok', 'would run ' || s.revision || case s.message when '' then '' else ': ' || s.message end
    from (
    select 0, '', '', '{}'::text[] where false
    union all
    (values (2, '20250813_auth_full', 'auth: refresh tokens and e-mail verification', array['7f71d8f421e3']::text[]),
      (3, '20250820_login_protection', 'auth: reset tokens, blacklisted tokens, login attempts', array['20250813_auth_full']::text[]),
      (4, '20250902_email_lower', 'auth: one account for each address, whatever its case', array['20250820_login_protection']::text[]),
      (5, '20250814_maintenance', 'platform: maintenance alerts and schedules', array['7f71d8f421e3']::text[]),
      (6, 'e2b6a90c41d7', 'platform: sensor data per well', array['20250814_maintenance']::text[]),
      (7, '20250825_predictions', 'platform: models, predictions of remaining life, anomalies', array['e2b6a90c41d7']::text[]),
      (8, '20250828_drilling_sessions', 'platform: drilling sessions, and the history of the process', array['20250825_predictions']::text[]),
      (9, '5d8f3b1a7c60', 'platform: critical alerts', array['20250828_drilling_sessions']::text[]),
      (10, '20250903_change_requests', 'platform: change requests, decided by active users', array['5d8f3b1a7c60', '20250813_auth_full']::text[]),
      (11, 'c0a8d5e7f219', 'merge auth and platform', array['20250902_email_lower', '20250903_change_requests']::text[]))
    ) as s (place, revision, message, needs)
    where current_setting('limbeck.place') <> 'elsewhere' and s.revision <> all (current_setting('limbeck.done')::text[])
)
select rpad(mark, 6) || translate(line, E'\r\n', '  ')
    || left(case mark when 'STOP' then set_config('limbeck.stops', (current_setting('limbeck.stops')::integer + 1)::text, true) when 'note' then set_config('limbeck.notes', (current_setting('limbeck.notes')::integer + 1)::text, true) else '' end, 0)
  from told order by place, line;
with told as materialized (
  select 1 as place, 'ok' as mark, 'the role is ' || current_user as line
  union all select 2, case when n.oid is null then 'STOP' when has_schema_privilege(n.oid, 'create') then 'ok' else 'STOP' end,
    case when n.oid is null then 'there is no schema ' || 'public'
      when has_schema_privilege(n.oid, 'create') then 'it may create in the schema ' || 'public'
      else 'it may not create in the schema ' || 'public' || ': run the upgrade as another role, or grant create on it' end
    from (select 1) as it left join pg_namespace n on n.nspname = 'public'
  union all select 4, case when count(*) filter (where not mine) = 0 then 'ok' else 'STOP' end,
    case when count(*) filter (where not mine) = 0 then 'it may change the ' || count(*) || ' tables of the release that are there'
      else 'it is no member of the owners of tables: '
        || string_agg(what || ' of ' || owner, ', ' order by what) filter (where not mine) end
    from (select what, pg_get_userbyid(relowner) as owner, pg_has_role(relowner, 'usage') as mine from (select c.*, it.what from (values
    ('public.anomaly_detections', 'public', 'anomaly_detections'),
    ('public.blacklisted_tokens', 'public', 'blacklisted_tokens'),
    ('public.change_requests', 'public', 'change_requests'),
    ('public.drilling_sessions', 'public', 'drilling_sessions'),
    ('public.dvr_process_history', 'public', 'dvr_process_history'),
    ('public.email_verifications', 'public', 'email_verifications'),
    ('public.login_attempts', 'public', 'login_attempts'),
    ('public.maintenance_alerts', 'public', 'maintenance_alerts'),
    ('public.maintenance_schedules', 'public', 'maintenance_schedules'),
    ('public.model_versions', 'public', 'model_versions'),
    ('public.password_reset_tokens', 'public', 'password_reset_tokens'),
    ('public.password_resets', 'public', 'password_resets'),
    ('public.refresh_tokens', 'public', 'refresh_tokens'),
    ('public.rul_predictions', 'public', 'rul_predictions'),
    ('public.sensor_data', 'public', 'sensor_data'),
    ('public.users', 'public', 'users'),
    ('public.well_profiles', 'public', 'well_profiles')
  ) as it (what, schema_name, name)
  join pg_namespace n on n.nspname = it.schema_name join pg_class c on c.relnamespace = n.oid and c.relname = it.name
  where c.relkind in ('r', 'p', 'm', 'f')) as it) as it
)
select rpad(mark, 6) || translate(line, E'\r\n', '  ')
    || left(case mark when 'STOP' then set_config('limbeck.stops', (current_setting('limbeck.stops')::integer + 1)::text, true) when 'note' then set_config('limbeck.notes', (current_setting('limbeck.notes')::integer + 1)::text, true) else '' end, 0)
  from told order by place, line;
with told as materialized (
  select 1 as place, 'note' as mark, 'a transaction is open for ' || date_trunc('second', clock_timestamp() - xact_start)
      || ': process ' || pid || ' of ' || coalesce(usename, 'nobody') || coalesce(', ' || state, '') || ': '
      || left(coalesce(query, ''), 60) as line
    from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and xact_start < clock_timestamp() - interval '1 minute'
  union all select 2, 'note', 'a transaction is prepared for ' || date_trunc('second', clock_timestamp() - prepared)
      || ': ' || quote_literal(gid) || ' of ' || owner
    from pg_prepared_xacts where database = current_database()
)
select rpad(mark, 6) || translate(line, E'\r\n', '  ')
    || left(case mark when 'STOP' then set_config('limbeck.stops', (current_setting('limbeck.stops')::integer + 1)::text, true) when 'note' then set_config('limbeck.notes', (current_setting('limbeck.notes')::integer + 1)::text, true) else '' end, 0)
  from told order by place, line;
with told as materialized (
  select 1 as place, 'ok' as mark, it.what || ': ' || pg_size_pretty(coalesce(
      (select sum(pg_total_relation_size(relid)) from pg_partition_tree(it.oid)), pg_total_relation_size(it.oid)))
      || case when it.reltuples > 0 then ', about ' || it.reltuples::bigint || ' rows' when it.relkind = 'p' then ''
        else ', nobody counted its rows (analyze)' end as line
    from (select c.*, it.what from (values
    ('public.anomaly_detections', 'public', 'anomaly_detections'),
    ('public.blacklisted_tokens', 'public', 'blacklisted_tokens'),
    ('public.change_requests', 'public', 'change_requests'),
    ('public.drilling_sessions', 'public', 'drilling_sessions'),
    ('public.dvr_process_history', 'public', 'dvr_process_history'),
    ('public.email_verifications', 'public', 'email_verifications'),
    ('public.login_attempts', 'public', 'login_attempts'),
    ('public.maintenance_alerts', 'public', 'maintenance_alerts'),
    ('public.maintenance_schedules', 'public', 'maintenance_schedules'),
    ('public.model_versions', 'public', 'model_versions'),
    ('public.password_reset_tokens', 'public', 'password_reset_tokens'),
    ('public.password_resets', 'public', 'password_resets'),
    ('public.refresh_tokens', 'public', 'refresh_tokens'),
    ('public.rul_predictions', 'public', 'rul_predictions'),
    ('public.sensor_data', 'public', 'sensor_data'),
    ('public.users', 'public', 'users'),
    ('public.well_profiles', 'public', 'well_profiles')
  ) as it (what, schema_name, name)
  join pg_namespace n on n.nspname = it.schema_name join pg_class c on c.relnamespace = n.oid and c.relname = it.name
  where c.relkind in ('r', 'p', 'm', 'f')) as it where it.relkind <> 'f'
  union all select 2, 'note', it.what || ' has an INVALID index: ' || x.indexrelid::regclass
      || ': a build of it failed, or goes on' from (select c.*, it.what from (values
    ('public.anomaly_detections', 'public', 'anomaly_detections'),
    ('public.blacklisted_tokens', 'public', 'blacklisted_tokens'),
    ('public.change_requests', 'public', 'change_requests'),
    ('public.drilling_sessions', 'public', 'drilling_sessions'),
    ('public.dvr_process_history', 'public', 'dvr_process_history'),
    ('public.email_verifications', 'public', 'email_verifications'),
    ('public.login_attempts', 'public', 'login_attempts'),
    ('public.maintenance_alerts', 'public', 'maintenance_alerts'),
    ('public.maintenance_schedules', 'public', 'maintenance_schedules'),
    ('public.model_versions', 'public', 'model_versions'),
    ('public.password_reset_tokens', 'public', 'password_reset_tokens'),
    ('public.password_resets', 'public', 'password_resets'),
    ('public.refresh_tokens', 'public', 'refresh_tokens'),
    ('public.rul_predictions', 'public', 'rul_predictions'),
    ('public.sensor_data', 'public', 'sensor_data'),
    ('public.users', 'public', 'users'),
    ('public.well_profiles', 'public', 'well_profiles')
  ) as it (what, schema_name, name)
  join pg_namespace n on n.nspname = it.schema_name join pg_class c on c.relnamespace = n.oid and c.relname = it.name
  where c.relkind in ('r', 'p', 'm', 'f')) as it join pg_index x on x.indrelid = it.oid
    where not x.indisvalid and it.relkind <> 'p'
)
select rpad(mark, 6) || translate(line, E'\r\n', '  ')
    || left(case mark when 'STOP' then set_config('limbeck.stops', (current_setting('limbeck.stops')::integer + 1)::text, true) when 'note' then set_config('limbeck.notes', (current_setting('limbeck.notes')::integer + 1)::text, true) else '' end, 0)
  from told order by place, line;
do $limbeck$
begin
  if current_setting('limbeck.stops')::integer > 0 then
    raise exception 'limbeck: preflight %: % in the way', '2.0.0',
        case current_setting('limbeck.stops') when '1' then '1 thing stands' else current_setting('limbeck.stops') || ' things stand' end
      using hint = 'The lines that begin with STOP say what. upgrade.sql would stop there, too.';
  end if;
end
$limbeck$;
select 'limbeck: complete: without a look at rows, nothing stands in the way of release ' || '2.0.0'
  || case current_setting('limbeck.notes') when '0' then '' else ', but read the notes' end;
\if :limbeck_inside
rollback to savepoint limbeck_read;
release savepoint limbeck_read;
\else
commit;
\endif

\pset format aligned \pset tuples_only off
\set FETCH_COUNT :limbeck_fetch \set VERBOSITY :limbeck_verbosity \set SHOW_CONTEXT :limbeck_context
\set ON_ERROR_ROLLBACK :limbeck_savepoints \set AUTOCOMMIT :limbeck_autocommit
\set ECHO :limbeck_echo \set QUIET :limbeck_quiet
\endif
