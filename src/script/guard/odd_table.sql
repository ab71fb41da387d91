-- What makes the table `tested` (an oid) run code of others or hide rows, as words behind "it"; null for a plain table.
-- An index, and statistics, on an expression with constants are computed by whoever plans a query on the table
-- (RelationGetIndexExpressions in relcache.c, get_relation_statistics in plancat.c); checks, domains, defaults, triggers and
-- keys run on behalf of whoever changes a row.
select case
    when c.relkind <> 'r' or c.relispartition then 'is ' || case c.relkind when 'r' then 'a partition' when 'v' then 'a view'
      when 'm' then 'a materialized view' when 'p' then 'a partitioned table' when 'f' then 'a foreign table'
      when 'S' then 'a sequence' when 'c' then 'a composite type' else 'an index' end
    when c.relpersistence = 't' then 'is temporary'
    when exists (select from pg_trigger where tgrelid = c.oid and not tgisinternal) then 'has a trigger'
    when exists (select from pg_rewrite where ev_class = c.oid) then 'has a rule'
    when c.relrowsecurity or c.relforcerowsecurity then 'has row security'
    when exists (select from pg_inherits where c.oid in (inhrelid, inhparent)) then 'inherits or is inherited from'
    when exists (select from pg_constraint where contype = 'f' and c.oid in (conrelid, confrelid)) then 'has a foreign key, or one points to it'
    when exists (select from pg_constraint where contype not in ('p', 'u', 'n') and conrelid = c.oid) then 'has a check, or a constraint of another kind'
    when exists (select from pg_attribute where attrelid = c.oid and attnum > 0 and attgenerated <> '') then 'has a generated column'
    when exists (select from pg_attribute a join pg_type t on t.oid = a.atttypid where a.attrelid = c.oid and a.attnum > 0
      and not a.attisdropped and (t.typtype <> 'b' or t.typnamespace <> 'pg_catalog'::regnamespace)) then 'has a column whose type is none of PostgreSQL''s own'
    when exists (select from pg_attrdef where adrelid = c.oid and adbin::text not like '{CONST %') then 'has a default that is computed'
    when exists (select from pg_index i where i.indrelid = c.oid and (i.indexprs is not null or i.indpred is not null
      or exists (select from pg_opclass o where o.oid = any (i.indclass::oid[]) and o.opcnamespace <> 'pg_catalog'::regnamespace))) then 'has an index on an expression'
    when exists (select from pg_statistic_ext s where s.stxrelid = c.oid and to_json(s) ->> 'stxexprs' is not null) then 'has statistics on an expression'
    when c.relowner <> all (array(
{% include "trusted.sql" %}union select nspowner from pg_namespace where oid = c.relnamespace)) then 'belongs to ' || pg_get_userbyid(c.relowner)
      || ', of whom this role is no member, and who owns neither the database nor the schema' end
  from pg_class c where c.oid = tested