//! Proposals for tables that hang on other tables: partitions, children, copies.

use limbeck::schema::Table;
use limbeck::sql_type::BaseType;
use limbeck::token::quote_identifier;

use super::scene::{Named, Scene, has_rows, quoted, sql};

impl Scene<'_> {
    /// A partitioned table with some partitions, and a table to attach.
    pub(super) fn create_partitioned(&mut self) -> Option<Vec<String>> {
        let name = self.fresh("p");
        let (column, by) = *self.random.pick(&[
            ("id integer", "range (id)"),
            ("id integer not null", "range (id)"),
            ("day date not null", "range (day)"),
            ("kind text", "list (kind)"),
            ("kind text not null default 'k0'", "list (kind)"),
            ("id bigint", "hash (id)"),
            ("id uuid not null", "hash (id)"),
            ("n integer", "range ((n + 1))"),
        ])?;
        let mut elements = vec![column.to_owned()];
        elements.extend((0..self.random.below(3)).map(|_| self.new_column()));
        elements.retain(|it| !it.contains("unique") && !it.contains("identity"));
        let plain = by.split(['(', ')']).nth(1).filter(|it| !it.is_empty());
        if let Some(key) = plain.filter(|_| self.random.chance(40)) {
            elements.push(format!("primary key ({key})"));
        }
        Some(vec![format!(
            "create table {name} ({}) partition by {by};",
            elements.join(", ")
        )])
    }

    /// A bound that no other partition of the history has.
    fn bound(&mut self, (_, table): &Named) -> Option<String> {
        let key = table.partition_by.as_deref()?;
        *self.number += 1;
        let number = *self.number;
        if key.starts_with("hash") {
            return Some(format!(
                "for values with (modulus 100000, remainder {number})"
            ));
        }
        if self.random.chance(10) {
            return Some("default".to_owned());
        }
        let column = table
            .columns
            .iter()
            .find(|it| key.contains(&*quote_identifier(&it.name)))?;
        let is_day = column.sql_type.scalar() == Some("date");
        Some(match (key.starts_with("list"), is_day) {
            (true, _) if self.random.chance(20) => {
                format!("for values in ('k{number}', 'l{number}')")
            }
            (true, _) => format!("for values in ('k{number}')"),
            (false, true) => {
                let year = 2000 + number;
                format!("for values from ('{year}-01-01') to ('{year}-07-01')")
            }
            (false, false) => format!("for values from ({number}0) to ({number}5)"),
        })
    }

    fn partitioned(&mut self) -> Option<Named> {
        self.table(|_, it| it.partition_by.is_some())
    }

    pub(super) fn create_partition(&mut self) -> Option<Vec<String>> {
        let parent = self.partitioned()?;
        let bound = self.bound(&parent)?;
        let name = self.fresh("part");
        let below = if self.random.chance(8) {
            let column = self.column(&parent.1, |it| {
                matches!(
                    it.sql_type.base,
                    BaseType::Builtin("int4" | "int8" | "date")
                )
            });
            column.map(|it| format!(" partition by range ({})", quoted(&it)))
        } else {
            None
        };
        let own = if self.random.chance(15) {
            self.column(&parent.1, |it| {
                it.generated.is_none() && it.identity.is_none()
            })
            .map(|it| format!(" ({} not null)", quoted(&it)))
        } else {
            None
        };
        Some(vec![format!(
            "create table {name} partition of {}{} {bound}{};",
            sql(&parent.0),
            own.unwrap_or_default(),
            below.unwrap_or_default()
        )])
    }

    /// A table with the same columns becomes a partition: one that was detached, or one that is made for it.
    pub(super) fn attach(&mut self) -> Option<Vec<String>> {
        let parent = self.partitioned()?;
        let columns = |it: &Table| {
            let mut columns: Vec<_> = it
                .columns
                .iter()
                .map(|it| {
                    (
                        it.name.clone(),
                        it.sql_type.clone(),
                        it.not_null,
                        it.generated.clone(),
                        it.collation.clone(),
                    )
                })
                .collect();
            columns.sort_by(|one, two| one.0.cmp(&two.0));
            columns
        };
        let wanted = columns(&parent.1);
        let found = self.table(|name, it| {
            it.partition_of.is_none()
                && it.inherits.is_empty()
                && !has_rows(name)
                && it.unlogged == parent.1.unlogged
                && columns(it) == wanted
                && *name != parent.0
                && it.partition_by.is_none()
        });
        let bound = self.bound(&parent)?;
        if let Some((name, _)) = found {
            return Some(vec![format!(
                "alter table {} attach partition {} {bound};",
                sql(&parent.0),
                sql(&name)
            )]);
        }
        let name = self.fresh("part");
        Some(vec![
            format!(
                "create table {name} (like {} including defaults including constraints including generated{});",
                sql(&parent.0),
                self.random.maybe(40, " including indexes")
            ),
            format!(
                "alter table {} attach partition {name} {bound};",
                sql(&parent.0)
            ),
        ])
    }

    pub(super) fn detach(&mut self) -> Option<Vec<String>> {
        let (name, table) = self.table(|_, it| it.partition_of.is_some())?;
        let parent = table.partition_of?.parent;
        let concurrently = self.random.maybe(25, " concurrently");
        Some(vec![format!(
            "alter table {} detach partition {}{concurrently};",
            sql(&parent),
            sql(&name)
        )])
    }

    pub(super) fn create_child(&mut self) -> Option<Vec<String>> {
        let parent = self.table(|name, it| {
            !has_rows(name) && it.partition_by.is_none() && it.partition_of.is_none()
        })?;
        let name = self.fresh("child");
        let own = if self.random.chance(60) {
            self.new_column()
        } else {
            String::new()
        };
        let second = if self.random.chance(10) {
            self.table(|name, it| {
                !has_rows(name)
                    && *name != parent.0
                    && it.partition_by.is_none()
                    && it.partition_of.is_none()
            })
            .map(|it| format!(", {}", sql(&it.0)))
        } else {
            None
        };
        Some(vec![format!(
            "create table {name} ({own}) inherits ({}{});",
            sql(&parent.0),
            second.unwrap_or_default()
        )])
    }

    pub(super) fn create_copy(&mut self) -> Option<Vec<String>> {
        let template = self.empty_table()?;
        let name = self.fresh("copy");
        let options = self.random.one(&[
            "",
            " including all",
            " including defaults including constraints",
            " including indexes",
            " including all excluding indexes excluding comments",
            " including identity including generated",
        ]);
        let extra = if self.random.chance(30) {
            format!(", {}", self.new_column())
        } else {
            String::new()
        };
        Some(vec![format!(
            "create table {name} (like {}{options}{extra});",
            sql(&template.0)
        )])
    }
}
