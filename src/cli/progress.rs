//! A line on the terminal that says how far `prove` is.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::cli::{Common, Format};

/// Goes back to the start of the line and empties it (ECMA-48: CR, EL).
const CLEAR: &str = "\r\x1b[2K";

/// What is longer than the terminal is cut, and not continued on a second line, which [`CLEAR`] would leave (DECAWM).
const CUT: [&str; 2] = ["\x1b[?7l", "\x1b[?7h"];

/// A line that is written again with each claim; none where stderr is no terminal or nobody wants it.
#[derive(Debug)]
pub(super) struct Progress {
    title: String,
    is_shown: bool,
    count: AtomicUsize,
}

impl Progress {
    pub(super) fn new(common: &Common, title: String) -> Self {
        Self {
            title,
            is_shown: !common.quiet && common.format != Format::Json && io::stderr().is_terminal(),
            count: AtomicUsize::new(0),
        }
    }

    /// One more is done, which `message` says in words that a terminal may show.
    pub(super) fn tell(&self, message: &str) {
        let count = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        if self.is_shown {
            let [from, to] = CUT;
            let line = format!("{CLEAR}{from}{}  {count} claims  {message}{to}", self.title);
            write(&line);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_shown {
            write(CLEAR);
        }
    }
}

/// A terminal that is gone keeps nothing from being proved.
fn write(text: &str) {
    let mut stderr = io::stderr().lock();
    drop(
        stderr
            .write_all(text.as_bytes())
            .and_then(|()| stderr.flush()),
    );
}
