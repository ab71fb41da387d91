//! What README.md and docs/ say is true: their revisions compile, their commands exist, their links lead somewhere, and what is
//! generated is up to date. `INSTA_UPDATE=always` writes the latter anew.
#![expect(
    clippy::disallowed_methods,
    reason = "the tests read the tree that they judge"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use limbeck::compile;
use limbeck::config::Config;
use limbeck::diagnostic::Code;
use limbeck::report;
use limbeck::source::Sources;
use serde_json::Value;

use crate::cli::{project, run, write};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The pages of the manual, by their paths from the root.
fn pages() -> Vec<String> {
    let folder = fs::read_dir(root().join("docs/src")).unwrap();
    let mut pages: Vec<String> = folder
        .map(|it| format!("docs/src/{}", it.unwrap().file_name().to_str().unwrap()))
        .collect();
    pages.sort();
    pages
}

/// Holds a file that is generated against what it should be, or writes it where snapshots are written.
pub(crate) fn is_up_to_date(path: &str, text: &str) {
    let path = root().join(path);
    if std::env::var_os("INSTA_UPDATE").is_some_and(|it| it == "always") {
        fs::write(&path, text).unwrap();
    }
    let present = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        present == text,
        "{} is not up to date: run the test with INSTA_UPDATE=always",
        path.display()
    );
}

/// The fenced blocks of a Markdown text: language and lines.
pub(crate) fn blocks(text: &str) -> Vec<(&str, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(&str, String)> = None;
    for line in text.lines() {
        match (&mut open, line.trim_start().strip_prefix("```")) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some((_, body)), None) => {
                body.push_str(line);
                body.push('\n');
            }
            (None, Some(language)) => open = Some((language, String::new())),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

/// The revisions that a block holds one after another.
pub(crate) fn revisions(block: &str) -> Vec<String> {
    let mut revisions: Vec<String> = Vec::new();
    for line in block.lines() {
        if line.starts_with("revision ") || revisions.is_empty() {
            revisions.push(String::new());
        }
        let last = revisions.last_mut().unwrap();
        last.push_str(line);
        last.push('\n');
    }
    revisions
}

/// What a page shows as revisions is one history, and it is sound.
#[test]
fn shown_revisions_compile() {
    let mut count = 0;
    for page in pages().iter().map(String::as_str).chain(["README.md"]) {
        // What fails on purpose, and what mends it, has a test of its own.
        if page.ends_with("/diagnostics.md") {
            continue;
        }
        let mut sources = Sources::default();
        for (number, (language, text)) in blocks(&read(page)).into_iter().enumerate() {
            if language == "limbeck" || language == "sql" && text.starts_with("revision ") {
                for (part, text) in revisions(&text).into_iter().enumerate() {
                    sources.add(format!("{page}-{number}-{part}.rev"), text);
                }
            }
        }
        count += sources.len();
        if sources.is_empty() {
            continue;
        }
        let config = Config::default();
        let upgrade = compile::upgrade(&sources, &config, "heads");
        let downgrade = compile::downgrade(&sources, &config, "heads:base");
        for result in [upgrade, downgrade] {
            if let Err(diagnostics) = result {
                panic!("{}", report::json(&diagnostics, &sources));
            }
        }
    }
    assert!(count >= 4, "the pages show revisions");
}

/// The arguments of every `limbeck …` that a text shows.
fn commands(text: &str) -> Vec<Vec<String>> {
    let mut shown: Vec<String> = Vec::new();
    let mut prose = String::new();
    let mut fence = None;
    for line in text.lines() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            fence = match fence {
                None => Some(language),
                Some(_) => None,
            };
        } else if fence == Some("sh") {
            shown.push(line.trim_start().trim_start_matches("$ ").to_owned());
        } else if fence.is_none() {
            prose += line;
            prose.push('\n');
        }
    }
    shown.extend(prose.split('`').skip(1).step_by(2).map(str::to_owned));
    let starts = ["limbeck ", "cargo run --release -- "];
    shown
        .iter()
        .filter_map(|it| starts.iter().find_map(|start| it.strip_prefix(start)))
        .map(words)
        .collect()
}

/// Splits as a shell does, up to a pipe, a redirection or a comment.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for character in line.chars() {
        match (quote, character) {
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (Some(open), _) if open == character => quote = None,
            (None, '|' | '>' | '<' | ';' | '&') => break,
            (None, '#') if word.is_none() => break,
            (None, ' ') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    words
}

#[test]
fn the_command_line_takes_every_command_that_is_documented() {
    let mut count = 0;
    let others = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md"];
    for path in pages().iter().map(String::as_str).chain(others) {
        for mut arguments in commands(&read(path)) {
            count += 1;
            if arguments.first().is_some_and(|it| it == "COMMAND") {
                continue;
            }
            // The name alone speaks of a command, and is none.
            if arguments.len() == 1 {
                arguments.push("--help".to_owned());
            }
            let folder = tempfile::tempdir().unwrap();
            let output = Command::new(env!("CARGO_BIN_EXE_limbeck"))
                .args(&arguments)
                .current_dir(folder.path())
                .output()
                .unwrap();
            let told = String::from_utf8(output.stderr).unwrap();
            let usage = told.contains("Usage:") || told.contains("panicked");
            assert!(!usage, "{path}: limbeck {}\n{told}", arguments.join(" "));
        }
    }
    assert!(count > 30, "the pages show commands");
}

