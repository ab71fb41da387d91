do $limbeck$
declare
  ours constant text[] := array['LIMBECK_AT', 'LIMBECK_MOVE', 'LIMBECK_FREE', 'LIMBECK_TOOK'];
  number constant bigint := 'LIMBECK_LOCK';
  is_held constant boolean := exists (select from pg_locks l where {% include "own_lock.sql" %});
  one text;
begin
  if is_held and (select count(*) = cardinality(ours) and bool_and(statement = any (ours)) from pg_prepared_statements) then
    return;
  end if;
  -- What a revision prepared goes; what it took away, or put in the place of these, comes again. Where it gave up the lock, the
  -- next step goes the long way, which refuses.
  for one in select name from pg_prepared_statements where statement <> all (ours) or not is_held and statement = ours[2] loop
    execute format('deallocate %I', one);
  end loop;
  foreach one in array ours loop
    if one <> all (array(select statement from pg_prepared_statements)) and (one <> ours[2] or is_held and to_regclass('LIMBECK_VERSIONS') is not null) then
      execute one;
    end if;
  end loop;
end
$limbeck$;
