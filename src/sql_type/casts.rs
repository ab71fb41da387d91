//! Which type becomes which: `pg_cast` and the rules of PostgreSQL's coercions around it (`find_coercion_pathway` in its
//! `parse_coerce.c`, "CREATE CAST" in its manual), and which types a foreign key can join.
//!
//! A cast that only some of the servers 14 to 18 have is left out (`bytea` and integers, new in 18; `path` to `point`,
//! gone in 15), so that what is allowed here works on all of them. Casts that extensions or users make are unknown here.

use super::catalog::{OperatorClass, builtin_type};

/// A type as casts see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CastType<'a> {
    /// A builtin type by its `typname`: `int4`, never `integer`.
    Builtin(&'a str),
    /// An enum of the schema, by any name that is unique.
    Enum(&'a str),
    /// A composite type of the schema, by any name that is unique.
    Composite(&'a str),
    /// A domain of the schema, by any name that is unique, over its type. Where its constraints hold is not asked here.
    Domain(&'a str, &'a Self),
    /// An array, of whatever dimensions.
    Array(&'a Self),
}

/// When a cast happens by itself; each context includes those above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CastContext {
    /// Anywhere, also inside expressions.
    Implicit,
    /// On the way into a column: defaults, `insert`, `alter column … type` without `using`.
    Assignment,
    /// Only where written: `using x::integer`.
    Explicit,
}

use CastContext::{Assignment as A, Explicit as E, Implicit as I};

impl<'a> From<&'a str> for CastType<'a> {
    fn from(name: &'a str) -> Self {
        Self::Builtin(name)
    }
}

impl<'a> CastType<'a> {
    /// The type under all domains: a domain casts and compares as that, but an array of a domain is a type of its own.
    fn base(self) -> Self {
        match self {
            Self::Domain(_, base) => base.base(),
            Self::Builtin(_) | Self::Enum(_) | Self::Composite(_) | Self::Array(_) => self,
        }
    }

    fn builtin(self) -> Option<&'a str> {
        match self {
            Self::Builtin(name) => Some(name),
            Self::Enum(_) | Self::Composite(_) | Self::Domain(..) | Self::Array(_) => None,
        }
    }
}

/// When a value of type `source` becomes one of type `target`; `None` if never, not even by an explicit cast.
pub fn cast_context<'a>(
    source: impl Into<CastType<'a>>,
    target: impl Into<CastType<'a>>,
) -> Option<CastContext> {
    let (source, target) = (source.into().base(), target.into().base());
    if source == target {
        return Some(CastContext::Implicit);
    }
    if let Some((_, _, context, _)) = cast(source, target) {
        return Some(*context);
    }
    if let (Some(source), CastType::Array(target)) = (element(source), target)
        && let Some(context) = cast_context(source, *target)
    {
        return Some(context);
    }
    // PostgreSQL writes the value out and reads it again, which it does for strings only.
    if is_string(target) {
        Some(CastContext::Assignment)
    } else if is_string(source) {
        Some(CastContext::Explicit)
    } else {
        None
    }
}

/// Whether a value of type `source` is one of type `target` as it is stored, so that `alter column … type` rewrites no
/// row for the change of type itself (a new length or precision may still need it).
pub fn same_storage<'a>(source: impl Into<CastType<'a>>, target: impl Into<CastType<'a>>) -> bool {
    let (source, target) = (source.into().base(), target.into().base());
    source == target || cast(source, target).is_some_and(|(_, _, _, binary)| *binary)
}

/// Whether a value of type `source` is taken for one of type `target` without a change (`IsBinaryCoercible`): operator
/// classes ask.
#[must_use]
pub fn binary_coercible(source: &str, target: &str) -> bool {
    source == target
        || cast(source.into(), target.into())
            .is_some_and(|(_, _, context, binary)| *binary && *context == I)
}

