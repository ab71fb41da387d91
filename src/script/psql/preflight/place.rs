//! Where a database is on the path of a release, by the rows of its version table.

use serde_json::{Value, json};

use crate::script::guard::text;
use crate::script::pack::{Pack, Point};
use crate::token::quote_literal;

use super::tell;
use crate::script::psql::reading::version_table;

/// The steps and the points of the way, as `where.sql` reads them.
pub(super) fn data(pack: &Pack) -> [(&'static str, Value); 2] {
    let steps = pack.steps.iter().enumerate().map(|(at, step)| {
        json!({"place": at + 2, "revision": step.revision, "message": step.message, "needs": step.needs})
    });
    let from = pack.from.iter().map(|it| ("from", it));
    let pass = pack.passes.iter().map(|it| ("pass", it));
    let points = from
        .chain(pass)
        .chain([("to", &pack.to)])
        .map(|(kind, point)| json!({"kind": kind, "name": point.name, "revision": point.revision}));
    [("steps", steps.collect()), ("points", points.collect())]
}

/// Tells where the database is, and what would run. `limbeck.exact` is `yes` where nothing of the release has run.
pub(super) fn place(pack: &Pack) -> String {
    let mut sql = text("where.sql").to_owned();
    sql += &tell(&format!(
        "  with done (revision) as materialized (
    select unnest(current_setting('limbeck.done')::text[])
  ), left_step (place, revision, message, needs) as materialized (
    select * from json_to_recordset(current_setting('limbeck.release')::json -> 'steps') as s (place integer, revision text, message text, needs text[])
    where s.revision not in (select revision from done)
  )
  select 1 as place, case when current_setting('limbeck.place') = 'elsewhere' then 'STOP' else 'ok' end as mark,
    case split_part(current_setting('limbeck.place'), ' ', 1)
      when 'elsewhere' then 'the database is at ' || {rows} || ', but this release starts at ' || {accepted}
      when 'to' then 'the database is already at ' || {version} || ': nothing would run'
      when 'from' then 'the database is at ' || substr(current_setting('limbeck.place'), 6)
        || case current_setting('limbeck.rows') when 'none' then ': the table ' || {table} || ' does not exist yet' else '' end
      when 'pass' then 'the database is at ' || substr(current_setting('limbeck.place'), 6) || ', on the way to ' || {version}
      else 'the database is on the way to ' || {version} || ': ' || current_setting('limbeck.place') end as line
    where current_setting('limbeck.odd') = ''
  union all select 1, 'STOP', current_setting('limbeck.odd')
    where current_setting('limbeck.odd') <> ''
  union all select 1, case when current_setting('limbeck.half') not like 'upgrade of %' or not h.is_here then 'STOP' else 'note' end, current_setting('limbeck.half') || '; continue with the script that started it'
    from (select exists (select from left_step s where s.revision = current_setting('limbeck.half_of')
        and not exists (select from left_step n where n.revision = any (s.needs))) as is_here) as h
    where current_setting('limbeck.half') <> ''
  union all select 1, 'STOP', 'the version table ' || {table} || ' contains a duplicate row: ' || string_agg(distinct one, ', ')
    from (select one from unnest(case when current_setting('limbeck.rows') = 'none' then '{{}}' else current_setting('limbeck.rows') end::text[]) as one group by one having count(*) > 1) as twice
    having count(*) > 0
  union all select s.place, 'ok', 'would run ' || s.revision || case s.message when '' then '' else ': ' || s.message end
    from left_step s where current_setting('limbeck.place') <> 'elsewhere' and current_setting('limbeck.odd') = ''",
        rows = "case when current_setting('limbeck.rows') in ('none', '{}') then 'base' else array_to_string(current_setting('limbeck.rows')::text[], ', ') end",
        accepted = quote_literal(&accepted(pack)),
        version = quote_literal(&pack.version),
        table = quote_literal(&version_table(&pack.config).qualified()),
    ));
    sql
}

/// What the scripts of the release take a database from.
fn accepted(pack: &Pack) -> String {
    let named = |it: &Point| match &it.revision {
        Some(revision) => format!("{} ({revision})", it.name),
        None => it.name.clone(),
    };
    let from: Vec<String> = pack.from.iter().map(named).collect();
    format!(
        "{}, or between there and {}",
        from.join(" or "),
        named(&pack.to)
    )
}
