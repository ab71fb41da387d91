//! What differs between a live database and the history at the revision that its version table names.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;
use smol_str::SmolStr;

use crate::catalog::{Answers, Comparison, Difference, READ, take_role};
use crate::compile::{self, Compiled};
use crate::config::Config;
use crate::diagnostic::{Code, Diagnostic};
use crate::graph::{Edges, RevisionIndex};
use crate::prove::request::Stop;
use crate::prove::seen::{PROGRESS, Seen, guarded_rows, scope, seen, version_table};
use crate::prove::server::{Fault, Live, NO_RIGHT, Refusal};
use crate::replay::Line;
use crate::schema::ObjectId;
use crate::source::Sources;

/// What was found in a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// Such as `15.18`.
    pub server: String,
    /// The revisions that the version table names.
    pub rows: Vec<SmolStr>,
    /// The revisions at which the history was compared.
    pub at: Vec<SmolStr>,
    /// What is to be known before the differences, in sentences.
    pub remarks: Vec<String>,
    pub differences: Vec<Difference>,
    /// Schemas of which the history knows nothing: what they hold was not compared.
    pub not_compared: Vec<SmolStr>,
    /// Whether objects that are too many are not told, since SQL of a revision may have made them.
    pub excused: bool,
}

/// What was found where the table is there that says how far a revision has come.
pub const HALF_DONE: &str = "a script is half done: run it again";

/// A history, and where a database should be.
#[derive(Debug)]
pub struct Expected<'a> {
    pub sources: &'a Sources,
    pub config: &'a Config,
    /// Everything was wanted of it.
    pub compiled: &'a Compiled,
    /// None for what the version table says.
    pub at: Option<Vec<RevisionIndex>>,
}

/// Compares the database of `url` with a history, in transactions that only read.
pub fn drift(expected: &Expected<'_>, url: &str, programs: Option<&Path>) -> Result<Drift, Stop> {
    let Expected {
        sources,
        config,
        compiled,
        ..
    } = expected;
    let live = Live::new(url, programs.map(PathBuf::from))?;
    let (server, seen) = look(&live, config)?;
    let graph = &compiled.graph;
    let at = match &expected.at {
        Some(at) => at.clone(),
        None => named(expected, &seen.rows, seen.has_table)?,
    };
    let applied = graph.sorted(graph.ancestors(&at, Edges::All).iter());
    let mut replayed = Line::new(compile::history(sources, config, graph), &compiled.replayed);
    for revision in &applied {
        replayed.run(*revision)?;
    }
    let scope = scope(config, compiled, &applied);
    let comparison = Comparison::with_model(replayed.schema(), &seen.catalog, &scope);
    let mut answers = Answers::default();
    let printed = match comparison.questions(&answers) {
        Some(script) => {
            let output = live.ask(&script)?;
            // A question that has no answer is one of its own; one that was not let through is none.
            let mut errors = Refusal::errors(&output.stderr);
            if let Some(refusal) = errors.find(is_hindrance) {
                return Err(fault(&live, config, &refusal, Part::Catalogue).into());
            }
            output.stdout
        }
        None => String::new(),
    };
    let mut differences = comparison.settle(&printed, &mut answers);
    let table = version_table(config);
    let wanted: BTreeSet<SmolStr> = graph.ids(&at).into_iter().collect();
    if seen.rows != wanted {
        let words = |rows: &BTreeSet<SmolStr>| {
            let rows: Vec<&str> = rows.iter().map(SmolStr::as_str).collect();
            (!rows.is_empty()).then(|| rows.join(", "))
        };
        differences.push(Difference {
            object: format!("version table {}", table.qualified()),
            part: String::new(),
            what: "the revision".to_owned(),
            expected: words(&wanted),
            found: words(&seen.rows),
        });
    }
    let progress = table.sibling(PROGRESS);
    if seen
        .catalog
        .objects
        .contains_key(&ObjectId::Relation(progress.clone()))
    {
        differences.push(Difference {
            object: format!("table {}", progress.qualified()),
            part: String::new(),
            what: String::new(),
            expected: None,
            found: Some(HALF_DONE.to_owned()),
        });
    }
    let mut remarks = Vec::new();
    if seen.has_table && seen.rows.is_empty() {
        remarks.push(format!(
            "the version table {} is empty: the database is at the base",
            table.qualified()
        ));
    }
    let ours = |name: &&SmolStr| {
        replayed
            .schema()
            .get(&ObjectId::Namespace((*name).clone()))
            .is_none()
    };
    let namespaces = seen.catalog.objects.keys().filter_map(|it| match it {
        ObjectId::Namespace(name) => Some(name),
        ObjectId::Extension(_)
        | ObjectId::Type(_)
        | ObjectId::Relation(_)
        | ObjectId::Opaque(..) => None,
    });
    Ok(Drift {
        server,
        rows: seen.rows.into_iter().collect(),
        at: graph.ids(&at),
        remarks,
        differences,
        not_compared: namespaces.filter(ours).cloned().collect(),
        excused: scope.excused,
    })
}

