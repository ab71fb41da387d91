//! Whether a server reads two expressions alike: it is asked to plan both, and what the plans compute is compared. That is
//! possible for everybody who may connect, and needs none of the tables.
//!
//! What is folded to one constant is the same expression (`eval_const_expressions`); what `explain (verbose)` writes has
//! every implicit cast and resolved operator in it (`ruleutils.c`).
//!
//! Folding runs functions: whatever says of itself that it is immutable, the function of a cast, the checks of a domain, the
//! input of a type. So nothing is planned that anybody but PostgreSQL has made. An expression that names something outside of
//! `pg_catalog` is compared by its words ([`super::wording`]), and without a schema only that of PostgreSQL is found. Enums
//! and domains do not need to be there: a value of an enum is a name, to which nothing casts unasked, and one of a domain is
//! one of the type below it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::catalog::question::Question;
use crate::catalog::wording::{self, Names};
use crate::catalog::{PATH, PINNED};
use crate::token::quote_literal;

/// What stands before the answers to a question, with its number and that of the expression; the number after the last is that
/// of names. As JSON a plan has no line that begins so, whatever its strings hold.
const MARK: &str = "limbeck asks ";

/// A script for `psql -X -A -t -q` that asks; it goes on after an error.
pub(super) fn script(questions: &[&Question]) -> String {
    let mut script =
        format!("{PATH}\\set ON_ERROR_STOP off\nset default_transaction_read_only = on;\n{PINNED}");
    for (number, question) in questions.iter().enumerate() {
        for (side, explain) in question.plans().iter().flatten().enumerate() {
            // In quotes psql replaces nothing.
            let _ = writeln!(
                script,
                "\\echo {MARK}{number} {side}\nselect {} where not exists ({OTHER_CASTS}) \\gexec",
                quote_literal(explain)
            );
        }
    }
    let names: BTreeSet<String> = questions
        .iter()
        .flat_map(|it| it.qualified())
        .map(|(kind, schema, name)| {
            let words = [kind, schema, name].map(quote_literal);
            format!("({})", words.join(", "))
        })
        .collect();
    if !names.is_empty() {
        let names: Vec<String> = names.into_iter().collect();
        let _ = writeln!(
            script,
            "\\echo {MARK}{} 0\n{}",
            questions.len(),
            NAMES.replace("{names}", &names.join(", "))
        );
    }
    script
}

/// Casts between PostgreSQL's own types that somebody else made, which only a superuser can: planning could run their functions.
const OTHER_CASTS: &str =
    "select from pg_cast where oid >= 16384 and castsource < 16384 and casttarget < 16384";

/// What a server has by some names, and whether all of that comes with extensions.
const NAMES: &str = "select json_agg(json_build_array(kind, schema, name, count, is_member)) from (
select w.kind, w.schema, w.name, count(*) as count, bool_and(exists (select from pg_depend as d where d.classid = o.class and d.objid = o.oid and d.deptype = 'e')) as is_member
  from (values {names}) as w (kind, schema, name) join pg_namespace as n on n.nspname = w.schema
  join (select 'function' as kind, 'pg_proc'::regclass as class, oid, pronamespace as namespace, proname as name from pg_proc
        union all select 'operator', 'pg_operator'::regclass, oid, oprnamespace, oprname from pg_operator) as o
    on o.kind = w.kind and o.name = w.name and o.namespace = n.oid
 group by w.kind, w.schema, w.name) as it;";

/// What the server said: for each question, whether both are the same. What it could not read is compared by its words.
pub(super) fn answers(printed: &str, questions: &[&Question]) -> Vec<bool> {
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
    let names = plans.get(&(questions.len(), 0));
    let names = names.map(|it| Names::read(it)).unwrap_or_default();
    let answers = questions.iter().enumerate().map(|(number, question)| {
        match (plans.get(&(number, 0)), plans.get(&(number, 1))) {
            (Some(one), Some(two)) => one == two,
            (Some(_) | None, None) | (None, Some(_)) => wording::is_same(question, &names),
        }
    });
    answers.collect()
}
