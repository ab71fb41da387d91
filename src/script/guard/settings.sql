  -- The meaning of the author's statements depends on these settings, and a database or a role may set other values. PostgreSQL
  -- refuses settings that only a superuser may change, even with the same value.
  perform set_config(name, wanted, true)
     from {% include "fixed.sql" %}
    where current_setting(name, true) <> wanted;
