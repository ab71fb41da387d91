prepare limbeck_free (json) as
select busy as limbeck_busy, case when busy then pg_catalog.set_config('limbeck.locks', $1::pg_catalog.text, true) end as limbeck_locks
  from (select exists (
      select from pg_catalog.json_array_elements($1) as wanted (it)
        cross join lateral (select pg_catalog.to_regclass(wanted.it operator(pg_catalog.->>) 0)::pg_catalog.oid) as named (oid)
        left join pg_catalog.pg_index i on i.indexrelid operator(pg_catalog.=) named.oid
        join pg_catalog.pg_locks l on l.relation operator(pg_catalog.=) coalesce(i.indrelid, named.oid)
       where l.pid operator(pg_catalog.<>) pg_catalog.pg_backend_pid()
         and (wanted.it operator(pg_catalog.->>) 1 operator(pg_catalog.=) 'access exclusive' or l.mode operator(pg_catalog.<>) all (array['AccessShareLock', 'RowShareLock']))
    ) as busy) as given