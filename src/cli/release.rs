//! `limbeck release`: the notes of a release, and its seal.

use anyhow::Context as _;
use camino::{Utf8Path, Utf8PathBuf};
use clap::{ArgGroup, Args};

use crate::cli::failure::Failure;
use crate::cli::history::{History, answer};
use crate::cli::project::Project;
use crate::cli::{Answer, Common, home, output};
use crate::compile::{self, Packer};
use crate::config::Config;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::digest::{self, Digest};
use crate::graph::RevisionIndex;
use crate::release::{self, Origin, Releases, Sealer, Version, draft, edit};
use crate::replay::Wanted;
use crate::report::release as report;
use crate::source::SourceId;

/// Write the notes of a release, seal it, or list all releases.
///
/// Use it when you prepare a version. A release is a file `VERSION.md` in the folder of the release notes. It says where
/// a database starts and which revision it ends at, and contains a text for people. A seal records the release as it is
/// published: from then on, `limbeck check` reports every revision that was edited.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("which").args(["version", "all"])), after_help = "\
Examples:
  limbeck release                           list the releases
  limbeck release 1.1.0                     write the notes: from the nearest final release to the head
  limbeck release 1.1.0 --seal              seal it, when its notes are written and before you publish it
  limbeck release --all --seal              seal all releases that are not sealed
  limbeck release 1.0.1 --head 7f71 --from 1.0.0
  limbeck release 1.2.0 --from 1.0.1 --from 1.1.0   from either of two releases")]
pub(super) struct Release {
    /// The version, as defined at semver.org
    #[arg(value_name = "VERSION")]
    version: Option<String>,

    /// A release that it upgrades from, or `base`; can be repeated
    #[arg(long, value_name = "VERSION", requires = "version")]
    from: Vec<String>,

    /// The last revision of the release
    #[arg(long, value_name = "REV", requires = "version")]
    head: Option<String>,

    /// Write the seal into the notes, which are created if they do not exist
    #[arg(long, requires = "which")]
    seal: bool,

    /// Seal all releases that have no seal and are not withdrawn
    #[arg(long, requires = "seal", conflicts_with_all = ["from", "head"])]
    all: bool,
}

/// The history of a project, and its releases.
#[derive(Debug)]
pub(super) struct Released {
    pub(super) history: History,
    pub(super) releases: Releases,
    files: Vec<SourceId>,
}

impl Released {
    /// Reads the history and its releases.
    pub(super) fn read(project: &Project) -> Result<Self, Failure> {
        let mut history = History::read(project)?;
        let files = project.notes(&mut history.sources)?;
        Self::of(history, files)
    }

    fn of(history: History, files: Vec<SourceId>) -> Result<Self, Failure> {
        match Releases::read(&history.sources, &files, &history.graph) {
            Ok(releases) => Ok(Self {
                history,
                releases,
                files,
            }),
            Err(diagnostics) => Err(history.failure(diagnostics)),
        }
    }

    /// The release whose version is `text`.
    pub(super) fn find(&self, text: &str) -> Result<&release::Release, Failure> {
        let version = parse(text)?;
        self.releases.get(&version).ok_or_else(|| {
            let known: Vec<String> = self
                .releases
                .iter()
                .map(|it| it.version.value.to_string())
                .collect();
            let help = match nearest(text, known.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    format!("`limbeck release` lists all releases; `limbeck release {version}` writes the notes of a new one")
                }
            };
            let message = format!("there is no release {version}");
            let fault = Diagnostic::error(Code::Release, None, message);
            self.history.failure(fault.help(help))
        })
    }

    /// What the origins `names` stand for.
    pub(super) fn origins(&self, names: &[String]) -> Result<Vec<Origin>, Failure> {
        let mut origins = Vec::with_capacity(names.len());
        for name in names {
            let origin = match Version::parse(name) {
                _ if name == "base" => Origin::Base,
                Some(version) if self.releases.get(&version).is_some() => Origin::Release(version),
                Some(_) | None => {
                    let message = format!("there is no release {name}");
                    let fault = Diagnostic::error(Code::Release, None, message);
                    return Err(self.history.failure(
                        fault.help("`limbeck release` lists all releases; write `base` to start before the first revision"),
                    ));
                }
            };
            origins.push(origin);
        }
        Ok(origins)
    }

    /// What knows the seals of all releases.
    pub(super) fn sealer<'a>(&'a self, config: &'a Config, digests: &'a [Digest]) -> Sealer<'a> {
        Sealer {
            sources: &self.history.sources,
            config,
            graph: &self.history.graph,
            releases: &self.releases,
            digests,
        }
    }

    /// The same with one more file of notes.
    fn with(mut self, path: Utf8PathBuf, text: String) -> Result<Self, Failure> {
        self.files.push(self.history.sources.add(path, text));
        Self::of(self.history, self.files)
    }
}

