//! The rules of the house that no compiler checks: layers, and that what is written down is true.
#![expect(
    clippy::disallowed_methods,
    reason = "the tests read the tree that they judge"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use limbeck::diagnostic::Code;

/// A file past this asks for a reason in ARCHITECTURE.md.
const LONG: usize = 500;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the tree by its path from the root, with `/` between folders.
fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The paths of all files under `folder` from the root, sorted; what git and cargo keep for themselves left out.
fn files(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let path = folder.join(&name);
            if ["target", ".git", "proptest-regressions", "__pycache__"].contains(&name.as_str()) {
                continue;
            }
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else {
                found.push(path.to_str().unwrap().replace('\\', "/"));
            }
        }
    }
    found.sort_unstable();
    found
}

fn ends_with(path: &str, extension: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|it| it == extension)
}

fn rust_files(folder: &str) -> Vec<String> {
    let mut files = files(folder);
    files.retain(|it| ends_with(it, "rs"));
    files
}

/// A Rust text without its line comments.
fn code(path: &str) -> String {
    let text = read(path);
    let lines = text.lines().map(|it| it.split("//").next().unwrap_or(it));
    lines.collect::<Vec<_>>().join("\n")
}

/// The top modules in the order of `lib.rs`.
fn modules() -> Vec<String> {
    let modules: Vec<String> = code("src/lib.rs")
        .lines()
        .filter_map(|it| Some(it.strip_prefix("pub mod ")?.strip_suffix(';')?.to_owned()))
        .collect();
    assert!(modules.len() > 15, "{modules:?}");
    modules
}

/// `graph` for `src/graph/build.rs`.
fn module_of(path: &str) -> &str {
    let inside = path.strip_prefix("src/").unwrap();
    inside.split(['/', '.']).next().unwrap()
}

/// The length of the word that a text begins with.
fn word(text: &str) -> usize {
    let end = text.find(|it: char| !it.is_alphanumeric() && it != '_');
    end.unwrap_or(text.len())
}

/// Reads the path at the start of `text`, with what its groups hold, into `found`, and returns what follows it.
fn read_path<'a>(text: &'a str, before: &[&'a str], found: &mut Vec<Vec<&'a str>>) -> &'a str {
    let mut path = before.to_vec();
    let mut rest = text;
    loop {
        if let Some(group) = rest.strip_prefix('{') {
            rest = group.trim_start();
            while !rest.is_empty() && !rest.starts_with('}') {
                rest = read_path(rest, &path, found).trim_start();
                let next = rest.find([',', '}']).unwrap_or(rest.len());
                rest = rest[next..].trim_start_matches(',').trim_start();
            }
            return rest.strip_prefix('}').unwrap_or(rest);
        }
        let (name, behind) = rest.split_at(word(rest));
        if !name.is_empty() && name != "self" {
            path.push(name);
        }
        rest = behind;
        match rest.strip_prefix("::") {
            Some(next) if !name.is_empty() && !next.starts_with('<') => rest = next,
            Some(_) | None => break,
        }
    }
    found.push(path);
    rest
}

/// All paths of a Rust text, `a::b` as much as those in braces.
fn paths(text: &str) -> Vec<Vec<&str>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("::") {
        let name = rest[..at].rfind(|it: char| !it.is_alphanumeric() && it != '_');
        let start = name.map_or(0, |it| {
            it + rest[it..].chars().next().map_or(1, char::len_utf8)
        });
        if start == at {
            rest = &rest[at + 2..];
            continue;
        }
        let behind = read_path(&rest[start..], &[], &mut found);
        rest = &rest[rest.len() - behind.len()..];
    }
    found
}

