create type mood as enum ('calm', 'glad');
create domain short as varchar(5);
create domain yes as boolean;
create domain label as text;
create sequence numbers;
create sequence others;
create function app_clean(text) returns text language sql immutable return $1;
create function app_all(variadic text[]) returns text language sql immutable return $1[1];
create table t (a int, b int, big bigint, n numeric(10,2), f float8, v varchar(20), u varchar, t text, c char(3), m mood, ms mood[],
  flag boolean, y yes, s short, l label, ids int[], tags text[], names varchar(10)[], j json, jb jsonb, d date, at timestamp, z timestamptz,
  span interval, id uuid);

-- Trees without what the server skips when it compares them.
create function bare(tree text) returns text language sql immutable as $$
  select regexp_replace(tree, ':(location|funcformat|relabelformat|coerceformat|coercionformat|convertformat|row_format) -?\d+', '', 'g')
$$;

-- The text that the server writes for an expression, and what it has of it, after it read its own text until that stayed the
-- same.
create function held(place text, expression text) returns text language plpgsql set search_path = public, pg_temp as $$
declare
  kind text := split_part(place, ' ', 1);
  own text := nullif(substr(place, length(kind) + 2), '');
  said text := expression;
  before text;
  tree text;
  wrote text;
begin
  for round in 1..5 loop
    before := said;
    drop table if exists pg_temp.t;
    drop domain if exists pg_temp.tried;
    create temp table t (like public.t);
    if kind = 'default' then
      execute format('alter table pg_temp.t add column x %s default %s', own, said);
      select pg_get_expr(adbin, adrelid), adbin::text into said, tree from pg_attrdef where adrelid = to_regclass('pg_temp.' || 't');
      if not found then
        return ' <=> nothing';
      end if;
    elsif kind = 'generated' then
      execute format('alter table pg_temp.t add column x %s generated always as (%s) stored', own, said);
      select pg_get_expr(adbin, adrelid), adbin::text into said, tree from pg_attrdef where adrelid = to_regclass('pg_temp.' || 't');
    elsif kind = 'check' then
      execute format('alter table pg_temp.t add check (%s)', said);
      select pg_get_expr(conbin, conrelid), conbin::text into said, tree from pg_constraint where conrelid = to_regclass('pg_temp.' || 't');
    elsif kind = 'index' then
      execute format(case round when 1 then 'create index on pg_temp.t ((%s))' else 'create index on pg_temp.t (%s)' end, said);
      select substring(pg_get_indexdef(indexrelid) from 'USING btree \((.*)\)$'), coalesce(indexprs::text, indkey::text) || indcollation::text into said, tree
        from pg_index where indrelid = to_regclass('pg_temp.' || 't');
    elsif kind = 'where' then
      execute format('create index on pg_temp.t (a) where %s', said);
      select pg_get_expr(indpred, indrelid), indpred::text into said, tree from pg_index where indrelid = to_regclass('pg_temp.' || 't');
    else
      execute format('create domain pg_temp.tried as %s check (%s)', own, said);
      select regexp_replace(pg_get_constraintdef(oid), '^CHECK ', ''), conbin::text into said, tree
        from pg_constraint where contypid = to_regtype('pg_temp.' || 'tried');
    end if;
    wrote := coalesce(wrote, said);
    exit when said = before and round > 1;
  end loop;
  return replace(wrote, E'\n', ' ') || ' <=> ' || bare(tree);
exception when others then
  return 'error: ' || sqlerrm;
end
$$;
