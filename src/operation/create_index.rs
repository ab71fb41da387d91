//! `create index`

use std::collections::BTreeMap;

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::expression::Expression;
use crate::model::check::check_new_index;
use crate::model::collation::without_own;
use crate::model::family::descendants;
use crate::model::names::check_free;
use crate::model::partition::inherit_indexes;
use crate::model::partition_key::Unique;
use crate::model::{generated, partition_key};
use crate::name::Name;
use crate::operation::definition::{write_element, write_index_tail};
use crate::operation::gist::gist;
use crate::operation::lock::{Lock, LockMode};
use crate::operation::operate::Operate;
use crate::schema::{Age, Index, IndexElement, Object, ObjectId, Refusal, Schema};
use crate::sql::Sql;

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
                format!("table \"{name}\" is partitioned: its index cannot be created concurrently"),
            )
            .help("create the index concurrently on each partition, then without `concurrently` on this table, which uses the existing indexes")
            .at(["concurrently"])
            .contradicts(ObjectId::Relation(name.clone())));
        }
        if !self.index.unique {
            return Ok(());
        }
        partition_key::check_unique(&Unique::index(&self.index.elements), table, name)
    }

    /// Its name, of a resolved statement.
    #[must_use]
    pub fn id(&self) -> Name {
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
        let mut sql = Sql::new("public");
        self.write(&mut sql);
        gist(&sql.finish())
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

    fn locks(&self) -> Vec<Lock> {
        vec![Lock::new(&self.index.table, LockMode::Share)]
    }

    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        let id = self.id();
        if self.if_not_exists && schema.index(&id).is_some() {
            return Ok(());
        }
        check_new_index(&self.index, schema)?;
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
