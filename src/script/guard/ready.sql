do $limbeck$
declare
  ours constant text[] := array['LIMBECK_AT', 'LIMBECK_MOVE', 'LIMBECK_FREE', 'LIMBECK_TOOK'];
  number constant bigint := 'LIMBECK_LOCK';
  is_held constant boolean := exists (select from pg_locks l where {% include "own_lock.sql" %});
  one text;
begin
  -- A revision may have prepared the same texts while other names were in reach, so all are prepared again. If it released the
  -- lock, the next step runs all checks, which refuse.
  execute 'deallocate all';
  foreach one in array ours loop
    if one <> ours[2] or is_held and to_regclass('LIMBECK_VERSIONS') is not null then
      execute one;
    end if;
  end loop;
end
$limbeck$;
