//! Values of each type, as the texts that PostgreSQL reads them from whatever its settings are.

use crate::prove::rows::date::near_date;
use crate::prove::rows::hint::{Hint, numbers, texts};
use crate::prove::rows::other;
use crate::prove::rows::seat::{Seat, day, mixed, weave, word};
use crate::schema::{Schema, Type};
use crate::sql_type::{BaseType, SqlType};

/// How deep types may hold each other; PostgreSQL's own cannot hold themselves.
const DEEPEST: usize = 8;

/// Values of `sql_type`, those first that `hints` lead to. No value is twice among them.
pub(super) fn values(
    sql_type: &SqlType,
    schema: &Schema,
    hints: &[Hint],
    seat: Seat,
) -> Vec<String> {
    let mut values = nested(sql_type, schema, hints, seat, 0);
    let mut seen = std::collections::BTreeSet::new();
    values.retain(|it| seen.insert(it.clone()));
    values
}

fn nested(
    sql_type: &SqlType,
    schema: &Schema,
    hints: &[Hint],
    seat: Seat,
    depth: usize,
) -> Vec<String> {
    if depth > DEEPEST {
        return Vec::new();
    }
    if sql_type.array {
        let element = SqlType {
            array: false,
            ..sql_type.clone()
        };
        return arrays(&nested(&element, schema, hints, seat, depth + 1), hints);
    }
    match &sql_type.base {
        BaseType::Builtin(typname) => builtin(typname, &sql_type.modifiers, hints, seat),
        BaseType::Named(name) => match schema.type_named(name) {
            Some(Type::Enum(it)) => {
                let all: Vec<String> = it.values.iter().map(ToString::to_string).collect();
                let start = if all.is_empty() {
                    0
                } else {
                    seat.column % all.len()
                };
                let rotated = all[start..].iter().chain(&all[..start]).cloned();
                let hinted = texts(hints).filter(|it| all.contains(it));
                hinted.chain(rotated).collect()
            }
            Some(Type::Domain(domain)) => {
                let own = domain.checks.values().flat_map(Hint::all);
                let all: Vec<Hint> = hints.iter().cloned().chain(own).collect();
                nested(&domain.base, schema, &all, seat, depth + 1)
            }
            Some(Type::Composite(it)) => {
                let types: Vec<&SqlType> = it.attributes.iter().map(|it| &it.1).collect();
                composites(&types, schema, hints, seat, depth)
            }
            None => match schema.table(name) {
                Some(table) => {
                    let types: Vec<&SqlType> =
                        table.columns.iter().map(|it| &it.sql_type).collect();
                    composites(&types, schema, hints, seat, depth)
                }
                None => unknown(hints, seat),
            },
        },
    }
}

fn composites(
    types: &[&SqlType],
    schema: &Schema,
    hints: &[Hint],
    seat: Seat,
    depth: usize,
) -> Vec<String> {
    let attributes: Vec<Vec<String>> = types
        .iter()
        .map(|it| nested(it, schema, hints, seat, depth + 1))
        .collect();
    (0..seat.count + hints.len())
        .map(|row| {
            let attributes: Vec<String> = attributes
                .iter()
                .map(|values| {
                    // Nothing at all is null.
                    let value = values.get(row % values.len().max(1));
                    value.map_or_else(String::new, |it| quoted(it))
                })
                .collect();
            format!("({})", attributes.join(","))
        })
        .collect()
}

fn arrays(elements: &[String], hints: &[Hint]) -> Vec<String> {
    let mut values = Vec::new();
    // An array as a check writes it.
    values.extend(texts(hints).filter(|it| it.starts_with('{')));
    let element = |at: usize| quoted(&elements[at % elements.len()]);
    if elements.is_empty() {
        return vec!["{}".to_owned()];
    }
    for hint in hints {
        if let Some(length @ 1..=64) = hint.whole() {
            let all: Vec<String> = (0..length)
                .map(|it| element(usize::try_from(it).unwrap_or(0)))
                .collect();
            values.push(format!("{{{}}}", all.join(",")));
        }
    }
    for at in 0..elements.len() {
        values.push(match at % 5 {
            1 => format!("{{{},{}}}", element(at), element(at)),
            2 => format!("{{{},NULL,{}}}", element(at), element(at + 1)),
            3 => "{}".to_owned(),
            _ => format!("{{{}}}", element(at)),
        });
    }
    let (one, two) = (element(0), element(1));
    values.push(format!("{{{{{one},{two}}},{{{two},{one}}}}}"));
    values
}

/// A part of an array or of a row.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Values for a type of an extension, or of raw SQL: one of them may fit.
fn unknown(hints: &[Hint], seat: Seat) -> Vec<String> {
    let mut values: Vec<String> = texts(hints).chain(numbers(hints)).collect();
    for row in 0..seat.count {
        values.push(word(row, seat));
        values.push(format!("{}", row + 1));
    }
    let forms = [
        "\"k\"=>\"v\"",
        "[1,2)",
        "(1,2)",
        "[1,2,3]",
        "(1,2),(3,4)",
        "POINT(1 2)",
        "{}",
        "",
        "empty",
        "0",
        "a.b",
        "978-0-393-04002-9",
        "036000291452",
    ];
    values.extend(forms.map(str::to_owned));
    values
}

