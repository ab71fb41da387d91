do $limbeck$
declare
  done constant json := current_setting('limbeck.done')::json;
  built constant oid := to_regclass(done ->> 'built');
  gone constant oid := to_regclass(done ->> 'gone');
  detached constant oid := to_regclass(done ->> 'detached');
begin
  if done ->> 'built' is not null and not exists (select from pg_index where indexrelid = built and indisvalid)
     or gone is not null or exists (select from pg_inherits where inhrelid = detached) then
    raise exception 'limbeck: failed: %', done ->> 'otherwise' using hint = 'Run the same file again.';
  end if;
end
$limbeck$;
