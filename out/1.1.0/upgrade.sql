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

-- Upgrade to 1.1.0
--
--   from      1.0.0 (7f71d8f421e3)
--   to        1.1.0 (20250902_email_lower)
--   for       PostgreSQL 14 or newer; run by psql 12 or newer
--   history   lb1:ad1b4621ed65dc0805c92096b7f6026e0709b8efc46296cb81eaa06f769bdf89
--   made by   limbeck 0.1.0
--
-- See what it would do:   psql -X -d DATABASE -v dry_run=1 -f upgrade.sql
-- Run it:                 psql -X -d DATABASE -L upgrade.log -f upgrade.sql
-- Options (-v NAME=VALUE): dry_run=1, wait=SECONDS for another run to end, expect_db=NAME, to=REVISION to stop earlier,
--   lock_timeout, statement_timeout.
-- When it stops, what is finished stays: mend the cause and run the same file again.
--
-- What stands before the first line of dashes looks where the database is, and changes nothing. The steps:
--
--   1  20250813_auth_full: auth: refresh tokens and e-mail verification
--   2  20250820_login_protection: auth: reset tokens, blacklisted tokens, login attempts
--   3  20250902_email_lower: auth: one account for each address, whatever its case

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

select 'limbeck 1.1.0 upgrade' || case when lower(:'dry_run') in ('1', 'on', 'true', 'yes') then ': DRY RUN' else ': APPLY' end
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
      using hint = 'Run upgrade.sql by itself: without -1 or --single-transaction, and without BEGIN before it or in .psqlrc.';
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
    from unnest(array['public.users']::text[]) as it join pg_class o on o.oid = to_regclass(it)
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
set application_name = 'limbeck 1.1.0 upgrade';
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
  nodes constant text[] := array['7f71d8f421e3', '20250813_auth_full', '20250820_login_protection', '20250902_email_lower']::text[];
  child constant integer[] := array[4, 3, 2]::integer[];
  parent constant integer[] := array[3, 2, 1]::integer[];
  parts constant integer[] := array[1, 1, 1, 1]::integer[];
  starts constant integer[] := array[1]::integer[];
  present text[] := '{}';
  here text;
  applied boolean[] := array_fill(false, array[4]);
  covered boolean[] := array_fill(false, array[4]);
  wanted boolean[] := array_fill(true, array[4]);
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
      using hint = 'upgrade.sql of 1.1.0 starts at 1.0.0 (7f71d8f421e3) and at every step up to 20250902_email_lower. Connect to another database, or take the bundle whose release starts where this one is.';
  end if;
  here := coalesce(nullif(array_to_string(present, ', '), ''), 'base');
  foreach id in array present loop
    at := array_position(nodes, id);
    if at is null then
      raise exception 'limbeck: refused: the database is at %, which is not on the way of this script', here
        using hint = 'upgrade.sql of 1.1.0 starts at 1.0.0 (7f71d8f421e3) and at every step up to 20250902_email_lower. Connect to another database, or take the bundle whose release starts where this one is.';
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
      using hint = 'upgrade.sql of 1.1.0 starts at 1.0.0 (7f71d8f421e3) and at every step up to 20250902_email_lower. Connect to another database, or take the bundle whose release starts where this one is.';
  end if;
  if goal <> '' then
    at := coalesce(array_position(nodes, goal), (array[1, 4]::integer[])[array_position(array['1.0.0', '1.1.0']::text[], goal)]);
    if at is null then
      raise exception 'limbeck: refused: % is not on the way of this script', goal
        using hint = 'After -v to= stands one of: ' || array_to_string(nodes, ', ') || '.';
    end if;
    wanted := array_fill(false, array[4]);
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
    if half_way <> 'upgrade' then
      raise exception 'limbeck: refused: the rollback of revision % is half done', half
        using hint = 'Finish it with rollback.sql; this script goes on from where that one ends.';
    end if;
  end if;
  for i in 2 .. 4 loop
    continue when not (wanted[i] and not applied[i]);
    todo := todo || (i - 1)::text;
    for part in 1 .. parts[i] loop
      if parts[i] > 1 and (half is distinct from nodes[i] or part > half_part) then
        todo := todo || ((i - 1) || '.' || part);
      end if;
    end loop;
    applied[i] := true;
    -- What is half done comes first.
    if todo[1] = (i - 1)::text and half = nodes[i] then
      half := null;
    end if;
  end loop;
  if half is not null then
    raise exception 'limbeck: refused: revision % is half done, and is not what comes next here', half
      using hint = 'Finish it with the script that began it, and run this one then.';
  end if;
  covered := array_fill(false, array[4]);
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
select 'The database is at ' || current_setting('limbeck.here') || '; steps left: '
       || (select count(*) from unnest(current_setting('limbeck.todo')::text[]) as t where t not like '%.%') || ' of 3.';
