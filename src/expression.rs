//! Expressions of columns, constraints and indexes: text with resolved references, so that a rename of a column,
//! type or sequence renames them here too.

mod mutable;

use std::sync::Arc;

use smol_str::SmolStr;

use crate::builtin;
use crate::name::Name;
use crate::raw_sql::{self, Problem, Reference, ReferenceKind};
use crate::sql_type;
use crate::token::{self, TokenKind, identifier, quote_identifier, quote_literal};

/// One SQL expression in normal form (blanks folded, comments dropped, unquoted words in lower case).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression(Arc<Parsed>);

#[derive(Debug, PartialEq, Eq)]
struct Parsed {
    text: String,
    /// In order of position.
    references: Vec<Reference>,
    has_subquery: bool,
}

impl Expression {
    /// Reads one expression. The problem's range counts in `text`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let tokens = token::lex(text, 0, text.len()).map_err(|error| Problem {
            range: error.start..error.end,
            message: error.message,
        })?;
        let normal = token::normalise(text, &tokens);
        let parsed = if normal == text {
            raw_sql::expression_of(text, &tokens)
        } else {
            raw_sql::expression(&normal)
        };
        match parsed {
            Ok(parsed) => Ok(Self(Arc::new(Parsed {
                text: normal,
                references: parsed.references,
                has_subquery: parsed.has_subquery,
            }))),
            // Only the original text has the positions that users see.
            Err(problem) => Err(raw_sql::expression(text).err().unwrap_or(Problem {
                range: 0..text.len(),
                ..problem
            })),
        }
    }

    /// The expression `nextval('sequence'::regclass)`, as `serial` makes it.
    #[must_use]
    pub fn nextval(sequence: &Name, schema: &str) -> Self {
        Self::parse(&format!(
            "nextval({}::regclass)",
            quote_literal(&sequence.within(schema))
        ))
        .expect("a call of nextval is an expression")
    }

    /// Whether the expression refers to nothing but columns and functions.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.0.references.iter().all(|it| {
            !matches!(
                it.kind,
                ReferenceKind::Type | ReferenceKind::RelationLiteral
            )
        })
    }

    #[must_use]
    pub fn has_subquery(&self) -> bool {
        self.0.has_subquery
    }

    /// The expression that is just a column.
    #[must_use]
    pub fn column(name: &str) -> Self {
        Self::parse(&quote_identifier(name)).expect("a name is an expression")
    }

    /// Whether the expression is just a column.
    #[must_use]
    pub fn is_column(&self) -> bool {
        matches!(self.0.references.as_slice(), [one] if one.kind == ReferenceKind::Column
            && one.range == (0..self.0.text.len()))
    }

    /// The column that the expression is, in parentheses or not: PostgreSQL takes both for the same.
    #[must_use]
    pub fn only_column(&self) -> Option<&SmolStr> {
        let mut text = self.text();
        while let Some(inner) = text.strip_prefix('(').and_then(|it| it.strip_suffix(')')) {
            text = inner.trim();
        }
        let is_column = Self::parse(text).is_ok_and(|it| it.is_column());
        self.columns().next().filter(|_| is_column)
    }

    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// All that the expression refers to, in order of position.
    #[must_use]
    pub fn references(&self) -> &[Reference] {
        &self.0.references
    }

    /// The names of the columns that the expression reads, in order of position.
    pub fn columns(&self) -> impl Iterator<Item = &SmolStr> {
        self.of(ReferenceKind::Column)
            .filter_map(|reference| reference.parts.last())
    }

    /// Column references with all their parts.
    pub fn column_references(&self) -> impl Iterator<Item = &Reference> {
        self.of(ReferenceKind::Column)
    }

    /// Whether the type `name` is among [`Self::types`].
    #[must_use]
    pub fn names_type(&self, name: &Name, schema: &str) -> bool {
        self.types(schema).any(|it| it == *name)
    }

    /// The types that are named, those of `pg_catalog` included; `schema` is for unqualified ones.
    pub fn types(&self, schema: &str) -> impl Iterator<Item = Name> {
        self.of(ReferenceKind::Type)
            .filter_map(move |reference| qualify_type(&reference.parts, schema))
    }

    /// The sequences and tables named in literals such as `nextval('s')`.
    pub fn relations(&self, schema: &str) -> impl Iterator<Item = Name> {
        self.names(ReferenceKind::RelationLiteral, schema)
    }

    /// The functions that are called.
    pub fn functions(&self, schema: &str) -> impl Iterator<Item = Name> {
        self.names(ReferenceKind::Function, schema)
    }

    /// The collations that are named.
    pub fn collations(&self) -> impl Iterator<Item = &Reference> {
        self.of(ReferenceKind::Collation)
    }

    fn of(&self, kind: ReferenceKind) -> impl Iterator<Item = &Reference> {
        self.0
            .references
            .iter()
            .filter(move |reference| reference.kind == kind)
    }

    fn names(&self, kind: ReferenceKind, schema: &str) -> impl Iterator<Item = Name> {
        self.of(kind)
            .filter_map(move |reference| qualify(&reference.parts, schema))
    }

    /// The same with column `old` called `new`.
    #[must_use]
    pub fn rename_column(&self, old: &str, new: &str) -> Self {
        self.rewrite(|reference| {
            let found = reference.kind == ReferenceKind::Column
                && reference.parts.last().is_some_and(|it| it == old);
            found.then(|| {
                let mut parts: Vec<SmolStr> = reference
                    .parts
                    .iter()
                    .map(|it| quote_identifier(it))
                    .collect();
                parts.pop();
                parts.push(quote_identifier(new));
                parts.join(".")
            })
        })
    }

    /// The same with the row of the table `old`, which has no column of that name, called by `new`.
    #[must_use]
    pub fn rename_row(&self, old: &str, new: &str) -> Self {
        self.rewrite(|reference| match reference.parts.as_slice() {
            [row, rest @ ..]
                if reference.kind == ReferenceKind::Column
                    && row == old
                    && rest.iter().all(|it| it == "*") =>
            {
                Some(format!(
                    "{}{}",
                    quote_identifier(new),
                    if rest.is_empty() { "" } else { ".*" }
                ))
            }
            _ => None,
        })
    }

    /// The same with columns named without their table, which is called `table`.
    #[must_use]
    pub fn unqualify(&self, table: &Name) -> Self {
        self.rewrite(|reference| match reference.parts.as_slice() {
            [qualifier, column]
                if reference.kind == ReferenceKind::Column
                    && *qualifier == table.name
                    && column != "*" =>
            {
                Some(quote_identifier(column).to_string())
            }
            _ => None,
        })
    }

    /// Whether what stands like a call has one literal: a cast to a type in the form of a function, `status('new')`.
    #[must_use]
    pub fn is_of_literal(&self, reference: &Reference) -> bool {
        let text = &self.0.text;
        let tokens = token::lex(text, reference.range.end, text.len()).unwrap_or_default();
        matches!(tokens.as_slice(), [open, literal, close, ..]
            if open.is(text, "(") && literal.kind == TokenKind::String && close.is(text, ")"))
    }

    /// The same with other words for what is referred to, where `replacement` has some.
    #[must_use]
    pub fn rewrite(&self, mut replacement: impl FnMut(&Reference) -> Option<String>) -> Self {
        let mut text = String::with_capacity(self.0.text.len());
        let mut copied = 0;
        for reference in &self.0.references {
            if let Some(new) = replacement(reference) {
                text.push_str(&self.0.text[copied..reference.range.start]);
                text.push_str(&new);
                copied = reference.range.end;
            }
        }
        if copied == 0 {
            return self.clone();
        }
        text.push_str(&self.0.text[copied..]);
        Self::parse(&text).expect("an expression stays one when a name in it changes")
    }
}

