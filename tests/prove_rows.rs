//! What could be done with tables and views before a revision can be done after it, or `prove` says that it cannot.

use limbeck::bundle::proof::{Claim, Outcome};
use rayon::prelude::*;

use crate::prove::of_case;

/// What is to come of the second of two revisions.
#[derive(Debug, Clone, Copy)]
enum Expected<'a> {
    /// With this in the claim.
    Proved(&'a str),
    /// With this in the reason.
    Failed(&'a str),
    NotProved(&'a str),
}
use Expected::{Failed, NotProved, Proved};

/// SQL of the author with its way back.
fn sql(there: &str, back: &str) -> String {
    format!("sql {{ {there}; }} reverse {{ {back}; }} ")
}

/// A function with this body, which a trigger calls.
fn trigger_on(table: &str, when: &str, body: &str) -> String {
    let there = format!(
        "create function tf() returns trigger language plpgsql as $$ begin {body}; return coalesce(new, old); end $$; create trigger tg {when} on {table} for each row execute function tf()"
    );
    sql(
        &there,
        &format!("drop trigger tg on {table}; drop function tf()"),
    )
}

fn trigger(when: &str, body: &str) -> String {
    trigger_on("t", when, body)
}

fn function(language: &str, body: &str) -> String {
    let there =
        format!("create function f() returns integer stable language {language} as $$ {body} $$");
    sql(&there, "drop function f()")
}

fn view(kind: &str, name: &str, query: &str) -> String {
    sql(
        &format!("create {kind} {name} as {query}"),
        &format!("drop {kind} {name}"),
    )
}

/// The claim of revision `b` with rows.
fn of_second(first: &str, second: &str) -> Claim {
    let case = format!(
        "--- a.rev ---\nrevision 'a';\ndown_revision none;\nupgrade {{\n  create table t (id integer primary key, a text, b integer);\n  {first}\n}}\n--- b.rev ---\nrevision 'b';\ndown_revision 'a';\nupgrade {{\n  {second}\n}}\n"
    );
    let proved = of_case(&case);
    let claims = proved.history.into_iter();
    let mut claims = claims.filter(|it| it.about == "revision b");
    claims.next_back().expect("revision b is tried")
}

fn is_as(claim: &Claim, expected: Expected<'_>) -> bool {
    match (&claim.outcome, expected) {
        (Outcome::Proved, Proved(words)) => claim.claim.contains(words),
        (Outcome::Failed { why }, Failed(words))
        | (Outcome::NotProved { why }, NotProved(words)) => why.contains(words),
        (Outcome::Proved | Outcome::Failed { .. } | Outcome::NotProved { .. }, _) => false,
    }
}

/// Fails with those that do not come out as expected.
fn try_all(cases: &[(&str, String, String, Expected<'_>)]) {
    let wrong: Vec<String> = cases
        .par_iter()
        .filter_map(|(name, first, second, expected)| {
            let claim = of_second(first, second);
            let is_right = is_as(&claim, *expected);
            (!is_right).then(|| format!("{name}: {expected:?}\n{claim:#?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const RENAME: &str = "alter table t rename column b to c;";

#[test]
fn triggers_that_speak_of_what_has_gone_are_found() {
    let writes = "new.b := 1";
    let audited = "create table audit (what text); ".to_owned()
        + &trigger("after insert", "insert into audit values ('x')");
    let partitioned = "create table p (id integer, b integer) partition by range (id); create table p1 partition of p for values from (0) to (1000); ".to_owned()
        + &trigger_on("p", "before insert", writes);
    let deferred = trigger("after insert", "perform new.b").replace(
        "create trigger tg after insert on t",
        "create constraint trigger tg after insert on t deferrable initially deferred",
    );
    let follows = RENAME.to_owned()
        + &sql(
            "create or replace function tf() returns trigger language plpgsql as $$ begin new.c := 1; return new; end $$",
            "create or replace function tf() returns trigger language plpgsql as $$ begin new.b := 1; return new; end $$",
        );
    let demand = sql(
        "create function tf() returns trigger language plpgsql as $$ begin raise 'nobody writes here' using errcode = '42501'; end $$; create trigger tg before insert on t for each row execute function tf()",
        "drop trigger tg on t; drop function tf()",
    );
    let rule = "create table log (b integer); ".to_owned()
        + &sql(
            "create rule r as on insert to t do also insert into log values (new.b)",
            "drop rule r on t",
        );
    let into_t = "no row can be inserted into t: ERROR:  42703: record \"new\" has no field \"b\" (PL/pgSQL function tf()";
    try_all(&[
        ("insert", trigger("before insert", writes), RENAME.into(), Failed(into_t)),
        ("update", trigger("before update", writes), RENAME.into(), Failed("no row can be updated in t: ERROR:  42703")),
        ("delete", trigger("before delete", "perform old.b"), RENAME.into(), Failed("no row can be deleted from t: ERROR:  42703")),
        ("a column that goes", trigger("before insert", writes), "alter table t drop column b;".into(), Failed(into_t)),
        ("after the row", trigger("after insert", "perform new.b"), RENAME.into(), Failed(into_t)),
        ("deferred", deferred, RENAME.into(), Failed(into_t)),
        ("another table, renamed", audited.clone(), "alter table audit rename to log;".into(), Failed("no row can be inserted into t: ERROR:  42P01")),
        ("another table, which needs more", audited.clone(), "alter table audit add column who text not null default 'x'; alter table audit alter column who drop default;".into(), NotProved("no row can be inserted into t: ERROR:  23502")),
        ("the table renamed", audited, "alter table t rename to u;".into(), Proved("after which 1 table takes rows")),
        ("the table renamed with its column", trigger("before insert", writes), "alter table t rename to u; alter table u rename column b to c;".into(), Failed("no row can be inserted into u")),
        ("code that follows", trigger("before insert", writes), follows, Proved("after which 1 table takes rows")),
        ("a partitioned table", partitioned, "alter table p rename column b to c;".into(), Failed("no row can be inserted into p1: ERROR:  42703")),
        ("an author's own demand", String::new(), demand, NotProved("no row can be inserted into t: ERROR:  P0001: nobody writes here")),
        ("a rule, which the server changes", rule, RENAME.into(), Proved("after which 1 table takes rows")),
    ]);
}

#[test]
fn what_else_runs_code_is_tried() {
    let max = &function("plpgsql", "begin return (select max(b) from t); end");
    let max_in_sql = &function("sql", "select max(b) from public.t");
    let over = |name| max_in_sql.clone() + &view(name, "v", "select f() as most");
    let limited = "create table limits (least integer); ".to_owned()
        + &sql(
            "create function ok(integer) returns boolean language plpgsql as $$ begin return $1 is null or not exists (select from limits where least > $1); end $$",
            "drop function ok(integer)",
        );
    let checked = limited.clone()
        + &sql(
            "alter table t add constraint fits check (ok(b)) not valid",
            "alter table t drop constraint fits",
        );
    let domain = limited
        + &sql(
            "create domain small as integer check (ok(value)); create table d (x small)",
            "drop table d; drop domain small",
        );
    let lowest = "alter table limits rename column least to lowest;";
    let broken = view(
        "view",
        "v",
        "select 1 / (count(*) - count(*)) as broken from t",
    );
    try_all(&[
        (
            "a default",
            max.clone()
                + &sql(
                    "alter table t alter column a set default f()",
                    "alter table t alter column a drop default",
                ),
            RENAME.into(),
            Failed("no row can be inserted into t: ERROR:  42703"),
        ),
        (
            "a check",
            checked,
            lowest.into(),
            Failed("no row can be inserted into t: ERROR:  42703"),
        ),
        (
            "a domain",
            domain,
            lowest.into(),
            Failed("no row can be inserted into d: ERROR:  42703"),
        ),
        (
            "a view",
            over("view"),
            RENAME.into(),
            Failed("nothing can be read from v: ERROR:  42703"),
        ),
        (
            "a materialized view",
            over("materialized view"),
            RENAME.into(),
            Failed("nothing can be read from v: ERROR:  42703"),
        ),
        (
            "a view that comes",
            max.clone(),
            RENAME.to_owned() + &view("view", "v", "select f() as most"),
            Failed("nothing can be read from v: ERROR:  42703"),
        ),
        (
            "a view that comes and works",
            max.clone(),
            view("view", "v", "select f() as most"),
            Proved("1 view can be read"),
        ),
        (
            "a view that rows stop",
            view("view", "v", "select max(b) as most from t"),
            broken.replace("view v", "view w"),
            NotProved("nothing can be read from w: ERROR:  22012"),
        ),
        (
            "a table that comes with code for what is not there yet",
            String::new(),
            "create table n (b integer); ".to_owned()
                + &trigger_on("n", "after insert", "insert into later values (1)"),
            NotProved("no row can be inserted into n: ERROR:  42P01"),
        ),
        (
            "a constraint that no row fits",
            String::new(),
            "alter table t add constraint odd check (length(a) = 37 and id is null) not valid;"
                .into(),
            NotProved("no row can be inserted into t: ERROR:  23514"),
        ),
        (
            "nothing of that kind",
            String::new(),
            RENAME.into(),
            Proved("after which 1 table takes rows"),
        ),
    ]);
}

/// The attempts take nothing from a sequence and leave no row: else the way back would seem to change both.
#[test]
fn attempts_leave_nothing() {
    let claim = of_second(
        "create table s (id bigserial primary key, b integer); create sequence q;",
        &("alter table s add column c text; ".to_owned()
            + &sql(
                "select setval('q', 50, false)",
                "select setval('q', 1, false)",
            )),
    );
    assert!(
        is_as(&claim, Proved("after which 1 table takes rows")),
        "{claim:#?}"
    );
}
