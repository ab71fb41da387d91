//! `create table`

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::expression::Expression;
use crate::kind::Kind;
use crate::model::check::{check_default, check_generated};
use crate::model::default_type::check_default_type;
use crate::model::names::{check_count, check_free, unknown_column, unknown_relation};
use crate::model::{
    generated, inherited_check, key, partition, partition_bound, partition_key, storage_parameter,
    stored,
};
use crate::name::Name;
use crate::operation::alter_table::constraint;
use crate::operation::definition::column::ColumnDefinition;
use crate::operation::definition::constraint::ConstraintDefinition;
use crate::operation::definition::{plain_default, write_default, write_options};
use crate::operation::gist::gist;
use crate::operation::lock::{Lock, LockMode};
use crate::operation::merged_key;
use crate::operation::operate::Operate;
use crate::schema::{
    Age, Column, ConstraintKind, Index, Object, ObjectId, Opaque, Partition, Refusal, Schema,
    Sequence, Table, Type,
};
use crate::sql::Sql;
use crate::sql_type::{SqlType, WrittenType};

/// `create [unlogged] table name (…)`
#[derive(Debug, Clone, PartialEq)]
pub struct CreateTable {
    pub name: Name,
    pub if_not_exists: bool,
    pub unlogged: bool,
    pub columns: Vec<ColumnDefinition>,
    pub constraints: Vec<ConstraintDefinition>,
    /// `like` clauses, each with the number of columns that stand before it.
    pub likes: Vec<(usize, Like)>,
    /// What `like … including indexes` copies beside constraints, once the names are chosen.
    pub indexes: Vec<(Name, Index)>,
    pub inherits: Vec<Name>,
    /// The composite type that a raw statement makes it of.
    pub of: Option<Name>,
    /// What follows `partition by`.
    pub partition_by: Option<SmolStr>,
    pub partition_of: Option<Partition>,
    /// What a partition says of the columns that it has from its parent.
    pub partition_columns: Vec<PartitionColumn>,
    pub options: BTreeMap<SmolStr, SmolStr>,
    pub tablespace: Option<SmolStr>,
    pub comment: Option<SmolStr>,
}

/// A column in `partition of parent (…)`.
#[derive(Debug, Clone, PartialEq)]
pub struct PartitionColumn {
    pub name: SmolStr,
    pub default: Option<Expression>,
    pub not_null: bool,
}

/// `like table including …`
#[derive(Debug, Clone, PartialEq)]
pub struct Like {
    pub table: Name,
    pub including: BTreeSet<LikeOption>,
}

/// What `like` copies beside names, types and `not null`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LikeOption {
    Comments,
    Compression,
    Constraints,
    Defaults,
    Generated,
    Identity,
    Indexes,
    Statistics,
    Storage,
}

impl LikeOption {
    /// Every option with its word.
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::Comments, "comments"),
        (Self::Compression, "compression"),
        (Self::Constraints, "constraints"),
        (Self::Defaults, "defaults"),
        (Self::Generated, "generated"),
        (Self::Identity, "identity"),
        (Self::Indexes, "indexes"),
        (Self::Statistics, "statistics"),
        (Self::Storage, "storage"),
    ];
}

impl CreateTable {
    /// The statement that makes `table` again, without the indexes that stand beside it and without the foreign keys
    /// for which `keep` is false.
    #[must_use]
    pub fn of(
        name: &Name,
        table: &Table,
        sequences: impl Fn(&Name) -> Option<Sequence>,
        keep: impl Fn(&SmolStr) -> bool,
    ) -> Self {
        let mut constraints: Vec<ConstraintDefinition> = table
            .constraints
            .iter()
            .filter(|(name, it)| (!it.inherited || it.own) && keep(name))
            .map(|(name, it)| ConstraintDefinition::of(name, it))
            .collect();
        constraints.sort_by_key(|it| (rank(&it.kind), key::age(&it.kind).order()));
        Self {
            name: name.clone(),
            if_not_exists: false,
            unlogged: table.unlogged,
            columns: table
                .columns
                .iter()
                .filter(|column| column.own)
                .map(|column| {
                    let sequence = column
                        .identity
                        .as_ref()
                        .and_then(|it| sequences(&it.sequence));
                    ColumnDefinition::of(column, sequence.as_ref())
                })
                .collect(),
            constraints,
            likes: Vec::new(),
            indexes: Vec::new(),
            inherits: table.inherits.clone(),
            of: table.of.clone(),
            partition_by: table.partition_by.clone(),
            partition_of: table.partition_of.clone(),
            partition_columns: Vec::new(),
            options: table.options.clone(),
            tablespace: table.tablespace.clone(),
            comment: table.comment.clone(),
        }
    }

