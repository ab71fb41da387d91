//! The lines that `read.sql` prints, and the objects that they tell of.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use smol_str::{SmolStr, ToSmolStr as _};

use crate::catalog::Catalog;
use crate::catalog::difference::shown_on_table;
use crate::expression::Expression;
use crate::kind::Kind;
use crate::name::Name;
use crate::operation::Operation;
use crate::operation::alter_table::Action;
use crate::operation::definition::constraint::ConstraintDefinition;
use crate::schema::{
    Column, Composite, Constraint, ConstraintKind, Domain, Enum, Extension, Generated, Identity,
    Index, Namespace, Object, ObjectId, Opaque, Partition, Sequence, Table, Type,
};
use crate::source::Sources;
use crate::sql_type::{self, SqlType, WrittenType};
use crate::syntax;
use crate::token::{lex, quote_identifier, string_value};

/// The schema of what `read.sql` writes without one: it reads with that `search_path`.
const OWN: &str = "pg_catalog";

/// Schema and name.
type Pair = (SmolStr, SmolStr);

#[derive(Debug, Deserialize)]
struct NamespaceRow {
    name: SmolStr,
    comment: Option<SmolStr>,
}

#[derive(Debug, Deserialize)]
struct ExtensionRow {
    name: SmolStr,
    schema: SmolStr,
    version: SmolStr,
    comment: Option<SmolStr>,
}

#[derive(Debug, Deserialize)]
struct TypeRow {
    schema: SmolStr,
    name: SmolStr,
    /// `typtype`: `e`, `c` or `d`.
    kind: SmolStr,
    comment: Option<SmolStr>,
    values: Vec<SmolStr>,
    attributes: Vec<AttributeRow>,
    base: Option<String>,
    collation: Option<Pair>,
    default: Option<String>,
    not_null: bool,
    checks: Vec<CheckRow>,
}

#[derive(Debug, Deserialize)]
struct AttributeRow {
    name: SmolStr,
    r#type: String,
    collation: Option<Pair>,
    comment: Option<SmolStr>,
}

#[derive(Debug, Deserialize)]
struct CheckRow {
    name: SmolStr,
    expression: String,
    validated: bool,
    comment: Option<SmolStr>,
}

#[derive(Debug, Deserialize)]
struct TableRow {
    schema: SmolStr,
    name: SmolStr,
    unlogged: bool,
    partition_by: Option<SmolStr>,
    bound: Option<SmolStr>,
    parents: Vec<Pair>,
    options: Vec<String>,
    tablespace: Option<SmolStr>,
    has_toast: bool,
    comment: Option<SmolStr>,
    columns: Vec<ColumnRow>,
}

#[derive(Debug, Deserialize)]
struct ColumnRow {
    name: SmolStr,
    r#type: String,
    collation: Option<Pair>,
    not_null: bool,
    expression: Option<String>,
    /// `attidentity`: `a`, `d` or nothing.
    identity: SmolStr,
    /// `attgenerated`: `s`, `v` or nothing.
    generated: SmolStr,
    sequence: Option<Pair>,
    comment: Option<SmolStr>,
    inherited: bool,
    own: bool,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "they are the columns of `pg_constraint`"
)]
#[derive(Debug, Deserialize)]
struct ConstraintRow {
    schema: SmolStr,
    table: SmolStr,
    name: SmolStr,
    definition: String,
    validated: bool,
    inherited: bool,
    own: bool,
    comment: Option<SmolStr>,
    index: Option<SmolStr>,
    is_invalid: Option<bool>,
    index_comment: Option<SmolStr>,
    options: Vec<String>,
    tablespace: Option<SmolStr>,
    not_enforced: bool,
}

#[derive(Debug, Deserialize)]
struct IndexRow {
    schema: SmolStr,
    name: SmolStr,
    definition: String,
    parent: Option<Pair>,
    tablespace: Option<SmolStr>,
    is_invalid: bool,
    comment: Option<SmolStr>,
}

#[derive(Debug, Deserialize)]
struct SequenceRow {
    schema: SmolStr,
    name: SmolStr,
    r#type: String,
    start: String,
    increment: String,
    minimum: String,
    maximum: String,
    cache: String,
    cycle: bool,
    unlogged: bool,
    identity: bool,
    comment: Option<SmolStr>,
    /// Schema, table and column.
    owner: Option<(SmolStr, SmolStr, SmolStr)>,
}

