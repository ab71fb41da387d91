//! Bounds of hashes.

use super::key::Existing;
use super::mistake::{Kind, Mistake};
use super::scan::{Form, form, items, word};

const HELP: &str =
    "write `for values with (modulus 4, remainder 0)`: the remainder must be less than the modulus";

/// What stands behind `with`.
enum Read {
    Numbers { modulus: i32, remainder: i32 },
    Undecided,
    Wrong(Kind, String),
}

/// Refuses a modulus and a remainder; says whether all of it is decided.
pub(super) fn check<'e>(
    with: &str,
    existing: impl IntoIterator<Item = Existing<'e>>,
) -> Result<bool, Mistake> {
    let (modulus, remainder) = match read(with) {
        Read::Numbers { modulus, remainder } => (modulus, remainder),
        Read::Undecided => return Ok(false),
        Read::Wrong(kind, message) => return Err(Mistake::new(kind, message, HELP).at(with)),
    };
    let mut is_decided = true;
    let mut overlap = None;
    for partition in existing {
        let name = partition.name;
        let Some(Form::With(other)) = form(partition.bound) else {
            is_decided = false;
            continue;
        };
        let (other_modulus, other_remainder) = match read(other) {
            Read::Numbers { modulus, remainder } => (modulus, remainder),
            Read::Undecided | Read::Wrong(..) => {
                is_decided = false;
                continue;
            }
        };
        let (less, more) = (modulus.min(other_modulus), modulus.max(other_modulus));
        if more % less != 0 {
            return Err(Mistake::new(
                Kind::Factor,
                format!("the modulus {less} is not a factor of {more}: partition \"{name}\" has the modulus {other_modulus}"),
                "choose a modulus that is a factor or a multiple of that of each other partition",
            )
            .at(with)
            .with(name));
        }
        if overlap.is_none() && remainder % less == other_remainder % less {
            overlap = Some((partition, other));
        }
    }
    if let Some((partition, other)) = overlap {
        let name = partition.name;
        return Err(Mistake::new(
            Kind::Overlap,
            format!("({with}) overlaps partition \"{name}\", which has ({other})"),
            format!("choose a remainder that no other partition has, or detach partition \"{name}\" first"),
        )
        .at(with)
        .with(name));
    }
    Ok(is_decided)
}

fn read(with: &str) -> Read {
    let mut modulus = None;
    let mut remainder = None;
    for item in items(with) {
        let (name, number) = word(item.strip_prefix('"').unwrap_or(item));
        let number = number.strip_prefix('"').unwrap_or(number).trim_ascii();
        let place = if name.eq_ignore_ascii_case("modulus") {
            &mut modulus
        } else if name.eq_ignore_ascii_case("remainder") {
            &mut remainder
        } else {
            return Read::Wrong(
                Kind::Option,
                format!("\"{name}\" is not an option of a bound by hash"),
            );
        };
        if place.is_some() {
            return Read::Wrong(Kind::Twice, format!("the {name} is given twice"));
        }
        let is_whole = number.bytes().all(|it| it.is_ascii_digit()) && !number.is_empty();
        match number.parse::<i32>() {
            Ok(number) if is_whole => *place = Some(number),
            Ok(_) | Err(_) if is_whole || number.starts_with('-') => {
                return Read::Wrong(
                    Kind::Option,
                    format!(
                        "the {name} {number} is not an integer from 0 to {}",
                        i32::MAX
                    ),
                );
            }
            Ok(_) | Err(_) => return Read::Undecided,
        }
    }
    match (modulus, remainder) {
        (None, _) => Read::Wrong(Kind::Option, "the bound has no modulus".to_owned()),
        (_, None) => Read::Wrong(Kind::Option, "the bound has no remainder".to_owned()),
        (Some(0), _) => Read::Wrong(
            Kind::Modulus,
            "the modulus must be greater than zero".to_owned(),
        ),
        (Some(modulus), Some(remainder)) if remainder >= modulus => Read::Wrong(
            Kind::Modulus,
            format!("the remainder {remainder} must be less than the modulus {modulus}"),
        ),
        (Some(modulus), Some(remainder)) => Read::Numbers { modulus, remainder },
    }
}
