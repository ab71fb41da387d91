-- What could run in the place of something else, as whoever runs the script: rows of `what`, a sentence without its end, and
-- `hint`. `home` is the schema of unqualified names, `own_schemas` are that and those of its objects, `schemas` are others that the history works in,
-- `paths` those in a search_path, `sought` those that it may look for before it uses them, `routines` the functions and operators
-- that it makes, `spoken` all names and operators that it says, `touched` those that stand where a relation does, `known` the relations that are its own,
-- `adopted` what it makes only where it is not there, `adopted_schemas` the schemas among that, `owners` the roles that it gives objects or schemas to, all by their names; `trust` is what the DBA lets pass,
-- `trusting` how to say so.
--
-- PostgreSQL chooses an overload whose types fit better, although pg_catalog comes first (its documentation, section 10.3), and
-- the name of a type is called in the same way. What is of the history or of an extension may stand where its owner is trusted:
-- who owns an extension can put a function into it.
with recursive trusted (role) as materialized (
{% include "trusted.sql" %}union select oid from pg_roles where rolname = any (owners)
), space as materialized (
  -- Any word of the history may be the name of a schema, also of one on a path, but only in those that it clearly means does it matter who may create.
  select n.oid, n.nspname as name, n.nspowner as owner, n.nspname = home as is_home, p.is_on_path, p.is_on_path or n.nspname = any (spoken) and 'search_path' = any (spoken) as may_be_on_path,
      it.is_meant, n.nspname = any (own_schemas) as is_own,
      -- What its owner has in a schema that the history neither means nor looks for is not called by it.
      n.nspname = any (own_schemas) or not it.is_meant and n.nspname <> all (sought) as is_owners, coalesce(n.nspacl, acldefault('n', n.nspowner)) as acl
    from pg_namespace n, lateral (select n.nspname = home or n.nspname = any (paths) or '$user' = any (paths) and n.nspname in (current_user, session_user)
          -- The path of the session, which code can go back to.
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
  -- Oids from 16384 on are of what was made later.
  select r.name from routine r where r.space = 'pg_catalog'::regnamespace and r.oid < 16384
  union select t.typname from pg_type t where t.typnamespace = 'pg_catalog'::regnamespace and t.oid < 16384
), own_relation (oid) as materialized (
  select to_regclass(name)::oid from unnest(known) as k (name) where to_regclass(name) is not null
), own_relation_owner (role) as materialized (
  select distinct c.relowner from own_relation r join pg_class c on c.oid = r.oid
), edge (source, target) as materialized (
  -- All whose rows go or change with the rows of another one.
  select f.confrelid, f.conrelid from pg_constraint f where f.contype = 'f'
     and (f.confdeltype in ('c', 'n', 'd') or f.confupdtype in ('c', 'n', 'd') or 'truncate' = any (spoken))
  union select i.inhparent, i.inhrelid from pg_inherits i
  -- The key of the table decides what rows a partition takes.
  union select i.inhrelid, i.inhparent from pg_inherits i join pg_class c on c.oid = i.inhrelid where c.relispartition
  -- What policies and views read.
  union select p.polrelid, d.refobjid from pg_policy p join pg_depend d on d.classid = 'pg_policy'::regclass and d.objid = p.oid and d.refclassid = 'pg_class'::regclass
  union select w.ev_class, d.refobjid from pg_rewrite w join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refclassid = 'pg_class'::regclass where w.oid >= 16384
), acting (oid, is_reached) as (
  -- What the statements of the history may touch: what it knows or says, and what hangs on that.
  select oid, false from own_relation
  union
  select c.oid, s.is_meant and c.relname = any (touched) from pg_class c join space s on s.oid = c.relnamespace
   where c.relname = any (spoken) and c.relkind in ('r', 'p', 'v', 'm', 'f')
  union
  -- What is done to a type is done to its tables.
  select c.oid, true from pg_class c join pg_type t on t.oid = c.reloftype where t.typname = any (spoken)
  union
  select c.oid, true from acting r join edge e on e.source = r.oid and e.target <> r.oid join pg_class c on c.oid = e.target
   where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relnamespace <> 'pg_catalog'::regnamespace
), asked (oid, is_reached) as (
  select oid, is_reached from acting
  union
  -- Foreign keys are checked by queries on the other table. They are planned as its owner, but in this session, whose deferred
  -- triggers run as whoever runs the script.
  select f.conrelid, false from acting r join pg_constraint f on f.confrelid = r.oid where f.contype = 'f'
  union
  select f.confrelid, false from acting r join pg_constraint f on f.conrelid = r.oid where f.contype = 'f'
), named (class, object, word) as materialized (
  -- What the history calls, casts to or has as the type of a column, where it belongs to a trusted role.
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
      -- What an extension made belongs to a superuser; its owner can make a function of his own a member.
      exists (select from pg_depend d where d.classid = r.catalog and d.objid = r.oid and d.deptype = 'e')
        and r.role in (select oid from pg_roles where rolsuper) as is_member,
      s.oid is not null and r.name = any (routines) as is_made
    from routine r left join space s on s.oid = r.space
   where s.oid is not null or r.space = 'pg_catalog'::regnamespace and r.oid >= 16384
), judged (place, word, role, why) as materialized (
  select case when c.is_own_name and (c.is_on_path and not c.is_made and not c.is_member or c.is_in_catalog and not c.is_member) then 1
      when not c.is_trusted_role and c.is_own_name and c.may_be_on_path then 2
      -- What somebody else has under that name may be called by what the history calls: by an extension's function, by a trigger.
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
  -- Who owns an extension can drop it, with all columns of its types.
  select 2, 'extension ' || quote_ident(e.extname), e.extowner, null from pg_extension e where e.extname = any (adopted) and e.extowner not in (select role from trusted)
  union all
  select 2, 'type ' || t.oid::regtype::text, t.typowner, null
    from pg_type t join space s on s.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
   where t.typname = any (adopted) and not exists (select from pg_type e where e.typarray = t.oid) and coalesce(c.relkind = 'c', true) and t.typowner not in (select role from trusted) and not (s.is_own and t.typowner = s.owner)
  union all
  -- The rows of a relation of somebody else run code that he may add while this runs.
  select distinct 2, 'table ' || a.oid::regclass, c.relowner,
      coalesce('its rows change or are read with those of ' || (select min(e.source::regclass::text) from edge e where e.target = c.oid and e.source <> c.oid and e.source in (select oid from acting)), 'the history names it')
    from asked a join pg_class c on c.oid = a.oid
   where a.is_reached and c.relkind in ('r', 'p') and c.relowner not in (select role from trusted) and c.oid not in (select oid from own_relation)
     and c.relowner not in (select role from own_relation_owner)
     and not exists (select from space s where s.oid = c.relnamespace and s.is_own and s.owner = c.relowner)
  union all
  -- So does the owner of the type of a column, who may make casts.
  select 2, 'type ' || t.oid::regtype, t.typowner, 'column ' || quote_ident(a.attname) || ' of ' || r.oid::regclass from own_relation r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
    join pg_type t on a.atttypid in (t.oid, t.typarray) where t.oid >= 16384 and t.typowner not in (select role from trusted)
     and t.typowner not in (select role from own_relation_owner)
     and not exists (select from space s where s.oid = t.typnamespace and s.is_own and s.owner = t.typowner)
  union all
  -- Who owns a relation of the history may have code of his own there.
  select 2, h.word, h.role, h.why from held h join pg_class c on c.oid = h.oid
   where not h.is_anybodys and (h.is_planned or h.oid in (select oid from acting)) and (h.role <> c.relowner or h.oid not in (select oid from own_relation))
     and not exists (select from space s where s.oid = c.relnamespace and s.owner = h.role and (s.is_own or s.is_owners and h.oid not in (select oid from acting where is_reached)))
  union all
  select 4, h.word, h.role, h.why from held h
   where h.is_anybodys and h.oid in (select oid from acting) and (h.oid in (select oid from own_relation) or h.role in (select role from trusted)) and (h.is_reaching
       -- Whoever held TRIGGER could replace one of the history, but only by what is harmless or belongs to trusted roles.
       or h.word not in (select 'trigger ' || quote_ident(g.tgname) || ' of table ' || g.tgrelid::regclass from pg_trigger g where g.tgrelid = h.oid and g.tgname = any (spoken)))
  union all
  -- A view is code of whoever made it; so is a type, which may have checks and casts and is called like a function, and what
  -- tells another server where to go.
  select 2, case c.relkind when 'v' then 'view ' when 'm' then 'materialized view ' else 'foreign table ' end || c.oid::regclass, c.relowner, null
    from acting a join pg_class c on c.oid = a.oid
   where c.relkind in ('v', 'm', 'f') and c.relowner not in (select role from trusted)
     and not (c.oid in (select oid from own_relation) and c.oid in (select to_regclass(name)::oid from unnest(known_views) as k (name) where to_regclass(name) is not null))
     and not exists (select from space s where s.oid = c.relnamespace and s.owner = c.relowner and (s.is_own or s.is_owners and not a.is_reached))
  union all
  select 2, case t.typtype when 'd' then 'domain ' else 'type ' end || t.oid::regtype, t.typowner, null
    from pg_type t join space s on s.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
   -- Its owner can give a type another name without a right on the schema.
   where (t.typname = any (spoken) or s.is_meant or s.may_be_on_path) and not exists (select from pg_type e where e.typarray = t.oid) and coalesce(c.relkind = 'c', true)
     and t.typowner not in (select role from trusted) and (not (s.is_owners and t.typowner = s.owner) or s.may_be_on_path and t.typname in (select name from own))
     -- Who owns a table of the history may own its types.
     and not (t.typowner in (select role from own_relation_owner)
       and t.oid in (select to_regtype(name)::oid from unnest(known_types) as k (name) where to_regtype(name) is not null))
  union all
  -- They run with every statement that makes, changes or drops something.
  select 2, 'event trigger ' || quote_ident(e.evtname), p.proowner, 'function ' || p.oid::regprocedure
    from pg_event_trigger e join pg_proc p on p.oid = e.evtfoid where e.evtenabled <> 'D' and p.proowner not in (select role from trusted)
  union all
  -- What trusted roles made of the code of others.
  select 2, h.word, h.role, h.why from held h
   where h.oid = 0 and h.role not in (select role from own_relation_owner) and h.role not in (select owner from space where is_own)
  union all
  select 2, 'server ' || quote_ident(s.srvname), s.srvowner, null from pg_foreign_server s where s.srvname = any (spoken) and s.srvowner not in (select role from trusted)
  union all
  -- Its owner says which server and which user the rows of a foreign table come from.
  select distinct 2, 'server ' || quote_ident(s.srvname), s.srvowner, 'foreign table ' || f.ftrelid::regclass
    from asked a join pg_foreign_table f on f.ftrelid = a.oid join pg_foreign_server s on s.oid = f.ftserver where s.srvowner not in (select role from trusted)
  union all
  select 2, 'collation ' || quote_ident(s.name) || '.' || quote_ident(k.collname), k.collowner, null from pg_collation k join space s on s.oid = k.collnamespace
   where k.collname = any (adopted) and k.collowner not in (select role from trusted)
  union
  -- Who owns a schema can put something else there while this runs.
  select 2, 'schema ' || quote_ident(s.name), s.owner, null from space s where s.is_meant and not s.is_own and s.owner not in (select role from trusted)
  union
  select 2, 'schema ' || quote_ident(s.name), s.owner, null from space s where s.name = any (adopted_schemas) and s.owner not in (select role from trusted)
), listed as materialized (
  select j.place, array_agg(j.word || ' of ' || pg_get_userbyid(j.role) || coalesce(' (' || j.why || ')', '') order by j.word) as words,
      -- A name that holds the mark between entries would be read as several: nobody is told to write it.
      case when bool_and(j.word !~ ';') then string_agg(j.word, ';' order by j.word) end as entries,
      bool_or(j.role in (select m.roleid from pg_auth_members m join pg_roles r on r.oid = m.member where r.rolname in (current_user, session_user))) as is_granted,
      case when bool_and(pg_get_userbyid(j.role) !~ ';') then string_agg(distinct 'role ' || quote_ident(pg_get_userbyid(j.role)), ';') end as roles
    from (select place, word, role, string_agg(distinct why, ', ') as why from judged group by place, word, role) as j where j.place is not null and j.word <> all (regexp_split_to_array(btrim(trust), '\s*;\s*')) group by j.place
), granted as materialized (
  select s.name as space, s.owner, a.grantee, a.grantor, 'in schema ' || quote_ident(s.name) as place, 'schema ' || quote_ident(s.name) as what from space s, aclexplode(s.acl) as a
   where s.is_meant and a.privilege_type = 'CREATE' and a.grantee <> s.owner and a.grantee not in (select role from trusted)
  union all
  -- A schema that is not there yet can be made by whoever may make one.
  select n.name, d.datdba, a.grantee, a.grantor, 'the schema ' || quote_ident(n.name), 'database ' || quote_ident(d.datname)
    from (select unnest(adopted_schemas || paths) union select unnest(sought) intersect select unnest(schemas) union select unnest(array[current_user, session_user]::text[]) where '$user' = any (paths)) as n (name), pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) as a
   where to_regnamespace(quote_ident(n.name)) is null and n.name !~ '^pg_|^\$user$' and d.datname = current_database()
     and a.privilege_type = 'CREATE' and a.grantee <> d.datdba and a.grantee not in (select role from trusted)
  union all
  -- What the history makes is given to them at once.
  select 'SCHEMAS', 0::oid, a.grantee, a.grantor, 'in schemas that the history makes', 'schemas' from pg_default_acl f, aclexplode(f.defaclacl) as a
   where f.defaclobjtype = 'n' and 'schema' = any (spoken) and a.privilege_type = 'CREATE' and a.grantee not in (select role from trusted)
     and f.defaclrole in (select oid from pg_roles where rolname in (current_user, session_user))
), stranger as materialized (
  select r.rolname as name, g.space, g.place, g.what, g.owner, g.grantor, case when g.grantee = 0 then r.rolname else pg_get_userbyid(g.grantee) end as entry,
      case when g.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(g.grantee)) end as grantee
    from granted g join pg_roles r on r.oid not in (select role from trusted) and r.oid <> g.owner and (g.grantee = 0 or pg_has_role(r.oid, g.grantee, 'member'))
   where exists (select from pg_stat_activity a where a.usesysid = r.oid and a.datname = current_database()) or r.rolcanlogin and exists (select from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) as a
       where d.datname = current_database() and a.privilege_type = 'CONNECT' and (a.grantee = 0 or pg_has_role(r.oid, a.grantee, 'member')))
), told (place, what, words, entries, hint) as (
  select 1, 'there are functions or operators with the names of PostgreSQL''s own, which would be run in their place', words, entries,
      'Rename or drop them, or make them in a revision. Who may create in schema ' || home || ': '
        || coalesce((select string_agg(distinct case g.grantee when 0 then 'everybody' else pg_get_userbyid(g.grantee) end, ', ') from granted g where g.space = home), 'its owner') || '.'
    from listed where place = 1
  union all
  select 2, 'what the history makes or calls, or what its statements would run, belongs to others', words, roles,
      'They could change what it does while this runs. See who made it, and drop it or give it another owner.'
        || case when is_granted then ' That you are a member of such a role counts if a superuser granted it, who still is one: have it granted again.' else '' end
    from listed where place = 2
  union all
  select 4, 'there are triggers whose conditions or functions may run anything', words, entries,
      'Whoever held TRIGGER on the table could make or replace them. See what they do, and drop them or make them again in a revision.'
    from listed where place = 4
  union all
  select 3, 'roles that you may not trust can create ' || s.place, array_agg(distinct quote_ident(s.name)), case when bool_and(s.entry !~ ';') then string_agg(distinct 'role ' || quote_ident(s.entry), ';') end,
      format('What they put there while this runs could run as %I. Take it away from them, as %s: %srevoke create on %s from %s cascade;', current_user,
        string_agg(distinct case s.grantor when s.owner then 'the owner' else quote_ident(pg_get_userbyid(s.grantor)) end, ' and as '), case s.what when 'schemas' then 'alter default privileges ' else '' end, s.what,
        string_agg(distinct s.grantee, ', '))
    from stranger s group by s.place, s.what, s.owner
)
select t.what || ': ' || array_to_string(t.words[1:20], ', ') || case when cardinality(t.words) > 20 then format(', and %s more', cardinality(t.words) - 20) else '' end as what,
    t.hint || case when t.entries !~ '[''\\]' and t.entries = {{ shown("t.entries") }}
      then format(' If you know and trust %s, ' || trusting, case when t.place in (1, 4) then 'what they do' else 'them' end,
        case when trusting like '%PGOPTIONS%' then replace(all_entries, ' ', '\ ') else all_entries end) else '' end as hint
  from told t, lateral (select concat_ws(';', nullif(btrim(trust), ''), t.entries) as all_entries) as it order by t.place, t.what
