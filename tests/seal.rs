//! Seals: what they hold, and that what is sealed hangs on nothing else.
#![expect(clippy::disallowed_methods, reason = "the tests play the user's part")]

use std::fs;

use serde_json::{Value, json};

use crate::bundle::released;
use crate::cli::{contains, read, run, write};
use crate::verify::bare;

/// What a seal may hold, of a release that is sealed for real.
#[test]
fn a_seal_that_cannot_be_read_is_told_with_its_place() {
    let folder = released();
    let path = folder.path();
    run(path, &["release", "1.1.0", "--seal"]).ok();
    let file = "release-notes/1.1.0.md";
    let whole = read(&folder, file);
    for (from, to, words) in [
        (
            "  - format 1\n",
            "  - format 2\n",
            "the seal has format 2, but this limbeck reads format 1",
        ),
        ("  - format 1\n", "", "the seal has no format"),
        (
            "  schema: 'public'\n",
            "",
            "the seal has no option `schema`",
        ),
        (
            "  schema: 'public'\n",
            "  out: x\n",
            "`out` is not an option that changes scripts",
        ),
        (
            "minimum_server: 14",
            "minimum_server: 9",
            "`minimum_server` cannot be the number 9",
        ),
        (
            "  - from 1.0.0 a\n",
            "  - from 1.0.0 zz\n",
            "there is no revision zz",
        ),
    ] {
        assert_eq!(whole.matches(from).count(), 1, "{from:?} in {whole}");
        write(&folder, file, whole.replace(from, to));
        let told = run(path, &["check"]).fails(1);
        contains(&told, words);
        contains(&told, "release-notes/1.1.0.md:");
    }
    // What is read, and is not what was sealed.
    for (from, to, words) in [
        (
            "minimum_server: 14",
            "minimum_server: 15",
            "release 1.1.0 is not what was sealed",
        ),
        ("  - from 1.0.0 a\n", "  - from 1.0.0 b\n", "edited-release"),
        (
            "from: [1.0.0]",
            "from: [base]",
            "`from` no longer names 1.0.0, but did when release 1.1.0 was sealed",
        ),
        (
            "from: [1.0.0]",
            "from: [base, 1.0.0]",
            "`from` now names base, but did not when release 1.1.0 was sealed",
        ),
    ] {
        write(&folder, file, whole.replace(from, to));
        let told = run(path, &["check"]).fails(1);
        contains(&told, "error[edited-release]");
        contains(&told, words);
    }
    write(&folder, file, &whole);
    run(path, &["check"]).ok();
}

