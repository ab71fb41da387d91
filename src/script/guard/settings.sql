  -- What the author's statements mean or do hangs on these, and a database or a role may have others. Of those that only a
  -- superuser sets, PostgreSQL refuses even the same value.
  perform set_config(name, wanted, true)
     from {% include "fixed.sql" %}
    where current_setting(name, true) <> wanted;
