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
  select 1 as place, 'ok' as mark, 'release ' || '1.0.0' || ', database ' || current_database() as line
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
    (values (2, '001_initial_schema', 'initial schema: users, wells, sensor data, logs', '{}'::text[]),
      (3, '4c1d0f2e9b77', 'keep password hashes only', array['001_initial_schema']::text[]),
      (4, '7f71d8f421e3', 'email verification and password reset', array['4c1d0f2e9b77']::text[]))
  ), points (kind, name, revision) as materialized (
    values ('from', 'base', null),
      ('to', '1.0.0', '7f71d8f421e3')
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
      when 'elsewhere' then 'the database is at ' || case when current_setting('limbeck.rows') in ('none', '{}') then 'base' else array_to_string(current_setting('limbeck.rows')::text[], ', ') end || ', and this release starts at ' || 'base, or is on the way from there to 1.0.0 (7f71d8f421e3)'
      when 'to' then 'the database is already at ' || '1.0.0' || ': nothing would run'
      when 'from' then 'the database is at ' || substr(current_setting('limbeck.place'), 6)
        || case current_setting('limbeck.rows') when 'none' then ': there is no table ' || 'public.alembic_version' || ' yet' else '' end
      when 'pass' then 'the database is at ' || substr(current_setting('limbeck.place'), 6) || ', on the way to ' || '1.0.0'
      else 'the database is on the way to ' || '1.0.0' || ': ' || current_setting('limbeck.place') end as line
  union all select 1, case when current_setting('limbeck.half') like 'rollback%' then 'STOP' else 'note' end, current_setting('limbeck.half') || '; the script that began it goes on there' where current_setting('limbeck.half') <> ''
  union all select s.place, 'ok', 'would run ' || s.revision || case s.message when '' then '' else ': ' || s.message end
    from (
    select 0, '', '', '{}'::text[] where false
    union all
    (values (2, '001_initial_schema', 'initial schema: users, wells, sensor data, logs', '{}'::text[]),
      (3, '4c1d0f2e9b77', 'keep password hashes only', array['001_initial_schema']::text[]),
      (4, '7f71d8f421e3', 'email verification and password reset', array['4c1d0f2e9b77']::text[]))
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
    ('public.sensor_data', 'public', 'sensor_data'),
    ('public.system_logs', 'public', 'system_logs'),
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
    ('public.sensor_data', 'public', 'sensor_data'),
    ('public.system_logs', 'public', 'system_logs'),
    ('public.users', 'public', 'users'),
    ('public.well_profiles', 'public', 'well_profiles')
  ) as it (what, schema_name, name)
  join pg_namespace n on n.nspname = it.schema_name join pg_class c on c.relnamespace = n.oid and c.relname = it.name
  where c.relkind in ('r', 'p', 'm', 'f')) as it where it.relkind <> 'f'
  union all select 2, 'note', it.what || ' has an INVALID index: ' || x.indexrelid::regclass
      || ': a build of it failed, or goes on' from (select c.*, it.what from (values
    ('public.sensor_data', 'public', 'sensor_data'),
    ('public.system_logs', 'public', 'system_logs'),
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
select coalesce(current_setting('limbeck.exact') = 'yes', false) as limbeck_exact \gset
\if :limbeck_exact
with wanted as materialized (
  select place::integer, what::text, kind::text, schema_name::name, name::name, says::text, wanted::boolean from (values
    (0, 'relation public.ix_sensor_data_sensor_time', 'relation', 'public', 'ix_sensor_data_sensor_time', 'it is not there, as it should be', false),
    (1, 'relation public.ix_system_logs_errors', 'relation', 'public', 'ix_system_logs_errors', 'it is not there, as it should be', false),
    (2, 'relation public.ix_users_reset_token', 'relation', 'public', 'ix_users_reset_token', 'it is not there, as it should be', false),
    (3, 'relation public.sensor_data', 'relation', 'public', 'sensor_data', 'it is not there, as it should be', false),
    (4, 'relation public.sensor_data_id_seq', 'relation', 'public', 'sensor_data_id_seq', 'it is not there, as it should be', false),
    (5, 'relation public.system_logs', 'relation', 'public', 'system_logs', 'it is not there, as it should be', false),
    (6, 'relation public.system_logs_id_seq', 'relation', 'public', 'system_logs_id_seq', 'it is not there, as it should be', false),
    (7, 'relation public.users', 'relation', 'public', 'users', 'it is not there, as it should be', false),
    (8, 'relation public.well_profiles', 'relation', 'public', 'well_profiles', 'it is not there, as it should be', false),
    (9, 'relation public.well_profiles_id_seq', 'relation', 'public', 'well_profiles_id_seq', 'it is not there, as it should be', false)
  ) as it (place, what, kind, schema_name, name, says, wanted)
),
checks as materialized (
  select place, what, says, null::text as remark,
    case when present and not wanted then 'it is there, and should not be' when wanted and not present then 'it is missing' end as drift
  from (select w.*, case w.kind
      when 'schema' then exists (select from pg_namespace where nspname = w.name)
      when 'extension' then exists (select from pg_extension where extname = w.name)
      when 'relation' then exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = w.schema_name and c.relname = w.name and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'i', 'I'))
      when 'table' then exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = w.schema_name and c.relname = w.name and c.relkind in ('r', 'p'))
      when 'view' then exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = w.schema_name and c.relname = w.name and c.relkind in ('v'))
      when 'materialized view' then exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = w.schema_name and c.relname = w.name and c.relkind in ('m'))
      when 'foreign table' then exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = w.schema_name and c.relname = w.name and c.relkind in ('f'))
      when 'index' then exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = w.schema_name and c.relname = w.name and c.relkind in ('i', 'I'))
      when 'sequence' then exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = w.schema_name and c.relname = w.name and c.relkind in ('S'))
      when 'type' then exists (select from pg_type t join pg_namespace n on n.oid = t.typnamespace
        left join pg_class c on c.oid = t.typrelid where n.nspname = w.schema_name and t.typname = w.name
        and coalesce(c.relkind, 'c') = 'c' and not exists (select from pg_type where typarray = t.oid))
      when 'function' then exists (select from pg_proc o join pg_namespace n on n.oid = o.pronamespace
        where n.nspname = w.schema_name and o.proname = w.name)
      when 'collation' then exists (select from pg_collation o join pg_namespace n on n.oid = o.collnamespace
        where n.nspname = w.schema_name and o.collname = w.name)
      when 'statistics' then exists (select from pg_statistic_ext o join pg_namespace n on n.oid = o.stxnamespace
        where n.nspname = w.schema_name and o.stxname = w.name)
      when 'trigger' then exists (select from pg_trigger o join pg_class c on c.oid = o.tgrelid join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = w.schema_name and o.tgname in (w.name, split_part(w.name, ' on ', 1)::name)
          and w.name in (o.tgname, o.tgname || ' on ' || c.relname))
      when 'policy' then exists (select from pg_policy o join pg_class c on c.oid = o.polrelid join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = w.schema_name and o.polname in (w.name, split_part(w.name, ' on ', 1)::name)
          and w.name in (o.polname, o.polname || ' on ' || c.relname))
      when 'rule' then exists (select from pg_rewrite o join pg_class c on c.oid = o.ev_class join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = w.schema_name and o.rulename in (w.name, split_part(w.name, ' on ', 1)::name)
          and w.name in (o.rulename, o.rulename || ' on ' || c.relname))
    end as present from wanted w) as w
)
select translate('note  ' || what || ': ' || coalesce(drift, remark), E'\r\n', '  ')
  from checks where coalesce(drift, remark) is not null order by place, what;
\endif
do $limbeck$
begin
  if current_setting('limbeck.stops')::integer > 0 then
    raise exception 'limbeck: preflight %: % in the way', '1.0.0',
        case current_setting('limbeck.stops') when '1' then '1 thing stands' else current_setting('limbeck.stops') || ' things stand' end
      using hint = 'The lines that begin with STOP say what. upgrade.sql would stop there, too.';
  end if;
end
$limbeck$;
select 'limbeck: complete: without a look at rows, nothing stands in the way of release ' || '1.0.0'
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
