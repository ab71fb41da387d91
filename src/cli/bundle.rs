//! `limbeck bundle`: the files that go out with a release.

use std::fmt::Write as _;

use anyhow::Context as _;
use camino::Utf8Path;
use clap::Args;

use crate::bundle::{self, FILES, Found};
use crate::cli::failure::Failure;
use crate::cli::folder::{self, Writer};
use crate::cli::project::Project;
use crate::cli::release::{Released, raw};
use crate::cli::{Answer, Common, output};
use crate::compile::Packer;
use crate::diagnostic::{Code, Diagnostic};
use crate::digest;
use crate::graph::{self, Allowed, Edges};
use crate::release::{Origin, Release, edit};
use crate::script::pack::Pack;

/// Write the bundle of a release: its scripts, checksums, manifest and notes.
///
/// Use it when the notes of a release are written. It writes the folder `out/VERSION`, which you give to the people who
/// apply the release. They need only psql. The same sources give the same bytes on every machine. The folder is replaced
/// as a whole. The notes of a sealed release record the anchor of its bundle, so that anybody can check that a bundle is
/// the published one. Such a bundle is replaced only with --force.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  limbeck bundle 1.1.0                  write out/1.1.0
  limbeck bundle --all                  write all releases that are not withdrawn
  limbeck bundle 1.2.0 --from 1.0.0     several releases at once, in out/1.2.0_from_1.0.0")]
pub(super) struct Bundle {
    /// The version of the release
    #[arg(value_name = "VERSION", required_unless_present = "all")]
    version: Option<String>,

    /// Write all releases that are not withdrawn; sealed bundles made by other versions of limbeck are left unchanged
    #[arg(long, conflicts_with_all = ["version", "from"])]
    all: bool,

    /// Start from this release, or `base`, instead of those in the notes; can be repeated
    #[arg(long, value_name = "VERSION")]
    from: Vec<String>,

    /// Replace the bundle of a sealed release
    #[arg(long)]
    force: bool,
}

/// What is to be done with a folder.
enum Act {
    Write,
    /// It is what the sources compile to.
    Nothing,
    /// Another version of the program made it, and it went out.
    Leave(String),
}

/// What is to be written.
#[derive(Default)]
struct Plan<'a> {
    bundles: Vec<(String, bundle::Bundle)>,
    /// With the release whose notes keep it, and the name of the folder.
    anchors: Vec<(&'a Release, String, String)>,
    remarks: String,
}

impl Bundle {
    pub(super) fn run(&self, common: &Common) -> Result<Answer, Failure> {
        let project = Project::open(common)?;
        let out = project.out();
        let is_there = folder::is_there(&out)?;
        let released = Released::read(&project)?;
        let (wanted, from) = self.wanted(&released)?;
        check(&project, &released)?;
        let mut plan = Plan::default();
        let mut builder = Builder::new(&project, &released, wanted.iter().copied());
        for release in wanted {
            let built = builder.build(release, &from)?;
            self.plan(&project, &released, (release, built), &from, &mut plan)?;
        }
        let mut written = Vec::new();
        if is_there || !plan.bundles.is_empty() {
            let writer = Writer::open(&project.home, &out)?;
            for (name, built) in &plan.bundles {
                let files = built.files.iter();
                writer.replace(name, files.map(|(name, it)| (*name, it.as_str())))?;
                written.push(out.join(name));
            }
            // Behind the bundles: one without its anchor is told of, and gets it with the next run.
            for (release, name, anchor) in &plan.anchors {
                let file = released.history.sources.get(release.file());
                let path = &file.path;
                let text = edit::with_anchor(&raw(&project, path)?, name, anchor);
                let text =
                    text.with_context(|| format!("{path} was edited while limbeck was running"))?;
                project.home.replace(path, &text)?;
                written.push(path.clone());
            }
        }
        Ok(Answer {
            data: output::written(&written, common.format),
            remarks: plan.remarks,
            ..Answer::default()
        })
    }

