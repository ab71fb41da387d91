//! All that varies of a script before its steps, as JSON that the constant code reads: `place.sql`, `lock.sql`, `find.sql`,
//! `loss.sql` in `src/script/guard`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};
use smol_str::SmolStr;

use crate::config::Transaction;
use crate::diagnostic::Direction;
use crate::lower::Act;
use crate::name::Name;
use crate::operation::RawStatement;
use crate::script::encoding::Characters;
use crate::script::guard::author_path;
use crate::token::lex;

use super::loss::ENOUGH;
use super::reading::spoken;
use super::route::Route;

/// psql's `\if :{?name}` is of version 11, and earlier ones are not tried.
const OLDEST_PSQL: u32 = 12;
/// `begin atomic … end` holds semicolons, which an older psql ends the statement at.
const ATOMIC_PSQL: u32 = 14;

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

    fn starts_at_base(&self) -> bool {
        self.starts.contains(&None)
    }

    /// The oldest version of psql that reads the script.
    pub(super) fn oldest_psql(&self) -> u32 {
        if self.is_atomic() {
            ATOMIC_PSQL
        } else {
            OLDEST_PSQL
        }
    }

    /// An object of JSON, a key on each line.
    pub(super) fn data(&self, characters: &Characters) -> String {
        let mut text = "{".to_owned();
        let mut add = |key: &str, value: Value| {
            let comma = if text.len() > 1 { "," } else { "" };
            let _ = write!(text, "{comma}\n  \"{key}\": {value}");
        };
        self.of_release(&mut add);
        add("characters", json!(characters.places()));
        self.of_place(&mut add);
        self.of_path(&mut add);
        text + "\n}"
    }

    fn of_release(&self, add: &mut impl FnMut(&str, Value)) {
        let config = &self.pack.config;
        add(
            "title",
            json!(format!("limbeck {} {}", self.pack.version, self.verb())),
        );
        add("file", json!(self.file()));
        add("way", json!(self.direction_word()));
        add("steps", json!(self.steps.len()));
        add("server", json!(config.minimum_server));
        add("psql", json!(self.oldest_psql()));
        add("whole", json!(config.transaction == Transaction::Release));
        add("lock_timeout", json!(config.lock_timeout.to_string()));
        add(
            "statement_timeout",
            json!(config.statement_timeout.to_string()),
        );
    }

    fn of_place(&self, add: &mut impl FnMut(&str, Value)) {
        let config = &self.pack.config;
        add("role", json!(config.role));
        for (key, value) in spoken(self.pack, self.direction) {
            add(&key, value);
        }
        add("makes_home", json!(self.makes_schema()));
        add("path", json!(author_path(&config.schema)));
        add("rights", json!(self.rights()));
        add("versions", json!(self.versions));
        add("version_table", json!(self.version_table.name));
        add("progress", json!(self.progress));
        add("lock", json!(self.lock));
    }

    /// Where the database may stand, and what leads on from there.
    fn of_path(&self, add: &mut impl FnMut(&str, Value)) {
        add("accepts", json!(self.accepts()));
        add("starts_at_base", json!(self.starts_at_base()));
        self.of_graph(add);
        add("below", json!(self.below));
        let mut parts = vec![1; self.nodes.len()];
        for step in &self.steps {
            parts[step.node] = step.parts.len();
        }
        add("parts", json!(parts));
        let starts: Vec<usize> = self.starts.iter().flatten().map(|it| it + 1).collect();
        add("starts", json!(starts));
        add("points", json!(self.points()));
        if self.direction == Direction::Downgrade {
            let goal = match self.starts.as_slice() {
                [start] => Some(start.map_or("base", |it| self.nodes[it])),
                _ => None,
            };
            add("goal", json!(goal));
            let origins: Vec<&str> = self.pack.from.iter().map(|it| it.name.as_str()).collect();
            add("origins", json!(origins.join(", ")));
            let halves = self.steps.iter().filter(|it| it.halves);
            let skips: BTreeMap<&str, &[Option<usize>]> = halves
                .map(|it| (it.revision, it.skips.as_slice()))
                .collect();
            add("skips", json!(skips));
            add("irreversible", json!(self.irreversible()));
            add("enough", json!(ENOUGH));
            add("losses", json!(self.losses()));
        }
    }

    /// Where the database may stand, in the order of the upgrade, what each needs, last first, and what is the history's own from
    /// there on.
    pub(super) fn of_graph(&self, add: &mut impl FnMut(&str, Value)) {
        add("nodes", json!(self.nodes));
        let mut edges: Vec<(usize, usize)> = Vec::new();
        for (node, needs) in self.needs.iter().enumerate().rev() {
            edges.extend(needs.iter().map(|it| (node + 1, it + 1)));
        }
        let (child, parent): (Vec<usize>, Vec<usize>) = edges.into_iter().unzip();
        add("child", json!(child));
        add("parent", json!(parent));
        let steps = self.pack.steps.iter().zip(self.below + 1..);
        let made = steps.flat_map(|(step, node)| {
            let made = step
                .operations()
                .flat_map(|it| it.made_relations(&self.pack.config.schema));
            made.map(move |name| (name, node))
        });
        // What is made twice, or goes again, is there at some of them only.
        let mut by_name: BTreeMap<Name, Option<usize>> = BTreeMap::new();
        for (name, node) in made {
            let once = by_name.entry(name).or_insert(Some(node));
            *once = once.filter(|it| *it == node);
        }
        let [before, after] = self.pack.relations();
        let mut known: BTreeMap<usize, Vec<SmolStr>> = BTreeMap::new();
        for (name, node) in by_name {
            if let Some(node) = node
                && after.contains(&name)
                && !before.contains(&name)
            {
                known.entry(node).or_default().push(name.qualified());
            }
        }
        add("made", json!(known.into_iter().collect::<Vec<_>>()));
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
            "{} of {} starts at {} and at every step up to {}. Connect to another database, or use the bundle of a release that starts where this database is.",
            self.file(),
            self.pack.version,
            points.join(" or "),
            self.nodes.last().copied().unwrap_or("base"),
        )
    }

    /// The places of the releases on the way among the nodes, from 1: `-v to=` takes their names, too.
    fn points(&self) -> BTreeMap<&str, usize> {
        let place = |id: &str| self.nodes.iter().position(|it| *it == id);
        let points = self.pack.from.iter().chain(&self.pack.passes);
        points
            .chain(std::iter::once(&self.pack.to))
            .filter_map(|it| Some((it.name.as_str(), place(it.revision.as_deref()?)? + 1)))
            .collect()
    }

    fn irreversible(&self) -> BTreeMap<&str, &str> {
        let steps = self.steps.iter();
        steps
            .filter_map(|it| Some((it.revision, it.irreversible?)))
            .collect()
    }

    /// Whether a statement holds semicolons that only newer versions of psql see through.
    fn is_atomic(&self) -> bool {
        self.statements().any(|it| {
            let Act::Raw(RawStatement { text, .. }) = &it.act else {
                return false;
            };
            lex(text, 0, text.len()).is_ok_and(|tokens| {
                tokens
                    .windows(2)
                    .any(|pair| pair[0].is_word(text, "begin") && pair[1].is_word(text, "atomic"))
            })
        })
    }

    /// Whether the first statement of the upgrade makes the schema of unqualified names.
    pub(super) fn makes_schema(&self) -> bool {
        let schema = self.pack.config.schema.as_str();
        let first = self.pack.steps.iter().flat_map(|it| &it.upgrade);
        let first = first.flat_map(|it| &it.statements).next();
        first.is_some_and(|it| it.makes_schema(schema))
    }
}
