//! Databases as text, for comparing: the schema as `pg_dump` wrote it, without what differs between two runs; the rows.

use std::fmt::Write as _;

use crate::server::{Database, Server};

/// What must be removed from `left` (`-`) and added (`+`) to make `right` of it, with a line of context; empty if equal.
pub(crate) fn difference(left: &str, right: &str) -> String {
    let (left, right): (Vec<_>, Vec<_>) = (left.lines().collect(), right.lines().collect());
    // The longest common subsequence of the lines from each pair of places on.
    let mut common = vec![vec![0_usize; right.len() + 1]; left.len() + 1];
    for (row, old) in left.iter().enumerate().rev() {
        for (column, new) in right.iter().enumerate().rev() {
            common[row][column] = if old == new {
                common[row + 1][column + 1] + 1
            } else {
                common[row + 1][column].max(common[row][column + 1])
            };
        }
    }
    let (mut row, mut column) = (0, 0);
    let mut lines = Vec::new();
    while row < left.len() || column < right.len() {
        if row < left.len() && column < right.len() && left[row] == right[column] {
            lines.push((' ', left[row]));
            (row, column) = (row + 1, column + 1);
        } else if column == right.len()
            || row < left.len() && common[row + 1][column] >= common[row][column + 1]
        {
            lines.push(('-', left[row]));
            row += 1;
        } else {
            lines.push(('+', right[column]));
            column += 1;
        }
    }
    let near = |index: usize| {
        lines[index.saturating_sub(1)..lines.len().min(index + 2)]
            .iter()
            .any(|(sign, _)| *sign != ' ')
    };
    (0..lines.len())
        .filter(|index| near(*index))
        .fold(String::new(), |text, index| {
            format!("{text}{} {}\n", lines[index].0, lines[index].1)
        })
}

/// The part of a dump from its first object on, without the settings between objects and without the key of 2025's `\restrict`.
pub(crate) fn normalised(dump: &str) -> String {
    let noise = |line: &str| {
        line == "--"
            || line.starts_with("\\unrestrict ")
            || line.starts_with("SET default_")
            || line == "-- PostgreSQL database dump complete"
    };
    // From version 18 on `not null` has a name, which no statement of the language says.
    let not_null =
        regex_lite::Regex::new(r#" CONSTRAINT (\w+|"[^"]+") NOT NULL"#).expect("it is one");
    let dump = not_null.replace_all(dump, " NOT NULL");
    let lines = dump
        .lines()
        .skip_while(|line| !line.starts_with("-- Name: "))
        .filter(|line| !noise(line));
    let mut text = String::new();
    for line in lines {
        if !(line.is_empty() && text.ends_with("\n\n")) {
            text.push_str(line);
            text.push('\n');
        }
    }
    text.truncate(text.trim_end().len());
    text
}

/// `dump` with the elements of each `create table (…)` sorted, and its objects, too.
pub(crate) fn unordered(dump: &str) -> String {
    let mut objects: Vec<String> = Vec::new();
    let mut elements: Option<Vec<String>> = None;
    for line in dump.lines() {
        if line.starts_with("-- Name: ") {
            objects.push(String::new());
        }
        let object = objects.last_mut().expect("a dump begins with an object");
        match &mut elements {
            None => {
                let _ = writeln!(object, "{line}");
                let opens = line.starts_with("CREATE ") && line.contains(" TABLE ")
                    || line.starts_with("CREATE TABLE ");
                elements = (opens && line.ends_with(" (")).then(Vec::new);
            }
            Some(sorted) if line.starts_with(')') => {
                sorted.sort();
                let _ = writeln!(object, "{}\n{line}", sorted.join("\n"));
                elements = None;
            }
            Some(unsorted) => {
                let bare = line.strip_suffix(',').unwrap_or(line);
                match unsorted.last_mut() {
                    // The rest of an expression over several lines.
                    Some(last) if !line.starts_with("    ") || line.starts_with("     ") => {
                        let _ = write!(last, "\n{bare}");
                    }
                    Some(_) | None => unsorted.push(bare.to_owned()),
                }
            }
        }
    }
    for object in &mut objects {
        object.truncate(object.trim_end().len());
    }
    objects.sort();
    objects.join("\n\n")
}

/// What a database holds: the schema as `pg_dump` writes it with what that leaves out, and the rows of all tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) schema: String,
    pub(crate) rows: String,
}

/// A dump has neither of the first two.
const ROWS: &str = "select 'not valid: ' || indexrelid::regclass from pg_index where not indisvalid order by 1;
select 'half detached: ' || inhrelid::regclass from pg_inherits where inhdetachpending;
select format('select %L, case when count(*) < 50 then string_agg(r, chr(10) order by r) else md5(string_agg(r, chr(10) order by r)) end from (select to_jsonb(t)::text from only %s t) t (r)', c, c)
  from (select oid::regclass from pg_class where relkind = 'r' and relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema')) t (c)
 order by c::text \\gexec
";

/// Waits until nobody else is connected; says which version of each row is there, and where.
pub(crate) const VERSIONS: &str = "do $$ begin
  while exists (select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend') loop
    perform pg_sleep(0.005);
    perform pg_stat_clear_snapshot();
  end loop;
end $$;
select format('select %L, md5(string_agg(xmin || ''.'' || ctid, '' '' order by ctid)) from only %s', oid, oid::regclass)
  from pg_class
 where relkind = 'r' and (oid >= 16384 or relname in ('pg_class', 'pg_type', 'pg_enum', 'pg_index', 'pg_inherits', 'pg_constraint', 'pg_attrdef', 'pg_description', 'pg_namespace', 'pg_extension', 'pg_trigger', 'pg_sequence'))
 order by oid \\gexec
";

impl State {
    pub(crate) fn of(database: &Database) -> Self {
        Self {
            schema: database.dump(),
            rows: database.query(ROWS),
        }
    }

    /// The same where it does not matter in which order columns and objects were made.
    pub(crate) fn unordered(&self) -> Self {
        Self {
            schema: unordered(&self.schema),
            rows: self.rows.clone(),
        }
    }

    /// What is to be removed from it and added to have the other one.
    fn difference(&self, other: &Self) -> String {
        difference(&self.schema, &other.schema) + &difference(&self.rows, &other.rows)
    }
}

/// What one has and the other has not.
pub(crate) fn same(found: &State, expected: &State) -> Result<(), String> {
    let difference = found.difference(expected);
    if difference.is_empty() {
        Ok(())
    } else {
        Err(difference)
    }
}

#[test]
fn dumps_can_be_compared() {
    let server = Server::shared();
    let (left, right) = (server.database(), server.database());
    left.run("create table t (a integer, b text default 'x', check (a > 0)); comment on column t.a is 'a'; comment on column t.b is 'b';");
    right.run("create table t (b text default 'x', a integer, check (a > 0)); comment on column t.a is 'a'; comment on column t.b is 'b';");
    assert_eq!(left.dump(), left.dump());
    assert!(
        left.dump().starts_with("-- Name: t; Type: TABLE"),
        "{}",
        left.dump()
    );
    assert_ne!(left.dump(), right.dump());
    assert_eq!(
        difference(&left.dump_unordered(), &right.dump_unordered()),
        ""
    );
    right.run("alter table t alter b drop default;");
    assert_eq!(
        difference(&left.dump_unordered(), &right.dump_unordered()),
        "      a integer\n-     b text DEFAULT 'x'::text\n+     b text\n  );\n"
    );
    assert_eq!(server.database().dump(), "");
}