/// A name of one or two parts; `schema` is for unqualified ones.
#[must_use]
pub fn qualify(parts: &[SmolStr], schema: &str) -> Option<Name> {
    match parts {
        [name] => Some(Name::new(schema, name.clone())),
        [schema, name] => Some(Name::new(schema.clone(), name.clone())),
        _ => None,
    }
}

/// A type's name: PostgreSQL takes an unqualified one for its own first.
#[must_use]
pub fn qualify_type(parts: &[SmolStr], schema: &str) -> Option<Name> {
    match parts {
        [name] if sql_type::is_own(name) || is_catalog_type(name) => {
            Some(Name::new("pg_catalog", name.clone()))
        }
        _ => qualify(parts, schema),
    }
}

/// Whether PostgreSQL has a type of that name, which no column may have, such as `unknown`.
fn is_catalog_type(name: &str) -> bool {
    builtin::type_named(name).is_some_and(|it| it.facts().schema == "pg_catalog")
}

/// The parts of a name as written, folded: `a."B".c`.
#[must_use]
pub fn name_parts(text: &str, tokens: &[token::Token]) -> Vec<SmolStr> {
    tokens
        .iter()
        .filter(|it| !it.is(text, "."))
        .map(|it| identifier(it.text(text)))
        .collect()
}