    /// Copies the columns and constraints of the tables that `likes` name, each before the column of its number.
    fn expand_likes(&mut self, likes: &[(usize, Like)], before: &Schema) -> Result<(), Refusal> {
        if likes.is_empty() {
            return Ok(());
        }
        let mut own = std::mem::take(&mut self.columns).into_iter();
        let mut taken = 0;
        for (at, like) in likes {
            self.columns.extend(own.by_ref().take(at - taken));
            taken = *at;
            like.copy(before, &mut self.columns, &mut self.constraints)?;
        }
        self.columns.extend(own);
        Ok(())
    }

    /// The table, the sequences of its columns, and no indexes: those of constraints are part of them.
    pub fn table(&self, before: &Schema) -> Result<(Table, Vec<(Name, Sequence)>), Refusal> {
        check_count(self.columns.len(), &self.name)?;
        let mut table = Table {
            unlogged: self.unlogged,
            columns: Vec::with_capacity(self.columns.len()),
            constraints: BTreeMap::new(),
            inherits: self.inherits.clone(),
            of: self.of.clone(),
            partition_by: self.partition_by.clone(),
            partition_of: self.partition_of.clone(),
            options: self.options.clone(),
            tablespace: self.tablespace.clone(),
            comment: self.comment.clone(),
        };
        storage_parameter::check_table(&self.options, self.partition_by.is_some(), before.server)?;
        let conflicting = self.inherit(&mut table, before)?;
        self.alter_inherited(&mut table, before)?;
        let settled = |column: &SmolStr| {
            let own = self.columns.iter();
            own.filter(|it| it.default.is_some())
                .any(|it| it.name == *column)
        };
        if let Some((column, one, two)) = conflicting.iter().find(|it| !settled(&it.0)) {
            return Err(Refusal::new(
                Code::InvalidColumn,
                format!(
                    "column \"{column}\" inherits two different defaults, {} and {}",
                    one.text(),
                    two.text()
                ),
            )
            .help(format!("define the column {column} here, with a default"))
            .at(["inherits"]));
        }
        let mut sequences = Vec::new();
        for definition in &self.columns {
            let (column, sequence) = definition.column(&self.name, before)?;
            if let Some(present) = table.column_mut(&column.name) {
                if !present.inherited {
                    return Err(Refusal::new(
                        Code::DuplicateColumn,
                        format!("column \"{}\" is defined twice", column.name),
                    )
                    .help("remove one of them")
                    .at([column.name.clone(), column.name.clone()]));
                }
                fits_inherited(present, &column, "the parent's")?;
                if present.generated.is_some() {
                    computes_as_inherited(&column, before.server)?;
                }
                // PostgreSQL merges a column with the inherited one of its name.
                present.own = true;
                present.not_null |= column.not_null;
                if column.default.is_some() {
                    present.default.clone_from(&column.default);
                }
                continue;
            }
            table.columns.push(column);
            sequences.extend(sequence);
        }
        // A foreign key may point at a key of the same statement, wherever that stands.
        let mut definitions: Vec<&ConstraintDefinition> = self.constraints.iter().collect();
        definitions.sort_by_key(|it| match it.kind {
            ConstraintKind::PrimaryKey(_) => 0,
            ConstraintKind::Unique(_)
            | ConstraintKind::Check { .. }
            | ConstraintKind::Exclusion(_) => 1,
            ConstraintKind::ForeignKey(_) => 2,
        });
        for definition in definitions {
            let (name, mut constraint) = constraint::build(definition, &self.name, &table, before)?;
            // There are no rows: PostgreSQL does not look at `not valid` here.
            constraint.validated = true;
            if table.constraints.get(&name).is_some_and(|it| it.inherited) {
                inherited_check::merge(&name, &constraint, &self.name, &mut table, before)
                    .map_err(|it| it.at([name.clone()]))?;
                if let Some(merged) = table.constraints.get_mut(&name) {
                    Arc::make_mut(merged).own = self.partition_of.is_none();
                }
                continue;
            }
            constraint::attach(name, constraint, &self.name, &mut table)?;
        }
        partition_key::check(&self.name, &table, before)?;
        for column in table.columns.iter().filter(|it| it.generated.is_some()) {
            check_generated(column, &self.name, &table, before)?;
        }
        Ok((table, sequences))
    }

