-- The same in every upgrade.sql and rollback.sql of this version of limbeck, up to the steps. It changes nothing.
--
-- Characters that are not ASCII are written as %C3%A9 above. A character that the encoding of the database cannot represent is
-- shown as a question mark.
select $limbeck_say$
{% include "say.sql" %}$limbeck_say$ as limbeck_say \gset
select count(set_config('limbeck.said', :'limbeck_release', false)) as limbeck_set \gset
select :'limbeck_say' \gexec
select coalesce(nullif(current_setting('limbeck.said', true), ''), :'limbeck_release') as limbeck_release \gset
-- Defaults of options that were not given with -v. A misspelt option must not turn a dry run into a real run.
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
-- Terminal control characters and invisible characters; the marks and joiners of Arabic, Persian and Hebrew are allowed.
select {% include "characters.sql" %} as limbeck_hidden \gset
select lower(:'dry_run') in ('1', 'on', 'true', 'yes') as limbeck_is_dry_run \gset
select (:'limbeck_release'::json ->> 'title') || case when :'limbeck_is_dry_run'::boolean then ': DRY RUN' else ': APPLY' end
       || ' on database ' || regexp_replace(current_database()::text, :'limbeck_hidden', '?', 'g')
       || ' at ' || coalesce(host(inet_server_addr()) || ' port ' || inet_server_port(), 'the local socket, port ' || current_setting('port'))
       || ' as ' || regexp_replace(current_user::text, :'limbeck_hidden', '?', 'g');

-- Is this the right database? A setting for the transaction still exists in the next statement if a transaction was already open.
-- A busy pooler in transaction mode sends one of these statements to another session.
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
-- Can the database represent all characters of the steps?
{% include "encoding.sql" %}
-- One run at a time.
{% include "lock.sql" %}
-- Where is the database, and what is left to do?
{% include "find.sql" %}
-- Would code of other roles run instead of built-in functions and operators?
{% include "shadow.sql" %}
select current_setting('limbeck.rows') as limbeck_rows, current_setting('limbeck.target') as limbeck_target, current_setting('limbeck.todo') as limbeck_todo,
       current_setting('limbeck.left') as limbeck_left, current_setting('limbeck.here') as limbeck_here, current_setting('limbeck.end') as limbeck_end,
       current_setting('limbeck.left') <> '0' and not :'limbeck_is_dry_run'::boolean as limbeck_runs \gset

-- What would be lost, and what would make the rollback fail? An upgrade has nothing to check here.
begin transaction isolation level read committed, read only;
{% include "loss.sql" %}
select current_setting('limbeck.lost') as limbeck_lost \gset
commit;

-- The quick checks of each step, planned once for all steps. If the answer is clearly yes, nothing more is checked; otherwise the
-- code further down finds out what is wrong and reports it. The first one checks that the session is the same and the version
-- table is an ordinary one, the second one moves its row, the third one checks whether another session has locked a table that
-- a statement will lock.
select format($limbeck${% include "at.sql" %}$limbeck$, release ->> 'versions', release ->> 'progress', pg_backend_pid()) as limbeck_at,
       format($limbeck${% include "move.sql" %}$limbeck$, release ->> 'versions') as limbeck_move, $limbeck${% include "free.sql" %}$limbeck$ as limbeck_free,
       $limbeck${% include "took.sql" %}$limbeck$ as limbeck_took
  from (values (:'limbeck_release'::json)) as it (release) \gset
-- Before the first step, and after each step that may run code of a revision, the session is reset, so that nothing a revision
-- does to it affects the next one. Settings for the whole run come from PGOPTIONS. JIT compilation of a query on the catalog
-- takes 100 times as long as running it. It is one statement, so that no timeout of the database applies after `reset all`.
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
-- The same between the statements of a step, after each one that may run code of its author.
select format($limbeck$set local search_path = %s; set local client_encoding = 'UTF8'; set local standard_conforming_strings = on;
set local timezone = 'UTC'; set local datestyle = 'ISO, MDY'; set local intervalstyle = 'postgres'; set local row_security = off;
set local lock_timeout = %L; set local statement_timeout = %L;$limbeck$,
         :'limbeck_release'::json ->> 'path', :'lock_timeout', :'statement_timeout') as limbeck_again \gset
select :'limbeck_reset' \gexec
-- A dry run shows the statements instead: psql also prints the lines that it skips.
\if :limbeck_is_dry_run
set default_transaction_read_only = on;
\set limbeck_show all
\else
\set limbeck_show none
\endif

-- Runs before a statement that blocks others: it takes the same lock, so that it can report who holds it. A statement that does
-- not get its lock waits for `lock_timeout`, and so do all statements that come after it.
select $limbeck_lock$
{% include "table_lock.sql" %}$limbeck_lock$ as limbeck_lock \gset

-- The first block begins each step: this run still has the lock, the version table runs no code of other roles, and its rows are
-- those that the step starts from; then it moves them. The second block checks an index that already exists, the third one the
-- result of a statement outside a transaction, the fourth one the rows again if statements may have changed them. If the whole
-- release is one transaction, the last one sets the constraints back to the modes that they were created with.
select $limbeck_step$
{% include "step.sql" %}$limbeck_step$ as limbeck_step, $limbeck_index$
{% include "index.sql" %}$limbeck_index$ as limbeck_index, $limbeck_done$
{% include "done.sql" %}$limbeck_done$ as limbeck_done,
       format($limbeck$reset session authorization; close all; set session authorization %L; set role %L; set local search_path = pg_catalog, pg_temp; set local limbeck.tables = %L;$limbeck$,
         :'limbeck_user', :'limbeck_role', json_build_object('versions', :'limbeck_release'::json -> 'versions', 'progress', :'limbeck_release'::json -> 'progress')) || $limbeck_kept$
{% include "kept.sql" %}$limbeck_kept$ as limbeck_kept, $limbeck_modes$
{% include "modes.sql" %}$limbeck_modes$ as limbeck_modes \gset

select 'The database is at ' || :'limbeck_here' || :'limbeck_lost' || '; steps left: ' || :'limbeck_left' || ' of ' || (:'limbeck_release'::json ->> 'steps') || '.';
\if :limbeck_runs
select 'If this stops, ' || case when (:'limbeck_release'::json ->> 'whole')::boolean then 'nothing of it is applied' else 'finished parts stay applied' end || ': fix the cause and run the same file again.';
\endif
