-- The objects of the history when the version rows are `here`, a variable: what was created up to there, or exactly there.
if release -> 'made' is not null then
  nodes := array(select json_array_elements_text(release -> 'nodes'));
  child := array(select it::integer from json_array_elements_text(release -> 'child') as it);
  parent := array(select it::integer from json_array_elements_text(release -> 'parent') as it);
  applied := array(select one = any (here) from unnest(nodes) with ordinality as it (one, place) order by place);
  for i in 1 .. cardinality(child) loop
    if applied[child[i]] then
      applied[parent[i]] := true;
    end if;
  end loop;
  known := known || array(select json_array_elements_text(it -> 1) from json_array_elements(release -> 'made') as it where applied[(it ->> 0)::integer]);
end if;
if json_typeof(release -> 'known_rows') = 'array' and here = array(select json_array_elements_text(release -> 'known_rows')) then
  known := array(select json_array_elements_text(release -> 'known_there'));
end if;