#[test]
fn a_module_uses_only_those_above_it() {
    let modules = modules();
    let place = |name: &str| modules.iter().position(|it| it == name);
    let mut wrong = Vec::new();
    for path in rust_files("src") {
        let module = module_of(&path);
        let Some(own) = place(module) else {
            assert!(["lib", "main"].contains(&module), "{path} is in no module");
            continue;
        };
        for used in paths(&code(&path)) {
            let ["crate", name, ..] = used.as_slice() else {
                continue;
            };
            let used = place(name).unwrap_or_else(|| panic!("{path}: crate::{name} is no module"));
            if used > own {
                wrong.push(format!("{path} uses crate::{name}, which stands below"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_reader_of_paths_sees_groups() {
    let text = "use crate::{\n    token::{self, lex, Token}, name,\n};\nlet x = super::plan::Step { a: b::c(1) };";
    let paths: Vec<String> = paths(text).iter().map(|it| it.join("::")).collect();
    let wanted = [
        "crate::token",
        "crate::token::lex",
        "crate::token::Token",
        "crate::name",
        "super::plan::Step",
        "b::c",
    ];
    assert_eq!(paths, wanted);
}

/// `["graph", "build"]` for `src/graph/build.rs`.
fn module_path(path: &str) -> Vec<&str> {
    let inside = path.strip_prefix("src/").unwrap();
    inside.strip_suffix(".rs").unwrap().split('/').collect()
}

/// The files that each file of `src` uses, by paths. A file in a folder may use what the file of the folder defines, which is
/// not among them: the two are one unit, as privacy has it.
fn uses() -> BTreeMap<String, BTreeSet<String>> {
    let all: Vec<String> = rust_files("src")
        .into_iter()
        .filter(|it| {
            !it.ends_with("/tests.rs") && !["src/lib.rs", "src/main.rs"].contains(&it.as_str())
        })
        .collect();
    let by_module: BTreeMap<Vec<&str>, &String> =
        all.iter().map(|it| (module_path(it), it)).collect();
    let mut of_all = BTreeMap::new();
    for path in &all {
        let own = module_path(path);
        let text = code(path);
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let mut used = BTreeSet::new();
        for found in paths(text) {
            let mut place = match found.first() {
                Some(&"crate") => Vec::new(),
                Some(&"super") => own[..own.len() - 1].to_vec(),
                _ => own.clone(),
            };
            let is_named = ["crate", "super"].contains(&found[0]);
            for name in &found[usize::from(is_named)..] {
                if *name == "super" {
                    place.pop();
                } else {
                    place.push(name);
                }
            }
            let file = (1..=place.len())
                .rev()
                .find_map(|end| by_module.get(&place[..end]));
            if let Some(file) = file
                && *file != path
                && !own.starts_with(&module_path(file))
            {
                used.insert((*file).clone());
            }
        }
        of_all.insert(path.clone(), used);
    }
    of_all
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let uses = uses();
    let arrows: usize = uses.values().map(BTreeSet::len).sum();
    assert!(arrows > uses.len(), "{arrows} uses are too few to be all");
    // Whoever uses only what stands already stands, too; what never stands is in a circle, or uses one.
    let mut standing: BTreeSet<&String> = BTreeSet::new();
    loop {
        let next: Vec<&String> = uses
            .iter()
            .filter(|(file, used)| {
                !standing.contains(file) && used.iter().all(|it| standing.contains(it))
            })
            .map(|(file, _)| file)
            .collect();
        if next.is_empty() {
            break;
        }
        standing.extend(next);
    }
    let left: Vec<String> = uses
        .iter()
        .filter(|(file, _)| !standing.contains(file))
        .map(|(file, used)| {
            let inside: Vec<&str> = used
                .iter()
                .filter(|it| !standing.contains(it))
                .map(String::as_str)
                .collect();
            format!("{file} uses {}", inside.join(", "))
        })
        .collect();
    assert!(
        left.is_empty(),
        "these are in a circle, or use one that is:\n{}",
        left.join("\n")
    );
}

/// The patterns of the arms of a `match` whose body is `text`.
fn arms(text: &str) -> Vec<String> {
    let mut arms = Vec::new();
    let mut depth = 0_i32;
    let mut pattern = String::new();
    // Where an arm is read to: its pattern, or a body in braces or without.
    let mut body: Option<bool> = None;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        depth += i32::from("([{".contains(character)) - i32::from(")]}".contains(character));
        match body {
            None if depth == 0 && text[at..].starts_with("=>") => {
                arms.push(std::mem::take(&mut pattern).trim().to_owned());
                characters.next();
                body = Some(text[at + 2..].trim_start().starts_with('{'));
            }
            None => pattern.push(character),
            Some(true) if depth == 0 && character == '}' => {
                body = None;
                while characters
                    .next_if(|it| it.1 == ',' || it.1.is_whitespace())
                    .is_some()
                {}
            }
            Some(false) if depth == 0 && character == ',' => body = None,
            Some(_) => {}
        }
    }
    arms
}

/// A Rust text with nothing in its literals, whose braces would be counted.
fn without_literals(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['"', '\'']) {
        shown.push_str(&rest[..=at]);
        let quote = rest[at..].chars().next().expect("it was found");
        let inside = &rest[at + 1..];
        let mut escaped = false;
        let end = inside.find(|it: char| {
            let ends = it == quote && !escaped;
            escaped = it == '\\' && !escaped;
            ends
        });
        // A lifetime has no second quote near.
        rest = match end {
            Some(end) if quote == '"' || end <= 8 => {
                shown.extend(inside[..end].chars().filter(|it| *it == '\n'));
                shown.push(quote);
                &inside[end + 1..]
            }
            _ => inside,
        };
    }
    shown + rest
}

/// The bodies of the `match`es of a Rust text, each with the line where it begins.
fn matches(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("match ") {
        if text[..at].ends_with(|it: char| it.is_alphanumeric() || it == '_') {
            continue;
        }
        let Some(open) = text[at..].find('{').map(|it| at + it + 1) else {
            continue;
        };
        let mut depth = 1_i32;
        let end = text[open..].char_indices().find_map(|(at, character)| {
            depth += i32::from(character == '{') - i32::from(character == '}');
            (depth == 0).then_some(open + at)
        });
        if let Some(end) = end {
            found.push((text[..at].split('\n').count(), &text[open..end]));
        }
    }
    found
}

/// What an arm takes whatever it is: `_`, `(_, _)`, `it`.
fn takes_all(pattern: &str) -> bool {
    let is_name = pattern
        .chars()
        .all(|it| it.is_ascii_lowercase() || it == '_');
    let is_tuple = pattern.starts_with('(') && pattern.chars().all(|it| "(_, )".contains(it));
    !pattern.is_empty() && (is_name || is_tuple)
}

/// The linter looks at `_` beside variants of an enum, and not at those in tuples and options.
#[test]
fn a_match_names_every_variant() {
    let mut enums: BTreeSet<String> = BTreeSet::new();
    let texts: Vec<(String, String)> = rust_files("src")
        .into_iter()
        .filter(|it| !it.ends_with("/tests.rs"))
        .map(|it| (it.clone(), without_literals(&code(&it))))
        .collect();
    for (_, text) in &texts {
        let declared = text
            .split("enum ")
            .skip(1)
            .map(|it| it[..word(it)].to_owned());
        enums.extend(declared.filter(|it| !it.is_empty()));
    }
    // The grammar's rules are hundreds, and a pair is asked for some of them.
    enums.remove("Rule");
    assert!(enums.contains("Operation") && enums.contains("Kind"));
    let mut wrong = Vec::new();
    for (path, text) in &texts {
        for (line, body) in matches(text) {
            let arms = arms(body);
            let is_ours = |arm: &String| {
                let arm = arm.split(" if ").next().unwrap_or_default();
                paths(arm)
                    .iter()
                    .any(|it| matches!(it.as_slice(), [.., name, _] if *name == "Self" || enums.contains(*name)))
            };
            if arms.iter().any(is_ours) && arms.iter().any(|it| takes_all(it)) {
                wrong.push(format!(
                    "{path}:{line}: name the variants, or ask for one with `if let`"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_reader_of_matches_sees_every_arm() {
    let text =
        "match (a, b) { (A::B(it), _) if it => { c } Some(A::C { d, .. }) => e(f, g), _ => h }";
    let [(1, body)] = matches(text)[..] else {
        panic!("one match, in the first line");
    };
    let found = arms(body);
    assert_eq!(found, ["(A::B(it), _) if it", "Some(A::C { d, .. })", "_"]);
    assert!(takes_all("_") && takes_all("(_, _)") && takes_all("it") && !takes_all("None"));
}

/// Where closures of a Rust text begin whose parameters hold `it`, each with where its body ends.
fn closures_of_it(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find('|').map(|it| from + it) {
        let rest = &text[at + 1..];
        let parameters = rest.split(['|', '\n', ';']).next().unwrap_or_default();
        let is_one = rest[parameters.len()..].starts_with('|')
            && (text[..at].ends_with("move ")
                || !text[..at].trim_end().ends_with(char::is_alphanumeric))
            && parameters
                .split(|it: char| !it.is_alphanumeric() && it != '_')
                .any(|it| it == "it");
        from = at + 1;
        if !is_one || text[..at].ends_with('|') {
            continue;
        }
        from += parameters.len() + 1;
        let mut depth = 0_i32;
        let end = text[from..].char_indices().find_map(|(place, it)| {
            depth += i32::from("([{".contains(it)) - i32::from(")]}".contains(it));
            (depth < 0 || depth == 0 && ",;".contains(it)).then_some(from + place)
        });
        found.push((at, end.unwrap_or(text.len())));
    }
    found
}

#[test]
fn the_it_of_a_closure_hides_no_other() {
    let nested = |text: &str| -> Vec<usize> {
        let closures = closures_of_it(text);
        let inner = closures
            .iter()
            .filter(|(at, _)| closures.iter().any(|(start, end)| start < at && at < end));
        inner
            .map(|(at, _)| text[..*at].split('\n').count())
            .collect()
    };
    // The reader sees bodies as far as they go.
    assert_eq!(
        nested("a.map(|it| it.b)\n.filter(|it| c(it) || it)"),
        [0; 0]
    );
    assert_eq!(nested("a.any(|it| {\n b(move |&it| it)\n})"), [2]);
    assert_eq!(nested("a.any(|(at, it)| it.all(|b| c(|it| it)))"), [1]);
    let mut wrong = Vec::new();
    for path in rust_files("src") {
        let lines = nested(&without_literals(&code(&path)));
        wrong.extend(
            lines
                .into_iter()
                .map(|it| format!("{path}:{it}: name what the outer closure takes")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_command_line_touches_the_world() {
    let forbidden = [
        "std::fs",
        "std::env",
        "std::process",
        "std::net",
        "std::time",
        "std::io",
        "std::thread",
        "anyhow",
        "tempfile",
        "clap",
        ".read_dir",
        ".is_dir()",
        ".is_file()",
        ".exists()",
        ".canonicalize",
    ];
    for path in rust_files("src") {
        let is_edge =
            ["cli", "main"].contains(&module_of(&path)) || path.starts_with("src/prove/server");
        if is_edge || path.ends_with("/tests.rs") {
            continue;
        }
        let text = code(&path);
        for word in forbidden {
            assert!(!text.contains(word), "{path} uses {word}");
        }
    }
}

/// Crates that stay behind one door: the rest of the code does not hang on them.
#[test]
fn a_crate_stays_behind_its_door() {
    let doors = [
        ("pest", "syntax"),
        ("squawk_syntax", "raw_sql"),
        ("serde_yaml", "yaml"),
        ("blake3", "digest"),
        ("sha2", "digest"),
        ("minijinja", "template"),
        ("similar", "bundle"),
        ("semver", "release"),
        ("annotate_snippets", "report"),
        ("clap", "cli"),
        ("anyhow", "cli"),
        ("tempfile", "cli"),
        ("rustix", "cli"),
    ];
    for path in rust_files("src") {
        let text = code(&path);
        for (name, module) in doors {
            let found = text.contains(&format!("{name}::"));
            assert!(!found || module_of(&path) == module, "{path} uses {name}");
        }
    }
}

#[test]
fn every_code_is_expected_by_a_test() {
    let mut expected = String::new();
    for path in files("tests") {
        if path != "tests/house.rs" && (ends_with(&path, "rs") || ends_with(&path, "snap")) {
            expected += &read(&path);
        }
    }
    let missing: Vec<&str> = Code::ALL
        .iter()
        .filter(|it| {
            let name = it.name();
            let shown = [
                format!("error[{name}]"),
                format!("warning[{name}]"),
                format!("\"{name}\""),
                format!("\\\"{name}\\\""),
                format!("Code::{it:?}"),
            ];
            !shown.iter().any(|it| expected.contains(it))
        })
        .map(|it| it.name())
        .collect();
    assert!(
        missing.is_empty(),
        "no test expects {}; write a case in tests/cases/err",
        missing.join(", ")
    );
}

/// `cargo test` stays quick: what takes long is ignored with a reason, and something quick in the same file tries the same.
#[test]
fn every_deep_test_has_a_fast_brother() {
    let mut count = 0;
    for path in rust_files("tests") {
        let text = read(&path);
        let texts: Vec<&str> = text.split("#[test]").skip(1).collect();
        let name = |it: &str| it.split("fn ").nth(1)?.split('(').next().map(str::to_owned);
        let fast: Vec<String> = texts
            .iter()
            .filter(|it| !it.trim_start().starts_with("#[ignore"))
            .filter_map(|it| name(it))
            .collect();
        for test in texts
            .iter()
            .filter_map(|it| it.trim_start().strip_prefix("#[ignore"))
        {
            count += 1;
            let reason = test.split(['"', '\n']).nth(1).unwrap_or_default();
            let brother = reason
                .strip_prefix("deep: ")
                .and_then(|it| it.split_once("; fast: "))
                .map(|it| it.1);
            assert!(
                brother.is_some_and(|it| fast.iter().any(|fast| fast == it)),
                "{path}: the reason of {:?} is {reason:?}, and must be `deep: …; fast: NAME` with the name of a test of the same file",
                name(test)
            );
        }
    }
    assert!(count > 8, "{count}");
}

/// A snapshot without its test would stay for ever, and prove nothing.
#[test]
fn every_snapshot_has_its_case() {
    let files = files("tests");
    for path in files.iter().filter(|it| ends_with(it, "snap")) {
        if path.starts_with("tests/cases/") {
            let case = path.replace(".snap", ".rev");
            assert!(files.contains(&case), "{path} has no {case}");
            continue;
        }
        let name = path.rsplit('/').next().unwrap();
        let mut parts = name.trim_end_matches(".snap").splitn(3, "__");
        let (Some("tests"), Some(module), Some(name)) = (parts.next(), parts.next(), parts.next())
        else {
            panic!("{path} is not named tests__MODULE__NAME.snap");
        };
        let test = read(&format!("tests/{module}.rs"));
        let asserted =
            test.contains(&format!("\"{name}\"")) || test.contains(&format!("fn {name}("));
        assert!(asserted, "tests/{module}.rs asserts no snapshot {name}");
    }
}

/// The map of the code is true: what it names is there, and every module is on it.
#[test]
fn the_architecture_names_what_exists() {
    let text = read("ARCHITECTURE.md");
    for span in text.split('`').skip(1).step_by(2) {
        let top = [
            "src/",
            "tests/",
            "grammar/",
            "benches/",
            "revisions/",
            ".ci/",
        ];
        if top.iter().any(|it| span.starts_with(it))
            && !span.contains(['*', '{', ' '])
            && span == span.to_lowercase()
        {
            assert!(root().join(span).exists(), "there is no {span}");
        }
    }
    for module in modules() {
        assert!(
            text.contains(&format!("`{module}`")),
            "`{module}` is not on the map"
        );
    }
}

#[test]
fn a_long_file_has_a_reason() {
    let architecture = read("ARCHITECTURE.md");
    let folders = ["src", "tests", "grammar", "benches"];
    for path in folders.iter().flat_map(|it| files(it)) {
        let written = ["rs", "pest", "py"].iter().any(|it| ends_with(&path, it));
        if written && read(&path).lines().count() > LONG {
            let listed = architecture.contains(&format!("| `{path}` |"));
            assert!(
                listed,
                "{path} is longer than {LONG} lines, and ARCHITECTURE.md gives no reason"
            );
        }
    }
}

/// Nothing of the machine or the day on which a file was written stays in it.
#[test]
fn the_tree_speaks_of_itself_alone() {
    let forbidden = [
        "/home/",
        "/root/",
        "/Users/",
        "/work/",
        "crates.io",
        "pypi.org",
        "docs.rs",
        "proxy.golang",
        "npmjs",
    ];
    let markers = ["TODO", "FIXME", "XXX", "HACK"];
    for path in files("") {
        let Ok(text) = fs::read_to_string(root().join(&path)) else {
            continue;
        };
        if path == "tests/house.rs" || path.ends_with("Cargo.lock") {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            let place = format!("{path}:{}", number + 1);
            for word in forbidden {
                let found = line.match_indices(word).any(|(at, _)| {
                    !line[..at].ends_with(|it: char| it.is_alphanumeric() || it == '.')
                });
                assert!(!found, "{place} holds {word}");
            }
            let mut words = line.split(|it: char| !it.is_alphanumeric() && it != '_');
            let marker = words.find(|it| markers.contains(it));
            assert!(
                marker.is_none(),
                "{place} holds {}",
                marker.unwrap_or_default()
            );
        }
    }
}

/// What CONTRIBUTING.md says of texts, by the habits that came up most.
#[test]
fn texts_that_people_read_are_plain() {
    let phrases = [
        "way back",
        "ways back",
        "hang on",
        "hangs on",
        "in the way",
        " anew",
        "went out",
        "goes out",
        "is too many",
        "are too many",
        "must be said",
        "yours to say",
        "it is not so",
        "cannot stand",
        "put it right",
        "by the million",
        "is none of",
        "closes nothing",
        "leads nowhere",
        "may go on",
        "any more",
        "held against",
        "is there already",
        " mend ",
    ];
    let mut found = Vec::new();
    let pages = files("docs").into_iter().chain(["README.md".to_owned()]);
    for path in files("src").into_iter().chain(pages) {
        let is_text = ends_with(&path, "md") || ends_with(&path, "json");
        let is_code = ["rs", "sql", "jinja"].iter().any(|it| ends_with(&path, it));
        if !is_text && !is_code || path.ends_with("tests.rs") {
            continue;
        }
        for (number, line) in read(&path).lines().enumerate() {
            // Comments of Rust are for developers; those of SQL are read by DBAs.
            if ends_with(&path, "rs")
                && (line.trim_start().starts_with("//") || !line.contains('"'))
            {
                continue;
            }
            let lower = line.to_lowercase();
            let said = phrases.iter().filter(|it| lower.contains(*it));
            found.extend(said.map(|it| format!("{path}:{}: {it}", number + 1)));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_changelog_begins_with_this_version() {
    let changelog = read("CHANGELOG.md");
    let first = changelog
        .lines()
        .find_map(|it| it.strip_prefix("## "))
        .unwrap();
    assert_eq!(
        first.split_whitespace().next(),
        Some(env!("CARGO_PKG_VERSION"))
    );
}

/// A dependency that nothing uses costs every build.
#[test]
fn every_dependency_is_used() {
    let manifest = read("Cargo.toml");
    let mut section = "";
    let mut uses: BTreeMap<&str, String> = BTreeMap::new();
    for (section, folders) in [
        ("[dependencies]", &["src"][..]),
        ("[dev-dependencies]", &["src", "tests", "benches"]),
    ] {
        let texts = folders
            .iter()
            .flat_map(|it| rust_files(it))
            .map(|it| code(&it));
        uses.insert(section, texts.collect());
    }
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        } else if let (Some(text), Some((name, _))) = (uses.get(section), line.split_once(" = ")) {
            let name = name.replace('-', "_");
            let found = text.contains(&format!("{name}::")) || text.contains(&format!("{name};"));
            assert!(found, "nothing uses {name}");
        }
    }
}
