//! `limbeck verify`: what it takes, and that nothing else gets past it.
#![expect(clippy::disallowed_methods, reason = "the tests play the user's part")]

use std::fs;
use std::path::Path;

use limbeck::bundle::FILES;
use limbeck::digest::checksum;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::bundle::{A, B, names, released};
use crate::cli::{contains, read, run, write};

/// A project with the bundle of 1.1.0, whose release is sealed or not.
pub(crate) fn bundled(sealed: bool) -> TempDir {
    let folder = released();
    if sealed {
        run(folder.path(), &["release", "1.1.0", "--seal"]).ok();
    }
    run(folder.path(), &["bundle", "1.1.0"]).ok();
    folder
}

/// What is told of 1.1.0, which must differ.
pub(crate) fn differs(folder: &TempDir) -> String {
    let told = run(folder.path(), &["verify", "1.1.0"]).fails(3);
    contains(&told, "error[");
    told
}

/// The lines of `limbeck verify` without the anchors at their ends.
pub(crate) fn bare(told: &str) -> String {
    let lines = told.lines();
    let lines = lines.map(|it| it.split_once("; anchor ").map_or(it, |it| it.0));
    lines.flat_map(|it| [it, "\n"]).collect()
}

pub(crate) fn document(folder: &TempDir, status: i32, arguments: &[&str]) -> Value {
    let mut all = vec!["verify", "--format", "json"];
    all.extend(arguments);
    let answer = run(folder.path(), &all);
    assert_eq!((answer.status, answer.stderr.as_str()), (status, ""));
    assert!(answer.stdout.ends_with("}\n"));
    serde_json::from_str(&answer.stdout).unwrap()
}

/// Writes the sums of the files of 1.1.0 as they are, in the manifest and beside it.
pub(crate) fn sum_again(folder: &TempDir) {
    let bytes = |name: &str| fs::read(folder.path().join("out/1.1.0").join(name)).unwrap();
    let mut manifest: Value = serde_json::from_slice(&bytes("manifest.json")).unwrap();
    for (name, entry) in manifest["files"].as_object_mut().unwrap() {
        let bytes = bytes(name);
        *entry = json!({
            "blake3": checksum::blake3(&bytes),
            "sha256": checksum::sha256(&bytes),
            "size": bytes.len(),
        });
    }
    let text = serde_json::to_string_pretty(&manifest).unwrap() + "\n";
    write(folder, "out/1.1.0/manifest.json", text);
    let sums = |of: fn(&[u8]) -> String| -> String {
        let mut names = names(folder, "out/1.1.0");
        names.retain(|it| !["B3SUMS", "SHA256SUMS"].contains(&it.as_str()));
        let lines = names.iter().map(|it| format!("{}  {it}\n", of(&bytes(it))));
        lines.collect()
    };
    let (blake3, sha256) = (sums(checksum::blake3), sums(checksum::sha256));
    write(folder, "out/1.1.0/B3SUMS", blake3);
    write(folder, "out/1.1.0/SHA256SUMS", sha256);
}

pub(crate) fn edit_manifest(folder: &TempDir, edit: impl Fn(&mut Value)) {
    let path = "out/1.1.0/manifest.json";
    let mut manifest: Value = serde_json::from_str(&read(folder, path)).unwrap();
    edit(&mut manifest);
    write(
        folder,
        path,
        serde_json::to_string_pretty(&manifest).unwrap() + "\n",
    );
}

#[test]
fn a_changed_byte_is_found_in_every_file() {
    let folder = bundled(false);
    for name in FILES {
        let path = format!("out/1.1.0/{name}");
        let text = read(&folder, &path);
        let mut bytes = text.clone().into_bytes();
        let last = bytes.len() - 2;
        bytes[last] ^= 1;
        write(&folder, &path, &bytes);
        let told = differs(&folder);
        contains(&told, &format!("error[bundle]: {path} "));
        contains(
            &told,
            &format!("--- {path}\n+++ what the sources compile to\n@@ "),
        );
        write(&folder, &path, text);
    }
    let path = "out/1.1.0/upgrade.sql";
    write(&folder, path, read(&folder, path).replace('\n', "\r\n"));
    let told = differs(&folder);
    contains(
        &told,
        "out/1.1.0/upgrade.sql was changed after it was written",
    );
    contains(
        &told,
        "revert the edit, or write the bundle again: limbeck bundle 1.1.0",
    );
    contains(&told, "\\r\n");
    run(folder.path(), &["bundle", "1.1.0"]).ok();
    run(folder.path(), &["verify", "1.1.0"]).ok();
    // Sums that were made to fit do not help.
    write(&folder, path, "drop table users;\n");
    sum_again(&folder);
    contains(&differs(&folder), "\n-drop table users;\n");
}

