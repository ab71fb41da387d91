//! What the language accepts, with the SQL of it both ways, and what it refuses, with what its author is told.
//!
//! A case is a file `tests/cases/{ok,lint,err}/NAME.rev`, one whole history: either one revision or sections
//! `--- name.rev ---`. Its answer stands beside it, `NAME.snap`; `INSTA_UPDATE=always cargo test cases` writes it anew.
#![expect(
    clippy::disallowed_methods,
    reason = "the tests read the tree that they judge"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use insta::{Settings, assert_snapshot};
use limbeck::compile::{self, Compiled};
use limbeck::config::Config;
use limbeck::diagnostic::{Diagnostics, Result, Severity};
use limbeck::graph::{self, Allowed};
use limbeck::lower::{Lowered, Placement};
use limbeck::replay::{Wanted, WayBack};
use limbeck::report::{self, Style};
use limbeck::source::Sources;

const STYLE: Style = Style {
    colour: false,
    width: 140,
};

/// What the compiler says to a history.
struct Answer {
    text: String,
    verdict: Verdict,
}

/// Whether the compiler takes a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Accepted,
    /// It is taken, and somebody should look at it.
    Warned,
    Refused,
}

fn answer(name: &str, text: &str) -> Answer {
    let sources = sources(name, text);
    match check(&sources) {
        Ok(warnings) if warnings.is_empty() => Answer {
            text: sql(&sources),
            verdict: Verdict::Accepted,
        },
        Ok(warnings) => {
            assert!(warnings.iter().all(|it| it.severity == Severity::Warning));
            let told = report::human(&warnings, &sources, STYLE);
            Answer {
                text: format!("{told}\n{}", sql(&sources)),
                verdict: Verdict::Warned,
            }
        }
        Err(diagnostics) => {
            // Statements are lowered before they are judged.
            for wanted in [Wanted::Upgrades, Wanted::Downgrades] {
                drop(compile::compile(&sources, &Config::default(), wanted));
            }
            Answer {
                text: report::human(&diagnostics, &sources, STYLE),
                verdict: Verdict::Refused,
            }
        }
    }
}

/// The revisions of a case.
pub(crate) fn sources(name: &str, text: &str) -> Sources {
    let mut sources = Sources::default();
    if !text.starts_with("--- ") {
        sources.add(format!("{name}.rev"), text.to_owned());
        return sources;
    }
    for section in text.split("\n--- ") {
        let section = section.strip_prefix("--- ").unwrap_or(section);
        let (path, text) = section
            .split_once(" ---\n")
            .expect("a section begins with `--- name.rev ---`");
        sources.add(path, format!("{}\n", text.trim_end()));
    }
    sources
}

/// The warnings, as `limbeck check` gives them.
fn check(sources: &Sources) -> Result<Diagnostics> {
    let config = Config::default();
    let graph = compile::graph(sources, &config)?;
    let mut diagnostics: Diagnostics = graph::check(&graph, Allowed::default());
    let compiled = diagnostics.absorb(compile::check(sources, &config, graph, Wanted::Nothing));
    let warnings = compiled.map(|it| it.warnings(sources, &config));
    diagnostics.into_result(warnings.unwrap_or_default())
}

/// The statements of each revision up, and then down, without what a script adds to them.
fn sql(sources: &Sources) -> String {
    let mut text = String::new();
    let up = compiled(sources, Wanted::Upgrades);
    for revision in up.graph.order() {
        let _ = writeln!(text, "-- upgrade {}", up.graph.id(*revision));
        write(
            &mut text,
            &up.replayed.revisions[revision.index()].upgrade_sql,
        );
    }
    let down = compiled(sources, Wanted::Downgrades);
    for revision in down.graph.order().iter().rev() {
        let compiled = &down.replayed.revisions[revision.index()];
        let _ = writeln!(text, "-- downgrade {}", down.graph.id(*revision));
        match &compiled.downgrade {
            WayBack::Irreversible(reason) => {
                let _ = writeln!(text, "-- irreversible: {reason}");
            }
            WayBack::Steps(_) | WayBack::Written { .. } => {
                write(&mut text, &compiled.downgrade_sql);
            }
        }
    }
    text
}

fn compiled(sources: &Sources, wanted: Wanted) -> Compiled {
    compile::compile(sources, &Config::default(), wanted).expect("it was checked")
}

fn write(text: &mut String, lowered: &[Lowered]) {
    for lowered in lowered {
        let losses: Vec<_> = lowered.fidelity.0.iter().map(|it| it.words()).collect();
        if !losses.is_empty() {
            let _ = writeln!(text, "-- {}:", losses.join(", "));
        }
        for statement in &lowered.statements {
            let remark = match statement.placement {
                Placement::Transaction | Placement::Rows { .. } => "",
                Placement::EndsPart { .. } => " -- the transaction ends here",
                Placement::Alone(_) => " -- outside a transaction",
                Placement::Setting => " -- to the end of the revision",
            };
            let _ = writeln!(text, "{};{remark}", statement.sql("public"));
        }
    }
}

/// Holds every case of `folder` to its snapshot. A case cannot sit in the wrong folder.
fn all(folder: &str, least: usize, verdict: Verdict) {
    let folder = Path::new("cases").join(folder);
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path(&folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let mut wrong = Vec::new();
    let mut paths: Vec<_> = fs::read_dir(Path::new("tests").join(&folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "rev"))
        .collect();
    paths.sort();
    assert!(paths.len() > least, "there are {} cases", paths.len());
    for path in paths {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let answer = answer(&name, &fs::read_to_string(&path).unwrap());
        if answer.verdict == verdict {
            let same = || settings.bind(|| assert_snapshot!(name.as_str(), answer.text));
            if std::panic::catch_unwind(std::panic::AssertUnwindSafe(same)).is_err() {
                wrong.push(format!("{name}: another answer"));
            }
        } else {
            wrong.push(format!("{name}:\n{}", answer.text));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} cases of {}:\n{}",
        wrong.len(),
        folder.display(),
        wrong.join("\n")
    );
}

#[test]
fn what_is_right_compiles() {
    all("ok", 100, Verdict::Accepted);
}

#[test]
fn what_is_wrong_is_refused() {
    all("err", 100, Verdict::Refused);
}

#[test]
fn what_is_odd_is_warned_of() {
    all("lint", 1, Verdict::Warned);
}

/// Mistakes that PostgreSQL refuses and the compiler does not yet. One that it has learnt to refuse moves to `err`.
#[test]
fn what_is_known_to_be_missed_is_still_missed() {
    let mut learnt = Vec::new();
    for entry in fs::read_dir("tests/cases/missed").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|it| it != "rev") {
            continue;
        }
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if answer(&name, &fs::read_to_string(&path).unwrap()).verdict == Verdict::Refused {
            learnt.push(name);
        }
    }
    learnt.sort();
    assert!(learnt.is_empty(), "move to tests/cases/err: {learnt:?}");
}
