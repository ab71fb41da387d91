do $limbeck$
declare
  {% include "hidden.sql" %}
  kept constant json := current_setting('limbeck.kept')::json;
  tables constant json := case when kept -> 'versions' is null then current_setting('limbeck.tables')::json else kept end;
  versions constant text := tables ->> 'versions';
  progress constant text := tables ->> 'progress';
  expected constant text[] := case when kept -> 'rows' is null then current_setting('limbeck.rows')::text[] else array(select json_array_elements_text(kept -> 'rows')) end;
  note constant json := kept -> 'note';
  present text[];
  is_noted boolean;
  id text;
  tested oid;
  odd text;
begin
  -- The prepared statement is not asked: this step may have prepared the same text while other names were in reach. The lock of this transaction does not prevent others from renaming the schema and giving its name to another one.
  foreach id in array array[versions, progress] loop
    tested := to_regclass(id);
    odd := (
{% include "odd_table.sql" %}
    );
    if odd <> '' then
      raise exception 'limbeck: refused: % %', id, {{ shown("odd") }}
        using hint = 'It was an ordinary table when this step began. Find out who changed it. Nothing of this step was done.';
    end if;
  end loop;
  if to_regclass(versions) is not null then
    execute format('select coalesce(array_agg(version_num::text order by version_num::text collate "C"), ''{}'') from %s', versions) into present;
  end if;
  if note -> 'part' is not null and to_regclass(progress) is not null then
    execute format('select count(*) = 1 and bool_and((revision, direction, part::text) = ($1, $2, $3)) from %s', progress)
      into is_noted using note ->> 'revision', note ->> 'way', note ->> 'part';
  elsif note is not null then
    is_noted := note -> 'part' is null and to_regclass(progress) is null;
  end if;
  if present is distinct from expected or not is_noted then
    raise exception 'limbeck: refused: a statement of this step changed %', case when present is distinct from expected then versions else progress end
      using hint = 'A revision must not change the version table or limbeck_progress: the next steps depend on them. Nothing of this step was done.',
        detail = format('The rows are %s, but should be %s.', coalesce(nullif({{ shown("array_to_string(present, ', ')") }}, ''), 'none'), coalesce(nullif(array_to_string(expected, ', '), ''), 'none'));
  end if;
end
$limbeck$;
