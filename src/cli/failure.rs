//! Why a command did not do its work.

use std::io;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::Sources;

/// Diagnostics, the texts that they point into, and the exit status that they lead to.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) status: Status,
    pub(super) diagnostics: Diagnostics,
    pub(super) sources: Sources,
    /// Whether the diagnostics stand in the order in which people should read them, instead of that of their places.
    pub(super) is_ordered: bool,
    /// For people, behind the diagnostics.
    pub(super) details: String,
    /// For programs, in the place of the diagnostics.
    pub(super) document: Option<String>,
}

/// The exit statuses of failures; usage errors are `CannotRun`, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    ProjectHasErrors = 1,
    CannotRun = 2,
    VerificationFailed = 3,
}

impl Failure {
    /// The project has errors.
    pub(super) fn project(diagnostics: impl Into<Diagnostics>, sources: Sources) -> Self {
        Self::new(Status::ProjectHasErrors, diagnostics.into(), sources)
    }

    /// Files or the configuration keep the command from running.
    pub(super) fn cannot_run(diagnostics: impl Into<Diagnostics>, sources: Sources) -> Self {
        Self::new(Status::CannotRun, diagnostics.into(), sources)
    }

    /// Something is not what it should be: `details` show it, and `document` says it to programs.
    pub(super) fn verification(
        diagnostics: Diagnostics,
        sources: Sources,
        details: String,
        document: String,
    ) -> Self {
        Self {
            is_ordered: true,
            details,
            document: Some(document),
            ..Self::new(Status::VerificationFailed, diagnostics, sources)
        }
    }

    /// The same, where a promise of a release would be broken.
    pub(super) fn broken(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(
            Status::VerificationFailed,
            Diagnostic::error(Code::Bundle, None, message)
                .help(help)
                .into(),
            Sources::default(),
        )
    }

    fn new(status: Status, diagnostics: Diagnostics, sources: Sources) -> Self {
        Self {
            status,
            diagnostics,
            sources,
            is_ordered: false,
            details: String::new(),
            document: None,
        }
    }

    /// The same, where no text is at fault.
    pub(super) fn refused(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::cannot_run(
            Diagnostic::error(Code::CannotRun, None, message).help(help),
            Sources::default(),
        )
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        let message = error
            .chain()
            .map(|it| match it.downcast_ref::<io::Error>() {
                Some(error) => reason(error),
                None => it.to_string(),
            })
            .collect::<Vec<_>>()
            .join(": ");
        Self::cannot_run(
            Diagnostic::error(Code::CannotRun, None, message),
            Sources::default(),
        )
    }
}

/// What the system says, in the style of our messages.
pub(super) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    // "Permission denied (os error 13)"
    let text = text.split(" (os error ").next().unwrap_or_default();
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => "unknown reason".to_owned(),
    }
}
