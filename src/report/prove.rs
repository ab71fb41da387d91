//! What came of trials on a server.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::bundle::proof::{Claim, OnServer, Outcome};

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
    let mut text = format!("{word:<10}  {}: {}", it.about, it.claim);
    for line in why.lines() {
        text = format!("{text}\n              {line}");
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
