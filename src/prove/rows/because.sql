refused := case when context ~ '^[^\n]* at RAISE' then 'P0001' else state end;
        why := message || coalesce((
          select ' (' || said.line || ')' from pg_catalog.regexp_split_to_table(context, E'\n') with ordinality as said (line, number)
           where said.line ~ '^(PL/pgSQL|SQL) function' and said.line !~ ' inline_code_block ' order by said.number limit 1), '');
