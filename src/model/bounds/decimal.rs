//! Exact decimal numbers of up to 36 digits.

use std::cmp::Ordering;

/// A number: `mantissa` × 10 to the power of `exponent`. The mantissa has no zeros at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal {
    mantissa: i128,
    exponent: i32,
}

/// A number of type `numeric`. `NaN` is greater than all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Number {
    NegativeInfinity,
    Finite(Decimal),
    Infinity,
    NaN,
}

/// Why a text is not read as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    /// It is no number.
    Form,
    /// It has too many digits for this module.
    Size,
}

/// The digits that a mantissa may have.
const DIGITS: usize = 36;
/// The digits that 64 bits hold.
const SHORT: usize = 18;

impl Decimal {
    /// Reads `12.5e-3`, without a sign before it.
    pub(super) fn parse(text: &str, negative: bool) -> Result<Self, Unread> {
        let Parts {
            whole,
            fraction,
            exponent,
        } = parts(text).ok_or(Unread::Form)?;
        // Zeros at the end go to the exponent.
        let fraction = fraction.trim_end_matches('0');
        let kept = if fraction.is_empty() {
            whole.trim_end_matches('0')
        } else {
            whole
        };
        let size = |it: usize| i32::try_from(it).map_err(|_| Unread::Size);
        let exponent =
            exponent.ok_or(Unread::Size)? + size(whole.len() - kept.len())? - size(fraction.len())?;
        let digits = || {
            kept.bytes()
                .chain(fraction.bytes())
                .skip_while(|it| *it == b'0')
        };
        let mantissa = if kept.len() + fraction.len() <= SHORT {
            let short = digits().fold(0, |all, digit| all * 10 + u64::from(digit - b'0'));
            i128::from(short)
        } else if digits().count() <= DIGITS {
            digits().fold(0, |all, digit| all * 10 + i128::from(digit - b'0'))
        } else {
            return Err(Unread::Size);
        };
        Ok(Self {
            mantissa: if negative { -mantissa } else { mantissa },
            exponent: if mantissa == 0 { 0 } else { exponent },
        })
    }

    fn without_zeros(mut self) -> Self {
        if self.mantissa == 0 {
            self.exponent = 0;
        }
        while self.mantissa != 0 && self.mantissa % 10 == 0 {
            self.mantissa /= 10;
            self.exponent += 1;
        }
        self
    }

    /// The number rounded to `places` behind the point, halves away from zero.
    pub(super) fn rounded(self, places: i32) -> Self {
        let Ok(dropped @ 1..) = u32::try_from(-places - self.exponent) else {
            return self;
        };
        let divisor = 10_i128.checked_pow(dropped);
        let mantissa = divisor.map_or(0, |it| {
            let rest = self.mantissa % it;
            let up = i128::from(rest.abs() >= it - rest.abs());
            self.mantissa / it + up * self.mantissa.signum()
        });
        Self {
            mantissa,
            exponent: -places,
        }
        .without_zeros()
    }

    pub(super) fn integer(number: i64) -> Self {
        Self {
            mantissa: number.into(),
            exponent: 0,
        }
        .without_zeros()
    }

    /// The nearest integer, halves away from zero, unless it is out of range.
    pub(super) fn to_integer(self) -> Option<i64> {
        let rounded = self.rounded(0);
        let power = 10_i128.checked_pow(u32::try_from(rounded.exponent).ok()?)?;
        rounded.mantissa.checked_mul(power)?.try_into().ok()
    }

    /// How many digits stand before the point; zero or less for a number below one.
    pub(super) fn digits_before_point(self) -> i32 {
        let digits = self.mantissa.unsigned_abs().checked_ilog10();
        digits.map_or(i32::MIN, |it| it.cast_signed() + 1 + self.exponent)
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.exponent == other.exponent {
            return self.mantissa.cmp(&other.mantissa);
        }
        let (sign, other_sign) = (self.mantissa.signum(), other.mantissa.signum());
        if sign != other_sign {
            return sign.cmp(&other_sign);
        }
        let by_size = self.digits_before_point().cmp(&other.digits_before_point());
        let by_size = by_size.then_with(|| {
            // Both have equally many digits before the point: the longer one has at most 36 digits.
            let least = self.exponent.min(other.exponent);
            let aligned = |it: &Self| {
                let power = (it.exponent - least).unsigned_abs();
                10_i128
                    .checked_pow(power)
                    .and_then(|power| it.mantissa.abs().checked_mul(power))
                    .unwrap_or(i128::MAX)
            };
            aligned(self).cmp(&aligned(other))
        });
        if sign < 0 { by_size.reverse() } else { by_size }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A number taken apart. The exponent is `None` where it is far from zero.
pub(super) struct Parts<'a> {
    pub(super) whole: &'a str,
    pub(super) fraction: &'a str,
    pub(super) exponent: Option<i32>,
}

pub(super) fn parts(text: &str) -> Option<Parts<'_>> {
    let (digits, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let are_digits = |part: &str| part.bytes().all(|it| it.is_ascii_digit());
    if !are_digits(whole) || !are_digits(fraction) || whole.len() + fraction.len() == 0 {
        return None;
    }
    let exponent = match exponent {
        None => Some(0),
        Some(written) => {
            let unsigned = written.strip_prefix(['-', '+']).unwrap_or(written);
            if unsigned.is_empty() || !are_digits(unsigned) {
                return None;
            }
            written
                .parse()
                .ok()
                .filter(|it| (-1000..=1000).contains(it))
        }
    };
    Some(Parts {
        whole,
        fraction,
        exponent,
    })
}

/// The text that a number becomes by an assignment to a text: `1e3` is `1000`, `007` is `7`, `1.50` is `1.50`.
pub(super) fn as_text(digits: &str, negative: bool) -> Option<String> {
    let Parts {
        whole,
        fraction,
        exponent,
    } = parts(digits)?;
    let exponent = exponent?;
    let all: String = [whole, fraction].concat();
    let point = i32::try_from(whole.len()).ok()? + exponent;
    let places = usize::try_from(i32::try_from(fraction.len()).ok()? - exponent).unwrap_or(0);
    let digit = |at: i32| {
        let at = usize::try_from(at).ok();
        at.and_then(|it| all.as_bytes().get(it))
            .map_or('0', |it| char::from(*it))
    };
    let before: String = (0..point).map(digit).collect();
    let before = before.trim_start_matches('0');
    let before = if before.is_empty() { "0" } else { before };
    let behind: String = (point..).take(places).map(digit).collect();
    let is_zero = all.bytes().all(|it| it == b'0');
    let sign = if negative && !is_zero { "-" } else { "" };
    let dot = if places > 0 { "." } else { "" };
    Some([sign, before, dot, &behind].concat())
}
