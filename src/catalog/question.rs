//! Whether two expressions are the same, as a question to a server.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use smol_str::SmolStr;

use crate::catalog::stand_in::StandIns;
use crate::expression::{Expression, qualify_type};
use crate::model::opaque::qualify;
use crate::name::Name;
use crate::raw_sql::ReferenceKind;
use crate::token::{TokenKind, identifier, lex, quote_identifier, quote_literal};

/// Two expressions, that of the model first, and where they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    /// The schema that the author means who names none.
    pub(super) schema: SmolStr,
    /// The name of the table.
    pub(super) table: SmolStr,
    pub(super) columns: Vec<Column>,
    /// The type that the value becomes.
    pub(super) sql_type: Option<String>,
    pub(super) expressions: [Expression; 2],
    /// The functions and collations in `schema` that the history makes, of those that the server names.
    pub(super) made: BTreeSet<SmolStr>,
    /// The types that have stand-ins.
    pub(super) stand_ins: StandIns,
}

/// A column that an expression may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: SmolStr,
    /// Its type.
    pub(super) own: String,
    pub(super) collation: Option<Name>,
}

impl Question {
    /// What can be told without a server.
    pub(super) fn obvious(&self) -> Option<bool> {
        let [one, two] = &self.expressions;
        if one.text() == two.text() {
            return Some(true);
        }
        // A plan does not tell columns apart where it computes nothing.
        (one.is_column() || two.is_column()).then_some(false)
    }

    /// Equal for equal questions.
    pub(super) fn key(&self) -> String {
        let [one, two] = &self.expressions;
        format!("{}\n{}\n{:?}", one.text(), two.text(), self.plans())
    }

    /// What is asked of a server, where nothing but PostgreSQL's own stands in it.
    pub(super) fn plans(&self) -> Option<[String; 2]> {
        let [one, two] = &self.expressions;
        Some([self.explain(one)?, self.explain(two)?])
    }

    /// The columns that either reads: a type that the server lacks must not hide what it says of others. All of them where
    /// that is not clear, as with a whole row.
    fn read(&self) -> Vec<&Column> {
        let read: BTreeSet<&SmolStr> = self
            .expressions
            .iter()
            .flat_map(Expression::columns)
            .collect();
        let is_clear = self.expressions.iter().all(|it| !it.has_subquery())
            && read
                .iter()
                .all(|name| self.columns.iter().any(|it| it.name == **name));
        let columns = self.columns.iter();
        columns
            .filter(|it| !is_clear || read.contains(&it.name))
            .collect()
    }

    fn explain(&self, expression: &Expression) -> Option<String> {
        let mut sql = "explain (verbose, costs off, format json) select ".to_owned();
        let text = self.without_others(expression)?;
        match &self.sql_type {
            Some(sql_type) => {
                let sql_type = self.stand_ins.of(sql_type)?;
                let _ = write!(sql, "cast(({text}) as {sql_type})");
            }
            None => drop(write!(sql, "({text})")),
        }
        let mut columns = Vec::new();
        for it in self.read() {
            let name = quote_identifier(&it.name);
            let sql_type = self.stand_ins.of(&it.own)?;
            columns.push(match &it.collation {
                Some(collation) if collation.schema != "pg_catalog" => return None,
                Some(collation) => {
                    format!(
                        "{name} {sql_type} collate {}",
                        quote_identifier(&collation.name)
                    )
                }
                None => format!("{name} {sql_type}"),
            });
        }
        if !columns.is_empty() {
            // A function's columns are never folded.
            let _ = write!(
                sql,
                " from json_to_record('{{}}') as {}({})",
                quote_identifier(&self.table),
                columns.join(", ")
            );
        }
        Some(sql)
    }

    /// The expression with stand-ins for types; none where something else that is not PostgreSQL's is in it.
    fn without_others(&self, expression: &Expression) -> Option<String> {
        if expression.has_subquery() {
            return None;
        }
        let mut is_own = true;
        let text = expression.rewrite(|reference| {
            let is_catalog = match reference.parts.as_slice() {
                [_] => true,
                [schema, _] => schema == "pg_catalog",
                _ => false,
            };
            match reference.kind {
                ReferenceKind::Function | ReferenceKind::Operator | ReferenceKind::Collation => {
                    is_own &= is_catalog;
                    None
                }
                ReferenceKind::Column => {
                    is_own &= matches!(reference.parts.as_slice(), [_])
                        || matches!(reference.parts.as_slice(), [table, _] if *table == self.table);
                    None
                }
                ReferenceKind::Relation => {
                    is_own = false;
                    None
                }
                // It is found by its name, and no more.
                ReferenceKind::RelationLiteral => {
                    let name = qualify(&reference.parts, &self.schema)?;
                    Some(quote_literal(&name.qualified()))
                }
                ReferenceKind::Type => {
                    let name = qualify_type(&reference.parts, &self.schema);
                    if name.as_ref().is_some_and(|it| it.schema == "pg_catalog") {
                        return None;
                    }
                    let stand_in = name.and_then(|it| self.stand_ins.named(&it));
                    is_own &= stand_in.is_some()
                        && is_of_literal(expression.text(), reference.range.start);
                    stand_in.map(str::to_owned)
                }
            }
        });
        (is_own && is_unqualified(text.text(), &self.table)).then(|| text.text().to_owned())
    }

    /// The names of functions, and the symbols of operators, that the server qualifies.
    pub(super) fn qualified(&self) -> impl Iterator<Item = (&'static str, &SmolStr, &SmolStr)> {
        let references = self.expressions[1].references().iter();
        references.filter_map(|it| {
            let kind = match it.kind {
                ReferenceKind::Function => "function",
                ReferenceKind::Operator => "operator",
                ReferenceKind::Column
                | ReferenceKind::Type
                | ReferenceKind::Relation
                | ReferenceKind::RelationLiteral
                | ReferenceKind::Collation => return None,
            };
            match it.parts.as_slice() {
                [schema, name] => Some((kind, schema, name)),
                _ => None,
            }
        })
    }
}

/// Whether the type at `start` is that of a literal: `'a'::t`, `null::t`.
fn is_of_literal(text: &str, start: usize) -> bool {
    let tokens = lex(text, 0, start).unwrap_or_default();
    matches!(tokens.as_slice(), [.., value, cast] if cast.is(text, "::")
        && (value.kind == TokenKind::String || value.is_word(text, "null")))
}

/// Whether no name stands in a schema but in `pg_catalog`, whatever else is known of it.
fn is_unqualified(text: &str, table: &str) -> bool {
    let Ok(tokens) = lex(text, 0, text.len()) else {
        return false;
    };
    tokens.windows(2).enumerate().all(|(at, pair)| {
        if !pair[1].is(text, ".") || !pair[0].is_name() {
            return true;
        }
        let name = identifier(pair[0].text(text));
        let is_called = tokens.get(at + 3).is_some_and(|it| it.is(text, "("));
        name == "pg_catalog" || name == table && !is_called
    })
}
