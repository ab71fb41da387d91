do $limbeck$
declare
  {% include "hidden.sql" %}
  index constant json := current_setting('limbeck.index')::json;
  name constant text := index ->> 'name';
  on_table constant text := index ->> 'table';
  present constant oid := to_regclass(name);
  statement constant text := index ->> 'twin';
  path constant text := index ->> 'path';
  builder integer;
  definition text;
  twin text;
begin
  if present is null then
    return;
  end if;
  if not exists (select from pg_index where indexrelid = present and indrelid = to_regclass(on_table)) then
    raise exception 'limbeck: refused: % already exists, but is not an index of %', name, on_table
      using hint = 'Rename it or drop it, and run the same file again.';
  end if;
  select p.pid into builder
    from pg_stat_get_progress_info('CREATE INDEX') p join pg_locks l on l.pid = p.pid
   where p.datid = (select oid from pg_database where datname = current_database())
     and l.locktype = 'relation' and l.relation = to_regclass(on_table) and l.mode = 'ShareUpdateExclusiveLock' and l.granted
   limit 1;
  if builder is not null then
    raise exception 'limbeck: refused: an index of % is being built by process %', on_table, builder
      using hint = 'Wait until it has finished, and run the same file again.';
  end if;
  if not (select indisvalid from pg_index where indexrelid = present) then
    if not (index ->> 'mends')::boolean then
      raise exception 'limbeck: refused: index % is invalid: an earlier build of it failed', name
        using hint = format('Drop it and run the script again: drop index concurrently %s;', name);
    end if;
    return;
  end if;
  -- The same statement on an empty table with the same columns; it is rolled back at once, and its search_path with it.
  begin
    execute format('create temporary table %I (like %s)', index ->> 'table_name', on_table);
    perform set_config('search_path', path, true);
    execute statement;
    perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    select pg_get_indexdef(oid) into twin from pg_class where relname = index ->> 'own_name' and relnamespace = pg_my_temp_schema();
    raise exception using errcode = 'LB001', message = twin;
  exception when sqlstate 'LB001' then
    twin := sqlerrm;
  end;
  definition := pg_get_indexdef(present);
  if (definition like 'CREATE UNIQUE %', substr(definition, strpos(definition, ' USING ')))
     is distinct from (twin like 'CREATE UNIQUE %', substr(twin, strpos(twin, ' USING '))) then
    raise exception 'limbeck: refused: index % already exists with another definition: %', name, {{ shown("definition") }}
      using hint = 'Rename it or drop it, and run the same file again.';
  end if;
end
$limbeck$;
