//! Lists of releases.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::config::Config;
use crate::graph::RevisionGraph;
use crate::release::{Release, Releases};

/// One line for each release, the newest first.
#[must_use]
pub fn list(releases: &Releases, graph: &RevisionGraph, config: &Config) -> String {
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
        for (key, sealed, now) in differing(release, config) {
            let absent = || "unset".to_owned();
            let (sealed, now) = (sealed.unwrap_or_else(absent), now.unwrap_or_else(absent));
            let _ = write!(text, ", with {key} {sealed} (configured: {now})");
        }
        if let Some(reason) = &release.withdrawn {
            let _ = write!(text, ", withdrawn: {reason}");
        }
        text.push('\n');
    }
    text
}

/// Each option that a seal holds otherwise than the configuration: its key, and both values, where there are some.
fn differing(
    release: &Release,
    config: &Config,
) -> Vec<(&'static str, Option<String>, Option<String>)> {
    let (sealed, now) = (release.config(config).options(), config.options());
    let value = |all: &[(&str, String)], key: &str| {
        let found = all.iter().find(|it| it.0 == key);
        found.map(|it| it.1.clone())
    };
    let mut keys: Vec<&'static str> = sealed.iter().chain(&now).map(|it| it.0).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.into_iter()
        .map(|it| (it, value(&sealed, it), value(&now, it)))
        .filter(|it| it.1 != it.2)
        .collect()
}

/// `{"releases":[{"version":"1.1.0","from":["1.0.0"],"through":[],"head":"…","seal":"lb1:…","options":[],"withdrawn":null}]}`,
/// the newest first. `options` holds those that the seal has otherwise than the configuration.
#[must_use]
pub fn document(releases: &Releases, graph: &RevisionGraph, config: &Config) -> Value {
    let all: Vec<Value> = releases
        .iter()
        .rev()
        .map(|release| {
            let options = differing(release, config).into_iter();
            let options: Vec<Value> = options
                .map(|it| json!({"option": it.0, "sealed": it.1, "configured": it.2}))
                .collect();
            json!({
                "version": release.version.value.to_string(),
                "from": from(release),
                "through": release.through.iter().map(|it| it.value.to_string()).collect::<Vec<_>>(),
                "head": graph.id(release.head.value).as_str(),
                "seal": release.seal.as_ref().map(|it| it.digest.value.clone()),
                "options": options,
                "withdrawn": release.withdrawn,
            })
        })
        .collect();
    json!({ "releases": all })
}

fn from(release: &Release) -> Vec<String> {
    release.from.iter().map(|it| it.value.to_string()).collect()
}
