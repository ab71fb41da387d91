//! `create function`, `create procedure`, `create aggregate`.

use std::ops::Range;

use smol_str::SmolStr;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::cst::{Reader, child, children, folded, has_token, named, operands};
use super::definition::{attributes, literal_text, type_of, written};
use super::label;
use crate::tree::definition::{Function, FunctionBody, FunctionKind, Mode, Parameter};
use crate::tree::{Body, Query, Select, Statement, Target, TypeName};

impl Reader {
    pub(super) fn function(self, node: &SyntaxNode) -> Option<Function> {
        let (kind, name) = match self.defined(node, SyntaxKind::FUNCTION_NAME) {
            Some(name) => (FunctionKind::Function, name),
            None => (
                FunctionKind::Procedure,
                self.defined(node, SyntaxKind::PROCEDURE_NAME)?,
            ),
        };
        let options = child(node, SyntaxKind::FUNC_OPTION_LIST);
        let option = |kind| options.as_ref().and_then(|options| child(options, kind));
        let mut parameters = self.parameters(&child(node, SyntaxKind::PARAM_LIST)?)?;
        let mut returns = None;
        let mut returns_table = false;
        if let Some(clause) = child(node, SyntaxKind::RET_TYPE) {
            if let Some(list) = child(&clause, SyntaxKind::RETURN_TABLE_ARG_LIST) {
                returns_table = true;
                for column in children(&list, SyntaxKind::RETURN_TABLE_COLUMN) {
                    parameters.push(self.table_column(&column)?);
                }
            } else {
                returns = Some(self.type_name(&type_of(&clause)?));
            }
        }
        Some(Function {
            name,
            kind,
            or_replace: child(node, SyntaxKind::OR_REPLACE).is_some(),
            parameters,
            returns,
            returns_table,
            language: option(SyntaxKind::LANGUAGE_FUNC_OPTION).and_then(|option| language(&option)),
            volatility: volatility(options.as_ref()),
            strict: option(SyntaxKind::STRICT_FUNC_OPTION).is_some()
                || option(SyntaxKind::RETURNS_NULL_ON_NULL_INPUT_FUNC_OPTION).is_some(),
            security_definer: option(SyntaxKind::SECURITY_DEFINER_FUNC_OPTION).is_some(),
            window: option(SyntaxKind::WINDOW_FUNC_OPTION).is_some(),
            body: self.function_body(node, option(SyntaxKind::AS_FUNC_OPTION).as_ref())?,
            attributes: self.function_attributes(options.as_ref()),
            ordered: false,
            options: Vec::new(),
        })
    }

    fn function_attributes(self, options: Option<&SyntaxNode>) -> Vec<(SmolStr, Range<usize>)> {
        let all = options.iter().flat_map(|options| options.children());
        all.filter_map(|option| {
            let attribute = attribute(option.kind())?;
            Some((SmolStr::new_static(attribute), self.range(&option)))
        })
        .collect()
    }

    /// `parts` is the `as …` among the options.
    fn function_body(self, node: &SyntaxNode, parts: Option<&SyntaxNode>) -> Option<FunctionBody> {
        if let Some(body) = child(node, SyntaxKind::ATOMIC_BODY) {
            let statements = body
                .children()
                .filter(|statement| statement.kind() != SyntaxKind::EMPTY_STMT);
            return Some(FunctionBody::Atomic(
                statements
                    .map(|statement| self.body_statement(&statement))
                    .collect(),
            ));
        }
        if let Some(body) = child(node, SyntaxKind::RETURN_STMT) {
            let value = self.first_expression(&body)?;
            return Some(FunctionBody::Return(Box::new(value)));
        }
        let Some(text) = parts.and_then(|parts| child(parts, SyntaxKind::AS_DEFINITION)) else {
            return Some(FunctionBody::None);
        };
        let literal = child(&text, SyntaxKind::LITERAL)?;
        Some(FunctionBody::Text(
            literal_text(&literal)?,
            self.range(&literal),
        ))
    }

    /// A statement of a body. `return x` is `select x`.
    fn body_statement(self, node: &SyntaxNode) -> Statement {
        if node.kind() != SyntaxKind::RETURN_STMT {
            return self.statement(node);
        }
        let operand = operands(node).next();
        let Some(operand) = operand else {
            return Statement::Opaque;
        };
        let value = self.expression(&operand);
        let name = label::of(&value, &operand, self.offset);
        let select = Select {
            targets: vec![Target::Value {
                value,
                name,
                has_alias: false,
            }],
            ..Select::default()
        };
        Statement::Query(Box::new(Query {
            with: None,
            body: Body::Select(Box::new(select)),
            order_by: Vec::new(),
            limit: Vec::new(),
            locks: false,
            range: self.range(node),
        }))
    }

    /// The parameters of a list, also those that an aggregate has behind `order by`.
    fn parameters(self, list: &SyntaxNode) -> Option<Vec<Parameter>> {
        let mut parameters: Vec<_> = children(list, SyntaxKind::PARAM)
            .map(|parameter| self.parameter(&parameter))
            .collect::<Option<_>>()?;
        if let Some(sorted) = child(list, SyntaxKind::AGGREGATE_ORDER_BY) {
            // PostgreSQL takes `(variadic x order by variadic x)` for one parameter (`makeOrderedSetArgs`).
            let merged = parameters
                .last()
                .is_some_and(|last| last.mode == Mode::Variadic);
            if !merged {
                for parameter in children(&sorted, SyntaxKind::PARAM) {
                    parameters.push(self.parameter(&parameter)?);
                }
            }
        }
        Some(parameters)
    }

