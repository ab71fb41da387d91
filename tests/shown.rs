//! What the program prints of texts of others: wherever one may stand, no terminal and no CI system obeys it.
#![expect(clippy::disallowed_methods, reason = "the tests play the user's part")]

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::cli::{contains, project, read, run, write};

/// What a terminal, a CI system or a reader would be led astray by.
const HOSTILE: &str =
    "a\u{1b}[2J\u{7}\r\n::error::x\n  ::warning::y\u{9b}\u{202e}\u{2066}\u{200b}\u{2028}##[error]z";

/// The same for places that take no line ends.
const ONE_LINE: &str = "::error::\u{1b}[2J\u{7}\u{9b}\u{202e}\u{2066}\u{200b}##[error]z";

const COMMANDS: &[&[&str]] = &[
    &["check"],
    &["heads"],
    &["heads", "-v"],
    &["branches", "-v"],
    &["history"],
    &["history", "-v"],
    &["show", "head"],
    &["graph"],
    &["graph", "--mermaid"],
    &["graph", "--dot"],
    &["plan", "upgrade", "head"],
    &["upgrade", "head", "--sql"],
    &["downgrade", "head:base", "--sql"],
    &["stamp", "head", "--sql"],
    &["release"],
    &["release", "1.0.0"],
    &["bundle", "--all"],
    &["verify", "--all"],
    &["verify", "1.0.0"],
];

