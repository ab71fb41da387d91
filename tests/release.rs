//! Releases: what their notes may say, and what their seals notice.
#![expect(
    clippy::disallowed_methods,
    reason = "the tests read the tree that they judge"
)]

use std::collections::BTreeMap;
use std::fs;

use limbeck::config::Config;
use limbeck::diagnostic::Diagnostics;
use limbeck::digest;
use limbeck::release::{Releases, Sealer};
use limbeck::report::{self, Style};
use limbeck::source::{SourceId, Sources};
use serde_json::Value;

use crate::cli::{contains, forked, project, read as read_file, run, write};
use crate::digest::{A, B, C, D, history};

/// Reads notes for the history of [`A`] to [`D`], and gives what is wrong with them.
fn read(notes: &[(&str, &str)]) -> (Sources, Result<Releases, Diagnostics>) {
    let (mut sources, graph) = history(&[A, B, C, D]);
    let files: Vec<SourceId> = notes
        .iter()
        .map(|(path, text)| sources.add(*path, (*text).to_owned()))
        .collect();
    let releases = Releases::read(&sources, &files, &graph);
    (sources, releases)
}

fn wrong(notes: &[(&str, &str)]) -> String {
    let (sources, releases) = read(notes);
    let style = Style {
        colour: false,
        width: 140,
    };
    report::human(&releases.unwrap_err(), &sources, style)
}

fn says(notes: &[(&str, &str)], words: &[&str]) {
    let text = wrong(notes);
    for word in words {
        assert!(text.contains(word), "{word} is not in:\n{text}");
    }
}

#[test]
fn releases_stand_in_the_order_of_their_histories() {
    let notes = [
        (
            "1.1.0.md",
            "---\nversion: 1.1.0\nfrom: [1.0.0]\nhead: c\n---\nMore.\n",
        ),
        (
            "1.0.0.md",
            "---\nversion: 1.0.0\nfrom: base\nhead: a\n---\nThe first.\n",
        ),
        (
            "1.0.1.md",
            "---\nversion: 1.0.1\nfrom: [1.0.0]\nhead: b\nwithdrawn: it loses rows\n---\n",
        ),
        (
            "1.2.0-rc.1.md",
            "---\nversion: 1.2.0-rc.1\nfrom: [1.0.1, 1.1.0]\nhead: d\n---\n",
        ),
        (
            "1.2.0.md",
            "---\nversion: 1.2.0\nfrom: [1.0.1, 1.1.0]\nhead: d\n---\n",
        ),
    ];
    let (sources, releases) = read(&notes);
    let releases = releases.unwrap();
    let order: Vec<String> = releases
        .iter()
        .map(|it| it.version.value.to_string())
        .collect();
    assert_eq!(order, ["1.0.0", "1.0.1", "1.1.0", "1.2.0-rc.1", "1.2.0"]);
    let first = releases.iter().next().unwrap();
    assert_eq!(sources.text(first.notes), "The first.\n");
    let withdrawn: Vec<_> = releases
        .iter()
        .filter_map(|it| it.withdrawn.as_deref())
        .collect();
    assert_eq!(withdrawn, ["it loses rows"]);
}

