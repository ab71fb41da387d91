-- What facts.sql says, as JSON, and after it what the model does not hold. It reads only, and runs on the servers 14 to 18.
select 'fact ' || jsonb_build_object('kind', kind, 'schema', schema, 'name', name, 'part', part, 'words', jsonb_strip_nulls(words),
         'expressions', jsonb_strip_nulls(expressions), 'usual', jsonb_strip_nulls(usual))::text
  from facts order by place;

-- What the model does not hold: facts of an object that are compared with those of another time only. What is as by default is
-- left out, so that it does not matter how it came to be so. `more` are lines of what the model does hold.
with members as materialized (
  select classid, objid, refobjid, deptype from pg_depend where deptype in ('e', 'x')
), users as materialized (
  select oid, nspname, nspowner, nspacl from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'
), relations as materialized (
  select c.*, n.nspname from pg_class c join users n on n.oid = c.relnamespace
   where c.relpersistence <> 't' and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'i', 'I')
     and not exists (select from members m where m.classid = 'pg_class'::regclass and m.objid = c.oid and m.deptype = 'e')
), columns (relation, facts, bearers) as (
  select a.attrelid, jsonb_object_agg('the ' || v.what || ' of column ' || a.attname, v.value),
         jsonb_object_agg('the ' || v.what || ' of column ' || a.attname, a.attrelid || '.' || a.attnum)
    from pg_attribute a join relations r on r.oid = a.attrelid join pg_type t on t.oid = a.atttypid
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum and r.relkind = 'v'
   cross join lateral (values
     ('storage', case when a.attstorage <> t.typstorage and r.relkind not in ('i', 'I')
        then case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end end),
     ('compression', case when r.relkind not in ('i', 'I') then case a.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end end),
     ('statistics target', nullif(a.attstattarget, -1)::text),
     ('parameters', case when r.relkind not in ('i', 'I') then array_to_string(a.attoptions, ', ') end),
     ('default', pg_get_expr(d.adbin, d.adrelid)),
     ('privileges', (select string_agg(it::text, ', ' order by it::text) from unnest(a.attacl) as it))) as v (what, value)
   where a.attnum > 0 and not a.attisdropped and v.value is not null
     and (a.attstorage <> t.typstorage or a.attcompression <> '' or a.attstattarget <> -1 or a.attoptions is not null
       or a.attacl is not null or d.oid is not null)
   group by a.attrelid
), triggers (relation, facts, bearers) as (
  -- Those of constraints, and those that a partition has from its table.
  select t.tgrelid, jsonb_object_agg(v.what, case t.tgenabled when 'D' then 'disabled' when 'R' then 'enabled for replicas' else 'enabled always' end),
         jsonb_object_agg(v.what, t.oid::text)
    from pg_trigger t join pg_proc p on p.oid = t.tgfoid left join pg_constraint x on x.oid = t.tgconstraint and t.tgisinternal
   cross join lateral (select case when x.oid is null then 'the trigger ' || t.tgname
           else 'the trigger ' || p.proname || ' of constraint ' || quote_ident(x.conname) || ' on ' || x.conrelid::regclass end) as v (what)
   where t.tgenabled <> 'O' and (t.tgisinternal or t.tgparentid <> 0)
   group by t.tgrelid
), indexes (relation, facts, bearers) as (
  select g.indrelid, jsonb_object_agg(v.what, i.relname), jsonb_object_agg(v.what, i.oid::text)
    from pg_index g join relations i on i.oid = g.indexrelid
   cross join lateral (values ('the clustered index', g.indisclustered), ('the replica identity index', g.indisreplident)) as v (what, holds)
   where v.holds group by g.indrelid
), foreign_tables (relation, facts) as (
  select f.ftrelid, jsonb_build_object('the server', s.srvname, 'the options', array_to_string(f.ftoptions, ', '),
         'the parents', (select string_agg(inhparent::regclass::text, ', ' order by inhseqno) from pg_inherits where inhrelid = f.ftrelid),
         'the bound', (select pg_get_expr(relpartbound, oid) from pg_class where oid = f.ftrelid))
         || (select coalesce(jsonb_object_agg('column ' || a.attname, concat_ws(' ', format_type(a.atttypid, a.atttypmod),
             nullif(a.attcollation, 0)::regcollation::text, case when a.attnotnull then 'not null' end,
             case when a.attgenerated = '' then 'default' else 'generated' end || ' ' || pg_get_expr(d.adbin, d.adrelid), a.attfdwoptions::text)), '{}')
           from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
           where a.attrelid = f.ftrelid and a.attnum > 0 and not a.attisdropped)
         || (select coalesce(jsonb_object_agg('constraint ' || x.conname, pg_get_constraintdef(x.oid)), '{}')
           from pg_constraint x where x.conrelid = f.ftrelid and x.contype = 'c')
    from pg_foreign_table f join pg_foreign_server s on s.oid = f.ftserver
), notes (class, oid, sub, what, words) as (
  -- The comments on all that is not read above.
  select d.classoid, d.objoid, d.objsubid, 'the comment', d.description
    from pg_description d
    left join pg_class c on c.oid = d.objoid and d.classoid = 'pg_class'::regclass
    left join pg_type t on t.oid = d.objoid and d.classoid = 'pg_type'::regclass
    left join pg_constraint x on x.oid = d.objoid and d.classoid = 'pg_constraint'::regclass
    left join pg_class on_class on on_class.oid = x.conrelid
   where d.objoid >= 16384 and d.classoid not in ('pg_namespace'::regclass, 'pg_extension'::regclass)
     and (c.relkind is null or c.relkind in ('v', 'm', 'f')) and (t.typtype is null or t.typtype not in ('e', 'd', 'c'))
     and (x.contype is null or x.contype in ('n', 't') or on_class.relkind = 'f')
  union all
  select classoid, objoid, objsubid, 'the security label of ' || provider, label from pg_seclabel
  union all
  select m.classid, m.objid, 0, 'the extension that it depends on', string_agg(e.extname, ', ' order by e.extname)
    from members m join pg_extension e on e.oid = m.refobjid where m.deptype = 'x' group by m.classid, m.objid
), others (is_known, bearer, bearers, kind, schema, name, part, owner, acl, of, facts) as (
  -- The bearer is what something goes with, where the model holds that: its number, and that of a column.
  select r.relkind in ('r', 'p', 'S', 'i', 'I'), case when r.relkind in ('r', 'p', 'S', 'i', 'I') then r.oid end,
         coalesce(columns.bearers, '{}') || coalesce(triggers.bearers, '{}') || coalesce(indexes.bearers, '{}'),
         case r.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table'
           when 'S' then 'sequence' when 'i' then 'index' when 'I' then 'index' else 'table' end,
         r.nspname, r.relname::text, '', case when r.relkind not in ('i', 'I') then r.relowner end, r.relacl, case r.relkind when 'S' then 's' else 'r' end::"char",
         coalesce(columns.facts, '{}') || coalesce(triggers.facts, '{}') || coalesce(indexes.facts, '{}') || coalesce(foreign_tables.facts, '{}')
         || case when r.relkind in ('v', 'm') then jsonb_build_object('its definition', pg_get_viewdef(r.oid), 'the options', array_to_string(r.reloptions, ', '))
              else '{}' end
         || jsonb_build_object('the populated flag', case when r.relkind = 'm' and not r.relispopulated then 'no' end,
         'row security', case when r.relrowsecurity then 'on' end, 'forced row security', case when r.relforcerowsecurity then 'on' end,
         'replica identity', case when r.relkind in ('r', 'p', 'm') then case r.relreplident when 'f' then 'full' when 'n' then 'nothing' when 'i' then 'an index' end end,
         'the access method', (select nullif(amname, 'heap') from pg_am where oid = r.relam and r.relkind in ('r', 'p', 'm')),
         'the row type', nullif(r.reloftype, 0)::regtype)
    from relations r left join columns on columns.relation = r.oid left join triggers on triggers.relation = r.oid
    left join indexes on indexes.relation = r.oid left join foreign_tables on foreign_tables.relation = r.oid
  union all
  select false, null, null, case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end, n.nspname, p.proname,
         '(' || pg_get_function_identity_arguments(p.oid) || ')', p.proowner, p.proacl, 'f',
         case when p.prokind = 'a' then to_jsonb(g) - '{aggfnoid,aggtranstype,aggmtranstype,aggsortop}'::text[] || jsonb_build_object('the result', p.prorettype::regtype,
             'the state type', g.aggtranstype::regtype, 'the moving-aggregate state type', nullif(g.aggmtranstype, 0)::regtype,
             'the sort operator', nullif(g.aggsortop, 0)::regoperator, 'parallel', p.proparallel)
           else jsonb_build_object('its definition', pg_get_functiondef(p.oid)) end
    from pg_proc p join users n on n.oid = p.pronamespace left join pg_aggregate g on g.aggfnoid = p.oid
   -- The functions that make values of a range come with its type.
   where p.oid >= 16384 and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype in ('e', 'i'))
  union all
  select false, r.oid, null, 'trigger', r.nspname, t.tgname || ' on ' || r.relname, '', null, null, null, jsonb_build_object('its definition', pg_get_triggerdef(t.oid),
         'the state', case t.tgenabled when 'D' then 'disabled' when 'R' then 'enabled for replicas' when 'A' then 'enabled always' end)
    from pg_trigger t join relations r on r.oid = t.tgrelid
   where not t.tgisinternal and t.tgparentid = 0
  union all
  select false, r.oid, null, 'policy', r.nspname, p.polname || ' on ' || r.relname, '', null, null, null, jsonb_build_object(
         'the command', case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
         'the permissive flag', p.polpermissive, 'the condition', pg_get_expr(p.polqual, p.polrelid), 'the check', pg_get_expr(p.polwithcheck, p.polrelid),
         'the roles', (select string_agg(case it when 0 then 'public' else pg_get_userbyid(it) end, ', ' order by pg_get_userbyid(it)) from unnest(p.polroles) as it))
    from pg_policy p join relations r on r.oid = p.polrelid
  union all
  select false, r.oid, null, 'rule', r.nspname, w.rulename || ' on ' || r.relname, '', null, null, null, jsonb_build_object('its definition', pg_get_ruledef(w.oid),
         'the state', case w.ev_enabled when 'D' then 'disabled' when 'R' then 'enabled for replicas' when 'A' then 'enabled always' end)
    from pg_rewrite w join relations r on r.oid = w.ev_class where w.oid >= 16384 and w.rulename <> '_RETURN'
  union all
  select false, s.stxrelid, null, 'statistics', n.nspname, s.stxname, '', s.stxowner, null, null, jsonb_build_object('its definition', pg_get_statisticsobjdef(s.oid),
         'the statistics target', nullif(s.stxstattarget, -1))
    from pg_statistic_ext s join users n on n.oid = s.stxnamespace
  union all
  select false, null, null, 'collation', n.nspname, l.collname, '', l.collowner, null, null, to_jsonb(l) - '{oid,collname,collnamespace,collowner,collversion}'::text[]
    from pg_collation l join users n on n.oid = l.collnamespace
   where l.oid >= 16384 and not exists (select from members m where m.classid = 'pg_collation'::regclass and m.objid = l.oid and m.deptype = 'e')
  union all
  -- Not known are ranges, and what has input and output functions of its own.
  select t.typtype in ('e', 'd', 'c'), case when t.typtype in ('e', 'd', 'c') then t.oid end, null, case t.typtype when 'd' then 'domain' else 'type' end, n.nspname, t.typname, '', t.typowner, t.typacl, 'T',
         case when t.typtype in ('e', 'd', 'c') then '{}' else to_jsonb(t) - '{oid,typname,typnamespace,typowner,typrelid,typelem,typarray,typbasetype,typcollation,typacl,typdefaultbin}'::text[]
             || jsonb_build_object('the element', nullif(t.typelem, 0)::regtype) end
         || coalesce((select jsonb_build_object('the subtype', g.rngsubtype::regtype, 'the multirange', g.rngmultitypid::regtype,
             'the collation', nullif(g.rngcollation, 0)::regcollation, 'the operator class', (pg_identify_object('pg_opclass'::regclass, g.rngsubopc, 0)).identity,
             'the canonical function', nullif(g.rngcanonical, 0)::regproc, 'the subtype difference function', nullif(g.rngsubdiff, 0)::regproc)
           from pg_range g where g.rngtypid = t.oid), '{}')
    from pg_type t join users n on n.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
   where t.oid >= 16384 and (t.typtype in ('e', 'd', 'r', 'b', 'p') or t.typtype = 'c' and c.relkind = 'c')
     and not exists (select from pg_type of where of.typarray = t.oid and of.oid >= 16384)
     and not exists (select from members m where m.classid = 'pg_type'::regclass and m.objid = t.oid and m.deptype = 'e')
  union all
  select true, oid, null, 'schema', '', quote_ident(nspname), '', nspowner, nspacl, 'n', '{}' from users
  union all
  select true, null, null, 'language', '', lanname, '', lanowner, lanacl, 'l', '{}' from pg_language where oid < 16384
  union all
  select true, null, null, 'database', '', '', '', datdba, datacl, 'd', jsonb_build_object('the comment', shobj_description(oid, 'pg_database'),
         'the connection limit', nullif(datconnlimit, -1))
         || (select coalesce(jsonb_object_agg('the settings of ' || case setrole when 0 then 'everybody' else pg_get_userbyid(setrole) end,
             (select string_agg(it, ', ' order by it) from unnest(setconfig) as it)), '{}') from pg_db_role_setting where setdatabase = d.oid)
         || (select coalesce(jsonb_object_agg('the security label of ' || provider, label), '{}') from pg_shseclabel where objoid = d.oid and classoid = 'pg_database'::regclass)
    from pg_database d where datname = current_database()
  union all
  select true, null, null, 'large objects', '', '', '', null, null, null, jsonb_build_object('the number', nullif(count(*), 0)) from pg_largeobject_metadata
  union all
  select true, case when o.class in ('pg_class'::regclass, 'pg_type'::regclass, 'pg_constraint'::regclass, 'pg_trigger'::regclass, 'pg_policy'::regclass,
         'pg_rewrite'::regclass, 'pg_statistic_ext'::regclass) then o.oid end, null, i.type, '', i.identity, '', null, null, null, jsonb_build_object(o.what, o.words)
    from notes o, pg_identify_object(o.class, o.oid, o.sub) as i
   where not exists (select from members m where m.classid = o.class and m.objid = o.oid and m.deptype = 'e')
), told as (
  select is_known, bearer, bearers, kind, schema, name, part, jsonb_strip_nulls(facts || jsonb_build_object('the owner', nullif(pg_get_userbyid(owner), session_user),
         'the privileges', coalesce(facts ->> 'the privileges', case when acl is not null then nullif(
             coalesce((select string_agg(it::text, ', ' order by it::text) from unnest(acl) as it), 'none'),
             (select string_agg(it::text, ', ' order by it::text) from unnest(acldefault(of, owner)) as it)) end))) as facts
    from others
)
select case when is_known then 'more ' else 'other ' end
       || json_build_object('kind', kind, 'schema', schema, 'name', name, 'part', part, 'facts', facts, 'bearer', bearer::text, 'bearers', coalesce(bearers, '{}'))
  from told where not is_known or facts <> '{}';

