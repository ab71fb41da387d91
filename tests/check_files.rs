//! `limbeck check FILE…`: what concerns these files, and nothing else.
#![expect(clippy::disallowed_methods, reason = "the tests play the user's part")]

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::bundle::{A, B, C, released};
use crate::cli::{contains, project, read, run, write};

/// The codes of what is told of some files, with the files where it stands; in text the same number is told.
#[track_caller]
fn told(from: &Path, files: &[&str]) -> Vec<(String, String)> {
    let mut arguments = vec!["check", "--format", "json"];
    arguments.extend(files);
    let answer = run(from, &arguments);
    let document: Value = serde_json::from_str(&answer.stdout).unwrap();
    let faults = document["diagnostics"].as_array().unwrap();
    assert_eq!(answer.status, i32::from(!faults.is_empty()), "{document}");
    let mut arguments = vec!["check"];
    arguments.extend(files);
    let shown = run(from, &arguments);
    assert_eq!((shown.status, shown.stdout.as_str()), (answer.status, ""));
    assert_eq!(shown.stderr.matches("error[").count(), faults.len());
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    faults
        .iter()
        .map(|it| (text(&it["code"]), text(&it["file"])))
        .collect()
}

fn pair(code: &str, name: &str) -> (String, String) {
    (code.to_owned(), format!("revisions/{name}.rev"))
}

fn nothing() -> Vec<(String, String)> {
    Vec::new()
}

/// The revisions a, b on a, and c on b.
fn chain() -> TempDir {
    let folder = project();
    for (name, text) in [("a", A), ("b", B), ("c", C)] {
        write(&folder, &format!("revisions/{name}.rev"), text);
    }
    folder
}

const B_FILE: &str = "revisions/b.rev";
const WRONG: &str =
    "revision 'b'; down_revision 'a'; upgrade { alter table users drop column nope; }\n";

#[test]
fn a_fault_is_told_of_its_file_alone() {
    let folder = chain();
    let path = folder.path();
    assert_eq!(told(path, &[B_FILE]), nothing());
    let told_of = |text: &str, file: &str| {
        write(&folder, B_FILE, text);
        told(path, &[file])
    };
    for (text, code) in [
        (WRONG.to_owned(), "unknown-column"),
        (B.replace("upgrade {", "upgrade {{"), "syntax"),
        (B.replace("create index", "crete index"), "syntax"),
        (B.replace("revision 'b';\n", ""), "invalid-header"),
    ] {
        let found = told_of(&text, B_FILE);
        assert!(
            found.contains(&pair(code, "b")) || code == "invalid-header",
            "{found:?}"
        );
        assert!(
            !found.is_empty() && found.iter().all(|it| it.1 == B_FILE),
            "{found:?}"
        );
        // What b stands on is sound by itself.
        assert_eq!(told_of(&text, "revisions/a.rev"), nothing());
        assert_eq!(told(path, &["revisions/a.rev", B_FILE]), found);
        let answer = run(path, &["check", "revisions/a.rev"]);
        contains(&answer.stderr, "no errors in these files; the project has ");
        answer.ok();
    }
    // What stands on b ran as far as it could, or was not checked, which is said.
    write(&folder, B_FILE, WRONG);
    assert_eq!(told(path, &["revisions/c.rev"]), nothing());
    for text in [
        B.replace("create index", "crete index"),
        B.replace("revision 'b'", "revision b"),
    ] {
        write(&folder, B_FILE, text);
        assert_eq!(told(path, &["revisions/c.rev"]), [pair("unchecked", "c")]);
        let shown = run(path, &["check", "revisions/c.rev"]).fails(1);
        contains(&shown, "error[unchecked]: the file was not checked");
        contains(&shown, "::: revisions/b.rev:");
    }
    write(
        &folder,
        B_FILE,
        b"revision 'b'; down_revision 'a'; upgrade { } -- \xff\n",
    );
    assert_eq!(told(path, &[B_FILE]), [pair("unreadable-text", "b")]);
    assert_eq!(told(path, &["revisions/a.rev"]), nothing());
    assert_eq!(told(path, &["revisions/c.rev"]), [pair("unchecked", "c")]);
}

