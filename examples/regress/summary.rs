//! The verdicts as a file, and as figures.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::compare::{Outcome, Row};
use crate::judge::Said;
use crate::model::Way;
use crate::server::Verdict;

/// All rows, with tabs between fields: file, line, way, server, limbeck, limbeck's message, statement, outcome, server's
/// message.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut text =
        "file\tline\tway\tserver\tlimbeck\tmessage\tstatement\toutcome\tserver's message\n"
            .to_owned();
    for row in rows {
        let (code, message) = match &row.limbeck {
            Said::Sound => ("ok", ""),
            Said::Refused { code, message } => (&**code, &**message),
            Said::Crashed { message } => ("crash", &**message),
        };
        let server = match &row.server {
            Verdict::Accepted => "",
            Verdict::Refused { message, .. } => message,
        };
        let sql: String = row.sql.split_whitespace().collect::<Vec<_>>().join(" ");
        let sql: String = sql.chars().take(200).collect();
        let follows = if row.follows && is_difference(row) {
            " (follow-up)"
        } else {
            ""
        };
        writeln!(
            text,
            "{}\t{}\t{}\t{}\t{code}\t{message}\t{sql}\t{}{follows}\t{server}",
            row.file,
            row.line,
            row.way.name(),
            row.server.state(),
            row.outcome.name(),
        )
        .expect("a string takes all");
    }
    text
}

fn is_difference(row: &Row) -> bool {
    matches!(row.outcome, Outcome::Miss | Outcome::FalseAlarm)
}

/// How many lines a table of causes has.
const CAUSES: usize = 30;

pub(crate) fn summary(rows: &[Row]) -> String {
    let mut text = String::new();
    figures(rows, &mut text).expect("a string takes all");
    text
}

fn figures(rows: &[Row], out: &mut String) -> std::fmt::Result {
    let compared: Vec<&Row> = rows
        .iter()
        .filter(|it| !matches!(it.outcome, Outcome::Apart(_)))
        .collect();
    let of = |outcome: Outcome| compared.iter().filter(move |it| it.outcome == outcome);
    writeln!(
        out,
        "{} statements judged, {} compared: {}",
        rows.len(),
        compared.len(),
        by_way(&compared)
    )?;
    writeln!(
        out,
        "equal          {}",
        share(of(Outcome::Equal).count(), compared.len())
    )?;
    writeln!(out)?;
    writeln!(out, "of the server's refusals, limbeck sees")?;
    let refused = |it: &&&Row| it.server != Verdict::Accepted && it.outcome != Outcome::Crash;
    let seen = |way: Option<Way>| {
        let all = compared
            .iter()
            .filter(refused)
            .filter(|it| way.is_none_or(|way| it.way == way));
        let all: Vec<_> = all.collect();
        let seen = all.iter().filter(|it| it.outcome == Outcome::Equal).count();
        share(seen, all.len())
    };
    writeln!(out, "  all          {}", seen(None))?;
    for way in Way::ALL {
        writeln!(out, "  {:12} {}", way.name(), seen(Some(way)))?;
    }
    let misses: Vec<&Row> = of(Outcome::Miss).copied().collect();
    writeln!(
        out,
        "misses         {}, of which follow-ups {}: {}",
        misses.len(),
        following(&misses),
        by_way(&misses)
    )?;
    let shared = misses.iter().filter(|it| is_shared(&it.server)).count();
    writeln!(
        out,
        "  {shared} of them are of roles and tablespaces, which no revision makes"
    )?;
    writeln!(out)?;
    let accepted = |way: Option<Way>| {
        let all = compared.iter().filter(|it| it.server == Verdict::Accepted);
        all.filter(|it| way.is_none_or(|way| it.way == way)).count()
    };
    let alarms: Vec<&Row> = of(Outcome::FalseAlarm).copied().collect();
    let first = alarms.len() - following(&alarms);
    writeln!(out, "false alarms among what the server accepts")?;
    writeln!(
        out,
        "  all          {}",
        share(alarms.len(), accepted(None))
    )?;
    for way in Way::ALL {
        let count = alarms.iter().filter(|it| it.way == way).count();
        writeln!(
            out,
            "  {:12} {}",
            way.name(),
            share(count, accepted(Some(way)))
        )?;
    }
    writeln!(out, "  not follow-ups {}", share(first, accepted(None)))?;
    let crashes: Vec<&Row> = of(Outcome::Crash).copied().collect();
    writeln!(out, "crashes        {}", crashes.len())?;
    for row in crashes {
        if let Said::Crashed { message } = &row.limbeck {
            writeln!(out, "  {}:{} {message}", row.file, row.line)?;
        }
    }
    writeln!(out)?;
    writeln!(out, "apart")?;
    let apart = rows.iter().filter_map(|it| match it.outcome {
        Outcome::Apart(why) => Some(why.trim_start_matches("apart: ").to_owned()),
        Outcome::Equal | Outcome::Miss | Outcome::FalseAlarm | Outcome::Crash => None,
    });
    causes(apart, out)?;
    writeln!(
        out,
        "\nmisses by the server's state, the statement and the way"
    )?;
    let cause = |it: &&Row| format!("{}  {:30} {}", it.server.state(), it.kind, it.way.name());
    causes(misses.iter().map(cause), out)?;
    writeln!(
        out,
        "\nfalse alarms by limbeck's code and message (follow-ups included)"
    )?;
    let cause = |it: &&Row| match &it.limbeck {
        Said::Refused { code, message } => {
            format!("{code:18} {:6} {}", it.way.name(), shape(message))
        }
        Said::Sound | Said::Crashed { .. } => String::new(),
    };
    causes(alarms.iter().map(cause), out)
}

/// Whether the server misses something that all databases of a cluster share.
fn is_shared(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Accepted => false,
        Verdict::Refused { message, .. } => ["role \"", "tablespace \"", "database \""]
            .iter()
            .any(|it| message.starts_with(it)),
    }
}

fn following(rows: &[&Row]) -> usize {
    rows.iter().filter(|it| it.follows).count()
}

fn by_way(rows: &[&Row]) -> String {
    let count = |way: Way| rows.iter().filter(|it| it.way == way).count();
    let counts = Way::ALL.map(|it| format!("{} {}", it.name(), count(it)));
    counts.join(", ")
}

fn share(part: usize, whole: usize) -> String {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a share is shown with one digit"
    )]
    let percent = 100.0 * part as f64 / whole.max(1) as f64;
    format!("{percent:5.1} %  ({part} of {whole})")
}

fn causes(all: impl Iterator<Item = String>, out: &mut String) -> std::fmt::Result {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for cause in all {
        *counts.entry(cause).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|it| std::cmp::Reverse(it.1));
    let rest: usize = counts.iter().skip(CAUSES).map(|it| it.1).sum();
    for (cause, count) in counts.iter().take(CAUSES) {
        writeln!(out, "{count:6}  {cause}")?;
    }
    if rest > 0 {
        writeln!(out, "{rest:6}  others, of {} kinds", counts.len() - CAUSES)?;
    }
    Ok(())
}

/// A message without the names in it.
fn shape(message: &str) -> String {
    let mut shape = String::new();
    for (at, part) in message.split('"').enumerate() {
        shape.push_str(if at % 2 == 0 { part } else { "…" });
    }
    shape
}
