
-- Is the database where it should be? The same in every bundle of this version of limbeck.
\if :limbeck_runs
begin;
set local limbeck.release = :'limbeck_release';
set local limbeck.target = :'limbeck_target';
{% include "finish.sql" %}commit;
\endif
select 'limbeck: ' || :'limbeck_end';
-- A revision may have taken other advisory locks.
select pg_advisory_unlock_all() as limbeck_set \gset
reset session authorization; reset role; reset all;
set session authorization :'limbeck_user';
set role :'limbeck_first_role';