    /// Adds what is to be done for one release.
    fn plan<'a>(
        &self,
        project: &Project,
        released: &'a Released,
        (release, built): (&'a Release, bundle::Bundle),
        from: &[Origin],
        plan: &mut Plan<'a>,
    ) -> Result<(), Failure> {
        let version = release.version.value.to_string();
        let name = bundle::folder(&version, from);
        let path = project.out().join(&name);
        let anchor = built.anchor();
        let kept = release.anchors.get(&name).map(|it| it.value.as_str());
        if built.manifest.steps.is_empty() {
            let _ = writeln!(plan.remarks, "release {version}: no schema change");
        }
        let found = folder::read(&project.home, &path)?;
        let found_anchor = found.as_ref().and_then(Found::anchor);
        let act = self.act(release, found, &built, &path)?;
        if let Act::Leave(by) = act {
            let _ = write!(
                plan.remarks,
                "{path} is left unchanged: it is sealed and was made by limbeck {by}"
            );
            plan.remarks += match kept {
                Some(_) if kept == found_anchor.as_deref() => "\n",
                Some(_) | None => "; its anchor does not match: run `limbeck verify`\n",
            };
            return Ok(());
        }
        let sealed = release.seal.is_some();
        if sealed && kept != Some(&anchor) {
            if let Some(kept) = kept {
                let notes = &released.history.sources.get(release.file()).path;
                if !self.force {
                    return Err(Failure::broken(
                        format!(
                            "{path} would differ from the published bundle: its anchor would be {anchor}, but {notes} has {kept}"
                        ),
                        "restore the published bundle from the commit of the release; if it was never published, replace it with --force",
                    ));
                }
                let _ = writeln!(plan.remarks, "the anchor of {path} was {kept}");
            }
            plan.anchors.push((release, name.clone(), anchor));
        }
        match act {
            Act::Write => plan.bundles.push((name, built)),
            Act::Nothing | Act::Leave(_) => {
                let _ = writeln!(plan.remarks, "{path} is up to date");
            }
        }
        Ok(())
    }

    /// The releases, and the origins in the place of their own; none for those.
    fn wanted<'a>(
        &self,
        released: &'a Released,
    ) -> Result<(Vec<&'a Release>, Vec<Origin>), Failure> {
        let Some(version) = &self.version else {
            let all = released.releases.iter();
            return Ok((
                all.filter(|it| it.withdrawn.is_none()).collect(),
                Vec::new(),
            ));
        };
        let release = released.find(version)?;
        if let Some(reason) = &release.withdrawn {
            let message = format!("release {version} is withdrawn: {reason}");
            let fault = Diagnostic::error(Code::Release, release.version.span, message);
            return Err(released.history.failure(fault.help(
                "a withdrawn release must not be applied: bundle the release that follows it",
            )));
        }
        let mut from = released.origins(&self.from)?;
        from.sort_unstable();
        from.dedup();
        if let Some(origin) = from.iter().find(|it| !leads_to(released, it, release)) {
            let message = format!("release {version} does not follow {origin}");
            let fault = Diagnostic::error(Code::Release, None, message);
            return Err(released
                .history
                .failure(fault.help("name earlier releases; `limbeck release` lists them")));
        }
        Ok((vec![release], from))
    }

    fn act(
        &self,
        release: &Release,
        found: Option<Found>,
        built: &bundle::Bundle,
        path: &Utf8Path,
    ) -> Result<Act, Failure> {
        let Some(found) = found else {
            return Ok(Act::Write);
        };
        let names = found
            .files
            .keys()
            .filter(|it| !FILES.contains(&it.as_str()) && *it != bundle::proof::FILE);
        let strangers: Vec<&str> = names.chain(&found.others).map(String::as_str).collect();
        if !strangers.is_empty() {
            return Err(Failure::refused(
                format!(
                    "{path} contains files that do not belong to a bundle: {}",
                    strangers.join(", ")
                ),
                "move them elsewhere: limbeck replaces the whole folder",
            ));
        }
        let changed: Vec<&str> = FILES
            .into_iter()
            .filter(|it| {
                found.files.get(*it).map(Vec::as_slice) != built.files.get(it).map(String::as_bytes)
            })
            .collect();
        if changed.is_empty() {
            return Ok(Act::Nothing);
        }
        // A folder with nothing in it never went out.
        let is_draft = found.files.is_empty() || found.is_draft();
        if release.seal.is_none() || self.force || is_draft {
            return Ok(Act::Write);
        }
        let version = &release.version.value;
        match found.made_by() {
            Some(by) if self.all && by != bundle::manifest::TOOL_VERSION => Ok(Act::Leave(by)),
            _ => Err(Failure::refused(
                format!(
                    "{path} is the bundle of a sealed release; these files would change: {}",
                    changed.join(", ")
                ),
                format!(
                    "`limbeck verify {version}` shows what differs; if the bundle was never published, replace it with --force"
                ),
            )),
        }
    }
}

