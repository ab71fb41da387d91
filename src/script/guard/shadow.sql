do $limbeck$
declare
  {% include "hidden.sql" %}
  release constant json := current_setting('limbeck.release')::json;
  {% include "names.sql" %}
  trust constant text := coalesce(current_setting('limbeck.trust', true), '');
  odd record;
begin
  for odd in
{% include "shadows.sql" %}
  loop
    raise exception 'limbeck: refused: %', {{ shown("odd.what") }} using hint = {{ shown("odd.hint") }};
  end loop;
end
$limbeck$;
