//! What there is to propose statements for, and the small parts of statements: names, types, values, expressions.

use std::collections::BTreeSet;

use limbeck::name::Name;
use limbeck::schema::{Column, Enum, Object, ObjectId, Schema, Table, Type};
use limbeck::sql_type::{BaseType, SqlType};
use limbeck::token::quote_identifier;

use super::judge::judge;
use super::random::Random;

/// The schema of unqualified names.
pub(super) const PUBLIC: &str = "public";

/// Names that must be quoted, and some that only look so.
const ODD: &[&str] = &[
    "Order", "a b", "ünï", "select", "user", "it's", "quo\"te", "data", "x.y", "table", "$1", "%s",
];

/// Names that come again when they are free, so that an object may follow another one of the same name; and those of
/// functions that expressions call.
const COMMON: &[&str] = &["alpha", "beta", "gamma", "delta", "now", "gen_random_uuid"];

/// Types of columns as written.
const TYPES: &[&str] = &[
    "integer",
    "integer",
    "int",
    "bigint",
    "int8",
    "smallint",
    "text",
    "text",
    "text",
    "varchar(20)",
    "character varying(60)",
    "varchar",
    "char(3)",
    "boolean",
    "boolean",
    "numeric(10, 2)",
    "numeric",
    "decimal(5)",
    "real",
    "double precision",
    "date",
    "date",
    "timestamptz",
    "timestamp with time zone",
    "timestamp",
    "timestamp(3)",
    "time",
    "timetz",
    "interval",
    "interval day to second(3)",
    "uuid",
    "json",
    "jsonb",
    "jsonb",
    "bytea",
    "inet",
    "cidr",
    "macaddr",
    "int4range",
    "daterange",
    "tstzrange",
    "numrange",
    "int4multirange",
    "point",
    "tsvector",
    "bit(4)",
    "bit varying(8)",
    "money",
    "oid",
    "name",
    "\"char\"",
    "text[]",
    "integer[]",
    "varchar(10) array",
    "timestamptz[]",
    "jsonb[]",
];

/// Everything that a proposal may ask.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub(super) random: &'a mut Random,
    pub(super) schema: &'a mut Schema,
    /// How many names were made up so far, on all branches.
    pub(super) number: &'a mut usize,
}

/// A table with its name.
pub(super) type Named = (Name, Table);

/// Whether rows were written into the table, so that a statement may fail on them.
pub(super) fn has_rows(name: &Name) -> bool {
    name.name.starts_with("rows")
}

/// A column's name as SQL writes it.
pub(super) fn quoted(column: &Column) -> String {
    quote_identifier(&column.name).to_string()
}

/// The names of columns as a list in SQL.
pub(super) fn list(columns: &[Column]) -> String {
    let names: Vec<String> = columns.iter().map(quoted).collect();
    names.join(", ")
}

pub(super) fn sql(name: &Name) -> String {
    name.within(PUBLIC).to_string()
}

/// Whether B-trees can hold the type.
pub(super) fn is_ordered(sql_type: &SqlType, unordered: &BTreeSet<Name>) -> bool {
    match &sql_type.base {
        BaseType::Builtin(typname) => !matches!(*typname, "json" | "point" | "xid" | "box" | "xml"),
        BaseType::Named(name) => !unordered.contains(name),
    }
}

