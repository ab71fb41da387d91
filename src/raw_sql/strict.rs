//! What PostgreSQL's grammar refuses although the parser crate takes it. Each rule names the production of `gram.y`
//! (PostgreSQL 15 to 18) that it comes from.

use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::Problem;
use super::walk::{range, type_parts, value_function, words};
use crate::token::{KeywordClass, keyword_class};

/// The first thing in or below `root` that PostgreSQL refuses, with its place in the parsed text.
pub(super) fn check(root: &SyntaxNode) -> Result<(), Problem> {
    root.descendants()
        .try_for_each(|node| match refusal(&node) {
            Some(message) => Err(Problem {
                range: range(&node),
                message: message.to_owned(),
            }),
            None => Ok(()),
        })
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the parser knows two thousand kinds"
)]
fn refusal(node: &SyntaxNode) -> Option<&'static str> {
    match node.kind() {
        SyntaxKind::FIELD_EXPR => field(node),
        SyntaxKind::INDEX_EXPR => index(node),
        SyntaxKind::SLICE_EXPR => base(node),
        SyntaxKind::BIN_EXPR | SyntaxKind::BETWEEN_EXPR => binary(node),
        SyntaxKind::CUSTOM_OP if node.text() == "=>" => Some("the argument has no name"),
        SyntaxKind::CALL_EXPR => call(node),
        SyntaxKind::PATH_TYPE => path_type(node),
        SyntaxKind::ARRAY_BOUND => array_bound(node),
        SyntaxKind::INSERT | SyntaxKind::UPDATE | SyntaxKind::DELETE | SyntaxKind::MERGE => {
            Some("a query in an expression cannot change rows")
        }
        SyntaxKind::INTO_CLAUSE => Some("a query in an expression cannot have `into`"),
        _ => None,
    }
}

/// `c_expr`: only columns, parameters, subqueries and what stands in parentheses take `.field` and `[subscript]`.
fn base(node: &SyntaxNode) -> Option<&'static str> {
    let base = node.first_child()?;
    let takes = matches!(
        base.kind(),
        SyntaxKind::NAME_REF
            | SyntaxKind::FIELD_EXPR
            | SyntaxKind::INDEX_EXPR
            | SyntaxKind::SLICE_EXPR
            | SyntaxKind::PAREN_EXPR
            | SyntaxKind::PAREN_SELECT
    );
    if !takes {
        return Some("put parentheses around the part before the field or subscript");
    }
    (base.kind() == SyntaxKind::NAME_REF && value_function(&base).is_some())
        .then_some("this function has no fields or elements")
}

/// `indirection_el`, and `check_indirection`: a star comes last.
fn field(node: &SyntaxNode) -> Option<&'static str> {
    let after_star = node.first_child().is_some_and(|it| {
        it.kind() == SyntaxKind::FIELD_EXPR
            && words(&it).last().is_some_and(|last| last.text() == "*")
    });
    if after_star {
        return Some("nothing can follow `.*`");
    }
    base(node)
}

fn index(node: &SyntaxNode) -> Option<&'static str> {
    if node.children().count() < 2 {
        return Some("a subscript is missing in `[]`");
    }
    base(node)
}

/// `%nonassoc` of comparisons and of `between in like ilike similar`; `a_expr IS …` takes fixed words only.
fn binary(node: &SyntaxNode) -> Option<&'static str> {
    let class = operator_class(node)?;
    if class == OperatorClass::Is {
        let word = words(&node.children().last()?)
            .next()?
            .text()
            .to_ascii_lowercase();
        let known = ["null", "true", "false", "unknown", "document"].contains(&word.as_str());
        return (!known).then_some(
            "`is` does not allow this value: compare with `=` or `is not distinct from`",
        );
    }
    let chained = node.children().any(|it| operator_class(&it) == Some(class));
    chained.then_some(
        "these operators cannot be chained: combine two comparisons with `and`, or use parentheses",
    )
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OperatorClass {
    Comparison,
    Match,
    Distinct,
    Is,
}

/// The class of the operator that stands between the operands of `node`: a token, or a node where it has several words.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the parser knows two thousand kinds"
)]
fn operator_class(node: &SyntaxNode) -> Option<OperatorClass> {
    match node.kind() {
        SyntaxKind::BETWEEN_EXPR => return Some(OperatorClass::Match),
        SyntaxKind::BIN_EXPR => {}
        _ => return None,
    }
    node.children_with_tokens().find_map(|it| match it.kind() {
        SyntaxKind::EQ
        | SyntaxKind::NEQ
        | SyntaxKind::NEQB
        | SyntaxKind::L_ANGLE
        | SyntaxKind::R_ANGLE
        | SyntaxKind::LTEQ
        | SyntaxKind::GTEQ => Some(OperatorClass::Comparison),
        SyntaxKind::LIKE_KW
        | SyntaxKind::ILIKE_KW
        | SyntaxKind::IN_KW
        | SyntaxKind::NOT_LIKE
        | SyntaxKind::NOT_ILIKE
        | SyntaxKind::NOT_IN
        | SyntaxKind::SIMILAR_TO
        | SyntaxKind::NOT_SIMILAR_TO => Some(OperatorClass::Match),
        SyntaxKind::IS_DISTINCT_FROM | SyntaxKind::IS_NOT_DISTINCT_FROM => {
            Some(OperatorClass::Distinct)
        }
        SyntaxKind::IS_KW | SyntaxKind::IS_NOT => Some(OperatorClass::Is),
        _ => None,
    })
}

/// `func_expr_common_subexpr`: the precision of `current_timestamp(3)` is an integer, and never empty.
fn call(node: &SyntaxNode) -> Option<&'static str> {
    let function = node.first_child()?;
    let word = value_function(&function)?;
    let arguments: Vec<SyntaxKind> = words(node).skip(1).map(|it| it.kind()).collect();
    let precision = matches!(
        arguments.as_slice(),
        [
            SyntaxKind::L_PAREN,
            SyntaxKind::INT_NUMBER,
            SyntaxKind::R_PAREN
        ]
    );
    let valid = match word.as_str() {
        "current_schema" => true,
        "current_time" | "current_timestamp" | "localtime" | "localtimestamp" => precision,
        _ => false,
    };
    (!valid).then_some("this function does not accept these arguments")
}

/// `SimpleTypename`: `GenericType` is no keyword that may only name a column, and not all of `Numeric` have modifiers.
fn path_type(node: &SyntaxNode) -> Option<&'static str> {
    let name = words(node).next()?;
    let parts = type_parts(name.text());
    let modified = node.children().any(|it| it.kind() == SyntaxKind::ARG_LIST);
    match parts.as_slice() {
        [_, known]
            if modified
                && matches!(known.as_str(), "int2" | "int4" | "int8" | "float4" | "bool") =>
        {
            Some("this type cannot have a modifier")
        }
        [word]
            if !name.text().starts_with('"')
                && word != "json"
                && matches!(
                    keyword_class(word),
                    Some(KeywordClass::ColumnName | KeywordClass::Reserved)
                ) =>
        {
            Some("this word is not a type")
        }
        _ => None,
    }
}

/// `opt_array_bounds`: integers only.
fn array_bound(node: &SyntaxNode) -> Option<&'static str> {
    let number = |it: &SyntaxNode| words(it).all(|word| word.kind() == SyntaxKind::INT_NUMBER);
    (!node.children().all(|it| number(&it)))
        .then_some("the bounds of an array type must be integers")
}
