do $limbeck$
declare
  {% include "hidden.sql" %}
  release constant json := current_setting('limbeck.release')::json;
  versions constant text := release ->> 'versions';
  progress constant text := release ->> 'progress';
  {% include "names.sql" %}
  trust constant text := current_setting('limbeck.trust');
  patience constant text := current_setting('lock_timeout');
  present text := 'none';
  half text := '';
  half_of text;
  id text;
  tested oid;
  odd text;
  said text;
  shadows text;
  here text[];
begin
  -- A table whose reading would run code of other roles is reported, and not read.
  foreach id in array array[versions, progress] loop
    perform set_config('lock_timeout', patience, true);
    continue when to_regclass(id) is null;
    tested := to_regclass(id);
    if exists (select from pg_class where oid = tested and relkind = 'r') then
      -- The lock prevents others from creating an index or statistics, which the planner would compute. A role that may only
      -- read cannot take it. A run of the release may hold the table for a long time.
      if has_table_privilege(tested, 'update, delete, truncate') and not pg_is_in_recovery() then
        begin
          perform set_config('lock_timeout', '5s', true);
          execute format('lock table %s in share update exclusive mode', id);
        exception when lock_not_available then
          said := concat_ws('; ', said, id || ' was not read: another session has locked it');
          continue;
        end;
      else
        execute format('lock table %s in access share mode', id);
      end if;
      tested := to_regclass(id);
    end if;
    odd := coalesce((
{% include "odd_table.sql" %}
    ), 'no longer exists');
    if odd <> '' then
      said := concat_ws('; ', said, id || ' ' || odd || ': the version table and limbeck_progress must be ordinary tables, so that reading them runs no code');
    elsif id = versions then
      execute format('select coalesce(array_agg(coalesce(version_num::text, ''null'') order by version_num::text collate "C"), ''{}'') from %s', versions) into present;
    else
      execute format('select format(''%%s of revision %%s is half done: part %%s was the last'', case direction when ''downgrade'' then ''rollback'' else direction end, revision, part), revision from %s limit 1', progress) into half, half_of;
    end if;
  end loop;
  perform set_config('lock_timeout', patience, true);
  here := case present when 'none' then '{}' else present end;
{% include "known.sql" %}
  select coalesce(json_agg(it), '[]') into shadows from (
{% include "shadows.sql" %}
  ) as it;
  perform set_config('limbeck.rows', present, true), set_config('limbeck.half', coalesce(half, ''), true), set_config('limbeck.half_of', coalesce(half_of, ''), true), set_config('limbeck.odd', coalesce(said, ''), true),
    set_config('limbeck.shadows', shadows, true);
end
$limbeck$;
