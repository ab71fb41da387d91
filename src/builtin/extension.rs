//! What extensions bring, by the rows of the catalogue that they add.

mod table;

use std::sync::LazyLock;

use crate::builtin::others::{AccessMethod, Collation, Language, TextSearch};
use crate::builtin::row::{Fields, Row, TypeReference, Versions};
use crate::builtin::rows::{
    Cast, FamilyOperator, Function, Operator, OperatorClass, Relation, Type,
};
use crate::builtin::{TypeId, equal_range};

/// How an extension's facts name a type.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum TypeRef {
    /// A type of the server.
    Core(TypeId),
    /// A type of the extension itself, by name.
    Own(&'static str),
    /// A type of an extension that it requires.
    Other {
        /// The other extension.
        extension: &'static str,
        /// The type's name.
        name: &'static str,
    },
}

impl TypeReference for TypeRef {
    fn parse(name: &'static str) -> Self {
        match name.strip_prefix('@') {
            None => Self::Core(TypeId::parse(name)),
            Some(marked) => match marked.split_once('.') {
                None => Self::Own(marked),
                Some((extension, name)) => Self::Other { extension, name },
            },
        }
    }
}

/// What the control file of an extension says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Control {
    /// The version of the extension that was read.
    pub release: &'static str,
    /// Whether a user without superuser rights can install it.
    pub trusted: bool,
    /// Whether it needs a superuser, unless it is trusted.
    pub superuser: bool,
    /// Whether its objects can move to another schema.
    pub relocatable: bool,
    /// The schema that it always has.
    pub schema: Option<&'static str>,
    /// The extensions that it needs.
    pub requires: Box<[&'static str]>,
    /// The server's versions for which this holds.
    pub versions: Versions,
}

/// The objects of an extension.
///
/// The versions of its rows are those of the server. An extension that does not come with PostgreSQL was read from one
/// server, and has all of its rows in every version. A row without a schema lies in the schema of the extension.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Extension {
    /// The name.
    pub name: &'static str,
    /// What its control file says.
    pub controls: Vec<Control>,
    /// Its types, arrays and row types included, sorted by name.
    pub types: Vec<Type<TypeRef>>,
    /// Its functions, sorted by name.
    pub functions: Vec<Function<TypeRef>>,
    /// Its operators, sorted by name.
    pub operators: Vec<Operator<TypeRef>>,
    /// Its casts.
    pub casts: Vec<Cast<TypeRef>>,
    /// Its operator classes.
    pub operator_classes: Vec<OperatorClass<TypeRef>>,
    /// The operators of its families, and those with its types or operators in other families.
    pub family_operators: Vec<FamilyOperator<TypeRef>>,
    /// Its tables, views, sequences and composite types.
    pub relations: Vec<Relation<TypeRef>>,
    /// Its collations.
    pub collations: Vec<Collation>,
    /// Its access methods.
    pub access_methods: Vec<AccessMethod>,
    /// Its text search objects.
    pub text_search: Vec<TextSearch>,
    /// Its languages.
    pub languages: Vec<Language>,
}

impl Extension {
    /// What the control file says in a version of the server.
    #[must_use]
    pub fn control(&self, version: u8) -> Option<&Control> {
        self.controls
            .iter()
            .find(|control| control.versions.contains(version))
    }

    /// The type with this name in a version of the server.
    #[must_use]
    pub fn type_named(&self, name: &str, version: u8) -> Option<&Type<TypeRef>> {
        self.types
            .iter()
            .find(|row| row.name == name && row.versions.contains(version))
    }

    /// The functions with this name, of every version, in every schema.
    pub fn functions<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Function<TypeRef>> {
        self.functions.iter().filter(move |row| row.name == name)
    }

    /// The operators with this name, of every version.
    pub fn operators<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Operator<TypeRef>> {
        self.operators.iter().filter(move |row| row.name == name)
    }

    /// The relation with this name in a version of the server.
    #[must_use]
    pub fn relation(&self, name: &str, version: u8) -> Option<&Relation<TypeRef>> {
        self.relations
            .iter()
            .find(|row| row.name == name && row.versions.contains(version))
    }

    /// Whether it brings a function, type or relation of that name, in the schema that it is installed in.
    #[must_use]
    pub fn brings(&self, name: &str) -> bool {
        self.functions.iter().any(|it| it.name == name)
            || self.types.iter().any(|it| it.name == name)
            || self.relations.iter().any(|it| it.name == name)
    }

    /// Whether it brings an operator of that name.
    #[must_use]
    pub fn brings_operator(&self, name: &str) -> bool {
        self.operators(name).next().is_some()
    }

    fn parse(name: &'static str, text: &'static str) -> Self {
        let mut all = Self {
            name,
            controls: Vec::new(),
            types: Vec::new(),
            functions: Vec::new(),
            operators: Vec::new(),
            casts: Vec::new(),
            operator_classes: Vec::new(),
            family_operators: Vec::new(),
            relations: Vec::new(),
            collations: Vec::new(),
            access_methods: Vec::new(),
            text_search: Vec::new(),
            languages: Vec::new(),
        };
        for line in text.lines() {
            let mut fields = Fields::new(line);
            let fields = &mut fields;
            let class = fields.text();
            let versions = fields.versions();
            if class == "extension" {
                all.controls.push(Control {
                    release: fields.text(),
                    trusted: fields.flag(),
                    superuser: fields.flag(),
                    relocatable: fields.flag(),
                    schema: fields.optional(),
                    requires: fields.list(|name| name),
                    versions,
                });
                continue;
            }
            let schema = fields.text();
            match class {
                "type" => all.types.push(Row::parse(schema, versions, fields)),
                "function" => all.functions.push(Row::parse(schema, versions, fields)),
                "operator" => all.operators.push(Row::parse(schema, versions, fields)),
                "cast" => all.casts.push(Row::parse(schema, versions, fields)),
                "opclass" => all
                    .operator_classes
                    .push(Row::parse(schema, versions, fields)),
                "family_operator" => all
                    .family_operators
                    .push(Row::parse(schema, versions, fields)),
                "relation" => all.relations.push(Row::parse(schema, versions, fields)),
                "collation" => all.collations.push(Row::parse(schema, versions, fields)),
                "access_method" => all
                    .access_methods
                    .push(Row::parse(schema, versions, fields)),
                "text_search" => all.text_search.push(Row::parse(schema, versions, fields)),
                "language" => all.languages.push(Row::parse(schema, versions, fields)),
                other => panic!("the data of {name} has no class {other}"),
            }
        }
        all
    }
}

/// The file of one extension, parsed when first asked for.
#[derive(Debug)]
struct Entry {
    name: &'static str,
    facts: LazyLock<Extension>,
}

/// The facts of an extension.
#[must_use]
pub fn extension(name: &str) -> Option<&'static Extension> {
    equal_range(&table::ENTRIES, &name, |entry| entry.name)
        .first()
        .map(|entry| &*entry.facts)
}

/// The names of the extensions that the data knows, sorted.
pub fn extension_names() -> impl Iterator<Item = &'static str> {
    table::ENTRIES.iter().map(|entry| entry.name)
}
