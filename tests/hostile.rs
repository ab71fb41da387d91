//! Whatever the bytes: reading never panics, never overflows a stack, and every diagnostic points into the text and
//! speaks the user's language.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestCaseResult;

use limbeck::diagnostic::Diagnostics;
use limbeck::source::{self, Sources};
use limbeck::syntax;
use limbeck::token;

use crate::corpus;

/// The stack of rayon's workers, on which files are read.
const STACK: usize = 2 << 20;

/// Reads `text` on a worker's stack; gives the messages.
fn messages(text: String) -> Vec<String> {
    std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || match check(&text).unwrap() {
            Ok(_) => Vec::new(),
            Err(diagnostics) => diagnostics.iter().map(|it| it.message.clone()).collect(),
        })
        .unwrap()
        .join()
        .unwrap()
}

/// Reads `text` and checks what holds of every answer.
fn check(text: &str) -> Result<Result<limbeck::revision::Revision, Diagnostics>, TestCaseError> {
    let mut sources = Sources::default();
    let id = sources.add("a.rev", text);
    let text = &sources.get(id).text;
    let result = syntax::parse(id, text, "public");
    let header = syntax::parse_header(id, text);
    if result.is_ok() {
        prop_assert!(header.is_ok());
    }
    for diagnostic in result.as_ref().err().into_iter().flatten() {
        let words = [&diagnostic.message, &diagnostic.label];
        for words in words.into_iter().chain(&diagnostic.help) {
            prop_assert!(!speaks_of_rules(words, text), "{}", words);
        }
        prop_assert!(!diagnostic.message.is_empty());
        let related = diagnostic.related.iter().map(|it| it.0);
        for span in diagnostic.span.into_iter().chain(related) {
            let range = span.start as usize..span.end as usize;
            prop_assert!(text.get(range).is_some(), "{:?}", diagnostic);
        }
        prop_assert!(diagnostic.span.is_some());
    }
    Ok(result)
}

/// Whether the name of a grammar's rule stands there, which is neither a keyword nor the text's own.
fn speaks_of_rules(words: &str, text: &str) -> bool {
    const KEYWORDS: [&str; 4] = [
        "down_revision",
        "branch_labels",
        "depends_on",
        "create_date",
    ];
    let is_rule = |word: &str| {
        let grammar = include_str!("../grammar/revision.pest").lines();
        let mut rules = grammar.filter_map(|line| Some(line.split_once('=')?.0.trim()));
        word == "EOI" || rules.any(|it| it == word)
    };
    words
        .split(|it: char| !it.is_alphanumeric() && it != '_')
        .filter(|it| (it.contains('_') || *it == "EOI") && !KEYWORDS.contains(it))
        .any(|it| is_rule(it) && !text.contains(it))
}

fn says(text: impl Into<String>, expected: &str) {
    let messages = messages(text.into());
    assert!(
        messages.iter().any(|it| it.contains(expected)),
        "{expected}: {:?}",
        messages.iter().take(3).collect::<Vec<_>>()
    );
}

const DEEP: usize = 10_000;

fn nested(open: &str, inner: &str, close: &str) -> String {
    open.repeat(DEEP) + inner + &close.repeat(DEEP)
}

/// Every place where a text of the user's own may stand.
fn places(text: &str) -> Vec<String> {
    [
        "create table a (b int default @)",
        "create table a (b int default @ not null, c int)",
        "create table a (b int, check (@))",
        "create table a (b int generated always as (@) stored)",
        "create table a (b numeric(@))",
        "create table a (b int[@])",
        "create table a (b s.t(@))",
        "create table a (b int) partition by range (@)",
        "create table a partition of b for values in (@)",
        "create table a (b int) with (c = @)",
        "create index on a ((@))",
        "create index on a (f(@))",
        "create index on a (b c(@))",
        "create index on a (b) where @",
        "create domain a as int default @ check (@)",
        "alter table a alter b set default @",
        "alter table a alter b type int using @",
        "alter table a add exclude (b with =) where (@)",
        "assert 'a' (@)",
        "assert @ (b)",
        "comment on table a is @",
        "create type a as enum (@)",
        "@",
        "data { insert into a values (@); }",
        "sql { select @; }",
        "sql declares (function f(@)) { select 1; }",
        "drop table a reverse { @; }",
    ]
    .iter()
    .map(|it| corpus::revision(&it.replace('@', text)))
    .chain([
        format!("revision {text};"),
        format!("down_revision 'a', {text};"),
        text.to_owned(),
    ])
    .collect()
}

