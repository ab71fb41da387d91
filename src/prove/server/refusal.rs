//! Why psql did not run a script to its end.

use super::Fault;

/// What psql said. It was told `VERBOSITY=verbose`, so that the code of an error stands before its sentence, which may be in
/// any language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The code of PostgreSQL's error, such as `42501`; none where psql itself said something.
    pub(crate) state: Option<String>,
    /// A sentence of PostgreSQL, or all that psql said.
    pub(crate) message: String,
    /// Whether it came as far as the script.
    pub(crate) is_connected: bool,
}

/// The classes of codes that are no errors.
const HARMLESS: [&str; 3] = ["00", "01", "02"];

impl Refusal {
    pub(crate) fn read(stderr: &str) -> Self {
        if let Some(first) = Self::errors(stderr).next() {
            return first;
        }
        let own = stderr.strip_prefix("psql: ");
        let said = own.unwrap_or(stderr);
        Self {
            state: None,
            message: said
                .strip_prefix("error: ")
                .unwrap_or(said)
                .trim()
                .to_owned(),
            is_connected: own.is_none(),
        }
    }

    /// Every error that has a code.
    pub(crate) fn errors(stderr: &str) -> impl Iterator<Item = Self> {
        stderr.lines().filter_map(|line| {
            let (state, message) = coded(line)?;
            Some(Self {
                state: Some(state.to_owned()),
                message: message.to_owned(),
                is_connected: true,
            })
        })
    }

    /// As a fault, where psql did not connect.
    pub(crate) fn unconnected(&self) -> Option<Fault> {
        (!self.is_connected).then(|| {
            Fault::new(
                format!("cannot connect: {}", self.message),
                "check that the server is running, and that the URL and the password are correct; a password belongs in PGPASSWORD or ~/.pgpass",
            )
        })
    }
}

/// The code and the sentence of a line such as `psql:<stdin>:1: ERROR:  42501: permission denied`.
fn coded(line: &str) -> Option<(&str, &str)> {
    line.match_indices(":  ").find_map(|(at, mark)| {
        let (state, message) = line[at + mark.len()..].split_at_checked(5)?;
        let message = message.strip_prefix(": ")?;
        let is_state = state
            .bytes()
            .all(|it| it.is_ascii_digit() || it.is_ascii_uppercase());
        let is_error = is_state && !HARMLESS.iter().any(|it| state.starts_with(it));
        is_error.then_some((state, message))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_found_in_any_language() {
        for (stderr, state, message) in [
            (
                "psql:<stdin>:3: FEHLER:  42501: keine Berechtigung für Tabelle t\nORT:  aclcheck_error, aclchk.c:3650\n",
                Some("42501"),
                "keine Berechtigung für Tabelle t",
            ),
            (
                "WARNUNG:  01000: so\nFATAL:  25P03: Schluss:  42501: x\nserver closed the connection\n",
                Some("25P03"),
                "Schluss:  42501: x",
            ),
            (
                "psql:<stdin>:3: server closed the connection unexpectedly\n",
                None,
                "psql:<stdin>:3: server closed the connection unexpectedly",
            ),
        ] {
            let refusal = Refusal::read(stderr);
            assert_eq!(
                (refusal.state.as_deref(), refusal.message.as_str()),
                (state, message)
            );
            assert_eq!(refusal.unconnected(), None);
        }
        let refusal = Refusal::read("psql: error: connection to server failed: no\n");
        let fault = refusal.unconnected().unwrap();
        assert_eq!(
            fault.message,
            "cannot connect: connection to server failed: no"
        );
    }
}
