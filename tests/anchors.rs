//! Anchors: what the notes of a sealed release keep of its bundles, so that none is forged.

#![expect(clippy::disallowed_methods, reason = "the tests play the user's part")]

use std::fs;

use limbeck::release::anchor;
use serde_json::json;
use tempfile::TempDir;

use crate::bundle::released;
use crate::cli::{contains, read, run, write};
use crate::verify::{bare, bundled, differs, document, edit_manifest, sum_again};

const NOTES: &str = "release-notes/1.1.0.md";

/// Of the bundle of 1.1.0 as it is.
fn anchor_now(folder: &TempDir) -> String {
    anchor(read(folder, "out/1.1.0/B3SUMS").as_bytes())
}

/// Writes the anchor of the bundle as it is into the notes, as somebody would who can edit both.
pub(crate) fn anchor_again(folder: &TempDir) {
    let notes = read(folder, NOTES);
    let (before, rest) = notes.split_once("  1.1.0: blake3:").unwrap();
    let after = &rest[64..];
    let text = format!("{before}  1.1.0: {}{after}", anchor_now(folder));
    write(folder, NOTES, text);
}

/// Edits the script of a bundle and makes it whole again, as one of another version of the program.
fn forge(folder: &TempDir, version: &str) {
    let script = read(folder, "out/1.1.0/upgrade.sql") + "drop table users;\n";
    write(folder, "out/1.1.0/upgrade.sql", script);
    edit_manifest(folder, |it| it["tool"]["version"] = json!(version));
    sum_again(folder);
}

#[test]
fn a_forged_bundle_is_found_whatever_version_it_names() {
    for version in ["0.0.9", "0.1.0-rc.1", "0.1.0+other", "9.9.9"] {
        let folder = bundled(true);
        let went_out = anchor_now(&folder);
        forge(&folder, version);
        let now = anchor_now(&folder);
        let told = differs(&folder);
        let words = format!("out/1.1.0: its anchor is {now}, but {NOTES} has {went_out}");
        contains(&told, &words);
        contains(&told, "restore both from the commit of the release");
        let entry = &document(&folder, 3, &["1.1.0"])["releases"][0];
        assert_eq!(
            (&entry["outcome"], &entry["anchor"]),
            (&json!("differs"), &json!(now))
        );
        contains(&entry["remarks"].to_string(), "its anchor is");
        run(folder.path(), &["verify", "--all"]).fails(3);
        let all = run(folder.path(), &["bundle", "--all"]);
        contains(
            &all.stderr,
            "its anchor does not match: run `limbeck verify`",
        );

        // Who can edit the notes, too, cannot edit a tag.
        anchor_again(&folder);
        let answer = run(folder.path(), &["verify", "1.1.0", "--anchor", &went_out]).fails(3);
        contains(
            &answer,
            &format!("no bundle in this project has the anchor {went_out}"),
        );
        if version.starts_with("9.") || version.contains('+') {
            contains(&differs(&folder), "which is newer than this limbeck");
        } else {
            contains(
                &run(folder.path(), &["verify", "1.1.0"]).ok(),
                &format!("frozen (made by limbeck {version}, not recompiled)"),
            );
        }
    }
}

#[test]
fn an_anchor_is_asked_for_by_its_digest() {
    let folder = bundled(true);
    let path = folder.path();
    let now = anchor_now(&folder);
    assert_eq!(
        run(path, &["verify", "1.1.0", "--anchor", &now]).ok(),
        format!("1.1.0: verified; anchor {now}\n")
    );
    for text in ["", "blake3:12", "1234", &now.to_uppercase()] {
        run(path, &["verify", "1.1.0", "--anchor", text]).fails(2);
    }
    run(path, &["verify", "--all", "--anchor", &now]).fails(2);
    run(path, &["verify", "--anchor", &now]).fails(2);
    let other = anchor(b"");
    run(path, &["verify", "1.1.0", "--anchor", &other]).fails(3);
    // It stands in for the one of the notes, also of what is not sealed.
    let notes = read(&folder, NOTES);
    write(
        &folder,
        NOTES,
        notes.replace(&format!("  1.1.0: {now}\n"), ""),
    );
    run(path, &["verify", "1.1.0"]).fails(3);
    run(path, &["verify", "1.1.0", "--anchor", &now]).ok();
    let folder = bundled(false);
    let now = anchor_now(&folder);
    run(folder.path(), &["verify", "1.1.0", "--anchor", &now]).ok();
    run(folder.path(), &["verify", "1.1.0", "--anchor", &other]).fails(3);
}

