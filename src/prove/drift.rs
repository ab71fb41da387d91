//! What differs between a live database and the history at the revision that its version table names.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;
use smol_str::SmolStr;

use crate::catalog::{Answers, Comparison, Difference};
use crate::compile::{self, Compiled};
use crate::config::Config;
use crate::diagnostic::{Code, Diagnostic};
use crate::graph::{Edges, RevisionIndex};
use crate::replay::Line;
use crate::schema::ObjectId;
use crate::source::Sources;

use super::Stop;
use super::server::{Fault, Live};
use super::stage::{PROGRESS, look_script, read, scope, version_table};

/// What was found in a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// Such as `15.18`.
    pub server: String,
    /// The revisions that the version table names.
    pub rows: Vec<SmolStr>,
    /// The revisions at which the history was compared.
    pub at: Vec<SmolStr>,
    pub differences: Vec<Difference>,
    /// Schemas of which the history knows nothing: what they hold was not compared.
    pub not_compared: Vec<SmolStr>,
    /// Whether objects that are too many are not told, since SQL of a revision may have made them.
    pub excused: bool,
}

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
    let server = live.must("set default_transaction_read_only = on; select split_part(current_setting('server_version'), ' ', 1)")?;
    let said = live.must(&format!(
        "set default_transaction_read_only = on;\nbegin transaction isolation level repeatable read, read only;\n{}\ncommit;\n",
        look_script(config)
    ))?;
    let seen = read(config, &said)?;
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
    let printed = match comparison.questions(&config.schema, &answers) {
        Some(script) => live.ask(&script)?.stdout,
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
            found: Some("a script is half done: run it again".to_owned()),
        });
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
        server: server.trim().to_owned(),
        rows: seen.rows.into_iter().collect(),
        at: graph.ids(&at),
        differences,
        not_compared: namespaces.filter(ours).cloned().collect(),
        excused: scope.excused,
    })
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
            let message =
                format!("the database is at revision {row}, which the history does not know");
            let fault = Diagnostic::error(Code::UnknownRevision, None, message);
            let help = "take the project that the database was upgraded with, or name a revision to compare with: --at REV";
            return Err(Stop::History(fault.help(help).into()));
        };
        at.push(revision);
    }
    Ok(at)
}
