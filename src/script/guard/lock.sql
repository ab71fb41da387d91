do $limbeck$
declare
  {% include "hidden.sql" %}
  release constant json := current_setting('limbeck.release')::json;
  options constant json := current_setting('limbeck.options')::json;
  began constant timestamptz := clock_timestamp();
  -- The session of a run that has just failed may need a moment to end.
  patience constant interval := make_interval(secs => coalesce(nullif(options ->> 'wait', '')::integer, 2));
  number constant bigint := (release ->> 'lock')::bigint;
  holder record;
begin
  perform set_config('application_name', release ->> 'title', false);
  if exists (select from pg_locks l where {% include "own_lock.sql" %}) then
    return;
  end if;
  while not pg_try_advisory_lock(number) loop
    if clock_timestamp() >= began + patience then
      select l.pid, format('process %s of %s (%s, %s%s)', l.pid, a.usename, coalesce(nullif(a.application_name, ''), 'no application name'),
          coalesce(a.state, 'state not visible to this role'), ', connected since ' || date_trunc('second', a.backend_start)) as words into holder
        from pg_locks l join pg_stat_activity a using (pid)
       where l.locktype = 'advisory' and l.granted and l.classid::bigint = number >> 32 & 4294967295 and l.objid::bigint = number & 4294967295 and l.objsubid = 1
         and l.database = (select oid from pg_database where datname = current_database());
      raise exception 'limbeck: refused: another run is in progress on this database: %', coalesce({{ shown("holder.words") }}, 'it has just ended')
        using hint = format('Wait until it has ended and run the same file again, or make this run wait: -v wait=SECONDS. Any role can hold this lock. To see what that process does: select * from pg_stat_activity where pid = %1$s. If it is not a run, or was left idle in a pooler, end it: select pg_terminate_backend(%1$s).', holder.pid);
    end if;
    -- Without a commit this session would keep an old snapshot, which others would wait for.
    commit;
    perform pg_sleep(0.2);
  end loop;
end
$limbeck$;
