//! The folders of bundles: what stands in their way is left alone, and nobody ever sees half of one.
#![expect(clippy::disallowed_methods, reason = "the tests play the user's part")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use limbeck::bundle::FILES;

use crate::bundle::{is_whole, names, released};
use crate::cli::{command, contains, read, run, write};
use crate::verify::bare;

#[cfg(unix)]
#[test]
fn what_stands_in_the_way_is_named_and_left_alone() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let folder = released();
    let path = folder.path();
    let fails = |words: &str| {
        let told = run(path, &["bundle", "1.1.0"]).fails(2);
        contains(&told, words);
    };
    write(&folder, "out", "mine");
    fails("out is a file, but a folder is required");
    assert_eq!(read(&folder, "out"), "mine");
    fs::remove_file(path.join("out")).unwrap();
    fs::create_dir(path.join("elsewhere")).unwrap();
    symlink("elsewhere", path.join("out")).unwrap();
    fails("out is a link, but a folder is required");
    assert_eq!(names(&folder, "elsewhere"), Vec::<String>::new());
    fs::remove_file(path.join("out")).unwrap();

    fs::create_dir(path.join("out")).unwrap();
    write(&folder, "out/1.1.0", "mine");
    fails("out/1.1.0 is a file, but a folder is required");
    fs::remove_file(path.join("out/1.1.0")).unwrap();
    symlink("../elsewhere", path.join("out/1.1.0")).unwrap();
    fails("out/1.1.0 is a link, but a folder is required");
    fs::remove_file(path.join("out/1.1.0")).unwrap();

    run(path, &["bundle", "1.1.0"]).ok();
    write(&folder, "out/1.1.0/upgrade.log", "mine");
    fs::create_dir(path.join("out/1.1.0/more")).unwrap();
    fails("out/1.1.0 contains files that do not belong to a bundle: upgrade.log, more");
    assert_eq!(read(&folder, "out/1.1.0/upgrade.log"), "mine");
    fs::remove_dir_all(path.join("out/1.1.0")).unwrap();

    // Also for root, who may write everywhere else.
    fs::set_permissions(path.join("out"), fs::Permissions::from_mode(0o555)).unwrap();
    let output = Command::new("setpriv")
        .arg("--bounding-set=-dac_override,-dac_read_search")
        .arg(env!("CARGO_BIN_EXE_limbeck"))
        .args(["bundle", "1.1.0"])
        .current_dir(path)
        .output()
        .expect("setpriv is missing: install util-linux");
    fs::set_permissions(path.join("out"), fs::Permissions::from_mode(0o755)).unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    contains(&told, "cannot write out/1.1.0: permission denied");
    assert_eq!(names(&folder, "out"), Vec::<String>::new());

    write(&folder, "limbeck.yaml", "out: limbeck.yaml/out\n");
    fails("cannot read limbeck.yaml/out: not a directory");
}

#[cfg(target_os = "linux")]
#[test]
fn a_closed_stdout_leaves_a_whole_bundle() {
    let folder = released();
    let path = folder.path();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut piped = command(path, &["bundle", "1.1.0"]);
    let output = piped.stdout(writer).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(is_whole(&path.join("out/1.1.0")));
    let script = "exec \"$0\" bundle 1.2.0 >&-";
    let closed = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_limbeck")])
        .current_dir(path)
        .output()
        .unwrap();
    assert_eq!((closed.status.code(), closed.stderr), (Some(0), Vec::new()));
    assert!(is_whole(&path.join("out/1.2.0")));
}

/// Kills the program at many moments while it replaces a bundle by another.
#[cfg(unix)]
#[test]
fn a_killed_run_leaves_the_old_bundle_or_the_new_one() {
    let folder = released();
    let path = folder.path();
    let first = read(&folder, "release-notes/1.1.0.md");
    let notes = |more: &str| {
        write(
            &folder,
            "release-notes/1.1.0.md",
            format!("{first}{more}\n"),
        );
    };
    let start = std::time::Instant::now();
    run(path, &["bundle", "1.1.0"]).ok();
    let whole = start.elapsed();
    let (mut killed, mut left) = (0, 0);
    let rounds = 120_u32;
    for round in 0..rounds {
        notes(&format!("Round {round}."));
        let mut child = command(path, &["bundle", "1.1.0"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // From before the first file to after the last one, and most often towards the end.
        let moment = whole * (rounds / 4 + round) / rounds;
        thread::sleep(moment.min(Duration::from_secs(2)));
        child.kill().ok();
        killed += u32::from(!child.wait().unwrap().success());
        let found = names(&folder, "out");
        left += u32::from(found.iter().any(|it| it.starts_with(".limbeck-")));
        let bundle = path.join("out/1.1.0");
        if bundle.exists() {
            assert!(is_whole(&bundle), "round {round}");
            assert_eq!(names(&folder, "out/1.1.0"), FILES);
        }
    }
    println!("{killed} of {rounds} runs were killed, {left} left a folder behind");
    assert!(killed > 0);
    run(path, &["bundle", "1.1.0"]).ok();
    assert_eq!(names(&folder, "out"), ["1.1.0"]);
    run(path, &["verify", "1.1.0"]).ok();
}

#[test]
fn several_runs_at_once_wait_for_each_other() {
    let folder = released();
    let path = folder.path();
    let children: Vec<_> = (0..6)
        .map(|_| {
            let mut child = command(path, &["bundle", "--all"]);
            child.stdout(Stdio::null()).stderr(Stdio::null());
            child.spawn().unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(names(&folder, "out"), ["1.0.0", "1.1.0", "1.2.0"]);
    run(path, &["verify", "--all"]).ok();
}

/// What `init` writes for git keeps every byte, also where checkouts change line ends.
#[test]
fn git_keeps_every_byte_of_a_bundle() {
    let folder = released();
    let path = folder.path();
    run(path, &["bundle", "1.1.0"]).ok();
    let git = |folder: &Path, arguments: &[&str]| {
        let mut git = Command::new("git");
        git.args([
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b",
            "-c",
            "core.autocrlf=true",
        ]);
        let output = git.args(arguments).current_dir(folder).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "git {arguments:?}: {told}");
    };
    git(path, &["init", "-q"]);
    git(path, &["add", "."]);
    git(path, &["commit", "-qm", "a"]);
    let copy = tempfile::tempdir().unwrap();
    let target = copy.path().join("copy");
    git(path, &["clone", "-q", ".", target.to_str().unwrap()]);
    assert!(is_whole(&target.join("out/1.1.0")));
    let verified = run(&target, &["verify", "1.1.0"]).ok();
    assert_eq!(bare(&verified), "1.1.0: verified\n");
}
