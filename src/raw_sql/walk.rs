//! The names in a syntax tree.

use std::ops::Range;

use smol_str::SmolStr;
use squawk_syntax::{SyntaxElement, SyntaxKind, SyntaxNode, SyntaxToken};

use super::{Parsed, Reference, ReferenceKind};
use crate::token::{self, KeywordClass, TokenKind, identifier, keyword_class, string_value};

/// Functions that SQL calls without parentheses; all are keywords.
const VALUE_FUNCTIONS: [&str; 12] = [
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "localtime",
    "localtimestamp",
    "session_user",
    "system_user",
    "user",
];

/// PostgreSQL's aggregates that are commonly used, and its window functions.
const AGGREGATES: [&str; 44] = [
    "any_value",
    "array_agg",
    "avg",
    "bit_and",
    "bit_or",
    "bit_xor",
    "bool_and",
    "bool_or",
    "corr",
    "count",
    "covar_pop",
    "covar_samp",
    "cume_dist",
    "dense_rank",
    "every",
    "first_value",
    "json_agg",
    "json_object_agg",
    "jsonb_agg",
    "jsonb_object_agg",
    "lag",
    "last_value",
    "lead",
    "max",
    "min",
    "mode",
    "nth_value",
    "ntile",
    "percent_rank",
    "percentile_cont",
    "percentile_disc",
    "range_agg",
    "range_intersect_agg",
    "rank",
    "regr_count",
    "regr_slope",
    "row_number",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "string_agg",
    "sum",
    "variance",
    "xmlagg",
];

/// Functions whose first argument, a literal, names a relation.
const RELATION_FUNCTIONS: [&str; 3] = ["currval", "nextval", "setval"];

/// The references in and below `root`; `offset` bytes of the parsed text are not the user's.
pub(super) fn parsed(root: &SyntaxNode, offset: usize) -> Parsed {
    let mut parsed = Parsed::default();
    // Nodes come in order of their start, so the ends of what is around them tell where they are.
    let (mut query_end, mut done) = (0, 0);
    for node in root.descendants() {
        let Range { start, end } = range(&node);
        if start < done {
            continue;
        }
        if is_query(&node) {
            query_end = query_end.max(end);
            parsed.has_subquery = true;
        }
        let outside = start >= query_end;
        let (found, descend) = reference(&node);
        parsed.has_aggregate_or_window |= outside
            && (is_aggregate_clause(node.kind()) || found.as_ref().is_some_and(is_aggregate));
        parsed.references.extend(
            found
                .filter(|it| outside || it.kind != ReferenceKind::Column)
                .map(|it| Reference {
                    range: it.range.start - offset..it.range.end - offset,
                    ..it
                }),
        );
        if !descend {
            done = end;
        }
    }
    // A cast of a literal may stand before or behind it.
    parsed.references.sort_by_key(|it| it.range.start);
    parsed
}

/// Whether the unquoted `word` (lower case) is a function that needs no parentheses.
pub(super) fn is_value_function(word: &str) -> bool {
    VALUE_FUNCTIONS.contains(&word)
}

/// The function that needs no parentheses, if `name` is one.
pub(super) fn value_function(name: &SyntaxNode) -> Option<String> {
    let word = name.text().to_string().to_ascii_lowercase();
    (name.kind() == SyntaxKind::NAME_REF && is_value_function(&word)).then_some(word)
}

/// Whether the call is one of an aggregate or window function.
pub(super) fn is_aggregate(reference: &Reference) -> bool {
    reference.kind == ReferenceKind::Function
        && in_catalog(&reference.parts).is_some_and(|name| AGGREGATES.contains(&name))
}

/// Whether the function names a relation in its first argument.
pub(super) fn takes_relation(function: &[SmolStr]) -> bool {
    in_catalog(function).is_some_and(|name| RELATION_FUNCTIONS.contains(&name))
}

/// The name, if it may mean an object of `pg_catalog`.
fn in_catalog(parts: &[SmolStr]) -> Option<&str> {
    match parts {
        [name] => Some(name),
        [schema, name] if schema == "pg_catalog" => Some(name),
        _ => None,
    }
}

