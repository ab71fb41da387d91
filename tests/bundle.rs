//! Bundles: what `limbeck bundle` writes, what it refuses, and that nobody ever sees half of one.
#![expect(clippy::disallowed_methods, reason = "the tests play the user's part")]

use std::fs;
use std::path::Path;
use std::process::Command;

use limbeck::bundle::FILES;
use limbeck::digest::checksum;
use tempfile::TempDir;

use crate::cli::{command, contains, project, read, run, write};
use crate::verify::bare;

pub(crate) const A: &str = "revision 'a';
down_revision none;
message 'users';
upgrade {
  create table users (id bigint primary key, email text not null, note text);
}
";

pub(crate) const B: &str = "revision 'b';
down_revision 'a';
message 'a *flag* for `users` | [x](y) <b>';
upgrade {
  alter table users add column active boolean not null default true;
  create index concurrently ix_users on users (email);
  data { update users set active = false; } reverse { }
}
";

pub(crate) const C: &str = "revision 'c';
down_revision 'b';
message 'no notes';
upgrade {
  alter table users drop column note;
}
";

const D: &str = "revision 'd';
down_revision 'c';
upgrade {
  drop table users;
}
downgrade irreversible 'the rows are _gone_';
";

/// A project with the revisions a, b on a and c on b, and releases: 1.0.0 to a, 1.1.0 to b and 1.2.0 to c.
pub(crate) fn released() -> TempDir {
    let folder = project();
    for (name, text) in [("a", A), ("b", B), ("c", C)] {
        write(&folder, &format!("revisions/{name}.rev"), text);
    }
    for (version, head) in [("1.0.0", "a"), ("1.1.0", "b"), ("1.2.0", "c")] {
        run(folder.path(), &["release", version, "--head", head]).ok();
    }
    folder
}

/// The names in a folder, sorted.
pub(crate) fn names(folder: &TempDir, path: &str) -> Vec<String> {
    let entries = fs::read_dir(folder.path().join(path)).unwrap();
    let mut names: Vec<String> = entries
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    names
}

/// Whether both sums of every file in a bundle hold.
pub(crate) fn is_whole(path: &Path) -> bool {
    let read = |name: &str| fs::read(path.join(name)).unwrap_or_default();
    let sums = |name: &str, of: fn(&[u8]) -> String, others: &str| {
        let text = String::from_utf8(read(name)).unwrap();
        let covered = FILES.into_iter().filter(|it| *it != name && *it != others);
        let expected: Vec<String> = covered
            .map(|it| format!("{}  {it}", of(&read(it))))
            .collect();
        text == expected.join("\n") + "\n"
    };
    sums("B3SUMS", checksum::blake3, "SHA256SUMS") && sums("SHA256SUMS", checksum::sha256, "B3SUMS")
}

#[test]
fn all_releases_are_sealed_at_once_as_one_by_one() {
    let (all, each) = (released(), released());
    let versions = ["1.0.0", "1.1.0", "1.2.0"];
    let notes = versions.map(|it| format!("release-notes/{it}.md"));
    run(all.path(), &["release", "1.1.0", "--seal"]).ok();
    let sealed = run(all.path(), &["release", "--all", "--seal"]).ok();
    assert_eq!(sealed, format!("{}\n{}\n", notes[0], notes[2]));
    assert_eq!(run(all.path(), &["release", "--all", "--seal"]).ok(), "");
    for (version, path) in versions.iter().zip(&notes) {
        run(each.path(), &["release", version, "--seal"]).ok();
        assert_eq!(read(&all, path), read(&each, path));
    }
}

#[test]
fn three_commands_make_a_verified_bundle() {
    let folder = released();
    let path = folder.path();
    assert_eq!(
        run(path, &["release", "1.1.0", "--seal"]).ok(),
        "release-notes/1.1.0.md\n"
    );
    assert_eq!(
        run(path, &["bundle", "1.1.0"]).ok(),
        "out/1.1.0\nrelease-notes/1.1.0.md\n"
    );
    let verified = run(path, &["verify", "1.1.0"]).ok();
    contains(&verified, "1.1.0: verified; anchor blake3:");
    assert_eq!(names(&folder, "out"), ["1.1.0"]);
    assert_eq!(names(&folder, "out/1.1.0"), FILES);
    assert!(is_whole(&path.join("out/1.1.0")));
    contains(&read(&folder, "out/1.1.0/NOTES.md"), "| seal | `lb1:");

    let again = run(path, &["bundle", "1.1.0"]);
    assert_eq!(again.stderr, "out/1.1.0 is up to date\n");
    assert_eq!(again.ok(), "");
    let json = run(path, &["bundle", "--all", "--format", "json"]).ok();
    assert_eq!(json, "{\"written\":[\"out/1.0.0\",\"out/1.2.0\"]}\n");
}

