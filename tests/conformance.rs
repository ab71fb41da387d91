//! Every recorded answer of Alembic about revision graphs, asked of limbeck. The contract is in
//! `vectors/README.md`.

use std::collections::{BTreeMap, BTreeSet};

use limbeck::diagnostic::{Code, Diagnostics};
use limbeck::graph::{Edges, Identifier, Range, RevisionGraph, RevisionIndex};
use limbeck::plan::{self, Action, Steps};
use limbeck::report;
use limbeck::revision::Header;
use limbeck::source::{Sources, Spanned};
use serde_json::{Map, Value};
use smol_str::SmolStr;

/// The vectors whose answer differs from Alembic's on purpose.
const DIFFERENCES: &[(&str, &str)] = &[
    (
        "v00875",
        "the recorder took `base` for a row, so Alembic's rows hold it to the end; it is no revision",
    ),
    ("v00801", SEVERAL_HEADS),
    ("v00802", SEVERAL_HEADS),
    ("v00804", SEVERAL_HEADS),
    ("v00807", SEVERAL_HEADS),
    ("v01784", SEVERAL_HEADS),
];

const SEVERAL_HEADS: &str = "`-1` from several heads is ambiguous: Alembic takes one of them back and warns that it will be disallowed";

/// The vectors that err as Alembic does, but for a reason that limbeck sees more clearly.
const OTHER_REASONS: &[(&str, Code, &str)] = &[
    (
        "v01464",
        Code::RelativeTarget,
        "two steps down a history of two end below it; Alembic compares the base with its ancestors",
    ),
    (
        "v04315",
        Code::RelativeTarget,
        "an empty history has no head to step down from; Alembic knows no steps at the start of a range",
    ),
];

type Graph = Result<RevisionGraph, Diagnostics>;
type Check = Result<(), String>;

