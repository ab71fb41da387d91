\set ON_ERROR_STOP on \if true
\setenv PSQL_EDITOR true
\set limbeck_quiet :QUIET \set QUIET on
\set limbeck_echo :ECHO \set ECHO none
\set limbeck_autocommit :AUTOCOMMIT \set AUTOCOMMIT on
\set limbeck_savepoints :ON_ERROR_ROLLBACK \set ON_ERROR_ROLLBACK off
\set limbeck_context :SHOW_CONTEXT \set SHOW_CONTEXT never
\set limbeck_verbosity :VERBOSITY \set VERBOSITY default
\set limbeck_fetch :FETCH_COUNT \set FETCH_COUNT 0
\set SINGLELINE off \set SINGLESTEP off \set ECHO_HIDDEN off
\timing off \pset pager off \pset expanded off \pset recordsep '\n' \pset null ''
\pset format unaligned \pset tuples_only on
show search_path \gset limbeck_
set search_path = pg_catalog, pg_temp;
select set_config('limbeck.inside', clock_timestamp()::text, true) as limbeck_inside \gset
select coalesce(current_setting('limbeck.inside', true), '') = :'limbeck_inside' as limbeck_inside \gset
\if :limbeck_inside
savepoint limbeck_read;
set local transaction_read_only = on;
\else
begin transaction isolation level read committed, read only;
\endif
set local statement_timeout = 0;
set local idle_in_transaction_session_timeout = 0;
set local client_encoding = 'UTF8';
set local standard_conforming_strings = on;
set local quote_all_identifiers = off;
set local timezone = 'UTC';
set local datestyle = 'ISO, MDY';
set local jit = off;
select case getdatabaseencoding() when 'UTF8' then '[\u0001-\u001f\u007f-\u009f\u00ad\u034f\u115f\u1160\u180e\u200b\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\U00013430-\U00013455\U000e0000-\U000e007f]' when 'SQL_ASCII' then '[^\x20-\x7e]' else '[\x01-\x1f\x7f-\x9f]' end as limbeck_hidden \gset
\if :{?trust} \else \set trust '' \endif
select $limbeck1$do $limbeck$
declare
  said text := coalesce(current_setting('limbeck.said', true), '');
  one text;
begin
  for one in select distinct it[1] from regexp_matches(said, '(%[C-F][0-9A-F](?:%[89AB][0-9A-F])+)', 'g') as it loop
    begin
      said := replace(said, one, convert_from(decode(replace(one, '%', ''), 'hex'), 'UTF8'));
    exception when untranslatable_character or character_not_in_repertoire or undefined_function or feature_not_supported then
      said := replace(said, one, '?');
    end;
  end loop;
  perform set_config('limbeck.said', replace(said, '%25', '%'), false);
end
$limbeck$;
$limbeck1$ as limbeck_say \gset
select count(set_config('limbeck.said', $limbeck${"adopted":["is_active"],"adopted_schemas":[],"characters":[],"child":[4,3,2],"home":"public","known":["public.ix_sensor_data_sensor_time","public.ix_system_logs_errors","public.ix_users_reset_token","public.sensor_data","public.sensor_data_id_seq","public.system_logs","public.system_logs_id_seq","public.users","public.well_profiles","public.well_profiles_id_seq"],"known_rows":["7f71d8f421e3"],"known_there":["public.ix_sensor_data_sensor_time","public.ix_system_logs_errors","public.ix_users_reset_token","public.sensor_data","public.sensor_data_id_seq","public.system_logs","public.system_logs_id_seq","public.users","public.well_profiles","public.well_profiles_id_seq"],"known_types":[],"known_views":[],"made":[[2,["public.email_verifications","public.password_resets","public.refresh_tokens"]],[3,["public.blacklisted_tokens","public.login_attempts","public.password_reset_tokens"]]],"nodes":["7f71d8f421e3","20250813_auth_full","20250820_login_protection","20250902_email_lower"],"own_schemas":["public"],"owners":[],"parent":[3,2,1],"paths":[],"points":[{"kind":"from","name":"1.0.0","revision":"7f71d8f421e3"},{"kind":"to","name":"1.1.0","revision":"20250902_email_lower"}],"progress":"public.limbeck_progress","rights":{"changes_rows":{"update":["public.users"]},"creates_in":[],"makes_schemas":[],"owned":{"table":["public.users"]}},"routines":[],"schemas":["users"],"sought":[],"steps":[{"message":"auth: refresh tokens and e-mail verification","needs":["7f71d8f421e3"],"place":2,"revision":"20250813_auth_full"},{"message":"auth: reset tokens, blacklisted tokens, login attempts","needs":["20250813_auth_full"],"place":3,"revision":"20250820_login_protection"},{"message":"auth: one account for each address, whatever its case","needs":["20250820_login_protection"],"place":4,"revision":"20250902_email_lower"}],"touched":["blacklisted_tokens","column","create_date","delete","email_verifications","is_active","login_attempts","password_reset_tokens","password_resets","refresh_tokens","select","sensor_data","system_logs","takes","users","well_profiles"],"trusting":"run it with -v trust='%s'","versions":"public.alembic_version","words":["*","+","-","=",">",">=","UTF8","a","active","add","address","admin","alter","always","and","answered","are","as","assert","attempted_at","auth","auto","bar","be","between","bigint","blacklisted_tokens","boolean","by","cascade","case","check","clock_timestamp","column","comment","constraint","convert_to","count","create","created_at","current_timestamp","days","default","deferrable","deferred","delete","deleted_at","depth_is_positive","depth_m","desc","details","differ","double","drop","elsewhere","email","email_verifications","email_verified_at","empty","encode","engineer","error","every","exists","expires_at","false","fatal","field","fillfactor","fk_blacklisted_refresh","flag","for","foreign","from","full_name","gen_random_uuid","generated","gone","group","has","hashes","having","hex","id","identity","if","in","index","inet","info","initially","integer","interval","irreversible","is","is_active","ix_blacklisted_until","ix_email_verifications_open","ix_login_attempts_failed","ix_password_resets_user","ix_refresh_user_revoked","ix_sensor_data_sensor_time","ix_system_logs_errors","ix_users_email_lower","ix_users_reset_token","jsonb","jti","key","latitude","left","letter","level","lives_for_a_while","logged_at","login_attempts","logout","longitude","lower","may","message","name","names","no","nobody","none","not","now","null","numeric","of","on","only","password","password_hash","password_reset_expires","password_reset_token","password_reset_tokens","password_resets","passwords","people","place","precision","primary","provider","reason","recorded_at","references","refresh_tokens","requested_at","requested_by","reset_id","reset_token_expires","revoked","role","select","sensor","sensor_data","sent_at","set","sha256","should","sign","source","succeeded","system_logs","table","takes","text","the","their","them","themselves","they","those","timestamptz","token","token_hash","true","two","unique","unit","unlogged","until","update","uq_well_name","used_at","user","user_id","users","users_email_key","utf8","uuid","value","varchar","viewer","was","well_profiles","where","who","with"]}$limbeck$, true)) as limbeck_set \gset
select :'limbeck_say' \gexec
select set_config('limbeck.trust', :'trust', true) as limbeck_trust, count(set_config('limbeck.release', current_setting('limbeck.said'), true)) as limbeck_set \gset
do $limbeck$
declare
  one record;
  places text[] := '{}';
begin
  -- A statement with characters that the server cannot represent would stop the script halfway.
  for one in select it ->> 0 as bytes, it ->> 1 as place from json_array_elements(current_setting('limbeck.release')::json -> 'characters') as it loop
    begin
      perform convert_from(decode(one.bytes, 'hex'), 'UTF8');
    exception when untranslatable_character or character_not_in_repertoire or undefined_function or feature_not_supported then
      places := places || one.place;
    end;
  end loop;
  if places <> '{}' then
    raise exception 'limbeck: refused: the encoding % of this database cannot represent %', getdatabaseencoding(),
        array_to_string(places[1:5], '; ') || case when cardinality(places) > 5 then format('; and %s other characters', cardinality(places) - 5) else '' end
      using hint = 'Nothing was changed. Write these statements without these characters, or use a database with the encoding UTF8.';
  end if;
end
$limbeck$;
set local lock_timeout = '5000ms';
set local statement_timeout = '0ms';
do $limbeck$
declare
  hidden constant text := case getdatabaseencoding() when 'UTF8' then '[\u0001-\u001f\u007f-\u009f\u00ad\u034f\u115f\u1160\u180e\u200b\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\U00013430-\U00013455\U000e0000-\U000e007f]' when 'SQL_ASCII' then '[^\x20-\x7e]' else '[\x01-\x1f\x7f-\x9f]' end;
  release constant json := current_setting('limbeck.release')::json;
  versions constant text := release ->> 'versions';
  progress constant text := release ->> 'progress';
  home constant text := release ->> 'home';
  schemas constant text[] := array(select json_array_elements_text(release -> 'schemas'));
  own_schemas constant text[] := array(select json_array_elements_text(release -> 'own_schemas'));
  sought constant text[] := array(select json_array_elements_text(release -> 'sought'));
  touched constant text[] := array(select json_array_elements_text(release -> 'touched'));
  paths constant text[] := array(select json_array_elements_text(release -> 'paths'));
  routines constant text[] := array(select json_array_elements_text(release -> 'routines'));
  adopted constant text[] := array(select json_array_elements_text(release -> 'adopted'));
  spoken constant text[] := array(select json_array_elements_text(release -> 'words'));
  known_types constant text[] := array(select json_array_elements_text(release -> 'known_types'));
  known_views constant text[] := array(select json_array_elements_text(release -> 'known_views'));
  known text[] := array(select json_array_elements_text(release -> 'known'));
  adopted_schemas constant text[] := array(select json_array_elements_text(release -> 'adopted_schemas'));
  owners constant text[] := array(select json_array_elements_text(release -> 'owners'));
  trusting constant text := release ->> 'trusting';
  nodes text[];
  child integer[];
  parent integer[];
  applied boolean[];
  trust constant text := current_setting('limbeck.trust');
  patience constant text := current_setting('lock_timeout');
  present text := 'none';
  half text := '';
  half_of text;
  id text;
  tested oid;
  odd text;
  said text;
  shadows text;
  here text[];