#[test]
#[expect(clippy::too_many_lines, reason = "one call for each mistake")]
fn what_notes_cannot_say_is_told_with_its_place() {
    let first = (
        "1.0.0.md",
        "---\nversion: 1.0.0\nfrom: base\nhead: a\n---\n",
    );
    let one = |text: &'static str| [("1.0.0.md", text)];
    says(
        &one("# Notes\n"),
        &[
            "error[release]: the front matter is missing",
            "1.0.0.md:1:1",
        ],
    );
    says(
        &one("---\nversion: 1.0.0\n"),
        &["the front matter is not closed"],
    );
    says(
        &one("---\n---\n"),
        &[
            "`version` is missing",
            "`from` is missing",
            "`head` is missing",
        ],
    );
    says(
        &one("---\nversion: [\n---\n"),
        &["this is not YAML", "1.0.0.md:2:"],
    );
    says(
        &one("---\nversion: 1.0\nfrom: base\nhead: a\n---\n"),
        &[
            "a number with decimals is not a valid version",
            "1.0.0.md:2:10",
        ],
    );
    says(
        &one("---\nversion: 1.0.0\nfrom: base\nhaed: a\n---\n"),
        &[
            "there is no key `haed`",
            "did you mean `head`?",
            "1.0.0.md:4:1",
            "`head` is missing",
        ],
    );
    says(
        &one("---\nversion: 1.0.1\nfrom: base\nhead: a\n---\n"),
        &[
            "the file is named 1.0.0.md, but the version is 1.0.1",
            "rename the file to 1.0.1.md",
        ],
    );
    says(
        &one("---\nversion: 1.0.0\nfrom: []\nhead: a\n---\n"),
        &["`from` is empty"],
    );
    says(
        &one("---\nversion: 1.0.0\nfrom: [base, base]\nhead: a\n---\n"),
        &["`from` names base twice", "1.0.0.md:3:14"],
    );
    says(
        &one("---\nversion: 1.0.0\nfrom: base\nhead: aa\n---\n"),
        &["there is no revision aa"],
    );
    says(
        &one("---\nversion: 1.0.0\nfrom: base\nhead: a\nseal: lb1:12\n---\n"),
        &["this is not a seal"],
    );
    says(
        &one("---\nversion: 1.0.0\nfrom: base\nhead: a\nsealed: [revision a 1]\n---\n"),
        &["`sealed` requires `seal`"],
    );
    says(
        &one("---\nversion: 1.0.0\nfrom: base\nhead: a\noptions:\n  schema: x\n---\n"),
        &["`options` requires `seal`", "1.0.0.md:5:1"],
    );
    says(
        &one("---\nversion: 1.0.0\nfrom: base\nhead: a\nthrough: [1.0.0-rc.1, 1.0.0-rc.1]\n---\n"),
        &["`through` names 1.0.0-rc.1 twice"],
    );
    says(
        &one("---\nversion: 1.0.0\nfrom: base\nhead: a\nthrough: base\n---\n"),
        &["`base` is not a valid version"],
    );
    says(
        &one("---\nversion: 1.0.0\nfrom: base\nhead: a\nthrough: 1.0.0\n---\n"),
        &[
            "`through` of release 1.0.0 names the release itself",
            "1.0.0.md:5:10",
        ],
    );
    for (through, words) in [
        ("1.0.1", "there is no release 1.0.1"),
        (
            "1.0.0",
            "release 1.1.0 starts from 1.0.0, so it cannot be in `through`",
        ),
        (
            "2.0.0",
            "release 1.1.0 does not go through 2.0.0: the head d is not on its way",
        ),
        (
            "3.0.0",
            "release 1.1.0 does not go through 3.0.0: the head c is not on its way",
        ),
    ] {
        let second =
            format!("---\nversion: 1.1.0\nfrom: 1.0.0\nthrough: [{through}]\nhead: b\n---\n");
        let notes = [
            first,
            ("1.1.0.md", second.as_str()),
            (
                "2.0.0.md",
                "---\nversion: 2.0.0\nfrom: base\nhead: d\n---\n",
            ),
            (
                "3.0.0.md",
                "---\nversion: 3.0.0\nfrom: base\nhead: c\n---\n",
            ),
        ];
        says(&notes, &[words, "1.1.0.md:4:11"]);
    }
    says(
        &one("---\nversion: 1.0.0\nfrom: base\nhead: a\nwithdrawn: 1\n---\n"),
        &["`withdrawn` must be a string, not the number 1"],
    );
    says(
        &[
            first,
            (
                "1.1.0.md",
                "---\nversion: 1.1.0\nfrom: 1.0.1\nhead: b\n---\n",
            ),
        ],
        &[
            "there is no release 1.0.1",
            "did you mean `1.0.0`?",
            "1.1.0.md:3:7",
        ],
    );
    says(
        &[
            first,
            (
                "1.0.0+b.md",
                "---\nversion: 1.0.0+b\nfrom: base\nhead: b\n---\n",
            ),
        ],
        &["1.0.0 and 1.0.0+b are the same version"],
    );
    says(
        &[
            (
                "1.0.0.md",
                "---\nversion: 1.0.0\nfrom: base\nhead: b\n---\n",
            ),
            (
                "1.1.0.md",
                "---\nversion: 1.1.0\nfrom: 1.0.0\nhead: c\n---\n",
            ),
        ],
        &[
            "the head c does not follow b, the head of release 1.0.0",
            "1.1.0.md:4:7",
        ],
    );
    says(
        &[
            (
                "1.0.0.md",
                "---\nversion: 1.0.0\nfrom: 1.1.0\nhead: a\n---\n",
            ),
            (
                "1.1.0.md",
                "---\nversion: 1.1.0\nfrom: 1.0.0\nhead: a\n---\n",
            ),
        ],
        &["these releases start from each other: 1.0.0, 1.1.0"],
    );
}

