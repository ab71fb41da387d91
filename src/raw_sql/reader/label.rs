//! The names of result columns: PostgreSQL's `FigureColname`.

use smol_str::SmolStr;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::tree::{Body, Common, Expr, ExprKind, Query, Target};

/// What a column is called for which no part of it has a name.
const UNNAMED: &str = "?column?";

/// Words that begin an [`ExprKind::Opaque`] which has a name; the name is the word.
const NAMED: &[SyntaxKind] = &[
    SyntaxKind::JSON_ARRAYAGG_KW,
    SyntaxKind::JSON_ARRAY_KW,
    SyntaxKind::JSON_EXISTS_KW,
    SyntaxKind::JSON_KW,
    SyntaxKind::JSON_OBJECTAGG_KW,
    SyntaxKind::JSON_OBJECT_KW,
    SyntaxKind::JSON_QUERY_KW,
    SyntaxKind::JSON_SCALAR_KW,
    SyntaxKind::JSON_SERIALIZE_KW,
    SyntaxKind::JSON_VALUE_KW,
    SyntaxKind::XMLCONCAT_KW,
    SyntaxKind::XMLELEMENT_KW,
    SyntaxKind::XMLFOREST_KW,
    SyntaxKind::XMLPARSE_KW,
    SyntaxKind::XMLPI_KW,
    SyntaxKind::XMLROOT_KW,
    SyntaxKind::XMLSERIALIZE_KW,
];

/// A name, and whether it is better than that of a type around it.
type Label = Option<(SmolStr, bool)>;

/// The name of the column that `value` makes. It is empty where a star stands, whose columns nobody knows here.
/// `node` is where the expression stands, `offset` what its ranges are less by.
pub(super) fn of(value: &Expr, node: &SyntaxNode, offset: usize) -> SmolStr {
    if matches!(value.kind, ExprKind::Star(_) | ExprKind::FieldStar(_)) {
        return SmolStr::default();
    }
    figure(value, node, offset).map_or(SmolStr::new_static(UNNAMED), |(name, _)| name)
}

fn strong(name: &'static str) -> (SmolStr, bool) {
    (SmolStr::new_static(name), true)
}

fn figure(value: &Expr, node: &SyntaxNode, offset: usize) -> Label {
    match &value.kind {
        ExprKind::Column(parts) => parts.last().map(|name| (name.clone(), true)),
        ExprKind::Field(_, name) => name.parts.last().map(|name| (name.clone(), true)),
        ExprKind::Call(call) => call.function.parts.last().map(|name| (name.clone(), true)),
        ExprKind::Keyword(word) => Some((word.clone(), true)),
        ExprKind::Collate(inner, _) | ExprKind::Subscript { base: inner, .. } => {
            figure(inner, node, offset)
        }
        ExprKind::Cast(inner, sql_type) => figure(inner, node, offset)
            .filter(|(_, strong)| *strong)
            .or_else(|| Some((of_type(&sql_type.text), false))),
        ExprKind::Case { otherwise, .. } => otherwise
            .as_ref()
            .and_then(|otherwise| figure(otherwise, node, offset))
            .filter(|(_, strong)| *strong)
            .or_else(|| Some((SmolStr::new_static("case"), false))),
        ExprKind::AtTimeZone(..) => Some(strong("timezone")),
        ExprKind::Array(_) | ExprKind::ArrayQuery(_) => Some(strong("array")),
        ExprKind::Row(_) => Some(strong("row")),
        ExprKind::Exists(_) => Some(strong("exists")),
        ExprKind::Grouping(_) => Some(strong("grouping")),
        ExprKind::NullIf(..) => Some(strong("nullif")),
        ExprKind::Common(Common::Coalesce, _) => Some(strong("coalesce")),
        ExprKind::Common(Common::Greatest, _) => Some(strong("greatest")),
        ExprKind::Common(Common::Least, _) => Some(strong("least")),
        ExprKind::Subquery(query) => Some((of_query(query), true)),
        ExprKind::IsOther(inner) => normalized(inner, value, node, offset),
        ExprKind::Opaque(_) => first_word(value, node, offset),
        ExprKind::Star(_)
        | ExprKind::FieldStar(_)
        | ExprKind::Literal(_)
        | ExprKind::Operator { .. }
        | ExprKind::And(_)
        | ExprKind::Or(_)
        | ExprKind::Not(_)
        | ExprKind::IsNull(_)
        | ExprKind::IsBoolean(_)
        | ExprKind::IsDistinct(..)
        | ExprKind::SimilarTo { .. }
        | ExprKind::LikeEscape { .. }
        | ExprKind::Between { .. }
        | ExprKind::In(..)
        | ExprKind::InQuery(..)
        | ExprKind::Quantified { .. }
        | ExprKind::QuantifiedQuery { .. }
        | ExprKind::Default
        | ExprKind::Parameter(_) => None,
    }
}

