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
{% include "trusted.sql" %}union select oid from pg_roles where rolname = any (owners)
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
{% include "held_code.sql" %}
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
    t.hint || case when t.entries !~ '[''\\]' and t.entries = {{ shown("t.entries") }}
      then format(' If you have checked %s, ' || trusting, case when t.place in (1, 4) then 'what they do and trust it' else 'these roles and trust them' end,
        case when trusting like '%PGOPTIONS%' then replace(all_entries, ' ', '\ ') else all_entries end) else '' end as hint
  from told t, lateral (select concat_ws(';', nullif(btrim(trust), ''), t.entries) as all_entries) as it order by t.place, t.what
