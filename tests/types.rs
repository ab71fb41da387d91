//! What the tables of keywords and types say, held against the server: all words, all pairs of types.

use limbeck::sql_type::casts::{
    CastContext, CastType, cast_context, foreign_key_comparable, same_storage,
};
use limbeck::sql_type::catalog::BUILTIN_TYPES;
use limbeck::token::keywords::{KeywordClass, is_bare_label, keyword_class};

use crate::server::{Database, Server};

const INT2: CastType<'_> = CastType::Builtin("int2");
const INT4: CastType<'_> = CastType::Builtin("int4");
const AMOUNT: CastType<'_> = CastType::Domain("amount", &INT4);
const TEXT: CastType<'_> = CastType::Builtin("text");
const VARCHAR: CastType<'_> = CastType::Builtin("varchar");
const MOOD: CastType<'_> = CastType::Enum("mood");
const PAIR: CastType<'_> = CastType::Composite("pair");

/// Types of the schema, and arrays, as SQL and as casts see them.
const OTHERS: &[(&str, CastType<'_>)] = &[
    ("mood", MOOD),
    ("state", CastType::Enum("state")),
    ("pair", PAIR),
    ("couple", CastType::Composite("couple")),
    ("amount", AMOUNT),
    ("title", CastType::Domain("title", &TEXT)),
    ("int2[]", CastType::Array(&INT2)),
    ("int4[]", CastType::Array(&INT4)),
    ("amount[]", CastType::Array(&AMOUNT)),
    ("text[]", CastType::Array(&TEXT)),
    ("varchar[]", CastType::Array(&VARCHAR)),
    ("mood[]", CastType::Array(&MOOD)),
    ("pair[]", CastType::Array(&PAIR)),
];

/// Which pairs the server casts, and how: by an argument (implicit), by `alter column … type` (assignment), or written.
const CASTS: &str = "
set timezone = 'Europe/Paris';
create table casts (source integer, target integer, context text, kept boolean);
do $$ declare
    s record; t record; context text; kept boolean; expression text; before oid;
begin
    for t in select * from types loop
        execute format('create function take_%s (%s) returns integer language sql as ''select 1''', t.id, t.name);
        for s in select * from types loop
            context := null;
            kept := null;
            begin
                execute format('select null::%s::%s', s.name, t.name);
                context := 'Explicit';
                begin
                    before := pg_relation_filenode('x_' || s.id);
                    execute format('alter table x_%s alter c type %s using c::%2$s', s.id, t.name);
                    kept := before = pg_relation_filenode('x_' || s.id);
                    raise 'back' using errcode = 'LB000';
                exception when sqlstate 'LB000' then null; end;
                execute format('alter table x_%s alter c type %s', s.id, t.name);
                context := 'Assignment';
                raise 'back' using errcode = 'LB000';
            exception
                when sqlstate 'LB000' then null;
                when datatype_mismatch or cannot_coerce then null;
            end;
            begin
                execute format('select take_%s(null::%s)', t.id, s.name);
                context := 'Implicit';
            exception when undefined_function then null; end;
            insert into casts values (s.id, t.id, context, kept);
        end loop;
    end loop;
end $$;";

/// Which pairs the server joins by a foreign key.
const FOREIGN_KEYS: &str = "
create table foreign_keys (referenced integer, referencing integer, comparable boolean);
do $$ declare
    p record; f record; comparable boolean;
begin
    for p in select * from types loop
        begin
            execute format('create table p_%s (c %s primary key)', p.id, p.name);
        exception when undefined_object then null; end;
        for f in select * from types loop
            comparable := false;
            if to_regclass('p_' || p.id) is not null then
                begin
                    execute format('alter table x_%s add foreign key (c) references p_%s not valid', f.id, p.id);
                    raise 'back' using errcode = 'LB000';
                exception
                    when sqlstate 'LB000' then comparable := true;
                    when datatype_mismatch or internal_error then null;
                end;
            end if;
            insert into foreign_keys values (p.id, f.id, comparable);
        end loop;
    end loop;
end $$;";

#[test]
fn casts_are_the_servers() {
    let (database, types) = database_of_types();
    database.run(CASTS);
    let answers = database.query("select source, target, context, kept from casts");
    let wrong: Vec<_> = pairs(&answers, &types)
        .filter(|((_, source), (_, target), _)| !differs_between_servers(*source, *target))
        .filter_map(|((source, source_type), (target, target_type), answer)| {
            let context = cast_context(source_type, target_type);
            let kept = context.map(|_| same_storage(source_type, target_type));
            let ours = format!("{}|{}", context.map_or("", name), kept.map_or("", letter));
            (ours != answer).then(|| format!("{source} to {target}: {ours}, the server: {answer}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn foreign_keys_are_the_servers() {
    let (database, types) = database_of_types();
    database.run(FOREIGN_KEYS);
    let answers = database.query("select referenced, referencing, comparable from foreign_keys");
    let wrong: Vec<_> = pairs(&answers, &types)
        .filter_map(|((key, key_type), (column, column_type), answer)| {
            let ours = letter(foreign_key_comparable(key_type, column_type));
            (ours != answer)
                .then(|| format!("{column} references {key}: {ours}, the server: {answer}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn builtin_types_are_the_servers() {
    let database = Server::shared().database();
    let version = Server::shared().version;
    let ours: Vec<_> = BUILTIN_TYPES
        .iter()
        // 15 moved some internal types to a category of their own.
        .filter(|it| it.category != 'Z')
        .map(|it| {
            format!(
                "{}|{}|{}|{}",
                it.name,
                it.display,
                it.category,
                letter(it.preferred)
            )
        })
        .collect();
    let theirs = database.query(
        "select typname, format_type(oid, null), typcategory, typispreferred from pg_type t
        where typnamespace = 'pg_catalog'::regnamespace and typtype <> 'c'
        and not exists (select from pg_type where typarray = t.oid)
        and typname not in ('char', 'pg_node_tree', 'pg_ndistinct', 'pg_dependencies', 'pg_mcv_list',
            'pg_brin_bloom_summary', 'pg_brin_minmax_multi_summary')
        order by typname collate \"C\"",
    );
    assert!(version >= 14, "the tables are those of 14 to 18");
    assert_eq!(ours.join("\n"), theirs);
}

#[test]
fn keywords_are_at_least_as_strict_as_the_servers() {
    let database = Server::shared().database();
    let answers = database.query("select word, catcode, barelabel from pg_get_keywords()");
    assert!(answers.lines().count() > 400);
    for line in answers.lines() {
        let (word, rest) = line.split_once('|').unwrap();
        let class = match &rest[..1] {
            "U" => KeywordClass::Unreserved,
            "C" => KeywordClass::ColumnName,
            "T" => KeywordClass::TypeOrFunction,
            _ => KeywordClass::Reserved,
        };
        assert!(keyword_class(word) >= Some(class), "{line}");
        assert_eq!(letter(is_bare_label(word)), &rest[2..], "{line}");
    }
}

/// A database with a table `x_N` of one column for each type, and the types as SQL and as casts see them.
fn database_of_types() -> (Database, Vec<(String, CastType<'static>)>) {
    let version = Server::shared().version;
    let types: Vec<_> = BUILTIN_TYPES
        .iter()
        .filter(|it| it.is_column_type())
        // The server's own notes, such as statistics: no client can write them.
        .filter(|it| it.category != 'Z' || it.name == "char")
        // A string to casts before 15; may refer to strings before 18.
        .filter(|it| version >= 18 || it.name != "char")
        .map(|it| {
            (
                format!("pg_catalog.\"{}\"", it.name),
                CastType::from(it.name),
            )
        })
        .chain(OTHERS.iter().map(|(sql, it)| ((*sql).to_owned(), *it)))
        .collect();
    let rows: Vec<_> = (0..)
        .zip(&types)
        .map(|(id, (sql, _)): (usize, _)| format!("({id}, '{sql}')"))
        .collect();
    let database = Server::shared().database();
    database.run(&format!(
        "create type mood as enum ('a');
        create type state as enum ('a');
        create type pair as (a integer, b text);
        create type couple as (a integer, b text);
        create domain amount as integer;
        create domain title as text;
        create table types (id integer, name text);
        insert into types values {};
        do $$ declare t record; begin
            for t in select * from types loop
                execute format('create table x_%s (c %s)', t.id, t.name);
            end loop;
        end $$;",
        rows.join(", ")
    ));
    (database, types)
}

/// The lines of `answers`: two types and what the server says about the pair.
fn pairs<'a>(
    answers: &'a str,
    types: &'a [(String, CastType<'static>)],
) -> impl Iterator<Item = ((&'a str, CastType<'a>), (&'a str, CastType<'a>), &'a str)> {
    let numbered = |id: &str| {
        let (sql, it) = &types[id.parse::<usize>().expect("a number")];
        (sql.as_str(), *it)
    };
    answers.lines().map(move |line| {
        let mut fields = line.splitn(3, '|');
        let mut field = || fields.next().expect("three fields");
        (numbered(field()), numbered(field()), field())
    })
}

/// The casts that came with 18 or went with 15, which the tables leave out.
fn differs_between_servers(source: CastType<'_>, target: CastType<'_>) -> bool {
    let integer = |it| {
        ["int2", "int4", "int8"]
            .map(CastType::Builtin)
            .contains(&it)
            || it == AMOUNT
    };
    let bytes = CastType::Builtin("bytea");
    source == bytes && integer(target)
        || integer(source) && target == bytes
        || (source, target) == (CastType::Builtin("path"), CastType::Builtin("point"))
}

fn name(context: CastContext) -> &'static str {
    match context {
        CastContext::Implicit => "Implicit",
        CastContext::Assignment => "Assignment",
        CastContext::Explicit => "Explicit",
    }
}

fn letter(truth: bool) -> &'static str {
    if truth { "t" } else { "f" }
}