    /// What a partition says of the columns that it has from its parent.
    fn alter_inherited(&self, table: &mut Table, before: &Schema) -> Result<(), Refusal> {
        for (at, it) in self.partition_columns.iter().enumerate() {
            if self.partition_columns[..at]
                .iter()
                .any(|other| other.name == it.name)
            {
                return Err(Refusal::new(
                    Code::DuplicateColumn,
                    format!("column \"{}\" is listed twice", it.name),
                )
                .help("write all of it in one place")
                .at([it.name.clone(), it.name.clone()]));
            }
            let Some(column) = table.column_mut(&it.name) else {
                return Err(unknown_column(&it.name, table, &self.name));
            };
            column.not_null |= it.not_null;
            if let Some(default) = &it.default {
                check_default(default, before)?;
                let place = format_args!("column \"{}\"", column.name);
                check_default_type(default, &column.sql_type, place, before)?;
                column.default = Some(default.clone());
            }
        }
        Ok(())
    }

    /// The columns and checks of the parents. Returns the columns to which they give different defaults.
    fn inherit(
        &self,
        table: &mut Table,
        before: &Schema,
    ) -> Result<Vec<(SmolStr, Expression, Expression)>, Refusal> {
        let mut conflicting = Vec::new();
        let partition = self.partition_of.iter().map(|it| &it.parent);
        for parent_name in self.inherits.iter().chain(partition) {
            let Some(parent) = before.table(parent_name) else {
                return Err(unknown_relation(parent_name, Kind::Table, before));
            };
            if self.partition_of.is_some() && parent.partition_by.is_none() {
                return Err(Refusal::new(
                    Code::InvalidPartition,
                    format!("table \"{parent_name}\" is not partitioned"),
                )
                .help("create it with `partition by …`")
                .at([parent_name.name.clone()])
                .contradicts(ObjectId::Relation(parent_name.clone())));
            }
            if self.partition_of.is_none()
                && (parent.partition_by.is_some() || parent.partition_of.is_some())
            {
                let what = if parent.partition_by.is_some() {
                    "partitioned"
                } else {
                    "a partition"
                };
                return Err(Refusal::new(
                    Code::InvalidPartition,
                    format!("table \"{parent_name}\" is {what}, so no table can inherit from it"),
                )
                .help("use `partition of`, or `like` to copy its columns")
                .at([parent_name.name.clone()])
                .contradicts(ObjectId::Relation(parent_name.clone())));
            }
            if let Some(partition) = &self.partition_of {
                partition_bound::check(&partition.bound, parent, parent_name, before)?;
            }
            for column in &parent.columns {
                let is_other = table.column(&column.name).is_some_and(|present| {
                    let (one, two) = ((present, &*table), (&**column, parent));
                    !stored::same_generated(one, two, &self.name, before)
                });
                if let Some(present) = table.column_mut(&column.name) {
                    fits_inherited(present, column, &format!("that of \"{parent_name}\""))
                        .map_err(|it| it.contradicts(ObjectId::Relation(parent_name.clone())))?;
                    if is_other {
                        return Err(Refusal::new(
                            Code::InvalidColumn,
                            format!("column \"{}\" is generated differently in \"{parent_name}\" and in the other parent", column.name),
                        )
                        .help("make the two columns identical, or rename one of them")
                        .at([parent_name.name.clone()])
                        .contradicts(ObjectId::Relation(parent_name.clone())));
                    }
                    present.not_null |= column.not_null;
                    match (&present.default, &column.default) {
                        (Some(one), Some(two))
                            if !stored::same_default(one, two, &column.sql_type, before) =>
                        {
                            conflicting.push((column.name.clone(), one.clone(), two.clone()));
                        }
                        (None, Some(_)) => present.default.clone_from(&column.default),
                        (Some(_) | None, _) => {}
                    }
                } else {
                    let mut column = (**column).clone();
                    column.inherited = true;
                    column.own = false;
                    column.comment = None;
                    column.identity = None;
                    table.columns.push(Arc::new(column));
                }
            }
            for (name, it) in &parent.constraints {
                let copied = match &it.kind {
                    ConstraintKind::Check { no_inherit, .. } => !no_inherit,
                    ConstraintKind::PrimaryKey(_)
                    | ConstraintKind::Unique(_)
                    | ConstraintKind::ForeignKey(_)
                    | ConstraintKind::Exclusion(_) => false,
                };
                if copied {
                    // There are no rows that it could fail on.
                    let mut it = (**it).clone();
                    it.validated = true;
                    inherited_check::merge(name, &it, &self.name, table, before)
                        .map_err(|it| it.at([parent_name.name.clone()]))?;
                }
            }
        }
        Ok(conflicting)
    }
}

