-- What the server would run of others while it plans a query of `tables`, names of relations: it computes the constants in the
-- expressions of indexes, statistics, checks, policies and partition keys (`get_relation_info`), also of partitions and heirs, and reads
-- a view by its query. Words for messages; null for nothing.
with recursive trusted (role) as materialized (
{% include "trusted.sql" %}
), asked (oid) as (
  select to_regclass(name)::oid from unnest(tables) as t (name) where to_regclass(name) is not null
  union
  select i.inhrelid from asked a join pg_inherits i on i.inhparent = a.oid
), holder (oid, class, object, word) as (
  select a.oid, 'pg_class'::regclass, a.oid, 'table ' || a.oid::regclass from asked a
  union all select a.oid, 'pg_class'::regclass, i.indexrelid, 'index ' || i.indexrelid::regclass from asked a join pg_index i on i.indrelid = a.oid
  union all select a.oid, 'pg_statistic_ext'::regclass, s.oid, 'statistics ' || quote_ident(s.stxname) || ' of ' || a.oid::regclass
    from asked a join pg_statistic_ext s on s.stxrelid = a.oid
  union all select a.oid, 'pg_constraint'::regclass, k.oid, 'constraint ' || quote_ident(k.conname) || ' of ' || a.oid::regclass
    from asked a join pg_constraint k on k.conrelid = a.oid where k.contype = 'c'
  union all select a.oid, 'pg_policy'::regclass, p.oid, 'policy ' || quote_ident(p.polname) || ' of ' || a.oid::regclass from asked a join pg_policy p on p.polrelid = a.oid
  union all select a.oid, 'pg_attrdef'::regclass, d.oid, 'column of ' || a.oid::regclass
    from asked a join pg_attrdef d on d.adrelid = a.oid join pg_attribute c on c.attrelid = d.adrelid and c.attnum = d.adnum where c.attgenerated <> ''
), owned (class, oid, role) as (
  select 'pg_proc'::regclass, p.oid, p.proowner from pg_proc p
  union all select 'pg_operator'::regclass, o.oid, o.oprowner from pg_operator o
  union all select 'pg_operator'::regclass, o.oid, p.proowner from pg_operator o join pg_proc p on p.oid in (o.oprcode, o.oprrest, o.oprjoin)
  union all select 'pg_type'::regclass, t.oid, t.typowner from pg_type t where t.typtype = 'd'
), told (word) as (
  select h.word || ' of ' || pg_get_userbyid(o.role)
    from holder h join pg_depend d on d.classid = h.class and d.objid = h.object join owned o on o.class = d.refclassid and o.oid = d.refobjid
   where o.role not in (select role from trusted) and not (h.class = 'pg_class'::regclass and h.object = h.oid and d.refobjsubid = 0 and o.class = 'pg_type'::regclass)
  union
  select 'no table ' || a.oid::regclass from asked a join pg_class c on c.oid = a.oid where c.relkind not in ('r', 'p')
)
select string_agg(word, ', ' order by word) from told
