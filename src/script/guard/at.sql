prepare limbeck_at as
select given.fine as limbeck_fine, not given.fine as limbeck_slow, clock_timestamp() as limbeck_began
  from (select pg_backend_pid() = %3$s
      and to_regclass(it.progress) is null and not exists (select from pg_event_trigger)
      and exists (select from pg_prepared_statements where name = 'limbeck_move')
      and exists (select from pg_class c where c.oid = it.tested and c.relkind = 'r' and c.relpersistence <> 't' and c.relowner = quote_ident(current_user)::regrole
        and not (c.relispartition or c.relhassubclass or c.relhasrules or c.relhastriggers or c.relrowsecurity or c.relforcerowsecurity) and c.relchecks = 0
        and not exists (select from pg_inherits where inhrelid = c.oid)
        and not exists (select from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped
          and (atttypid <> all (array['varchar', 'text', 'bpchar']::regtype[]) or atthasdef or attidentity <> '' or attgenerated <> ''))
        and not exists (select from pg_index where indrelid = c.oid and (indexprs is not null or indpred is not null or indisexclusion or 16384 <= any (indclass::oid[])))
        and not exists (select from pg_statistic_ext where stxrelid = c.oid)) as fine
    from (select to_regclass(%1$L)::oid as tested, %2$L as progress) as it) as given