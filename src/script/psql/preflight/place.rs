//! Where a database is on the path of a release, by the rows of its version table.

use crate::script::pack::{Pack, Point};
use crate::token::quote_literal;

use super::tell;
use crate::script::psql::reading::{array, read_rows, statement, version_table};

/// Tells where the database is, and what would run. `limbeck.exact` is `yes` where nothing of the release has run.
pub(super) fn place(pack: &Pack) -> String {
    let progress = version_table(&pack.config)
        .sibling("limbeck_progress")
        .qualified();
    let mut text = read_rows(&pack.config);
    text += &statement(&format!(
        "declare
  present text[] := '{{}}';
  place text;
  done text[];
  exact text := 'no';
  half text := '';
begin
  if to_regclass({progress_text}) is not null then
    select format('%s of revision %s is half done: part %s was the last', case direction when 'upgrade' then direction else 'rollback' end, revision, part)
      into half from {progress} limit 1;
  end if;
  if current_setting('limbeck.rows') <> 'none' then
    present := current_setting('limbeck.rows')::text[];
  end if;
  with recursive steps (place, revision, message, needs) as materialized (
{steps}
  ), points (kind, name, revision) as materialized (
{points}
  ), below (top, id) as (
    select s.revision, need from steps s, unnest(s.needs) as need where s.revision = any (present)
    union select b.top, need from below b join steps s on s.revision = b.id, unnest(s.needs) as need
  ), judged as (
    select not exists (select from unnest(present) as one
          where one not in (select revision from steps) and one not in (select revision from points where revision is not null))
        and not exists (select from below where id = any (present))
        and exists (select from points where kind = 'from'
          and (revision is null or revision = any (present) or revision in (select id from below))) as valid,
      (select kind || ' ' || name from points where present = case when revision is null then '{{}}'::text[] else array[revision] end
        order by kind = 'to' desc, kind = 'from' desc limit 1) as point,
      array(select revision from steps where revision = any (present) or revision in (select id from below)) as done,
      (select count(*) from steps) as count
  )
  select case when not j.valid then 'elsewhere' when j.point is not null then j.point
      else cardinality(j.done) || ' of ' || j.count || case j.count when 1 then ' step' else ' steps' end || ' done' end,
    j.done, case when j.valid and j.point like 'from %' then 'yes' else 'no' end
    into place, done, exact from judged j;
  perform set_config('limbeck.place', place, true), set_config('limbeck.done', done::text, true), set_config('limbeck.exact', case half when '' then exact else 'no' end, true),
    set_config('limbeck.half', half, true);
end",
        progress_text = quote_literal(&progress),
        steps = steps(pack),
        points = points(pack),
    ));
    text += &tell(&format!(
        "  select 1 as place, case when current_setting('limbeck.place') = 'elsewhere' then 'STOP' else 'ok' end as mark,
    case split_part(current_setting('limbeck.place'), ' ', 1)
      when 'elsewhere' then 'the database is at ' || {rows} || ', and this release starts at ' || {accepted}
      when 'to' then 'the database is already at ' || {version} || ': nothing would run'
      when 'from' then 'the database is at ' || substr(current_setting('limbeck.place'), 6)
        || case current_setting('limbeck.rows') when 'none' then ': there is no table ' || {table} || ' yet' else '' end
      when 'pass' then 'the database is at ' || substr(current_setting('limbeck.place'), 6) || ', on the way to ' || {version}
      else 'the database is on the way to ' || {version} || ': ' || current_setting('limbeck.place') end as line
  union all select 1, case when current_setting('limbeck.half') like 'rollback%' then 'STOP' else 'note' end, current_setting('limbeck.half') || '; the script that began it goes on there' where current_setting('limbeck.half') <> ''
  union all select s.place, 'ok', 'would run ' || s.revision || case s.message when '' then '' else ': ' || s.message end
    from (\n{steps}\n    ) as s (place, revision, message, needs)
    where current_setting('limbeck.place') <> 'elsewhere' and s.revision <> all (current_setting('limbeck.done')::text[])",
        rows = "case when current_setting('limbeck.rows') in ('none', '{}') then 'base' else array_to_string(current_setting('limbeck.rows')::text[], ', ') end",
        accepted = quote_literal(&accepted(pack)),
        version = quote_literal(&pack.version),
        table = quote_literal(&version_table(&pack.config).qualified()),
        steps = steps(pack),
    ));
    text
}

fn steps(pack: &Pack) -> String {
    // A release of no revision still has a list.
    let mut rows = vec!["    select 0, '', '', '{}'::text[] where false".to_owned()];
    let values: Vec<String> = pack
        .steps
        .iter()
        .enumerate()
        .map(|(at, step)| {
            let needs: Vec<String> = step.needs.iter().map(|it| quote_literal(it)).collect();
            format!(
                "({}, {}, {}, {})",
                at + 2,
                quote_literal(&step.revision),
                quote_literal(&step.message),
                array(&needs)
            )
        })
        .collect();
    if !values.is_empty() {
        rows.push(format!("    (values {})", values.join(",\n      ")));
    }
    rows.join("\n    union all\n")
}

fn points(pack: &Pack) -> String {
    let from = pack.from.iter().map(|it| ("from", it));
    let pass = pack.passes.iter().map(|it| ("pass", it));
    let rows: Vec<String> = from
        .chain(pass)
        .chain([("to", &pack.to)])
        .map(|(kind, point)| {
            let Point { name, revision } = point;
            let revision = revision
                .as_ref()
                .map_or_else(|| "null".to_owned(), |it| quote_literal(it));
            format!("('{kind}', {}, {revision})", quote_literal(name))
        })
        .collect();
    format!("    values {}", rows.join(",\n      "))
}

/// What the scripts of the release take a database from.
fn accepted(pack: &Pack) -> String {
    let named = |it: &Point| match &it.revision {
        Some(revision) => format!("{} ({revision})", it.name),
        None => it.name.clone(),
    };
    let from: Vec<String> = pack.from.iter().map(named).collect();
    format!(
        "{}, or is on the way from there to {}",
        from.join(" or "),
        named(&pack.to)
    )
}