#[derive(Debug, Deserialize)]
struct OtherRow {
    kind: SmolStr,
    /// Empty where there is none.
    schema: SmolStr,
    name: SmolStr,
    /// The arguments of a function, in parentheses.
    part: String,
    facts: BTreeMap<String, Value>,
    #[serde(default)]
    bearer: Option<String>,
    #[serde(default)]
    bearers: BTreeMap<String, String>,
}

impl Catalog {
    /// Takes what [`READ`](super::READ) printed. The error is a sentence: a line that no server prints.
    pub fn read(printed: &str) -> Result<Self, String> {
        let mut catalog = Self::default();
        let mut constraints = Vec::new();
        for line in printed.lines() {
            let (kind, row) = line.split_once(' ').ok_or_else(|| odd(line))?;
            match kind {
                "server" => catalog.version = row.parse().map_err(|_| odd(line))?,
                "schema" => catalog.namespace(parse(row)?),
                "extension" => catalog.extension(parse(row)?),
                "type" => catalog.r#type(parse(row)?),
                "table" => catalog.table(parse(row)?),
                "constraint" => constraints.push(parse::<ConstraintRow>(row)?),
                "index" => catalog.index(parse(row)?),
                "sequence" => catalog.sequence(parse(row)?)?,
                "other" => catalog.other(parse(row)?, true),
                "more" => catalog.other(parse(row)?, false),
                _ => return Err(odd(line)),
            }
        }
        for row in constraints {
            catalog.constraint(row);
        }
        Ok(catalog)
    }

    fn namespace(&mut self, row: NamespaceRow) {
        let comment = row.comment;
        let object = Object::Namespace(Namespace { comment });
        self.objects.insert(ObjectId::Namespace(row.name), object);
    }

    fn extension(&mut self, row: ExtensionRow) {
        let object = Object::Extension(Extension {
            schema: Some(row.schema),
            version: Some(row.version),
            comment: row.comment,
        });
        self.objects.insert(ObjectId::Extension(row.name), object);
    }

