//! `limbeck prove`: what limbeck says of a history, tried on a real server.

use std::path::PathBuf;

use clap::Args;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::bundle::Bundle;
use crate::bundle::proof::{self, Claim, OnServer, Outcome, Proof};
use crate::cli::bundle::{of_pack, pack};
use crate::cli::failure::Failure;
use crate::cli::folder::{self, Writer};
use crate::cli::progress::Progress;
use crate::cli::project::Project;
use crate::cli::release::Released;
use crate::cli::{Answer, Common, Format, terminal};
use crate::config::Config;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::graph::{Edges, RevisionIndex};
use crate::prove::{self, Event, Fault, Found, Request, Rights, Server, Stop, Trials};
use crate::release::{Release, Version};
use crate::replay::Wanted;
use crate::report::prove as report;
use crate::script::pack::Pack;
use crate::{compile, visible};

/// Run everything on a real PostgreSQL server and check the results.
///
/// Use it before you publish a release, and in CI. It starts a temporary server, and runs every revision there: upgrade,
/// downgrade, and upgrade again. It runs branches in every order. It runs the scripts of releases from every point where
/// they may start, and interrupts them after each statement. All tables have generated rows. The results are written to
/// `proof.json` in the bundle, if there is one. SQL of revisions runs as a role that owns its database and has no other rights.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  limbeck prove                             all revisions, merges and releases
  limbeck prove 1.1.0                       one release
  limbeck prove 7f71:head                   the revisions after 7f71
  limbeck prove 1.1.0 --quick --no-proof    a quick run that writes no files
  limbeck prove --server-version 16         on one of the installed servers
  limbeck prove --bindir pg14/bin --bindir pg18/bin     on several, one after the other
  limbeck prove --database-url postgres://me@host/postgres    in temporary databases on an existing server")]
pub(super) struct Prove {
    /// A release, or revisions as `[START:]END`; everything if omitted
    #[arg(value_name = "VERSION|RANGE", allow_negative_numbers = true)]
    what: Option<String>,

    /// The folder of the server's programs; can be repeated; with --database-url, the folder of psql
    #[arg(long, value_name = "DIR", conflicts_with = "server_version")]
    bindir: Vec<PathBuf>,

    /// The major version of the installed server to use; can be repeated
    #[arg(long, value_name = "MAJOR")]
    server_version: Vec<u32>,

    /// An existing server where the role may create databases; existing databases are not touched
    #[arg(long, value_name = "URL", conflicts_with = "server_version")]
    database_url: Option<String>,

    /// Run the SQL of revisions as a superuser: it can then run programs as the user who runs the server, which is you
    #[arg(long)]
    as_superuser: bool,

    #[command(flatten)]
    effort: Effort,

    /// Do not write proof.json, for example if the project is read-only
    #[arg(long)]
    no_proof: bool,
}

/// How much of a release is tried.
#[derive(Debug, Args)]
struct Effort {
    /// Skip the stops at intermediate points and the interrupted runs of releases, which take most of the time
    #[arg(long)]
    quick: bool,

    /// Try long releases at every point and after every statement, instead of at 12 points and after 300 statements
    #[arg(long, conflicts_with = "quick")]
    exhaustive: bool,
}

impl Effort {
    fn trials(&self) -> Trials {
        match (self.quick, self.exhaustive) {
            (true, _) => Trials::Quick,
            (false, true) => Trials::Exhaustive,
            (false, false) => Trials::All,
        }
    }
}

/// Said before anything runs, also where remarks are not wanted.
const AS_SUPERUSER: &str = "warning: --as-superuser: SQL of a revision can run programs and read files as the user who runs the server: on a temporary server that is you, or postgres if you are root\n";

/// Where it is tried.
enum ServerChoice {
    Own(Found),
    Guest(String, Option<PathBuf>),
}

/// What is tried, and the bundles that it speaks of.
struct Task {
    before: Vec<RevisionIndex>,
    revisions: Vec<RevisionIndex>,
    packs: Vec<Pack>,
    /// Of each pack.
    bundles: Vec<Bundle>,
}

