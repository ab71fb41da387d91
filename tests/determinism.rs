//! Equal input gives equal bytes, whatever the machine is like.
#![expect(
    clippy::disallowed_methods,
    reason = "the tests play the user's part, on several machines"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::chain::{Shape, history};

/// File names and texts.
type Files = Vec<(String, String)>;

/// `LOWEST` is the revision that can be gone back to.
const COMMANDS: &[&str] = &[
    "check --format json",
    "upgrade heads --sql",
    "downgrade heads:LOWEST --sql",
    "stamp heads --sql",
    "plan upgrade heads",
    "plan upgrade heads --format json",
    "plan downgrade --from heads base --format json",
    "plan stamp heads --format json",
    "graph",
    "graph --mermaid",
    "graph --dot",
    "graph --format json",
    "history",
    "heads --format json",
    "branches --format json",
];

/// The living sample, read as git checks it out.
fn sample() -> Files {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("revisions");
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "rev") {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            files.push((name, fs::read_to_string(path).unwrap()));
        }
    }
    files.sort();
    files
}

/// Histories, each with the lowest revision that it can be taken back to.
fn histories() -> Vec<(Files, &'static str)> {
    // The last one of 201 merges the branches of the diamond before.
    let generated = [Shape::Chain, Shape::Diamonds].map(|it| (history(201, it), "base"));
    let sample = (sample(), "4c1d0f2e9b77");
    generated.into_iter().chain([sample]).collect()
}

/// A history with mistakes in it, in several files.
fn broken() -> Files {
    let mut files = history(40, Shape::Chain);
    for (number, (_, text)) in files.iter_mut().enumerate() {
        match number % 12 {
            7 => *text = text.replace("note", "nota"),
            10 => *text = text.replace("created_at", "crated_at"),
            _ => {}
        }
    }
    files
}

/// A project of these files, made in their order.
fn project(files: &[(String, String)]) -> TempDir {
    project_in(tempfile::tempdir().unwrap(), files)
}

fn project_in(folder: TempDir, files: &[(String, String)]) -> TempDir {
    let revisions = folder.path().join("revisions");
    fs::create_dir_all(&revisions).unwrap();
    for (name, text) in files {
        fs::write(revisions.join(name), text).unwrap();
    }
    folder
}

fn command(folder: &Path, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_limbeck"));
    command.current_dir(folder).args(arguments.split(' '));
    command
}

/// What a sound project answers to every command, on a machine that `machine` describes.
fn answers(folder: &Path, lowest: &str, machine: impl Fn(&mut Command)) -> Vec<String> {
    let answer = |arguments: &&str| {
        let arguments = arguments.replace("LOWEST", lowest);
        let mut command = command(folder, &arguments);
        machine(&mut command);
        let output = command.output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        let answer = String::from_utf8(output.stdout).unwrap();
        assert_eq!(
            output.status.code(),
            Some(0),
            "{arguments}: {answer} {told}"
        );
        answer
    };
    COMMANDS.iter().map(answer).collect()
}

/// Compares, and names the command and the first line that differ: whole scripts would fill the screen.
#[track_caller]
fn same(one: &[String], two: &[String], machine: &str) {
    for ((one, two), arguments) in one.iter().zip(two).zip(COMMANDS) {
        let differing = one.lines().zip(two.lines()).find(|(one, two)| one != two);
        assert_eq!(differing, None, "{machine}: limbeck {arguments}");
        assert!(one == two, "{machine}: limbeck {arguments}");
    }
}

/// Environments, each as variables to set; an empty value removes one.
const MACHINES: &[&[(&str, &str)]] = &[
    &[("LC_ALL", "tr_TR.UTF-8"), ("LANG", "tr_TR.UTF-8")],
    &[("LC_ALL", "C"), ("LANG", "C")],
    &[("TZ", "Pacific/Kiritimati")],
    &[("TZ", "America/St_Johns")],
    &[("RAYON_NUM_THREADS", "1")],
    &[("RAYON_NUM_THREADS", "2")],
    &[("RAYON_NUM_THREADS", "8")],
    &[("HOME", ""), ("USER", ""), ("PATH", "")],
    &[("COLUMNS", "40")],
    &[("COLUMNS", "300"), ("TERM", "dumb"), ("NO_COLOR", "1")],
    &[
        ("TERM", "xterm-256color"),
        ("CLICOLOR_FORCE", "1"),
        ("FORCE_COLOR", "1"),
    ],
    &[
        ("PGHOST", "elsewhere"),
        ("PGDATABASE", "another"),
        ("PGOPTIONS", "-c timezone=UTC"),
    ],
];

