//! `limbeck verify`: whether bundles are what the sources compile to.

use std::fmt::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use crate::bundle::cause::{self, Broken, By};
use crate::bundle::{self, Difference, Edit, Outcome, Verdict};
use crate::cli::bundle::{Builder, leads_to};
use crate::cli::failure::Failure;
use crate::cli::project::Project;
use crate::cli::release::Released;
use crate::cli::{Answer, Common, Format, folder};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::digest::{self, Digest};
use crate::graph::{Edges, RevisionIndex};
use crate::release::{self, Edited, Origin, Release};
use crate::report::bundle::{self as report, Verified};

/// Check that bundles are exactly what the sources compile to.
///
/// Use it before you publish a bundle, and in CI. It compiles the release again and compares every byte. It names what was
/// edited and shows the difference. An edited revision is one error, which names all releases that it breaks. A sealed
/// bundle that an older version of limbeck made is not compiled again: its checksums, seal and plan are compared with the
/// sources. The anchor of a sealed bundle must be the one in the notes of the release. Anybody who can edit a bundle can
/// edit the notes too, so also record the anchor elsewhere, such as in a tag or a ticket. A proof.json is not verified:
/// only its format is checked, and that it belongs to this bundle.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  limbeck verify 1.1.0                  its bundles, including those that start elsewhere
  limbeck verify 1.1.0 --anchor blake3:4f1c…    and check that it is the published one
  limbeck verify --all                  all releases; sealed releases must have a bundle
  limbeck verify 1.1.0 --diff           also show differences that follow from an edited revision
  limbeck verify --all --format json    for programs")]
pub(super) struct Verify {
    /// The version of the release; all releases if omitted
    #[arg(value_name = "VERSION")]
    version: Option<String>,

    /// Verify all releases, and that the folder of the bundles contains nothing else
    #[arg(long, conflicts_with = "version")]
    all: bool,

    /// The anchor that a bundle of the release must have, from a tag or a ticket; can be repeated
    #[arg(long, value_name = "DIGEST", requires = "version", conflicts_with = "all", value_parser = anchor)]
    anchor: Vec<String>,

    /// Also show differences in files that only follow from an edited revision
    #[arg(long)]
    diff: bool,
}

fn anchor(text: &str) -> Result<String, String> {
    if release::is_anchor(text) {
        Ok(text.to_owned())
    } else {
        Err(
            "an anchor is `blake3:` followed by 64 hexadecimal digits, as printed by `limbeck verify`"
                .to_owned(),
        )
    }
}

/// What nobody can see in a proof.
const PROOFS: &str = "the claims in proof.json were not tried again: `limbeck prove` does that\n";

/// What was found.
#[derive(Default)]
struct Findings {
    all: Vec<Verified>,
    /// Below what a revision was edited.
    broken: Vec<Broken>,
    /// What stands for itself.
    faults: Diagnostics,
    /// The bundles with files that only follow, and how many of those each has.
    following: Vec<(Utf8PathBuf, usize)>,
}

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
    /// Whether what follows is told, too.
    diff: bool,
}

