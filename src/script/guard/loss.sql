do $limbeck$
declare
  {% include "hidden.sql" %}
  release constant json := current_setting('limbeck.release')::json;
  options constant json := current_setting('limbeck.options')::json;
  steps constant text[] := current_setting('limbeck.steps');
  author constant text := release ->> 'path';
  enough constant bigint := release ->> 'enough';
  accepts constant boolean := lower(options ->> 'accept_data_loss') in ('1', 'on', 'true', 'yes') or (options ->> 'is_dry_run')::boolean;
  probe record;
  tables text[];
  codes json;
  code text;
  found bigint;
  counted text;
  counted_table text;
  patience text;
  unlocked text[] := '{}';
  lost text[] := '{}';
  fails text[] := '{}';
begin
  -- Once for all tables: this query takes longer than counting.
  select array_agg(distinct t.name) into tables
    from json_to_recordset(release -> 'losses') as probes (step text, tables json), json_array_elements_text(probes.tables) as t (name)
   where probes.step = any (steps);
  if tables is not null then
    -- The owner of a table must not add code to it between this check and the count. A table that could not be locked is not counted.
    patience := current_setting('lock_timeout');
    perform set_config('lock_timeout', '5s', true);
    foreach counted_table in array tables loop
      continue when not exists (select from pg_class where oid = to_regclass(counted_table) and relkind in ('r', 'p'));
      begin
        execute format('lock table %s in share update exclusive mode', to_regclass(counted_table));
      exception when lock_not_available or insufficient_privilege then
        unlocked := unlocked || counted_table;
      end;
    end loop;
    perform set_config('lock_timeout', patience, true);
    select json_object_agg(it.name, it.words) into codes from (
{% include "foreign_code.sql" %}
    ) as it (name, words);
  end if;
  for probe in
    select distinct on (number) *
      from json_to_recordset(release -> 'losses')
        as probes (number integer, variant integer, step text, above text, data text, discards boolean, what text, query text, tables json)
     where step = any (steps) and (above is null or above = any (steps))
     order by number, variant
  loop
    -- Rows that an earlier step changes on purpose are not checked here.
    continue when not probe.discards and probe.data = any (steps);
    if exists (select from json_array_elements_text(probe.tables) as t (name) where t.name = any (unlocked)) then
      if probe.discards then
        lost := lost || format('%s (not counted: another session has locked the table, or this role may not lock it)', probe.what);
      end if;
      continue;
    end if;
    code := (select string_agg(codes ->> t.name, ', ' order by t.name) from json_array_elements_text(probe.tables) as t (name));
    if code is not null then
      -- This code would run as the role of this session, before anybody has agreed to it.
      if probe.discards then
        lost := lost || format('%s (not counted, because that would run code of other roles: %s)', probe.what, {{ shown("code") }});
      end if;
      continue;
    end if;
    begin
      -- The query contains expressions of the history, which need its search_path.
      perform set_config('search_path', author, true);
      execute probe.query into found;
      perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    exception when undefined_table or undefined_column or undefined_object or undefined_function then
      -- A half-done upgrade did not get this far.
      continue;
    end;
    continue when found = 0;
    counted := case when found > enough then format('more than %s %s', enough, probe.what) when found > 1 then found || ' ' || probe.what
      else '1 ' || regexp_replace(replace(replace(probe.what, ' that are not ', ' that is not '), ' that do not fit ', ' that does not fit '), '^(row|value)s', '\1') end;
    if probe.discards then
      lost := lost || counted;
    else
      fails := fails || counted;
    end if;
  end loop;
  if fails <> '{}' then
    raise exception 'limbeck: refused: the rollback would fail on %', array_to_string(fails, '; ')
      using hint = 'Change these rows, and run the same file again.';
  end if;
  if lost <> '{}' and not accepts then
    raise exception 'limbeck: refused: the rollback would discard %', array_to_string(lost, '; ')
      using hint = 'Save what is needed (pg_dump), and run the same file again with -v accept_data_loss=1. To stop earlier: -v to=REVISION.';
  end if;
  perform set_config('limbeck.lost', coalesce('; the rollback discards ' || nullif(array_to_string(lost, '; '), ''), ''), true);
end
$limbeck$;
