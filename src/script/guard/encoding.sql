do $limbeck$
declare
  one record;
  places text[] := '{}';
begin
  -- A statement with characters that the server cannot represent would stop the script halfway.
  for one in select it ->> 0 as bytes, it ->> 1 as place from json_array_elements(current_setting('limbeck.release')::json -> 'characters') as it loop
    begin
      perform convert_from(decode(one.bytes, 'hex'), 'UTF8');
    exception when {% include "not_held.sql" %} then
      places := places || one.place;
    end;
  end loop;
  if places <> '{}' then
    raise exception 'limbeck: refused: the encoding % of this database cannot represent %', getdatabaseencoding(),
        array_to_string(places[1:5], '; ') || case when cardinality(places) > 5 then format('; and %s other characters', cardinality(places) - 5) else '' end
      using hint = 'Nothing was changed. Write these statements without these characters, or use a database with the encoding UTF8.';
  end if;
end
$limbeck$;
