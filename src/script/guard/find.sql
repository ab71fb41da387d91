do $limbeck$
declare
  {% include "hidden.sql" %}
  release constant jsonb := current_setting('limbeck.release')::jsonb;
  options constant json := current_setting('limbeck.options')::json;
  number constant bigint := (release ->> 'lock')::bigint;
  is_upgrade constant boolean := release ->> 'way' = 'upgrade';
  is_dry_run constant boolean := (options ->> 'is_dry_run')::boolean;
  accepts constant text := release ->> 'accepts';
  versions constant text := release ->> 'versions';
  progress constant text := release ->> 'progress';
  starts_at_base constant boolean := (release ->> 'starts_at_base')::boolean;
  -- The revisions where the database may be, in the order of the upgrade; how many of these are before all steps; what each
  -- needs, last first; the parts of each.
  nodes constant text[] := array(select jsonb_array_elements_text(release -> 'nodes'));
  below constant integer := (release ->> 'below')::integer;
  child constant integer[] := array(select it::integer from jsonb_array_elements_text(release -> 'child') as it);
  parent constant integer[] := array(select it::integer from jsonb_array_elements_text(release -> 'parent') as it);
  parts constant integer[] := array(select it::integer from jsonb_array_elements_text(release -> 'parts') as it);
  -- Why steps cannot be rolled back, by revision.
  irreversible constant jsonb := release -> 'irreversible';
  count constant integer := cardinality(nodes);
  present text[] := '{}';
  here text;
  applied boolean[] := array_fill(false, array[count]);
  covered boolean[] := array_fill(false, array[count]);
  wanted boolean[] := array_fill(is_upgrade, array[count]);
  reached boolean := starts_at_base;
  goal text := options ->> 'to';
  half text;
  half_way text;
  half_part integer := 0;
  todo text[] := '{}';
  steps text[] := '{}';
  target text[] := '{}';
  id text;
  at integer;
  is_left boolean;
  tested oid;
  odd text;
  -- Only tables that were checked are read: something else may have been put in their place in between.
  readable text[] := '{}';