begin
  -- A table whose reading would run code of other roles is reported, and not read.
  foreach id in array array[versions, progress] loop
    perform set_config('lock_timeout', patience, true);
    continue when to_regclass(id) is null;
    tested := to_regclass(id);
    if exists (select from pg_class where oid = tested and relkind = 'r') then
      -- The lock prevents others from creating an index or statistics, which the planner would compute. A role that may only
      -- read cannot take it. A run of the release may hold the table for a long time.
      if has_table_privilege(tested, 'update, delete, truncate') and not pg_is_in_recovery() then
        begin
          perform set_config('lock_timeout', '5s', true);
          execute format('lock table %s in share update exclusive mode', id);
        exception when lock_not_available then
          said := concat_ws('; ', said, id || ' was not read: another session has locked it');
          continue;
        end;
      else
        execute format('lock table %s in access share mode', id);
      end if;
      tested := to_regclass(id);
    end if;
    odd := coalesce((
-- Why the table `tested` (an oid) is not an ordinary table, as words after its name; empty for an ordinary table, which runs no
-- code of other roles. No row if the table no longer exists. Reading a view runs its functions. Planning a query on a table
-- computes the constants in its indexes and statistics on expressions (RelationGetIndexExpressions in relcache.c,
-- get_relation_statistics in plancat.c). Changing a row runs triggers, checks, domains, defaults and keys.
select coalesce(
    case c.relkind when 'r' then null when 'v' then 'is a view' when 'm' then 'is a materialized view' when 'f' then 'is a foreign table'
      when 'p' then 'is a partitioned table' when 'S' then 'is a sequence' else 'is not a table' end,
    case when c.relispartition then 'is a partition of a table' when c.relpersistence = 't' then 'is temporary' end,
    (select 'inherits from a table' from pg_inherits where inhrelid = c.oid limit 1),
    (select 'has a table that inherits from it' from pg_inherits where inhparent = c.oid limit 1),
    (select 'has the column ' || a.attname || ' of the type ' || format_type(a.atttypid, a.atttypmod) from pg_attribute a join pg_type t on t.oid = a.atttypid
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and (t.typtype <> 'b' or t.typnamespace <> 'pg_catalog'::regnamespace) order by a.attnum limit 1),
    (select 'has the trigger ' || tgname from pg_trigger where tgrelid = c.oid and not tgisinternal order by tgname limit 1),
    (select 'has the rule ' || rulename from pg_rewrite where ev_class = c.oid order by rulename limit 1),
    case when c.relrowsecurity or c.relforcerowsecurity then 'has row security' end,
    (select 'has row security' from pg_policy where polrelid = c.oid limit 1),
    (select 'has ' || case contype when 'c' then 'the check ' when 'f' then 'the foreign key ' else 'the constraint ' end || conname from pg_constraint
      where conrelid = c.oid and contype not in ('p', 'u', 'n') order by conname limit 1),
    -- A foreign key has triggers on this table, which are found by an index.
    (select 'is referenced by the foreign key ' || k.conname || ' of ' || k.conrelid::regclass from pg_trigger t join pg_constraint k on k.oid = t.tgconstraint
      where t.tgrelid = c.oid and k.confrelid = c.oid and k.contype = 'f' order by k.conname limit 1),
    (select 'has the generated column ' || attname from pg_attribute where attrelid = c.oid and attgenerated <> '' order by attnum limit 1),
    -- The name of a built-in type contains no dot.
    (select 'has the default ' || pg_get_expr(adbin, adrelid) || ', which is not a constant,' from pg_attrdef where adrelid = c.oid
      and pg_get_expr(adbin, adrelid) !~ '^[(]?(''([^'']|'''')*''|-?[0-9.]+|NULL|true|false)[)]?(::[a-z ]+([(][0-9, ]+[)])?)*$' order by adnum limit 1),
    (select 'has the index ' || indexrelid::regclass || ' with an expression or a predicate' from pg_index where indrelid = c.oid
      and (indexprs is not null or indpred is not null) order by indexrelid limit 1),
    (select 'has the index ' || indexrelid::regclass || ' with the operator class ' || opcname from pg_index join pg_opclass o on o.oid = any (indclass::oid[])
      where indrelid = c.oid and opcnamespace <> 'pg_catalog'::regnamespace order by indexrelid limit 1),
    -- Before version 14 this column does not exist.
    (select 'has the statistics ' || stxname || ' on an expression' from pg_statistic_ext s where stxrelid = c.oid and to_json(s) ->> 'stxexprs' is not null order by stxname limit 1),
    case when c.relowner <> quote_ident(current_user)::regrole and c.relowner <> all (array(
-- The roles that may own objects that a script depends on: the role that runs it, the roles that this role is a member of, the
-- owners of the database and the schema, superusers, and the roles that the DBA names. That a superuser is a member of every
-- role does not count. A membership counts if a superuser granted it or, unless the script runs as a superuser, a role with
-- CREATEROLE or the owner of the database: otherwise the administrator of a group could add the role that runs the script to it.
-- Memberships in predefined roles do not count.
with recursive member (role) as (
    select r.oid from pg_roles r where r.rolname in (current_user, session_user)
  union
    select m.roleid from member join pg_auth_members m on m.member = member.role join pg_roles g on g.oid = m.grantor
     where m.roleid >= 16384 and (g.rolsuper or not exists (select from pg_roles where rolname in (current_user, session_user) and rolsuper)
       and (g.rolcreaterole or g.oid = (select datdba from pg_database where datname = current_database())))
)
select role from member
union select datdba from pg_database where datname = current_database()
union select oid from pg_roles where rolsuper
-- Another name for the owner of the database; it has no other members.
union select oid from pg_roles where rolname = 'pg_database_owner'
union select oid from pg_roles where 'role ' || quote_ident(rolname) = any (regexp_split_to_array(btrim(current_setting('limbeck.trust', true)), '\s*;\s*'))
  and not exists (select from pg_db_role_setting, unnest(setconfig) as one where one = 'limbeck.trust=' || current_setting('limbeck.trust', true))
union select nspowner from pg_namespace where oid = c.relnamespace))
      then 'belongs to the role ' || quote_ident(pg_get_userbyid(c.relowner)) || ', which is not your role, a role that a superuser granted you, or the owner of the database or the schema: change the owner, or trust the role by name (role ' || quote_ident(pg_get_userbyid(c.relowner)) || ')' end, '')
  from pg_class c where c.oid = tested
    ), 'no longer exists');
    if odd <> '' then
      said := concat_ws('; ', said, id || ' ' || odd || ': the version table and limbeck_progress must be ordinary tables, so that reading them runs no code');
    elsif id = versions then
      execute format('select coalesce(array_agg(coalesce(version_num::text, ''null'') order by version_num::text collate "C"), ''{}'') from %s', versions) into present;
    else
      execute format('select format(''%%s of revision %%s is half done: part %%s was the last'', case direction when ''downgrade'' then ''rollback'' else direction end, revision, part), revision from %s limit 1', progress) into half, half_of;
    end if;
  end loop;
  perform set_config('lock_timeout', patience, true);
  here := case present when 'none' then '{}' else present end;
-- The objects of the history when the version rows are `here`, a variable: what was created up to there, or exactly there.
if release -> 'made' is not null then
  nodes := array(select json_array_elements_text(release -> 'nodes'));
  child := array(select it::integer from json_array_elements_text(release -> 'child') as it);
  parent := array(select it::integer from json_array_elements_text(release -> 'parent') as it);
  applied := array(select one = any (here) from unnest(nodes) with ordinality as it (one, place) order by place);
  for i in 1 .. cardinality(child) loop
    if applied[child[i]] then
      applied[parent[i]] := true;
    end if;
  end loop;
  known := known || array(select json_array_elements_text(it -> 1) from json_array_elements(release -> 'made') as it where applied[(it ->> 0)::integer]);
end if;
if json_typeof(release -> 'known_rows') = 'array' and here = array(select json_array_elements_text(release -> 'known_rows')) then
  known := array(select json_array_elements_text(release -> 'known_there'));
end if;

  select coalesce(json_agg(it), '[]') into shadows from (
-- Code that could run instead of the intended code, with the rights of the role that runs the script. Rows of `what`, a sentence
-- without its end, and `hint`. All variables contain names: `home` is the schema of unqualified names, `own_schemas` are this one
-- and those of the objects of the history, `schemas` are others that the history works in, `paths` those in a search_path,
-- `sought` those that it may look for before it uses them, `routines` the functions and operators that it creates, `spoken` all
-- names and operators that it uses, `touched` those at the place of a relation, `known` the relations of the history, `adopted`
-- the objects that it creates only if they do not exist, `adopted_schemas` the schemas among these, `owners` the roles that it
-- gives objects or schemas to. `trust` is what the DBA trusts, and `trusting` how to write that.
--
-- PostgreSQL chooses the overload whose types fit best, even though pg_catalog comes first (section 10.3 of its documentation),
-- and a type name can be called like a function. Objects of the history or of an extension are accepted if their owner is
-- trusted: the owner of an extension can add a function to it.
with recursive trusted (role) as materialized (
-- The roles that may own objects that a script depends on: the role that runs it, the roles that this role is a member of, the
-- owners of the database and the schema, superusers, and the roles that the DBA names. That a superuser is a member of every
-- role does not count. A membership counts if a superuser granted it or, unless the script runs as a superuser, a role with
-- CREATEROLE or the owner of the database: otherwise the administrator of a group could add the role that runs the script to it.
-- Memberships in predefined roles do not count.
with recursive member (role) as (
    select r.oid from pg_roles r where r.rolname in (current_user, session_user)
  union
    select m.roleid from member join pg_auth_members m on m.member = member.role join pg_roles g on g.oid = m.grantor
     where m.roleid >= 16384 and (g.rolsuper or not exists (select from pg_roles where rolname in (current_user, session_user) and rolsuper)
       and (g.rolcreaterole or g.oid = (select datdba from pg_database where datname = current_database())))
)
select role from member
union select datdba from pg_database where datname = current_database()
union select oid from pg_roles where rolsuper
-- Another name for the owner of the database; it has no other members.
union select oid from pg_roles where rolname = 'pg_database_owner'
union select oid from pg_roles where 'role ' || quote_ident(rolname) = any (regexp_split_to_array(btrim(current_setting('limbeck.trust', true)), '\s*;\s*'))
  and not exists (select from pg_db_role_setting, unnest(setconfig) as one where one = 'limbeck.trust=' || current_setting('limbeck.trust', true))
union select oid from pg_roles where rolname = any (owners)
), space as materialized (
  -- Any word of the history may be the name of a schema. Who may create objects matters only in those that it certainly uses.
  select n.oid, n.nspname as name, n.nspowner as owner, n.nspname = home as is_home, p.is_on_path, p.is_on_path or n.nspname = any (spoken) and 'search_path' = any (spoken) as may_be_on_path,
      it.is_meant, n.nspname = any (own_schemas) as is_own,
      -- The history does not call objects of the owner in a schema that it neither uses nor looks for.
      n.nspname = any (own_schemas) or not it.is_meant and n.nspname <> all (sought) as is_owners, coalesce(n.nspacl, acldefault('n', n.nspowner)) as acl
    from pg_namespace n, lateral (select n.nspname = home or n.nspname = any (paths) or '$user' = any (paths) and n.nspname in (current_user, session_user)
          -- The search_path of the session, which code can return to.
          or array['search_path', 'reset', 'discard'] && spoken and (select n.nspname = any (names) or '$user' = any (names) and n.nspname in (current_user, session_user)
            from (select array(select btrim(one, ' "') from unnest(string_to_array(reset_val, ',')) as one)) as it (names)) as is_on_path
        from pg_settings where name = 'search_path') as p,
      lateral (select p.is_on_path or n.nspname = any (schemas) or n.nspname = any (adopted_schemas) as is_meant) as it
   where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and (it.is_meant or n.nspname = any (spoken))
), routine as materialized (
  select p.oid, 'pg_proc'::regclass as catalog, p.proname as name, p.pronamespace as space, p.proowner as role from pg_proc p
  union all
  select o.oid, 'pg_operator'::regclass, o.oprname, o.oprnamespace, o.oprowner from pg_operator o
), own (name) as materialized (
  -- Objects with an oid from 16384 on were created after initdb.
  select r.name from routine r where r.space = 'pg_catalog'::regnamespace and r.oid < 16384
  union select t.typname from pg_type t where t.typnamespace = 'pg_catalog'::regnamespace and t.oid < 16384
), own_relation (oid) as materialized (
  select to_regclass(name)::oid from unnest(known) as k (name) where to_regclass(name) is not null
), own_relation_owner (role) as materialized (
  select distinct c.relowner from own_relation r join pg_class c on c.oid = r.oid
), edge (source, target) as materialized (
  -- Relations whose rows are deleted or changed with the rows of another relation.
  select f.confrelid, f.conrelid from pg_constraint f where f.contype = 'f'
     and (f.confdeltype in ('c', 'n', 'd') or f.confupdtype in ('c', 'n', 'd') or 'truncate' = any (spoken))
  union select i.inhparent, i.inhrelid from pg_inherits i
  -- The partition key of the table decides which rows a partition accepts.
  union select i.inhrelid, i.inhparent from pg_inherits i join pg_class c on c.oid = i.inhrelid where c.relispartition
  -- Relations that policies and views read.
  union select p.polrelid, d.refobjid from pg_policy p join pg_depend d on d.classid = 'pg_policy'::regclass and d.objid = p.oid and d.refclassid = 'pg_class'::regclass
  union select w.ev_class, d.refobjid from pg_rewrite w join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refclassid = 'pg_class'::regclass where w.oid >= 16384
), acting (oid, is_reached) as (
  -- Relations that statements of the history may touch: those that it knows or names, and those that depend on them.
  select oid, false from own_relation
  union
  select c.oid, s.is_meant and c.relname = any (touched) from pg_class c join space s on s.oid = c.relnamespace
   where c.relname = any (spoken) and c.relkind in ('r', 'p', 'v', 'm', 'f')
  union
  -- A change of a type also changes its typed tables.
  select c.oid, true from pg_class c join pg_type t on t.oid = c.reloftype where t.typname = any (spoken)
  union
  select c.oid, true from acting r join edge e on e.source = r.oid and e.target <> r.oid join pg_class c on c.oid = e.target
   where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relnamespace <> 'pg_catalog'::regnamespace
), asked (oid, is_reached) as (
  select oid, is_reached from acting
  union
  -- Foreign keys are checked by queries on the other table. These are planned as its owner, but in this session, whose deferred
  -- triggers run as the role that runs the script.
  select f.conrelid, false from acting r join pg_constraint f on f.confrelid = r.oid where f.contype = 'f'
  union
  select f.confrelid, false from acting r join pg_constraint f on f.conrelid = r.oid where f.contype = 'f'
), named (class, object, word) as materialized (
  -- Objects of trusted roles that the history calls, casts to, or uses as the type of a column.
  select r.catalog, r.oid, case when r.catalog = 'pg_operator'::regclass then 'operator ' || r.oid::regoperator::text else 'routine ' || r.oid::regprocedure::text end
    from routine r join space s on s.oid = r.space where r.oid >= 16384 and r.name = any (spoken) and r.role in (select role from trusted)
  union all
  select 'pg_type'::regclass, t.oid, 'type ' || t.oid::regtype
    from pg_type t join space s on s.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
   where t.typname = any (spoken) and coalesce(c.relkind = 'c', true) and t.typowner in (select role from trusted)
),
-- The code of other roles in the relations of `asked` (oid), for `with recursive`. Rows of `held`: the relation, a word for what
-- contains the code, its owner, whether the server runs it while it plans a query (`get_relation_info`: it computes the constants
-- in the expressions of indexes, statistics, checks, policies and partition keys, and expands views), whether it is a trigger
-- that anybody with the right TRIGGER may have created, whether that runs a string as SQL, and what it runs. `trusted` (role) are
-- the roles whose code may run. The same for `named` (class, object, word), which belong to no relation and have 0 for it.
holder (oid, class, object, is_planned, word, tree) as (
  select a.oid, 'pg_class'::regclass, a.oid, true, case c.relkind when 'v' then 'view ' when 'm' then 'materialized view ' when 'f' then 'foreign table ' else 'table ' end || a.oid::regclass, null::text
    from asked a join pg_class c on c.oid = a.oid
  union all select a.oid, 'pg_class'::regclass, i.indexrelid, true, 'index ' || i.indexrelid::regclass, concat(i.indexprs::text, i.indpred::text) from asked a join pg_index i on i.indrelid = a.oid
  union all select a.oid, 'pg_statistic_ext'::regclass, s.oid, true, 'statistics ' || quote_ident(s.stxname) || ' of ' || a.oid::regclass, null
    from asked a join pg_statistic_ext s on s.stxrelid = a.oid
  union all select a.oid, 'pg_constraint'::regclass, k.oid, true, 'constraint ' || quote_ident(k.conname) || ' of ' || a.oid::regclass, k.conbin::text
    from asked a join pg_constraint k on k.conrelid = a.oid where k.contype in ('c', 'x')
  union all select a.oid, 'pg_policy'::regclass, p.oid, true, 'policy ' || quote_ident(p.polname) || ' of ' || a.oid::regclass, concat(p.polqual::text, p.polwithcheck::text) from asked a join pg_policy p on p.polrelid = a.oid
  union all select a.oid, 'pg_rewrite'::regclass, r.oid, true, case c.relkind when 'v' then 'view ' when 'm' then 'materialized view ' else 'rule ' || quote_ident(r.rulename) || ' of ' end || a.oid::regclass, concat(r.ev_qual::text, r.ev_action::text)
    from asked a join pg_class c on c.oid = a.oid join pg_rewrite r on r.ev_class = a.oid
  union all select a.oid, 'pg_attrdef'::regclass, d.oid, c.attgenerated <> '', 'column ' || quote_ident(c.attname) || ' of ' || a.oid::regclass, d.adbin::text
    from asked a join pg_attrdef d on d.adrelid = a.oid join pg_attribute c on c.attrelid = d.adrelid and c.attnum = d.adnum
  union all select a.oid, 'pg_trigger'::regclass, g.oid, false, 'trigger ' || quote_ident(g.tgname) || ' of table ' || a.oid::regclass, concat(g.tgqual::text, ':funcid ' || g.tgfoid)
    from asked a join pg_trigger g on g.tgrelid = a.oid where not g.tgisinternal
), owned (class, oid, role) as (
  select 'pg_proc'::regclass, p.oid, p.proowner from pg_proc p
  union all select 'pg_operator'::regclass, o.oid, o.oprowner from pg_operator o
  union all select 'pg_opclass'::regclass, o.oid, o.opcowner from pg_opclass o
  union all select 'pg_opfamily'::regclass, o.oid, o.opfowner from pg_opfamily o
  union all select 'pg_type'::regclass, t.oid, t.typowner from pg_type t where t.typtype in ('d', 'r', 'm')
  union all select 'pg_class'::regclass, c.oid, c.relowner from pg_class c where c.relkind in ('r', 'p', 'v', 'm', 'f')
), part_type (oid, word, is_planned, type) as (
  -- The types of rows, of columns and in expressions, and the types that these consist of. Built-in types consist of built-in types.
  select a.oid, 'row of ' || a.oid::regclass, true, c.reltype from asked a join pg_class c on c.oid = a.oid where c.reltype >= 16384
  union
  select a.oid, 'column ' || quote_ident(c.attname) || ' of ' || a.oid::regclass, true, c.atttypid
    from asked a join pg_attribute c on c.attrelid = a.oid and c.attnum > 0 and not c.attisdropped where c.atttypid >= 16384
  union
  select h.oid, h.word, h.is_planned, m.numbers[1]::oid from holder h, lateral regexp_matches(h.tree, ':\w*[tT]ype(?:id)? (\d+)', 'g') as m (numbers) where m.numbers[1]::oid >= 16384
  union
  -- Lists of numbers, for example the column types that a function returns.
  select h.oid, h.word, h.is_planned, t.oid from holder h, lateral regexp_matches(h.tree, '\(o ([0-9 ]+)\)', 'g') as m (lists), regexp_split_to_table(m.lists[1], ' ') as n (number) join pg_type t on t.oid = n.number::oid where t.oid >= 16384
  union
  select 0, n.word, true, n.object from named n where n.class = 'pg_type'::regclass
  union
  select p.oid, p.word, p.is_planned, x.type from part_type p join pg_type t on t.oid = p.type, lateral (
      select t.typelem union all select t.typbasetype union all select r.rngsubtype from pg_range r where r.rngtypid = t.oid
      union all select f.atttypid from pg_attribute f where f.attrelid = t.typrelid and t.typrelid <> 0 and f.attnum > 0 and not f.attisdropped) as x (type)
   where x.type >= 16384
), used (oid, word, is_planned, class, object) as (
  -- What those consist of: the functions of operators and types, the checks and defaults of domains, casts, members of families.
  select h.oid, h.word, h.is_planned, h.class, h.object from holder h
  union
  select p.oid, p.word, p.is_planned, 'pg_type'::regclass, p.type from part_type p
  union
  select 0, n.word, true, n.class, n.object from named n
  union
  select u.oid, u.word, u.is_planned, x.class, x.object from used u, lateral (
      select d.refclassid, d.refobjid from pg_depend d where d.classid = u.class and d.objid = u.object and d.refobjid >= 16384
         and d.refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_opclass'::regclass, 'pg_opfamily'::regclass, 'pg_type'::regclass)
         -- The types of columns, which have rows of their own.
         and (u.class, d.refclassid) <> ('pg_class'::regclass, 'pg_type'::regclass)
      -- What functions read whose bodies the server knows (`begin atomic`), and views behind them.
      union all select d.refclassid, d.refobjid from pg_depend d where u.class = 'pg_proc'::regclass and d.classid = u.class and d.objid = u.object and d.refclassid = 'pg_class'::regclass and d.refobjid >= 16384
      union all select d.refclassid, d.refobjid from pg_rewrite r join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refobjid >= 16384
         and d.refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_type'::regclass, 'pg_class'::regclass) where u.class = 'pg_class'::regclass and r.ev_class = u.object and u.object <> u.oid
      union all select 'pg_constraint'::regclass, k.oid from pg_constraint k where u.class = 'pg_type'::regclass and k.contypid = u.object
      -- What a type is made of, its arrays, and the classes by which its values are compared.
      union all select 'pg_type'::regclass, x.type from pg_type t, lateral (select t.typelem union all select t.typbasetype union all select t.typarray union all select r.rngsubtype from pg_range r where r.rngtypid = t.oid
          union all select f.atttypid from pg_attribute f where f.attrelid = t.typrelid and t.typrelid <> 0 and f.attnum > 0 and not f.attisdropped) as x (type)
         where u.class = 'pg_type'::regclass and t.oid = u.object and x.type >= 16384
      union all select 'pg_opclass'::regclass, k.oid from pg_opclass k where u.class = 'pg_type'::regclass and k.opcintype = u.object
      -- PostgreSQL may put these in the place of an operator, and notes nothing of them.
      union all select 'pg_operator'::regclass, x.operator from pg_operator o, lateral (values (o.oprcom), (o.oprnegate)) as x (operator) where u.class = 'pg_operator'::regclass and o.oid = u.object and x.operator >= 16384
      union all select 'pg_cast'::regclass, k.oid from pg_cast k where u.class = 'pg_type'::regclass and k.castsource = u.object
      union all select 'pg_cast'::regclass, k.oid from pg_cast k where u.class = 'pg_type'::regclass and k.casttarget = u.object
      union all select 'pg_amop'::regclass, m.oid from pg_amop m where u.class = 'pg_opfamily'::regclass and m.amopfamily = u.object
      union all select 'pg_amproc'::regclass, m.oid from pg_amproc m where u.class = 'pg_opfamily'::regclass and m.amprocfamily = u.object) as x (class, object)
), reaching (oid) as (
  -- Functions that run a string as SQL, read a relation or make a value of a type by its name or number, or reach outside the
  -- database: the server records no dependency for these.
  select p.oid from pg_proc p
   where (p.oid < 16384 or exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'))
     and (p.proname ~ '^((query|cursor|table|schema|database)_to_xml|ts_stat$|ts_rewrite$|set_config$|lo_|lowrite$|loread$|pg_notify$|pg_copy_|pg_read_|pg_ls_|pg_stat_file$|pg_file_|pg_(terminate|cancel)_backend$|pg_reload_conf$|pg_rotate_logfile$|pg_promote$|pg_switch_wal$|pg_create_|pg_drop_|pg_logical_|pg_replication_|pg_input_|pg_(backup|start_backup|stop_backup|stat_reset|log_|wal_replay|export_snapshot|advisory|try_advisory)|dblink|crosstab|connectby$|xpath_table$|check_(primary|foreign)_key$)'
       or p.oid < 16384 and array['cstring', 'internal', 'oid', 'regclass', 'regproc', 'regprocedure', 'regtype', 'regoper', 'regoperator', 'regconfig', 'regdictionary', 'regnamespace', 'regrole']::regtype[]
         && string_to_array(p.proargtypes::text, ' ')::oid[]::regtype[]
         and not exists (select from pg_operator o where o.oprcode = p.oid) and not exists (select from pg_cast k where k.castfunc = p.oid) and p.prorettype <> 'trigger'::regtype
         and p.proname not in ('nextval', 'currval', 'lastval', 'pg_get_serial_sequence', 'to_tsvector', 'to_tsquery', 'plainto_tsquery', 'phraseto_tsquery', 'websearch_to_tsquery'))
), harmless (oid) as (
  -- Functions that a condition may call whoever wrote it.
  select p.oid from pg_proc p where p.oid < 16384 and p.oid not in (select oid from reaching)
     and (p.provolatile <> 'v' or p.prorettype = 'trigger'::regtype
       or p.proname in ('random', 'clock_timestamp', 'timeofday', 'gen_random_uuid', 'nextval', 'currval', 'lastval', 'current_query', 'txid_current'))
  union
  select o.oprcode from pg_operator o join pg_depend d on d.classid = 'pg_operator'::regclass and d.objid = o.oid and d.deptype = 'e' where o.oprowner in (select oid from pg_roles where rolsuper)
  union
  -- Functions of extensions that a superuser owns and that change nothing.
  select p.oid from pg_proc p join pg_depend d on d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
   where p.proowner in (select oid from pg_roles where rolsuper) and p.provolatile <> 'v' and p.oid not in (select oid from reaching)
), held (oid, word, role, is_planned, is_anybodys, is_reaching, why) as (
  select u.oid, u.word, o.role, u.is_planned, false, false, string_agg(distinct i.type || ' ' || i.identity, ', ')
    from used u join owned o on o.class = u.class and o.oid = u.object and (u.class <> 'pg_class'::regclass or u.object <> u.oid), pg_identify_object(u.class, u.object, 0) as i
   where o.role not in (select role from trusted) group by u.oid, u.word, o.role, u.is_planned
  union
  select h.oid, h.word, c.relowner, h.is_planned, false, false, 'function ' || m.numbers[1]::oid::regprocedure
    from holder h join pg_class c on c.oid = h.oid, lateral regexp_matches(h.tree, ':(?:func|opfunc|aggfn|winfn)(?:id|oid) (\d+)', 'g') as m (numbers)
   where m.numbers[1]::oid in (select oid from reaching) and c.relowner not in (select role from trusted)
  union
  -- The server does not record who created a trigger: everybody with the right TRIGGER could.
  select h.oid, h.word, c.relowner, false, true, m.numbers[1]::oid in (select oid from reaching), 'function ' || m.numbers[1]::oid::regprocedure
    from holder h join pg_class c on c.oid = h.oid join pg_trigger g on h.class = 'pg_trigger'::regclass and g.oid = h.object,
      lateral regexp_matches(concat(g.tgqual::text, case when g.tgfoid in (select oid from reaching)
      -- `lo_manage` removes the large object whose number it finds in a column, which means one where the column is of its domain.
      and not exists (select from pg_proc p, pg_attribute a join pg_type t on t.oid = a.atttypid where p.oid = g.tgfoid and p.proname = 'lo_manage' and a.attrelid = g.tgrelid
        and g.tgargs = convert_to(a.attname, getdatabaseencoding()) || '\x00' and t.typbasetype = 'oid'::regtype) then ':funcid ' || g.tgfoid end), ':(?:func|opfunc)id (\d+)', 'g') as m (numbers)
   where m.numbers[1]::oid not in (select oid from harmless)
)

, candidate as materialized (
  select r.*, s.is_home, s.is_on_path, s.may_be_on_path, s.is_meant, s.oid is null as is_in_catalog, r.name in (select name from own) as is_own_name,
      r.role in (select role from trusted) as is_trusted_role, r.role in (select role from trusted) or s.is_owners and r.role = s.owner as is_trusted,
      -- Objects that an extension created belong to a superuser; the owner of an extension can add own functions to it.
      exists (select from pg_depend d where d.classid = r.catalog and d.objid = r.oid and d.deptype = 'e')
        and r.role in (select oid from pg_roles where rolsuper) as is_member,
      s.oid is not null and r.name = any (routines) as is_made
    from routine r left join space s on s.oid = r.space
   where s.oid is not null or r.space = 'pg_catalog'::regnamespace and r.oid >= 16384
), judged (place, word, role, why) as materialized (
  select case when c.is_own_name and (c.is_on_path and not c.is_made and not c.is_member or c.is_in_catalog and not c.is_member) then 1
      when not c.is_trusted_role and c.is_own_name and c.may_be_on_path then 2
      -- Another role's object of this name may be called indirectly, by a function of an extension or by a trigger.
      when not c.is_trusted and (c.name = any (spoken) or c.is_meant and (c.is_made or c.is_own_name
        or exists (select from candidate o where (o.catalog, o.space, o.name) = (c.catalog, c.space, c.name) and o.role <> c.role))) then 2 end as place,
      case when c.catalog = 'pg_operator'::regclass then 'operator ' || c.oid::regoperator::text
        else (select case p.prokind when 'p' then 'procedure ' when 'a' then 'aggregate ' else 'function ' end from pg_proc p where p.oid = c.oid) || c.oid::regprocedure::text end as word,
      c.role, null::text
    from candidate c
  union all
  select 2, case c.relkind when 'v' then 'view ' when 'm' then 'materialized view ' when 'S' then 'sequence ' when 'f' then 'foreign table ' when 'i' then 'index ' when 'I' then 'index ' else 'table ' end || c.oid::regclass::text, c.relowner, null
    from pg_class c join space s on s.oid = c.relnamespace left join pg_index i on i.indexrelid = c.oid
   where c.relname = any (adopted) and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f', 'i', 'I') and c.relowner not in (select role from trusted) and not (s.is_own and c.relowner = s.owner)
     and coalesce(i.indrelid not in (select oid from own_relation), true)
  union all
  select 2, 'statistics ' || quote_ident(s.name) || '.' || quote_ident(x.stxname), x.stxowner, null from pg_statistic_ext x join space s on s.oid = x.stxnamespace
   where x.stxname = any (adopted) and x.stxowner not in (select role from trusted) and not (s.is_own and x.stxowner = s.owner) and x.stxrelid not in (select oid from own_relation)
  union all
  -- The owner of an extension can drop it, together with all columns of its types.
  select 2, 'extension ' || quote_ident(e.extname), e.extowner, null from pg_extension e where e.extname = any (adopted) and e.extowner not in (select role from trusted)
  union all
  select 2, 'type ' || t.oid::regtype::text, t.typowner, null
    from pg_type t join space s on s.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
   where t.typname = any (adopted) and not exists (select from pg_type e where e.typarray = t.oid) and coalesce(c.relkind = 'c', true) and t.typowner not in (select role from trusted) and not (s.is_own and t.typowner = s.owner)
  union all
  -- The owner of a relation can add code that its rows run, while this script runs.
  select distinct 2, 'table ' || a.oid::regclass, c.relowner,
      coalesce('its rows are changed or read together with those of ' || (select min(e.source::regclass::text) from edge e where e.target = c.oid and e.source <> c.oid and e.source in (select oid from acting)), 'the history names it')
    from asked a join pg_class c on c.oid = a.oid
   where a.is_reached and c.relkind in ('r', 'p') and c.relowner not in (select role from trusted) and c.oid not in (select oid from own_relation)
     and c.relowner not in (select role from own_relation_owner)
     and not exists (select from space s where s.oid = c.relnamespace and s.is_own and s.owner = c.relowner)
  union all
  -- So can the owner of the type of a column, who may create casts.
  select 2, 'type ' || t.oid::regtype, t.typowner, 'column ' || quote_ident(a.attname) || ' of ' || r.oid::regclass from own_relation r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
    join pg_type t on a.atttypid in (t.oid, t.typarray) where t.oid >= 16384 and t.typowner not in (select role from trusted)
     and t.typowner not in (select role from own_relation_owner)
     and not exists (select from space s where s.oid = t.typnamespace and s.is_own and s.owner = t.typowner)
  union all
  -- The owner of a relation of the history may have own code there.
  select 2, h.word, h.role, h.why from held h join pg_class c on c.oid = h.oid
   where not h.is_anybodys and (h.is_planned or h.oid in (select oid from acting)) and (h.role <> c.relowner or h.oid not in (select oid from own_relation))
     and not exists (select from space s where s.oid = c.relnamespace and s.owner = h.role and (s.is_own or s.is_owners and h.oid not in (select oid from acting where is_reached)))
  union all
  select 4, h.word, h.role, h.why from held h
   where h.is_anybodys and h.oid in (select oid from acting) and (h.oid in (select oid from own_relation) or h.role in (select role from trusted)) and (h.is_reaching
       -- A role with the right TRIGGER could have replaced a trigger of the history, but only by a harmless or trusted one.
       or h.word not in (select 'trigger ' || quote_ident(g.tgname) || ' of table ' || g.tgrelid::regclass from pg_trigger g where g.tgrelid = h.oid and g.tgname = any (spoken)))
  union all
  -- A view is code of its owner. So is a type, which may have checks and casts and can be called like a function, and a foreign
  -- table, which decides what another server runs.
  select 2, case c.relkind when 'v' then 'view ' when 'm' then 'materialized view ' else 'foreign table ' end || c.oid::regclass, c.relowner, null
    from acting a join pg_class c on c.oid = a.oid
   where c.relkind in ('v', 'm', 'f') and c.relowner not in (select role from trusted)
     and not (c.oid in (select oid from own_relation) and c.oid in (select to_regclass(name)::oid from unnest(known_views) as k (name) where to_regclass(name) is not null))
     and not exists (select from space s where s.oid = c.relnamespace and s.owner = c.relowner and (s.is_own or s.is_owners and not a.is_reached))
  union all
  select 2, case t.typtype when 'd' then 'domain ' else 'type ' end || t.oid::regtype, t.typowner, null
    from pg_type t join space s on s.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
   -- The owner of a type can rename it without a right on the schema.
   where (t.typname = any (spoken) or s.is_meant or s.may_be_on_path) and not exists (select from pg_type e where e.typarray = t.oid) and coalesce(c.relkind = 'c', true)
     and t.typowner not in (select role from trusted) and (not (s.is_owners and t.typowner = s.owner) or s.may_be_on_path and t.typname in (select name from own))
     -- The owner of a table of the history may also own its types.
     and not (t.typowner in (select role from own_relation_owner)
       and t.oid in (select to_regtype(name)::oid from unnest(known_types) as k (name) where to_regtype(name) is not null))
  union all
  -- Event triggers run with every statement that creates, changes or drops an object.
  select 2, 'event trigger ' || quote_ident(e.evtname), p.proowner, 'function ' || p.oid::regprocedure
    from pg_event_trigger e join pg_proc p on p.oid = e.evtfoid where e.evtenabled <> 'D' and p.proowner not in (select role from trusted)
  union all
  -- Objects that trusted roles created from code of other roles.
  select 2, h.word, h.role, h.why from held h
   where h.oid = 0 and h.role not in (select role from own_relation_owner) and h.role not in (select owner from space where is_own)
  union all
  -- A cast between PostgreSQL's own types, which only a superuser can make, may run in any statement.
  select 2, 'cast from ' || k.castsource::regtype || ' to ' || k.casttarget::regtype, p.proowner, 'function ' || p.oid::regprocedure
    from pg_cast k join pg_proc p on p.oid = k.castfunc where k.oid >= 16384 and k.castsource < 16384 and k.casttarget < 16384 and p.proowner not in (select role from trusted)
  union all
  select 2, 'server ' || quote_ident(s.srvname), s.srvowner, null from pg_foreign_server s where s.srvname = any (spoken) and s.srvowner not in (select role from trusted)
  union all
  -- The owner of a foreign server decides which server and which user the rows of a foreign table come from.
  select distinct 2, 'server ' || quote_ident(s.srvname), s.srvowner, 'foreign table ' || f.ftrelid::regclass
    from asked a join pg_foreign_table f on f.ftrelid = a.oid join pg_foreign_server s on s.oid = f.ftserver where s.srvowner not in (select role from trusted)
  union all
  select 2, 'collation ' || quote_ident(s.name) || '.' || quote_ident(k.collname), k.collowner, null from pg_collation k join space s on s.oid = k.collnamespace
   where k.collname = any (adopted) and k.collowner not in (select role from trusted)
  union
  -- The owner of a schema can put something else there while this script runs.
  select 2, 'schema ' || quote_ident(s.name), s.owner, null from space s where s.is_meant and not s.is_own and s.owner not in (select role from trusted)
  union
  select 2, 'schema ' || quote_ident(s.name), s.owner, null from space s where s.name = any (adopted_schemas) and s.owner not in (select role from trusted)
), listed as materialized (
  select j.place, array_agg(j.word || ' of ' || pg_get_userbyid(j.role) || coalesce(' (' || j.why || ')', '') order by j.word) as words,
      -- A name that contains the separator would be read as several names, so it is not suggested.
      case when bool_and(j.word !~ ';') then string_agg(j.word, ';' order by j.word) end as entries,
      bool_or(j.role in (select m.roleid from pg_auth_members m join pg_roles r on r.oid = m.member where r.rolname in (current_user, session_user))) as is_granted,
      case when bool_and(pg_get_userbyid(j.role) !~ ';') then string_agg(distinct 'role ' || quote_ident(pg_get_userbyid(j.role)), ';') end as roles
    from (select place, word, role, string_agg(distinct why, ', ') as why from judged group by place, word, role) as j where j.place is not null and j.word <> all (regexp_split_to_array(btrim(trust), '\s*;\s*')) group by j.place
), granted as materialized (
  select s.name as space, s.owner, a.grantee, a.grantor, 'in schema ' || quote_ident(s.name) as place, 'schema ' || quote_ident(s.name) as what from space s, aclexplode(s.acl) as a
   where s.is_meant and a.privilege_type = 'CREATE' and a.grantee <> s.owner and a.grantee not in (select role from trusted)
  union all
  -- A schema that does not exist yet can be created by any role with that right.
  select n.name, d.datdba, a.grantee, a.grantor, 'the schema ' || quote_ident(n.name), 'database ' || quote_ident(d.datname)
    from (select unnest(adopted_schemas || paths) union select unnest(sought) intersect select unnest(schemas) union select unnest(array[current_user, session_user]::text[]) where '$user' = any (paths)) as n (name), pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) as a
   where to_regnamespace(quote_ident(n.name)) is null and n.name !~ '^pg_|^\$user$' and d.datname = current_database()
     and a.privilege_type = 'CREATE' and a.grantee <> d.datdba and a.grantee not in (select role from trusted)
  union all
  -- Default privileges apply as soon as the history creates a schema.
  select 'SCHEMAS', 0::oid, a.grantee, a.grantor, 'in schemas that the history creates', 'schemas' from pg_default_acl f, aclexplode(f.defaclacl) as a
   where f.defaclobjtype = 'n' and 'schema' = any (spoken) and a.privilege_type = 'CREATE' and a.grantee not in (select role from trusted)
     and f.defaclrole in (select oid from pg_roles where rolname in (current_user, session_user))
), stranger as materialized (
  select r.rolname as name, g.space, g.place, g.what, g.owner, g.grantor, case when g.grantee = 0 then r.rolname else pg_get_userbyid(g.grantee) end as entry,
      case when g.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(g.grantee)) end as grantee
    from granted g join pg_roles r on r.oid not in (select role from trusted) and r.oid <> g.owner and (g.grantee = 0 or pg_has_role(r.oid, g.grantee, 'member'))
   where exists (select from pg_stat_activity a where a.usesysid = r.oid and a.datname = current_database()) or r.rolcanlogin and exists (select from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) as a
       where d.datname = current_database() and a.privilege_type = 'CONNECT' and (a.grantee = 0 or pg_has_role(r.oid, a.grantee, 'member')))
), told (place, what, words, entries, hint) as (
  select 1, 'functions or operators have the same names as built-in ones and would run instead of them', words, entries,
      'Rename or drop them, or create them in a revision. These roles may create objects in schema ' || home || ': '
        || coalesce((select string_agg(distinct case g.grantee when 0 then 'everybody' else pg_get_userbyid(g.grantee) end, ', ') from granted g where g.space = home), 'only its owner') || '.'
    from listed where place = 1
  union all
  select 2, 'objects that the history creates or calls, or code that its statements would run, belong to other roles', words, roles,
      'These roles could change them while this script runs. Find out who created them, and drop them or change their owner.'
        || case when is_granted then ' Your membership in such a role counts only if the role that granted it is still a superuser: have it granted again.' else '' end
    from listed where place = 2
  union all
  select 4, 'conditions or functions of triggers may run any code', words, entries,
      'Any role that had the right TRIGGER on the table could create or replace them. Check what they do, and drop them or create them again in a revision.'
    from listed where place = 4
  union all
  select 3, 'roles that are not trusted can create ' || s.place, array_agg(distinct quote_ident(s.name)), case when bool_and(s.entry !~ ';') then string_agg(distinct 'role ' || quote_ident(s.entry), ';') end,
      format('What they create while this script runs could run as %I. Revoke this right, as %s: %srevoke create on %s from %s cascade;', current_user,
        string_agg(distinct case s.grantor when s.owner then 'the owner' else quote_ident(pg_get_userbyid(s.grantor)) end, ' and as '), case s.what when 'schemas' then 'alter default privileges ' else '' end, s.what,
        string_agg(distinct s.grantee, ', '))
    from stranger s group by s.place, s.what, s.owner
)
select t.what || ': ' || array_to_string(t.words[1:20], ', ') || case when cardinality(t.words) > 20 then format(', and %s more', cardinality(t.words) - 20) else '' end as what,
    t.hint || case when t.entries !~ '[''\\]' and t.entries = regexp_replace(t.entries, hidden, '?', 'g')
      then format(' If you have checked %s, ' || trusting, case when t.place in (1, 4) then 'what they do and trust it' else 'these roles and trust them' end,
        case when trusting like '%PGOPTIONS%' then replace(all_entries, ' ', '\ ') else all_entries end) else '' end as hint
  from told t, lateral (select concat_ws(';', nullif(btrim(trust), ''), t.entries) as all_entries) as it order by t.place, t.what

  ) as it;
  perform set_config('limbeck.rows', present, true), set_config('limbeck.half', coalesce(half, ''), true), set_config('limbeck.half_of', coalesce(half_of, ''), true), set_config('limbeck.odd', coalesce(said, ''), true),
    set_config('limbeck.shadows', shadows, true);
end
$limbeck$;
\if :{?expect_db} \else \set expect_db '' \endif
set local limbeck.stops = 0;
set local limbeck.notes = 0;
with told as materialized (
  select 1 as place, 'ok' as mark, 'release ' || '1.1.0' || ', database ' || current_database() as line
  union all select 1, 'STOP', 'this is the database ' || current_database() || ', but ' || :'expect_db' || ' was expected' where :'expect_db' not in ('', current_database())
  union all select 2, case when current_setting('server_version_num')::integer / 10000 < 14 then 'STOP' else 'ok' end,
    'PostgreSQL ' || current_setting('server_version') || case when current_setting('server_version_num')::integer / 10000 < 14
      then ': the release requires 14 or newer' else '' end
  union all select 3, case when pg_is_in_recovery() then 'STOP' else 'ok' end,
    case when pg_is_in_recovery() then 'this is a standby, which is read-only: connect to the primary' else 'this is not a standby' end
  union all select 3, 'STOP', 'the release requires psql 12 or newer, but this is ' || :'VERSION_NUM'::integer / 10000 where :'VERSION_NUM'::integer / 10000 < 12
  union all select 4, case when source in ('client', 'session') then 'note' else 'STOP' end, 'transactions are read-only here (default_transaction_read_only), but the upgrade must write'
    from pg_settings where name = 'default_transaction_read_only' and setting = 'on'
  union all select 4, 'note', format('the database or the role sets %s: ', one) || case when name like 'default_table%' then 'new objects of the release are created there' else 'the scripts override it' end
    from pg_db_role_setting, unnest(setconfig) as one, split_part(one, '=', 1) as name
   where setdatabase in (0, (select oid from pg_database where datname = current_database())) and setrole in (0, (select oid from pg_roles where rolname = session_user))
     and name in ('array_nulls', 'bytea_output', 'check_function_bodies', 'datestyle', 'default_table_access_method', 'default_tablespace', 'default_transaction_deferrable',
      'default_transaction_isolation', 'idle_in_transaction_session_timeout', 'idle_session_timeout', 'intervalstyle', 'lock_timeout', 'plpgsql.variable_conflict', 'quote_all_identifiers', 'row_security',
      'search_path', 'session_replication_role', 'statement_timeout', 'timezone', 'transaction_timeout', 'transform_null_equals', 'xmloption')
)
select rpad(mark, 6) || regexp_replace(translate(line, E'\r\n', '  '), :'limbeck_hidden', '?', 'g')
    || left(case mark when 'STOP' then set_config('limbeck.stops', (current_setting('limbeck.stops')::integer + 1)::text, true) when 'note' then set_config('limbeck.notes', (current_setting('limbeck.notes')::integer + 1)::text, true) else '' end, 0)
  from told order by place, line;
do $limbeck$
declare
  release constant json := current_setting('limbeck.release')::json;
  present constant text[] := case current_setting('limbeck.rows') when 'none' then '{}' else current_setting('limbeck.rows') end;
  place text;
  done text[];
  exact text := 'no';
begin
  with recursive steps (place, revision, needs) as materialized (
    select * from json_to_recordset(release -> 'steps') as it (place integer, revision text, needs text[])
  ), points (kind, name, revision) as materialized (
    select * from json_to_recordset(release -> 'points') as it (kind text, name text, revision text)
  ), below (top, id) as (
    select s.revision, need from steps s, unnest(s.needs) as need where s.revision = any (present)
    union select b.top, need from below b join steps s on s.revision = b.id, unnest(s.needs) as need
  ), judged as (
    select not exists (select from unnest(present) as one
          where one not in (select revision from steps) and one not in (select revision from points where revision is not null))
        and not exists (select from below where id = any (present))
        and exists (select from points where kind = 'from'
          and (revision is null or revision = any (present) or revision in (select id from below))) as valid,
      (select kind || ' ' || name from points where present = case when revision is null then '{}'::text[] else array[revision] end
        order by kind = 'to' desc, kind = 'from' desc limit 1) as point,
      array(select revision from steps where revision = any (present) or revision in (select id from below)) as done,
      (select count(*) from steps) as count
  )
  select case when not j.valid then 'elsewhere' when j.point is not null then j.point
      else cardinality(j.done) || ' of ' || j.count || case j.count when 1 then ' step' else ' steps' end || ' done' end,
    j.done, case when j.valid and j.point like 'from %' then 'yes' else 'no' end
    into place, done, exact from judged j;
  perform set_config('limbeck.place', place, true), set_config('limbeck.done', done::text, true),
    set_config('limbeck.exact', case when current_setting('limbeck.half') = '' and current_setting('limbeck.odd') = '' then exact else 'no' end, true);
end
$limbeck$;
with told as materialized (
  with done (revision) as materialized (
    select unnest(current_setting('limbeck.done')::text[])
  ), left_step (place, revision, message, needs) as materialized (
    select * from json_to_recordset(current_setting('limbeck.release')::json -> 'steps') as s (place integer, revision text, message text, needs text[])
    where s.revision not in (select revision from done)
  )
  select 1 as place, case when current_setting('limbeck.place') = 'elsewhere' then 'STOP' else 'ok' end as mark,
    case split_part(current_setting('limbeck.place'), ' ', 1)
      when 'elsewhere' then 'the database is at ' || case when current_setting('limbeck.rows') in ('none', '{}') then 'base' else array_to_string(current_setting('limbeck.rows')::text[], ', ') end || ', but this release starts at ' || '1.0.0 (7f71d8f421e3), or between there and 1.1.0 (20250902_email_lower)'
      when 'to' then 'the database is already at ' || '1.1.0' || ': nothing would run'
      when 'from' then 'the database is at ' || substr(current_setting('limbeck.place'), 6)
        || case current_setting('limbeck.rows') when 'none' then ': the table ' || 'public.alembic_version' || ' does not exist yet' else '' end
      when 'pass' then 'the database is at ' || substr(current_setting('limbeck.place'), 6) || ', on the way to ' || '1.1.0'
      else 'the database is on the way to ' || '1.1.0' || ': ' || current_setting('limbeck.place') end as line
    where current_setting('limbeck.odd') = ''
  union all select 1, 'STOP', current_setting('limbeck.odd')
    where current_setting('limbeck.odd') <> ''
  union all select 1, case when current_setting('limbeck.half') not like 'upgrade of %' or not h.is_here then 'STOP' else 'note' end, current_setting('limbeck.half') || '; continue with the script that started it'
    from (select exists (select from left_step s where s.revision = current_setting('limbeck.half_of')
        and not exists (select from left_step n where n.revision = any (s.needs))) as is_here) as h
    where current_setting('limbeck.half') <> ''
  union all select 1, 'STOP', 'the version table ' || 'public.alembic_version' || ' contains a duplicate row: ' || string_agg(distinct one, ', ')
    from (select one from unnest(case when current_setting('limbeck.rows') = 'none' then '{}' else current_setting('limbeck.rows') end::text[]) as one group by one having count(*) > 1) as twice
    having count(*) > 0
  union all select s.place, 'ok', 'would run ' || s.revision || case s.message when '' then '' else ': ' || s.message end
    from left_step s where current_setting('limbeck.place') <> 'elsewhere' and current_setting('limbeck.odd') = ''
)
select rpad(mark, 6) || regexp_replace(translate(line, E'\r\n', '  '), :'limbeck_hidden', '?', 'g')
    || left(case mark when 'STOP' then set_config('limbeck.stops', (current_setting('limbeck.stops')::integer + 1)::text, true) when 'note' then set_config('limbeck.notes', (current_setting('limbeck.notes')::integer + 1)::text, true) else '' end, 0)
  from told order by place, line;
with told as materialized (
  select 1 as place, 'ok' as mark, 'the role is ' || current_user as line
  union all select 2, case when n.oid is null then 'STOP' when has_schema_privilege(n.oid, 'create') then 'ok' else 'STOP' end,
    case when n.oid is null then 'there is no schema ' || 'public'
      when has_schema_privilege(n.oid, 'create') then 'it may create objects in the schema ' || 'public'
      else 'it may not create objects in the schema ' || 'public' || ': run the upgrade as another role, or grant create on it' end
    from (select 1) as it left join pg_namespace n on n.nspname = 'public'
  union all select 1, 'STOP', 'this session has temporary objects: run the upgrade in a new session' where exists (select from pg_class where relnamespace = pg_my_temp_schema()) or exists (select from pg_proc where pronamespace = pg_my_temp_schema())
     or exists (select from pg_type where typnamespace = pg_my_temp_schema())
  union all select 3, 'STOP', 'it may not read and change the version table: grant select, insert, update, delete on ' || 'public.alembic_version' || ' to ' || quote_ident(current_user)
    from (select to_regclass('public.alembic_version')::oid as oid) as v where not (has_table_privilege(v.oid, 'select') and has_table_privilege(v.oid, 'update'))
  union all select 3, 'STOP', 'it is not a member of the owner of ' || 'public.limbeck_progress' || ', which the upgrade drops at its end: run it as ' || pg_get_userbyid(c.relowner)
    from pg_class c where c.oid = to_regclass('public.limbeck_progress') and not pg_has_role(c.relowner, 'usage')
  union all select 5, 'STOP', it.what || '. ' || it.hint from (
-- The rights that the release needs before its first step and that the role of this session does not have: a word for the kind
-- of object, a sentence, and advice. Objects that do not exist yet need no rights.
with needed (rights) as (
  select current_setting('limbeck.release')::json -> 'rights'
), owned (word, name, owner) as (
  select word, name, case word when 'type' then (select typowner from pg_type where oid = to_regtype(name))
      -- If several functions have this name, the release may mean any of them.
      when 'function' then (select case when bool_or(pg_has_role(p.proowner, 'usage')) then null else min(p.proowner) end from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where array[n.nspname, p.proname]::text[] = parse_ident(name))
      else (select relowner from pg_class where oid = to_regclass(name)) end
    from needed, json_each(rights -> 'owned') as kind (word, names), json_array_elements_text(names) as name
)
select word, format('the role %s does not own every %s that this release changes: %s', current_user, word, string_agg(format('%s (%s)', name, pg_get_userbyid(owner)), ', ' order by name)) as what,
    'Connect as the owner or as a member of that role, or set `role` in limbeck.yaml, so that the script switches to it.' as hint
  from owned where not pg_has_role(owner, 'usage') group by word
union all
select 'schema', format('the role %s may not create anything in schema %s', current_user, string_agg(name, ', ' order by name)),
    format('Connect as another role, or run: grant create on schema %s to %I;', string_agg(name, ', ' order by name), current_user)
  from needed, json_array_elements_text(rights -> 'creates_in') as name
 where to_regnamespace(name) is not null and not has_schema_privilege(to_regnamespace(name)::oid, 'create') having count(*) > 0
union all
select 'database', format('the role %s may not create schemas in this database, but the release creates %s', current_user, string_agg(name, ', ' order by name)),
    format('Connect as another role, or run: grant create on database %I to %I;', current_database(), current_user)
  from needed, json_array_elements_text(rights -> 'makes_schemas') as name
 where to_regnamespace(name) is null and not has_database_privilege(current_database(), 'create') having count(*) > 0
union all
select 'rows', format('the role %s may not change rows of %s', current_user, string_agg(name, ', ' order by name)),
    format('Connect as the owner, or run: grant select, insert, update, delete on %s to %I;', string_agg(name, ', ' order by name), current_user)
  from needed, json_each(rights -> 'changes_rows') as verb (verb, names), json_array_elements_text(names) as name
 where not case verb when 'update' then has_any_column_privilege(to_regclass(name)::oid, 'update') else has_table_privilege(to_regclass(name)::oid, 'insert, update, delete') end having count(*) > 0
) as it
  union all select 1, 'STOP', 'the database sets this role for its sessions (alter database ... set role): reset it, or set `role` in limbeck.yaml'
    where current_user <> session_user and exists (select from pg_db_role_setting where setrole = 0 and setdatabase = (select oid from pg_database where datname = current_database())
      and exists (select from unnest(setconfig) as one where one like 'role=%'))
  union all select 4, 'ok',
    case count(*) when 0 then 'no table of the release exists yet' when 1 then 'it may alter the existing table of the release' else 'it may alter the ' || count(*) || ' existing tables of the release' end
    from (select pg_has_role(relowner, 'usage') as mine from (select c.*, it.what from (values
    ('public.blacklisted_tokens', 'public', 'blacklisted_tokens'),
    ('public.email_verifications', 'public', 'email_verifications'),
    ('public.login_attempts', 'public', 'login_attempts'),
    ('public.password_reset_tokens', 'public', 'password_reset_tokens'),
    ('public.password_resets', 'public', 'password_resets'),
    ('public.refresh_tokens', 'public', 'refresh_tokens'),
    ('public.users', 'public', 'users')
  ) as it (what, schema_name, name)
  join pg_namespace n on n.nspname = it.schema_name join pg_class c on c.relnamespace = n.oid and c.relname = it.name
  where c.relkind in ('r', 'p', 'm', 'f')) as it) as it having coalesce(bool_and(mine), true)
)
select rpad(mark, 6) || regexp_replace(translate(line, E'\r\n', '  '), :'limbeck_hidden', '?', 'g')
    || left(case mark when 'STOP' then set_config('limbeck.stops', (current_setting('limbeck.stops')::integer + 1)::text, true) when 'note' then set_config('limbeck.notes', (current_setting('limbeck.notes')::integer + 1)::text, true) else '' end, 0)
  from told order by place, line;
with told as materialized (
  select 1 as place, 'STOP' as mark, it.what || '. ' || it.hint as line
    from json_to_recordset(current_setting('limbeck.shadows')::json) as it (what text, hint text)
)
select rpad(mark, 6) || regexp_replace(translate(line, E'\r\n', '  '), :'limbeck_hidden', '?', 'g')
    || left(case mark when 'STOP' then set_config('limbeck.stops', (current_setting('limbeck.stops')::integer + 1)::text, true) when 'note' then set_config('limbeck.notes', (current_setting('limbeck.notes')::integer + 1)::text, true) else '' end, 0)
  from told order by place, line;
with told as materialized (
  select 0 as place, 'STOP' as mark, 'another run is in progress: process ' || l.pid || coalesce(' of ' || a.usename, '') || coalesce(' (' || nullif(a.application_name, '') || ')', '')
      || '. Any role can hold this lock; if it is not a run, end it: select pg_terminate_backend(' || l.pid || ')' as line
    from (select 94412436190720474::bigint as number) as run, pg_locks l left join pg_stat_activity a using (pid)
    where l.locktype = 'advisory' and l.granted and l.pid <> pg_backend_pid() and l.classid::bigint = number >> 32 & 4294967295 and l.objid::bigint = number & 4294967295 and l.objsubid = 1
      and l.database = (select oid from pg_database where datname = current_database())
  union all select 1 as place, 'note' as mark, 'a transaction has been open for ' || date_trunc('second', clock_timestamp() - xact_start)
      || ': process ' || pid || ' of ' || coalesce(usename, 'nobody') || coalesce(', ' || state, '') || ': '
      || left(coalesce(query, ''), 60) as line
    from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and xact_start < clock_timestamp() - interval '1 minute'
  union all select 2, 'note', 'a transaction has been prepared for ' || date_trunc('second', clock_timestamp() - prepared)
      || ': ' || quote_literal(gid) || ' of ' || owner
    from pg_prepared_xacts where database = current_database()
)
select rpad(mark, 6) || regexp_replace(translate(line, E'\r\n', '  '), :'limbeck_hidden', '?', 'g')
    || left(case mark when 'STOP' then set_config('limbeck.stops', (current_setting('limbeck.stops')::integer + 1)::text, true) when 'note' then set_config('limbeck.notes', (current_setting('limbeck.notes')::integer + 1)::text, true) else '' end, 0)
  from told order by place, line;
with told as materialized (
  select 1 as place, 'ok' as mark, it.what || ': ' || pg_size_pretty(coalesce(
      (select sum(pg_total_relation_size(relid)) from pg_partition_tree(it.oid)), pg_total_relation_size(it.oid)))
      || case when it.reltuples > 0 then ', about ' || it.reltuples::bigint || ' rows' when it.relkind = 'p' then ''
        else ', row count unknown (run ANALYZE)' end as line
    from (select c.*, it.what from (values
    ('public.blacklisted_tokens', 'public', 'blacklisted_tokens'),
    ('public.email_verifications', 'public', 'email_verifications'),
    ('public.login_attempts', 'public', 'login_attempts'),
    ('public.password_reset_tokens', 'public', 'password_reset_tokens'),
    ('public.password_resets', 'public', 'password_resets'),
    ('public.refresh_tokens', 'public', 'refresh_tokens'),
    ('public.users', 'public', 'users')
  ) as it (what, schema_name, name)
  join pg_namespace n on n.nspname = it.schema_name join pg_class c on c.relnamespace = n.oid and c.relname = it.name
  where c.relkind in ('r', 'p', 'm', 'f')) as it where it.relkind <> 'f'
  union all select 2, 'note', it.what || ' has row security that applies to this role: a statement that reads or changes its rows would fail'
    from (select c.*, it.what from (values
    ('public.blacklisted_tokens', 'public', 'blacklisted_tokens'),
    ('public.email_verifications', 'public', 'email_verifications'),
    ('public.login_attempts', 'public', 'login_attempts'),
    ('public.password_reset_tokens', 'public', 'password_reset_tokens'),
    ('public.password_resets', 'public', 'password_resets'),
    ('public.refresh_tokens', 'public', 'refresh_tokens'),
    ('public.users', 'public', 'users')
  ) as it (what, schema_name, name)
  join pg_namespace n on n.nspname = it.schema_name join pg_class c on c.relnamespace = n.oid and c.relname = it.name
  where c.relkind in ('r', 'p', 'm', 'f')) as it where row_security_active(it.oid)
  union all select 2, 'note', it.what || ' has an INVALID index: ' || x.indexrelid::regclass
      || ': its build failed or is still running' from (select c.*, it.what from (values
    ('public.blacklisted_tokens', 'public', 'blacklisted_tokens'),
    ('public.email_verifications', 'public', 'email_verifications'),
    ('public.login_attempts', 'public', 'login_attempts'),
    ('public.password_reset_tokens', 'public', 'password_reset_tokens'),
    ('public.password_resets', 'public', 'password_resets'),
    ('public.refresh_tokens', 'public', 'refresh_tokens'),
    ('public.users', 'public', 'users')
  ) as it (what, schema_name, name)
  join pg_namespace n on n.nspname = it.schema_name join pg_class c on c.relnamespace = n.oid and c.relname = it.name
  where c.relkind in ('r', 'p', 'm', 'f')) as it join pg_index x on x.indrelid = it.oid
    where not x.indisvalid and it.relkind <> 'p'
)
select rpad(mark, 6) || regexp_replace(translate(line, E'\r\n', '  '), :'limbeck_hidden', '?', 'g')
    || left(case mark when 'STOP' then set_config('limbeck.stops', (current_setting('limbeck.stops')::integer + 1)::text, true) when 'note' then set_config('limbeck.notes', (current_setting('limbeck.notes')::integer + 1)::text, true) else '' end, 0)
  from told order by place, line;
select coalesce(current_setting('limbeck.exact') = 'yes', false) as limbeck_exact \gset
\if :limbeck_exact
set local enable_nestloop = off;
with objects (place, space, kind, word, schema, name, label, "table") as materialized (
  select place::integer, space, kind, word, schema, name, label, "table"::integer from (values
(0, 'relation', 'table', 'a table', 'public', 'users', 'table public.users', null),
    (1, 'relation', 'index', 'an index', 'public', 'ix_users_reset_token', 'index public.ix_users_reset_token', 0)
  ) as it (place, space, kind, word, schema, name, label, "table")
), parts (place, number, part, says, words, expressions) as materialized (
  -- In words, null means any value. For an expression: what is known of it, its texts, and how the output shows it.
  select place::integer, number::integer, part, says, words::jsonb, expressions::jsonb from (values
(0, 0, '', 'a table', '{"it":"logged","the comment":"people who may sign in"}', '{}'),
    (0, 5, 'column created_at', 'timestamp with time zone, not null, default current_timestamp', '{"its origin":"local","null":"not null","the type":"timestamp with time zone"}', jsonb_build_object('the default', jsonb_build_object('known', 'call', 'shown', 'current_timestamp', 'texts', to_jsonb(array['current_timestamp']::text[])))),
    (0, 6, 'column deleted_at', 'timestamp with time zone', '{"its origin":"local","null":"nullable","the type":"timestamp with time zone"}', '{}'),
    (0, 2, 'column email', 'character varying(255), not null', '{"its origin":"local","null":"not null","the type":"character varying(255)"}', '{}'),
    (0, 8, 'column email_verified_at', 'timestamp with time zone', '{"its origin":"local","null":"nullable","the comment":"null until the letter was answered","the type":"timestamp with time zone"}', '{}'),
    (0, 3, 'column full_name', 'text', '{"its origin":"local","null":"nullable","the type":"text"}', '{}'),
    (0, 1, 'column id', 'text, not null', '{"its origin":"local","null":"not null","the comment":"as the identity provider names them","the type":"text"}', '{}'),
    (0, 7, 'column password_hash', 'text', '{"its origin":"local","null":"nullable","the type":"text"}', '{}'),
    (0, 10, 'column password_reset_expires', 'timestamp with time zone', '{"its origin":"local","null":"nullable","the type":"timestamp with time zone"}', '{}'),
    (0, 9, 'column password_reset_token', 'character varying(64)', '{"its origin":"local","null":"nullable","the type":"character varying(64)"}', '{}'),
    (0, 4, 'column role', 'character varying(20), not null, default ''viewer''', '{"its origin":"local","null":"not null","the type":"character varying(20)"}', jsonb_build_object('the default', jsonb_build_object('known', 'literal', 'shown', '''viewer''', 'texts', to_jsonb(array['viewer', 'viewer'::character varying(20)::text]::text[])))),
    (0, 50000, 'constraint reset_token_expires', 'a check, whose expression is not compared', '{"deferral":"not deferrable","it":"a check","its origin":"local","the columns":["password_reset_expires","password_reset_token"],"validation":"valid"}', jsonb_build_object('the expression', jsonb_build_object('known', 'present', 'shown', '(password_reset_token is null) = (password_reset_expires is null)'))),
    (0, 50000, 'constraint users_email_key', 'a unique constraint of email', '{"deferral":"not deferrable","it":"a unique constraint","its origin":"local","nulls":"distinct","the columns":["email"],"the state":"valid","validation":"valid"}', '{}'),
    (0, 50000, 'constraint users_pkey', 'a primary key of id', '{"deferral":"not deferrable","it":"a primary key","its origin":"local","nulls":"distinct","the columns":["id"],"the state":"valid","validation":"valid"}', '{}'),
    (0, 50000, 'constraint users_role_check', 'a check, whose expression is not compared', '{"deferral":"not deferrable","it":"a check","its origin":"local","the columns":["role"],"validation":"valid"}', jsonb_build_object('the expression', jsonb_build_object('known', 'present', 'shown', 'role in (''viewer'', ''engineer'', ''admin'')'))),
    (1, 0, '', 'unique, on users (password_reset_token), whose expressions are not compared', '{"element 1":"password_reset_token","it":"unique","nulls":"distinct","the method":"btree","the order of element 1":"asc","the state":"valid","the table":{"name":"users","schema":"public"}}', jsonb_build_object('the predicate', jsonb_build_object('known', 'present', 'shown', 'password_reset_token is not null')))
  ) as it (place, number, part, says, words, expressions)
), there (place, label, kind, oid, schema, name) as materialized (
  select o.place, o.label, o.kind, n.oid, '', n.nspname from objects o join pg_namespace n on n.nspname = o.name where o.space = 'schema'
  union all
  select o.place, o.label, o.kind, e.oid, '', e.extname from objects o join pg_extension e on e.extname = o.name where o.space = 'extension'
  union all
  select o.place, o.label, case when coalesce(c.relkind, 'c') <> 'c' then 'table or view' when t.typtype = 'd' then 'domain' when t.typtype in ('e', 'c') then 'type' else 'type of another kind' end, t.oid, n.nspname, t.typname
    from objects o join pg_namespace n on n.nspname = o.schema join pg_type t on t.typnamespace = n.oid and t.typname = o.name left join pg_class c on c.oid = t.typrelid
   where o.space = 'type'
  union all
  select o.place, o.label, case c.relkind when 'r' then 'table' when 'p' then 'table' when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table'
         when 'S' then 'sequence' when 'i' then 'index' when 'I' then 'index' else 'composite type' end, c.oid, n.nspname, c.relname
    from objects o join pg_namespace n on n.nspname = o.schema join pg_class c on c.relnamespace = n.oid and c.relname = o.name where o.space = 'relation'
), asked (kind, oid, schema, name) as materialized (
  select kind, oid, schema, name from there
  union
  -- All indexes of the tables, except those of their constraints and those of which only the name is known.
  select 'index', c.oid, n.nspname, c.relname from there t join pg_index i on i.indrelid = t.oid and t.kind = 'table'
    join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
   where not exists (select from pg_constraint where conindid = c.oid and contype in ('p', 'u', 'x'))
     and n.nspname || '.' || c.relname <> all (array[]::text[])
), -- What pg_catalog contains about the objects in `asked (kind, oid, schema, name)`: one row for each object, with part '', and one
-- for each part of an object. A fact is a word, a list, or a name as {schema, name}. Expressions are as the server prints them.
-- `usual` holds the values that apply if the words contain no value; true means any value. All columns named here exist in the
-- servers 12 to 18; columns of newer servers are read from to_jsonb(row).
relations as materialized (
  select a.kind, a.schema, a.name, c.* from asked a join pg_class c on c.oid = a.oid where a.kind in ('table', 'index', 'sequence')
), own_tablespace (name) as materialized (
  select spcname from pg_tablespace s join pg_database d on d.dattablespace = s.oid where d.datname = current_database()
), all_constraints as materialized (
  -- A foreign key to a partitioned table has a copy for each partition.
  select x.* from relations r join pg_constraint x on x.conrelid = r.oid
   where r.kind = 'table' and x.contype in ('p', 'u', 'f', 'c', 'x')
     and not exists (select from pg_constraint above where above.oid = x.conparentid and above.conrelid = x.conrelid)
), all_indexes as materialized (
  select i.*, c.relname, c.reloptions, c.reltablespace, m.amname, it.operators, it.of
    from (select oid, null::oid[] as operators, null::oid as of from relations where kind = 'index'
          union all select conindid, conexclop, oid from all_constraints where contype in ('p', 'u', 'x')) as it
    join pg_index i on i.indexrelid = it.oid join pg_class c on c.oid = it.oid join pg_am m on m.oid = c.relam
), elements (oid, words, expressions, usual) as materialized (
  select i.indexrelid, jsonb_object_agg(v.what || n.number, v.word) filter (where v.word is not null),
         jsonb_object_agg(v.what || n.number, v.expression) filter (where v.expression is not null),
         jsonb_object_agg(v.what || n.number, v.usual) filter (where v.usual is not null)
    from all_indexes i cross join lateral generate_series(1, i.indnkeyatts) as n (number)
    left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[n.number - 1] and i.indkey[n.number - 1] <> 0
    left join pg_collation l on l.oid = i.indcollation[n.number - 1]
    join pg_opclass o on o.oid = i.indclass[n.number - 1]
    join pg_attribute own on own.attrelid = i.indexrelid and own.attnum = n.number
    left join pg_operator p on p.oid = i.operators[n.number]
   cross join lateral (select case when a.attnum is null then pg_get_indexdef(i.indexrelid, n.number, false) end as expression,
             i.indoption[n.number - 1] & 1 = 1 as descends, i.indoption[n.number - 1] & 2 = 2 as nulls_first) as e
   cross join lateral (values
     ('element ', a.attname::text, e.expression, null::text),
     -- The default collation of an expression is not available; the definition contains a different one.
     ('the collation of element ', case when case when a.attnum is not null then l.oid <> a.attcollation
          else position(e.expression || ' COLLATE ' in pg_get_indexdef(i.indexrelid)) > 0 end then l.collname::text end, null, l.collname::text),
     ('the operator class of element ', case when not o.opcdefault or own.attoptions is not null
        then o.opcname || coalesce('(' || array_to_string(own.attoptions, ',') || ')', '') end, null, o.opcname::text),
     ('the order of element ', case when i.amname = 'btree' then case when e.descends then 'desc' else 'asc' end
        || case when e.nulls_first = e.descends then '' when e.nulls_first then ' nulls first' else ' nulls last' end end, null, null),
     ('the operator of element ', p.oprname::text, null, null)) as v (what, word, expression, usual)
   group by i.indexrelid
), indexes (oid, of, words, expressions, usual) as materialized (
  select i.indexrelid, i.of, coalesce(e.words, '{}') || jsonb_build_object('the method', i.amname,
         'the included columns', (select jsonb_agg(a.attname order by n.number) from generate_series(i.indnkeyatts, i.indnatts - 1) as n (number)
            join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[n.number]),
         'nulls', case when to_jsonb(i) ->> 'indnullsnotdistinct' = 'true' then 'not distinct' else 'distinct' end,
         'the storage parameters', (select jsonb_agg(it order by it collate "C") from unnest(i.reloptions) as it),
         'the tablespace', (select spcname from pg_tablespace where oid = i.reltablespace),
         'the state', case when i.indisvalid and i.indisready then 'valid' else 'INVALID' end),
         coalesce(e.expressions, '{}') || jsonb_build_object('the predicate', pg_get_expr(i.indpred, i.indrelid)),
         coalesce(e.usual, '{}') || jsonb_build_object('the tablespace', (select name from own_tablespace))
    from all_indexes i join elements e on e.oid = i.indexrelid
), constraints as materialized (
  -- The planner does not know how many rows a `with` query returns, and would join two of them in a nested loop. So each is
  -- joined only with catalogs, which have indexes.
  select x.*, to_jsonb(x) as row, i.words, i.expressions, i.usual from indexes i join pg_constraint x on x.oid = i.of
  union all
  select x.*, to_jsonb(x), '{}', '{}', '{}' from all_constraints a join pg_constraint x on x.oid = a.oid where a.contype in ('f', 'c')
), facts (oid, kind, schema, name, part, place, words, expressions, usual) as materialized (
  select a.oid, a.kind, a.schema, a.name, '', 0, jsonb_build_object('the comment', obj_description(a.oid, 'pg_namespace')), '{}'::jsonb, '{}'::jsonb
    from asked a where a.kind = 'schema'
  union all
  select a.oid, a.kind, a.schema, a.name, '', 0, jsonb_build_object('the schema', n.nspname, 'the version', e.extversion,
         'the comment', obj_description(e.oid, 'pg_extension')), '{}', '{}'
    from asked a join pg_extension e on e.oid = a.oid join pg_namespace n on n.oid = e.extnamespace where a.kind = 'extension'
  union all
  select a.oid, a.kind, a.schema, a.name, '', 0, jsonb_build_object('it', case when t.typtype = 'e' then 'an enum' else 'a composite type' end,
         'the values', (select jsonb_agg(enumlabel order by enumsortorder) from pg_enum where enumtypid = t.oid),
         'the attributes', (select jsonb_agg(attname order by attnum) from pg_attribute where attrelid = t.typrelid and attnum > 0 and not attisdropped),
         'the comment', obj_description(t.oid, 'pg_type')), '{}', '{}'
    from asked a join pg_type t on t.oid = a.oid where a.kind = 'type'
  union all
  select a.oid, a.kind, a.schema, a.name, '', 0, jsonb_build_object('it', 'a domain', 'the type', format_type(t.typbasetype, t.typtypmod),
         'the collation', case when t.typcollation <> b.typcollation then l.collname end,
         'null', case when t.typnotnull then 'not null' else 'nullable' end, 'the comment', obj_description(t.oid, 'pg_type')),
         jsonb_build_object('the default', case when b.typtype = 'd' or coalesce(pg_get_expr(t.typdefaultbin, 0), '') !~ '^NULL::[[:alnum:]_ ".]+(\[\])*([(][0-9, ]+[)])?$' then coalesce(pg_get_expr(t.typdefaultbin, 0), quote_literal(t.typdefault)) end),
         jsonb_build_object('the collation', l.collname)
    from asked a join pg_type t on t.oid = a.oid join pg_type b on b.oid = t.typbasetype left join pg_collation l on l.oid = t.typcollation
   where a.kind = 'domain'
  union all
  select a.oid, a.kind, a.schema, a.name, 'check ' || x.conname, 0, jsonb_build_object(
         'validation', case when x.convalidated then 'valid' else 'not valid' end, 'the comment', obj_description(x.oid, 'pg_constraint')),
         jsonb_build_object('the expression', pg_get_expr(x.conbin, 0)), '{}'
    from asked a join pg_constraint x on x.contypid = a.oid and x.contype = 'c' where a.kind = 'domain'
  union all
  -- The columns of tables, and the attributes of composite types.
  select a.oid, a.kind, a.schema, a.name, case a.kind when 'table' then 'column ' else 'attribute ' end || t.attname, t.attnum,
         jsonb_build_object('the type', format_type(t.atttypid, t.atttypmod),
         'the collation', case when t.attcollation <> b.typcollation then l.collname end, 'the comment', col_description(t.attrelid, t.attnum))
         || case a.kind when 'table' then jsonb_build_object('null', case when t.attnotnull then 'not null' else 'nullable' end,
         'the identity', case t.attidentity when 'a' then 'always' when 'd' then 'by default' end,
         'the sequence of the identity', case when t.attidentity <> '' then (select jsonb_build_object('schema', sn.nspname, 'name', s.relname)
            from pg_depend k join pg_class s on s.oid = k.objid join pg_namespace sn on sn.oid = s.relnamespace
           where k.classid = 'pg_class'::regclass and k.refclassid = 'pg_class'::regclass and k.refobjid = a.oid
             and k.refobjsubid = t.attnum and k.deptype = 'i' and s.relkind = 'S') end,
         'generated', case t.attgenerated when 's' then 'stored' when 'v' then 'virtual' end,
         'its origin', case when t.attinhcount = 0 then 'local' when t.attislocal then 'local and inherited' else 'inherited' end) else '{}' end,
         jsonb_build_object(case t.attgenerated when '' then 'the default' else 'the expression' end, case
         -- If the type has a modifier, the server stores `default null`. The modifier of a domain is that of its base type.
         when b.typtype = 'd' or pg_get_expr(d.adbin, d.adrelid) !~ '^NULL::[[:alnum:]_ ".]+(\[\])*$' then pg_get_expr(d.adbin, d.adrelid) end),
         jsonb_build_object('the collation', l.collname)
    from asked a left join pg_type y on y.oid = a.oid and a.kind = 'type'
    join pg_attribute t on t.attrelid = case a.kind when 'table' then a.oid else y.typrelid end and t.attnum > 0 and not t.attisdropped
    join pg_type b on b.oid = t.atttypid left join pg_collation l on l.oid = t.attcollation
    left join pg_attrdef d on d.adrelid = t.attrelid and d.adnum = t.attnum
   where a.kind in ('table', 'type')
  union all
  select r.oid, r.kind, r.schema, r.name, '', 0, jsonb_build_object(
         'it', case r.relpersistence when 'p' then 'logged' when 'u' then 'unlogged' else 'temporary' end,
         case when r.relispartition then 'the partitioned table' else 'the parents' end,
         (select case when r.relispartition then jsonb_agg(it.parent) -> 0 else jsonb_agg(it.parent order by it.place) end
            from (select jsonb_build_object('schema', pn.nspname, 'name', p.relname) as parent, h.inhseqno as place from pg_inherits h
              join pg_class p on p.oid = h.inhparent join pg_namespace pn on pn.oid = p.relnamespace where h.inhrelid = r.oid) as it),
         'the partitioning', case k.partstrat when 'l' then 'list' when 'r' then 'range' when 'h' then 'hash' end,
         'the columns of the partition key', (select jsonb_agg(coalesce(a.attname::text, '(expression)') order by it.place)
            from unnest(k.partattrs::smallint[]) with ordinality as it (number, place)
            left join pg_attribute a on a.attrelid = r.oid and a.attnum = it.number and it.number > 0),
         'the storage parameters', (select jsonb_agg(it order by it collate "C") from unnest(r.reloptions) as it),
         'the storage parameters of TOAST', (select jsonb_agg('toast.' || it order by it collate "C") from pg_class o, unnest(o.reloptions) as it where o.oid = r.reltoastrelid),
         'the tablespace', (select spcname from pg_tablespace where oid = r.reltablespace), 'the comment', obj_description(r.oid, 'pg_class')),
         jsonb_build_object('the partition key', case r.relkind when 'p' then pg_get_partkeydef(r.oid) end, 'the bound', pg_get_expr(r.relpartbound, r.oid)),
         -- PostgreSQL drops them if no row can become too large for its page (heap_reloptions).
         jsonb_build_object('the tablespace', (select name from own_tablespace), 'the storage parameters of TOAST', case r.reltoastrelid when 0 then true end)
    from relations r left join pg_partitioned_table k on k.partrelid = r.oid where r.kind = 'table'
  union all
  select x.conrelid, 'table', n.nspname, c.relname, 'constraint ' || x.conname, 0,
         case when x.contype in ('p', 'u') then x.words - array(select key from jsonb_object_keys(x.words) as key where key = 'the method' or key ~ 'element [0-9]+$')
              when x.contype = 'x' then x.words - 'nulls' else '{}' end
         || jsonb_build_object('it', case x.contype when 'p' then 'a primary key' when 'u' then 'a unique constraint' when 'f' then 'a foreign key'
              when 'x' then 'an exclusion constraint' else case when x.connoinherit then 'a check, no inherit' else 'a check' end end,
         'the columns', case when x.contype <> 'x' then (select jsonb_agg(a.attname order by case x.contype when 'c' then a.attname::text end collate "C", it.place)
            from unnest(x.conkey) with ordinality as it (number, place) join pg_attribute a on a.attrelid = x.conrelid and a.attnum = it.number and it.number > 0) end,
         'overlaps', case x.row ->> 'conperiod' when 'true' then 'without' end,
         'deferral', case when x.condeferred then 'initially deferred' when x.condeferrable then 'deferrable' else 'not deferrable' end,
         'validation', case when x.convalidated then 'valid' else 'not valid' end,
         'enforcement', case x.row ->> 'conenforced' when 'false' then 'not enforced' end,
         'its origin', case when x.coninhcount = 0 then 'local' when x.conislocal then 'local and inherited' else 'inherited' end,
         'the comment', obj_description(x.oid, 'pg_constraint'),
         'the comment of its index', case when x.contype in ('p', 'u', 'x') then obj_description(x.conindid, 'pg_class') end)
         || case x.contype when 'f' then jsonb_build_object(
         'the referenced table', (select jsonb_build_object('schema', rn.nspname, 'name', r.relname) from pg_class r join pg_namespace rn on rn.oid = r.relnamespace where r.oid = x.confrelid),
         'the referenced columns', (select jsonb_agg(a.attname order by it.place) from unnest(x.confkey) with ordinality as it (number, place)
            join pg_attribute a on a.attrelid = x.confrelid and a.attnum = it.number),
         'the match', case x.confmatchtype when 'f' then 'full' when 's' then 'simple' else 'partial' end,
         'on delete', d.action, 'on update', u.action,
         'the columns of on delete', (select jsonb_agg(a.attname order by it.place)
            from jsonb_array_elements_text(case jsonb_typeof(x.row -> 'confdelsetcols') when 'array' then x.row -> 'confdelsetcols' else '[]' end) with ordinality as it (number, place)
            join pg_attribute a on a.attrelid = x.conrelid and a.attnum = it.number::smallint),
         'the referenced index', (select relname from pg_class where oid = x.conindid)) else '{}' end,
         case when x.contype = 'x' then x.expressions
              when x.contype = 'c' then jsonb_build_object('the expression', pg_get_expr(x.conbin, x.conrelid)) else '{}' end,
         x.usual
    from constraints x join pg_class c on c.oid = x.conrelid join pg_namespace n on n.oid = c.relnamespace
    left join (values ('a', 'no action'), ('r', 'restrict'), ('c', 'cascade'), ('n', 'set null'), ('d', 'set default')) as d (code, action) on d.code = x.confdeltype::text
    left join (values ('a', 'no action'), ('r', 'restrict'), ('c', 'cascade'), ('n', 'set null'), ('d', 'set default')) as u (code, action) on u.code = x.confupdtype::text
  union all
  select i.oid, 'index', n.nspname, r.relname, '', 0, i.words || jsonb_build_object('it', case when g.indisunique then 'unique' else 'not unique' end,
         'the table', jsonb_build_object('schema', tn.nspname, 'name', t.relname),
         'the index of the partitioned table', (select jsonb_build_object('schema', pn.nspname, 'name', p.relname) from pg_inherits h
            join pg_class p on p.oid = h.inhparent join pg_namespace pn on pn.oid = p.relnamespace where h.inhrelid = r.oid),
         'the comment', obj_description(r.oid, 'pg_class')), i.expressions, i.usual
    from indexes i join pg_class r on r.oid = i.oid join pg_namespace n on n.oid = r.relnamespace join pg_index g on g.indexrelid = i.oid
    join pg_class t on t.oid = g.indrelid join pg_namespace tn on tn.oid = t.relnamespace where i.of is null
  union all
  select r.oid, r.kind, r.schema, r.name, '', 0, jsonb_build_object('the type', format_type(s.seqtypid, null), 'the start', s.seqstart::text,
         'the increment', s.seqincrement::text, 'the minimum', s.seqmin::text, 'the maximum', s.seqmax::text, 'the cache', s.seqcache::text,
         'cycling', case when s.seqcycle then 'on' else 'off' end,
         -- A sequence that a column owns has the same persistence as the table.
         'it', case when r.relpersistence = 'u' and d.objid is null then 'unlogged' end,
         'the owner', case when d.objid is not null then jsonb_build_object('schema', tn.nspname, 'name', t.relname, 'column', a.attname) end,
         'the purpose', case d.deptype when 'i' then 'an identity column' else 'general use' end, 'the comment', obj_description(r.oid, 'pg_class')), '{}',
         -- Before version 15, all sequences are logged.
         jsonb_build_object('it', case when current_setting('server_version_num')::integer < 150000 then true end)
    from relations r join pg_sequence s on s.seqrelid = r.oid
    left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = r.oid and d.objsubid = 0
      and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i')
    left join pg_class t on t.oid = d.refobjid left join pg_namespace tn on tn.oid = t.relnamespace
    left join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
   where r.kind = 'sequence'
)
, held as materialized (
  select t.place, f.part, f.place as number, jsonb_strip_nulls(f.words) as words, jsonb_strip_nulls(f.expressions) as expressions, jsonb_strip_nulls(f.usual) as usual
    from there t join objects o on (o.place, o.kind) = (t.place, t.kind) join facts f on (f.kind, f.oid) = (t.kind, t.oid)
), differing (place, part, what, wanted, found) as materialized (
  select p.place, p.part, k.what, coalesce(p.words -> k.what, p.expressions -> k.what -> 'shown'), coalesce(h.words -> k.what, h.expressions -> k.what)
    from parts p join held h on (h.place, h.part) = (p.place, p.part)
   cross join lateral (select jsonb_object_keys(p.words || p.expressions || h.words || h.expressions)) as k (what)
   cross join lateral (select p.words -> k.what as wanted, h.words -> k.what as found, p.expressions -> k.what as meant, h.expressions ->> k.what as text, h.usual -> k.what as usual) as v
   where case
     when v.meant is not null then case v.meant ->> 'known'
         when 'nothing' then false
         when 'absent' then v.text is not null
         when 'present' then v.text is null
         when 'bound' then replace(v.text, '''', '') is distinct from v.meant ->> 'value'
         when 'call' then coalesce(not v.meant -> 'texts' ? v.text and not v.meant -> 'texts' ? lower(v.text), true)
         -- The text of a literal is the part between its quotes.
         else coalesce(v.text !~ '^(E?''|-?[0-9.]+|true$|false$)' or not v.meant -> 'texts' ? case
             when v.text ~ '^''' then replace(substring(v.text from '^''((?:[^'']|'''')*)'''), '''''', '''')
             when v.text ~ '^E''' then replace(replace(substring(v.text from '^E''((?:[^'']|'''')*)'''), '''''', ''''), E'\\\\', E'\\')
             else v.text end, true) end
     when p.words ? k.what and jsonb_typeof(v.wanted) = 'null' or k.what = 'the partition key' then false
     when v.text is not null then true
     -- The modifiers of an extension's type are compared without case, because the extension decides how to print them.
     when k.what = 'the type' then lower(v.wanted #>> '{}') <> lower(v.found #>> '{}') or split_part(v.wanted #>> '{}', '(', 1) <> split_part(v.found #>> '{}', '(', 1)
     -- An author may write a default explicitly, such as the tablespace of the database.
     when v.found is null then v.usual is null or v.usual <> v.wanted and v.usual <> 'true'
     else v.wanted is distinct from v.found end
), told (place, part, drift) as materialized (
  select d.place, d.part, string_agg(case when d.what in ('it', 'null', 'validation', 'deferral', 'enforcement', 'its origin', 'the state') then 'it is ' else d.what || case when split_part(d.what, ' of ', 1) ~ '[^s]s$' then ' are ' else ' is ' end end
      || case when d.what like 'the comment%' then coalesce(quote_literal(d.found #>> '{}'), 'none') || ', but should be ' || coalesce(quote_literal(d.wanted #>> '{}'), 'none')
         else found.words || ', but should be ' || wanted.words end, '; ' order by d.what <> 'it', d.what)
    from differing d
   -- A list has commas, a name dots.
   cross join lateral (select coalesce(nullif(case jsonb_typeof(d.found)
         when 'array' then (select string_agg(coalesce(quote_ident(i ->> 'schema') || '.' || quote_ident(i ->> 'name'), i #>> '{}'), ', ') from jsonb_array_elements(d.found) as i)
         when 'object' then concat_ws('.', quote_ident(d.found ->> 'schema'), quote_ident(d.found ->> 'name'), quote_ident(d.found ->> 'column'))
         else d.found #>> '{}' end, ''), 'none')) as found (words)
   -- A list has commas, a name dots.
   cross join lateral (select coalesce(nullif(case jsonb_typeof(d.wanted)
         when 'array' then (select string_agg(coalesce(quote_ident(i ->> 'schema') || '.' || quote_ident(i ->> 'name'), i #>> '{}'), ', ') from jsonb_array_elements(d.wanted) as i)
         when 'object' then concat_ws('.', quote_ident(d.wanted ->> 'schema'), quote_ident(d.wanted ->> 'name'), quote_ident(d.wanted ->> 'column'))
         else d.wanted #>> '{}' end, ''), 'none')) as wanted (words)
   -- If the kind of a constraint differs, everything else differs too.
   where d.what = 'it' or d.part not like 'constraint %' or not exists (select from differing k where (k.place, k.part, k.what) = (d.place, d.part, 'it'))
   group by d.place, d.part
), checks (place, number, what, says, remark, drift) as materialized (
  -- The object itself.
  select o.place, 0, o.label, p.says, null::text, case when t.oid is null then 'it is missing' when t.kind <> o.kind then 'it is ' || case when t.kind ~ '^[aeiou]' then 'an ' else 'a ' end || t.kind || ', but should be ' || o.word else d.drift end
    from objects o join parts p on p.place = o.place and p.part = '' left join there t on t.place = o.place left join told d on d.place = o.place and d.part = ''
   -- Parts of a missing table are not reported as well.
   where o."table" is null or t.oid is not null or exists (select from there where place = o."table")
  union all
  -- Its parts.
  select o.place, coalesce(p.number, 100000 + h.number), o.label || ', ' || coalesce(p.part, h.part), p.says, case when p.part is null then null::text end,
      case when p.part is null then case when null::text is null then 'it exists, but should not' end when h.part is null then 'it is missing' else d.drift end
    from objects o join there t on (t.place, t.kind) = (o.place, o.kind)
    join ((select * from parts where part <> '') as p full join (select * from held where part <> '') as h on (h.place, h.part) = (p.place, p.part)) on coalesce(p.place, h.place) = o.place
    left join told d on d.place = o.place and d.part = p.part
  union all
  select null, 0, 'index ' || quote_ident(a.schema) || '.' || quote_ident(a.name), null, null::text, case when null::text is null then 'it exists, but should not' end
    from asked a where a.kind = 'index' and a.oid not in (select oid from there)
)

select regexp_replace(translate('note  ' || what || ': ' || coalesce(drift, remark), E'\r\n', '  '), :'limbeck_hidden', '?', 'g')
    || left(set_config('limbeck.notes', (current_setting('limbeck.notes')::integer + 1)::text, true), 0)
  from checks where coalesce(drift, remark) is not null order by place, number, what;
set local enable_nestloop to default;
with wanted (place, what, kind, schema_name, name, says, wanted) as materialized (
  select place::integer, what, kind, schema_name::name, name, says, wanted::boolean from (values
    (0, 'relation public.blacklisted_tokens', 'relation', 'public', 'blacklisted_tokens', 'it does not exist, as expected', false),
    (1, 'relation public.email_verifications', 'relation', 'public', 'email_verifications', 'it does not exist, as expected', false),
    (2, 'relation public.ix_blacklisted_until', 'relation', 'public', 'ix_blacklisted_until', 'it does not exist, as expected', false),
    (3, 'relation public.ix_email_verifications_open', 'relation', 'public', 'ix_email_verifications_open', 'it does not exist, as expected', false),
    (4, 'relation public.ix_login_attempts_failed', 'relation', 'public', 'ix_login_attempts_failed', 'it does not exist, as expected', false),
    (5, 'relation public.ix_password_resets_user', 'relation', 'public', 'ix_password_resets_user', 'it does not exist, as expected', false),
    (6, 'relation public.ix_refresh_user_revoked', 'relation', 'public', 'ix_refresh_user_revoked', 'it does not exist, as expected', false),
    (7, 'relation public.ix_users_email_lower', 'relation', 'public', 'ix_users_email_lower', 'it does not exist, as expected', false),
    (8, 'relation public.login_attempts', 'relation', 'public', 'login_attempts', 'it does not exist, as expected', false),
    (9, 'relation public.login_attempts_id_seq', 'relation', 'public', 'login_attempts_id_seq', 'it does not exist, as expected', false),
    (10, 'relation public.password_reset_tokens', 'relation', 'public', 'password_reset_tokens', 'it does not exist, as expected', false),
    (11, 'relation public.password_resets', 'relation', 'public', 'password_resets', 'it does not exist, as expected', false),
    (12, 'relation public.password_resets_id_seq', 'relation', 'public', 'password_resets_id_seq', 'it does not exist, as expected', false),
    (13, 'relation public.refresh_tokens', 'relation', 'public', 'refresh_tokens', 'it does not exist, as expected', false)
  ) as it (place, what, kind, schema_name, name, says, wanted)
), checks (place, number, what, says, remark, drift) as materialized (
  select place, 0, what, says, null::text,
    case when present and not wanted then 'it exists, but should not' when wanted and not present then 'it is missing' end
  from (select w.*, case w.kind
      when 'schema' then exists (select from pg_namespace where nspname = w.name)
      when 'extension' then exists (select from pg_extension where extname = w.name)
      when 'relation' then exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = w.schema_name and c.relname = w.name and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'i', 'I'))
      when 'table' then exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = w.schema_name and c.relname = w.name and c.relkind in ('r', 'p'))
      when 'view' then exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = w.schema_name and c.relname = w.name and c.relkind in ('v'))
      when 'materialized view' then exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = w.schema_name and c.relname = w.name and c.relkind in ('m'))
      when 'foreign table' then exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = w.schema_name and c.relname = w.name and c.relkind in ('f'))
      when 'index' then exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = w.schema_name and c.relname = w.name and c.relkind in ('i', 'I'))
      when 'sequence' then exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = w.schema_name and c.relname = w.name and c.relkind in ('S'))
      when 'type' then exists (select from pg_type t join pg_namespace n on n.oid = t.typnamespace
        left join pg_class c on c.oid = t.typrelid where n.nspname = w.schema_name and t.typname = w.name
        and coalesce(c.relkind, 'c') = 'c' and not exists (select from pg_type where typarray = t.oid))
      when 'function' then exists (select from pg_proc o join pg_namespace n on n.oid = o.pronamespace
        where n.nspname = w.schema_name and o.proname = w.name)
      when 'collation' then exists (select from pg_collation o join pg_namespace n on n.oid = o.collnamespace
        where n.nspname = w.schema_name and o.collname = w.name)
      when 'statistics' then exists (select from pg_statistic_ext o join pg_namespace n on n.oid = o.stxnamespace
        where n.nspname = w.schema_name and o.stxname = w.name)
      when 'trigger' then exists (select from pg_trigger o join pg_class c on c.oid = o.tgrelid join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = w.schema_name and o.tgname in (w.name, split_part(w.name, ' on ', 1))
          and w.name in (o.tgname, o.tgname || ' on ' || c.relname))
      when 'policy' then exists (select from pg_policy o join pg_class c on c.oid = o.polrelid join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = w.schema_name and o.polname in (w.name, split_part(w.name, ' on ', 1))
          and w.name in (o.polname, o.polname || ' on ' || c.relname))
      when 'rule' then exists (select from pg_rewrite o join pg_class c on c.oid = o.ev_class join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = w.schema_name and o.rulename in (w.name, split_part(w.name, ' on ', 1))
          and w.name in (o.rulename, o.rulename || ' on ' || c.relname))
    end as present from wanted w) as w
)
select regexp_replace(translate('note  ' || what || ': ' || coalesce(drift, remark), E'\r\n', '  '), :'limbeck_hidden', '?', 'g')
    || left(set_config('limbeck.notes', (current_setting('limbeck.notes')::integer + 1)::text, true), 0)
  from checks where coalesce(drift, remark) is not null order by place, number, what;
\endif
do $limbeck$
begin
  if current_setting('limbeck.stops')::integer > 0 then
    raise exception 'limbeck: preflight %: % found', '1.1.0',
        case current_setting('limbeck.stops') when '1' then '1 blocker' else current_setting('limbeck.stops') || ' blockers' end
      using hint = 'The lines that begin with STOP say what. upgrade.sql would stop there, too.';
  end if;
end
$limbeck$;
select 'limbeck: complete: no blockers found for release ' || '1.1.0' || ' (rows not inspected)'
  || case current_setting('limbeck.notes') when '0' then '' when '1' then '; read the note above' else '; read the ' || current_setting('limbeck.notes') || ' notes above' end;
\if :limbeck_inside
rollback to savepoint limbeck_read;
release savepoint limbeck_read;
\else
commit;
\endif
select set_config('search_path', :'limbeck_search_path', false) as limbeck_set \gset

\pset format aligned \pset tuples_only off
\set FETCH_COUNT :limbeck_fetch \set VERBOSITY :limbeck_verbosity \set SHOW_CONTEXT :limbeck_context
\set ON_ERROR_ROLLBACK :limbeck_savepoints \set AUTOCOMMIT :limbeck_autocommit
\set ECHO :limbeck_echo \set QUIET :limbeck_quiet
\endif
