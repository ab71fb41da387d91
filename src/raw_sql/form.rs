//! An expression as a tree in which it does not matter how it was written: without parentheses, with one form for what the
//! grammar has several for.

use smol_str::SmolStr;
use squawk_syntax::{SyntaxElement, SyntaxKind, SyntaxNode};

use super::walk::{path, reference};
use super::{BEFORE, BEHIND, ReferenceKind, SourceFile, only_expression};
use crate::token::{identifier, quote_identifier};

/// A part of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// A name, keyword or number.
    Word(String),
    /// A literal in quotes, as written.
    Literal(String),
    Cast(Box<Self>, Type),
    /// A call by name, with nothing but arguments.
    Call(Vec<SmolStr>, Vec<Self>),
    /// An operator between its operands; the last part of its name is the symbol.
    Operation(Vec<SmolStr>, Vec<Self>),
    Collation(Vec<SmolStr>),
    /// Everything else, piece by piece.
    Other(Vec<Self>),
}

/// The name of a type, and what stands behind it: modifiers and brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Type {
    pub parts: Vec<SmolStr>,
    pub rest: String,
}

/// The form of `text`, which is an expression.
#[must_use]
pub fn form(text: &str) -> Option<Form> {
    let statement = format!("{BEFORE}{text}{BEHIND}");
    let parse = SourceFile::parse(&statement);
    if !parse.errors().is_empty() {
        return None;
    }
    Some(node(&only_expression(&parse.tree())?))
}

fn node(it: &SyntaxNode) -> Form {
    let children = it
        .children()
        .filter(|it| it.kind() != SyntaxKind::COLON_COLON);
    let children: Vec<SyntaxNode> = children.collect();
    match (it.kind(), children.as_slice()) {
        (SyntaxKind::PAREN_EXPR, [inner]) => node(inner),
        (SyntaxKind::LITERAL, []) => literal(it),
        (SyntaxKind::COLLATION_REF, _) => Form::Collation(path(it, ReferenceKind::Collation).parts),
        (SyntaxKind::NAME_REF, []) => Form::Word(name(&it.text().to_string())),
        (SyntaxKind::CAST_EXPR, [one, two]) => match (sql_type(one), sql_type(two)) {
            (None, Some(sql_type)) => Form::Cast(Box::new(node(one)), sql_type),
            (Some(sql_type), None) => Form::Cast(Box::new(node(two)), sql_type),
            (None, None) | (Some(_), Some(_)) => other(it),
        },
        (SyntaxKind::CALL_EXPR, [function, arguments])
            if arguments.kind() == SyntaxKind::ARG_LIST
                && [SyntaxKind::NAME_REF, SyntaxKind::FIELD_EXPR].contains(&function.kind()) =>
        {
            let function = path(function, ReferenceKind::Function).parts;
            let arguments = arguments.children().map(|it| {
                let mut pieces = it.children();
                match (
                    pieces.next(),
                    pieces.next(),
                    it.children_with_tokens().count(),
                ) {
                    (Some(only), None, 1) => node(&only),
                    _ => other(&it),
                }
            });
            Form::Call(function, arguments.collect())
        }
        (SyntaxKind::BIN_EXPR, [left, right]) => binary(it, left, None, right),
        (SyntaxKind::BIN_EXPR, [left, operator, right]) => binary(it, left, Some(operator), right),
        (SyntaxKind::BETWEEN_EXPR, [value, low, high]) if tokens(it).len() == 2 => {
            let value = node(value);
            Form::Operation(
                vec!["and".into()],
                vec![
                    Form::Operation(vec![">=".into()], vec![value.clone(), node(low)]),
                    Form::Operation(vec!["<=".into()], vec![value, node(high)]),
                ],
            )
        }
        _ => other(it),
    }
}

