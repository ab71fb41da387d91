//! Facts of PostgreSQL's catalogue: what parse analysis asks `pg_catalog` for, offline.
//!
//! The rows in `data/` were read from servers of the versions 14 to 18. A row says in which versions exactly it exists. A
//! lookup by a name that several rows can have gives those of all versions, and the caller keeps the rows whose
//! [`Versions`] contain its own. A lookup of one object takes the version. Data is not parsed before the first lookup of
//! its class, and every text borrows from the binary.

mod codes;
mod extension;
mod ids;
mod others;
mod row;
mod rows;

use std::hash::BuildHasherDefault;
use std::ops::Range;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use row::{Fields, Row};

pub use codes::{
    AccessMethodKind, AggregateKind, CastContext, CastMethod, CollationProvider,
    FamilyOperatorPurpose, FunctionKind, KeywordCategory, RelationKind, Subscript, TextSearchKind,
    TypeKind, Volatility,
};
pub use extension::{Control, Extension, TypeRef, extension, extension_names};
pub use others::{AccessMethod, Collation, Keyword, Language, TextSearch};
pub use row::{TypeReference, Versions};
pub use rows::{
    Aggregate, Cast, Column, FamilyOperator, Function, Operator, OperatorClass, Relation, Type,
};

/// The oldest major version that the data knows.
pub const OLDEST: u8 = 14;

/// The newest major version that the data knows; a newer one is taken for it.
pub const NEWEST: u8 = 18;

/// A type of `pg_catalog`, or a domain of `information_schema`, by its place among the sorted names.
///
/// An id is good for one build of the data: it is never stored.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct TypeId(u16);

impl TypeId {
    /// The type's facts in the newest version that has it.
    #[must_use]
    pub fn facts(self) -> &'static Type {
        self.rows()
            .last()
            .expect("an id names a type, which has a row")
    }

    /// The type's facts in one version, `None` where the type does not exist.
    #[must_use]
    pub fn facts_in(self, version: u8) -> Option<&'static Type> {
        self.rows()
            .iter()
            .find(|row| row.versions.contains(version))
    }

    /// The name by which the data files call the type, without a schema.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// Every type, in the order of ids.
    pub fn all() -> impl Iterator<Item = Self> {
        let count = TYPES.places.len();
        (0..u16::try_from(count).expect("there are fewer than 65536 types")).map(Self)
    }

    fn rows(self) -> &'static [Type] {
        let types = &*TYPES;
        let place = &types.places[usize::from(self.0)];
        &types.rows[place.start as usize..place.end as usize]
    }
}

struct Names {
    by_name: FxHashMap<&'static str, TypeId>,
    places: Vec<Range<u32>>,
}

struct Types {
    rows: Vec<Type>,
    places: &'static [Range<u32>],
}

const TYPE_DATA: &str = include_str!("builtin/data/type.tsv");

/// The ids come before the rows, which refer to them.
static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let mut by_name = FxHashMap::with_capacity_and_hasher(256, BuildHasherDefault::default());
    let mut places: Vec<Range<u32>> = Vec::with_capacity(256);
    let mut last = "";
    for (at, line) in (0u32..).zip(TYPE_DATA.lines()) {
        let name = line
            .split('\t')
            .nth(1)
            .expect("a line of a type has its name");
        if name == last {
            places.last_mut().expect("a second row follows a first").end = at + 1;
            continue;
        }
        last = name;
        let id = TypeId(u16::try_from(places.len()).expect("there are fewer than 65536 types"));
        by_name.insert(name, id);
        places.push(at..at + 1);
    }
    Names { by_name, places }
});

static TYPES: LazyLock<Types> = LazyLock::new(|| Types {
    rows: core_rows(TYPE_DATA),
    places: &NAMES.places,
});

/// The rows of one class, and where each name's begin and end.
struct Index<R: 'static> {
    rows: Vec<R>,
    by_name: FxHashMap<&'static str, Range<u32>>,
}

impl<R: Row> Index<R> {
    /// `name` must be equal only for neighbours.
    fn new(text: &'static str, name: impl Fn(&R) -> &'static str) -> Self {
        let rows: Vec<R> = core_rows(text);
        let mut by_name =
            FxHashMap::with_capacity_and_hasher(rows.len(), BuildHasherDefault::default());
        let mut start = 0;
        for group in rows.chunk_by(|left, right| name(left) == name(right)) {
            let end = start + u32::try_from(group.len()).expect("there are fewer than 2^32 rows");
            by_name.insert(name(&group[0]), start..end);
            start = end;
        }
        Self { rows, by_name }
    }

