//! `limbeck verify`: whether bundles are what the sources compile to.

use std::fmt::Write as _;

use camino::Utf8Path;
use clap::Args;

use crate::bundle::{self, Difference, Outcome, Verdict};
use crate::cli::bundle::{build, leads_to};
use crate::cli::failure::Failure;
use crate::cli::project::Project;
use crate::cli::release::Released;
use crate::cli::{Answer, Common, Format, folder};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::digest::{self, Digest};
use crate::release::{self, Origin, Release};
use crate::report::bundle::{self as report, Verified};

/// See whether bundles are exactly what the sources compile to.
///
/// Use it before a bundle goes out, and in CI: it compiles the release again and compares every byte. It names what was
/// edited and shows the difference. A sealed bundle that an older version of limbeck made is not compiled again: its
/// checksums, seal and plan are held against the sources. The anchor of a sealed bundle must be the one that its notes
/// keep; whoever edits a bundle can edit those, too, so a tag or a ticket should keep it as well. What a proof.json says is
/// the claim of whoever wrote it: its form is checked, and that it speaks of this bundle.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  limbeck verify 1.1.0                  its bundle, also those with other origins
  limbeck verify 1.1.0 --anchor blake3:4f1c…    and that it is the one that went out
  limbeck verify --all                  every release; sealed ones must have a bundle
  limbeck verify --all --format json    for programs")]
pub(super) struct Verify {
    /// The version of the release; all of them when left out
    #[arg(value_name = "VERSION")]
    version: Option<String>,

    /// Every release, and that nothing else is in the folder of the bundles
    #[arg(long, conflicts_with = "version")]
    all: bool,

    /// What the anchor of a bundle of the release must be, from a tag or a ticket; may be repeated
    #[arg(long, value_name = "DIGEST", requires = "version", conflicts_with = "all", value_parser = anchor)]
    anchor: Vec<String>,
}

fn anchor(text: &str) -> Result<String, String> {
    if release::is_anchor(text) {
        Ok(text.to_owned())
    } else {
        Err(
            "an anchor is `blake3:` and 64 hexadecimal digits, as `limbeck verify` prints it"
                .to_owned(),
        )
    }
}

/// What nobody can see in a proof.
const PROOFS: &str = "a proof is the claim of whoever wrote proof.json: it was not tried again; `limbeck prove` does so\n";

/// What is known of the project.
struct Verifier<'a> {
    project: &'a Project,
    released: &'a Released,
    digests: &'a [Digest],
    out: &'a Utf8Path,
    /// In `out`.
    folders: &'a [String],
    /// That were asked for.
    anchors: &'a [String],
}

impl Verify {
    pub(super) fn run(&self, common: &Common) -> Result<Answer, Failure> {
        let project = Project::open(common)?;
        let released = Released::read(&project)?;
        let wanted: Vec<&Release> = match &self.version {
            Some(version) => vec![released.find(version)?],
            None => released.releases.iter().collect(),
        };
        let out = project.root.join(&project.config.out);
        let entries = folder::entries(&out)?;
        let folders: Vec<String> = entries
            .iter()
            .filter(|it| it.1)
            .map(|it| it.0.clone())
            .collect();
        let history = &released.history;
        let verifier = Verifier {
            project: &project,
            released: &released,
            digests: &digest::digests(&history.sources, &history.graph),
            out: &out,
            folders: &folders,
            anchors: &self.anchor,
        };
        let mut faults = Diagnostics::default();
        let mut all = Vec::new();
        for release in wanted {
            verifier.release(release, self.version.is_some(), &mut all, &mut faults)?;
        }
        for anchor in &self.anchor {
            if !all
                .iter()
                .any(|it| it.verdict.anchor.as_ref() == Some(anchor))
            {
                let message = format!("no bundle that is here has the anchor {anchor}");
                let help = "bring back the bundle that went out, from the commit of the release";
                faults.push(Diagnostic::error(Code::Bundle, None, message).help(help));
            }
        }
        let mut strays = Vec::new();
        for (name, is_folder) in entries {
            if self.version.is_some() || all.iter().any(|one| one.folder == name) {
                continue;
            }
            let path = out.join(&name);
            let (message, help) = if is_folder {
                (
                    format!("{path} is the bundle of no release"),
                    "remove it, or write the notes of its release",
                )
            } else {
                (
                    format!("{path} is no bundle"),
                    "move it elsewhere: nothing says what it is, and it lies where people take what goes out",
                )
            };
            faults.push(Diagnostic::error(Code::Bundle, None, message).help(help));
            strays.push(name);
        }
        let document = report::document(&all, &strays).to_string() + "\n";
        if !faults.is_empty() {
            let (details, sources) = (details(&all), history.sources.clone());
            return Err(Failure::verification(faults, sources, details, document));
        }
        Ok(Answer {
            data: match common.format {
                Format::Human => report::list(&all),
                Format::Json => document,
            },
            remarks: match common.format {
                _ if all.is_empty() => "there is no release to verify\n".to_owned(),
                Format::Human if all.iter().any(|it| !it.verdict.proofs.is_empty()) => {
                    PROOFS.to_owned()
                }
                Format::Human | Format::Json => String::new(),
            },
            ..Answer::default()
        })
    }
}

