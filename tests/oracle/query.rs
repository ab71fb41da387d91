//! Queries: joins of all sorts, common tables, set operations, groups, windows, orders.

use super::catalog::is_generic;
use super::expression::{Bound, Column, Scope};
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
struct Source {
    text: String,
    alias: String,
    columns: Vec<Output>,
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
        let rows: Vec<String> = (0..1 + self.random.below(2))
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

    /// `from`, and what it shows.
    fn from(&mut self, outer: Option<&Scope>, depth: usize) -> (String, Vec<Column>) {
        if self.random.chance(if outer.is_some() { 20 } else { 5 }) {
            return (String::new(), Vec::new());
        }
        let first = self.source(outer, &[], depth);
        let mut text = first.text.clone();
        let mut columns = seen(&first);
        let mut sources = vec![first];
        while self.random.chance(35) && sources.len() < 4 {
            let next = self.source(outer, &columns, depth);
            let join =
                self.random
                    .one(&["join", "left join", "right join", "full join", "inner join"]);
            match self.random.below(10) {
                0..2 => text = format!("{text}, {}", next.text),
                2 => text = format!("{text} cross join {}", next.text),
                3 => text = format!("{text} natural {join} {}", next.text),
                4..7 => {
                    let common = common(&sources, &next);
                    let Some(column) = self.choose_from(&common) else {
                        text = format!("{text} cross join {}", next.text);
                        columns.extend(seen(&next));
                        sources.push(next);
                        continue;
                    };
                    text = format!("{text} {join} {} using ({})", next.text, column.name);
                    columns.push(Column {
                        text: column.name,
                        ty: column.ty,
                    });
                }
                _ => {
                    columns.extend(seen(&next));
                    let scope = Scope::over(columns.clone());
                    let on = self.expression(&scope, "boolean", 2);
                    text = format!("{text} {join} {} on {on}", next.text);
                    sources.push(next);
                    continue;
                }
            }
            columns.extend(seen(&next));
            sources.push(next);
        }
        // Alone where only one has it.
        for source in &sources {
            for column in &source.columns {
                let is_once = sources
                    .iter()
                    .flat_map(|it| &it.columns)
                    .filter(|it| it.name == column.name)
                    .count()
                    == 1;
                if is_once && self.random.chance(30) {
                    columns.push(Column {
                        text: column.name.clone(),
                        ty: column.ty.clone(),
                    });
                }
            }
        }
        (format!(" from {text}"), columns)
    }

    fn source(&mut self, outer: Option<&Scope>, before: &[Column], depth: usize) -> Source {
        let alias = self.name("s");
        let choice = self.random.below(100);
        if choice < 12 && depth > 0 {
            let lateral = self.random.maybe(40, "lateral ");
            let scope = if lateral.is_empty() {
                outer.cloned()
            } else {
                let mut scope = Scope::over(before.to_vec());
                scope
                    .columns
                    .extend(outer.iter().flat_map(|it| it.columns.clone()));
                Some(scope)
            };
            let query = self.query(scope.as_ref().map(Scope::plain).as_ref(), depth - 1);
            return self.renamed(format!("{lateral}({})", query.text), alias, query.columns);
        }
        if choice < 22
            && let Some(source) = self.set_source(outer, before, &alias, depth)
        {
            return source;
        }
        if choice < 40
            && let Some((name, columns)) = self.random.pick(&self.tables).cloned()
        {
            return self.renamed(name, alias, columns);
        }
        match self.choose_from(&self.world.relations) {
            Some(relation) => {
                let only = if relation.is_table {
                    self.random.maybe(5, "only ")
                } else {
                    ""
                };
                let schema = self.random.maybe(5, "public.");
                let sample = if relation.is_table {
                    self.random.maybe(2, "sample")
                } else {
                    ""
                };
                let mut source = self.renamed(
                    format!("{only}{schema}{}", relation.name),
                    alias,
                    relation.outputs(),
                );
                if !sample.is_empty() {
                    source.text += " tablesample system (10)";
                }
                source
            }
            None => self.renamed(
                "(values (1, 'x'::text))".to_owned(),
                alias,
                numbered("column", &["integer".to_owned(), "text".to_owned()], 1),
            ),
        }
    }

    /// A function in `from`.
    fn set_source(
        &mut self,
        outer: Option<&Scope>,
        before: &[Column],
        alias: &str,
        depth: usize,
    ) -> Option<Source> {
        let mut scope = Scope::over(before.to_vec());
        scope
            .columns
            .extend(outer.iter().flat_map(|it| it.columns.clone()));
        if self.random.chance(40) {
            // Any function gives one row.
            let ty = self.type_name();
            let all = self.world.catalog.callables.get(&ty)?;
            let all: Vec<_> = all
                .iter()
                .filter(|it| it.form == super::catalog::Form::Function)
                .collect();
            let callable = (*self.random.pick(&all)?).clone();
            if callable.arguments.iter().any(|it| is_generic(it)) {
                return None;
            }
            let call = self.call(&scope, &callable, &Bound::new(), depth.min(1))?;
            let ordinality = self.random.maybe(15, " with ordinality");
            return Some(Source {
                text: format!("{call}{ordinality} as {alias} (x)"),
                alias: alias.to_owned(),
                columns: vec![Output {
                    name: "x".to_owned(),
                    ty,
                }],
            });
        }
        let callable = self.choose_from(&self.world.catalog.sets)?;
        let element = self.type_name();
        let element = element.trim_end_matches("[]").to_owned();
        let bound = Bound::from([("any", element.clone()), ("anycompatible", element.clone())]);
        let call = self.call(&scope, &callable, &bound, depth.min(1))?;
        if callable.result == "record" {
            return Some(Source {
                text: format!("{call} as {alias}"),
                alias: alias.to_owned(),
                columns: Vec::new(),
            });
        }
        let ty = match callable.result.as_str() {
            "anyelement" | "anycompatible" => element,
            other if is_generic(other) => return None,
            other => other.to_owned(),
        };
        Some(Source {
            text: format!("{call} as {alias} (x)"),
            alias: alias.to_owned(),
            columns: vec![Output {
                name: "x".to_owned(),
                ty,
            }],
        })
    }

    /// With an alias, and new names for its first columns now and then.
    fn renamed(&mut self, text: String, alias: String, mut columns: Vec<Output>) -> Source {
        let mut list = String::new();
        if self.random.chance(12) && !columns.is_empty() {
            let count = 1 + self.random.below(columns.len());
            let mut names = Vec::new();
            for (at, column) in columns.iter_mut().take(count).enumerate() {
                column.name = format!("r{at}");
                names.push(column.name.clone());
            }
            list = format!(" ({})", names.join(", "));
        }
        let word = self.random.maybe(60, "as ");
        Source {
            text: format!("{text} {word}{alias}{list}"),
            alias,
            columns,
        }
    }
}

/// The columns of a source with its name before them.
fn seen(source: &Source) -> Vec<Column> {
    let columns = source.columns.iter();
    columns
        .map(|it| Column {
            text: format!("{}.{}", source.alias, it.name),
            ty: it.ty.clone(),
        })
        .collect()
}

/// The columns that a source shares with one before it.
fn common(before: &[Source], next: &Source) -> Vec<Output> {
    let of_before = |name: &str| {
        before
            .iter()
            .flat_map(|it| &it.columns)
            .filter(|it| it.name == name)
            .count()
    };
    let columns = next.columns.iter().filter(|it| of_before(&it.name) == 1);
    columns.cloned().collect()
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
