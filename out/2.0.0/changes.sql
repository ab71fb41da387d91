\set ON_ERROR_STOP on \echo 'limbeck: refused: changes.sql is for reading. Run upgrade.sql or rollback.sql.' \if false
--
-- The statements of release 2.0.0, as upgrade.sql and rollback.sql run them, without the checks and the bookkeeping around each
-- step. Unqualified names belong to the schema public.


-- UPGRADE

-- --------------------------------------------------------------------------------------------------------
-- 1/10  20250813_auth_full: auth: refresh tokens and e-mail verification

alter table users add column if not exists is_active boolean default true not null;
do $limbeck$
declare
  limbeck_path constant text := pg_catalog.current_setting('search_path');
  limbeck_found text;
begin
  perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  limbeck_found := (
    select string_agg(format('%I is %s, but this revision expects %s', wanted.name, coalesce(
      format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end, 'missing'),
      wanted.type || case when wanted.required then ' not null' else '' end), '; ')
    from (values ('is_active', 'boolean', true)) as wanted (name, type, required)
    left join pg_attribute a
      on a.attrelid = to_regclass('public.users') and a.attname = wanted.name and a.attnum > 0 and not a.attisdropped
    where (format_type(a.atttypid, a.atttypmod), a.attnotnull) is distinct from (wanted.type, wanted.required)
  );
  if limbeck_found is not null then
    raise exception 'limbeck: table users exists, but its columns differ from those in this revision: %', regexp_replace(limbeck_found, case getdatabaseencoding() when 'UTF8' then '[\u0001-\u001f\u007f-\u009f\u00ad\u034f\u115f\u1160\u180e\u200b\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\U00013430-\U00013455\U000e0000-\U000e007f]' when 'SQL_ASCII' then '[^\x20-\x7e]' else '[\x01-\x1f\x7f-\x9f]' end, '?', 'g');
  end if;
  perform pg_catalog.set_config('search_path', limbeck_path, true);
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

-- --------------------------------------------------------------------------------------------------------
-- 2/10  20250820_login_protection: auth: reset tokens, blacklisted tokens, login attempts

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

-- --------------------------------------------------------------------------------------------------------
-- 3/10  20250902_email_lower: auth: one account for each address, whatever its case

do $limbeck$
begin
  if (select not exists (select 1 from users group by lower(email) having count(*) > 1)) is not true then
    raise exception 'limbeck: assert failed: no two users differ by the case of their address only';
  end if;
end
$limbeck$;
alter table users drop constraint users_email_key;
create unique index ix_users_email_lower on users ((lower(email)));

-- --------------------------------------------------------------------------------------------------------
-- 4/10  20250814_maintenance: platform: maintenance alerts and schedules

create type alert_severity as enum ('info', 'warning', 'failure');
create table maintenance_alerts (
  id bigint generated always as identity,
  well_id integer not null,
  severity alert_severity default 'info' not null,
  title character varying(200) not null,
  raised_at timestamp with time zone default now() not null,
  resolved_at timestamp with time zone,
  resolved_by text,
  constraint maintenance_alerts_pkey primary key (id),
  constraint maintenance_alerts_well_id_fkey foreign key (well_id) references well_profiles (id),
  constraint maintenance_alerts_resolved_by_fkey foreign key (resolved_by) references users (id) on delete set null,
  constraint resolved_after_raised check (resolved_at >= raised_at),
  constraint resolved_by_someone check (resolved_by is null or resolved_at is not null)
);
create index ix_alerts_open on maintenance_alerts (well_id, severity) where resolved_at is null;
create index ix_alerts_failure on maintenance_alerts (raised_at) where severity = 'failure';
create table maintenance_schedules (
  id integer generated by default as identity (start with 1000),
  well_id integer not null,
  alert_id bigint,
  status character varying(20) default 'planned' not null,
  due_on date not null,
  every interval,
  notes text,
  constraint maintenance_schedules_pkey primary key (id),
  constraint maintenance_schedules_well_id_fkey foreign key (well_id) references well_profiles (id) on delete cascade,
  constraint maintenance_schedules_alert_id_fkey foreign key (alert_id) references maintenance_alerts (id),
  constraint maintenance_schedules_every_check check (every > interval '0')
);
comment on column maintenance_schedules.notes is 'free text for the crew';
create index ix_schedules_due on maintenance_schedules (due_on) include (status);

