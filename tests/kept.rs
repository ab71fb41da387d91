//! What is promised of a release holds: whatever happens to a project afterwards, its sealed bundles stay what they are.
#![expect(clippy::disallowed_methods, reason = "the tests play the user's part")]

use std::collections::BTreeMap;
use std::fs;

use rayon::prelude::*;
use tempfile::TempDir;

use crate::cli::{project, read, run, write};
use crate::faults::tell;
use crate::generator::history;
use crate::generator::random::Random;

/// What may happen to a project.
const EVENTS: [&str; 11] = [
    "a new revision",
    "a branch",
    "a merge",
    "a release",
    "a file renamed",
    "a file moved",
    "a comment",
    "other line ends",
    "notes of another release edited",
    "a release withdrawn",
    "another configuration",
];

/// Several heads are no mistake.
const BRANCHES: &str = "allow: [heads, bases]\n";

/// A project that lives.
struct Project {
    folder: TempDir,
    random: Random,
    /// Each revision with its parents, in the order in which they came.
    revisions: Vec<(String, Vec<String>)>,
    /// The file of each.
    files: Vec<String>,
    sealed: Vec<String>,
    unsealed: Vec<String>,
    count: usize,
}

impl Project {
    fn new(seed: u64) -> Self {
        let folder = project();
        write(&folder, "limbeck.yaml", BRANCHES);
        let history = history(seed, 3 + usize::try_from(seed % 6).expect("it is small"));
        let mut files = Vec::new();
        for (name, text) in &history.files {
            let file = format!("revisions/{name}");
            write(&folder, &file, text);
            files.push(file);
        }
        let revisions = history.revisions.iter();
        Self {
            folder,
            random: Random::new(seed),
            revisions: revisions
                .map(|it| (it.id.clone(), it.parents.clone()))
                .collect(),
            files,
            sealed: Vec::new(),
            unsealed: Vec::new(),
            count: 0,
        }
    }

    /// Whether the command came to its end.
    fn runs(&self, arguments: &[&str]) -> bool {
        run(self.folder.path(), arguments).status == 0
    }

    fn revision(&mut self) -> String {
        let at = self.random.below(self.revisions.len());
        self.revisions[at].0.clone()
    }

    fn heads(&self) -> Vec<String> {
        let all = self.revisions.iter();
        let is_head = |id: &String| !self.revisions.iter().any(|it| it.1.contains(id));
        all.map(|it| &it.0)
            .filter(|it| is_head(it))
            .cloned()
            .collect()
    }

    /// Writes a revision on these; it goes again where the history would not be sound.
    fn add(&mut self, parents: &[String]) -> bool {
        self.count += 1;
        let id = format!("later{}", self.count);
        let file = format!("revisions/{id}.rev");
        let text = format!(
            "revision '{id}';\ndown_revision '{}';\nmessage 'it came later';\nupgrade {{\n  create table {id} (n integer);\n}}\n",
            parents.join("', '")
        );
        write(&self.folder, &file, text);
        if !self.runs(&["check"]) {
            fs::remove_file(self.folder.path().join(file)).unwrap();
            return false;
        }
        self.revisions.push((id, parents.to_vec()));
        self.files.push(file);
        true
    }

    /// A release of some kind, which may be sealed and bundled.
    fn release(&mut self) -> bool {
        self.count += 1;
        let number = self.count;
        let version = match self.random.below(4) {
            0 => format!("1.{number}.0-rc.{number}"),
            1 => format!("1.0.{number}"),
            2 => format!("{}.0.0", number + 1),
            _ => format!("1.{number}.0"),
        };
        let head = match self.random.below(2) {
            0 => self.revision(),
            _ => self.heads().swap_remove(0),
        };
        let mut arguments = vec!["release", &version, "--head", &head];
        let known: Vec<String> = [self.sealed.clone(), self.unsealed.clone()].concat();
        let from = self.random.pick(&known).cloned();
        if let (Some(from), true) = (&from, self.random.chance(60)) {
            arguments.extend(["--from", from]);
        } else {
            arguments.extend(["--from", "base"]);
        }
        if !self.runs(&arguments) {
            return false;
        }
        if !self.runs(&["check"]) {
            fs::remove_file(self.notes(&version)).unwrap();
            return false;
        }
        if self.random.chance(60)
            && self.runs(&["release", &version, "--seal"])
            && self.runs(&["bundle", &version])
        {
            self.sealed.push(version);
        } else {
            self.unsealed.push(version);
        }
        true
    }

    fn notes(&self, version: &str) -> std::path::PathBuf {
        let name = format!("release-notes/{version}.md");
        self.folder.path().join(name)
    }

    /// Moves a file of a revision.
    fn moved(&mut self, folder: &str) -> bool {
        self.count += 1;
        let at = self.random.below(self.files.len());
        let path = self.folder.path();
        let to = format!("revisions/{folder}moved{}.rev", self.count);
        fs::create_dir_all(path.join(&to).parent().unwrap()).unwrap();
        fs::rename(path.join(&self.files[at]), path.join(&to)).unwrap();
        self.files[at] = to;
        true
    }

