//! Spellings of expressions: which are one for the server, and which for `check`. Both answers are asked for all pairs of
//! `tests/data/spellings.txt`, and must agree.
#![expect(
    clippy::disallowed_methods,
    reason = "the test reads the spellings that it tries"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use limbeck::compile;
use limbeck::config::Config;
use limbeck::diagnostic::Code;
use limbeck::replay::Wanted;
use limbeck::source::Sources;

use crate::server::Server;

/// Spellings that stand at one place.
struct Group {
    place: String,
    spellings: Vec<String>,
}

impl Group {
    /// The pairs, by their numbers.
    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        let count = self.spellings.len();
        (0..count).flat_map(move |one| (one + 1..count).map(move |two| (one, two)))
    }

    /// The statements that make an object with a spelling, and take it away.
    fn statements(&self, spelling: &str) -> (String, &'static str) {
        let (kind, own) = self.place.split_once(' ').unwrap_or((&self.place, ""));
        match kind {
            "default" => (
                format!("alter table t add column x {own} default {spelling};"),
                "alter table t drop column x;",
            ),
            "generated" => (
                format!(
                    "alter table t add column x {own} generated always as ({spelling}) stored;"
                ),
                "alter table t drop column x;",
            ),
            "check" => (
                format!("alter table t add constraint x check ({spelling});"),
                "alter table t drop constraint x;",
            ),
            "index" => (
                format!("create index x on t (({spelling}));"),
                "drop index x;",
            ),
            "where" => (
                format!("create index x on t (a) where {spelling};"),
                "drop index x;",
            ),
            "domain" => (
                format!("create domain x as {own} constraint x check ({spelling});"),
                "drop domain x;",
            ),
            _ => panic!("{kind} is no place"),
        }
    }
}

/// The groups of each part of the file, with the extension that a part begins with.
fn parts() -> Vec<(Option<String>, Vec<Group>)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/spellings.txt");
    let text = fs::read_to_string(path).unwrap();
    let mut parts = vec![(None, Vec::new())];
    for line in text.lines() {
        if let Some(extension) = line.strip_prefix("## ") {
            parts.push((Some(extension.to_owned()), Vec::new()));
        } else if !line.is_empty() && !line.starts_with('#') {
            let (place, spellings) = line.split_once(": ").unwrap();
            let group = Group {
                place: place.to_owned(),
                spellings: spellings.split(" | ").map(str::to_owned).collect(),
            };
            parts.last_mut().unwrap().1.push(group);
        }
    }
    parts
}

fn setup(extension: Option<&str>) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/spellings.sql");
    let text = fs::read_to_string(path).unwrap();
    match extension {
        None => text,
        Some(extension) => format!(
            "create extension {extension};\n{}",
            text.replace("id uuid)", &format!("id uuid, e {extension})"))
        ),
    }
}

/// What the server writes for a spelling, and the tree that it holds.
struct Held {
    text: String,
    tree: String,
}

/// What the server has of each spelling.
fn held(extension: Option<&str>, groups: &[Group]) -> Vec<Vec<Held>> {
    let database = Server::shared().database();
    database.run(&setup(extension));
    let mut script = "set client_min_messages = error;\n".to_owned();
    for group in groups {
        for spelling in &group.spellings {
            let _ = writeln!(
                script,
                "select held($place${}$place$, $own${spelling}$own$);",
                group.place
            );
        }
    }
    let answer = database.query(&script);
    let mut lines = answer.lines();
    let held = |group: &Group, spelling: &String, line: &str| {
        let (text, tree) = line
            .split_once(" <=> ")
            .unwrap_or_else(|| panic!("{}: {spelling}: {line}", group.place));
        Held {
            text: text.to_owned(),
            tree: tree.to_owned(),
        }
    };
    let mut all = Vec::new();
    for group in groups {
        let spellings = group.spellings.iter();
        all.push(
            spellings
                .map(|it| held(group, it, lines.next().unwrap()))
                .collect(),
        );
    }
    all
}

