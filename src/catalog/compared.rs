//! Facts of one object compared with those of another.

use std::collections::BTreeSet;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::expression::Expression;
use crate::name::Name;
use crate::schema::Column;

use super::difference::Difference;
use super::facts::{Fact, Facts, KeyTypes, Part, bound_facts, partition_key_facts};

/// An object that is compared.
pub(super) struct Compared<'a> {
    pub(super) object: &'a str,
    /// Whether a fact of the model is so where nothing is said of it.
    pub(super) is_usual: &'a dyn Fn(&str, &str, &Fact) -> bool,
    /// Those of a table.
    pub(super) columns: &'a [Arc<Column>],
    /// The types of the partition key of a table.
    pub(super) keys: &'a dyn Fn(&Name) -> KeyTypes,
}

impl Compared<'_> {
    /// Compares facts; `ask` takes what differs in its words only.
    pub(super) fn compare(
        &self,
        expected: &Facts,
        found: &Facts,
        differences: &mut Vec<Difference>,
        ask: &mut impl FnMut(Difference, Option<String>, [Expression; 2]),
    ) {
        let parts: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
        for part in parts {
            let (Some(one), Some(two)) = (expected.get(part), found.get(part)) else {
                let told = |it: Option<&Part>| it.map(|_| part.clone());
                let (one, two) = (told(expected.get(part)), told(found.get(part)));
                differences.push(self.difference(part, "", one, two));
                continue;
            };
            // Of another kind of constraint all else differs, too.
            if part.starts_with("constraint ") && one.get("it") != two.get("it") {
                let (one, two) = (one.get("it").map(words), two.get("it").map(words));
                differences.push(self.difference(part, "it", one, two));
                continue;
            }
            let all: BTreeSet<&SmolStr> = one.keys().chain(two.keys()).collect();
            for what in all {
                self.compare_fact(
                    (part, what),
                    (one.get(what), two.get(what)),
                    differences,
                    ask,
                );
            }
        }
    }

    fn compare_fact(
        &self,
        (part, what): (&str, &str),
        (one, two): (Option<&Fact>, Option<&Fact>),
        differences: &mut Vec<Difference>,
        ask: &mut impl FnMut(Difference, Option<String>, [Expression; 2]),
    ) {
        let told = || self.difference(part, what, one.map(words), two.map(words));
        match (one, two) {
            (Some(Fact::Anything), _) | (_, Some(Fact::Anything)) => {}
            (Some(Fact::Expression(one, sql_type)), Some(Fact::Expression(two, _))) => {
                ask(told(), sql_type.clone(), [one.clone(), two.clone()]);
            }
            (Some(Fact::PartitionKey(one)), Some(Fact::PartitionKey(two))) => {
                let [one, two] = [one, two].map(|it| partition_key_facts(it, self.columns));
                // How many there are is told by the columns.
                if one.len() == two.len() {
                    self.compare(&one, &two, differences, ask);
                }
            }
            (Some(Fact::Bound(table, one)), Some(Fact::Bound(_, two))) => {
                let types = (self.keys)(table);
                let [one, two] = [one, two].map(|it| bound_facts(it, &types));
                self.compare(&one, &two, differences, ask);
            }
            (one, two) if one == two => {}
            (Some(one), None) if (self.is_usual)(part, what, one) => {}
            (
                Some(
                    Fact::Words(_)
                    | Fact::List(_)
                    | Fact::Name(..)
                    | Fact::Names(_)
                    | Fact::Expression(..)
                    | Fact::PartitionKey(_)
                    | Fact::Bound(..),
                )
                | None,
                _,
            ) => {
                differences.push(told());
            }
        }
    }

    fn difference(
        &self,
        part: &str,
        what: &str,
        expected: Option<String>,
        found: Option<String>,
    ) -> Difference {
        Difference {
            object: self.object.to_owned(),
            part: part.to_owned(),
            what: what.to_owned(),
            expected,
            found,
        }
    }
}

/// How a fact is told.
pub(super) fn words(fact: &Fact) -> String {
    match fact {
        Fact::Words(words) | Fact::PartitionKey(words) | Fact::Bound(_, words) => words.to_string(),
        Fact::List(all) => all.join(", "),
        Fact::Name(name, None) => name.qualified().to_string(),
        Fact::Name(name, Some(column)) => format!("{}.{column}", name.qualified()),
        Fact::Names(all) => {
            let all: Vec<SmolStr> = all.iter().map(Name::qualified).collect();
            all.join(", ")
        }
        Fact::Expression(expression, _) => expression.text().to_owned(),
        Fact::Anything => String::new(),
    }
}
