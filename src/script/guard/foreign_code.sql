-- The code of other roles that the server would run while it plans a query of each of `tables` (names of relations) or of their
-- partitions and children: names, and words for messages. A name without such code has no row.
with recursive trusted (role) as materialized (
{% include "trusted.sql" %}
), family (name, oid) as (
  select name, to_regclass(name)::oid from unnest(tables) as t (name) where to_regclass(name) is not null
  union
  select f.name, i.inhrelid from family f join pg_inherits i on i.inhparent = f.oid
), asked (oid) as (
  select distinct oid from family
), named (class, object, word) as (
  select null::regclass, null::oid, null::text where false
),
{% include "held_code.sql" %}
, told (oid, word) as (
  select h.oid, h.word || ' of ' || pg_get_userbyid(h.role) from held h where h.is_planned
  union
  select a.oid, 'not a table: ' || a.oid::regclass from asked a join pg_class c on c.oid = a.oid where c.relkind not in ('r', 'p')
)
select f.name, string_agg(distinct t.word, ', ' order by t.word) from family f join told t on t.oid = f.oid group by f.name