#[test]
fn a_missing_or_extra_file_is_found() {
    let folder = bundled(false);
    let path = folder.path();
    for name in FILES {
        let file = format!("out/1.1.0/{name}");
        let text = read(&folder, &file);
        fs::remove_file(path.join(&file)).unwrap();
        contains(&differs(&folder), &format!("{file} is missing"));
        let entry = &document(&folder, 3, &["1.1.0"])["releases"][0]["differences"][0];
        assert_eq!(entry["file"], name);
        assert_eq!(
            (&entry["kind"], &entry["diff"]),
            (&json!("missing"), &Value::Null)
        );
        write(&folder, &file, text);
    }
    write(&folder, "out/1.1.0/extra.sql", "");
    fs::create_dir(path.join("out/1.1.0/more")).unwrap();
    let told = differs(&folder);
    contains(&told, "out/1.1.0/extra.sql does not belong to the bundle");
    contains(&told, "out/1.1.0/more is not a regular file");
    contains(&told, "limbeck: 2 errors");
    let all = &document(&folder, 3, &["1.1.0"])["releases"][0]["differences"];
    assert!(
        all.as_array()
            .unwrap()
            .iter()
            .all(|it| it["kind"] == "extra"),
        "{all}"
    );
}

#[cfg(unix)]
#[test]
fn a_link_is_no_file_of_a_bundle() {
    let folder = bundled(false);
    let file = folder.path().join("out/1.1.0/verify.sql");
    fs::rename(&file, folder.path().join("verify.sql")).unwrap();
    std::os::unix::fs::symlink("../../verify.sql", &file).unwrap();
    let told = differs(&folder);
    contains(&told, "out/1.1.0/verify.sql is not a regular file");
    assert!(!told.contains("is missing"), "{told}");
}

#[test]
fn an_edited_revision_is_named() {
    for sealed in [false, true] {
        let folder = bundled(sealed);
        let remark = B.replace("upgrade {", "upgrade { -- only a remark\n");
        write(&folder, "revisions/b.rev", remark);
        run(folder.path(), &["verify", "1.1.0"]).ok();
        write(&folder, "revisions/b.rev", B.replace("boolean", "bool_"));
        contains(&run(folder.path(), &["verify", "1.1.0"]).fails(1), "bool_");
        write(
            &folder,
            "revisions/b.rev",
            B.replace("default true", "default false"),
        );
        let told = differs(&folder);
        let document = document(&folder, 3, &["1.1.0"]);
        let entry = &document["releases"][0];
        assert_eq!(entry["outcome"], "differs");
        if sealed {
            contains(
                &told,
                "error[edited-release]: revision b was edited after release 1.1.0 was sealed",
            );
            contains(&told, "--> revisions/b.rev:1:10");
            contains(
                &entry["remarks"].to_string(),
                "after release 1.1.0 was sealed",
            );
        } else {
            // What is below `a`, where the release starts, may have been edited, too.
            contains(
                &told,
                "out/1.1.0: revision b, or one below it, was edited after the bundle was made",
            );
            assert_eq!(entry["edited"], json!(["b"]));
        }
        // What follows is counted, and shown to who asks.
        let file = "out/1.1.0/manifest.json differs from what the sources compile to";
        assert!(!told.contains(file), "{told}");
        contains(
            &told,
            "files in out/1.1.0 differ because of this: run `limbeck verify 1.1.0 --diff` to see the differences\n",
        );
        let told = run(folder.path(), &["verify", "1.1.0", "--diff"]).fails(3);
        contains(&told, file);
        contains(
            &told,
            "--- out/1.1.0/upgrade.sql\n+++ what the sources compile to\n@@ ",
        );
    }
    let folder = released();
    run(folder.path(), &["bundle", "1.2.0", "--from", "base"]).ok();
    write(
        &folder,
        "revisions/b.rev",
        B.replace("default true", "default false"),
    );
    let told = run(folder.path(), &["verify", "1.2.0"]).fails(3);
    contains(
        &told,
        "out/1.2.0_from_base: revision b was edited after the bundle was made",
    );
    assert_eq!(told.matches("was edited after").count(), 1, "{told}");
    let between = "revision 'ab'; down_revision 'a'; upgrade { create table between (); }\n";
    write(&folder, "revisions/ab.rev", between);
    write(
        &folder,
        "revisions/b.rev",
        B.replace("down_revision 'a'", "down_revision 'ab'"),
    );
    let told = run(folder.path(), &["verify", "1.2.0"]).fails(3);
    contains(
        &told,
        "revision ab was added to the release after the bundle was made",
    );
}

