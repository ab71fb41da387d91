//! The real program in real folders: what goes to which stream, what is written, and the exit status.
#![expect(clippy::disallowed_methods, reason = "the tests play the user's part")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const COMMANDS: &[&str] = &[
    "init",
    "revision",
    "merge",
    "check",
    "heads",
    "branches",
    "history",
    "show",
    "graph",
    "plan",
    "explain",
    "upgrade",
    "downgrade",
    "stamp",
    "release",
    "bundle",
    "verify",
    "prove",
    "drift",
];

/// What the program answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Answer {
    /// stdout, of a run that must have succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.status, 0, "{}", self.stderr);
        self.stdout
    }

    /// stderr, of a run that must have ended with `status` and written no data.
    #[track_caller]
    pub(crate) fn fails(self, status: i32) -> String {
        assert_eq!(self.status, status, "{} {}", self.stdout, self.stderr);
        assert_eq!(self.stdout, "");
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self.stderr
    }
}

pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_limbeck"));
    command.current_dir(folder).args(arguments);
    for name in ["COLUMNS", "NO_COLOR", "TERM"] {
        command.env_remove(name);
    }
    command
}

pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Answer {
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
pub(crate) fn project() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &["init"]).ok();
    folder
}

/// A project with the revisions a, b on a, and c on a.
pub(crate) fn forked() -> TempDir {
    let folder = project();
    for (id, head) in [("a", "head"), ("b", "a"), ("c", "a")] {
        let arguments = [
            "revision", "-m", id, "--rev-id", id, "--head", head, "--splice",
        ];
        run(folder.path(), &arguments).ok();
    }
    folder
}

pub(crate) fn read(folder: &TempDir, path: &str) -> String {
    fs::read_to_string(folder.path().join(path.trim_end())).unwrap()
}

pub(crate) fn write(folder: &TempDir, path: &str, bytes: impl AsRef<[u8]>) {
    fs::write(folder.path().join(path), bytes).unwrap();
}

