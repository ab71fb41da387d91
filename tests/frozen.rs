//! Bundles that another version of limbeck made: an unsealed one is made again, a sealed one is frozen.
#![expect(clippy::disallowed_methods, reason = "the tests play the user's part")]

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::anchors::anchor_again;
use crate::bundle::B;
use crate::cli::{contains, read, run, write};
use crate::verify::{bare, bundled, differs, document, edit_manifest, sum_again};

/// The bundle of 1.1.0 as an older version would have left it.
fn made_by_another(sealed: bool) -> TempDir {
    let folder = bundled(sealed);
    let script = read(&folder, "out/1.1.0/upgrade.sql") + "-- as it was written then\n";
    write(&folder, "out/1.1.0/upgrade.sql", script);
    edit_manifest(&folder, |it| it["tool"]["version"] = json!("0.0.9"));
    sum_again(&folder);
    if sealed {
        anchor_again(&folder);
    }
    folder
}

#[test]
fn a_bundle_of_another_version_is_made_again_until_it_is_sealed() {
    let folder = made_by_another(false);
    let told = differs(&folder);
    let now = env!("CARGO_PKG_VERSION");
    contains(
        &told,
        &format!("out/1.1.0: it was made by limbeck 0.0.9, but this is limbeck {now}"),
    );
    contains(&told, "limbeck bundle 1.1.0");
    run(folder.path(), &["bundle", "1.1.0"]).ok();
    run(folder.path(), &["verify", "1.1.0"]).ok();

    let folder = made_by_another(true);
    let path = folder.path();
    let script = read(&folder, "out/1.1.0/upgrade.sql");
    let frozen = "1.1.0: frozen (made by limbeck 0.0.9, not recompiled)\n";
    assert_eq!(bare(&run(path, &["verify", "1.1.0"]).ok()), frozen);
    let entry = &document(&folder, 0, &["1.1.0"])["releases"][0];
    assert_eq!(
        (&entry["outcome"], &entry["made_by"]),
        (&json!("frozen"), &json!("0.0.9"))
    );
    contains(&run(path, &["bundle", "1.1.0"]).fails(2), "would change");
    let all = run(path, &["bundle", "--all"]);
    contains(
        &all.stderr,
        "out/1.1.0 is left unchanged: it is sealed and was made by limbeck 0.0.9\n",
    );
    assert_eq!(all.ok(), "out/1.0.0\nout/1.2.0\n");
    assert_eq!(read(&folder, "out/1.1.0/upgrade.sql"), script);
}

#[test]
#[expect(clippy::too_many_lines, reason = "one line for each mistake")]
fn a_frozen_bundle_is_held_against_its_sums_and_the_plan() {
    type Edit = fn(&TempDir);
    let cases: &[(Edit, &str)] = &[
        (
            |it| write(it, "out/1.1.0/upgrade.sql", "drop table users;\n"),
            "out/1.1.0/upgrade.sql does not match its checksum in B3SUMS",
        ),
        (
            |it| write(it, "out/1.1.0/B3SUMS", "nonsense\n"),
            "out/1.1.0/B3SUMS is not a list of checksums",
        ),
        (
            |it| fs::remove_file(it.path().join("out/1.1.0/SHA256SUMS")).unwrap(),
            "out/1.1.0/SHA256SUMS is missing",
        ),
        (
            |it| fs::remove_file(it.path().join("out/1.1.0/verify.sql")).unwrap(),
            "out/1.1.0/verify.sql is missing",
        ),
        (
            |it| write(it, "out/1.1.0/extra.sql", ""),
            "out/1.1.0/extra.sql does not belong to the bundle",
        ),
        (
            |it| {
                write(it, "out/1.1.0/extra.sql", "");
                sum_again(it);
            },
            "out/1.1.0/extra.sql does not belong to the bundle",
        ),
        (
            |it| {
                let sums = read(it, "out/1.1.0/SHA256SUMS").replacen(['0', '1', '2'], "3", 1);
                write(it, "out/1.1.0/SHA256SUMS", sums);
            },
            "does not match its checksum in SHA256SUMS",
        ),
        (
            |it| edit_manifest(it, |it| it["to"]["revision"] = json!("a")),
            "out/1.1.0/manifest.json does not match its checksum",
        ),
        (
            |it| {
                edit_manifest(it, |it| it["to"]["revision"] = json!("a"));
                sum_again(it);
            },
            "-    \"revision\": \"a\"\n+    \"revision\": \"b\"\n",
        ),
        (
            |it| {
                edit_manifest(it, |it| it["version_table"]["name"] = json!("other"));
                sum_again(it);
            },
            "out/1.1.0/manifest.json has a plan that differs from the sources",
        ),
        (
            |it| {
                edit_manifest(it, |it| it["seal"] = Value::Null);
                sum_again(it);
            },
            "-  \"seal\": null,\n",
        ),
        (
            |it| {
                edit_manifest(it, |it| it["format"] = json!(2));
                sum_again(it);
            },
            "out/1.1.0/manifest.json has a format that only limbeck 0.0.9 can read",
        ),
        (
            |it| {
                write(
                    it,
                    "revisions/b.rev",
                    B.replace("default true", "default false"),
                );
            },
            "revision b was edited after release 1.1.0 was sealed",
        ),
        (
            |it| {
                let notes = read(it, "release-notes/1.1.0.md");
                let notes = notes.replace("minimum_server: 14", "minimum_server: 15");
                write(it, "release-notes/1.1.0.md", notes);
            },
            "release 1.1.0 is not what was sealed",
        ),
        (
            |it| {
                let notes = read(it, "release-notes/1.1.0.md");
                write(
                    it,
                    "release-notes/1.1.0.md",
                    notes.replace("from: [1.0.0]", "from: [base]"),
                );
            },
            "revision a was added to release 1.1.0 after it was sealed",
        ),
    ];
    for (edit, words) in cases {
        let folder = made_by_another(true);
        edit(&folder);
        contains(&differs(&folder), words);
        assert_eq!(
            document(&folder, 3, &["1.1.0"])["releases"][0]["outcome"],
            "differs"
        );
    }
}