/// The type that a name of one word means. The grammar's own types lie in `pg_catalog`, whatever the search path.
pub(super) fn type_parts(text: &str) -> Vec<SmolStr> {
    let name = identifier(text);
    let known = match name.as_str() {
        _ if text.starts_with('"') => None,
        "int" | "integer" => Some("int4"),
        "smallint" => Some("int2"),
        "bigint" => Some("int8"),
        "real" => Some("float4"),
        "float" => Some("float8"),
        "dec" | "decimal" | "numeric" => Some("numeric"),
        "boolean" => Some("bool"),
        "bit" => Some("bit"),
        "char" | "character" | "nchar" => Some("bpchar"),
        "varchar" => Some("varchar"),
        "time" => Some("time"),
        "timestamp" => Some("timestamp"),
        "interval" => Some("interval"),
        _ => None,
    };
    match known {
        Some(known) => vec!["pg_catalog".into(), known.into()],
        None => vec![name],
    }
}

/// The reference that the string literal `text` makes to a relation, if it can be one.
pub(super) fn relation_literal(text: &str, range: Range<usize>) -> Option<Reference> {
    let value = string_value(text)?;
    let tokens = token::lex(&value, 0, value.len()).ok()?;
    let mut parts = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let is_name = matches!(token.kind, TokenKind::Word | TokenKind::QuotedName);
        if index % 2 == 0 && is_name {
            parts.push(identifier(token.text(&value)));
        } else if index % 2 == 0 || !token.is(&value, ".") {
            return None;
        }
    }
    (tokens.len() % 2 == 1).then_some(Reference {
        kind: ReferenceKind::RelationLiteral,
        range,
        parts,
    })
}

fn is_query(node: &SyntaxNode) -> bool {
    matches!(
        node.kind(),
        SyntaxKind::SELECT | SyntaxKind::COMPOUND_SELECT | SyntaxKind::VALUES | SyntaxKind::TABLE
    )
}

fn is_aggregate_clause(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::FILTER_CLAUSE | SyntaxKind::OVER_CLAUSE | SyntaxKind::WITHIN_CLAUSE
    )
}

/// What `node` refers to, and whether there is more to find below it.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the parser knows two thousand kinds"
)]
pub(super) fn reference(node: &SyntaxNode) -> (Option<Reference>, bool) {
    match node.kind() {
        SyntaxKind::NAME_REF | SyntaxKind::FIELD_EXPR => name(node),
        SyntaxKind::LITERAL => (names_relation(node).then(|| literal(node)).flatten(), false),
        SyntaxKind::PATH_TYPE => (path_type(node), true),
        SyntaxKind::BIT_TYPE => (keyword_type(node, "bit"), false),
        SyntaxKind::BIT_VARYING_TYPE => (keyword_type(node, "varbit"), false),
        SyntaxKind::CHARACTER_TYPE => (keyword_type(node, "bpchar"), false),
        SyntaxKind::VARCHAR_TYPE => (keyword_type(node, "varchar"), false),
        SyntaxKind::DOUBLE_TYPE => (keyword_type(node, "float8"), false),
        SyntaxKind::INTERVAL_TYPE => (keyword_type(node, "interval"), false),
        SyntaxKind::TIME_TYPE => (zoned_type(node, "time", "timetz"), false),
        SyntaxKind::TIMESTAMP_TYPE => (zoned_type(node, "timestamp", "timestamptz"), false),
        SyntaxKind::COLLATION_REF => (Some(path(node, ReferenceKind::Collation)), false),
        SyntaxKind::RELATION_NAME_REF => (relation(node), false),
        SyntaxKind::OP => (operator(node), false),
        _ => (None, true),
    }
}

