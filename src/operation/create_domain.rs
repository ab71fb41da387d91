//! `create domain`

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::expression::Expression;
use crate::model::bind;
use crate::model::check::{check_default, check_expression, check_type};
use crate::model::collation::check_collation;
use crate::model::default_type::check_default_type;
use crate::model::generated;
use crate::model::names::{check_free, check_schema, check_type_free};
use crate::name::Name;
use crate::operation::definition::{write_collation, write_default};
use crate::operation::gist::gist;
use crate::operation::operate::Operate;
use crate::schema::{Domain, Object, ObjectId, Refusal, Schema, Type};
use crate::sql::Sql;
use crate::sql_type::SqlType;

/// `create domain name as type …`
#[derive(Debug, Clone, PartialEq)]
pub struct CreateDomain {
    pub name: Name,
    pub if_not_exists: bool,
    pub base: SqlType,
    pub collation: Option<Name>,
    pub default: Option<Expression>,
    pub not_null: bool,
    /// Each check with its name, if it was given one.
    pub checks: Vec<(Option<SmolStr>, Expression)>,
}

impl CreateDomain {
    /// The statement that makes the domain again.
    #[must_use]
    pub fn of(name: &Name, domain: &Domain) -> Self {
        Self {
            name: name.clone(),
            if_not_exists: false,
            base: domain.base.clone(),
            collation: domain.collation.clone(),
            default: domain.default.clone(),
            not_null: domain.not_null,
            checks: domain
                .checks
                .iter()
                .map(|(name, check)| (Some(name.clone()), check.clone()))
                .collect(),
        }
    }
}

impl CreateDomain {
    /// Chooses the names that the statement left to PostgreSQL.
    pub(super) fn resolve(&mut self, before: &Schema) {
        let mut chosen: Vec<Name> = Vec::new();
        for (check, _) in &mut self.checks {
            let given = check.clone().unwrap_or_else(|| {
                generated::domain_check(&self.name, |name| {
                    before.constraint_taken(name) || chosen.contains(name)
                })
            });
            chosen.push(self.name.sibling(given.clone()));
            *check = Some(given);
        }
    }
}

impl Operate for CreateDomain {
    fn title(&self) -> String {
        let mut sql = Sql::new("public");
        self.write(&mut sql);
        gist(&sql.finish())
    }

    fn write(&self, sql: &mut Sql<'_>) {
        sql.word("create domain")
            .word_if(self.if_not_exists, "if not exists")
            .type_name(&self.name)
            .word("as")
            .sql_type(&self.base);
        if let Some(collation) = &self.collation {
            sql.word("collate");
            write_collation(collation, sql);
        }
        if let Some(default) = &self.default {
            sql.word("default");
            write_default(default, sql);
        }
        sql.word_if(self.not_null, "not null");
        for (name, check) in &self.checks {
            if let Some(name) = name {
                sql.word("constraint").identifier(name);
            }
            sql.word("check").parenthesised(check);
        }
    }

    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        if self.if_not_exists && schema.type_named(&self.name).is_some() {
            return Ok(());
        }
        check_schema(schema, &self.name)?;
        check_type_free(schema, &self.name)?;
        if schema.table(&self.name).is_some() {
            check_free(schema, &self.name)?;
        }
        check_type(&self.base, schema)?;
        check_collation(self.collation.as_ref(), &self.base, schema)?;
        if let Some(default) = &self.default {
            check_default(default, schema)?;
            let place = format_args!("domain \"{}\"", self.name);
            check_default_type(default, &self.base, place, schema)?;
        }
        let mut checks = BTreeMap::new();
        for (name, check) in &self.checks {
            check_expression(check, schema)?;
            if let Some(column) = check.columns().find(|it| *it != "value") {
                return Err(Refusal::new(
                    Code::UnknownColumn,
                    format!(
                        "the check of domain \"{}\" cannot read \"{column}\"",
                        self.name
                    ),
                )
                .help("it can only use the name `value`")
                .at(["check", column.as_str()]));
            }
            bind::domain_check(check, &self.base, schema)?;
            let name = name
                .clone()
                .expect("a resolved domain has names for its checks");
            checks.insert(name, check.clone());
        }
        schema.put(
            ObjectId::Type(self.name.clone()),
            Some(Object::Type(Type::Domain(Domain {
                base: self.base.clone(),
                collation: self.collation.clone(),
                default: self.default.clone(),
                not_null: self.not_null,
                checks,
                not_valid: BTreeSet::new(),
                check_comments: BTreeMap::new(),
                comment: None,
            }))),
        );
        Ok(())
    }
}