begin
  if not exists (select from pg_locks l where {% include "own_lock.sql" %}) then
    raise exception 'limbeck: refused: this connection switches sessions between transactions'
      using hint = 'The cause is a pooler in transaction mode: connect directly to the server, and run the same file again.';
  end if;

  -- The version table and limbeck_progress are read only if that runs no code of other roles.
  foreach id in array array[versions, progress] loop
    {% include "read_table.sql" %}
  end loop;

  -- The version rows.
  if versions = any (readable) then
    execute format('select coalesce(array_agg(coalesce(version_num::text, ''null'') order by version_num::text collate "C"), ''{}'') from %s', versions) into present;
  elsif exists (select from pg_class where relname = release ->> 'version_table' and relkind in ('r', 'p')) then
    select string_agg({{ shown("relnamespace::regnamespace::text") }}, ', ' order by relnamespace::regnamespace::text) into id
      from pg_class where relname = release ->> 'version_table' and relkind in ('r', 'p');
    raise exception 'limbeck: refused: there is no version table %, but there is one in the schema %', versions, id
      using hint = format('Set version_table_schema in limbeck.yaml to that schema. If that table belongs to another application, create an empty one: create table %s (version_num character varying(32) not null primary key);', versions);
  elsif not starts_at_base then
    raise exception 'limbeck: refused: there is no version table %', versions using hint = accepts;
  end if;
  here := coalesce(nullif({{ shown("array_to_string(present, ', ')") }}, ''), 'base');

  -- The revisions that have run, according to the rows.
  foreach id in array present loop
    at := array_position(nodes, id);
    if at is null then
      raise exception 'limbeck: refused: the database is at %, which is not part of this script', here using hint = accepts;
    end if;
    applied[at] := true;
  end loop;
  for i in 1 .. cardinality(child) loop
    if applied[child[i]] then
      applied[parent[i]] := true;
      covered[parent[i]] := true;
    end if;
  end loop;
  if cardinality(present) > (select count(distinct one) from unnest(present) as one) then
    raise exception 'limbeck: refused: the version table % contains a duplicate row: %', versions, here
      using hint = 'Delete one of the two rows, and add the primary key to the table again.';
  end if;
  foreach id in array present loop
    if covered[array_position(nodes, id)] then
      raise exception 'limbeck: refused: the version table % contains %, of which % is an ancestor of another', versions, here, id
        using hint = 'A row also stands for all ancestors of its revision: delete the row of the ancestor if the later revision has really run.';
    end if;
  end loop;
  for at in select it::integer from jsonb_array_elements_text(release -> 'starts') as it loop
    reached := reached or applied[at];
  end loop;
  if not reached then
    raise exception 'limbeck: refused: the database is at %, which is before the start of this script', here using hint = accepts;
  end if;

  -- The target of `-v to=`: a revision, or a release in between. Wanted are the target and everything that it needs.
  if goal = '' and not is_upgrade then
    goal := release ->> 'goal';
    if goal is null then
      raise exception 'limbeck: refused: this release has several starting points: %', release ->> 'origins'
        using hint = format('Choose the one to go back to, for example -v to=%s.', split_part(release ->> 'origins', ', ', 1));
    end if;
  end if;
  if goal <> '' and not (goal = 'base' and not is_upgrade and starts_at_base) then
    at := coalesce(array_position(nodes, goal), (release -> 'points' ->> goal)::integer);
    if at is null then
      raise exception 'limbeck: refused: % is not part of this script', {{ shown("goal") }}
        using hint = 'Write one of these after -v to=: ' || array_to_string(nodes, ', ') || '.';
    end if;
    wanted := array_fill(false, array[count]);
    wanted[at] := true;
    for i in 1 .. cardinality(child) loop
      if wanted[child[i]] then
        wanted[parent[i]] := true;
      end if;
    end loop;
  end if;

  -- What an earlier run left half done.
  if progress = any (readable) then
    execute format('select revision, direction, least(part, 32767) from %s limit 1', progress) into half, half_way, half_part;
    if half is not null and array_position(nodes, half) is null then
      raise exception 'limbeck: refused: revision % is half done (see %), but is not part of this script', {{ shown("half") }}, progress
        using hint = 'Finish it with the script that started it, and then run this one.';
    end if;
    if half_way <> 'upgrade' and is_upgrade then
      raise exception 'limbeck: refused: the rollback of revision % is half done', half
        using hint = case when array_position(nodes, half) > below then 'Finish it with rollback.sql of this bundle; then run this script from there.'
          else format('Finish it with the rollback.sql that started it, from a release that contains the step %s; then run this script from there.', half) end;
    end if;
    if half_way = 'upgrade' and not is_upgrade then
      -- This many parts of the rollback have nothing to undo.
      half_part := (release -> 'skips' -> half ->> half_part)::integer;
      if half_part is null then
        raise exception 'limbeck: refused: the upgrade of revision % is half done, but its downgrade requires all of it', half
          using hint = format('Finish it first: run upgrade.sql of this bundle with -v to=%s, and then run this file again.', half);
      end if;
    end if;
  end if;

  -- The steps that are left: a character for each step, and for each part of those that have several.
  for number_of_step in 1 .. count - below loop
    at := case when is_upgrade then below + number_of_step else count - number_of_step + 1 end;
    if is_upgrade then
      is_left := wanted[at] and not applied[at];
    else
      is_left := not wanted[at] and (applied[at] or half is not distinct from nodes[at]);
    end if;
    todo := todo || case when is_left then '1' else '0' end::text;
    if parts[at] > 1 then
      for part in 1 .. parts[at] loop
        todo := todo || case when is_left and (half is distinct from nodes[at] or part > half_part) then '1' else '0' end::text;
      end loop;
    end if;
    continue when not is_left;
    steps := steps || number_of_step::text;
    applied[at] := is_upgrade;
    -- A half-done revision comes first.
    if cardinality(steps) = 1 and half = nodes[at] then
      half := null;
    end if;
    if irreversible ? nodes[at] then
      raise exception 'limbeck: refused: revision % cannot be rolled back: %', nodes[at], irreversible ->> nodes[at]
        using hint = format('You can go back as far as %1$s: -v to=%1$s', nodes[at]);
    end if;
  end loop;
  if half is not null then
    raise exception 'limbeck: refused: revision % is half done, but it is not the next step of this script', half
      using hint = 'Finish it with the script that started it, and then run this one.';
  end if;

  -- The rows at the end: the revisions that have run by then and are not ancestors of others.
  covered := array_fill(false, array[count]);
  for i in 1 .. cardinality(child) loop
    if applied[child[i]] then
      covered[parent[i]] := true;
    end if;
  end loop;
  select coalesce(array_agg(n.id order by n.id collate "C"), '{}') into target
    from unnest(nodes, applied, covered) as n (id, applied, covered) where n.applied and not n.covered;
  perform set_config('limbeck.rows', present::text, false),
          set_config('limbeck.target', target::text, false),
          set_config('limbeck.todo', array_to_string(todo, ''), false),
          set_config('limbeck.steps', steps::text, false),
          set_config('limbeck.left', cardinality(steps)::text, false),
          set_config('limbeck.here', here, false),
          set_config('limbeck.end', case
            when cardinality(steps) = 0 then 'nothing to do: the database is at ' || here
            when is_dry_run then 'dry run: nothing was changed, the database is at ' || here
            else 'complete: the database is at ' || coalesce(nullif(array_to_string(target, ', '), ''), 'base')
          end, false);
end
$limbeck$;
