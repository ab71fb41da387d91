//! Attributes of composite types: a renamed one is renamed in every expression that reads it, as PostgreSQL keeps
//! attributes by their number.
//!
//! What `(…).a` reads hangs on the type of what stands in the parentheses: a column, a cast or another attribute tell it.
//! Where none does, no other type may have an attribute of that name.

use std::cell::Cell;
use std::collections::BTreeMap;

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::expression::{Expression, name_parts};
use crate::name::Name;
use crate::schema::{Object, ObjectId, Refusal, Schema, Table, Type};
use crate::sql_type::SqlType;
use crate::token::{Token, TokenKind, identifier, lex, quote_identifier};

/// A table that is made of the composite type.
#[must_use]
pub fn typed_table(schema: &Schema, name: &Name) -> Option<Name> {
    let mut dependents = schema.dependents(&ObjectId::Type(name.clone()));
    dependents.find_map(|(id, object)| {
        let is_of = object
            .as_table()
            .is_some_and(|it| it.of.as_ref() == Some(name));
        id.relation().filter(|_| is_of).cloned()
    })
}

/// Renames an attribute of the composite type `name`, also in every expression of the schema.
pub fn rename_attribute(
    schema: &mut Schema,
    name: &Name,
    attribute: &SmolStr,
    to: &SmolStr,
) -> Result<(), Refusal> {
    let Some(Type::Composite(composite)) = schema.type_named(name) else {
        return Err(Refusal::new(
            Code::UnknownType,
            format!("there is no composite type \"{name}\""),
        )
        .at([name.name.clone()]));
    };
    if let Some(table) = typed_table(schema, name) {
        return Err(Refusal::new(
            Code::StillNeeded,
            format!("type \"{name}\" cannot change: table \"{table}\" is of it"),
        )
        .help("change it with `cascade`, in `sql { … }`")
        .at([attribute.clone()])
        .contradicts(ObjectId::Relation(table)));
    }
    let mut changed = composite.clone();
    let taken = changed.attributes.iter().any(|it| it.0 == *to);
    let found = changed.attributes.iter_mut().find(|it| it.0 == *attribute);
    match found {
        Some(it) if !taken => {
            it.0 = to.clone();
            if let Some(comment) = changed.attribute_comments.remove(attribute) {
                changed.attribute_comments.insert(to.clone(), comment);
            }
        }
        _ => {
            return Err(Refusal::new(
                Code::UnknownColumn,
                if taken {
                    format!("type \"{name}\" already has an attribute \"{to}\"")
                } else {
                    format!("type \"{name}\" has no attribute \"{attribute}\"")
                },
            )
            .at([if taken { to.clone() } else { attribute.clone() }]));
        }
    }
    let renaming = Renaming {
        of: name,
        old: attribute,
        new: to,
        is_only: is_only(schema, name, attribute),
        is_unclear: Cell::new(false),
        schema,
    };
    let mut moved = vec![(
        ObjectId::Type(name.clone()),
        Object::Type(Type::Composite(changed)),
    )];
    for (id, object) in schema.objects() {
        let changed = renaming.object(object);
        if renaming.is_unclear.get() {
            return Err(Refusal::new(
                Code::StillNeeded,
                format!("an expression of {id} reads an attribute \"{attribute}\", but it is unclear which type that belongs to"),
            )
            .help(format!(
                "write the type into the expression, as in `(…::{}).{attribute}`, or drop the object first and create it again afterwards",
                name.within(&schema.default)
            ))
            .at([attribute.clone()])
            .contradicts(id.clone()));
        }
        moved.extend(changed.map(|it| (id.clone(), it)));
    }
    for (id, object) in moved {
        schema.put(id, Some(object));
    }
    Ok(())
}

/// Whether nothing else has an attribute or a column of that name.
fn is_only(schema: &Schema, of: &Name, attribute: &SmolStr) -> bool {
    schema
        .objects()
        .all(|(id, object)| *id == ObjectId::Type(of.clone()) || !object.has_field(attribute))
}

type Columns<'a> = BTreeMap<SmolStr, &'a SqlType>;

/// Whose attribute is read.
#[derive(Debug, PartialEq, Eq)]
enum Owner {
    Composite(Name),
    Other,
    Unknown,
}

/// One attribute that gets another name.
struct Renaming<'a> {
    of: &'a Name,
    old: &'a str,
    new: &'a str,
    schema: &'a Schema,
    is_only: bool,
    /// Whether something was found of which it cannot be said.
    is_unclear: Cell<bool>,
}