/// What goes out again later is what went out: whatever is written, or edited, elsewhere.
#[test]
fn sealed_bytes_hang_on_nothing_outside_of_the_seal() {
    let folder = released();
    let path = folder.path();
    run(
        path,
        &["release", "1.1.0-rc.1", "--head", "b", "--from", "1.0.0"],
    )
    .ok();
    run(
        path,
        &["release", "1.2.0-rc.1", "--head", "b", "--from", "1.0.0"],
    )
    .ok();
    fs::remove_file(path.join("release-notes/1.2.0.md")).unwrap();
    run(path, &["release", "1.2.0", "--from", "1.0.0"]).ok();
    let notes = read(&folder, "release-notes/1.2.0.md");
    contains(
        &notes,
        "from: [1.0.0]\nthrough: [1.1.0-rc.1, 1.1.0, 1.2.0-rc.1]\nhead: 'c'\n",
    );
    // It may be edited until it is sealed.
    write(
        &folder,
        "release-notes/1.2.0.md",
        notes.replace("[1.1.0-rc.1, 1.1.0, 1.2.0-rc.1]", "[1.1.0]"),
    );
    run(path, &["release", "1.2.0", "--seal"]).ok();
    let sealed = read(&folder, "release-notes/1.2.0.md");
    contains(&sealed, "\n  - from 1.0.0 a\n  - through 1.1.0 b\n");
    run(path, &["bundle", "1.2.0"]).ok();
    run(path, &["bundle", "1.2.0", "--from", "base"]).ok();
    let script = read(&folder, "out/1.2.0/upgrade.sql");
    contains(&script, "1.1.0");
    assert!(!script.contains("rc.1"));

    // More releases, on the way and at its head; others that are gone or moved; other options; and one withdrawn.
    run(
        path,
        &["release", "1.2.1", "--head", "c", "--from", "1.0.0"],
    )
    .ok();
    run(
        path,
        &["release", "1.1.1", "--head", "b", "--from", "1.0.0"],
    )
    .ok();
    write(
        &folder,
        "limbeck.yaml",
        "lock_timeout: 7s\nminimum_server: 15\nrole: owner\nversion_table: other\n",
    );
    write(
        &folder,
        "release-notes/1.2.0.md",
        read(&folder, "release-notes/1.2.0.md")
            .replace("from: [1.0.0]", "withdrawn: bad\nfrom: [1.0.0]"),
    );
    run(path, &["check"]).ok();
    let verified = run(path, &["verify", "1.2.0"]).ok();
    assert_eq!(
        bare(&verified),
        "1.2.0: verified, withdrawn: bad\n1.2.0_from_base: verified, withdrawn: bad\n"
    );
    let remove = |version: &str| {
        fs::remove_file(path.join(format!("release-notes/{version}.md"))).unwrap();
        run(path, &["verify", "1.2.0"]).ok();
    };
    for version in ["1.2.1", "1.1.1", "1.2.0-rc.1", "1.1.0-rc.1"] {
        remove(version);
    }
    let moved = read(&folder, "release-notes/1.1.0.md").replace("head: 'b'", "head: 'c'");
    write(&folder, "release-notes/1.1.0.md", moved);
    run(path, &["verify", "1.2.0"]).ok();
    remove("1.1.0");
    fs::remove_dir_all(path.join("out/1.2.0_from_base")).unwrap();
    let notes = read(&folder, "release-notes/1.2.0.md");
    let kept = notes.lines().filter(|it| !it.contains("1.2.0_from_base"));
    let kept: String = kept.flat_map(|it| [it, "\n"]).collect();
    write(&folder, "release-notes/1.2.0.md", kept);
    remove("1.0.0");
    // What is not sealed is made with what the configuration says.
    run(path, &["release", "2.0.0", "--from", "base"]).ok();
    run(path, &["bundle", "2.0.0"]).ok();
    contains(&read(&folder, "out/2.0.0/upgrade.sql"), "owner");
    let notes = read(&folder, "release-notes/1.2.0.md").replace("withdrawn: bad\n", "");
    write(&folder, "release-notes/1.2.0.md", notes);
    contains(
        &run(path, &["prove"]).fails(2),
        "releases 1.2.0 and 2.0.0 are compiled with different options and cannot be proved together",
    );
}

/// A candidate that becomes the release: both go out, and both stay what they are.
#[test]
fn a_candidate_stays_what_it_is_when_its_release_follows() {
    let folder = released();
    let path = folder.path();
    for version in ["2.0.0-rc.1", "2.0.0"] {
        run(path, &["release", version, "--seal", "--from", "1.1.0"]).ok();
        run(path, &["bundle", version]).ok();
    }
    contains(
        &read(&folder, "release-notes/2.0.0.md"),
        "through: [1.2.0, 2.0.0-rc.1]",
    );
    run(path, &["check"]).ok();
    run(path, &["verify", "--all"]).ok();
    run(path, &["bundle", "--all"]).ok();
}

#[test]
fn what_a_seal_holds_otherwise_than_the_configuration_is_listed() {
    let folder = released();
    let path = folder.path();
    run(path, &["release", "1.1.0", "--seal"]).ok();
    write(
        &folder,
        "limbeck.yaml",
        "minimum_server: 16\nlock_timeout: 7s\n",
    );
    run(path, &["check"]).ok();
    assert_eq!(
        run(path, &["release"]).ok(),
        "1.1.0 -> 1.2.0 (head c)\n\
         1.0.0 -> 1.1.0 (head b), sealed, with lock_timeout 5s (configured: 7s), \
         with minimum_server 14 (configured: 16)\n\
         base -> 1.0.0 (head a)\n"
    );
    let document = run(path, &["release", "--format", "json"]).ok();
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(
        document["releases"][1]["options"],
        json!([
            {"option": "lock_timeout", "sealed": "5s", "configured": "7s"},
            {"option": "minimum_server", "sealed": "14", "configured": "16"},
        ])
    );
    assert_eq!(document["releases"][0]["options"], json!([]));
    run(path, &["bundle", "--all"]).ok();
    let script = |version: &str| read(&folder, &format!("out/{version}/upgrade.sql"));
    assert!(script("1.2.0").contains("lock_timeout"));
    assert_ne!(
        script("1.1.0").contains("7s"),
        script("1.2.0").contains("7s")
    );
}
