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
  quick record;
  is_fine boolean := false;
begin
  -- What was planned once answers, unless a statement of this step took it away or put something else in its place.
  if note is null and exists (select from pg_prepared_statements where statement = tables ->> 'at') then
    execute 'execute limbeck_at' into quick;
    is_fine := quick.limbeck_fine;
  end if;
  -- The lock that this transaction holds keeps nobody from giving the schema another name, and its own to something else.
  foreach id in array case when is_fine then '{}' else array[versions, progress] end loop
    tested := to_regclass(id);
    odd := (
{% include "odd_table.sql" %}
    );
    if odd <> '' then
      raise exception 'limbeck: refused: % %', id, {{ shown("odd") }}
        using hint = 'It was an ordinary table when this step began. See who changed it. Nothing of this step was done.';
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
      using hint = 'A revision leaves the version table and limbeck_progress alone: what runs next hangs on them. Nothing of this step was done.',
        detail = format('The rows are %s, and should be %s.', coalesce(nullif({{ shown("array_to_string(present, ', ')") }}, ''), 'none'), coalesce(nullif(array_to_string(expected, ', '), ''), 'none'));
  end if;
end
$limbeck$;
