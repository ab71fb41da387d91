//! What statements may do, by their first words.

use crate::raw_sql::lex;
use crate::raw_sql::statement::{StatementKind, forbidden, statement};

#[test]
fn what_raw_statements_may_not_do() {
    let refused = [
        r"select 1 \g",
        "begin",
        "BEGIN isolation level serializable",
        "/* x */ Commit",
        "-- x\nrollback to a",
        "end",
        "abort",
        "savepoint a",
        "release a",
        "start transaction",
        "prepare transaction 'x'",
        "commit prepared 'x'",
        "set role x",
        "set local role x",
        "set session role x",
        "set role to x",
        "set \"role\" = x",
        "reset all",
        "discard all",
        "set session authorization x",
        "set local session authorization x",
        "set session session authorization x",
        "set session_authorization = x",
        "SET /**/ TRANSACTION read only",
        "set session characteristics as transaction read only",
        "set local transaction read only",
        "reset role",
        "copy t from stdin",
        "copy t (a, b) from STDIN with (format csv)",
        "copy (select 1) to /* x */ stdout",
        "copy t to stdin",
        "select set_config('role', 'x', false)",
        "select pg_catalog.\"set_config\" ( 'Session_Authorization', 'x', true)",
        "set xmloption document",
        "set work_mem = '1GB'",
        "set session lock_timeout = '5s'",
        "set local session_replication_role = replica",
        "set local datestyle = 'german'",
        "set local limbeck.rows = 'x'",
        "set local plpgsql.variable_conflict = use_column",
        "select set_config('work_mem', '1GB', false)",
        "select set_config('timezone', 'x', true)",
        "prepare q as select 1",
        "execute q",
        "deallocate all",
        "listen x",
        "load 'x'",
        "declare c cursor with hold for select 1",
    ];
    for text in refused {
        assert!(forbidden(text, &lex(text).unwrap()).is_some(), "{text}");
    }
    let allowed = [
        "select 'a \\ b'",
        "select E'\\n'",
        "create function f() returns int begin atomic select 1; end",
        "set constraints all deferred",
        "set local work_mem = '1GB'",
        "set local app.\"User\" = 'migration'",
        "SET LOCAL lock_timeout TO '5s'",
        "select set_config('app.user', 'x', true)",
        "copy t from '/f'",
        "copy \"stdin\" from '/f'",
        "copy stdin to '/f'",
        "copy t from \"stdin\"",
        "copy (select 'stdout') to '/f'",
        "alter role x set search_path = y",
        "create table begin (a int)",
        "select set_config('work_mem', 'x', true)",
        "update t set role = 'x'",
        "do $$ begin commit; end $$",
        "comment on table t is 'reset'",
        "grant x to y",
        "",
    ];
    for text in allowed {
        assert_eq!(forbidden(text, &lex(text).unwrap()), None, "{text}");
    }
}

#[test]
fn kinds_of_statements() {
    use StatementKind::{Change, Other, Query, Session, Transaction, Truncate};
    let cases = [
        ("insert into t values (1)", Change, "insert"),
        ("UPDATE t set a = 1", Change, "update"),
        ("delete from t", Change, "delete"),
        (
            "merge into t using u on true when matched then delete",
            Change,
            "merge",
        ),
        (
            "with a as (select 1) insert into t select * from a",
            Change,
            "insert",
        ),
        (
            "with a (insert) as (select 1), b as materialized (select 2) delete from t",
            Change,
            "delete",
        ),
        (
            "with recursive a as (insert into t values (1) returning b) select * from a",
            Query,
            "with",
        ),
        (
            "with insert as (select 1) select * from insert",
            Query,
            "with",
        ),
        ("select f()", Query, "select"),
        ("(select 1) union (select 2)", Query, "select"),
        ("values (1)", Query, "values"),
        ("select a into b from c", Other, "select into"),
        (
            "with a as (select 1) select * into t from a",
            Other,
            "select into",
        ),
        ("truncate t", Truncate, "truncate"),
        ("create unlogged table t (a int)", Other, "create table"),
        ("create or replace view v as select 1", Other, "create view"),
        ("Alter Table t add a int", Other, "alter table"),
        ("do $$ $$", Other, "do"),
        ("call f()", Other, "call"),
        ("copy t from '/f'", Other, "copy"),
        ("set local x = 1", Session, "set local"),
        ("start transaction", Transaction, "start transaction"),
        ("rollback", Transaction, "rollback"),
    ];
    for (text, kind, title) in cases {
        let found = statement(text, &lex(text).unwrap()).unwrap();
        assert_eq!((found.kind, found.title.as_str()), (kind, title), "{text}");
        assert_eq!(found.outside_data().is_none(), kind.is_data(), "{text}");
    }
    assert_eq!(statement("", &[]), None);
    let text = "create table t (a int)";
    let told = statement(text, &lex(text).unwrap())
        .unwrap()
        .outside_data()
        .unwrap();
    assert_eq!(
        told,
        "`create table` is not allowed in `data`: use `sql { … }` or a statement of the language"
    );
}
