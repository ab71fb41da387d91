//! Random statements over a schema: what changes rows, what makes, changes and drops objects.

use super::expression::Scope;
use super::grower::Grower;
use super::query::Output;
use super::world::{Relation, World};

/// How a statement runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It changes rows: the server only plans it.
    Data,
    /// It changes the schema.
    Definition,
    /// It makes a relation of that name, whose columns are compared.
    Query(&'static str),
}

/// A statement.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) kind: Kind,
    pub(crate) text: String,
    /// Broken in one place, as far as that breaks it.
    pub(crate) is_broken: bool,
}

/// What a query is made into.
const RESULT: &str = "result";

/// The statement of that seed over the schema.
pub(crate) fn statement(seed: u64, world: &World) -> Statement {
    let mut grower = Grower::new(seed, world);
    for _ in 0..10 {
        if let Some((kind, text)) = grower.statement() {
            return Statement {
                kind,
                text,
                is_broken: false,
            };
        }
    }
    Statement {
        kind: Kind::Query(RESULT),
        text: format!("create view {RESULT} as select 1 as a"),
        is_broken: false,
    }
}

impl Grower<'_> {
    fn statement(&mut self) -> Option<(Kind, String)> {
        let name = "made".to_owned();
        let definition = |text| (Kind::Definition, text);
        match self.random.below(100) {
            0..38 => {
                let query = self.query(None, 4).text;
                let text = match self.random.below(10) {
                    0 => format!("create table {RESULT} as {query} with no data"),
                    1 => format!("create materialized view {RESULT} as {query} with no data"),
                    _ => format!("create view {RESULT} as {query}"),
                };
                Some((Kind::Query(RESULT), text))
            }
            38..45 => self.insert().map(|it| (Kind::Data, it)),
            45..50 => self.update().map(|it| (Kind::Data, it)),
            50..53 => self.delete().map(|it| (Kind::Data, it)),
            53..56 => self.merge().map(|it| (Kind::Data, it)),
            56..60 => Some(definition(self.create_table(&name).0)),
            60..62 => Some(definition(self.create_type(&name).0)),
            62..67 => Some(definition(self.create_function(name).0)),
            67..71 => self.create_index(name).map(|it| definition(it.0)),
            71..74 => self.create_trigger(name).map(|it| definition(it.0)),
            74..77 => self.create_policy(name).map(|it| definition(it.0)),
            77..79 => self.create_partition(&name).map(|it| definition(it.0)),
            79..92 => self.alter_table().map(definition),
            92..96 => self.drop().map(definition),
            _ => self.other().map(definition),
        }
    }

    /// Columns of a table that take a value.
    fn targets(&mut self, table: &Relation) -> Vec<Output> {
        let columns = table
            .columns
            .iter()
            .filter(|it| !table.computed.contains(&it.name));
        let mut columns: Vec<Output> = columns.cloned().collect();
        let count = 1 + self.random.below(columns.len().max(1));
        columns = self.random.some(&columns, count);
        columns
    }

    fn returning(&mut self, columns: Vec<super::expression::Column>) -> String {
        if !self.random.chance(20) {
            return String::new();
        }
        let ty = self.type_name();
        format!(
            " returning {}",
            self.expression(&Scope::over(columns), &ty, 2)
        )
    }

    fn insert(&mut self) -> Option<String> {
        let table = self.choose_from(&self.world.tables())?;
        let targets = self.targets(&table);
        let types: Vec<String> = targets.iter().map(|it| it.ty.clone()).collect();
        let names: Vec<&str> = targets.iter().map(|it| it.name.as_str()).collect();
        let rows = if self.random.chance(50) {
            let row: Vec<String> = types
                .iter()
                .map(|it| {
                    if self.random.chance(6) {
                        "default".to_owned()
                    } else {
                        self.assigned(&Scope::over(Vec::new()), it)
                    }
                })
                .collect();
            format!("values ({})", row.join(", "))
        } else {
            self.query_of(&Scope::over(Vec::new()), &types, 3)
        };
        let conflict = if self.random.chance(20) {
            self.conflict(&table)
        } else {
            String::new()
        };
        let returning = self.returning(table.own());
        Some(format!(
            "insert into {} ({}) {rows}{conflict}{returning}",
            table.name,
            names.join(", ")
        ))
    }

    /// A value that is stored in a column of that type.
    fn assigned(&mut self, scope: &Scope, want: &str) -> String {
        if self.random.chance(20) {
            let casts = self
                .world
                .catalog
                .casts
                .get(want)
                .map_or(&[][..], Vec::as_slice);
            let sources: Vec<String> = casts
                .iter()
                .filter(|it| it.context != 'e')
                .map(|it| it.source.clone())
                .collect();
            if let Some(source) = self.choose_from(&sources) {
                return self.expression(scope, &source, 2);
            }
        }
        self.expression(scope, want, 3)
    }

    fn conflict(&mut self, table: &Relation) -> String {
        let key = self
            .choose_from(&table.keys)
            .unwrap_or_else(|| "id".to_owned());
        if self.random.chance(40) {
            return format!(" on conflict ({key}) do nothing");
        }
        let columns = [table.behind("excluded"), table.behind(&table.name)].concat();
        let set = self.set(table, &Scope::over(columns));
        format!(" on conflict ({key}) do update set {set}")
    }

    /// `a = b, …`.
    fn set(&mut self, table: &Relation, scope: &Scope) -> String {
        let mut targets = self.targets(table);
        targets.truncate(3);
        if targets.len() > 1 && self.random.chance(20) {
            let names: Vec<&str> = targets.iter().map(|it| it.name.as_str()).collect();
            let types: Vec<String> = targets.iter().map(|it| it.ty.clone()).collect();
            let values = if self.random.chance(50) {
                self.query_of(scope, &types, 2)
            } else {
                let values: Vec<String> = types.iter().map(|it| self.assigned(scope, it)).collect();
                values.join(", ")
            };
            return format!("({}) = ({values})", names.join(", "));
        }
        let all: Vec<String> = targets
            .iter()
            .map(|it| format!("{} = {}", it.name, self.assigned(scope, &it.ty)))
            .collect();
        all.join(", ")
    }

    fn update(&mut self) -> Option<String> {
        let table = self.choose_from(&self.world.tables())?;
        let other = self.choose_from(&self.world.relations)?;
        let mut columns = table.behind("a");
        let from = if self.random.chance(30) {
            columns.extend(other.behind("b"));
            format!(" from {} b", other.name)
        } else {
            String::new()
        };
        let scope = Scope::over(columns.clone());
        let set = self.set(&table, &scope);
        let condition = self.expression(&scope, "boolean", 3);
        let returning = self.returning(columns);
        Some(format!(
            "update {} as a set {set}{from} where {condition}{returning}",
            table.name
        ))
    }

    fn delete(&mut self) -> Option<String> {
        let table = self.choose_from(&self.world.tables())?;
        let other = self.choose_from(&self.world.relations)?;
        let mut columns = table.behind(&table.name);
        let using = if self.random.chance(30) {
            columns.extend(other.behind("b"));
            format!(" using {} b", other.name)
        } else {
            String::new()
        };
        let condition = self.expression(&Scope::over(columns.clone()), "boolean", 3);
        let returning = self.returning(columns);
        Some(format!(
            "delete from {}{using} where {condition}{returning}",
            table.name
        ))
    }

    fn merge(&mut self) -> Option<String> {
        let table = self.choose_from(&self.world.tables())?;
        let other = self.choose_from(&self.world.relations)?;
        let both = Scope::over([table.behind("a"), other.behind("b")].concat());
        let on = self.expression(&both, "boolean", 2);
        let matched = match self.random.below(3) {
            0 => "delete".to_owned(),
            1 => "do nothing".to_owned(),
            _ => format!("update set {}", self.set(&table, &both)),
        };
        let condition = if self.random.chance(30) {
            format!(" and {}", self.expression(&both, "boolean", 2))
        } else {
            String::new()
        };
        let source = Scope::over(other.behind("b"));
        let targets = self.targets(&table);
        let names: Vec<&str> = targets.iter().map(|it| it.name.as_str()).collect();
        let values: Vec<String> = targets
            .iter()
            .map(|it| self.assigned(&source, &it.ty))
            .collect();
        Some(format!(
            "merge into {} a using {} b on {on} when matched{condition} then {matched} when not matched then insert ({}) values ({})",
            table.name,
            other.name,
            names.join(", "),
            values.join(", ")
        ))
    }

    fn alter_table(&mut self) -> Option<String> {
        let table = self.choose_from(&self.world.tables())?;
        let column = self.choose_from(&table.columns)?;
        let name = &column.name;
        let scope = Scope {
            queries: false,
            ..Scope::over(table.own())
        };
        let action = match self.random.below(16) {
            0 => {
                let definition = self.create_table("x").0;
                let first = definition.split_once(", c0 ")?.1;
                let end = first.split_once(", c1 ")?.0;
                format!("add column more {end}")
            }
            1 => format!("drop column {name}{}", self.random.maybe(30, " cascade")),
            2 | 3 => {
                let ty = self.type_name();
                format!("alter column {name} type {ty}")
            }
            4 | 5 => {
                let ty = self.type_name();
                let using = self.assigned(&scope, &ty);
                format!("alter column {name} type {ty} using {using}")
            }
            6 | 7 => format!(
                "alter column {name} set default {}",
                self.assigned(&Scope::default(), &column.ty)
            ),
            8 => format!("alter column {name} drop default"),
            9 => format!(
                "alter column {name} {} not null",
                self.random.one(&["set", "drop"])
            ),
            10..13 => format!("add {}", self.constraint(&table)),
            13 => format!(
                "rename column {name} to {}",
                self.random.one(&["renamed", "id", "c1"])
            ),
            14 => format!("rename to {}", self.random.one(&["renamed", "t1", "view1"])),
            _ => format!(
                "alter column {name} {}",
                self.random.one(&[
                    "add generated always as identity",
                    "drop identity",
                    "drop expression",
                    "set storage plain",
                    "set statistics 10",
                ])
            ),
        };
        Some(format!("alter table {} {action}", table.name))
    }

    /// The words of an object's kind, and its name.
    fn object(&mut self) -> Option<(String, String)> {
        let world = self.world;
        Some(match self.random.below(6) {
            0 | 1 => {
                let relation = self.choose_from(&world.relations)?;
                let kind = match relation.name.chars().next() {
                    Some('v') => "view",
                    Some('m') => "materialized view",
                    _ => "table",
                };
                (kind.to_owned(), relation.name)
            }
            2 => {
                let (name, kind) = self.choose_from(&world.types)?;
                (if kind == 'd' { "domain" } else { "type" }.to_owned(), name)
            }
            _ => {
                let object = self.choose_from(&world.objects)?;
                let on = object.on.map_or_else(String::new, |it| format!(" on {it}"));
                (object.kind.to_owned(), object.name + &on)
            }
        })
    }

    fn drop(&mut self) -> Option<String> {
        let (kind, name) = self.object()?;
        let exists = self.random.maybe(15, "if exists ");
        let cascade = self.random.maybe(15, " cascade");
        Some(format!("drop {kind} {exists}{name}{cascade}"))
    }

    fn other(&mut self) -> Option<String> {
        let (kind, name) = self.object()?;
        let table = self.choose_from(&self.world.tables())?;
        let column = self.choose_from(&table.columns)?;
        Some(match self.random.below(10) {
            0 => format!("comment on {kind} {name} is 'x'"),
            1 => format!("comment on column {}.{} is 'x'", table.name, column.name),
            2 => format!("grant select ({}) on {} to public", column.name, table.name),
            3 => format!("grant all on {} to public", table.name),
            4 => format!("alter {kind} {name} rename to renamed"),
            5 => format!("alter {kind} {name} set schema pg_temp"),
            6 => {
                let (name, _) = self.choose_from(&self.world.types)?;
                format!("alter type {name} add value 'four'")
            }
            7 => format!(
                "create statistics made on {}, id from {}",
                column.name, table.name
            ),
            8 => {
                let scope = Scope::over(table.own());
                format!(
                    "create statistics made on ({}), id from {}",
                    self.expression(&scope, &column.ty, 2),
                    table.name
                )
            }
            _ => {
                let new = Scope::over(table.behind("new"));
                let values: Vec<String> = table
                    .columns
                    .iter()
                    .map(|it| self.expression(&new, &it.ty, 2))
                    .collect();
                format!(
                    "create rule made as on insert to {} do also select {}",
                    table.name,
                    values.join(", ")
                )
            }
        })
    }
}
