do $limbeck$
declare
  {% include "hidden.sql" %}
  step constant json := current_setting('limbeck.step')::json;
  number constant bigint := (step ->> 'lock')::bigint;
  versions constant text := step ->> 'versions';
  progress constant text := step ->> 'progress';
  home constant text := step ->> 'home';
  note constant json := step -> 'note';
  present text[];
  expected text[];
  half_revision text;
  half_way text;
  half_part integer;
  is_noted boolean;
  so_far text;
  names text[];
  id text;
  tested oid;
  odd text;
  -- Only tables that were checked are read: something else may have been put in their place in between.
  readable text[] := '{}';
begin
{% include "settings.sql" %}
  -- [run
  if number is not null and not exists (select from pg_locks l where {% include "own_lock.sql" %}) then
    raise exception 'limbeck: refused: this run has lost the lock that prevents other runs'
      using hint = 'Either a pooler in transaction mode switched the session: connect directly to the server. Or a revision released all locks (pg_advisory_unlock_all): remove that. Nothing of this step was done; run the same file again.';
  end if;
  -- run]
  -- [home
  if home is not null then
    if to_regnamespace(quote_ident(home)) is null then
      raise exception 'limbeck: refused: there is no schema %', home
        using hint = format('Create it first, or set `schema` in limbeck.yaml: create schema %I;', home);
    elsif not has_schema_privilege(home, 'usage') then
      raise exception 'limbeck: refused: the role % may not use the schema %', {{ shown("current_user::text") }}, home
        using hint = 'Run the script as another role, or grant usage on the schema.';
    end if;
  end if;
  -- home]
  -- Until the end of the transaction, nobody else can move the rows or create a trigger on the table.
  foreach id in array array[versions, progress] loop
    continue when to_regclass(id) is null;
    tested := to_regclass(id);
    if exists (select from pg_class where oid = tested and relkind = 'r') then
      execute format('lock table %s in share row exclusive mode', id);
      tested := to_regclass(id);
    end if;
    odd := coalesce((
{% include "odd_table.sql" %}
    ), 'no longer exists');
    if odd <> '' then
      raise exception 'limbeck: refused: % %', id, {{ shown("odd") }}
        using hint = 'The version table and limbeck_progress must be ordinary tables, so that they run no code. Find out who changed this one. Nothing of this step was done.';
    end if;
    readable := readable || id;
  end loop;
  if progress = any (readable) then
    execute format('select revision, direction, part from %s limit 1', progress) into half_revision, half_way, half_part;
  end if;
  -- [alone
  if note is null and half_revision is not null then
    raise exception 'limbeck: refused: the % of revision % is half done: part % was the last', {{ shown("half_way") }}, {{ shown("half_revision") }}, half_part
      using hint = case when number is not null then 'Another script ran in the meantime: run the same file again.'
        else format('Finish it first with the script that started it: continue there at the line: -- %s: part %s of ...', {{ shown("half_revision") }}, half_part + 1) end;
  end if;
  -- alone]
  -- [create
  if step ->> 'create' is not null and versions <> all (readable) then
    if to_regnamespace(quote_ident(step ->> 'place')) is null then
      if (step ->> 'made')::boolean is not true then
        raise exception 'limbeck: refused: there is no schema %, which should contain the version table', step ->> 'place'
          using hint = format('Create it first: create schema %I;', step ->> 'place');
      end if;
      -- The first revision creates it unless it exists.
      execute format('create schema %I', step ->> 'place');
    end if;
    execute format('create table %s (version_num character varying(32) not null, constraint %I primary key (version_num))', versions, step ->> 'create');
    readable := readable || versions;
  end if;
  -- create]
  expected := case when step -> 'rows' is null then current_setting('limbeck.rows')::text[] else array(select json_array_elements_text(step -> 'rows' -> 0)) end;
  if versions <> all (readable) then
    raise exception 'limbeck: refused: there is no table %', versions
      using hint = format('This step needs the database at %s. Write a script that starts at the base, or stamp the database.', coalesce(nullif(array_to_string(expected, ', '), ''), 'base'));
  end if;
  execute format('select coalesce(array_agg(version_num::text order by version_num::text collate "C"), ''{}'') from %s', versions) into present;
  if present <> expected and not (json_array_length(step -> 'rows') > 1 and present = array(select json_array_elements_text(step -> 'rows' -> 1))) is true then
    raise exception 'limbeck: refused: this step needs the database at %, but it is at %', coalesce(nullif(array_to_string(expected, ', '), ''), 'base'),
        coalesce(nullif({{ shown("array_to_string(present, ', ')") }}, ''), 'base')
      using hint = case when number is null then 'Nothing of this step was done. Write a script that starts where the database is.'
        else 'Another session moved it while this script ran. Nothing of this step was done. Run the same file again.' end;
  end if;

  -- [note
  -- Exactly the parts of this revision before this one must be done.
  if note is not null then
    if progress = any (readable) then
      is_noted := half_revision = note ->> 'revision' and (half_way = note ->> 'way' and half_part = (note ->> 'done')::integer
        or half_way = 'upgrade' and half_part in (select it::integer from json_array_elements_text(note -> 'begun') as it));
      so_far := case when half_part = 1 then 'part 1' else 'parts 1 to ' || half_part end || ' of the ' || half_way || ' of revision ' || half_revision;
    else
      is_noted := (note ->> 'done')::integer = 0;
    end if;
    if is_noted is not true then
      raise exception 'limbeck: refused: this is part % of % of revision %, but done so far: %', (note ->> 'done')::integer + 1, note ->> 'of', note ->> 'revision',
          coalesce(nullif({{ shown("so_far") }}, 'parts 1 to 0'), 'nothing')
        using hint = case when number is not null then 'Another script ran in the meantime: run the same file again.'
          when half_revision = note ->> 'revision' and half_way = note ->> 'way' or half_revision is null
          then format('Continue in the script at the line: -- %s: part %s of %s', note ->> 'revision', coalesce(half_part, 0) + 1, note ->> 'of')
          else 'Finish that first, with the script that started it.' end;
    end if;
    perform set_config('limbeck.half', coalesce(half_way, ''), true);
  end if;
  -- note]

  if step -> 'add' is not null then
    if json_array_length(step -> 'add') = 1 and present = array(select json_array_elements_text(step -> 'remove')) and cardinality(present) = 1 then
      execute format('update %s set version_num = $1', versions) using step -> 'add' -> 0 ->> 0;
    else
      execute format('delete from %s where version_num = any ($1)', versions) using array(select json_array_elements_text(step -> 'remove'));
      -- The first name is the row; it is not needed if one of the names exists.
      for names in select array(select json_array_elements_text(it)) from json_array_elements(step -> 'add') as it loop
        execute format('insert into %1$s (version_num) select $1[1] where not exists (select from %1$s where version_num = any ($1))', versions) using names;
      end loop;
    end if;
  end if;
  -- [note
  if note ->> 'next' = 'end' then
    if progress = any (readable) then
      execute format('drop table %s', progress);
    end if;
  elsif note ->> 'next' is not null
     and (half_revision, half_way, half_part) is distinct from (note ->> 'revision', note ->> 'way', (note ->> 'next')::integer) then
    if progress <> all (readable) then
      execute format('create table %s (revision text primary key, direction text not null, part integer not null)', progress);
    end if;
    execute format('delete from %s', progress);
    execute format('insert into %s values ($1, $2, $3)', progress) using note ->> 'revision', note ->> 'way', (note ->> 'next')::integer;
  end if;
  -- note]
  -- [run
  if step -> 'keep' is not null then
    execute format('select coalesce(array_agg(version_num::text order by version_num::text collate "C"), ''{}'') from %s', versions) into present;
    perform set_config('limbeck.rows', present::text, true);
  end if;
  -- run]
end
$limbeck$;
