//! What differs between what should be and what is.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use smol_str::SmolStr;

use crate::catalog::compared::{Compared, words};
use crate::catalog::difference::{Difference, shown, usual};
use crate::catalog::facts::{facts, key_types};
use crate::catalog::question::{Column, Question};
use crate::catalog::stand_in::StandIns;
use crate::catalog::{Catalog, Other, explain};
use crate::expression::{Expression, qualify};
use crate::kind::{Defined, Kind};
use crate::model::opaque::is_changed;
use crate::model::stored;
use crate::name::Name;
use crate::schema::{Object, ObjectId, Schema, Table, Type};

/// What differs, and what only a server can tell.
#[derive(Debug, Default)]
pub struct Comparison {
    differences: Vec<Difference>,
    open: Vec<(Difference, Question)>,
}

/// What a server has said of expressions: a history asks the same again after each revision.
#[derive(Debug, Clone, Default)]
pub struct Answers(BTreeMap<String, bool>);

/// What a comparison with the model leaves out.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Tables that are no part of the history, such as the version table.
    pub foreign: BTreeSet<Name>,
    /// Whether SQL of a revision may have made what the model does not know.
    pub excused: bool,
    /// What such SQL has been seen to make.
    pub made: BTreeSet<ObjectId>,
}

/// What is expected, by id; how expressions in it are to be read.
struct Expected<'a> {
    objects: BTreeMap<&'a ObjectId, &'a Object>,
    found: &'a Catalog,
    /// The model, where it is what is expected.
    model: Option<&'a Schema>,
    /// The schema of names without one.
    schema: SmolStr,
    stand_ins: StandIns,
    comparison: Comparison,
}

impl Comparison {
    /// Holds what a database holds against the model.
    #[must_use]
    pub fn with_model(schema: &Schema, found: &Catalog, scope: &Scope) -> Self {
        // What is temporary is gone with the session that made it.
        let all = schema.objects().filter(|it| !it.0.is_temporary());
        let all: Vec<_> = all.collect();
        let mut expected = Expected {
            objects: all.iter().map(|(id, object)| (*id, &***object)).collect(),
            found,
            model: Some(schema),
            schema: schema.default.clone(),
            stand_ins: StandIns::new(found),
            comparison: Self::default(),
        };
        let mut unknown: BTreeSet<&Name> = scope.foreign.iter().collect();
        unknown.extend(scope.made.iter().filter_map(ObjectId::relation));
        for (id, object) in &expected.objects.clone() {
            if id.relation().is_some_and(|it| scope.foreign.contains(it)) {
                continue;
            }
            let is_unknown = matches!(object, Object::Opaque(_)) || is_changed(schema, id, object);
            if is_unknown {
                unknown.extend(id.relation());
                expected.presence(id, object);
            } else {
                expected.object(id, object);
            }
        }
        let belongs_to_unknown = |object: &Object| {
            let is_part = object.as_index().is_some() || object.as_sequence().is_some();
            is_part && object.part_of().is_some_and(|it| unknown.contains(it))
        };
        let is_known_on_table = |id: &ObjectId| match id {
            ObjectId::Opaque(kind, name) if kind.is_on_table() => {
                all.iter().any(|(it, _)| is_same_on_table(it, *kind, name))
            }
            ObjectId::Namespace(_)
            | ObjectId::Extension(_)
            | ObjectId::Type(_)
            | ObjectId::Relation(_)
            | ObjectId::Opaque(..) => false,
        };
        for (id, object) in &found.objects {
            let is_ours = match id {
                ObjectId::Namespace(_) => false,
                ObjectId::Extension(name) => name != "plpgsql",
                ObjectId::Type(name) | ObjectId::Relation(name) | ObjectId::Opaque(_, name) => {
                    schema
                        .get(&ObjectId::Namespace(name.schema.clone()))
                        .is_some()
                }
            };
            let is_extra = is_ours
                && !scope.excused
                && !scope.made.contains(id)
                && schema.get(id).is_none()
                && !is_known_on_table(id)
                && !id.relation().is_some_and(|it| unknown.contains(it))
                && !belongs_to_unknown(object);
            if is_extra {
                expected
                    .comparison
                    .differences
                    .push(Difference::extra(id, object));
            }
        }
        for name in &found.invalid {
            // On a partitioned table alone it is invalid until those of all partitions are attached; of a constraint the
            // model does not know whether it was made so.
            let is_of_all = |table: &Table| {
                table.partition_by.is_some() && table.constraints.contains_key(&name.name)
            };
            let is_whole = match schema.index(name) {
                Some(index) => !index.only,
                None => !expected
                    .objects
                    .values()
                    .any(|it| matches!(it, Object::Table(it) if is_of_all(it))),
            };
            if is_whole && schema.relation_taken(name) {
                expected
                    .comparison
                    .differences
                    .push(Difference::invalid(name));
            }
        }
        for (what, definition) in &found.unread {
            expected.comparison.differences.push(Difference {
                object: what.clone(),
                part: String::new(),
                what: "it".to_owned(),
                expected: Some("a definition that limbeck can parse".to_owned()),
                found: Some(definition.clone()),
            });
        }
        expected.comparison
    }

