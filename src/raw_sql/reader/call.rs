//! Calls: of functions by name, and of those that the grammar has a syntax for.

use smol_str::SmolStr;
use squawk_syntax::ast::{self, AstNode as _};
use squawk_syntax::{SyntaxElement, SyntaxKind, SyntaxNode};

use super::atom::path;
use super::cst::{
    Reader, by_grammar, child, children, folded, has_token, is_expression, operands, word,
};
use crate::tree::{
    Argument, Call, Common, Expr, ExprKind, Frame, Literal, Name, Over, SortBy, TypeName, Window,
};

impl Reader {
    #[inline(never)]
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the parser knows two thousand kinds"
    )]
    pub(super) fn call(self, node: &SyntaxNode) -> Expr {
        let Some(first) = node.children().next() else {
            return self.opaque(node);
        };
        match first.kind() {
            SyntaxKind::NAME_REF => self.call_of_word(node, &first),
            SyntaxKind::FIELD_EXPR => match path(&first) {
                Some(parts) => self.call_by_name(node, &first, parts),
                None => self.opaque(node),
            },
            SyntaxKind::EXISTS_FN => match first
                .children()
                .find_map(|child| self.enclosed_query(&child))
            {
                Some(query) => self.expr(node, ExprKind::Exists(query)),
                None => self.opaque(node),
            },
            SyntaxKind::EXTRACT_FN => self.extract(node, &first),
            SyntaxKind::SUBSTRING_FN => self.substring(node, &first),
            SyntaxKind::OVERLAY_FN => self.overlay(node, &first),
            SyntaxKind::TRIM_FN => self.trim(node, &first),
            SyntaxKind::POSITION_FN => {
                let mut values = self.expressions(&first);
                values.reverse();
                self.grammar_call(node, "position", values)
            }
            SyntaxKind::COLLATION_FOR_FN => {
                self.grammar_call(node, "pg_collation_for", self.expressions(&first))
            }
            SyntaxKind::XML_EXISTS_FN => self.grammar_call(node, "xmlexists", self.parts(&first)),
            SyntaxKind::JSON_OBJECT_FN => self.json_object(node, &first),
            _ => self.opaque(node),
        }
    }

    /// A call of one word, which the grammar may have a meaning for.
    #[inline(never)]
    fn call_of_word(self, node: &SyntaxNode, name: &SyntaxNode) -> Expr {
        let Some(list) = child(node, SyntaxKind::ARG_LIST) else {
            return self.opaque(node);
        };
        let values = || {
            children(&list, SyntaxKind::ARG).filter_map(|argument| self.first_expression(&argument))
        };
        let kind = match word(name) {
            Some(SyntaxKind::COALESCE_KW) => ExprKind::Common(Common::Coalesce, values().collect()),
            Some(SyntaxKind::GREATEST_KW) => ExprKind::Common(Common::Greatest, values().collect()),
            Some(SyntaxKind::LEAST_KW) => ExprKind::Common(Common::Least, values().collect()),
            Some(SyntaxKind::GROUPING_KW) => ExprKind::Grouping(values().collect()),
            Some(SyntaxKind::NULLIF_KW) => {
                let mut values = values();
                match (values.next(), values.next()) {
                    (Some(left), Some(right)) => ExprKind::NullIf(Box::new(left), Box::new(right)),
                    (left, _) => ExprKind::Opaque(left.into_iter().collect()),
                }
            }
            Some(
                SyntaxKind::CURRENT_TIME_KW
                | SyntaxKind::CURRENT_TIMESTAMP_KW
                | SyntaxKind::LOCALTIME_KW
                | SyntaxKind::LOCALTIMESTAMP_KW,
            ) => return self.moment(node, name, &list),
            Some(SyntaxKind::XMLCONCAT_KW) => ExprKind::Opaque(values().collect()),
            Some(SyntaxKind::NORMALIZE_KW) => return self.normalize(node, &list),
            _ => return self.call_by_name(node, name, vec![folded(name)]),
        };
        self.expr(node, kind)
    }

    /// `current_timestamp(3)`, whose type has the precision.
    #[inline(never)]
    fn moment(self, node: &SyntaxNode, name: &SyntaxNode, list: &SyntaxNode) -> Expr {
        let word = folded(name);
        let precision = list.text().to_string();
        let text = match word.as_str() {
            "current_time" => format!("time{precision} with time zone"),
            "current_timestamp" => format!("timestamp{precision} with time zone"),
            "localtime" => format!("time{precision}"),
            _ => format!("timestamp{precision}"),
        };
        let sql_type = TypeName {
            text: text.into(),
            set_of: false,
            range: self.range(node),
        };
        let value = self.expr(node, ExprKind::Keyword(word));
        self.expr(node, ExprKind::Cast(Box::new(value), sql_type))
    }

    /// The second argument of `normalize(x, nfc)` is a word that the grammar makes a string of.
    #[inline(never)]
    fn normalize(self, node: &SyntaxNode, list: &SyntaxNode) -> Expr {
        let mut values = Vec::new();
        for (place, value) in children(list, SyntaxKind::ARG)
            .filter_map(|argument| operands(&argument).next())
            .enumerate()
        {
            let form = (place == 1 && value.kind() == SyntaxKind::NAME_REF)
                .then(|| folded(&value).to_ascii_uppercase());
            values.push(match form {
                Some(form) => self.expr(&value, ExprKind::Literal(Literal::String(form.into()))),
                None => self.expression(&value),
            });
        }
        self.grammar_call(node, "normalize", values)
    }

    /// `name(…)` with all that may stand behind it.
    #[inline(never)]
    fn call_by_name(self, node: &SyntaxNode, name: &SyntaxNode, parts: Vec<SmolStr>) -> Expr {
        let Some(list) = child(node, SyntaxKind::ARG_LIST) else {
            return self.opaque(node);
        };
        let function = Name {
            parts,
            range: self.range(name),
        };
        let mut arguments = Vec::new();
        let mut order_by = Vec::new();
        for argument in children(&list, SyntaxKind::ARG) {
            arguments.push(self.argument(&argument));
            order_by.extend(self.order_by(&argument));
        }
        let within = child(node, SyntaxKind::WITHIN_CLAUSE);
        let call = Call {
            function,
            arguments,
            star: has_token(&list, SyntaxKind::STAR),
            distinct: child(&list, SyntaxKind::DISTINCT).is_some(),
            order_by,
            within_group: within.map(|within| self.order_by(&within)),
            filter: self.clause(node, SyntaxKind::FILTER_CLAUSE).map(Box::new),
            over: child(node, SyntaxKind::OVER_CLAUSE).and_then(|over| self.over(&over)),
            by_grammar: false,
        };
        self.expr(node, ExprKind::Call(call))
    }

    /// An `ARG`, or one of the arguments of the functions that have nodes of their own.
    #[inline(never)]
    fn argument(self, node: &SyntaxNode) -> Argument {
        let variadic = has_token(node, SyntaxKind::VARIADIC_KW);
        let named = child(node, SyntaxKind::NAMED_ARG);
        let name = named
            .as_ref()
            .and_then(|named| child(named, SyntaxKind::PARAM_NAME_REF))
            .map(|name| folded(&name));
        let value = self.first_expression(named.as_ref().unwrap_or(node));
        let value = value.unwrap_or_else(|| self.opaque(node));
        Argument {
            name,
            variadic,
            value,
        }
    }

    /// The arguments of `substring(a, b => c)` and its kin, which stand right below the node.
    #[inline(never)]
    fn plain_arguments(self, node: &SyntaxNode) -> Vec<Argument> {
        let mut arguments = Vec::new();
        for part in node.children() {
            if part.kind() == SyntaxKind::NAMED_ARG {
                let name = child(&part, SyntaxKind::PARAM_NAME_REF).map(|name| folded(&name));
                let value = self
                    .first_expression(&part)
                    .unwrap_or_else(|| self.opaque(&part));
                arguments.push(Argument {
                    name,
                    variadic: false,
                    value,
                });
            } else if is_expression(part.kind()) && operands(node).any(|operand| operand == part) {
                arguments.push(Argument {
                    name: None,
                    variadic: false,
                    value: self.expression(&part),
                });
            }
        }
        arguments
    }

    /// A call of a function of `pg_catalog`, whose word begins the node.
    #[inline(never)]
    fn grammar_call(self, node: &SyntaxNode, function: &str, values: Vec<Expr>) -> Expr {
        let range = node
            .first_token()
            .map_or_else(|| node.text_range(), |token| token.text_range());
        let range = self.span(range.start().into(), range.end().into());
        self.expr(node, ExprKind::Call(by_grammar(function, range, values)))
    }

    /// `substring(a, b)` and `overlay(a, b, c)` are ordinary calls of the function of that name.
    #[inline(never)]
    fn ordinary_call(
        self,
        node: &SyntaxNode,
        function: &'static str,
        arguments: Vec<Argument>,
    ) -> Expr {
        let mut expr = self.grammar_call(node, function, Vec::new());
        if let ExprKind::Call(call) = &mut expr.kind {
            call.function.parts = vec![SmolStr::new_static(function)];
            call.arguments = arguments;
            call.by_grammar = false;
        }
        expr
    }

    #[inline(never)]
    fn extract(self, node: &SyntaxNode, inner: &SyntaxNode) -> Expr {
        let field = inner
            .children()
            .find(|child| ast::ExtractField::can_cast(child.kind()));
        let (Some(field), Some(value)) = (field, self.first_expression(inner)) else {
            return self.opaque(node);
        };
        let field = match self.first_expression(&field) {
            Some(literal) => literal,
            None => self.expr(&field, ExprKind::Literal(Literal::String(folded(&field)))),
        };
        self.grammar_call(node, "extract", vec![field, value])
    }

    #[inline(never)]
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the parser knows two thousand kinds"
    )]
    fn substring(self, node: &SyntaxNode, inner: &SyntaxNode) -> Expr {
        let Some(list) = inner.children().next() else {
            return self.ordinary_call(node, "substring", Vec::new());
        };
        let mut values = self.expressions(&list);
        match list.kind() {
            SyntaxKind::SUBSTRING_EXPRS => {
                let arguments = self.plain_arguments(&list);
                return self.ordinary_call(node, "substring", arguments);
            }
            SyntaxKind::SUBSTRING_FOR_FROM if values.len() == 3 => values.swap(1, 2),
            // The grammar writes a start of 1, and makes an integer of the length.
            SyntaxKind::SUBSTRING_FOR_FROM => {
                if let Some(length) = values.pop() {
                    let range = length.range.clone();
                    let sql_type = TypeName {
                        text: SmolStr::new_static("int4"),
                        set_of: false,
                        range: range.clone(),
                    };
                    let start = ExprKind::Literal(Literal::Number(SmolStr::new_static("1")));
                    values.push(Expr {
                        kind: start,
                        range: range.clone(),
                    });
                    values.push(Expr {
                        kind: ExprKind::Cast(Box::new(length), sql_type),
                        range,
                    });
                }
            }
            _ => {}
        }
        self.grammar_call(node, "substring", values)
    }

    #[inline(never)]
    fn overlay(self, node: &SyntaxNode, inner: &SyntaxNode) -> Expr {
        match inner.children().next() {
            Some(list) if list.kind() == SyntaxKind::OVERLAY_PLACING => {
                self.grammar_call(node, "overlay", self.expressions(&list))
            }
            Some(list) => {
                let arguments = self.plain_arguments(&list);
                self.ordinary_call(node, "overlay", arguments)
            }
            None => self.ordinary_call(node, "overlay", Vec::new()),
        }
    }

    #[inline(never)]
    fn trim(self, node: &SyntaxNode, inner: &SyntaxNode) -> Expr {
        let function = if child(inner, SyntaxKind::TRIM_LEADING).is_some() {
            "ltrim"
        } else if child(inner, SyntaxKind::TRIM_TRAILING).is_some() {
            "rtrim"
        } else {
            "btrim"
        };
        let list = inner
            .children()
            .find(|child| ast::TrimArgs::can_cast(child.kind()));
        let Some(list) = list else {
            return self.opaque(node);
        };
        let mut values = self.expressions(&list);
        if list.kind() == SyntaxKind::TRIM_EXPR_FROM && !values.is_empty() {
            values.rotate_left(1);
        }
        self.grammar_call(node, function, values)
    }

    /// `json_object('{a, 1}')` is an ordinary function; with keys and values it is a syntax.
    #[inline(never)]
    fn json_object(self, node: &SyntaxNode, inner: &SyntaxNode) -> Expr {
        let arguments = self.plain_arguments(inner);
        let plain = inner
            .children()
            .all(|child| is_expression(child.kind()) || child.kind() == SyntaxKind::NAMED_ARG);
        if plain && !arguments.is_empty() {
            return self.ordinary_call(node, "json_object", arguments);
        }
        self.opaque(node)
    }

    #[inline(never)]
    fn over(self, node: &SyntaxNode) -> Option<Over> {
        if let Some(name) = child(node, SyntaxKind::WINDOW_REF) {
            return Some(Over::Named(folded(&name)));
        }
        let spec = child(node, SyntaxKind::OVER_WINDOW_SPEC)?;
        Some(Over::Spec(Box::new(self.window(&spec))))
    }

    /// The window whose specification is a child of `node`.
    #[inline(never)]
    pub(super) fn window(self, node: &SyntaxNode) -> Window {
        let Some(spec) = child(node, SyntaxKind::WINDOW_SPEC) else {
            return Window::default();
        };
        let partition = child(&spec, SyntaxKind::PARTITION_BY_CLAUSE);
        Window {
            base: child(&spec, SyntaxKind::WINDOW_REF).map(|name| folded(&name)),
            partition_by: partition
                .map(|partition| self.expressions(&partition))
                .unwrap_or_default(),
            order_by: self.order_by(&spec),
            frame: child(&spec, SyntaxKind::FRAME_CLAUSE).map(|frame| self.frame(&frame)),
        }
    }

    #[inline(never)]
    fn frame(self, node: &SyntaxNode) -> Frame {
        let unit = node
            .children()
            .find(|child| ast::FrameUnits::can_cast(child.kind()));
        let unit = unit.map(|unit| folded(&unit)).unwrap_or_default();
        Frame {
            unit,
            offsets: self.parts(node),
        }
    }

    /// The `order by` that is a child of `node`.
    #[inline(never)]
    pub(super) fn order_by(self, node: &SyntaxNode) -> Vec<SortBy> {
        let clause = child(node, SyntaxKind::ORDER_BY_CLAUSE);
        let Some(list) = clause.and_then(|clause| child(&clause, SyntaxKind::SORT_BY_LIST)) else {
            return Vec::new();
        };
        children(&list, SyntaxKind::SORT_BY)
            .filter_map(|item| self.sort_by(&item))
            .collect()
    }

    #[inline(never)]
    fn sort_by(self, node: &SyntaxNode) -> Option<SortBy> {
        let value = self.first_expression(node)?;
        let using = child(node, SyntaxKind::SORT_USING).and_then(|using| using.children().next());
        let using = using.map(|operator| self.operator(&SyntaxElement::Node(operator)));
        Some(SortBy { value, using })
    }
}