/// What `limbeck check` asks of the graph and of the seals.
fn check(project: &Project, released: &Released) -> Result<(), Failure> {
    let allow = &project.config.allow;
    let history = &released.history;
    let allowed = Allowed {
        heads: allow.heads,
        bases: allow.bases,
    };
    let mut faults = graph::check(&history.graph, allowed);
    let digests = digest::digests(&history.sources, &history.graph);
    faults.extend(released.sealer(&project.config, &digests).check());
    history.ask(faults.into_result(()))
}

/// Whether the head of `release` is above that of another one.
pub(super) fn leads_to(released: &Released, origin: &Origin, release: &Release) -> bool {
    if *origin == Origin::Release(release.version.value.clone()) {
        return false;
    }
    let below = released
        .history
        .graph
        .ancestors(&[release.head.value], Edges::All);
    let head = released.releases.head_of(origin);
    head.is_none_or(|it| below.contains(it))
}

/// Builds the bundles of several releases.
pub(super) struct Builder<'a> {
    project: &'a Project,
    released: &'a Released,
    packer: Packer<'a>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(
        project: &'a Project,
        released: &'a Released,
        wanted: impl Iterator<Item = &'a Release>,
    ) -> Self {
        let history = &released.history;
        let heads = wanted.map(|it| it.head.value).collect();
        let packer = Packer::new(&history.sources, &history.graph, &released.releases, heads);
        Self {
            project,
            released,
            packer,
        }
    }

    /// One of them, compiled from its own origins, or from others.
    fn pack(&mut self, release: &Release, from: &[Origin]) -> Result<Pack, Failure> {
        let own = release.origins();
        let config = release.config(&self.project.config);
        let origins = if from.is_empty() { &own } else { from };
        let pack = self.packer.pack(&config, release, origins);
        self.released.history.ask(pack)
    }

    /// Its bundle.
    pub(super) fn build(
        &mut self,
        release: &Release,
        from: &[Origin],
    ) -> Result<bundle::Bundle, Failure> {
        let pack = self.pack(release, from)?;
        Ok(of_pack(&pack, self.released, release))
    }
}

/// The bundle of what was compiled.
pub(super) fn of_pack(pack: &Pack, released: &Released, release: &Release) -> bundle::Bundle {
    let seal = release.seal.as_ref().map(|it| it.digest.value.as_str());
    let text = released.history.sources.text(release.notes);
    bundle::Bundle::new(pack, seal, text)
}

/// A release, compiled from its own origins, or from others.
pub(super) fn pack(
    project: &Project,
    released: &Released,
    release: &Release,
    from: &[Origin],
) -> Result<Pack, Failure> {
    Builder::new(project, released, std::iter::once(release)).pack(release, from)
}
