//! Lists of releases.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::graph::RevisionGraph;
use crate::release::{Release, Releases};

/// One line for each release, the newest first.
#[must_use]
pub fn list(releases: &Releases, graph: &RevisionGraph) -> String {
    let mut text = String::new();
    for release in releases.iter().rev() {
        let _ = write!(
            text,
            "{} -> {} (head {})",
            from(release).join(", "),
            release.version.value,
            graph.id(release.head.value)
        );
        if release.seal.is_some() {
            text.push_str(", sealed");
        }
        if let Some(reason) = &release.withdrawn {
            let _ = write!(text, ", withdrawn: {reason}");
        }
        text.push('\n');
    }
    text
}

/// `{"releases":[{"version":"1.1.0","from":["1.0.0"],"head":"…","seal":"lb1:…","withdrawn":null}]}`, the newest first.
#[must_use]
pub fn document(releases: &Releases, graph: &RevisionGraph) -> Value {
    let all: Vec<Value> = releases
        .iter()
        .rev()
        .map(|it| {
            json!({
                "version": it.version.value.to_string(),
                "from": from(it),
                "head": graph.id(it.head.value).as_str(),
                "seal": it.seal.as_ref().map(|it| it.digest.value.clone()),
                "withdrawn": it.withdrawn,
            })
        })
        .collect();
    json!({ "releases": all })
}

fn from(release: &Release) -> Vec<String> {
    release.from.iter().map(|it| it.value.to_string()).collect()
}