    fn parameter(self, node: &SyntaxNode) -> Option<Parameter> {
        Some(Parameter {
            name: named(node, SyntaxKind::PARAM_NAME),
            mode: mode(node),
            sql_type: self.type_name(&type_of(node)?),
            default: self.clause(node, SyntaxKind::PARAM_DEFAULT),
        })
    }

    /// A column of `returns table`.
    fn table_column(self, node: &SyntaxNode) -> Option<Parameter> {
        Some(Parameter {
            name: named(node, SyntaxKind::COLUMN_NAME),
            mode: Mode::Table,
            sql_type: self.type_name(&type_of(node)?),
            default: None,
        })
    }

    /// The types by which a function is found: those of its parameters, without those of mode `out`.
    pub(super) fn argument_types(self, list: &SyntaxNode) -> Option<Vec<TypeName>> {
        let parameters = self.parameters(list)?.into_iter();
        Some(
            parameters
                .filter(|parameter| parameter.mode != Mode::Out)
                .map(|parameter| parameter.sql_type)
                .collect(),
        )
    }

    /// An aggregate, by its parameters or by the `basetype` of the old syntax.
    pub(super) fn aggregate(self, node: &SyntaxNode) -> Option<Function> {
        let options = attributes(node);
        let parameters = if let Some(list) = child(node, SyntaxKind::PARAM_LIST) {
            self.parameters(&list)?
        } else {
            let (_, base) = options.iter().find(|(name, _)| name == "basetype")?;
            self.base_type(base.as_ref()?)?
        };
        Some(Function {
            name: self.defined(node, SyntaxKind::AGGREGATE_NAME)?,
            kind: FunctionKind::Aggregate,
            or_replace: child(node, SyntaxKind::OR_REPLACE).is_some(),
            parameters,
            returns: None,
            returns_table: false,
            language: None,
            volatility: None,
            strict: false,
            security_definer: false,
            window: false,
            body: FunctionBody::None,
            attributes: Vec::new(),
            ordered: child(node, SyntaxKind::PARAM_LIST)
                .is_some_and(|list| child(&list, SyntaxKind::AGGREGATE_ORDER_BY).is_some()),
            options: options
                .iter()
                .map(|(name, value)| (name.clone(), written(value.as_ref())))
                .collect(),
        })
    }

    /// The parameter of an old aggregate; `any` in any case, quoted or not, stands for none (`DefineAggregate`).
    fn base_type(self, value: &SyntaxNode) -> Option<Vec<Parameter>> {
        let sql_type = match type_of(value) {
            Some(_) => self.value_type(value)?,
            None if has_token(value, SyntaxKind::ANY_KW) => return Some(Vec::new()),
            None => self.value_type(value)?,
        };
        if sql_type.text.trim_matches('"').eq_ignore_ascii_case("any") {
            return Some(Vec::new());
        }
        Some(vec![Parameter {
            name: None,
            mode: Mode::In,
            sql_type,
            default: None,
        }])
    }
}

/// What an option of a function says something about; absent for what may be said twice.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the parser knows two thousand kinds"
)]
fn attribute(option: SyntaxKind) -> Option<&'static str> {
    Some(match option {
        SyntaxKind::AS_FUNC_OPTION => "as",
        SyntaxKind::LANGUAGE_FUNC_OPTION => "language",
        SyntaxKind::TRANSFORM_FUNC_OPTION => "transform",
        SyntaxKind::WINDOW_FUNC_OPTION => "window",
        SyntaxKind::IMMUTABLE | SyntaxKind::STABLE | SyntaxKind::VOLATILE => "volatility",
        SyntaxKind::LEAKPROOF_FUNC_OPTION | SyntaxKind::NOT_LEAKPROOF_FUNC_OPTION => "leakproof",
        SyntaxKind::STRICT_FUNC_OPTION
        | SyntaxKind::CALLED_ON_NULL_INPUT_FUNC_OPTION
        | SyntaxKind::RETURNS_NULL_ON_NULL_INPUT_FUNC_OPTION => "strict",
        SyntaxKind::SECURITY_DEFINER_FUNC_OPTION | SyntaxKind::SECURITY_INVOKER_FUNC_OPTION => {
            "security"
        }
        SyntaxKind::PARALLEL_FUNC_OPTION => "parallel",
        SyntaxKind::COST_FUNC_OPTION => "cost",
        SyntaxKind::ROWS_FUNC_OPTION => "rows",
        SyntaxKind::SUPPORT_FUNC_OPTION => "support",
        _ => return None,
    })
}

fn mode(node: &SyntaxNode) -> Mode {
    let has = |kind| child(node, kind).is_some();
    if has(SyntaxKind::PARAM_OUT) {
        Mode::Out
    } else if has(SyntaxKind::PARAM_IN_OUT) {
        Mode::InOut
    } else if has(SyntaxKind::PARAM_VARIADIC) {
        Mode::Variadic
    } else {
        Mode::In
    }
}

/// The name of the language; as a string it keeps its case.
fn language(option: &SyntaxNode) -> Option<SmolStr> {
    match child(option, SyntaxKind::LITERAL) {
        Some(literal) => literal_text(&literal),
        None => child(option, SyntaxKind::LANGUAGE_REF).map(|name| folded(&name)),
    }
}

fn volatility(options: Option<&SyntaxNode>) -> Option<SmolStr> {
    let words = [
        (SyntaxKind::IMMUTABLE, "immutable"),
        (SyntaxKind::STABLE, "stable"),
        (SyntaxKind::VOLATILE, "volatile"),
    ];
    let options = options?;
    words
        .into_iter()
        .find(|(kind, _)| child(options, *kind).is_some())
        .map(|(_, word)| SmolStr::new_static(word))
}