#[test]
fn a_fault_may_concern_a_file_through_another_one() {
    let folder = chain();
    let path = folder.path();
    // Two of one id: both, whoever came last; not what stands beside.
    write(&folder, "revisions/z.rev", B.replace("ix_users", "ix_z"));
    let twice = [pair("duplicate-revision", "z")];
    assert_eq!(told(path, &[B_FILE]), twice);
    assert_eq!(told(path, &["revisions/z.rev"]), twice);
    assert_eq!(told(path, &["revisions/a.rev"]), nothing());
    // A label is taken.
    let labelled = |id: &str, parent: &str| {
        format!("revision '{id}'; down_revision '{parent}'; branch_labels 'x'; upgrade {{ }}\n")
    };
    write(&folder, "revisions/d.rev", labelled("d", "c"));
    write(&folder, "revisions/z.rev", labelled("z", "d"));
    let twice = [pair("duplicate-label", "z")];
    assert_eq!(told(path, &["revisions/d.rev"]), twice);
    assert_eq!(told(path, &["revisions/a.rev"]), nothing());
    fs::remove_file(path.join("revisions/d.rev")).unwrap();
    // A second head: both heads, and no other.
    write(
        &folder,
        "revisions/z.rev",
        "revision 'z'; down_revision 'a'; upgrade { }\n",
    );
    for file in ["revisions/z.rev", "revisions/c.rev"] {
        let found = told(path, &[file]);
        assert_eq!((found.len(), found[0].0.as_str()), (1, "multiple-heads"));
    }
    assert_eq!(told(path, &[B_FILE]), nothing());
    // Two sides of a merge: each, and the merge.
    let raw = |id: &str, parent: &str, verb: &str| {
        format!(
            "revision '{id}'; down_revision '{parent}';\nupgrade {{ sql {{ alter table users {verb} row level security; }} reverse {{ }} }}\n"
        )
    };
    write(&folder, "revisions/c.rev", raw("c", "b", "enable"));
    write(&folder, "revisions/z.rev", raw("z", "a", "disable"));
    write(
        &folder,
        "revisions/m.rev",
        "revision 'm'; down_revision 'c', 'z'; upgrade { }\n",
    );
    for file in ["revisions/c.rev", "revisions/z.rev", "revisions/m.rev"] {
        let found = told(path, &[file]);
        let is_conflict = found.iter().any(|it| it.0 == "merge-conflict");
        assert!(is_conflict, "{file}: {found:?}");
    }
    assert_eq!(told(path, &[B_FILE]), nothing());
    // A circle: who is in it, and who stands on it.
    let bare = |id: &str, parent: &str| {
        format!("revision '{id}'; down_revision '{parent}'; upgrade {{ }}\n")
    };
    write(&folder, "revisions/m.rev", bare("m", "z"));
    write(&folder, "revisions/z.rev", bare("z", "m"));
    write(&folder, "revisions/y.rev", bare("y", "z"));
    for file in ["revisions/m.rev", "revisions/z.rev"] {
        let found = told(path, &[file]);
        assert_eq!(
            (found.len(), found[0].0.as_str()),
            (1, "revision-cycle"),
            "{file}"
        );
    }
    assert_eq!(told(path, &["revisions/y.rev"]), [pair("unchecked", "y")]);
    assert_eq!(told(path, &["revisions/c.rev"]), nothing());
}

#[test]
fn a_fault_of_the_graph_hides_none_beside_it() {
    let folder = chain();
    let path = folder.path();
    write(
        &folder,
        "revisions/b_wrong.rev",
        WRONG.replace("'b'", "'w'"),
    );
    write(
        &folder,
        "revisions/lost.rev",
        "revision 'lost'; down_revision 'nobody'; upgrade { }",
    );
    // What stands on it cannot be judged.
    write(
        &folder,
        "revisions/y.rev",
        WRONG.replace("'b'", "'y'").replace("'a'", "'lost'"),
    );
    assert_eq!(
        told(path, &[]),
        [
            pair("unknown-column", "b_wrong"),
            pair("unknown-revision", "lost")
        ]
    );
    // What is told with the graph is not told again.
    write(
        &folder,
        "revisions/b_wrong.rev",
        "revision 'w'; down_revision 'a'; upgrade { create tabl t (a integer); }",
    );
    let mut all = told(path, &[]);
    all.sort();
    assert_eq!(
        all,
        [pair("syntax", "b_wrong"), pair("unknown-revision", "lost")]
    );
}

