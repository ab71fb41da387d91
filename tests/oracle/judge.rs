//! Both verdicts on a statement: the server's and limbeck's.

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use limbeck::diagnostic::Code;
use limbeck::name::Name;
use limbeck::operation::{Operation, Resolved};
use limbeck::schema::{Object, Schema};
use limbeck::source::Sources;
use limbeck::syntax;

use crate::server::Database;

use super::statement::{Kind, Statement};

/// What one side says of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It runs; with the columns of the relation that it makes, if these are wanted and known.
    Runs(Option<Vec<String>>),
    /// A code, and why.
    Refused(String, String),
}

/// A statement for the server, and whether it stays.
pub(crate) struct Question<'a> {
    pub(crate) statement: &'a Statement,
    pub(crate) stays: bool,
}

/// The function that tries a statement.
const TRY: &str = include_str!("try.sql");

/// What the server says of statements, one after the other; nothing is left of them.
pub(crate) fn asked(database: &Database, questions: &[Question<'_>]) -> Vec<Verdict> {
    let mut script = format!("begin;\n{TRY}\n");
    for Question { statement, stays } in questions {
        let (before, relation) = match statement.kind {
            // What the planner and the start of the executor refuse, too.
            Kind::Data => ("explain ", "null".to_owned()),
            Kind::Definition => ("", "null".to_owned()),
            Kind::Query(name) => ("", format!("'{name}'")),
        };
        writeln!(
            script,
            "select pg_temp.try($oracle${before}{}$oracle$, {stays}, {relation});",
            statement.text
        )
        .expect("a string takes all");
    }
    script += "rollback;\n";
    let output = database.psql_with(&["-q", "-A", "-t"], &script);
    assert!(output.status.success(), "{}", output.stderr);
    let verdicts: Vec<Verdict> = output
        .stdout
        .lines()
        .filter(|it| !it.is_empty())
        .map(heard)
        .collect();
    assert_eq!(verdicts.len(), questions.len(), "{}", output.stdout);
    verdicts
}

fn heard(line: &str) -> Verdict {
    let mut fields = line.split('\u{1}');
    let (state, rest) = (fields.next().unwrap_or_default(), fields.next());
    match (state, rest) {
        ("ok", None) => Verdict::Runs(None),
        ("ok", Some(first)) => Verdict::Runs(Some(
            std::iter::once(first)
                .chain(fields)
                .filter(|it| !it.is_empty())
                .map(str::to_owned)
                .collect(),
        )),
        (state, message) => {
            Verdict::Refused(state.to_owned(), message.unwrap_or_default().to_owned())
        }
    }
}

/// limbeck's side: a symbolic schema.
pub(crate) struct Model {
    schema: Schema,
}

impl Model {
    pub(crate) fn new(server: u32) -> Self {
        let mut schema = Schema::new("public");
        schema.server = u8::try_from(server).expect("versions are small");
        Self { schema }
    }

    /// What limbeck says of a statement; only what `stays` leaves a trace.
    pub(crate) fn judge(&mut self, statement: &Statement, stays: bool) -> Verdict {
        let mark = self.schema.mark();
        let said = catch_unwind(AssertUnwindSafe(|| self.run(statement)));
        let said = said
            .unwrap_or_else(|_| Verdict::Refused("panic".to_owned(), "limbeck panics".to_owned()));
        if !stays || !matches!(said, Verdict::Runs(_)) {
            self.schema.undo_to(mark);
        }
        said
    }

    fn run(&mut self, statement: &Statement) -> Verdict {
        let read = if statement.kind == Kind::Data {
            self.read(&format!("data {{ {}; }} reverse {{ }}", statement.text))
        } else {
            // What the language does not read natively fails by its syntax.
            match self.read(&format!("{};", statement.text)) {
                Err((Code::Syntax, _)) => {
                    self.read(&format!("sql {{ {}; }} reverse {{ }}", statement.text))
                }
                read => read,
            }
        };
        let applied = read.and_then(|operations| {
            for operation in operations {
                Resolved::of(operation, &mut self.schema)
                    .and_then(|it| it.apply(&mut self.schema))
                    .map_err(|it| (it.code, it.message))?;
            }
            Ok(())
        });
        match (applied, statement.kind) {
            (Err((code, message)), _) => Verdict::Refused(code.name().to_owned(), message),
            (Ok(()), Kind::Query(name)) => Verdict::Runs(self.columns(name)),
            (Ok(()), Kind::Data | Kind::Definition) => Verdict::Runs(None),
        }
    }

    fn read(&self, text: &str) -> Result<Vec<Operation>, (Code, String)> {
        let mut sources = Sources::default();
        let id = sources.add("statement.rev", format!("upgrade {{\n{text}\n}}\n"));
        let (body, faults) = syntax::read_body(id, &sources.get(id).text, &self.schema.default);
        let error = faults.iter().find(|it| !Code::WARNINGS.contains(&it.code));
        match error {
            Some(it) => Err((it.code, it.message.clone())),
            None => Ok(body.upgrade.into_iter().map(|it| it.operation).collect()),
        }
    }

    /// The columns of a relation as the server describes them.
    fn columns(&self, name: &str) -> Option<Vec<String>> {
        let id = Name::new("public", name);
        let told = |name: &str, ty: String| format!("{name} {ty}");
        match self.schema.relation(&id)? {
            Object::Table(table) => Some(
                table
                    .columns
                    .iter()
                    .map(|it| told(&it.name, it.sql_type.within("public").to_string()))
                    .collect(),
            ),
            Object::Opaque(it) => {
                let output = it.output.as_ref()?.iter();
                Some(
                    output
                        .map(|(name, ty)| told(name, ty.within("public").to_string()))
                        .collect(),
                )
            }
            Object::Namespace(_)
            | Object::Extension(_)
            | Object::Type(_)
            | Object::Index(_)
            | Object::Sequence(_) => None,
        }
    }
}
