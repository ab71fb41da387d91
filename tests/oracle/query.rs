//! Queries: joins of all sorts, common tables, set operations, groups, windows, orders.

use super::expression::{Column, Scope};
use super::grower::Grower;

/// A column of a query.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    pub(crate) name: String,
    pub(crate) ty: String,
}

/// A query and its columns.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    pub(crate) text: String,
    pub(crate) columns: Vec<Output>,
}

/// What stands in `from`: how it is written, its alias, and its columns.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) text: String,
    pub(super) alias: String,
    pub(super) columns: Vec<Output>,
}

impl Grower<'_> {
    /// Any query.
    pub(crate) fn query(&mut self, outer: Option<&Scope>, depth: usize) -> Query {
        let count = 1 + self.random.below(4);
        let types: Vec<String> = (0..count).map(|_| self.type_name()).collect();
        let tables = self.tables.len();
        let with = if self.random.chance(12) && depth > 0 {
            self.with(outer, depth - 1)
        } else {
            String::new()
        };
        let mut query = self.body(outer, &types, depth);
        self.tables.truncate(tables);
        query.text = with + &query.text;
        query
    }

    /// A query with columns of these types.
    pub(crate) fn query_of(&mut self, outer: &Scope, types: &[String], depth: usize) -> String {
        self.body(Some(&outer.plain()), types, depth).text
    }

    /// Columns of these types, whatever gives them.
    fn body(&mut self, outer: Option<&Scope>, types: &[String], depth: usize) -> Query {
        let choice = self.random.below(100);
        if depth > 0 && choice < 10 {
            return self.set_operation(outer, types, depth - 1);
        }
        if choice < 15 {
            return self.values(outer, types);
        }
        if choice < 17
            && let Some(table) = self.choose_from(&self.world.relations)
        {
            return Query {
                text: format!("table {}", table.name),
                columns: table.outputs(),
            };
        }
        self.select(outer, types, depth)
    }

    fn values(&mut self, outer: Option<&Scope>, types: &[String]) -> Query {
        let empty = Scope::default();
        let scope = outer.cloned().unwrap_or(empty).plain();
        let rows: Vec<String> = (0..=self.random.below(2))
            .map(|_| {
                let row: Vec<String> = types
                    .iter()
                    .map(|it| self.expression(&scope, it, 1))
                    .collect();
                format!("({})", row.join(", "))
            })
            .collect();
        Query {
            text: format!("values {}", rows.join(", ")),
            columns: numbered("column", types, 1),
        }
    }

    fn set_operation(&mut self, outer: Option<&Scope>, types: &[String], depth: usize) -> Query {
        let left = self.body(outer, types, depth);
        let right = self.body(outer, types, depth);
        let operator = self.random.one(&[
            "union",
            "union all",
            "intersect",
            "except",
            "except all",
            "union distinct",
        ]);
        let order = if self.random.chance(25) {
            let at = 1 + self.random.below(types.len());
            match left.columns.get(at - 1) {
                Some(column) if self.random.chance(50) && !column.name.starts_with('"') => {
                    format!(" order by {}", column.name)
                }
                _ => format!(" order by {at} desc"),
            }
        } else {
            String::new()
        };
        Query {
            text: format!("({}) {operator} ({}){order}", left.text, right.text),
            columns: left.columns,
        }
    }

    fn with(&mut self, outer: Option<&Scope>, depth: usize) -> String {
        let name = self.name("c");
        if self.random.chance(30) {
            return self.recursive(name);
        }
        let query = self.query(outer, depth);
        let renamed = self.random.chance(30);
        let columns = if renamed {
            numbered(
                "k",
                &query
                    .columns
                    .iter()
                    .map(|it| it.ty.clone())
                    .collect::<Vec<_>>(),
                1,
            )
        } else {
            query.columns
        };
        let names: Vec<&str> = columns.iter().map(|it| it.name.as_str()).collect();
        let names = if renamed {
            format!(" ({})", names.join(", "))
        } else {
            String::new()
        };
        let materialized = self
            .random
            .one(&["", "", "materialized ", "not materialized "]);
        let text = format!("with {name}{names} as {materialized}({}) ", query.text);
        self.tables.push((name, columns));
        text
    }

    fn recursive(&mut self, name: String) -> String {
        let ty = self.sorted_type();
        let types = ["integer".to_owned(), ty];
        let columns = numbered("n", &types, 1);
        let first = self.expression(&Scope::default(), &types[1], 1);
        let seen: Vec<Column> = columns
            .iter()
            .map(|it| Column {
                text: format!("r.{}", it.name),
                ty: it.ty.clone(),
            })
            .collect();
        let scope = Scope::over(seen);
        let next = self.expression(&scope, &types[1], 1);
        let all = self.random.maybe(60, " all");
        let tail = self.random.one(&[
            "",
            "",
            "",
            " search depth first by n1 set s",
            " search breadth first by n1, n2 set s",
            " cycle n1 set is_cycle using path",
            " cycle n1, n2 set is_cycle to true default false using path",
        ]);
        let text = format!(
            "with recursive {name} (n1, n2) as (select 1, {first} union{all} select r.n1 + 1, {next} from {name} r where r.n1 < 5){tail} "
        );
        self.tables.push((name, columns));
        text
    }

    fn select(&mut self, outer: Option<&Scope>, types: &[String], depth: usize) -> Query {
        let (from, mut columns) = self.from(outer, depth);
        if let Some(outer) = outer {
            // What is nearer hides what is called the same.
            let near: Vec<String> = columns.iter().map(|it| it.text.clone()).collect();
            columns.extend(
                outer
                    .columns
                    .iter()
                    .filter(|it| !near.contains(&it.text))
                    .cloned(),
            );
        }
        let plain = Scope {
            immutable: outer.is_some_and(|it| it.immutable),
            ..Scope::over(columns.clone())
        };
        let condition = if self.random.chance(35) {
            format!(
                " where {}",
                self.expression(&plain, "boolean", depth.min(2))
            )
        } else {
            String::new()
        };
        let grouped = self.random.chance(20);
        let (group, scope) = if grouped {
            self.group(&plain, depth)
        } else {
            (String::new(), plain.clone())
        };
        let windows = !grouped && self.random.chance(25) || grouped && self.random.chance(10);
        let window = if windows {
            let definition = self.window_text(&scope, false);
            format!(" window w as {definition}")
        } else {
            String::new()
        };
        let listed = Scope {
            windows,
            ..scope.clone()
        };
        let (list, outputs) = self.list(&listed, types, depth);
        let distinct = self.random.below(100);
        let (distinct, order) = if distinct < 8 {
            ("distinct ".to_owned(), String::new())
        } else if distinct < 12 && !grouped {
            let ty = self.sorted_type();
            let on = self.expression(&scope, &ty, 1);
            (format!("distinct on ({on}) "), format!(" order by {on}"))
        } else {
            (String::new(), self.order(&listed, &outputs))
        };
        let limit = self.random.one(&[
            "",
            "",
            "",
            "",
            " limit 3",
            " offset 1",
            " fetch first 2 rows only",
            " limit all",
        ]);
        let lock = if !grouped && !from.is_empty() {
            self.random.maybe(2, " for update")
        } else {
            ""
        };
        Query {
            text: format!(
                "select {distinct}{list}{from}{condition}{group}{window}{order}{limit}{lock}"
            ),
            columns: outputs,
        }
    }

    /// The list of a `select`, with columns of these types.
    fn list(&mut self, scope: &Scope, types: &[String], depth: usize) -> (String, Vec<Output>) {
        let mut list = Vec::new();
        let mut outputs = Vec::new();
        for ty in types {
            let text = self.expression(scope, ty, depth);
            let name = format!("o{}", outputs.len() + 1);
            match self.random.below(10) {
                // Named by what it is.
                0..2 => {
                    list.push(text);
                    // What it is called then, nobody asks here.
                    outputs.push(Output {
                        name: "\"?column?\"".to_owned(),
                        ty: ty.clone(),
                    });
                    continue;
                }
                2 => list.push(format!("{text} {name}")),
                _ => list.push(format!("{text} as {name}")),
            }
            outputs.push(Output {
                name,
                ty: ty.clone(),
            });
        }
        (list.join(", "), outputs)
    }

    fn order(&mut self, scope: &Scope, outputs: &[Output]) -> String {
        if !self.random.chance(25) {
            return String::new();
        }
        let what = match self.random.below(3) {
            0 => (1 + self.random.below(outputs.len())).to_string(),
            1 if !outputs[0].name.starts_with('"') => outputs[0].name.clone(),
            _ => {
                let ty = self.sorted_type();
                self.expression(scope, &ty, 1)
            }
        };
        let way = self
            .random
            .one(&["", " desc", " asc nulls first", " using <"]);
        format!(" order by {what}{way}")
    }

    /// `group by`, and what may stand in the list behind it.
    fn group(&mut self, scope: &Scope, depth: usize) -> (String, Scope) {
        let mut keys: Vec<Column> = Vec::new();
        for _ in 0..self.random.below(3) {
            let ty = self.sorted_type();
            let of_scope = self
                .choose_from(&scope.columns)
                .filter(|_| self.random.chance(60));
            keys.push(of_scope.unwrap_or_else(|| Column {
                text: self.expression(scope, &ty, 1),
                ty,
            }));
        }
        let texts: Vec<&str> = keys.iter().map(|it| it.text.as_str()).collect();
        let inside = texts.join(", ");
        let by = match self.random.below(8) {
            _ if keys.is_empty() => self.random.one(&["", " group by ()"]).to_owned(),
            0 => format!(" group by rollup ({inside})"),
            1 => format!(" group by cube ({inside})"),
            2 => format!(" group by grouping sets (({inside}), ())"),
            3 => format!(" group by distinct {inside}"),
            _ => format!(" group by {inside}"),
        };
        let grouped = Scope {
            columns: keys,
            aggregated: Some(scope.columns.clone()),
            ..scope.clone()
        };
        let having = if self.random.chance(25) || by.is_empty() {
            format!(
                " having {}",
                self.expression(&grouped, "boolean", depth.min(1))
            )
        } else {
            String::new()
        };
        (by + &having, grouped)
    }
}

/// Columns of these types, with numbered names.
pub(crate) fn numbered(prefix: &str, types: &[String], first: usize) -> Vec<Output> {
    let types = types.iter().enumerate();
    types
        .map(|(at, ty)| Output {
            name: format!("{prefix}{}", at + first),
            ty: ty.clone(),
        })
        .collect()
}
