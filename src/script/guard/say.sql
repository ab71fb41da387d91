do $limbeck$
declare
  said text := coalesce(current_setting('limbeck.said', true), '');
  one text;
begin
  for one in select distinct it[1] from regexp_matches(said, '(%[C-F][0-9A-F](?:%[89AB][0-9A-F])+)', 'g') as it loop
    begin
      said := replace(said, one, convert_from(decode(replace(one, '%', ''), 'hex'), 'UTF8'));
    exception when {% include "not_held.sql" %} then
      said := replace(said, one, '?');
    end;
  end loop;
  perform set_config('limbeck.said', replace(said, '%25', '%'), false);
end
$limbeck$;
