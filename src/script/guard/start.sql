-- The same in every upgrade.sql and rollback.sql of this version of limbeck, up to the steps. It changes nothing.
--
-- What is not ASCII is written as %C3%A9 above. A character that the encoding of the database cannot hold is shown as a
-- question mark.
select $limbeck_say$
{% include "say.sql" %}$limbeck_say$ as limbeck_say \gset
select count(set_config('limbeck.said', :'limbeck_release', false)) as limbeck_set \gset
select :'limbeck_say' \gexec
select coalesce(nullif(current_setting('limbeck.said', true), ''), :'limbeck_release') as limbeck_release \gset
-- Options, unless given with -v. A slip must not make a dry run a real one.
\if :{?dry_run} \else \set dry_run '' \endif
\if :{?wait} \else \set wait '' \endif
\if :{?expect_db} \else \set expect_db '' \endif
\if :{?to} \else \set to '' \endif
\if :{?trust} \else \set trust '' \endif
\if :{?accept_data_loss} \else \set accept_data_loss '' \endif
\if :{?DRY_RUN} \set dry_run 'written DRY_RUN' \endif
\if :{?dryrun} \set dry_run 'written dryrun' \endif
\if :{?DRYRUN} \set dry_run 'written DRYRUN' \endif
\if :{?lock_timeout}
\else
select :'limbeck_release'::json ->> 'lock_timeout' as lock_timeout \gset
\endif
\if :{?statement_timeout}
\else
select :'limbeck_release'::json ->> 'statement_timeout' as statement_timeout \gset
\endif
-- What a terminal obeys, and what is not seen; the marks and joiners of Arabic, Persian and Hebrew stay.
select {% include "characters.sql" %} as limbeck_hidden \gset
select lower(:'dry_run') in ('1', 'on', 'true', 'yes') as limbeck_is_dry_run \gset
select (:'limbeck_release'::json ->> 'title') || case when :'limbeck_is_dry_run'::boolean then ': DRY RUN' else ': APPLY' end
       || ' on database ' || regexp_replace(current_database()::text, :'limbeck_hidden', '?', 'g')
       || ' at ' || coalesce(host(inet_server_addr()) || ' port ' || inet_server_port(), 'the local socket, port ' || current_setting('port'))
       || ' as ' || regexp_replace(current_user::text, :'limbeck_hidden', '?', 'g');

-- Is this the right place? What is set for a transaction is still there in the next statement if somebody began one. A pooler in transaction mode that is busy gives one of these statements to another session.
select set_config('limbeck.probe', clock_timestamp()::text, true) as limbeck_probe \gset
select pg_backend_pid() as limbeck_pids \gset
select :'limbeck_pids' || ' ' || pg_backend_pid() as limbeck_pids \gset
select :'limbeck_pids' || ' ' || pg_backend_pid() as limbeck_pids \gset
select :'limbeck_pids' || ' ' || pg_backend_pid() as limbeck_pids \gset
select :'limbeck_pids' || ' ' || pg_backend_pid() as limbeck_pids \gset
select count(set_config('limbeck.' || name, value, false)) as limbeck_set
  from (values ('release', :'limbeck_release'), ('trust', :'trust'), ('options', json_build_object('dry_run', :'dry_run',
    'is_dry_run', :'limbeck_is_dry_run', 'wait', :'wait', 'expect_db', :'expect_db', 'to', :'to',
    'accept_data_loss', :'accept_data_loss', 'psql', :'VERSION_NUM', 'pids', :'limbeck_pids', 'probe', :'limbeck_probe')::text)) as option (name, value) \gset
select session_user as limbeck_user, current_setting('role') as limbeck_first_role,
       coalesce(:'limbeck_release'::json ->> 'role', current_setting('role')) as limbeck_role \gset
set role :'limbeck_role';
{% include "place.sql" %}
-- Can the database hold what the steps say?
{% include "encoding.sql" %}
-- One run at a time.
{% include "lock.sql" %}
-- Where is the database, and what is left to do?
{% include "find.sql" %}
-- Would something of others run in the place of PostgreSQL's own functions and operators?
{% include "shadow.sql" %}
select current_setting('limbeck.rows') as limbeck_rows, current_setting('limbeck.target') as limbeck_target, current_setting('limbeck.todo') as limbeck_todo,
       current_setting('limbeck.left') as limbeck_left, current_setting('limbeck.here') as limbeck_here, current_setting('limbeck.end') as limbeck_end,
       current_setting('limbeck.left') <> '0' and not :'limbeck_is_dry_run'::boolean as limbeck_runs \gset

-- What would be lost, and what would make it fail? Only a rollback asks.
begin transaction isolation level read committed, read only;
{% include "loss.sql" %}
select current_setting('limbeck.lost') as limbeck_lost \gset
commit;

-- What a step asks first, planned once for all of them. Where the answer is plainly yes, it asks no more; else the code
-- further down finds out, and says what is wrong. The first one asks whether the session is the same and nothing may be odd
-- about the version table, the second one moves its row, the third one asks whether somebody holds a table that a statement
-- will lock.
select format($limbeck${% include "at.sql" %}$limbeck$, release ->> 'versions', release ->> 'progress', pg_backend_pid()) as limbeck_at,
       format($limbeck${% include "move.sql" %}$limbeck$, release ->> 'versions') as limbeck_move, $limbeck${% include "free.sql" %}$limbeck$ as limbeck_free,
       $limbeck${% include "took.sql" %}$limbeck$ as limbeck_took
  from (values (:'limbeck_release'::json)) as it (release) \gset
