//! Random histories that are sound, the same for the same seed: every statement of the language, branches and merges.
//!
//! A proposal is made from what the model says is there; limbeck itself is the judge, and what it refuses is dropped.
//! Nothing here knows how a history is run.

mod alter;
mod avoided;
mod constraint;
mod coverage;
mod family;
mod grow;
mod judge;
mod object;
pub(crate) mod random;
mod scene;
#[cfg(postgres)]
pub(crate) mod server;
mod shrink;
mod table;
mod text;

use std::fmt::Write as _;
use std::ops::Range;

use limbeck::config::Config;
use limbeck::source::Sources;
use limbeck::{compile, diagnostic, replay};

pub(crate) use grow::history;
pub(crate) use shrink::shrink;

/// A sound history and how it came about.
#[derive(Debug, Clone)]
pub(crate) struct History {
    pub(crate) seed: u64,
    /// File names and texts.
    pub(crate) files: Vec<(String, String)>,
    /// The same in parts; each stands after its parents.
    pub(crate) revisions: Vec<Revision>,
    /// How many statements were proposed.
    pub(crate) proposed: usize,
    /// Those that limbeck refused, and why.
    pub(crate) refused: Vec<(String, String)>,
}

/// A revision in parts that can be left out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Revision {
    pub(crate) id: String,
    pub(crate) parents: Vec<String>,
    pub(crate) depends_on: Vec<String>,
    pub(crate) label: Option<String>,
    pub(crate) message: String,
    /// With what ends each: a `;` or a block.
    pub(crate) upgrade: Vec<String>,
    pub(crate) downgrade: Downgrade,
    /// Assertions.
    pub(crate) verify: Vec<String>,
}

/// The way back of a revision.
#[derive(Debug, Clone, Default)]
pub(crate) enum Downgrade {
    /// Nothing is said.
    #[default]
    LeftOut,
    Auto,
    Written(Vec<String>),
    Irreversible,
}

/// Where the parts of a revision stand in its text.
#[derive(Debug, Default)]
struct Places {
    upgrade: Vec<Range<usize>>,
    downgrade: Range<usize>,
    verify: Range<usize>,
}

impl History {
    fn new(seed: u64, revisions: Vec<Revision>) -> Self {
        let files = revisions.iter().map(|it| (it.file(), it.text())).collect();
        Self {
            seed,
            files,
            revisions,
            proposed: 0,
            refused: Vec::new(),
        }
    }

    /// As one text, a section for each file: what a case of `tests/cases` is.
    pub(crate) fn as_case(&self) -> String {
        let files = self.files.iter();
        files.fold(String::new(), |text, (name, file)| {
            format!("{text}--- {name} ---\n{file}\n")
        })
    }

    pub(crate) fn sources(&self) -> Sources {
        sources(&self.revisions)
    }
}

impl Revision {
    fn file(&self) -> String {
        format!("{}.rev", self.id)
    }

    pub(crate) fn text(&self) -> String {
        self.placed().0
    }

    fn placed(&self) -> (String, Places) {
        let mut places = Places::default();
        let quoted = |ids: &[String]| format!("'{}'", ids.join("', '"));
        let mut text = format!("revision '{}';\n", self.id);
        let parents = if self.parents.is_empty() {
            "none".to_owned()
        } else {
            quoted(&self.parents)
        };
        let _ = writeln!(text, "down_revision {parents};");
        if !self.message.is_empty() {
            let _ = writeln!(text, "message '{}';", self.message);
        }
        if let Some(label) = &self.label {
            let _ = writeln!(text, "branch_labels '{label}';");
        }
        if !self.depends_on.is_empty() {
            let _ = writeln!(text, "depends_on {};", quoted(&self.depends_on));
        }
        text += "\nupgrade {\n";
        for statement in &self.upgrade {
            let start = text.len();
            let _ = writeln!(text, "  {statement}");
            places.upgrade.push(start..text.len());
        }
        text += "}\n";
        let start = text.len();
        match &self.downgrade {
            Downgrade::LeftOut => {}
            Downgrade::Auto => text += "downgrade auto;\n",
            Downgrade::Written(statements) => {
                text += "downgrade {\n";
                for statement in statements {
                    let _ = writeln!(text, "  {statement}");
                }
                text += "}\n";
            }
            Downgrade::Irreversible => {
                text += "downgrade irreversible 'nobody kept the old one';\n";
            }
        }
        places.downgrade = start..text.len();
        let start = text.len();
        if !self.verify.is_empty() {
            text += "verify {\n";
            for statement in &self.verify {
                let _ = writeln!(text, "  {statement}");
            }
            text += "}\n";
        }
        places.verify = start..text.len();
        (text, places)
    }
}

fn sources<'a>(revisions: impl IntoIterator<Item = &'a Revision>) -> Sources {
    let mut sources = Sources::default();
    for revision in revisions {
        sources.add(revision.file(), revision.text());
    }
    sources
}

/// As `limbeck check` does, but for the policy on heads.
fn compiled(sources: &Sources, wanted: replay::Wanted) -> diagnostic::Result<compile::Compiled> {
    let config = Config::default();
    let graph = compile::graph(sources, &config)?;
    compile::check(sources, &config, graph, wanted)
}
