\set ON_ERROR_STOP on \echo 'limbeck: refused: changes.sql is for reading. Run upgrade.sql or rollback.sql.' \if false
--
-- The statements of release 2.1.0, as upgrade.sql and rollback.sql run them, without the checks and the bookkeeping around each
-- step. Unqualified names belong to the schema public.


-- UPGRADE

-- --------------------------------------------------------------------------------------------------------
-- 1/4  20250917_status_width: longer words for the status of maintenance

alter table maintenance_schedules alter column status type character varying(50);

-- --------------------------------------------------------------------------------------------------------
-- 2/4  20250924_user_names: first and last names of users

alter table users
  add column first_name text,
  add column last_name text;
update users
    set first_name = split_part(full_name, ' ', 1),
        last_name = nullif(substr(full_name, strpos(full_name || ' ', ' ') + 1), '')
    where full_name is not null;
alter table users drop column full_name;

-- --------------------------------------------------------------------------------------------------------
-- 3/4  20251001_log_levels: the levels of logs, in their order

create table log_levels (
  name character varying(10),
  rank smallint not null,
  constraint log_levels_pkey primary key (name),
  constraint log_levels_rank_key unique (rank)
);
insert into log_levels (name, rank) values ('debug', 0), ('info', 1), ('warning', 2), ('error', 3), ('fatal', 4);
update system_logs set level = 'warning' where level = 'warn';
alter table system_logs add constraint fk_system_logs_level foreign key (level) references log_levels (name);

-- --------------------------------------------------------------------------------------------------------
-- 4/4  20251008_drop_reset_columns: reset tokens live in their own table now

alter table users
  drop column password_reset_token,
  drop column password_reset_expires;


-- ROLLBACK

-- --------------------------------------------------------------------------------------------------------
-- 1/4  20251008_drop_reset_columns: reset tokens live in their own table now
-- This rollback: loses data, may fail on rows.

alter table users
  add column password_reset_token character varying(64),
  add column password_reset_expires timestamp with time zone,
  add constraint reset_token_expires check ((password_reset_token is null) = (password_reset_expires is null));
create unique index ix_users_reset_token on users (password_reset_token) where password_reset_token is not null;

-- --------------------------------------------------------------------------------------------------------
-- 2/4  20251001_log_levels: the levels of logs, in their order

alter table system_logs drop constraint fk_system_logs_level;
update system_logs set level = 'warn' where level = 'warning';
drop table log_levels;

-- --------------------------------------------------------------------------------------------------------
-- 3/4  20250924_user_names: first and last names of users
-- This rollback: loses data.

alter table users add column full_name text;
update users set full_name = concat_ws(' ', first_name, last_name) where first_name is not null;
alter table users
  drop column first_name,
  drop column last_name;

-- --------------------------------------------------------------------------------------------------------
-- 4/4  20250917_status_width: longer words for the status of maintenance
-- This rollback: may fail on rows.

alter table maintenance_schedules alter column status type character varying(20);
