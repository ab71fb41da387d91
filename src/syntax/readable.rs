//! Errors of the grammar in the user's words: no rule's name ever shows.

use std::collections::BTreeSet;

use pest::error::{Error, ErrorVariant, InputLocation};

use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::source::Span;
use crate::token::{Token, TokenKind, lex};

use super::grammar::Rule;

/// Words that begin a statement.
const STARTS: &[&str] = &[
    "create",
    "alter",
    "drop",
    "comment",
    "data",
    "sql",
    "assert",
    "upgrade",
    "downgrade",
    "verify",
    "revision",
    "down_revision",
    "message",
    "branch_labels",
    "depends_on",
    "create_date",
];

/// Words at which a default ends, although an operator of that name exists.
const OPERATOR_WORDS: &[&str] = &[
    "and", "or", "not", "is", "isnull", "notnull", "in", "like", "ilike", "similar", "between",
    "at", "overlaps",
];

/// The diagnostic for `error`, met in `text`, which stands at `span`.
pub(super) fn diagnostic(error: &Error<Rule>, text: &str, span: Span) -> Diagnostic {
    let (InputLocation::Pos(at) | InputLocation::Span((at, _))) = error.location;
    let expected = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => words(positives),
        ErrorVariant::CustomError { .. } => {
            return Diagnostic::error(Code::Syntax, span, "this statement is nested too deeply")
                .help("simplify it, or move part of it into a function");
        }
    };
    let place = |start: usize, end: usize| Span {
        source: span.source,
        start: span.start + u32::try_from(start).expect("a source is smaller than 4 GiB"),
        end: span.start + u32::try_from(end).expect("a source is smaller than 4 GiB"),
    };
    let list = join(&expected);
    // The grammar may stop within a token that it does not know, so the tokens are those of the whole statement.
    let tokens = lex(text, 0, text.len()).unwrap_or_default();
    let next = tokens.partition_point(|it| it.end as usize <= at);
    let before = next.checked_sub(1).map(|it| tokens[it]);
    let at_token = |token: Token| place(token.start as usize, token.end as usize);
    let Some(found) = tokens.get(next).copied() else {
        return Diagnostic::error(
            Code::Syntax,
            before.map_or(span, at_token),
            format!("the statement ends too early: expected {list}"),
        )
        .label("after this");
    };
    let word = found.text(text);
    let lower = word.to_ascii_lowercase();
    let here = at_token(found);
    if let Some(before) = before
        && text[before.end as usize..found.start as usize].contains('\n')
        && STARTS.contains(&lower.as_str())
        && expected.contains("`;`")
    {
        return Diagnostic::error(
            Code::Syntax,
            at_token(before),
            "the `;` after this statement is missing",
        )
        .label("add `;` after this")
        .related(here, "the next statement begins here");
    }
    if OPERATOR_WORDS.contains(&lower.as_str()) && expected.contains("`references`") {
        return Diagnostic::error(
            Code::Syntax,
            here,
            format!("the default ends before `{lower}`"),
        )
        .help("put parentheses around the whole expression: default (…)");
    }
    let keywords = expected
        .iter()
        .filter_map(|it| it.strip_prefix('`')?.strip_suffix('`'));
    let help = nearest(&lower, keywords)
        .filter(|_| found.kind == TokenKind::Word)
        .map(|it| format!("did you mean `{it}`?"));
    let brace = (word == "{").then(|| "SQL uses parentheses here: ( … )".to_owned());
    let message = format!("expected {list}, found {}", shown(word));
    Diagnostic::error(Code::Syntax, here, message).maybe_help(help.or(brace))
}

/// A token as messages show it: cut where it is long.
pub(super) fn shown(word: &str) -> String {
    let cut: String = word
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(30)
        .collect();
    if cut.len() < word.len() {
        format!("`{cut}…`")
    } else {
        format!("`{word}`")
    }
}

