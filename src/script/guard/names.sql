home constant text := release ->> 'home';
  schemas constant text[] := array(select json_array_elements_text(release -> 'schemas'));
  routines constant text[] := array(select json_array_elements_text(release -> 'routines'));
  adopted constant text[] := array(select json_array_elements_text(release -> 'adopted'));
  trusting constant text := release ->> 'trusting';