#[test]
fn the_sums_are_read_by_the_programs_of_everybody() {
    let folder = released();
    run(folder.path(), &["bundle", "1.1.0"]).ok();
    let check = |program: &str, sums: &str| {
        let output = Command::new(program)
            .args(["-c", sums])
            .current_dir(folder.path().join("out/1.1.0"))
            .output();
        let output = output.ok()?;
        let told = String::from_utf8(output.stdout).unwrap();
        Some((output.status.success(), told.matches(": OK").count()))
    };
    let sha = check("sha256sum", "SHA256SUMS");
    assert_eq!(
        sha.expect("sha256sum is missing: install coreutils"),
        (true, FILES.len() - 2)
    );
    match check("b3sum", "B3SUMS") {
        Some(b3) => assert_eq!(b3, (true, FILES.len() - 2)),
        None => println!("b3sum is not installed: only the form of B3SUMS was compared"),
    }
    assert!(is_whole(&folder.path().join("out/1.1.0")));

    write(&folder, "out/1.1.0/upgrade.sql", "drop table users;\n");
    assert_eq!(
        check("sha256sum", "SHA256SUMS").unwrap(),
        (false, FILES.len() - 3)
    );
    if let Some(b3) = check("b3sum", "B3SUMS") {
        assert_eq!(b3, (false, FILES.len() - 3));
    }
}

#[test]
fn notes_say_what_people_need() {
    let folder = released();
    let text = "---\nversion: 1.1.0\nfrom: [1.0.0]\nhead: b\n---\nUsers can be **switched off**.\n";
    write(&folder, "release-notes/1.1.0.md", text);
    run(folder.path(), &["bundle", "1.1.0"]).ok();
    let notes = read(&folder, "out/1.1.0/NOTES.md");
    let digest = "lb1:[DIGEST]";
    let line = |it: &str| match it.split_once("lb1:") {
        Some((before, rest)) => format!("{before}{digest}{}\n", &rest[64..]),
        None => format!("{it}\n"),
    };
    let notes: String = notes.lines().map(line).collect();
    insta::assert_snapshot!(
        "bundle-notes",
        notes.replace(env!("CARGO_PKG_VERSION"), "[VERSION]")
    );
}

#[test]
fn notes_tell_what_is_lost_and_what_cannot_be_taken_back() {
    let folder = released();
    let path = folder.path();
    write(&folder, "revisions/d.rev", D);
    run(path, &["release", "2.0.0"]).ok();
    run(path, &["bundle", "2.0.0", "--from", "base"]).ok();
    let notes = read(&folder, "out/2.0.0_from_base/NOTES.md");
    for words in [
        "| from | the base (no revision applied) |",
        "A database in between is upgraded from where it is, for example from `1.0.0`, `1.1.0`, `1.2.0`.",
        "### 2. `b`: a \\*flag\\* for \\`users\\` \\| \\[x\\](y) \\<b\\>\n",
        "| data that the upgrade drops | column `users.note`; table `users` |",
        "- `add column users.active boolean default true not null`\n",
        "- `create index concurrently ix_users on users (email)`, outside of a transaction\n",
        "- `update users set active = false`, changes rows\n",
        "### 4. `d`\n\n- `drop table users`\n",
        "| rollback | none |\n",
        "## What a rollback restores\n\n- `d`: **cannot be rolled back**: the rows are \\_gone\\_. `rollback.sql` does not go past it. To go further back, restore the backup.\n\n## ",
        "`rollback.sql` refuses to run: revision `d` cannot be rolled back. Restore the backup.\n",
        "pg_dump -d \"$DATABASE\" --format=custom --file=before-2.0.0.dump\n",
        "pg_restore -d \"$RESTORED\" --exit-on-error --single-transaction before-2.0.0.dump\n",
    ] {
        contains(&notes, words);
    }
    run(path, &["bundle", "1.2.0"]).ok();
    let above = read(&folder, "out/1.2.0/NOTES.md");
    for words in [
        "| rollback | back to where the upgrade started |\n",
        "- `c`\n  - What the upgrade drops is restored without its data, unless SQL of the revision fills it again: column `users.note`.\n",
        "psql -X -d \"$DATABASE\" -L rollback.log -f rollback.sql\n",
        "4. Upgrade: this drops data in column `users.note`.\n",
    ] {
        contains(&above, words);
    }
    assert!(!notes.contains("No schema change"));
    assert!(!notes.contains(path.to_str().unwrap()));
    assert!(!notes.contains("\n\n\n"), "{notes}");
    assert!(notes.ends_with("|\n") && !notes.lines().any(|it| it.ends_with(' ')));
}