-- --------------------------------------------------------------------------------------------------------
-- 5/10  e2b6a90c41d7: platform: sensor data per well

-- Part 1 of 2, in a transaction
alter table sensor_data add column well_id integer;
alter table sensor_data add constraint fk_sensor_data_well foreign key (well_id) references well_profiles (id) not valid;

-- Part 2 of 2, not in a transaction
create index concurrently ix_sensor_data_well on sensor_data (well_id, recorded_at);

-- --------------------------------------------------------------------------------------------------------
-- 6/10  20250825_predictions: platform: models, predictions of remaining life, anomalies

alter table sensor_data validate constraint fk_sensor_data_well;
create sequence model_versions_id_seq as integer;
create table model_versions (
  id integer default nextval('model_versions_id_seq'::regclass) not null,
  name text not null,
  version text not null,
  trained_at timestamp with time zone not null,
  metrics jsonb default '{}'::jsonb not null,
  is_current boolean default false not null,
  constraint model_versions_pkey primary key (id),
  constraint uq_model_version unique (name, version)
);
alter sequence model_versions_id_seq owned by model_versions.id;
create unique index ix_model_current on model_versions (name) where is_current;
create table rul_predictions (
  id bigint generated always as identity,
  well_id integer not null,
  model_id integer not null,
  predicted_at timestamp with time zone default now() not null,
  hours_left numeric(10,2) not null,
  days_left numeric(10,2) generated always as (round(hours_left / 24, 2)) stored,
  low numeric(10,2),
  high numeric(10,2),
  constraint rul_predictions_pkey primary key (id),
  constraint rul_predictions_well_id_fkey foreign key (well_id) references well_profiles (id),
  constraint rul_predictions_model_id_fkey foreign key (model_id) references model_versions (id) on delete restrict,
  constraint rul_predictions_hours_left_check check (hours_left >= 0),
  constraint low_to_high check (low <= hours_left and hours_left <= high)
);
comment on table rul_predictions is 'remaining useful life';
comment on constraint low_to_high on rul_predictions is 'the interval holds the prediction';
create table anomaly_detections (
  id bigint generated always as identity,
  reading_id bigint not null,
  model_id integer not null,
  score real not null,
  tags text[] default '{}' not null,
  is_severe boolean generated always as (score > 0.9) stored,
  constraint anomaly_detections_pkey primary key (id),
  constraint anomaly_detections_reading_id_fkey foreign key (reading_id) references sensor_data (id) on delete cascade,
  constraint anomaly_detections_model_id_fkey foreign key (model_id) references model_versions (id),
  constraint anomaly_detections_score_check check (score between 0 and 1)
);
create index ix_anomaly_tags on anomaly_detections using gin (tags);
create index ix_anomaly_severe on anomaly_detections (model_id) where is_severe;

-- --------------------------------------------------------------------------------------------------------
-- 7/10  20250828_drilling_sessions: platform: drilling sessions, and the history of the process

create extension btree_gist;
create domain percentage as numeric(5,2) constraint percentage_check check (value between 0 and 100);
create table drilling_sessions (
  id integer generated always as identity,
  well_id integer not null,
  during tstzrange not null,
  driller text,
  progress percentage default 0 not null,
  constraint drilling_sessions_pkey primary key (id),
  constraint drilling_sessions_well_id_fkey foreign key (well_id) references well_profiles (id),
  constraint drilling_sessions_driller_fkey foreign key (driller) references users (id),
  constraint one_at_a_time exclude using gist (well_id with =, during with &&)
);
create table dvr_process_history (
  session_id integer not null,
  step smallint not null,
  valid boolean not null,
  raw double precision,
  reconciled double precision,
  correction double precision generated always as (reconciled - raw) stored,
  constraint dvr_process_history_session_id_fkey foreign key (session_id) references drilling_sessions (id) on delete cascade,
  constraint dvr_process_history_pkey primary key (session_id, step)
);
comment on table dvr_process_history is 'data validation and reconciliation';

