do $limbeck$
declare
  {% include "hidden.sql" %}
begin
  -- Each step begins with the role of the login; one that was taken by hand would be left without a word.
  if current_user <> current_setting('limbeck.role') then
    raise exception 'limbeck: refused: this session has taken the role %', {{ shown("current_setting('limbeck.role')") }}
      using hint = 'Connect as that role, or set `role` in limbeck.yaml.';
  end if;
  if current_setting('limbeck.release')::json ->> 'role' is null and {% include "lent_role.sql" %} then
    raise exception 'limbeck: refused: the database gives its sessions the role %', {{ shown("current_user::text") }}
      using hint = 'Take that back (alter database ... reset role), or set `role` in limbeck.yaml.';
  end if;
  -- Who is trusted is said in the session that runs the script, by no setting of a database or role.
  if exists (select from pg_db_role_setting, unnest(setconfig) as one where one = 'limbeck.trust=' || current_setting('limbeck.trust', true)) then
    perform set_config('limbeck.trust', '', true);
  end if;
  -- They would stand in for objects of the same name, and what is reset after each step would drop them.
  if {% include "temporary.sql" %} then
    raise exception 'limbeck: refused: this session has temporary objects'
      using hint = 'Run the script in a session of its own.';
  end if;
end
$limbeck$;
