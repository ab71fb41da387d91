do $limbeck$
declare
  limbeck_path constant text := pg_catalog.current_setting('search_path');
  {% include "hidden.sql" %}
  wanted record;
  tested oid;
  holders text;
begin
  perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  for wanted in select it ->> 0 as relation, it ->> 1 as mode from json_array_elements(current_setting('limbeck.locks')::json) as it loop
    tested := (select coalesce((select indrelid from pg_index where indexrelid = c.oid), c.oid) from pg_class c where c.oid = to_regclass(wanted.relation) and c.relkind in ('r', 'p', 'i', 'I'));
    continue when tested is null;
    begin
      execute format('lock table only %s in %s mode', tested::regclass, wanted.mode);
    exception
      when insufficient_privilege then
        -- Owners may have revoked their own rights on the rows, which the statement does not need.
        null;
      when lock_not_available then
        select string_agg(coalesce(case when a.state is null then format('process %s of %s, whose state and statement this role may not see', a.pid, a.usename)
            else format('process %s of %s (%s), %s, in a transaction since %s: %s', a.pid, a.usename, coalesce(nullif(a.application_name, ''), 'no application name'),
              a.state, date_trunc('second', a.xact_start), left(translate(a.query, E'\r\n', '  '), 80)) end, 'a prepared transaction (select * from pg_prepared_xacts)'), '; ' order by a.pid) into holders
          from (select distinct pid from pg_locks l where l.locktype = 'relation' and l.relation = tested and l.database = (select oid from pg_database where datname = current_database())
            and l.granted and l.pid is distinct from pg_backend_pid()
            and (wanted.mode = 'access exclusive' or l.mode not in ('AccessShareLock', 'RowShareLock')) and (wanted.mode <> 'share' or l.mode <> 'ShareLock')) as l
          left join pg_stat_activity a using (pid);
        raise exception 'limbeck: failed: % was locked by other sessions for longer than %: %', {{ shown("tested::regclass::text") }}, current_setting('lock_timeout'),
            coalesce({{ shown("holders") }}, 'these have just ended')
          using errcode = 'lock_not_available', hint = 'Nothing of this step was done. When these sessions have ended, run the same file again. -v lock_timeout=30s waits longer, but so do all sessions that queue behind it.';
    end;
  end loop;
  perform set_config('search_path', limbeck_path, true);
end
$limbeck$;
