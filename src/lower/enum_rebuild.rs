//! How an enum loses a value: the type is made again, and everything that uses it moves over.

use std::collections::BTreeSet;
use std::sync::Arc;

use smol_str::{SmolStr, format_smolstr};

use crate::expression::Expression;
use crate::kind::{Defined, Kind};
use crate::model::enum_literal;
use crate::name::Name;
use crate::operation::Operation;
use crate::operation::comment_on::CommentOn;
use crate::operation::create_index::CreateIndex;
use crate::operation::create_type::CreateType;
use crate::operation::definition::constraint::ConstraintDefinition;
use crate::operation::drop::Drop;
use crate::operation::enum_value::DropEnumValue;
use crate::operation::statement::Statement;
use crate::schema::{
    Column, Constraint, ConstraintKind, Enum, Index, IndexElement, Named, Object, ObjectId, Opaque,
    Schema, Subject, Table, Type,
};
use crate::sql::Sql;
use crate::token::{MAX_IDENTIFIER, quote_identifier};

/// A table that has the enum in a column or an expression.
struct User<'a> {
    name: &'a Name,
    table: &'a Table,
    /// The columns of that type.
    columns: BTreeSet<&'a SmolStr>,
}

/// What must go before the type changes, and comes back after: it is bound to the old type.
#[derive(Default)]
struct Detached<'a> {
    indexes: Vec<(&'a Name, &'a Index)>,
    constraints: Vec<(&'a Name, &'a SmolStr, &'a Constraint)>,
    foreign_keys: Vec<(&'a Name, &'a SmolStr, &'a Constraint)>,
}

impl DropEnumValue {
    /// Refuses where something uses the type that cannot be moved to another one without its author, or still has the
    /// value.
    pub fn check_users(&self, schema: &Schema) -> Result<(), String> {
        let refuse = |who: String| {
            Err(format!(
                "the type would have to be made again, and {who} uses it"
            ))
        };
        for (user, object) in schema.dependents(&ObjectId::Type(self.name.clone())) {
            if let Some((name, table)) = Named::table((user, object)) {
                if table.partition_by.is_some() || table.partition_of.is_some() {
                    return refuse(format!("the partitioned table \"{name}\""));
                }
                if let Some(generated) = self.generated_from(table, schema) {
                    return refuse(format!(
                        "the generated column \"{generated}\" of table \"{name}\""
                    ));
                }
                let row_type = ObjectId::Type(name.clone());
                if let Some((id, _)) = schema.dependents(&row_type).next() {
                    return refuse(format!("the row type of table \"{name}\" in {id}"));
                }
            } else if object.as_index().is_none() {
                return refuse(user.to_string());
            }
        }
        // PostgreSQL keeps the type of a column that raw objects read.
        for User { name, columns, .. } in self.users(schema) {
            for (user, object) in schema.dependents(&ObjectId::Relation(name.clone())) {
                let Object::Opaque(it) = &**object else {
                    continue;
                };
                if columns.iter().any(|column| it.reads(name, column)) {
                    return refuse(user.to_string());
                }
            }
        }
        let unread = |it: &Opaque| {
            !it.is_read
                && matches!(
                    it.kind,
                    Kind::Defined(Defined::View | Defined::Function | Defined::MaterializedView)
                )
        };
        match schema.opaque().find(|(_, it)| unread(it)) {
            Some((id, it)) => Err(format!(
                "the type would have to be made again, and {} may use it",
                match id {
                    ObjectId::Relation(name) => format!("{} \"{name}\"", it.kind),
                    ObjectId::Type(_)
                    | ObjectId::Namespace(_)
                    | ObjectId::Extension(_)
                    | ObjectId::Opaque(..) => id.to_string(),
                }
            )),
            None => Ok(()),
        }
    }

    /// The expression that has the value, which no new type could read.
    pub(super) fn check_value(&self, schema: &Schema) -> Result<(), String> {
        match enum_literal::use_of_value(schema, &self.name, &self.value) {
            Some(place) => Err(format!("{place} has it")),
            None => Ok(()),
        }
    }

    /// A column that is computed from the enum.
    fn generated_from<'a>(&self, table: &'a Table, schema: &Schema) -> Option<&'a SmolStr> {
        let columns = self.columns(table);
        let generated = table.columns.iter().find(|it| {
            it.generated.iter().any(|it| {
                names(&it.expression, &self.name, schema)
                    || it.expression.columns().any(|it| columns.contains(it))
            })
        });
        generated.map(|it| &it.name)
    }

    fn columns<'a>(&self, table: &'a Table) -> BTreeSet<&'a SmolStr> {
        let own = |it: &&Arc<Column>| it.sql_type.named() == Some(&self.name);
        let columns = table.columns.iter().filter(own);
        columns.map(|it| &it.name).collect()
    }

    fn users<'a>(&self, schema: &'a Schema) -> Vec<User<'a>> {
        schema
            .dependents(&ObjectId::Type(self.name.clone()))
            .filter_map(Named::table)
            .map(|(name, table)| User {
                name,
                table,
                columns: self.columns(table),
            })
            .collect()
    }

    /// PostgreSQL documentation 8.7.4: values cannot be removed "short of dropping and re-creating the enum type".
    pub(super) fn rebuild(&self, present: &Enum, before: &Schema) -> Vec<Statement> {
        let schema = &before.default;
        let mut kept = present.clone();
        kept.values.retain(|it| *it != self.value);
        let users = self.users(before);
        let detached = self.detached(before, &users);
        let old = old_name(&self.name, before);

        let mut statements = Vec::new();
        detached.drop(before, &mut statements);
        let mut sql = Sql::new(schema);
        sql.word("alter type")
            .type_name(&self.name)
            .word("rename to")
            .identifier(&old.name);
        statements.push(Statement::new(sql));
        let create = CreateType::of(&self.name, &Type::Enum(kept.clone()));
        statements.push(written(&Operation::CreateType(create), before));
        // A child's own default does not follow its parent's column.
        for user in &users {
            for column in user.inherited().filter(|it| it.default.is_some()) {
                statements.push(default_of_child(user.name, column, None, schema));
            }
        }
        for user in &users {
            let actions = self.retype(user, schema);
            if !actions.is_empty() {
                let mut sql = Sql::new(schema);
                sql.word("alter table").name(user.name);
                let several = actions.len() > 1;
                sql.list(&actions, |sql, action| {
                    if several {
                        sql.line();
                    }
                    sql.word(action);
                });
                statements.push(Statement::new(sql));
            }
        }
        for user in &users {
            for column in user.inherited() {
                let shared = users.iter().any(|it| {
                    it.columns.contains(&column.name)
                        && it
                            .table
                            .column(&column.name)
                            .is_some_and(|it| !it.inherited && it.default.is_some())
                });
                if column.default.is_some() || shared {
                    let default = column.default.as_ref();
                    statements.push(default_of_child(user.name, column, default, schema));
                }
            }
        }
        let mut sql = Sql::new(schema);
        sql.word("drop type").type_name(&old);
        statements.push(Statement::new(sql));
        detached.attach_again(before, &mut statements);
        let subject = Subject::new(Kind::Type, self.name.clone());
        statements.extend(comment(subject, kept.comment.as_ref(), before));
        statements
    }

    /// The actions on a table whose columns change to the new type.
    fn retype(&self, user: &User<'_>, schema: &str) -> Vec<String> {
        let mut actions: Vec<String> = Vec::new();
        let own = |it: &Column| user.columns.contains(&it.name) && !it.inherited;
        for column in user.table.columns.iter().filter(|it| own(it)) {
            let identifier = quote_identifier(&column.name);
            if column.default.is_some() {
                actions.push(format!("alter column {identifier} drop default"));
            }
            let text = if column.sql_type.array {
                "text[]"
            } else {
                "text"
            };
            let new = column.sql_type.within(schema);
            actions.push(format!(
                "alter column {identifier} type {new} using {identifier}::{text}::{new}"
            ));
        }
        for column in &user.table.columns {
            // Defaults that name the type are bound to the old one, whatever the column's own type.
            if let Some(default) = &column.default
                && (own(column)
                    || !user.columns.contains(&column.name)
                        && default.types(schema).any(|it| it == self.name))
            {
                actions.push(format!(
                    "alter column {} set default {}",
                    quote_identifier(&column.name),
                    default.text()
                ));
            }
        }
        actions
    }

    /// The indexes and constraints that hold on to the type or its columns.
    fn detached<'a>(&self, before: &'a Schema, users: &[User<'a>]) -> Detached<'a> {
        let mut detached = Detached::default();
        for user in users {
            let reads = |expression: &Expression| {
                names(expression, &self.name, before)
                    || expression.columns().any(|it| user.columns.contains(it))
            };
            // Plain columns move with their table; expressions are bound to the old type.
            let bound = |it: &IndexElement| !it.expression.is_column() && reads(&it.expression);
            for (name, index) in before.indexes(user.name) {
                if index.elements.iter().any(bound) || index.predicate.iter().any(reads) {
                    detached.indexes.push((name, index));
                }
            }
            for (name, constraint) in &user.table.constraints {
                let found = (user.name, name, &**constraint);
                match &constraint.kind {
                    _ if constraint.inherited => {}
                    ConstraintKind::PrimaryKey(_) | ConstraintKind::Unique(_) => {}
                    ConstraintKind::Check { expression, .. } => {
                        if reads(expression) {
                            detached.constraints.push(found);
                        }
                    }
                    ConstraintKind::Exclusion(exclusion) => {
                        if exclusion.elements.iter().any(|(it, _)| bound(it))
                            || exclusion.predicate.iter().any(reads)
                        {
                            detached.constraints.push(found);
                        }
                    }
                    // Both of its sides change, one after the other.
                    ConstraintKind::ForeignKey(key) => {
                        if key.columns.iter().any(|it| user.columns.contains(it)) {
                            detached.foreign_keys.push(found);
                        }
                    }
                }
            }
        }
        detached
    }
}