    fn r#type(&mut self, row: TypeRow) {
        let name = Name::new(row.schema.clone(), row.name.clone());
        let Some(made) = self.made_type(&name, row) else {
            return;
        };
        self.objects
            .insert(ObjectId::Type(name), Object::Type(made));
    }

    /// None where something in it cannot be read, which is noted.
    fn made_type(&mut self, name: &Name, row: TypeRow) -> Option<Type> {
        let what = || format!("type {}", name.qualified());
        match row.kind.as_str() {
            "e" => Some(Type::Enum(Enum {
                values: row.values,
                comment: row.comment,
            })),
            "c" => {
                let mut composite = Composite {
                    comment: row.comment,
                    ..Composite::default()
                };
                for it in row.attributes {
                    let sql_type = self.sql_type(&what(), &it.r#type)?;
                    if let Some(comment) = it.comment {
                        let comments = &mut composite.attribute_comments;
                        comments.insert(it.name.clone(), comment);
                    }
                    let collation = it.collation.map(pair);
                    composite.attributes.push((it.name, sql_type, collation));
                }
                Some(Type::Composite(composite))
            }
            _ => {
                let base = row.base.unwrap_or_default();
                let mut domain = Domain {
                    base: self.sql_type(&what(), &base)?,
                    collation: row.collation.map(pair),
                    default: match row.default {
                        Some(default) => Some(self.expression(&what(), &default)?),
                        None => None,
                    },
                    not_null: row.not_null,
                    checks: BTreeMap::new(),
                    not_valid: BTreeSet::new(),
                    check_comments: BTreeMap::new(),
                    comment: row.comment,
                };
                for it in row.checks {
                    let check = || format!("check {} of {}", quote_identifier(&it.name), what());
                    if !it.validated {
                        domain.not_valid.insert(it.name.clone());
                    }
                    let expression = self.expression(&check(), &it.expression)?;
                    if let Some(comment) = it.comment {
                        domain.check_comments.insert(it.name.clone(), comment);
                    }
                    domain.checks.insert(it.name, expression);
                }
                Some(Type::Domain(domain))
            }
        }
    }

    fn table(&mut self, row: TableRow) {
        let name = Name::new(row.schema, row.name);
        if !row.has_toast {
            self.without_toast.insert(name.clone());
        }
        let mut table = Table {
            unlogged: row.unlogged,
            partition_by: row.partition_by,
            options: options(&row.options),
            tablespace: row.tablespace,
            comment: row.comment,
            ..Table::default()
        };
        let mut parents = row.parents.into_iter().map(pair);
        match row.bound {
            Some(bound) => {
                table.partition_of = parents.next().map(|parent| Partition { parent, bound });
            }
            None => table.inherits = parents.collect(),
        }
        for it in row.columns {
            let what = format!(
                "column {} of table {}",
                quote_identifier(&it.name),
                name.qualified()
            );
            if let Some(column) = self.column(&what, it) {
                table.columns.push(Arc::new(column));
            }
        }
        self.objects
            .insert(ObjectId::Relation(name), Object::Table(table));
    }

    fn column(&mut self, what: &str, row: ColumnRow) -> Option<Column> {
        let expression = match row.expression {
            Some(text) => Some(self.expression(what, &text)?),
            None => None,
        };
        let (default, generated) = match (row.generated.as_str(), expression) {
            ("", default) => (default, None),
            (kind, expression) => {
                let stored = kind == "s";
                (
                    None,
                    expression.map(|expression| Generated { expression, stored }),
                )
            }
        };
        let identity = row.sequence.filter(|_| !row.identity.is_empty());
        Some(Column {
            sql_type: self.sql_type(what, &row.r#type)?,
            name: row.name,
            collation: row.collation.map(pair),
            not_null: row.not_null,
            default,
            identity: identity.map(|sequence| Identity {
                always: row.identity == "a",
                sequence: pair(sequence),
            }),
            generated,
            comment: row.comment,
            inherited: row.inherited,
            own: row.own,
        })
    }

    fn constraint(&mut self, row: ConstraintRow) {
        let table = Name::new(row.schema, row.table);
        let what = format!(
            "constraint {} of table {}",
            quote_identifier(&row.name),
            table.qualified()
        );
        let statement = format!(
            "alter table {} add constraint {} {}",
            table.qualified(),
            quote_identifier(&row.name),
            row.definition
        );
        let definition = parsed_constraint(&statement).filter(|_| !row.not_enforced);
        let Some(definition) = definition else {
            self.unread.insert(what, row.definition);
            return;
        };
        let mut kind = definition.kind;
        match &mut kind {
            ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => {
                (key.options, key.tablespace) = (options(&row.options), row.tablespace);
            }
            ConstraintKind::Exclusion(exclusion) => {
                exclusion.options = options(&row.options);
                exclusion.tablespace = row.tablespace;
            }
            ConstraintKind::ForeignKey(key) => key.index = row.index.unwrap_or_default(),
            ConstraintKind::Check { .. } => {}
        }
        if kind.has_index() && row.is_invalid == Some(true) {
            self.invalid.insert(table.sibling(row.name.clone()));
        }
        let constraint = Constraint {
            index_comment: row.index_comment.filter(|_| kind.has_index()),
            kind,
            deferrable: definition.deferrable,
            initially_deferred: definition.initially_deferred,
            validated: row.validated,
            comment: row.comment,
            inherited: row.inherited,
            own: row.own,
        };
        if let Some(Object::Table(table)) = self.objects.get_mut(&ObjectId::Relation(table)) {
            table.constraints.insert(row.name, Arc::new(constraint));
        }
    }

    fn index(&mut self, row: IndexRow) {
        let name = Name::new(row.schema, row.name);
        let Some(Operation::CreateIndex(it)) = parsed(&row.definition) else {
            let what = format!("index {}", name.qualified());
            self.unread.insert(what, row.definition);
            return;
        };
        if row.is_invalid {
            self.invalid.insert(name.clone());
        }
        let index = Index {
            parent: row.parent.map(pair),
            comment: row.comment,
            tablespace: row.tablespace,
            options: it
                .index
                .options
                .iter()
                .map(|(name, value)| (name.clone(), plain(value)))
                .collect(),
            ..it.index
        };
        self.objects
            .insert(ObjectId::Relation(name), Object::Index(index));
    }

    fn sequence(&mut self, row: SequenceRow) -> Result<(), String> {
        let name = Name::new(row.schema, row.name);
        let what = format!("sequence {}", name.qualified());
        let number = |text: &str| text.parse::<i64>().map_err(|_| odd(text));
        let sequence = Sequence {
            start: number(&row.start)?,
            increment: number(&row.increment)?,
            minimum: number(&row.minimum)?,
            maximum: number(&row.maximum)?,
            cache: number(&row.cache)?,
            sql_type: match self.sql_type(&what, &row.r#type) {
                Some(sql_type) => sql_type,
                None => return Ok(()),
            },
            cycle: row.cycle,
            unlogged: row.unlogged,
            owned_by: row
                .owner
                .map(|(schema, table, column)| (Name::new(schema, table), column)),
            identity: row.identity,
            comment: row.comment,
        };
        self.objects
            .insert(ObjectId::Relation(name), Object::Sequence(sequence));
        Ok(())
    }

    fn other(&mut self, row: OtherRow, is_whole: bool) {
        let name = Name::new(row.schema, row.name);
        let kind = Kind::named(&row.kind);
        let shown = if name.schema.is_empty() {
            name.name.to_string()
        } else if kind.is_some_and(Kind::is_on_table) {
            shown_on_table(&name)
        } else {
            name.qualified().to_string()
        };
        let what = format!("{} {shown}{}", row.kind, row.part);
        let other = self.others.entry(what.trim_end().to_owned()).or_default();
        other.is_whole |= is_whole;
        let facts = row.facts.into_iter().map(|(what, value)| match value {
            Value::String(words) => (what, words),
            Value::Bool(is_so) => (what, if is_so { "yes" } else { "no" }.to_owned()),
            value @ (Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                (what, value.to_string())
            }
        });
        if row.bearer.is_some() {
            other.bearer = row.bearer;
        }
        other.bearers.extend(row.bearers);
        // What was not said is as none.
        other.facts.extend(facts.filter(|it| !it.1.is_empty()));
        // Tables have lines of their own.
        let kind = kind.filter(|it| it.facts().follows_text && *it != Kind::Table);
        if is_whole && let Some(kind) = kind {
            let opaque = Opaque {
                kind,
                ..Opaque::default()
            };
            let id = ObjectId::of(kind, &name);
            self.objects.insert(id, Object::Opaque(opaque));
        }
    }

    fn sql_type(&mut self, what: &str, text: &str) -> Option<SqlType> {
        let tokens = lex(text, 0, text.len()).unwrap_or_default();
        match sql_type::parse(text, &tokens, OWN) {
            Ok(WrittenType::Type(sql_type)) => Some(sql_type),
            Ok(WrittenType::Serial(_)) | Err(_) => {
                self.unread.insert(what.to_owned(), text.to_owned());
                None
            }
        }
    }

    fn expression(&mut self, what: &str, text: &str) -> Option<Expression> {
        let expression = Expression::parse(text).ok();
        if expression.is_none() {
            self.unread.insert(what.to_owned(), text.to_owned());
        }
        expression
    }
}

fn pair(pair: Pair) -> Name {
    Name::new(pair.0, pair.1)
}

fn odd(line: &str) -> String {
    format!("the server's answer is not to be understood: {line}")
}

fn parse<T: DeserializeOwned>(row: &str) -> Result<T, String> {
    serde_json::from_str(row).map_err(|error| format!("{}: {error}", odd(row)))
}

/// `name=value` of `reloptions`.
fn options(options: &[String]) -> BTreeMap<SmolStr, SmolStr> {
    let pairs = options.iter().filter_map(|it| it.split_once('='));
    pairs
        .map(|(name, value)| (name.to_smolstr(), value.to_smolstr()))
        .collect()
}

/// What stands in the quotes.
fn plain(value: &SmolStr) -> SmolStr {
    string_value(value).map_or_else(|| value.clone(), SmolStr::from)
}

/// A statement of PostgreSQL's that the language has, too.
fn parsed(statement: &str) -> Option<Operation> {
    let text = format!("upgrade {{ {statement}; }}");
    let source = Sources::default().add("", "");
    let mut body = syntax::parse_body(source, &text, OWN).ok()?;
    body.upgrade.pop().map(|it| it.operation)
}

fn parsed_constraint(statement: &str) -> Option<ConstraintDefinition> {
    let Operation::AlterTable(mut it) = parsed(statement)? else {
        return None;
    };
    let Action::AddConstraint { definition, .. } = it.actions.pop()? else {
        return None;
    };
    Some(definition)
}
