//! A line on the terminal that says how far `prove` is.
#![expect(
    clippy::disallowed_methods,
    reason = "what is left is told from the time that has passed"
)]

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::cli::{Common, Format};

/// Goes back to the start of the line and empties it (ECMA-48: CR, EL).
const CLEAR: &str = "\r\x1b[2K";

/// What is longer than the terminal is cut, and not continued on a second line, which [`CLEAR`] would leave (DECAWM).
const CUT: [&str; 2] = ["\x1b[?7l", "\x1b[?7h"];

/// How often the line is written again.
const PAUSE: Duration = Duration::from_millis(200);

/// A line that is written again while scripts run; none where stderr is no terminal or nobody wants it.
#[derive(Debug)]
pub(super) struct Progress {
    title: String,
    is_shown: bool,
    begin: Instant,
    state: Mutex<State>,
}

/// How far it is.
#[derive(Debug)]
struct State {
    planned: usize,
    ran: usize,
    message: String,
    written: Option<Instant>,
}

impl Progress {
    pub(super) fn new(common: &Common, title: String) -> Self {
        Self {
            title,
            is_shown: !common.quiet && common.format != Format::Json && io::stderr().is_terminal(),
            begin: Instant::now(),
            state: Mutex::new(State {
                planned: 0,
                ran: 0,
                message: String::new(),
                written: None,
            }),
        }
    }

    /// So many more runs are to come.
    pub(super) fn plan(&self, runs: usize) {
        self.change(|it| it.planned += runs);
    }

    /// One of them is over.
    pub(super) fn ran(&self) {
        self.change(|it| it.ran += 1);
    }

    /// What came of some, in words that a terminal may show.
    pub(super) fn tell(&self, message: String) {
        self.change(|it| it.message = message);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        if !self.is_shown {
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state);
        let now = Instant::now();
        if state.written.is_some_and(|it| now < it + PAUSE) {
            return;
        }
        state.written = Some(now);
        let [from, to] = CUT;
        let State {
            planned,
            ran,
            message,
            ..
        } = &*state;
        let left = left(self.begin.elapsed(), *ran, *planned);
        write(&format!(
            "{CLEAR}{from}{}  {ran} of {planned} runs{left}  {message}{to}",
            self.title
        ));
    }
}

/// How long the rest takes if it goes on as before; nothing where that cannot be said yet.
fn left(elapsed: Duration, ran: usize, planned: usize) -> String {
    let (Ok(ran), Ok(rest)) = (
        u32::try_from(ran),
        u32::try_from(planned.saturating_sub(ran)),
    ) else {
        return String::new();
    };
    if elapsed < Duration::from_secs(5) || ran < 10 {
        return String::new();
    }
    let seconds = (elapsed / ran).saturating_mul(rest).as_secs();
    match seconds {
        0..90 => format!(", about {seconds} s left"),
        _ => format!(", about {} min left", seconds.div_ceil(60)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_from_what_has_passed() {
        let left = |seconds, ran, planned| left(Duration::from_secs(seconds), ran, planned);
        assert_eq!(left(60, 60, 90), ", about 30 s left");
        assert_eq!(left(60, 100, 1000), ", about 9 min left");
        assert_eq!(left(60, 100, 90), ", about 0 s left");
        assert_eq!(left(60, 5, 1000), "");
        assert_eq!(left(2, 100, 1000), "");
    }
}