impl User<'_> {
    /// The columns of the enum that follow a parent's.
    fn inherited(&self) -> impl Iterator<Item = &Column> {
        self.table
            .columns
            .iter()
            .filter(|it| it.inherited && self.columns.contains(&it.name))
            .map(|it| &**it)
    }
}

impl Detached<'_> {
    fn drop(&self, before: &Schema, statements: &mut Vec<Statement>) {
        for (name, _) in &self.indexes {
            statements.push(written(&Operation::Drop(Drop::index(name)), before));
        }
        for (table, constraint, _) in self.foreign_keys.iter().chain(&self.constraints) {
            let mut sql = Sql::new(&before.default);
            sql.word("alter table")
                .name(table)
                .word("drop constraint")
                .identifier(constraint);
            statements.push(Statement::new(sql));
        }
    }

    fn attach_again(self, before: &Schema, statements: &mut Vec<Statement>) {
        for (table, name, constraint) in self.constraints.into_iter().chain(self.foreign_keys) {
            let mut sql = Sql::new(&before.default);
            sql.word("alter table").name(table).word("add");
            ConstraintDefinition::of(name, constraint).write(&mut sql);
            statements.push(Statement::new(sql));
            let subject = Subject::constraint(table.clone(), name.clone());
            statements.extend(comment(subject, constraint.comment.as_ref(), before));
            let subject = Subject::new(Kind::Index, table.sibling(name.clone()));
            statements.extend(comment(subject, constraint.index_comment.as_ref(), before));
        }
        for (name, index) in self.indexes {
            let create = CreateIndex::of(name, index);
            statements.push(written(&Operation::CreateIndex(create), before));
            let subject = Subject::new(Kind::Index, name.clone());
            statements.extend(comment(subject, index.comment.as_ref(), before));
        }
    }
}