#[test]
fn a_release_without_a_difference_says_so() {
    let folder = released();
    run(folder.path(), &["release", "1.2.1"]).ok();
    let answer = run(folder.path(), &["bundle", "1.2.1"]);
    assert_eq!(answer.stderr, "release 1.2.1: no schema change\n");
    answer.ok();
    let notes = read(&folder, "out/1.2.1/NOTES.md");
    contains(&notes, "**No schema change.**");
    contains(&notes, "There is nothing to roll back.");
    contains(
        &read(&folder, "out/1.2.1/manifest.json"),
        "\n  \"steps\": [],\n",
    );
    run(folder.path(), &["verify", "1.2.1"]).ok();
}

#[test]
fn other_origins_go_into_a_folder_of_their_own() {
    let folder = released();
    let path = folder.path();
    let written = run(
        path,
        &["bundle", "1.2.0", "--from", "1.1.0", "--from", "1.0.0"],
    )
    .ok();
    assert_eq!(written, "out/1.2.0_from_1.0.0_1.1.0\n");
    let manifest = read(&folder, "out/1.2.0_from_1.0.0_1.1.0/manifest.json");
    contains(&manifest, "\"name\": \"1.0.0\",\n      \"revision\": \"a\"");
    run(path, &["bundle", "1.2.0"]).ok();
    let verified = run(path, &["verify", "1.2.0"]).ok();
    assert_eq!(
        bare(&verified),
        "1.2.0: verified\n1.2.0_from_1.0.0_1.1.0: verified\n"
    );
    for (from, words) in [
        ("1.3.0", "there is no release 1.3.0"),
        ("1.2.0", "release 1.2.0 does not follow 1.2.0"),
    ] {
        let told = run(path, &["bundle", "1.2.0", "--from", from]).fails(1);
        contains(&told, words);
    }
    let told = run(path, &["bundle", "1.0.0", "--from", "1.1.0"]).fails(1);
    contains(&told, "release 1.0.0 does not follow 1.1.0");
    assert_eq!(names(&folder, "out"), ["1.2.0", "1.2.0_from_1.0.0_1.1.0"]);
}

#[test]
fn what_a_project_must_not_send_out_is_refused() {
    let folder = released();
    let path = folder.path();
    let notes = read(&folder, "release-notes/1.1.0.md");
    let withdrawn = notes.replace("head:", "withdrawn: it locks for hours\nhead:");
    write(&folder, "release-notes/1.1.0.md", withdrawn);
    let told = run(path, &["bundle", "1.1.0"]).fails(1);
    contains(&told, "release 1.1.0 is withdrawn: it locks for hours");
    contains(&told, "release-notes/1.1.0.md:2:10");
    let told = run(path, &["bundle", "1.2.1"]).fails(1);
    contains(&told, "error[release]: there is no release 1.2.1");
    contains(&told, "did you mean `1.");
    contains(
        &run(path, &["bundle", "1.2"]).fails(2),
        "`1.2` is not a valid version",
    );
    for arguments in [
        &["bundle"][..],
        &["bundle", "--from", "1.0.0"],
        &["bundle", "--all", "1.0.0"],
        &["bundle", "--all", "--from", "1.0.0"],
    ] {
        run(path, arguments).fails(2);
    }

    let second = C
        .replace("'c'", "'e'")
        .replace("drop column note", "drop column email");
    write(&folder, "revisions/e.rev", second);
    let told = run(path, &["bundle", "1.0.0"]).fails(1);
    contains(&told, "the history has 2 heads: c, e");
    fs::remove_file(path.join("revisions/e.rev")).unwrap();

    write(&folder, "revisions/c.rev", C.replace("note;", "nope;"));
    let told = run(path, &["bundle", "--all"]).fails(1);
    contains(&told, "error[unknown-column]");
    write(&folder, "revisions/c.rev", C);

    run(path, &["release", "1.0.0", "--seal"]).ok();
    write(
        &folder,
        "revisions/a.rev",
        A.replace("note text", "note varchar(9)"),
    );
    let told = run(path, &["bundle", "1.2.0"]).fails(1);
    contains(
        &told,
        "error[edited-release]: revision a was edited after release 1.0.0 was sealed",
    );
    let told = run(path, &["bundle", "1.0.9"]).fails(1);
    contains(&told, "there is no release 1.0.9");
    assert!(!path.join("out").exists());

    write(&folder, "revisions/a.rev", A);
    let all = run(path, &["bundle", "--all"]).ok();
    assert_eq!(all, "out/1.0.0\nout/1.2.0\nrelease-notes/1.0.0.md\n");
}

