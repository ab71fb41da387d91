//! What every builder uses: parsing one statement, names, texts, types and expressions out of pairs.

use pest::Parser as _;
use smol_str::SmolStr;

use crate::diagnostic::{Code, Diagnostic};
use crate::expression::Expression;
use crate::name::Name;
use crate::source::Span;
use crate::sql_type::{self, SqlType, WrittenType};
use crate::token::{
    self, KeywordClass, MAX_IDENTIFIER, TokenKind, identifier, keyword_class, string_value,
};

use super::grammar::{Grammar, Rule};
use super::readable::{self, shown};
use super::reader::{Pair, Tree};

/// The statement that is being built.
#[derive(Debug, Clone, Copy)]
pub(super) struct Build<'a> {
    pub(super) text: &'a str,
    /// The same for the grammar, byte for byte in the same places.
    plain: &'a str,
    /// Where `text` stands.
    pub(super) span: Span,
    /// The schema of unqualified names.
    pub(super) schema: &'a str,
    /// The schema of the table that the statement makes or alters: where the sequence of an identity lies whose name is
    /// unqualified (`generateSerialExtraStmts`).
    table_schema: &'a str,
}

/// A builder's result: one mistake per statement.
pub(super) type Built<T> = Result<T, Box<Diagnostic>>;

impl<'a> Build<'a> {
    /// A statement of `text` with what [`super::outline::Text::plain`] made of it, at `span`.
    pub(super) fn new(text: &'a str, plain: &'a str, span: Span, schema: &'a str) -> Self {
        debug_assert_eq!(text.len(), plain.len(), "both have the same places");
        Self {
            text,
            plain,
            span,
            schema,
            table_schema: schema,
        }
    }