-- Before the first step, and after each one that may run code of a revision, the session is made what it was: nothing that a
-- revision does to it reaches the next. Settings for the whole run come with PGOPTIONS. Compiling a query on the catalogue (jit)
-- takes 100 times as long as running it. In one statement, no timeout of the database holds behind `reset all`.
select format($limbeck${% include "clean.sql" %}
set search_path = pg_catalog, pg_temp; set session authorization %L; set role %L;
set client_encoding = 'UTF8'; set standard_conforming_strings = on; set timezone = 'UTC'; set datestyle = 'ISO, MDY'; set intervalstyle = 'postgres';
set row_security = off; set jit = off; set default_transaction_isolation = 'read committed'; set idle_in_transaction_session_timeout = '1min';
set application_name = %L; set lock_timeout = %L; set statement_timeout = %L; set limbeck.trust = %L;$limbeck$,
         :'limbeck_user', :'limbeck_role', :'limbeck_release'::json ->> 'title', :'lock_timeout', :'statement_timeout', :'trust')
       || coalesce(string_agg(format(' set %I = %L;', name, case name when 'client_connection_check_interval' then '10s' else '0' end), '' order by name), '')
       || (select coalesce(string_agg(format(' set %I = %L;', name, wanted), '' order by name), '')
             from {% include "fixed.sql" %} join pg_settings s using (name) where s.reset_val <> wanted)
       || replace(replace(replace(replace(replace(replace($limbeck_ready$
{% include "ready.sql" %}$limbeck_ready$, '''LIMBECK_VERSIONS''', quote_literal(:'limbeck_release'::json ->> 'versions')), '''LIMBECK_LOCK''', quote_literal(:'limbeck_release'::json ->> 'lock')),
         '''LIMBECK_TOOK''', quote_literal(:'limbeck_took')), '''LIMBECK_FREE''', quote_literal(:'limbeck_free')), '''LIMBECK_MOVE''', quote_literal(:'limbeck_move')),
         '''LIMBECK_AT''', quote_literal(:'limbeck_at')) as limbeck_reset
  from pg_settings
 where name in ('idle_session_timeout', 'transaction_timeout')
    or name = 'client_connection_check_interval' and version() like '%linux%' \gset
-- The same among the statements of a step, after each one that may run code of its author.
select format($limbeck$set local search_path = %s; set local client_encoding = 'UTF8'; set local standard_conforming_strings = on;
set local timezone = 'UTC'; set local datestyle = 'ISO, MDY'; set local intervalstyle = 'postgres'; set local row_security = off;
set local lock_timeout = %L; set local statement_timeout = %L;$limbeck$,
         :'limbeck_release'::json ->> 'path', :'lock_timeout', :'statement_timeout') as limbeck_again \gset
select :'limbeck_reset' \gexec
-- A dry run shows the statements instead: psql prints the lines that it leaves out, too.
\if :limbeck_is_dry_run
set default_transaction_read_only = on;
\set limbeck_show all
\else
\set limbeck_show none
\endif

-- Right before a statement that makes others wait: it takes the same lock, so that it can say who holds it. A statement that
-- does not get its lock waits for `lock_timeout`, and so do all who come after it.
select $limbeck_lock$
{% include "table_lock.sql" %}$limbeck_lock$ as limbeck_lock \gset

-- What each step begins with: the lock is still ours, the version table runs nothing of others, and its rows are those that
-- this step starts from; then they are moved. The second one looks at an index that is there already, the third one at what a
-- statement outside of transactions has left, the fourth one at the rows again where statements may have changed some. In one
-- transaction for the whole release the last one gives the constraints back the modes that they were made with.
select $limbeck_step$
{% include "step.sql" %}$limbeck_step$ as limbeck_step, $limbeck_index$
{% include "index.sql" %}$limbeck_index$ as limbeck_index, $limbeck_done$
{% include "done.sql" %}$limbeck_done$ as limbeck_done,
       format($limbeck$reset session authorization; close all; set session authorization %L; set role %L; set local search_path = pg_catalog, pg_temp; set local limbeck.tables = %L;$limbeck$,
         :'limbeck_user', :'limbeck_role', json_build_object('versions', :'limbeck_release'::json -> 'versions', 'progress', :'limbeck_release'::json -> 'progress', 'at', :'limbeck_at')) || $limbeck_kept$
{% include "kept.sql" %}$limbeck_kept$ as limbeck_kept, $limbeck_modes$
{% include "modes.sql" %}$limbeck_modes$ as limbeck_modes \gset

select 'The database is at ' || :'limbeck_here' || :'limbeck_lost' || '; steps left: ' || :'limbeck_left' || ' of ' || (:'limbeck_release'::json ->> 'steps') || '.';
\if :limbeck_runs
select 'When this stops, what is finished stays: mend the cause and run the same file again.';
\endif
