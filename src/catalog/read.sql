-- What a database holds, a line for each object: its kind and what pg_catalog says of it as JSON. It reads only, and runs
-- on the servers 14 to 18: what newer ones have is taken out of to_jsonb(row). Members of extensions are left out.
set search_path = pg_catalog;
set standard_conforming_strings = on;
select 'server ' || current_setting('server_version_num');

select 'schema ' || json_build_object('name', n.nspname, 'comment', obj_description(n.oid, 'pg_namespace'))
  from pg_namespace n
 where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   and not exists (select from pg_depend where classid = 'pg_namespace'::regclass and objid = n.oid and deptype = 'e');

select 'extension ' || json_build_object('name', e.extname, 'schema', n.nspname, 'version', e.extversion,
         'comment', obj_description(e.oid, 'pg_extension'))
  from pg_extension e join pg_namespace n on n.oid = e.extnamespace;

select 'type ' || json_build_object('schema', n.nspname, 'name', t.typname, 'kind', t.typtype,
         'comment', obj_description(t.oid, 'pg_type'),
         'values', (select coalesce(json_agg(enumlabel order by enumsortorder), '[]') from pg_enum where enumtypid = t.oid),
         'attributes', (select coalesce(json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
             'collation', (select json_build_array(ln.nspname, l.collname) from pg_collation l join pg_namespace ln on ln.oid = l.collnamespace
                where l.oid = a.attcollation and l.oid <> b.typcollation),
             'comment', col_description(a.attrelid, a.attnum)) order by a.attnum), '[]')
           from pg_attribute a join pg_type b on b.oid = a.atttypid where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped),
         'base', case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod) end,
         'collation', (select json_build_array(ln.nspname, l.collname) from pg_type b, pg_collation l join pg_namespace ln on ln.oid = l.collnamespace
            where b.oid = t.typbasetype and l.oid = t.typcollation and l.oid <> b.typcollation),
         'default', case when t.typtype = 'd' then coalesce(pg_get_expr(t.typdefaultbin, 0), quote_literal(t.typdefault)) end,
         'not_null', t.typnotnull,
         'checks', (select coalesce(json_agg(json_build_object('name', x.conname, 'expression', pg_get_expr(x.conbin, 0),
             'validated', x.convalidated, 'comment', obj_description(x.oid, 'pg_constraint')) order by x.conname), '[]')
           from pg_constraint x where x.contypid = t.oid and x.contype = 'c'))
  from pg_type t join pg_namespace n on n.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
 where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   and (t.typtype in ('e', 'd') or t.typtype = 'c' and c.relkind = 'c')
   and not exists (select from pg_depend where classid = 'pg_type'::regclass and objid = t.oid and deptype = 'e');

select 'table ' || json_build_object('schema', n.nspname, 'name', c.relname, 'unlogged', c.relpersistence = 'u',
         'partition_by', case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end,
         'bound', pg_get_expr(c.relpartbound, c.oid),
         'parents', (select coalesce(json_agg(json_build_array(pn.nspname, p.relname) order by h.inhseqno), '[]')
            from pg_inherits h join pg_class p on p.oid = h.inhparent join pg_namespace pn on pn.oid = p.relnamespace where h.inhrelid = c.oid),
         'options', (select coalesce(json_agg(it), '[]') from (select unnest(c.reloptions) as it
            union all select 'toast.' || unnest(o.reloptions) from pg_class o where o.oid = c.reltoastrelid) as options),
         'tablespace', (select spcname from pg_tablespace where oid = c.reltablespace),
         'has_toast', c.reltoastrelid <> 0,
         'comment', obj_description(c.oid, 'pg_class'),
         'columns', (select coalesce(json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
             'collation', (select json_build_array(ln.nspname, l.collname) from pg_collation l join pg_namespace ln on ln.oid = l.collnamespace
                where l.oid = a.attcollation and l.oid <> b.typcollation),
             'not_null', a.attnotnull, 'expression', pg_get_expr(d.adbin, d.adrelid),
             'identity', a.attidentity, 'generated', a.attgenerated,
             'sequence', (select json_build_array(sn.nspname, s.relname) from pg_depend k join pg_class s on s.oid = k.objid
                join pg_namespace sn on sn.oid = s.relnamespace
                where k.classid = 'pg_class'::regclass and k.refclassid = 'pg_class'::regclass and k.refobjid = c.oid
                  and k.refobjsubid = a.attnum and k.deptype = 'i' and s.relkind = 'S'),
             'comment', col_description(c.oid, a.attnum), 'inherited', a.attinhcount > 0, 'own', a.attislocal) order by a.attnum), '[]')
           from pg_attribute a join pg_type b on b.oid = a.atttypid
           left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
           where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped))
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p') and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = c.oid and deptype = 'e');

