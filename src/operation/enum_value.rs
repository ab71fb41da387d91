//! `alter type … add value`, and its way back, `drop value`, for which PostgreSQL has no statement.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "these ask for one kind of object or action among many"
)]

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::dialect::Dialect;
use crate::expression::Expression;
use crate::name::Name;
use crate::schema::{
    Changes, Column, ConstraintKind, Enum, Index, Object, ObjectId, Refusal, Schema, Table, Type,
};
use crate::sql::Sql;

use super::create_type::check_value;
use super::definition::ConstraintDefinition;
use super::drop::Drop;
use super::{
    CreateIndex, CreateType, Inverse, Loss, NoInverse, Operate, Operation, Placement, Statement,
    as_written, guard, restore,
};

/// `alter type name add value 'value' [before | after 'other']`
#[derive(Debug, Clone, PartialEq)]
pub struct AddEnumValue {
    pub name: Name,
    pub if_not_exists: bool,
    pub value: SmolStr,
    pub place: Place,
}

/// `alter type name drop value 'value'`: limbeck's own statement, done by making the type again.
#[derive(Debug, Clone, PartialEq)]
pub struct DropEnumValue {
    pub name: Name,
    pub value: SmolStr,
}

/// Where a new value goes.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    Last,
    Before(SmolStr),
    After(SmolStr),
}

/// The enum called `name`.
pub fn enum_named<'a>(schema: &'a Schema, name: &Name) -> Result<&'a Enum, Refusal> {
    match schema.type_named(name) {
        Some(Type::Enum(it)) => Ok(it),
        Some(Type::Composite(_) | Type::Domain(_)) => Err(Refusal::new(
            Code::UnknownType,
            format!("type \"{name}\" is no enum"),
        )
        .at([name.name.clone()])
        .contradicts(ObjectId::Type(name.clone()))),
        None => {
            let names = schema.objects().filter_map(|(id, _)| match id {
                ObjectId::Type(it) => Some(it.name.as_str()),
                _ => None,
            });
            Err(
                Refusal::new(Code::UnknownType, format!("there is no type \"{name}\""))
                    .suggest(&name.name, names)
                    .at([name.name.clone()]),
            )
        }
    }
}

/// The place of `value` among the enum's values.
pub fn position(it: &Enum, value: &SmolStr, name: &Name) -> Result<usize, Refusal> {
    it.values
        .iter()
        .position(|other| other == value)
        .ok_or_else(|| {
            Refusal::new(
                Code::UnknownObject,
                format!("type \"{name}\" has no value '{value}'"),
            )
            .suggest(value, it.values.iter().map(SmolStr::as_str))
            .at([value.clone()])
            .contradicts(ObjectId::Type(name.clone()))
        })
}

fn put(schema: &mut Schema, name: &Name, it: Enum) {
    schema.put(
        ObjectId::Type(name.clone()),
        Some(Object::Type(Type::Enum(it))),
    );
}

impl Operate for AddEnumValue {
    fn title(&self) -> String {
        format!("add value '{}' to type {}", self.value, self.name)
    }