    /// Holds what a database holds against what it held at another time.
    #[must_use]
    pub fn of_times(before: &Catalog, after: &Catalog) -> Self {
        let mut expected = Expected {
            objects: before.objects.iter().collect(),
            found: after,
            model: None,
            schema: SmolStr::default(),
            stand_ins: StandIns::new(after),
            comparison: Self::default(),
        };
        for (id, object) in &expected.objects.clone() {
            if !matches!(object, Object::Opaque(_)) {
                expected.object(id, object);
            }
        }
        let comparison = &mut expected.comparison;
        for (id, object) in &after.objects {
            if !before.objects.contains_key(id) && !matches!(object, Object::Opaque(_)) {
                comparison.differences.push(Difference::extra(id, object));
            }
        }
        for name in after.invalid.difference(&before.invalid) {
            comparison.differences.push(Difference::invalid(name));
        }
        let told = |what: &String, expected: Option<String>, found: Option<String>| Difference {
            object: what.clone(),
            part: String::new(),
            what: if expected.is_some() && found.is_some() {
                "its definition"
            } else {
                ""
            }
            .to_owned(),
            expected,
            found,
        };
        let unread: BTreeSet<&String> = before.unread.keys().chain(after.unread.keys()).collect();
        for name in unread {
            let (expected, found) = (before.unread.get(name), after.unread.get(name));
            if expected != found {
                let difference = told(name, expected.cloned(), found.cloned());
                comparison.differences.push(difference);
            }
        }
        others(before, after, &mut comparison.differences);
        expected.comparison
    }

    /// What a server is still to be asked, as a script for psql; none where everything is known.
    #[must_use]
    pub fn questions(&self, known: &Answers) -> Option<String> {
        let open = self.open(known);
        (!open.is_empty()).then(|| explain::script(&open))
    }

    /// Takes what psql printed for [`Self::questions`].
    #[must_use]
    pub fn settle(self, printed: &str, known: &mut Answers) -> Vec<Difference> {
        let open = self.open(known);
        let answers = explain::answers(printed, &open);
        let open: Vec<String> = open.into_iter().map(Question::key).collect();
        known.0.extend(open.into_iter().zip(answers));
        let mut differences = self.differences;
        let others = self
            .open
            .into_iter()
            .filter(|it| known.0.get(&it.1.key()) != Some(&true));
        differences.extend(others.map(|it| it.0));
        differences.sort();
        differences.dedup();
        differences
    }

