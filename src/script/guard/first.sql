do $limbeck$
declare
  {% include "hidden.sql" %}
begin
  -- Each step begins with the role of the login; a role that was set by hand would be reset silently.
  if current_user <> current_setting('limbeck.role') then
    raise exception 'limbeck: refused: this session has set the role %', {{ shown("current_setting('limbeck.role')") }}
      using hint = 'Connect as that role, or set `role` in limbeck.yaml.';
  end if;
  if current_setting('limbeck.release')::json ->> 'role' is null and {% include "lent_role.sql" %} then
    raise exception 'limbeck: refused: the database sets the role % for its sessions', {{ shown("current_user::text") }}
      using hint = 'Reset it (alter database ... reset role), or set `role` in limbeck.yaml.';
  end if;
  -- Trusted roles must be named in the session that runs the script, not in a setting of the database or the role.
  if exists (select from pg_db_role_setting, unnest(setconfig) as one where one = 'limbeck.trust=' || current_setting('limbeck.trust', true)) then
    perform set_config('limbeck.trust', '', true);
  end if;
  -- They would hide objects of the same name, and the reset after each step would drop them.
  if {% include "temporary.sql" %} then
    raise exception 'limbeck: refused: this session has temporary objects'
      using hint = 'Run the script in a new session.';
  end if;
end
$limbeck$;
