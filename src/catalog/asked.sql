-- What a database holds, a line for each object and each part of one: what facts.sql says of it as JSON. It reads only, and runs
-- on the servers 14 to 18. Members of extensions are left out.
select 'server ' || current_setting('server_version_num');

with members as materialized (
  select classid, objid from pg_depend where deptype = 'e'
), users as materialized (
  select oid, nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'
), asked (kind, oid, schema, name) as materialized (
  select 'schema', oid, '', nspname from users
   where not exists (select from members m where m.classid = 'pg_namespace'::regclass and m.objid = oid)
  union all
  select 'extension', oid, '', extname from pg_extension
  union all
  select case t.typtype when 'd' then 'domain' else 'type' end, t.oid, n.nspname, t.typname
    from pg_type t join users n on n.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
   where (t.typtype in ('e', 'd') or t.typtype = 'c' and c.relkind = 'c')
     and not exists (select from members m where m.classid = 'pg_type'::regclass and m.objid = t.oid)
  union all
  select case when c.relkind in ('r', 'p') then 'table' when c.relkind = 'S' then 'sequence' else 'index' end, c.oid, n.nspname, c.relname
    from pg_class c join users n on n.oid = c.relnamespace left join pg_index i on i.indexrelid = c.oid left join pg_class t on t.oid = i.indrelid
   where c.relkind in ('r', 'p', 'S', 'i', 'I') and c.relpersistence <> 't' and t.relpersistence is distinct from 't'
     and not exists (select from pg_constraint where conindid = i.indexrelid and contype in ('p', 'u', 'x'))
     and not exists (select from members m where m.classid = 'pg_class'::regclass and m.objid in (c.oid, t.oid))
),