-- What few databases have, which takes as long to plan as all of the above. What has a number below 16384 came with the server.
select exists (select from pg_operator where oid >= 16384) or exists (select from pg_opfamily where oid >= 16384) or
    exists (select from pg_opclass where oid >= 16384) or exists (select from pg_amop where oid >= 16384) or exists
    (select from pg_amproc where oid >= 16384) or exists (select from pg_cast where oid >= 16384) or exists (select
    from pg_conversion where oid >= 16384) or exists (select from pg_ts_config where oid >= 16384) or exists (select
    from pg_ts_dict where oid >= 16384) or exists (select from pg_ts_parser where oid >= 16384) or exists (select from
    pg_ts_template where oid >= 16384) or exists (select from pg_am where oid >= 16384) or exists (select from
    pg_language where oid >= 16384) or exists (select from pg_publication) or exists (select from pg_subscription) or
    exists (select from pg_event_trigger) or exists (select from pg_foreign_data_wrapper) or exists (select from
    pg_transform) or exists (select from pg_default_acl) as limbeck_rare \gset
\if :limbeck_rare
with members as materialized (
  select classid, objid from pg_depend where deptype = 'e'
), objects (class, oid, owner, acl, of, facts) as (
  select 'pg_operator'::regclass, oid, oprowner, null::aclitem[], null::"char", jsonb_build_object('the result', oprresult::regtype,
         'the function', nullif(oprcode, 0)::regprocedure, 'the commutator', nullif(oprcom, 0)::regoperator, 'the negator', nullif(oprnegate, 0)::regoperator,
         'the restriction estimator', nullif(oprrest, 0)::regproc, 'the join estimator', nullif(oprjoin, 0)::regproc,
         'hashing', oprcanhash, 'merging', oprcanmerge)
    from pg_operator where oid >= 16384
  union all
  select 'pg_opfamily'::regclass, oid, opfowner, null, null, '{}' from pg_opfamily where oid >= 16384
  union all
  select 'pg_opclass'::regclass, oid, opcowner, null, null, jsonb_build_object('the type', opcintype::regtype,
         'the stored type', nullif(opckeytype, 0)::regtype, 'the default flag', opcdefault,
         'the family', (pg_identify_object('pg_opfamily'::regclass, opcfamily, 0)).identity)
    from pg_opclass where oid >= 16384
  union all
  select 'pg_amop'::regclass, oid, null, null, null, jsonb_build_object('the operator', amopopr::regoperator, 'the purpose', amoppurpose,
         'the sort family', (pg_identify_object('pg_opfamily'::regclass, nullif(amopsortfamily, 0), 0)).identity)
    from pg_amop o where oid >= 16384 and not exists (select from pg_depend d join members m on m.classid = d.refclassid and m.objid = d.refobjid
           where d.classid = 'pg_amop'::regclass and d.objid = o.oid)
  union all
  select 'pg_amproc'::regclass, oid, null, null, null, jsonb_build_object('the function', amproc::regprocedure)
    from pg_amproc o where oid >= 16384 and not exists (select from pg_depend d join members m on m.classid = d.refclassid and m.objid = d.refobjid
           where d.classid = 'pg_amproc'::regclass and d.objid = o.oid)
  union all
  select 'pg_cast'::regclass, oid, null, null, null, jsonb_build_object('the function', nullif(castfunc, 0)::regprocedure,
         'the context', castcontext, 'the method', castmethod)
    from pg_cast where oid >= 16384
  union all
  select 'pg_conversion'::regclass, oid, conowner, null, null, to_jsonb(it) - '{oid,conname,connamespace,conowner}'::text[]
    from pg_conversion it where oid >= 16384
  union all
  select 'pg_ts_config'::regclass, oid, cfgowner, null, null, jsonb_build_object('the parser', (pg_identify_object('pg_ts_parser'::regclass, cfgparser, 0)).identity)
         || (select coalesce(jsonb_object_agg('the dictionaries for token type ' || maptokentype, dictionaries), '{}')
           from (select maptokentype, string_agg(mapdict::regdictionary::text, ', ' order by mapseqno) as dictionaries
             from pg_ts_config_map where mapcfg = it.oid group by maptokentype) as maps)
    from pg_ts_config it where oid >= 16384
  union all
  select 'pg_ts_dict'::regclass, oid, dictowner, null, null, jsonb_build_object('the options', dictinitoption,
         'the template', (pg_identify_object('pg_ts_template'::regclass, dicttemplate, 0)).identity)
    from pg_ts_dict where oid >= 16384
  union all
  select 'pg_ts_parser'::regclass, oid, null, null, null, to_jsonb(it) - '{oid,prsname,prsnamespace}'::text[] from pg_ts_parser it where oid >= 16384
  union all
  select 'pg_ts_template'::regclass, oid, null, null, null, to_jsonb(it) - '{oid,tmplname,tmplnamespace}'::text[] from pg_ts_template it where oid >= 16384
  union all
  select 'pg_am'::regclass, oid, null, null, null, to_jsonb(it) - '{oid,amname}'::text[] from pg_am it where oid >= 16384
  union all
  select 'pg_language'::regclass, oid, lanowner, lanacl, 'l', jsonb_build_object('the trusted flag', lanpltrusted, 'the handler', nullif(lanplcallfoid, 0)::regprocedure,
         'the inline handler', nullif(laninline, 0)::regprocedure, 'the validator', nullif(lanvalidator, 0)::regprocedure)
    from pg_language where oid >= 16384
  union all
  select 'pg_publication'::regclass, oid, pubowner, null, null, to_jsonb(it) - '{oid,pubname,pubowner}'::text[] from pg_publication it
  union all
  select 'pg_publication_rel'::regclass, oid, null, null, null, jsonb_build_object('the columns', (select string_agg(attname, ', ' order by attname)
           from pg_attribute where attrelid = prrelid and attnum in (select value::smallint from jsonb_array_elements_text(nullif(to_jsonb(it) -> 'prattrs', 'null')))))
    from pg_publication_rel it
  union all
  select 'pg_subscription'::regclass, oid, subowner, null, null, jsonb_build_object('the enabled flag', subenabled, 'the publications', array_to_string(subpublications, ', '))
    from pg_subscription where subdbid = (select oid from pg_database where datname = current_database())
  union all
  select 'pg_event_trigger'::regclass, oid, evtowner, null, null, jsonb_build_object('the event', evtevent, 'the function', evtfoid::regprocedure,
         'the tags', array_to_string(evttags, ', '),
         'the state', case evtenabled when 'D' then 'disabled' when 'R' then 'enabled for replicas' when 'A' then 'enabled always' end)
    from pg_event_trigger
  union all
  select 'pg_foreign_data_wrapper'::regclass, oid, fdwowner, fdwacl, 'F', jsonb_build_object('the handler', nullif(fdwhandler, 0)::regprocedure,
         'the validator', nullif(fdwvalidator, 0)::regprocedure, 'the options', array_to_string(fdwoptions, ', '))
    from pg_foreign_data_wrapper
  union all
  select 'pg_foreign_server'::regclass, it.oid, srvowner, srvacl, 'S', jsonb_build_object('the wrapper', fdwname, 'the type', srvtype,
         'the version', srvversion, 'the options', array_to_string(srvoptions, ', '))
    from pg_foreign_server it join pg_foreign_data_wrapper w on w.oid = srvfdw
  union all
  select 'pg_user_mapping'::regclass, umid, null, null, null, jsonb_build_object('the options', array_to_string(umoptions, ', ')) from pg_user_mappings
  union all
  select 'pg_transform'::regclass, oid, null, null, null, jsonb_build_object('the function from SQL', nullif(trffromsql, 0)::regprocedure,
         'the function to SQL', nullif(trftosql, 0)::regprocedure)
    from pg_transform
  union all
  select 'pg_default_acl'::regclass, oid, null, null, null, jsonb_build_object('the privileges', (select string_agg(it::text, ', ' order by it::text) from unnest(defaclacl) as it))
    from pg_default_acl
), others (is_known, kind, schema, name, part, owner, acl, of, facts) as (
  select false, i.type, '', i.identity, '', o.owner, o.acl, o.of, o.facts
    from objects o, pg_identify_object(o.class, o.oid, 0) as i
   where not exists (select from members m where m.classid = o.class and m.objid = o.oid)
), told as (
  select is_known, kind, schema, name, part, jsonb_strip_nulls(facts || jsonb_build_object('the owner', nullif(pg_get_userbyid(owner), session_user),
         'the privileges', coalesce(facts ->> 'the privileges', case when acl is not null then nullif(
             coalesce((select string_agg(it::text, ', ' order by it::text) from unnest(acl) as it), 'none'),
             (select string_agg(it::text, ', ' order by it::text) from unnest(acldefault(of, owner)) as it)) end))) as facts
    from others
)
select case when is_known then 'more ' else 'other ' end
       || json_build_object('kind', kind, 'schema', schema, 'name', name, 'part', part, 'facts', facts)
  from told where not is_known or facts <> '{}';
\endif

-- Of the server 15 and newer.
select current_setting('server_version_num')::integer >= 150000 and exists (select from pg_publication) as limbeck_publications \gset
\if :limbeck_publications
select 'other ' || json_build_object('kind', i.type, 'schema', '', 'name', i.identity, 'part', '', 'facts', '{}'::json)
  from pg_publication_namespace n, pg_identify_object('pg_publication_namespace'::regclass, n.oid, 0) as i;
select 'more ' || json_build_object('kind', i.type, 'schema', '', 'name', i.identity, 'part', '', 'facts',
         json_build_object('the condition', pg_get_expr(n.prqual, n.prrelid)))
  from pg_publication_rel n, pg_identify_object('pg_publication_rel'::regclass, n.oid, 0) as i where n.prqual is not null;
\endif
