//! A database, what it should hold, and what it holds.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use crate::catalog::{Answers, Catalog, Comparison, DATABASE, READ, Scope};
use crate::compile::{self, Compiled};
use crate::config::Config;
use crate::graph::{Edges, RevisionIndex};
use crate::name::Name;
use crate::operation::opaque::Unread;
use crate::operation::{Fidelity, Loss, Operation};
use crate::plan::parts::Lowered;
use crate::plan::{self, Steps};
use crate::replay::{Line, WayBack};
use crate::schema::Schema;
use crate::script::plain::{self, Step};
use crate::token::{quote_identifier, quote_literal};

use super::server::{Database, Fault, Output, Server};
use super::{Stop, Subject};

/// What separates the answers of one run of psql.
const MARK: &str = "limbeck proves";

/// The table of our own that holds how far a revision has come.
pub(super) const PROGRESS: &str = "limbeck_progress";

/// A database on which revisions run, with the model beside it.
#[derive(Debug)]
pub(super) struct Stage<'a> {
    subject: &'a Subject<'a>,
    database: Database<'a>,
    line: Line<'a>,
    /// The rows of the version table.
    current: Vec<RevisionIndex>,
    seen: Seen,
    scope: Scope,
    /// What the server said of expressions, by question.
    answers: Answers,
}

/// What is seen in a database.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// Of the version table.
    pub(super) rows: BTreeSet<SmolStr>,
    pub(super) catalog: Catalog,
    /// Whether there is a version table.
    pub(super) has_table: bool,
    /// Whether the database is a copy, which has no settings, privileges and comment of the first one.
    is_copy: bool,
}

/// A revision as two scripts, and the rows of the version table before and after it.
#[derive(Debug)]
pub(super) struct Scripts {
    pub(super) there: String,
    /// None where it is irreversible.
    pub(super) back: Option<String>,
    pub(super) before: BTreeSet<SmolStr>,
    pub(super) after: BTreeSet<SmolStr>,
    /// Of the way back.
    pub(super) fidelity: Fidelity,
    /// Whether the author changes rows and writes nothing that puts them back: `data { … } reverse { }`.
    pub(super) leaves_rows: bool,
}

impl<'a> Stage<'a> {
    /// An empty database.
    pub(super) fn new(subject: &'a Subject<'a>, server: &'a Server) -> Result<Self, Stop> {
        let Subject {
            sources,
            config,
            compiled,
            ..
        } = *subject;
        let database = server.database()?;
        let schema = quote_identifier(&config.schema);
        let version_schema = quote_identifier(config.version_table_schema());
        let made = database.ask(&format!(
            "set client_min_messages = warning; create schema if not exists {schema}; create schema if not exists {version_schema}"
        ))?;
        if made.status != Some(0) {
            return Err(Fault::failed("making a schema", &made.stderr).into());
        }
        let history = compile::history(sources, config, &compiled.graph);
        let mut stage = Self {
            line: Line::new(history, &compiled.replayed),
            current: Vec::new(),
            seen: Seen {
                rows: BTreeSet::new(),
                catalog: Catalog::default(),
                has_table: false,
                is_copy: false,
            },
            scope: scope(config, compiled, compiled.graph.order()),
            answers: Answers::default(),
            database,
            subject,
        };
        stage.look()?;
        Ok(stage)
    }

    /// Another database that holds the same.
    pub(super) fn fork(&self) -> Result<Self, Stop> {
        Ok(Self {
            subject: self.subject,
            database: self.database.copy()?,
            line: self.line.clone(),
            current: self.current.clone(),
            seen: Seen {
                is_copy: true,
                ..self.seen.clone()
            },
            scope: self.scope.clone(),
            answers: self.answers.clone(),
        })
    }

    /// Runs a script as those who get a bundle do.
    pub(super) fn apply(&self, arguments: &[String], script: &str) -> Result<Output, Stop> {
        let mut all = vec!["-v".to_owned(), "VERBOSITY=verbose".to_owned()];
        all.extend_from_slice(arguments);
        Ok(self.database.apply(&all, script)?)
    }

    /// What the database should hold.
    pub(super) fn schema(&self) -> &Schema {
        self.line.schema()
    }

    /// What it held when it was last looked at.
    pub(super) fn seen(&self) -> &Seen {
        &self.seen
    }

    /// The rows that the version table should hold.
    pub(super) fn rows(&self) -> BTreeSet<SmolStr> {
        let graph = &self.subject.compiled.graph;
        graph.ids(&self.current).into_iter().collect()
    }

    /// Runs revisions without a look at each. They are tried elsewhere.
    ///
    /// The inner error is why they do not run.
    pub(super) fn stand_on(
        &mut self,
        revisions: &[RevisionIndex],
    ) -> Result<Result<(), String>, Stop> {
        let mut script = String::new();
        for revision in revisions {
            script += &self.scripts(*revision)?.there;
        }
        let output = self.database.ask(&script)?;
        if output.status != Some(0) {
            let why = shown(&output.stderr);
            return Ok(Err(format!("what runs before fails: {why}")));
        }
        self.look()?;
        Ok(Ok(()))
    }