impl Scene<'_> {
    /// The composite types that B-trees cannot hold: PostgreSQL takes them until it compares two values.
    pub(super) fn unordered(&self) -> BTreeSet<Name> {
        let mut unordered = BTreeSet::new();
        loop {
            let before = unordered.len();
            for (id, object) in self.schema.objects() {
                if let (ObjectId::Type(name), Object::Type(Type::Composite(it))) = (id, &**object)
                    && !it.attributes.iter().all(|it| is_ordered(&it.1, &unordered))
                {
                    unordered.insert(name.clone());
                }
            }
            if unordered.len() == before {
                return unordered;
            }
        }
    }

    /// A new name: mostly a plain one, now and then one that must be quoted or that was there before.
    pub(super) fn fresh(&mut self, base: &str) -> String {
        quote_identifier(&self.fresh_name(base)).to_string()
    }

    pub(super) fn fresh_name(&mut self, base: &str) -> String {
        if self.random.chance(8) {
            let name = self.random.one(COMMON);
            let taken = Name::new(PUBLIC, name);
            let is_free = !self.schema.relation_taken(&taken)
                && !self.schema.constraint_taken(&taken)
                && self.schema.get(&ObjectId::Type(taken)).is_none();
            if is_free {
                return name.to_owned();
            }
        }
        *self.number += 1;
        if self.random.chance(7) {
            return format!("{} {}", self.random.one(ODD), self.number);
        }
        format!("{base}_{}", self.number)
    }

    fn names<T>(&self, wanted: impl Fn(&ObjectId, &Object) -> Option<T>) -> Vec<T> {
        let objects = self.schema.objects();
        objects
            .filter_map(|(id, object)| wanted(id, object))
            .collect()
    }

    pub(super) fn tables(&self) -> Vec<Named> {
        self.names(|id, object| match (id, object) {
            (ObjectId::Relation(name), Object::Table(table)) => Some((name.clone(), table.clone())),
            _ => None,
        })
    }

    /// A table that fits.
    pub(super) fn table(&mut self, fits: impl Fn(&Name, &Table) -> bool) -> Option<Named> {
        let names = self.names(|id, object| match (id, object) {
            (ObjectId::Relation(name), Object::Table(table)) if fits(name, table) => {
                Some(name.clone())
            }
            _ => None,
        });
        let name = self.random.pick(&names)?;
        Some((name.clone(), self.schema.table(name)?.clone()))
    }

    /// The table that the statement would make.
    pub(super) fn probe(&mut self, statement: &str) -> Option<Named> {
        let mark = self.schema.mark();
        let judged = judge(self.schema, statement);
        let made = self.schema.touched_since(mark).find_map(|id| {
            let name = id.relation()?;
            Some((name.clone(), self.schema.table(name)?.clone()))
        });
        self.schema.undo_to(mark);
        judged.ok().and(made)
    }

    /// A table without rows.
    pub(super) fn empty_table(&mut self) -> Option<Named> {
        self.table(|name, _| !has_rows(name))
    }

    pub(super) fn indexes(&self) -> Vec<Name> {
        self.names(|id, object| match (id, object) {
            (ObjectId::Relation(name), Object::Index(_)) => Some(name.clone()),
            _ => None,
        })
    }

    /// Sequences that no identity column has.
    pub(super) fn sequences(&self) -> Vec<Name> {
        self.names(|id, object| match (id, object) {
            (ObjectId::Relation(name), Object::Sequence(it)) if !it.identity => Some(name.clone()),
            _ => None,
        })
    }

    pub(super) fn types(&self) -> Vec<(Name, Type)> {
        self.names(|id, object| match (id, object) {
            (ObjectId::Type(name), Object::Type(it)) => Some((name.clone(), it.clone())),
            _ => None,
        })
    }

    pub(super) fn enums(&self) -> Vec<(Name, Enum)> {
        let types = self.types().into_iter();
        types
            .filter_map(|(name, it)| match it {
                Type::Enum(it) => Some((name, it)),
                Type::Composite(_) | Type::Domain(_) => None,
            })
            .collect()
    }

    /// The schemas that the history made.
    pub(super) fn namespaces(&self) -> Vec<String> {
        self.names(|id, _| match id {
            ObjectId::Namespace(name) => (name != PUBLIC).then(|| name.to_string()),
            ObjectId::Extension(_)
            | ObjectId::Type(_)
            | ObjectId::Relation(_)
            | ObjectId::Opaque(..) => None,
        })
    }

    /// `schema.` now and then.
    pub(super) fn place(&mut self) -> String {
        let namespaces = self.namespaces();
        match self.random.pick(&namespaces) {
            Some(name) if self.random.chance(25) => format!("{}.", quote_identifier(name)),
            _ => self.random.maybe(5, "public.").to_owned(),
        }
    }

    /// A type as written, with one of the history now and then.
    pub(super) fn a_type(&mut self) -> String {
        let types = self.types();
        if self.random.chance(20)
            && let Some((name, _)) = self.random.pick(&types)
        {
            return format!("{}{}", sql(name), self.random.maybe(15, "[]"));
        }
        self.random.one(TYPES).to_owned()
    }

    /// Columns of the table that fit, in any order.
    pub(super) fn columns(
        &mut self,
        table: &Table,
        count: usize,
        fits: impl Fn(&Column) -> bool,
    ) -> Vec<Column> {
        let columns: Vec<Column> = table.columns.iter().map(|it| (**it).clone()).collect();
        let columns: Vec<Column> = columns.into_iter().filter(fits).collect();
        self.random.some(&columns, count)
    }

    pub(super) fn column(
        &mut self,
        table: &Table,
        fits: impl Fn(&Column) -> bool,
    ) -> Option<Column> {
        self.columns(table, 1, fits).pop()
    }

    /// Values of the type as expressions that may stand in a default.
    pub(super) fn values(&self, sql_type: &SqlType) -> Vec<String> {
        if sql_type.array {
            return vec![format!("'{{}}'")];
        }
        let typname = match &sql_type.base {
            BaseType::Builtin(typname) => *typname,
            BaseType::Named(name) => {
                return match self.schema.type_named(name) {
                    Some(Type::Enum(it)) => it
                        .values
                        .iter()
                        .map(|it| limbeck::token::quote_literal(it))
                        .collect(),
                    Some(Type::Domain(it)) => self.values(&it.base),
                    Some(Type::Composite(_)) | None => Vec::new(),
                };
            }
        };
        let values: &[&str] = match typname {
            "int2" | "int4" | "int8" => &["1", "7", "(2 + 3)", "42"],
            "numeric" | "float4" | "float8" => &["1", "2.5", "(1.5 * 2)"],
            "text" => &[
                "'x'",
                "'it''s'",
                "''",
                "upper('a')",
                "('a' || 'b')",
                "E'\\t'",
            ],
            "varchar" | "bpchar" => &["'x'", "'ab'", "''"],
            "name" => &["'x'", "current_user"],
            "char" => &["'a'"],
            "bool" => &["true", "false", "(not true)"],
            "date" => &["current_date", "'2020-02-02'", "now()"],
            "timestamptz" => &["now()", "current_timestamp", "'2020-02-02 00:00:00+00'"],
            "timestamp" => &[
                "'2020-02-02'",
                "localtimestamp",
                "(now() at time zone 'UTC')",
            ],
            "time" => &["'10:00'", "localtime"],
            "timetz" => &["'10:00+00'"],
            "interval" => &["'1 day'", "interval '2 days'"],
            "uuid" => &[
                "gen_random_uuid()",
                "'00000000-0000-0000-0000-000000000000'",
            ],
            "json" | "jsonb" => &["'{}'", "'[1, 2]'"],
            "bytea" => &["'\\x00'"],
            "inet" => &["'10.0.0.1'"],
            "cidr" => &["'10.0.0.0/8'"],
            "macaddr" => &["'08:00:2b:01:02:03'"],
            "int4range" => &["'[1,5)'", "int4range(1, 5)", "'empty'"],
            "numrange" => &["'[1.5,5)'"],
            "daterange" => &["daterange('2020-01-01', '2021-01-01')"],
            "tstzrange" => &["'empty'"],
            "int4multirange" => &["'{}'"],
            "point" => &["'(1,2)'", "point(1, 2)"],
            "tsvector" => &["'a b'"],
            "bit" => &["B'1010'"],
            "varbit" => &["B'10'"],
            "money" => &["1.5"],
            "oid" => &["1"],
            _ => &[],
        };
        values.iter().map(|it| (*it).to_owned()).collect()
    }

    /// Conditions on a column that every value of [`Self::values`] may break: they are for tables without rows.
    pub(super) fn conditions(&self, column: &Column) -> Vec<String> {
        let name = quoted(column);
        let mut conditions = vec![format!("{name} is not null")];
        if column.sql_type.array {
            conditions.push(format!("cardinality({name}) < 10"));
            return conditions;
        }
        let shapes: &[&str] = match &column.sql_type.base {
            BaseType::Builtin("int2" | "int4" | "int8") => &[
                "$ > 0",
                "$ between 0 and 1000",
                "$ % 2 = 0 or $ < 100",
                "$ in (1, 2, 3)",
                "case when $ > 5 then $ < 10 else true end",
            ],
            BaseType::Builtin("numeric" | "float4" | "float8") => {
                &["$ >= 0", "abs($) < 1000", "not $ < 1"]
            }
            BaseType::Builtin("text" | "varchar" | "bpchar") => &[
                "$ <> ''",
                "length($) < 1000",
                "$ ~ '^[a-z{};]'",
                "$ in ('a', 'b')",
                "lower($) = $",
                "$ like 'a%'",
            ],
            BaseType::Builtin("bool") => &["$", "not $", "$ is true"],
            BaseType::Builtin("date" | "timestamp") => &["$ > '2000-01-01'", "isfinite($)"],
            BaseType::Builtin("timestamptz") => &["$ > '2000-01-01 00:00:00+00'"],
            BaseType::Builtin("jsonb") => &["jsonb_typeof($) = 'object'", "$ ? 'a'"],
            BaseType::Builtin("int4range" | "numrange" | "daterange") => &["not isempty($)"],
            BaseType::Builtin("inet") => &["family($) = 4"],
            BaseType::Builtin(_) | BaseType::Named(_) => &[],
        };
        conditions.extend(shapes.iter().map(|it| it.replace('$', &name)));
        let named = column.sql_type.named();
        if let Some(Type::Enum(it)) = named.and_then(|it| self.schema.type_named(it)) {
            let values = it.values.iter();
            conditions.extend(
                values.map(|it| format!("{name} <> {}", limbeck::token::quote_literal(it))),
            );
        }
        conditions
    }

    /// Immutable expressions over a column with their types.
    pub(super) fn derived(column: &Column) -> Vec<(&'static str, String)> {
        let name = quoted(column);
        let shapes: &[(&str, &str)] = match (column.sql_type.array, &column.sql_type.base) {
            (true, _) => &[("integer", "cardinality($)")],
            (_, BaseType::Builtin("int2" | "int4" | "int8")) => {
                &[("bigint", "$ * 2"), ("bigint", "coalesce($, 0) + 1")]
            }
            (_, BaseType::Builtin("numeric")) => &[("numeric", "$ * 1.2")],
            (_, BaseType::Builtin("text" | "varchar")) => &[
                ("text", "lower($)"),
                ("integer", "length($)"),
                ("text", "coalesce($, '') || 'x'"),
                ("text", "$ || E'\\n;}'"),
            ],
            (_, BaseType::Builtin("jsonb")) => &[("text", "$ ->> 'a'")],
            (_, BaseType::Builtin("timestamp")) => {
                &[("date", "$::date"), ("timestamp", "date_trunc('day', $)")]
            }
            (_, BaseType::Builtin("bool")) => &[("integer", "case when $ then 1 else 0 end")],
            (_, BaseType::Builtin("int4range")) => &[("integer", "lower($)")],
            (_, BaseType::Builtin(_) | BaseType::Named(_)) => &[],
        };
        shapes
            .iter()
            .map(|(sql_type, it)| (*sql_type, it.replace('$', &name)))
            .collect()
    }

    /// A comment's text, or `null`.
    pub(super) fn comment(&mut self) -> &'static str {
        let texts = [
            "'what it is'",
            "'it''s; } odd'",
            "E'two\\nlines'",
            "$$dollars$$",
            "'ünï'",
        ];
        if self.random.chance(15) {
            return "null";
        }
        self.random.one(&texts)
    }
}
