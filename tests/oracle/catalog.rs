//! What a server has of its own: types, functions, aggregates, operators and casts, of which expressions are made.

use std::collections::BTreeMap;

use crate::server::Database;

/// Texts of values, by type. A type of `pg_catalog` that is not here is in no statement.
const SAMPLES: &[(&str, &[&str])] = &[
    ("bigint", &["12345678901", "7::bigint", "'5'::bigint"]),
    ("bit varying", &["'101'::varbit", "b'10'::bit varying(4)"]),
    ("bit", &["b'1'", "'0'::bit(1)"]),
    ("boolean", &["true", "false", "'t'::boolean"]),
    ("box", &["'(0,0),(1,1)'::box"]),
    ("bytea", &["'\\x00ff'::bytea"]),
    ("\"char\"", &["'c'::\"char\""]),
    (
        "character varying",
        &["'v'::varchar", "'w'::character varying(9)"],
    ),
    ("character", &["'x'::character(3)", "'y'::bpchar"]),
    ("cidr", &["'10.0.0.0/8'::cidr"]),
    ("circle", &["'<(0,0),1>'::circle"]),
    (
        "date",
        &["date '2020-01-02'", "current_date", "'2021-03-04'::date"],
    ),
    ("daterange", &["'[2020-01-01,2020-02-01)'::daterange"]),
    (
        "double precision",
        &["1.5::float8", "'2'::double precision"],
    ),
    ("inet", &["'10.0.0.1'::inet"]),
    ("int4range", &["'[1,5)'::int4range", "int4range(1, 3)"]),
    ("int4multirange", &["'{[1,5)}'::int4multirange"]),
    ("integer", &["1", "42", "-3", "'8'::integer"]),
    (
        "interval",
        &[
            "interval '1 day'",
            "'2 hours'::interval",
            "interval '3' month",
        ],
    ),
    ("json", &["'{\"a\": 1}'::json"]),
    ("jsonb", &["'{\"a\": [1, 2]}'::jsonb", "jsonb '[]'"]),
    ("line", &["'{1,2,3}'::line"]),
    ("lseg", &["'[(0,0),(1,1)]'::lseg"]),
    ("macaddr", &["'08:00:2b:01:02:03'::macaddr"]),
    ("money", &["'1.5'::money"]),
    ("name", &["'n'::name", "current_user"]),
    (
        "numeric",
        &["1.5", "'2.25'::numeric", "3::numeric(6, 2)", "1e3"],
    ),
    ("nummultirange", &["'{[1,5)}'::nummultirange"]),
    ("numrange", &["'[1.5,2)'::numrange"]),
    ("oid", &["5::oid"]),
    ("path", &["'[(0,0),(1,1)]'::path"]),
    ("pg_lsn", &["'0/0'::pg_lsn"]),
    ("point", &["point '(1,2)'", "'(3,4)'::point"]),
    ("polygon", &["'((0,0),(1,1),(2,0))'::polygon"]),
    ("real", &["1.5::real"]),
    ("regclass", &["'pg_class'::regclass"]),
    ("regtype", &["'text'::regtype"]),
    ("smallint", &["3::smallint", "'4'::smallint"]),
    ("text", &["'a'", "'b c'::text", "text 'd'", "e'\\tf'"]),
    (
        "time with time zone",
        &["'10:00+01'::timetz", "current_time"],
    ),
    ("time without time zone", &["'10:00'::time", "localtime(2)"]),
    (
        "timestamp with time zone",
        &[
            "now()",
            "current_timestamp(3)",
            "'2020-01-01 00:00+00'::timestamptz",
        ],
    ),
    (
        "timestamp without time zone",
        &[
            "timestamp '2020-01-01 10:00'",
            "localtimestamp",
            "'2021-01-01'::timestamp(2)",
        ],
    ),
    ("tsquery", &["'a & b'::tsquery"]),
    ("tsrange", &["'[2020-01-01,2020-01-02)'::tsrange"]),
    ("tsvector", &["'a b'::tsvector"]),
    ("uuid", &["'00000000-0000-0000-0000-000000000000'::uuid"]),
    ("xml", &["'<a/>'::xml", "xmlelement(name b)"]),
];

/// A type by its name as the server writes it.
#[derive(Debug, Clone)]
pub(crate) struct Type {
    pub(crate) name: String,
    /// As in `pg_type`: `b`, `r`, `m`, `e`, `d`, `c`.
    pub(crate) kind: char,
    pub(crate) category: char,
    /// What it is an array of, or a range over.
    pub(crate) element: Option<String>,
    pub(crate) is_array: bool,
    /// Whether it has an order.
    pub(crate) sorts: bool,
    /// Texts of values.
    pub(crate) samples: Vec<String>,
}

/// How a function or an operator is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Function,
    Aggregate,
    /// An aggregate of ordered sets, with that many arguments before `within group`.
    Ordered(usize),
    Window,
    /// One operand less is a prefix.
    Operator,
}