select 'When this stops, what is finished stays: mend the cause and run the same file again.'
 where current_setting('limbeck.run') <> '{}';
\set SHOW_CONTEXT :limbeck_context

-- --------------------------------------------------------------------------------------------------------
-- 1/3  20250813_auth_full: auth: refresh tokens and e-mail verification
select '1/3  20250813_auth_full: auth: refresh tokens and e-mail verification' where '1' = any (current_setting('limbeck.todo')::text[]);
select '1' = any (current_setting('limbeck.run')::text[]) as limbeck_run, clock_timestamp() as limbeck_began \gset
\if :limbeck_run
begin; :limbeck_settings
do $limbeck$
begin
  update public.alembic_version set version_num = '20250813_auth_full' where version_num = '7f71d8f421e3';
  if not found or (select count(*) from public.alembic_version) <> 1 then
    raise exception 'limbeck: refused: the database is not at % any more', '7f71d8f421e3'
      using hint = 'Somebody else moved it while this script ran: nothing of this step was done. Run the same file again.';
  end if;
end
$limbeck$;
alter table users add column if not exists is_active boolean default true not null;
do $limbeck$
declare
  difference text;
begin
  select string_agg(format('%I is %s, this revision says %s', wanted.name, coalesce(
      format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end, 'missing'),
      wanted.type || case when wanted.required then ' not null' else '' end), '; ')
    into difference
    from (values ('is_active', 'boolean', true)) as wanted (name, type, required)
    left join pg_attribute a
      on a.attrelid = to_regclass('public.users') and a.attname = wanted.name and a.attnum > 0 and not a.attisdropped
    where (format_type(a.atttypid, a.atttypmod), a.attnotnull) is distinct from (wanted.type, wanted.required);
  if difference is not null then
    raise exception 'limbeck: table users exists, but with other columns than this revision says: %', difference;
  end if;
end
$limbeck$;
create table refresh_tokens (
  jti text,
  user_id text not null,
  revoked boolean default false not null,
  created_at timestamp with time zone default current_timestamp not null,
  expires_at timestamp with time zone default now() + interval '30 days' not null,
  constraint refresh_tokens_pkey primary key (jti),
  constraint refresh_tokens_user_id_fkey foreign key (user_id) references users (id) on delete cascade,
  constraint lives_for_a_while check (expires_at > created_at)
);
create index ix_refresh_user_revoked on refresh_tokens (user_id, revoked);
create table email_verifications (
  token uuid default gen_random_uuid(),
  user_id text not null,
  email character varying(255) not null,
  sent_at timestamp with time zone default now() not null,
  used_at timestamp with time zone,
  constraint email_verifications_pkey primary key (token),
  constraint email_verifications_user_id_fkey foreign key (user_id) references users (id) on delete cascade
);
create unique index ix_email_verifications_open on email_verifications (user_id) where used_at is null;
create table password_resets (
  id bigint generated always as identity,
  user_id text not null,
  requested_at timestamp with time zone default now() not null,
  requested_by inet,
  constraint password_resets_pkey primary key (id),
  constraint password_resets_user_id_fkey foreign key (user_id) references users (id) on delete cascade
);
create index ix_password_resets_user on password_resets (user_id, requested_at);
update users set is_active = false where deleted_at is not null;
commit;
select '     done in ' || round(extract(epoch from clock_timestamp() - :'limbeck_began'::timestamptz)::numeric, 2) || ' s';
\endif