impl Release {
    pub(super) fn run(&self, common: &Common) -> Result<Answer, Failure> {
        let project = Project::open(common)?;
        let released = Released::read(&project)?;
        if self.all {
            return seal_all(&project, &released, common);
        }
        let Some(version) = &self.version else {
            return Ok(list(&released, &project.config, common));
        };
        let version = parse(version)?;
        let name = format!("{version}{}", release::EXTENSION);
        let path = project.notes_folder().join(name);
        if released.releases.get(&version).is_none() {
            let text = self.draft(&released, &version)?;
            let released = released.with(path.clone(), text.clone())?;
            let text = if self.seal {
                sealed(&project.config, &released, &version, &text)?.unwrap_or(text)
            } else {
                text
            };
            project.home.create_folder(&project.notes_folder())?;
            project.home.create(&path, &text)?;
            return Ok(Answer {
                data: output::written(&[path], common.format),
                remarks: "describe the release in this file, for the people who apply it\n"
                    .to_owned(),
                ..Answer::default()
            });
        }
        if !self.seal || !self.from.is_empty() || self.head.is_some() {
            return Err(Failure::refused(
                format!("release {version} already has notes: {path}"),
                format!("edit the file, or seal the release: limbeck release {version} --seal"),
            ));
        }
        let raw = raw(&project, &path)?;
        let Some(text) = sealed(&project.config, &released, &version, &raw)? else {
            return Ok(Answer {
                data: output::written(&[], common.format),
                remarks: format!("release {version} is already sealed and has not changed since\n"),
                ..Answer::default()
            });
        };
        project.home.replace(&path, &text)?;
        Ok(Answer {
            data: output::written(&[path], common.format),
            remarks: String::new(),
            ..Answer::default()
        })
    }

    /// The notes of a release that has none.
    fn draft(&self, released: &Released, version: &Version) -> Result<String, Failure> {
        let Released {
            history, releases, ..
        } = released;
        let graph = &history.graph;
        let head = match &self.head {
            Some(head) => history.ask(graph.one(head))?,
            None => match graph.heads().as_slice() {
                [] => None,
                [head] => Some(*head),
                several => {
                    let ids = graph.ids(several);
                    let message =
                        format!("the history has {} heads: {}", ids.len(), ids.join(", "));
                    let fault = Diagnostic::error(Code::MultipleHeads, None, message).help(
                        "name the last revision with --head, or merge the heads with `limbeck merge`",
                    );
                    return Err(history.failure(fault));
                }
            },
        };
        let Some(head) = head else {
            let fault =
                Diagnostic::error(Code::NoRevisions, None, "there is no revision to release");
            return Err(
                history.failure(fault.help("write the first one with `limbeck revision -m \"…\"`"))
            );
        };
        let from = self.origins(released, head)?;
        let text = draft(version, &from, head, graph, releases);
        Ok(text)
    }

    fn origins(&self, released: &Released, head: RevisionIndex) -> Result<Vec<Origin>, Failure> {
        if self.from.is_empty() {
            return Ok(released.releases.nearest(head, &released.history.graph));
        }
        released.origins(&self.from)
    }
}