select 'constraint ' || json_build_object('schema', n.nspname, 'table', c.relname, 'name', x.conname,
         'definition', pg_get_constraintdef(x.oid), 'validated', x.convalidated,
         'inherited', x.coninhcount > 0, 'own', x.conislocal, 'comment', obj_description(x.oid, 'pg_constraint'),
         'index', i.relname, 'is_invalid', not g.indisvalid,
         'index_comment', obj_description(i.oid, 'pg_class'),
         'options', (select coalesce(json_agg(it), '[]') from unnest(i.reloptions) as it),
         'tablespace', (select spcname from pg_tablespace where oid = i.reltablespace),
         'not_enforced', coalesce(to_jsonb(x) ->> 'conenforced' = 'false', false))
  from pg_constraint x join pg_class c on c.oid = x.conrelid join pg_namespace n on n.oid = c.relnamespace
  left join pg_class i on i.oid = x.conindid left join pg_index g on g.indexrelid = i.oid
 where x.contype in ('p', 'u', 'f', 'c', 'x') and c.relkind in ('r', 'p') and c.relpersistence <> 't'
   and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = c.oid and deptype = 'e')
   -- A foreign key to a partitioned table has a copy for each partition.
   and not exists (select from pg_constraint above where above.oid = x.conparentid and above.conrelid = x.conrelid);

select 'index ' || json_build_object('schema', n.nspname, 'name', c.relname, 'definition', pg_get_indexdef(c.oid),
         'parent', (select json_build_array(pn.nspname, p.relname) from pg_inherits h join pg_class p on p.oid = h.inhparent
            join pg_namespace pn on pn.oid = p.relnamespace where h.inhrelid = c.oid),
         'tablespace', (select spcname from pg_tablespace where oid = c.reltablespace),
         'is_invalid', not (i.indisvalid and i.indisready), 'comment', obj_description(c.oid, 'pg_class'))
  from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
  join pg_class t on t.oid = i.indrelid
 where t.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   and not exists (select from pg_constraint where conindid = i.indexrelid and contype in ('p', 'u', 'x'))
   and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid in (c.oid, t.oid) and deptype = 'e');

select 'sequence ' || json_build_object('schema', n.nspname, 'name', c.relname, 'type', format_type(s.seqtypid, null),
         'start', s.seqstart::text, 'increment', s.seqincrement::text, 'minimum', s.seqmin::text, 'maximum', s.seqmax::text,
         'cache', s.seqcache::text, 'cycle', s.seqcycle, 'unlogged', c.relpersistence = 'u',
         'identity', coalesce(d.deptype = 'i', false), 'comment', obj_description(c.oid, 'pg_class'),
         'owner', case when d.objid is not null then json_build_array(rn.nspname, r.relname, a.attname) end)
  from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace
  left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.objsubid = 0
    and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i')
  left join pg_class r on r.oid = d.refobjid left join pg_namespace rn on rn.oid = r.relnamespace
  left join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
 where c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = c.oid and deptype = 'e');