    fn named(&self, name: &str) -> &[R] {
        match self.by_name.get(name) {
            Some(place) => &self.rows[place.start as usize..place.end as usize],
            None => &[],
        }
    }
}

fn core_rows<R: Row>(text: &'static str) -> Vec<R> {
    parse_rows(text, |_| "pg_catalog")
}

fn parse_rows<R: Row>(text: &'static str, schema: impl Fn(&mut Fields) -> &'static str) -> Vec<R> {
    let mut rows = Vec::with_capacity(text.len() / 32);
    for line in text.lines() {
        let mut fields = Fields::new(line);
        let versions = fields.versions();
        let schema = schema(&mut fields);
        rows.push(R::parse(schema, versions, &mut fields));
    }
    rows
}

/// The rows whose key is equal, of rows sorted by the key.
fn equal_range<'a, R, K: Ord>(rows: &'a [R], key: &K, of: impl Fn(&R) -> K) -> &'a [R] {
    let start = rows.partition_point(|row| of(row) < *key);
    let count = rows[start..].partition_point(|row| of(row) == *key);
    &rows[start..start + count]
}

static FUNCTIONS: LazyLock<Index<Function>> = LazyLock::new(|| {
    Index::new(
        include_str!("builtin/data/function.tsv"),
        |row: &Function| row.name,
    )
});
static OPERATORS: LazyLock<Index<Operator>> = LazyLock::new(|| {
    Index::new(
        include_str!("builtin/data/operator.tsv"),
        |row: &Operator| row.name,
    )
});
static CASTS: LazyLock<Vec<Cast>> =
    LazyLock::new(|| core_rows(include_str!("builtin/data/cast.tsv")));
static OPERATOR_CLASSES: LazyLock<Index<OperatorClass>> = LazyLock::new(|| {
    Index::new(
        include_str!("builtin/data/opclass.tsv"),
        |row: &OperatorClass| row.method,
    )
});
static FAMILY_OPERATORS: LazyLock<Vec<FamilyOperator>> =
    LazyLock::new(|| core_rows(include_str!("builtin/data/family_operator.tsv")));
static RELATIONS: LazyLock<Vec<Relation>> =
    LazyLock::new(|| parse_rows(include_str!("builtin/data/relation.tsv"), Fields::text));
static COLLATIONS: LazyLock<Vec<Collation>> =
    LazyLock::new(|| core_rows(include_str!("builtin/data/collation.tsv")));
static ACCESS_METHODS: LazyLock<Vec<AccessMethod>> =
    LazyLock::new(|| core_rows(include_str!("builtin/data/access_method.tsv")));
static TEXT_SEARCH: LazyLock<Vec<TextSearch>> =
    LazyLock::new(|| core_rows(include_str!("builtin/data/text_search.tsv")));
static LANGUAGES: LazyLock<Vec<Language>> =
    LazyLock::new(|| core_rows(include_str!("builtin/data/language.tsv")));
static KEYWORDS: LazyLock<Index<Keyword>> = LazyLock::new(|| {
    Index::new(include_str!("builtin/data/keyword.tsv"), |row: &Keyword| {
        row.word
    })
});

/// The type of `pg_catalog` with this `typname` (an array is `_int4`).
#[must_use]
pub fn type_named(name: &str) -> Option<TypeId> {
    // The domains of `information_schema` are kept under a name with a dot.
    NAMES
        .by_name
        .get(name)
        .copied()
        .filter(|_| !name.contains('.'))
}

/// The type with this name in `pg_catalog` or `information_schema`.
#[must_use]
pub fn type_in(schema: &str, name: &str) -> Option<TypeId> {
    match schema {
        "pg_catalog" => type_named(name),
        "information_schema" => {
            TypeId::all().find(|id| id.facts().schema == schema && id.facts().name == name)
        }
        _ => None,
    }
}

/// The functions, procedures, aggregates and window functions of `pg_catalog` with this name, of every version.
#[must_use]
pub fn functions(name: &str) -> &'static [Function] {
    FUNCTIONS.named(name)
}

/// Every function of `pg_catalog`, sorted by name.
#[must_use]
pub fn all_functions() -> &'static [Function] {
    &FUNCTIONS.rows
}

/// The names of all functions of `pg_catalog`, sorted.
pub fn function_names() -> impl Iterator<Item = &'static str> {
    let groups = FUNCTIONS.rows.chunk_by(|one, other| one.name == other.name);
    groups.map(|it| it[0].name)
}