impl Prove {
    pub(super) fn run(&self, common: &Common) -> Result<Answer, Failure> {
        let project = Project::open(common)?;
        let released = Released::read(&project)?;
        let history = &released.history;
        let task = self.task(&project, &released)?;
        let written = if self.no_proof {
            &[]
        } else {
            task.bundles.as_slice()
        };
        for built in written {
            may_write(&project, built)?;
        }
        let config = config(&project.config, &task.packs)?;
        let compiled = history.ask(compile::check(
            &history.sources,
            &config,
            history.graph.clone(),
            Wanted::Everything,
        ))?;
        let subject = Request {
            sources: &history.sources,
            config: &config,
            compiled: &compiled,
            before: task.before.clone(),
            revisions: task.revisions.clone(),
            packs: &task.packs,
            trials: self.effort.trials(),
        };
        let rights = if self.as_superuser {
            terminal::tell(AS_SUPERUSER);
            Rights::Superuser
        } else {
            Rights::Owner
        };
        let mut servers = Vec::new();
        let mut by_pack: Vec<Vec<OnServer>> = task.packs.iter().map(|_| Vec::new()).collect();
        let places = self.places()?;
        for place in &places {
            if let ServerChoice::Own(found) = place {
                is_new_enough(found.major, &found.major.to_string(), &config)?;
            }
        }
        for place in places {
            let server = match &place {
                ServerChoice::Own(found) => Server::start(found, rights)?,
                ServerChoice::Guest(url, programs) => {
                    Server::guest(url, programs.as_deref(), rights)?
                }
            };
            is_new_enough(server.version / 10_000, &server.version_text, &config)?;
            let version = visible::line(&server.version_text);
            let progress = Progress::new(common, format!("PostgreSQL {version}"));
            let told = |event: Event<'_>| match event {
                Event::Planned(runs) => progress.plan(runs),
                Event::Ran => progress.ran(),
                Event::Claimed(claim) => progress.tell(report::short(claim)),
            };
            let proved = threads()?.install(|| prove::prove(&subject, &server, &told));
            drop(progress);
            let proved = match proved {
                Ok(proved) => proved,
                Err(Stop::Server(fault)) => return Err(fault.into()),
                Err(Stop::History(diagnostics)) => return Err(history.failure(diagnostics)),
            };
            let version = server.version_text.clone();
            for (pack, (servers, claims)) in task
                .packs
                .iter()
                .zip(by_pack.iter_mut().zip(&proved.releases))
            {
                let mut all: Vec<Claim> = proved
                    .history
                    .iter()
                    .filter(|it| is_of(pack, it))
                    .cloned()
                    .collect();
                all.extend(claims.iter().cloned());
                servers.push(OnServer {
                    version: version.clone(),
                    claims: all,
                });
            }
            let claims = proved.claims().cloned().collect();
            servers.push(OnServer { version, claims });
        }
        let mut remarks = String::new();
        for (built, servers) in written.iter().zip(by_pack) {
            remarks += &write(&project, built, servers)?;
        }
        answer(common, &servers, remarks, history.sources.clone())
    }

    /// What is to be tried.
    fn task(&self, project: &Project, released: &Released) -> Result<Task, Failure> {
        let graph = &released.history.graph;
        let history = &released.history;
        let wanted: Vec<&Release> = match &self.what {
            None => released
                .releases
                .iter()
                .filter(|it| it.withdrawn.is_none())
                .collect(),
            Some(what) if Version::parse(what).is_some() => vec![released.find(what)?],
            Some(_) => Vec::new(),
        };
        let packs: Vec<Pack> = wanted
            .iter()
            .map(|it| pack(project, released, it, &[]))
            .collect::<Result<_, _>>()?;
        let bundles = packs
            .iter()
            .zip(&wanted)
            .map(|(pack, release)| of_pack(pack, released, release))
            .collect();
        let all = graph.order().to_vec();
        let (before, revisions) = match &self.what {
            None => (Vec::new(), all),
            Some(_) if !packs.is_empty() => {
                let steps = packs.iter().flat_map(|it| &it.steps);
                let steps: Vec<RevisionIndex> =
                    steps.filter_map(|it| graph.with_id(&it.revision)).collect();
                let below = graph.ancestors(&steps, Edges::All);
                let below = below.iter().filter(|it| !steps.contains(it));
                (graph.sorted(below), graph.sorted(steps.iter().copied()))
            }
            Some(range) => {
                let (current, steps) = history.ask(compile::upward(graph, range))?;
                let revisions = steps.steps.iter().filter_map(|it| it.index).collect();
                let before = graph.ancestors(&current, Edges::All);
                (graph.sorted(before.iter()), revisions)
            }
        };
        if revisions.is_empty() && packs.is_empty() {
            let message = match &self.what {
                None => "nothing to prove: there is no revision and no release".to_owned(),
                Some(what) => {
                    format!("nothing to prove: there is no revision in the range {what:?}")
                }
            };
            let help = "write a revision first, or name revisions as START:END, where START has already run and END is the last one to try";
            return Err(Failure::refused(message, help));
        }
        Ok(Task {
            before,
            revisions,
            packs,
            bundles,
        })
    }

    fn places(&self) -> Result<Vec<ServerChoice>, Failure> {
        if let Some(url) = &self.database_url {
            if self.bindir.len() > 1 {
                return Err(Failure::refused(
                    "--database-url allows only one --bindir",
                    "keep the one that contains psql",
                ));
            }
            return Ok(vec![ServerChoice::Guest(
                url.clone(),
                self.bindir.first().cloned(),
            )]);
        }
        if !self.bindir.is_empty() {
            let found = self
                .bindir
                .iter()
                .map(|it| Ok(ServerChoice::Own(Found::in_folder(it)?)));
            return found.collect();
        }
        let installed = Found::installed();
        if self.server_version.is_empty() {
            return match installed.into_iter().next() {
                Some(found) => Ok(vec![ServerChoice::Own(found)]),
                None => Err(Failure::refused(
                    "no PostgreSQL server is installed on this machine",
                    "install one (apt-get install postgresql), name the folder of its programs with --bindir, or name a server with --database-url",
                )),
            };
        }
        let mut places = Vec::new();
        for version in &self.server_version {
            let Some(found) = installed.iter().find(|it| it.major == *version) else {
                let known: Vec<String> = installed.iter().map(|it| it.major.to_string()).collect();
                return Err(Failure::refused(
                    format!("PostgreSQL {version} is not installed"),
                    if known.is_empty() {
                        "no version is installed; name the folder of its programs with --bindir"
                            .to_owned()
                    } else {
                        format!(
                            "installed versions: {}; name the folder of another version with --bindir",
                            known.join(", ")
                        )
                    },
                ));
            };
            places.push(ServerChoice::Own(found.clone()));
        }
        Ok(places)
    }
}

