//! From where a project is found, and that every path leads there from the working directory.
#![expect(clippy::disallowed_methods, reason = "the tests play the user's part")]

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::bundle::{A, B};
use crate::cli::{command, contains, read, run, write};

/// A folder with a project in `db`, whose revision b names a column that is not there, and with empty folders in and beside it.
fn nested() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["db/deep/er", "beside"] {
        fs::create_dir_all(folder.path().join(name)).unwrap();
    }
    run(&folder.path().join("db"), &["init"]).ok();
    write(&folder, "db/revisions/a.rev", A);
    write(
        &folder,
        "db/revisions/b.rev",
        B.replace("(email)", "(mail)"),
    );
    folder
}

/// The files of the diagnostics that a command gives, each of which must lead somewhere from `from`.
#[track_caller]
fn files(from: &Path, arguments: &[&str], status: i32) -> Vec<String> {
    let mut all = arguments.to_vec();
    all.extend(["--format", "json"]);
    let answer = run(from, &all);
    assert_eq!(answer.status, status, "{}{}", answer.stdout, answer.stderr);
    let document: Value = serde_json::from_str(&answer.stdout).unwrap();
    let faults = document["diagnostics"].as_array().unwrap();
    let files = faults.iter().filter_map(|it| it["file"].as_str());
    let files: Vec<String> = files.map(str::to_owned).collect();
    for file in &files {
        assert!(from.join(file).is_file(), "{file}");
    }
    files
}

#[test]
fn paths_begin_in_the_working_directory() {
    let folder = nested();
    let root = folder.path();
    let absolute = root.join("db").to_str().unwrap().to_owned();
    let config = root.join("db/limbeck.yaml").to_str().unwrap().to_owned();
    for (from, arguments, shown) in [
        ("db", &[][..], "revisions/b.rev"),
        ("db", &["-C", "."], "revisions/b.rev"),
        ("db", &["-c", "limbeck.yaml"], "revisions/b.rev"),
        ("db", &["-c", "./limbeck.yaml"], "revisions/b.rev"),
        ("db", &["-C", &absolute], "revisions/b.rev"),
        ("db/deep", &[], "../revisions/b.rev"),
        ("db/deep/er", &[], "../../revisions/b.rev"),
        ("db/deep", &["-C", "er"], "../revisions/b.rev"),
        ("db/deep", &["-C", ".."], "../revisions/b.rev"),
        ("db/deep", &["-c", "../limbeck.yaml"], "../revisions/b.rev"),
        ("", &["-C", "db"], "db/revisions/b.rev"),
        ("", &["-C", "./db/"], "db/revisions/b.rev"),
        ("", &["-C", "beside/../db"], "db/revisions/b.rev"),
        ("", &["-C", "db/deep/er"], "db/revisions/b.rev"),
        ("", &["-C", &absolute], "db/revisions/b.rev"),
        ("", &["-c", &config], "db/revisions/b.rev"),
        ("", &["-c", "db/limbeck.yaml"], "db/revisions/b.rev"),
        (
            "",
            &["-C", "db", "-c", "limbeck.yaml"],
            "db/revisions/b.rev",
        ),
        ("beside", &["-C", "../db"], "../db/revisions/b.rev"),
        ("beside", &["-C", "../db/deep"], "../db/revisions/b.rev"),
        (
            "beside",
            &["-c", "../db/limbeck.yaml"],
            "../db/revisions/b.rev",
        ),
        // What was named from the root stays so where it leads out.
        (
            "beside",
            &["-C", &absolute],
            &format!("{absolute}/revisions/b.rev"),
        ),
    ] {
        let from = root.join(from);
        let mut all = arguments.to_vec();
        all.push("check");
        let told = run(&from, &all).fails(1);
        contains(&told, &format!("--> {shown}:6:"));
        assert_eq!(files(&from, &all, 1), [shown], "{arguments:?}");
        let mut all = arguments.to_vec();
        all.extend(["history", "-v"]);
        contains(&run(&from, &all).ok(), &format!("Path: {shown}\n"));
    }
}