/// `is normalized` is a call of `is_normalized`; with `not` it has no name.
fn normalized(inner: &Expr, value: &Expr, node: &SyntaxNode, offset: usize) -> Label {
    let behind = (inner.range.end + offset)..(value.range.end + offset);
    let inside = node.descendants().find(|part| {
        part.kind() == SyntaxKind::IS_NORMALIZED
            && behind.contains(&usize::from(part.text_range().start()))
    });
    inside.map(|_| strong("is_normalized"))
}

fn first_word(value: &Expr, node: &SyntaxNode, offset: usize) -> Label {
    let start = value.range.start + offset;
    let mut calls = node
        .descendants()
        .filter(|part| usize::from(part.text_range().start()) == start);
    let word = calls
        .find(|part| part.kind() == SyntaxKind::CALL_EXPR)?
        .first_token()?;
    NAMED
        .contains(&word.kind())
        .then(|| (word.text().to_ascii_lowercase().into(), true))
}

/// The name of the one column of a query that stands as a value.
fn of_query(query: &Query) -> SmolStr {
    match &query.body {
        Body::Select(select) => match select.targets.first() {
            Some(Target::Value { name, .. }) => name.clone(),
            Some(Target::Star(_)) | None => SmolStr::default(),
        },
        Body::Values(_) => SmolStr::new_static("column1"),
        Body::Table(_) | Body::Opaque => SmolStr::default(),
        Body::Set { left, .. } => of_query(left),
        Body::Nested(inner) => of_query(inner),
    }
}

/// The name of a type in the catalog, without its schema, as the grammar finds it.
pub(super) fn of_type(text: &str) -> SmolStr {
    let words = words(text);
    let Some((quoted, first)) = words.iter().find(|(_, word)| word != ".").cloned() else {
        return SmolStr::default();
    };
    if let Some(dot) = words
        .iter()
        .rposition(|(quoted, word)| !quoted && word == ".")
    {
        return words
            .get(dot + 1)
            .map(|(_, word)| word.clone())
            .unwrap_or_default();
    }
    if quoted {
        return first;
    }
    let says = |wanted: &str| words.iter().any(|(_, word)| word == wanted);
    let name = match first.as_str() {
        "int" | "integer" => "int4",
        "smallint" => "int2",
        "bigint" => "int8",
        "real" => "float4",
        "float" if precision(text).is_some_and(|bits| bits <= 24) => "float4",
        "float" | "double" => "float8",
        "decimal" | "dec" | "numeric" => "numeric",
        "boolean" => "bool",
        "bit" if says("varying") => "varbit",
        "char" | "character" | "nchar" | "national" if says("varying") => "varchar",
        "char" | "character" | "nchar" | "national" => "bpchar",
        "time" if says("with") => "timetz",
        "timestamp" if says("with") => "timestamptz",
        _ => return first,
    };
    SmolStr::new_static(name)
}

fn precision(text: &str) -> Option<u32> {
    let (_, inner) = text.split_once('(')?;
    inner.split(')').next()?.trim().parse().ok()
}

/// The words and dots of a type, folded, and whether they were quoted; nothing of what stands in parentheses.
fn words(text: &str) -> Vec<(bool, SmolStr)> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (length, word) = match first {
            '"' => {
                let mut end = 1;
                while let Some(quote) = rest[end..].find('"') {
                    end += quote + 1;
                    if !rest[end..].starts_with('"') {
                        break;
                    }
                    end += 1;
                }
                (
                    end,
                    Some((true, rest[1..end.max(2) - 1].replace("\"\"", "\"").into())),
                )
            }
            '(' => (rest.find(')').map_or(rest.len(), |end| end + 1), None),
            '.' => (1, Some((false, SmolStr::new_static(".")))),
            letter if letter.is_alphanumeric() || letter == '_' || !letter.is_ascii() => {
                let is_end = |letter: char| {
                    letter.is_ascii() && !letter.is_ascii_alphanumeric() && !"_$".contains(letter)
                };
                let end = rest.find(is_end).unwrap_or(rest.len());
                (end, Some((false, rest[..end].to_ascii_lowercase().into())))
            }
            _ => (first.len_utf8(), None),
        };
        words.extend(word);
        rest = &rest[length..];
    }
    words
}
