-- The roles that may own what a script rests on: who runs it, whose member that role is by its memberships, the owners of
-- database and schema, superusers. A superuser is a member of everything, which says nothing; nor does a membership that somebody
-- else gave it: before server 16 whoever may create roles can make a superuser a member of his own.
with recursive member (role) as (
    select r.oid from pg_roles r where r.rolname in (current_user, session_user)
  union
    select m.roleid from member join pg_auth_members m on m.member = member.role join pg_roles r on r.oid = m.member
     where not r.rolsuper or m.grantor in (select oid from pg_roles where rolsuper)
)
select role from member
union select datdba from pg_database where datname = current_database()
union select oid from pg_roles where rolsuper
