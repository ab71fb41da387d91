//! Proposals for constraints of every kind and for indexes.

use limbeck::schema::{Column, ConstraintKind, Table};
use limbeck::sql_type::{BaseType, SqlType};
use limbeck::token::quote_identifier;

use super::avoided::Avoided;
use super::scene::{Named, Scene, has_rows, is_ordered, list, quoted, sql};

const ACTIONS: &[&str] = &[
    "no action",
    "restrict",
    "cascade",
    "set null",
    "set default",
];

/// Whether an index of the method gist excludes overlaps of the type without an extension.
fn is_range(sql_type: &SqlType) -> bool {
    matches!(
        sql_type.scalar(),
        Some("int4range" | "daterange" | "tstzrange" | "numrange" | "int4multirange")
    )
}

impl Scene<'_> {
    /// A constraint as an element of `create table` or after `add`.
    pub(super) fn constraint(&mut self, named: &Named) -> Option<String> {
        let (name, table) = named;
        if has_rows(name) {
            let column = self.column(table, |it| it.sql_type.scalar() == Some("text"))?;
            let constraint = self.fresh("ck");
            return Some(format!(
                "constraint {constraint} check (length({}) < 1000)",
                quoted(&column)
            ));
        }
        let body = match self.random.below(12) {
            0 | 1 => self.primary_key(table)?,
            2 | 3 => self.unique(table)?,
            4..=6 => self.foreign_key(table)?,
            7..=9 => self.check(table)?,
            _ => self.exclusion(table)?,
        };
        if self.random.chance(45) {
            return Some(body);
        }
        let base = body
            .split([' ', '('])
            .next()
            .expect("it is not empty")
            .to_owned();
        Some(format!("constraint {} {body}", self.fresh(&base)))
    }

    /// Columns for a key, with those that partitions go by.
    fn key_columns(&mut self, table: &Table) -> Option<Vec<Column>> {
        let key = table.partition_by.as_deref().unwrap_or_default();
        let needed = |it: &Column| !key.is_empty() && key.contains(&*quote_identifier(&it.name));
        let mut columns = self.columns(table, 9, needed);
        let count = 1 + self.random.below(2) - usize::from(!columns.is_empty());
        let unordered = self.unordered();
        columns.extend(self.columns(table, count, |it| {
            !needed(it) && is_ordered(&it.sql_type, &unordered)
        }));
        (!columns.is_empty()).then_some(columns)
    }

    fn deferrable(&mut self) -> &'static str {
        self.random.one(&[
            "",
            "",
            "",
            "",
            " deferrable",
            " deferrable initially deferred",
            " not deferrable",
            " initially immediate",
        ])
    }

    fn include(&mut self, table: &Table, columns: &[Column]) -> String {
        if !self.random.chance(15) {
            return String::new();
        }
        let count = 1 + self.random.below(2);
        let included = self.columns(table, count, |it| !columns.contains(it));
        if included.is_empty() {
            return String::new();
        }
        format!(" include ({})", list(&included))
    }

    fn primary_key(&mut self, table: &Table) -> Option<String> {
        let has_one = table
            .constraints
            .values()
            .any(|it| matches!(it.kind, ConstraintKind::PrimaryKey(_)));
        let columns = self.key_columns(table).filter(|_| !has_one)?;
        let include = self.include(table, &columns);
        let with = self.random.maybe(10, " with (fillfactor = 80)");
        let deferrable = self.deferrable();
        Some(format!(
            "primary key ({}){include}{with}{deferrable}",
            list(&columns)
        ))
    }

    fn unique(&mut self, table: &Table) -> Option<String> {
        let columns = self.key_columns(table)?;
        let nulls = self.random.maybe(15, " nulls not distinct");
        let include = self.include(table, &columns);
        let deferrable = self.deferrable();
        Some(format!(
            "unique{nulls} ({}){include}{deferrable}",
            list(&columns)
        ))
    }

    /// A foreign key to any key whose types are those of columns of the table.
    fn foreign_key(&mut self, table: &Table) -> Option<String> {
        let mut found: Vec<(String, Vec<Column>)> = Vec::new();
        for (other, target) in self.tables() {
            if has_rows(&other) {
                continue;
            }
            for constraint in target.constraints.values() {
                let (ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key)) =
                    &constraint.kind
                else {
                    continue;
                };
                let mut own: Vec<Column> = Vec::new();
                for column in &key.columns {
                    let wanted = target.column(column).map(|it| it.sql_type.clone());
                    let fitting = self.columns(table, 1, |it| {
                        Some(&it.sql_type) == wanted.as_ref() && !own.contains(it)
                    });
                    own.extend(fitting);
                }
                let is_avoided = |it: &Column| {
                    it.sql_type.array && it.sql_type.base == BaseType::Builtin("varchar")
                };
                let avoided = own.iter().any(is_avoided) && Avoided::VarcharArrayKey.is_avoided();
                if own.len() != key.columns.len() || avoided {
                    continue;
                }
                let names: Vec<_> = key.columns.iter().map(|it| quote_identifier(it)).collect();
                let is_primary = matches!(constraint.kind, ConstraintKind::PrimaryKey(_));
                let to = if is_primary && self.random.chance(40) {
                    sql(&other)
                } else {
                    format!("{} ({})", sql(&other), names.join(", "))
                };
                found.push((to, own));
            }
        }
        let (to, own) = self.random.pick(&found)?.clone();
        let actions = self.references(&own);
        Some(format!(
            "foreign key ({}) references {to}{actions}",
            list(&own)
        ))
    }

    /// What follows the referenced table.
    pub(super) fn references(&mut self, own: &[Column]) -> String {
        let mut text = String::new();
        if self.random.chance(10) {
            text += self.random.one(&[" match full", " match simple"]);
        }
        if self.random.chance(40) {
            let action = self.random.one(ACTIONS);
            text = format!("{text} on delete {action}");
            if action.starts_with("set") && own.len() > 1 && self.random.chance(60) {
                text = format!("{text} ({})", quoted(&own[0]));
            }
        }
        if self.random.chance(25) {
            text = format!("{text} on update {}", self.random.one(ACTIONS));
        }
        text + self.deferrable()
    }

    fn check(&mut self, table: &Table) -> Option<String> {
        let column = self.column(table, |_| true)?;
        let conditions = self.conditions(&column);
        let mut condition = self.random.pick(&conditions)?.clone();
        if self.random.chance(25) {
            let unordered = self.unordered();
            let other = self.column(table, |it| {
                it.sql_type == column.sql_type
                    && it.collation == column.collation
                    && it.name != column.name
                    && is_ordered(&it.sql_type, &unordered)
                    && matches!(it.sql_type.base, BaseType::Builtin(_))
            });
            if let Some(other) = other {
                condition = format!("{} <= {}", quoted(&column), quoted(&other));
            }
        }
        let no_inherit = if table.partition_by.is_none() {
            self.random.maybe(8, " no inherit")
        } else {
            ""
        };
        Some(format!("check ({condition}){no_inherit}"))
    }

    fn exclusion(&mut self, table: &Table) -> Option<String> {
        if table.partition_by.is_some() {
            return None;
        }
        let column = self.column(table, |it| {
            is_range(&it.sql_type)
                || matches!(
                    it.sql_type.scalar(),
                    Some("inet" | "int4" | "int8" | "text" | "date" | "point")
                )
        })?;
        let name = quoted(&column);
        let element = match column.sql_type.scalar() {
            Some("inet") => format!("gist ({name} inet_ops with &&)"),
            Some("point") => format!("gist ({name} with ~=)"),
            Some("int4" | "date") => format!("btree ({name} with =)"),
            Some("int8") => format!("btree (({name} % 7) with =)"),
            Some("text") => format!("hash ({name} with =)"),
            _ => format!("gist ({name} with &&)"),
        };
        let filter = self
            .random
            .chance(25)
            .then(|| self.column(table, |_| true))
            .flatten();
        let filter = filter.map_or_else(String::new, |it| {
            format!(" where ({} is not null)", quoted(&it))
        });
        let deferrable = self.deferrable();
        Some(format!("exclude using {element}{filter}{deferrable}"))
    }

    pub(super) fn create_index(&mut self) -> Option<Vec<String>> {
        let (name, table) = self.table(|_, it| !it.columns.is_empty())?;
        let (method, elements) = self.index_elements(&table)?;
        let is_btree = method.is_empty() || method == " using btree";
        let is_partitioned = table.partition_by.is_some();
        let unique = is_btree && !has_rows(&name) && self.random.chance(25);
        let nulls = if unique {
            self.random.maybe(20, " nulls not distinct")
        } else {
            ""
        };
        let include = if is_btree {
            self.include(&table, &[])
        } else {
            String::new()
        };
        let with = match method {
            " using gin" => self.random.maybe(30, " with (fastupdate = off)"),
            " using brin" => self.random.maybe(30, " with (pages_per_range = 16)"),
            _ => self.random.maybe(8, " with (fillfactor = 90)"),
        };
        let filter = if self.random.chance(20) {
            let column = self.column(&table, |_| true)?;
            let conditions = self.conditions(&column);
            format!(" where {}", self.random.pick(&conditions)?)
        } else {
            String::new()
        };
        let concurrently = if is_partitioned {
            ""
        } else {
            self.random.maybe(15, "concurrently ")
        };
        let index = if self.random.chance(30) {
            String::new()
        } else {
            format!("{} ", self.fresh("ix"))
        };
        let only = if is_partitioned {
            self.random.maybe(15, "only ")
        } else {
            ""
        };
        let unique = if unique { "unique " } else { "" };
        Some(vec![format!(
            "create {unique}index {concurrently}{index}on {only}{}{method} ({}){include}{nulls}{with}{filter};",
            sql(&name),
            elements.join(", ")
        )])
    }

    /// A method and what it indexes.
    fn index_elements(&mut self, table: &Table) -> Option<(&'static str, Vec<String>)> {
        let column = self.column(table, |_| true)?;
        let name = quoted(&column);
        if column.sql_type.array {
            return Some((" using gin", vec![name]));
        }
        match column.sql_type.scalar() {
            Some("json") => return Some(("", vec![format!("({name} ->> 'a')")])),
            Some("jsonb") if self.random.chance(70) => {
                let class = self.random.maybe(40, " jsonb_path_ops");
                return Some((" using gin", vec![format!("{name}{class}")]));
            }
            Some("tsvector") => {
                let method = self.random.one(&[" using gin", " using gist"]);
                return Some((method, vec![name]));
            }
            Some("point") => return Some((" using gist", vec![name])),
            Some("inet") if self.random.chance(50) => {
                return Some((" using gist", vec![format!("{name} inet_ops")]));
            }
            Some("int4range" | "daterange" | "tstzrange" | "numrange")
                if self.random.chance(60) =>
            {
                let method = self.random.one(&[" using gist", " using spgist"]);
                return Some((method, vec![name]));
            }
            Some("int4" | "int8" | "date" | "timestamptz") if self.random.chance(20) => {
                return Some((" using brin", vec![name]));
            }
            Some("int4" | "text" | "uuid") if self.random.chance(20) => {
                return Some((" using hash", vec![name]));
            }
            _ => {}
        }
        let mut elements = Vec::new();
        let count = 1 + self.random.below(3);
        let unordered = self.unordered();
        for column in self.columns(table, count, |it| {
            is_ordered(&it.sql_type, &unordered) && !it.sql_type.array
        }) {
            let derived = Self::derived(&column);
            let mut element = match self.random.pick(&derived) {
                Some((_, it)) if self.random.chance(25) => format!("({it})"),
                _ => match column.sql_type.scalar() {
                    Some("text") => {
                        let class = self.random.one(&[
                            "",
                            "",
                            "",
                            " text_pattern_ops",
                            " collate \"C\"",
                            " collate \"C\" text_pattern_ops",
                        ]);
                        format!("{}{class}", quoted(&column))
                    }
                    Some("varchar") => {
                        let class = self.random.maybe(15, " varchar_pattern_ops");
                        format!("{}{class}", quoted(&column))
                    }
                    _ => quoted(&column),
                },
            };
            element += self.random.one(&[
                "",
                "",
                "",
                "",
                " asc",
                " desc",
                " desc nulls last",
                " nulls first",
            ]);
            elements.push(element);
        }
        let method = self.random.maybe(10, " using btree");
        (!elements.is_empty()).then_some((method, elements))
    }
}
