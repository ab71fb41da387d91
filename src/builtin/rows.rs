//! The rows of the catalogue that name types: types, functions, operators, casts and what belongs to them.

use crate::builtin::TypeId;
use crate::builtin::codes::{
    AggregateKind, CastContext, CastMethod, FamilyOperatorPurpose, FunctionKind, RelationKind,
    Subscript, TypeKind, Volatility,
};
use crate::builtin::row::{Fields, Row, TypeReference, Versions};

/// A name and a type: a column of a relation, or of what a function returns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Column<T = TypeId> {
    /// The name; empty where a function's column has none.
    pub name: &'static str,
    /// The type.
    pub column_type: T,
}

impl<T: TypeReference> Column<T> {
    fn parse(text: &'static str) -> Self {
        let (name, reference) = text
            .rsplit_once(':')
            .expect("the data writes a column as name:type");
        Self {
            name,
            column_type: T::parse(reference),
        }
    }
}

/// What makes an aggregate of a function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Aggregate {
    /// The kind.
    pub kind: AggregateKind,
    /// The number of direct arguments, 0 for a plain aggregate.
    pub direct: u8,
}

/// A row of `pg_proc`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Function<T = TypeId> {
    /// The schema; empty for an extension's own, which it is installed in.
    pub schema: &'static str,
    /// The name.
    pub name: &'static str,
    /// The kind.
    pub kind: FunctionKind,
    /// The types of the input arguments; of a variadic function the last is the array (or `any`).
    pub arguments: Box<[T]>,
    /// How many of the last arguments have a default.
    pub defaults: u8,
    /// What a variadic argument's array is of.
    pub variadic: Option<T>,
    /// The result; `record` where [`columns`](Self::columns) has more than one.
    pub result: T,
    /// Whether it returns a set.
    pub returns_set: bool,
    /// The volatility.
    pub volatility: Volatility,
    /// Whether it gives null where an argument is null.
    pub strict: bool,
    /// The names of the input arguments, one each (empty where unnamed), or nothing when none is named.
    pub argument_names: Box<[&'static str]>,
    /// The columns of the result: `OUT`, `INOUT` and `TABLE` arguments.
    pub columns: Box<[Column<T>]>,
    /// What makes an aggregate of it.
    pub aggregate: Option<Aggregate>,
    /// The versions in which exactly this row exists.
    pub versions: Versions,
}

impl<T: TypeReference> Row for Function<T> {
    fn parse(schema: &'static str, versions: Versions, fields: &mut Fields) -> Self {
        let name = fields.text();
        let &[kind, returns_set, volatility, strict] = fields.text().as_bytes() else {
            panic!("the data writes the flags of a function as four letters: {name}")
        };
        Self {
            schema,
            name,
            kind: FunctionKind::new(kind),
            arguments: fields.list(T::parse),
            defaults: fields.number(),
            variadic: fields.optional().map(T::parse),
            result: T::parse(fields.text()),
            returns_set: returns_set == b's',
            volatility: Volatility::new(volatility),
            strict: strict == b't',
            argument_names: fields.list(|name| name),
            columns: fields.list(Column::parse),
            aggregate: fields.optional().map(|text| {
                let (kind, direct) = text.split_at(1);
                Aggregate {
                    kind: AggregateKind::new(kind.as_bytes()[0]),
                    direct: direct
                        .parse()
                        .expect("the data has a number of direct arguments"),
                }
            }),
            versions,
        }
    }
}

/// A relation and its columns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Relation<T = TypeId> {
    /// The schema; empty for an extension's own, which it is installed in.
    pub schema: &'static str,
    /// The name.
    pub name: &'static str,
    /// The kind.
    pub kind: RelationKind,
    /// The columns, without the system's.
    pub columns: Box<[Column<T>]>,
    /// The versions in which exactly this row exists.
    pub versions: Versions,
}

impl<T: TypeReference> Row for Relation<T> {
    fn parse(schema: &'static str, versions: Versions, fields: &mut Fields) -> Self {
        Self {
            schema,
            name: fields.text(),
            kind: RelationKind::new(fields.letter()),
            columns: fields.list(Column::parse),
            versions,
        }
    }
}

/// A row of `pg_type`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Type<T = TypeId> {
    /// The schema; empty in an extension's own.
    pub schema: &'static str,
    /// The name (`typname`).
    pub name: &'static str,
    /// What `format_type` prints.
    pub display: &'static str,
    /// The kind.
    pub kind: TypeKind,
    /// The category, a letter (`N` for numbers).
    pub category: u8,
    /// Whether it is the preferred type of its category.
    pub preferred: bool,
    /// What a subscript gives, where `typelem` says so.
    pub element: Option<T>,
    /// The array of this type.
    pub array: Option<T>,
    /// What a subscript does.
    pub subscript: Subscript,
    /// Whether it takes a collation.
    pub collatable: bool,
    /// What a range is of; for a multirange, its range.
    pub subtype: Option<T>,
    /// The multirange of a range.
    pub multirange: Option<T>,
    /// What a domain is of.
    pub base: Option<T>,
    /// The versions in which exactly this row exists.
    pub versions: Versions,
}

