//! Proposals for types, sequences, schemas, extensions, comments, and for renaming, moving and dropping anything.

use limbeck::name::Name;
use limbeck::schema::{Object, ObjectId, Type};
use limbeck::token::{quote_identifier, quote_literal};

use super::scene::{PUBLIC, Scene, has_rows, quoted, sql};

/// What sequences are made and changed with.
const SEQUENCE: &[&str] = &[
    "increment by 2",
    "increment by -2 minvalue -1000 maxvalue 1000 start with 500",
    "start 7",
    "cache 10",
    "cycle",
    "as smallint",
    "minvalue 3",
    "as integer maxvalue 99 no cycle",
];

impl Scene<'_> {
    pub(super) fn create_type(&mut self) -> Vec<String> {
        let place = self.place();
        let statement = match self.random.below(10) {
            0..=4 => {
                let name = self.fresh("mood");
                let count = 1 + self.random.below(4);
                let values = ["new", "done", "it''s", "a b", "ünï", "x;}"];
                let values: Vec<String> = self
                    .random
                    .some(&values, count)
                    .iter()
                    .map(|it| format!("'{it}'"))
                    .collect();
                let values = values.join(", ");
                if self.random.chance(8) {
                    format!(
                        "create type if not exists {place}{name} as enum ({values}) reverse {{ drop type {place}{name}; }}"
                    )
                } else {
                    format!("create type {place}{name} as enum ({values});")
                }
            }
            5..=6 => {
                let name = self.fresh("pair");
                let attributes: Vec<String> = (0..=self.random.below(3))
                    .map(|_| format!("{} {}", self.fresh("a"), self.a_type()))
                    .collect();
                format!("create type {place}{name} as ({});", attributes.join(", "))
            }
            _ => {
                let name = self.fresh("dom");
                let definition = self.random.one(&[
                    "integer check (value > 0)",
                    "text",
                    "varchar(255) collate \"C\" default 'nobody' not null constraint has_at check (value <> '@') constraint low check (value = lower(value))",
                    "numeric(12, 2) default 1 check (value >= 0)",
                    "text[]",
                    "date not null",
                    "jsonb check (jsonb_typeof(value) = 'object')",
                    "bigint default 5",
                ]);
                format!("create domain {place}{name} as {definition};")
            }
        };
        vec![statement]
    }

    pub(super) fn change_enum(&mut self) -> Option<Vec<String>> {
        let enums = self.enums();
        let (name, it) = self.random.pick(&enums)?.clone();
        let name = sql(&name);
        let old = quote_literal(self.random.pick(&it.values)?);
        *self.number += 1;
        let new = quote_literal(&format!("v{}", self.number));
        let change = match self.random.below(10) {
            0..=1 => format!("add value {new}"),
            2 => format!("add value {new} before {old}"),
            3 => format!("add value {new} after {old}"),
            4 => {
                return Some(vec![format!(
                    "alter type {name} add value if not exists {new} reverse {{ alter type {name} drop value {new}; }}"
                )]);
            }
            5..=6 => format!("rename value {old} to {new}"),
            _ => format!("drop value {old}"),
        };
        Some(vec![format!("alter type {name} {change};")])
    }

    pub(super) fn create_sequence(&mut self) -> Vec<String> {
        let (place, name) = (self.place(), self.fresh("s"));
        let mut options = String::new();
        if self.random.chance(60) {
            options = format!(" {}", self.random.one(SEQUENCE));
        }
        if self.random.chance(25)
            && let Some((table, it)) = self.empty_table()
            && table.schema == PUBLIC
            && place.is_empty()
            && let Some(column) = self.column(&it, |_| true)
        {
            options = format!("{options} owned by {}.{}", sql(&table), quoted(&column));
        }
        let mut statements = vec![match self.random.below(12) {
            0 => format!("create unlogged sequence {place}{name}{options};"),
            1 => format!(
                "create sequence if not exists {place}{name}{options} reverse {{ drop sequence {place}{name}; }}"
            ),
            _ => format!("create sequence {place}{name}{options};"),
        }];
        if self.random.chance(30)
            && let Some((table, _)) = self.empty_table()
        {
            let called = quote_literal(&format!("{place}{name}"));
            statements.push(format!(
                "alter table {} add column {} bigint default nextval({called});",
                sql(&table),
                self.fresh("n")
            ));
        }
        statements
    }

    pub(super) fn alter_sequence(&mut self) -> Option<Vec<String>> {
        let sequences = self.sequences();
        let name = self.random.pick(&sequences)?.clone();
        let change = match self.random.below(8) {
            0 => "owned by none".to_owned(),
            1 => {
                let (table, it) = self.table(|it, _| it.schema == name.schema && !has_rows(it))?;
                let column = self.column(&it, |_| true)?;
                format!("owned by {}.{}", sql(&table), quoted(&column))
            }
            2 => "restart with 20".to_owned(),
            3 => "no minvalue no maxvalue increment by 1 start with 9 restart".to_owned(),
            // Whether new limits hold the value where the sequence stands is the server's to say.
            _ => match self.random.one(SEQUENCE) {
                it if it.contains("value") => {
                    format!("{it} start with 5 restart").replace("start with 500 start", "start")
                }
                it => it.to_owned(),
            },
        };
        Some(vec![format!("alter sequence {} {change};", sql(&name))])
    }

    pub(super) fn create_schema(&mut self) -> Vec<String> {
        let name = self.fresh("area");
        if self.random.chance(20) {
            return vec![format!(
                "create schema if not exists {name} reverse {{ drop schema if exists {name}; }}"
            )];
        }
        vec![format!("create schema {name};")]
    }

    pub(super) fn extension() -> Vec<String> {
        // The only one that every server has; its comment is there before.
        vec!["create extension if not exists plpgsql reverse { }".to_owned()]
    }

    /// A comment on anything.
    pub(super) fn comment_on(&mut self) -> Option<Vec<String>> {
        let comment = self.comment();
        let subject = match self.random.below(10) {
            0..=1 => format!("table {}", sql(&self.table(|_, _| true)?.0)),
            2..=3 => {
                let (name, table) = self.table(|_, _| true)?;
                let column = self.column(&table, |_| true)?;
                format!("column {}.{}", sql(&name), quoted(&column))
            }
            4 => {
                let (name, table) = self.table(|_, it| !it.constraints.is_empty())?;
                let names: Vec<_> = table.constraints.keys().collect();
                let constraint = quote_identifier(self.random.pick(&names)?);
                format!("constraint {constraint} on {}", sql(&name))
            }
            5 => {
                let indexes = self.indexes();
                format!("index {}", sql(self.random.pick(&indexes)?))
            }
            6 => {
                let sequences = self.sequences();
                format!("sequence {}", sql(self.random.pick(&sequences)?))
            }
            7 => {
                let namespaces = self.namespaces();
                format!(
                    "schema {}",
                    quote_identifier(self.random.pick(&namespaces)?)
                )
            }
            _ => {
                let types = self.types();
                let (name, it) = self.random.pick(&types)?.clone();
                self.typed(&sql(&name), &it)
            }
        };
        Some(vec![format!("comment on {subject} is {comment};")])
    }

    /// The type, or a part of it that can have a comment.
    fn typed(&mut self, name: &str, it: &Type) -> String {
        match it {
            Type::Enum(_) => format!("type {name}"),
            Type::Composite(it) => match it.attributes.first() {
                Some((attribute, ..)) if self.random.chance(40) => {
                    format!("column {name}.{}", quote_identifier(attribute))
                }
                _ => format!("type {name}"),
            },
            Type::Domain(it) => match it.checks.keys().next() {
                Some(check) if self.random.chance(40) => {
                    format!("constraint {} on domain {name}", quote_identifier(check))
                }
                _ => format!("domain {name}"),
            },
        }
    }

    pub(super) fn rename(&mut self) -> Option<Vec<String>> {
        let guard = self.random.maybe(6, "if exists ");
        Some(vec![match self.random.below(10) {
            0..=1 => {
                let (name, _) = self.empty_table()?;
                format!(
                    "alter table {guard}{} rename to {};",
                    sql(&name),
                    self.fresh("t")
                )
            }
            2..=4 => {
                let (name, table) = self.table(|_, _| true)?;
                let column = self.column(&table, |it| {
                    !has_rows(&name) || !matches!(&*it.name, "id" | "word" | "flag")
                })?;
                let word = self.random.maybe(70, "column ");
                format!(
                    "alter table {guard}{} rename {word}{} to {};",
                    sql(&name),
                    quoted(&column),
                    self.fresh("c")
                )
            }
            5 => {
                let (name, table) = self.table(|_, it| !it.constraints.is_empty())?;
                let names: Vec<_> = table.constraints.keys().collect();
                let constraint = quote_identifier(self.random.pick(&names)?);
                format!(
                    "alter table {guard}{} rename constraint {constraint} to {};",
                    sql(&name),
                    self.fresh("k")
                )
            }
            6 => {
                let indexes = self.indexes();
                let name = sql(self.random.pick(&indexes)?);
                format!("alter index {guard}{name} rename to {};", self.fresh("ix"))
            }
            7 => {
                let sequences = self.sequences();
                let name = sql(self.random.pick(&sequences)?);
                format!(
                    "alter sequence {guard}{name} rename to {};",
                    self.fresh("s")
                )
            }
            _ => {
                let types = self.types();
                let (name, it) = self.random.pick(&types)?.clone();
                let new = self.fresh("type");
                match &it {
                    Type::Domain(_) => {
                        format!("alter domain {guard}{} rename to {new};", sql(&name))
                    }
                    Type::Composite(it) if self.random.chance(50) => {
                        let (attribute, ..) = it.attributes.first()?;
                        format!(
                            "alter type {} rename attribute {} to {new};",
                            sql(&name),
                            quote_identifier(attribute)
                        )
                    }
                    Type::Composite(_) | Type::Enum(_) => {
                        format!("alter type {guard}{} rename to {new};", sql(&name))
                    }
                }
            }
        }])
    }

    pub(super) fn set_schema(&mut self) -> Option<Vec<String>> {
        let mut places = self.namespaces();
        places.push(PUBLIC.to_owned());
        let place = quote_identifier(self.random.pick(&places)?);
        let what = match self.random.below(5) {
            0..=1 => format!("table {}", sql(&self.empty_table()?.0)),
            2 => {
                let sequences = self.sequences();
                format!("sequence {}", sql(self.random.pick(&sequences)?))
            }
            _ => {
                let types = self.types();
                let (name, it) = self.random.pick(&types)?;
                let word = match it {
                    Type::Domain(_) => "domain",
                    Type::Enum(_) | Type::Composite(_) => "type",
                };
                format!("{word} {}", sql(name))
            }
        };
        Some(vec![format!("alter {what} set schema {place};")])
    }

    pub(super) fn drop_something(&mut self) -> Option<Vec<String>> {
        let guard = self.random.maybe(8, "if exists ");
        let behavior = self.random.one(&["", "", "", " cascade", " restrict"]);
        let what = match self.random.below(12) {
            0..=2 => {
                let kept = self.with_attachments();
                let first = self.table(|it, _| !kept.contains(it))?.0;
                let second = self
                    .table(|it, _| *it != first && !kept.contains(it))
                    .filter(|_| guard.is_empty());
                let second = second.filter(|_| self.random.chance(12));
                let second = second.map_or_else(String::new, |it| format!(", {}", sql(&it.0)));
                format!("table {guard}{}{second}{behavior}", sql(&first))
            }
            3..=5 => {
                let indexes = self.indexes();
                let name = sql(self.random.pick(&indexes)?);
                if self.random.chance(25) {
                    format!("index concurrently {guard}{name}")
                } else {
                    format!("index {guard}{name}{behavior}")
                }
            }
            6..=7 => {
                let sequences = self.sequences();
                let name = sql(self.random.pick(&sequences)?);
                format!("sequence {guard}{name}{behavior}")
            }
            8 => {
                let namespaces = self.namespaces();
                let name = quote_identifier(self.random.pick(&namespaces)?);
                format!("schema {guard}{name}{behavior}")
            }
            _ => {
                let types = self.types();
                let (name, it) = self.random.pick(&types)?;
                let word = match it {
                    Type::Domain(_) => "domain",
                    Type::Enum(_) | Type::Composite(_) => "type",
                };
                format!("{word} {guard}{}{behavior}", sql(name))
            }
        };
        Some(vec![format!("drop {what};")])
    }

    /// The tables with triggers, policies or statistics, which do not come back with them: a rollback says so.
    fn with_attachments(&self) -> Vec<Name> {
        let opaque = self.schema.opaque();
        opaque.filter_map(|(_, it)| it.part_of.clone()).collect()
    }

    /// Something that was never there.
    pub(super) fn drop_nothing(&mut self) -> Vec<String> {
        let kind = self
            .random
            .one(&["table", "index", "sequence", "type", "domain", "schema"]);
        *self.number += 1;
        vec![format!("drop {kind} if exists never_{};", self.number)]
    }

    /// Whether raw SQL made something of that name.
    pub(super) fn is_opaque(&self, id: &ObjectId) -> bool {
        matches!(self.schema.get(id).map(|it| &**it), Some(Object::Opaque(_)))
    }
}
