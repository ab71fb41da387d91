//! Values of types that checks hardly compute with: ranges, documents, addresses, shapes, and names of what is in every
//! database.

use crate::prove::rows::hint::{Hint, texts};
use crate::prove::rows::seat::{Seat, day, mixed};

/// Values of the builtin type `typname`; none where the server reads no value of it.
pub(super) fn values(typname: &str, hints: &[Hint], seat: Seat) -> Vec<String> {
    if bounds(typname, 0).is_some() {
        return ranges(typname, hints, seat);
    }
    if matches!(typname, "json" | "jsonb") {
        return documents(hints, seat);
    }
    let column = seat.column % 100;
    let own =
        |specials: &[&str], value: &dyn Fn(usize) -> String| mixed(hints, seat, specials, value);
    match typname {
        "uuid" => own(&["00000000-0000-0000-0000-000000000000"], &|row| {
            format!("00000000-0000-4000-8000-{:04x}{row:08x}", column + 1)
        }),
        "jsonpath" => own(&["$"], &|row| format!("$.\"a{row}\"")),
        "xml" => own(&["<a b=\"c:d\">it's</a>"], &|row| format!("<a>{row}</a>")),
        "inet" => own(&["::1", "192.168.0.1/24"], &|row| {
            format!("10.0.{column}.{}", row % 250 + 1)
        }),
        "cidr" => own(&["2001:db8::/32"], &|row| {
            format!("10.{column}.{}.0/24", row % 250)
        }),
        "macaddr" => own(&[], &|row| {
            format!("08:00:2b:00:{column:02x}:{:02x}", row % 256)
        }),
        "macaddr8" => own(&[], &|row| {
            format!("08:00:2b:ff:fe:00:{column:02x}:{:02x}", row % 256)
        }),
        "point" => own(&["(-1.5,0)"], &|row| format!("({row},{column})")),
        "line" => own(&[], &|row| format!("{{1,-1,{row}}}")),
        "lseg" => own(&[], &|row| format!("[(0,{row}),(1,{column})]")),
        "box" => own(&[], &|row| {
            format!(
                "({},{}),({},{})",
                row * 10 + 5,
                column + 5,
                row * 10,
                column
            )
        }),
        "path" => own(&["[(0,0),(1,1),(2,0)]"], &|row| {
            format!("((0,0),({row},1),(2,{column}))")
        }),
        "polygon" => own(&[], &|row| format!("((0,0),({row},1),(2,{column}))")),
        "circle" => own(&[], &|row| format!("<({},{column}),2>", row * 10)),
        "tsvector" => own(&["", "'it''s':1A ':b':2"], &|row| {
            format!("'a{row}' 'b{column}'")
        }),
        "tsquery" => own(&["!'c'"], &|row| format!("'a{row}' & 'b{column}'")),
        "int2vector" | "oidvector" => own(&[""], &|row| format!("{row} {column}")),
        "tid" => own(&[], &|row| format!("({column},{})", row + 1)),
        "pg_lsn" => own(&["0/0"], &|row| format!("{column:X}/{:X}", row + 1)),
        "pg_snapshot" | "txid_snapshot" => own(&[], &|row| format!("10:{}:10,14", row + 20)),
        _ => names(typname, hints, seat),
    }
}

/// Values of `json` and `jsonb`: a check that names keys may want them alone, together or beside an object of its own.
fn documents(hints: &[Hint], seat: Seat) -> Vec<String> {
    let (objects, keys): (Vec<String>, Vec<String>) =
        texts(hints).partition(|it| it.starts_with(['{', '[']));
    let mut values = objects.clone();
    let starts = objects
        .iter()
        .filter_map(|it| it.strip_suffix('}'))
        .filter(|it| it.len() > 1);
    let starts: Vec<&str> = starts.collect();
    for filler in ["\"x\"", "1", "[]", "{}"] {
        let pairs: Vec<String> = keys
            .iter()
            .map(|it| format!("{}: {filler}", serde_json::Value::from(it.as_str())))
            .collect();
        for pairs in pairs
            .iter()
            .cloned()
            .chain((pairs.len() > 1).then(|| pairs.join(", ")))
        {
            values.push(format!("{{{pairs}}}"));
            values.extend(starts.iter().map(|it| format!("{it}, {pairs}}}")));
        }
    }
    let specials = [
        "[]",
        "{}",
        "{\"b\": 1,  \"a\": \":a {b:c} it's\"}",
        "\"text\"",
        "null",
        "[1, \"2\", null]",
    ];
    values.extend(mixed(&[], seat, &specials, |row| {
        format!("{{\"a\": {row}, \"b\": [{}]}}", seat.column)
    }));
    values
}

/// The bounds of a range of the type, apart from those of other rows; none where it is no range.
fn bounds(typname: &str, low: usize) -> Option<[String; 2]> {
    let days = [day(low), day(low + 5)];
    Some(match typname {
        "int4range" | "int8range" | "int4multirange" | "int8multirange" => {
            [low, low + 5].map(|it| it.to_string())
        }
        "numrange" | "nummultirange" => [low, low + 5].map(|it| format!("{it}.5")),
        "daterange" | "datemultirange" => days,
        "tsrange" | "tsmultirange" => days.map(|it| format!("\"{it} 08:00:00\"")),
        "tstzrange" | "tstzmultirange" => days.map(|it| format!("\"{it} 08:00:00+00\"")),
        _ => return None,
    })
}

fn ranges(typname: &str, hints: &[Hint], seat: Seat) -> Vec<String> {
    let many = typname.ends_with("multirange");
    let specials = if many {
        ["{}", "{(,)}"]
    } else {
        ["empty", "(,)"]
    };
    let (column, wanted) = (seat.column % 100, if seat.apart { 1 } else { 2 });
    mixed(hints, seat, &specials[..wanted], |row| {
        let [low, high] = bounds(typname, row * 10 + column).unwrap_or_default();
        if many {
            format!("{{[{low},{high})}}")
        } else {
            format!("[{low},{high})")
        }
    })
}

/// Types that name what is in every database; the server reads no value of its internal ones.
fn names(typname: &str, hints: &[Hint], seat: Seat) -> Vec<String> {
    let (special, name) = match typname {
        "aclitem" => ("=r/pg_monitor", "pg_monitor=r/pg_monitor"),
        "regclass" => ("pg_catalog.pg_type", "pg_catalog.pg_class"),
        "regcollation" => ("pg_catalog.\"POSIX\"", "pg_catalog.\"C\""),
        "regconfig" | "regdictionary" => ("pg_catalog.simple", "pg_catalog.simple"),
        "regnamespace" => ("information_schema", "pg_catalog"),
        "regoper" => ("pg_catalog.|/", "pg_catalog.||/"),
        "regoperator" => (
            "pg_catalog.-(integer,integer)",
            "pg_catalog.+(integer,integer)",
        ),
        "regproc" => ("pg_catalog.pi", "pg_catalog.now"),
        "regprocedure" => ("pg_catalog.abs(bigint)", "pg_catalog.abs(integer)"),
        "regrole" => ("pg_read_all_stats", "pg_monitor"),
        "regtype" => ("pg_catalog.text", "pg_catalog.int4"),
        _ => return Vec::new(),
    };
    mixed(hints, seat, &[special], |_| name.to_owned())
}