/// A name for the old type while the new one has its own: free among types, and among relations, whose row types are
/// types, too.
fn old_name(name: &Name, schema: &Schema) -> Name {
    let mut number = 0_usize;
    loop {
        let suffix = match number {
            0 => SmolStr::new_static("_old"),
            number => format_smolstr!("_old{number}"),
        };
        let mut kept = name.name.len().min(MAX_IDENTIFIER - suffix.len());
        while !name.name.is_char_boundary(kept) {
            kept -= 1;
        }
        let old = name.sibling(format!("{}{suffix}", &name.name[..kept]));
        if schema.type_named(&old).is_none() && !schema.relation_taken(&old) {
            return old;
        }
        number += 1;
    }
}

fn default_of_child(
    table: &Name,
    column: &Column,
    default: Option<&Expression>,
    schema: &str,
) -> Statement {
    let mut sql = Sql::new(schema);
    sql.word("alter table only")
        .name(table)
        .word("alter column")
        .identifier(&column.name);
    match default {
        Some(default) => sql.word("set default").expression(default),
        None => sql.word("drop default"),
    };
    Statement::new(sql)
}

fn comment(subject: Subject, text: Option<&SmolStr>, before: &Schema) -> Option<Statement> {
    let comment = Some(text?.clone());
    let operation = Operation::CommentOn(CommentOn { subject, comment });
    Some(written(&operation, before))
}

/// Whether an expression names a type.
fn names(expression: &Expression, name: &Name, schema: &Schema) -> bool {
    expression.types(&schema.default).any(|it| it == *name)
}

fn written(operation: &Operation, before: &Schema) -> Statement {
    Statement::text(operation.print(&before.default))
}