    /// Runs SQL that cannot fail.
    pub(super) fn must(&self, what: &str, script: &str) -> Result<(), Stop> {
        if script.is_empty() {
            return Ok(());
        }
        let output = self.database.ask(script)?;
        if output.status == Some(0) {
            return Ok(());
        }
        Err(Fault::failed(what, &output.stderr).into())
    }

    /// What SQL answers that cannot fail.
    pub(super) fn answer(&self, script: &str) -> Result<String, Stop> {
        let output = self.database.ask(script)?;
        if output.status == Some(0) {
            return Ok(output.stdout);
        }
        Err(Fault::failed("a question", &output.stderr).into())
    }

    /// What a snapshot tells of the rows; where tables are not what they should be, that.
    pub(super) fn rows_of(&self, snapshot: &str) -> Result<String, Stop> {
        let output = self.database.ask(snapshot)?;
        if output.status == Some(0) {
            return Ok(output.stdout);
        }
        Ok(format!(
            "the rows cannot be read: {}",
            shown(&output.stderr)
        ))
    }

    /// The scripts of a revision, which counts from here on as one that has run.
    pub(super) fn scripts(&mut self, revision: RevisionIndex) -> Result<Scripts, Stop> {
        let compiled = self.subject.compiled;
        let graph = &compiled.graph;
        let lowered = self.line.run(revision)?;
        let [there, back] = plan::there_and_back(graph, &self.current, revision);
        let revised = &compiled.replayed.revisions[revision.index()];
        let mut fidelity = Fidelity::default();
        let has_way_back = match &revised.downgrade {
            WayBack::Irreversible(_) => false,
            WayBack::Steps(_) => true,
        };
        for it in &lowered {
            fidelity.add(&it.fidelity);
        }
        let ids = graph.ids(&self.current);
        self.current = there
            .heads
            .iter()
            .filter_map(|it| graph.with_id(it))
            .collect();
        let mut upgrade = revised.upgrade.iter();
        let changes_rows =
            upgrade.any(|it| matches!(it.value, Operation::Data(_) | Operation::Raw(_)));
        Ok(Scripts {
            leaves_rows: changes_rows
                && !lowered
                    .iter()
                    .any(|it| it.opaque && !it.statements.is_empty()),
            there: self.script(&there, revision, &revised.upgrade_sql),
            back: has_way_back.then(|| self.script(&back, revision, &lowered)),
            before: ids.into_iter().collect(),
            after: there.heads.iter().cloned().collect(),
            fidelity,
        })
    }

    fn script(&self, steps: &Steps, revision: RevisionIndex, lowered: &[Lowered]) -> String {
        let message = &self.subject.compiled.graph.header(revision).message;
        plain::script(steps, &[Step { message, lowered }], self.subject.config)
    }

    /// Runs a script. The inner error is what psql said, or that the version table is not what it should be.
    pub(super) fn step(
        &self,
        what: &str,
        script: &str,
        rows: &BTreeSet<SmolStr>,
    ) -> Result<Result<(), String>, Stop> {
        let all = format!(
            "\\set VERBOSITY verbose\n{script}\n{}",
            rows_script(self.subject.config)
        );
        let output = self.database.ask(&all)?;
        if output.status != Some(0) {
            return Ok(Err(format!("{what} fails: {}", shown(&output.stderr))));
        }
        let (_, found, _) = read_rows(&output.stdout);
        if found == *rows {
            return Ok(Ok(()));
        }
        let list = |rows: &BTreeSet<SmolStr>| {
            let rows: Vec<&str> = rows.iter().map(SmolStr::as_str).collect();
            rows.join(", ")
        };
        Ok(Err(format!(
            "after {what} the version table holds ({}), and should hold ({})",
            list(&found),
            list(rows)
        )))
    }

    /// The same with a look at what it made.
    pub(super) fn run(
        &mut self,
        what: &str,
        script: &str,
        rows: &BTreeSet<SmolStr>,
    ) -> Result<Result<Seen, String>, Stop> {
        if let Err(why) = self.step(what, script, rows)? {
            return Ok(Err(why));
        }
        self.look()?;
        Ok(Ok(self.seen.clone()))
    }

    /// Looks at the database.
    pub(super) fn look(&mut self) -> Result<(), Stop> {
        let said = self.answer(&look_script(self.subject.config))?;
        self.seen = Seen {
            is_copy: self.seen.is_copy,
            ..read(self.subject.config, &said)?
        };
        Ok(())
    }

    /// What differs from the model.
    pub(super) fn against_model(&mut self, seen: &Seen) -> Result<Vec<String>, Stop> {
        let comparison = Comparison::with_model(self.line.schema(), &seen.catalog, &self.scope);
        self.settle(comparison)
    }

