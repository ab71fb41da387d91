-- Every fact of one server (or, with -v ext=name, of one extension) that the binder needs, as lines with tabs.
--   psql -X -q -At -F $'\t' -f facts.sql                (core: pg_catalog, information_schema)
--   psql -X -q -At -F $'\t' -v ext=hstore -f facts.sql  (the objects of one installed extension)
-- First field: the class. In extension mode the second field is the extension's name, the third the
-- schema of the object when it is not the schema the extension was installed in.
-- Types: bare name = pg_catalog, `information_schema.x` = its domains, `@x` = the extension's own,
-- `@ext.x` = another extension's. Operator families alike.
\set ON_ERROR_STOP 1
\if :{?ext}
\else
\set ext ''
\endif
set client_min_messages = warning;
select :'ext' <> '' as extmode \gset

\if :extmode
select 'pg_catalog,' || quote_ident(n.nspname) || ',public' as path, n.oid as home
  from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = :'ext' \gset
\else
\set path pg_catalog
\set home 11
\endif
select set_config('search_path', :'path', false) \g /dev/null

create temp table head as select :'ext'::text as e;
create temp table mine as
  select classid, objid from pg_depend
   where refclassid = 'pg_extension'::regclass and deptype = 'e'
     and refobjid = (select oid from pg_extension where extname = :'ext');

-- Which extension a type belongs to: itself, through its relation, its element, or its range.
create temp table owner as
  with recursive direct as (
    select t.oid, x.extname::text as ext
      from pg_type t
      join pg_depend d on d.refclassid = 'pg_extension'::regclass and d.deptype = 'e'
       and (d.classid = 'pg_type'::regclass and d.objid = t.oid
            or t.typrelid <> 0 and d.classid = 'pg_class'::regclass and d.objid = t.typrelid)
      join pg_extension x on x.oid = d.refobjid
    union
    select t.oid, o.ext
      from direct o
      join pg_type t on t.oid = (select typarray from pg_type where oid = o.oid)
        or t.oid in (select rngmultitypid from pg_range where rngtypid = o.oid))
  select distinct oid, ext from direct;

create temp table typ as
  select t.oid,
         case when o.ext = :'ext' then '@' || t.typname
              when o.ext is not null then '@' || o.ext || '.' || t.typname
              when n.nspname = 'pg_catalog' then t.typname::text
              else n.nspname || '.' || t.typname end as name,
         coalesce(o.ext, '') as ext, n.nspname, t.typnamespace
    from pg_type t join pg_namespace n on n.oid = t.typnamespace left join owner o on o.oid = t.oid;
create index on typ (oid);
analyze typ;

create function pg_temp.tn(o oid) returns text language sql as
$$ select coalesce((select name from typ where oid = o), '') $$;
create function pg_temp.tns(o oid[]) returns text language sql as
$$ select coalesce(string_agg(pg_temp.tn(x), ',' order by i), '') from unnest(o) with ordinality as u(x, i) $$;
create function pg_temp.yes(b boolean) returns text language sql as
$$ select case when b then 't' else '' end $$;
-- Is the object wanted? Core: all of pg_catalog.
create function pg_temp.own(cls regclass, o oid, nsp oid) returns boolean language sql as
$$ select case when (select e from head) = '' then nsp is null or nsp = 'pg_catalog'::regnamespace
   else exists (select 1 from mine where classid = cls and objid = o) end $$;
-- Leading fields of extension mode: ext, schema when foreign. psql prints them only there.
\if :extmode
\set lead 'e, case when nsp = ':home' or nsp is null then $$$$ else (select nspname from pg_namespace where oid = nsp) end,'
\else
\set lead ''
\endif

\if :extmode
select 'extension', e.name, e.version, pg_temp.yes(e.trusted), pg_temp.yes(e.superuser), pg_temp.yes(e.relocatable),
       coalesce(e.schema, ''), coalesce(array_to_string(e.requires, ','), '')
  from pg_available_extension_versions e where e.name = :'ext' and e.installed;
\endif