/// The columns of a view or of a composite type, which have names and types alone.
fn plain_columns(name: &Name, before: &Schema) -> Option<Vec<ColumnDefinition>> {
    let row: Vec<(SmolStr, SqlType)> = if let Some(object) = before.relation(name) {
        object.as_opaque()?.output.as_ref()?.to_vec()
    } else if let Some(Type::Composite(it)) = before.type_named(name) {
        let attributes = it.attributes.iter();
        attributes.map(|it| (it.0.clone(), it.1.clone())).collect()
    } else {
        return None;
    };
    let column = |(name, sql_type)| ColumnDefinition::new(name, WrittenType::Type(sql_type));
    Some(row.into_iter().map(column).collect())
}

/// Refuses a column that cannot be merged with an inherited one of its name (`MergeAttributes`).
fn fits_inherited(present: &Column, other: &Column, whose: &str) -> Result<(), Refusal> {
    let column = &present.name;
    let what = if present.sql_type != other.sql_type {
        format!("has the types {} and {}", present.sql_type, other.sql_type)
    } else if present.collation != other.collation {
        "has two different collations".to_owned()
    } else {
        return Ok(());
    };
    Err(Refusal::new(
        Code::InvalidColumn,
        format!("column \"{column}\" {what}: it cannot be merged with {whose}"),
    )
    .help("make the two columns identical, or rename one of them")
    .at([column.clone()]))
}

/// The version from which a child table may compute a generated column in its own way.
const OWN_GENERATION: u8 = 16;

/// Refuses another value for a column that the parent generates (`MergeAttributes`).
fn computes_as_inherited(column: &Column, server: u8) -> Result<(), Refusal> {
    let what = if column.default.is_some() {
        "a default"
    } else if column.identity.is_some() {
        "an identity"
    } else if column.generated.is_some() && server < OWN_GENERATION {
        "an expression of its own, which requires PostgreSQL 16"
    } else {
        return Ok(());
    };
    Err(Refusal::new(
        Code::InvalidColumn,
        format!(
            "column \"{}\" is generated in the parent table, and has {what} here",
            column.name
        ),
    )
    .help("write the column with its type alone")
    .at([column.name.clone()]))
}

impl Like {
    fn copy(
        &self,
        before: &Schema,
        columns: &mut Vec<ColumnDefinition>,
        constraints: &mut Vec<ConstraintDefinition>,
    ) -> Result<(), Refusal> {
        let Some(table) = before.table(&self.table) else {
            let Some(plain) = plain_columns(&self.table, before) else {
                return Err(unknown_relation(&self.table, Kind::Table, before));
            };
            columns.extend(plain);
            return Ok(());
        };
        let has = |option| self.including.contains(&option);
        for column in &table.columns {
            let identity = column.identity.as_ref();
            let sequence = identity.and_then(|it| before.sequence(&it.sequence));
            let mut definition = ColumnDefinition::of(column, sequence);
            definition.sequence = None;
            if !has(LikeOption::Comments) {
                definition.comment = None;
            }
            if !has(LikeOption::Defaults) {
                definition.default = None;
            }
            if !has(LikeOption::Generated) {
                definition.generated = None;
            }
            if !has(LikeOption::Identity) {
                definition.identity = None;
            }
            columns.push(definition);
        }
        for (name, constraint) in &table.constraints {
            let copied = match &constraint.kind {
                ConstraintKind::Check { .. } => has(LikeOption::Constraints),
                ConstraintKind::PrimaryKey(_)
                | ConstraintKind::Unique(_)
                | ConstraintKind::Exclusion(_) => has(LikeOption::Indexes),
                ConstraintKind::ForeignKey(_) => false,
            };
            if copied {
                let mut definition = ConstraintDefinition::of(name, constraint);
                if constraint.kind.has_index() {
                    definition.name = None;
                }
                constraints.push(definition);
            }
        }
        Ok(())
    }