impl Renaming<'_> {
    /// The object with the attribute renamed; `None` where it does not read it.
    fn object(&self, object: &Object) -> Option<Object> {
        let columns: Columns<'_> = object.scope(self.schema).into_iter().collect();
        let mut changed = object.clone();
        changed.rewrite(|_, it| self.apply(it, &columns));
        if let Object::Table(Table {
            partition_by: Some(key),
            ..
        }) = &mut changed
            && let Some(renamed) = self.changed(key, &columns)
        {
            *key = renamed.into();
        }
        (changed != *object).then_some(changed)
    }

    fn apply(&self, expression: &Expression, columns: &Columns<'_>) -> Expression {
        match self.changed(expression.text(), columns) {
            None => expression.clone(),
            Some(changed) => Expression::parse(&changed)
                .expect("an expression stays one when a name in it changes"),
        }
    }

    fn changed(&self, text: &str, columns: &Columns<'_>) -> Option<String> {
        let tokens = lex(text, 0, text.len()).expect("an expression lexes");
        let mut changed = String::new();
        let mut copied = 0;
        for at in 2..tokens.len() {
            let token = tokens[at];
            if !is_field(&tokens[..=at], text) || identifier(token.text(text)) != *self.old {
                continue;
            }
            let owner = self.owner(&tokens[..at - 1], text, columns);
            let is_meant = owner == Owner::Composite(self.of.clone());
            if owner == Owner::Unknown && !self.is_only {
                self.is_unclear.set(true);
            }
            if is_meant || owner == Owner::Unknown {
                changed.push_str(&text[copied..token.start as usize]);
                changed.push_str(&quote_identifier(self.new));
                copied = token.end as usize;
            }
        }
        changed.push_str(&text[copied..]);
        (copied > 0).then_some(changed)
    }

    /// Whose attributes the value has that ends `tokens`.
    fn owner(&self, tokens: &[Token], text: &str, columns: &Columns<'_>) -> Owner {
        let Some((last, before)) = tokens.split_last() else {
            return Owner::Unknown;
        };
        if last.is(text, ")") {
            return match opening(before, text) {
                Some(open) => self.of_group(&before[open + 1..], text, columns),
                None => Owner::Unknown,
            };
        }
        if last.is(text, "]") {
            let element = opening(before, text).map(|open| &before[..open]);
            return element.map_or(Owner::Unknown, |it| self.owner(it, text, columns));
        }
        let name = identifier(last.text(text));
        if !is_field(tokens, text) {
            return columns
                .get(&name)
                .map_or(Owner::Unknown, |it| self.of_type(it));
        }
        match self.owner(&tokens[..tokens.len() - 2], text, columns) {
            Owner::Composite(owner) => self.of_attribute(&owner, &name),
            Owner::Other | Owner::Unknown => Owner::Unknown,
        }
    }

    /// The same of what stands in parentheses.
    fn of_group(&self, inside: &[Token], text: &str, columns: &Columns<'_>) -> Owner {
        let mut depth = 0_i32;
        let mut cast = None;
        // Names, dots, subscripts and groups are one value; a call's type is not known.
        let mut is_value = true;
        for (at, token) in inside.iter().enumerate() {
            let is_outside = depth == 0;
            depth += i32::from(["(", "["].iter().any(|it| token.is(text, it)));
            depth -= i32::from([")", "]"].iter().any(|it| token.is(text, it)));
            if !is_outside {
                continue;
            }
            if token.is(text, "::") {
                cast = Some(at + 1);
            }
            let follows_name = at > 0 && inside[at - 1].is_name();
            is_value &= match token.kind {
                TokenKind::Word | TokenKind::QuotedName => !follows_name,
                TokenKind::Punctuation => {
                    !(token.is(text, ",") || token.is(text, "(") && follows_name)
                }
                TokenKind::String
                | TokenKind::DollarString
                | TokenKind::Number
                | TokenKind::Parameter
                | TokenKind::Operator
                | TokenKind::Stray => false,
            };
        }
        if is_value {
            return self.owner(inside, text, columns);
        }
        let named = cast.map(|it| &inside[it..]).unwrap_or_default();
        let is_only_name = |(at, token): (usize, &Token)| match at % 2 {
            0 => token.is_name(),
            _ => token.is(text, "."),
        };
        if !named.iter().enumerate().all(is_only_name) {
            return Owner::Unknown;
        }
        match name_parts(text, named).as_slice() {
            [name] => self.of_named(&Name::new(self.schema.default.clone(), name.clone())),
            [schema, name] => self.of_named(&Name::new(schema.clone(), name.clone())),
            _ => Owner::Unknown,
        }
    }

    fn of_attribute(&self, owner: &Name, attribute: &str) -> Owner {
        let Some(Type::Composite(composite)) = self.schema.type_named(owner) else {
            return Owner::Unknown;
        };
        let mut attributes = composite.attributes.iter();
        attributes
            .find(|it| it.0 == attribute)
            .map_or(Owner::Unknown, |it| self.of_type(&it.1))
    }

    fn of_type(&self, sql_type: &SqlType) -> Owner {
        sql_type
            .named()
            .map_or(Owner::Other, |it| self.of_named(it))
    }

    fn of_named(&self, name: &Name) -> Owner {
        match self.schema.type_named(name) {
            Some(Type::Composite(_)) => Owner::Composite(name.clone()),
            Some(Type::Domain(domain)) => self.of_type(&domain.base),
            Some(Type::Enum(_)) | None => Owner::Other,
        }
    }
}

/// Whether an attribute of a value ends `tokens`: behind a column alone, a dot stands only after its table.
fn is_field(tokens: &[Token], text: &str) -> bool {
    let [before @ .., dot, name] = tokens else {
        return false;
    };
    let is_value = |it: &Token| it.is(text, ")") || it.is(text, "]");
    name.is_name()
        && dot.is(text, ".")
        && (before.last().is_some_and(is_value) || is_field(before, text))
}

/// Where that opens which is closed behind `tokens`.
fn opening(tokens: &[Token], text: &str) -> Option<usize> {
    let mut depth = 1_i32;
    for (at, token) in tokens.iter().enumerate().rev() {
        depth += i32::from([")", "]"].iter().any(|it| token.is(text, it)));
        depth -= i32::from(["(", "["].iter().any(|it| token.is(text, it)));
        if depth == 0 {
            return Some(at);
        }
    }
    None
}
