do $limbeck$
declare
  {% include "hidden.sql" %}
  release constant json := current_setting('limbeck.release')::json;
  number constant bigint := (release ->> 'lock')::bigint;
  target constant text[] := current_setting('limbeck.target');
  id constant text := release ->> 'versions';
  tested oid;
  odd text;
  readable text[] := '{}';
  present text[];
begin
  if not exists (select from pg_locks l where {% include "own_lock.sql" %}) then
    raise exception 'limbeck: failed: this run has lost the lock that prevents other runs'
      using hint = 'Run the same file again: it shows where the database is.';
  end if;
  -- If somebody changed the rows in the meantime, the table itself may have been replaced.
    {% include "read_table.sql" %}
  if readable = '{}' then
    raise exception 'limbeck: failed: there is no table %', id;
  end if;
  execute format('select coalesce(array_agg(version_num::text order by version_num::text collate "C"), ''{}'') from %s', id) into present;
  if present <> target then
    raise exception 'limbeck: failed: the rows of % are %, but should be %', id, {{ shown("present::text") }}, target
      using hint = 'Another session changed them during the run. Run the same file again: it shows where the database is.';
  end if;
end
$limbeck$;
