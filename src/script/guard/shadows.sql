-- What stands in the schema `home` (its name) with the name of a function or operator of PostgreSQL's own, or of a type, which is called
-- in the same way, made neither by the history (`routines`, a list of names) nor by an extension, for roles that are trusted:
-- whoever owns an extension can put a function into it. An overload whose types fit better than those of pg_catalog
-- is chosen, although pg_catalog comes first (PostgreSQL's documentation, section 10.3): a statement of the history would run it.
select string_agg(s.what || ' of ' || s.owner, ', ' order by s.what) as found,
    string_agg(s.what, ';' order by s.what) as trusting,
    (select string_agg(distinct case a.grantee when 0 then 'everybody' else pg_get_userbyid(a.grantee)::text end, ', ')
       from pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) as a
      where n.nspname = home and a.privilege_type = 'CREATE') as creators
  from (
    select case p.prokind when 'p' then 'procedure ' when 'a' then 'aggregate ' else 'function ' end || p.oid::regprocedure::text as what,
        pg_get_userbyid(p.proowner)::text as owner, p.proowner as role, p.proname as name, p.oid, 'pg_proc'::regclass as catalog
      from pg_proc p where p.pronamespace = to_regnamespace(quote_ident(home))
        and (exists (select from pg_proc own where own.proname = p.proname and own.pronamespace = 'pg_catalog'::regnamespace)
          or exists (select from pg_type own where own.typname = p.proname and own.typnamespace = 'pg_catalog'::regnamespace))
    union all
    select 'operator ' || o.oid::regoperator::text, pg_get_userbyid(o.oprowner)::text, o.oprowner, o.oprname, o.oid, 'pg_operator'::regclass
      from pg_operator o where o.oprnamespace = to_regnamespace(quote_ident(home))
        and exists (select from pg_operator own where own.oprname = o.oprname and own.oprnamespace = 'pg_catalog'::regnamespace)
  ) as s
 where not ((s.name = any (routines) or exists (select from pg_depend d where d.classid = s.catalog and d.objid = s.oid and d.deptype = 'e'))
     and s.role = any (array(
{% include "trusted.sql" %}union select nspowner from pg_namespace where nspname = home)))
   and s.what <> all (string_to_array(trust, ';'))