/// `a, b or c`, cut where it is long.
fn join(expected: &BTreeSet<String>) -> String {
    let mut items: Vec<&str> = expected.iter().map(String::as_str).collect();
    // Punctuation and nouns say more than a crowd of keywords.
    items.sort_by_key(|it| {
        it.starts_with('`') && it.chars().nth(1).is_some_and(char::is_alphabetic)
    });
    if items.len() > 9 {
        items.truncate(8);
        return format!("{} …", items.join(", "));
    }
    match items.as_slice() {
        [] => "something else".to_owned(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

fn words(rules: &[Rule]) -> BTreeSet<String> {
    let mut words: BTreeSet<String> = rules.iter().flat_map(|rule| readable(*rule)).collect();
    for (sign, all) in COMPLETIONS {
        if sign.iter().all(|it| words.contains(*it)) {
            words.extend(all.iter().map(|it| (*it).to_owned()));
        }
    }
    words
}

/// Words that the grammar did not try where it tried others, since no such word can begin with the letters it saw.
const COMPLETIONS: &[(&[&str], &[&str])] = &[
    (
        &["`generated`", "`collate`"],
        &[
            "`not`",
            "`null`",
            "`default`",
            "`constraint`",
            "`primary`",
            "`references`",
            "`unique`",
            "`check`",
        ],
    ),
    (
        &["`alter`", "`validate`", "`attach`"],
        &["`add`", "`drop`", "`rename`", "`set`"],
    ),
];

/// What a rule that was expected looks like to a user: the words that it can begin with.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "all keywords are rules of one shape, and pest adds rules of its own"
)]
#[expect(clippy::too_many_lines, reason = "one arm for each kind")]
fn readable(rule: Rule) -> Vec<String> {
    let name = format!("{rule:?}");
    if let Some(keyword) = name.strip_prefix("kw_") {
        return vec![format!("`{keyword}`")];
    }
    let texts: &[&str] = match rule {
        Rule::name | Rule::qualified | Rule::index_name | Rule::index_column | Rule::owner => {
            &["a name"]
        }
        Rule::string => &["a string in single quotes"],
        Rule::end | Rule::EOI => &["`;`"],
        Rule::open | Rule::columns | Rule::parenthesised | Rule::attributes => &["`(`"],
        Rule::close => &["`)`"],
        Rule::comma => &["`,`"],
        Rule::sql_type => &["a type"],
        Rule::column | Rule::attribute | Rule::add_column => &["a column"],
        Rule::table_constraint | Rule::add_constraint => &[
            "`constraint`",
            "`primary`",
            "`unique`",
            "`foreign`",
            "`check`",
            "`exclude`",
        ],
        Rule::column_constraint => &[
            "`constraint`",
            "`primary`",
            "`unique`",
            "`check`",
            "`references`",
        ],
        Rule::b_expression | Rule::a_expression | Rule::tail_expression => &["an expression"],
        Rule::index_element | Rule::exclude_element => {
            &["a column", "an expression in parentheses"]
        }
        Rule::function_call => &["an expression in parentheses"],
        Rule::operator | Rule::exclude_operator => &["an operator"],
        Rule::operator_class => &["an operator class"],
        Rule::signed => &["a number"],
        Rule::option | Rule::option_name => &["a storage parameter"],
        Rule::option_value => &["a value"],
        Rule::revision => &["`revision`"],
        Rule::down_revision => &["`down_revision`"],
        Rule::message => &["`message`"],
        Rule::branch_labels => &["`branch_labels`"],
        Rule::depends_on => &["`depends_on`"],
        Rule::create_date => &["`create_date`"],
        Rule::downgrade => &["`downgrade`"],
        Rule::data_head => &["`data`"],
        Rule::sql_head => &["`sql`"],
        Rule::declared | Rule::declared_kind | Rule::kind_word => {
            &["`table`", "`view`", "`function`", "`trigger`", "`type`"]
        }
        Rule::assert => &["`assert`"],
        Rule::if_exists | Rule::if_not_exists => &["`if`"],
        Rule::create_table | Rule::alter_table | Rule::on_table => &["`table`"],
        Rule::create_index | Rule::alter_index | Rule::on_index => &["`index`"],
        Rule::create_type | Rule::alter_type | Rule::alter_type_action | Rule::on_type => {
            &["`type`"]
        }
        Rule::create_domain | Rule::alter_domain | Rule::on_domain => &["`domain`"],
        Rule::create_schema | Rule::extension_schema | Rule::on_schema => &["`schema`"],
        Rule::create_extension | Rule::on_extension => &["`extension`"],
        Rule::create_sequence | Rule::alter_sequence | Rule::sequence_name | Rule::on_sequence => {
            &["`sequence`"]
        }
        Rule::drop
        | Rule::drop_column
        | Rule::drop_constraint
        | Rule::drop_value
        | Rule::drop_default
        | Rule::drop_identity
        | Rule::drop_expression
        | Rule::drop_not_null => &["`drop`"],
        Rule::drop_kind => &[
            "`table`",
            "`index`",
            "`sequence`",
            "`type`",
            "`domain`",
            "`schema`",
            "`extension`",
        ],
        Rule::comment_on | Rule::comment => &["`comment`"],
        Rule::partition_of | Rule::partition_by => &["`partition`"],
        Rule::partition_key => &["`range`", "`list`", "`hash`"],
        Rule::bound => &["`for`", "`default`"],
        Rule::inherits => &["`inherits`"],
        Rule::with_options => &["`with`"],
        Rule::tablespace => &["`tablespace`"],
        Rule::like => &["`like`"],
        Rule::like_option => &["`including`", "`excluding`"],
        Rule::not_null | Rule::deferrability | Rule::not_valid => &["`not`"],
        Rule::null => &["`null`"],
        Rule::default => &["`default`"],
        Rule::collate => &["`collate`"],
        Rule::generated => &["`generated`"],
        Rule::always => &["`always`", "`by`"],
        Rule::constraint_name | Rule::on_constraint => &["`constraint`"],
        Rule::on_column => &["`column`"],
        Rule::primary_key | Rule::column_primary => &["`primary`"],
        Rule::unique | Rule::column_unique => &["`unique`"],
        Rule::foreign_key => &["`foreign`"],
        Rule::check | Rule::column_check | Rule::domain_check => &["`check`"],
        Rule::exclude => &["`exclude`"],
        Rule::references | Rule::column_references => &["`references`"],
        Rule::using | Rule::using_index | Rule::index_tablespace => &["`using`"],
        Rule::nulls_distinct | Rule::nulls_order => &["`nulls`"],
        Rule::no_inherit => &["`no`"],
        Rule::include => &["`include`"],
        Rule::match_type => &["`match`"],
        Rule::on_delete | Rule::on_update => &["`on`"],
        Rule::referential_action => &["`no`", "`restrict`", "`cascade`", "`set`"],
        Rule::filter => &["`where`"],
        Rule::enum_values => &["`enum`"],
        Rule::extension_version => &["`version`"],
        Rule::sequence_option => &[
            "`increment`",
            "`minvalue`",
            "`maxvalue`",
            "`start`",
            "`cache`",
            "`cycle`",
            "`owned`",
        ],
        Rule::sequence_type => &["`as`"],
        Rule::increment => &["`increment`"],
        Rule::minimum => &["`minvalue`"],
        Rule::maximum => &["`maxvalue`"],
        Rule::start => &["`start`"],
        Rule::restart => &["`restart`"],
        Rule::cache => &["`cache`"],
        Rule::cycle => &["`cycle`"],
        Rule::owned_by => &["`owned`"],
        Rule::only => &["`only`"],
        Rule::rename_to
        | Rule::rename_constraint
        | Rule::rename_column
        | Rule::rename_value
        | Rule::rename_attribute => &["`rename`"],
        Rule::set_schema
        | Rule::set_default
        | Rule::set_not_null
        | Rule::set_identity
        | Rule::set_option => &["`set`"],
        Rule::add_constraint_guarded | Rule::add_identity | Rule::add_value => &["`add`"],
        Rule::behavior => &["`cascade`"],
        Rule::validate => &["`validate`"],
        Rule::attach => &["`attach`"],
        Rule::detach => &["`detach`"],
        Rule::alter_column => &["`alter`"],
        Rule::value_place => &["`before`", "`after`"],
        _ => &[],
    };
    texts.iter().map(|it| (*it).to_owned()).collect()
}
