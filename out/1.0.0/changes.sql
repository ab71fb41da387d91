\set ON_ERROR_STOP on \echo 'limbeck: refused: changes.sql is for reading. Run upgrade.sql or rollback.sql.' \if false
--
-- The statements of release 1.0.0, as upgrade.sql and rollback.sql run them, without the checks and the bookkeeping around each
-- step. Unqualified names belong to the schema public.


-- UPGRADE

-- --------------------------------------------------------------------------------------------------------
-- 1/3  001_initial_schema: initial schema: users, wells, sensor data, logs

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

-- --------------------------------------------------------------------------------------------------------
-- 2/3  4c1d0f2e9b77: keep password hashes only

alter table users add column password_hash text;
update users set password_hash = encode(sha256(convert_to(password, 'UTF8')), 'hex') where password is not null;
alter table users drop column password;

-- --------------------------------------------------------------------------------------------------------
-- 3/3  7f71d8f421e3: email verification and password reset

alter table users
  add column email_verified_at timestamp with time zone,
  add column password_reset_token character varying(64),
  add column password_reset_expires timestamp with time zone,
  add constraint reset_token_expires check ((password_reset_token is null) = (password_reset_expires is null));
create unique index ix_users_reset_token on users (password_reset_token) where password_reset_token is not null;
comment on column users.email_verified_at is 'null until the letter was answered';


-- ROLLBACK

-- --------------------------------------------------------------------------------------------------------
-- 1/3  7f71d8f421e3: email verification and password reset

comment on column users.email_verified_at is null;
drop index ix_users_reset_token;
alter table users
  drop column email_verified_at,
  drop column password_reset_token,
  drop column password_reset_expires;

-- --------------------------------------------------------------------------------------------------------
-- 2/3  4c1d0f2e9b77: keep password hashes only
-- This rollback: irreversible.
-- It cannot be rolled back: the passwords themselves are gone, as they should be

-- --------------------------------------------------------------------------------------------------------
-- 3/3  001_initial_schema: initial schema: users, wells, sensor data, logs

drop index ix_system_logs_errors;
drop table system_logs;
drop index ix_sensor_data_sensor_time;
drop table sensor_data;
drop table well_profiles;
drop table users;