/// The version of the server, and what is seen in the database.
fn look(live: &Live, config: &Config) -> Result<(String, Seen), Stop> {
    let version = "select split_part(current_setting('server_version'), ' ', 1);\n";
    let role = take_role(config.role.as_deref(), "set");
    let rows = guarded_rows(config, "begin transaction read only");
    let said = match live.read(&format!("{role}{version}{rows}commit;\n"))? {
        Ok(said) => said,
        Err(refusal) => return Err(fault(live, config, &refusal, Part::VersionTable).into()),
    };
    let (server, rows) = said.split_once('\n').unwrap_or_default();
    read_rows(config, rows)?;
    let begin = "begin transaction isolation level repeatable read, read only";
    let rows = guarded_rows(config, begin);
    let catalogue = match live.read(&format!("{role}{rows}{READ}\ncommit;\n"))? {
        Ok(said) => said,
        Err(refusal) => return Err(fault(live, config, &refusal, Part::Catalogue).into()),
    };
    let (rows, catalogue) = catalogue.split_once('\n').unwrap_or_default();
    let rows = read_rows(config, rows)?;
    Ok((server.to_owned(), seen(config, rows, catalogue)?))
}

/// The rows of the version table; none where there is no such table. Refuses a table that is read at somebody's mercy, and rows
/// that name no revision.
fn read_rows(config: &Config, said: &str) -> Result<Option<BTreeSet<SmolStr>>, Fault> {
    let table = version_table(config).qualified();
    let said = said.trim_end();
    if said == "none" {
        return Ok(None);
    }
    if let Some(oddity) = said.strip_prefix("odd ") {
        let oddity: String = serde_json::from_str(oddity).unwrap_or_default();
        return Err(Fault::unlike(
            format!(
                "the version table {table} {oddity}: reading it could run code of another role with your rights"
            ),
            "it must be an ordinary table with columns of built-in types that is owned by you, or by the owner of the database or the schema: find out who created this one, and fix it",
        ));
    }
    let rows: Vec<Value> = serde_json::from_str(said).unwrap_or_default();
    let is_id = |it: &str| {
        !it.is_empty() && !it.contains(|letter: char| letter.is_whitespace() || letter.is_control())
    };
    if let Some(odd) = rows.iter().find(|it| !it.as_str().is_some_and(is_id)) {
        return Err(Fault::unlike(
            format!("a row of the version table {table} is not the id of a revision: {odd}"),
            "each row must contain the id of one revision: find out who wrote this row, and fix it",
        ));
    }
    let rows = rows.iter().filter_map(Value::as_str);
    Ok(Some(rows.map(SmolStr::from).collect()))
}

/// What of a database cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    VersionTable,
    Catalogue,
}

/// Whether something hinders us that says nothing of what was asked.
fn is_hindrance(refusal: &Refusal) -> bool {
    let state = refusal.state.as_deref().unwrap_or_default();
    let is_of_time = [LOCKED, CANCELLED, IDLE, "25P04", "57P05"].contains(&state);
    is_of_time || state == NO_RIGHT || ["08", "57P"].iter().any(|it| state.starts_with(it))
}

/// PostgreSQL's codes for a lock that was waited for in vain, a statement that was stopped, and an idle transaction.
const LOCKED: &str = "55P03";
const CANCELLED: &str = "57014";
const IDLE: &str = "25P03";

