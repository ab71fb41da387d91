-- What relations of `asked` (oid) hold of the code of others, for `with`: rows of `held`: the relation, a word for what holds it, its
-- owner, and whether the server runs it while it plans a query (`get_relation_info`: it computes the constants in the expressions of
-- indexes, statistics, checks, policies and partition keys, and reads a view by its query). `trusted` (role) are the roles whose code may run.
holder (oid, class, object, is_planned, word) as (
  select a.oid, 'pg_class'::regclass, a.oid, true, case c.relkind when 'v' then 'view ' when 'm' then 'materialized view ' when 'f' then 'foreign table ' else 'table ' end || a.oid::regclass
    from asked a join pg_class c on c.oid = a.oid
  union all select a.oid, 'pg_class'::regclass, i.indexrelid, true, 'index ' || i.indexrelid::regclass from asked a join pg_index i on i.indrelid = a.oid
  union all select a.oid, 'pg_statistic_ext'::regclass, s.oid, true, 'statistics ' || quote_ident(s.stxname) || ' of ' || a.oid::regclass
    from asked a join pg_statistic_ext s on s.stxrelid = a.oid
  union all select a.oid, 'pg_constraint'::regclass, k.oid, true, 'constraint ' || quote_ident(k.conname) || ' of ' || a.oid::regclass
    from asked a join pg_constraint k on k.conrelid = a.oid where k.contype in ('c', 'x')
  union all select a.oid, 'pg_policy'::regclass, p.oid, true, 'policy ' || quote_ident(p.polname) || ' of ' || a.oid::regclass from asked a join pg_policy p on p.polrelid = a.oid
  union all select a.oid, 'pg_rewrite'::regclass, r.oid, true, case c.relkind when 'v' then 'view ' when 'm' then 'materialized view ' else 'rule ' || quote_ident(r.rulename) || ' of ' end || a.oid::regclass
    from asked a join pg_class c on c.oid = a.oid join pg_rewrite r on r.ev_class = a.oid
  union all select a.oid, 'pg_attrdef'::regclass, d.oid, c.attgenerated <> '', 'column ' || quote_ident(c.attname) || ' of ' || a.oid::regclass
    from asked a join pg_attrdef d on d.adrelid = a.oid join pg_attribute c on c.attrelid = d.adrelid and c.attnum = d.adnum
  union all select a.oid, 'pg_trigger'::regclass, g.oid, false, 'trigger ' || quote_ident(g.tgname) || ' of table ' || a.oid::regclass
    from asked a join pg_trigger g on g.tgrelid = a.oid where not g.tgisinternal
), owned (class, oid, role) as (
  select 'pg_proc'::regclass, p.oid, p.proowner from pg_proc p
  union all select 'pg_operator'::regclass, o.oid, o.oprowner from pg_operator o
  union all select 'pg_operator'::regclass, o.oid, p.proowner from pg_operator o join pg_proc p on p.oid in (o.oprcode, o.oprrest, o.oprjoin)
  union all select 'pg_opclass'::regclass, o.oid, o.opcowner from pg_opclass o
  union all select 'pg_opfamily'::regclass, o.oid, o.opfowner from pg_opfamily o
  union all select 'pg_type'::regclass, t.oid, t.typowner from pg_type t where t.typtype in ('d', 'r', 'm')
  union all select 'pg_type'::regclass, k.contypid, p.proowner
    from pg_constraint k join pg_depend d on d.classid = 'pg_constraint'::regclass and d.objid = k.oid and d.refclassid = 'pg_proc'::regclass join pg_proc p on p.oid = d.refobjid
   where k.contypid <> 0
), held (oid, word, role, is_planned) as (
  select distinct h.oid, h.word, o.role, h.is_planned
    from holder h join pg_depend d on d.classid = h.class and d.objid = h.object join owned o on o.class = d.refclassid and o.oid = d.refobjid
   where o.role not in (select role from trusted)
)
