//! The two files of sums, `HASH  NAME` in each line, which `b3sum -c` and `sha256sum -c` read as they are.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::digest::{checksum, is_hexadecimal};

/// A way to sum a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sums {
    Blake3,
    Sha256,
}

impl Sums {
    pub(super) const ALL: [Self; 2] = [Self::Blake3, Self::Sha256];

    /// The name of its file.
    #[must_use]
    pub(super) fn file_name(self) -> &'static str {
        match self {
            Self::Blake3 => super::B3SUMS,
            Self::Sha256 => "SHA256SUMS",
        }
    }

    /// The sum of `bytes`.
    #[must_use]
    pub(super) fn of(self, bytes: &[u8]) -> String {
        match self {
            Self::Blake3 => checksum::blake3(bytes),
            Self::Sha256 => checksum::sha256(bytes),
        }
    }

    /// The text that covers files of those names, with their sums.
    #[must_use]
    pub(super) fn write<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
        let files: BTreeMap<&str, &str> = files.into_iter().collect();
        files.iter().fold(String::new(), |mut text, (name, sum)| {
            let _ = writeln!(text, "{sum}  {name}");
            text
        })
    }
}

/// The sums of a text that [`Sums::write`] could have written, by name; none for any other.
#[must_use]
pub(super) fn read(bytes: &[u8]) -> Option<BTreeMap<String, String>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut sums = BTreeMap::new();
    for line in text.strip_suffix('\n')?.split('\n') {
        let (sum, name) = line.split_once("  ")?;
        if !is_hexadecimal(sum)
            || name.is_empty()
            || sums.insert(name.to_owned(), sum.to_owned()).is_some()
        {
            return None;
        }
    }
    Some(sums)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for sums in Sums::ALL {
            let files = [("b", sums.of(b"two")), ("a", sums.of(b"one"))];
            let text = Sums::write(files.iter().map(|(name, sum)| (*name, sum.as_str())));
            let lines: Vec<&str> = text.lines().collect();
            assert!(lines[0].ends_with("  a") && lines[1].ends_with("  b"));
            assert!(lines.iter().all(|it| it.len() == 64 + 2 + 1), "{text}");
            assert_eq!(read(text.as_bytes()).unwrap()["b"], sums.of(b"two"));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let sum = "0".repeat(64);
        for text in [
            String::new(),
            "\n".to_owned(),
            format!("{sum} a\n"),
            format!("{sum}  \n"),
            format!("{sum}  a"),
            format!("{sum}  a\r\n{sum}  a\r\n"),
            format!("{}  a\n", "G".repeat(64)),
        ] {
            assert_eq!(read(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(read(b"\xff\n"), None);
    }
}
