\set ON_ERROR_STOP on \echo 'limbeck: refused: changes.sql is for reading. Run upgrade.sql or rollback.sql.' \if false
--
-- The statements of release 1.1.0, as upgrade.sql and rollback.sql run them, without the checks and the bookkeeping around each
-- step. Unqualified names belong to the schema public.


-- UPGRADE

-- --------------------------------------------------------------------------------------------------------
-- 1/3  20250813_auth_full: auth: refresh tokens and e-mail verification

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
-- 2/3  20250820_login_protection: auth: reset tokens, blacklisted tokens, login attempts

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
-- 3/3  20250902_email_lower: auth: one account for each address, whatever its case

do $limbeck$
begin
  if (select not exists (select 1 from users group by lower(email) having count(*) > 1)) is not true then
    raise exception 'limbeck: assert failed: no two users differ by the case of their address only';
  end if;
end
$limbeck$;
alter table users drop constraint users_email_key;
create unique index ix_users_email_lower on users ((lower(email)));


-- ROLLBACK

-- --------------------------------------------------------------------------------------------------------
-- 1/3  20250902_email_lower: auth: one account for each address, whatever its case
-- This rollback: may fail on rows.

drop index ix_users_email_lower;
alter table users add constraint users_email_key unique (email);

-- --------------------------------------------------------------------------------------------------------
-- 2/3  20250820_login_protection: auth: reset tokens, blacklisted tokens, login attempts

drop index ix_login_attempts_failed;
drop table login_attempts;
drop index ix_blacklisted_until;
drop table blacklisted_tokens;
drop table password_reset_tokens;

-- --------------------------------------------------------------------------------------------------------
-- 3/3  20250813_auth_full: auth: refresh tokens and e-mail verification

drop index ix_password_resets_user;
drop table password_resets;
drop index ix_email_verifications_open;
drop table email_verifications;
drop index ix_refresh_user_revoked;
drop table refresh_tokens;
alter table users drop column if exists is_active;