/// The range type whose multirange this is.
#[must_use]
pub fn range_of_multirange(multirange: TypeId) -> Option<TypeId> {
    let facts = multirange.facts();
    facts.subtype.filter(|_| facts.kind == TypeKind::Multirange)
}

/// The types that an access method has a default operator class for.
pub fn default_classes(method: &str) -> impl Iterator<Item = TypeId> {
    let classes = operator_classes(method).iter();
    classes.filter(|it| it.default).map(|it| it.input)
}

/// The operators of `pg_catalog` with this name, of every version; a prefix operator has no left type.
#[must_use]
pub fn operators(name: &str) -> &'static [Operator] {
    OPERATORS.named(name)
}

/// The row of `pg_cast` from one type to another in a version.
#[must_use]
pub fn cast(source: TypeId, target: TypeId, version: u8) -> Option<&'static Cast> {
    equal_range(&CASTS, &(source, target), |row| (row.source, row.target))
        .iter()
        .find(|row| row.versions.contains(version))
}

/// The casts from a type, of every version, sorted by target.
#[must_use]
pub fn casts_from(source: TypeId) -> &'static [Cast] {
    equal_range(&CASTS, &source, |row| row.source)
}

/// The operator classes of an access method, of every version, sorted by name.
#[must_use]
pub fn operator_classes(method: &str) -> &'static [OperatorClass] {
    OPERATOR_CLASSES.named(method)
}

/// The operator classes of an access method with this name (more than one where versions differ).
#[must_use]
pub fn operator_class(method: &str, name: &str) -> &'static [OperatorClass] {
    equal_range(operator_classes(method), &name, |row| row.name)
}

/// The default operator class of an access method for exactly this type.
///
/// For a type that is taken for another one (`varchar` for `text`, an array for `anyarray`), the caller asks again with
/// that other one.
#[must_use]
pub fn default_operator_class(
    method: &str,
    input: TypeId,
    version: u8,
) -> Option<&'static OperatorClass> {
    operator_classes(method)
        .iter()
        .find(|row| row.default && row.input == input && row.versions.contains(version))
}

/// The operators of a family, of every version, sorted by operand types.
#[must_use]
pub fn family_operators(method: &str, family: &str) -> &'static [FamilyOperator] {
    equal_range(&FAMILY_OPERATORS, &(method, family), |row| {
        (row.method, row.family)
    })
}

/// Every place of an operator in a family.
pub fn families_of(
    operator: &str,
    left: TypeId,
    right: TypeId,
) -> impl Iterator<Item = &'static FamilyOperator> + use<'_> {
    FAMILY_OPERATORS
        .iter()
        .filter(move |row| row.operator == operator && row.left == left && row.right == right)
}

/// A table or view of `pg_catalog` or `information_schema` in a version.
#[must_use]
pub fn relation(schema: &str, name: &str, version: u8) -> Option<&'static Relation> {
    equal_range(&RELATIONS, &(schema, name), |row| (row.schema, row.name))
        .iter()
        .find(|row| row.versions.contains(version))
}

/// Every table and view, sorted by schema and name.
#[must_use]
pub fn all_relations() -> &'static [Relation] {
    &RELATIONS
}

/// A collation that every build of a version has.
#[must_use]
pub fn collation(name: &str, version: u8) -> Option<&'static Collation> {
    equal_range(&COLLATIONS, &name, |row| row.name)
        .iter()
        .find(|row| row.versions.contains(version))
}

/// An access method.
#[must_use]
pub fn access_method(name: &str, version: u8) -> Option<&'static AccessMethod> {
    equal_range(&ACCESS_METHODS, &name, |row| row.name)
        .iter()
        .find(|row| row.versions.contains(version))
}

/// A configuration, dictionary, parser or template of text search.
#[must_use]
pub fn text_search(kind: TextSearchKind, name: &str, version: u8) -> Option<&'static TextSearch> {
    TEXT_SEARCH
        .iter()
        .find(|row| row.kind == kind && row.name == name && row.versions.contains(version))
}

/// A procedural language of a fresh database.
#[must_use]
pub fn language(name: &str, version: u8) -> Option<&'static Language> {
    equal_range(&LANGUAGES, &name, |row| row.name)
        .iter()
        .find(|row| row.versions.contains(version))
}

/// A keyword (`pg_get_keywords`), in lower case.
#[must_use]
pub fn keyword(word: &str, version: u8) -> Option<&'static Keyword> {
    KEYWORDS
        .named(word)
        .iter()
        .find(|row| row.versions.contains(version))
}

#[cfg(test)]
mod tests;
