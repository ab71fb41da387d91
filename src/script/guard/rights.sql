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