    fn write(&self, sql: &mut Sql<'_>) {
        sql.word("alter type")
            .name(&self.name)
            .word("add value")
            .word_if(self.if_not_exists, "if not exists")
            .literal(&self.value);
        match &self.place {
            Place::Last => {}
            Place::Before(other) => {
                sql.word("before").literal(other);
            }
            Place::After(other) => {
                sql.word("after").literal(other);
            }
        }
    }

    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        let mut changed = enum_named(schema, &self.name)?.clone();
        check_value(&self.value)?;
        if changed.values.contains(&self.value) {
            if self.if_not_exists {
                return Ok(());
            }
            return Err(Refusal::new(
                Code::DuplicateName,
                format!(
                    "type \"{}\" has a value '{}' already",
                    self.name, self.value
                ),
            )
            .help("write `add value if not exists` where databases may differ")
            .at([self.value.clone()])
            .contradicts(ObjectId::Type(self.name.clone())));
        }
        let at = match &self.place {
            Place::Last => changed.values.len(),
            Place::Before(other) => position(&changed, other, &self.name)?,
            Place::After(other) => position(&changed, other, &self.name)? + 1,
        };
        changed.values.insert(at, self.value.clone());
        put(schema, &self.name, changed);
        Ok(())
    }

    fn inverse(&self, changes: &Changes, after: &Schema) -> Result<Inverse, NoInverse> {
        guard::no_inverse(self.if_not_exists, "add value if not exists")?;
        let inverse = restore::restore(changes, after)?;
        for operation in &inverse.operations {
            if let Operation::DropEnumValue(drop) = operation {
                drop.check_users(after)?;
            }
        }
        Ok(inverse)
    }

    fn lower(&self, before: &Schema, _dialect: &Dialect) -> Vec<Statement> {
        let mut statement = as_written(self, before);
        statement.placement = Placement::EndsPart {
            value: self.value.to_string(),
        };
        vec![statement]
    }
}

impl DropEnumValue {
    /// Refuses where something uses the type that cannot be moved to another one without its author.
    fn check_users(&self, schema: &Schema) -> Result<(), NoInverse> {
        let refuse = |who: String| {
            Err(NoInverse(format!(
                "the type would have to be made again, and {who} uses it"
            )))
        };
        let id = ObjectId::Type(self.name.clone());
        for (user, object) in schema.dependents(&id) {
            match (user, &**object) {
                (ObjectId::Relation(name), Object::Table(table)) => {
                    if table.partition_by.is_some() || table.partition_of.is_some() {
                        return refuse(format!("the partitioned table \"{name}\""));
                    }
                    let named =
                        |it: &&std::sync::Arc<Column>| it.sql_type.named() == Some(&self.name);
                    for column in table.columns.iter().filter(named) {
                        let generated = table.columns.iter().find(|it| {
                            it.generated
                                .iter()
                                .any(|it| it.expression.columns().any(|it| *it == column.name))
                        });
                        if let Some(generated) = generated {
                            return refuse(format!(
                                "the generated column \"{}\" of table \"{name}\"",
                                generated.name
                            ));
                        }
                    }
                    if let Some(generated) = table.columns.iter().find(|it| {
                        it.generated.iter().any(|it| {
                            it.expression
                                .types(&schema.default)
                                .any(|it| it == self.name)
                        })
                    }) {
                        return refuse(format!(
                            "the generated column \"{}\" of table \"{name}\"",
                            generated.name
                        ));
                    }
                }
                (ObjectId::Relation(_), Object::Index(_)) => {}
                _ => return refuse(user.to_string()),
            }
        }
        // PostgreSQL keeps the type of a column that raw objects read.
        for (name, _, columns) in self.users(schema) {
            for (user, object) in schema.dependents(&ObjectId::Relation(name.clone())) {
                let Object::Opaque(it) = &**object else {
                    continue;
                };
                if columns.iter().any(|column| it.reads(name, &column.name)) {
                    return refuse(user.to_string());
                }
            }
        }
        let unread = |it: &crate::schema::Opaque| {
            !it.is_read && matches!(it.kind.as_str(), "view" | "function" | "materialized view")
        };
        match schema.opaque().find(|(_, it)| unread(it)) {
            Some((id, it)) => Err(NoInverse(format!(
                "the type would have to be made again, and {} may use it",
                match id {
                    ObjectId::Relation(name) => format!("{} \"{name}\"", it.kind),
                    ObjectId::Type(_)
                    | ObjectId::Namespace(_)
                    | ObjectId::Extension(_)
                    | ObjectId::Opaque(..) => id.to_string(),
                }
            ))),
            None => Ok(()),
        }
    }