#[test]
fn a_manifest_that_was_edited_by_hand_is_found() {
    for edit in [
        (|it: &mut Value| it["tool"]["version"] = json!("9.9.9")) as fn(&mut Value),
        |it| it["tool"]["name"] = json!("other"),
        |it| it["steps"][0]["fidelity"] = json!(["loses data"]),
        |it| it["seal"] = Value::Null,
        |it| it["more"] = json!(1),
    ] {
        let folder = bundled(true);
        edit_manifest(&folder, edit);
        contains(&differs(&folder), "out/1.1.0/manifest.json ");
    }
    let folder = bundled(false);
    write(&folder, "out/1.1.0/manifest.json", "[]\n");
    contains(&differs(&folder), "\n-[]\n");
}

#[test]
fn what_has_no_bundle_and_what_has_no_release_is_told() {
    let folder = released();
    let path = folder.path();
    let none = "1.0.0: no bundle\n1.1.0: no bundle\n1.2.0: no bundle\n";
    assert_eq!(run(path, &["verify", "--all"]).ok(), none);
    let told = run(path, &["verify", "1.1.0"]).fails(3);
    contains(&told, "error[bundle]: there is no bundle out/1.1.0");
    contains(&told, "write it: limbeck bundle 1.1.0");
    run(path, &["release", "1.0.0", "--seal"]).ok();
    contains(
        &run(path, &["verify"]).fails(3),
        "there is no bundle out/1.0.0",
    );
    run(path, &["bundle", "1.0.0"]).ok();
    run(path, &["bundle", "1.1.0"]).ok();
    let some = "1.0.0: verified\n1.1.0: verified\n1.2.0: no bundle\n";
    assert_eq!(bare(&run(path, &["verify", "--all"]).ok()), some);

    for name in ["0.9.0", "1.1.0_from_0.9.0", "1.1.0_from_1.1.0", "notes"] {
        fs::create_dir(path.join("out").join(name)).unwrap();
        let told = run(path, &["verify", "--all"]).fails(3);
        contains(
            &told,
            &format!("error[bundle]: out/{name} does not belong to any release"),
        );
        assert_eq!(document(&folder, 3, &[])["strays"], json!([name]));
        run(path, &["verify", "1.1.0"]).ok();
        fs::remove_dir(path.join("out").join(name)).unwrap();
    }
    // Hidden ones are those of other tools, or left by a run that was killed.
    write(&folder, "out/.gitkeep", "");
    fs::create_dir(path.join("out/.limbeck-left")).unwrap();
    run(path, &["verify", "--all"]).ok();
    write(&folder, "out/upgrade.sql", "");
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere", path.join("out/link")).unwrap();
    for arguments in [&["verify", "--all"][..], &["verify"]] {
        let told = run(path, arguments).fails(3);
        contains(&told, "error[bundle]: out/upgrade.sql is not a bundle");
        #[cfg(unix)]
        contains(&told, "error[bundle]: out/link is not a bundle");
    }
    run(path, &["verify", "1.1.0"]).ok();
    fs::remove_file(path.join("out/upgrade.sql")).unwrap();
    fs::remove_file(path.join("out/link")).ok();

    let notes = read(&folder, "release-notes/1.0.0.md");
    write(
        &folder,
        "release-notes/1.0.0.md",
        notes.replace("head:", "withdrawn: bad\nhead:"),
    );
    contains(
        &bare(&run(path, &["verify"]).ok()),
        "1.0.0: verified, withdrawn: bad\n",
    );
    fs::remove_dir_all(path.join("out/1.0.0")).unwrap();
    contains(
        &run(path, &["verify"]).ok(),
        "1.0.0: no bundle, withdrawn: bad\n",
    );
}

