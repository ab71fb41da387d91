//! Where is the database, and what is left to do? One block that reads the version rows and what is half done.
//!
//! It leaves its answers in settings of the session: `limbeck.todo` holds the numbers of the steps that are left, and
//! `NUMBER.PART` for those of several parts; `limbeck.run` is the same, and empty in a dry run; `limbeck.rows` are the
//! version rows, `limbeck.target` those at the end.

use crate::diagnostic::Direction;
use crate::token::quote_literal;

use super::place::{block, is_dry_run, texts};
use super::route::Route;

/// The version rows in the order of their bytes.
pub(super) const ROWS: &str =
    "coalesce(array_agg(version_num::text order by version_num::text collate \"C\"), '{}')";

/// `array[1, 2]::integer[]`
fn integers(items: impl IntoIterator<Item = usize>) -> String {
    let items: Vec<String> = items.into_iter().map(|it| it.to_string()).collect();
    format!("array[{}]::integer[]", items.join(", "))
}

impl Route<'_> {
    pub(super) fn find(&self) -> String {
        block(
            &[
                self.declare(),
                self.refuse_pooler(),
                self.read_rows(),
                self.read_place(),
                self.read_goal(),
                self.read_progress(),
                self.steps_left(),
                self.refuse_irreversible(),
                self.read_target(),
                Self::answer(),
            ]
            .concat(),
        )
    }

    fn starts_at_base(&self) -> bool {
        self.starts.contains(&None)
    }

    fn declare(&self) -> String {
        let count = self.nodes.len();
        let mut edges: Vec<(usize, usize)> = Vec::new();
        for (node, needs) in self.needs.iter().enumerate().rev() {
            edges.extend(needs.iter().map(|it| (node + 1, it + 1)));
        }
        let mut parts = vec![1; count];
        for step in &self.steps {
            parts[step.node] = step.parts.len();
        }
        format!(
            "declare
  -- Where the database may stand, in the order of the upgrade; what each revision needs, last first; the parts of each.
  nodes constant text[] := {};
  child constant integer[] := {};
  parent constant integer[] := {};
  parts constant integer[] := {};
  starts constant integer[] := {};
  present text[] := '{{}}';
  here text;
  applied boolean[] := array_fill(false, array[{count}]);
  covered boolean[] := array_fill(false, array[{count}]);
  wanted boolean[] := array_fill({}, array[{count}]);
  reached boolean := {};
  goal text := current_setting('limbeck.to');
  half text;
  half_way text;
  half_part integer := 0;
  todo text[] := '{{}}';
  target text[] := '{{}}';
  id text;
  at integer;
  stop record;
begin
",
            texts(self.nodes.iter().copied()),
            integers(edges.iter().map(|it| it.0)),
            integers(edges.iter().map(|it| it.1)),
            integers(parts),
            integers(self.starts.iter().flatten().map(|it| it + 1)),
            self.direction == Direction::Upgrade,
            self.starts_at_base(),
        )
    }

    /// Where the script may start, as a sentence.
    fn accepts(&self) -> String {
        let points: Vec<String> = self
            .pack
            .from
            .iter()
            .map(|it| match &it.revision {
                Some(revision) => format!("{} ({revision})", it.name),
                None => it.name.clone(),
            })
            .collect();
        format!(
            "{} of {} starts at {} and at every step up to {}. Connect to another database, or take the bundle whose release starts where this one is.",
            self.file(),
            self.pack.version,
            points.join(" or "),
            self.nodes.last().copied().unwrap_or("base"),
        )
    }

    fn read_rows(&self) -> String {
        let table = self.version_table.qualified();
        let literal = quote_literal(&table);
        let name = quote_literal(&self.version_table.name);
        let create = quote_literal(&format!(
            "Set version_table_schema in limbeck.yaml to where it is. If that one belongs to another application, make an empty one: create table {table} (version_num character varying(32) not null primary key);"
        ));
        let absent = if self.starts_at_base() {
            String::new()
        } else {
            format!(
                "  else
    raise exception 'limbeck: refused: there is no version table %', {literal}
      using hint = {};
",
                quote_literal(&self.accepts())
            )
        };
        format!(
            "  if exists (select from pg_class where oid = to_regclass({literal}) and relkind in ('r', 'p')) then
    select {ROWS} into present from {table};
  elsif to_regclass({literal}) is not null then
    raise exception 'limbeck: refused: % is no table', {literal}
      using hint = 'The version table is a table: see what that is, or set version_table in limbeck.yaml.';
  elsif exists (select from pg_class where relname = {name} and relkind in ('r', 'p')) then
    select string_agg(relnamespace::regnamespace::text, ', ' order by relnamespace::regnamespace::text) into id
      from pg_class where relname = {name} and relkind in ('r', 'p');
    raise exception 'limbeck: refused: there is no version table %, but there is one in schema %', {literal}, id
      using hint = {create};
{absent}  end if;
  here := coalesce(nullif(array_to_string(present, ', '), ''), 'base');
"
        )
    }

    /// What has run, given the rows.
    fn read_place(&self) -> String {
        let accepts = quote_literal(&self.accepts());
        format!(
            "  foreach id in array present loop
    at := array_position(nodes, id);
    if at is null then
      raise exception 'limbeck: refused: the database is at %, which is not on the way of this script', here
        using hint = {accepts};
    end if;
    applied[at] := true;
  end loop;
  for i in 1 .. cardinality(child) loop
    if applied[child[i]] then
      applied[parent[i]] := true;
      covered[parent[i]] := true;
    end if;
  end loop;
  if cardinality(present) > (select count(distinct one) from unnest(present) as one) then
    raise exception 'limbeck: refused: the version table % holds a row twice: %', {}, here
      using hint = 'Delete one of the two, and give the table its primary key again.';
  end if;
  foreach id in array present loop
    if covered[array_position(nodes, id)] then
      raise exception 'limbeck: refused: the version table % holds %, of which % comes before another', {}, here, id
        using hint = 'One revision of a line stands for all before it: delete the row of the earlier one if what follows it has really run.';
    end if;
  end loop;
  foreach at in array starts loop
    reached := reached or applied[at];
  end loop;
  if not reached then
    raise exception 'limbeck: refused: the database is at %, which is before the start of this script', here
      using hint = {accepts};
  end if;
",
            quote_literal(&self.version_table.qualified()),
            quote_literal(&self.version_table.qualified()),
        )
    }

    /// What `-v to=` names: a revision or a release on the way. What is wanted is that and all that it needs.
    fn read_goal(&self) -> String {
        let place = |id: &str| self.nodes.iter().position(|it| *it == id);
        let points = self.pack.from.iter().chain(&self.pack.passes);
        let (versions, places): (Vec<&str>, Vec<usize>) = points
            .chain(std::iter::once(&self.pack.to))
            .filter_map(|it| Some((it.name.as_str(), place(it.revision.as_deref()?)? + 1)))
            .unzip();
        let default = match (self.direction, self.starts.as_slice()) {
            (Direction::Upgrade, _) => String::new(),
            (Direction::Downgrade, [start]) => {
                let start = start.map_or("base", |it| self.nodes[it]);
                format!(
                    "  goal := coalesce(nullif(goal, ''), {});\n",
                    quote_literal(start)
                )
            }
            (Direction::Downgrade, _) => {
                let origins = self.pack.from.iter().map(|it| it.name.as_str());
                let origins: Vec<&str> = origins.collect();
                format!(
                    "  if goal = '' then
    raise exception 'limbeck: refused: this release comes from several: %', {}
      using hint = {};
  end if;
",
                    quote_literal(&origins.join(", ")),
                    quote_literal(&format!(
                        "Say to which one the database goes back, such as -v to={}.",
                        origins[0]
                    )),
                )
            }
        };
        let (everything, reset) = match self.direction {
            Direction::Upgrade => (
                "goal <> ''",
                format!(
                    "    wanted := array_fill(false, array[{}]);\n",
                    self.nodes.len()
                ),
            ),
            Direction::Downgrade if self.starts_at_base() => ("goal <> 'base'", String::new()),
            Direction::Downgrade => ("true", String::new()),
        };
        format!(
            "{default}  if {everything} then
    at := coalesce(array_position(nodes, goal), ({})[array_position({}, goal)]);
    if at is null then
      raise exception 'limbeck: refused: % is not on the way of this script', goal
        using hint = 'After -v to= stands one of: ' || array_to_string(nodes, ', ') || '.';
    end if;
{reset}    wanted[at] := true;
    for i in 1 .. cardinality(child) loop
      if wanted[child[i]] then
        wanted[parent[i]] := true;
      end if;
    end loop;
  end if;
",
            integers(places),
            texts(versions),
        )
    }

    /// What a run before left half done.
    fn read_progress(&self) -> String {
        let progress = self.progress_table().qualified();
        let literal = quote_literal(&progress);
        let rest = match self.direction {
            Direction::Upgrade => "    if half_way <> 'upgrade' then
      raise exception 'limbeck: refused: the rollback of revision % is half done', half
        using hint = 'Finish it with rollback.sql; this script goes on from where that one ends.';
    end if;
"
            .to_owned(),
            Direction::Downgrade => self.read_half_upgrade(),
        };
        format!(
            "  if to_regclass({literal}) is not null then
    select revision, direction, part into half, half_way, half_part from {progress} limit 1;
    if half is not null and array_position(nodes, half) is null then
      raise exception 'limbeck: refused: revision % is half done (see %), and is not on the way of this script', half, {literal}
        using hint = 'Finish it with the script that began it, and run this one then.';
    end if;
{rest}  end if;
"
        )
    }

    /// Some parts of a rollback take back what a half-done upgrade did not come to.
    fn read_half_upgrade(&self) -> String {
        let skips: Vec<String> = self
            .steps
            .iter()
            .filter(|it| it.halves)
            .flat_map(|step| {
                let revision = quote_literal(step.revision);
                let skips = step.skips.iter().enumerate();
                skips.map(move |(done, skip)| format!("({revision}, {done}, {skip})"))
            })
            .collect();
        if skips.is_empty() {
            return String::new();
        }
        format!(
            "    if half_way = 'upgrade' then
      -- So many parts of the rollback have nothing to take back.
      half_part := coalesce((select skip from (values {}) as skips (revision, done, skip) where revision = half and done = half_part), 0);
    end if;
",
            skips.join(", ")
        )
    }

    fn steps_left(&self) -> String {
        let (count, first) = (self.nodes.len(), self.below + 1);
        let (order, left, number) = match self.direction {
            Direction::Upgrade => (
                format!("{first} .. {count}"),
                "wanted[i] and not applied[i]",
                format!("i - {}", self.below),
            ),
            Direction::Downgrade => (
                format!("reverse {count} .. {first}"),
                "not wanted[i] and (applied[i] or half is not distinct from nodes[i])",
                format!("{count} - i + 1"),
            ),
        };
        format!(
            "  for i in {order} loop
    continue when not ({left});
    todo := todo || ({number})::text;
    for part in 1 .. parts[i] loop
      if parts[i] > 1 and (half is distinct from nodes[i] or part > half_part) then
        todo := todo || (({number}) || '.' || part);
      end if;
    end loop;
    applied[i] := {after};
    -- What is half done comes first.
    if todo[1] = ({number})::text and half = nodes[i] then
      half := null;
    end if;
  end loop;
  if half is not null then
    raise exception 'limbeck: refused: revision % is half done, and is not what comes next here', half
      using hint = 'Finish it with the script that began it, and run this one then.';
  end if;
",
            after = self.direction == Direction::Upgrade,
        )
    }

    fn refuse_irreversible(&self) -> String {
        let stops: Vec<String> = self
            .steps
            .iter()
            .filter_map(|step| {
                Some(format!(
                    "('{}', {}, {})",
                    step.number,
                    quote_literal(step.revision),
                    quote_literal(step.irreversible?)
                ))
            })
            .collect();
        if stops.is_empty() {
            return String::new();
        }
        format!(
            "  for stop in select * from (values {}) as stops (number, revision, reason) where number = any (todo) order by number::integer loop
    raise exception 'limbeck: refused: revision % cannot be taken back: %', stop.revision, stop.reason
      using hint = format('The nearest point that can be reached is %s itself: -v to=%s', stop.revision, stop.revision);
  end loop;
",
            stops.join(", ")
        )
    }

    /// The rows at the end: what has run by then and nothing covers.
    fn read_target(&self) -> String {
        let count = self.nodes.len();
        format!(
            "  covered := array_fill(false, array[{count}]);
  for i in 1 .. cardinality(child) loop
    if applied[child[i]] then
      covered[parent[i]] := true;
    end if;
  end loop;
  select coalesce(array_agg(n.id order by n.id collate \"C\"), '{{}}') into target
    from unnest(nodes, applied, covered) as n (id, applied, covered) where n.applied and not n.covered;
"
        )
    }

    fn answer() -> String {
        let dry_run = is_dry_run("current_setting('limbeck.dry_run')");
        format!(
            "  perform set_config('limbeck.rows', present::text, false),
          set_config('limbeck.target', target::text, false),
          set_config('limbeck.todo', todo::text, false),
          set_config('limbeck.run', case when {dry_run} then '{{}}' else todo::text end, false),
          set_config('limbeck.here', here, false),
          set_config('limbeck.end', case
            when todo = '{{}}' then 'nothing to do: the database is at ' || here
            when {dry_run} then 'dry run: nothing was changed, the database is at ' || here
            else 'complete: the database is at ' || coalesce(nullif(array_to_string(target, ', '), ''), 'base')
          end, false);
end"
        )
    }

    /// Sees at the end that the version rows are those of the target.
    pub(super) fn assert(&self) -> String {
        let table = self.version_table.qualified();
        block(&format!(
            "declare
  present text[];
begin
{}  if current_setting('limbeck.run')::text[] <> '{{}}' then
    select {ROWS} into present from {table};
    if present <> current_setting('limbeck.target')::text[] then
      raise exception 'limbeck: failed: the rows of % are %, and should be %', {}, present, current_setting('limbeck.target')
        using hint = 'Something else changed them during the run. Run the same file again: it says where the database is.';
    end if;
  end if;
end",
            self.refuse_pooler(),
            quote_literal(&table)
        ))
    }
}
