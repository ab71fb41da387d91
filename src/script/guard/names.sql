home constant text := release ->> 'home';
  schemas constant text[] := array(select json_array_elements_text(release -> 'schemas'));
  routines constant text[] := array(select json_array_elements_text(release -> 'routines'));
  adopted constant text[] := array(select json_array_elements_text(release -> 'adopted'));
  called constant text[] := array(select json_array_elements_text(release -> 'called'));
  adopted_schemas constant text[] := array(select json_array_elements_text(release -> 'adopted_schemas'));
  owners constant text[] := array(select json_array_elements_text(release -> 'owners'));
  trusting constant text := release ->> 'trusting';