/// Whether a foreign key column of type `referencing` can refer to a key column of type `referenced`.
///
/// PostgreSQL's rule (`ATAddForeignKeyConstraint`): the key's operator family has an equality operator for the two
/// types, or both become the type of the key's operator class implicitly. The key's index has its default class.
pub fn foreign_key_comparable<'a>(
    referenced: impl Into<CastType<'a>>,
    referencing: impl Into<CastType<'a>>,
) -> bool {
    let (referenced, referencing) = (referenced.into().base(), referencing.into().base());
    match referenced {
        CastType::Builtin(key) => {
            default_class(key).is_some_and(|class| class_accepts(class, referenced, referencing))
        }
        // The class takes `record`, which every composite type becomes.
        CastType::Composite(_) => matches!(referencing, CastType::Composite(_)),
        // The class takes `anyenum` or `anyarray`, all of one type.
        CastType::Enum(_) | CastType::Domain(..) | CastType::Array(_) => referenced == referencing,
    }
}

fn class_accepts(
    class: OperatorClass,
    referenced: CastType<'_>,
    referencing: CastType<'_>,
) -> bool {
    if class.input.starts_with("any") {
        return referenced == referencing;
    }
    // In every builtin family, each two of its own types have an equality operator.
    let same_family = referencing.builtin().is_some_and(|name| {
        default_class(name).is_some_and(|own| own.input == name && own.family == class.family)
    });
    // 18 refuses a column without collation for a key that has one; `"char"` is the only such case.
    let collated = referencing.builtin() != Some("char") || class.input == "char";
    same_family || collated && cast_context(referencing, class.input) == Some(CastContext::Implicit)
}

fn default_class(name: &str) -> Option<OperatorClass> {
    builtin_type(name).and_then(|it| it.btree)
}

fn cast(source: CastType<'_>, target: CastType<'_>) -> Option<&'static Cast> {
    let pair = (source.builtin()?, target.builtin()?);
    CASTS
        .binary_search_by_key(&pair, |(source, target, _, _)| (source, target))
        .ok()
        .map(|index| &CASTS[index])
}

