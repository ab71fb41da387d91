use std::fmt::Write as _;

use proptest::prelude::*;

use crate::raw_sql::{Parsed, Problem, Shape, expression, fast, lex, parse, query};

/// An expression, what PostgreSQL 15 says of it (`valid`, `invalid`), our answer (references, or `!` and the
/// message), and where the two differ the reason.
const CORPUS: &str = include_str!("../../tests/data/expressions.tsv");

fn corpus() -> impl Iterator<Item = [&'static str; 4]> {
    CORPUS.lines().map(|line| {
        let mut columns = line.split('\t');
        std::array::from_fn(|_| columns.next().unwrap_or_default())
    })
}

fn describe(text: &str, answer: &Result<Parsed, Problem>) -> String {
    let parsed = match answer {
        Ok(parsed) => parsed,
        Err(problem) => return format!("! {} «{}»", problem.message, &text[problem.range.clone()]),
    };
    let mut words = Vec::new();
    for reference in &parsed.references {
        let parts = reference.parts.join("|");
        words.push(format!(
            "{:?} {parts} «{}»",
            reference.kind,
            &text[reference.range.clone()]
        ));
    }
    if parsed.has_subquery {
        words.push("+subquery".to_owned());
    }
    if parsed.has_aggregate_or_window {
        words.push("+aggregate".to_owned());
    }
    words.join("; ")
}

fn slowly(text: &str) -> Result<Parsed, Problem> {
    parse(text, &lex(text)?, Shape::Expression)
}

