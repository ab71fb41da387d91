//! `NOTES.md` on a release page: nothing of a statement leaves its block of code, and what is told is what the scripts do.
#![expect(clippy::disallowed_methods, reason = "the tests play the user's part")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use limbeck::bundle::Bundle;
use limbeck::compile;
use limbeck::config::Config;
use serde_json::Value;
use tempfile::TempDir;

use crate::bundle::{A, B, C};
use crate::cases;
use crate::cli::{contains, project, read, run, write};
use crate::pack::Project;

/// A project with these revisions, and a release 1.0.0 of all; its notes.
fn notes_of(revisions: &[&str], from: &str) -> (TempDir, String) {
    let folder = project();
    for (number, text) in revisions.iter().enumerate() {
        write(&folder, &format!("revisions/r{number}.rev"), text);
    }
    let version = "1.0.0";
    run(folder.path(), &["release", version, "--from", from]).ok();
    run(folder.path(), &["bundle", version]).ok();
    let notes = read(&folder, "out/1.0.0/NOTES.md");
    (folder, notes)
}

/// The lines of a text outside of blocks of code, and the blocks with the words behind their fences, as Markdown has them.
fn parsed(notes: &str) -> (String, Vec<(String, String)>) {
    let (mut outside, mut blocks) = (String::new(), Vec::new());
    let mut lines = notes.lines();
    while let Some(line) = lines.next() {
        let words = line.trim_start();
        let fence = words.len() - words.trim_start_matches('`').len();
        if fence < 3 {
            outside += line;
            outside.push('\n');
            continue;
        }
        let mut block = String::new();
        for line in lines.by_ref() {
            let words = line.trim();
            if words.len() >= fence && words.bytes().all(|it| it == b'`') {
                break;
            }
            block += line;
            block.push('\n');
        }
        blocks.push((words[fence..].to_owned(), block));
    }
    (outside, blocks)
}

const HOSTILE: &str = r#"revision 'a|b$(x)';
down_revision none;
message '</details> ``` <script>';
upgrade {
  create table "we|ird`t""" (
    id bigint generated always as identity primary key,
    "a|b" text not null default '```' unique,
    c text default '0123456789012345678901234567890123456789',
    s serial
  );
  create table plain (id bigint primary key, n varchar(255));
  data {
    insert into plain values (1, '```
</details>
# no heading
`````');
  } reverse { }
  sql {
    create function f() returns trigger language plpgsql as $f$
begin
  -- ```
  return new; -- </details>
end
$f$;
  } reverse { drop function f(); }
  comment on table plain is '</details>
<details open><summary>evil</summary>';
}
"#;

#[test]
fn nothing_of_a_statement_leaves_its_block() {
    let (folder, notes) = notes_of(&[HOSTILE], "base");
    let (outside, blocks) = parsed(&notes);
    assert_eq!(outside.matches("\n<details>\n").count(), 1, "{outside}");
    assert_eq!(outside.matches("\n</details>\n").count(), 1);
    assert_eq!(outside.matches("<summary>").count(), 1);
    contains(
        &outside,
        "\n<summary>SQL: 7 statements</summary>\n\n\n</details>\n\n## ",
    );
    for word in ["evil", "no heading", "<script>"] {
        assert!(!outside.contains(word), "{word}");
    }
    contains(&notes, "</summary>\n\n``````sql\n");
    contains(&notes, "\n``````\n\n</details>\n");
    for line in [
        "### 1. `a|b$(x)`: \\</details\\> \\`\\`\\` \\<script\\>\n",
        "| to | 1.0.0 (`a\\|b$(x)`) |\n",
        "- `` create table \"we|ird`t\"\"\" ``\n",
        "- `insert into plain values (1, ...`, changes rows\n",
        "- `create function f() returns trigger language plpgsql as ...`\n",
        "`id bigint, primary key`, `n character varying(255)`\n",
        "```` \"a|b\" text default '```' not null, unique ````, `c text, with a default`, `s serial`\n",
    ] {
        contains(&outside, line);
    }
    let sql: Vec<&String> = blocks
        .iter()
        .filter(|it| it.0 == "sql")
        .map(|it| &it.1)
        .collect();
    let [sql] = sql.as_slice() else {
        panic!("there is one block of SQL");
    };
    let upgrade = read(&folder, "out/1.0.0/upgrade.sql");
    for statement in sql.split(";\n\n") {
        contains(&upgrade, statement.trim_end());
    }
}

#[test]
fn what_is_added_is_told_with_its_type() {
    let b = "revision 'b'; down_revision 'a'; upgrade {
      alter table users
        add column code varchar(9) not null unique,
        add column boss bigint references users (id) on delete set null,
        add column k integer check (k > 0),
        add constraint pair unique (code, k);
      alter table users alter column note set default 'x', alter column note set not null;
      create unique index on users (lower(email)) where note is not null;
      create type mood as enum ('sad', 'glad');
      alter table users rename column email to mail;
      sql { grant select on users to public; revoke all on users from public; } reverse { }
    }";
    let (_folder, notes) = notes_of(&[A, b], "base");
    for line in [
        "- `create table users`\n  - `id bigint, primary key`, `email text not null`, `note text`\n",
        "- `add column users.code character varying(9) not null, unique`\n\
         - `add column users.boss bigint, references users (id) on delete set null`\n\
         - `add column users.k integer`\n",
        "- `add constraint users_k_check to users: check (k > 0)`\n- `add constraint pair to users: unique (code, k)`\n",
        "- `set the default of users.note to 'x'`\n- `set users.note not null`\n",
        "- `create unique index users_lower_idx on users ((lower(email))) where note is not null`\n",
        "- `create type mood as enum ('sad', 'glad')`\n- `rename column users.email to mail`\n",
        "- `grant select on users to public`\n- `revoke all on users from public`\n\n<details>\n",
    ] {
        contains(&notes, line);
    }
    assert!(!notes.contains("run SQL"));
}

