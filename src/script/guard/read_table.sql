if to_regclass(id) is not null then
      tested := to_regclass(id);
      if exists (select from pg_class where oid = tested and relkind = 'r') then
        -- Until the end of the transaction, nobody can replace the table or create an index or statistics on it.
        execute format('lock table %s in share update exclusive mode', id);
        tested := to_regclass(id);
      end if;
      odd := coalesce((
{% include "odd_table.sql" %}
      ), 'no longer exists');
      if odd <> '' then
        raise exception 'limbeck: refused: % %', id, {{ shown("odd") }}
          using hint = 'The version table and limbeck_progress must be ordinary tables, so that reading them runs no code. Find out who created this one, or set version_table in limbeck.yaml.';
      end if;
      readable := readable || id;
    end if;