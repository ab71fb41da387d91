//! Expressions as PostgreSQL's catalogue holds them, so that two spellings of one expression are one: with the operators and
//! functions that their names mean, every cast that is added to them, and constants as their types read them (`pg_get_expr`
//! writes such a tree down again).
//!
//! Two trees that differ only in how they would be written are one here, as for the server (`equal` of `equalfuncs.c` skips
//! the form of casts and calls). So is what the server itself no longer tells apart after it read its own text again: it writes
//! `(array['a'::varchar])::text[]`, and reads that with a cast on each element.
//!
//! What is not known, such as an operator that an extension may have, is compared without the casts that it may have got.

mod binary;
mod build;
mod call;
mod choice;
mod combine;
mod convert;
mod json;
mod moment;
mod number;
mod value;
mod words;

use std::fmt::Write as _;

use smol_str::SmolStr;

use crate::binder::place::Place;
use crate::binder::ty::{Ty, Typed};
use crate::binder::world::World;
use crate::binder::{Binder, Context};
use crate::token::{self, Token, quote_literal};
use crate::tree::Expr;

/// An expression as the catalogue holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    typed: Typed,
    what: What,
    parts: Vec<Self>,
}

/// What a stored expression is, without its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    /// A literal whose type its place decides; nothing for `null`.
    Literal(Option<SmolStr>),
    /// A constant as its type reads it; nothing for `null`.
    Value(Option<SmolStr>),
    /// `array[…]`.
    Array,
    /// `row(…)`.
    Row,
    And,
    Or,
    /// A value as one of another type: `binary` where it stays as it is.
    Cast {
        binary: bool,
    },
    /// The same type with a length or precision; whether a cast that is written cuts what is too long.
    Length {
        cuts: bool,
    },
    /// The collation.
    Collate(SmolStr),
    /// A column, or a whole row.
    Column(SmolStr),
    /// Anything else, by its words.
    Other(String),
}

/// How many expressions are looked at in one text. `between` has its operand twice, and operands may hold others.
const MOST: usize = 100_000;

impl Stored {
    fn new(what: What, typed: Typed, parts: Vec<Self>) -> Self {
        Self { typed, what, parts }
    }

    fn other(words: impl Into<String>, ty: Ty, parts: Vec<Self>) -> Self {
        Self::new(What::Other(words.into()), ty.plain(), parts)
    }

    fn literal(text: Option<SmolStr>) -> Self {
        Self::new(What::Literal(text), Ty::UNKNOWN.plain(), Vec::new())
    }

    fn value(text: Option<SmolStr>, typed: Typed) -> Self {
        Self::new(What::Value(text), typed, Vec::new())
    }

    fn ty(&self) -> &Ty {
        &self.typed.ty
    }