    /// The questions without an answer, each once.
    fn open(&self, known: &Answers) -> Vec<&Question> {
        let open = self.open.iter().map(|it| (it.1.key(), &it.1));
        let open: BTreeMap<String, &Question> =
            open.filter(|it| !known.0.contains_key(&it.0)).collect();
        open.into_values().collect()
    }
}

impl Expected<'_> {
    /// Looks whether there is something of that name.
    fn presence(&mut self, id: &ObjectId, object: &Object) {
        let is_there = match id {
            ObjectId::Opaque(Defined::Stale, _) => true,
            ObjectId::Opaque(kind, name) if kind.is_function() => Kind::ALL
                .into_iter()
                .filter(|it| it.is_function())
                .any(|it| self.found.objects.contains_key(&ObjectId::of(it, name))),
            ObjectId::Opaque(kind, name) if kind.is_on_table() => self
                .found
                .objects
                .keys()
                .any(|it| is_same_on_table(it, *kind, name)),
            ObjectId::Opaque(kind, _) if kind.facts().catalog.is_none() => true,
            ObjectId::Namespace(_)
            | ObjectId::Extension(_)
            | ObjectId::Type(_)
            | ObjectId::Relation(_)
            | ObjectId::Opaque(..) => self.found.objects.contains_key(id),
        };
        if !is_there {
            self.comparison
                .differences
                .push(Difference::missing(id, object));
        }
    }

    fn object(&mut self, id: &ObjectId, expected: &Object) {
        let Some(found) = self.found.objects.get(id) else {
            self.comparison
                .differences
                .push(Difference::missing(id, expected));
            return;
        };
        let object = shown(id, expected);
        if expected.kind() != found.kind() {
            self.comparison.differences.push(Difference {
                object,
                part: String::new(),
                what: "it".to_owned(),
                expected: Some(expected.kind().with_article()),
                found: Some(found.kind().with_article()),
            });
            return;
        }
        // What the server is known to store alike is not asked for.
        let respelled = self
            .model
            .map(|it| stored::respelled(id, expected, found, it));
        let found = respelled.as_ref().unwrap_or(found);
        let (expected_facts, found_facts) = (facts(expected), facts(found));
        let (table_name, columns) = self.columns(id, expected);
        let (schema, stand_ins) = (self.schema.clone(), self.stand_ins.clone());
        let objects = &self.objects;
        let mut ask =
            |difference: Difference, sql_type: Option<String>, expressions: [Expression; 2]| {
                let made = made(objects, &schema, &expressions[1]);
                let question = Question {
                    schema: schema.clone(),
                    table: table_name.clone(),
                    columns: columns.clone(),
                    sql_type,
                    expressions,
                    made,
                    stand_ins: stand_ins.clone(),
                };
                match question.obvious() {
                    Some(true) => {}
                    Some(false) => self.comparison.differences.push(difference),
                    None => self.comparison.open.push((difference, question)),
                }
            };
        let usual = self.found.usual.get(id);
        let compared = Compared {
            object: &object,
            is_usual: &|part, what, fact| {
                let usual = usual.and_then(|it| it.get(part)?.get(what));
                usual.is_some_and(|it| it == &Value::Bool(true) || *it == *words(fact))
            },
            columns: expected.as_table().map_or(&[][..], |it| &it.columns),
            keys: &|name| table(objects, name).map(key_types).unwrap_or_default(),
        };
        let mut differences = Vec::new();
        compared.compare(&expected_facts, &found_facts, &mut differences, &mut ask);
        self.comparison.differences.append(&mut differences);
    }

    /// The columns that expressions of the object read, and whose they are.
    fn columns(&self, id: &ObjectId, object: &Object) -> (SmolStr, Vec<Column>) {
        let name = match (id, object) {
            (ObjectId::Type(_), Object::Type(Type::Domain(domain))) => {
                let base = domain.base.within("pg_catalog").to_string();
                let value = Column {
                    name: "value".into(),
                    own: base,
                    collation: None,
                };
                return ("domain".into(), vec![value]);
            }
            (_, Object::Index(index)) => &index.table,
            (ObjectId::Relation(name), _) => name,
            (
                ObjectId::Namespace(_)
                | ObjectId::Extension(_)
                | ObjectId::Type(_)
                | ObjectId::Opaque(..),
                _,
            ) => {
                return (SmolStr::default(), Vec::new());
            }
        };
        let columns = table(&self.objects, name)
            .into_iter()
            .flat_map(|it| &it.columns);
        let columns = columns.map(|it| Column {
            name: it.name.clone(),
            own: it.sql_type.within("pg_catalog").to_string(),
            collation: it.collation.clone(),
        });
        (name.name.clone(), columns.collect())
    }
}

