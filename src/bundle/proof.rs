//! What was claimed, and what came of it: `proof.json`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::bundle::manifest::Manifest;
use crate::{release, visible};

/// The name of the file in a bundle. The sums do not cover it: it hangs on a server.
pub const FILE: &str = "proof.json";

/// The form of the file.
const FORMAT: u32 = 1;

/// The major versions that PostgreSQL may have.
const MAJORS: RangeInclusive<u32> = 12..=99;

/// The files of a bundle of which each proof claims something.
const SCRIPTS: [&str; 4] = ["preflight.sql", "upgrade.sql", "verify.sql", "rollback.sql"];

/// Something that limbeck says of a history, and whether it was so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// What it is said of: `revision 3f2a`, `upgrade.sql` …
    pub about: String,
    /// A sentence.
    pub claim: String,
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// Whether a claim holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    Proved,
    /// It does not hold.
    Failed {
        why: String,
    },
    /// Nothing is known.
    NotProved {
        why: String,
    },
}

/// What was tried on one or more servers with one bundle.
///
/// It is a claim of whoever wrote it: nothing in it can be held against the sources but which bundle it speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    pub format: u32,
    pub release: String,
    /// Its anchor.
    pub bundle: String,
    pub servers: Vec<OnServer>,
}

/// What was tried on one server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnServer {
    /// Such as `15.18`.
    pub version: String,
    pub claims: Vec<Claim>,
}

impl Claim {
    #[must_use]
    pub fn new(about: impl Into<String>, claim: impl Into<String>, outcome: Outcome) -> Self {
        Self {
            about: about.into(),
            claim: claim.into(),
            outcome,
        }
    }

    #[must_use]
    pub fn failed(&self) -> bool {
        match self.outcome {
            Outcome::Failed { .. } => true,
            Outcome::Proved | Outcome::NotProved { .. } => false,
        }
    }
}

impl Outcome {
    /// Proved where nothing is wrong.
    #[must_use]
    pub fn of(faults: &[String]) -> Self {
        if faults.is_empty() {
            Self::Proved
        } else {
            Self::Failed {
                why: faults.join("\n"),
            }
        }
    }
}

impl OnServer {
    /// The same with nothing in its texts that a terminal would obey: they quote servers and revisions.
    fn visible(self) -> Self {
        let claims = self.claims.into_iter().map(|it| Claim {
            about: visible::line(&it.about),
            claim: visible::line(&it.claim),
            outcome: match it.outcome {
                Outcome::Proved => Outcome::Proved,
                Outcome::Failed { why } => Outcome::Failed {
                    why: visible::text(&why),
                },
                Outcome::NotProved { why } => Outcome::NotProved {
                    why: visible::text(&why),
                },
            },
        });
        Self {
            version: visible::line(&self.version),
            claims: claims.collect(),
        }
    }
}

impl Proof {
    /// Of the bundle with these files.
    #[must_use]
    pub fn new(
        version: &str,
        files: &BTreeMap<&'static str, String>,
        servers: Vec<OnServer>,
    ) -> Self {
        Self {
            format: FORMAT,
            release: version.to_owned(),
            bundle: release::anchor(files["B3SUMS"].as_bytes()),
            servers: servers.into_iter().map(OnServer::visible).collect(),
        }
    }

    /// The text of the file.
    #[must_use]
    pub fn write(&self) -> String {
        serde_json::to_string_pretty(self).expect("a proof is JSON") + "\n"
    }

    /// The proof in a file, or what is wrong with its form, as words that go on behind its name.
    fn read(bytes: &[u8]) -> Result<Self, String> {
        let unreadable = |why: String| format!("is not a proof that this limbeck can read: {why}");
        let value: Value =
            serde_json::from_slice(bytes).map_err(|_| unreadable("it is not JSON".to_owned()))?;
        // Another form may have other fields.
        if let Some(form) = value["format"]
            .as_u64()
            .filter(|it| *it != u64::from(FORMAT))
        {
            return Err(format!(
                "has format {form}, but this limbeck reads format {FORMAT}"
            ));
        }
        check(&value).map_err(unreadable)?;
        // What is left are fields that stand twice.
        serde_json::from_slice(bytes).map_err(|it| unreadable(visible::line(&it.to_string())))
    }