#[test]
fn anchors_are_written_beside_what_stands_there() {
    let folder = released();
    let path = folder.path();
    let plain = read(&folder, NOTES);
    run(path, &["bundle", "1.1.0"]).ok();
    assert_eq!(
        read(&folder, NOTES),
        plain,
        "what is not sealed has no anchor"
    );
    let mine = plain
        .replace("from:", "# mine\nfrom:")
        .replace('\n', "\r\n");
    write(&folder, NOTES, format!("\u{feff}{mine}"));
    run(path, &["release", "1.1.0", "--seal"]).ok();
    let sealed = read(&folder, NOTES);
    assert!(sealed.starts_with("\u{feff}---\r\n"));
    assert_eq!(sealed.matches('\n').count(), sealed.matches("\r\n").count());

    let written = run(path, &["bundle", "1.1.0"]).ok();
    assert_eq!(written, format!("out/1.1.0\n{NOTES}\n"));
    let own = anchor_now(&folder);
    let (before, after) = sealed.rsplit_once("---\r\n").unwrap();
    let lines = format!("anchors:\r\n  1.1.0: {own}\r\n");
    assert_eq!(
        read(&folder, NOTES),
        format!("{before}{lines}---\r\n{after}")
    );

    let cumulative = ["bundle", "1.1.0", "--from", "base"];
    let written = run(path, &cumulative).ok();
    assert_eq!(written, format!("out/1.1.0_from_base\n{NOTES}\n"));
    let other = anchor(read(&folder, "out/1.1.0_from_base/B3SUMS").as_bytes());
    let lines = format!("{lines}  1.1.0_from_base: {other}\r\n");
    let whole = format!("{before}{lines}---\r\n{after}");
    assert_eq!(read(&folder, NOTES), whole);
    assert_eq!(
        run(path, &["verify", "1.1.0"]).ok(),
        format!("1.1.0: verified; anchor {own}\n1.1.0_from_base: verified; anchor {other}\n")
    );

    // Nothing changes, and nothing is written.
    let time = || fs::metadata(path.join(NOTES)).unwrap().modified().unwrap();
    let before = time();
    for arguments in [&["bundle", "1.1.0"][..], &cumulative] {
        assert_eq!(run(path, arguments).ok(), "");
    }
    assert_eq!(time(), before);
    assert_eq!(read(&folder, NOTES), whole);
    run(path, &["check"]).ok();
}

#[test]
fn a_missing_anchor_or_bundle_is_told() {
    let folder = bundled(true);
    let path = folder.path();
    let whole = read(&folder, NOTES);
    let (before, after) = whole.split_once("anchors:").unwrap();
    let after = after.split_once("---\n").unwrap().1;
    let without = format!("{before}---\n{after}");
    write(&folder, NOTES, &without);
    let told = differs(&folder);
    contains(
        &told,
        "out/1.1.0: release-notes/1.1.0.md has no anchor for it",
    );
    contains(&told, "write it: limbeck bundle 1.1.0");
    assert_eq!(
        run(path, &["bundle", "1.1.0"]).ok(),
        "release-notes/1.1.0.md\n"
    );
    assert_eq!(read(&folder, NOTES), whole);
    run(path, &["verify", "1.1.0"]).ok();

    run(path, &["bundle", "1.1.0", "--from", "base"]).ok();
    fs::remove_dir_all(path.join("out/1.1.0_from_base")).unwrap();
    let told = differs(&folder);
    contains(&told, "there is no bundle out/1.1.0_from_base");
    contains(&told, "its anchor is recorded here");
    run(path, &["bundle", "1.1.0", "--from", "base"]).ok();
    run(path, &["verify", "1.1.0"]).ok();

    // Of one that cannot be made again, nobody here knows whether it went out.
    forge(&folder, "0.0.9");
    write(&folder, NOTES, &without);
    let told = differs(&folder);
    contains(&told, "check that it is the published bundle");
    contains(&told, &format!("1.1.0: {}", anchor_now(&folder)));
    contains(&run(path, &["bundle", "1.1.0"]).fails(2), "would change");
}

#[test]
fn an_anchor_is_not_replaced_by_itself() {
    let folder = bundled(true);
    let path = folder.path();
    let went_out = anchor_now(&folder);
    let text = read(&folder, NOTES);
    write(&folder, NOTES, text + "More for people.\n");
    contains(&run(path, &["bundle", "1.1.0"]).fails(2), "would change");
    fs::remove_dir_all(path.join("out/1.1.0")).unwrap();
    for arguments in [&["bundle", "1.1.0"][..], &["bundle", "--all"]] {
        let told = run(path, arguments).fails(3);
        contains(&told, "out/1.1.0 would differ from the published bundle");
        contains(&told, &format!("{NOTES} has {went_out}"));
        assert!(!path.join("out/1.1.0").exists());
    }
    let forced = run(path, &["bundle", "1.1.0", "--force"]);
    contains(
        &forced.stderr,
        &format!("the anchor of out/1.1.0 was {went_out}"),
    );
    assert_eq!(forced.ok(), format!("out/1.1.0\n{NOTES}\n"));
    let verified = run(path, &["verify", "1.1.0"]).ok();
    assert_eq!(bare(&verified), "1.1.0: verified\n");
    assert_ne!(anchor_now(&folder), went_out);
    // The bundle is what it is, and the notes speak of another.
    let text = read(&folder, NOTES).replace(&anchor_now(&folder), &went_out);
    write(&folder, NOTES, text);
    differs(&folder);
    run(path, &["bundle", "1.1.0"]).fails(3);
}