/// What is told of a history of which `1.0.0` (to a) and `1.1.0` (to d) were sealed, and then `edit` was made.
fn after(edit: impl Fn(&mut Vec<String>, &mut Config)) -> String {
    let mut texts: Vec<String> = [A, B, C, D].map(str::to_owned).to_vec();
    let mut config = Config::default();
    let plain = [("1.0.0", "base", "a"), ("1.1.0", "1.0.0", "d")];
    let notes = |seal: &dyn Fn(&str) -> String| -> Vec<(String, String)> {
        plain
            .map(|(version, from, head)| {
                let seal = seal(version);
                let text =
                    format!("---\nversion: {version}\nfrom: {from}\nhead: {head}\n{seal}---\n");
                (format!("{version}.md"), text)
            })
            .to_vec()
    };
    let sealer = |texts: &[String], notes: &[(String, String)], config: &Config| {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let (mut sources, graph) = history(&texts);
        let files: Vec<SourceId> = notes
            .iter()
            .map(|(path, text)| sources.add(path.clone(), text.clone()))
            .collect();
        let releases = Releases::read(&sources, &files, &graph).unwrap();
        let digests = digest::digests(&sources, &graph);
        let sealer = Sealer {
            sources: &sources,
            config,
            graph: &graph,
            releases: &releases,
            digests: &digests,
        };
        let seals: BTreeMap<String, String> = releases
            .iter()
            .map(|it| {
                let version = it.version.value.to_string();
                (version, sealer.seal(it).lines())
            })
            .collect();
        let style = Style {
            colour: false,
            width: 140,
        };
        (seals, report::human(&sealer.check(), &sources, style))
    };
    let (seals, told) = sealer(&texts, &notes(&|_| String::new()), &config);
    assert_eq!(told, "", "what is not sealed may change");
    let with_seals = notes(&|it| seals[it].clone());
    assert_eq!(sealer(&texts, &with_seals, &config).1, "");
    edit(&mut texts, &mut config);
    sealer(&texts, &with_seals, &config).1
}

#[test]
fn a_seal_names_what_was_edited() {
    let remark = after(|texts, _| texts[1] = B.replace("upgrade", "-- a remark\nupgrade"));
    assert_eq!(remark, "");
    let edited = after(|texts, _| texts[1] = B.replace("x int", "x bigint"));
    assert!(
        edited.contains(
            "error[edited-release]: revision b was edited after release 1.1.0 was sealed"
        ),
        "{edited}"
    );
    assert_eq!(edited.matches("error[").count(), 1, "{edited}");
    let broken = after(|texts, _| texts[1] = B.replace("int;", "int default 'oops;"));
    assert!(
        broken.contains("revision b was edited after release 1.1.0"),
        "{broken}"
    );
    let below = after(|texts, _| texts[0] = A.replace("id int", "id bigint"));
    assert!(
        below.contains("revision a was edited after release 1.0.0 was sealed"),
        "{below}"
    );
    assert_eq!(below.matches("error[").count(), 1, "{below}");
    let inside = after(|texts, _| {
        texts[1] = B.replace("down_revision 'a'", "down_revision 'e'");
        texts
            .push("revision 'e';\ndown_revision 'a';\nupgrade { create table e (); }\n".to_owned());
    });
    assert!(
        inside.contains("revision b was edited after release 1.1.0"),
        "{inside}"
    );
    assert!(
        inside.contains("revision e was added to release 1.1.0 after it was sealed"),
        "{inside}"
    );
    let above = after(|texts, _| {
        texts
            .push("revision 'e';\ndown_revision 'd';\nupgrade { create table e (); }\n".to_owned());
    });
    assert_eq!(above, "");
    // What the configuration says now is for what is not sealed.
    let option = after(|_, config| {
        config.minimum_server = 15;
        config.role = Some("owner".to_owned());
    });
    assert_eq!(option, "");
}