#[test]
fn programs_are_answered_in_a_stable_form() {
    let folder = bundled(false);
    let entry = |outcome: &str, differences: Value| {
        json!({
            "version": "1.1.0",
            "bundle": "1.1.0",
            "sealed": false,
            "withdrawn": null,
            "outcome": outcome,
            "made_by": null,
            "anchor": limbeck::release::anchor(read(&folder, "out/1.1.0/B3SUMS").as_bytes()),
            "edited": [],
            "remarks": [],
            "differences": differences,
            "proofs": [],
        })
    };
    let sound = json!({"releases": [entry("verified", json!([]))], "strays": []});
    assert_eq!(document(&folder, 0, &["1.1.0"]), sound);
    let path = "out/1.1.0/NOTES.md";
    let notes = read(&folder, path);
    let (_, rest) = notes.split_once('\n').unwrap();
    write(&folder, path, format!("# Mine\n{rest}"));
    let diff = "--- out/1.1.0/NOTES.md\n+++ what the sources compile to\n@@ -1,4 +1,4 @@\n\
                -# Mine\n+# Release 1.1.0 of the database\n \n - a \\*flag\\* for \\`users\\` \\| \\[x\\](y) \\<b\\>\n \n";
    let differences = json!([{
        "file": "NOTES.md",
        "kind": "changed",
        "message": "was changed after it was written",
        "diff": diff,
    }]);
    let expected = json!({"releases": [entry("differs", differences)], "strays": []});
    assert_eq!(document(&folder, 3, &["1.1.0"]), expected);
}

#[test]
fn what_cannot_be_read_is_no_verdict() {
    let folder = bundled(false);
    let path = folder.path();
    let told = run(path, &["verify", "1.3.0"]).fails(1);
    contains(&told, "there is no release 1.3.0");
    contains(&told, "did you mean `1.");
    run(path, &["verify", "--all", "1.1.0"]).fails(2);
    write(&folder, "revisions/a.rev", A.replace("users", "'"));
    run(path, &["verify", "1.1.0"]).fails(1);
    write(&folder, "revisions/a.rev", A);

    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let file = path.join("out/1.1.0/upgrade.sql");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
        let output = std::process::Command::new("setpriv")
            .arg("--bounding-set=-dac_override,-dac_read_search")
            .arg(env!("CARGO_BIN_EXE_limbeck"))
            .args(["verify", "1.1.0"])
            .current_dir(path)
            .output()
            .expect("setpriv is missing: install util-linux");
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        contains(
            &told,
            "cannot read out/1.1.0/upgrade.sql: permission denied",
        );
    }
    fs::remove_dir_all(path.join("out")).unwrap();
    write(&folder, "out", "");
    let told = run(path, &["verify"]).fails(2);
    contains(&told, "out is a file, but a folder is required");
}

#[test]
fn the_bundles_of_the_sample_are_what_its_sources_compile_to() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let told = run(root, &["verify", "--all"]).ok();
    let bare: Vec<&str> = told
        .lines()
        .map(|it| it.split_once("; PostgreSQL 15.").expect("it is proved").0)
        .map(|it| it.split_once("; anchor blake3:").expect("it has one").0)
        .collect();
    let wanted = ["1.0.0", "1.1.0", "2.0.0", "2.1.0"].map(|it| format!("{it}: verified"));
    assert_eq!(bare, wanted);
}
