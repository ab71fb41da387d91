//! What came of trials on a server.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::bundle::proof::{Claim, OnServer, Outcome};
use crate::prove::drift::{Drift, HALF_DONE};
use crate::visible;

/// One line for each claim, by server.
#[must_use]
pub fn list(servers: &[OnServer]) -> String {
    let mut text = String::new();
    for server in servers {
        let _ = writeln!(text, "PostgreSQL {}", server.version);
        for it in &server.claims {
            let _ = writeln!(text, "  {}", line(it));
        }
        let _ = writeln!(text, "  {}", count(&server.claims));
    }
    text
}

/// The outcome, what it is of, and the claim.
#[must_use]
pub fn line(it: &Claim) -> String {
    let (word, why) = match &it.outcome {
        Outcome::Proved => ("proved", ""),
        Outcome::Failed { why } => ("FAILED", why.as_str()),
        Outcome::NotProved { why } => ("not proved", why.as_str()),
    };
    let mut text = format!("{word:<10}  {}", short(it));
    for line in why.lines() {
        text = format!("{text}\n              {}", visible::short_line(line));
    }
    text
}

/// What it is of, and the claim.
#[must_use]
pub fn short(it: &Claim) -> String {
    visible::short_line(&format!("{}: {}", it.about, it.claim))
}

/// What it is of, and below it why it is not so.
#[must_use]
pub fn failure(it: &Claim, why: &str) -> String {
    let mut text = format!("\n{}:\n", visible::short_line(&it.about));
    for line in why.lines() {
        let _ = writeln!(text, "  {}", visible::short_line(line));
    }
    text
}

fn count(claims: &[Claim]) -> String {
    let of = |wanted: fn(&Outcome) -> bool| claims.iter().filter(|it| wanted(&it.outcome)).count();
    format!(
        "{} proved, {} failed, {} not proved",
        of(|it| matches!(it, Outcome::Proved)),
        of(|it| matches!(it, Outcome::Failed { .. })),
        of(|it| matches!(it, Outcome::NotProved { .. }))
    )
}

/// `{"servers":[{"version":…,"claims":[…]}]}`. This form is stable.
#[must_use]
pub fn document(servers: &[OnServer]) -> Value {
    json!({ "servers": servers })
}

/// Where the database is, and how much differs.
#[must_use]
pub fn drift_summary(found: &Drift) -> String {
    let at = if found.at.is_empty() {
        "the base".to_owned()
    } else {
        found.at.join(", ")
    };
    match found.differences.len() {
        0 => format!("the database matches the history at {at}"),
        1 => format!("the database differs from the history at {at}"),
        count => format!("the database differs from the history at {at}, in {count} places"),
    }
}

/// The remarks, a line for each difference, and what was not compared.
#[must_use]
pub fn drift_list(found: &Drift) -> String {
    let mut text = "\n".to_owned() + &remarks(found);
    for it in &found.differences {
        let told = if it.found.as_deref() == Some(HALF_DONE) {
            format!("{} exists: {HALF_DONE}", it.object)
        } else {
            it.to_string()
        };
        let _ = writeln!(text, "{}", visible::short_line(&told));
    }
    text + &not_compared(found)
}

/// The remarks, and what was not compared.
#[must_use]
pub fn drift_remarks(found: &Drift) -> String {
    remarks(found) + &not_compared(found)
}

fn remarks(found: &Drift) -> String {
    let lines = found
        .remarks
        .iter()
        .map(|it| visible::short_line(it) + "\n");
    lines.collect()
}

fn not_compared(found: &Drift) -> String {
    let mut text = String::new();
    if !found.not_compared.is_empty() {
        let told = format!(
            "schemas that are not part of the history were not compared: {}",
            found.not_compared.join(", ")
        );
        let _ = writeln!(text, "{}", visible::short_line(&told));
    }
    if found.excused {
        text += "extra objects are not reported, because SQL of a revision may have created them\n";
    }
    text
}

/// `{"server":…,"rows":[…],"at":[…],"remarks":[…],"differences":[…],"not_compared":[…],"excused":…}`. This form is stable.
#[must_use]
pub fn drift_document(found: &Drift) -> Value {
    json!(found)
}