#[test]
fn deep_nesting_is_refused_or_read() {
    let deep = [
        nested("(", "1", ")"),
        nested("[", "1", "]"),
        nested("{", "1", "}"),
        nested("/*", "", "*/") + "1",
        nested("case when ", "1", " then 1 end"),
        "(".repeat(DEEP),
        "[".repeat(DEEP),
        "{".repeat(DEEP),
        "case ".repeat(DEEP),
        "case ".repeat(DEEP) + &"end ".repeat(DEEP / 2),
        nested("(case when ", "1", " end)"),
        nested("a[", "1", "]"),
        "- ".repeat(DEEP) + "1",
        "not ".repeat(DEEP) + "true",
        nested("f(", "1", ")"),
        "1".to_owned() + &" + 1".repeat(DEEP),
        "a".to_owned() + &".a".repeat(DEEP),
        "1".to_owned() + &"::int".repeat(DEEP),
        ")".repeat(DEEP),
        "}".repeat(DEEP),
        "select ".repeat(DEEP),
        nested("drop table a reverse {", "", "}"),
    ];
    for text in &deep {
        for place in places(text) {
            let messages = messages(place);
            assert!(messages.len() <= 3 * DEEP, "{}", messages.len());
        }
    }
}

/// What is just not refused fits on the stack.
#[test]
fn the_deepest_nesting_is_read() {
    let comments = (1..1000)
        .map(|it| "/*".repeat(it) + &"*/".repeat(it))
        .take_while(|it| token::lex(it, 0, it.len()).is_ok());
    let inner = comments.last().unwrap() + "1";
    let deepest = [
        "(".repeat(180) + &inner + &")".repeat(180),
        "[".repeat(180) + &inner + &"]".repeat(180),
        "case 1 when ".repeat(180) + &inner + &" then 1 end".repeat(180),
        "(case 1 when ".repeat(90) + &inner + &" then 1 end)".repeat(90),
    ];
    for text in &deepest {
        for place in places(text) {
            messages(place);
        }
    }
    for valid in [0, 2, 3] {
        let text = format!("create table a (b int default {})", deepest[valid]);
        assert_eq!(messages(corpus::revision(&text)), [""; 0]);
    }
}

#[test]
fn deep_nesting_is_told_clearly() {
    let default = |text: &str| corpus::revision(&format!("create table a (b int default {text})"));
    says(
        default(&nested("(", "1", ")")),
        "are nested deeper than 200 levels",
    );
    says(default(&nested("case when ", "1", " then 1 end")), "nest");
    says(default(&nested("/*", "", "*/")), "comments nest too deeply");
    says(default("case when 1"), "there is no `end` for this `case`");
    says(
        default(&("- ".repeat(DEEP) + "1")),
        "has more than 1000 operators in a row",
    );
    says("upgrade {", "this `{` is not closed");
    says(corpus::revision("}"), "there is no `{` for this `}`");
    says(
        corpus::revision(&nested("drop table a reverse {", "", "}")),
        "`reverse` is not allowed inside `reverse`",
    );
    says(corpus::revision("/*"), "this comment is not closed");
    says(corpus::revision("'"), "this string is not closed");
    says(corpus::revision("\""), "this quoted name is not closed");
    says(
        corpus::revision("$a$ $b$"),
        "this string, opened with $a$, is not closed",
    );
    says(corpus::revision("\\"), "a backslash outside of a literal");
    says("revision \\;", "found `\\`");
}

