//! The real program in real folders: what goes to which stream, what is written, and the exit status.
#![expect(clippy::disallowed_methods, reason = "the tests play the user's part")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const COMMANDS: &[&str] = &["init", "explain"];

/// What the program answered.
#[derive(Debug)]
struct Answer {
    status: i32,
    stdout: String,
    stderr: String,
}

impl Answer {
    /// stdout, of a run that must have succeeded.
    #[track_caller]
    fn ok(self) -> String {
        assert_eq!(self.status, 0, "{}", self.stderr);
        self.stdout
    }

    /// stderr, of a run that must have ended with `status` and written no data.
    #[track_caller]
    fn fails(self, status: i32) -> String {
        assert_eq!(self.status, status, "{} {}", self.stdout, self.stderr);
        assert_eq!(self.stdout, "");
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self.stderr
    }
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_limbeck"));
    command.current_dir(folder).args(arguments);
    for name in ["COLUMNS", "NO_COLOR", "TERM"] {
        command.env_remove(name);
    }
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Answer {
    let Output {
        status,
        stdout,
        stderr,
    } = command(folder, arguments).output().unwrap();
    Answer {
        status: status.code().unwrap(),
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
    }
}

/// A folder in which `limbeck init` has run.
fn project() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &["init"]).ok();
    folder
}

fn read(folder: &TempDir, path: &str) -> String {
    fs::read_to_string(folder.path().join(path.trim_end())).unwrap()
}

fn write(folder: &TempDir, path: &str, bytes: impl AsRef<[u8]>) {
    fs::write(folder.path().join(path), bytes).unwrap();
}

#[track_caller]
fn contains(text: &str, part: &str) {
    assert!(text.contains(part), "{part:?} is not in:\n{text}");
}

#[test]
fn init_writes_a_project_and_overwrites_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let answer = run(folder.path(), &["init"]);
    contains(&answer.stderr, "limbeck revision -m");
    let written = "revisions/.gitkeep\nrelease-notes/.gitkeep\n.gitattributes\nlimbeck.yaml\n";
    assert_eq!(answer.ok(), written);
    contains(
        &read(&folder, ".gitattributes"),
        "out/** -text\n*.rev text eol=lf\n",
    );

    let config = "schema: kept\n";
    write(&folder, "limbeck.yaml", config);
    contains(
        &run(folder.path(), &["init"]).fails(2),
        "there is a file limbeck.yaml already",
    );
    assert_eq!(read(&folder, "limbeck.yaml"), config);
}

#[test]
fn init_leaves_other_attributes_alone() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, ".gitattributes", "* text\n");
    let answer = run(folder.path(), &["--format=json", "init"]);
    contains(&answer.stderr, "out/** -text");
    let written = r#"{"written":["revisions/.gitkeep","release-notes/.gitkeep","limbeck.yaml"]}"#;
    assert_eq!(answer.ok(), format!("{written}\n"));
    assert_eq!(read(&folder, ".gitattributes"), "* text\n");
}

#[test]
fn init_makes_a_second_configuration_and_no_stray_folder() {
    let folder = project();
    let written = run(folder.path(), &["-c", "limbeck_ts.yaml", "init", "-q"]);
    assert_eq!(written.stderr, "");
    assert_eq!(written.ok(), "limbeck_ts.yaml\n");
    contains(
        &run(folder.path(), &["-C", "nowhere", "init"]).fails(2),
        "no folder nowhere",
    );
    assert!(!folder.path().join("nowhere").exists());
}

#[test]
fn wrong_arguments_are_told_on_the_right_stream() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&[][..], &["chekc"], &["init", "--nope"]] {
        run(folder.path(), arguments).fails(2);
    }
    let answer = run(folder.path(), &["--format", "json", "chekc"]);
    assert_eq!((answer.status, answer.stderr.as_str()), (2, ""));
    contains(
        &answer.stdout,
        "\"message\":\"unrecognized subcommand 'chekc'\"",
    );
    contains(
        &run(folder.path(), &["--version"]).ok(),
        env!("CARGO_PKG_VERSION"),
    );
}

#[test]
fn explain_knows_every_code() {
    let folder = tempfile::tempdir().unwrap();
    let list = run(folder.path(), &["explain"]).ok();
    for code in limbeck::diagnostic::Code::ALL {
        contains(&list, code.name());
        contains(
            &run(folder.path(), &["explain", code.name()]).ok(),
            code.name(),
        );
    }
    contains(
        &run(folder.path(), &["explain", "sintax"]).fails(2),
        "did you mean `syntax`?",
    );
}

#[test]
fn every_command_has_help_with_an_example() {
    let folder = tempfile::tempdir().unwrap();
    let overview = run(folder.path(), &["--help"]).ok();
    let listed: Vec<&str> = overview
        .lines()
        .skip_while(|it| *it != "Commands:")
        .skip(1)
        .map_while(|it| it.split_whitespace().next())
        .filter(|it| *it != "help")
        .collect();
    assert_eq!(listed, COMMANDS);
    for name in listed {
        let help = run(folder.path(), &[name, "--help"]).ok();
        contains(&help, "\nUse it ");
        contains(&help, "\nExamples:\n  limbeck ");
        contains(&help, &format!("  limbeck {name}"));
    }
}

#[test]
fn a_full_disk_is_an_error_and_a_closed_pipe_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = command(folder.path(), &["explain"])
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    contains(
        &String::from_utf8(output.stderr).unwrap(),
        "cannot write to stdout: no space left",
    );

    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = command(folder.path(), &["explain"])
        .stdout(writer)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}