-- What the model does not hold: its definition is compared with that of another time only.
with users as (
  select oid, nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'
), relations as (
  select c.oid, n.nspname, c.relname, c.relkind, c.relacl, c.reloptions, c.relrowsecurity, c.relforcerowsecurity, c.relreplident
    from pg_class c join users n on n.oid = c.relnamespace
   where c.relpersistence <> 't'
     and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = c.oid and deptype = 'e')
), others (kind, schema, name, part, definition) as (
  select case r.relkind when 'v' then 'view' else 'materialized view' end, r.nspname, r.relname::text, '',
         concat_ws(' ', pg_get_viewdef(r.oid), r.reloptions::text, obj_description(r.oid, 'pg_class'))
    from relations r where r.relkind in ('v', 'm')
  union all
  select 'foreign table', r.nspname, r.relname, '', concat_ws(' ', s.srvname, f.ftoptions::text,
         (select json_agg(json_build_array(attname, format_type(atttypid, atttypmod), attnotnull, attfdwoptions) order by attnum)
            from pg_attribute where attrelid = r.oid and attnum > 0 and not attisdropped)::text)
    from relations r join pg_foreign_table f on f.ftrelid = r.oid join pg_foreign_server s on s.oid = f.ftserver
  union all
  select case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end, n.nspname, p.proname,
         '(' || pg_get_function_identity_arguments(p.oid) || ')',
         concat_ws(' ', case when p.prokind <> 'a' then pg_get_functiondef(p.oid) end, obj_description(p.oid, 'pg_proc'))
    from pg_proc p join users n on n.oid = p.pronamespace
   where not exists (select from pg_depend where classid = 'pg_proc'::regclass and objid = p.oid and deptype = 'e')
  union all
  select 'trigger', r.nspname, t.tgname || ' on ' || r.relname, '',
         concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled, obj_description(t.oid, 'pg_trigger'))
    from pg_trigger t join relations r on r.oid = t.tgrelid
   where not t.tgisinternal and to_jsonb(t) ->> 'tgparentid' = '0'
  union all
  select 'policy', r.nspname, p.polname || ' on ' || r.relname, '',
         concat_ws(' ', p.polcmd, p.polpermissive::text, (select array_agg(pg_get_userbyid(it) order by 1) from unnest(p.polroles) as it)::text,
           pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid), obj_description(p.oid, 'pg_policy'))
    from pg_policy p join relations r on r.oid = p.polrelid
  union all
  select 'rule', r.nspname, w.rulename || ' on ' || r.relname, '',
         concat_ws(' ', pg_get_ruledef(w.oid), w.ev_enabled, obj_description(w.oid, 'pg_rewrite'))
    from pg_rewrite w join relations r on r.oid = w.ev_class where w.rulename <> '_RETURN'
  union all
  select 'statistics', n.nspname, s.stxname, '', concat_ws(' ', pg_get_statisticsobjdef(s.oid), obj_description(s.oid, 'pg_statistic_ext'))
    from pg_statistic_ext s join users n on n.oid = s.stxnamespace
  union all
  select 'collation', n.nspname, l.collname, '', concat_ws(' ', l.collprovider, l.collisdeterministic::text, l.collencoding::text,
         l.collcollate, l.collctype, obj_description(l.oid, 'pg_collation'))
    from pg_collation l join users n on n.oid = l.collnamespace
   where not exists (select from pg_depend where classid = 'pg_collation'::regclass and objid = l.oid and deptype = 'e')
  union all
  -- Ranges, and what has input and output functions of its own.
  select 'type', n.nspname, t.typname, '', concat_ws(' ', t.typtype, format_type(g.rngsubtype, null), obj_description(t.oid, 'pg_type'))
    from pg_type t join users n on n.oid = t.typnamespace left join pg_range g on g.rngtypid = t.oid
   where t.typtype in ('r', 'b', 'p') and not exists (select from pg_type of where of.typarray = t.oid)
     and not exists (select from pg_depend where classid = 'pg_type'::regclass and objid = t.oid and deptype = 'e')
  union all
  select 'settings', r.nspname, r.relname, '', concat_ws(' ', 'row security', r.relrowsecurity::text, r.relforcerowsecurity::text,
         'replica identity', r.relreplident,
         (select string_agg(i.relname, ' ' order by i.relname) from pg_index g join pg_class i on i.oid = g.indexrelid
           where g.indrelid = r.oid and (g.indisclustered or g.indisreplident)),
         (select string_agg(concat_ws(' ', attname, attstorage, attcompression, attstattarget::text, attoptions::text), ', ' order by attname)
            from pg_attribute a join pg_type t on t.oid = a.atttypid
           where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
             and (a.attstorage <> t.typstorage or a.attcompression <> '' or coalesce(a.attstattarget, -1) <> -1 or a.attoptions is not null)))
    from relations r where r.relkind in ('r', 'p')
  union all
  select 'privileges on ' || case r.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' else 'table' end,
         r.nspname, r.relname, '', (select string_agg(it::text, ' ' order by it::text) from unnest(r.relacl) as it)
    from relations r where r.relacl is not null
  union all
  select 'privileges on column', r.nspname, r.relname || '.' || a.attname, '',
         (select string_agg(it::text, ' ' order by it::text) from unnest(a.attacl) as it)
    from relations r join pg_attribute a on a.attrelid = r.oid where a.attacl is not null and not a.attisdropped
  union all
  select 'privileges on function', n.nspname, p.proname, '(' || pg_get_function_identity_arguments(p.oid) || ')',
         (select string_agg(it::text, ' ' order by it::text) from unnest(p.proacl) as it)
    from pg_proc p join users n on n.oid = p.pronamespace where p.proacl is not null
     and not exists (select from pg_depend where classid = 'pg_proc'::regclass and objid = p.oid and deptype = 'e')
  union all
  select 'privileges on type', n.nspname, t.typname, '', (select string_agg(it::text, ' ' order by it::text) from unnest(t.typacl) as it)
    from pg_type t join users n on n.oid = t.typnamespace where t.typacl is not null
     and not exists (select from pg_depend where classid = 'pg_type'::regclass and objid = t.oid and deptype = 'e')
  union all
  select 'privileges on schema', '', n.nspname, '', (select string_agg(it::text, ' ' order by it::text) from unnest(n.nspacl) as it)
    from pg_namespace n where n.oid in (select oid from users) and n.nspacl is not null
  union all
  select i.type, '', i.identity, '', coalesce(obj_description(o.oid, o.class::name), '')
    from (
      select 'pg_operator' as class, oid from pg_operator union all select 'pg_opclass', oid from pg_opclass
      union all select 'pg_opfamily', oid from pg_opfamily union all select 'pg_cast', oid from pg_cast
      union all select 'pg_conversion', oid from pg_conversion union all select 'pg_ts_config', oid from pg_ts_config
      union all select 'pg_ts_dict', oid from pg_ts_dict union all select 'pg_ts_parser', oid from pg_ts_parser
      union all select 'pg_ts_template', oid from pg_ts_template union all select 'pg_am', oid from pg_am
      union all select 'pg_language', oid from pg_language union all select 'pg_publication', oid from pg_publication
      union all select 'pg_event_trigger', oid from pg_event_trigger union all select 'pg_foreign_server', oid from pg_foreign_server
      union all select 'pg_foreign_data_wrapper', oid from pg_foreign_data_wrapper union all select 'pg_transform', oid from pg_transform
      union all select 'pg_default_acl', oid from pg_default_acl union all select 'pg_publication_rel', oid from pg_publication_rel
    ) as o, pg_identify_object(('pg_catalog.' || o.class)::regclass, o.oid, 0) as i
   -- Those below come with the server.
   where o.oid >= 16384
     and not exists (select from pg_depend d where d.classid = ('pg_catalog.' || o.class)::regclass and d.objid = o.oid and d.deptype = 'e')
)
select 'other ' || json_build_object('kind', kind, 'schema', schema, 'name', name, 'part', part, 'definition', definition) from others;
