//! What `check` says of statements of raw SQL, each by itself after the same history, and what a server says of them.
//!
//! A case is a file `tests/cases/alone/NAME.rev`: one revision, whose upgrade has a line `-- each alone:`. The statements behind
//! it, one on each line, are judged one by one, so that no mistake hides another. The answers are beside it, `NAME.snap`.
#![expect(
    clippy::disallowed_methods,
    reason = "the tests read the tree that they judge"
)]

use std::fmt::Write as _;
use std::fs;

use insta::{Settings, assert_snapshot};
use limbeck::compile;
use limbeck::config::Config;
use limbeck::replay::Wanted;
use limbeck::report::{self, Style};
use limbeck::source::Sources;

const STYLE: Style = Style {
    colour: false,
    width: 140,
};

const MARK: &str = "  -- each alone:\n";

/// A history, and statements that may follow it.
struct Case {
    name: String,
    head: String,
    statements: Vec<String>,
    tail: String,
}

impl Case {
    fn all() -> Vec<Self> {
        let mut paths: Vec<_> = fs::read_dir("tests/cases/alone")
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|it| it == "rev"))
            .collect();
        paths.sort();
        let cases = paths.iter().map(|path| {
            let text = fs::read_to_string(path).unwrap();
            let (head, rest) = text.split_once(MARK).expect("a case has its mark");
            let (statements, tail) = rest.split_once("\n}\n").expect("the upgrade ends");
            Self {
                name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
                head: head.to_owned(),
                statements: statements.lines().map(str::to_owned).collect(),
                tail: format!("}}\n{tail}"),
            }
        });
        cases.collect()
    }

    /// The history with one of the statements, or none.
    fn sources(&self, statement: &str) -> Sources {
        let mut sources = Sources::default();
        let text = format!("{}{statement}\n{}", self.head, self.tail);
        sources.add(format!("{}.rev", self.name), text);
        sources
    }

    /// Why the statement is refused.
    fn refusal(&self, statement: &str, server: u32) -> Option<String> {
        let config = Config {
            minimum_server: server,
            ..Config::default()
        };
        let sources = self.sources(statement);
        let graph = compile::graph(&sources, &config).expect("it is one revision");
        let checked = compile::check(&sources, &config, graph, Wanted::Nothing);
        checked.err().map(|it| report::human(&it, &sources, STYLE))
    }
}

#[test]
fn each_statement_gets_its_answer() {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path("cases/alone");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let cases = Case::all();
    assert!(cases.len() > 5, "there are {} cases", cases.len());
    for case in cases {
        assert!(
            case.refusal("", 15).is_none(),
            "{}: {}",
            case.name,
            case.refusal("", 15).unwrap_or_default()
        );
        let mut text = String::new();
        for statement in &case.statements {
            match case.refusal(statement, 15) {
                None => {
                    let _ = writeln!(text, "sound: {}\n", statement.trim());
                }
                Some(told) => {
                    let _ = writeln!(text, "{told}");
                }
            }
        }
        settings.bind(|| assert_snapshot!(case.name.as_str(), text));
    }
}

/// The server of this run refuses what `check` refuses for its version, and takes the rest.
#[cfg(postgres)]
#[test]
fn a_server_agrees() {
    use crate::server::Server;

    let server = Server::shared();
    // Older ones lack clauses of the cases.
    if server.version < 15 {
        return;
    }
    let mut wrong = Vec::new();
    for case in Case::all() {
        let database = server.database();
        let sources = case.sources("");
        let up =
            compile::upgrade(&sources, &Config::default(), "head").expect("the history compiles");
        database.run(&up);
        for statement in &case.statements {
            // A block of SQL, or a statement of the language that SQL has, too.
            let inner = statement.trim();
            let blocks = ["sql {", "data {"].iter();
            let block = blocks.filter_map(|it| inner.strip_prefix(it)?.strip_suffix("}"));
            let inner = block.into_iter().next().unwrap_or(inner);
            let output = database.psql(&format!("begin;\n{inner}\nrollback;\n"));
            let is_taken = case.refusal(statement, server.version).is_none();
            if output.status.success() != is_taken {
                wrong.push(format!("{}: {inner}\n  {}", case.name, output.stderr));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
