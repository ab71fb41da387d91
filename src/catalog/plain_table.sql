-- What is odd about a table of limbeck's own, asked before anything is read of it: reading a view runs its functions, and so
-- does planning a query of a table that has an index, statistics or a policy with an expression. What writes to it meets
-- triggers, checks, domains, defaults and foreign keys, too. Whose code that is would run as whoever reads or writes.
-- {table} is a literal with its name. Answers whether it is there, whether it may be read, and what is odd.
with recursive own (role) as (
  -- Whoever is a superuser is a member of every role by pg_has_role, and of few by pg_auth_members.
  select oid from pg_roles where rolname in (session_user, current_user)
  union select roleid from pg_auth_members join own on member = role
), it as (
  select c.*, n.nspowner from pg_class as c join pg_namespace as n on n.oid = c.relnamespace where c.oid = to_regclass({table})
), oddities (rank, what) as (
  select 1, 'is ' || case relkind when 'v' then 'a view' when 'm' then 'a materialized view' when 'f' then 'a foreign table'
           when 'p' then 'a partitioned table' when 'S' then 'a sequence' else 'no table' end from it where relkind <> 'r'
  union all
  select 2, 'is a partition of a table' from it where relispartition
  union all
  select 3, 'inherits from a table, or a table from it' from it where exists (select from pg_inherits where it.oid in (inhrelid, inhparent))
  union all
  select 4, 'has the column ' || a.attname || ' of the type ' || format_type(a.atttypid, a.atttypmod)
    from it join pg_attribute as a on a.attrelid = it.oid join pg_type as t on t.oid = a.atttypid join pg_namespace as n on n.oid = t.typnamespace
   where a.attnum > 0 and not a.attisdropped and (t.typtype <> 'b' or n.nspname <> 'pg_catalog')
  union all
  select 5, 'has the trigger ' || t.tgname from it join pg_trigger as t on t.tgrelid = it.oid where not t.tgisinternal
  union all
  select 6, 'has the rule ' || w.rulename from it join pg_rewrite as w on w.ev_class = it.oid where it.relkind = 'r'
  union all
  select 7, 'has row security' from it where relrowsecurity or relforcerowsecurity or exists (select from pg_policy where polrelid = it.oid)
  union all
  select 8, 'has ' || case x.contype when 'c' then 'the check ' when 'f' then 'the foreign key ' else 'the constraint ' end || x.conname
    from it join pg_constraint as x on x.conrelid = it.oid where x.contype not in ('p', 'u', 'n')
  union all
  select 9, 'is what the foreign key ' || x.conname || ' of ' || x.conrelid::regclass || ' refers to'
    from it join pg_constraint as x on x.confrelid = it.oid where x.contype = 'f'
  union all
  select 10, 'has the generated column ' || a.attname from it join pg_attribute as a on a.attrelid = it.oid where a.attgenerated <> ''
  union all
  -- A type with a dot in its name is none of PostgreSQL's.
  select 11, 'has the default ' || pg_get_expr(d.adbin, d.adrelid) || ', which is no constant,'
    from it join pg_attrdef as d on d.adrelid = it.oid join pg_attribute as a on a.attrelid = it.oid and a.attnum = d.adnum
   where a.attgenerated = '' and pg_get_expr(d.adbin, d.adrelid) !~ '^\(?(''([^'']|'''')*''|-?[0-9.]+|NULL|true|false)\)?(::[a-z ]+(\([0-9, ]+\))?)*$'
  union all
  select 12, 'has the index ' || i.indexrelid::regclass || ' with an expression or a predicate'
    from it join pg_index as i on i.indrelid = it.oid where i.indexprs is not null or i.indpred is not null
  union all
  select 13, 'has the index ' || i.indexrelid::regclass || ' with the operator class ' || o.opcname
    from it join pg_index as i on i.indrelid = it.oid join pg_opclass as o on o.oid = any (i.indclass) join pg_namespace as n on n.oid = o.opcnamespace
   where n.nspname <> 'pg_catalog'
  union all
  -- Servers before 14 have no such column.
  select 14, 'has the statistics ' || s.stxname || ' on an expression'
    from it join pg_statistic_ext as s on s.stxrelid = it.oid where to_jsonb(s) ->> 'stxexprs' is not null
  union all
  select 15, 'belongs to the role ' || pg_get_userbyid(relowner) || ', which is neither yours nor that of the database or the schema,'
    from it
   where relowner not in (select role from own) and relowner <> nspowner
     and relowner <> (select datdba from pg_database where datname = current_database())
)
select count(it.oid) > 0 as is_there, count(it.oid) > 0 and not exists (select from oddities) as is_plain,
       coalesce((select what from oddities order by rank, what limit 1), '') as oddity
  from it