#[test]
fn a_missing_parent_concerns_the_child_and_what_was_there() {
    let folder = chain();
    let path = folder.path();
    write(&folder, "revisions/b_add.rev", read(&folder, B_FILE));
    fs::remove_file(path.join(B_FILE)).unwrap();
    assert_eq!(told(path, &["revisions/b_add.rev"]), nothing());
    // A hook names what was deleted.
    fs::remove_file(path.join("revisions/b_add.rev")).unwrap();
    let missing = [pair("unknown-revision", "c")];
    for file in [
        "revisions/b_add.rev",
        "revisions/c.rev",
        "./revisions/../revisions/b_add.rev",
    ] {
        assert_eq!(told(path, &[file]), missing, "{file}");
    }
    assert_eq!(told(path, &["revisions/a.rev"]), nothing());
    // What has nothing to do with an absence is not told of one.
    write(&folder, "revisions/c.rev", WRONG.replace("'b'", "'c'"));
    assert_eq!(told(path, &["revisions/b_add.rev"]), nothing());
    // Another id in a file that is called by the old one.
    write(&folder, "revisions/b_add.rev", B.replace("'b'", "'bb'"));
    write(&folder, "revisions/c.rev", C);
    assert_eq!(told(path, &["revisions/b_add.rev"]), missing);
    // The merge of two heads is gone, and the folder of the last revision with it.
    write(&folder, "revisions/b_add.rev", B);
    write(
        &folder,
        "revisions/z.rev",
        "revision 'z'; down_revision 'a'; upgrade { }\n",
    );
    assert_eq!(told(path, &["revisions/2025/m.rev"])[0].0, "multiple-heads");
    for name in ["a", "b_add", "c", "z"] {
        fs::remove_file(path.join(format!("revisions/{name}.rev"))).unwrap();
    }
    assert_eq!(told(path, &["revisions/z.rev"])[0].0, "no-revisions");
}

#[test]
fn notes_and_the_configuration_are_files_too() {
    let folder = released();
    let path = folder.path();
    run(path, &["release", "1.1.0", "--seal"]).ok();
    write(&folder, B_FILE, B.replace("default true", "default false"));
    let edited = [pair("edited-release", "b")];
    assert_eq!(told(path, &[B_FILE]), edited);
    assert_eq!(told(path, &["release-notes/1.1.0.md"]), edited);
    assert_eq!(told(path, &["release-notes/1.0.0.md"]), nothing());
    assert_eq!(told(path, &["revisions/c.rev"]), nothing());
    // Everything hangs on the options, and a folder is all that is in it.
    for file in ["limbeck.yaml", ".", "revisions", "release-notes"] {
        assert_eq!(told(path, &[file]), edited, "{file}");
    }
    fs::remove_file(path.join("limbeck.yaml")).unwrap();
    assert_eq!(told(path, &["limbeck.yaml"]), edited);
    write(&folder, B_FILE, B);
    write(
        &folder,
        "release-notes/1.2.0.md",
        "---\nversion: 1.2.0\nfrom: [1.1.0]\nhead: nope\n---\n",
    );
    let head = vec![("release".to_owned(), "release-notes/1.2.0.md".to_owned())];
    assert_eq!(told(path, &["release-notes/1.2.0.md"]), head);
    assert_eq!(told(path, &["release-notes/1.1.0.md", B_FILE]), nothing());
    assert_eq!(told(path, &["revisions/gone.rev"]), head);
    // Notes stand on the history as a whole.
    write(
        &folder,
        "revisions/a.rev",
        A.replace("down_revision none", "down_revision no"),
    );
    assert_eq!(
        told(path, &["release-notes/1.1.0.md"]),
        [("unchecked".to_owned(), "release-notes/1.1.0.md".to_owned())]
    );
}