#[test]
fn every_answer_is_alembics() {
    let file: Value = serde_json::from_str(include_str!("vectors/alembic-graph.json")).unwrap();
    let graphs: BTreeMap<&str, (Graph, &Value)> = file["graphs"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, revisions)| {
            let headers = headers(revisions);
            (name.as_str(), (RevisionGraph::new(headers), revisions))
        })
        .collect();
    let vectors = file["vectors"].as_array().unwrap();
    assert_eq!((graphs.len(), vectors.len()), (77, 2215));

    let mut wrong = Vec::new();
    for vector in vectors {
        let id = vector["id"].as_str().unwrap();
        let (graph, revisions) = &graphs[vector["graph"].as_str().unwrap()];
        let check = check(vector, graph, revisions);
        let reason = DIFFERENCES.iter().find(|it| it.0 == id);
        match (check, reason) {
            (Ok(()), None) | (Err(_), Some(_)) => {}
            (Ok(()), Some(_)) => wrong.push(format!("{id}: does not differ any more")),
            (Err(problem), None) => wrong.push(format!(
                "{id} {} {} {}: {problem}",
                vector["graph"], vector["op"], vector["args"]
            )),
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Whether limbeck's answer is one of those that Alembic gave.
fn check(vector: &Value, graph: &Graph, revisions: &Value) -> Check {
    let answers: Vec<&Value> = match vector.get("any_of") {
        Some(answers) => answers.as_array().unwrap().iter().collect(),
        None => vec![vector],
    };
    let mut problem = String::new();
    for answer in answers {
        let check = match (graph, answer.get("error")) {
            (Err(diagnostics), Some(error)) => same_error(&vector["id"], diagnostics, error),
            (Err(diagnostics), None) => Err(format!("limbeck errs: {}", text(diagnostics))),
            (Ok(graph), error) => ask(vector, graph, revisions, answer.get("result"), error),
        };
        match check {
            Ok(()) => return Ok(()),
            Err(why) => problem = why,
        }
    }
    Err(problem)
}

fn ask(
    vector: &Value,
    graph: &RevisionGraph,
    revisions: &Value,
    expected: Option<&Value>,
    error: Option<&Value>,
) -> Check {
    let args = vector["args"].as_object().unwrap();
    let compared = match vector["op"].as_str().unwrap() {
        "load" => Ok(expected.map_or_else(
            || Err("Alembic errs".to_owned()),
            |expected| facts(graph, expected),
        )),
        "upgrade_revs" => {
            let targets = names(&args["destination"]);
            let steps = current(graph, &args["current"])
                .and_then(|current| plan::upgrade(graph, &current, &targets));
            steps.map(|steps| same_steps(&steps, revisions, expected))
        }
        "downgrade_revs" => {
            let target = args["destination"].as_str().unwrap_or("base");
            let steps = current(graph, &args["current"])
                .and_then(|current| plan::downgrade(graph, &current, target));
            steps.map(|steps| same_steps(&steps, revisions, expected))
        }
        "stamp_revs" => {
            let targets = names(&args["revision"]);
            let steps = current(graph, &args["heads"])
                .and_then(|current| plan::stamp(graph, &current, &targets));
            steps.map(|steps| same_steps(&steps, revisions, expected))
        }
        "script_get_revision" => graph
            .one(args["id"].as_str().unwrap())
            .map(|found| same(&found.map(|it| graph.id(it).as_str()).into(), expected)),
        "script_get_revisions" => {
            let found = names(&args["ids"]).into_iter().map(|name| {
                let identifier = Identifier::parse(name)?;
                graph.members(&identifier)
            });
            Diagnostics::collect(found)
                .map(|found| same_set(graph, found.into_iter().flatten(), expected))
        }
        "ancestors" | "descendants" => {
            let edges = match args.get("include_dependencies") {
                Some(Value::Bool(false)) => Edges::Parents,
                _ => Edges::All,
            };
            current(graph, &args["targets"]).map(|targets| {
                let set = match vector["op"].as_str() {
                    Some("ancestors") => graph.ancestors(&targets, edges),
                    _ => graph.descendants(&targets, edges),
                };
                same_set(graph, set.iter(), expected)
            })
        }
        "cmd_heads" => {
            let resolve = args.contains_key("resolve_dependencies");
            Ok(same_lines(&report::graph::heads(graph, resolve), expected))
        }
        "cmd_branches" => Ok(same_lines(&report::graph::branches(graph), expected)),
        "cmd_history" => {
            let range = args.get("rev_range").map_or(":", |it| it.as_str().unwrap());
            Range::parse(range)
                .and_then(|range| graph.history(&range))
                .map(|found| {
                    newest_first(graph, &found)?;
                    same_lines(&report::graph::history(graph, &found), expected)
                })
        }
        op => panic!("unknown op {op}"),
    };
    match (compared, error) {
        (Ok(_), Some(error)) => Err(format!("limbeck answers, Alembic errs: {error}")),
        (Ok(check), None) => check,
        (Err(diagnostics), Some(error)) => same_error(&vector["id"], &diagnostics, error),
        (Err(diagnostics), None) => Err(format!("limbeck errs: {}", text(&diagnostics))),
    }
}

/// The diagnostics tell of the same mistake as Alembic's exception.
fn same_error(id: &Value, diagnostics: &Diagnostics, error: &Value) -> Check {
    assert!(diagnostics.iter().all(|it| it.help.is_some()));
    if error.get("crash") == Some(&Value::Bool(true)) {
        return Ok(());
    }
    let class = error.get("cause").unwrap_or(&error["class"]);
    let codes: &[Code] = match class.as_str().unwrap() {
        "CycleDetected" | "LoopDetected" => &[Code::RevisionCycle],
        "DependencyCycleDetected" | "DependencyLoopDetected" => &[Code::DependencyCycle],
        "MultipleHeads" => &[Code::MultipleHeads],
        "RangeNotAncestorError" => &[Code::DisconnectedRange],
        "ResolutionError" => &[Code::UnknownRevision, Code::AmbiguousRevision],
        "RevisionError" => &[
            Code::RelativeTarget,
            Code::InvalidIdentifier,
            Code::DuplicateLabel,
        ],
        class => panic!("unknown exception {class}"),
    };
    let other = OTHER_REASONS.iter().find(|it| id.as_str() == Some(it.0));
    let codes = other.map_or(codes, |it| std::slice::from_ref(&it.1));
    if diagnostics.iter().any(|it| codes.contains(&it.code)) {
        Ok(())
    } else {
        Err(format!("{error} became {}", text(diagnostics)))
    }
}

/// The same revisions run, in an order that respects their needs, with the same rows after each and at the end.
fn same_steps(steps: &Steps, revisions: &Value, expected: Option<&Value>) -> Check {
    let Some(expected) = expected else {
        return Ok(());
    };
    let theirs = expected["steps"].as_array().unwrap();
    if set(&expected["heads_after"]) != steps.heads.iter().map(SmolStr::as_str).collect() {
        return Err(format!(
            "heads {:?}, not {}",
            steps.heads, expected["heads_after"]
        ));
    }
    let key = |revision: &Value, from: &Value, to: &Value| {
        (revision.to_string(), set_of_text(from), set_of_text(to))
    };
    let document = serde_json::to_value(steps).unwrap();
    let ours_moved: BTreeSet<_> = document["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| key(&it["revision"], &it["from"], &it["to"]))
        .collect();
    let theirs_moved: BTreeSet<_> = theirs
        .iter()
        .map(|it| key(&it["rev"], &it["from"], &it["to"]))
        .collect();
    if ours_moved != theirs_moved {
        return Err(format!("{ours_moved:?}, not {theirs_moved:?}"));
    }
    let from: Vec<&str> = steps.from.iter().map(SmolStr::as_str).collect();
    let ours: Vec<Vec<Value>> = document["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["version_ops"].as_array().unwrap().clone())
        .collect();
    let theirs_ops: Vec<Vec<Value>> = theirs
        .iter()
        .map(|it| it["version_ops"].as_array().unwrap().clone())
        .collect();
    let our_rows = rows(&from, &ours)?;
    let their_rows = rows(&from, &theirs_ops)?;
    if steps.action == Action::Stamp {
        // Several rows come in the order of ids here, of files there.
        let sorted = |mut operations: Vec<Vec<Value>>| {
            operations.sort_by_key(|it| Value::from(it.clone()).to_string());
            operations
        };
        return same(
            &Value::from(sorted(ours)),
            Some(&Value::from(sorted(theirs_ops))),
        );
    }
    // The orders may differ, so both are held to the rule that tells the rows from what has run.
    let up = steps.action == Action::Upgrade;
    let our_order: Vec<&str> = steps
        .steps
        .iter()
        .map(|it| it.revision.as_ref().unwrap().as_str())
        .collect();
    let their_order: Vec<&str> = theirs
        .iter()
        .map(|it| it["rev"].as_str().unwrap())
        .collect();
    let ours = expected_rows(revisions, &from, &our_order, up)?;
    let theirs = expected_rows(revisions, &from, &their_order, up)?;
    if our_rows != ours {
        return Err(format!("rows {our_rows:?}, not {ours:?}"));
    }
    if their_rows != theirs {
        return Err(format!("Alembic's rows are {their_rows:?}, not {theirs:?}"));
    }
    Ok(())
}

/// The rows after each step, by the operations.
fn rows(from: &[&str], steps: &[Vec<Value>]) -> Result<Vec<BTreeSet<String>>, String> {
    let mut rows: BTreeSet<String> = from.iter().map(|it| (*it).to_owned()).collect();
    let mut after = Vec::new();
    for operations in steps {
        for operation in operations {
            let words: Vec<&str> = operation
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it.as_str().unwrap())
                .collect();
            let fine = match words.as_slice() {
                ["insert", id] => rows.insert((*id).to_owned()),
                ["delete", id] => rows.remove(*id),
                ["update", from, to] => rows.remove(*from) && rows.insert((*to).to_owned()),
                _ => false,
            };
            if !fine {
                return Err(format!("{operation} does not fit the rows {rows:?}"));
            }
        }
        after.push(rows.clone());
    }
    Ok(after)
}

/// The rows after each step, by the rule: what has run and carries nothing that has run. Fails where a revision
/// runs before what it needs.
fn expected_rows(
    revisions: &Value,
    from: &[&str],
    order: &[&str],
    up: bool,
) -> Result<Vec<BTreeSet<String>>, String> {
    let needs = needs(revisions);
    let mut run = BTreeSet::new();
    let mut todo: Vec<&str> = from.to_vec();
    while let Some(id) = todo.pop() {
        if run.insert(id) {
            todo.extend(&needs[id]);
        }
    }
    let mut after = Vec::new();
    for id in order {
        let fits = if up {
            needs[id].iter().all(|it| run.contains(it)) && run.insert(id)
        } else {
            run.remove(id) && !run.iter().any(|it| needs[it].contains(id))
        };
        if !fits {
            return Err(format!("{id} does not fit after {run:?}"));
        }
        let carried: BTreeSet<&str> = run
            .iter()
            .flat_map(|it| needs[it].iter().copied())
            .collect();
        after.push(
            run.difference(&carried)
                .map(|it| (*it).to_owned())
                .collect(),
        );
    }
    Ok(after)
}

/// What each revision needs right before it: parents and dependencies, labels resolved.
fn needs(revisions: &Value) -> BTreeMap<&str, Vec<&str>> {
    let all = revisions.as_array().unwrap();
    let resolve = |name: &'_ str| {
        let bearer = all.iter().find(|it| {
            it["id"].as_str() == Some(name) || strings(it.get("labels")).contains(&name)
        });
        bearer.unwrap()["id"].as_str().unwrap()
    };
    all.iter()
        .map(|it| {
            let mut needs = strings(it.get("down"));
            needs.extend(strings(it.get("depends_on")).into_iter().map(resolve));
            (it["id"].as_str().unwrap(), needs)
        })
        .collect()
}

/// What Alembic knows of a loaded graph. `normalized_down` is left out: it is how Alembic works, not an answer.
fn facts(graph: &RevisionGraph, expected: &Value) -> Check {
    let ids = |revisions: &[RevisionIndex]| {
        let ids = revisions.iter().map(|it| graph.id(*it).to_string());
        ids.collect::<BTreeSet<String>>()
    };
    let equal = |what: &str, ours: BTreeSet<String>, theirs: &Value| {
        let theirs = owned(theirs);
        if ours == theirs {
            Ok(())
        } else {
            Err(format!("{what}: {ours:?}, not {theirs:?}"))
        }
    };
    equal("heads", ids(&graph.heads()), &expected["heads"])?;
    equal("bases", ids(&graph.bases()), &expected["bases"])?;
    equal(
        "real heads",
        ids(&graph.real_heads()),
        &expected["real_heads"],
    )?;
    let revisions: &Map<String, Value> = expected["revisions"].as_object().unwrap();
    equal(
        "revisions",
        ids(graph.order()),
        &revisions.keys().cloned().collect(),
    )?;
    for revision in graph.order().iter().copied() {
        let id = graph.id(revision);
        let theirs = &revisions[id.as_str()];
        let children = ids(graph.children(revision));
        let dependents = ids(graph.dependents(revision));
        let all: BTreeSet<String> = children.union(&dependents).cloned().collect();
        let labels = graph.labels(revision).iter().map(ToString::to_string);
        equal(id, children, &theirs["children"])?;
        equal(id, all, &theirs["all_children"])?;
        equal(id, labels.collect(), &theirs["branch_labels"])?;
        let flags = [
            ("is_head", graph.is_head(revision)),
            ("is_real_head", graph.is_real_head(revision)),
            ("is_base", graph.is_base(revision)),
            ("is_branch_point", graph.is_branch_point(revision)),
            ("is_merge_point", graph.is_merge(revision)),
        ];
        for (name, flag) in flags {
            if theirs[name].as_bool() != Some(flag) {
                return Err(format!("{id}: {name} is {flag}"));
            }
        }
    }
    Ok(())
}

/// The printed lines are Alembic's; the order of lines, and of labels and children within, is ours.
fn same_lines(ours: &str, expected: Option<&Value>) -> Check {
    let Some(expected) = expected else {
        return Ok(());
    };
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text
            .lines()
            .filter(|it| !it.is_empty())
            .map(|line| {
                let mut words: Vec<&str> = line.split([' ', ',', '(', ')']).collect();
                words.retain(|it| !it.is_empty());
                words.sort_unstable();
                words.join(" ")
            })
            .collect();
        lines.sort_unstable();
        lines
    };
    let theirs = strings(Some(expected)).join("\n");
    if sorted(ours) == sorted(&theirs) {
        Ok(())
    } else {
        Err(format!("{ours}\nnot\n{theirs}"))
    }
}

fn newest_first(graph: &RevisionGraph, revisions: &[RevisionIndex]) -> Check {
    for (place, revision) in revisions.iter().enumerate() {
        let above = graph.descendants(&[*revision], Edges::All);
        if revisions[place + 1..].iter().any(|it| above.contains(*it)) {
            return Err(format!("{} stands above a descendant", graph.id(*revision)));
        }
    }
    Ok(())
}

fn same(ours: &Value, expected: Option<&Value>) -> Check {
    match expected {
        Some(expected) if expected != ours => Err(format!("{ours}, not {expected}")),
        _ => Ok(()),
    }
}

fn same_set(
    graph: &RevisionGraph,
    ours: impl IntoIterator<Item = RevisionIndex>,
    expected: Option<&Value>,
) -> Check {
    let ours: BTreeSet<String> = ours
        .into_iter()
        .map(|it| graph.id(it).to_string())
        .collect();
    match expected {
        Some(expected) if owned(expected) != ours => Err(format!("{ours:?}, not {expected}")),
        _ => Ok(()),
    }
}

fn current(
    graph: &RevisionGraph,
    names_of_rows: &Value,
) -> Result<Vec<RevisionIndex>, Diagnostics> {
    graph.current(names(names_of_rows))
}

/// One name, several, or none.
fn names(value: &Value) -> Vec<&str> {
    match value.as_str() {
        Some(name) => vec![name],
        None => strings(Some(value)),
    }
}

fn strings(value: Option<&Value>) -> Vec<&str> {
    let Some(Value::Array(values)) = value else {
        return Vec::new();
    };
    values.iter().map(|it| it.as_str().unwrap()).collect()
}

fn set(value: &Value) -> BTreeSet<&str> {
    strings(Some(value)).into_iter().collect()
}

fn owned(value: &Value) -> BTreeSet<String> {
    set(value).into_iter().map(ToOwned::to_owned).collect()
}

fn set_of_text(value: &Value) -> Vec<String> {
    owned(value).into_iter().collect()
}

fn text(diagnostics: &Diagnostics) -> String {
    let messages: Vec<String> = diagnostics
        .iter()
        .map(|it| format!("{}: {}", it.code, it.message))
        .collect();
    messages.join("; ")
}

fn headers(revisions: &Value) -> Vec<Header> {
    let mut sources = Sources::default();
    revisions
        .as_array()
        .unwrap()
        .iter()
        .map(|revision| {
            let id = revision["id"].as_str().unwrap();
            let span = sources.add(format!("{id}.rev"), "").span(0, 0);
            let spanned = |values: Option<&Value>| {
                let spanned = strings(values).into_iter().map(|it| Spanned {
                    value: SmolStr::new(it),
                    span,
                });
                spanned.collect::<Vec<_>>()
            };
            Header {
                id: Spanned {
                    value: SmolStr::new(id),
                    span,
                },
                down_revision: span,
                down_revisions: spanned(revision.get("down")),
                depends_on: spanned(revision.get("depends_on")),
                branch_labels: spanned(revision.get("labels")),
                // Alembic's recorder wrote the id where no message was given.
                message: revision["doc"].as_str().unwrap_or(id).to_owned(),
                create_date: None,
            }
        })
        .collect()
}
