do $limbeck$
declare
  {% include "hidden.sql" %}
  release constant json := current_setting('limbeck.release')::json;
  {% include "names.sql" %}
  trust constant text := coalesce(current_setting('limbeck.trust', true), '');
  jit constant text := current_setting('jit');
  odd record;
  here constant text[] := coalesce(nullif(current_setting('limbeck.rows', true), ''), '{}');
begin
{% include "known.sql" %}
  -- Names of functions are compared as the server prints them. JIT compilation would take 200 times as long as running the query.
  perform set_config('quote_all_identifiers', 'off', true), set_config('jit', 'off', true);
  for odd in
{% include "shadows.sql" %}
  loop
    raise exception 'limbeck: refused: %', {{ shown("odd.what") }} using hint = {{ shown("odd.hint") }};
  end loop;
  perform set_config('jit', jit, true);
end
$limbeck$;
