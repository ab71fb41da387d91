//! Which files are read and written: those of the project, of a size that somebody may have meant, and no devices.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "the tests play the user's part")]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::bundle::{A, released};
use crate::cli::{Answer, contains, project, read, run, write};

/// As `run`, of a program that must not wait for ever.
fn soon(folder: &Path, arguments: &[&str]) -> Answer {
    let output = Command::new("timeout")
        .arg("120")
        .arg(env!("CARGO_BIN_EXE_limbeck"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    Answer {
        status: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn make_pipe(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

/// A folder with what no project should read.
fn elsewhere() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    make_pipe(&folder.path().join("pipe"));
    fs::create_dir(folder.path().join("folder")).unwrap();
    write(&folder, "folder/secret.rev", "secret of others\n");
    write(&folder, "secret", "secret of others\n");
    folder
}

#[test]
fn only_regular_files_of_the_project_are_read() {
    let outside = elsewhere();
    let folder = released();
    let path = folder.path();
    make_pipe(&path.join("pipe"));
    let _socket = UnixListener::bind(path.join("socket")).unwrap();
    fs::create_dir(path.join("folder")).unwrap();
    symlink("loop", path.join("loop")).unwrap();
    let away = |name: &str| outside.path().join(name).to_str().unwrap().to_owned();
    let inside = |name: &str| path.join(name).to_str().unwrap().to_owned();
    let out = ["outside the project"; 2];
    let cases = [
        (away("secret"), out),
        (away("pipe"), out),
        (away("folder"), out),
        ("/dev/zero".to_owned(), out),
        ("/dev/tty".to_owned(), out),
        (inside("pipe"), ["a regular file"; 2]),
        (inside("socket"), ["a regular file"; 2]),
        (inside("folder"), ["folder"; 2]),
        (inside("loop"), ["too many levels of symbolic links"; 2]),
        (
            inside("nothing"),
            [
                "the target of the link does not exist",
                "no such file or directory",
            ],
        ),
    ];
    let places = [
        "revisions/x.rev",
        "revisions/more/x.rev",
        "release-notes/9.9.9.md",
        "limbeck.yaml",
    ];
    fs::create_dir(path.join("revisions/more")).unwrap();
    fs::remove_file(path.join("limbeck.yaml")).unwrap();
    for (target, [words, of_configuration]) in &cases {
        for place in places {
            symlink(target, path.join(place)).unwrap();
            for arguments in [&["check"][..], &["verify"], &["release", "2.0.0"]] {
                let told = soon(path, arguments).fails(2);
                let is_configuration = place.ends_with("yaml");
                let words = if is_configuration {
                    of_configuration
                } else {
                    words
                };
                contains(&told, words);
                contains(&told, place);
                assert!(!told.contains("secret of others"), "{told}");
            }
            fs::remove_file(path.join(place)).unwrap();
        }
    }
    // As they are, without a link.
    for place in places {
        make_pipe(&path.join(place));
        contains(&soon(path, &["check"]).fails(2), "it is not a regular file");
        fs::remove_file(path.join(place)).unwrap();
        let _socket = UnixListener::bind(path.join(place)).unwrap();
        contains(&soon(path, &["check"]).fails(2), "it is not a regular file");
        fs::remove_file(path.join(place)).unwrap();
        fs::create_dir(path.join(place)).unwrap();
        contains(&soon(path, &["check"]).fails(2), "it is a folder");
        fs::remove_dir(path.join(place)).unwrap();
    }
    run(path, &["check"]).ok();
    // Whoever says so may read elsewhere, but no devices.
    write(
        &outside,
        "d.rev",
        A.replace("'a'", "'d'")
            .replace("none", "'c'")
            .replace("users", "x"),
    );
    symlink(away("d.rev"), path.join("revisions/d.rev")).unwrap();
    soon(path, &["check"]).fails(2);
    soon(path, &["check", "--allow-outside"]).ok();
    symlink("/dev/zero", path.join("revisions/zero.rev")).unwrap();
    let told = soon(path, &["check", "--allow-outside"]).fails(2);
    contains(&told, "the link does not point to a regular file");
}

#[test]
fn links_that_stay_inside_are_as_good_as_files() {
    let folder = released();
    let path = folder.path();
    fs::create_dir(path.join("db")).unwrap();
    for name in ["revisions", "release-notes", "limbeck.yaml"] {
        fs::rename(path.join(name), path.join("db").join(name)).unwrap();
        symlink(format!("db/{name}"), path.join(name)).unwrap();
    }
    run(path, &["check"]).ok();
    run(path, &["release", "1.1.0", "--seal"]).ok();
    run(path, &["bundle", "--all"]).ok();
    run(path, &["verify", "--all"]).ok();
    contains(&read(&folder, "db/release-notes/1.1.0.md"), "anchors:");
    run(path, &["revision", "-m", "d", "--rev-id", "d"]).ok();
    assert!(path.join("db/revisions/d_d.rev").exists());
    // A project may itself be reached by a link.
    let other = tempfile::tempdir().unwrap();
    symlink(path, other.path().join("link")).unwrap();
    run(other.path(), &["-C", "link", "check"]).ok();
}

#[test]
fn folders_lie_in_the_project() {
    let outside = elsewhere();
    let folder = released();
    let path = folder.path();
    run(path, &["bundle", "1.0.0"]).ok();
    let away = outside.path().to_str().unwrap();
    symlink(outside.path(), path.join("away")).unwrap();
    let commands: &[&[&str]] = &[
        &["check"],
        &["bundle", "1.1.0"],
        &["verify"],
        &["release", "2.0.0"],
        &["revision", "-m", "d"],
        &["upgrade", "head", "--sql"],
    ];
    let names = || -> usize { fs::read_dir(outside.path()).unwrap().count() };
    let before = names();
    for key in ["out", "revisions", "release_notes"] {
        for value in [
            "../x",
            "/",
            away,
            "away",
            "away/new/x",
            "no/../../x",
            "out/../..",
        ] {
            write(&folder, "limbeck.yaml", format!("{key}: {value}\n"));
            for arguments in commands {
                let told = soon(path, arguments).fails(2);
                contains(
                    &told,
                    &format!("`{key}` points outside the project: {value}"),
                );
                contains(&told, "--allow-outside");
            }
        }
    }
    assert_eq!(names(), before);
    assert!(!path.join("../x").exists());
    write(&folder, "limbeck.yaml", format!("out: {away}/out\n"));
    run(path, &["bundle", "1.1.0", "--allow-outside"]).ok();
    assert!(outside.path().join("out/1.1.0/upgrade.sql").exists());
    run(path, &["--allow-outside", "verify", "--all"]).ok();

    // The folders of the defaults, as links.
    fs::remove_file(path.join("limbeck.yaml")).unwrap();
    for name in ["revisions", "release-notes", "out"] {
        let aside = path.join("aside");
        fs::rename(path.join(name), &aside).unwrap();
        symlink(outside.path(), path.join(name)).unwrap();
        for arguments in commands {
            contains(
                &soon(path, arguments).fails(2),
                "points outside the project",
            );
        }
        fs::remove_file(path.join(name)).unwrap();
        fs::rename(aside, path.join(name)).unwrap();
    }
    // A bundle that is a link is none.
    fs::remove_dir_all(path.join("out/1.0.0")).unwrap();
    symlink(outside.path().join("out/1.1.0"), path.join("out/1.0.0")).unwrap();
    for arguments in [&["bundle", "1.0.0"][..], &["verify", "--all"]] {
        contains(&soon(path, arguments).fails(2), "out/1.0.0 is a link");
    }
}

#[test]
fn a_project_is_made_where_it_was_asked_for() {
    let outside = elsewhere();
    let folder = tempfile::tempdir().unwrap();
    symlink(
        outside.path().join("folder"),
        folder.path().join("release-notes"),
    )
    .unwrap();
    symlink(
        outside.path().join("new"),
        folder.path().join(".gitattributes"),
    )
    .unwrap();
    soon(folder.path(), &["init"]).fails(2);
    assert!(!outside.path().join("new").exists());
    assert_eq!(
        fs::read_dir(outside.path().join("folder")).unwrap().count(),
        1
    );
}

#[test]
fn what_is_too_large_is_told_in_a_sentence() {
    let folder = project();
    let path = folder.path();
    let mib = 1024 * 1024;
    let revision =
        |text: &str| format!("revision 'a';\ndown_revision none;\nupgrade {{\n{text}\n}}\n");
    let filled =
        |length: usize, text: &dyn Fn(&str) -> String| revision(&text(&"x".repeat(length)));
    // What may be, is read at once.
    for text in [
        filled(15 * mib, &|it| format!("/* {it} */")),
        filled(15 * mib, &|it| format!("-- {it}")),
        filled(15 * mib, &|it| {
            format!("sql {{ select '{it}'; }} reverse {{ }}")
        }),
        revision(&"\n".repeat(15 * mib)),
        revision(&";".repeat(mib)),
    ] {
        write(&folder, "revisions/a.rev", text);
        soon(path, &["check"]).ok();
    }
    write(&folder, "revisions/a.rev", filled(mib, &str::to_owned));
    let told = soon(path, &["check"]).fails(1);
    assert!(told.len() < 10_000, "{} bytes are told", told.len());
    for text in ["x", "\n", "/*", "'"] {
        write(&folder, "revisions/a.rev", text.repeat(20 * mib));
        let told = soon(path, &["check"]).fails(2);
        contains(
            &told,
            "cannot read revisions/a.rev: it is larger than 16 MiB",
        );
        contains(&told, "split it");
    }
    // A file with a hole has no bytes, but its length.
    let hole = |name: &str, length: u64| {
        let file = fs::File::create(path.join(name)).unwrap();
        file.set_len(length).unwrap();
    };
    hole("revisions/a.rev", 1 << 40);
    contains(&soon(path, &["check"]).fails(2), "larger than 16 MiB");
    fs::remove_file(path.join("revisions/a.rev")).unwrap();
    hole("release-notes/1.0.0.md", 2 << 20);
    contains(
        &soon(path, &["release"]).fails(2),
        "cannot read release-notes/1.0.0.md: it is larger than 1 MiB",
    );
    fs::remove_file(path.join("release-notes/1.0.0.md")).unwrap();
    hole("limbeck.yaml", 2 << 20);
    contains(
        &soon(path, &["check"]).fails(2),
        "cannot read the configuration limbeck.yaml: it is larger than 1 MiB",
    );
    fs::remove_file(path.join("limbeck.yaml")).unwrap();
    for number in 0..17 {
        let text = format!("{}\n", " ".repeat(16 * mib - 1));
        write(&folder, &format!("revisions/{number}.rev"), text);
    }
    contains(
        &soon(path, &["check"]).fails(2),
        "the .rev files are larger than 256 MiB in total",
    );
}

#[test]
fn a_bundle_that_nobody_made_is_not_read_to_its_end() {
    let folder = released();
    let path = folder.path();
    run(path, &["bundle", "1.1.0"]).ok();
    let file = fs::File::create(path.join("out/1.1.0/upgrade.sql")).unwrap();
    file.set_len(1 << 40).unwrap();
    for arguments in [&["verify"][..], &["bundle", "1.1.0"]] {
        contains(
            &soon(path, arguments).fails(2),
            "out/1.1.0 is larger than 1024 MiB",
        );
    }
    fs::remove_file(path.join("out/1.1.0/upgrade.sql")).unwrap();
    make_pipe(&path.join("out/1.1.0/upgrade.sql"));
    contains(
        &soon(path, &["verify"]).fails(3),
        "out/1.1.0/upgrade.sql is not a regular file",
    );
    fs::remove_file(path.join("out/1.1.0/upgrade.sql")).unwrap();
    for number in 0..1_000 {
        write(&folder, &format!("out/1.1.0/{number}"), "");
    }
    contains(
        &soon(path, &["verify"]).fails(2),
        "out/1.1.0 contains more than 1000 files",
    );
}

#[test]
fn a_walk_ends_and_names_are_those_of_people() {
    let folder = released();
    let path = folder.path();
    let deep = "revisions".to_owned() + &"/x".repeat(40);
    fs::create_dir_all(path.join(deep)).unwrap();
    contains(&soon(path, &["check"]).fails(2), "it is nested too deeply");
    fs::remove_dir_all(path.join("revisions/x")).unwrap();
    // A link to a folder is not followed, so that there is no loop.
    symlink("..", path.join("revisions/loop")).unwrap();
    soon(path, &["check"]).ok();
    for (name, words) in [
        (&b"\xff.rev"[..], "its name is not UTF-8"),
        (b"two\nlines.rev", "its name contains a control character"),
        (b"\x1b[31m.rev", "its name contains a control character"),
    ] {
        for place in ["revisions", "revisions/2025"] {
            fs::create_dir_all(path.join(place)).unwrap();
            let file = path.join(place).join(OsStr::from_bytes(name));
            fs::write(&file, A).unwrap();
            let told = soon(path, &["check"]).fails(2);
            contains(&told, words);
            assert!(!told.contains("two\nlines") && !told.contains('\u{1b}'));
            fs::remove_file(file).unwrap();
        }
    }
    let file = path
        .join("release-notes")
        .join(OsStr::from_bytes(b"\xff.md"));
    fs::write(file, "").unwrap();
    contains(&soon(path, &["check"]).fails(2), "its name is not UTF-8");
}