#[test]
fn what_is_no_anchor_is_told_with_its_place() {
    let folder = bundled(true);
    let whole = read(&folder, NOTES);
    let line = format!("  1.1.0: {}", anchor_now(&folder));
    for (lines, words) in [
        ("  1.1.0: b3:12".to_owned(), "this is not an anchor"),
        ("  1.1.0: 12".to_owned(), "`anchors` must be a string"),
        (
            line.replace("  1.1.0", "  1.0.0"),
            "1.0.0 is not a bundle of release 1.1.0",
        ),
        (
            line.replace("  1.1.0", "  ../1.1.0"),
            "../1.1.0 is not a bundle of release 1.1.0",
        ),
        (
            format!("  {{{}}}", line.trim()),
            "this anchor must be on a line of its own",
        ),
        (
            "  - one".to_owned(),
            "`anchors` must have one line for each bundle",
        ),
        (
            format!("{line}\n{line}"),
            "the key `1.1.0` is repeated here",
        ),
    ] {
        write(&folder, NOTES, whole.replace(&line, &lines));
        let told = run(folder.path(), &["check"]).fails(1);
        contains(&told, words);
        contains(&told, "release-notes/1.1.0.md:");
    }
    let folder = bundled(false);
    let notes = read(&folder, NOTES).replacen("head:", &format!("anchors:\n{line}\nhead:"), 1);
    write(&folder, NOTES, notes);
    let told = run(folder.path(), &["check"]).fails(1);
    contains(&told, "`anchors` requires `seal`");
}

/// Whoever looks needs no right to write.
#[cfg(target_os = "linux")]
#[test]
fn a_checkout_that_cannot_be_written_is_verified() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = bundled(true);
    let path = folder.path();
    let folders = ["", "out", "out/1.1.0", "release-notes", "revisions"];
    let set = |mode| {
        for name in folders {
            let permissions = fs::Permissions::from_mode(mode);
            fs::set_permissions(path.join(name), permissions).unwrap();
        }
    };
    set(0o555);
    let status = |arguments: &[&str]| {
        let output = std::process::Command::new("setpriv")
            .arg("--bounding-set=-dac_override,-dac_read_search")
            .arg(env!("CARGO_BIN_EXE_limbeck"))
            .args(arguments)
            .current_dir(path)
            .output()
            .expect("setpriv is missing: install util-linux");
        output.status.code()
    };
    let all = [status(&["verify", "1.1.0"]), status(&["bundle", "1.1.0"])];
    set(0o755);
    assert_eq!(all, [Some(0), Some(0)]);
}

/// A bundle beside the one whose anchor was given is not the one that it was given for.
#[test]
fn a_forged_bundle_hides_behind_no_other_one() {
    let folder = bundled(true);
    let path = folder.path();
    let own = anchor_now(&folder);
    run(path, &["bundle", "1.1.0", "--from", "base"]).ok();
    let at = |name: &str| path.join("out").join(name);
    let swap = || {
        fs::rename(at("1.1.0"), at("aside")).unwrap();
        fs::rename(at("1.1.0_from_base"), at("1.1.0")).unwrap();
        fs::rename(at("aside"), at("1.1.0_from_base")).unwrap();
    };
    swap();
    let before = anchor_now(&folder);
    forge(&folder, "0.0.9");
    let forged = anchor_now(&folder);
    swap();
    let notes = read(&folder, NOTES).replace(&before, &forged);
    write(&folder, NOTES, notes);
    contains(
        &run(path, &["verify", "1.1.0"]).ok(),
        "1.1.0_from_base: frozen (made by limbeck 0.0.9, not recompiled)",
    );
    let told = run(path, &["verify", "1.1.0", "--anchor", &own]).fails(3);
    contains(
        &told,
        &format!(
            "out/1.1.0_from_base: it was not recompiled, and its anchor {forged} was not given with --anchor"
        ),
    );
    // Whoever knows both says both.
    run(
        path,
        &["verify", "1.1.0", "--anchor", &own, "--anchor", &forged],
    )
    .ok();
}