#[test]
fn a_project_without_releases_has_nothing_to_bundle() {
    let folder = project();
    write(&folder, "revisions/a.rev", A);
    assert_eq!(run(folder.path(), &["bundle", "--all"]).ok(), "");
    assert!(!folder.path().join("out").exists());
}

#[test]
fn a_sealed_bundle_is_replaced_by_force_only() {
    let folder = released();
    let path = folder.path();
    run(path, &["bundle", "1.1.0"]).ok();
    let first = read(&folder, "out/1.1.0/NOTES.md");
    let more = read(&folder, "release-notes/1.1.0.md") + "More.\n";
    write(&folder, "release-notes/1.1.0.md", &more);
    // Nobody promised that an unsealed one stays.
    assert_eq!(run(path, &["bundle", "1.1.0"]).ok(), "out/1.1.0\n");
    run(path, &["release", "1.1.0", "--seal"]).ok();
    // Nor one that was made before the seal.
    assert_eq!(
        run(path, &["bundle", "1.1.0"]).ok(),
        "out/1.1.0\nrelease-notes/1.1.0.md\n"
    );
    let more = read(&folder, "release-notes/1.1.0.md") + "And more.\n";
    write(&folder, "release-notes/1.1.0.md", &more);
    let told = run(path, &["bundle", "1.1.0"]).fails(2);
    contains(
        &told,
        "out/1.1.0 is the bundle of a sealed release; these files would change: B3SUMS, NOTES.md, SHA256SUMS, manifest.json",
    );
    contains(&told, "--force");
    let told = run(path, &["bundle", "--all"]).fails(2);
    contains(&told, "would change");
    assert_eq!(names(&folder, "out"), ["1.1.0"]);
    run(path, &["bundle", "1.1.0", "--force"]).ok();
    let second = read(&folder, "out/1.1.0/NOTES.md");
    assert_ne!(first, second);
    contains(&second, "\nMore.\n");
    let again = run(path, &["bundle", "1.1.0", "--force"]);
    contains(&again.stderr, "out/1.1.0 is up to date");
    run(path, &["verify", "1.1.0"]).ok();
}

#[test]
fn bundles_are_the_same_on_every_machine() {
    let (one, two) = (released(), released());
    run(one.path(), &["bundle", "--all"]).ok();
    fs::rename(
        two.path().join("revisions/a.rev"),
        two.path().join("revisions/z.rev"),
    )
    .unwrap();
    write(&two, "revisions/b.rev", B.replace('\n', "\r\n"));
    let mut other = command(two.path(), &["bundle", "--all"]);
    let variables = [
        ("LC_ALL", "tr_TR.UTF-8"),
        ("TZ", "Asia/Kathmandu"),
        ("RAYON_NUM_THREADS", "1"),
        ("SOURCE_DATE_EPOCH", "1"),
    ];
    assert!(other.envs(variables).output().unwrap().status.success());
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        for name in FILES {
            let file = format!("out/{version}/{name}");
            assert_eq!(read(&one, &file), read(&two, &file), "{file}");
        }
    }
}

/// Just-in-time compilation of one query on the catalogue takes seconds, and a script asks many.
#[test]
fn no_query_of_our_own_is_compiled_by_the_server() {
    let folder = released();
    run(folder.path(), &["bundle", "1.1.0"]).ok();
    for name in ["upgrade.sql", "rollback.sql", "preflight.sql", "verify.sql"] {
        let script = read(&folder, &format!("out/1.1.0/{name}"));
        let off = script.find("jit = off").expect(name);
        let reset = script.rfind("reset all;").unwrap_or(0);
        let catalogue = script.find("from pg_").expect(name);
        assert!(off < catalogue, "{name}");
        assert!(
            reset == 0 || script[..reset].contains("set jit = off; set default"),
            "{name}"
        );
    }
}