#[test]
fn files_are_named_from_the_working_directory() {
    let outer = tempfile::tempdir().unwrap();
    let path = outer.path();
    fs::create_dir_all(path.join("db/deep")).unwrap();
    run(path, &["-C", "db", "init"]).ok();
    write(&outer, "db/revisions/a.rev", A);
    write(&outer, "db/revisions/b.rev", WRONG);
    write(&outer, "b.rev", WRONG);
    let absolute = path.join("db/revisions/b.rev").to_str().unwrap().to_owned();
    for (from, arguments) in [
        ("", &["-C", "db", "check", "db/revisions/b.rev"][..]),
        (
            "",
            &["-c", "db/limbeck.yaml", "check", "db/revisions/b.rev"],
        ),
        ("db", &["check", "revisions/b.rev"]),
        ("db/deep", &["check", "../revisions/b.rev"]),
        ("db/deep", &["check", &absolute]),
    ] {
        let told = run(&path.join(from), arguments).fails(1);
        contains(&told, "error[unknown-column]");
    }
    for (from, arguments, message) in [
        (
            "",
            &["-C", "db", "check", "revisions/b.rev"][..],
            "there is no file revisions/b.rev",
        ),
        (
            "",
            &["-C", "db", "check", "b.rev"],
            "b.rev is outside the project in db",
        ),
        (
            "db",
            &["check", "../b.rev"],
            "../b.rev is outside the project in this folder",
        ),
        (
            "db",
            &["check", "../gone.rev"],
            "there is no file ../gone.rev",
        ),
        (
            "db",
            &["check", "revisions/gone"],
            "there is no file revisions/gone",
        ),
    ] {
        contains(&run(&path.join(from), arguments).fails(2), message);
    }
    // A file that looks like a revision and is none is a slip; any other is somebody else's.
    write(&outer, "db/x.rev", WRONG);
    write(&outer, "db/revisions/.x.rev", WRONG);
    write(&outer, "db/README.md", "");
    for file in ["x.rev", "revisions/.x.rev"] {
        let told = run(&path.join("db"), &["check", file]).fails(2);
        contains(
            &told,
            &format!("{file} is not a revision of the project and is not read"),
        );
    }
    let answer = run(&path.join("db"), &["check", "README.md"]);
    contains(
        &answer.stderr,
        "README.md is not checked: the history does not depend on it\nnone of these files affects the history",
    );
    answer.ok();
    let answer = run(&path.join("db"), &["check", "README.md", "revisions/a.rev"]);
    contains(
        &answer.stderr,
        "no errors in these files; the project has 1 other error: run `limbeck check`\n",
    );
    answer.ok();
}

#[cfg(unix)]
#[test]
fn a_link_and_what_it_leads_to_are_one_file() {
    use std::os::unix::fs::symlink;

    let folder = chain();
    let path = folder.path();
    fs::create_dir(path.join("kept")).unwrap();
    write(&folder, "kept/b.txt", WRONG);
    fs::remove_file(path.join(B_FILE)).unwrap();
    symlink("../kept/b.txt", path.join(B_FILE)).unwrap();
    symlink("kept", path.join("alias")).unwrap();
    for file in [B_FILE, "kept/b.txt", "alias/b.txt", "kept", "alias"] {
        assert_eq!(told(path, &[file]), [pair("unknown-column", "b")], "{file}");
    }
    symlink("nowhere", path.join("dangling.rev")).unwrap();
    contains(
        &run(path, &["check", "dangling.rev"]).fails(2),
        "fix the link or remove it",
    );
    symlink("/", path.join("root")).unwrap();
    contains(
        &run(path, &["check", "root"]).fails(2),
        "root is outside the project",
    );
}

#[test]
fn warnings_are_told_of_the_files_alone() {
    let folder = chain();
    let path = folder.path();
    // A Cyrillic letter among Latin ones.
    write(&folder, B_FILE, B.replace("active", "аctive"));
    contains(&run(path, &["check", B_FILE]).stderr, "warning[");
    let other = run(path, &["check", "revisions/a.rev"]);
    assert!(!other.stderr.contains("warning["), "{}", other.stderr);
    other.ok();
}