impl<T> Type<T> {
    /// Whether it is a true array, whose elements have positions.
    #[must_use]
    pub fn is_array(&self) -> bool {
        self.subscript == Subscript::Array
    }
}

impl<T: TypeReference> Row for Type<T> {
    fn parse(schema: &'static str, versions: Versions, fields: &mut Fields) -> Self {
        let full = fields.text();
        let (schema, name) = full.split_once('.').unwrap_or((schema, full));
        Self {
            schema,
            name,
            display: fields.text(),
            kind: TypeKind::new(fields.letter()),
            category: fields.letter(),
            preferred: fields.flag(),
            element: fields.optional().map(T::parse),
            array: fields.optional().map(T::parse),
            subscript: Subscript::new(fields.letter()),
            collatable: fields.flag(),
            subtype: fields.optional().map(T::parse),
            multirange: fields.optional().map(T::parse),
            base: fields.optional().map(T::parse),
            versions,
        }
    }
}

/// A row of `pg_operator`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Operator<T = TypeId> {
    /// The schema; empty for an extension's own, which it is installed in.
    pub schema: &'static str,
    /// The name.
    pub name: &'static str,
    /// The left operand; none for a prefix operator.
    pub left: Option<T>,
    /// The right operand.
    pub right: T,
    /// The result.
    pub result: T,
    /// The volatility of its function.
    pub volatility: Volatility,
    /// Whether a hash join can use it.
    pub hashes: bool,
    /// Whether a merge join can use it.
    pub merges: bool,
    /// The versions in which exactly this row exists.
    pub versions: Versions,
}

impl<T: TypeReference> Row for Operator<T> {
    fn parse(schema: &'static str, versions: Versions, fields: &mut Fields) -> Self {
        let (name, left, right, result) = (
            fields.text(),
            fields.optional().map(T::parse),
            T::parse(fields.text()),
            T::parse(fields.text()),
        );
        let volatility = Volatility::new(fields.letter());
        let flags = fields.text();
        Self {
            schema,
            name,
            left,
            right,
            result,
            volatility,
            hashes: flags.contains('h'),
            merges: flags.contains('m'),
            versions,
        }
    }
}

/// A row of `pg_cast`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cast<T = TypeId> {
    /// The source.
    pub source: T,
    /// The target.
    pub target: T,
    /// Where it applies by itself.
    pub context: CastContext,
    /// How it is done.
    pub method: CastMethod,
    /// The volatility of its function, if it has one.
    pub volatility: Option<Volatility>,
    /// The versions in which exactly this row exists.
    pub versions: Versions,
}

impl<T: TypeReference> Row for Cast<T> {
    fn parse(_schema: &'static str, versions: Versions, fields: &mut Fields) -> Self {
        Self {
            source: T::parse(fields.text()),
            target: T::parse(fields.text()),
            context: CastContext::new(fields.letter()),
            method: CastMethod::new(fields.letter()),
            volatility: fields
                .optional()
                .map(|text| Volatility::new(text.as_bytes()[0])),
            versions,
        }
    }
}

/// A row of `pg_opclass`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OperatorClass<T = TypeId> {
    /// The schema; empty for an extension's own, which it is installed in.
    pub schema: &'static str,
    /// The access method.
    pub method: &'static str,
    /// The name.
    pub name: &'static str,
    /// The family; in an extension, `@name` is its own and `@extension.name` another extension's.
    pub family: &'static str,
    /// The type it indexes.
    pub input: T,
    /// Whether it is the default of its type.
    pub default: bool,
    /// What the index stores, where it is another type.
    pub key: Option<T>,
    /// The versions in which exactly this row exists.
    pub versions: Versions,
}

impl<T: TypeReference> Row for OperatorClass<T> {
    fn parse(schema: &'static str, versions: Versions, fields: &mut Fields) -> Self {
        Self {
            schema,
            method: fields.text(),
            name: fields.text(),
            family: fields.text(),
            input: T::parse(fields.text()),
            default: fields.flag(),
            key: fields.optional().map(T::parse),
            versions,
        }
    }
}

/// A row of `pg_amop`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FamilyOperator<T = TypeId> {
    /// The access method.
    pub method: &'static str,
    /// The family, named as in [`OperatorClass`].
    pub family: &'static str,
    /// The left operand.
    pub left: T,
    /// The right operand.
    pub right: T,
    /// The strategy.
    pub strategy: u8,
    /// What it is there for.
    pub purpose: FamilyOperatorPurpose,
    /// The operator's name.
    pub operator: &'static str,
    /// The versions in which exactly this row exists.
    pub versions: Versions,
}

impl<T: TypeReference> Row for FamilyOperator<T> {
    fn parse(_schema: &'static str, versions: Versions, fields: &mut Fields) -> Self {
        Self {
            method: fields.text(),
            family: fields.text(),
            left: T::parse(fields.text()),
            right: T::parse(fields.text()),
            strategy: fields.number(),
            purpose: FamilyOperatorPurpose::new(fields.letter()),
            operator: fields.text(),
            versions,
        }
    }
}
