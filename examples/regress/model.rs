//! limbeck's verdicts: one symbolic schema, statement by statement.

use limbeck::compile::compile;
use limbeck::config::Config;
use limbeck::diagnostic::{Code, Diagnostic, Diagnostics, Direction};
use limbeck::operation::{Operation, Resolved};
use limbeck::replay::Wanted;
use limbeck::schema::Schema;
use limbeck::source::Sources;
use limbeck::syntax;

use crate::class::Class;

/// How a statement stands in a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Way {
    /// As a statement of the language.
    Native,
    /// In `data { … }`.
    Data,
    /// In `sql { … }`.
    Sql,
}

impl Way {
    pub(crate) const ALL: [Self; 3] = [Self::Native, Self::Data, Self::Sql];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Data => "data",
            Self::Sql => "sql",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// The statement as a revision has it.
    pub(crate) fn wrap(self, sql: &str) -> String {
        match self {
            Self::Native => format!("{sql}\n;"),
            Self::Data => format!("data {{ {sql}\n; }} reverse {{ }}"),
            Self::Sql => format!("sql {{ {sql}\n; }} reverse {{ }}"),
        }
    }
}

/// Why limbeck refuses a statement.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    pub(crate) code: Code,
    pub(crate) message: String,
}

/// What limbeck says of a statement.
pub(crate) type Said = Result<(), Refused>;

pub(crate) struct Model {
    schema: Schema,
}

impl Model {
    pub(crate) fn new() -> Self {
        Self {
            schema: {
                let mut it = Schema::new("public");
                it.server = 15;
                it
            },
        }
    }

    /// Does a statement to the schema, or says why it cannot be done; only what `stays` leaves a trace. Unqualified names
    /// belong to the first schema of `path`.
    pub(crate) fn run(
        &mut self,
        sql: &str,
        class: Class,
        path: &[String],
        stays: bool,
    ) -> (Way, Said) {
        if let Some(first) = path.first()
            && *first != self.schema.default
        {
            self.schema.default = first.into();
        }
        let (way, read) = self.read(sql, class);
        let mark = self.schema.mark();
        let said = read.and_then(|operations| self.apply(operations));
        if said.is_err() || !stays {
            self.schema.undo_to(mark);
        }
        (way, said)
    }

    fn read(&self, sql: &str, class: Class) -> (Way, Result<Vec<Operation>, Refused>) {
        if class == Class::Data {
            return (Way::Data, self.operations(Way::Data, sql));
        }
        // What the language does not read natively fails by its syntax.
        match self.operations(Way::Native, sql) {
            Err(it) if it.code == Code::Syntax => (Way::Sql, self.operations(Way::Sql, sql)),
            read => (Way::Native, read),
        }
    }

    fn operations(&self, way: Way, sql: &str) -> Result<Vec<Operation>, Refused> {
        let mut sources = Sources::default();
        let text = format!("upgrade {{\n{}\n}}\n", way.wrap(sql));
        let id = sources.add("statement.rev", text);
        let (body, faults) = syntax::read_body(id, &sources.get(id).text, &self.schema.default);
        match first(&faults) {
            Some(refused) => Err(refused),
            None => Ok(body.upgrade.into_iter().map(|it| it.operation).collect()),
        }
    }

    fn apply(&mut self, operations: Vec<Operation>) -> Said {
        for operation in operations {
            Resolved::of(operation, &mut self.schema)
                .and_then(|it| it.apply(&mut self.schema))
                .map_err(|it| Refused {
                    code: it.code,
                    message: it.message,
                })?;
        }
        Ok(())
    }
}

/// The first error.
fn first(faults: &Diagnostics) -> Option<Refused> {
    let mut errors = faults
        .iter()
        .filter(|it| !Code::WARNINGS.contains(&it.code));
    errors.next().map(|it| Refused {
        code: it.code,
        message: it.message.clone(),
    })
}

/// What is wrong with a history of such statements, one in each revision, and with which of them. The ways back run, too, but
/// what they leave is nobody's fault here.
pub(crate) fn whole(history: &[String]) -> Vec<(usize, String)> {
    let mut sources = Sources::default();
    for (at, statement) in history.iter().enumerate() {
        let down = match at {
            0 => "none".to_owned(),
            _ => format!("'r{:05}'", at - 1),
        };
        let text =
            format!("revision 'r{at:05}';\ndown_revision {down};\nupgrade {{\n{statement}\n}}\n");
        sources.add(format!("r{at:05}.rev"), text);
    }
    let faults = compile(&sources, &Config::default(), Wanted::Everything)
        .err()
        .unwrap_or_default();
    let of_ways_back = |it: &&Diagnostic| {
        it.direction == Some(Direction::Downgrade)
            || matches!(it.code, Code::NoWayBack | Code::DowngradeDiffers)
    };
    let places: Vec<_> = sources.iter().map(|it| it.0).collect();
    let others = faults.iter().filter(|it| !of_ways_back(it));
    let place = |it: &Diagnostic| {
        places
            .iter()
            .position(|id| it.span.is_some_and(|span| span.source == *id))
    };
    others
        .map(|it| {
            (
                place(it).unwrap_or_default(),
                format!("{}: {}", it.code, it.message),
            )
        })
        .collect()
}