fn set(command: &mut Command, machine: &[(&str, &str)]) {
    for (name, value) in machine {
        if value.is_empty() {
            command.env_remove(name);
        } else {
            command.env(name, value);
        }
    }
}

#[test]
fn the_environment_reaches_no_byte() {
    for (files, lowest) in histories() {
        let folder = project(&files);
        let expected = answers(folder.path(), lowest, |_| ());
        assert!(expected.iter().all(|it| !it.is_empty()));
        for machine in MACHINES {
            let found = answers(folder.path(), lowest, |it| set(it, machine));
            same(&expected, &found, &format!("{machine:?}"));
        }
    }
}

#[test]
fn the_folder_reaches_no_byte() {
    for (files, lowest) in histories() {
        let folder = project(&files);
        let expected = answers(folder.path(), lowest, |_| ());
        let parent = tempfile::tempdir().unwrap();
        let other = tempfile::Builder::new()
            .prefix("with blank ü 'quote' ")
            .tempdir_in(parent.path())
            .unwrap();
        let other = project_in(other, &files);
        same(
            &expected,
            &answers(other.path(), lowest, |_| ()),
            "another folder",
        );
        let elsewhere = answers(parent.path(), lowest, |it| {
            it.arg("-C").arg(other.path());
        });
        same(&expected, &elsewhere, "-C from another folder");
    }
}

#[test]
fn the_order_of_files_reaches_no_byte() {
    for (mut files, lowest) in histories() {
        let expected = answers(project(&files).path(), lowest, |_| ());
        files.reverse();
        same(
            &expected,
            &answers(project(&files).path(), lowest, |_| ()),
            "made in reverse",
        );
        let middle = files.len() / 3;
        files.rotate_left(middle);
        same(
            &expected,
            &answers(project(&files).path(), lowest, |_| ()),
            "made in another order",
        );
    }
}

#[test]
fn the_names_of_files_reach_no_byte() {
    for (mut files, lowest) in histories() {
        let expected = answers(project(&files).path(), lowest, |_| ());
        // The new names sort in another order than the old ones.
        for (number, (name, _)) in files.iter_mut().enumerate() {
            *name = format!(
                "{:03}_{}",
                number * 7919 % 1000,
                name.to_uppercase().replace("REV", "rev")
            );
        }
        same(
            &expected,
            &answers(project(&files).path(), lowest, |_| ()),
            "other file names",
        );
    }
}

#[test]
fn the_line_ends_of_a_checkout_reach_no_byte() {
    for (mut files, lowest) in histories() {
        let expected = answers(project(&files).path(), lowest, |_| ());
        for (_, text) in &mut files {
            *text = format!("\u{feff}{}", text.replace('\n', "\r\n"));
        }
        same(
            &expected,
            &answers(project(&files).path(), lowest, |_| ()),
            "CRLF and a byte order mark",
        );
    }
}

#[test]
fn mistakes_are_told_in_the_same_words_and_order() {
    let mut files = broken();
    let told = |folder: &Path, arguments: &str, machine: &[(&str, &str)]| {
        let mut command = command(folder, arguments);
        set(&mut command, machine);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    let folder = project(&files);
    files.reverse();
    let reversed = project(&files);
    let json = told(folder.path(), "check --format json", &[]);
    assert!(json.matches("\"code\"").count() > 1, "{json}");
    let human = told(folder.path(), "check", &[]);
    assert_eq!(json, told(reversed.path(), "check --format json", &[]));
    assert_eq!(human, told(reversed.path(), "check", &[]));
    for machine in MACHINES {
        assert_eq!(
            json,
            told(folder.path(), "check --format json", machine),
            "{machine:?}"
        );
        // The width of the terminal is there for people.
        if !machine.iter().any(|it| it.0 == "COLUMNS") {
            assert_eq!(human, told(folder.path(), "check", machine), "{machine:?}");
        }
    }
}