    /// What differs from another state of the model.
    pub(super) fn against(&mut self, schema: &Schema, seen: &Seen) -> Result<Vec<String>, Stop> {
        self.settle(Comparison::with_model(schema, &seen.catalog, &self.scope))
    }

    /// What differs between two times. What a way back says that it loses is none of it.
    pub(super) fn changes(
        &mut self,
        before: &Seen,
        after: &Seen,
        fidelity: &Fidelity,
    ) -> Result<Vec<String>, Stop> {
        let (mut before, mut after) = (before.clone(), after.clone());
        if fidelity.has(Loss::LosesAttachments) {
            before.catalog.lose_attachments(&after.catalog);
        }
        if before.is_copy || after.is_copy {
            before.catalog.others.remove(DATABASE);
            after.catalog.others.remove(DATABASE);
        }
        let comparison = Comparison::of_times(&before.catalog, &after.catalog);
        self.settle(comparison)
    }

    fn settle(&mut self, comparison: Comparison) -> Result<Vec<String>, Stop> {
        let schema = &self.subject.config.schema;
        let printed = match comparison.questions(schema, &self.answers) {
            Some(script) => self.database.apply(&["-q", "-A", "-t"], &script)?.stdout,
            None => String::new(),
        };
        let differences = comparison.settle(&printed, &mut self.answers);
        Ok(differences.iter().map(ToString::to_string).collect())
    }

    /// Goes on after an upgrade that some rows stopped: without any. False where that stops, too.
    pub(super) fn without_rows(&mut self) -> Result<bool, Stop> {
        let graph = &self.subject.compiled.graph;
        let mut fresh = Self::new(self.subject, self.database.server)?;
        let applied = graph.ancestors(&self.current, Edges::All);
        let stands = fresh.stand_on(&graph.sorted(applied.iter()))?.is_ok();
        if stands {
            *self = fresh;
        }
        Ok(stands)
    }
}

/// What is asked of a database to see it.
pub(super) fn look_script(config: &Config) -> String {
    rows_script(config) + READ
}

fn rows_script(config: &Config) -> String {
    let table = version_table(config);
    format!(
        "\\echo {MARK}
select case when to_regclass({table}) is null then 'select ''none''' else {rows} end \\gexec
",
        table = quote_literal(&table.qualified()),
        rows = quote_literal(&format!(
            "select 'version ' || string_agg(version_num, ' ') from {}",
            table.qualified()
        )),
    )
}

/// Whether there is a version table, its rows, and what was said after them.
fn read_rows(said: &str) -> (bool, BTreeSet<SmolStr>, &str) {
    let (_, said) = said.rsplit_once(&format!("{MARK}\n")).unwrap_or_default();
    let (rows, rest) = said.split_once('\n').unwrap_or_default();
    let has_table = !rows.starts_with("none");
    let rows = rows.strip_prefix("version ").unwrap_or_default();
    let rows = rows.split_whitespace().map(SmolStr::from).collect();
    (has_table, rows, rest)
}

pub(super) fn read(config: &Config, said: &str) -> Result<Seen, Stop> {
    let (has_table, rows, catalog) = read_rows(said);
    let mut catalog = Catalog::read(catalog).map_err(|it| Stop::from(Fault::odd(&it)))?;
    // It comes with the first revision, and stays.
    catalog.forget(&version_table(config));
    Ok(Seen {
        rows,
        catalog,
        has_table,
        is_copy: false,
    })
}

pub(super) fn version_table(config: &Config) -> Name {
    Name::new(config.version_table_schema(), config.version_table.as_str())
}

/// What a comparison with the model leaves out.
pub(super) fn scope(config: &Config, compiled: &Compiled, applied: &[RevisionIndex]) -> Scope {
    let revisions = &compiled.replayed.revisions;
    let upgrades = applied.iter().map(|it| &revisions[it.index()].upgrade);
    let operations = upgrades.flat_map(|it| it.iter().map(|it| &it.value));
    let unread = Unread::of(operations, &config.schema);
    let table = version_table(config);
    let own = [table.sibling(PROGRESS), table];
    Scope {
        foreign: unread.temporary.into_iter().chain(own).collect(),
        excused: unread.code,
    }
}

/// What psql said from the error on, without its own prefix.
fn shown(stderr: &str) -> String {
    let lines = stderr
        .lines()
        .map(|it| it.strip_prefix("psql:<stdin>:").unwrap_or(it))
        .skip_while(|it| !it.contains("ERROR:") && !it.contains("FATAL:"));
    let lines: Vec<&str> = lines.filter(|it| !it.starts_with("LOCATION:")).collect();
    if lines.is_empty() {
        return stderr.trim().to_owned();
    }
    // The line counts those of all scripts before, too.
    let said = lines.join("\n");
    match said.find("ERROR:") {
        Some(at) => said[at..].to_owned(),
        None => said,
    }
}