    /// The columns of that type, table by table.
    fn users<'a>(&'a self, schema: &'a Schema) -> Vec<(&'a Name, &'a Table, Vec<&'a Column>)> {
        schema
            .dependents(&ObjectId::Type(self.name.clone()))
            .filter_map(|(id, object)| match (id, &**object) {
                (ObjectId::Relation(name), Object::Table(table)) => Some((name, table)),
                _ => None,
            })
            .map(|(name, table)| {
                let columns = table
                    .columns
                    .iter()
                    .filter(|it| it.sql_type.named() == Some(&self.name) && !it.inherited)
                    .map(|it| &**it)
                    .collect();
                (name, table, columns)
            })
            .collect()
    }
}

impl Operate for DropEnumValue {
    fn title(&self) -> String {
        format!("drop value '{}' of type {}", self.value, self.name)
    }

    fn write(&self, sql: &mut Sql<'_>) {
        sql.word("alter type")
            .name(&self.name)
            .word("drop value")
            .literal(&self.value);
    }

    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        let mut changed = enum_named(schema, &self.name)?.clone();
        let at = position(&changed, &self.value, &self.name)?;
        self.check_users(schema).map_err(|it| {
            Refusal::new(
                Code::StillNeeded,
                format!("the value '{}' cannot be dropped: {}", self.value, it.0),
            )
            .help("change what uses it before, by hand")
            .at([self.value.clone()])
        })?;
        changed.values.remove(at);
        put(schema, &self.name, changed);
        Ok(())
    }

    fn inverse(&self, changes: &Changes, after: &Schema) -> Result<Inverse, NoInverse> {
        let mut inverse = restore::restore(changes, after)?;
        inverse.fidelity.0.insert(Loss::LosesAttachments);
        Ok(inverse)
    }

    /// PostgreSQL documentation 8.7.4: values cannot be removed "short of dropping and re-creating the enum type".
    fn lower(&self, before: &Schema, _dialect: &Dialect) -> Vec<Statement> {
        let schema = &before.default;
        let present = before
            .type_named(&self.name)
            .expect("the type was there when the statement was checked");
        let Type::Enum(mut kept) = present.clone() else {
            unreachable!("the type is an enum");
        };
        kept.values.retain(|it| *it != self.value);
        let mut statements = Vec::new();
        let users = self.users(before);
        let (indexes, constraints) = self.detached(before, &users);

        let mut old_name = format!("{}_old", self.name.name);
        while before
            .get(&ObjectId::Type(self.name.sibling(old_name.as_str())))
            .is_some()
        {
            old_name.push('_');
        }
        let old = self.name.sibling(old_name.as_str());
        for (name, _) in &indexes {
            statements.push(written(&Operation::Drop(Drop::index(name)), before));
        }
        for (table, constraint, _) in &constraints {
            let mut sql = Sql::new(schema);
            sql.word("alter table")
                .name(table)
                .word("drop constraint")
                .identifier(constraint);
            statements.push(Statement::new(sql));
        }
        let mut sql = Sql::new(schema);
        sql.word("alter type")
            .name(&self.name)
            .word("rename to")
            .identifier(&old.name);
        statements.push(Statement::new(sql));
        statements.push(written(
            &Operation::CreateType(CreateType::of(&self.name, &Type::Enum(kept.clone()))),
            before,
        ));
        for (table, it, columns) in &users {
            let mut actions: Vec<String> = Vec::new();
            for column in columns {
                let identifier = crate::token::quote_identifier(&column.name);
                if column.default.is_some() {
                    actions.push(format!("alter column {identifier} drop default"));
                }
                let array = if column.sql_type.array { "[]" } else { "" };
                let text = if column.sql_type.array {
                    "text[]"
                } else {
                    "text"
                };
                actions.push(format!(
                    "alter column {identifier} type {name}{array} using {identifier}::{text}::{name}{array}",
                    name = self.name.within(schema)
                ));
            }
            for column in &it.columns {
                // Defaults that name the type are bound to the old one, whatever the column's own type.
                let own = columns.iter().any(|it| it.name == column.name);
                if let Some(default) = &column.default
                    && (own || names(default, &self.name, schema))
                {
                    actions.push(format!(
                        "alter column {} set default {}",
                        crate::token::quote_identifier(&column.name),
                        default.text()
                    ));
                }
            }
            if !actions.is_empty() {
                let mut sql = Sql::new(schema);
                sql.word("alter table").name(table);
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
        let mut sql = Sql::new(schema);
        sql.word("drop type").name(&old);
        statements.push(Statement::new(sql));
        self.attach_again(before, &kept, indexes, constraints, &mut statements);
        statements
    }
}

impl DropEnumValue {
    /// The indexes and constraints that hold on to the type or its columns.
    #[expect(clippy::type_complexity, reason = "two lists that are used once")]
    fn detached<'a>(
        &self,
        before: &'a Schema,
        users: &[(&'a Name, &'a Table, Vec<&'a Column>)],
    ) -> (
        Vec<(&'a Name, &'a Index)>,
        Vec<(&'a Name, &'a SmolStr, &'a crate::schema::Constraint)>,
    ) {
        let schema = &before.default;
        let mut indexes = Vec::new();
        let mut constraints = Vec::new();
        for (table, it, columns) in users {
            let reads = |expression: &Expression| {
                names(expression, &self.name, schema)
                    || expression
                        .columns()
                        .any(|read| columns.iter().any(|column| column.name == *read))
            };
            for (name, index) in before.indexes(table) {
                // Plain columns move with their table; expressions are bound to the old type.
                let bound = index
                    .elements
                    .iter()
                    .any(|element| !element.expression.is_column() && reads(&element.expression));
                if bound || index.predicate.iter().any(reads) {
                    indexes.push((name, index));
                }
            }
            for (name, constraint) in &it.constraints {
                if let ConstraintKind::Check { expression, .. } = &constraint.kind
                    && reads(expression)
                    && !constraint.inherited
                {
                    constraints.push((*table, name, &**constraint));
                }
            }
        }
        (indexes, constraints)
    }

    fn attach_again(
        &self,
        before: &Schema,
        kept: &Enum,
        indexes: Vec<(&Name, &Index)>,
        constraints: Vec<(&Name, &SmolStr, &crate::schema::Constraint)>,
        statements: &mut Vec<Statement>,
    ) {
        let schema = &before.default;
        let comment = |subject: super::comment_on::Subject, text: Option<&SmolStr>| {
            text.map(|text| {
                written(
                    &Operation::CommentOn(super::CommentOn {
                        subject,
                        comment: Some(text.clone()),
                    }),
                    before,
                )
            })
        };
        for (table, name, constraint) in constraints {
            let mut sql = Sql::new(schema);
            sql.word("alter table").name(table).word("add");
            ConstraintDefinition::of(name, constraint).write(&mut sql);
            statements.push(Statement::new(sql));
            let subject = super::comment_on::Subject::Constraint(table.clone(), name.clone());
            statements.extend(comment(subject, constraint.comment.as_ref()));
        }
        for (name, index) in indexes {
            statements.push(written(
                &Operation::CreateIndex(CreateIndex::of(name, index)),
                before,
            ));
            let subject = super::comment_on::Subject::Index(name.clone());
            statements.extend(comment(subject, index.comment.as_ref()));
        }
        let subject = super::comment_on::Subject::Type(self.name.clone());
        statements.extend(comment(subject, kept.comment.as_ref()));
    }
}

/// Whether an expression names a type.
fn names(expression: &Expression, name: &Name, schema: &str) -> bool {
    expression.types(schema).any(|it| it == *name)
}

fn written(operation: &Operation, before: &Schema) -> Statement {
    Statement::text(operation.print(&before.default))
}
