//! `comment on`

use std::collections::BTreeMap;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::kind::Kind;
use crate::model::bind::world;
use crate::model::family::{change, put};
use crate::model::names::{owner_of_constraint_index, table, unknown_constraint, unknown_relation};
use crate::name::Name;
use crate::operation::operate::Operate;
use crate::schema::{Object, ObjectId, Part, Refusal, Schema, Subject, Type};
use crate::sql::Sql;
use crate::token::quote_identifier;

/// `comment on … is 'text'`; no text drops the comment.
#[derive(Debug, Clone, PartialEq)]
pub struct CommentOn {
    pub subject: Subject,
    pub comment: Option<SmolStr>,
}

/// What is meant, as `comment on` says it.
pub(super) fn write_subject(subject: &Subject, sql: &mut Sql<'_>) {
    let Subject { kind, name, part } = subject;
    match part {
        None => sql.word(kind.word()).object(*kind, name),
        Some(Part::Constraint(constraint)) => sql
            .word("constraint")
            .identifier(constraint)
            .word("on")
            .word_if(*kind == Kind::Domain, "domain")
            .name(name),
        Some(Part::Column(it) | Part::Attribute(it) | Part::Value(it)) => sql
            .word("column")
            .name(name)
            .tight(".")
            .tight(&quote_identifier(it)),
    };
}

impl Operate for CommentOn {
    fn title(&self) -> String {
        let mut sql = Sql::new("public");
        write_subject(&self.subject, &mut sql);
        format!("comment on {}", sql.finish())
    }

    fn write(&self, sql: &mut Sql<'_>) {
        sql.word("comment on");
        write_subject(&self.subject, sql);
        sql.word("is");
        match &self.comment {
            Some(comment) => sql.literal(comment),
            None => sql.word("null"),
        };
    }

    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        // PostgreSQL takes an empty comment for none.
        let comment = self.comment.clone().filter(|it| !it.is_empty());
        let Subject { kind, name, part } = &self.subject;
        match part {
            None => object(schema, &self.subject, comment),
            Some(Part::Column(it) | Part::Attribute(it) | Part::Value(it)) => {
                column(schema, name, it, comment)
            }
            Some(Part::Constraint(it)) if *kind == Kind::Domain => {
                domain_constraint(schema, name, it, comment)
            }
            Some(Part::Constraint(it)) => constraint(schema, name, it, comment),
        }
    }
}

fn set(comments: &mut BTreeMap<SmolStr, SmolStr>, of: &SmolStr, comment: Option<SmolStr>) {
    match comment {
        Some(comment) => comments.insert(of.clone(), comment),
        None => comments.remove(of),
    };
}

fn put_type(schema: &mut Schema, name: &Name, it: Type) {
    schema.put(ObjectId::Type(name.clone()), Some(Object::Type(it)));
}

fn object(schema: &mut Schema, subject: &Subject, comment: Option<SmolStr>) -> Result<(), Refusal> {
    let (kind, name) = (subject.kind, &subject.name);
    if kind == Kind::Index
        && let Some((owner, constraint)) = owner_of_constraint_index(name, schema)
    {
        let mut changed = table(schema, &owner)?.clone();
        if let Some(found) = changed.constraints.get_mut(&constraint) {
            Arc::make_mut(found).index_comment = comment;
        }
        put(schema, &owner, changed);
        return Ok(());
    }
    let id = subject.id();
    let found = schema
        .get(&id)
        .filter(|it| it.kind() == kind || kind == Kind::Type);
    let Some(found) = found else {
        let shown = if kind.is_qualified() {
            name.clone()
        } else {
            Name::new("public", name.name.clone())
        };
        return Err(unknown_relation(&shown, kind, schema));
    };
    let mut changed = (**found).clone();
    if let Some(field) = changed.comment_mut() {
        *field = comment;
    }
    schema.put(id, Some(changed));
    Ok(())
}

/// A column of a table, or an attribute of a composite type, which `comment on column` names, too.
fn column(
    schema: &mut Schema,
    name: &Name,
    column: &SmolStr,
    comment: Option<SmolStr>,
) -> Result<(), Refusal> {
    let Some(Type::Composite(it)) = schema.type_named(name) else {
        return change(column, name, true, schema, |it| {
            it.comment.clone_from(&comment);
            Ok(())
        });
    };
    let mut changed = it.clone();
    if !changed.attributes.iter().any(|it| it.0 == *column) {
        return Err(Refusal::new(
            Code::UnknownColumn,
            format!("type \"{name}\" has no attribute \"{column}\""),
        )
        .suggest(column, changed.attributes.iter().map(|it| it.0.as_str()))
        .at([column.clone()]));
    }
    set(&mut changed.attribute_comments, column, comment);
    put_type(schema, name, Type::Composite(changed));
    Ok(())
}

fn domain_constraint(
    schema: &mut Schema,
    name: &Name,
    wanted: &SmolStr,
    comment: Option<SmolStr>,
) -> Result<(), Refusal> {
    let Some(Type::Domain(domain)) = schema.type_named(name) else {
        return Err(unknown_relation(name, Kind::Domain, schema));
    };
    let mut changed = domain.clone();
    // Raw SQL may have added it.
    if world(schema).is_stale(name) {
        return Ok(());
    }
    if !changed.checks.contains_key(wanted) {
        return Err(Refusal::new(
            Code::UnknownConstraint,
            format!("there is no constraint \"{wanted}\" on domain \"{name}\""),
        )
        .suggest(wanted, changed.checks.keys().map(SmolStr::as_str))
        .at([wanted.clone()]));
    }
    set(&mut changed.check_comments, wanted, comment);
    put_type(schema, name, Type::Domain(changed));
    Ok(())
}

fn constraint(
    schema: &mut Schema,
    name: &Name,
    wanted: &SmolStr,
    comment: Option<SmolStr>,
) -> Result<(), Refusal> {
    let mut changed = table(schema, name)?.clone();
    let Some(found) = changed.constraints.get_mut(wanted) else {
        return Err(unknown_constraint(wanted, name, &changed));
    };
    Arc::make_mut(found).comment = comment;
    put(schema, name, changed);
    Ok(())
}
