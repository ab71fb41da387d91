//! Compares limbeck's verdicts with a server's, statement by statement, over files of SQL.
//!
//! `cargo run --example regress -- PATH [--only NAME]… [--selects] [--whole] [--fresh] [--work DIR]`
//!
//! PATH is a folder of .sql files, or a file of blocks that begin with `## title`. `test_setup.sql` of a folder runs before
//! each of the others. `--selects` judges plain queries, too. `--whole` also checks the statements that both sides take as
//! one history with a revision each, through the whole pipeline and back. `--fresh` asks the server again for verdicts that
//! are kept.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::exit,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a tool that reads files, measures and prints"
)]

mod class;
mod compare;
mod judge;
mod model;
mod script;
mod server;
mod split;
mod summary;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use std::{env, fs, io, thread};

use judge::{Case, Judgement, Wanted};
use script::{Script, Source, Task};
use server::{Server, Verdicts};

const USAGE: &str = "regress PATH [--only NAME]… [--selects] [--whole] [--fresh] [--work DIR]";

/// The script of a folder that runs before each of the others.
const SETUP: &str = "test_setup";

#[derive(Debug)]
struct Options {
    path: PathBuf,
    only: Vec<String>,
    wanted: Wanted,
    fresh: bool,
    /// Where the cluster and the results are.
    work: PathBuf,
    /// The name of the one script that this process judges.
    judge: Option<String>,
    skip: Vec<usize>,
}

fn options() -> Option<Options> {
    let mut arguments = env::args().skip(1);
    let mut options = Options {
        path: PathBuf::new(),
        only: Vec::new(),
        wanted: Wanted::default(),
        fresh: false,
        work: env::temp_dir().join("regress"),
        judge: None,
        skip: Vec::new(),
    };
    while let Some(argument) = arguments.next() {
        match &*argument {
            "--only" => options.only.push(arguments.next()?),
            "--selects" => options.wanted.selects = true,
            "--whole" => options.wanted.whole = true,
            "--fresh" => options.fresh = true,
            "--work" => options.work = arguments.next()?.into(),
            judge::FLAG => options.judge = Some(arguments.next()?),
            judge::SKIP => {
                let places = arguments.next()?;
                options.skip = places.split(',').filter_map(|it| it.parse().ok()).collect();
            }
            path if !path.starts_with("--") => options.path = path.into(),
            _ => return None,
        }
    }
    (!options.path.as_os_str().is_empty()).then_some(options)
}

fn main() -> io::Result<()> {
    let Some(options) = options() else {
        return Err(io::Error::other(USAGE));
    };
    let path = fs::canonicalize(&options.path)?;
    let home = path.parent().unwrap_or(&path).to_owned();
    let sources = Source::all(&path)?;
    let setup = sources.iter().find(|it| it.name == SETUP);
    let setup = setup.map(|it| it.script(&home));
    let mut server = Server::new(&options.work, &home, setup.as_ref(), options.fresh);
    let is_wanted = |it: &&Source| match &options.judge {
        Some(name) => it.name == *name,
        None => options.only.is_empty() || options.only.contains(&it.name),
    };
    let wanted = sources.iter().filter(is_wanted);
    let scripts: Vec<Script> = wanted.map(|it| it.script(&home)).collect();
    match (&options.judge, &*scripts) {
        (Some(_), [script]) => one(&options, script, &mut server),
        (Some(name), _) => Err(io::Error::other(format!(
            "no script, or several, are called {name}"
        ))),
        (None, _) => all(&options, &scripts, server),
    }
}

/// Judges a script in this process; what the server says of it is known.
fn one(options: &Options, script: &Script, server: &mut Server<'_>) -> io::Result<()> {
    let verdicts = server.verdicts(script)?;
    let setup = server.on_setup()?;
    let setup = server.setup.zip(setup.as_ref());
    let case = Case {
        setup: setup.filter(|it| it.0.name != script.name),
        script,
        verdicts: &verdicts,
    };
    judge::child(&case, &options.skip, options.wanted);
    Ok(())
}

fn all(options: &Options, scripts: &[Script], mut server: Server<'_>) -> io::Result<()> {
    // The processes that judge read what is kept.
    server.on_setup()?;
    let mut verdicts: Vec<Verdicts> = Vec::with_capacity(scripts.len());
    for script in scripts {
        verdicts.push(server.verdicts(script)?);
    }
    let asked = server.spent;
    drop(server);
    let start = Instant::now();
    let judged = judged(options, scripts)?;
    let took = start.elapsed();
    let mut rows = Vec::new();
    for ((script, verdicts), judged) in scripts.iter().zip(&verdicts).zip(&judged) {
        rows.extend(compare::rows(
            script,
            verdicts,
            &judged.statements,
            options.wanted.selects,
        ));
    }
    let file = options.work.join("verdicts.tsv");
    if file.exists() {
        fs::rename(&file, options.work.join("verdicts.before.tsv"))?;
    }
    fs::write(&file, summary::table(&rows))?;
    print!("{}", summary::summary(&rows));
    if options.wanted.whole {
        println!("\nof whole histories, `check` says");
        for (script, judged) in scripts.iter().zip(&judged) {
            for fault in &judged.whole {
                println!("  {}: {fault}", script.name);
            }
        }
    }
    let is_judged = |it: &Task| it.class.is_judged(options.wanted.selects);
    let unsent = scripts.iter().zip(&verdicts).map(|(script, verdicts)| {
        script
            .tasks()
            .filter(|it| is_judged(it.2) && verdicts[it.0].is_none())
            .count()
    });
    println!(
        "\n{} statements never ran, after `\\if` or `\\quit`",
        unsent.sum::<usize>()
    );
    println!(
        "{} scripts; server {asked:.1?}, limbeck {took:.1?}; {}",
        scripts.len(),
        file.display()
    );
    Ok(())
}

/// What limbeck says of each script, by as many processes at a time as there are cores.
fn judged(options: &Options, scripts: &[Script]) -> io::Result<Vec<Judgement>> {
    let mut arguments = vec![options.path.display().to_string()];
    arguments.extend(["--work".to_owned(), options.work.display().to_string()]);
    arguments.extend(options.wanted.selects.then(|| "--selects".to_owned()));
    arguments.extend(options.wanted.whole.then(|| "--whole".to_owned()));
    let next = AtomicUsize::new(0);
    let results = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let at = next.fetch_add(1, Ordering::Relaxed)
                    && let Some(script) = scripts.get(at)
                {
                    let judged = judge::judged(&arguments, &script.name);
                    results.lock().expect("nobody panics").insert(at, judged);
                }
            });
        }
    });
    results
        .into_inner()
        .expect("nobody panics")
        .into_values()
        .collect()
}