/// Why a database cannot be read, and what to do.
fn fault(live: &Live, config: &Config, refusal: &Refusal, part: Part) -> Fault {
    if let Some(fault) = refusal.unconnected() {
        return fault;
    }
    let table = version_table(config).qualified();
    let message = &refusal.message;
    let state = refusal.state.as_deref();
    let lift = |setting: &str| {
        format!(
            "the role, the database or the URL sets {setting}: override it with PGOPTIONS='-c {setting}=0'"
        )
    };
    match (state, part) {
        (Some(LOCKED), _) => Fault::unlike(
            format!(
                "the database is locked: no lock was granted within five seconds{}",
                holders(live)
            ),
            "try again later, or find out in pg_locks who holds it",
        ),
        (Some(CANCELLED), _) => Fault::unlike(
            format!("the server stopped a statement: {message}"),
            &format!("if nobody cancelled it, {}", lift("statement_timeout")),
        ),
        (Some(IDLE), _) => Fault::unlike(
            format!("the server ended the session: {message}"),
            &lift("idle_in_transaction_session_timeout"),
        ),
        (Some("25P04"), _) => Fault::unlike(
            format!("the server ended the session: {message}"),
            &lift("transaction_timeout"),
        ),
        (Some("57P05"), _) => Fault::unlike(
            format!("the server ended the session: {message}"),
            &lift("idle_session_timeout"),
        ),
        (Some(NO_RIGHT), Part::VersionTable) => Fault::unlike(
            format!("the version table cannot be read: {message}"),
            &format!(
                "grant the role USAGE on the schema and SELECT on the table (grant select on {table} to …), or connect as another role"
            ),
        ),
        (Some(NO_RIGHT), Part::Catalogue) => Fault::unlike(
            format!("the database cannot be read: {message}"),
            "grant the role USAGE on the schemas of the history and EXECUTE on its functions, or connect as another role",
        ),
        (Some(state), Part::VersionTable) if state.starts_with("42") => Fault::unlike(
            format!("{table} is not a version table: {message}"),
            "it must be a table with the column version_num; check version_table and version_table_schema in the configuration",
        ),
        (None, _) => Fault::unlike(format!("the connection was lost: {message}"), "try again"),
        (Some(state), _) if is_hindrance(refusal) => Fault::unlike(
            format!("the server ended the session: {state}: {message}"),
            "try again",
        ),
        (Some(state), _) => Fault::odd(&format!("{state}: {message}")),
    }
}

/// Who holds what others wait for, as words that go on behind a sentence.
fn holders(live: &Live) -> String {
    let question = "select format('process %s holds %s', pid, relation::regclass) from pg_locks
where granted and locktype = 'relation' and mode = 'AccessExclusiveLock' and relation >= 16384
and database = (select oid from pg_database where datname = current_database()) order by 1 limit 3;";
    let said = live.ask(question).map(|it| it.stdout).unwrap_or_default();
    let lines: Vec<&str> = said.lines().collect();
    if lines.is_empty() {
        return String::new();
    }
    format!("; {}", lines.join(", "))
}

/// The revisions that the version table names.
fn named(
    expected: &Expected<'_>,
    rows: &BTreeSet<SmolStr>,
    has_table: bool,
) -> Result<Vec<RevisionIndex>, Stop> {
    let table = version_table(expected.config);
    if !has_table {
        return Err(Fault::unlike(
            format!("the database has no version table {table}"),
            "name the revision to compare with: --at REV",
        )
        .into());
    }
    let graph = &expected.compiled.graph;
    let mut at = Vec::new();
    for row in rows {
        let Some(revision) = graph.with_id(row) else {
            let message = format!("the database is at revision {row}, which is not in the history");
            let fault = Diagnostic::error(Code::UnknownRevision, None, message);
            let help = "use the project that the database was upgraded with, or name a revision to compare with: --at REV";
            return Err(Stop::History(fault.help(help).into()));
        };
        at.push(revision);
    }
    let covers = |later: RevisionIndex, earlier: RevisionIndex| {
        later != earlier && graph.ancestors(&[later], Edges::All).contains(earlier)
    };
    for earlier in &at {
        if let Some(later) = at.iter().find(|it| covers(**it, *earlier)) {
            let message = format!(
                "the rows of the version table {} conflict: {} is an ancestor of {}",
                table.qualified(),
                graph.id(*earlier),
                graph.id(*later)
            );
            let help = "find out which revisions the database has, and delete the wrong row; or name the revision to compare with: --at REV";
            return Err(Fault::unlike(message, help).into());
        }
    }
    Ok(at)
}