/// A column or function: `a`, `t.a`, `s.f` before its arguments.
fn name(node: &SyntaxNode) -> (Option<Reference>, bool) {
    let parent = node.parent();
    let is_first = node.prev_sibling().is_none();
    if !is_first
        && parent
            .as_ref()
            .is_some_and(|it| it.kind() == SyntaxKind::FIELD_EXPR)
    {
        // The field of something composite.
        return (None, false);
    }
    let mut base = node.clone();
    while base.kind() == SyntaxKind::FIELD_EXPR {
        match base.first_child() {
            Some(child) => base = child,
            None => return (None, true),
        }
    }
    if base.kind() != SyntaxKind::NAME_REF {
        return (None, true);
    }
    let is_called = is_first && parent.is_some_and(|it| it.kind() == SyntaxKind::CALL_EXPR);
    let kind = if is_called {
        ReferenceKind::Function
    } else {
        ReferenceKind::Column
    };
    let reference = path(node, kind);
    let is_keyword = if is_called && is_sampling(node) {
        true
    } else if is_called {
        is_function_keyword(&base)
    } else {
        value_function(node).is_some() || is_predicate(node) || is_normal_form(node)
    };
    ((!is_keyword).then_some(reference), false)
}

/// Whether the call is the method of `tablesample`, which is no function of SQL.
fn is_sampling(function: &SyntaxNode) -> bool {
    function
        .ancestors()
        .nth(2)
        .is_some_and(|it| it.kind() == SyntaxKind::TABLESAMPLE_CLAUSE)
}

/// Whether the function has a syntax of its own, as `coalesce`.
fn is_function_keyword(name: &SyntaxNode) -> bool {
    let class = words(name)
        .next()
        .and_then(|it| keyword_class(&it.text().to_ascii_lowercase()));
    matches!(
        class,
        Some(KeywordClass::Reserved | KeywordClass::ColumnName)
    )
}

/// Whether the name is `nfc` or the like in `normalize(text, nfc)`.
fn is_normal_form(name: &SyntaxNode) -> bool {
    let argument = name.parent().filter(|it| it.kind() == SyntaxKind::ARG);
    let is_second = argument
        .as_ref()
        .and_then(SyntaxNode::prev_sibling)
        .is_some();
    let function = argument
        .and_then(|it| it.parent()?.prev_sibling())
        .and_then(|it| words(&it).next());
    is_second && function.is_some_and(|it| it.kind() == SyntaxKind::NORMALIZE_KW)
}

/// Whether the name is the word behind `is` or `is not`: `unknown`, `document`.
fn is_predicate(name: &SyntaxNode) -> bool {
    let before = |token: &SyntaxToken| {
        std::iter::successors(token.prev_token(), SyntaxToken::prev_token).find(|it| !is_blank(it))
    };
    let mut previous = name.first_token().and_then(|it| before(&it));
    if let Some(not) = previous
        .as_ref()
        .filter(|it| it.kind() == SyntaxKind::NOT_KW)
    {
        previous = before(not);
    }
    previous.is_some_and(|it| it.kind() == SyntaxKind::IS_KW)
}

/// The reference whose parts are the words and stars below `node`.
pub(super) fn path(node: &SyntaxNode, kind: ReferenceKind) -> Reference {
    let parts = words(node)
        .filter(|it| it.text() != ".")
        .map(|it| identifier(it.text()))
        .collect();
    Reference {
        kind,
        range: range(node),
        parts,
    }
}

fn path_type(node: &SyntaxNode) -> Option<Reference> {
    let name = node
        .children()
        .find(|it| it.kind() == SyntaxKind::PATH_REF)?;
    let mut reference = path(&name, ReferenceKind::Type);
    if let [_] = reference.parts.as_slice() {
        reference.parts = type_parts(words(&name).next()?.text());
    }
    Some(reference)
}

/// A type that the grammar spells with words of its own.
fn keyword_type(node: &SyntaxNode, name: &str) -> Option<Reference> {
    let before_modifiers = words(node).take_while(|it| it.text() != "(");
    let end = before_modifiers.last()?.text_range().end();
    Some(Reference {
        kind: ReferenceKind::Type,
        range: usize::from(node.text_range().start())..usize::from(end),
        parts: vec!["pg_catalog".into(), name.into()],
    })
}

