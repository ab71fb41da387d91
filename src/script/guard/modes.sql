do $limbeck$
declare
  -- `set constraints` takes a name for all constraints that bear it in the schema.
  names constant text := (select string_agg(it.name, ', ' order by it.name) from (
    select format('%I.%I', n.nspname, c.conname) as name from pg_constraint c join pg_namespace n on n.oid = c.connamespace
     group by n.nspname, c.conname having bool_or(c.condeferred) and bool_and(c.condeferrable)) as it);
begin
  if names is not null then
    execute 'set constraints ' || names || ' deferred';
  end if;
end
$limbeck$;
