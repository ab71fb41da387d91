//! `create index`

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::dialect::Dialect;
use crate::expression::Expression;
use crate::name::Name;
use crate::schema::{Age, Changes, Index, IndexElement, Object, ObjectId, Refusal, Schema};
use crate::sql::Sql;

use super::alter_table::column::descendants;
use super::alter_table::constraint::check_own_expression;
use super::alter_table::{partition_key, table};
use super::collation::without_own;
use super::create_table::check_free;
use super::definition::{check_columns, unknown_column, write_element, write_index_tail};
use super::generated;
use super::index_check::check_index;
use super::{
    Alone, ConcurrentIndex, Inverse, NoInverse, Operate, Operation, Placement, Statement,
    as_written, guard, restore,
};

/// `create [unique] index [concurrently] [name] on table …`
#[derive(Debug, Clone, PartialEq)]
pub struct CreateIndex {
    pub name: Option<SmolStr>,
    pub if_not_exists: bool,
    pub concurrently: bool,
    /// What the index is; its name, comment and parent stand elsewhere.
    pub index: Index,
}

impl CreateIndex {
    /// The statement that makes `index` again.
    #[must_use]
    pub fn of(name: &Name, index: &Index) -> Self {
        Self {
            name: Some(name.name.clone()),
            if_not_exists: false,
            concurrently: false,
            index: Index {
                comment: None,
                parent: None,
                ..index.clone()
            },
        }
    }

    fn check_partitioned(&self, schema: &Schema) -> Result<(), Refusal> {
        let name = &self.index.table;
        let Some(table) = schema.table(name).filter(|it| it.partition_by.is_some()) else {
            return Ok(());
        };
        if self.concurrently {
            return Err(Refusal::new(
                Code::InvalidPartition,
                format!("table \"{name}\" is partitioned: its index cannot be made concurrently"),
            )
            .help("create the index concurrently on each partition, then without `concurrently` on this table, which takes those over")
            .at(["concurrently"])
            .contradicts(ObjectId::Relation(name.clone())));
        }
        if !self.index.unique {
            return Ok(());
        }
        let elements = self.index.elements.iter().map(|it| &it.expression);
        let columns: Vec<SmolStr> = elements
            .filter(|it| it.is_column())
            .flat_map(|it| it.columns().cloned())
            .collect();
        partition_key::check_unique(&columns, table, name)
    }

    /// The statement that makes the index on a table of the same name in `pg_temp`.
    fn twin(&self, before: &Schema) -> String {
        let twin = Self {
            concurrently: false,
            if_not_exists: false,
            index: Index {
                table: Name::new("pg_temp", self.index.table.name.clone()),
                ..self.index.clone()
            },
            ..self.clone()
        };
        as_written(&twin, before).sql
    }

    fn id(&self) -> Name {
        let name = self.name.clone().expect("a resolved index has its name");
        self.index.table.sibling(name)
    }
}

impl CreateIndex {
    /// Chooses the names that the statement left to PostgreSQL.
    pub(super) fn resolve(&mut self, before: &Schema) {
        let table = &self.index.table;
        for element in &mut self.index.elements {
            element.expression = element.expression.unqualify(table);
        }
        if let Some(predicate) = &mut self.index.predicate {
            *predicate = predicate.unqualify(table);
        }
        if self.name.is_none() {
            let expressions = self.index.elements.iter().map(|it| &it.expression);
            self.name = Some(generated::index(
                table,
                expressions,
                &self.index.include,
                |name| before.relation_taken(name),
            ));
        }
    }
}

impl Operate for CreateIndex {
    fn title(&self) -> String {
        let name = self.name.as_ref().map_or("", SmolStr::as_str);
        format!("create index {name} on {}", self.index.table)
    }

    fn write(&self, sql: &mut Sql<'_>) {
        let index = &self.index;
        sql.word("create")
            .word_if(index.unique, "unique")
            .word("index")
            .word_if(self.concurrently, "concurrently")
            .word_if(self.if_not_exists, "if not exists");
        if let Some(name) = &self.name {
            sql.identifier(name);
        }
        sql.word("on")
            .word_if(index.only, "only")
            .name(&index.table);
        if index.method != "btree" {
            sql.word("using").identifier(&index.method);
        }
        sql.word("(");
        sql.list(&index.elements, |sql, element| write_element(element, sql))
            .tight(")");
        if !index.include.is_empty() {
            sql.word("include").columns(&index.include);
        }
        sql.word_if(index.nulls_not_distinct, "nulls not distinct");
        write_index_tail(&[], &index.options, index.tablespace.as_ref(), false, sql);
        if let Some(predicate) = &index.predicate {
            sql.word("where").expression(predicate);
        }
    }

    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        let id = self.id();
        if self.if_not_exists && schema.index(&id).is_some() {
            return Ok(());
        }
        check(&self.index, schema)?;
        self.check_partitioned(schema)?;
        check_free(schema, &id)?;
        let mut made = Index {
            age: Age {
                mark: schema.mark(),
                place: 0,
            },
            ..self.index.clone()
        };
        if let Some(table) = schema.table(&made.table) {
            for element in &mut made.elements {
                *element = without_own(element, table);
            }
        }
        schema.put(ObjectId::Relation(id), Some(Object::Index(made)));
        if !self.index.only {
            for child in descendants(schema, &self.index.table) {
                inherit_indexes(schema, &child, false)?;
            }
        }
        Ok(())
    }

    fn inverse(&self, changes: &Changes, after: &Schema) -> Result<Inverse, NoInverse> {
        guard::no_inverse(self.if_not_exists, "create index if not exists")?;
        let mut inverse = restore::restore(changes, after)?;
        for operation in &mut inverse.operations {
            if let Operation::Drop(drop) = operation {
                drop.concurrently = self.concurrently;
            }
        }
        Ok(inverse)
    }

    fn lower(&self, before: &Schema, _dialect: &Dialect) -> Vec<Statement> {
        let mut statement = as_written(self, before);
        if self.concurrently {
            statement.placement = Placement::Alone(Alone::CreateIndex(Box::new(ConcurrentIndex {
                name: self.id(),
                table: self.index.table.clone(),
                twin: self.twin(before),
            })));
        }
        let mut statements = vec![statement];
        // A concurrent one is looked for after it was built.
        if self.if_not_exists && !self.concurrently {
            statements.push(guard::same_kind(&self.id(), &["i", "I"], "index"));
            statements.push(guard::same_table(&self.id(), &self.index.table));
        }
        statements
    }
}