#[test]
fn what_a_log_would_obey_is_escaped_and_that_is_said() {
    let b = "revision 'b'; down_revision 'a'; upgrade { data { insert into users values (1, '\n::error::x'); } reverse { } }";
    let (_folder, notes) = notes_of(&[A, b], "base");
    contains(
        &notes,
        "values (1, '\n\\u{3a}:error::x');\n```\n\n</details>\n\nSome characters are escaped here",
    );
    assert_eq!(notes.matches("Some characters are escaped here").count(), 1);
}

#[test]
fn a_page_is_never_too_long() {
    let long = |id: &str, parent: &str, values: usize| {
        let values = format!("(1, '{}')", "x".repeat(values));
        let text = format!("insert into users (id, email) values {values}; ").repeat(3);
        format!(
            "revision '{id}'; down_revision '{parent}'; upgrade {{ data {{ {text} }} reverse {{ }} }}"
        )
    };
    let (mut texts, mut parent) = (vec![A.to_owned()], "a".to_owned());
    for number in 0..6 {
        let id = format!("r{number}");
        texts.push(long(&id, &parent, 9_000));
        parent = id;
    }
    texts.push(long("huge", &parent, 20_000));
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let (_folder, notes) = notes_of(&texts, "base");
    assert!(
        notes.len() < 125_000 && notes.len() > 90_000,
        "{}",
        notes.len()
    );
    contains(
        &notes,
        "\nThe SQL is too long for this page. See `upgrade.sql`.\n",
    );
    contains(
        &notes,
        "\n-- A statement of 20044 characters; upgrade.sql contains all of it. It begins with:\n-- insert into users (id, email) values (1, ...\n",
    );
    assert_eq!(notes.matches("\n<details>\n").count(), 6);
}

#[test]
fn statements_outside_of_transactions_are_set_off() {
    let b = B.replace(
        "  create index",
        "  set local lock_timeout = '1h';\n  create index",
    );
    let (_folder, notes) = notes_of(&[A, &b, C], "base");
    contains(
        &notes,
        "-- Part 2 of 3, not in a transaction\nset lock_timeout = '1h';\ncreate index concurrently ix_users on users (email);\n\n-- Part 3 of 3\n",
    );
    contains(&notes, "| outside of a transaction | 1 statement |\n");
}

#[test]
fn a_rollback_is_told_with_what_it_needs() {
    let d = "revision 'd'; down_revision 'c'; upgrade { drop table users; } downgrade irreversible 'gone';";
    let e = "revision 'e'; down_revision 'd'; upgrade { create table t (a integer, b integer generated always as (a) stored); }";
    let f = "revision 'f'; down_revision 'e'; upgrade {
      alter table t rename to u; alter table u add column c text; alter table u rename column c to \"C c\"; alter table u drop column b; }";
    let (folder, notes) = notes_of(&[A, B, C, d, e, f], "base");
    let path = folder.path();
    for words in [
        "| data that the upgrade drops | column `users.note`; table `users` |\n",
        "| rollback | back to revision `d`, no further |\n| data that a rollback discards | what was written since the upgrade to 1 table, 1 column |\n",
        "- `f`: the schema is restored exactly.\n  - It discards what was written since the upgrade to column `u.\"C c\"`.\n\
         - `e`: the schema is restored exactly.\n  - It discards what was written since the upgrade to table `u`.\n\
         - `d`: **cannot be rolled back**: gone. ",
        "\nThe rollback ends at revision `d`, which cannot be rolled back. To go further back, restore the backup.\n",
        "psql -X -d \"$DATABASE\" -v dry_run=1 -v to=d -f rollback.sql\n",
        "psql -X -d \"$DATABASE\" -L rollback.log -v accept_data_loss=1 -v to=d -f rollback.sql\n",
    ] {
        contains(&notes, words);
    }
    assert!(!notes.contains("\n- `c`"));

    run(path, &["release", "1.1.0", "--head", "e", "--from", "base"]).ok();
    let text = "---\nversion: 1.2.0\nfrom: [1.1.0, 1.1.1]\nhead: g\n---\n";
    let g = "revision 'g'; down_revision 'f'; upgrade { create table v (a integer); }";
    write(&folder, "revisions/g.rev", g);
    run(
        path,
        &["release", "1.1.1", "--head", "f", "--from", "1.1.0"],
    )
    .ok();
    write(&folder, "release-notes/1.2.0.md", text);
    run(path, &["bundle", "1.2.0"]).ok();
    let notes = read(&folder, "out/1.2.0/NOTES.md");
    for origin in ["1.1.0", "1.1.1"] {
        contains(
            &notes,
            &format!("\n**Back to {origin}**, if the database came from there.\n"),
        );
        let command = "psql -X -d \"$DATABASE\" -L rollback.log -v accept_data_loss=1 -v to=";
        contains(
            &notes,
            &format!("\n```sh\n{command}{origin} -f rollback.sql\n```\n"),
        );
    }
}

