use std::fmt::Write as _;

use clap::Args;

use crate::cli::failure::Failure;
use crate::cli::{Answer, Common, Format};
use crate::diagnostic::{Code, nearest};

/// Explain what a diagnostic means and what to do about it.
///
/// Use it with the name in brackets at the start of a message, as in `error[syntax]`. Without a name it lists all
/// diagnostics.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  limbeck explain\n  limbeck explain syntax")]
pub(super) struct Explain {
    /// The name of the diagnostic
    code: Option<String>,
}

impl Explain {
    pub(super) fn run(&self, common: &Common) -> Result<Answer, Failure> {
        let codes: Vec<Code> = match &self.code {
            None => Code::ALL.to_vec(),
            Some(name) => vec![find(name)?],
        };
        let data = match common.format {
            Format::Json => json(&codes),
            Format::Human if self.code.is_some() => codes.iter().map(|it| text(*it)).collect(),
            Format::Human => list(&codes),
        };
        Ok(Answer {
            data,
            ..Answer::default()
        })
    }
}

fn find(name: &str) -> Result<Code, Failure> {
    let code = Code::ALL.iter().find(|it| it.name() == name).copied();
    code.ok_or_else(|| {
        let near = nearest(name, Code::ALL.iter().map(|it| it.name()));
        Failure::refused(
            format!("there is no diagnostic called {name}"),
            match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`limbeck explain` lists all diagnostics".to_owned(),
            },
        )
    })
}

/// The explanation for a terminal: what stands between fences is indented instead.
fn text(code: Code) -> String {
    let mut text = format!("{code}\n\n");
    let mut is_code = false;
    for line in code.explanation().lines() {
        if line.starts_with("```") {
            is_code = !is_code;
        } else if is_code && !line.is_empty() {
            let _ = writeln!(text, "    {line}");
        } else {
            let _ = writeln!(text, "{line}");
        }
    }
    text
}

fn list(codes: &[Code]) -> String {
    let width = codes.iter().map(|it| it.name().len()).max().unwrap_or(0);
    let mut text = String::new();
    for code in codes {
        let summary = code.explanation().lines().next().unwrap_or_default();
        let _ = writeln!(text, "{:width$}  {}", code.name(), summary.trim());
    }
    text
}

fn json(codes: &[Code]) -> String {
    let codes: Vec<_> = codes
        .iter()
        .map(|it| serde_json::json!({ "code": it.name(), "explanation": text(*it).lines().skip(2).collect::<Vec<_>>().join("\n") }))
        .collect();
    serde_json::json!({ "codes": codes }).to_string() + "\n"
}