    /// Whether it is the constant null: a default that is no default.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.what, What::Literal(None) | What::Value(None))
    }

    /// The same without a collation that is written around it, and that.
    #[must_use]
    pub fn without_collation(mut self) -> (Self, Option<SmolStr>) {
        match (&self.what, self.parts.pop()) {
            (What::Collate(collation), Some(inner)) => (inner, Some(collation.clone())),
            (_, part) => {
                self.parts.extend(part);
                (self, None)
            }
        }
    }

    /// Whether it reads a column.
    fn reads(&self) -> bool {
        matches!(self.what, What::Column(_)) || self.parts.iter().any(Self::reads)
    }

    /// A text that is equal for equal expressions.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) {
        let Typed { ty, modifiers } = &self.typed;
        // Writing to a string cannot fail.
        let _ = match &self.what {
            What::Literal(None) => write!(text, "null"),
            What::Literal(Some(value)) => write!(text, "{}", quote_literal(value)),
            What::Value(None) => write!(text, "null::{ty}"),
            What::Value(Some(value)) => {
                write!(text, "{}::{ty}({modifiers})", quote_literal(value))
            }
            What::Array => write!(text, "[array {ty}"),
            What::Row => write!(text, "[row {ty}"),
            What::And => write!(text, "[and"),
            What::Or => write!(text, "[or"),
            What::Cast { .. } => write!(text, "[cast {ty}"),
            What::Length { cuts } => write!(text, "[length {ty}({modifiers}) {cuts}"),
            What::Collate(collation) => write!(text, "[collate {collation:?}"),
            What::Column(name) => write!(text, "{name:?}"),
            What::Other(words) => write!(text, "[{words}"),
        };
        for part in &self.parts {
            text.push(' ');
            part.write(text);
        }
        let is_leaf = matches!(
            self.what,
            What::Literal(_) | What::Value(_) | What::Column(_)
        );
        if !is_leaf {
            text.push(']');
        }
    }

    /// The type to which a value is cast of which nothing is known.
    fn unclear_cast(&self) -> Option<&Ty> {
        let is_cast = matches!(self.what, What::Cast { .. });
        let is_unclear = |it: &Self| it.ty().is_opaque();
        (is_cast && self.parts.first().is_some_and(is_unclear)).then_some(self.ty())
    }

    /// The same without that cast.
    fn without_unclear_cast(mut self) -> Self {
        if self.unclear_cast().is_some()
            && let Some(inner) = self.parts.pop()
        {
            return inner;
        }
        self
    }

    /// The same without the casts that it may have got for an operator or function of which nothing is known.
    fn loose(mut self, world: World<'_>) -> Self {
        match &self.what {
            What::Value(text) => Self::literal(text.clone()),
            What::Array => {
                self.typed = Ty::Opaque.plain();
                self.parts = self.parts.into_iter().map(|it| it.loose(world)).collect();
                self
            }
            What::Cast { .. } => {
                // A cast from a type of which nothing is known may be what chose the operator.
                let is_implicit = |part: &Self| {
                    part.ty().is_unknown()
                        || matches!(part.what, What::Value(_))
                        || !part.ty().is_opaque()
                            && (world.pathway(part.ty(), &self.typed.ty, Context::Implicit))
                                .is_some()
                };
                match self.parts.pop() {
                    Some(part) if is_implicit(&part) => part.loose(world),
                    part => {
                        self.parts.extend(part);
                        self
                    }
                }
            }
            What::Literal(_)
            | What::Row
            | What::And
            | What::Or
            | What::Length { .. }
            | What::Collate(_)
            | What::Column(_)
            | What::Other(_) => self,
        }
    }
}

impl Binder<'_> {
    /// The expression as it is stored, where it stands for itself; nothing where that is not known. `text` is what it was read
    /// from.
    #[must_use]
    pub fn stored(&mut self, expr: &Expr, text: &str, place: Place) -> Option<Stored> {
        let stored = self.storing(text, place, |it| it.expr(expr))?;
        // Nothing but strings is left of literals without a type.
        if let What::Literal(_) = stored.what {
            return Some(self.world.constant(stored, &Ty::TEXT, false));
        }
        Some(stored)
    }

    /// The same of a condition.
    #[must_use]
    pub fn stored_condition(&mut self, expr: &Expr, text: &str, place: Place) -> Option<Stored> {
        self.storing(text, place, |it| it.boolean(expr))
    }

    /// The same of what is stored as a value of type `target`.
    #[must_use]
    pub fn stored_assigned(
        &mut self,
        expr: &Expr,
        text: &str,
        place: Place,
        target: &Typed,
    ) -> Option<Stored> {
        self.storing(text, place, |it| {
            let stored = it.expr(expr)?;
            Some(it.world().assigned(stored, target))
        })
    }

    fn storing(
        &mut self,
        text: &str,
        place: Place,
        build: impl FnOnce(&mut Storing<'_, '_>) -> Option<Stored>,
    ) -> Option<Stored> {
        if self.scope.levels.is_empty() {
            self.open();
        }
        let tokens = token::lex(text, 0, text.len()).ok()?;
        self.at(place, |binder| {
            Ok(build(&mut Storing {
                binder,
                text,
                tokens,
                left: MOST,
                depth: 0,
            }))
        })
        .ok()?
    }
}

/// The work on one text.
#[derive(Debug)]
struct Storing<'b, 'a> {
    binder: &'b mut Binder<'a>,
    text: &'b str,
    tokens: Vec<Token>,
    /// How many expressions may still be looked at.
    left: usize,
    /// How many expressions hold that which is looked at just now.
    depth: usize,
}

impl<'a> Storing<'_, 'a> {
    fn world(&self) -> World<'a> {
        self.binder.world
    }
}
