do $limbeck$
declare
  {% include "hidden.sql" %}
  release constant json := current_setting('limbeck.release')::json;
  versions constant text := release ->> 'versions';
  progress constant text := release ->> 'progress';
  home constant text := release ->> 'home';
  routines constant text[] := array(select json_array_elements_text(release -> 'routines'));
  trust constant text := current_setting('limbeck.trust');
  present text := 'none';
  half text := '';
  id text;
  tested oid;
  odd text;
  said text;
  shadow record;
begin
  -- What would run code of others is told, and not read.
  foreach id in array array[versions, progress] loop
    continue when to_regclass(id) is null;
    tested := to_regclass(id);
    if exists (select from pg_class where oid = tested and relkind = 'r') then
      execute format('lock table %s in access share mode', id);
      tested := to_regclass(id);
    end if;
    odd := coalesce((
{% include "odd_table.sql" %}
    ), 'has just gone');
    if odd <> '' then
      said := concat_ws('; ', said, id || ' ' || odd);
    elsif id = versions then
      execute format('select coalesce(array_agg(version_num::text order by version_num::text collate "C"), ''{}'') from %s', versions) into present;
    else
      execute format('select format(''%%s of revision %%s is half done: part %%s was the last'', case direction when ''upgrade'' then direction else ''rollback'' end, revision, part) from %s limit 1', progress) into half;
    end if;
  end loop;
  select * into shadow from (
{% include "shadows.sql" %}
  ) as it;
  perform set_config('limbeck.rows', present, true), set_config('limbeck.half', coalesce(half, ''), true), set_config('limbeck.odd', coalesce(said, ''), true),
    set_config('limbeck.shadows', coalesce(shadow.found, ''), true), set_config('limbeck.creators', coalesce(shadow.creators, 'nobody'), true);
end
$limbeck$;
