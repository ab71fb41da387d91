//! One SELECT for many objects of a kind: what the model says of each stands in a list of rows, is joined with the
//! catalogue, and answers with one line for each.

use smol_str::SmolStr;

use crate::name::Name;
use crate::script::psql::reading::{array, count, shown};
use crate::token::{quote_identifier, quote_literal};

/// Who asks, which decides what is told and what is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// A line for each check; what differs is counted.
    Verify,
    /// A line for each difference, which is only a note.
    Note,
}

/// A list of rows for `with`.
#[derive(Debug)]
pub(super) struct Rows {
    name: &'static str,
    /// Their names and types.
    columns: &'static [(&'static str, &'static str)],
    values: Vec<String>,
}

impl Rows {
    pub(super) fn new(
        name: &'static str,
        columns: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self {
            name,
            columns,
            values: Vec::new(),
        }
    }

    /// Adds a row, whose first cell is its place.
    pub(super) fn push(&mut self, cells: &[String]) {
        debug_assert_eq!(
            cells.len() + 1,
            self.columns.len(),
            "a cell for each column of {}",
            self.name
        );
        let place = self.values.len();
        self.values.push(format!("({place}, {})", cells.join(", ")));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// As one of the queries of `with`. PostgreSQL has no list without rows.
    pub(super) fn query(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|it| it.0).collect();
        let typed: Vec<String> = self
            .columns
            .iter()
            .map(|(name, sql_type)| format!("{name}::{sql_type}"))
            .collect();
        let (rows, only) = if self.values.is_empty() {
            let nulls = vec!["null"; self.columns.len()];
            (format!("({})", nulls.join(", ")), " where false")
        } else {
            (self.values.join(",\n    "), "")
        };
        format!(
            "{} as materialized (\n  select {} from (values\n    {rows}\n  ) as it ({}){only}\n)",
            self.name,
            typed.join(", "),
            names.join(", ")
        )
    }
}

/// A SELECT whose `checks` is a query for `place`, `what`, `says` (of what is as it should be), `drift` (null then) and,
/// where something is told that may be right, `remark`.
pub(super) fn select(voice: Voice, lists: &[&Rows], found: &str, checks: &str) -> String {
    let mut queries: Vec<String> = lists.iter().map(|it| it.query()).collect();
    if !found.is_empty() {
        queries.push(found.trim().to_owned());
    }
    queries.push(format!("checks as materialized (\n{checks}\n)"));
    let answer = match voice {
        Voice::Verify => format!(
            "select {}
    || left({} || case when drift is null then '' else {} end, 0)
  from checks order by place, what",
            shown("case when drift is not null then 'DRIFT ' when remark is not null then 'note  ' else 'ok    ' end
    || what || ': ' || coalesce(drift, remark, says)"),
            count("limbeck.checks"),
            count("limbeck.drift")
        ),
        Voice::Note => format!(
            "select {}
  from checks where coalesce(drift, remark) is not null order by place, what",
            shown("'note  ' || what || ': ' || coalesce(drift, remark)")
        ),
    };
    format!("with {}\n{answer};\n", queries.join(",\n"))
}

/// The drift of an object that must be there: `present` is null where it is not.
pub(super) fn drift(kind: &str, present: &str, aspects: &[String]) -> String {
    format!(
        "case when {present} is null then {} else nullif(concat_ws('; ',\n    {}), '') end",
        quote_literal(&format!("the {kind} is missing")),
        aspects.join(",\n    ")
    )
}

/// What is said where two texts differ.
pub(super) fn differs(what: &str, found: &str, wanted: &str) -> String {
    differs_if(
        &format!("{found} is distinct from {wanted}"),
        what,
        found,
        wanted,
    )
}

/// What is said of two texts where `condition` holds.
pub(super) fn differs_if(condition: &str, what: &str, found: &str, wanted: &str) -> String {
    format!(
        "case when {condition} then {} || coalesce(nullif({found}, ''), 'none') || ', and should be ' || coalesce(nullif({wanted}, ''), 'none') end",
        quote_literal(&format!("{what} is "))
    )
}

/// The same for lists of names.
pub(super) fn lists_differ(what: &str, found: &str, wanted: &str) -> String {
    format!(
        "case when {found} is distinct from {wanted} then {} || coalesce(nullif(array_to_string({found}, ', ', 'null'), ''), 'none') || ', and should be ' || coalesce(nullif(array_to_string({wanted}, ', ', 'null'), ''), 'none') end",
        quote_literal(&format!("{what} are "))
    )
}

/// What is said of a comment.
pub(super) fn comment(found: &str, wanted: &str) -> String {
    format!(
        "case when {found} is distinct from {wanted} then 'the comment is ' || coalesce(quote_literal({found}), 'none') || ', and should be ' || coalesce(quote_literal({wanted}), 'none') end"
    )
}

/// What is said of a fact that holds or does not.
pub(super) fn fact(found: &str, wanted: &str, holds: &str, does_not: &str) -> String {
    format!(
        "case when {found} and not {wanted} then {} when {wanted} and not {found} then {} end",
        quote_literal(holds),
        quote_literal(does_not)
    )
}

/// A text, or null.
pub(super) fn text(it: Option<&SmolStr>) -> String {
    it.map_or_else(|| "null".to_owned(), |it| quote_literal(it))
}

pub(super) fn texts<T: AsRef<str>>(all: impl IntoIterator<Item = T>) -> String {
    let all: Vec<String> = all
        .into_iter()
        .map(|it| quote_literal(it.as_ref()))
        .collect();
    array(&all)
}

/// A name without quotes, which the versions of PostgreSQL put differently.
pub(super) fn dotted(name: &Name) -> String {
    format!("{}.{}", name.schema, name.name)
}

/// How lines call a part of an object: `public.users.email`.
pub(super) fn part(of: &Name, name: &str) -> String {
    format!("{}.{}", of.qualified(), quote_identifier(name))
}

/// What is said of a type. The modifiers of an extension's type are compared without case: it chooses theirs.
pub(super) fn types_differ(what: &str, found: &str, wanted: &str) -> String {
    differs_if(
        &format!(
            "lower({found}) <> lower({wanted}) or split_part({found}, '(', 1) <> split_part({wanted}, '(', 1)"
        ),
        what,
        found,
        wanted,
    )
}
