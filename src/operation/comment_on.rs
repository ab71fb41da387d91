//! `comment on`

use std::collections::BTreeMap;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::model::family::change;
use crate::model::names::{owner_of_constraint_index, table, unknown_constraint, unknown_relation};
use crate::name::Name;
use crate::operation::operate::{Operate, as_written};
use crate::operation::statement::Statement;
use crate::schema::{Object, ObjectId, Refusal, Schema, Type};
use crate::sql::Sql;
use crate::token::quote_identifier;

/// `comment on … is 'text'`; no text drops the comment.
#[derive(Debug, Clone, PartialEq)]
pub struct CommentOn {
    pub subject: Subject,
    pub comment: Option<SmolStr>,
}

/// What a comment is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    Table(Name),
    Column(Name, SmolStr),
    /// Of a table: table, constraint.
    Constraint(Name, SmolStr),
    /// Of a domain: domain, constraint.
    DomainConstraint(Name, SmolStr),
    Index(Name),
    Sequence(Name),
    Type(Name),
    Domain(Name),
    Schema(SmolStr),
    Extension(SmolStr),
}

impl CommentOn {
    fn write_subject(&self, sql: &mut Sql<'_>) {
        match &self.subject {
            Subject::Table(name) => sql.word("table").name(name),
            Subject::Column(name, column) => sql
                .word("column")
                .name(name)
                .tight(".")
                .tight(&quote_identifier(column)),
            Subject::Constraint(name, constraint) => sql
                .word("constraint")
                .identifier(constraint)
                .word("on")
                .name(name),
            Subject::DomainConstraint(name, constraint) => sql
                .word("constraint")
                .identifier(constraint)
                .word("on domain")
                .name(name),
            Subject::Index(name) => sql.word("index").name(name),
            Subject::Sequence(name) => sql.word("sequence").name(name),
            Subject::Type(name) => sql.word("type").type_name(name),
            Subject::Domain(name) => sql.word("domain").type_name(name),
            Subject::Schema(name) => sql.word("schema").identifier(name),
            Subject::Extension(name) => sql.word("extension").identifier(name),
        };
    }
}

impl Operate for CommentOn {
    fn title(&self) -> String {
        let mut sql = Sql::new("public");
        self.write_subject(&mut sql);
        format!("comment on {}", sql.finish())
    }

    fn write(&self, sql: &mut Sql<'_>) {
        sql.word("comment on");
        self.write_subject(sql);
        sql.word("is");
        match &self.comment {
            Some(comment) => sql.literal(comment),
            None => sql.word("null"),
        };
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each kind")]
    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        // PostgreSQL takes an empty comment for none.
        let comment = self.comment.clone().filter(|it| !it.is_empty());
        match &self.subject {
            Subject::Column(name, column) => {
                if let Some(Type::Composite(it)) = schema.type_named(name) {
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
                    return Ok(());
                }
                change(column, name, true, schema, |it| {
                    it.comment.clone_from(&comment);
                    Ok(())
                })
            }
            Subject::DomainConstraint(name, wanted) => {
                let Some(Type::Domain(domain)) = schema.type_named(name) else {
                    return Err(unknown_relation(name, "domain", schema));
                };
                let mut changed = domain.clone();
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
            Subject::Constraint(name, wanted) => {
                let mut changed = table(schema, name)?.clone();
                let Some(found) = changed.constraints.get_mut(wanted) else {
                    return Err(unknown_constraint(wanted, name, &changed));
                };
                Arc::make_mut(found).comment = comment;
                schema.put(
                    ObjectId::Relation(name.clone()),
                    Some(Object::Table(changed)),
                );
                Ok(())
            }
            Subject::Table(name) => object(
                schema,
                ObjectId::Relation(name.clone()),
                "table",
                name,
                comment,
            ),
            Subject::Index(name) => {
                if let Some((owner, constraint)) = owner_of_constraint_index(name, schema) {
                    let mut changed = table(schema, &owner)?.clone();
                    if let Some(found) = changed.constraints.get_mut(&constraint) {
                        Arc::make_mut(found).index_comment = comment;
                    }
                    schema.put(ObjectId::Relation(owner), Some(Object::Table(changed)));
                    return Ok(());
                }
                let id = ObjectId::Relation(name.clone());
                object(schema, id, "index", name, comment)
            }
            Subject::Sequence(name) => object(
                schema,
                ObjectId::Relation(name.clone()),
                "sequence",
                name,
                comment,
            ),
            Subject::Type(name) => {
                object(schema, ObjectId::Type(name.clone()), "type", name, comment)
            }
            Subject::Domain(name) => object(
                schema,
                ObjectId::Type(name.clone()),
                "domain",
                name,
                comment,
            ),
            Subject::Schema(name) => {
                let shown = Name::new("public", name.clone());
                object(
                    schema,
                    ObjectId::Namespace(name.clone()),
                    "schema",
                    &shown,
                    comment,
                )
            }
            Subject::Extension(name) => {
                let shown = Name::new("public", name.clone());
                object(
                    schema,
                    ObjectId::Extension(name.clone()),
                    "extension",
                    &shown,
                    comment,
                )
            }
        }
    }

    fn lower(&self, before: &Schema) -> Vec<Statement> {
        vec![as_written(self, before)]
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

fn object(
    schema: &mut Schema,
    id: ObjectId,
    kind: &str,
    name: &Name,
    comment: Option<SmolStr>,
) -> Result<(), Refusal> {
    let found = schema
        .get(&id)
        .filter(|it| it.kind() == kind || kind == "type");
    let Some(found) = found else {
        return Err(unknown_relation(name, kind, schema));
    };
    let mut changed = (**found).clone();
    match &mut changed {
        Object::Namespace(it) => it.comment = comment,
        Object::Extension(it) => it.comment = comment,
        Object::Type(it) => *it.comment_mut() = comment,
        Object::Table(it) => it.comment = comment,
        Object::Index(it) => it.comment = comment,
        Object::Sequence(it) => it.comment = comment,
        Object::Opaque(_) => {}
    }
    schema.put(id, Some(changed));
    Ok(())
}