fn zoned_type(node: &SyntaxNode, plain: &str, zoned: &str) -> Option<Reference> {
    let is_zoned = node
        .children()
        .any(|it| it.kind() == SyntaxKind::WITH_TIMEZONE);
    keyword_type(node, if is_zoned { zoned } else { plain })
}

fn operator(node: &SyntaxNode) -> Option<Reference> {
    let called = node
        .parent()
        .is_some_and(|it| it.kind() == SyntaxKind::OPERATOR_CALL);
    let mut parts: Vec<SmolStr> = Vec::new();
    let mut symbol = String::new();
    for token in words(node) {
        match token.text() {
            "." => {}
            text if text.starts_with(is_name_start) => parts.push(identifier(text)),
            text => symbol.push_str(text),
        }
    }
    parts.push(symbol.into());
    called.then(|| Reference {
        kind: ReferenceKind::Operator,
        range: range(node),
        parts,
    })
}

fn is_name_start(character: char) -> bool {
    character.is_ascii_alphabetic() || matches!(character, '"' | '_') || !character.is_ascii()
}

fn relation(node: &SyntaxNode) -> Option<Reference> {
    let reads = node.parent().is_some_and(|it| {
        matches!(
            it.kind(),
            SyntaxKind::RELATION_FROM_ITEM | SyntaxKind::RELATION_NAME
        )
    });
    let reference = path(node, ReferenceKind::Relation);
    let is_table_expression = match reference.parts.as_slice() {
        [name] => is_table_expression(node, name),
        _ => false,
    };
    (reads && !is_table_expression).then_some(reference)
}

/// Whether `name` at `node` is one of a `with` around it. Without `recursive` one sees only those before it.
pub(super) fn is_table_expression(node: &SyntaxNode, name: &str) -> bool {
    node.ancestors()
        .filter_map(|clause| {
            clause
                .children()
                .find(|it| it.kind() == SyntaxKind::WITH_CLAUSE)
        })
        .any(|with| {
            let recursive = words(&with)
                .nth(1)
                .is_some_and(|it| it.kind() == SyntaxKind::RECURSIVE_KW);
            with.children()
                .filter(|it| it.kind() == SyntaxKind::WITH_TABLE)
                .take_while(|it| recursive || !it.text_range().contains_range(node.text_range()))
                .filter_map(|cte| cte.children().find(|it| it.kind() == SyntaxKind::CTE_NAME))
                .any(|it| path(&it, ReferenceKind::Relation).parts == [name])
        })
}

/// Whether a literal stands where the name of a relation does.
fn names_relation(node: &SyntaxNode) -> bool {
    let Some(parent) = node.parent() else {
        return false;
    };
    if parent.kind() == SyntaxKind::CAST_EXPR {
        return parent
            .children()
            .filter(|it| it.kind() == SyntaxKind::PATH_TYPE)
            .filter_map(|it| path_type(&it))
            .any(|it| in_catalog(&it.parts) == Some("regclass"));
    }
    let first_argument = parent.kind() == SyntaxKind::ARG && parent.prev_sibling().is_none();
    let function = parent.parent().and_then(|it| it.prev_sibling());
    first_argument
        && node.next_sibling().is_none()
        && function.is_some_and(|it| takes_relation(&path(&it, ReferenceKind::Function).parts))
}

fn literal(node: &SyntaxNode) -> Option<Reference> {
    relation_literal(&node.text().to_string(), range(node))
}

/// The tokens below `node` but for blanks and comments.
pub(super) fn words(node: &SyntaxNode) -> impl Iterator<Item = SyntaxToken> {
    node.descendants_with_tokens()
        .filter_map(SyntaxElement::into_token)
        .filter(|it| !is_blank(it))
}

fn is_blank(token: &SyntaxToken) -> bool {
    matches!(token.kind(), SyntaxKind::WHITESPACE | SyntaxKind::COMMENT)
}

/// The bytes of `node`.
pub(super) fn range(node: &SyntaxNode) -> Range<usize> {
    usize::from(node.text_range().start())..usize::from(node.text_range().end())
}
