-- What pg_catalog contains about the objects in `asked (kind, oid, schema, name)`: one row for each object, with part '', and one
-- for each part of an object. A fact is a word, a list, or a name as {schema, name}. Expressions are as the server prints them.
-- `usual` holds the values that apply if the words contain no value; true means any value. All columns named here exist in the
-- servers 12 to 18; columns of newer servers are read from to_jsonb(row).
relations as materialized (
  select a.kind, a.schema, a.name, c.* from asked a join pg_class c on c.oid = a.oid where a.kind in ('table', 'index', 'sequence')
), own_tablespace (name) as materialized (
  select spcname from pg_tablespace s join pg_database d on d.dattablespace = s.oid where d.datname = current_database()
), all_constraints as materialized (
  -- A foreign key to a partitioned table has a copy for each partition.
  select x.* from relations r join pg_constraint x on x.conrelid = r.oid
   where r.kind = 'table' and x.contype in ('p', 'u', 'f', 'c', 'x')
     and not exists (select from pg_constraint above where above.oid = x.conparentid and above.conrelid = x.conrelid)
), all_indexes as materialized (
  select i.*, c.relname, c.reloptions, c.reltablespace, m.amname, it.operators, it.of
    from (select oid, null::oid[] as operators, null::oid as of from relations where kind = 'index'
          union all select conindid, conexclop, oid from all_constraints where contype in ('p', 'u', 'x')) as it
    join pg_index i on i.indexrelid = it.oid join pg_class c on c.oid = it.oid join pg_am m on m.oid = c.relam
), elements (oid, words, expressions, usual) as materialized (
  select i.indexrelid, jsonb_object_agg(v.what || n.number, v.word) filter (where v.word is not null),
         jsonb_object_agg(v.what || n.number, v.expression) filter (where v.expression is not null),
         jsonb_object_agg(v.what || n.number, v.usual) filter (where v.usual is not null)
    from all_indexes i cross join lateral generate_series(1, i.indnkeyatts) as n (number)
    left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[n.number - 1] and i.indkey[n.number - 1] <> 0
    left join pg_collation l on l.oid = i.indcollation[n.number - 1]
    join pg_opclass o on o.oid = i.indclass[n.number - 1]
    join pg_attribute own on own.attrelid = i.indexrelid and own.attnum = n.number
    left join pg_operator p on p.oid = i.operators[n.number]
   cross join lateral (select case when a.attnum is null then pg_get_indexdef(i.indexrelid, n.number, false) end as expression,
             i.indoption[n.number - 1] & 1 = 1 as descends, i.indoption[n.number - 1] & 2 = 2 as nulls_first) as e
   cross join lateral (values
     ('element ', a.attname::text, e.expression, null::text),
     -- The default collation of an expression is not available; the definition contains a different one.
     ('the collation of element ', case when case when a.attnum is not null then l.oid <> a.attcollation
          else position(e.expression || ' COLLATE ' in pg_get_indexdef(i.indexrelid)) > 0 end then l.collname::text end, null, l.collname::text),
     ('the operator class of element ', case when not o.opcdefault or own.attoptions is not null
        then o.opcname || coalesce('(' || array_to_string(own.attoptions, ',') || ')', '') end, null, o.opcname::text),
     ('the order of element ', case when i.amname = 'btree' then case when e.descends then 'desc' else 'asc' end
        || case when e.nulls_first = e.descends then '' when e.nulls_first then ' nulls first' else ' nulls last' end end, null, null),
     ('the operator of element ', p.oprname::text, null, null)) as v (what, word, expression, usual)
   group by i.indexrelid
), indexes (oid, of, words, expressions, usual) as materialized (
  select i.indexrelid, i.of, coalesce(e.words, '{}') || jsonb_build_object('the method', i.amname,
         'the included columns', (select jsonb_agg(a.attname order by n.number) from generate_series(i.indnkeyatts, i.indnatts - 1) as n (number)
            join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[n.number]),
         'nulls', case when to_jsonb(i) ->> 'indnullsnotdistinct' = 'true' then 'not distinct' else 'distinct' end,
         'the storage parameters', (select jsonb_agg(it order by it collate "C") from unnest(i.reloptions) as it),
         'the tablespace', (select spcname from pg_tablespace where oid = i.reltablespace),
         'the state', case when i.indisvalid and i.indisready then 'valid' else 'INVALID' end),
         coalesce(e.expressions, '{}') || jsonb_build_object('the predicate', pg_get_expr(i.indpred, i.indrelid)),
         coalesce(e.usual, '{}') || jsonb_build_object('the tablespace', (select name from own_tablespace))
    from all_indexes i join elements e on e.oid = i.indexrelid
), constraints as materialized (
  -- The planner does not know how many rows a `with` query returns, and would join two of them in a nested loop. So each is
  -- joined only with catalogs, which have indexes.
  select x.*, to_jsonb(x) as row, i.words, i.expressions, i.usual from indexes i join pg_constraint x on x.oid = i.of
  union all
  select x.*, to_jsonb(x), '{}', '{}', '{}' from all_constraints a join pg_constraint x on x.oid = a.oid where a.contype in ('f', 'c')
), facts (oid, kind, schema, name, part, place, words, expressions, usual) as materialized (
  select a.oid, a.kind, a.schema, a.name, '', 0, jsonb_build_object('the comment', obj_description(a.oid, 'pg_namespace')), '{}'::jsonb, '{}'::jsonb
    from asked a where a.kind = 'schema'
  union all
  select a.oid, a.kind, a.schema, a.name, '', 0, jsonb_build_object('the schema', n.nspname, 'the version', e.extversion,
         'the comment', obj_description(e.oid, 'pg_extension')), '{}', '{}'
    from asked a join pg_extension e on e.oid = a.oid join pg_namespace n on n.oid = e.extnamespace where a.kind = 'extension'
  union all
  select a.oid, a.kind, a.schema, a.name, '', 0, jsonb_build_object('it', case when t.typtype = 'e' then 'an enum' else 'a composite type' end,
         'the values', (select jsonb_agg(enumlabel order by enumsortorder) from pg_enum where enumtypid = t.oid),
         'the attributes', (select jsonb_agg(attname order by attnum) from pg_attribute where attrelid = t.typrelid and attnum > 0 and not attisdropped),
         'the comment', obj_description(t.oid, 'pg_type')), '{}', '{}'
    from asked a join pg_type t on t.oid = a.oid where a.kind = 'type'
  union all
  select a.oid, a.kind, a.schema, a.name, '', 0, jsonb_build_object('it', 'a domain', 'the type', format_type(t.typbasetype, t.typtypmod),
         'the collation', case when t.typcollation <> b.typcollation then l.collname end,
         'null', case when t.typnotnull then 'not null' else 'nullable' end, 'the comment', obj_description(t.oid, 'pg_type')),
         jsonb_build_object('the default', case when b.typtype = 'd' or coalesce(pg_get_expr(t.typdefaultbin, 0), '') !~ '^NULL::[[:alnum:]_ ".]+(\[\])*([(][0-9, ]+[)])?$' then coalesce(pg_get_expr(t.typdefaultbin, 0), quote_literal(t.typdefault)) end),
         jsonb_build_object('the collation', l.collname)
    from asked a join pg_type t on t.oid = a.oid join pg_type b on b.oid = t.typbasetype left join pg_collation l on l.oid = t.typcollation
   where a.kind = 'domain'
  union all
  select a.oid, a.kind, a.schema, a.name, 'check ' || x.conname, 0, jsonb_build_object(
         'validation', case when x.convalidated then 'valid' else 'not valid' end, 'the comment', obj_description(x.oid, 'pg_constraint')),
         jsonb_build_object('the expression', pg_get_expr(x.conbin, 0)), '{}'
    from asked a join pg_constraint x on x.contypid = a.oid and x.contype = 'c' where a.kind = 'domain'
  union all
  -- The columns of tables, and the attributes of composite types.
  select a.oid, a.kind, a.schema, a.name, case a.kind when 'table' then 'column ' else 'attribute ' end || t.attname, t.attnum,
         jsonb_build_object('the type', format_type(t.atttypid, t.atttypmod),
         'the collation', case when t.attcollation <> b.typcollation then l.collname end, 'the comment', col_description(t.attrelid, t.attnum))
         || case a.kind when 'table' then jsonb_build_object('null', case when t.attnotnull then 'not null' else 'nullable' end,
         'the identity', case t.attidentity when 'a' then 'always' when 'd' then 'by default' end,
         'the sequence of the identity', case when t.attidentity <> '' then (select jsonb_build_object('schema', sn.nspname, 'name', s.relname)
            from pg_depend k join pg_class s on s.oid = k.objid join pg_namespace sn on sn.oid = s.relnamespace
           where k.classid = 'pg_class'::regclass and k.refclassid = 'pg_class'::regclass and k.refobjid = a.oid
             and k.refobjsubid = t.attnum and k.deptype = 'i' and s.relkind = 'S') end,
         'generated', case t.attgenerated when 's' then 'stored' when 'v' then 'virtual' end,
         'its origin', case when t.attinhcount = 0 then 'local' when t.attislocal then 'local and inherited' else 'inherited' end) else '{}' end,
         jsonb_build_object(case t.attgenerated when '' then 'the default' else 'the expression' end, case
         -- If the type has a modifier, the server stores `default null`. The modifier of a domain is that of its base type.
         when b.typtype = 'd' or pg_get_expr(d.adbin, d.adrelid) !~ '^NULL::[[:alnum:]_ ".]+(\[\])*$' then pg_get_expr(d.adbin, d.adrelid) end),
         jsonb_build_object('the collation', l.collname)
    from asked a left join pg_type y on y.oid = a.oid and a.kind = 'type'
    join pg_attribute t on t.attrelid = case a.kind when 'table' then a.oid else y.typrelid end and t.attnum > 0 and not t.attisdropped
    join pg_type b on b.oid = t.atttypid left join pg_collation l on l.oid = t.attcollation
    left join pg_attrdef d on d.adrelid = t.attrelid and d.adnum = t.attnum
   where a.kind in ('table', 'type')
  union all
  select r.oid, r.kind, r.schema, r.name, '', 0, jsonb_build_object(
         'it', case r.relpersistence when 'p' then 'logged' when 'u' then 'unlogged' else 'temporary' end,
         case when r.relispartition then 'the partitioned table' else 'the parents' end,
         (select case when r.relispartition then jsonb_agg(it.parent) -> 0 else jsonb_agg(it.parent order by it.place) end
            from (select jsonb_build_object('schema', pn.nspname, 'name', p.relname) as parent, h.inhseqno as place from pg_inherits h
              join pg_class p on p.oid = h.inhparent join pg_namespace pn on pn.oid = p.relnamespace where h.inhrelid = r.oid) as it),
         'the partitioning', case k.partstrat when 'l' then 'list' when 'r' then 'range' when 'h' then 'hash' end,
         'the columns of the partition key', (select jsonb_agg(coalesce(a.attname::text, '(expression)') order by it.place)
            from unnest(k.partattrs::smallint[]) with ordinality as it (number, place)
            left join pg_attribute a on a.attrelid = r.oid and a.attnum = it.number and it.number > 0),
         'the storage parameters', (select jsonb_agg(it order by it collate "C") from unnest(r.reloptions) as it),
         'the storage parameters of TOAST', (select jsonb_agg('toast.' || it order by it collate "C") from pg_class o, unnest(o.reloptions) as it where o.oid = r.reltoastrelid),
         'the tablespace', (select spcname from pg_tablespace where oid = r.reltablespace), 'the comment', obj_description(r.oid, 'pg_class')),
         jsonb_build_object('the partition key', case r.relkind when 'p' then pg_get_partkeydef(r.oid) end, 'the bound', pg_get_expr(r.relpartbound, r.oid)),
         -- PostgreSQL drops them if no row can become too large for its page (heap_reloptions).
         jsonb_build_object('the tablespace', (select name from own_tablespace), 'the storage parameters of TOAST', case r.reltoastrelid when 0 then true end)
    from relations r left join pg_partitioned_table k on k.partrelid = r.oid where r.kind = 'table'
  union all
  select x.conrelid, 'table', n.nspname, c.relname, 'constraint ' || x.conname, 0,
         case when x.contype in ('p', 'u') then x.words - array(select key from jsonb_object_keys(x.words) as key where key = 'the method' or key ~ 'element [0-9]+$')
              when x.contype = 'x' then x.words - 'nulls' else '{}' end
         || jsonb_build_object('it', case x.contype when 'p' then 'a primary key' when 'u' then 'a unique constraint' when 'f' then 'a foreign key'
              when 'x' then 'an exclusion constraint' else case when x.connoinherit then 'a check, no inherit' else 'a check' end end,
         'the columns', case when x.contype <> 'x' then (select jsonb_agg(a.attname order by case x.contype when 'c' then a.attname::text end collate "C", it.place)
            from unnest(x.conkey) with ordinality as it (number, place) join pg_attribute a on a.attrelid = x.conrelid and a.attnum = it.number and it.number > 0) end,
         'overlaps', case x.row ->> 'conperiod' when 'true' then 'without' end,
         'deferral', case when x.condeferred then 'initially deferred' when x.condeferrable then 'deferrable' else 'not deferrable' end,
         'validation', case when x.convalidated then 'valid' else 'not valid' end,
         'enforcement', case x.row ->> 'conenforced' when 'false' then 'not enforced' end,
         'its origin', case when x.coninhcount = 0 then 'local' when x.conislocal then 'local and inherited' else 'inherited' end,
         'the comment', obj_description(x.oid, 'pg_constraint'),
         'the comment of its index', case when x.contype in ('p', 'u', 'x') then obj_description(x.conindid, 'pg_class') end)
         || case x.contype when 'f' then jsonb_build_object(
         'the referenced table', (select jsonb_build_object('schema', rn.nspname, 'name', r.relname) from pg_class r join pg_namespace rn on rn.oid = r.relnamespace where r.oid = x.confrelid),
         'the referenced columns', (select jsonb_agg(a.attname order by it.place) from unnest(x.confkey) with ordinality as it (number, place)
            join pg_attribute a on a.attrelid = x.confrelid and a.attnum = it.number),
         'the match', case x.confmatchtype when 'f' then 'full' when 's' then 'simple' else 'partial' end,
         'on delete', d.action, 'on update', u.action,
         'the columns of on delete', (select jsonb_agg(a.attname order by it.place)
            from jsonb_array_elements_text(case jsonb_typeof(x.row -> 'confdelsetcols') when 'array' then x.row -> 'confdelsetcols' else '[]' end) with ordinality as it (number, place)
            join pg_attribute a on a.attrelid = x.conrelid and a.attnum = it.number::smallint),
         'the referenced index', (select relname from pg_class where oid = x.conindid)) else '{}' end,
         case when x.contype = 'x' then x.expressions
              when x.contype = 'c' then jsonb_build_object('the expression', pg_get_expr(x.conbin, x.conrelid)) else '{}' end,
         x.usual
    from constraints x join pg_class c on c.oid = x.conrelid join pg_namespace n on n.oid = c.relnamespace
    left join (values ('a', 'no action'), ('r', 'restrict'), ('c', 'cascade'), ('n', 'set null'), ('d', 'set default')) as d (code, action) on d.code = x.confdeltype::text
    left join (values ('a', 'no action'), ('r', 'restrict'), ('c', 'cascade'), ('n', 'set null'), ('d', 'set default')) as u (code, action) on u.code = x.confupdtype::text
  union all
  select i.oid, 'index', n.nspname, r.relname, '', 0, i.words || jsonb_build_object('it', case when g.indisunique then 'unique' else 'not unique' end,
         'the table', jsonb_build_object('schema', tn.nspname, 'name', t.relname),
         'the index of the partitioned table', (select jsonb_build_object('schema', pn.nspname, 'name', p.relname) from pg_inherits h
            join pg_class p on p.oid = h.inhparent join pg_namespace pn on pn.oid = p.relnamespace where h.inhrelid = r.oid),
         'the comment', obj_description(r.oid, 'pg_class')), i.expressions, i.usual
    from indexes i join pg_class r on r.oid = i.oid join pg_namespace n on n.oid = r.relnamespace join pg_index g on g.indexrelid = i.oid
    join pg_class t on t.oid = g.indrelid join pg_namespace tn on tn.oid = t.relnamespace where i.of is null
  union all
  select r.oid, r.kind, r.schema, r.name, '', 0, jsonb_build_object('the type', format_type(s.seqtypid, null), 'the start', s.seqstart::text,
         'the increment', s.seqincrement::text, 'the minimum', s.seqmin::text, 'the maximum', s.seqmax::text, 'the cache', s.seqcache::text,
         'cycling', case when s.seqcycle then 'on' else 'off' end,
         -- A sequence that a column owns has the same persistence as the table.
         'it', case when r.relpersistence = 'u' and d.objid is null then 'unlogged' end,
         'the owner', case when d.objid is not null then jsonb_build_object('schema', tn.nspname, 'name', t.relname, 'column', a.attname) end,
         'the purpose', case d.deptype when 'i' then 'an identity column' else 'general use' end, 'the comment', obj_description(r.oid, 'pg_class')), '{}',
         -- Before version 15, all sequences are logged.
         jsonb_build_object('it', case when current_setting('server_version_num')::integer < 150000 then true end)
    from relations r join pg_sequence s on s.seqrelid = r.oid
    left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = r.oid and d.objsubid = 0
      and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i')
    left join pg_class t on t.oid = d.refobjid left join pg_namespace tn on tn.oid = t.relnamespace
    left join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
   where r.kind = 'sequence'
)