#[test]
fn a_release_is_written_sealed_and_watched() {
    let folder = project();
    let path = folder.path();
    let none = run(path, &["release"]).ok();
    assert_eq!(none, "");
    contains(
        &run(path, &["release", "1.0.0"]).fails(1),
        "there is no revision to release",
    );
    for (id, message) in [("a1", "tables"), ("b2", "more tables")] {
        run(path, &["revision", "-m", message, "--rev-id", id]).ok();
        let file = format!("revisions/{id}_{}.rev", message.replace(' ', "_"));
        let text = read_file(&folder, &file);
        write(
            &folder,
            &file,
            text.replace("upgrade {", &format!("upgrade {{ create table {id} ();")),
        );
    }
    let first = run(path, &["release", "1.0.0", "--head", "a1"]);
    contains(&first.stderr, "describe the release in this file");
    assert_eq!(first.ok(), "release-notes/1.0.0.md\n");
    assert_eq!(
        read_file(&folder, "release-notes/1.0.0.md"),
        "---\nversion: 1.0.0\nfrom: [base]\nhead: 'a1'\n---\n- tables\n"
    );
    contains(
        &run(path, &["release", "1.0.0"]).fails(2),
        "release 1.0.0 already has notes",
    );
    let again = ["release", "1.0.0", "--seal", "--head", "b2"];
    contains(&run(path, &again).fails(2), "edit the file");
    assert_eq!(
        run(path, &["release", "1.0.0", "--seal"]).ok(),
        "release-notes/1.0.0.md\n"
    );
    let sealed = read_file(&folder, "release-notes/1.0.0.md");
    contains(&sealed, "\nseal: lb1:");
    contains(
        &sealed,
        "head: 'a1'\noptions:\n  dialect: 'postgresql'\n  minimum_server: 14\n  schema: 'public'\n",
    );
    contains(
        &sealed,
        "\nsealed:\n  - format 1\n  - from base\n  - revision a1 ",
    );
    contains(&sealed, "\n---\n- tables\n");
    let same = run(path, &["release", "1.0.0", "--seal"]);
    contains(
        &same.stderr,
        "release 1.0.0 is already sealed and has not changed since",
    );
    assert_eq!(same.ok(), "");
    run(path, &["release", "1.1.0", "--seal"]).ok();
    contains(
        &read_file(&folder, "release-notes/1.1.0.md"),
        "from: [1.0.0]\nhead: 'b2'\noptions:\n",
    );
    assert_eq!(
        run(path, &["release"]).ok(),
        "1.0.0 -> 1.1.0 (head b2), sealed\nbase -> 1.0.0 (head a1), sealed\n"
    );
    let document: Value =
        serde_json::from_str(&run(path, &["release", "--format", "json"]).ok()).unwrap();
    assert_eq!(document["releases"][0]["version"], "1.1.0");
    assert_eq!(document["releases"][1]["from"], serde_json::json!(["base"]));
    run(path, &["check"]).ok();

    let file = "revisions/a1_tables.rev";
    let text = read_file(&folder, file);
    write(
        &folder,
        file,
        text.replace("table a1 ()", "table a1 (id int)"),
    );
    let told = run(path, &["check"]).fails(1);
    contains(
        &told,
        "error[edited-release]: revision a1 was edited after release 1.0.0 was sealed",
    );
    assert_eq!(told.matches("error[").count(), 1, "{told}");
    contains(
        &run(path, &["release", "1.2.0", "--seal"]).fails(1),
        "revision a1 was edited after release 1.0.0",
    );
    write(&folder, file, &text);
    run(path, &["check"]).ok();
    // A text that cannot be read is told beside.
    write(
        &folder,
        file,
        text.replace("table a1 ()", "table a1 (b text default 'x)"),
    );
    contains(&run(path, &["check"]).fails(1), "this string is not closed");
    write(&folder, file, &text);
}

#[test]
fn what_cannot_be_released_is_refused() {
    let folder = forked();
    let path = folder.path();
    let fails = |arguments: &[&str], status, words: &str| {
        contains(&run(path, arguments).fails(status), words);
        let notes = fs::read_dir(path.join("release-notes")).unwrap();
        assert_eq!(
            notes
                .filter(|it| it.as_ref().unwrap().file_name() != ".gitkeep")
                .count(),
            0
        );
    };
    fails(&["release", "1.0"], 2, "`1.0` is not a valid version");
    fails(&["release", "1.0.0"], 1, "the history has 2 heads: b, c");
    fails(&["release", "1.0.0", "--head", "x"], 1, "x");
    fails(
        &["release", "1.0.0", "--head", "b", "--from", "0.9.0"],
        1,
        "there is no release 0.9.0",
    );
    fails(&["release", "--seal"], 2, "VERSION");
    // A history that is not sound is not sealed.
    let file = fs::read_dir(path.join("revisions"))
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .find(|it| it.starts_with('b'))
        .unwrap();
    let file = format!("revisions/{file}");
    let text = read_file(&folder, &file);
    write(
        &folder,
        &file,
        text.replace("upgrade {", "upgrade { drop table nothing;"),
    );
    fails(
        &["release", "1.0.0", "--head", "b", "--seal"],
        1,
        "there is no table \"nothing\"",
    );
    write(&folder, &file, text);
    run(path, &["release", "1.0.0", "--head", "b"]).ok();
    contains(
        &run(
            path,
            &["release", "1.1.0", "--head", "c", "--from", "1.0.0"],
        )
        .fails(1),
        "the head c does not follow b, the head of release 1.0.0",
    );
    write(&folder, "release-notes/1.0.0.md", [b'-', 0xff]);
    contains(
        &run(path, &["check"]).fails(1),
        "release-notes/1.0.0.md:1:2",
    );
    fs::remove_dir_all(path.join("release-notes")).unwrap();
    write(&folder, "release-notes", "");
    contains(&run(path, &["check"]).fails(2), "cannot read release-notes");
}