/// A thread mostly waits for its server: with two for each core, both have something to do.
fn threads() -> Result<ThreadPool, Failure> {
    let threads = 2 * rayon::current_num_threads();
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|it| {
        Failure::refused(
            format!("cannot start threads: {it}"),
            "close other programs, or raise the limit of processes",
        )
    })
}

/// Whether a claim is of a revision of the release.
fn is_of(pack: &Pack, claim: &Claim) -> bool {
    let id = claim.about.split_once(' ').map(|it| it.1);
    pack.steps.iter().any(|it| Some(it.revision.as_str()) == id)
}

/// With what the history is tried: what the seals of the releases say, which must agree, and else the configuration.
fn config(project: &Config, packs: &[Pack]) -> Result<Config, Failure> {
    let Some(first) = packs.first() else {
        return Ok(project.clone());
    };
    let decides = |it: &Config| {
        (
            it.dialect,
            it.schema.clone(),
            it.version_table.clone(),
            it.version_table_schema().to_owned(),
            it.role.clone(),
        )
    };
    if let Some(other) = packs
        .iter()
        .find(|it| decides(&it.config) != decides(&first.config))
    {
        return Err(Failure::refused(
            format!(
                "releases {} and {} are compiled with different options and cannot be proved together",
                first.version, other.version
            ),
            "prove them one after the other: `limbeck release` shows the options in their seals",
        ));
    }
    let servers = packs.iter().map(|it| it.config.minimum_server);
    Ok(Config {
        minimum_server: servers.max().unwrap_or(project.minimum_server),
        ..first.config.clone()
    })
}