    /// The indexes that stand beside the table to copy, as indexes of `table`.
    fn indexes(
        &self,
        table: &Name,
        before: &Schema,
        assigned: &mut BTreeSet<Name>,
    ) -> Vec<(Name, Index)> {
        if !self.including.contains(&LikeOption::Indexes) {
            return Vec::new();
        }
        let comments = self.including.contains(&LikeOption::Comments);
        let copies = before.indexes(&self.table).map(|(_, index)| {
            let expressions = index.elements.iter().map(|it| &it.expression);
            let chosen = generated::index(table, expressions, &index.include, |name| {
                before.relation_taken(name) || assigned.contains(name)
            });
            let name = table.sibling(chosen);
            assigned.insert(name.clone());
            let copy = Index {
                table: table.clone(),
                comment: index.comment.clone().filter(|_| comments),
                only: false,
                parent: None,
                ..index.clone()
            };
            (name, copy)
        });
        copies.collect()
    }
}

impl CreateTable {
    /// Chooses the names that the statement left to PostgreSQL.
    pub(super) fn resolve(&mut self, before: &Schema) -> Result<(), Refusal> {
        let mut assigned = BTreeSet::from([self.name.clone()]);
        let likes = std::mem::take(&mut self.likes);
        self.expand_likes(&likes, before)?;
        for column in &mut self.columns {
            column.resolve(&self.name, before, &mut assigned);
        }
        merged_key::merge(&mut self.constraints);
        let columns: Vec<SmolStr> = self.columns.iter().map(|it| it.name.clone()).collect();
        constraint::resolve_all(
            self.constraints.iter_mut().collect(),
            &self.name,
            &columns,
            before,
            &mut assigned,
        )?;
        for column in &mut self.partition_columns {
            if let Some(default) = &mut column.default {
                *default = plain_default(default, &before.default);
            }
        }
        self.indexes = likes
            .iter()
            .flat_map(|(_, like)| like.indexes(&self.name, before, &mut assigned))
            .collect();
        Ok(())
    }
}

impl Operate for CreateTable {
    fn title(&self) -> String {
        let unlogged = if self.unlogged { "unlogged " } else { "" };
        let title = format!("create {unlogged}table {}", self.name);
        match &self.partition_of {
            Some(it) => format!("{title}, partition of {} {}", it.parent, gist(&it.bound)),
            None => title,
        }
    }

    fn write(&self, sql: &mut Sql<'_>) {
        sql.word("create")
            .word_if(self.unlogged, "unlogged")
            .word("table")
            .word_if(self.if_not_exists, "if not exists")
            .name(&self.name);
        if let Some(partition) = &self.partition_of {
            sql.word("partition of").name(&partition.parent);
        }
        let mut items: Vec<Item<'_>> = Vec::new();
        let mut likes = self.likes.iter().peekable();
        for (index, column) in self.columns.iter().map(Some).chain([None]).enumerate() {
            while let Some((_, like)) = likes.next_if(|(at, _)| *at == index) {
                items.push(Item::Like(like));
            }
            items.extend(column.map(Item::Column));
        }
        items.extend(self.partition_columns.iter().map(Item::PartitionColumn));
        items.extend(self.constraints.iter().map(Item::Constraint));
        if self.partition_of.is_none() || !items.is_empty() {
            sql.block(items, |sql, item| match item {
                Item::Column(column) => column.write(&self.name, sql),
                Item::PartitionColumn(column) => {
                    sql.identifier(&column.name);
                    if let Some(default) = &column.default {
                        sql.word("default");
                        write_default(default, sql);
                    }
                    sql.word_if(column.not_null, "not null");
                }
                Item::Constraint(constraint) => constraint.write(sql),
                Item::Like(like) => like.write(sql),
            });
        }
        if let Some(partition) = &self.partition_of {
            sql.word(&partition.bound);
        }
        if !self.inherits.is_empty() {
            sql.word("inherits (");
            sql.list(&self.inherits, |sql, name| {
                sql.name(name);
            })
            .tight(")");
        }
        if let Some(partition_by) = &self.partition_by {
            sql.word("partition by").word(partition_by);
        }
        write_options(&self.options, sql);
        if let Some(tablespace) = &self.tablespace {
            sql.word("tablespace").identifier(tablespace);
        }
        if let Some(comment) = &self.comment {
            sql.word("comment").literal(comment);
        }
    }