/// Something that gives a value for others.
#[derive(Debug, Clone)]
pub(crate) struct Callable {
    pub(crate) name: String,
    pub(crate) form: Form,
    pub(crate) is_set: bool,
    pub(crate) result: String,
    pub(crate) arguments: Vec<String>,
    /// The type of further arguments.
    pub(crate) variadic: Option<String>,
    /// How many arguments may be left out.
    pub(crate) defaults: usize,
    pub(crate) is_immutable: bool,
}

/// A cast; its context as in `pg_cast`.
#[derive(Debug, Clone)]
pub(crate) struct Cast {
    pub(crate) source: String,
    pub(crate) context: char,
}

/// All of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Catalog {
    pub(crate) types: BTreeMap<String, Type>,
    /// Those that give no set, by what they give.
    pub(crate) callables: BTreeMap<String, Vec<Callable>>,
    /// Those that give a set, in `from`.
    pub(crate) sets: Vec<Callable>,
    /// By what they give.
    pub(crate) casts: BTreeMap<String, Vec<Cast>>,
}

impl Catalog {
    /// Reads what the server has.
    pub(crate) fn read(database: &Database) -> Self {
        let mut catalog = Self::default();
        let answer = database.query(include_str!("catalog.sql"));
        let rows: Vec<Vec<&str>> = answer.lines().map(|it| it.split('\t').collect()).collect();
        for row in &rows {
            if let ["type", name, kind, category, array, element, sorts] = row[..] {
                catalog.add_builtin(
                    name,
                    (first(kind), first(category)),
                    array,
                    element,
                    sorts == "t",
                );
            }
        }
        for row in &rows {
            match row[..] {
                [
                    "call",
                    name,
                    kind,
                    is_set,
                    result,
                    arguments,
                    variadic,
                    defaults,
                    volatility,
                    aggregate,
                    direct,
                ] => {
                    catalog.add(Callable {
                        name: name.to_owned(),
                        form: match (kind, aggregate) {
                            ("a", "n") => Form::Aggregate,
                            ("a", _) => Form::Ordered(direct.parse().expect("a number")),
                            ("w", _) => Form::Window,
                            _ => Form::Function,
                        },
                        is_set: is_set == "t",
                        result: result.to_owned(),
                        arguments: arguments
                            .split(';')
                            .filter(|it| !it.is_empty())
                            .map(str::to_owned)
                            .collect(),
                        variadic: (!variadic.is_empty()).then(|| variadic.to_owned()),
                        defaults: defaults.parse().expect("a number"),
                        is_immutable: volatility == "i",
                    });
                }
                ["operator", name, left, right, result, volatility] => catalog.add(Callable {
                    name: name.to_owned(),
                    form: Form::Operator,
                    is_set: false,
                    result: result.to_owned(),
                    arguments: [left, right]
                        .into_iter()
                        .filter(|it| !it.is_empty())
                        .map(str::to_owned)
                        .collect(),
                    variadic: None,
                    defaults: 0,
                    is_immutable: volatility == "i",
                }),
                ["cast", source, target, context]
                    if catalog.types.contains_key(source) && catalog.types.contains_key(target) =>
                {
                    catalog
                        .casts
                        .entry(target.to_owned())
                        .or_default()
                        .push(Cast {
                            source: source.to_owned(),
                            context: first(context),
                        });
                }
                _ => {}
            }
        }
        catalog
    }

    fn add_builtin(
        &mut self,
        name: &str,
        (kind, category): (char, char),
        array: &str,
        element: &str,
        sorts: bool,
    ) {
        let Some((_, samples)) = SAMPLES.iter().find(|it| it.0 == name) else {
            return;
        };
        self.add_type(Type {
            name: name.to_owned(),
            kind,
            category,
            element: (!element.is_empty()).then(|| element.to_owned()),
            is_array: false,
            sorts,
            samples: samples.iter().map(|it| (*it).to_owned()).collect(),
        });
        assert_eq!(
            array,
            format!("{name}[]"),
            "arrays are called after their elements"
        );
    }

    /// A type, and the arrays of it.
    pub(crate) fn add_type(&mut self, ty: Type) {
        let array = format!("{}[]", ty.name);
        self.types.insert(
            array.clone(),
            Type {
                samples: vec![
                    format!("array[{}]", ty.samples[0]),
                    format!("'{{}}'::{array}"),
                ],
                name: array,
                kind: 'b',
                category: 'A',
                element: Some(ty.name.clone()),
                is_array: true,
                sorts: ty.sorts,
            },
        );
        self.types.insert(ty.name.clone(), ty);
    }

    /// A function or an operator, unless it needs a type that is not here.
    pub(crate) fn add(&mut self, callable: Callable) {
        let is_known =
            |it: &String| self.types.contains_key(it) || is_generic(it) || it == "\"any\"";
        let result = &callable.result;
        if !callable.arguments.iter().all(is_known) || !is_known(result) && result != "record" {
            return;
        }
        if callable.is_set {
            self.sets.push(callable);
        } else if callable.result != "record" {
            self.callables
                .entry(callable.result.clone())
                .or_default()
                .push(callable);
        }
    }
}

fn first(text: &str) -> char {
    text.chars().next().expect("a code is a letter")
}

/// Whether a type of a signature stands for others.
pub(crate) fn is_generic(name: &str) -> bool {
    name.starts_with("any")
}