/// The numbers of the pairs that `check` does not take for one: the downgrade makes with the second spelling what stood with the
/// first.
fn refused(extension: Option<&str>, groups: &[Group]) -> BTreeSet<usize> {
    let text = setup(extension);
    let own = text.split("\n-- Trees").next().unwrap();
    let mut functions = Vec::new();
    let plain: Vec<&str> = own
        .lines()
        .filter(|it| {
            let is_function = it.starts_with("create function");
            functions.extend(is_function.then_some(*it));
            !is_function
        })
        .collect();
    let mut sources = Sources::default();
    sources.add(
        "start.rev",
        format!(
            "revision 'start'; down_revision none; upgrade {{\n{}\nsql {{ {} }}\n}} downgrade irreversible 'a test';\n",
            plain.join("\n"),
            functions.join("\n")
        ),
    );
    let pairs = groups
        .iter()
        .flat_map(|group| group.pairs().map(move |pair| (group, pair)));
    let mut before = "start".to_owned();
    for (number, (group, (one, two))) in pairs.enumerate() {
        let (make, take) = group.statements(&group.spellings[one]);
        let (again, _) = group.statements(&group.spellings[two]);
        sources.add(
            format!("a{number}.rev"),
            format!("revision 'a{number}'; down_revision '{before}'; upgrade {{ {make} }}\n"),
        );
        sources.add(
            format!("b{number}.rev"),
            format!("revision 'b{number}'; down_revision 'a{number}'; upgrade {{ {take} }} downgrade {{ {again} }}\n"),
        );
        before = format!("b{number}");
    }
    let Err(diagnostics) = compile::compile(&sources, &Config::default(), Wanted::Nothing) else {
        return BTreeSet::new();
    };
    let mut refused = BTreeSet::new();
    let mut others = Vec::new();
    for it in &diagnostics {
        let path = it.span.map(|span| sources.path(span).to_string());
        let path = path.unwrap_or_default();
        let number = path.trim_start_matches('b').trim_end_matches(".rev");
        match number.parse() {
            Ok(number) if it.code == Code::DowngradeDiffers => drop(refused.insert(number)),
            _ => {
                let source = sources.iter().find(|(_, source)| source.path == path);
                others.push(format!("{}: {:?}", it.message, source.map(|it| &it.1.text)));
            }
        }
    }
    assert!(others.is_empty(), "{}", others.join("\n"));
    refused
}

/// The same of many groups: not all mistakes of a long history are kept.
fn refused_of_all(extension: Option<&str>, groups: &[Group]) -> BTreeSet<usize> {
    let mut before = 0;
    let mut all = BTreeSet::new();
    for groups in groups.chunks(40) {
        let numbers = refused(extension, groups).into_iter();
        all.extend(numbers.map(|it| it + before));
        before += groups.iter().map(|it| it.pairs().count()).sum::<usize>();
    }
    all
}

#[test]
fn what_the_server_writes_is_what_was_written() {
    for (extension, groups) in parts() {
        let held = held(extension.as_deref(), &groups);
        let pairs = groups.iter().zip(&held).flat_map(|(group, held)| {
            let pairs = group.spellings.iter().zip(held);
            // A default of null is none.
            let pairs = pairs.filter(|(_, held)| !held.text.is_empty());
            pairs.map(|(spelling, held)| Group {
                place: group.place.clone(),
                spellings: vec![spelling.clone(), held.text.clone()],
            })
        });
        let pairs: Vec<Group> = pairs.collect();
        let refused = refused_of_all(extension.as_deref(), &pairs);
        let wrong: Vec<String> = refused
            .into_iter()
            .map(|it| format!("{}: {}", pairs[it].place, pairs[it].spellings.join(" | ")))
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

#[test]
fn one_for_the_server_is_one_here() {
    let (mut same, mut other) = (0, 0);
    let mut wrong = Vec::new();
    for (extension, groups) in parts() {
        let held = held(extension.as_deref(), &groups);
        let refused = refused_of_all(extension.as_deref(), &groups);
        let pairs = groups.iter().zip(&held);
        let pairs = pairs.flat_map(|(group, held)| group.pairs().map(move |it| (group, held, it)));
        for (number, (group, held, (one, two))) in pairs.enumerate() {
            let is_same = held[one].tree == held[two].tree;
            if is_same {
                same += 1;
            } else {
                other += 1;
            }
            if is_same == refused.contains(&number) {
                wrong.push(format!(
                    "{}: {} | {}: {} for the server",
                    group.place,
                    group.spellings[one],
                    group.spellings[two],
                    if is_same { "the same" } else { "two" }
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} pairs:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(same > 500 && other > 500, "{same} and {other}");
}
