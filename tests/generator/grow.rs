//! How a history grows: its shape, the statements of each revision, and what the judge does to them.

use std::collections::BTreeSet;

use limbeck::compile::{self, Compiled};
use limbeck::config::Config;
use limbeck::diagnostic::{Code, Diagnostics};
use limbeck::operation::Operation;
use limbeck::replay::{Wanted, WayBack};
use limbeck::schema::Schema;
use limbeck::source::{Sources, Span};

use super::avoided::Avoided;
use super::judge::judge;
use super::random::Random;
use super::scene::{PUBLIC, Scene};
use super::{Downgrade, History, Revision, compiled, sources};

/// A proposal of statements that belong together; `None` where there is nothing to do them to.
type Propose = fn(&mut Scene<'_>) -> Option<Vec<String>>;

/// How often each is tried.
const PROPOSALS: &[(usize, Propose)] = &[
    (8, |it| it.create_table()),
    (2, |it| Some(it.create_table_with_rows())),
    (1, |it| Some(it.create_pair())),
    (3, |it| it.create_partitioned()),
    (5, |it| it.create_partition()),
    (3, |it| it.attach()),
    (2, |it| it.detach()),
    (3, |it| it.create_child()),
    (2, |it| it.create_copy()),
    (26, |it| it.alter_table()),
    (2, |it| it.use_index()),
    (1, |it| it.add_guarded()),
    (2, |it| it.drop_expression()),
    (2, |it| it.validate_one()),
    (10, |it| it.create_index()),
    (6, |it| Some(it.create_type())),
    (5, |it| it.change_enum()),
    (3, |it| Some(it.create_sequence())),
    (3, |it| it.alter_sequence()),
    (2, |it| Some(it.create_schema())),
    (1, |_| Some(Scene::extension())),
    (5, |it| it.comment_on()),
    (7, |it| it.rename()),
    (3, |it| it.set_schema()),
    (8, |it| it.drop_something()),
    (1, |it| Some(it.drop_nothing())),
    (4, |it| it.data()),
    (2, |it| it.assert()),
    (4, |it| it.raw()),
    (1, |it| it.drop_raw()),
];

/// What the first revision makes, so that there is something to change.
const START: &[(usize, Propose)] = &[
    (6, |it| it.create_table()),
    (1, |it| Some(it.create_table_with_rows())),
    (2, |it| Some(it.create_type())),
    (1, |it| it.create_partitioned()),
    (1, |it| Some(it.create_schema())),
];

/// Past this many revisions several are judged at once.
const LONG: usize = 60;

/// How often a judgement may take statements away before all of them go.
const ROUNDS: usize = 12;

/// `size` revisions, the same for the same seed.
pub(crate) fn history(seed: u64, size: usize) -> History {
    let mut growing = Growing {
        random: Random::new(seed),
        revisions: Vec::new(),
        number: 0,
        proposed: 0,
        refused: Vec::new(),
        size,
    };
    growing.grow();
    let mut history = History::new(seed, growing.revisions);
    history.proposed = growing.proposed;
    history.refused = growing.refused;
    history
}

struct Growing {
    random: Random,
    revisions: Vec<Revision>,
    number: usize,
    proposed: usize,
    refused: Vec<(String, String)>,
    size: usize,
}

impl Growing {
    fn grow(&mut self) {
        let (mut head, mut schema) = (Vec::new(), None);
        while self.revisions.len() < self.size {
            let left = self.size - self.revisions.len();
            if !head.is_empty() && left > 4 && self.random.chance(25) {
                (head, schema) = self.fork(&head, schema.as_ref(), left);
            } else {
                let longest = if self.size > LONG { 24 } else { 5 };
                let count = (1 + self.random.below(longest)).min(left);
                (head, schema) = self.line(&head, schema, count, &[], None);
            }
        }
    }

    /// Two or three branches from `head`, and the revision that merges them.
    fn fork(
        &mut self,
        head: &[String],
        schema: Option<&Schema>,
        left: usize,
    ) -> (Vec<String>, Option<Schema>) {
        let count = 2 + self.random.below(2).min(left - 4);
        let mut room = left - 1;
        let mut heads: Vec<String> = Vec::new();
        let mut others: Vec<String> = Vec::new();
        for branch in 0..count {
            let waiting = count - branch - 1;
            let length = 1 + self.random.below(4).min(room - waiting - 1);
            room -= length;
            let label = self.random.chance(30).then(|| {
                self.number += 1;
                format!("label{}", self.number)
            });
            let start = self.revisions.len();
            let (end, _) = self.line(head, schema.cloned(), length, &others, label);
            heads.extend(end);
            others.extend(self.revisions[start..].iter().map(|it| it.id.clone()));
        }
        let mut merge = self.revision(&heads);
        if self.random.chance(50) {
            merge.message.push_str("the branches come together");
        }
        self.revisions.push(merge);
        let at = self.revisions.len() - 1;
        let schema = self.settle(at, 1);
        (vec![self.revisions[at].id.clone()], schema)
    }

    /// `count` revisions after `head`, which now and then depend on one of `others`; the last one's id and the
    /// schema after it. `schema` is that of `head`, where it is known.
    fn line(
        &mut self,
        head: &[String],
        mut schema: Option<Schema>,
        count: usize,
        others: &[String],
        mut label: Option<String>,
    ) -> (Vec<String>, Option<Schema>) {
        let mut head: Vec<String> = head.to_vec();
        let batch = if self.size > LONG { 12 } else { 1 };
        let mut waiting = 0;
        for number in 0..count {
            let mut revision = self.revision(&head);
            revision.label = label.take();
            if self.random.chance(12)
                && let Some(other) = self.random.pick(others)
            {
                revision.depends_on = vec![other.clone()];
                schema = None;
            }
            let before = if let Some(schema) = schema.take() {
                schema
            } else {
                if waiting > 0 {
                    self.settle(self.revisions.len() - 1, waiting);
                    waiting = 0;
                }
                // Branches that contradict each other are mended where they are merged.
                self.schema_below(&revision).unwrap_or_else(|| {
                    revision.depends_on.clear();
                    self.schema_below(&revision).expect("the parent was judged")
                })
            };
            let after = self.fill(&mut revision, before);
            head = vec![revision.id.clone()];
            self.revisions.push(revision);
            waiting += 1;
            schema = if waiting == batch || number + 1 == count {
                let settled = self.settle(self.revisions.len() - 1, waiting);
                waiting = 0;
                settled
            } else {
                Some(after)
            };
        }
        (head, schema)
    }

    fn revision(&mut self, parents: &[String]) -> Revision {
        Revision {
            id: format!("r{:03}", self.revisions.len() + 1),
            parents: parents.to_vec(),
            ..Revision::default()
        }
    }

    /// The places of the revision's ancestors, of itself too if it is there, in their order.
    fn ancestors(&self, revision: &Revision) -> Vec<usize> {
        let mut wanted: BTreeSet<&String> = BTreeSet::from([&revision.id]);
        wanted.extend(revision.parents.iter().chain(&revision.depends_on));
        let mut places = Vec::new();
        for (place, it) in self.revisions.iter().enumerate().rev() {
            if wanted.contains(&it.id) {
                wanted.extend(it.parents.iter().chain(&it.depends_on));
                places.push(place);
            }
        }
        places.reverse();
        places
    }

    /// What the revision starts from.
    fn schema_below(&self, revision: &Revision) -> Option<Schema> {
        let mut empty = revision.clone();
        empty.upgrade.clear();
        let places = self.ancestors(revision);
        let below = places.iter().map(|it| &self.revisions[*it]);
        let sources = sources(below.chain([&empty]));
        let compiled = compiled(&sources, Wanted::Nothing).ok()?;
        Some(compiled.replayed.schema)
    }

    /// Gives the revision statements that the model takes; the schema after them.
    fn fill(&mut self, revision: &mut Revision, mut schema: Schema) -> Schema {
        let is_first = self.revisions.is_empty();
        let count = if is_first {
            3 + self.random.below(4)
        } else {
            1 + self.random.below(5).min(self.random.below(6))
        };
        let proposals = if is_first { START } else { PROPOSALS };
        let mut done = 0;
        for _ in 0..count * 8 {
            if done == count {
                break;
            }
            let mut scene = Scene {
                random: &mut self.random,
                schema: &mut schema,
                number: &mut self.number,
            };
            let propose = scene.choose(proposals);
            let Some(statements) = propose(&mut scene) else {
                continue;
            };
            done += 1;
            for statement in statements {
                self.proposed += 1;
                match judge(&mut schema, &statement) {
                    Ok(()) => revision.upgrade.push(statement),
                    Err(message) => {
                        self.refused.push((statement, message));
                        break;
                    }
                }
            }
        }
        revision.downgrade = match self.random.below(40) {
            0 if !is_first => Downgrade::Irreversible,
            1..=14 => Downgrade::Auto,
            // What limbeck would do is written down once the revision is sound.
            15..=20 => Downgrade::Written(Vec::new()),
            _ => Downgrade::LeftOut,
        };
        let mut scene = Scene {
            random: &mut self.random,
            schema: &mut schema,
            number: &mut self.number,
        };
        if scene.random.chance(20) {
            revision.verify.extend(scene.assertion());
        }
        if scene.random.chance(30) {
            revision.message.push_str("what it does; } it''s all here");
        }
        schema
    }

    /// Takes away what limbeck refuses of the last `count` revisions up to `last`, or of the branches that it merges.
    /// The schema after them.
    fn settle(&mut self, last: usize, count: usize) -> Option<Schema> {
        let asked: Vec<usize> = (last + 1 - count..=last)
            .filter(|it| matches!(&self.revisions[*it].downgrade, Downgrade::Written(_)))
            .collect();
        for place in &asked {
            self.revisions[*place].downgrade = Downgrade::Auto;
        }
        let is_merge = self.revisions[last].parents.len() > 1;
        for _ in 0..ROUNDS {
            let places = self.ancestors(&self.revisions[last]);
            let sources = sources(places.iter().map(|it| &self.revisions[*it]));
            let wanted = if asked.is_empty() {
                Wanted::Nothing
            } else {
                Wanted::Everything
            };
            match compiled(&sources, wanted) {
                Ok(_) if is_merge && conflicts_on_the_way(&sources, &self.revisions[last]) => {
                    break;
                }
                Ok(compiled) => {
                    self.write_down(&asked, &compiled);
                    return Some(compiled.replayed.schema);
                }
                Err(diagnostics) => self.take_away(&places, &diagnostics),
            }
        }
        // What was judged before is left.
        let own: Vec<usize> = if is_merge {
            let first = self.revisions[last].parents[0].clone();
            let kept = self.revisions.iter().find(|it| it.id == first);
            let kept = self.ancestors(kept.expect("parents are there"));
            let all = self.ancestors(&self.revisions[last]);
            all.into_iter().filter(|it| !kept.contains(it)).collect()
        } else {
            (last + 1 - count..=last).collect()
        };
        for place in own {
            self.revisions[place].upgrade.clear();
            self.revisions[place].verify.clear();
            self.revisions[place].downgrade = Downgrade::LeftOut;
        }
        None
    }

    /// Takes away the statements that the diagnostics speak of.
    fn take_away(&mut self, places: &[usize], diagnostics: &Diagnostics) {
        let mut gone: BTreeSet<(usize, usize)> = BTreeSet::new();
        for diagnostic in diagnostics {
            let spans = diagnostic
                .span
                .iter()
                .chain(diagnostic.related.iter().map(|it| &it.0));
            for span in spans {
                if self.take_away_at(places, *span, &mut gone) {
                    break;
                }
            }
        }
        for (place, statement) in gone.into_iter().rev() {
            let statement = self.revisions[place].upgrade.remove(statement);
            let message = diagnostics
                .iter()
                .next()
                .expect("there is one")
                .message
                .clone();
            self.refused.push((statement, message));
            if let Downgrade::Written(_) = self.revisions[place].downgrade {
                self.revisions[place].downgrade = Downgrade::Auto;
            }
        }
    }

    /// Whether something that can be taken away stands there.
    fn take_away_at(
        &mut self,
        places: &[usize],
        span: Span,
        gone: &mut BTreeSet<(usize, usize)>,
    ) -> bool {
        let sources = sources(places.iter().map(|it| &self.revisions[*it]));
        let number = sources.iter().position(|(id, _)| id == span.source);
        let place = places[number.expect("the span is of these sources")];
        let (_, parts) = self.revisions[place].placed();
        let start = span.start as usize;
        let revision = &mut self.revisions[place];
        if let Some(at) = parts.upgrade.iter().position(|it| it.contains(&start)) {
            gone.insert((place, at));
            true
        } else if parts.downgrade.contains(&start) {
            revision.downgrade = Downgrade::LeftOut;
            true
        } else if parts.verify.contains(&start) {
            revision.verify.clear();
            true
        } else {
            false
        }
    }

    /// Writes the ways back that limbeck found into the revisions that ask for it, and keeps them if it takes them.
    fn write_down(&mut self, asked: &[usize], found: &Compiled) {
        for place in asked {
            let id = &self.revisions[*place].id;
            let Some(index) = found.graph.with_id(id) else {
                continue;
            };
            let way_back = &found.replayed.revisions[index.index()].downgrade;
            if matches!(way_back, WayBack::Irreversible(_)) {
                continue;
            }
            let statements = way_back.operations().map(written).collect();
            self.revisions[*place].downgrade = Downgrade::Written(statements);
            let places = self.ancestors(&self.revisions[*place]);
            let sources = sources(places.iter().map(|it| &self.revisions[*it]));
            if let Err(diagnostics) = compiled(&sources, Wanted::Nothing) {
                let text = self.revisions[*place].text();
                let message = diagnostics
                    .iter()
                    .next()
                    .expect("there is one")
                    .message
                    .clone();
                self.refused
                    .push((text, format!("its own way back: {message}")));
                self.revisions[*place].downgrade = Downgrade::Auto;
            }
        }
    }
}

fn conflicts_on_the_way(sources: &Sources, merge: &Revision) -> bool {
    let (config, range) = (Config::default(), format!("{}:base", merge.id));
    let is_conflict = |it: &Diagnostics| it.iter().any(|it| it.code == Code::MergeConflict);
    Avoided::WayThroughMerge.is_avoided()
        && [
            compile::upgrade(sources, &config, &merge.id),
            compile::downgrade(sources, &config, &range),
        ]
        .iter()
        .any(|it| it.as_ref().is_err_and(is_conflict))
}

fn written(operation: &Operation) -> String {
    format!("{};", operation.print(PUBLIC))
}
