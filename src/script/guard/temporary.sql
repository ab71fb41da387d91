-- They would stand in for objects of the same name, and what is reset after each step would drop them.
  if exists (select from pg_class where relnamespace = pg_my_temp_schema()) or exists (select from pg_proc where pronamespace = pg_my_temp_schema())
     or exists (select from pg_type where typnamespace = pg_my_temp_schema()) then