#[test]
fn expressions_are_judged_as_the_server_does() {
    let mut wrong = String::new();
    for [text, server, expected, reason] in corpus() {
        let answer = expression(text);
        let described = describe(text, &answer);
        if described != expected {
            writeln!(wrong, "{text}\n  is      {described}\n  not     {expected}").unwrap();
        }
        let differs = answer.is_ok() != (server == "valid");
        if differs == reason.is_empty() {
            writeln!(
                wrong,
                "{text}\n  the server says {server}; reason for a difference: `{reason}`"
            )
            .unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(corpus().count() > 600);
}

#[test]
fn the_short_way_answers_as_the_parser_does() {
    let mut read = 0;
    for [text, ..] in corpus() {
        let Ok(tokens) = lex(text) else { continue };
        if let Some(parsed) = fast::expression(text, &tokens) {
            assert_eq!(Ok(parsed), slowly(text), "{text}");
            read += 1;
        }
    }
    assert!(
        read > 80,
        "only {read} of the corpus were read without the parser"
    );
}

fn operand() -> impl Strategy<Value = String> {
    let atom = prop_oneof![
        prop::sample::select(vec![
            "a",
            "B",
            "\"A b\"",
            "t.c",
            "status",
            "value",
            "int",
            "select",
            "user",
            "current_date",
            "current_schema",
            "nfc",
            "json",
            "left",
            "1",
            "-1",
            "+ 2",
            "1.5",
            ".5",
            "1e3",
            "- -1",
            "'x'",
            "''",
            "'it''s'",
            "E'x'",
            "$$x$$",
            "X'1'",
            "true",
            "null",
            "now()",
            "f()",
            "f(a)",
            "count()",
            "coalesce()",
            "left()",
            "user()",
            "nextval('s')",
            "nextval('a.\"B\"')",
            "nextval('s'::regclass)",
            "nextval('s'::text)",
            "nextval('s', 1)",
            "setval()",
            "lower(a, B)",
            "f(a::int)",
            "f('x'::text, now())",
            "f(1,)",
            "f(a b)",
            "sum(a)",
            "f(null, user)",
            "in (1)",
            "a in (1, 'x'::int)",
            "a in ()",
            "a in (b",
            "f(g(a), h(1))",
            "nextval(a)",
            "nextval('s'::regclass, 2)",
            "\"f\"()",
            "default",
            "unknown",
            "document",
            "$1",
            "0x",
            "(a)",
            "*",
            "interval '1'",
            "date 'x'",
            "",
        ])
        .prop_map(str::to_owned),
        "[a-c_]{1,2}",
    ];
    let cast = prop_oneof![
        4 => Just(""),
        2 => prop::sample::select(vec![
            "::int", "::text", "::regclass", "::varchar", "::varchar(3)", "::int[]", "::json", "::precision", "::\"T\"",
            "::s.t", "::interval", "::interval day", "::timestamp with time zone", "::bit varying", "::text::int",
            "::nosuch", "::select", "::left", "::double", "::setof", "::", "::national", ":: timestamptz",
        ]),
    ];
    (atom, cast).prop_map(|(atom, cast)| atom + cast)
}

fn condition() -> impl Strategy<Value = String> {
    let operators = vec![
        "=",
        "<>",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "=-",
        "~",
        "||",
        "and",
        "or",
        "is",
        "is not",
        "like",
        "in",
        "not",
        "",
        "and not",
        "==",
        "<->",
        "between 1 and",
        "collate",
        ",",
        "as",
        ".",
        ":",
    ];
    let tails = vec![
        "",
        "",
        "",
        " is null",
        " is not null",
        " is not",
        " isnull",
        " is true",
        ";",
        ")",
        "[1]",
    ];
    (
        operand(),
        prop::collection::vec((prop::sample::select(operators), operand()), 0..4),
        prop::sample::select(tails),
    )
        .prop_map(|(first, rest, tail)| {
            let rest = rest
                .iter()
                .map(|(operator, operand)| format!(" {operator} {operand}"));
            first + &rest.collect::<String>() + tail
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_short_way_answers_as_the_parser_does_on_made_up_texts(text in condition()) {
        if let Ok(tokens) = lex(&text)
            && let Some(parsed) = fast::expression(&text, &tokens)
        {
            prop_assert_eq!(Ok(parsed), slowly(&text));
        }
    }

    #[test]
    fn places_lie_in_the_text(text in "[a-z0-9 ().,:;'\"*+=<>é\\[\\]\\\\$-]{0,24}") {
        let answer = expression(&text);
        describe(&text, &answer);
        describe(&text, &query(&text));
    }
}

#[test]
fn no_depth_overflows_a_small_stack() {
    let nested = [
        "(".repeat(10_000) + "1" + &")".repeat(10_000),
        "(".repeat(10_000),
        "not ".repeat(100_000) + "a",
        "- ".repeat(100_000) + "1",
        "case when a then ".repeat(10_000) + "1" + &" end".repeat(10_000),
        "f(".repeat(10_000) + &")".repeat(10_000),
        "a[".repeat(10_000) + "1" + &"]".repeat(10_000),
        "1".to_owned() + &" + 1".repeat(100_000),
        "a".to_owned() + &" and a".repeat(100_000),
        "1".to_owned() + &"::int".repeat(100_000),
        "a".to_owned() + &".a".repeat(100_000),
        "a".to_owned() + &"[1]".repeat(100_000),
        "a".to_owned() + &" is null".repeat(100_000),
        "a".to_owned() + &" collate x".repeat(100_000),
        "(select 1".to_owned() + &" union select 1".repeat(100_000) + ")",
        "(select 1 from a".to_owned() + &" join a on true".repeat(100_000) + ")",
        "(select ".repeat(10_000) + "1" + &")".repeat(10_000),
        "a at time zone ".repeat(100_000) + "b",
        "array[".repeat(10_000) + &"]".repeat(10_000),
        "a isnull".to_owned() + &" isnull".repeat(100_000),
        "a = any ".repeat(100_000),
        "a ".repeat(100_000),
        "interval ".repeat(100_000),
        "exists ".repeat(100_000),
        "distinct ".repeat(100_000),
        "(with a as ".repeat(10_000) + &")".repeat(10_000),
    ];
    let limits = [
        ("(".repeat(200) + "1" + &")".repeat(200), true),
        ("(".repeat(201) + "1" + &")".repeat(201), false),
        ("a".to_owned() + &" + a".repeat(1000), true),
        ("a".to_owned() + &" + a".repeat(1001), false),
        ("not ".repeat(1000) + "a", true),
        ("a in (1".to_owned() + &", 1".repeat(100_000) + ")", true),
        ("(a = 1 or ".repeat(100) + "b" + &")".repeat(100), true),
        (
            "case".to_owned() + &" when a = 1 then b + 1".repeat(10_000) + " end",
            true,
        ),
    ];
    std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(move || {
            for text in nested {
                let start: String = text.chars().take(40).collect();

                assert!(expression(&text).is_err(), "{start}");
                assert!(query(&text).is_err(), "{start}");
            }
            for (text, valid) in limits {
                let start: String = text.chars().take(40).collect();

                assert_eq!(expression(&text).is_ok(), valid, "{start}");
            }
        })
        .unwrap()
        .join()
        .unwrap();
    let deep = "(".repeat(300) + "1" + &")".repeat(300);
    let message = expression(&deep).unwrap_err().message;
    assert_eq!(message, "the expression is nested deeper than 200 levels");
}

#[test]
fn queries() {
    let cases = [
        (
            "select count(*) = 0 from s.t",
            "Function count «count»; Relation s|t «s.t»; +subquery",
        ),
        (
            "not exists (select 1 from t where x is null)",
            "Relation t «t»; +subquery",
        ),
        (
            "with q as (select 1 from a) select b from q, c",
            "Relation a «a»; Relation c «c»; +subquery",
        ),
        ("values (true)", "+subquery"),
        ("table t", "Relation t «t»; +subquery"),
        (
            "select 1 union select 2 from b",
            "Relation b «b»; +subquery",
        ),
        ("(select true)", "+subquery"),
        ("select 1 from t -- end", "Relation t «t»; +subquery"),
        ("true", ""),
        (
            "select 1; select 2",
            "! `;` is not allowed here: write only an expression «;»",
        ),
        (
            "select 1) or (select 2",
            "! there is nothing for this `)` to close «)»",
        ),
        (
            "select a from",
            "! something is missing after `from` «from»",
        ),
        ("delete from t", "! `from` is not allowed here «from»"),
        ("", "! an expression is missing «»"),
    ];
    for (text, expected) in cases {
        assert_eq!(describe(text, &query(text)), expected, "{text}");
    }
    let two_columns = query("select a, b from t, u").unwrap();
    assert_eq!(
        two_columns.references.len(),
        2,
        "a comma does not end a query"
    );
    let bare = expression("select 1").unwrap_err().message;
    assert!(bare.starts_with("this is a query"), "{bare}");
}
