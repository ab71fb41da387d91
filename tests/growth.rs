//! Costs grow no faster than the work: what valgrind counts of instructions for a history and for one twice as long.
#![expect(clippy::disallowed_methods, reason = "the tests write projects")]

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use tempfile::TempDir;

/// A kind of history, by its revisions as texts: id, parents, header lines, statements.
struct Kind {
    name: &'static str,
    /// Revisions of the longer history.
    count: usize,
    revision: fn(usize) -> Revision,
    /// How much more the longer one may cost.
    growth: f64,
}

/// What one revision says.
#[derive(Default)]
struct Revision {
    parents: Vec<usize>,
    depends_on: Vec<usize>,
    statement: String,
}

/// What is linear may cost so much more twice as long: trees are a little deeper.
const LINEAR: f64 = 2.3;

/// Every statement still looks at each of the columns or values that one table, or one enum, has by then.
const PER_COLUMN: f64 = 3.3;

const KINDS: [Kind; 8] = [
    Kind {
        name: "a chain",
        count: 1200,
        revision: |at| Revision {
            statement: match at % 3 {
                0 => table(at),
                1 => format!("alter table t{} add column c text;", at - 1),
                _ => format!("create index on t{} (b);", at - 2),
            },
            ..after(at)
        },
        growth: LINEAR,
    },
    Kind {
        name: "a ladder of merges",
        count: 1200,
        revision: |at| match at % 3 {
            0 if at == 0 => made(at, &[]),
            0 => joined(&[at - 2, at - 1]),
            1 => made(at, &[at - 1]),
            _ => made(at, &[at - 2]),
        },
        growth: LINEAR,
    },
    Kind {
        name: "a merge every ten revisions",
        count: 1200,
        revision: |at| match at % 10 {
            7 => made(at, &[at - 2]),
            9 => joined(&[at - 3, at - 1]),
            _ if at == 0 => made(at, &[]),
            _ => made(at, &[at - 1]),
        },
        growth: LINEAR,
    },
    Kind {
        name: "lines that depend on each other",
        count: 1200,
        revision: |at| {
            const LINES: usize = 30;
            let beside = |by: usize| at.checked_sub(by).filter(|_| at >= LINES);
            Revision {
                parents: at.checked_sub(LINES).into_iter().collect(),
                depends_on: [1, 2, 3].into_iter().filter_map(beside).collect(),
                statement: table(at),
            }
        },
        growth: LINEAR,
    },
    Kind {
        name: "statements on one table",
        count: 1200,
        revision: |at| Revision {
            statement: match at {
                0 => table(0),
                _ => format!("alter table t0 alter column b set default {at};"),
            },
            ..after(at)
        },
        growth: LINEAR,
    },
    Kind {
        name: "a column each",
        count: 800,
        revision: |at| Revision {
            statement: match at {
                0 => table(0),
                _ => format!("alter table t0 add column c{at} integer;"),
            },
            ..after(at)
        },
        growth: PER_COLUMN,
    },
    Kind {
        name: "an enum value each",
        count: 800,
        revision: |at| Revision {
            statement: match at {
                0 => "create type e as enum ('v0');".to_owned(),
                _ => format!("alter type e add value 'v{at}';"),
            },
            ..after(at)
        },
        growth: PER_COLUMN,
    },
    Kind {
        name: "a partition each",
        count: 800,
        revision: |at| {
            Revision {
            statement: match at {
                0 => "create table p (id integer not null, primary key (id)) partition by range (id);".to_owned(),
                _ => format!("create table p{at} partition of p for values from ({at}) to ({});", at + 1),
            },
            ..after(at)
        }
        },
        growth: PER_COLUMN,
    },
];

fn table(at: usize) -> String {
    format!("create table t{at} (id bigint primary key, b integer);")
}

fn after(at: usize) -> Revision {
    Revision {
        parents: at.checked_sub(1).into_iter().collect(),
        ..Revision::default()
    }
}

fn made(at: usize, parents: &[usize]) -> Revision {
    Revision {
        parents: parents.to_vec(),
        statement: table(at),
        ..Revision::default()
    }
}

fn joined(parents: &[usize]) -> Revision {
    Revision {
        parents: parents.to_vec(),
        ..Revision::default()
    }
}

/// A project with the first `count` revisions of that kind.
fn project(kind: &Kind, count: usize) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::write(path.join("limbeck.yaml"), "allow: [heads, bases]\n").unwrap();
    fs::create_dir(path.join("revisions")).unwrap();
    let names = |all: &[usize]| {
        let names: Vec<String> = all.iter().map(|it| format!("'r{it:05}'")).collect();
        names.join(", ")
    };
    for at in 0..count {
        let it = (kind.revision)(at);
        let mut text = format!("revision 'r{at:05}';\n");
        let down = if it.parents.is_empty() {
            "none".to_owned()
        } else {
            names(&it.parents)
        };
        writeln!(text, "down_revision {down};").unwrap();
        if !it.depends_on.is_empty() {
            writeln!(text, "depends_on {};", names(&it.depends_on)).unwrap();
        }
        writeln!(text, "upgrade {{ {} }}", it.statement).unwrap();
        fs::write(path.join(format!("revisions/r{at:05}.rev")), text).unwrap();
    }
    folder
}

/// How many instructions `limbeck check` takes on one thread.
fn instructions(folder: &TempDir) -> u64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .args([env!("CARGO_BIN_EXE_limbeck"), "check"])
        .current_dir(folder.path())
        .env("RAYON_NUM_THREADS", "1")
        .output()
        .expect("valgrind is installed: apt-get install valgrind");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    let line = told.lines().find(|it| it.contains("Collected : "));
    let number = line.and_then(|it| it.rsplit(' ').next());
    number
        .and_then(|it| it.parse().ok())
        .expect("valgrind counts")
}

/// Whether [`instructions`] of twice as much grow by more than they may; what is printed.
fn grows(kind: &Kind, count: usize) -> Result<String, String> {
    let [half, whole] = [count / 2, count].map(|it| instructions(&project(kind, it)));
    #[expect(clippy::cast_precision_loss, reason = "a ratio")]
    let growth = whole as f64 / half as f64;
    let told = format!("{}: {half} to {whole}, {growth:.2}", kind.name);
    if growth <= kind.growth {
        Ok(told)
    } else {
        Err(told)
    }
}

#[test]
fn each_kind_of_history_is_sound() {
    for kind in &KINDS {
        let folder = project(kind, 61);
        crate::cli::run(folder.path(), &["check"]).ok();
    }
}

#[test]
#[ignore = "deep: valgrind is slow; fast: each_kind_of_history_is_sound"]
fn instructions_grow_with_the_history() {
    let mut faults = Vec::new();
    for kind in &KINDS {
        match grows(kind, kind.count) {
            Ok(told) => println!("{told}"),
            Err(told) => faults.push(told),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
