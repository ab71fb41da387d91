//! Scripts on databases of other encodings: words of people never stop one, and a statement that the encoding cannot hold is
//! refused before anything changes.

use limbeck::compile;
use limbeck::config::Config;
use limbeck::script::psql::{self, preflight, verify};
use limbeck::visible;

use crate::psql::Case;
use crate::server::{Database, Output, Server};
use crate::verify_sql::pack;

const ENCODINGS: [&str; 6] = ["UTF8", "LATIN1", "LATIN9", "WIN1252", "EUC_JP", "SQL_ASCII"];

/// What each encoding holds differs: LATIN1 has the first one alone, LATIN9 and WIN1252 the euro, `EUC_JP` the last but one.
const CHARACTERS: [&str; 5] = ["é", "€", "—", "日", "😀"];

/// Everything that a person may say in words, with comments where a statement is sent.
const WORDS: &str = r"--- a.rev ---
revision 'a';
down_revision none;
message 'é € — 日 😀 100%C3 %C3%A9 \ it''s';
upgrade {
  -- é € — 日 😀
  create table t (id integer primary key, /* é € — 日 😀 */ name text); -- 日
  data { insert into t (id) -- é € — 日 😀
    values (1); /* 😀 */ } reverse { delete from t; }
  assert 'é € — 日 😀 in %' (exists (select /* 😀 */ from t));
}
verify { assert 'é € — 日 😀 %C3%A9' (exists (select -- 😀
    from t)); }
--- b.rev ---
revision 'b';
down_revision 'a';
message '😀';
upgrade {
  create index concurrently ix on t (name /* 😀 */);
  sql { create function f() returns integer language sql as 'select 1' /* 😀 */; } reverse { drop function f(); }
}
--- c.rev ---
revision 'c';
down_revision 'b';
upgrade { drop table t; }
downgrade irreversible 'gone — é € 日 😀';
";

fn database(encoding: &str) -> Database {
    Server::shared().database_in(encoding)
}

/// Whether the database can hold the character.
fn holds(database: &Database, character: &str) -> bool {
    let hex = visible::hex(character);
    let sql = format!("select convert_from(decode('{hex}', 'hex'), 'UTF8')");
    database.psql(&sql).status.success()
}

/// The text as the database can show it.
fn shown(database: &Database, text: &str) -> String {
    let held = CHARACTERS.map(|it| holds(database, it));
    CHARACTERS
        .iter()
        .zip(held)
        .filter(|it| !it.1)
        .fold(text.to_owned(), |text, it| text.replace(it.0, "?"))
}

#[track_caller]
fn ends(output: &Output, status: i32, says: &str) {
    let all = format!("{}{}", output.stdout, output.stderr);
    assert_eq!(output.status.code(), Some(status), "{all}");
    assert!(all.contains(says), "{says:?} is not in\n{all}");
}

#[test]
fn words_of_people_stop_no_script() {
    let sources = Case::parse("words", WORDS).sources;
    let pack = pack(&sources, &Config::default(), "b", "base");
    let (upgrade, rollback) = (psql::upgrade(&pack), psql::rollback(&pack));
    for encoding in ENCODINGS {
        let database = database(encoding);
        // What is not seen in a database without an encoding is whatever is not ASCII.
        let title = |text: &str| match encoding {
            "SQL_ASCII" => text.to_owned(),
            _ => shown(&database, text),
        };
        let first = title(r"1/2  a: é € — 日 😀 100%C3 %C3%A9 \ it's");
        ends(&database.apply(&["-v", "dry_run=1"], &upgrade), 0, &first);
        ends(
            &database.apply(&[], &preflight::script(&pack)),
            0,
            "would run a: ",
        );
        ends(&database.apply(&[], &upgrade), 0, &first);
        let verify = database.apply(&[], &verify::script(&pack));
        ends(&verify, 0, "limbeck: complete");
        ends(&verify, 0, "assert ");
        ends(
            &database.apply(&["-v", "dry_run=1"], &rollback),
            0,
            &title("1/2  b: 😀"),
        );
        ends(
            &database.apply(&["-v", "accept_data_loss=1"], &rollback),
            0,
            &first.replace("1/2", "2/2"),
        );
        let up = compile::upgrade(&sources, &Config::default(), "b").unwrap();
        database.run(&up);
        let down = compile::downgrade(&sources, &Config::default(), "b:base").unwrap();
        database.run(&down);
        assert_eq!(database.query("select to_regclass('t') is null"), "t");
    }
}

#[test]
fn why_there_is_no_way_back_is_told_in_any_encoding() {
    let sources = Case::parse("words", WORDS).sources;
    let pack = pack(&sources, &Config::default(), "c", "base");
    for encoding in ENCODINGS {
        let database = database(encoding);
        ends(&database.apply(&[], &psql::upgrade(&pack)), 0, "limbeck: ");
        let output = database.apply(&[], &psql::rollback(&pack));
        let reason = match encoding {
            "SQL_ASCII" => "gone",
            _ => &shown(&database, "gone — é € 日 😀"),
        };
        ends(&output, 3, reason);
    }
}