#[test]
fn odd_texts_are_told_clearly() {
    for nothing in [
        "",
        "\n",
        " \t\r\n",
        "-- c",
        "/* c */",
        "\u{feff}",
        "\r",
        ";;;",
        "\u{feff}-- c\r\n",
    ] {
        says(nothing, "the header has no `revision`");
        says(nothing, "the header has no `down_revision`");
    }
    assert_eq!(
        messages("revision 'a';\rdown_revision none;\r-- c\rupgrade {\r}".to_owned()),
        [""; 0]
    );
    says(
        "\u{feff}\u{feff}revision 'a';",
        "U+FEFF is an invisible character",
    );
    says(
        "revision\u{a0}'a';",
        "U+00A0 looks like a space, but SQL reads it as a letter",
    );
    says(
        "revision 'a\tb'; down_revision none;",
        "control character \\u{9}",
    );
    says(
        "revision E'\\x00'; down_revision none;",
        "this form of string is not supported here",
    );
    says(
        "revision 'a'; revision/* c */'a';",
        "`revision` is written twice",
    );
    says(
        "reverse { }",
        "is not allowed at the top level of a revision",
    );
    says("{ }", "a revision has no such block");
    says(corpus::revision("create table a (b e'\\'')"), "expected");
    says(
        corpus::revision("create table a (b int default 'x' collate u&\"y\")"),
        "names in U&",
    );
    let undecoded = |bytes: &[u8]| source::decode(bytes.to_vec()).unwrap_err();
    assert_eq!(undecoded(b"a\0b").message, "the file contains a NUL byte");
    assert_eq!(undecoded(b"a\0b").offset, 1);
    assert_eq!(undecoded(b"ab\xffc").message, "the file is not UTF-8");
    assert_eq!(undecoded(b"ab\xffc").offset, 2);
    assert_eq!(undecoded(b"\xff\xfer\0").message, "the file is not UTF-8");
}

/// Large texts are read in time that grows with them; a quadratic rule would not come to its end here.
#[test]
fn large_texts_are_read() {
    let many = 20_000;
    let columns: Vec<String> = (0..many)
        .map(|it| format!("c{it} int default 1 not null"))
        .collect();
    let table = format!("create table a ({})", columns.join(", "));
    assert_eq!(messages(corpus::revision(&table)), [""; 0]);
    let long = "x".repeat(2_000_000);
    assert_eq!(
        messages(corpus::revision(&format!("comment on table a is '{long}'"))),
        [""; 0]
    );
    says(
        corpus::revision(&format!("create table {long} ()")),
        "has 2000000 bytes",
    );
    assert_eq!(messages(corpus::revision(&";".repeat(many))), [""; 0]);
    assert_eq!(
        messages(corpus::revision(&"drop table a;".repeat(many))),
        [""; 0]
    );
    for wrong in [
        "upgrade {}",
        "downgrade {}",
        "x;",
        "revision 'a';",
        "drop table a reverse {};",
        "} ",
        "{ ",
        "$a ",
        "'a'\n",
    ] {
        let messages = messages(wrong.repeat(many));
        assert!((1..=2 * many + 2).contains(&messages.len()), "{wrong}");
    }
    for part in ["case ", "a.", "- ", "'a' ", "/**/", "$1 ", "a(", "1 is "] {
        let text = part.repeat(many);
        assert!(
            !messages(corpus::revision(&format!(
                "create table a (b int default {text})"
            )))
            .is_empty()
        );
    }
}