    /// What is wrong with a file that was read, as words that go on behind its name; none where it speaks of the bundle with
    /// this manifest and these `B3SUMS`, of every revision and script in it, and nothing in it failed.
    #[must_use]
    pub fn fault(bytes: &[u8], manifest: &Manifest, sums: &[u8]) -> Option<String> {
        let proof = match Self::read(bytes) {
            Ok(proof) => proof,
            Err(fault) => return Some(fault),
        };
        if proof.release != manifest.release || proof.bundle != release::anchor(sums) {
            return Some("is about another bundle".to_owned());
        }
        let claims = proof.servers.iter().flat_map(|it| &it.claims);
        let failed = claims.filter(|it| it.failed()).count();
        if failed > 0 {
            return Some(format!("contains failed claims: {failed}"));
        }
        let missing = proof.missing(manifest)?;
        let release = &manifest.release;
        Some(format!("{missing}: run `limbeck prove {release}`"))
    }

    /// What it does not tell of a bundle, as words that go on behind its name.
    fn missing(&self, manifest: &Manifest) -> Option<String> {
        if self.servers.is_empty() {
            return Some("lists no server".to_owned());
        }
        let revisions = manifest.steps.iter();
        let revisions = revisions.map(|it| format!("revision {}", it.revision));
        let scripts = SCRIPTS.iter();
        let scripts = scripts.map(|it| format!("{} {it}", manifest.release));
        let wanted: Vec<String> = revisions.chain(scripts).collect();
        self.servers.iter().find_map(|server| {
            let version = &server.version;
            if !is_version(version) {
                return Some(format!(
                    "lists a server of version {version:?}, which is not a PostgreSQL version"
                ));
            }
            let mut all = BTreeSet::new();
            let mut claims = server.claims.iter();
            if let Some(claim) = claims.find(|it| !all.insert((&it.about, &it.claim))) {
                return Some(format!(
                    "repeats a claim about {} on PostgreSQL {version}",
                    claim.about
                ));
            }
            let told: BTreeSet<&str> = server.claims.iter().map(|it| it.about.as_str()).collect();
            let missing = wanted.iter().find(|it| !told.contains(it.as_str()))?;
            Some(format!(
                "has no claim about {missing} on PostgreSQL {version}"
            ))
        })
    }
}

/// How much of a bundle was proved on one server, as its proof says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// Such as `15.18`.
    pub server: String,
    pub proved: usize,
    pub not_proved: usize,
}

impl Tally {
    /// For each server of a proof that can be read.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Vec<Self> {
        let Ok(proof) = Proof::read(bytes) else {
            return Vec::new();
        };
        let tally = |it: OnServer| Self {
            server: it.version,
            proved: it
                .claims
                .iter()
                .filter(|claim| claim.outcome == Outcome::Proved)
                .count(),
            not_proved: it
                .claims
                .iter()
                .filter(|claim| matches!(claim.outcome, Outcome::NotProved { .. }))
                .count(),
        };
        proof.servers.into_iter().map(tally).collect()
    }
}

/// Whether a server may call its version so: `15.18`, `19beta2`.
fn is_version(text: &str) -> bool {
    let rest = text.trim_start_matches(|it: char| it.is_ascii_digit());
    let major = text[..text.len() - rest.len()].parse();
    major.is_ok_and(|it| MAJORS.contains(&it))
        && text.len() <= 20
        && rest
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || it == '.')
}

/// What is wrong with the fields of a proof.
fn check(proof: &Value) -> Result<(), String> {
    fields(
        "the file",
        proof,
        &["format", "release", "bundle", "servers"],
    )?;
    if !proof["format"].is_u64() {
        return Err("`format` is not a number".to_owned());
    }
    for key in ["release", "bundle"] {
        text(key, &proof[key], false)?;
    }
    for server in list("servers", &proof["servers"])? {
        fields("a server", server, &["version", "claims"])?;
        text("version", &server["version"], false)?;
        for claim in list("claims", &server["claims"])? {
            let mut keys = vec!["about", "claim", "outcome"];
            match claim["outcome"].as_str() {
                Some("proved") => {}
                Some("failed" | "not-proved") => keys.push("why"),
                _ if claim.get("outcome").is_none() => {}
                _ => {
                    return Err(format!(
                        "the outcome {} is not one of proved, failed and not-proved",
                        visible::line(&claim["outcome"].to_string())
                    ));
                }
            }
            fields("a claim", claim, &keys)?;
            for key in &keys {
                text(key, &claim[*key], *key == "why")?;
            }
        }
    }
    Ok(())
}