-- --------------------------------------------------------------------------------------------------------
-- 8/10  5d8f3b1a7c60: platform: critical alerts

alter type alert_severity add value 'critical' after 'failure';

-- --------------------------------------------------------------------------------------------------------
-- 9/10  20250903_change_requests: platform: change requests, decided by active users

create table change_requests (
  id bigint generated always as identity,
  well_id integer,
  requested_by text not null,
  decided_by text,
  state text default 'open' not null,
  change jsonb not null,
  constraint change_requests_pkey primary key (id),
  constraint change_requests_well_id_fkey foreign key (well_id) references well_profiles (id) on delete set null,
  constraint change_requests_requested_by_fkey foreign key (requested_by) references users (id),
  constraint change_requests_decided_by_fkey foreign key (decided_by) references users (id),
  constraint known_state check (state in ('open', 'accepted', 'rejected')),
  constraint four_eyes check (requested_by <> decided_by),
  constraint decided check ((state = 'open') = (decided_by is null))
);
create index ix_change_requests_open on change_requests (requested_by) where state = 'open';
create index ix_users_active on users (role) where is_active;

-- --------------------------------------------------------------------------------------------------------
-- 10/10  c0a8d5e7f219: merge auth and platform
-- No statements.


-- ROLLBACK

-- --------------------------------------------------------------------------------------------------------
-- 1/10  c0a8d5e7f219: merge auth and platform
-- No statements.

-- --------------------------------------------------------------------------------------------------------
-- 2/10  20250903_change_requests: platform: change requests, decided by active users

drop index ix_users_active;
drop index ix_change_requests_open;
drop table change_requests;

-- --------------------------------------------------------------------------------------------------------
-- 3/10  5d8f3b1a7c60: platform: critical alerts
-- This rollback: may fail on rows.

drop index ix_alerts_failure;
alter type alert_severity rename to alert_severity_old;
create type alert_severity as enum ('info', 'warning', 'failure');
alter table maintenance_alerts
  alter column severity drop default,
  alter column severity type alert_severity using severity::text::alert_severity,
  alter column severity set default 'info';
drop type alert_severity_old;
create index ix_alerts_failure on maintenance_alerts (raised_at) where severity = 'failure';

-- --------------------------------------------------------------------------------------------------------
-- 4/10  20250828_drilling_sessions: platform: drilling sessions, and the history of the process

drop table dvr_process_history;
drop table drilling_sessions;
drop domain percentage;
drop extension btree_gist;

-- --------------------------------------------------------------------------------------------------------
-- 5/10  20250825_predictions: platform: models, predictions of remaining life, anomalies

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

-- --------------------------------------------------------------------------------------------------------
-- 6/10  e2b6a90c41d7: platform: sensor data per well

-- Part 1 of 2, not in a transaction
drop index concurrently ix_sensor_data_well;

-- Part 2 of 2, in a transaction
alter table sensor_data drop constraint fk_sensor_data_well;
alter table sensor_data drop column well_id;

-- --------------------------------------------------------------------------------------------------------
-- 7/10  20250814_maintenance: platform: maintenance alerts and schedules

drop index ix_schedules_due;
drop table maintenance_schedules;
drop index ix_alerts_failure;
drop index ix_alerts_open;
drop table maintenance_alerts;
drop type alert_severity;

-- --------------------------------------------------------------------------------------------------------
-- 8/10  20250902_email_lower: auth: one account for each address, whatever its case
-- This rollback: may fail on rows.

drop index ix_users_email_lower;
alter table users add constraint users_email_key unique (email);

-- --------------------------------------------------------------------------------------------------------
-- 9/10  20250820_login_protection: auth: reset tokens, blacklisted tokens, login attempts

drop index ix_login_attempts_failed;
drop table login_attempts;
drop index ix_blacklisted_until;
drop table blacklisted_tokens;
drop table password_reset_tokens;

-- --------------------------------------------------------------------------------------------------------
-- 10/10  20250813_auth_full: auth: refresh tokens and e-mail verification

drop index ix_password_resets_user;
drop table password_resets;
drop index ix_email_verifications_open;
drop table email_verifications;
drop index ix_refresh_user_revoked;
drop table refresh_tokens;
alter table users drop column if exists is_active;