fn table<'a>(objects: &BTreeMap<&ObjectId, &'a Object>, name: &Name) -> Option<&'a Table> {
    match objects.get(&ObjectId::Relation(name.clone())) {
        Some(Object::Table(table)) => Some(table),
        Some(_) | None => None,
    }
}

/// The functions and collations in `schema` that `expression` names and the model knows.
fn made(
    objects: &BTreeMap<&ObjectId, &Object>,
    schema: &str,
    expression: &Expression,
) -> BTreeSet<SmolStr> {
    let is_known = |kind: Kind, name: &Name| objects.contains_key(&ObjectId::of(kind, name));
    let kinds = Kind::ALL.into_iter().filter(|it| it.is_function());
    let functions = expression
        .functions(schema)
        .filter(|it| kinds.clone().any(|kind| is_known(kind, it)));
    let collations = expression
        .collations()
        .filter_map(|it| qualify(&it.parts, schema))
        .filter(|it| is_known(Kind::Defined(Defined::Collation), it));
    functions
        .chain(collations)
        .filter(|it| it.schema == schema)
        .map(|it| it.name)
        .collect()
}

/// What differs in what the model does not hold.
fn others(before: &Catalog, after: &Catalog, differences: &mut Vec<Difference>) {
    let names = |catalog: &Catalog| -> BTreeSet<String> {
        let objects = catalog.objects.iter();
        objects.map(|(id, object)| shown(id, object)).collect()
    };
    let (known_before, known_after) = (names(before), names(after));
    let all: BTreeSet<&String> = before.others.keys().chain(after.others.keys()).collect();
    let none = Other::default();
    for object in all {
        let one = before.others.get(object).unwrap_or(&none);
        let two = after.others.get(object).unwrap_or(&none);
        let difference = |what: &str, expected: Option<String>, found: Option<String>| Difference {
            object: object.clone(),
            part: String::new(),
            what: what.to_owned(),
            expected,
            found,
        };
        if one.is_whole != two.is_whole {
            let there = |it: &Other| it.is_whole.then(|| object.clone());
            differences.push(difference("", there(one), there(two)));
            continue;
        }
        // It is told of the object itself.
        if known_before.contains(object) != known_after.contains(object) {
            continue;
        }
        let facts: BTreeSet<&String> = one.facts.keys().chain(two.facts.keys()).collect();
        for what in facts {
            let (expected, found) = (one.facts.get(what), two.facts.get(what));
            if expected != found {
                let words =
                    |it: Option<&String>| it.cloned().or_else(|| usual(what).map(Into::into));
                differences.push(difference(what, words(expected), words(found)));
            }
        }
    }
}

/// The model knows the table of the day it was made, or none.
fn is_same_on_table(id: &ObjectId, kind: Defined, name: &Name) -> bool {
    let own = |name: &Name| name.name.split(" on ").next().map(SmolStr::from);
    match id {
        ObjectId::Opaque(of, it) => *of == kind && it.schema == name.schema && own(it) == own(name),
        ObjectId::Namespace(_)
        | ObjectId::Extension(_)
        | ObjectId::Type(_)
        | ObjectId::Relation(_) => false,
    }
}