#[test]
fn an_assert_that_does_not_hold_says_so_in_any_encoding() {
    let text =
        "revision 'a';\ndown_revision none;\nupgrade { assert 'é € — 日 😀 100 %' (false); }\n";
    let sources = Case::parse("assert", text).sources;
    let pack = pack(&sources, &Config::default(), "a", "base");
    for encoding in ENCODINGS {
        let database = database(encoding);
        let output = database.apply(&[], &psql::upgrade(&pack));
        let message = if CHARACTERS.iter().all(|it| holds(&database, it)) {
            "limbeck: assert failed: é € — 日 😀 100 %"
        } else {
            "limbeck: assert failed: ? ? ? ? ? 100 %"
        };
        ends(&output, 3, message);
    }
}

/// Where a character may stand in what is sent.
fn statements(character: &str) -> [String; 6] {
    [
        format!("create table \"{character}\" (id integer);"),
        format!("create table u (\"{character}\" integer, t text default 'x');"),
        format!("create table u (t text default '{character}');"),
        format!("create table u (t text); comment on table u is '100 % {character}';"),
        format!(
            "sql {{ create function f() returns integer language plpgsql as $$ begin -- {character}\n return 1; end $$; }} reverse {{ drop function f(); }}"
        ),
        format!(
            "create table u (id integer, t text); create index concurrently ix on u (id) where t = '{character}';"
        ),
    ]
}

#[test]
fn what_the_encoding_cannot_hold_is_refused_before_any_change() {
    for encoding in ENCODINGS {
        let database = database(encoding);
        let (held, others): (Vec<&str>, Vec<&str>) =
            CHARACTERS.into_iter().partition(|it| holds(&database, it));
        for (statement, character) in statements(held[0]).iter().zip(held.iter().cycle()) {
            let statement = statement.replace(held[0], character);
            tried(&database, character, &statement, true);
        }
        if let Some(character) = others.first() {
            for statement in statements(character) {
                tried(&database, character, &statement, false);
            }
        }
    }
}

/// Runs a history whose second revision has the statement, by all scripts.
#[track_caller]
fn tried(database: &Database, character: &str, statement: &str, holds: bool) {
    let text = format!(
        "--- a.rev ---\nrevision 'a';\ndown_revision none;\nupgrade {{ create table t (id integer); create index concurrently ix_t on t (id); }}\n--- b.rev ---\nrevision 'b';\ndown_revision 'a';\nupgrade {{ {statement} }}\n"
    );
    let sources = Case::parse("statement", &text).sources;
    let pack = pack(&sources, &Config::default(), "b", "base");
    let plain = |range: (&str, &str)| {
        let compiled = match range {
            ("up", it) => compile::upgrade(&sources, &Config::default(), it),
            (_, it) => compile::downgrade(&sources, &Config::default(), it),
        };
        compiled.unwrap()
    };
    let all = [
        preflight::script(&pack),
        psql::upgrade(&pack),
        verify::script(&pack),
        psql::rollback(&pack),
        plain(("up", "b")),
        plain(("down", "b:base")),
    ];
    if holds {
        for script in all {
            ends(&database.psql(&script), 0, "");
        }
        database.run("drop table alembic_version");
        return;
    }
    let code = character
        .chars()
        .map(|it| format!("U+{:04X}", u32::from(it)));
    let code: String = code.collect();
    for (number, script) in all.iter().enumerate() {
        // What drops a whole table says nothing of what was in it, and verify.sql nothing of bodies.
        if [2, 3, 5].contains(&number) && !script.contains(character) {
            continue;
        }
        let output = database.psql(script);
        ends(&output, 3, "limbeck: refused: the encoding ");
        ends(&output, 3, &code);
        let says = if number == 2 || number == 3 || number == 5 {
            ""
        } else {
            "in revision b: "
        };
        ends(&output, 3, says);
        let made = database
            .query("select count(*) from pg_class where relnamespace = 'public'::regnamespace");
        assert_eq!(made, "0", "{output:?}");
    }
}

#[test]
fn what_limbeck_says_itself_is_ascii() {
    let sources = Case::parse("ascii", &WORDS.replace(|it: char| !it.is_ascii(), "x")).sources;
    let pack = pack(&sources, &Config::default(), "b", "base");
    for script in [
        psql::upgrade(&pack),
        psql::rollback(&pack),
        preflight::script(&pack),
        verify::script(&pack),
        compile::upgrade(&sources, &Config::default(), "b").unwrap(),
    ] {
        assert!(script.is_ascii());
    }
}
