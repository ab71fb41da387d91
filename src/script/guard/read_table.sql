if to_regclass(id) is not null then
      tested := to_regclass(id);
      if exists (select from pg_class where oid = tested and relkind = 'r') then
        -- Until the end of the transaction nobody can put another one in its place, nor an index or statistics on it.
        execute format('lock table %s in share update exclusive mode', id);
        tested := to_regclass(id);
      end if;
      odd := coalesce((
{% include "odd_table.sql" %}
      ), 'has just gone');
      if odd <> '' then
        raise exception 'limbeck: refused: % %', id, {{ shown("odd") }}
          using hint = 'The version table and limbeck_progress are ordinary tables, so that reading them runs nothing else. See who made this one, or set version_table in limbeck.yaml.';
      end if;
      readable := readable || id;
    end if;