/// Whether a terminal obeys the character.
fn is_obeyed(character: char) -> bool {
    (character.is_control() && !matches!(character, '\n' | '\t'))
        || matches!(character, '\u{2028}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Fails where something of `text` is obeyed or cannot be seen.
#[track_caller]
fn is_harmless(text: &str, what: &str) {
    let is_odd = |it: char| is_obeyed(it) || it == '\u{200b}';
    assert!(!text.contains(is_odd), "{what}: {text:?}");
    for line in text.lines() {
        let command = line.trim_start().strip_prefix("::");
        let is_obeyed =
            command.is_some_and(|it| it.starts_with(|it: char| it.is_ascii_alphabetic()));
        assert!(!is_obeyed && !line.contains("##["), "{what}: {text:?}");
    }
}

#[track_caller]
fn answers_harmlessly(folder: &TempDir, arguments: &[&str]) {
    for more in [[].as_slice(), &["--format", "json"]] {
        let arguments: Vec<&str> = arguments.iter().chain(more).copied().collect();
        let answer = run(folder.path(), &arguments);
        assert!(!answer.stderr.contains("panicked"), "{}", answer.stderr);
        is_harmless(&answer.stdout, &format!("stdout of {arguments:?}"));
        is_harmless(&answer.stderr, &format!("stderr of {arguments:?}"));
    }
    let coloured: Vec<&str> = arguments
        .iter()
        .chain(&["--color", "always"])
        .copied()
        .collect();
    let told = run(folder.path(), &coloured).stderr;
    let plain = regex_lite::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    is_harmless(&plain.replace_all(&told, ""), &format!("{coloured:?}"));
}

fn every_command(folder: &TempDir) {
    for arguments in COMMANDS {
        answers_harmlessly(folder, arguments);
    }
}

const SOUND: &str =
    "revision 'a'; down_revision none; message 'm'; upgrade { create table t (id integer); }";

#[test]
fn nothing_of_a_revision_is_obeyed() {
    let quoted = HOSTILE.replace('\'', "''");
    let escaped = HOSTILE
        .chars()
        .map(|it| format!("\\U{:08x}", u32::from(it)));
    let escaped: String = escaped.collect();
    for text in [&quoted, &escaped] {
        for header in [
            "revision",
            "message",
            "branch_labels",
            "create_date",
            "down_revision",
            "depends_on",
        ] {
            let folder = project();
            let rest = match header {
                "revision" => "down_revision none;".to_owned(),
                "down_revision" => "revision 'a';".to_owned(),
                _ => "revision 'a'; down_revision none;".to_owned(),
            };
            let text = format!("{header} E'{text}'; {rest} upgrade {{ }}");
            write(&folder, "revisions/a.rev", text);
            answers_harmlessly(&folder, &["check"]);
            answers_harmlessly(&folder, &["history", "-v"]);
            answers_harmlessly(&folder, &["graph", "--dot"]);
        }
        for statement in [
            format!("create table \"{text}\" (id integer);"),
            format!("create table t (\"{text}\" integer, \"{text}\" text);"),
            format!("create table {text} (id integer);"),
            format!("create table t (a text default E'{text}' check (a <> E'{text}'));"),
            format!("create table t (a integer default E'{text}');"),
            format!("create table t (a text comment E'{text}'); comment on table t is E'{text}';"),
            format!("create type e as enum (E'{text}'); alter type e add value E'{text}';"),
            format!("data {{ insert into nowhere values (E'{text}'); }} reverse {{ }}"),
            format!("sql {{ select 1 from \"{text}\"; }} reverse {{ }}"),
            format!("sql {{ selekt $x${text}$x$; }} reverse {{ }}"),
            format!("assert E'{text}' (select true);"),
            format!("drop table \"{text}\"; /* {text} */ -- {text}"),
        ] {
            let folder = project();
            let text = format!("revision 'a'; down_revision none; upgrade {{ {statement} }}");
            write(&folder, "revisions/a.rev", text);
            for arguments in [["check"].as_slice(), &["plan", "upgrade", "head"]] {
                answers_harmlessly(&folder, arguments);
            }
            // Of a literal SQL holds what its author wrote; what was spelt with escapes stays so.
            if !statement.contains('\u{1b}') {
                for range in [["upgrade", "head"], ["downgrade", "head:base"]] {
                    let sql = run(folder.path(), &[range[0], range[1], "--sql"]).stdout;
                    assert!(!sql.contains(is_obeyed), "{sql}");
                }
            }
        }
        let folder = project();
        let text = format!("{SOUND} downgrade irreversible E'{text}';");
        write(&folder, "revisions/a.rev", text);
        every_command(&folder);
    }
}

#[test]
fn nothing_of_a_file_name_is_obeyed() {
    let folder = project();
    write(&folder, &format!("revisions/{HOSTILE}.rev"), SOUND);
    every_command(&folder);
    contains(
        &run(folder.path(), &["show", "head"]).fails(2),
        "cannot read revisions/a\\u{1b}[2J\\u{7}\\r\\n::error::x\\n  ::warning::y",
    );
    write(&folder, &format!("release-notes/{HOSTILE}.md"), "---\n");
    every_command(&folder);
    fs::remove_file(folder.path().join(format!("release-notes/{HOSTILE}.md"))).unwrap();
    write(
        &folder,
        &format!("revisions/{HOSTILE}.rev"),
        "revision 'a'; oops",
    );
    every_command(&folder);
    write(&folder, &format!("revisions/{HOSTILE}.rev"), [0xff]);
    every_command(&folder);
}

#[test]
fn nothing_of_a_configuration_is_obeyed() {
    let json = serde_json::to_string(HOSTILE).unwrap();
    for line in [
        format!("schema: {json}"),
        format!("revisions: {json}"),
        format!("dialect: {json}"),
        format!("{json}: 1"),
        format!("# {ONE_LINE}"),
        format!("schema: {ONE_LINE}"),
        format!("lock_timeout: {json}"),
    ] {
        let folder = project();
        write(&folder, "revisions/a.rev", SOUND);
        write(&folder, "limbeck.yaml", &line);
        answers_harmlessly(&folder, &["check"]);
        let path = format!("{HOSTILE}.yaml");
        write(&folder, &path, &line);
        answers_harmlessly(&folder, &["check", "-c", &path]);
        answers_harmlessly(&folder, &["check", "-c", HOSTILE]);
    }
}

#[test]
fn nothing_of_a_release_is_obeyed() {
    let json = serde_json::to_string(HOSTILE).unwrap();
    let folder = project();
    write(&folder, "revisions/a.rev", SOUND);
    for matter in [
        format!("version: {json}\nfrom: base\nhead: a"),
        format!("version: 1.0.0\nfrom: [{json}]\nhead: a"),
        format!("version: 1.0.0\nfrom: base\nhead: {json}"),
        format!("version: 1.0.0\nfrom: base\nhead: a\nwithdrawn: {json}"),
        "version: 1.0.0\nfrom: base\nhead: a\nwithdrawn: '::error::\u{200b}##[error]x'".to_owned(),
        format!("version: 1.0.0\nfrom: base\nhead: a\n{json}: x"),
        format!("version: 1.0.0\nfrom: base\nhead: a # {ONE_LINE}"),
    ] {
        let text = format!("---\n{matter}\n---\n{HOSTILE}\n");
        write(&folder, "release-notes/1.0.0.md", text);
        for arguments in [
            ["check"].as_slice(),
            &["release"],
            &["bundle", "1.0.0"],
            &["verify"],
        ] {
            answers_harmlessly(&folder, arguments);
        }
    }
}

#[test]
fn nothing_of_a_bundle_is_obeyed() {
    let folder = project();
    write(&folder, "revisions/a.rev", SOUND);
    run(folder.path(), &["release", "1.0.0"]).ok();
    run(folder.path(), &["bundle", "1.0.0"]).ok();
    let bundle = folder.path().join("out/1.0.0");
    let proof = serde_json::json!({
        "format": 1, "release": HOSTILE, "bundle": HOSTILE,
        "servers": [{"version": HOSTILE, "claims": [
            {"about": HOSTILE, "claim": HOSTILE, "outcome": "failed", "why": HOSTILE}]}],
        HOSTILE: 1,
    });
    for file in [
        "NOTES.md",
        "upgrade.sql",
        "manifest.json",
        "B3SUMS",
        "proof.json",
        HOSTILE,
    ] {
        let before = fs::read(bundle.join(file)).ok();
        let text = match file {
            "proof.json" => proof.to_string(),
            _ => format!("{HOSTILE}\n"),
        };
        fs::write(bundle.join(file), text).unwrap();
        answers_harmlessly(&folder, &["verify", "1.0.0"]);
        answers_harmlessly(&folder, &["verify", "--all"]);
        answers_harmlessly(&folder, &["bundle", "1.0.0"]);
        match before {
            Some(bytes) => fs::write(bundle.join(file), bytes).unwrap(),
            None => drop(fs::remove_file(bundle.join(file))),
        }
    }
    fs::create_dir(folder.path().join("out").join(HOSTILE)).unwrap();
    answers_harmlessly(&folder, &["verify", "--all"]);
}

#[test]
fn nothing_of_an_argument_is_obeyed() {
    let folder = project();
    write(&folder, "revisions/a.rev", SOUND);
    for arguments in [
        [HOSTILE].as_slice(),
        &["-C", HOSTILE, "check"],
        &["-C", HOSTILE, "init"],
        &["explain", HOSTILE],
        &["show", HOSTILE],
        &["history", "-r", HOSTILE],
        &["plan", "upgrade", HOSTILE],
        &["upgrade", HOSTILE],
        &["upgrade", HOSTILE, "--sql"],
        &["upgrade", "head", "--sql", "-o", HOSTILE],
        &["upgrade", "head", "--sql", "-o", "no/\u{1b}\n::error::x"],
        &["release", HOSTILE],
        &["release", "1.0.0", "--from", HOSTILE],
        &["release", "1.0.0", "--head", HOSTILE],
        &["bundle", HOSTILE],
        &["verify", HOSTILE],
        &["prove", HOSTILE],
        &["prove", "--bindir", HOSTILE],
        &["revision", "-m", HOSTILE],
        &["revision", "-m", "x", "--rev-id", HOSTILE],
        &["revision", "-m", "x", "--head", HOSTILE],
        &["revision", "-m", "x", "--branch-label", HOSTILE],
        &["revision", "-m", "x", "--depends-on", HOSTILE],
        &["merge", "-m", HOSTILE, "a"],
        &["merge", HOSTILE],
        &["--format", HOSTILE],
        &["check", HOSTILE],
    ] {
        answers_harmlessly(&folder, arguments);
    }
}

#[test]
fn warnings_keep_nothing_from_running() {
    let folder = project();
    let text =
        "revision 'a'; down_revision none; upgrade { create table us\u{435}rs (id integer); }";
    write(&folder, "revisions/a.rev", text);
    let answer = run(folder.path(), &["check"]);
    contains(
        &answer.stderr,
        "warning[mixed-scripts]: the word us\u{435}rs mixes letters of Latin and Cyrillic\n",
    );
    assert!(
        answer
            .stderr
            .ends_with("\n\n1 revision checked, no errors\n"),
        "{}",
        answer.stderr
    );
    assert_eq!(answer.ok(), "");
    let answer = run(folder.path(), &["check", "-q"]);
    assert_eq!((answer.status, answer.stderr.as_str()), (0, ""));
    let answer = run(folder.path(), &["check", "--format", "json"]);
    assert_eq!(answer.stderr, "1 revision checked, no errors\n");
    let document: Value = serde_json::from_str(&answer.ok()).unwrap();
    let told = &document["diagnostics"][0];
    assert_eq!(told["severity"], "warning");
    assert_eq!(told["code"], "mixed-scripts");
    assert_eq!(
        (&told["line"], &told["column"], &told["end_column"]),
        (&1.into(), &58.into(), &63.into())
    );
    assert_eq!(document["diagnostics"].as_array().unwrap().len(), 1);
}

#[test]
fn json_holds_exact_values() {
    let folder = project();
    let text =
        format!("revision 'a'; down_revision none; message 'm'; upgrade {{ oops '{ONE_LINE}'; }}");
    // A name with control characters is not read.
    let path = "a\u{2066}\u{200b}##[error]::error::x.rev";
    write(&folder, &format!("revisions/{path}"), text);
    let answer = run(folder.path(), &["check", "--format", "json"]);
    assert_eq!(answer.status, 1);
    is_harmless(&answer.stdout, "stdout");
    let document: Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(
        document["diagnostics"][0]["file"],
        format!("revisions/{path}")
    );
}

#[test]
fn messages_are_no_markup_in_notes() {
    let folder = project();
    let mut parent = "none".to_owned();
    let messages = [
        (
            "<script>alert(1)</script>",
            "\\<script\\>alert(1)\\</script\\>",
        ),
        ("[x](javascript:alert(1))", "\\[x\\](javascript:alert(1))"),
        ("# heading", "\\# heading"),
        ("- item | `code`", "\\- item \\| \\`code\\`"),
        ("---", "\\---"),
        ("1. by @octocat", "1\\. by @&#8203;octocat"),
        ("a\u{200b}b", "a\\\\u\\{200b\\}b"),
        (
            "جدول سفارش\u{200c}ها ساخته می\u{200c}شود",
            "جدول سفارش\u{200c}ها ساخته می\u{200c}شود",
        ),
    ];
    for (number, (message, _)) in messages.iter().enumerate() {
        let text = format!(
            "revision 'r{number}'; down_revision {parent}; message '{message}'; upgrade {{ }}"
        );
        write(&folder, &format!("revisions/r{number}.rev"), text);
        parent = format!("'r{number}'");
    }
    let path = run(folder.path(), &["release", "1.0.0"]).ok();
    let draft = read(&folder, &path);
    let lines: Vec<String> = messages.iter().map(|it| format!("- {}\n", it.1)).collect();
    let lines = lines.concat();
    assert_eq!(
        draft,
        format!("---\nversion: 1.0.0\nfrom: [base]\nhead: 'r7'\n---\n{lines}")
    );
    // What people write stays as it is.
    write(
        &folder,
        "release-notes/1.0.0.md",
        draft + "\n# <b>Ours</b> @all\n",
    );
    run(folder.path(), &["bundle", "1.0.0"]).ok();
    let notes = read(&folder, "out/1.0.0/NOTES.md");
    contains(&notes, &format!("\n\n{lines}\n# <b>Ours</b> @all\n"));
    contains(&notes, "### 1. `r0`: \\<script\\>alert(1)\\</script\\>\n");
    contains(&notes, "### 7. `r6`: a\\\\u\\{200b\\}b\n");
}