-- type: name display kind category preferred element array subscript collatable subtype multirange base
select 'type', :lead name, display, typtype, typcategory, pref, elem, arr, subscript, coll, sub, multi, base from (
  select (select e from head), t.typnamespace as nsp,
         case when typ.nspname = 'information_schema' then typ.name else t.typname::text end as name, format_type(t.oid, null) as display,
         t.typtype, t.typcategory, pg_temp.yes(t.typispreferred) as pref,
         case when t.typsubscript <> 0 then pg_temp.tn(t.typelem) else '' end as elem, pg_temp.tn(t.typarray) as arr,
         case t.typsubscript::regproc::text when '-' then '' when 'array_subscript_handler' then 'a'
              when 'raw_array_subscript_handler' then 'r' else 'o' end as subscript,
         pg_temp.yes(t.typcollation <> 0) as coll,
         coalesce((select pg_temp.tn(r.rngsubtype) from pg_range r where r.rngtypid = t.oid),
                  (select pg_temp.tn(r.rngtypid) from pg_range r where r.rngmultitypid = t.oid), '') as sub,
         coalesce((select pg_temp.tn(r.rngmultitypid) from pg_range r where r.rngtypid = t.oid), '') as multi,
         pg_temp.tn(t.typbasetype) as base
    from pg_type t join typ on typ.oid = t.oid
   where case when :'ext' <> '' then typ.ext = :'ext' and t.typname !~ '^pg_toast'
         else typ.nspname = 'pg_catalog' and t.typtype <> 'c' and not exists (
                select 1 from pg_type el where el.typarray = t.oid and el.typtype = 'c')
           or typ.nspname = 'pg_catalog' and exists (
                select 1 from pg_attribute a join pg_class c on c.oid = a.attrelid
                 where c.relnamespace = 'pg_catalog'::regnamespace and c.relkind in ('r', 'v')
                   and a.atttypid in (t.oid, t.typarray) and a.atttypid <> 0)
           or typ.nspname = 'information_schema' and (t.typtype = 'd'
                or exists (select 1 from pg_type el where el.typarray = t.oid and el.typtype = 'd')) end
) x order by name collate "C", nsp;

-- function: name flags(kind set volatility strict) arguments defaults variadic result names columns aggregate
select 'function', :lead name, flags, args, defaults, vari, result, names, columns, agg from (
  select (select e from head), p.pronamespace as nsp, p.proname::text as name,
         p.prokind::text || case when p.proretset then 's' else '-' end || p.provolatile::text
           || case when p.proisstrict then 't' else '-' end as flags,
         pg_temp.tns(p.proargtypes::oid[]) as args, p.pronargdefaults as defaults,
         pg_temp.tn(p.provariadic) as vari, pg_temp.tn(p.prorettype) as result,
         coalesce((select case when bool_and(nm = '') then '' else string_agg(nm, ',' order by i) end from (
             select coalesce(p.proargnames[i], '') as nm, i
               from generate_series(1, coalesce(cardinality(p.proallargtypes), p.pronargs)) i
              where coalesce(p.proargmodes[i], 'i') in ('i', 'b', 'v')) s), '') as names,
         coalesce((select string_agg(coalesce(p.proargnames[i], '') || ':' || pg_temp.tn(p.proallargtypes[i]), ',' order by i)
               from generate_series(1, cardinality(p.proallargtypes)) i
              where p.proargmodes[i] in ('o', 'b', 't')), '') as columns,
         coalesce((select a.aggkind::text || a.aggnumdirectargs from pg_aggregate a where a.aggfnoid = p.oid), '') as agg
    from pg_proc p where pg_temp.own('pg_proc', p.oid, p.pronamespace)
) x order by name collate "C", args collate "C", flags collate "C", nsp;

-- operator: name left right result volatility flags(h m)
select 'operator', :lead name, l, r, result, provolatile, flags from (
  select (select e from head), o.oprnamespace as nsp, o.oprname::text as name, pg_temp.tn(o.oprleft) as l,
         pg_temp.tn(o.oprright) as r, pg_temp.tn(o.oprresult) as result, p.provolatile,
         case when o.oprcanhash then 'h' else '' end || case when o.oprcanmerge then 'm' else '' end as flags
    from pg_operator o join pg_proc p on p.oid = o.oprcode
   where pg_temp.own('pg_operator', o.oid, o.oprnamespace)
) x order by name collate "C", l collate "C", r collate "C", nsp;

-- cast: source target context method volatility
select 'cast', :lead source, target, castcontext, castmethod, volatility from (
  select (select e from head), null::oid as nsp, pg_temp.tn(c.castsource) as source, pg_temp.tn(c.casttarget) as target,
         c.castcontext, c.castmethod, coalesce(p.provolatile::text, '') as volatility
    from pg_cast c left join pg_proc p on p.oid = c.castfunc where pg_temp.own('pg_cast', c.oid, null)
) x order by source collate "C", target collate "C";

create function pg_temp.fam(o oid) returns text language sql as
$$ select coalesce((select case when x.extname = (select e from head) then '@' else '@' || x.extname || '.' end
       from pg_depend d join pg_extension x on x.oid = d.refobjid
      where d.refclassid = 'pg_extension'::regclass and d.deptype = 'e'
        and d.classid = 'pg_opfamily'::regclass and d.objid = o limit 1), '')
     || opfname from pg_opfamily where oid = o $$;

