-- Why the table `tested` (an oid) is not an ordinary table, as words after its name; empty for an ordinary table, which runs no
-- code of other roles. No row if the table no longer exists. Reading a view runs its functions. Planning a query on a table
-- computes the constants in its indexes and statistics on expressions (RelationGetIndexExpressions in relcache.c,
-- get_relation_statistics in plancat.c). Changing a row runs triggers, checks, domains, defaults and keys.
select coalesce(
    case c.relkind when 'r' then null when 'v' then 'is a view' when 'm' then 'is a materialized view' when 'f' then 'is a foreign table'
      when 'p' then 'is a partitioned table' when 'S' then 'is a sequence' else 'is not a table' end,
    case when c.relispartition then 'is a partition of a table' when c.relpersistence = 't' then 'is temporary' end,
    (select 'inherits from a table' from pg_inherits where inhrelid = c.oid limit 1),
    (select 'has a table that inherits from it' from pg_inherits where inhparent = c.oid limit 1),
    (select 'has the column ' || a.attname || ' of the type ' || format_type(a.atttypid, a.atttypmod) from pg_attribute a join pg_type t on t.oid = a.atttypid
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and (t.typtype <> 'b' or t.typnamespace <> 'pg_catalog'::regnamespace) order by a.attnum limit 1),
    (select 'has the trigger ' || tgname from pg_trigger where tgrelid = c.oid and not tgisinternal order by tgname limit 1),
    (select 'has the rule ' || rulename from pg_rewrite where ev_class = c.oid order by rulename limit 1),
    case when c.relrowsecurity or c.relforcerowsecurity then 'has row security' end,
    (select 'has row security' from pg_policy where polrelid = c.oid limit 1),
    (select 'has ' || case contype when 'c' then 'the check ' when 'f' then 'the foreign key ' else 'the constraint ' end || conname from pg_constraint
      where conrelid = c.oid and contype not in ('p', 'u', 'n') order by conname limit 1),
    -- A foreign key has triggers on this table, which are found by an index.
    (select 'is referenced by the foreign key ' || k.conname || ' of ' || k.conrelid::regclass from pg_trigger t join pg_constraint k on k.oid = t.tgconstraint
      where t.tgrelid = c.oid and k.confrelid = c.oid and k.contype = 'f' order by k.conname limit 1),
    (select 'has the generated column ' || attname from pg_attribute where attrelid = c.oid and attgenerated <> '' order by attnum limit 1),
    -- The name of a built-in type contains no dot.
    (select 'has the default ' || pg_get_expr(adbin, adrelid) || ', which is not a constant,' from pg_attrdef where adrelid = c.oid
      and pg_get_expr(adbin, adrelid) !~ '^[(]?(''([^'']|'''')*''|-?[0-9.]+|NULL|true|false)[)]?(::[a-z ]+([(][0-9, ]+[)])?)*$' order by adnum limit 1),
    (select 'has the index ' || indexrelid::regclass || ' with an expression or a predicate' from pg_index where indrelid = c.oid
      and (indexprs is not null or indpred is not null) order by indexrelid limit 1),
    (select 'has the index ' || indexrelid::regclass || ' with the operator class ' || opcname from pg_index join pg_opclass o on o.oid = any (indclass::oid[])
      where indrelid = c.oid and opcnamespace <> 'pg_catalog'::regnamespace order by indexrelid limit 1),
    -- Before version 14 this column does not exist.
    (select 'has the statistics ' || stxname || ' on an expression' from pg_statistic_ext s where stxrelid = c.oid and to_json(s) ->> 'stxexprs' is not null order by stxname limit 1),
    case when c.relowner <> quote_ident(current_user)::regrole and c.relowner <> all (array(
{% include "trusted.sql" %}union select nspowner from pg_namespace where oid = c.relnamespace))
      then 'belongs to the role ' || quote_ident(pg_get_userbyid(c.relowner)) || ', which is not your role, a role that a superuser granted you, or the owner of the database or the schema: change the owner, or trust the role by name (role ' || quote_ident(pg_get_userbyid(c.relowner)) || ')' end, '')
  from pg_class c where c.oid = tested