/// A text of a script as it was before it became ASCII: `%C3%A9` is a character.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend(before.bytes());
        let byte = after
            .get(..2)
            .and_then(|it| u8::from_str_radix(it, 16).ok());
        bytes.push(byte.unwrap_or(b'%'));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    bytes.extend(rest.bytes());
    String::from_utf8(bytes).unwrap()
}

/// What `rollback.sql` counts, under the names at the head.
fn counted(rollback: &str) -> BTreeSet<String> {
    let losses = rollback
        .lines()
        .find_map(|it| it.strip_prefix("  \"losses\": "));
    let losses = decoded(losses.unwrap().trim_end_matches(','));
    let losses: Value = serde_json::from_str(&losses).unwrap();
    let mut first = BTreeMap::new();
    for loss in losses.as_array().unwrap() {
        if loss["discards"] == true {
            let what = loss["what"].as_str().unwrap().to_owned();
            first.entry(loss["number"].as_u64()).or_insert(what);
        }
    }
    let names = first.into_values().map(|what| {
        let name = what.strip_prefix("rows of table ");
        let name = name.or_else(|| what.strip_prefix("values of column "));
        name.unwrap().to_owned()
    });
    names.collect()
}

/// What the notes say that a rollback discards.
fn told(notes: &str) -> BTreeSet<String> {
    const BEGIN: &str = "**The rollback discards data**: what was written since the upgrade to ";
    let line = notes.lines().find_map(|it| it.strip_prefix(BEGIN));
    let line = line.unwrap_or_default();
    let line = line.split(". Save what you need.").next().unwrap();
    let names = line.split('`').skip(1).step_by(2);
    names.map(str::to_owned).collect()
}

/// As one release, and as one that begins at each of its revisions.
#[test]
fn the_notes_of_every_case_are_sound_and_say_what_the_script_counts() {
    let mut count = 0;
    for entry in fs::read_dir("tests/cases/ok").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|it| it != "rev") {
            continue;
        }
        let sources = cases::sources("case", &fs::read_to_string(&path).unwrap());
        let graph = compile::graph(&sources, &Config::default()).unwrap();
        let ids: Vec<&str> = graph
            .order()
            .iter()
            .map(|it| graph.id(*it).as_str())
            .collect();
        let [head] = graph.heads()[..] else {
            continue;
        };
        let head = graph.id(head).as_str();
        let texts = sources.iter().map(|(_, it)| it.text.as_str());
        let mut project = Project::new(texts).release("9.0.0", "base", head);
        let mut versions = vec!["9.0.0".to_owned()];
        if let [first, _, ..] = ids.as_slice() {
            project = project
                .release("1.0.0", "base", first)
                .release("9.1.0", "1.0.0", head);
            versions.push("9.1.0".to_owned());
        }
        for version in versions {
            let Ok(pack) = project.compile(&version, None) else {
                continue;
            };
            let bundle = Bundle::new(&pack, None, "");
            let notes = &bundle.files["NOTES.md"];
            let (outside, blocks) = parsed(notes);
            let folds = outside.matches("\n<details>\n").count();
            assert_eq!(outside.matches("\n</details>\n").count(), folds);
            assert_eq!(blocks.iter().filter(|it| it.0 == "sql").count(), folds);
            let is_ours = |it: &str| it.is_empty() || it == "sql" || it == "sh";
            assert!(blocks.iter().all(|it| is_ours(&it.0)), "{notes}");
            contains(&outside, "\n## How this bundle was made\n");
            assert_eq!(
                told(notes),
                counted(&bundle.files["rollback.sql"]),
                "{}",
                path.display()
            );
            count += 1;
        }
    }
    assert!(count > 200, "{count}");
}
