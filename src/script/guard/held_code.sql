-- The code of other roles in the relations of `asked` (oid), for `with recursive`. Rows of `held`: the relation, a word for what
-- contains the code, its owner, whether the server runs it while it plans a query (`get_relation_info`: it computes the constants
-- in the expressions of indexes, statistics, checks, policies and partition keys, and expands views), whether it is a trigger
-- that anybody with the right TRIGGER may have created, whether that runs a string as SQL, and what it runs. `trusted` (role) are
-- the roles whose code may run. The same for `named` (class, object, word), which belong to no relation and have 0 for it.
holder (oid, class, object, is_planned, word, tree) as (
  select a.oid, 'pg_class'::regclass, a.oid, true, case c.relkind when 'v' then 'view ' when 'm' then 'materialized view ' when 'f' then 'foreign table ' else 'table ' end || a.oid::regclass, null::text
    from asked a join pg_class c on c.oid = a.oid
  union all select a.oid, 'pg_class'::regclass, i.indexrelid, true, 'index ' || i.indexrelid::regclass, concat(i.indexprs::text, i.indpred::text) from asked a join pg_index i on i.indrelid = a.oid
  union all select a.oid, 'pg_statistic_ext'::regclass, s.oid, true, 'statistics ' || quote_ident(s.stxname) || ' of ' || a.oid::regclass, null
    from asked a join pg_statistic_ext s on s.stxrelid = a.oid
  union all select a.oid, 'pg_constraint'::regclass, k.oid, true, 'constraint ' || quote_ident(k.conname) || ' of ' || a.oid::regclass, k.conbin::text
    from asked a join pg_constraint k on k.conrelid = a.oid where k.contype in ('c', 'x')
  union all select a.oid, 'pg_policy'::regclass, p.oid, true, 'policy ' || quote_ident(p.polname) || ' of ' || a.oid::regclass, concat(p.polqual::text, p.polwithcheck::text) from asked a join pg_policy p on p.polrelid = a.oid
  union all select a.oid, 'pg_rewrite'::regclass, r.oid, true, case c.relkind when 'v' then 'view ' when 'm' then 'materialized view ' else 'rule ' || quote_ident(r.rulename) || ' of ' end || a.oid::regclass, concat(r.ev_qual::text, r.ev_action::text)
    from asked a join pg_class c on c.oid = a.oid join pg_rewrite r on r.ev_class = a.oid
  union all select a.oid, 'pg_attrdef'::regclass, d.oid, c.attgenerated <> '', 'column ' || quote_ident(c.attname) || ' of ' || a.oid::regclass, d.adbin::text
    from asked a join pg_attrdef d on d.adrelid = a.oid join pg_attribute c on c.attrelid = d.adrelid and c.attnum = d.adnum
  union all select a.oid, 'pg_trigger'::regclass, g.oid, false, 'trigger ' || quote_ident(g.tgname) || ' of table ' || a.oid::regclass, concat(g.tgqual::text, ':funcid ' || g.tgfoid)
    from asked a join pg_trigger g on g.tgrelid = a.oid where not g.tgisinternal
), owned (class, oid, role) as (
  select 'pg_proc'::regclass, p.oid, p.proowner from pg_proc p
  union all select 'pg_operator'::regclass, o.oid, o.oprowner from pg_operator o
  union all select 'pg_opclass'::regclass, o.oid, o.opcowner from pg_opclass o
  union all select 'pg_opfamily'::regclass, o.oid, o.opfowner from pg_opfamily o
  union all select 'pg_type'::regclass, t.oid, t.typowner from pg_type t where t.typtype in ('d', 'r', 'm')
  union all select 'pg_class'::regclass, c.oid, c.relowner from pg_class c where c.relkind in ('r', 'p', 'v', 'm', 'f')
), part_type (oid, word, is_planned, type) as (
  -- The types of rows, of columns and in expressions, and the types that these consist of. Built-in types consist of built-in types.
  select a.oid, 'row of ' || a.oid::regclass, true, c.reltype from asked a join pg_class c on c.oid = a.oid where c.reltype >= 16384
  union
  select a.oid, 'column ' || quote_ident(c.attname) || ' of ' || a.oid::regclass, true, c.atttypid
    from asked a join pg_attribute c on c.attrelid = a.oid and c.attnum > 0 and not c.attisdropped where c.atttypid >= 16384
  union
  select h.oid, h.word, h.is_planned, m.numbers[1]::oid from holder h, lateral regexp_matches(h.tree, ':\w*[tT]ype(?:id)? (\d+)', 'g') as m (numbers) where m.numbers[1]::oid >= 16384
  union
  -- Lists of numbers, for example the column types that a function returns.
  select h.oid, h.word, h.is_planned, t.oid from holder h, lateral regexp_matches(h.tree, '\(o ([0-9 ]+)\)', 'g') as m (lists), regexp_split_to_table(m.lists[1], ' ') as n (number) join pg_type t on t.oid = n.number::oid where t.oid >= 16384
  union
  select 0, n.word, true, n.object from named n where n.class = 'pg_type'::regclass
  union
  select p.oid, p.word, p.is_planned, x.type from part_type p join pg_type t on t.oid = p.type, lateral (
      select t.typelem union all select t.typbasetype union all select r.rngsubtype from pg_range r where r.rngtypid = t.oid
      union all select f.atttypid from pg_attribute f where f.attrelid = t.typrelid and t.typrelid <> 0 and f.attnum > 0 and not f.attisdropped) as x (type)
   where x.type >= 16384
), used (oid, word, is_planned, class, object) as (
  -- What those consist of: the functions of operators and types, the checks and defaults of domains, casts, members of families.
  select h.oid, h.word, h.is_planned, h.class, h.object from holder h
  union
  select p.oid, p.word, p.is_planned, 'pg_type'::regclass, p.type from part_type p
  union
  select 0, n.word, true, n.class, n.object from named n
  union
  select u.oid, u.word, u.is_planned, x.class, x.object from used u, lateral (
      select d.refclassid, d.refobjid from pg_depend d where d.classid = u.class and d.objid = u.object and d.refobjid >= 16384
         and d.refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_opclass'::regclass, 'pg_opfamily'::regclass, 'pg_type'::regclass)
         -- The types of columns, which have rows of their own.
         and (u.class, d.refclassid) <> ('pg_class'::regclass, 'pg_type'::regclass)
      -- What functions read whose bodies the server knows (`begin atomic`), and views behind them.
      union all select d.refclassid, d.refobjid from pg_depend d where u.class = 'pg_proc'::regclass and d.classid = u.class and d.objid = u.object and d.refclassid = 'pg_class'::regclass and d.refobjid >= 16384
      union all select d.refclassid, d.refobjid from pg_rewrite r join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refobjid >= 16384
         and d.refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_type'::regclass, 'pg_class'::regclass) where u.class = 'pg_class'::regclass and r.ev_class = u.object and u.object <> u.oid
      union all select 'pg_constraint'::regclass, k.oid from pg_constraint k where u.class = 'pg_type'::regclass and k.contypid = u.object
      -- What a type is made of, its arrays, and the classes by which its values are compared.
      union all select 'pg_type'::regclass, x.type from pg_type t, lateral (select t.typelem union all select t.typbasetype union all select t.typarray union all select r.rngsubtype from pg_range r where r.rngtypid = t.oid
          union all select f.atttypid from pg_attribute f where f.attrelid = t.typrelid and t.typrelid <> 0 and f.attnum > 0 and not f.attisdropped) as x (type)
         where u.class = 'pg_type'::regclass and t.oid = u.object and x.type >= 16384
      union all select 'pg_opclass'::regclass, k.oid from pg_opclass k where u.class = 'pg_type'::regclass and k.opcintype = u.object
      -- PostgreSQL may put these in the place of an operator, and notes nothing of them.
      union all select 'pg_operator'::regclass, x.operator from pg_operator o, lateral (values (o.oprcom), (o.oprnegate)) as x (operator) where u.class = 'pg_operator'::regclass and o.oid = u.object and x.operator >= 16384
      union all select 'pg_cast'::regclass, k.oid from pg_cast k where u.class = 'pg_type'::regclass and k.castsource = u.object
      union all select 'pg_cast'::regclass, k.oid from pg_cast k where u.class = 'pg_type'::regclass and k.casttarget = u.object
      union all select 'pg_amop'::regclass, m.oid from pg_amop m where u.class = 'pg_opfamily'::regclass and m.amopfamily = u.object
      union all select 'pg_amproc'::regclass, m.oid from pg_amproc m where u.class = 'pg_opfamily'::regclass and m.amprocfamily = u.object) as x (class, object)
), reaching (oid) as (
  -- Functions that run a string as SQL, read a relation or make a value of a type by its name or number, or reach outside the
  -- database: the server records no dependency for these.
  select p.oid from pg_proc p
   where (p.oid < 16384 or exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'))
     and (p.proname ~ '^((query|cursor|table|schema|database)_to_xml|ts_stat$|ts_rewrite$|set_config$|lo_|lowrite$|loread$|pg_notify$|pg_copy_|pg_read_|pg_ls_|pg_stat_file$|pg_file_|pg_(terminate|cancel)_backend$|pg_reload_conf$|pg_rotate_logfile$|pg_promote$|pg_switch_wal$|pg_create_|pg_drop_|pg_logical_|pg_replication_|pg_input_|pg_(backup|start_backup|stop_backup|stat_reset|log_|wal_replay|export_snapshot|advisory|try_advisory)|dblink|crosstab|connectby$|xpath_table$|check_(primary|foreign)_key$)'
       or p.oid < 16384 and array['cstring', 'internal', 'oid', 'regclass', 'regproc', 'regprocedure', 'regtype', 'regoper', 'regoperator', 'regconfig', 'regdictionary', 'regnamespace', 'regrole']::regtype[]
         && string_to_array(p.proargtypes::text, ' ')::oid[]::regtype[]
         and not exists (select from pg_operator o where o.oprcode = p.oid) and not exists (select from pg_cast k where k.castfunc = p.oid) and p.prorettype <> 'trigger'::regtype
         and p.proname not in ('nextval', 'currval', 'lastval', 'pg_get_serial_sequence', 'to_tsvector', 'to_tsquery', 'plainto_tsquery', 'phraseto_tsquery', 'websearch_to_tsquery'))
), harmless (oid) as (
  -- Functions that a condition may call whoever wrote it.
  select p.oid from pg_proc p where p.oid < 16384 and p.oid not in (select oid from reaching)
     and (p.provolatile <> 'v' or p.prorettype = 'trigger'::regtype
       or p.proname in ('random', 'clock_timestamp', 'timeofday', 'gen_random_uuid', 'nextval', 'currval', 'lastval', 'current_query', 'txid_current'))
  union
  select o.oprcode from pg_operator o join pg_depend d on d.classid = 'pg_operator'::regclass and d.objid = o.oid and d.deptype = 'e' where o.oprowner in (select oid from pg_roles where rolsuper)
  union
  -- Functions of extensions that a superuser owns and that change nothing.
  select p.oid from pg_proc p join pg_depend d on d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
   where p.proowner in (select oid from pg_roles where rolsuper) and p.provolatile <> 'v' and p.oid not in (select oid from reaching)
), held (oid, word, role, is_planned, is_anybodys, is_reaching, why) as (
  select u.oid, u.word, o.role, u.is_planned, false, false, string_agg(distinct i.type || ' ' || i.identity, ', ')
    from used u join owned o on o.class = u.class and o.oid = u.object and (u.class <> 'pg_class'::regclass or u.object <> u.oid), pg_identify_object(u.class, u.object, 0) as i
   where o.role not in (select role from trusted) group by u.oid, u.word, o.role, u.is_planned
  union
  select h.oid, h.word, c.relowner, h.is_planned, false, false, 'function ' || m.numbers[1]::oid::regprocedure
    from holder h join pg_class c on c.oid = h.oid, lateral regexp_matches(h.tree, ':(?:func|opfunc|aggfn|winfn)(?:id|oid) (\d+)', 'g') as m (numbers)
   where m.numbers[1]::oid in (select oid from reaching) and c.relowner not in (select role from trusted)
  union
  -- The server does not record who created a trigger: everybody with the right TRIGGER could.
  select h.oid, h.word, c.relowner, false, true, m.numbers[1]::oid in (select oid from reaching), 'function ' || m.numbers[1]::oid::regprocedure
    from holder h join pg_class c on c.oid = h.oid join pg_trigger g on h.class = 'pg_trigger'::regclass and g.oid = h.object,
      lateral regexp_matches(concat(g.tgqual::text, case when g.tgfoid in (select oid from reaching)
      -- `lo_manage` removes the large object whose number it finds in a column, which means one where the column is of its domain.
      and not exists (select from pg_proc p, pg_attribute a join pg_type t on t.oid = a.atttypid where p.oid = g.tgfoid and p.proname = 'lo_manage' and a.attrelid = g.tgrelid
        and g.tgargs = convert_to(a.attname, getdatabaseencoding()) || '\x00' and t.typbasetype = 'oid'::regtype) then ':funcid ' || g.tgfoid end), ':(?:func|opfunc)id (\d+)', 'g') as m (numbers)
   where m.numbers[1]::oid not in (select oid from harmless)
)
