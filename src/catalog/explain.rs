//! Whether a server reads two expressions alike: it is asked to plan both, and what the plans compute is compared. That is
//! possible for everybody who may connect, runs nothing, and needs none of the tables.
//!
//! What is folded to one constant is the same expression (`eval_const_expressions`); what `explain (verbose)` writes has
//! every implicit cast and resolved operator in it (`ruleutils.c`).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use smol_str::SmolStr;

use crate::expression::Expression;
use crate::token::{quote_identifier, quote_literal};

use super::PINNED;

/// Two expressions, and where they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    /// The name of the table.
    pub(super) table: SmolStr,
    /// Name, type and collation of its columns, as SQL.
    pub(super) columns: Vec<(SmolStr, String)>,
    /// The type that the value becomes.
    pub(super) sql_type: Option<String>,
    pub(super) expressions: [Expression; 2],
}

/// What stands before the answers to a question, with its number and that of the expression. As JSON a plan has no line that
/// begins so, whatever its strings hold.
const MARK: &str = "limbeck asks ";

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
        format!("{}\n{}", self.explain(one), self.explain(two))
    }

    /// The columns that either reads: a type that the server lacks must not hide what it says of others. All of them where
    /// that is not clear, as with a whole row.
    fn read(&self) -> Vec<&(SmolStr, String)> {
        let read: BTreeSet<&SmolStr> = self
            .expressions
            .iter()
            .flat_map(Expression::columns)
            .collect();
        let is_clear = self.expressions.iter().all(|it| !it.has_subquery())
            && read
                .iter()
                .all(|name| self.columns.iter().any(|it| it.0 == **name));
        let columns = self.columns.iter();
        columns
            .filter(|it| !is_clear || read.contains(&it.0))
            .collect()
    }

    fn explain(&self, expression: &Expression) -> String {
        let mut sql = "explain (verbose, costs off, format json) select ".to_owned();
        let text = expression.text();
        match &self.sql_type {
            Some(sql_type) => drop(write!(sql, "cast(({text}) as {sql_type})")),
            None => drop(write!(sql, "({text})")),
        }
        let read = self.read();
        if !read.is_empty() {
            let columns: Vec<String> = read
                .iter()
                .map(|(name, rest)| format!("{} {rest}", quote_identifier(name)))
                .collect();
            // A function's columns are never folded.
            let _ = write!(
                sql,
                " from json_to_record('{{}}') as {}({})",
                quote_identifier(&self.table),
                columns.join(", ")
            );
        }
        sql
    }
}

/// A script for `psql -X -A -t -q` that asks; it goes on after an error. `schema` is that of unqualified names.
pub(super) fn script(questions: &[&Question], schema: &str) -> String {
    let mut script = format!(
        "\\set ON_ERROR_STOP off\nset default_transaction_read_only = on;\n{PINNED}set search_path = {}, public;\n",
        quote_identifier(schema)
    );
    for (number, question) in questions.iter().enumerate() {
        for (side, expression) in question.expressions.iter().enumerate() {
            // In quotes psql replaces nothing.
            let _ = writeln!(
                script,
                "\\echo {MARK}{number} {side}\nselect {} \\gexec",
                quote_literal(&question.explain(expression))
            );
        }
    }
    script
}

/// What the server said: for each question, whether both are the same. What it could not read is not.
pub(super) fn answers(printed: &str, count: usize) -> Vec<bool> {
    let mut plans: BTreeMap<(usize, usize), String> = BTreeMap::new();
    let mut at = None;
    for line in printed.lines() {
        if let Some(numbers) = line.strip_prefix(MARK) {
            at = numbers
                .split_once(' ')
                .and_then(|(number, side)| Some((number.parse().ok()?, side.parse().ok()?)));
        } else if let Some(at) = at {
            *plans.entry(at).or_default() += line;
        }
    }
    (0..count)
        .map(
            |number| match (plans.get(&(number, 0)), plans.get(&(number, 1))) {
                (Some(one), Some(two)) => one == two,
                (Some(_) | None, None) | (None, Some(_)) => false,
            },
        )
        .collect()
}