/// Words and marks that the language gives a meaning, and those that lexers trip over.
fn piece() -> impl Strategy<Value = String> {
    let words = corpus::STATEMENTS.iter().flat_map(|text| {
        let tokens = token::lex(text, 0, text.len()).unwrap();
        tokens
            .into_iter()
            .map(|it| it.text(text).to_owned())
            .collect::<Vec<_>>()
    });
    let marks = [
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ";",
        ".",
        "..",
        "::",
        ":=",
        ":",
        "'",
        "''",
        "\"",
        "$",
        "$$",
        "$a$",
        "--",
        "/*",
        "*/",
        "\n",
        "\r",
        "\r\n",
        " ",
        "\t",
        "\\",
        "e'\\''",
        "E'€€\\101'",
        "U&'x'",
        "u&\"x\"",
        "x'1'",
        "1.",
        "1.e5",
        ".5",
        "1..2",
        "0x",
        "1_",
        "12ab",
        "é",
        "\u{a0}",
        "\u{feff}",
        "€",
        "\u{2028}",
        "\u{0}",
        "`",
        "reverse",
        "upgrade",
        "downgrade",
        "verify",
        "revision",
        "down_revision",
        "message",
        "none",
        "'a'",
        "begin",
        "atomic",
        "case",
        "end",
        "'a'\n'b'",
        "'a'\r'b'",
        "'a'/**/\n'b'",
        "E'a'\n'\\''",
    ];
    let all: Vec<String> = words.chain(marks.map(str::to_owned)).collect();
    select(all)
}

fn soup() -> impl Strategy<Value = String> {
    let piece = (piece(), select(vec!["", " ", "\n"])).prop_map(|it| it.0 + it.1);
    proptest::collection::vec(piece, 0..40).prop_map(|it| it.concat())
}

/// A valid revision with some of its tokens gone, doubled, swapped or replaced.
fn mutated() -> impl Strategy<Value = String> {
    let change = (
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        0..4_u8,
        piece(),
    );
    (
        select(corpus::revisions()),
        proptest::collection::vec(change, 1..6),
    )
        .prop_map(|(text, changes)| {
            let tokens = token::lex(&text, 0, text.len()).unwrap();
            let mut pieces: Vec<String> = tokens
                .windows(2)
                .map(|it| text[it[0].start as usize..it[1].start as usize].to_owned())
                .collect();
            for (one, other, kind, piece) in changes {
                let (one, other) = (one.index(pieces.len()), other.index(pieces.len()));
                match kind {
                    0 => pieces[one].clear(),
                    1 => pieces[one] = format!("{0} {0}", pieces[one]),
                    2 => pieces.swap(one, other),
                    _ => pieces[one] = piece,
                }
            }
            pieces.concat() + "}"
        })
}

/// A valid revision with some of its characters gone, doubled or replaced.
fn scratched() -> impl Strategy<Value = String> {
    let change = (any::<prop::sample::Index>(), 0..3_u8, any::<char>());
    (
        select(corpus::revisions()),
        proptest::collection::vec(change, 1..6),
    )
        .prop_map(|(text, changes)| {
            let mut characters: Vec<char> = text.chars().collect();
            for (at, kind, character) in changes {
                let at = at.index(characters.len());
                match kind {
                    0 => drop(characters.remove(at)),
                    1 => characters.insert(at, characters[at]),
                    _ => characters[at] = character,
                }
            }
            characters.into_iter().collect()
        })
}

fn any_case(text: &str) -> TestCaseResult {
    check(text).map(|_| ())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        any_case(&String::from_utf8_lossy(&bytes))?;
        if let Ok(text) = source::decode(bytes) {
            any_case(&text)?;
        }
    }

    #[test]
    fn soup_never_panics(text in soup()) {
        any_case(&text)?;
    }

    #[test]
    fn soup_in_a_statement_never_panics(statement in select(corpus::STATEMENTS), at in any::<prop::sample::Index>(), text in soup()) {
        let tokens = token::lex(statement, 0, statement.len()).unwrap();
        let start = tokens[at.index(tokens.len())].start as usize;
        any_case(&corpus::revision(&format!("{}{text}", &statement[..start])))?;
        any_case(&corpus::revision(&format!("{} {text} {}", &statement[..start], &statement[start..])))?;
    }

    #[test]
    fn mutations_never_panic(text in mutated()) {
        any_case(&text)?;
    }

    #[test]
    fn scratches_never_panic(text in scratched()) {
        any_case(&text)?;
    }
}
