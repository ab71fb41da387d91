//! Statements that make a part of a table: indexes, triggers, policies.

use super::definition::Definition;
use super::expression::Scope;
use super::grower::Grower;
use super::world::{Made, Object};

impl Grower<'_> {
    pub(super) fn create_index(&mut self, name: String) -> Option<Definition> {
        let table = self.choose_from(&self.world.tables())?;
        let scope = Scope {
            immutable: true,
            queries: false,
            ..Scope::over(table.own())
        };
        let mut keys = Vec::new();
        for _ in 0..=self.random.below(2) {
            let column = table.columns[self.random.below(table.columns.len())].clone();
            let class = self.random.one(&[
                "",
                "",
                "",
                "",
                " desc",
                " nulls first",
                " text_pattern_ops",
                " collate \"C\"",
            ]);
            if self.random.chance(60) {
                keys.push(format!("{}{class}", column.name));
            } else {
                let ty = self.sorted_type();
                keys.push(format!("({}){class}", self.expression(&scope, &ty, 2)));
            }
        }
        let unique = self.random.maybe(25, "unique ");
        let method = self.random.one(&[
            "",
            "",
            "",
            " using btree",
            " using hash",
            " using gin",
            " using gist",
            " using brin",
            " using spgist",
        ]);
        let include = self.random.maybe(8, " include (id)");
        let predicate = if self.random.chance(20) {
            format!(" where {}", self.expression(&scope, "boolean", 2))
        } else {
            String::new()
        };
        Some((
            format!(
                "create {unique}index {name} on {}{method} ({}){include}{predicate}",
                table.name,
                keys.join(", ")
            ),
            vec![Made::Object(Object {
                kind: "index",
                name,
                on: None,
            })],
        ))
    }

    pub(super) fn create_trigger(&mut self, name: String) -> Option<Definition> {
        let table = self.choose_from(&self.world.tables())?;
        let column = table.columns[self.random.below(table.columns.len())].clone();
        let update = format!("update of {}", column.name);
        let (event, rows) = match self.random.below(4) {
            0 => ("insert", table.behind("new")),
            1 => ("delete", table.behind("old")),
            2 => (
                update.as_str(),
                [table.behind("new"), table.behind("old")].concat(),
            ),
            _ => ("insert or update", table.behind("new")),
        };
        let moment = self
            .random
            .one(&["before", "after", "before", "instead of"]);
        let level = self
            .random
            .one(&["for each row", "for each row", "for each statement"]);
        let condition = if self.random.chance(60) {
            let scope = Scope {
                queries: self.rare,
                ..Scope::over(rows)
            };
            format!(" when ({})", self.expression(&scope, "boolean", 2))
        } else {
            String::new()
        };
        Some((
            format!(
                "create trigger {name} {moment} {event} on {} {level}{condition} execute function changed()",
                table.name
            ),
            vec![Made::Object(Object {
                kind: "trigger",
                name,
                on: Some(table.name),
            })],
        ))
    }

    pub(super) fn create_policy(&mut self, name: String) -> Option<Definition> {
        let table = self.choose_from(&self.world.tables())?;
        let scope = Scope::over(table.own());
        let command = self.random.one(&[
            "",
            " for select",
            " for insert",
            " for update",
            " for delete",
            " for all",
        ]);
        let using = if command == " for insert" {
            String::new()
        } else {
            format!(" using ({})", self.expression(&scope, "boolean", 3))
        };
        let check = if [" for select", " for delete"].contains(&command) || self.random.chance(50) {
            String::new()
        } else {
            format!(" with check ({})", self.expression(&scope, "boolean", 2))
        };
        Some((
            format!(
                "create policy {name} on {}{command}{using}{check}",
                table.name
            ),
            vec![Made::Object(Object {
                kind: "policy",
                name,
                on: Some(table.name),
            })],
        ))
    }
}