impl Verifier<'_> {
    /// Adds what is found of the bundles of `release`, whose own one must be there if it is `wanted` or sealed.
    fn release(
        &self,
        release: &Release,
        wanted: bool,
        all: &mut Vec<Verified>,
        faults: &mut Diagnostics,
    ) -> Result<(), Failure> {
        let version = release.version.value.to_string();
        let sealed = release.seal.is_some();
        let mut edits = self.edits(release);
        for (name, from) in self.bundles(release) {
            let path = self.out.join(&name);
            let verdict = match folder::read(&self.project.home, &path)? {
                None => Verdict::missing(),
                Some(found) => {
                    let built = build(self.project, self.released, release, &from);
                    let built = built.map_err(|mut failure| {
                        failure.diagnostics.extend(edits.clone());
                        failure
                    })?;
                    bundle::verify(&found, &built, path.as_str(), sealed)
                }
            };
            let mut verified = Verified {
                version: version.clone(),
                folder: name,
                sealed,
                withdrawn: release.withdrawn.clone(),
                verdict,
            };
            let must_be = (sealed || wanted) && release.withdrawn.is_none();
            if must_be && verified.verdict.outcome == Outcome::Missing {
                let message = format!("there is no bundle {path}");
                let help = format!("write it: limbeck bundle {version}");
                faults.push(Diagnostic::error(Code::Bundle, None, message).help(help));
            }
            if !edits.is_empty() {
                // The seal knows better than the manifest what was edited.
                let verdict = &mut verified.verdict;
                verdict.remarks = edits.iter().map(|it| it.message.clone()).collect();
                if verdict.outcome != Outcome::Missing {
                    verdict.outcome = Outcome::Differs;
                }
            }
            let verdict = &verified.verdict;
            let remarks = verdict.remarks.iter().filter(|_| edits.is_empty());
            let remarks: Vec<String> = remarks.map(|it| format!("{path}: {it}")).collect();
            let differences = verdict.differences.iter();
            let differences =
                differences.map(|it| format!("{} {}", path.join(&it.file), it.message));
            let mut help = Some(help(&verified, &from));
            for message in remarks.into_iter().chain(differences) {
                // Once is enough.
                let fault = Diagnostic::error(Code::Bundle, None, message);
                faults.push(fault.maybe_help(help.take()));
            }
            if let Some((message, help)) = self.unanchored(release, &verified, &from) {
                let fault = Diagnostic::error(Code::Bundle, None, format!("{path}: {message}"));
                faults.push(fault.help(help));
                verified.verdict.object(message);
            }
            all.push(verified);
        }
        for (name, anchor) in &release.anchors {
            if all.iter().all(|it| it.folder != *name) && release.withdrawn.is_none() {
                let message = format!("there is no bundle {}", self.out.join(name));
                let fault = Diagnostic::error(Code::Bundle, anchor.span, message);
                faults.push(fault.label("it has this anchor").help(
                    "bring it back from the commit of the release, or remove the line if it never went out",
                ));
            }
        }
        faults.extend(std::mem::take(&mut edits));
        Ok(())
    }

    /// Why a bundle may not be the one that went out, as words behind its name, and what to do.
    fn unanchored(
        &self,
        release: &Release,
        verified: &Verified,
        from: &[Origin],
    ) -> Option<(String, String)> {
        let Verified {
            folder, verdict, ..
        } = verified;
        let found = verdict.anchor.as_ref()?;
        let is_frozen = matches!(verdict.outcome, Outcome::Frozen { .. });
        if is_frozen && !self.anchors.is_empty() && !self.anchors.contains(found) {
            // Whoever edits `out` can edit the notes, too: only what was given from elsewhere counts.
            return Some((
                format!("it was not recompiled, and its anchor {found} is none of those that were given"),
                "give its anchor, too, from the tag or the ticket of the release; if there is none, this folder did not go out".to_owned(),
            ));
        }
        if release.seal.is_none() || self.anchors.contains(found) {
            return None;
        }
        let notes = &self.released.history.sources.get(release.file()).path;
        let Some(kept) = release.anchors.get(folder) else {
            let help = match &verdict.outcome {
                Outcome::Verified => format!("write it: {}", again(verified, from)),
                Outcome::Frozen { .. } | Outcome::Differs | Outcome::Missing => format!(
                    "see whether it is what went out; if it is, write into the notes, below `anchors:`:   {folder}: {found}"
                ),
            };
            return Some((format!("{notes} holds no anchor of it"), help));
        };
        let kept = &kept.value;
        (kept != found).then(|| {
            (
                format!("its anchor is {found}, and {notes} says {kept}"),
                "it is not the bundle that went out, or the notes were edited: bring back both from the commit of the release".to_owned(),
            )
        })
    }

    /// The names of the folders for `release`, with the origins of each; none for its own.
    fn bundles(&self, release: &Release) -> Vec<(String, Vec<Origin>)> {
        let version = release.version.value.to_string();
        let mut bundles = vec![(version.clone(), Vec::new())];
        for name in self.folders {
            let Some((of, names)) = bundle::parse_folder(name).filter(|it| !it.1.is_empty()) else {
                continue;
            };
            let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
            let Ok(mut from) = self.released.origins(&names) else {
                continue;
            };
            from.sort_unstable();
            from.dedup();
            let is_ours = of == version
                && bundle::folder(&version, &from) == *name
                && from.iter().all(|it| leads_to(self.released, it, release));
            if is_ours {
                bundles.push((name.clone(), from));
            }
        }
        bundles
    }

    fn edits(&self, release: &Release) -> Diagnostics {
        let sealer = self.released.sealer(&self.project.config, self.digests);
        sealer.edits(release)
    }
}

/// The command that writes a bundle.
fn again(verified: &Verified, from: &[Origin]) -> String {
    let mut again = format!("limbeck bundle {}", verified.version);
    for origin in from {
        let _ = write!(again, " --from {origin}");
    }
    again
}

/// What to do with a bundle that differs.
fn help(verified: &Verified, from: &[Origin]) -> String {
    let again = again(verified, from);
    if verified.sealed {
        format!(
            "put back what was edited; if the bundle never went out, write it again: {again} --force"
        )
    } else {
        format!("put back what was edited, or write the bundle again: {again}")
    }
}

/// Every difference as `diff -u` shows it. That of sums tells least, so it comes last.
fn details(all: &[Verified]) -> String {
    let mut differences: Vec<&Difference> =
        all.iter().flat_map(|it| &it.verdict.differences).collect();
    differences.sort_by_key(|it| bundle::is_sums(&it.file));
    let diffs = differences.into_iter().filter_map(|it| it.diff.as_ref());
    diffs.flat_map(|it| ["\n", it]).collect()
}