impl Verify {
    pub(super) fn run(&self, common: &Common) -> Result<Answer, Failure> {
        let project = Project::open(common)?;
        let released = Released::read(&project)?;
        let wanted: Vec<&Release> = match &self.version {
            Some(version) => vec![released.find(version)?],
            None => released.releases.iter().collect(),
        };
        let out = project.out();
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
            diff: self.diff,
        };
        let mut findings = Findings::default();
        let mut builder = Builder::new(&project, &released, wanted.iter().copied());
        for release in wanted {
            verifier.release(release, self.version.is_some(), &mut builder, &mut findings)?;
        }
        if self.version.is_some() && !findings.broken.is_empty() {
            verifier.ask_others(&mut findings);
        }
        let mut faults = cause::causes(&findings.broken, &history.graph);
        let follows = self.follows(&findings.following);
        faults.extend(findings.faults);
        let all = findings.all;
        for anchor in &self.anchor {
            if !all
                .iter()
                .any(|it| it.verdict.anchor.as_ref() == Some(anchor))
            {
                let message = format!("no bundle in this project has the anchor {anchor}");
                let help = "restore the published bundle from the commit of the release";
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
                    format!("{path} does not belong to any release"),
                    "remove it, or write the notes of its release",
                )
            } else {
                (
                    format!("{path} is not a bundle"),
                    "move it elsewhere: this folder is only for bundles",
                )
            };
            faults.push(Diagnostic::error(Code::Bundle, None, message).help(help));
            strays.push(name);
        }
        let document = report::document(&all, &strays).to_string() + "\n";
        if !faults.is_empty() {
            let details = follows + &details(&all, self.diff);
            let sources = history.sources.clone();
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

impl Verify {
    /// How much differs only because a revision was edited, as a line.
    fn follows(&self, following: &[(Utf8PathBuf, usize)]) -> String {
        let count: usize = following.iter().map(|it| it.1).sum();
        let (files, differ) = match count {
            0 => return String::new(),
            1 => ("1 file".to_owned(), "differs"),
            count => (format!("{count} files"), "differ"),
        };
        let paths: Vec<&str> = following.iter().map(|it| it.0.as_str()).collect();
        let version = self.version.as_ref().map_or("--all", String::as_str);
        format!(
            "\n{files} in {} {differ} because of this: run `limbeck verify {version} --diff` to see the differences\n",
            paths.join(", ")
        )
    }
}

impl Verifier<'_> {
    /// Adds what is found of the bundles of `release`, whose own one must be there if it is `wanted` or sealed.
    fn release(
        &self,
        release: &Release,
        wanted: bool,
        builder: &mut Builder<'_>,
        findings: &mut Findings,
    ) -> Result<(), Failure> {
        let version = release.version.value.to_string();
        let sealed = release.seal.is_some();
        let edits = self.edits(release);
        let sealed_edits: Vec<String> = edits.iter().map(|it| it.fault.message.clone()).collect();
        for (name, from) in self.bundles(release) {
            let path = self.out.join(&name);
            let verdict = match folder::read(&self.project.home, &path)? {
                None => Verdict::missing(),
                Some(found) => {
                    let built = builder.build(release, &from);
                    let built = built.map_err(|mut failure| {
                        let edits = edits.iter().map(|it| it.fault.clone());
                        edits.for_each(|it| failure.diagnostics.push(it));
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
                sealed_edits: sealed_edits.clone(),
            };
            let must_be = (sealed || wanted) && release.withdrawn.is_none();
            if must_be && verified.verdict.outcome == Outcome::Missing {
                let message = format!("there is no bundle {path}");
                let help = format!("write it: limbeck bundle {version}");
                let fault = Diagnostic::error(Code::Bundle, None, message);
                findings.faults.push(fault.help(help));
            }
            if !edits.is_empty() && verified.verdict.outcome != Outcome::Missing {
                verified.verdict.outcome = Outcome::Differs;
            }
            self.differences(&verified, &path, &from, findings);
            if verified.has_cause() && edits.is_empty() {
                findings.broken.push(Broken {
                    version: version.clone(),
                    head: release.head.value,
                    by: By::Manifest {
                        path: path.to_string(),
                        edits: verified.verdict.edits.clone(),
                        again: again(&verified, &from),
                    },
                });
            }
            if let Some((message, help)) = self.unanchored(release, &verified, &from) {
                let fault = Diagnostic::error(Code::Bundle, None, format!("{path}: {message}"));
                findings.faults.push(fault.help(help));
                verified.verdict.object(message);
            }
            findings.all.push(verified);
        }
        for (name, anchor) in &release.anchors {
            let is_there = findings.all.iter().any(|it| it.folder == *name);
            if !is_there && release.withdrawn.is_none() {
                let message = format!("there is no bundle {}", self.out.join(name));
                let fault = Diagnostic::error(Code::Bundle, anchor.span, message);
                findings.faults.push(fault.label("its anchor is recorded here").help(
                    "restore it from the commit of the release, or remove this line if it was never published",
                ));
            }
        }
        if !edits.is_empty() {
            findings.broken.push(Broken {
                version,
                head: release.head.value,
                by: By::Seal(edits),
            });
        }
        Ok(())
    }

    /// Puts first what the seals of other releases say of revisions below those that are broken.
    fn ask_others(&self, findings: &mut Findings) {
        let graph = &self.released.history.graph;
        let heads: Vec<RevisionIndex> = findings.broken.iter().map(|it| it.head).collect();
        let below = graph.ancestors(&heads, Edges::All);
        let is_below = |edit: &release::Edit| match &edit.of {
            Edited::Revision(id) => graph.with_id(id).is_some_and(|it| below.contains(it)),
            Edited::Notes | Edited::Something => false,
        };
        let mut others = Vec::new();
        for release in self.released.releases.iter() {
            let version = release.version.value.to_string();
            let is_asked = findings.all.iter().any(|it| it.version == version);
            let mut edits = self.edits(release);
            edits.retain(is_below);
            if !is_asked && !edits.is_empty() {
                others.push(Broken {
                    version,
                    head: release.head.value,
                    by: By::Seal(edits),
                });
            }
        }
        findings.broken.splice(0..0, others);
    }

    /// Adds what differs in a bundle, as errors, or as a number where it only follows from what was edited.
    fn differences(
        &self,
        verified: &Verified,
        path: &Utf8Path,
        from: &[Origin],
        findings: &mut Findings,
    ) {
        let verdict = &verified.verdict;
        let edits = verdict.edits.iter().filter(|_| !verified.has_cause());
        let edits = edits.map(Edit::sentence);
        let remarks = verdict.remarks.iter().cloned();
        let remarks = remarks.filter(|_| verified.sealed_edits.is_empty());
        let sentences = edits.chain(remarks).map(|it| format!("{path}: {it}"));
        let (following, own): (Vec<&Difference>, Vec<&Difference>) = verdict
            .differences
            .iter()
            .partition(|it| !self.diff && verified.has_cause() && it.is_whole);
        let own = own
            .into_iter()
            .map(|it| format!("{} {}", path.join(&it.file), it.message));
        let mut help = Some(help(verified, from));
        for message in sentences.chain(own) {
            // Once is enough.
            let fault = Diagnostic::error(Code::Bundle, None, message);
            findings.faults.push(fault.maybe_help(help.take()));
        }
        if !following.is_empty() {
            findings.following.push((path.to_owned(), following.len()));
        }
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
                format!("it was not recompiled, and its anchor {found} was not given with --anchor"),
                "also give its anchor from the tag or the ticket of the release; if none is recorded there, this bundle was not published".to_owned(),
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
                    "check that it is the published bundle; if it is, add this line to the notes, below `anchors:`:   {folder}: {found}"
                ),
            };
            return Some((format!("{notes} has no anchor for it"), help));
        };
        let kept = &kept.value;
        (kept != found).then(|| {
            (
                format!("its anchor is {found}, but {notes} has {kept}"),
                "it is not the published bundle, or the notes were edited: restore both from the commit of the release".to_owned(),
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

    fn edits(&self, release: &Release) -> Vec<release::Edit> {
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
            "revert the edit; if the bundle was never published, write it again: {again} --force"
        )
    } else {
        format!("revert the edit, or write the bundle again: {again}")
    }
}

/// Every difference as `diff -u` shows it; what only follows with `following`. That of sums tells least, so it comes last.
fn details(all: &[Verified], following: bool) -> String {
    let mut differences: Vec<&Difference> = Vec::new();
    for it in all {
        let shown =
            |difference: &&Difference| following || !(it.has_cause() && difference.is_whole);
        differences.extend(it.verdict.differences.iter().filter(shown));
    }
    differences.sort_by_key(|it| bundle::is_sums(&it.file));
    let diffs = differences.into_iter().filter_map(|it| it.diff.as_ref());
    diffs.flat_map(|it| ["\n", it]).collect()
}
