//! The lines that `read.sql` prints, and the objects that they tell of.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use smol_str::{SmolStr, ToSmolStr as _, format_smolstr};

use crate::catalog::Catalog;
use crate::catalog::difference::shown_on_table;
use crate::catalog::said::Said;
use crate::expression::Expression;
use crate::kind::Kind;
use crate::name::Name;
use crate::schema::{
    Age, Column, Composite, Constraint, ConstraintKind, Domain, Enum, Exclusion, Extension,
    ForeignKey, Generated, Identity, Index, IndexElement, Key, Namespace, Object, ObjectId, Opaque,
    Partition, ReferentialAction, Sequence, Table, Type,
};
use crate::sql_type::{self, SqlType, WrittenType};
use crate::token::{lex, quote_identifier};

/// The schema of what `read.sql` writes without one: it reads with that `search_path`.
const OWN: &str = "pg_catalog";

/// A line that tells of an object, or of a part of one.
#[derive(Debug, Deserialize)]
struct FactRow {
    kind: SmolStr,
    /// Empty where there is none.
    schema: SmolStr,
    name: SmolStr,
    /// Empty for the object itself.
    part: String,
    #[serde(flatten)]
    said: Said,
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
        let mut objects: BTreeMap<(SmolStr, Name), Vec<(String, Said)>> = BTreeMap::new();
        for line in printed.lines() {
            let (kind, row) = line.split_once(' ').ok_or_else(|| odd(line))?;
            match kind {
                "server" => catalog.version = row.parse().map_err(|_| odd(line))?,
                "fact" => {
                    let row: FactRow = parse(row)?;
                    let parts = objects.entry((row.kind, Name::new(row.schema, row.name)));
                    parts.or_default().push((row.part, row.said));
                }
                "other" => catalog.other(parse(row)?, true),
                "more" => catalog.other(parse(row)?, false),
                _ => return Err(odd(line)),
            }
        }
        for ((word, name), parts) in objects {
            let kind = Kind::named(&word).ok_or_else(|| odd(&word))?;
            let id = ObjectId::of(kind, &name);
            let mut own = Said::default();
            let mut inside = Vec::new();
            for (part, mut said) in parts {
                let usual = std::mem::take(&mut said.usual);
                if !usual.is_empty() {
                    let all = catalog.usual.entry(id.clone()).or_default();
                    all.insert(part.clone(), usual);
                }
                match part.split_once(' ') {
                    Some((kind, name)) => inside.push((kind.to_smolstr(), name.to_smolstr(), said)),
                    None => own = said,
                }
            }
            let inside_index = inside.iter().map(|(_, name, said)| (name, said));
            for (index, said) in inside_index.chain([(&name.name, &own)]) {
                if said.is("the state", "INVALID") {
                    catalog.invalid.insert(name.sibling(index.clone()));
                }
            }
            if let Some(object) = catalog.object(kind, &name, &own, &inside) {
                catalog.objects.insert(id, object);
            }
        }
        Ok(catalog)
    }

    /// None where something in it cannot be read, which is noted.
    fn object(
        &mut self,
        kind: Kind,
        name: &Name,
        own: &Said,
        parts: &[(SmolStr, SmolStr, Said)],
    ) -> Option<Object> {
        let comment = own.words("the comment");
        let what = format!("{kind} {}", name.qualified());
        Some(match kind {
            Kind::Schema => Object::Namespace(Namespace { comment }),
            Kind::Extension => Object::Extension(Extension {
                schema: own.words("the schema"),
                version: own.words("the version"),
                comment,
            }),
            Kind::Type if own.is("it", "an enum") => Object::Type(Type::Enum(Enum {
                values: own.list("the values"),
                comment,
            })),
            Kind::Type => Object::Type(Type::Composite(self.composite(&what, comment, parts)?)),
            Kind::Domain => Object::Type(Type::Domain(self.domain(&what, comment, own, parts)?)),
            Kind::Table => Object::Table(self.table(&what, comment, own, parts)),
            Kind::Index => Object::Index(self.index(&what, comment, own)?),
            Kind::Sequence => Object::Sequence(self.sequence(&what, comment, own)?),
            Kind::Defined(_) => return None,
        })
    }

    fn composite(
        &mut self,
        what: &str,
        comment: Option<SmolStr>,
        parts: &[(SmolStr, SmolStr, Said)],
    ) -> Option<Composite> {
        let mut composite = Composite {
            comment,
            ..Composite::default()
        };
        for (_, name, said) in parts {
            if let Some(comment) = said.words("the comment") {
                composite.attribute_comments.insert(name.clone(), comment);
            }
            let sql_type = self.sql_type(what, said)?;
            let attribute = (name.clone(), sql_type, said.collation("the collation"));
            composite.attributes.push(attribute);
        }
        Some(composite)
    }

    fn domain(
        &mut self,
        what: &str,
        comment: Option<SmolStr>,
        own: &Said,
        parts: &[(SmolStr, SmolStr, Said)],
    ) -> Option<Domain> {
        let mut domain = Domain {
            base: self.sql_type(what, own)?,
            collation: own.collation("the collation"),
            default: self.expression(what, own, "the default").ok()?,
            not_null: own.is("null", "not null"),
            checks: BTreeMap::new(),
            not_valid: BTreeSet::new(),
            check_comments: BTreeMap::new(),
            comment,
        };
        for (_, name, said) in parts {
            let what = format!("check {} of {what}", quote_identifier(name));
            if said.is("validation", "not valid") {
                domain.not_valid.insert(name.clone());
            }
            let expression = self.expression(&what, said, "the expression").ok()??;
            domain.checks.insert(name.clone(), expression);
            if let Some(comment) = said.words("the comment") {
                domain.check_comments.insert(name.clone(), comment);
            }
        }
        Some(domain)
    }

    fn table(
        &mut self,
        what: &str,
        comment: Option<SmolStr>,
        own: &Said,
        parts: &[(SmolStr, SmolStr, Said)],
    ) -> Table {
        let mut all_options = own.options("the storage parameters");
        all_options.extend(own.options("the storage parameters of TOAST"));
        let parent = own.name("the partitioned table");
        let mut table = Table {
            unlogged: own.is("it", "unlogged"),
            inherits: own.names("the parents"),
            of: None,
            partition_by: own.text("the partition key"),
            partition_of: parent
                .zip(own.text("the bound"))
                .map(|(it, bound)| Partition {
                    parent: it.0,
                    bound,
                }),
            options: all_options,
            tablespace: own.words("the tablespace"),
            comment,
            ..Table::default()
        };
        for (kind, name, said) in parts {
            let what = format!("{kind} {} of {what}", quote_identifier(name));
            if kind == "column" {
                let column = self.column(&what, name, said);
                table.columns.extend(column.map(Arc::new));
            } else if let Some(it) = self.constraint(&what, said) {
                table.constraints.insert(name.clone(), Arc::new(it));
            }
        }
        table
    }

    fn column(&mut self, what: &str, name: &SmolStr, said: &Said) -> Option<Column> {
        let generated = self.expression(what, said, "the expression").ok()?;
        Some(Column {
            name: name.clone(),
            sql_type: self.sql_type(what, said)?,
            collation: said.collation("the collation"),
            not_null: said.is("null", "not null"),
            default: self.expression(what, said, "the default").ok()?,
            identity: said
                .name("the sequence of the identity")
                .map(|it| Identity {
                    always: said.is("the identity", "always"),
                    sequence: it.0,
                }),
            generated: generated.map(|expression| Generated {
                expression,
                stored: said.is("generated", "stored"),
            }),
            comment: said.words("the comment"),
            inherited: !said.is("its origin", "local"),
            own: !said.is("its origin", "inherited"),
        })
    }

    /// None where something in it cannot be read, or means what the model does not know.
    fn constraint(&mut self, what: &str, said: &Said) -> Option<Constraint> {
        let unknown = ["overlaps", "enforcement"];
        if unknown.iter().any(|it| said.words.contains_key(*it)) {
            self.unread.insert(what.to_owned(), said.shown());
            return None;
        }
        let key = || Key {
            columns: said.list("the columns"),
            include: said.list("the included columns"),
            nulls_not_distinct: said.is("nulls", "not distinct"),
            options: said.options("the storage parameters"),
            tablespace: said.words("the tablespace"),
            age: Age::default(),
        };
        let it = said.words("it").unwrap_or_default();
        let kind = match it.as_str() {
            "a primary key" => ConstraintKind::PrimaryKey(key()),
            "a unique constraint" => ConstraintKind::Unique(key()),
            "a foreign key" => ConstraintKind::ForeignKey(ForeignKey {
                columns: said.list("the columns"),
                table: said.name("the referenced table")?.0,
                references: said.list("the referenced columns"),
                match_full: said.is("the match", "full"),
                on_delete: action(said, "on delete")?,
                on_update: action(said, "on update")?,
                on_delete_columns: said.list("the columns of on delete"),
                index: said.words("the referenced index").unwrap_or_default(),
            }),
            "an exclusion constraint" => ConstraintKind::Exclusion(Exclusion {
                method: said.words("the method")?,
                elements: self.elements(what, said)?,
                include: said.list("the included columns"),
                options: said.options("the storage parameters"),
                tablespace: said.words("the tablespace"),
                predicate: self.expression(what, said, "the predicate").ok()?,
            }),
            _ => ConstraintKind::Check {
                expression: self.expression(what, said, "the expression").ok()??,
                no_inherit: it == "a check, no inherit",
            },
        };
        Some(Constraint {
            kind,
            deferrable: !said.is("deferral", "not deferrable"),
            initially_deferred: said.is("deferral", "initially deferred"),
            validated: said.is("validation", "valid"),
            comment: said.words("the comment"),
            index_comment: said.words("the comment of its index"),
            inherited: !said.is("its origin", "local"),
            own: !said.is("its origin", "inherited"),
        })
    }

    fn index(&mut self, what: &str, comment: Option<SmolStr>, own: &Said) -> Option<Index> {
        let elements = self.elements(what, own)?;
        Some(Index {
            table: own.name("the table")?.0,
            unique: own.is("it", "unique"),
            method: own.words("the method")?,
            elements: elements.into_iter().map(|it| it.0).collect(),
            include: own.list("the included columns"),
            nulls_not_distinct: own.is("nulls", "not distinct"),
            options: own.options("the storage parameters"),
            tablespace: own.words("the tablespace"),
            predicate: self.expression(what, own, "the predicate").ok()?,
            comment,
            only: false,
            parent: own
                .name("the index of the partitioned table")
                .map(|it| it.0),
            age: Age::default(),
        })
    }

    /// The elements of an index, each with its operator, which those of exclusion constraints have.
    fn elements(&mut self, what: &str, said: &Said) -> Option<Vec<(IndexElement, SmolStr)>> {
        let mut elements = Vec::new();
        loop {
            let number = elements.len() + 1;
            let element = format!("element {number}");
            let expression = match said.words(&element) {
                Some(column) => Expression::column(&column),
                None => match self.expression(what, said, &element).ok()? {
                    Some(expression) => expression,
                    None => return Some(elements),
                },
            };
            let order = said.words(&format!("the order of {element}"));
            let order = order.as_deref().unwrap_or_default();
            let class = said.words(&format!("the operator class of {element}"));
            let element_of = IndexElement {
                expression,
                collation: said.collation(&format!("the collation of {element}")),
                operator_class: class.map(|it| written_class(&it)),
                descending: order.starts_with("desc"),
                nulls_first: order
                    .split_once(" nulls ")
                    .map(|(_, place)| place == "first"),
            };
            let operator = said.words(&format!("the operator of {element}"));
            elements.push((element_of, operator.unwrap_or_default()));
        }
    }

    fn sequence(&mut self, what: &str, comment: Option<SmolStr>, own: &Said) -> Option<Sequence> {
        let number = |what: &str| own.words(what)?.parse::<i64>().ok();
        Some(Sequence {
            sql_type: self.sql_type(what, own)?,
            start: number("the start")?,
            increment: number("the increment")?,
            minimum: number("the minimum")?,
            maximum: number("the maximum")?,
            cache: number("the cache")?,
            cycle: own.is("cycling", "on"),
            unlogged: own.is("it", "unlogged"),
            owned_by: own
                .name("the owner")
                .and_then(|(table, column)| Some((table, column?))),
            identity: own.is("the purpose", "an identity column"),
            comment,
        })
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

    /// `the type`; none where it cannot be read, which is noted.
    fn sql_type(&mut self, what: &str, said: &Said) -> Option<SqlType> {
        let text = said.words("the type").unwrap_or_default();
        let tokens = lex(&text, 0, text.len()).unwrap_or_default();
        match sql_type::parse(&text, &tokens, OWN) {
            Ok(WrittenType::Type(sql_type)) => Some(sql_type),
            Ok(WrittenType::Serial(_)) | Err(_) => {
                self.unread.insert(what.to_owned(), text.into());
                None
            }
        }
    }

    /// An expression, if there is one; an error where it cannot be read, which is noted.
    fn expression(
        &mut self,
        what: &str,
        said: &Said,
        fact: &str,
    ) -> Result<Option<Expression>, Unread> {
        let Some(text) = said.expressions.get(fact) else {
            return Ok(None);
        };
        Expression::parse(text).map(Some).map_err(|_| {
            self.unread.insert(what.to_owned(), text.to_owned());
            Unread
        })
    }
}

/// Something is noted among [`Catalog::unread`].
struct Unread;

fn action(said: &Said, what: &str) -> Option<ReferentialAction> {
    let words = said.words(what)?;
    ReferentialAction::ALL
        .into_iter()
        .find(|it| it.words() == words)
}

/// An operator class as statements write it; parameters follow its name in parentheses.
fn written_class(words: &str) -> SmolStr {
    let (name, parameters) = words.split_at(words.find('(').unwrap_or(words.len()));
    format_smolstr!("{}{parameters}", quote_identifier(name))
}

fn odd(line: &str) -> String {
    format!("unexpected answer from the server: {line}")
}

fn parse<T: DeserializeOwned>(row: &str) -> Result<T, String> {
    serde_json::from_str(row).map_err(|error| format!("{}: {error}", odd(row)))
}