#[track_caller]
pub(crate) fn contains(text: &str, part: &str) {
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
        "the file limbeck.yaml already exists",
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
fn revisions_follow_each_other() {
    let folder = project();
    let first = run(folder.path(), &["revision", "-m", "It's the first: größe"]).ok();
    let id = first
        .strip_prefix("revisions/")
        .unwrap()
        .split('_')
        .next()
        .unwrap();
    assert!(
        id.len() == 12 && id.chars().all(|it| it.is_ascii_hexdigit()),
        "{id}"
    );
    assert_eq!(first, format!("revisions/{id}_it_s_the_first_größe.rev\n"));
    contains(
        &read(&folder, &first),
        "down_revision none;\nmessage       'It''s the first: größe';\n",
    );

    let arguments = [
        "revision",
        "-m",
        "second",
        "--rev-id",
        "20250813_auth",
        "--branch-label",
        "auth",
        "--branch-label",
        "api",
    ];
    let second = run(folder.path(), &arguments).ok();
    assert_eq!(second, "revisions/20250813_auth_second.rev\n");
    contains(
        &read(&folder, &second),
        &format!("down_revision '{id}';\nmessage       'second';\nbranch_labels 'auth', 'api';\n"),
    );
    assert_eq!(
        run(folder.path(), &["heads"]).ok(),
        "20250813_auth (api, auth) (head)\n"
    );
    run(folder.path(), &["check"]).ok();
}

#[test]
fn a_revision_stands_on_the_single_head_or_a_named_one() {
    let folder = forked();
    let error = run(folder.path(), &["revision", "-m", "d"]).fails(1);
    contains(
        &error,
        "error[multiple-heads]: the history has 2 heads: b, c",
    );
    contains(&error, "--head");
    let error = run(folder.path(), &["revision", "-m", "d", "--head", "a"]).fails(1);
    contains(
        &error,
        "error[not-a-head]: a is not a head: it is followed by b, c",
    );
    contains(&error, "--splice");
    let error = run(folder.path(), &["revision", "-m", "d", "--head", "x"]).fails(1);
    contains(&error, "error[unknown-revision]");
    let arguments = [
        "revision",
        "-m",
        "d",
        "--rev-id",
        "d",
        "--head",
        "b",
        "--depends-on",
        "c",
    ];
    let path = run(folder.path(), &arguments).ok();
    contains(
        &read(&folder, &path),
        "down_revision 'b';\nmessage       'd';\ndepends_on    'c';\n",
    );
}

#[test]
fn a_draft_that_breaks_the_history_is_not_written() {
    let folder = forked();
    let long = "x".repeat(33);
    for (id, message) in [
        ("a", "error[duplicate-revision]"),
        ("a b", "error[invalid-identifier]"),
        ("../a", "error[invalid-identifier]"),
        ("head", "error[invalid-identifier]"),
        ("", "error[invalid-identifier]"),
        (".a", "error[invalid-identifier]"),
        (long.as_str(), "error[invalid-identifier]"),
    ] {
        let arguments = ["revision", "-m", "d", "--head", "b", "--rev-id", id];
        contains(&run(folder.path(), &arguments).fails(1), message);
    }
    let arguments = ["revision", "-m", "two\nlines", "--head", "b"];
    contains(
        &run(folder.path(), &arguments).fails(1),
        "control character '\\n'",
    );
    assert_eq!(
        fs::read_dir(folder.path().join("revisions"))
            .unwrap()
            .count(),
        4
    );
}

#[test]
fn a_file_is_never_overwritten() {
    let folder = project();
    run(folder.path(), &["revision", "-m", "d", "--rev-id", "d"]).ok();
    let text = read(&folder, "revisions/d_d.rev").replace("'d'", "'other'");
    write(&folder, "revisions/d_d.rev", &text);
    let error = run(folder.path(), &["revision", "-m", "d", "--rev-id", "d"]).fails(2);
    contains(&error, "the file revisions/d_d.rev already exists");
    assert_eq!(read(&folder, "revisions/d_d.rev"), text);
    assert_eq!(
        fs::read_dir(folder.path().join("revisions"))
            .unwrap()
            .count(),
        2
    );
}

#[test]
fn merge_joins_heads() {
    let folder = forked();
    contains(
        &run(folder.path(), &["check"]).fails(1),
        "limbeck merge b c",
    );
    let path = run(folder.path(), &["merge", "--rev-id", "m"]).ok();
    assert_eq!(path, "revisions/m_merge_b_and_c.rev\n");
    contains(
        &read(&folder, &path),
        "down_revision 'b', 'c';\nmessage       'merge b and c';\n",
    );
    run(folder.path(), &["check"]).ok();
    contains(
        &run(folder.path(), &["merge"]).fails(1),
        "nothing to merge: m is the only head",
    );
    contains(
        &run(folder.path(), &["merge", "b", "c"]).fails(1),
        "b is not a head: it is followed by m",
    );
}

#[test]
fn the_history_is_told_to_people_and_programs() {
    let folder = forked();
    let cases: &[(&[&str], &str)] = &[
        (&["heads"], "b (head)\nc (head)\n"),
        (
            &["heads", "--format", "json"],
            "{\"heads\":[{\"revision\":\"b\",\"labels\":[],\"message\":\"b\"},{\"revision\":\"c\",\"labels\":[],\"message\":\"c\"}]}\n",
        ),
        (
            &["--format=json", "show", "b"],
            "{\"revision\":\"b\",\"labels\":[],\"message\":\"b\",\"down_revisions\":[\"a\"],\
             \"upgrade\":[],\"downgrade\":[],\"written\":false,\"fidelity\":[\"exact\"],\"irreversible\":null}\n",
        ),
        (
            &["--format=json", "branches"],
            "{\"branches\":[{\"revision\":\"a\",\"labels\":[],\"message\":\"a\",\"down_revisions\":[]}]}\n",
        ),
        (
            &["--format=json", "history", "-r", "b:b"],
            "{\"history\":[{\"revision\":\"b\",\"labels\":[],\"message\":\"b\",\"down_revisions\":[\"a\"]}]}\n",
        ),
        (&["history", "-r", "b:b"], "a -> b (head), b\n"),
        (
            &[
                "--format=json",
                "plan",
                "downgrade",
                "--from",
                "b,c",
                "base",
            ],
            "{\"direction\":\"downgrade\",\"from\":[\"b\",\"c\"],\"to\":[],\"steps\":[\
             {\"revision\":\"c\",\"from\":[\"c\"],\"to\":[\"a\"],\"version_ops\":[[\"delete\",\"c\"]]},\
             {\"revision\":\"b\",\"from\":[\"b\"],\"to\":[\"a\"],\"version_ops\":[[\"update\",\"b\",\"a\"]]},\
             {\"revision\":\"a\",\"from\":[\"a\"],\"to\":[],\"version_ops\":[[\"delete\",\"a\"]]}],\"heads\":[]}\n",
        ),
    ];
    for (arguments, expected) in cases {
        assert_eq!(
            run(folder.path(), arguments).ok(),
            *expected,
            "{arguments:?}"
        );
    }
    contains(
        &run(folder.path(), &["history", "-v"]).ok(),
        "Path: revisions/b_b.rev",
    );
    contains(
        &run(folder.path(), &["graph", "--mermaid"]).ok(),
        "flowchart",
    );
    contains(&run(folder.path(), &["graph", "--dot"]).ok(), "digraph");
    contains(
        &run(folder.path(), &["plan", "upgrade", "b"]).ok(),
        "2. b: b\n     update a to b\n",
    );
    contains(
        &run(folder.path(), &["plan", "downgrade", "--from", "b", "-1"]).ok(),
        "1. b: b\n",
    );
}

#[test]
fn an_unknown_revision_is_an_error_of_the_project() {
    let folder = forked();
    for arguments in [
        &["show", "zz"][..],
        &["history", "-r", "zz:"],
        &["plan", "upgrade", "zz"],
        &["plan", "upgrade", "--from", "zz", "b"],
    ] {
        contains(
            &run(folder.path(), arguments).fails(1),
            "error[unknown-revision]",
        );
    }
    let answer = run(folder.path(), &["--format=json", "show", "zz"]);
    assert_eq!((answer.status, answer.stderr.as_str()), (1, ""));
    contains(
        &answer.stdout,
        "{\"diagnostics\":[{\"code\":\"unknown-revision\",\"severity\":\"error\"",
    );
}

#[test]
fn a_missing_or_empty_folder_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let error = run(folder.path(), &["heads"]).fails(2);
    contains(
        &error,
        "error[unreadable-file]: there is no folder revisions",
    );
    contains(&error, "limbeck init");
    contains(
        &run(folder.path(), &["-C", "x", "heads"]).fails(2),
        "there is no folder x",
    );
    write(&folder, "revisions", "");
    contains(
        &run(folder.path(), &["heads"]).fails(2),
        "revisions is a file, but a folder is required",
    );

    let folder = project();
    contains(
        &run(folder.path(), &["check"]).fails(1),
        "error[no-revisions]",
    );
    assert_eq!(run(folder.path(), &["heads"]).ok(), "");
}

