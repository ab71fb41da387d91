//! Forms in which a text may hide a name.

use crate::script::spoken::Spoken;

/// Texts, and the words and schemas that they name.
const TEXTS: &[(&str, &[&str], &[&str])] = &[
    (
        "check (Length (a) > 0 and x.\"F\"\"g\" /* ( */ (b) in (1))",
        &["length", "a", "F\"g", "b", ">"],
        &["x"],
    ),
    ("values (été(1), ÉTAT())", &["été", "état"], &[]),
    (
        "create aggregate ag (text) (sfunc = evs); select a from util.v where n operator(app.===) 'x' and m <<% 'y' and t.mm",
        &["ag", "evs", "v", "===", "<<%", "mm"],
        &["util", "app", "t"],
    ),
    (
        "select o.a, o.f(1) from orders o join s.people as p on true",
        &["f", "people"],
        &["o", "s"],
    ),
    (
        "with s as (select * from s.people) select from s",
        &[],
        &["s"],
    ),
    ("select from s.people s", &[], &["s"]),
    (
        "do $$ declare r s.people%rowtype; value s.dom; begin select from s.people; end $$",
        &["people", "dom"],
        &["s"],
    ),
    (
        "select from s.user; do $$ begin perform s.check(1); end $$",
        &["user", "check"],
        &["s"],
    ),
    (
        "create function g() language sql as 'select n from s.people'",
        &["people"],
        &["s"],
    ),
    (
        "do 'begin insert into t table s.people; end'",
        &["people"],
        &["s"],
    ),
    (
        "select query_to_xml('table s.people', true, true, '')",
        &["people"],
        &["s"],
    ),
    (
        "do $$ begin execute 'select util.helper(''' || v || ''')'; end $$",
        &["helper"],
        &["util"],
    ),
    (
        "do $$ begin execute 'select util.hel'\n  'per()'; end $$",
        &["helper"],
        &["util"],
    ),
    ("select util.hel\n  from t", &["hel"], &["util"]),
    (
        "select d.s.people, \"a b\" . \"c d\", s /* x */ . f -- y\n (1)",
        &["people", "c d", "f"],
        &["s", "a b"],
    ),
    (
        "select util.dom '5'; create function g(in s.dom)",
        &["dom"],
        &["util", "s"],
    ),
    (
        "do $a$ begin execute $b$ do $c$ begin execute 'do $d$ begin execute ''select deep.f()''; end $d$'; end $c$ $b$; end $a$",
        &["f"],
        &["deep"],
    ),
    (
        "create function g() set search_path = tools, \"T 2\" as $$ select $$",
        &[],
        &["tools", "T 2"],
    ),
    (
        "create function g() set \"search_path\" = tools as $$ select $$",
        &[],
        &["tools"],
    ),
    (
        "select set_config('search_path', $x$util$x$, true)",
        &[],
        &["util"],
    ),
    (
        "do $$ begin perform set_config('search_path', 'x1, x2', true); execute 'set local schema ''x3'''; execute format('select %I.%I()', 'kit', 'h'); end $$",
        &["h", "kit"],
        &["x1", "x2", "x3"],
    ),
    (
        "create function g() set search_path = tools, pg_temp as $$ begin delete from t; end $$",
        &["t"],
        &["tools", "pg_temp"],
    ),
    (
        "set search_path to /* a, b */ first -- c
            , \"sec,ond\", E'third', U&\"fourth\"",
        &[],
        &["first", "sec,ond", "third", "fourth"],
    ),
    (
        "do E'begin\\ndelete\\nfrom\\ts.people; end'",
        &["people"],
        &["s"],
    ),
    (
        "do $$ begin execute E'select le\\g.f()'; end $$",
        &["f"],
        &["leg"],
    ),
    (
        "do $$ declare a text[] := '{legacy}'; b jsonb := '{\"x\": \"old kit/new\"}'; begin end $$",
        &["legacy", "kit", "new"],
        &[],
    ),
    (
        "select U&\"f\\006F\"(), U&\"b!0061r\" uescape '!' (1), _tags('x')",
        &["fo", "bar", "tags", "_tags"],
        &[],
    ),
    (
        "do $$ begin execute U&'select f\\0074hree()'; execute E'select \\x66our(), \\146ive()'; end $$",
        &["fthree", "four", "five"],
        &[],
    ),
];

#[test]
fn no_form_of_a_text_hides_a_name() {
    for (text, words, schemas) in TEXTS {
        let mut found = Spoken::default();
        found.read(text, 0, false);
        for word in *words {
            assert!(
                found.words.contains(*word),
                "{text}: {word} is not in {:?}",
                found.words
            );
        }
        for schema in *schemas {
            assert!(
                found.qualifiers.contains(*schema) || found.paths.contains(*schema),
                "{text}: {schema} is not in {:?} {:?}",
                found.qualifiers,
                found.paths
            );
        }
    }
    // A path ends where its last name does.
    for path in [
        "tools, pg_temp",
        "'tools', \"pg_temp\"",
        "to tools, pg_temp",
    ] {
        let mut found = Spoken::default();
        let equals = if path.starts_with("to") { "" } else { "=" };
        let text = format!(
            "create function g() set search_path {equals} {path} as $$ select a, b from t, u $$"
        );
        found.read(&text, 0, false);
        let paths: Vec<_> = found.paths.iter().collect();
        assert_eq!(paths, ["pg_temp", "tools"], "{text}");
    }
    for path in [
        "\"$user\", public",
        "'\"$user\", public'",
        "$$ \"$user\",public $$",
    ] {
        let mut found = Spoken::default();
        found.read(
            &format!("select set_config('search_path', {path}, true)"),
            0,
            false,
        );
        assert_eq!(
            found.paths.iter().take(2).collect::<Vec<_>>(),
            ["$user", "public"],
            "{path}"
        );
    }
    // Relations, and what code looks for.
    let mut found = Spoken::default();
    found.read(
        "data { insert into app.\"a \"\"b\" select from t1 join only t2 on t2.id = t1.id; } sql { drop table if exists \"T3\"; }
        sql { do $$ begin if to_regclass('kit.t') is null and to_regnamespace('\"K 2\"') is null then execute 'delete from ' || 'x'; update t4 set n = 1; end if; end $$; }",
        0,
        false,
    );
    for name in ["app", "a \"b", "t1", "t2", "T3", "t4"] {
        assert!(
            found.touched.contains(name),
            "{name} is not in {:?}",
            found.touched
        );
    }
    let mut found_uses = Spoken::default();
    found_uses.read(
        "data { update t set n = x.n, d = extract(day from y.at) from t x join s.y y on y.id = x.id; } sql { do $$ begin perform hook.run(); exception when others then select from (select 1 from late.t) as z; end $$; }",
        0,
        false,
    );
    assert_eq!(
        found_uses.sought.iter().collect::<Vec<_>>(),
        ["hook", "late", "s"]
    );
    for name in ["kit", "K 2"] {
        assert!(
            found.sought.contains(name),
            "{name} is not in {:?}",
            found.sought
        );
    }
    // Neither comments nor messages are code.
    let mut found = Spoken::default();
    found.read(
        "message 'see a.b'; upgrade { drop table t; -- c.d\n }",
        0,
        false,
    );
    assert!(found.qualifiers.is_empty(), "{:?}", found.qualifiers);
    assert!(!found.words.contains("see"));
}
