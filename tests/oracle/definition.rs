//! Statements that make something: types, tables, views, functions, indexes, triggers, policies.

use super::catalog::{Callable, Form, Type};
use super::expression::{Column, Scope};
use super::grower::Grower;
use super::query::{Output, numbered};
use super::world::{Made, Relation};

/// A statement, and what it makes.
pub(crate) type Definition = (String, Vec<Made>);

impl Grower<'_> {
    pub(crate) fn create_type(&mut self, name: &str) -> Definition {
        match self.random.below(5) {
            0..2 => (
                format!("create type {name} as enum ('one', 'two', 'three')"),
                vec![Made::Type(
                    made(name, 'e', 'E', None, true, &["'one'", "'two'"]),
                    Vec::new(),
                )],
            ),
            2 => {
                let fields: Vec<(String, String)> = (0..=self.random.below(3))
                    .map(|at| (format!("f{at}"), self.type_name()))
                    .collect();
                let list: Vec<String> = fields
                    .iter()
                    .map(|it| format!("{} {}", it.0, it.1))
                    .collect();
                let ty = made(name, 'c', 'C', None, false, &["null"]);
                (
                    format!("create type {name} as ({})", list.join(", ")),
                    vec![Made::Type(ty, fields)],
                )
            }
            3 => {
                let base = self.type_name();
                let value = Column {
                    text: "value".to_owned(),
                    ty: base.clone(),
                };
                let scope = Scope {
                    columns: vec![value],
                    ..Scope::default()
                };
                let check = match self.random.below(3) {
                    0 => String::new(),
                    1 => " not null".to_owned(),
                    _ => format!(" check ({})", self.expression(&scope, "boolean", 2)),
                };
                let default = if self.random.chance(20) {
                    format!(" default {}", self.expression(&Scope::default(), &base, 1))
                } else {
                    String::new()
                };
                let category = self
                    .world
                    .catalog
                    .types
                    .get(&base)
                    .map_or('U', |it| it.category);
                let sample = self.value(&base);
                let mut ty = made(name, 'd', category, None, false, &[]);
                ty.samples = vec![format!("({sample})::{name}")];
                (
                    format!("create domain {name} as {base}{default}{check}"),
                    vec![Made::Type(ty, Vec::new())],
                )
            }
            _ => {
                let subtype = self.random.one(&[
                    "text",
                    "time without time zone",
                    "inet",
                    "smallint",
                    "double precision",
                ]);
                let ty = made(name, 'r', 'R', Some(subtype), true, &["'empty'"]);
                (
                    format!("create type {name} as range (subtype = {subtype})"),
                    vec![Made::Type(ty, Vec::new())],
                )
            }
        }
    }

    /// A column of a table, its output, and whether it is computed.
    fn column(&mut self, before: &[Output], name: String) -> (String, Output, bool) {
        let ty = self.type_name();
        let mut text = format!("{name} {ty}");
        let mut computed = false;
        let own: Vec<Column> = before
            .iter()
            .map(|it| Column {
                text: it.name.clone(),
                ty: it.ty.clone(),
            })
            .collect();
        match self.random.below(20) {
            0..4 => {
                let default = self.expression(&Scope::default(), &ty, 2);
                text = format!("{text} default ({default})");
            }
            4..6 => {
                let mut scope = Scope::over(own);
                scope.columns.push(Column {
                    text: name.clone(),
                    ty: ty.clone(),
                });
                scope.queries = false;
                let check = self.expression(&scope, "boolean", 2);
                text = format!("{text} check ({check})");
            }
            6..8 if !before.is_empty() => {
                let scope = Scope {
                    immutable: true,
                    queries: false,
                    ..Scope::over(own)
                };
                let value = self.expression(&scope, &ty, 2);
                text = format!("{text} generated always as ({value}) stored");
                computed = true;
            }
            8 if self.rare || ["integer", "bigint", "smallint"].contains(&ty.as_str()) => {
                text = format!("{text} generated always as identity");
                computed = true;
            }
            9 => text += " not null",
            10 if ty == "text" => text += " collate \"C\"",
            11 if self.world.catalog.types.get(&ty).is_some_and(|it| it.sorts) => text += " unique",
            _ => {}
        }
        (text, Output { name, ty }, computed)
    }

    pub(crate) fn create_table(&mut self, name: &str) -> Definition {
        let mut columns = vec![Output {
            name: "id".to_owned(),
            ty: "integer".to_owned(),
        }];
        let mut computed = Vec::new();
        let key = self.random.one(&[
            "primary key",
            "primary key",
            "generated by default as identity primary key",
            "unique",
        ]);
        let partitioned = self.random.chance(15);
        let key = if partitioned { "not null" } else { key };
        let mut parts = vec![format!("id integer {key}")];
        for at in 0..2 + self.random.below(5) {
            let (text, output, is_computed) = self.column(&columns, format!("c{at}"));
            parts.push(text);
            if is_computed {
                computed.push(output.name.clone());
            }
            columns.push(output);
        }
        let relation = Relation {
            name: name.to_owned(),
            keys: if partitioned {
                Vec::new()
            } else {
                vec!["id".to_owned()]
            },
            columns,
            computed,
            is_table: true,
            partitioned: None,
        };
        for _ in 0..self.random.below(2) {
            let constraint = self.constraint(&relation);
            parts.push(constraint);
        }
        let mut relation = relation;
        let mut tail = String::new();
        if partitioned {
            let column = self
                .choose_from(&relation.columns)
                .filter(|_| self.random.chance(60));
            let column = column.unwrap_or_else(|| relation.columns[0].clone());
            let way = self.random.one(&["range", "list", "hash"]);
            let key = if self.random.chance(10) {
                let scope = Scope {
                    immutable: true,
                    queries: false,
                    ..Scope::over(relation.own())
                };
                format!("({})", self.expression(&scope, &column.ty, 2))
            } else {
                column.name.clone()
            };
            tail = format!(" partition by {way} ({key})");
            relation.partitioned = Some(column);
        } else if self.random.chance(15)
            && let Some(parent) = self.choose_from(&self.world.tables())
            && parent.partitioned.is_none()
        {
            tail = format!(" inherits ({})", parent.name);
            for column in parent.columns {
                if relation.columns.iter().all(|it| it.name != column.name) {
                    relation.columns.insert(0, column);
                }
            }
        }
        (
            format!("create table {name} ({}){tail}", parts.join(", ")),
            vec![Made::Relation(relation)],
        )
    }

    /// A constraint of a table.
    pub(crate) fn constraint(&mut self, table: &Relation) -> String {
        let scope = Scope {
            queries: false,
            ..Scope::over(table.own())
        };
        let name = if self.random.chance(30) {
            format!("constraint {} ", self.name("k"))
        } else {
            String::new()
        };
        let column = table.columns[self.random.below(table.columns.len())].clone();
        let body = match self.random.below(5) {
            0..2 => format!("check ({})", self.expression(&scope, "boolean", 3)),
            2 => format!("unique (id, {})", column.name),
            3 => {
                let target = self.choose_from(&self.world.tables());
                match target {
                    Some(target) if self.random.chance(80) => {
                        let key = self
                            .choose_from(&target.keys)
                            .unwrap_or_else(|| "id".to_owned());
                        let key = if self.random.chance(30) {
                            String::new()
                        } else {
                            format!(" ({key})")
                        };
                        let fits: Vec<Output> = table
                            .columns
                            .iter()
                            .filter(|it| it.ty == "integer" || self.rare)
                            .cloned()
                            .collect();
                        let own = self.choose_from(&fits).unwrap_or(column);
                        let tail = self.random.one(&[
                            "",
                            " on delete cascade",
                            " on update set null",
                            " match full",
                            " deferrable",
                        ]);
                        format!(
                            "foreign key ({}) references {}{key}{tail}",
                            own.name, target.name
                        )
                    }
                    _ => format!("unique ({})", column.name),
                }
            }
            _ => {
                let operator = self.random.one(&["=", "&&", "="]);
                let method = self.random.one(&["gist", "btree", "gist"]);
                format!("exclude using {method} ({} with {operator})", column.name)
            }
        };
        name + &body
    }

    pub(crate) fn create_partition(&mut self, name: &str) -> Option<Definition> {
        let parents: Vec<Relation> = self
            .world
            .tables()
            .into_iter()
            .filter(|it| it.partitioned.is_some())
            .collect();
        let parent = self.choose_from(&parents)?;
        let key = parent.partitioned.clone()?;
        let bound = match self.random.below(5) {
            0 => "default".to_owned(),
            1 => "for values with (modulus 2, remainder 0)".to_owned(),
            2 => format!("for values in ({}, null)", self.value(&key.ty)),
            3 => format!("for values from (minvalue) to ({})", self.value(&key.ty)),
            _ => format!(
                "for values in ({})",
                self.expression(&Scope::default(), &key.ty, 1)
            ),
        };
        let relation = Relation {
            name: name.to_owned(),
            partitioned: None,
            ..parent.clone()
        };
        Some((
            format!("create table {name} partition of {} {bound}", parent.name),
            vec![Made::Relation(relation)],
        ))
    }

    pub(crate) fn create_view(&mut self, name: &str, kind: &str) -> Definition {
        let query = self.query(None, 3);
        let types: Vec<String> = query.columns.iter().map(|it| it.ty.clone()).collect();
        let columns = numbered("v", &types, 0);
        let names: Vec<&str> = columns.iter().map(|it| it.name.as_str()).collect();
        let relation = Relation {
            name: name.to_owned(),
            columns: columns.clone(),
            computed: Vec::new(),
            is_table: false,
            keys: Vec::new(),
            partitioned: None,
        };
        let tail = if kind == "view" { "" } else { " with no data" };
        (
            format!(
                "create {kind} {name} ({}) as {}{tail}",
                names.join(", "),
                query.text
            ),
            vec![Made::Relation(relation)],
        )
    }

    /// A function in SQL, in one of its forms.
    pub(crate) fn create_function(&mut self, name: String) -> Definition {
        let arguments: Vec<String> = (0..self.random.below(4))
            .map(|_| self.type_name())
            .collect();
        if self.random.chance(20) {
            return generic(&name, self.random.below(3));
        }
        let result = self.type_name();
        let named = self.random.chance(60);
        let columns = arguments.iter().enumerate().map(|(at, ty)| Column {
            text: if named {
                format!("p{at}")
            } else {
                format!("${}", at + 1)
            },
            ty: ty.clone(),
        });
        let scope = Scope::over(columns.collect());
        let defaults = if self.random.chance(15) {
            arguments.len() / 2
        } else {
            0
        };
        let list: Vec<String> = arguments
            .iter()
            .enumerate()
            .map(|(at, ty)| {
                let own = if named {
                    format!("p{at} {ty}")
                } else {
                    ty.clone()
                };
                if at + defaults < arguments.len() {
                    own
                } else {
                    format!("{own} default {}", self.value(ty))
                }
            })
            .collect();
        let is_set = self.random.chance(20);
        let set = if is_set { "setof " } else { "" };
        let volatility = self.random.one(&["", " immutable", " stable", " strict"]);
        let head = format!(
            "create function {name}({}) returns {set}{result} language sql{volatility}",
            list.join(", ")
        );
        let text = match self.random.below(4) {
            0 => format!("{head} return {}", self.expression(&scope, &result, 3)),
            1 => format!(
                "{head} begin atomic {}; end",
                self.query_of(&scope, std::slice::from_ref(&result), 2)
            ),
            2 => format!(
                "{head} as $$ select {} $$",
                self.expression(&scope, &result, 3)
            ),
            _ => format!(
                "{head} as $$ {} $$",
                self.query_of(&scope, std::slice::from_ref(&result), 2)
            ),
        };
        let callable = Callable {
            name,
            form: Form::Function,
            is_set,
            result,
            arguments,
            variadic: None,
            defaults,
            is_immutable: volatility == " immutable",
        };
        (text, vec![Made::Callable(callable)])
    }
}