#[test]
fn bytes_that_are_no_text_are_shown_in_their_line() {
    let folder = project();
    write(
        &folder,
        "revisions/a.rev",
        b"\xef\xbb\xbfone\r\ntwo \xff\r\n",
    );
    write(&folder, "revisions/b.rev", b"nul \0 byte\n");
    let error = run(folder.path(), &["check"]).fails(1);
    contains(
        &error,
        "error[unreadable-text]: the file is not UTF-8\n --> revisions/a.rev:2:5\n",
    );
    contains(
        &error,
        "error[unreadable-text]: the file contains a NUL byte\n --> revisions/b.rev:1:5\n",
    );
    contains(&error, "limbeck: 2 errors\n");
}

#[test]
fn folders_in_the_folder_are_read_and_hidden_files_are_not() {
    let folder = project();
    run(folder.path(), &["revision", "-m", "a", "--rev-id", "a"]).ok();
    fs::create_dir_all(folder.path().join("revisions/2025")).unwrap();
    fs::create_dir_all(folder.path().join("revisions/.git")).unwrap();
    let (from, to) = ("revisions/a_a.rev", "revisions/2025/a.rev");
    fs::rename(folder.path().join(from), folder.path().join(to)).unwrap();
    write(&folder, "revisions/.b.rev", "nonsense");
    write(&folder, "revisions/.git/c.rev", "nonsense");
    write(&folder, "revisions/README.md", "nonsense");
    contains(
        &run(folder.path(), &["show", "a"]).ok(),
        "Path: revisions/2025/a.rev",
    );
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_named() {
    use std::os::unix::fs::symlink;

    let folder = project();
    let revisions = folder.path().join("revisions");
    run(folder.path(), &["revision", "-m", "a", "--rev-id", "a"]).ok();
    // A link to a file is a file.
    fs::rename(revisions.join("a_a.rev"), folder.path().join("a.txt")).unwrap();
    symlink("../a.txt", revisions.join("a.rev")).unwrap();
    assert_eq!(run(folder.path(), &["heads"]).ok(), "a (head)\n");

    fs::create_dir(revisions.join("folder.rev")).unwrap();
    symlink("nowhere", revisions.join("dangling.rev")).unwrap();
    symlink("/", revisions.join("root.rev")).unwrap();
    symlink(".", revisions.join("here.rev")).unwrap();
    let error = run(folder.path(), &["heads"]).fails(2);
    contains(&error, "cannot read revisions/folder.rev: it is a folder\n");
    contains(
        &error,
        "cannot read revisions/dangling.rev: the target of the link does not exist\n",
    );
    contains(
        &error,
        "cannot read revisions/root.rev: the link points outside the project\n",
    );
    contains(
        &error,
        "cannot read revisions/here.rev: the link points to a folder\n",
    );
    contains(&error, "limbeck: 4 errors\n");
}

#[test]
fn the_configuration_is_checked_before_anything_else() {
    let folder = project();
    write(&folder, "limbeck.yaml", "shema: app\nminimum_server: 9\n");
    let error = run(folder.path(), &["heads"]).fails(2);
    contains(&error, "there is no key `shema`\n --> limbeck.yaml:1:1\n");
    contains(&error, "= help: did you mean `schema`?\n");
    contains(&error, "limbeck: 2 errors\n");
    let answer = run(folder.path(), &["heads", "--format=json"]);
    assert_eq!(answer.status, 2);
    contains(&answer.stdout, "\"code\":\"configuration\"");
    contains(
        &answer.stdout,
        "\"file\":\"limbeck.yaml\",\"line\":1,\"column\":1,\"end_line\":1,\"end_column\":6",
    );

    contains(
        &run(folder.path(), &["-c", "x.yaml", "heads"]).fails(2),
        "cannot read the configuration x.yaml",
    );
    write(&folder, "limbeck.yaml", b"\xff");
    contains(
        &run(folder.path(), &["heads"]).fails(2),
        "the file is not UTF-8\n --> limbeck.yaml:1:1\n",
    );
}

#[test]
fn paths_are_relative_to_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("db/history")).unwrap();
    write(
        &folder,
        "db/ts.yaml",
        "revisions: history\nallow: [heads]\n",
    );
    for (prefix, printed) in [
        (&["-c", "db/ts.yaml"][..], "db/history/a_a.rev\n"),
        (&["-C", "db", "-c", "ts.yaml"], "db/history/b_a.rev\n"),
    ] {
        let id = if printed.contains("a_a") { "a" } else { "b" };
        let mut arguments = prefix.to_vec();
        arguments.extend(["revision", "-m", "a", "--rev-id", id]);
        assert_eq!(run(folder.path(), &arguments).ok(), printed);
    }
    contains(
        &run(folder.path(), &["show", "b", "-c", "db/ts.yaml"]).ok(),
        "Path: db/history/b_a.rev",
    );
}