/// The type of the elements, if `source` is an array or one of the two builtin types that are arrays in disguise.
fn element(source: CastType<'_>) -> Option<CastType<'_>> {
    match source {
        CastType::Array(element) => Some(*element),
        CastType::Builtin("int2vector") => Some(CastType::Builtin("int2")),
        CastType::Builtin("oidvector") => Some(CastType::Builtin("oid")),
        CastType::Builtin(_)
        | CastType::Enum(_)
        | CastType::Composite(_)
        | CastType::Domain(..) => None,
    }
}

fn is_string(it: CastType<'_>) -> bool {
    it.builtin()
        .and_then(builtin_type)
        .is_some_and(|it| it.category == 'S')
}

/// Source, target, context, and whether the stored bytes stay as they are (`castmethod` b).
type Cast = (&'static str, &'static str, CastContext, bool);

#[rustfmt::skip]
const CASTS: &[Cast] = &[
    ("bit", "int4", E, false), ("bit", "int8", E, false), ("bit", "varbit", I, true),
    ("bool", "bpchar", A, false), ("bool", "int4", E, false), ("bool", "text", A, false),
    ("bool", "varchar", A, false), ("box", "circle", E, false), ("box", "lseg", E, false),
    ("box", "point", E, false), ("box", "polygon", A, false), ("bpchar", "char", A, false),
    ("bpchar", "name", I, false), ("bpchar", "text", I, false), ("bpchar", "varchar", I, false),
    ("bpchar", "xml", E, false), ("char", "bpchar", A, false), ("char", "int4", E, false),
    ("char", "text", I, false), ("char", "varchar", A, false), ("cidr", "bpchar", A, false),
    ("cidr", "inet", I, true), ("cidr", "text", A, false), ("cidr", "varchar", A, false),
    ("circle", "box", E, false), ("circle", "point", E, false), ("circle", "polygon", E, false),
    ("date", "timestamp", I, false), ("date", "timestamptz", I, false),
    ("daterange", "datemultirange", E, false), ("float4", "float8", I, false), ("float4", "int2", A, false),
    ("float4", "int4", A, false), ("float4", "int8", A, false), ("float4", "numeric", A, false),
    ("float8", "float4", A, false), ("float8", "int2", A, false), ("float8", "int4", A, false),
    ("float8", "int8", A, false), ("float8", "numeric", A, false), ("inet", "bpchar", A, false),
    ("inet", "cidr", A, false), ("inet", "text", A, false), ("inet", "varchar", A, false),
    ("int2", "float4", I, false), ("int2", "float8", I, false), ("int2", "int4", I, false),
    ("int2", "int8", I, false), ("int2", "numeric", I, false), ("int2", "oid", I, false),
    ("int2", "regclass", I, false), ("int2", "regcollation", I, false), ("int2", "regconfig", I, false),
    ("int2", "regdictionary", I, false), ("int2", "regnamespace", I, false), ("int2", "regoper", I, false),
    ("int2", "regoperator", I, false), ("int2", "regproc", I, false), ("int2", "regprocedure", I, false),
    ("int2", "regrole", I, false), ("int2", "regtype", I, false), ("int4", "bit", E, false),
    ("int4", "bool", E, false), ("int4", "char", E, false), ("int4", "float4", I, false),
    ("int4", "float8", I, false), ("int4", "int2", A, false), ("int4", "int8", I, false),
    ("int4", "money", A, false), ("int4", "numeric", I, false), ("int4", "oid", I, true),
    ("int4", "regclass", I, true), ("int4", "regcollation", I, true), ("int4", "regconfig", I, true),
    ("int4", "regdictionary", I, true), ("int4", "regnamespace", I, true), ("int4", "regoper", I, true),
    ("int4", "regoperator", I, true), ("int4", "regproc", I, true), ("int4", "regprocedure", I, true),
    ("int4", "regrole", I, true), ("int4", "regtype", I, true), ("int4range", "int4multirange", E, false),
    ("int8", "bit", E, false), ("int8", "float4", I, false), ("int8", "float8", I, false),
    ("int8", "int2", A, false), ("int8", "int4", A, false), ("int8", "money", A, false),
    ("int8", "numeric", I, false), ("int8", "oid", I, false), ("int8", "regclass", I, false),
    ("int8", "regcollation", I, false), ("int8", "regconfig", I, false),
    ("int8", "regdictionary", I, false), ("int8", "regnamespace", I, false), ("int8", "regoper", I, false),
    ("int8", "regoperator", I, false), ("int8", "regproc", I, false), ("int8", "regprocedure", I, false),
    ("int8", "regrole", I, false), ("int8", "regtype", I, false), ("int8range", "int8multirange", E, false),
    ("interval", "time", A, false), ("json", "jsonb", A, false), ("jsonb", "bool", E, false),
    ("jsonb", "float4", E, false), ("jsonb", "float8", E, false), ("jsonb", "int2", E, false),
    ("jsonb", "int4", E, false), ("jsonb", "int8", E, false), ("jsonb", "json", A, false),
    ("jsonb", "numeric", E, false), ("lseg", "point", E, false), ("macaddr", "macaddr8", I, false),
    ("macaddr8", "macaddr", I, false), ("money", "numeric", A, false), ("name", "bpchar", A, false),
    ("name", "text", I, false), ("name", "varchar", A, false), ("numeric", "float4", I, false),
    ("numeric", "float8", I, false), ("numeric", "int2", A, false), ("numeric", "int4", A, false),
    ("numeric", "int8", A, false), ("numeric", "money", A, false), ("numrange", "nummultirange", E, false),
    ("oid", "int4", A, true), ("oid", "int8", A, false), ("oid", "regclass", I, true),
    ("oid", "regcollation", I, true), ("oid", "regconfig", I, true), ("oid", "regdictionary", I, true),
    ("oid", "regnamespace", I, true), ("oid", "regoper", I, true), ("oid", "regoperator", I, true),
    ("oid", "regproc", I, true), ("oid", "regprocedure", I, true), ("oid", "regrole", I, true),
    ("oid", "regtype", I, true), ("path", "polygon", A, false), ("pg_dependencies", "bytea", I, true),
    ("pg_dependencies", "text", I, false), ("pg_mcv_list", "bytea", I, true), ("pg_mcv_list", "text", I, false),
    ("pg_ndistinct", "bytea", I, true), ("pg_ndistinct", "text", I, false), ("pg_node_tree", "text", I, true),
    ("point", "box", A, false), ("polygon", "box", E, false), ("polygon", "circle", E, false),
    ("polygon", "path", A, false), ("polygon", "point", E, false), ("regclass", "int4", A, true),
    ("regclass", "int8", A, false), ("regclass", "oid", I, true), ("regcollation", "int4", A, true),
    ("regcollation", "int8", A, false), ("regcollation", "oid", I, true), ("regconfig", "int4", A, true),
    ("regconfig", "int8", A, false), ("regconfig", "oid", I, true), ("regdictionary", "int4", A, true),
    ("regdictionary", "int8", A, false), ("regdictionary", "oid", I, true), ("regnamespace", "int4", A, true),
    ("regnamespace", "int8", A, false), ("regnamespace", "oid", I, true), ("regoper", "int4", A, true),
    ("regoper", "int8", A, false), ("regoper", "oid", I, true), ("regoper", "regoperator", I, true),
    ("regoperator", "int4", A, true), ("regoperator", "int8", A, false), ("regoperator", "oid", I, true),
    ("regoperator", "regoper", I, true), ("regproc", "int4", A, true), ("regproc", "int8", A, false),
    ("regproc", "oid", I, true), ("regproc", "regprocedure", I, true), ("regprocedure", "int4", A, true),
    ("regprocedure", "int8", A, false), ("regprocedure", "oid", I, true),
    ("regprocedure", "regproc", I, true), ("regrole", "int4", A, true), ("regrole", "int8", A, false),
    ("regrole", "oid", I, true), ("regtype", "int4", A, true), ("regtype", "int8", A, false),
    ("regtype", "oid", I, true), ("text", "bpchar", I, true), ("text", "char", A, false),
    ("text", "name", I, false), ("text", "regclass", I, false), ("text", "varchar", I, true),
    ("text", "xml", E, false), ("time", "interval", I, false), ("time", "timetz", I, false),
    ("timestamp", "date", A, false), ("timestamp", "time", A, false),
    ("timestamp", "timestamptz", I, false), ("timestamptz", "date", A, false),
    ("timestamptz", "time", A, false), ("timestamptz", "timestamp", A, false),
    ("timestamptz", "timetz", A, false), ("timetz", "time", A, false),
    ("tsrange", "tsmultirange", E, false), ("tstzrange", "tstzmultirange", E, false),
    ("varbit", "bit", I, true), ("varchar", "bpchar", I, true), ("varchar", "char", A, false),
    ("varchar", "name", I, false), ("varchar", "regclass", I, false), ("varchar", "text", I, true),
    ("varchar", "xml", E, false), ("xid8", "xid", E, false), ("xml", "bpchar", A, true),
    ("xml", "text", A, true), ("xml", "varchar", A, true),];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_casts_are_sorted() {
        assert!(CASTS.is_sorted_by(|left, right| (left.0, left.1) < (right.0, right.1)));
    }

    #[test]
    fn contexts() {
        assert_eq!(cast_context("int4", "int8"), Some(I));
        assert_eq!(cast_context("int8", "int4"), Some(A));
        assert_eq!(cast_context("int4", "bool"), Some(E));
        assert_eq!(cast_context("jsonb", "text"), Some(A));
        assert_eq!(cast_context("text", "int4"), Some(E));
        assert_eq!(cast_context("bool", "date"), None);
        assert_eq!(cast_context(CastType::Enum("mood"), "text"), Some(A));
        assert_eq!(cast_context("text", CastType::Enum("mood")), Some(E));
        assert_eq!(
            cast_context(CastType::Enum("mood"), CastType::Enum("state")),
            None
        );
    }

    #[test]
    fn arrays_cast_by_element() {
        let (integers, texts) = (CastType::from("int4"), CastType::from("text"));
        let (integers, texts) = (CastType::Array(&integers), CastType::Array(&texts));
        assert_eq!(cast_context(integers, texts), Some(A));
        assert_eq!(cast_context(texts, integers), Some(E));
        assert_eq!(cast_context("int4", integers), None);
        assert_eq!(cast_context("int2vector", integers), Some(I));
        assert_eq!(cast_context(integers, "int2vector"), None);
    }

    #[test]
    fn foreign_keys() {
        assert!(foreign_key_comparable("int8", "int2"));
        assert!(foreign_key_comparable("varchar", "text"));
        assert!(foreign_key_comparable("numeric", "int4"));
        assert!(
            !foreign_key_comparable("int4", "numeric"),
            "the operator would be the key's"
        );
        assert!(!foreign_key_comparable("uuid", "text"));
        assert!(
            !foreign_key_comparable("json", "json"),
            "json has no equality"
        );
    }
}