/// A function whose types stand for others.
fn generic(name: &str, which: usize) -> Definition {
    let (arguments, result, body): (&[&str], &str, &str) = match which {
        0 => (&["anyelement"], "anyarray", "select array[$1]"),
        1 => (
            &["anyarray", "anyelement"],
            "anyelement",
            "select coalesce($1[1], $2)",
        ),
        _ => (
            &["anycompatible", "anycompatible"],
            "anycompatible",
            "select $1",
        ),
    };
    let callable = Callable {
        name: name.to_owned(),
        form: Form::Function,
        is_set: false,
        result: result.to_owned(),
        arguments: arguments.iter().map(|it| (*it).to_owned()).collect(),
        variadic: None,
        defaults: 0,
        is_immutable: false,
    };
    let list = arguments.join(", ");
    let text =
        format!("create function {name}({list}) returns {result} language sql as $$ {body} $$");
    (text, vec![Made::Callable(callable)])
}

/// A type of the schema, whose values are these literals.
fn made(
    name: &str,
    kind: char,
    category: char,
    element: Option<&str>,
    sorts: bool,
    literals: &[&str],
) -> Type {
    Type {
        name: name.to_owned(),
        kind,
        category,
        element: element.map(str::to_owned),
        is_array: false,
        sorts,
        samples: literals.iter().map(|it| format!("{it}::{name}")).collect(),
    }
}
