-- The roles that may own what a script rests on: who runs it, whose member that role is by its memberships, the owners of
-- database and schema, superusers, and those that the DBA names. A superuser is a member of everything, which says nothing; nor does
-- a membership that anybody else gave: whoever administers a group could put it around the role that runs the script. A
-- predefined role stands for a right, and its members need not know each other.
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
-- The owner of the database by another name, who has no other members.
union select oid from pg_roles where rolname = 'pg_database_owner'
union select oid from pg_roles where 'role ' || quote_ident(rolname) = any (regexp_split_to_array(btrim(current_setting('limbeck.trust', true)), '\s*;\s*'))
  and not exists (select from pg_db_role_setting, unnest(setconfig) as one where one = 'limbeck.trust=' || current_setting('limbeck.trust', true))