#[test]
fn every_command_and_key_is_documented() {
    let page = read("docs/src/commands.md");
    let help = Command::new(env!("CARGO_BIN_EXE_limbeck"))
        .arg("--help")
        .output()
        .unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let commands = help
        .split("Commands:")
        .nth(1)
        .unwrap()
        .split("\n\n")
        .next()
        .unwrap();
    let names: Vec<&str> = commands
        .lines()
        .filter_map(|it| it.split_whitespace().next())
        .collect();
    assert!(names.contains(&"upgrade"), "{names:?}");
    for name in names.into_iter().filter(|it| *it != "help") {
        let shown = page.contains(&format!("`limbeck {name}"))
            || page.contains(&format!("\nlimbeck {name}"));
        assert!(shown, "commands.md does not show `limbeck {name}`");
    }
    let page = read("docs/src/configuration.md");
    let written = read("src/cli/init/limbeck.yaml");
    for line in written.lines() {
        let key = line
            .trim_start_matches(['#', ' '])
            .split_once(": ")
            .map(|it| it.0);
        if let Some(key) =
            key.filter(|it| it.chars().all(|it| it.is_ascii_lowercase() || it == '_'))
        {
            assert!(
                page.contains(&format!("`{key}`")),
                "configuration.md does not explain {key}"
            );
        }
    }
}

/// Every page is in the contents, and every link leads to a file of the tree, and to a heading of it.
#[test]
fn links_lead_somewhere() {
    let contents = read("docs/src/SUMMARY.md");
    let others = [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "RELEASING.md",
    ];
    let pages = pages();
    for path in pages.iter().map(String::as_str).chain(others) {
        let name = path.rsplit('/').next().unwrap();
        if path.starts_with("docs/") && name != "SUMMARY.md" {
            assert!(
                contents.contains(&format!("({name})")),
                "{name} is not in SUMMARY.md"
            );
        }
        let text = read(path);
        for link in text
            .split("](")
            .skip(1)
            .filter_map(|it| it.split(')').next())
        {
            if link.contains("://") {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => PathBuf::from(path),
                _ => Path::new(path).parent().unwrap().join(file),
            };
            assert!(
                root().join(&target).exists(),
                "{path}: {link} leads nowhere"
            );
            if !heading.is_empty() {
                let text = read(target.to_str().unwrap());
                let found = text
                    .lines()
                    .any(|it| anchor(it).as_deref() == Some(heading));
                assert!(found, "{path}: there is no heading for {link}");
            }
        }
    }
}

/// The anchor of a heading, as mdBook and code hosts make it.
fn anchor(line: &str) -> Option<String> {
    let heading = line.strip_prefix('#')?.trim_start_matches('#').trim();
    let kept = heading.chars().filter_map(|it| match it {
        ' ' => Some('-'),
        '-' | '_' => Some(it),
        _ => it.is_alphanumeric().then(|| it.to_ascii_lowercase()),
    });
    Some(kept.collect())
}

/// What `limbeck explain` says of every code is a page, too.
#[test]
fn the_page_of_diagnostics_is_up_to_date() {
    let mut page = "# Diagnostics\n\n<!-- Generated from src/diagnostic/ by a test. -->\n\nEvery message of limbeck begins with a code in brackets, as in `error[syntax]`. `limbeck explain CODE` shows the same texts.\n".to_owned();
    for code in Code::ALL {
        write!(page, "\n## {code}\n\n{}", code.explanation()).unwrap();
    }
    is_up_to_date("docs/src/diagnostics.md", &page);
}

/// The examples of every explanation: what fails does so with its code and no other, and what is mended is sound.
#[test]
fn examples_of_diagnostics_are_right() {
    for code in Code::ALL {
        for (way, text) in examples(code.explanation()) {
            let folder = project();
            for (number, text) in revisions(&text).into_iter().enumerate() {
                write(
                    &folder,
                    &format!("revisions/{number}.rev"),
                    unescaped(&text),
                );
            }
            let answer = run(folder.path(), &["check", "--format", "json"]);
            // A proof needs a server, and is tried with one elsewhere.
            if *code == Code::Proof && way == "Fails:" {
                continue;
            }
            let told: Value = serde_json::from_str(&answer.stdout).unwrap();
            let told = told["diagnostics"].as_array().unwrap();
            let codes: Vec<&str> = told.iter().filter_map(|it| it["code"].as_str()).collect();
            if way == "Fails:" {
                let is_told = !codes.is_empty() && codes.iter().all(|it| *it == code.name());
                assert!(is_told, "{code}: {told:?}");
            } else if way == "Fixed:" {
                assert!(codes.is_empty() && answer.status == 0, "{code}: {told:?}");
            }
        }
    }
}

/// The text with the characters that `\u{…}` shows, as it would stand in a file.
fn unescaped(text: &str) -> String {
    let mut parts = text.split("\\u{");
    let mut plain = parts.next().unwrap().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('}').unwrap();
        plain.push(char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap());
        plain.push_str(rest);
    }
    plain
}

/// The examples of an explanation, each with the line above it.
fn examples(explanation: &str) -> Vec<(&str, String)> {
    let mut examples: Vec<(&str, String)> = Vec::new();
    let mut above = "";
    let mut is_inside = false;
    for line in explanation.lines() {
        match line {
            "```limbeck" => {
                is_inside = true;
                examples.push((above, String::new()));
            }
            _ if is_inside && line == "```" => is_inside = false,
            _ if is_inside => {
                let text = &mut examples.last_mut().unwrap().1;
                text.push_str(line);
                text.push('\n');
            }
            _ if !line.is_empty() => above = line,
            _ => {}
        }
    }
    examples
}