fn binary(
    it: &SyntaxNode,
    left: &SyntaxNode,
    operator: Option<&SyntaxNode>,
    right: &SyntaxNode,
) -> Form {
    let words = tokens(it).concat();
    let name: Vec<SmolStr> = match operator {
        None => vec![words.as_str().into()],
        Some(operator) if words.is_empty() => match called(operator) {
            Some(parts) => parts,
            None => vec![
                operator
                    .text()
                    .to_string()
                    .to_ascii_lowercase()
                    .split_whitespace()
                    .collect::<String>()
                    .into(),
            ],
        },
        Some(_) => return other(it),
    };
    // As the server writes them.
    let name: Vec<SmolStr> = match name.iter().map(SmolStr::as_str).collect::<Vec<_>>()[..] {
        ["like"] => vec!["~~".into()],
        ["notlike"] => vec!["!~~".into()],
        ["ilike"] => vec!["~~*".into()],
        ["notilike"] => vec!["!~~*".into()],
        ["!="] => vec!["<>".into()],
        _ => name,
    };
    let is = |symbol: &str| matches!(name.as_slice(), [only] if only == symbol);
    if is("in") || is("notin") {
        let (one, many) = if is("in") {
            ("=", "any")
        } else {
            ("<>", "all")
        };
        let elements: Vec<Form> = right.children().map(|it| node(&it)).collect();
        let elements = if elements.len() == 1 {
            elements
        } else {
            vec![Form::Call(vec![many.into()], elements)]
        };
        return Form::Operation(vec![one.into()], [vec![node(left)], elements].concat());
    }
    let mut operands = Vec::new();
    for side in [left, right] {
        let side = node(side);
        // However they are grouped.
        if let Form::Operation(inner, of) = &side
            && *inner == name
            && (is("and") || is("or"))
        {
            operands.extend(of.iter().cloned());
        } else {
            operands.push(side);
        }
    }
    Form::Operation(name, operands)
}

/// The name in `operator(schema.+)`.
fn called(operator: &SyntaxNode) -> Option<Vec<SmolStr>> {
    let own = operator.children().find(|it| it.kind() == SyntaxKind::OP);
    reference(&own?).0.map(|it| it.parts)
}

/// `any (array[…])` is a call of its elements.
fn other(it: &SyntaxNode) -> Form {
    let array = it
        .descendants()
        .find(|it| it.kind() == SyntaxKind::ARRAY_EXPR);
    let children: Vec<SyntaxNode> = it.children().collect();
    if let ([function], Some(array)) = (children.as_slice(), &array)
        && it.kind() == SyntaxKind::CALL_EXPR
        && array.parent().as_ref() == Some(function)
        && let [word, _, _] = tokens(function).as_slice()
        && ["any", "all"].contains(&word.as_str())
    {
        let elements = array.children().map(|it| node(&it)).collect();
        return Form::Call(vec![word.as_str().into()], elements);
    }
    let pieces = it.children_with_tokens().filter_map(|it| match it {
        SyntaxElement::Node(it) => Some(node(&it)),
        SyntaxElement::Token(it) => {
            let text = it.text().trim();
            (!text.is_empty()).then(|| Form::Word(text.to_ascii_lowercase()))
        }
    });
    Form::Other(pieces.collect())
}

fn literal(it: &SyntaxNode) -> Form {
    let text = it.text().to_string();
    if text.contains('\'') || text.contains('$') {
        Form::Literal(text)
    } else {
        Form::Word(text.to_ascii_lowercase())
    }
}

/// A name as it would be written.
fn name(text: &str) -> String {
    quote_identifier(&identifier(text)).to_string()
}

fn sql_type(it: &SyntaxNode) -> Option<Type> {
    let is_array = it.kind() == SyntaxKind::ARRAY_TYPE;
    let own = if is_array {
        it.children().next()?
    } else {
        it.clone()
    };
    let reference = reference(&own)
        .0
        .filter(|it| it.kind == ReferenceKind::Type)?;
    let start = usize::from(it.text_range().start());
    let rest = &it.text().to_string()[reference.range.end - start..];
    let rest: String = rest.split_whitespace().collect::<Vec<_>>().concat();
    Some(Type {
        parts: reference.parts,
        rest: rest.to_ascii_lowercase(),
    })
}

/// The words and signs that stand in a node itself, blanks aside, in lower case.
fn tokens(it: &SyntaxNode) -> Vec<String> {
    let tokens = it
        .children_with_tokens()
        .filter_map(SyntaxElement::into_token);
    let texts = tokens.map(|it| it.text().trim().to_ascii_lowercase());
    texts.filter(|it| !it.is_empty()).collect()
}