    /// Changes the text of a file of a revision.
    fn rewritten(&mut self, change: impl Fn(&str) -> String) -> bool {
        let at = self.random.below(self.files.len());
        let file = self.files[at].clone();
        let text = read(&self.folder, &file);
        write(&self.folder, &file, change(&text));
        true
    }

    /// Lets one of [`EVENTS`] happen; false where it cannot.
    fn happens(&mut self, event: &str) -> bool {
        match event {
            "a new revision" => {
                let heads = self.heads();
                let head = self.random.pick(&heads).expect("there is a head").clone();
                self.add(&[head])
            }
            "a branch" => {
                let parent = self.revision();
                self.add(&[parent])
            }
            "a merge" => {
                if self.heads().len() < 2 {
                    self.happens("a branch");
                }
                let heads = self.heads();
                heads.len() > 1 && self.add(&heads[..2])
            }
            "a release" => self.release(),
            "a file renamed" => self.moved(""),
            "a file moved" => self.moved("deeper/down/"),
            "a comment" => self.rewritten(|it| {
                let inside = it.replacen("upgrade {", "upgrade /* so */ {\n  -- a word\n", 1);
                format!("-- above\n{inside}\n-- below\n")
            }),
            "other line ends" => {
                self.rewritten(|it| it.replace("\r\n", "\n").replace('\n', "\r\n"))
            }
            "notes of another release edited" => {
                let Some(version) = self.random.pick(&self.unsealed).cloned() else {
                    return false;
                };
                let notes = self.notes(&version);
                let text = fs::read_to_string(&notes).unwrap();
                fs::write(notes, text + "\nMore words.\n").unwrap();
                true
            }
            "a release withdrawn" => {
                let Some(version) = self.random.pick(&self.sealed).cloned() else {
                    return false;
                };
                let notes = self.notes(&version);
                let text = fs::read_to_string(&notes).unwrap();
                if text.contains("\nwithdrawn: ") {
                    return false;
                }
                fs::write(
                    notes,
                    text.replacen("\nfrom: ", "\nwithdrawn: it is bad\nfrom: ", 1),
                )
                .unwrap();
                true
            }
            _ => {
                let options = [
                    "lock_timeout: 9s\n",
                    "statement_timeout: 1min\n",
                    "minimum_server: 15\n",
                    "transaction: release\n",
                    "role: somebody\n",
                    "version_table: other\n",
                    "version_table_schema: elsewhere\n",
                    "guarded: stay\n",
                ];
                let chosen = self.random.some(&options, 3).concat();
                write(&self.folder, "limbeck.yaml", BRANCHES.to_owned() + &chosen);
                true
            }
        }
    }
}

/// Lets much happen to the project of this seed, and counts what did by its kind; else what became of the bundles.
fn life(seed: u64) -> Result<BTreeMap<&'static str, usize>, String> {
    let mut project = Project::new(seed);
    // Before anything is sealed nothing is promised.
    for _ in 0..6 {
        project.release();
    }
    let mut happened = BTreeMap::new();
    let mut past = vec![format!("sealed: {}", project.sealed.join(", "))];
    for _ in 0..12 {
        let event = project.random.one(&EVENTS);
        if !project.happens(event) {
            continue;
        }
        *happened.entry(event).or_default() += 1;
        past.push(event.to_owned());
        for version in &project.sealed {
            let answer = run(project.folder.path(), &["verify", version]);
            if answer.status != 0 {
                let past = past.join("\n  ");
                return Err(format!(
                    "seed {seed}, {version}:\n  {past}\n{}{}",
                    answer.stdout, answer.stderr
                ));
            }
        }
    }
    let count = project.sealed.len();
    *happened.entry("sealed").or_default() += count;
    Ok(happened)
}

fn live(seeds: std::ops::Range<u64>) {
    let lives: Vec<_> = seeds.into_par_iter().map(life).collect();
    let wrong: Vec<&String> = lives.iter().filter_map(|it| it.as_ref().err()).collect();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        lives.len(),
        wrong[0]
    );
    let mut all: BTreeMap<&str, usize> = BTreeMap::new();
    for (event, count) in lives.into_iter().flatten().flatten() {
        *all.entry(event).or_default() += count;
    }
    tell(&format!("what happened: {all:?}"));
    for event in EVENTS.iter().chain(&["sealed"]) {
        assert!(all.contains_key(event), "{event} never happened: {all:?}");
    }
}

#[test]
fn some_sealed_bundles_stay_what_they_are() {
    live(0..12);
}

#[test]
#[ignore = "deep: 500 projects; fast: some_sealed_bundles_stay_what_they_are"]
fn sealed_bundles_stay_what_they_are() {
    live(1000..1500);
}
