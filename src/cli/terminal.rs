//! The ends of the program: what goes to stdout and stderr, and the exit status.
//!
//! Nothing of a text of others is obeyed by the terminal: diagnostics are escaped where they are drawn, since they hold
//! colours, and all else here. SQL alone goes out as it is.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use super::failure::{Failure, Status, reason};
use super::{Answer, Color, Common, Format, Warnings};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::report::{self, Style};
use crate::source::Sources;
use crate::visible;

/// The width for source lines where the environment does not tell the terminal's.
const WIDTH: usize = 140;

/// Prints what a command has to say; the exit status of the program.
pub(super) fn finish(answer: Result<Answer, Failure>, common: &Common) -> ExitCode {
    match answer {
        Ok(answer) => {
            let shown = match common.format {
                _ if answer.exact => answer.data,
                Format::Human => visible::text(&answer.data),
                Format::Json => visible::json(&answer.data),
            };
            let printed = print(&shown);
            if printed == ExitCode::SUCCESS && !common.quiet {
                let Warnings {
                    diagnostics,
                    sources,
                } = &answer.warnings;
                if !diagnostics.is_empty() {
                    tell(&(report::human(diagnostics, sources, style(common.color)) + "\n"));
                }
                tell(&visible::text(&answer.remarks));
            }
            printed
        }
        Err(failure) => {
            let status = ExitCode::from(failure.status as u8);
            match common.format {
                Format::Human => {
                    let style = style(common.color);
                    let human = if failure.is_ordered {
                        report::human_in_order
                    } else {
                        report::human
                    };
                    tell(&human(&failure.diagnostics, &failure.sources, style));
                    tell(&visible::text(&failure.details));
                    tell(&count(&failure.diagnostics));
                }
                Format::Json => {
                    let document = failure
                        .document
                        .unwrap_or_else(|| report::json(&failure.diagnostics, &failure.sources));
                    if print(&visible::json(&document)) != ExitCode::SUCCESS {
                        return ExitCode::from(Status::CannotRun as u8);
                    }
                }
            }
            status
        }
    }
}

/// Prints help, the version, or what is wrong with the arguments.
pub(super) fn usage(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    let styled = error.render();
    let text = styled.to_string();
    if !error.use_stderr() {
        return print(&text);
    }
    // It repeats an argument with all its lines.
    let raw = arguments.iter().filter_map(|it| it.to_str());
    let shown = raw.fold(text.clone(), |text, it| match visible::line(it) {
        shown if shown != it => text.replace(it, &shown),
        _ => text,
    });
    let shown = visible::text(&shown);
    if wants_json(arguments) {
        let message = shown.lines().next().unwrap_or_default();
        let message = message.strip_prefix("error: ").unwrap_or(message);
        let diagnostic = Diagnostic::error(Code::CannotRun, None, message)
            .help("`limbeck --help` lists the commands");
        print(&visible::json(&report::json(
            &diagnostic.into(),
            &Sources::default(),
        )));
    } else if colours(Color::Auto) && shown == text {
        tell(&styled.ansi().to_string());
    } else {
        tell(&shown);
    }
    ExitCode::from(Status::CannotRun as u8)
}

/// Writes all of `data` to stdout. A reader who has seen enough, such as `head`, is no failure.
fn print(data: &str) -> ExitCode {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(data.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            tell(&format!(
                "error: cannot write to stdout: {}\n",
                reason(&error)
            ));
            ExitCode::from(Status::CannotRun as u8)
        }
    }
}

/// Writes to stderr; where that fails there is nobody left to tell.
pub(super) fn tell(text: &str) {
    io::stderr().lock().write_all(text.as_bytes()).ok();
}

fn count(diagnostics: &Diagnostics) -> String {
    let errors = diagnostics
        .iter()
        .filter(|it| it.severity == Severity::Error)
        .count();
    let more = diagnostics.more();
    if more > 0 {
        format!("\nlimbeck: {errors} errors shown, {more} more not shown\n")
    } else if errors > 1 {
        format!("\nlimbeck: {errors} errors\n")
    } else {
        String::new()
    }
}

/// The arguments could not be read, so this looks for the option itself.
fn wants_json(arguments: &[OsString]) -> bool {
    arguments.iter().any(|it| it == "--format=json")
        || arguments
            .windows(2)
            .any(|it| it[0] == "--format" && it[1] == "json")
}

#[expect(
    clippy::disallowed_methods,
    reason = "only `cli` reads the environment"
)]
fn style(color: Color) -> Style {
    let columns = std::env::var("COLUMNS").ok();
    Style {
        colour: colours(color),
        width: columns
            .and_then(|it| it.parse().ok())
            .filter(|it| (40..=1_000).contains(it))
            .unwrap_or(WIDTH),
    }
}

fn colours(color: Color) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            let set = |name| std::env::var_os(name).is_some_and(|it| !it.is_empty());
            let dumb = std::env::var_os("TERM").is_some_and(|it| it == "dumb");
            io::stderr().is_terminal() && !set("NO_COLOR") && !dumb
        }
    }
}
