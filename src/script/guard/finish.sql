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
    raise exception 'limbeck: failed: this run has lost the lock that keeps other runs away'
      using hint = 'Run the same file again: it says where the database is.';
  end if;
  -- Whoever moved the rows meanwhile may have put something else in the place of the table.
    {% include "read_table.sql" %}
  if readable = '{}' then
    raise exception 'limbeck: failed: there is no table %', id;
  end if;
  execute format('select coalesce(array_agg(version_num::text order by version_num::text collate "C"), ''{}'') from %s', id) into present;
  if present <> target then
    raise exception 'limbeck: failed: the rows of % are %, and should be %', id, {{ shown("present::text") }}, target
      using hint = 'Something else changed them during the run. Run the same file again: it says where the database is.';
  end if;
end
$limbeck$;