    fn locks(&self) -> Vec<Lock> {
        let parent = self.partition_of.iter().map(|it| &it.parent);
        let parents = parent.map(|it| Lock::new(it, LockMode::AccessExclusive));
        let others = self
            .constraints
            .iter()
            .filter_map(ConstraintDefinition::locked);
        parents.chain(others).collect()
    }

    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        if self.if_not_exists && schema.table(&self.name).is_some() {
            return Ok(());
        }
        check_free(schema, &self.name)?;
        if self.names_itself(&schema.default) {
            self.put_bare(schema);
        }
        let (table, sequences) = self.table(schema)?;
        check_count(table.columns.len(), &self.name)?;
        self.check_index_names(&table, &sequences, schema)?;
        schema.put(
            ObjectId::Relation(self.name.clone()),
            Some(Object::Table(table)),
        );
        for (name, sequence) in sequences {
            schema.put(ObjectId::Relation(name), Some(Object::Sequence(sequence)));
        }
        for (name, index) in &self.indexes {
            let index = Index {
                age: Age {
                    mark: schema.mark(),
                    place: 0,
                },
                ..index.clone()
            };
            schema.put(ObjectId::Relation(name.clone()), Some(Object::Index(index)));
        }
        partition::inherit(schema, &self.name)
    }
}

impl CreateTable {
    /// Whether an expression names the table, or a sequence of it: both are there when PostgreSQL reads it (`DefineRelation`).
    fn names_itself(&self, schema: &str) -> bool {
        let columns = self.columns.iter().flat_map(|column| {
            let generated = column.generated.as_ref().map(|it| &it.expression);
            column.default.iter().chain(generated)
        });
        let checks = self.constraints.iter().filter_map(|it| match &it.kind {
            ConstraintKind::Check { expression, .. } => Some(expression),
            ConstraintKind::PrimaryKey(_)
            | ConstraintKind::Unique(_)
            | ConstraintKind::ForeignKey(_)
            | ConstraintKind::Exclusion(_) => None,
        });
        let is_own = |name: &Name| {
            let sequences = self.columns.iter().filter_map(|it| it.sequence.as_ref());
            *name == self.name || sequences.into_iter().any(|it| it == name)
        };
        columns.chain(checks).any(|expression| {
            expression
                .relations(schema)
                .chain(expression.types(schema))
                .any(|it| is_own(&it))
        }) || self
            .partition_by
            .as_ref()
            .is_some_and(|it| it.contains(self.name.name.as_str()))
    }

    /// Puts the table into the model with its names and types alone, and its sequences.
    fn put_bare(&self, schema: &mut Schema) {
        let columns = self.columns.iter().map(|it| {
            let (WrittenType::Type(sql_type) | WrittenType::Serial(sql_type)) = &it.sql_type;
            Arc::new(Column::bare(it.name.clone(), sql_type.clone()))
        });
        let table = Table {
            columns: columns.collect(),
            ..Table::default()
        };
        schema.put(
            ObjectId::Relation(self.name.clone()),
            Some(Object::Table(table)),
        );
        for name in self.columns.iter().filter_map(|it| it.sequence.clone()) {
            let sequence = Opaque {
                kind: Kind::Sequence,
                is_read: true,
                ..Opaque::default()
            };
            schema.put(ObjectId::Relation(name), Some(Object::Opaque(sequence)));
        }
    }

    /// Refuses a constraint whose index needs a name that is taken.
    fn check_index_names(
        &self,
        table: &Table,
        sequences: &[(Name, Sequence)],
        schema: &Schema,
    ) -> Result<(), Refusal> {
        for (name, it) in &table.constraints {
            let index = self.name.sibling(name.clone());
            let own = index == self.name || sequences.iter().any(|(it, _)| *it == index);
            if it.kind.has_index() && (own || schema.relation_taken(&index)) {
                return Err(constraint::index_name_taken(name, &index));
            }
        }
        Ok(())
    }
}

enum Item<'a> {
    Column(&'a ColumnDefinition),
    PartitionColumn(&'a PartitionColumn),
    Constraint(&'a ConstraintDefinition),
    Like(&'a Like),
}

impl Like {
    fn write(&self, sql: &mut Sql<'_>) {
        sql.word("like").name(&self.table);
        for (option, word) in LikeOption::ALL {
            if self.including.contains(&option) {
                sql.word("including").word(word);
            }
        }
    }
}

/// The order of constraints in a table that is written anew.
fn rank(kind: &ConstraintKind) -> usize {
    match kind {
        ConstraintKind::PrimaryKey(_) => 0,
        ConstraintKind::Unique(_) => 1,
        ConstraintKind::Exclusion(_) => 2,
        ConstraintKind::ForeignKey(_) => 3,
        ConstraintKind::Check { .. } => 4,
    }
}
