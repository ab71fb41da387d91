//! What the scripts that change nothing share: a transaction that cannot, and what it asks first.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::catalog::take_role;
use crate::config::Config;
use crate::diagnostic::Direction;
use crate::lower::block;
use crate::name::Name;
use crate::script::encoding::{Characters, ascii};
use crate::script::guard::{FIRST, dollars, text};
use crate::script::pack::{Pack, PackedRevision};
use crate::script::psql::route::Route;
use crate::script::spoken::{Known, qualified};
use crate::token::quote_literal;

/// Begins a transaction that changes nothing; within another one, a part of it that is taken back. `data` is what varies, as
/// the constant code reads it; `body` comes next, and `characters` are those that the server must be able to hold, too.
///
/// `show` calls nothing, whatever the path is; then nothing is called before the path is set.
pub(super) fn begin(config: &Config, data: &Value, body: &str, characters: Characters) -> String {
    let mut characters = characters;
    characters.text(body);
    let mut data = data.clone();
    data["characters"] = json!(characters.places());
    let mut text = format!(
        "\
show search_path \\gset limbeck_
{FIRST}\
select set_config('limbeck.inside', clock_timestamp()::text, true) as limbeck_inside \\gset
select coalesce(current_setting('limbeck.inside', true), '') = :'limbeck_inside' as limbeck_inside \\gset
\\if :limbeck_inside
savepoint limbeck_read;
set local transaction_read_only = on;
\\else
begin transaction isolation level read committed, read only;
\\endif
set local statement_timeout = 0;
set local idle_in_transaction_session_timeout = 0;
set local client_encoding = 'UTF8';
set local standard_conforming_strings = on;
set local quote_all_identifiers = off;
set local timezone = 'UTC';
set local datestyle = 'ISO, MDY';
set local jit = off;
{}select {} as limbeck_hidden \\gset
\\if :{{?trust}} \\else \\set trust '' \\endif
select {} as limbeck_say \\gset
select count(set_config('limbeck.said', {}, true)) as limbeck_set \\gset
select :'limbeck_say' \\gexec
select set_config('limbeck.trust', :'trust', true) as limbeck_trust, count(set_config('limbeck.release', current_setting('limbeck.said'), true)) as limbeck_set \\gset
{}",
        take_role(config.role.as_deref(), "set local"),
        text("characters.sql"),
        dollars(text("say.sql")),
        dollars(&ascii(&data.to_string())),
        text("encoding.sql"),
    );
    for (name, timeout) in [
        ("lock_timeout", config.lock_timeout),
        ("statement_timeout", config.statement_timeout),
    ] {
        let _ = writeln!(text, "set local {name} = '{}ms';", timeout.milliseconds);
    }
    text + self::text("read.sql")
}

/// What `read.sql` asks for.
pub(super) fn data(pack: &Pack, way: Direction) -> Value {
    let table = version_table(&pack.config);
    let mut data = spoken(pack, way);
    data.insert("versions".to_owned(), json!(table.qualified()));
    let progress = table.sibling("limbeck_progress");
    data.insert("progress".to_owned(), json!(progress.qualified()));
    Route::new(pack, way).of_graph(&mut |key, value| drop(data.insert(key.to_owned(), value)));
    Value::Object(data)
}

/// Which relations are the history's wherever on the way of the release a database stands.
fn known(pack: &Pack) -> Known<'_> {
    let [before, after] = pack.relations();
    let operations = pack.steps.iter().flat_map(PackedRevision::operations);
    let made: BTreeSet<Name> = operations
        .flat_map(|it| it.made_relations(&pack.config.schema))
        .collect();
    let always = before.intersection(after).filter(|it| !made.contains(*it));
    Known {
        always: always.cloned().collect(),
        ..Known::default()
    }
}

/// What `shadows.sql` asks for, at the end of the release where that way begins.
pub(super) fn spoken(pack: &Pack, way: Direction) -> Map<String, Value> {
    let mut spoken = pack
        .once
        .spoken
        .get_or_init(|| {
            let models = [&pack.before, &pack.after];
            let steps = pack.revisions.iter().copied();
            let trusting = "run it with -v trust='%s'";
            pack.spoken
                .data(&pack.config, &models, steps, &known(pack), trusting)
        })
        .clone();
    // Where the version table has exactly these rows, those are there.
    let [before, after] = pack.relations();
    let (row, there) = match (way, pack.from.as_slice()) {
        (Direction::Upgrade, [from]) => (&from.revision, before),
        (Direction::Upgrade, _) => return spoken,
        (Direction::Downgrade, _) => (&pack.to.revision, after),
    };
    let rows: Vec<_> = row.iter().collect();
    spoken.insert("known_rows".to_owned(), json!(rows));
    spoken.insert("known_there".to_owned(), json!(qualified(there)));
    spoken
}

/// Ends what [`begin`] began, and gives the session its path back.
pub(super) const END: &str = "\
\\if :limbeck_inside
rollback to savepoint limbeck_read;
release savepoint limbeck_read;
\\else
commit;
\\endif
select set_config('search_path', :'limbeck_search_path', false) as limbeck_set \\gset
";

/// One line of what is printed: whatever a name or a value holds, it stays on it.
pub(super) fn shown(line: &str) -> String {
    format!("regexp_replace(translate({line}, E'\\r\\n', '  '), :'limbeck_hidden', '?', 'g')")
}

/// A block of code as a statement of a script.
pub(super) fn statement(body: &str) -> String {
    format!("{};\n", block(body))
}

/// The version table, as SQL writes it.
pub(super) fn version_table(config: &Config) -> Name {
    Name::new(config.version_table_schema(), config.version_table.as_str())
}

/// Adds one to a setting of the transaction.
pub(super) fn count(setting: &str) -> String {
    let setting = quote_literal(setting);
    format!("set_config({setting}, (current_setting({setting})::integer + 1)::text, true)")
}

/// An array of texts from SQL.
pub(super) fn array(all: &[String]) -> String {
    if all.is_empty() {
        "'{}'::text[]".to_owned()
    } else {
        format!("array[{}]::text[]", all.join(", "))
    }
}
