with calling (class, object) as (
  select d.classid, d.objid from pg_catalog.pg_depend as d
   where d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.refobjid >= 16384 and not exists (
     select from pg_catalog.pg_depend as e where e.classid = d.refclassid and e.objid = d.refobjid and e.deptype = 'e')
)
select pg_catalog.json_build_array(n.nspname, c.relname)
  from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p') and c.oid in (
   select tgrelid from pg_catalog.pg_trigger where not tgisinternal
   union all select ev_class from pg_catalog.pg_rewrite
   union all select adrelid from pg_catalog.pg_attrdef join calling on class = 'pg_catalog.pg_attrdef'::pg_catalog.regclass and object = oid
   union all select conrelid from pg_catalog.pg_constraint join calling on class = 'pg_catalog.pg_constraint'::pg_catalog.regclass and object = oid
   union all select indrelid from pg_catalog.pg_index join calling on class = 'pg_catalog.pg_class'::pg_catalog.regclass and object = indexrelid
   union all select attrelid from pg_catalog.pg_attribute join pg_catalog.pg_constraint as d on d.contypid = atttypid
     join calling on class = 'pg_catalog.pg_constraint'::pg_catalog.regclass and object = d.oid)
 order by n.nspname, c.relname;
