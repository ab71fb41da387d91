//! A database, what it should hold, and what it holds.

mod compared;
mod filled;

use std::collections::BTreeSet;

use smol_str::SmolStr;

use crate::bundle::proof::Outcome;
use crate::catalog::{Answers, Catalog, Scope};
use crate::compile;
use crate::config::Config;
use crate::graph::{Edges, RevisionIndex};
use crate::inverse::{Fidelity, Loss};
use crate::lower::Lowered;
use crate::operation::Operation;
use crate::operation::unread::runs_code;
use crate::plan::{self, Steps};
use crate::prove::interrupted::Reached;
use crate::prove::request::{Request, Stop, judged};
use crate::prove::seen::{Seen, look_script, read, read_rows, rows_script, scope, version_table};
use crate::prove::server::{Database, Fault, Output, Server};
use crate::prove::{rows, unasked, values};
use crate::replay::{Line, Remains, Run, WayBack};
use crate::schema::{ObjectId, Schema};
use crate::script::plain::{self, PlainStep};
use crate::token::quote_identifier;

pub(super) use filled::UNREADABLE;

/// A database on which revisions run, with the model beside it.
#[derive(Debug)]
pub(super) struct Stage<'a> {
    request: &'a Request<'a>,
    database: Database<'a>,
    line: Line<'a>,
    /// The rows of the version table.
    current: Vec<RevisionIndex>,
    seen: Seen,
    scope: Scope,
    /// Whether something has run since the last comparison that may make anything.
    ran_code: bool,
    /// Whether SQL of the author has run: there may be tables that the model does not know.
    ran_text: bool,
    /// The schemas that an empty database has.
    namespaces: BTreeSet<ObjectId>,
    targets: rows::Targets,
    /// What the server said of expressions, by question.
    answers: Answers,
    /// One that stood where this one did, without any rows of ours, when rows stopped a script the last time.
    bare: Option<Box<Self>>,
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
    /// What the way back leaves other than it was.
    pub(super) left: Option<Remains>,
    /// Whether something of it has nothing that puts them back: `data { … } reverse { }`.
    pub(super) leaves_rows: bool,
    /// Whether the way back runs SQL of the author.
    pub(super) runs_text: bool,
    /// Where the scripts are not what the author wrote.
    pub(super) faults: Vec<String>,
}

impl<'a> Stage<'a> {
    /// An empty database.
    pub(super) fn new(request: &'a Request<'a>, server: &'a Server) -> Result<Self, Stop> {
        let Request {
            sources,
            config,
            compiled,
            ..
        } = *request;
        let database = server.database(&request.needs())?;
        let schema = quote_identifier(&config.schema);
        let version_schema = quote_identifier(config.version_table_schema());
        let made = database.ask(&as_owner(config, &format!(
            "set client_min_messages = warning; create schema if not exists {schema}; create schema if not exists {version_schema};"
        )))?;
        if made.status != Some(0) {
            return Err(Fault::failed("creating a schema", &made.stderr).into());
        }
        let history = compile::history(sources, config, &compiled.graph);
        let mut stage = Self {
            line: Line::new(history, &compiled.replayed),
            current: Vec::new(),
            seen: Seen {
                rows: BTreeSet::new(),
                catalog: Catalog::default(),
                has_table: false,
                odd_table: None,
                is_copy: false,
            },
            scope: Scope {
                excused: false,
                ..scope(config, compiled, compiled.graph.order())
            },
            ran_code: false,
            ran_text: false,
            namespaces: BTreeSet::new(),
            targets: rows::Targets::default(),
            answers: Answers::default(),
            bare: None,
            database,
            request,
        };
        stage.look()?;
        let objects = stage.seen.catalog.objects.keys();
        stage.namespaces = objects
            .filter(|it| matches!(it, ObjectId::Namespace(_)))
            .cloned()
            .collect();
        // Made beforehand, since only a superuser may.
        let extensions = stage.seen.catalog.objects.keys();
        let extensions = extensions.filter(|it| matches!(it, ObjectId::Extension(_)));
        stage.scope.made.extend(extensions.cloned());
        Ok(stage)
    }

