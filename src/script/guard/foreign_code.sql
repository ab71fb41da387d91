-- What the server would run of others while it plans a query of `tables`, names of relations, also of their partitions and heirs.
-- Words for messages; null for nothing.
with recursive trusted (role) as materialized (
{% include "trusted.sql" %}
), asked (oid) as (
  select to_regclass(name)::oid from unnest(tables) as t (name) where to_regclass(name) is not null
  union
  select i.inhrelid from asked a join pg_inherits i on i.inhparent = a.oid
),
{% include "held_code.sql" %}
, told (word) as (
  select h.word || ' of ' || pg_get_userbyid(h.role) from held h where h.is_planned
  union
  select 'no table ' || a.oid::regclass from asked a join pg_class c on c.oid = a.oid where c.relkind not in ('r', 'p')
)
select string_agg(word, ', ' order by word) from told
