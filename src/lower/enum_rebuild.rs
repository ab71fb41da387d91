//! How an enum loses a value: the type is made again, and everything that uses it moves over.

use std::collections::BTreeSet;

use smol_str::{SmolStr, format_smolstr};

use crate::expression::Expression;
use crate::kind::Kind;
use crate::lower::Statement;
use crate::lower::create::comment;
use crate::name::Name;
use crate::operation::alter_table::Action;
use crate::operation::definition::constraint::ConstraintDefinition;
use crate::operation::enum_value::{DropEnumValue, columns_of};
use crate::operation::{AlterTable, CreateIndex, CreateType, Drop, Rename};
use crate::schema::{
    Column, Constraint, ConstraintKind, Enum, Index, IndexElement, Named, ObjectId, Schema,
    Subject, Table, Type,
};
use crate::sql_type::SqlType;
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

/// What makes the type again without the value that goes, and moves over to it what uses it.
///
/// PostgreSQL documentation 8.7.4: values cannot be removed "short of dropping and re-creating the enum type".
pub(super) fn statements(drop: &DropEnumValue, present: &Enum, before: &Schema) -> Vec<Statement> {
    let mut kept = present.clone();
    kept.values.retain(|it| *it != drop.value);
    let users = users(&drop.name, before);
    let detached = detached(&drop.name, before, &users);
    let old = old_name(&drop.name, before);
    let subject = Subject::new(Kind::Type, drop.name.clone());

    let mut statements = Vec::new();
    detached.drop(&mut statements);
    let rename = Rename {
        subject: subject.clone(),
        if_exists: false,
        to: old.name.clone(),
    };
    statements.push(rename.into());
    let text = kept.comment.take();
    statements.push(CreateType::of(&drop.name, &Type::Enum(kept)).into());
    // A child's own default does not follow its parent's column.
    for user in &users {
        for column in user.inherited().filter(|it| it.default.is_some()) {
            statements.push(default_of_child(user.name, column, None));
        }
    }
    for user in &users {
        let actions = retype(&drop.name, user, &before.default);
        if !actions.is_empty() {
            let alter = AlterTable {
                actions,
                ..AlterTable::none(user.name.clone())
            };
            statements.push(alter.into());
        }
    }
    for user in &users {
        for column in user.inherited() {
            let shared = users.iter().any(|user| {
                user.columns.contains(&column.name)
                    && user
                        .table
                        .column(&column.name)
                        .is_some_and(|it| !it.inherited && it.default.is_some())
            });
            if column.default.is_some() || shared {
                statements.push(default_of_child(user.name, column, column.default.as_ref()));
            }
        }
    }
    let gone = Drop {
        kind: Kind::Type,
        ..Drop::index(&old)
    };
    statements.push(gone.into());
    detached.attach_again(&mut statements);
    statements.extend(text.map(|it| comment(subject, &it)));
    statements
}

fn users<'a>(name: &Name, schema: &'a Schema) -> Vec<User<'a>> {
    schema
        .dependents(&ObjectId::Type(name.clone()))
        .filter_map(Named::table)
        .map(|(user, table)| User {
            name: user,
            table,
            columns: columns_of(name, table),
        })
        .collect()
}

/// The actions on a table whose columns change to the new type.
fn retype(name: &Name, user: &User<'_>, schema: &str) -> Vec<Action> {
    let mut actions = Vec::new();
    let own = |it: &Column| user.columns.contains(&it.name) && !it.inherited;
    for column in user.table.columns.iter().filter(|it| own(it)) {
        if column.default.is_some() {
            actions.push(Action::SetDefault {
                column: column.name.clone(),
                default: None,
            });
        }
        actions.push(Action::AlterType {
            column: column.name.clone(),
            sql_type: column.sql_type.clone(),
            collation: None,
            using: Some(by_text(column, &column.sql_type, schema)),
        });
    }
    for column in &user.table.columns {
        // Defaults that name the type are bound to the old one, whatever the column's own type.
        if let Some(default) = &column.default
            && (own(column)
                || !user.columns.contains(&column.name) && default.names_type(name, schema))
        {
            actions.push(Action::SetDefault {
                column: column.name.clone(),
                default: Some(default.clone()),
            });
        }
    }
    actions
}

/// A column's value as one of the new type of the same name: no cast leads from one enum to another.
fn by_text(column: &Column, new: &SqlType, schema: &str) -> Expression {
    let text = if new.array { "text[]" } else { "text" };
    let identifier = quote_identifier(&column.name);
    Expression::parse(&format!("{identifier}::{text}::{}", new.within(schema)))
        .expect("casts of a column are an expression")
}

/// The indexes and constraints that hold on to the type or its columns.
fn detached<'a>(name: &Name, before: &'a Schema, users: &[User<'a>]) -> Detached<'a> {
    let mut detached = Detached::default();
    for user in users {
        let reads = |expression: &Expression| {
            expression.names_type(name, &before.default)
                || expression.columns().any(|it| user.columns.contains(it))
        };
        // Plain columns move with their table; expressions are bound to the old type.
        let bound = |it: &IndexElement| !it.expression.is_column() && reads(&it.expression);
        for (id, index) in before.indexes(user.name) {
            if index.elements.iter().any(bound) || index.predicate.iter().any(reads) {
                detached.indexes.push((id, index));
            }
        }
        for (id, constraint) in &user.table.constraints {
            let found = (user.name, id, &**constraint);
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
    fn drop(&self, statements: &mut Vec<Statement>) {
        for (name, _) in &self.indexes {
            statements.push(Drop::index(name).into());
        }
        for (table, constraint, _) in self.foreign_keys.iter().chain(&self.constraints) {
            let drop = Action::DropConstraint {
                name: (*constraint).clone(),
                if_exists: false,
                cascade: false,
            };
            statements.push(AlterTable::one((*table).clone(), drop).into());
        }
    }

    fn attach_again(self, statements: &mut Vec<Statement>) {
        for (table, name, constraint) in self.constraints.into_iter().chain(self.foreign_keys) {
            let add = Action::add_constraint(ConstraintDefinition::of(name, constraint));
            statements.push(AlterTable::one(table.clone(), add).into());
            let own = Subject::constraint(table.clone(), name.clone());
            let index = Subject::new(Kind::Index, table.sibling(name.clone()));
            for (subject, text) in [
                (own, &constraint.comment),
                (index, &constraint.index_comment),
            ] {
                statements.extend(text.as_ref().map(|it| comment(subject, it)));
            }
        }
        for (name, index) in self.indexes {
            statements.push(CreateIndex::of(name, index).into());
            let subject = Subject::new(Kind::Index, name.clone());
            statements.extend(index.comment.as_ref().map(|it| comment(subject, it)));
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

fn default_of_child(table: &Name, column: &Column, default: Option<&Expression>) -> Statement {
    let set = Action::SetDefault {
        column: column.name.clone(),
        default: default.cloned(),
    };
    AlterTable {
        only: true,
        ..AlterTable::one(table.clone(), set)
    }
    .into()
}
