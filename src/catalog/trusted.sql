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
