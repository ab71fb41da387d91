//! What stands in `from`: joins of tables, queries, functions and values.

use super::call::Bound;
use super::catalog::{Form, is_generic};
use super::expression::{Column, Scope};
use super::grower::Grower;
use super::query::{Output, Source, numbered};

impl Grower<'_> {
    /// `from`, and what it shows.
    pub(super) fn from(&mut self, outer: Option<&Scope>, depth: usize) -> (String, Vec<Column>) {
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

    pub(super) fn source(
        &mut self,
        outer: Option<&Scope>,
        before: &[Column],
        depth: usize,
    ) -> Source {
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
            return self.renamed(&format!("{lateral}({})", query.text), alias, query.columns);
        }
        if choice < 22
            && let Some(source) = self.set_source(outer, before, &alias, depth)
        {
            return source;
        }
        if choice < 40
            && let Some((name, columns)) = self.random.pick(&self.tables).cloned()
        {
            return self.renamed(&name, alias, columns);
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
                    &format!("{only}{schema}{}", relation.name),
                    alias,
                    relation.outputs(),
                );
                if !sample.is_empty() {
                    source.text += " tablesample system (10)";
                }
                source
            }
            None => self.renamed(
                "(values (1, 'x'::text))",
                alias,
                numbered("column", &["integer".to_owned(), "text".to_owned()], 1),
            ),
        }
    }

    /// A function in `from`.
    pub(super) fn set_source(
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
            let all: Vec<_> = all.iter().filter(|it| it.form == Form::Function).collect();
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
    pub(super) fn renamed(
        &mut self,
        text: &str,
        alias: String,
        mut columns: Vec<Output>,
    ) -> Source {
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