-- opclass: method name family input default key
select 'opclass', :lead amname, name, family, input, def, key from (
  select (select e from head), c.opcnamespace as nsp, a.amname::text, c.opcname::text as name,
         pg_temp.fam(c.opcfamily) as family, pg_temp.tn(c.opcintype) as input, pg_temp.yes(c.opcdefault) as def,
         pg_temp.tn(c.opckeytype) as key
    from pg_opclass c join pg_am a on a.oid = c.opcmethod
   where pg_temp.own('pg_opclass', c.oid, c.opcnamespace)
) x order by amname collate "C", name collate "C", nsp;

-- family_operator: method family left right strategy purpose operator
select 'family_operator', :lead amname, family, l, r, amopstrategy, amoppurpose, name from (
  select (select e from head), null::oid as nsp, a.amname::text, pg_temp.fam(m.amopfamily) as family,
         pg_temp.tn(m.amoplefttype) as l, pg_temp.tn(m.amoprighttype) as r, m.amopstrategy, m.amoppurpose, o.oprname::text as name
    from pg_amop m join pg_am a on a.oid = m.amopmethod join pg_opfamily f on f.oid = m.amopfamily
    join pg_operator o on o.oid = m.amopopr
   where pg_temp.own('pg_opfamily', f.oid, f.opfnamespace)
      or :'ext' <> '' and (pg_temp.own('pg_operator', o.oid, o.oprnamespace)
         or exists (select 1 from typ where oid in (m.amoplefttype, m.amoprighttype) and ext = :'ext'))
) x order by amname collate "C", family collate "C", amopstrategy, amoppurpose, l collate "C", r collate "C", name collate "C";

-- collation: name provider encoding (only those that every build of the version has)
select 'collation', :lead name, collprovider, collencoding from (
  select (select e from head), c.collnamespace as nsp, c.collname::text as name, c.collprovider, c.collencoding
    from pg_collation c
   where pg_temp.own('pg_collation', c.oid, c.collnamespace)
     and (:'ext' <> '' or c.oid < 10000 or c.collname in ('ucs_basic', 'unicode'))
) x order by name collate "C", collencoding;

-- access_method: name type
select 'access_method', :lead name, amtype from (
  select (select e from head), null::oid as nsp, a.amname::text as name, a.amtype from pg_am a where pg_temp.own('pg_am', a.oid, null)
) x order by name collate "C";

-- text_search: kind(c d p t) name related(parser or template)
select 'text_search', :lead kind, name, related from (
  select (select e from head), nsp, kind, name, related from (
    select c.cfgnamespace as nsp, 'c' as kind, c.cfgname::text as name, p.prsname::text as related
      from pg_ts_config c join pg_ts_parser p on p.oid = c.cfgparser where pg_temp.own('pg_ts_config', c.oid, c.cfgnamespace)
    union all select d.dictnamespace, 'd', d.dictname::text, t.tmplname::text
      from pg_ts_dict d join pg_ts_template t on t.oid = d.dicttemplate where pg_temp.own('pg_ts_dict', d.oid, d.dictnamespace)
    union all select p.prsnamespace, 'p', p.prsname::text, '' from pg_ts_parser p where pg_temp.own('pg_ts_parser', p.oid, p.prsnamespace)
    union all select t.tmplnamespace, 't', t.tmplname::text, '' from pg_ts_template t where pg_temp.own('pg_ts_template', t.oid, t.tmplnamespace)
  ) y
) x order by kind collate "C", name collate "C";

-- language: name trusted
select 'language', :lead name, trusted from (
  select (select e from head), null::oid as nsp, l.lanname::text as name, pg_temp.yes(l.lanpltrusted) as trusted
    from pg_language l where pg_temp.own('pg_language', l.oid, null)
) x order by name collate "C";

-- relation: schema name relkind columns (extension mode: schema is in the leading fields)
\if :extmode
\set relschema ''
\else
\set relschema 'schema,'
\endif
select 'relation', :lead :relschema name, relkind, columns from (
  select (select e from head), c.relnamespace as nsp, n.nspname::text as schema, c.relname::text as name, c.relkind,
         (select string_agg(a.attname || ':' || pg_temp.tn(a.atttypid), ',' order by a.attnum)
            from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where case when :'ext' = '' then n.nspname in ('pg_catalog', 'information_schema') and c.relkind in ('r', 'v')
         else pg_temp.own('pg_class', c.oid, c.relnamespace) and c.relkind in ('r', 'v', 'm', 'S', 'f', 'p')
           or c.relkind = 'c' and exists (select 1 from typ where oid = c.reltype and ext = :'ext') end
) x order by schema collate "C", name collate "C";

-- keyword: word category(U C T R) barelabel
\if :extmode
\else
select 'keyword', word, catcode, pg_temp.yes(barelabel) from pg_get_keywords() order by word collate "C";
\endif
