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