    /// The same for a statement on the table `name`.
    pub(super) fn on<'b>(self, table: &'b Name) -> Build<'b>
    where
        'a: 'b,
    {
        Build {
            table_schema: &table.schema,
            ..self
        }
    }

    /// The same where the names of the statement lie beside its table.
    pub(super) fn beside_table(self) -> Self {
        Self {
            schema: self.table_schema,
            ..self
        }
    }

    /// What `rule` reads.
    pub(super) fn parse(self, rule: Rule) -> Built<Tree<'a>> {
        Tree::read(rule, self.plain).ok_or_else(|| {
            let error = Grammar::parse(rule, self.plain).expect_err("both read the same grammar");
            Box::new(readable::diagnostic(&error, self.text, self.span))
        })
    }

    pub(super) fn place(self, pair: &Pair<'_>) -> Span {
        // A rule that ends in something optional takes the blanks before it.
        let start = pair.range().start;
        self.range(start, start + pair.text().trim_end().len())
    }

    /// The text of a pair as written.
    pub(super) fn slice(self, pair: &Pair<'_>) -> &'a str {
        &self.text[pair.range()]
    }

    /// The tokens of a pair, unquoted words in lower case.
    pub(super) fn words(self, pair: &Pair<'_>) -> impl Iterator<Item = String> + use<'a> {
        let text = self.slice(pair);
        let tokens = token::lex(text, 0, text.len()).expect("the statement lexed");
        tokens
            .into_iter()
            .map(move |token| token.folded(text).into_owned())
    }

    /// The text of a pair in normal form.
    pub(super) fn normal(self, pair: &Pair<'_>) -> SmolStr {
        let text = self.slice(pair);
        let tokens = token::lex(text, 0, text.len()).expect("the statement lexed");
        token::normalise(text, &tokens).into()
    }

    pub(super) fn range(self, start: usize, end: usize) -> Span {
        let offset = |it: usize| {
            self.span.start + u32::try_from(it).expect("a source is smaller than 4 GiB")
        };
        Span {
            source: self.span.source,
            start: offset(start),
            end: offset(end),
        }
    }

    pub(super) fn fault<T>(
        self,
        pair: &Pair<'_>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Built<T> {
        Err(Box::new(
            Diagnostic::error(Code::Syntax, self.place(pair), message).help(help),
        ))
    }

    /// The same for what is read, and cannot be: in raw SQL too, it is told and not taken for SQL that the language lacks.
    pub(super) fn contradiction<T>(
        self,
        pair: &Pair<'_>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Built<T> {
        Err(Box::new(
            Diagnostic::error(Code::InvalidColumn, self.place(pair), message).help(help),
        ))
    }

    /// A column's or object's name.
    pub(super) fn name(self, pair: &Pair<'_>) -> Built<SmolStr> {
        self.identifier(pair, self.slice(pair), false)
    }

    fn identifier(self, pair: &Pair<'_>, text: &str, of_type: bool) -> Built<SmolStr> {
        let name = self.spelled(pair, text)?;
        if !text.starts_with('"') {
            let reserved = match keyword_class(&name) {
                None | Some(KeywordClass::Unreserved | KeywordClass::ColumnName) => false,
                Some(KeywordClass::TypeOrFunction) => !of_type,
                Some(KeywordClass::Reserved) => true,
            };
            if reserved {
                return self.fault(
                    pair,
                    format!("\"{name}\" is a reserved word"),
                    format!("quote it to use it as a name: \"{name}\""),
                );
            }
        }
        Ok(name)
    }

    /// A name as it is spelled, whatever word it is.
    fn spelled(self, pair: &Pair<'_>, text: &str) -> Built<SmolStr> {
        if text.starts_with("u&\"") || text.starts_with("U&\"") {
            return self.fault(
                pair,
                "names in U&\"…\" are not supported",
                "write the characters themselves, in UTF-8",
            );
        }
        let name = identifier(text);
        if name.len() > MAX_IDENTIFIER {
            return Err(Box::new(
                Diagnostic::error(
                    Code::NameTooLong,
                    self.place(pair),
                    format!("the name {} has {} bytes", shown(&name), name.len()),
                )
                .help("PostgreSQL truncates names to 63 bytes; choose a shorter name"),
            ));
        }
        Ok(name)
    }

    /// A name with an optional schema.
    pub(super) fn qualified(self, pair: &Pair<'_>) -> Built<Name> {
        let parts = self.parts(pair)?;
        match parts.as_slice() {
            [name] => Ok(Name::new(self.schema, name.clone())),
            [schema, name] => Ok(Name::new(schema.clone(), name.clone())),
            _ => self.fault(
                pair,
                "a name can have at most two parts here",
                "write schema.name",
            ),
        }
    }

    /// The parts of a dotted name.
    pub(super) fn parts(self, pair: &Pair<'_>) -> Built<Vec<SmolStr>> {
        let text = self.slice(pair);
        if !text.contains(['.', '"', '-', '/']) {
            return Ok(vec![self.identifier(pair, text, false)?]);
        }
        let tokens = token::lex(text, 0, text.len()).expect("the statement lexed");
        tokens
            .iter()
            .map(|token| token.text(text))
            .filter(|text| *text != ".")
            .enumerate()
            .map(|(at, text)| match at {
                0 => self.identifier(pair, text, false),
                // Behind a dot any word is a name (`ColLabel` of gram.y).
                _ => self.spelled(pair, text),
            })
            .collect()
    }

    /// What a quoted text stands for.
    pub(super) fn string(self, pair: &Pair<'_>) -> Built<String> {
        let text = self.slice(pair);
        match string_value(text) {
            Some(text) => Ok(text),
            None => self.fault(
                pair,
                "this form of string is not supported here",
                "write a plain string: 'text'",
            ),
        }
    }

    pub(super) fn sql_type(self, pair: &Pair<'_>) -> Built<SqlType> {
        match self.written_type(pair)? {
            WrittenType::Type(sql_type) => Ok(sql_type),
            WrittenType::Serial(sql_type) => self.fault(
                pair,
                format!(
                    "{} is not a type, but a shorthand for columns",
                    self.words(pair).collect::<String>()
                ),
                format!("write the type: {sql_type}"),
            ),
        }
    }

    /// A column's type: a `serial` word is one as well.
    pub(super) fn written_type(self, pair: &Pair<'_>) -> Built<WrittenType> {
        let text = self.slice(pair);
        let tokens = token::lex(text, 0, text.len()).expect("the statement lexed");
        for token in &tokens {
            let word = token.text(text);
            if word.starts_with('"') || token.kind == TokenKind::Word {
                let first = tokens.first().is_some_and(|it| it.start == token.start);
                let special = !word.starts_with('"') && !first;
                if !special {
                    self.identifier(pair, word, true)?;
                }
            }
        }
        sql_type::parse(text, &tokens, self.schema).or_else(|message| {
            self.fault(
                pair,
                message,
                "see chapter 8 of PostgreSQL's documentation for the limits of this type",
            )
        })
    }

    /// An expression that the grammar found the end of.
    pub(super) fn expression(self, pair: &Pair<'_>) -> Built<Expression> {
        self.expression_of(pair, self.slice(pair), pair.range().start)
    }

    /// The expression within parentheses.
    pub(super) fn parenthesised(self, pair: &Pair<'_>) -> Built<Expression> {
        let text = self.slice(pair).trim_end();
        let inner = &text[1..text.len() - 1];
        if inner.trim().is_empty() {
            return self.fault(pair, "the parentheses are empty", "write a condition");
        }
        self.expression_of(pair, inner, pair.range().start + 1)
    }

    fn expression_of(self, pair: &Pair<'_>, text: &str, start: usize) -> Built<Expression> {
        Expression::parse(text).map_err(|problem| {
            let span = if problem.range.is_empty() {
                self.place(pair)
            } else {
                self.range(start + problem.range.start, start + problem.range.end)
            };
            Box::new(Diagnostic::error(
                Code::InvalidExpression,
                span,
                problem.message,
            ))
        })
    }
}

/// The children of a pair, without punctuation.
pub(super) fn parts(pair: Pair<'_>) -> impl Iterator<Item = Pair<'_>> {
    pair.inside()
        .filter(|it| !matches!(it.rule(), Rule::open | Rule::close | Rule::comma))
}

/// Whether a pair has a child made by `rule`.
pub(super) fn has(pair: &Pair<'_>, rule: Rule) -> bool {
    find(pair, rule).is_some()
}

/// The first child made by `rule`.
pub(super) fn find<'a>(pair: &Pair<'a>, rule: Rule) -> Option<Pair<'a>> {
    pair.inside().find(|it| it.rule() == rule)
}

/// All children made by `rule`.
pub(super) fn all<'a>(pair: &Pair<'a>, rule: Rule) -> impl Iterator<Item = Pair<'a>> {
    pair.inside().filter(move |it| it.rule() == rule)
}

/// Refuses a second child of a rule in `rules`.
pub(super) fn once(build: Build<'_>, pair: &Pair<'_>, rules: &[Rule]) -> Built<()> {
    let mut found = Vec::new();
    for child in pair.inside() {
        let rule = child.rule();
        if !rules.contains(&rule) {
            continue;
        }
        if found.contains(&rule) {
            let word = build.words(&child).next().unwrap_or_default();
            return build.fault(
                &child,
                format!("`{word}` is written twice"),
                "remove one of them",
            );
        }
        found.push(rule);
    }
    Ok(())
}

/// The child made by `rule`, which the grammar always has.
pub(super) fn the<'a>(pair: &Pair<'a>, rule: Rule) -> Pair<'a> {
    find(pair, rule).expect("the grammar requires this part")
}