fn parse(version: &str) -> Result<Version, Failure> {
    Version::parse(version).ok_or_else(|| {
        Failure::refused(
            format!("`{version}` is not a valid version"),
            match Version::near(version) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "a version has three numbers and an optional suffix, such as 1.2.0 or 2.0.0-rc.1".to_owned(),
            },
        )
    })
}

/// The text of the notes at `path` as it is, line ends included.
pub(super) fn raw(project: &Project, path: &Utf8Path) -> anyhow::Result<String> {
    let cannot = || format!("cannot read {path}");
    let bytes = project.home.read(path, home::TEXT).with_context(cannot)?;
    String::from_utf8(bytes).with_context(cannot)
}

/// The notes `raw` of a release with its seal; none where they have it already.
fn sealed(
    config: &Config,
    released: &Released,
    version: &Version,
    raw: &str,
) -> Result<Option<String>, Failure> {
    let digests = digests(config, released)?;
    let sealer = released.sealer(config, &digests);
    let release = released.releases.get(version).expect("it was read");
    if release.seal.is_some() {
        return Ok(None);
    }
    compiles(config, released, &[release])?;
    Ok(Some(with_seal(&sealer, release, raw)?))
}

fn with_seal(sealer: &Sealer<'_>, release: &release::Release, raw: &str) -> anyhow::Result<String> {
    let lines = sealer.seal(release).lines();
    edit::with_lines(raw, &lines).context("the notes were edited while limbeck was running")
}

/// The digests of a history that may be sealed: it is sound, and what was sealed is what databases have.
fn digests(config: &Config, released: &Released) -> Result<Vec<Digest>, Failure> {
    let history = &released.history;
    let (sources, graph) = (&history.sources, &history.graph);
    history.ask(compile::check(
        sources,
        config,
        graph.clone(),
        Wanted::Nothing,
    ))?;
    let digests = digest::digests(sources, graph);
    let edited = released.sealer(config, &digests).check();
    if !edited.is_empty() {
        return Err(history.failure(edited));
    }
    Ok(digests)
}

/// Fails where one of these releases cannot be compiled: its seal would hold the options that keep it from that.
fn compiles(
    config: &Config,
    released: &Released,
    wanted: &[&release::Release],
) -> Result<(), Failure> {
    let history = &released.history;
    let heads = wanted.iter().map(|it| it.head.value).collect();
    let mut packer = Packer::new(&history.sources, &history.graph, &released.releases, heads);
    for release in wanted {
        let config = release.config(config);
        history.ask(packer.pack(&config, release, &release.origins()))?;
    }
    Ok(())
}

/// Seals every release that has no seal and is not withdrawn.
fn seal_all(project: &Project, released: &Released, common: &Common) -> Result<Answer, Failure> {
    let digests = digests(&project.config, released)?;
    let sealer = released.sealer(&project.config, &digests);
    let open = released.releases.iter();
    let open: Vec<&release::Release> = open
        .filter(|it| it.seal.is_none() && it.withdrawn.is_none())
        .collect();
    compiles(&project.config, released, &open)?;
    let mut written = Vec::new();
    for release in open {
        let path = &released.history.sources.get(release.file()).path;
        let text = with_seal(&sealer, release, &raw(project, path)?)?;
        written.push((path.clone(), text));
    }
    for (path, text) in &written {
        project.home.replace(path, text)?;
    }
    let remarks = if written.is_empty() {
        "all releases are already sealed and have not changed since\n"
    } else {
        ""
    };
    let written: Vec<Utf8PathBuf> = written.into_iter().map(|it| it.0).collect();
    Ok(Answer {
        data: output::written(&written, common.format),
        remarks: remarks.to_owned(),
        ..Answer::default()
    })
}

fn list(all: &Released, config: &Config, common: &Common) -> Answer {
    let Released {
        history, releases, ..
    } = all;
    let document = report::document(releases, &history.graph, config);
    let text = || report::list(releases, &history.graph, config);
    answer(common, text, &document)
}