-- --------------------------------------------------------------------------------------------------------
-- 2/3  20250820_login_protection: auth: reset tokens, blacklisted tokens, login attempts
select '2/3  20250820_login_protection: auth: reset tokens, blacklisted tokens, login attempts' where '2' = any (current_setting('limbeck.todo')::text[]);
select '2' = any (current_setting('limbeck.run')::text[]) as limbeck_run, clock_timestamp() as limbeck_began \gset
\if :limbeck_run
begin; :limbeck_settings
do $limbeck$
begin
  update public.alembic_version set version_num = '20250820_login_protection' where version_num = '20250813_auth_full';
  if not found or (select count(*) from public.alembic_version) <> 1 then
    raise exception 'limbeck: refused: the database is not at % any more', '20250813_auth_full'
      using hint = 'Somebody else moved it while this script ran: nothing of this step was done. Run the same file again.';
  end if;
end
$limbeck$;
create table password_reset_tokens (
  token_hash text,
  reset_id bigint not null,
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  constraint password_reset_tokens_pkey primary key (token_hash),
  constraint password_reset_tokens_reset_id_key unique (reset_id),
  constraint password_reset_tokens_reset_id_fkey foreign key (reset_id) references password_resets (id) on delete cascade
);
comment on table password_reset_tokens is 'hashes only; takes the place of users.password_reset_token';
create table blacklisted_tokens (
  jti text,
  reason text default 'logout' not null,
  until timestamp with time zone not null,
  constraint blacklisted_tokens_pkey primary key (jti),
  constraint fk_blacklisted_refresh foreign key (jti) references refresh_tokens (jti) on delete cascade deferrable initially deferred
);
create index ix_blacklisted_until on blacklisted_tokens (until);
create unlogged table login_attempts (
  id bigint generated always as identity,
  email character varying(255) not null,
  address inet not null,
  attempted_at timestamp with time zone default now() not null,
  succeeded boolean not null,
  constraint login_attempts_pkey primary key (id)
) with (fillfactor = 100);
create index ix_login_attempts_failed on login_attempts ((lower(email)), attempted_at desc) where not succeeded;
commit;
select '     done in ' || round(extract(epoch from clock_timestamp() - :'limbeck_began'::timestamptz)::numeric, 2) || ' s';
\endif

-- --------------------------------------------------------------------------------------------------------
-- 3/3  20250902_email_lower: auth: one account for each address, whatever its case
select '3/3  20250902_email_lower: auth: one account for each address, whatever its case' where '3' = any (current_setting('limbeck.todo')::text[]);
select '3' = any (current_setting('limbeck.run')::text[]) as limbeck_run, clock_timestamp() as limbeck_began \gset
\if :limbeck_run
begin; :limbeck_settings
do $limbeck$
begin
  update public.alembic_version set version_num = '20250902_email_lower' where version_num = '20250820_login_protection';
  if not found or (select count(*) from public.alembic_version) <> 1 then
    raise exception 'limbeck: refused: the database is not at % any more', '20250820_login_protection'
      using hint = 'Somebody else moved it while this script ran: nothing of this step was done. Run the same file again.';
  end if;
end
$limbeck$;
do $limbeck$
begin
  if (select not exists (select 1 from users group by lower(email) having count(*) > 1)) is not true then
    raise exception 'limbeck: not so: no two users differ by the case of their address only';
  end if;
end
$limbeck$;
set constraints all immediate; :limbeck_settings
alter table users drop constraint users_email_key;
create unique index ix_users_email_lower on users ((lower(email)));
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
