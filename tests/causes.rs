//! `limbeck verify` of edited revisions: the cause comes first and once, and what only follows is counted.
#![expect(clippy::disallowed_methods, reason = "the tests play the user's part")]

use std::fs;

use serde_json::json;
use tempfile::TempDir;

use crate::bundle::{A, B, C, released};
use crate::cli::{contains, run, write};
use crate::verify::{bundled, differs, document, edit_manifest, sum_again};

/// The errors that are told, each by its first line, in their order.
fn errors(told: &str) -> Vec<&str> {
    let lines = told.lines();
    lines.filter(|it| it.starts_with("error[")).collect()
}

/// A project with the releases 1.0.0, 1.1.0 and 1.2.0, those of `sealed` sealed, and the bundles of all.
fn all_bundled(sealed: &[&str]) -> TempDir {
    let folder = released();
    for version in sealed {
        run(folder.path(), &["release", version, "--seal"]).ok();
    }
    run(folder.path(), &["bundle", "--all"]).ok();
    run(folder.path(), &["verify", "--all"]).ok();
    folder
}

#[test]
fn an_edited_revision_is_told_once_with_what_it_breaks() {
    let all = ["1.0.0", "1.1.0", "1.2.0"];
    let other_a = A.replace("note text", "note varchar");
    let other_b = B.replace("default true", "default false");
    let other_c = C.replace("drop column note", "drop column email");
    let sealed = "after release 1.0.0 was sealed; this also breaks releases 1.1.0 and 1.2.0";
    let other = "out/1.0.0: revision a was edited after the bundle was made; this also breaks releases 1.1.0 and 1.2.0";
    for (seals, edits, expected) in [
        (
            &all[..],
            &[("a", &other_a)][..],
            &[format!("edited-release]: revision a was edited {sealed}")][..],
        ),
        (
            &all[..],
            &[("b", &other_b)],
            &["edited-release]: revision b was edited after release 1.1.0 was sealed; this also breaks release 1.2.0".to_owned()],
        ),
        (
            &all[..],
            &[("c", &other_c)],
            &["edited-release]: revision c was edited after release 1.2.0 was sealed".to_owned()],
        ),
        // Two are two.
        (
            &all[..],
            &[("a", &other_a), ("c", &other_c)],
            &[
                format!("edited-release]: revision a was edited {sealed}"),
                "edited-release]: revision c was edited after release 1.2.0 was sealed".to_owned(),
            ],
        ),
        // A manifest knows it of what its bundle holds; what stands on that says no more.
        (&[], &[("a", &other_a)], &[format!("bundle]: {other}")]),
        (
            &[],
            &[("b", &other_b)],
            &["bundle]: out/1.1.0: revision b, or one below it, was edited after the bundle was made; this also breaks release 1.2.0".to_owned()],
        ),
        // A seal and manifests.
        (
            &all[..1],
            &[("a", &other_a)],
            &[format!("edited-release]: revision a was edited {sealed}")],
        ),
        (
            &all[..2],
            &[("b", &other_b)],
            &["edited-release]: revision b was edited after release 1.1.0 was sealed; this also breaks release 1.2.0".to_owned()],
        ),
    ] {
        let folder = all_bundled(seals);
        for (name, text) in edits {
            write(&folder, &format!("revisions/{name}.rev"), text);
        }
        let told = run(folder.path(), &["verify"]).fails(3);
        let expected: Vec<String> = expected.iter().map(|it| format!("error[{it}")).collect();
        assert_eq!(errors(&told), expected, "{told}");
        contains(&told, " differ because of this: run `limbeck verify --all --diff` to see the differences\n");
        assert!(!told.contains("\n--- out/"), "{told}");
        contains(&told, &format!("--> revisions/{}.rev:1:10", edits[0].0));
        // Whoever asks sees all of it, the cause first; programs see it anyway.
        let shown = run(folder.path(), &["verify", "--diff"]).fails(3);
        assert_eq!(errors(&shown)[..expected.len()], expected);
        let files = document(&folder, 3, &[]);
        let files = files["releases"].as_array().unwrap().iter();
        let files: usize = files.map(|it| it["differences"].as_array().unwrap().len()).sum();
        assert_eq!(errors(&shown).len(), expected.len() + files);
        assert_eq!(shown.matches("\n--- out/").count(), files);
        contains(&told, &format!("\n{files} files in out/"));
    }
}