/// Fails unless `value` has just these fields.
fn fields(what: &str, value: &Value, keys: &[&str]) -> Result<(), String> {
    let Some(object) = value.as_object() else {
        return Err(format!("{what} is not an object"));
    };
    if let Some(missing) = keys.iter().find(|it| !object.contains_key(**it)) {
        return Err(format!("{what} has no field `{missing}`"));
    }
    let mut names = object.keys();
    match names.find(|it| !keys.contains(&it.as_str())) {
        None => Ok(()),
        Some(unknown) => Err(format!(
            "{what} has an unknown field `{}`",
            visible::line(unknown)
        )),
    }
}

fn list<'a>(key: &str, value: &'a Value) -> Result<&'a [Value], String> {
    let list = value.as_array().map(Vec::as_slice);
    list.ok_or_else(|| format!("`{key}` is not a list"))
}

/// Fails unless `value` is a text of one line, or of several where those are meant.
fn text(key: &str, value: &Value, has_lines: bool) -> Result<(), String> {
    let Some(text) = value.as_str() else {
        return Err(format!("`{key}` is not a string"));
    };
    let is_odd = |it: char| visible::breaks_line(it) && !(has_lines && matches!(it, '\n' | '\t'));
    match text.chars().find(|it| is_odd(*it)) {
        None => Ok(()),
        Some(odd) => Err(format!(
            "`{key}` contains the control character {}",
            visible::code_point(odd)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_may_call_its_version() {
        for fine in ["12.0", "15.18", "19beta2", "18devel", "16rc1"] {
            assert!(is_version(fine), "{fine}");
        }
        for wrong in [
            "",
            "9.6",
            "15 x",
            "15.18\n",
            "v15",
            "15.1-2",
            "1518",
            "15\u{661}",
        ] {
            assert!(!is_version(wrong), "{wrong}");
        }
    }

    #[test]
    fn every_field_is_checked() {
        let sound = r#"{"format":1,"release":"1.0.0","bundle":"x","servers":[{"version":"15.1","claims":[
            {"about":"a","claim":"b","outcome":"proved"},{"about":"a","claim":"c","outcome":"not-proved","why":"x\ny"}]}]}"#;
        assert!(Proof::read(sound.as_bytes()).is_ok());
        for (old, new, told) in [
            ("{\"format\"", "[\"format\"", "it is not JSON"),
            (sound, "[]", "the file is not an object"),
            ("\"bundle\":\"x\",", "", "the file has no field `bundle`"),
            (
                "\"format\":1,",
                "\"format\":1,\"more\":2,",
                "the file has an unknown field `more`",
            ),
            (
                "\"format\":1",
                "\"format\":\"1\"",
                "`format` is not a number",
            ),
            ("\"1.0.0\"", "1", "`release` is not a string"),
            (
                "\"1.0.0\"",
                "\"1\\u001b\"",
                "`release` contains the control character U+001B",
            ),
            (
                "\"servers\":[",
                "\"servers\":1,\"x\":[",
                "the file has an unknown field `x`",
            ),
            (
                "\"version\":\"15.1\"",
                "\"version\":15",
                "`version` is not a string",
            ),
            (
                "\"claims\":[",
                "\"claims\":{},\"more\":[",
                "a server has an unknown field `more`",
            ),
            (
                "\"proved\"",
                "\"sure\"",
                "the outcome \"sure\" is not one of",
            ),
            (
                "\"proved\"",
                "\"proved\",\"why\":\"x\"",
                "a claim has an unknown field `why`",
            ),
            (
                "\"not-proved\",\"why\":\"x\\ny\"",
                "\"not-proved\"",
                "a claim has no field `why`",
            ),
            (
                "\"claim\":\"b\"",
                "\"claim\":\"b\\nc\"",
                "`claim` contains the control character U+000A",
            ),
            (
                "x\\ny",
                "x\\u202e",
                "`why` contains the control character U+202E",
            ),
            (
                "\"format\":1,",
                "\"format\":1,\"format\":1,",
                "duplicate field",
            ),
            ("\"format\":1", "\"format\":2", "has format 2"),
        ] {
            assert!(sound.contains(old), "{old}");
            let edited = sound.replacen(old, new, 1);
            let fault = Proof::read(edited.as_bytes()).unwrap_err();
            assert!(fault.contains(told), "{edited}: {fault}");
        }
    }
}