/// Refuses an index that its table cannot have.
pub fn check(index: &Index, schema: &Schema) -> Result<(), Refusal> {
    // The columns of a materialized view are not known.
    if matches!(schema.relation(&index.table), Some(Object::Opaque(it)) if it.kind == "materialized view")
    {
        return Ok(());
    }
    let found = table(schema, &index.table)?;
    for element in &index.elements {
        if element.expression.is_column() {
            let column = element.expression.columns().next().expect("it is a column");
            if found.column(column).is_none() {
                return Err(unknown_column(column, found, &index.table));
            }
        } else {
            check_own_expression(&element.expression, "an index", &index.table, found, schema)?;
        }
    }
    if let Some(predicate) = &index.predicate {
        check_own_expression(predicate, "an index", &index.table, found, schema)?;
    }
    check_columns(&index.include, found, &index.table)?;
    check_index(index, found, schema)
}

/// Gives a partition the indexes of its parent, as PostgreSQL does when either is made (`DefineIndex`,
/// AttachPartitionEnsureIndexes): one of its own that fits is taken over, else one is made. A partition that comes gets
/// those that were made `on only`, too.
pub fn inherit_indexes(schema: &mut Schema, partition: &Name, comes: bool) -> Result<(), Refusal> {
    let Some(parent) = schema
        .table(partition)
        .and_then(|it| it.partition_of.as_ref())
        .map(|it| it.parent.clone())
    else {
        return Ok(());
    };
    let wanted: Vec<(Name, Index)> = schema
        .indexes(&parent)
        .filter(|(_, index)| comes || !index.only)
        .map(|(name, index)| (name.clone(), index.clone()))
        .collect();
    let mut taken: BTreeSet<Name> = BTreeSet::new();
    for (parent_index, index) in wanted {
        let own: Vec<(Name, Index)> = schema
            .indexes(partition)
            .map(|(name, index)| (name.clone(), index.clone()))
            .collect();
        if own
            .iter()
            .any(|(_, it)| it.parent.as_ref() == Some(&parent_index))
        {
            continue;
        }
        let wanted = Index {
            table: partition.clone(),
            comment: None,
            only: false,
            parent: Some(parent_index.clone()),
            age: Age {
                mark: schema.mark(),
                place: 0,
            },
            ..index
        };
        let fits = own.into_iter().find(|(name, it)| {
            it.parent.is_none()
                && !taken.contains(name)
                && Index {
                    comment: None,
                    parent: wanted.parent.clone(),
                    options: wanted.options.clone(),
                    tablespace: wanted.tablespace.clone(),
                    ..it.clone()
                } == wanted
        });
        let (name, index) = if let Some((name, it)) = fits {
            (
                name,
                Index {
                    parent: wanted.parent,
                    ..it
                },
            )
        } else {
            let expressions = wanted.elements.iter().map(|it| &it.expression);
            let chosen = generated::index(partition, expressions, &wanted.include, |name| {
                schema.relation_taken(name)
            });
            (partition.sibling(chosen), wanted)
        };
        taken.insert(name.clone());
        schema.put(ObjectId::Relation(name), Some(Object::Index(index)));
    }
    Ok(())
}

/// Lets the indexes of a detached partition stand by themselves.
pub fn release_indexes(schema: &mut Schema, partition: &Name) {
    let attached: Vec<(Name, Index)> = schema
        .indexes(partition)
        .filter(|(_, index)| index.parent.is_some())
        .map(|(name, index)| (name.clone(), index.clone()))
        .collect();
    for (name, index) in attached {
        schema.put(
            ObjectId::Relation(name),
            Some(Object::Index(Index {
                parent: None,
                ..index
            })),
        );
    }
}

/// An index of `table` over these elements with everything else at its default.
#[must_use]
pub fn plain(table: Name, elements: Vec<IndexElement>) -> Index {
    Index {
        table,
        unique: false,
        method: SmolStr::new_static("btree"),
        elements,
        include: Vec::new(),
        nulls_not_distinct: false,
        options: BTreeMap::new(),
        tablespace: None,
        predicate: None::<Expression>,
        comment: None,
        only: false,
        parent: None,
        age: Age::default(),
    }
}
