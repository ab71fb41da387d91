-- Tries a statement: `ok` and the columns of a relation, or why it is refused. Nothing is left unless it stays.
create function pg_temp.try(sql text, stays boolean, relation text) returns text language plpgsql as $try$
declare
    state text;
    told text;
    columns text;
begin
    begin
        execute sql;
        if to_regclass(relation) is not null then
            select coalesce(string_agg(format('%s %s', attname, format_type(atttypid, atttypmod)), e'\x01' order by attnum), '')
            into columns
            from pg_attribute
            where attrelid = relation::regclass and attnum > 0 and not attisdropped;
        end if;
        if not stays then
            raise exception using errcode = 'ZZ001';
        end if;
        return concat_ws(e'\x01', 'ok', columns);
    exception when others then
        get stacked diagnostics state = returned_sqlstate, told = message_text;
        if state = 'ZZ001' then
            return concat_ws(e'\x01', 'ok', columns);
        end if;
        return state || e'\x01' || translate(told, e'\n\r\t', '   ');
    end;
end
$try$;