#[test]
fn wrong_arguments_are_told_on_the_right_stream() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &[][..],
        &["chekc"],
        &["heads", "--nope"],
        &["plan", "sideways", "x"],
        &["revision"],
    ] {
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
fn colour_is_for_terminals_and_those_who_ask() {
    let folder = tempfile::tempdir().unwrap();
    assert!(!run(folder.path(), &["heads"]).stderr.contains('\u{1b}'));
    contains(
        &run(folder.path(), &["heads", "--color", "always"]).stderr,
        "\u{1b}[",
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

#[cfg(target_os = "linux")]
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

#[test]
fn wrong_arguments_are_a_document_for_programs() {
    let folder = tempfile::tempdir().unwrap();
    let answer = run(folder.path(), &["--format", "json", "chekc"]);
    assert_eq!(answer.status, 2);
    contains(&answer.stdout, "\"code\":\"cannot-run\"");
}

#[test]
fn an_unknown_key_of_the_configuration_is_shown() {
    let folder = project();
    write(&folder, "limbeck.yaml", "dialekt: postgresql\n");
    let told = run(folder.path(), &["check"]).fails(2);
    contains(&told, "error[configuration]");
    contains(&told, "limbeck.yaml:1:1");
}

#[test]
fn a_downgrade_stops_before_what_cannot_be_taken_back() {
    let folder = project();
    let text = "revision 'a';\ndown_revision none;\nmessage 'a';\nupgrade {\n}\ndowngrade irreversible 'gone is gone';\n";
    write(&folder, "revisions/a.rev", text);
    let told = run(folder.path(), &["downgrade", "head:base", "--sql"]).fails(1);
    contains(&told, "error[irreversible]");
    contains(&told, "gone is gone");
}

#[test]
fn a_range_that_runs_backwards_is_a_fault() {
    let folder = forked();
    run(folder.path(), &["merge", "--rev-id", "m"]).ok();
    for range in ["m:b", "m:a", "b:a", "b:base"] {
        let told = run(folder.path(), &["upgrade", range, "--sql"]).fails(1);
        contains(&told, &format!("the range {range} runs backwards"));
    }
    contains(
        &run(folder.path(), &["upgrade", "m:head", "--sql"]).ok(),
        "Nothing to do",
    );
    let told = run(folder.path(), &["downgrade", "m:-1", "--sql"]).fails(1);
    contains(&told, "name the target: b, c");
}

#[test]
fn a_dash_is_stdout_and_targets_may_be_separated_by_commas() {
    let folder = forked();
    let script = run(folder.path(), &["upgrade", "b", "--sql", "-o", "-"]).ok();
    contains(&script, "begin isolation level read committed;");
    assert!(!folder.path().join("-").exists());
    contains(
        &run(folder.path(), &["plan", "upgrade", "--from", "a", "b,c"]).ok(),
        "the version table then contains b, c",
    );
}

#[test]
fn small_slips_are_told_in_the_words_of_their_author() {
    let folder = forked();
    let arguments = ["revision", "-m", "x", "--rev-id", "b", "--head", "c"];
    let told = run(folder.path(), &arguments).fails(1);
    contains(&told, "the revision id b is already used");
    for (text, message) in [
        (
            "minimum_server: '15'\n",
            "write it without quotes: minimum_server: 15",
        ),
        (
            "version_table: a.b\n",
            "write version_table_schema: a, and version_table: b",
        ),
        (
            "revisions: limbeck.yaml\n",
            "is a file, but a folder is required",
        ),
    ] {
        write(&folder, "limbeck.yaml", text);
        contains(&run(folder.path(), &["check"]).fails(2), message);
    }
}

#[test]
fn targets_of_a_plan_do_not_swallow_options() {
    let folder = forked();
    let arguments = ["plan", "upgrade", "heads", "--format", "json"];
    contains(
        &run(folder.path(), &arguments).ok(),
        "\"direction\":\"upgrade\"",
    );
    let arguments = ["plan", "downgrade", "--from", "b", "-1", "--format", "json"];
    contains(&run(folder.path(), &arguments).ok(), "\"to\":[\"a\"]");
}