/// Not only diagnostics of revisions: the configuration, notes, folders, what is written.
#[test]
fn every_kind_of_path_begins_there() {
    let folder = nested();
    let root = folder.path();
    let deep = root.join("db/deep");
    write(&folder, "db/revisions/b.rev", B);
    let written = run(&deep, &["release", "1.0.0", "--head", "a"]).ok();
    assert_eq!(written, "../release-notes/1.0.0.md\n");
    assert_eq!(
        run(root, &["-C", "db", "release", "1.1.0", "--seal"]).ok(),
        "db/release-notes/1.1.0.md\n"
    );
    assert_eq!(
        run(&deep, &["bundle", "1.1.0"]).ok(),
        "../out/1.1.0\n../release-notes/1.1.0.md\n"
    );
    contains(
        &run(&deep, &["release", "1.1.0"]).fails(2),
        "already has notes: ../release-notes/1.1.0.md",
    );
    let written = run(&deep, &["revision", "-m", "c", "--rev-id", "c"]).ok();
    assert_eq!(written, "../revisions/c_c.rev\n");
    assert!(root.join("db/revisions/c_c.rev").is_file());

    let notes = read(&folder, "db/release-notes/1.1.0.md");
    write(
        &folder,
        "db/release-notes/1.1.0.md",
        notes.replace("head: 'b'", "head: 'zz'"),
    );
    contains(
        &run(&deep, &["check"]).fails(1),
        "--> ../release-notes/1.1.0.md:",
    );
    assert_eq!(
        files(root, &["-C", "db", "check"], 1)[0],
        "db/release-notes/1.1.0.md"
    );
    write(&folder, "db/release-notes/1.1.0.md", &notes);

    let is_anchor = |line: &&str| line.contains("blake3:") || *line == "anchors:";
    let lines = notes.lines().filter(|it| !is_anchor(it));
    let without: String = lines.flat_map(|it| [it, "\n"]).collect();
    write(&folder, "db/release-notes/1.1.0.md", without);
    contains(
        &run(&deep, &["verify", "1.1.0"]).fails(3),
        "../out/1.1.0: ../release-notes/1.1.0.md has no anchor for it",
    );

    write(&folder, "db/revisions/d.rev", b"\xff");
    contains(
        &run(&deep, &["heads"]).fails(1),
        "the file is not UTF-8\n --> ../revisions/d.rev:1:1\n",
    );
    fs::remove_file(root.join("db/revisions/d.rev")).unwrap();
    fs::create_dir(root.join("db/revisions/d.rev")).unwrap();
    contains(
        &run(&deep, &["heads"]).fails(2),
        "cannot read ../revisions/d.rev: it is a folder",
    );

    write(&folder, "db/limbeck.yaml", "shema: x\n");
    contains(
        &run(&deep, &["heads"]).fails(2),
        "there is no key `shema`\n --> ../limbeck.yaml:1:1\n",
    );
    assert_eq!(files(root, &["-C", "db", "heads"], 2), ["db/limbeck.yaml"]);
    write(&folder, "db/limbeck.yaml", "revisions: nowhere\n");
    contains(
        &run(&deep, &["heads"]).fails(2),
        "there is no folder ../nowhere",
    );
    fs::create_dir(root.join("db/nowhere")).unwrap();
    contains(
        &run(&deep, &["check"]).fails(1),
        "there are no revisions in ../nowhere",
    );
}

#[test]
fn the_nearest_configuration_counts() {
    let folder = nested();
    let root = folder.path();
    let deep = root.join("db/deep/er");
    // A project in a project.
    run(&root.join("db/deep"), &["init"]).ok();
    write(&folder, "db/deep/revisions/x.rev", A.replace("'a'", "'x'"));
    assert_eq!(run(&deep, &["heads"]).ok(), "x (head)\n");
    assert_eq!(run(&root.join("db"), &["heads"]).ok(), "b (head)\n");
    // What is named is not looked for.
    contains(
        &run(&deep, &["-c", "limbeck.yaml", "heads"]).fails(2),
        "cannot read the configuration limbeck.yaml",
    );
    // `init` begins where it is told to.
    run(&deep, &["init"]).ok();
    assert!(deep.join("limbeck.yaml").is_file());
    assert_eq!(run(&deep, &["heads"]).ok(), "");
    // Without any, it is the folder itself.
    write(&folder, "beside/limbeck.txt", "");
    contains(
        &run(&root.join("beside"), &["heads"]).fails(2),
        "there is no folder revisions",
    );
    fs::create_dir(root.join("beside/revisions")).unwrap();
    write(&folder, "beside/revisions/y.rev", A.replace("'a'", "'y'"));
    assert_eq!(run(&root.join("beside"), &["heads"]).ok(), "y (head)\n");
}

#[cfg(unix)]
#[test]
fn links_lead_where_the_folder_is() {
    use std::os::unix::fs::symlink;

    let folder = nested();
    let root = folder.path();
    symlink("../db/deep", root.join("beside/link")).unwrap();
    symlink("db", root.join("alias")).unwrap();
    // The way up begins where the link leads.
    let from = root.join("beside");
    assert_eq!(
        files(&from, &["-C", "link", "check"], 1),
        ["../db/revisions/b.rev"]
    );
    // What was named keeps its name.
    assert_eq!(
        files(root, &["-C", "alias", "check"], 1),
        ["alias/revisions/b.rev"]
    );
    // A shell may say that it is in a link; the system knows where it is.
    let output = command(&root.join("beside/link"), &["check"])
        .env("PWD", root.join("beside/link"))
        .output()
        .unwrap();
    contains(
        &String::from_utf8(output.stderr).unwrap(),
        "--> ../revisions/b.rev:",
    );
    // A link that leads nowhere is a configuration that cannot be read, not one that is missing.
    symlink("nowhere.yaml", root.join("beside/limbeck.yaml")).unwrap();
    contains(
        &run(&from, &["heads"]).fails(2),
        "cannot read the configuration limbeck.yaml",
    );
}

/// Above may be a folder where anybody writes.
#[cfg(unix)]
#[test]
fn the_configuration_of_another_user_is_not_found_by_itself() {
    let folder = nested();
    let root = folder.path();
    let config = root.join("db/limbeck.yaml");
    if std::os::unix::fs::chown(&config, Some(65_534), None).is_err() {
        // Only root gives files away.
        return;
    }
    let deep = root.join("db/deep");
    let told = run(&deep, &["heads"]).fails(2);
    contains(
        &told,
        "the configuration ../limbeck.yaml and the folder below it belong to different users",
    );
    contains(&told, "-c ../limbeck.yaml");
    assert_eq!(
        run(&deep, &["-c", "../limbeck.yaml", "heads"]).ok(),
        "b (head)\n"
    );
    assert_eq!(run(&root.join("db"), &["heads"]).ok(), "b (head)\n");
}
