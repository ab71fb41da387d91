do $limbeck$
declare
  deferred text;
  immediate text;
  is_ambiguous boolean;
begin
  -- `set constraints` applies to all constraints of that name in the schema, and fails if one of them is not deferrable.
  select string_agg(name, ', ' order by name) filter (where is_deferrable and is_deferred), string_agg(name, ', ' order by name) filter (where is_deferrable and not is_deferred),
      coalesce(bool_or(is_deferred and not is_deferrable), false) into deferred, immediate, is_ambiguous
    from (select format('%I.%I', n.nspname, c.conname), bool_or(c.condeferred), bool_and(c.condeferrable) from pg_constraint c join pg_namespace n on n.oid = c.connamespace
     group by n.nspname, c.conname having bool_or(c.condeferrable)) as it (name, is_deferred, is_deferrable);
  if not is_ambiguous then
    if deferred is not null then
      execute 'set constraints ' || deferred || ' deferred';
    end if;
  else
    set constraints all deferred;
    if immediate is not null then
      execute 'set constraints ' || immediate || ' immediate';
    end if;
  end if;
end
$limbeck$;