    /// Another database that holds the same.
    pub(super) fn fork(&self) -> Result<Self, Stop> {
        Ok(Self {
            request: self.request,
            database: self.database.copy()?,
            line: self.line.clone(),
            current: self.current.clone(),
            seen: Seen {
                is_copy: true,
                ..self.seen.clone()
            },
            scope: self.scope.clone(),
            ran_code: self.ran_code,
            ran_text: self.ran_text,
            namespaces: self.namespaces.clone(),
            targets: self.targets.clone(),
            answers: self.answers.clone(),
            bare: None,
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
        let graph = &self.request.compiled.graph;
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
        let script = as_owner(self.request.config, &script);
        let output = self.database.ask(&script)?;
        if output.status != Some(0) {
            let why = output.error();
            return Ok(Err(format!("an earlier revision fails: {why}")));
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

    /// What SQL answers; none where it fails.
    pub(super) fn perhaps(&self, question: &str) -> Result<Option<String>, Stop> {
        let output = self.database.ask(question)?;
        Ok((output.status == Some(0)).then_some(output.stdout))
    }

    /// How far the scripts of a release have come.
    pub(super) fn reached(&self) -> Result<Reached, Stop> {
        let said = self.answer(&Reached::script(self.request.config))?;
        Ok(Reached::read(&said))
    }

    /// The scripts of a revision, which counts from here on as one that has run.
    pub(super) fn scripts(&mut self, revision: RevisionIndex) -> Result<Scripts, Stop> {
        let compiled = self.request.compiled;
        let graph = &compiled.graph;
        let Run {
            downgrade: lowered,
            left,
        } = self.line.run(revision)?;
        let [there, back] = plan::there_and_back(graph, &self.current, revision);
        let revised = &compiled.replayed.revisions[revision.index()];
        let mut fidelity = Fidelity::default();
        let has_way_back = match &revised.downgrade {
            WayBack::Irreversible(_) => false,
            WayBack::Steps(_) | WayBack::Written { .. } => true,
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
        let there = self.script(&there, revision, &revised.upgrade_sql);
        let back = has_way_back.then(|| self.script(&back, revision, &lowered));
        let upgrade = || revised.operations();
        let way_back = || revised.downgrade.operations();
        let source = graph.header(revision).id.span.source;
        let source = &self.request.sources.get(source).text;
        let table = version_table(self.request.config).qualified();
        let mut faults = Vec::new();
        let stays = fidelity.has(Loss::Stays);
        for (script, operations) in [
            (Some(&there), upgrade().collect::<Vec<_>>()),
            (back.as_ref(), way_back().collect()),
        ] {
            let Some(script) = script else {
                continue;
            };
            let concurrent = operations.iter().filter(|it| values::is_concurrent(it));
            if unasked::concurrent(script) < concurrent.count() {
                faults.push("the script does not use `concurrently`".to_owned());
            }
            let written = operations.into_iter().flat_map(values::texts);
            let missing = written.filter(|it| !script.contains(it));
            faults.extend(missing.map(|it| format!("the script omits: {it}")));
            faults.extend(unasked::unasked(script, source, &table, stays));
        }
        let is_another = has_way_back
            && graph.is_chain()
            && !lowered
                .iter()
                .map(|it| &it.statements)
                .eq(revised.downgrade_sql.iter().map(|it| &it.statements));
        if is_another {
            faults.push("the downgrade differs from that of `limbeck downgrade`".to_owned());
        }
        self.ran_text |= upgrade().any(|it| matches!(it, Operation::Raw(_)));
        self.ran_code |= runs_code(upgrade());
        Ok(Scripts {
            leaves_rows: upgrade().filter(|it| values::changes_rows(it)).count()
                > way_back().filter(|it| values::changes_rows(it)).count(),
            runs_text: way_back().any(Operation::is_opaque),
            there,
            back,
            before: ids.into_iter().collect(),
            after: self.rows(),
            fidelity,
            left,
            faults,
        })
    }

    /// The operations of a revision, with all names chosen.
    pub(super) fn operations(
        &self,
        revision: RevisionIndex,
    ) -> impl Iterator<Item = &'a Operation> + Clone + use<'a> {
        let revised = &self.request.compiled.replayed.revisions[revision.index()];
        revised.operations()
    }

    fn script(&self, steps: &Steps, revision: RevisionIndex, lowered: &[Lowered]) -> String {
        let compiled = self.request.compiled;
        let message = &compiled.graph.header(revision).message;
        let step = PlainStep { message, lowered };
        plain::script(
            steps,
            &[step],
            self.request.config,
            &compiled.spoken,
            &compiled.replayed.schema,
            &compiled.known(steps, &self.request.config.schema),
        )
    }

    /// Runs a script. The inner error is what psql said, or that the version table is not what it should be.
    pub(super) fn step(
        &self,
        what: &str,
        script: &str,
        rows: &BTreeSet<SmolStr>,
    ) -> Result<Result<(), String>, Stop> {
        let all = format!(
            "\\set VERBOSITY verbose\n{}\n{}",
            as_owner(self.request.config, script),
            rows_script(self.request.config)
        );
        let output = self.database.ask(&all)?;
        if output.status != Some(0) {
            return Ok(Err(format!("{what} fails: {}", output.error())));
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
            "after {what} the version table contains ({}), but should contain ({})",
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

    /// What came of a trial with these faults.
    pub(super) fn judged(&self, faults: &[String]) -> Outcome {
        judged(self.database.server, faults)
    }

    /// Whether the version table says that what should have run has.
    pub(super) fn stands(&mut self) -> Result<bool, Stop> {
        self.look()?;
        Ok(self.seen.rows == self.rows())
    }

    /// Looks at the database.
    pub(super) fn look(&mut self) -> Result<(), Stop> {
        let said = self.answer(&look_script(self.request.config))?;
        self.seen = Seen {
            is_copy: self.seen.is_copy,
            ..read(self.request.config, &said)?
        };
        Ok(())
    }

    /// Goes on after an upgrade that some rows stopped: without any. False where that stops, too.
    pub(super) fn without_rows(&mut self) -> Result<bool, Stop> {
        let graph = &self.request.compiled.graph;
        let mut bare = match self.bare.take() {
            Some(bare) => bare,
            None => Box::new(Self::new(self.request, self.database.server)?),
        };
        let applied = graph.ancestors(&self.current, Edges::All);
        let earlier = graph.ancestors(&bare.current, Edges::All);
        let missing = applied.iter().filter(|it| !earlier.contains(*it));
        let stands = bare.stand_on(&graph.sorted(missing))?.is_ok();
        if stands {
            *self = bare.fork()?;
            self.bare = Some(bare);
        }
        Ok(stands)
    }
}

/// A script as the role runs it that is to own what it makes.
fn as_owner(config: &Config, script: &str) -> String {
    match &config.role {
        None => script.to_owned(),
        Some(role) => format!(
            "set role {};\n{script}\nreset role;\n",
            quote_identifier(role)
        ),
    }
}