/// Refuses a server on which scripts stop at once, as the project says.
fn is_new_enough(major: u32, version: &str, config: &Config) -> Result<(), Failure> {
    let least = config.minimum_server;
    if major >= least {
        return Ok(());
    }
    Err(Failure::refused(
        format!("PostgreSQL {version} is too old for this project: minimum_server is {least}"),
        "name a newer server with --server-version, --bindir or --database-url, or lower minimum_server in limbeck.yaml",
    ))
}

/// Refuses where no proof could be written into a bundle that is there: claims that took minutes should not be lost.
fn may_write(project: &Project, built: &Bundle) -> Result<(), Failure> {
    let out = project.out();
    let path = out.join(&built.manifest.release);
    if folder::is_there(&path)? {
        let written = [&out, &path].map(|it| folder::may_write(it));
        if let Some(error) = written.into_iter().find_map(Result::err) {
            return Err(Failure::refused(
                format!("cannot write {} into {path}: {}", proof::FILE, error.kind()),
                "make the folder writable, or prove a copy of the project",
            ));
        }
    }
    Ok(())
}

/// Writes the proof into the bundle that it speaks of, where that is there. Says what was done.
fn write(project: &Project, built: &Bundle, servers: Vec<OnServer>) -> Result<String, Failure> {
    let out = project.out();
    let release = &built.manifest.release;
    let path = out.join(release);
    let Some(found) = folder::read(&project.home, &path)? else {
        return Ok(format!(
            "there is no bundle {path}, so no {} was written\n",
            proof::FILE
        ));
    };
    let is_same = built.files.iter().all(|(name, text)| {
        found
            .files
            .get(*name)
            .is_some_and(|it| it == text.as_bytes())
    });
    if !is_same {
        return Ok(format!(
            "{path} differs from what was proved, so no {} was written: run `limbeck verify {release}`\n",
            proof::FILE
        ));
    }
    let _writer = Writer::open(&project.home, &out)?;
    let file = path.join(proof::FILE);
    let proof = Proof::new(release, &built.files, servers);
    project.home.replace(&file, &proof.write())?;
    Ok(format!("wrote {file}\n"))
}

fn answer(
    common: &Common,
    servers: &[OnServer],
    remarks: String,
    sources: crate::source::Sources,
) -> Result<Answer, Failure> {
    let document = report::document(servers).to_string() + "\n";
    let mut faults = Diagnostics::default();
    let mut details = String::new();
    for server in servers {
        for claim in &server.claims {
            let Outcome::Failed { why } = &claim.outcome else {
                continue;
            };
            let message = format!(
                "{} on PostgreSQL {}: claim failed: {}",
                claim.about, server.version, claim.claim
            );
            faults.push(Diagnostic::error(Code::Proof, None, message));
            details += &report::failure(claim, why);
        }
    }
    if !faults.is_empty() {
        return Err(Failure::verification(faults, sources, details, document));
    }
    Ok(Answer {
        data: match common.format {
            Format::Human => report::list(servers),
            Format::Json => document,
        },
        remarks,
        ..Answer::default()
    })
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        // What psql says may have lines, and a diagnostic has one.
        let lines = fault.message.lines().map(str::trim);
        Self::refused(lines.collect::<Vec<_>>().join(" "), fault.help)
    }
}
