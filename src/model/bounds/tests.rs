//! The pairs of `tests/data/partition-bounds.txt`, each of which was tried on the servers 15 and 18.

use smol_str::SmolStr;

use super::{Existing, Key, Kind, Order, Partitioned, Sessions, Strategy, Verdict, check};

/// The keys that the file names.
fn key(name: &str) -> Key {
    let (type_name, modifiers, order): (_, &[i32], _) = match name {
        "textc" => ("text", &[], Order::Bytes),
        "varchar3" => ("varchar", &[3], Order::Usual),
        "char3" => ("bpchar", &[3], Order::Usual),
        "numeric51" => ("numeric", &[5, 1], Order::Usual),
        "enum" | "unknowntext" => ("", &[], Order::Usual),
        _ => (name, &[], Order::Usual),
    };
    let values = ["b", "a", "c", "B b"].map(SmolStr::new);
    Key {
        type_name: type_name.into(),
        modifiers: modifiers.to_vec(),
        values: (name == "enum").then(|| values.to_vec()),
        order,
    }
}

#[test]
fn pairs_are_decided_as_on_the_server() {
    let mut strategy = Strategy::Hash;
    let mut keys = Vec::new();
    let mut existing: Vec<(String, String)> = Vec::new();
    let mut tried = 0;
    for line in include_str!("../../../tests/data/partition-bounds.txt").lines() {
        if let Some((bound, expected)) = line.split_once(" => ") {
            let bound = bound.trim();
            let partitions = existing
                .iter()
                .map(|(name, bound)| Existing { name, bound });
            let table = Partitioned {
                strategy,
                keys: &keys,
                sessions: Sessions::Alike,
            };
            let found = match table.check(partitions, bound) {
                Ok(Verdict::Accepted) => "accepted",
                Ok(Verdict::Undecided) => "undecided",
                Err(it) => it.kind.sqlstate(),
            };
            assert_eq!(found, expected.split(' ').next().unwrap(), "{bound}");
            if expected.contains("accepted") {
                existing.push((format!("p{tried}"), bound.to_owned()));
            }
            tried += 1;
        } else if let Some((first, rest)) = line.split_once(' ')
            && let Some(found) = Strategy::named(first)
        {
            strategy = found;
            keys = rest.split(' ').map(key).collect();
            existing.clear();
        }
    }
    assert!(tried > 150, "{tried} pairs");
}

fn refused(strategy: Strategy, key_type: &str, existing: &str, new: &str) -> String {
    let keys = [key(key_type)];
    let existing = Existing {
        name: "p1",
        bound: existing,
    };
    let it = check(strategy, &keys, [existing], new).unwrap_err();
    assert_eq!(it.partition.is_some(), it.message.contains("\"p1\""));
    format!("{}; help: {}", it.message, it.help.unwrap())
}

#[test]
fn messages_say_what_is_wrong_and_what_to_do() {
    assert_eq!(
        refused(
            Strategy::Range,
            "date",
            "for values from ('2024-01-01') to ('2024-02-01')",
            "for values from ('2024-01-31') to ('2024-03-01')",
        ),
        "the range from ('2024-01-31') to ('2024-03-01') overlaps partition \"p1\", which has the range from \
         ('2024-01-01') to ('2024-02-01'); help: choose a range that no other partition has, or detach partition \
         \"p1\" first"
    );
    assert_eq!(
        refused(
            Strategy::List,
            "int4",
            "for values in (1, '2')",
            "for values in (3, 2)"
        ),
        "the value 2 is already in partition \"p1\", as '2'; help: leave the value out, or detach partition \"p1\" \
         first"
    );
    assert_eq!(
        refused(
            Strategy::Hash,
            "int4",
            "for values with (modulus 4, remainder 0)",
            "for values with (modulus 6, remainder 1)",
        ),
        "the modulus 4 is not a factor of 6: partition \"p1\" has the modulus 4; help: choose a modulus that is a \
         factor or a multiple of that of each other partition"
    );
    assert_eq!(
        refused(
            Strategy::Range,
            "enum",
            "default",
            "for values from ('x') to ('a')"
        ),
        "the value 'x' is not a value of the partition key; help: write one of its values: 'b', 'a', 'c', 'B b'"
    );
}

#[test]
fn a_time_without_zone_is_another_one_in_another_session() {
    let keys = [key("timestamptz")];
    let decide = |sessions, existing, new| {
        let table = Partitioned {
            strategy: Strategy::Range,
            keys: &keys,
            sessions,
        };
        let name = "p1";
        let bound = existing;
        table
            .check([Existing { name, bound }], new)
            .map_err(|it| it.kind)
    };
    let day = "for values from ('2024-01-01') to ('2024-01-02')";
    let month = "for values from ('2024-01-01') to ('2024-02-01')";
    assert_eq!(decide(Sessions::Alike, day, day), Err(Kind::Overlap));
    assert_eq!(
        decide(Sessions::Different, day, day),
        Ok(Verdict::Undecided)
    );
    assert_eq!(
        decide(Sessions::Different, month, month),
        Err(Kind::Overlap)
    );
    let empty = "for values from ('2024-01-02') to ('2024-01-02')";
    assert_eq!(decide(Sessions::Different, day, empty), Err(Kind::Empty));
}

#[test]
fn any_text_is_read() {
    let pieces = [
        "for values ",
        "from ",
        "in ",
        "with ",
        "to ",
        "(",
        ")",
        ",",
        "'",
        "''",
        "\"",
        "$",
        "$a$",
        "E'",
        "\\",
        "--",
        "/*",
        "[",
        "]",
        "é",
        "1",
        "-",
        ".",
        "e",
        "::",
        "int",
        "null",
        "default",
        "modulus ",
        "{",
        "U&'",
        "2024-01-01",
    ];
    let keys = [key("int4"), key("text"), key("date")];
    let mut state = 1_u32;
    for _ in 0..20_000 {
        let mut bound = String::new();
        for _ in 0..12 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            bound.push_str(pieces[(state >> 16) as usize % pieces.len()]);
        }
        for strategy in [Strategy::Range, Strategy::List, Strategy::Hash] {
            let name = "p1";
            let existing = ["for values from (1) to (2)", "for values in (1)", &bound];
            let existing = existing.map(|bound| Existing { name, bound });
            let whole = format!("for values from ({bound}) to ({bound})");
            for new in [&bound, &whole] {
                let _found = check(strategy, &keys, existing, new);
            }
        }
    }
}
