do $limbeck$
declare
  {% include "hidden.sql" %}
  release constant json := current_setting('limbeck.release')::json;
  home constant text := release ->> 'home';
  routines constant text[] := array(select json_array_elements_text(release -> 'routines'));
  trust constant text := current_setting('limbeck.trust');
  odd record;
begin
  select * into odd from (
{% include "shadows.sql" %}
  ) as it;
  if odd.found is not null then
    raise exception 'limbeck: refused: schema % holds what has the name of one of PostgreSQL''s own functions or operators, and would be run in its place: %', home, {{ shown("odd.found") }}
      using hint = format('Rename or drop it, or make it in a revision.%s Who may create in the schema: %s.',
        case when release ->> 'trusting' is not null and odd.trusting !~ '[^]a-z0-9_ (),;.<>=|+*/&%~!@#^[-]' then format(' If you know what it does: %s''%s''.', release ->> 'trusting', {{ shown("odd.trusting") }}) end,
        {{ shown("coalesce(odd.creators, 'nobody')") }});
  end if;
end
$limbeck$;
