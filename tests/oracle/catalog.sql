-- What statements can be made of: types, functions, aggregates, operators and casts of pg_catalog, one a line. Functions that change
-- something or wait are left out: nothing that is made of these rows can reach beyond its database.
with types as (
    select format_type(oid, null) as name, *
    from pg_type
    where typnamespace = 'pg_catalog'::regnamespace and typtype in ('b', 'r', 'm')
)
select concat_ws(e'\t', 'type', name, typtype, typcategory,
    coalesce(format_type(nullif(typarray, 0), null), ''),
    coalesce(
        (select format_type(rngsubtype, null) from pg_range where types.oid in (rngtypid, rngmultitypid)), ''
    ),
    exists (
        select from pg_opclass
        where opcdefault and (opcintype = types.oid or typname = 'varchar' and opcname = 'text_ops') and opcmethod = (select oid from pg_am where amname = 'btree')
    ))
from types
where typcategory <> 'A'
union all
select concat_ws(e'\t', 'call', quote_ident(proname), prokind, proretset,
    format_type(prorettype, null),
    (
        select coalesce(string_agg(format_type(it, null), ';' order by at), '')
        from unnest(proargtypes) with ordinality as _ (it, at)
    ),
    coalesce(format_type(nullif(provariadic, 0), null), ''),
    pronargdefaults, provolatile, coalesce(aggkind, ''), coalesce(aggnumdirectargs, 0))
from pg_proc as f left join pg_aggregate on aggfnoid = f.oid
where pronamespace = 'pg_catalog'::regnamespace
    and prokind in ('f', 'a', 'w')
    and (provolatile <> 'v' or proname in ('random', 'clock_timestamp', 'gen_random_uuid', 'timeofday'))
    and proname !~ '^(pg_|binary_upgrade|table_to_|schema_to_|database_to_|current_setting|inet_(client|server)|ri_|ts_|get_)'
union all
select concat_ws(e'\t', 'operator', oprname, coalesce(format_type(nullif(oprleft, 0), null), ''),
    format_type(oprright, null), format_type(oprresult, null),
    (select provolatile from pg_proc where pg_proc.oid = oprcode))
from pg_operator
where oprnamespace = 'pg_catalog'::regnamespace and oprcode <> 0
union all
select concat_ws(e'\t', 'cast', format_type(castsource, null), format_type(casttarget, null), castcontext)
from pg_cast;