fn builtin(typname: &'static str, modifiers: &str, hints: &[Hint], seat: Seat) -> Vec<String> {
    let limit: Option<usize> = modifiers.parse().ok();
    match typname {
        "int2" => integers(hints, seat, i64::from(i16::MIN), i64::from(i16::MAX)),
        "int4" => integers(hints, seat, i64::from(i32::MIN), i64::from(i32::MAX)),
        "int8" => integers(hints, seat, i64::MIN, i64::MAX),
        "money" => integers(hints, seat, -1_000_000, 1_000_000),
        "oid" | "xid" | "cid" => integers(hints, seat, 0, i64::from(u32::MAX)),
        "xid8" => integers(hints, seat, 0, i64::MAX),
        "numeric" => super::decimal::numerics(modifiers, hints, seat),
        "float4" | "float8" => super::decimal::floats(hints, seat),
        "text" | "varchar" | "bpchar" | "name" | "refcursor" => {
            let limit = if typname == "name" { Some(60) } else { limit };
            super::text::values(limit, hints, seat)
        }
        "char" => mixed(hints, seat, &[], |it| {
            let letter = u8::try_from(it % 26).unwrap_or(0);
            char::from(b'a' + letter).to_string()
        }),
        "date" | "timestamp" | "timestamptz" => dates(typname, hints, seat),
        "time" | "timetz" => {
            let zone = if typname == "timetz" { "+00" } else { "" };
            mixed(
                hints,
                seat,
                &[&format!("00:00:00{zone}"), &format!("23:59:59{zone}")],
                |row| {
                    let minute = row * 40 + seat.column % 40 + 60;
                    format!("{:02}:{:02}:00{zone}", minute / 60 % 24, minute % 60)
                },
            )
        }
        "interval" => mixed(hints, seat, &["-1 days", "0", "1 year 2 months"], |row| {
            format!("{} days {:02}:30:00", row + 1, seat.column % 24)
        }),
        "bytea" => {
            let sized = hints
                .iter()
                .filter_map(Hint::whole)
                .filter(|it| (1..=4096).contains(it));
            let sized =
                sized.map(|it| format!("\\x{}", "5a".repeat(usize::try_from(it).unwrap_or(0))));
            let own = mixed(&[], seat, &["\\x", "\\x00ff275c3a", "\\xdeadbeef"], |row| {
                format!("\\x{row:04x}{:02x}", seat.column % 256)
            });
            sized.chain(own).collect()
        }
        "bit" => {
            let width = limit.unwrap_or(1);
            let own = (0..seat.count)
                .filter(|it| width > 16 || it >> width == 0)
                .map(|it| format!("{it:0width$b}"));
            own.chain(["1".repeat(width)]).collect()
        }
        "varbit" => {
            let width = limit.unwrap_or(64);
            let own = (0..seat.count)
                .map(|it| format!("{it:b}"))
                .filter(|it| it.len() <= width);
            own.chain([String::new()]).collect()
        }
        "bool" => if seat.column.is_multiple_of(2) {
            ["true", "false"]
        } else {
            ["false", "true"]
        }
        .map(str::to_owned)
        .to_vec(),
        other => other::values(other, hints, seat),
    }
}

fn integers(hints: &[Hint], seat: Seat, least: i64, most: i64) -> Vec<String> {
    let mut hinted: Vec<i64> = hints
        .iter()
        .filter_map(Hint::number)
        .flat_map(|it| {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "it is only near the number"
            )]
            let whole = it as i64;
            [whole, whole.saturating_add(1), whole.saturating_sub(1)]
        })
        .collect();
    hinted.extend(super::decimal::between(hints).map(|it| {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "it is only between the numbers"
        )]
        let whole = it as i64;
        whole
    }));
    let own =
        (0..seat.count).map(|row| i64::try_from((row + 1) * 100 + seat.column % 100).unwrap_or(0));
    let fits = |it: &i64| (least..=most).contains(it);
    let specials: Vec<String> = [
        -1 - i64::try_from(seat.column).unwrap_or(0),
        0,
        1,
        2,
        3,
        most,
        least,
    ]
    .iter()
    .filter(|it| fits(it))
    .map(ToString::to_string)
    .collect();
    let specials: Vec<&str> = specials.iter().map(String::as_str).collect();
    // The extremes stay behind the others whatever the column.
    let seat = Seat { column: 0, ..seat };
    weave(
        hinted
            .iter()
            .filter(|it| fits(it))
            .map(ToString::to_string)
            .collect(),
        own.filter(|it| fits(it)).map(|it| it.to_string()).collect(),
        &specials,
        seat,
    )
}

fn dates(typname: &str, hints: &[Hint], seat: Seat) -> Vec<String> {
    let (clock, zone) = match typname {
        "date" => (String::new(), ""),
        "timestamp" => (format!(" {:02}:30:00", seat.column % 24), ""),
        _ => (format!(" {:02}:30:00", seat.column % 24), "+00"),
    };
    let mut hinted = Vec::new();
    for text in texts(hints) {
        hinted.extend(near_date(&text));
        hinted.push(text);
    }
    for year in hints
        .iter()
        .filter_map(Hint::whole)
        .filter(|it| (1000..=3000).contains(it))
    {
        hinted.push(format!("{year}-06-15{clock}{zone}"));
    }
    let specials = ["1999-12-31", "2024-02-29", "1900-01-01", "2999-12-31"]
        .map(|it| format!("{it}{clock}{zone}"));
    let specials: Vec<&str> = specials.iter().map(String::as_str).collect();
    let own = (0..seat.count).map(|row| format!("{}{clock}{zone}", day(row * 100 + seat.column)));
    weave(hinted, own.collect(), &specials, seat)
}
