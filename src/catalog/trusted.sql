-- The roles that may own what a script rests on: who runs it, whose member that role is by its memberships (a superuser
-- is one of everything, which says nothing), the owners of database and schema, superusers.
with recursive member (role) as (
    select r.oid from pg_roles r where r.rolname in (current_user, session_user)
  union
    select m.roleid from member join pg_auth_members m on m.member = member.role
)
select role from member
union select datdba from pg_database where datname = current_database()
union select oid from pg_roles where rolsuper