/// One release alone does not know what was edited below it; the seals of others may.
#[test]
fn other_seals_say_what_was_edited_below() {
    let other_b = B.replace("default true", "default false");
    let named = "error[edited-release]: revision b was edited after release 1.1.0 was sealed; this also breaks release 1.2.0";
    for seals in [&["1.0.0", "1.1.0", "1.2.0"][..], &["1.1.0"]] {
        let folder = all_bundled(seals);
        write(&folder, "revisions/b.rev", &other_b);
        let told = run(folder.path(), &["verify", "1.2.0"]).fails(3);
        assert_eq!(errors(&told), [named], "{told}");
        contains(&told, "files in out/1.2.0 differ because of this");
        run(folder.path(), &["verify", "1.0.0"]).ok();
    }
    // What was edited elsewhere is no matter of it.
    let folder = all_bundled(&["1.0.0", "1.1.0", "1.2.0"]);
    write(
        &folder,
        "revisions/c.rev",
        C.replace("drop column note", "drop column email"),
    );
    run(folder.path(), &["verify", "1.1.0"]).ok();
    // Where no seal knows it, the release says what it can.
    let folder = all_bundled(&["1.2.0"]);
    write(&folder, "revisions/b.rev", &other_b);
    let told = run(folder.path(), &["verify", "1.2.0"]).fails(3);
    contains(
        errors(&told)[0],
        "error[edited-release]: release 1.2.0 is not what was sealed",
    );
    assert_eq!(errors(&told).len(), 1, "{told}");
    // But the bundle of another one does.
    let told = run(folder.path(), &["verify"]).fails(3);
    let by_bundle = "error[bundle]: out/1.1.0: revision b, or one below it, was edited after the bundle was made; this also breaks release 1.2.0";
    assert_eq!(errors(&told), [by_bundle], "{told}");
}

#[test]
fn what_does_not_follow_from_an_edit_is_told_behind_it() {
    let folder = all_bundled(&["1.0.0", "1.1.0", "1.2.0"]);
    write(
        &folder,
        "revisions/b.rev",
        B.replace("default true", "default false"),
    );
    // A file that somebody touched, one that is gone, and one too many.
    write(&folder, "out/1.1.0/NOTES.md", "mine\n");
    fs::remove_file(folder.path().join("out/1.2.0/verify.sql")).unwrap();
    write(&folder, "out/1.0.0/more", "");
    write(&folder, "out/stray", "");
    let told = run(folder.path(), &["verify"]).fails(3);
    let expected = [
        "error[edited-release]: revision b was edited after release 1.1.0 was sealed; this also breaks release 1.2.0",
        "error[bundle]: out/1.0.0/more does not belong to the bundle",
        "error[bundle]: out/1.1.0/NOTES.md was changed after it was written",
        "error[bundle]: out/1.2.0/verify.sql is missing",
        "error[bundle]: out/stray is not a bundle",
    ];
    assert_eq!(errors(&told), expected, "{told}");
    contains(&told, "\n--- out/1.1.0/NOTES.md\n");
    assert_eq!(told.matches("\n--- out/").count(), 1, "{told}");

    // A manifest that says another digest than the seal explains nothing: it is forged.
    let folder = bundled(true);
    edit_manifest(&folder, |it| {
        it["steps"][0]["digest"] = json!(format!("lb1:{}", "0".repeat(64)));
    });
    write(&folder, "out/1.1.0/upgrade.sql", "drop table users;\n");
    sum_again(&folder);
    let told = differs(&folder);
    contains(
        &told,
        "error[bundle]: out/1.1.0/upgrade.sql differs from what the sources compile to",
    );
    contains(&told, "\n-drop table users;\n");
    assert!(!told.contains("because of that"), "{told}");
}
