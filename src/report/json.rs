//! Diagnostics for programs. This form is stable.

use serde::Serialize;

use super::sorted;
use crate::diagnostic::{Diagnostic, Diagnostics, Direction, Severity};
use crate::source::Sources;

#[derive(Serialize)]
struct Report<'a> {
    diagnostics: Vec<Entry<'a>>,
    /// How many more there are; left out for none.
    #[serde(skip_serializing_if = "is_zero")]
    more: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

#[derive(Serialize)]
struct Entry<'a> {
    code: &'static str,
    severity: &'static str,
    direction: Option<&'static str>,
    message: &'a str,
    help: Option<&'a str>,
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    end_line: Option<usize>,
    end_column: Option<usize>,
}

/// The diagnostics as one line of JSON, by file, line and column. Lines and columns count from 1, columns in
/// characters; the end is exclusive.
#[must_use]
pub fn json(diagnostics: &Diagnostics, sources: &Sources) -> String {
    let report = Report {
        diagnostics: sorted(diagnostics, sources)
            .into_iter()
            .map(|it| entry(it, sources))
            .collect(),
        more: diagnostics.more(),
    };
    serde_json::to_string(&report).expect("text and numbers are always JSON") + "\n"
}

fn entry<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Entry<'a> {
    let span = diagnostic.span;
    let start = span.map(|it| sources.position(it.source, it.start));
    let end = span.map(|it| sources.position(it.source, it.end));
    Entry {
        code: diagnostic.code.name(),
        severity: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        direction: diagnostic.direction.map(|it| match it {
            Direction::Upgrade => "upgrade",
            Direction::Downgrade => "downgrade",
        }),
        message: &diagnostic.message,
        help: diagnostic.help.as_deref(),
        file: span.map(|it| sources.path(it).as_str()),
        line: start.map(|it| it.line),
        column: start.map(|it| it.column),
        end_line: end.map(|it| it.line),
        end_column: end.map(|it| it.column),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;

    #[test]
    fn is_sorted_and_null_where_nothing_is_known() {
        let mut sources = Sources::default();
        let b = sources.add("b.rev", "é\nxyz\n");
        let a = sources.add("a.rev", "xyz\n");
        let mut diagnostics = Diagnostics::from(
            Diagnostic::error(Code::Syntax, b.span(2, 6), "third").direction(Direction::Upgrade),
        );
        diagnostics.push(Diagnostic::error(Code::Syntax, a.span(0, 1), "second").help("h"));
        diagnostics.push(Diagnostic::error(Code::Syntax, None, "first"));
        assert_eq!(
            json(&diagnostics, &sources),
            concat!(
                r#"{"diagnostics":[{"code":"syntax","severity":"error","direction":null,"message":"first","help":null,"#,
                r#""file":null,"line":null,"column":null,"end_line":null,"end_column":null},"#,
                r#"{"code":"syntax","severity":"error","direction":null,"message":"second","help":"h","#,
                r#""file":"a.rev","line":1,"column":1,"end_line":1,"end_column":2},"#,
                r#"{"code":"syntax","severity":"error","direction":"upgrade","message":"third","help":null,"#,
                r#""file":"b.rev","line":1,"column":2,"end_line":2,"end_column":4}]}"#,
                "\n"
            )
        );
        assert_eq!(
            json(&Diagnostics::default(), &sources),
            "{\"diagnostics\":[]}\n"
        );
    }
}
