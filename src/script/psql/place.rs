//! What happens before the first step: everything that would make the script wrong here is refused, other runs are
//! waited for, and the script finds out where the database is.

use std::collections::BTreeSet;

use crate::diagnostic::Direction;
use crate::digest::seal_digest;
use crate::name::Name;
use crate::operation::guard;
use crate::schema::{Object, ObjectId, Schema};
use crate::token::{lex, quote_identifier, quote_literal};

use super::route::Route;

/// psql's `\if :{?name}` is of version 11, and earlier ones are not tried.
const OLDEST_PSQL: u32 = 12;
/// `begin atomic … end` holds semicolons, which an older psql ends the statement at.
const ATOMIC_PSQL: u32 = 14;

/// `array['a', 'b']::text[]`
pub(super) fn texts<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    let items: Vec<String> = items.into_iter().map(quote_literal).collect();
    format!("array[{}]::text[]", items.join(", "))
}

fn integers(items: impl IntoIterator<Item = usize>) -> String {
    let items: Vec<String> = items.into_iter().map(|it| it.to_string()).collect();
    format!("array[{}]::integer[]", items.join(", "))
}

fn block(body: &str) -> String {
    guard::block(body).sql + ";\n"
}

impl Route<'_> {
    pub(super) fn verb(&self) -> &'static str {
        match self.direction {
            Direction::Upgrade => "upgrade",
            Direction::Downgrade => "rollback",
        }
    }

    /// As [`crate::plan`] calls it, in the table of progress.
    pub(super) fn direction_word(&self) -> &'static str {
        match self.direction {
            Direction::Upgrade => "upgrade",
            Direction::Downgrade => "downgrade",
        }
    }

    pub(super) fn file(&self) -> &'static str {
        match self.direction {
            Direction::Upgrade => "upgrade.sql",
            Direction::Downgrade => "rollback.sql",
        }
    }

    pub(super) fn progress_table(&self) -> Name {
        self.version_table.sibling("limbeck_progress")
    }

    /// Hands psql's options to the server, where `do` blocks read them.
    pub(super) fn hand_over(&self, options: &[&str]) -> String {
        let mut values: Vec<String> = options
            .iter()
            .map(|it| format!("('{it}', :'{it}')"))
            .collect();
        values.push("('psql', :'VERSION_NUM')".to_owned());
        format!(
            "select set_config('limbeck.probe', 'inside', true) as limbeck_set \\gset
select count(set_config('limbeck.' || name, value, false)) as limbeck_set
  from (values {}) as option (name, value) \\gset
",
            values.join(", ")
        )
    }

    /// Refuses a place where the script must not run.
    pub(super) fn refuse(&self) -> String {
        let config = &self.pack.config;
        let minimum = config.minimum_server;
        let psql = if self.is_atomic() {
            ATOMIC_PSQL
        } else {
            OLDEST_PSQL
        };
        let file = self.file();
        let mut body = format!(
            "declare
  other text;
begin
  if current_setting('limbeck.probe', true) = 'inside' then
    raise exception 'limbeck: refused: this session is in a transaction already'
      using hint = 'Run {file} by itself: without -1 or --single-transaction, and without BEGIN before it or in .psqlrc.';
  end if;
  if current_setting('limbeck.psql')::integer < {psql}0000 then
    raise exception 'limbeck: refused: this script needs psql {psql} or newer, and this is %', current_setting('limbeck.psql')::integer / 10000
      using hint = 'Run it with the psql of a newer PostgreSQL; the server may stay.';
  end if;
  if current_setting('server_version_num')::integer < {minimum}0000 then
    raise exception 'limbeck: refused: this script needs PostgreSQL {minimum} or newer, and this server is %', current_setting('server_version')
      using hint = 'Upgrade the server, or have the release compiled for it: minimum_server in limbeck.yaml.';
  end if;
  if pg_is_in_recovery() then
    raise exception 'limbeck: refused: this server is a standby, which cannot be written to'
      using hint = 'Connect to the primary.';
  end if;
  if current_setting('transaction_read_only')::boolean then
    raise exception 'limbeck: refused: this session is read-only'
      using hint = 'See default_transaction_read_only of the role, of the database and in PGOPTIONS.';
  end if;
  if current_setting('limbeck.expect_db') not in ('', current_database()) then
    raise exception 'limbeck: refused: this is the database %, and % was expected', current_database(), current_setting('limbeck.expect_db')
      using hint = 'Connect to the other one, or say another name with -v expect_db=NAME.';
  end if;
  if lower(current_setting('limbeck.dry_run')) not in ('', '0', 'off', 'false', 'no', '1', 'on', 'true', 'yes') then
    raise exception 'limbeck: refused: dry_run is %, and must be 0 or 1', current_setting('limbeck.dry_run');
  end if;
  if current_setting('limbeck.wait') !~ '^[0-9]{{0,6}}$' then
    raise exception 'limbeck: refused: wait is %, and must be a number of seconds', current_setting('limbeck.wait');
  end if;
",
        );
        let schema = quote_literal(&config.schema);
        if !self.makes_schema() {
            body += &format!(
                "  if to_regnamespace({}) is null then
    raise exception 'limbeck: refused: there is no schema %', {schema}
      using hint = {};
  end if;
",
                quote_literal(&quote_identifier(&config.schema)),
                quote_literal(&format!(
                    "Create it first: create schema {};",
                    quote_identifier(&config.schema)
                )),
            );
        }
        body += &self.refuse_role();
        body += "end";
        block(&body)
    }

    fn refuse_role(&self) -> String {
        let (tables, types, schemas) = self.needed();
        let as_role = "using hint = 'Connect as the owner, or as a member of that role; `role` in limbeck.yaml lets the script change to it.'";
        let mut text = String::new();
        for (kind, list, catalog, find, owner) in [
            ("table", tables, "pg_class", "to_regclass(it)", "relowner"),
            ("type", types, "pg_type", "to_regtype(it)", "typowner"),
        ] {
            if list.is_empty() {
                continue;
            }
            text += &format!(
                "  select string_agg(it || ' (' || pg_get_userbyid(o.{owner}) || ')', ', ' order by it) into other
    from unnest({}) as it
    join {catalog} o on o.oid = {find}
   where not pg_has_role(o.{owner}, 'usage');
  if other is not null then
    raise exception 'limbeck: refused: the role % does not own every {kind} that this release changes: %', current_user, other
      {as_role};
  end if;
",
                texts(list.iter().map(String::as_str)),
            );
        }
        if !schemas.is_empty() {
            text += &format!(
                "  select string_agg(it, ', ' order by it) into other
    from unnest({}) as it
   where to_regnamespace(it) is not null and not has_schema_privilege(to_regnamespace(it)::oid, 'create');
  if other is not null then
    raise exception 'limbeck: refused: the role % may not create anything in schema %', current_user, other
      using hint = format('Connect as another role, or: grant create on schema %s to %I;', other, current_user);
  end if;
",
                texts(schemas.iter().map(String::as_str)),
            );
        }
        text
    }

    /// The tables and types that the role must own, and the schemas that it must create in, as SQL writes them.
    fn needed(&self) -> (BTreeSet<String>, BTreeSet<String>, BTreeSet<String>) {
        let (mut tables, mut types, mut schemas) =
            (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let (there, made) = match self.direction {
            Direction::Upgrade => (&self.pack.before, &self.pack.after),
            Direction::Downgrade => (&self.pack.after, &self.pack.before),
        };
        let present = |schema: &Schema, id: &ObjectId| schema.get(id).cloned();
        for id in &self.pack.touched {
            match id {
                ObjectId::Relation(name) => match present(there, id).as_deref() {
                    Some(Object::Index(index)) => drop(tables.insert(index.table.qualified())),
                    Some(Object::Table(_) | Object::Sequence(_)) => {
                        tables.insert(name.qualified());
                    }
                    Some(
                        Object::Namespace(_)
                        | Object::Extension(_)
                        | Object::Type(_)
                        | Object::Opaque(_),
                    )
                    | None => {}
                },
                ObjectId::Type(name) if present(there, id).is_some() => {
                    types.insert(name.qualified());
                }
                ObjectId::Type(_)
                | ObjectId::Namespace(_)
                | ObjectId::Extension(_)
                | ObjectId::Opaque(..) => {}
            }
            if let ObjectId::Relation(name) | ObjectId::Type(name) = id
                && present(made, id).is_some()
                && present(there, id).is_none()
            {
                schemas.insert(quote_identifier(&name.schema));
            }
        }
        if self.starts.contains(&None) && self.direction == Direction::Upgrade {
            schemas.insert(quote_identifier(&self.version_table.schema));
        }
        let strings =
            |all: BTreeSet<smol_str::SmolStr>| all.iter().map(ToString::to_string).collect();
        (strings(tables), strings(types), strings(schemas))
    }

    /// Whether a statement holds semicolons that only newer versions of psql see through.
    fn is_atomic(&self) -> bool {
        self.statements().any(|it| {
            let text = &it.sql;
            lex(text, 0, text.len()).is_ok_and(|tokens| {
                tokens
                    .windows(2)
                    .any(|pair| pair[0].is_word(text, "begin") && pair[1].is_word(text, "atomic"))
            })
        })
    }

    /// Whether the first statement of the upgrade makes the schema of unqualified names.
    pub(super) fn makes_schema(&self) -> bool {
        let id = ObjectId::Namespace(self.pack.config.schema.as_str().into());
        self.pack.touched.contains(&id)
    }

    /// The lock that keeps two runs apart, the same for all scripts of one version table: the two halves of its number,
    /// as `pg_locks` shows them.
    fn lock(&self) -> (u32, u32) {
        let name = self.version_table.qualified();
        let digest = seal_digest(["lock", name.as_str()]).to_string();
        let half = |at: usize| {
            u32::from_str_radix(&digest[at..at + 8], 16).expect("a digest has 64 digits")
        };
        (half(4), half(12))
    }

    fn lock_number(&self) -> i64 {
        let (high, low) = self.lock();
        ((u64::from(high) << 32) | u64::from(low)).cast_signed()
    }

    fn is_lock(&self) -> String {
        let (high, low) = self.lock();
        format!(
            "locktype = 'advisory' and granted and classid = '{high}' and objid = '{low}' and objsubid = 1"
        )
    }

    /// Waits for other runs of any script on this version table.
    pub(super) fn wait(&self) -> String {
        let lock = self.lock_number();
        let held = format!(
            "{}
         and database = (select oid from pg_database where datname = current_database())",
            self.is_lock()
        );
        block(&format!(
            "declare
  began constant timestamptz := clock_timestamp();
  patience constant interval := make_interval(secs => coalesce(nullif(current_setting('limbeck.wait'), '')::integer, 0));
  other text;
begin
  perform set_config('limbeck.pid', pg_backend_pid()::text, false);
  if exists (select from pg_locks where pid = pg_backend_pid() and {held}) then
    return;
  end if;
  while not pg_try_advisory_lock({lock}) loop
    if clock_timestamp() >= began + patience then
      select format('process %s of %s, since %s', pid, usename, date_trunc('second', backend_start)) into other
        from pg_locks join pg_stat_activity using (pid)
       where {held};
      raise exception 'limbeck: refused: another run is at work on this database: %', coalesce(other, 'it has just ended')
        using hint = 'Wait until it has ended and run the same file again, or let it wait: -v wait=SECONDS.';
    end if;
    -- Without a commit this would be an old snapshot, for which others wait.
    commit;
    perform pg_sleep(0.2);
  end loop;
end"
        ))
    }

    pub(super) fn unlock(&self) -> String {
        block(&format!(
            "begin\n  perform pg_advisory_unlock({});\nend",
            self.lock_number()
        ))
    }

    /// Whether the lock is still held by this session, as a condition; a pooler may have changed sessions.
    pub(super) fn is_same_session(&self) -> String {
        format!(
            "current_setting('limbeck.pid', true) is distinct from pg_backend_pid()::text
     or not exists (select from pg_locks where pid = pg_backend_pid() and {})",
            self.is_lock()
        )
    }

    /// Finds where the database is and which steps are left: `limbeck.todo` holds their numbers, with those of the
    /// parts of steps that have several, and `limbeck.run` the same but in a dry run; `limbeck.rows` the version rows,
    /// `limbeck.target` those at the end.
    pub(super) fn find(&self) -> String {
        let table = self.version_table.qualified();
        let count = self.nodes.len();
        let first = self.below + 1;
        let mut edges: Vec<(usize, usize)> = Vec::new();
        for (node, needs) in self.needs.iter().enumerate().rev() {
            edges.extend(needs.iter().map(|it| (node + 1, it + 1)));
        }
        let starts: Vec<usize> = self.starts.iter().flatten().map(|it| it + 1).collect();
        let from_base = self.starts.contains(&None);
        let parts: Vec<usize> = {
            let mut parts = vec![1; count];
            for step in &self.steps {
                parts[step.node] = step.parts.len();
            }
            parts
        };
        let accepts = quote_literal(&self.accepts());
        let mut body = format!(
            "declare
  -- Where the database may stand, in the order of the upgrade, and what each revision needs (last first).
  nodes constant text[] := {nodes};
  child constant integer[] := {child};
  parent constant integer[] := {parent};
  parts constant integer[] := {parts};
  starts constant integer[] := {starts};
  present text[] := '{{}}';
  applied boolean[] := array_fill(false, array[{count}]);
  covered boolean[] := array_fill(false, array[{count}]);
  wanted boolean[] := array_fill({wanted}, array[{count}]);
  stays boolean[] := array_fill(false, array[{count}]);
  todo text[] := '{{}}';
  target text[] := '{{}}';
  reached boolean := {from_base};
  goal text := current_setting('limbeck.to');
  half text;
  half_way text;
  half_part integer := 0;
  skip integer;
  here text;
  it text;
  at integer;
  stop record;
begin
",
            nodes = texts(self.nodes.iter().copied()),
            child = integers(edges.iter().map(|it| it.0)),
            parent = integers(edges.iter().map(|it| it.1)),
            parts = integers(parts),
            starts = integers(starts),
            wanted = self.direction == Direction::Upgrade,
        );
        body += &self.read_rows(from_base);
        body += &format!(
            "  here := coalesce(nullif(array_to_string(present, ', '), ''), 'base');
  foreach it in array present loop
    at := array_position(nodes, it);
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
  foreach it in array present loop
    if covered[array_position(nodes, it)] then
      raise exception 'limbeck: refused: the version table {quoted} holds %, of which % comes before another', here, it
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
            quoted = table.replace('\'', "''").replace('%', "%%"),
        );
        body += &self.read_goal();
        body += &self.read_progress();
        body += &match self.direction {
            Direction::Upgrade => format!(
                "  for i in {first} .. {count} loop
    stays[i] := applied[i] or wanted[i];
    continue when applied[i] or not wanted[i];
    todo := todo || (i - {below})::text;
    for part in 1 .. parts[i] loop
      if parts[i] > 1 and not (half is not distinct from nodes[i] and part <= half_part) then
        todo := todo || ((i - {below}) || '.' || part);
      end if;
    end loop;
  end loop;
",
                below = self.below,
            ),
            Direction::Downgrade => format!(
                "  for i in reverse {count} .. {first} loop
    stays[i] := applied[i] and wanted[i];
    continue when stays[i] or not applied[i] and half is distinct from nodes[i];
    todo := todo || ({count} - i + 1)::text;
    for part in 1 .. parts[i] loop
      if parts[i] > 1 and not (half is not distinct from nodes[i] and part <= half_part) then
        todo := todo || (({count} - i + 1) || '.' || part);
      end if;
    end loop;
  end loop;
"
            ),
        };
        body += &self.refuse_irreversible();
        let half_first = match self.direction {
            Direction::Upgrade => format!("(array_position(nodes, half) - {})::text", self.below),
            Direction::Downgrade => format!("({count} - array_position(nodes, half) + 1)::text"),
        };
        body += &format!(
            "  if half is not null and todo[1] is distinct from {half_first} then
    raise exception 'limbeck: refused: revision % is half done ({progress}), and is not what comes next here', half
      using hint = 'Finish it with the script that began it, and run this one then.';
  end if;
  for i in 1 .. {below} loop
    stays[i] := applied[i];
  end loop;
  covered := array_fill(false, array[{count}]);
  for i in 1 .. cardinality(child) loop
    if stays[child[i]] then
      covered[parent[i]] := true;
    end if;
  end loop;
  for i in 1 .. {count} loop
    if stays[i] and not covered[i] then
      target := target || nodes[i];
    end if;
  end loop;
  select coalesce(array_agg(t order by t collate \"C\"), '{{}}') into target from unnest(target) as t;
  perform set_config('limbeck.rows', present::text, false);
  perform set_config('limbeck.target', target::text, false);
  perform set_config('limbeck.todo', todo::text, false);
  perform set_config('limbeck.run', case when lower(current_setting('limbeck.dry_run')) in ('1', 'on', 'true', 'yes') then '{{}}' else todo::text end, false);
  perform set_config('limbeck.end', case
    when todo = '{{}}' then 'nothing to do: the database is at ' || here
    when lower(current_setting('limbeck.dry_run')) in ('1', 'on', 'true', 'yes') then 'dry run: nothing was changed, the database is at ' || here
    else 'complete: the database is at ' || coalesce(nullif(array_to_string(target, ', '), ''), 'base') end, false);
  perform set_config('limbeck.here', here || case when half is null then '' else ', with ' || half || ' half done' end, false);
end",
            below = self.below,
            progress = self
                .progress_table()
                .qualified()
                .replace('\'', "''")
                .replace('%', "%%"),
        );
        block(&body)
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

    fn read_rows(&self, from_base: bool) -> String {
        let table = self.version_table.qualified();
        let (name, schema) = (
            quote_literal(&self.version_table.name),
            quote_literal(&self.version_table.schema),
        );
        let literal = quote_literal(&table);
        let absent = if from_base {
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
        let create = quote_literal(&format!(
            "Set version_table_schema in limbeck.yaml to where it is. If that one belongs to another application, make an empty one: create table {table} (version_num character varying(32) not null primary key);"
        ));
        format!(
            "  if exists (select from pg_class where oid = to_regclass({literal}) and relkind in ('r', 'p')) then
    select coalesce(array_agg(version_num::text order by version_num::text collate \"C\"), '{{}}') into present from {table};
  elsif to_regclass({literal}) is not null then
    raise exception 'limbeck: refused: % is no table', {literal}
      using hint = 'The version table is a table: see what that is, or set version_table in limbeck.yaml.';
  elsif exists (select from pg_class c join pg_namespace n on n.oid = relnamespace where relname = {name} and relkind in ('r', 'p') and nspname <> {schema}) then
    select string_agg(nspname, ', ' order by nspname) into it
      from pg_class c join pg_namespace n on n.oid = relnamespace where relname = {name} and relkind in ('r', 'p');
    raise exception 'limbeck: refused: there is no version table %, but there is one in schema %', {literal}, it
      using hint = {create};
{absent}  end if;
"
        )
    }

    /// What `-v to=` names: a revision or a release on the way.
    fn read_goal(&self) -> String {
        let named: Vec<(&str, usize)> = {
            let place = |id: &str| self.nodes.iter().position(|it| *it == id);
            let points = self.pack.from.iter().chain(&self.pack.passes);
            points
                .chain(std::iter::once(&self.pack.to))
                .filter_map(|it| Some((it.name.as_str(), place(it.revision.as_deref()?)?)))
                .collect()
        };
        let names = texts(named.iter().map(|it| it.0));
        let places = integers(named.iter().map(|it| it.1 + 1));
        let from_base = self.starts.contains(&None);
        let default = match (self.direction, self.starts.as_slice()) {
            (Direction::Upgrade, _) => String::new(),
            (Direction::Downgrade, [None]) => "  if goal = '' then
    goal := 'base';
  end if;
"
            .to_owned(),
            (Direction::Downgrade, [Some(start)]) => format!(
                "  if goal = '' then
    goal := {};
  end if;
",
                quote_literal(self.nodes[*start])
            ),
            (Direction::Downgrade, _) => {
                let names: Vec<&str> = self.pack.from.iter().map(|it| it.name.as_str()).collect();
                format!(
                    "  if goal = '' then
    raise exception 'limbeck: refused: this release comes from several: {}'
      using hint = 'Say to which one the database goes back: -v to={}.';
  end if;
",
                    names.join(", "),
                    names[0]
                )
            }
        };
        let base = if from_base && self.direction == Direction::Downgrade {
            "goal <> 'base'"
        } else {
            "true"
        };
        let condition = match self.direction {
            Direction::Upgrade => "goal <> ''".to_owned(),
            Direction::Downgrade => base.to_owned(),
        };
        let reset = match self.direction {
            Direction::Upgrade => format!(
                "    wanted := array_fill(false, array[{}]);\n",
                self.nodes.len()
            ),
            Direction::Downgrade => String::new(),
        };
        format!(
            "{default}  if {condition} then
    at := coalesce(array_position(nodes, goal), ({places})[array_position({names}, goal)]);
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
"
        )
    }

    fn read_progress(&self) -> String {
        let progress = self.progress_table().qualified();
        let literal = quote_literal(&progress);
        let mut body = format!(
            "  if to_regclass({literal}) is not null then
    select revision, direction, part into half, half_way, half_part from {progress} limit 1;
    if half is not null and array_position(nodes, half) is null then
      raise exception 'limbeck: refused: revision % is half done ({}), and is not on the way of this script', half, {literal}
        using hint = 'Finish it with the script that began it, and run this one then.';
    end if;
",
            "%"
        );
        match self.direction {
            Direction::Upgrade => {
                body += "    if half_way <> 'upgrade' then
      raise exception 'limbeck: refused: the rollback of revision % is half done', half
        using hint = 'Finish it with rollback.sql; this script goes on from where that one ends.';
    end if;
";
            }
            Direction::Downgrade => {
                let skips: Vec<String> = self
                    .steps
                    .iter()
                    .filter(|it| it.parts.len() > 1 || it.skips.len() > 2)
                    .flat_map(|step| {
                        step.skips.iter().enumerate().skip(1).map(|(done, skip)| {
                            format!("({}, {done}, {skip})", quote_literal(step.revision))
                        })
                    })
                    .collect();
                if !skips.is_empty() {
                    body += &format!(
                        "    if half_way = 'upgrade' then
      -- So many parts of the rollback take back what the upgrade did not come to.
      select skips.skip into skip from (values {}) as skips (revision, part, skip) where skips.revision = half and skips.part = half_part;
      half_part := coalesce(skip, 0);
    end if;
",
                        skips.join(", ")
                    );
                }
            }
        }
        body += "  end if;\n";
        body
    }

    fn refuse_irreversible(&self) -> String {
        let stops: Vec<(&str, &str, usize)> = self
            .steps
            .iter()
            .filter_map(|it| Some((it.revision, it.irreversible?, it.number)))
            .collect();
        if stops.is_empty() {
            return String::new();
        }
        let rows: Vec<String> = stops
            .iter()
            .map(|(revision, reason, number)| {
                format!(
                    "('{number}', {}, {})",
                    quote_literal(revision),
                    quote_literal(reason)
                )
            })
            .collect();
        format!(
            "  for stop in select * from (values {}) as stops (number, revision, reason) where number = any (todo) order by number::integer loop
    raise exception 'limbeck: refused: revision % cannot be taken back: %', stop.revision, stop.reason
      using hint = format('The nearest point that can be reached is %s itself: -v to=%s', stop.revision, stop.revision);
  end loop;
",
            rows.join(", ")
        )
    }

    /// Sees at the end that the version rows are those of the target.
    pub(super) fn assert(&self) -> String {
        let table = self.version_table.qualified();
        let literal = quote_literal(&table);
        block(&format!(
            "declare
  present text[] := '{{}}';
begin
  if current_setting('limbeck.run')::text[] = '{{}}' then
    return;
  end if;
  select coalesce(array_agg(version_num::text order by version_num::text collate \"C\"), '{{}}') into present from {table};
  if present <> current_setting('limbeck.target')::text[] then
    raise exception 'limbeck: failed: the rows of % are %, and should be %', {literal}, present, current_setting('limbeck.target')
      using hint = 'Something else changed them during the run. Run the same file again: it says where the database is.';
  end if;
end"
        ))
    }
}
