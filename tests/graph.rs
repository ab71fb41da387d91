//! The revision graph: order with ties, faults, names, drawings, and what holds for every history.

mod properties;

use std::fmt::Write as _;

use limbeck::diagnostic::{Code, Diagnostics, Result};
use limbeck::graph::{Allowed, Range, RevisionGraph, check};
use limbeck::plan::{self, Steps, VersionOp};
use limbeck::report;
use limbeck::revision::Header;
use limbeck::source::{Sources, Spanned};
use smol_str::SmolStr;

/// Headers from lines of `id <- parents ; dependencies ; labels`.
fn headers(text: &str) -> Vec<Header> {
    headers_in(&mut Sources::default(), text)
}

fn headers_in(sources: &mut Sources, text: &str) -> Vec<Header> {
    let lines = text.lines().map(str::trim).filter(|it| !it.is_empty());
    lines
        .map(|line| {
            let (id, rest) = line.split_once("<-").unwrap_or((line, ""));
            let span = sources
                .add(format!("{}.rev", id.trim()), line)
                .span(0, line.len());
            let mut lists = rest.split(';').map(|list| {
                let names = list.split_whitespace().map(|name| Spanned {
                    value: SmolStr::new(name),
                    span,
                });
                names.collect::<Vec<_>>()
            });
            Header {
                id: Spanned {
                    value: SmolStr::new(id.trim()),
                    span,
                },
                down_revision: span,
                down_revisions: lists.next().unwrap_or_default(),
                depends_on: lists.next().unwrap_or_default(),
                branch_labels: lists.next().unwrap_or_default(),
                message: format!("add {}", id.trim()),
                create_date: None,
            }
        })
        .collect()
}

fn graph(text: &str) -> RevisionGraph {
    RevisionGraph::new(headers(text)).unwrap()
}

fn order(graph: &RevisionGraph) -> String {
    graph.ids(graph.order()).join(" ")
}

fn messages(diagnostics: &Diagnostics) -> Vec<String> {
    assert!(diagnostics.iter().all(|it| it.help.is_some()));
    let messages = diagnostics
        .iter()
        .map(|it| format!("{}: {}", it.code, it.message));
    messages.collect()
}

fn faults(text: &str) -> Vec<String> {
    messages(&RevisionGraph::new(headers(text)).unwrap_err())
}

fn upgrade(graph: &RevisionGraph, from: &[&str], to: &[&str]) -> Result<Steps> {
    plan::upgrade(graph, &graph.current(from.iter().copied())?, to)
}

fn downgrade(graph: &RevisionGraph, from: &[&str], to: &str) -> Result<Steps> {
    plan::downgrade(graph, &graph.current(from.iter().copied())?, to)
}

fn run(steps: &Steps) -> String {
    let ids: Vec<&str> = steps
        .steps
        .iter()
        .filter_map(|it| it.revision.as_deref())
        .collect();
    ids.join(" ")
}

const DIAMOND: &str = "
    d <- c1 c2
    c2 <- b2
    b2 <- a
    c1 <- b1
    b1 <- a
    a
";

#[test]
fn the_order_stays_on_a_branch_and_breaks_ties_by_id() {
    assert_eq!(order(&graph(DIAMOND)), "a b1 c1 b2 c2 d");
    assert_eq!(order(&graph("y\nx\nz <- y")), "x y z");
    // A dependent waits until the branch that it depends on has ended.
    assert_eq!(
        order(&graph(
            "core1\ncore2 <- core1\nadd1 <- ; core1\nadd2 <- add1"
        )),
        "core1 core2 add1 add2"
    );
    // The branch that is followed decides, not the least id that is ready.
    assert_eq!(order(&graph("a\nb <- a\nm <- a\nz <- b")), "a b z m");
}

#[test]
fn every_fault_is_reported_at_once() {
    assert_eq!(
        faults(
            "initial_schema
             auth <- inital_schema ; ; auth
             head <- initial_schema
             a-b <- initial_schema
             twice <- initial_schema initial_schema
             twice <- initial_schema
             x12345678901234567890123456789012 <- initial_schema
             late <- initial_schema ; earl ; left
             by_label <- left"
        ),
        [
            "invalid-identifier: the revision id head is reserved",
            "invalid-identifier: the revision id a-b contains '-'",
            "duplicate-revision: two revisions have the id twice",
            "invalid-identifier: the revision id x12345678901234567890123456789012 has 33 characters",
            "duplicate-label: the branch label auth is the id of a revision",
            "unknown-revision: down_revision names inital_schema, which does not exist",
            "repeated-reference: down_revision names initial_schema twice",
            "unknown-revision: depends_on names earl, which does not exist",
            "unknown-revision: down_revision names left, but that is a branch label",
        ]
    );
    let diagnostics = RevisionGraph::new(headers("initial\nb <- inital")).unwrap_err();
    let help = diagnostics.iter().map(|it| it.help.clone().unwrap());
    assert_eq!(help.collect::<Vec<_>>(), ["did you mean `initial`?"]);
}

#[test]
fn cycles_are_named_in_order_from_the_smallest_id() {
    assert_eq!(
        faults("c <- b\na <- d\nb <- a\nd <- c\ne <- d\nself <- self\nroot"),
        [
            "revision-cycle: down_revision forms a cycle: a -> b -> c -> d -> a",
            "revision-cycle: revision self is its own down_revision",
        ]
    );
    assert_eq!(
        faults("a\nb <- a ; d\nc <- b\nd <- c\nx <- a ; x"),
        [
            "dependency-cycle: down_revision and depends_on forms a cycle: b -> c -> d -> b",
            "dependency-cycle: revision x depends on itself",
        ]
    );
}

#[test]
fn several_heads_and_bases_are_against_the_policy_only() {
    let graph = graph("a\nb <- a\nc <- a\nz");
    assert_eq!(
        messages(&check(&graph, Allowed::default())),
        [
            "multiple-bases: the history has 2 bases: a, z",
            "multiple-heads: the history has 3 heads: b, c, z"
        ]
    );
    let diagnostics = check(&graph, Allowed::default());
    let help = diagnostics.iter().last().unwrap().help.clone().unwrap();
    assert!(help.contains("limbeck merge b c z"), "{help}");
    let allowed = Allowed {
        heads: true,
        bases: true,
    };
    assert!(check(&graph, allowed).is_empty());
}

#[test]
fn names_are_found_by_label_beginning_and_steps() {
    let graph = graph(
        "root1
         left1 <- root1 ; ; left
         left2 <- left1
         right1 <- root1 ; ; right
         right2 <- right1",
    );
    let one = |name: &str| graph.one(name).map(|it| it.map(|it| graph.id(it).clone()));
    assert_eq!(one("left").unwrap().as_deref(), Some("left1"));
    assert_eq!(one("roo").unwrap().as_deref(), Some("root1"));
    assert_eq!(one("left@head").unwrap().as_deref(), Some("left2"));
    assert_eq!(one("left@base").unwrap(), None);
    assert_eq!(one("left@head-1").unwrap().as_deref(), Some("left1"));
    assert_eq!(one("right2-2").unwrap().as_deref(), Some("root1"));
    assert_eq!(
        one("root1+1").unwrap_err().iter().next().unwrap().code,
        Code::RelativeTarget
    );
    let mistake = |name: &str| messages(&one(name).unwrap_err()).join("\n");
    assert_eq!(
        mistake("head"),
        "multiple-heads: head means 2 revisions: left2, right2"
    );
    assert_eq!(
        mistake("righ"),
        "ambiguous-revision: righ is ambiguous: it is the beginning of right, right1, right2"
    );
    assert_eq!(
        mistake("rigth2"),
        "unknown-revision: there is no revision or branch rigth2"
    );
    assert_eq!(
        mistake("left@right1"),
        "unknown-revision: revision right1 is not on branch left"
    );
    assert_eq!(
        mistake("right2-9"),
        "relative-target: right2-9 goes beyond the history: there are not enough revisions"
    );
    for name in [
        "", "@", "a@", "@b", "a+", "a+b", "a@b@c", "a b+1 ", "+1+1", "a:b",
    ] {
        assert!(mistake(name).starts_with("invalid-identifier"), "{name}");
    }
}

#[test]
fn relative_targets_start_at_what_the_database_has() {
    let graph = graph("a\nb1 <- a ; ; one\nb2 <- a ; ; two\nc1 <- b1\nc2 <- b2\nd <- c1 c2");
    assert_eq!(run(&upgrade(&graph, &[], &["+1"]).unwrap()), "a");
    assert_eq!(run(&upgrade(&graph, &["b1"], &["two@+1"]).unwrap()), "b2");
    assert_eq!(run(&upgrade(&graph, &["a"], &["two@+2"]).unwrap()), "b2 c2");
    assert_eq!(
        run(&downgrade(&graph, &["c1", "c2"], "two@-1").unwrap()),
        "c2"
    );
    assert_eq!(
        run(&downgrade(&graph, &["b1", "b2"], "two@-1").unwrap()),
        "b2"
    );
    let code = |result: Result<Steps>| result.unwrap_err().iter().next().unwrap().code;
    assert_eq!(code(upgrade(&graph, &["a"], &["+1"])), Code::RelativeTarget);
    assert_eq!(code(upgrade(&graph, &["a"], &["-1"])), Code::RelativeTarget);
    assert_eq!(code(upgrade(&graph, &["d"], &["+1"])), Code::RelativeTarget);
    assert_eq!(code(downgrade(&graph, &["d"], "-1")), Code::RelativeTarget);
    // Alembic takes one of the heads back, and warns that this will be disallowed.
    assert_eq!(
        code(downgrade(&graph, &["b1", "b2"], "-1")),
        Code::RelativeTarget
    );
    assert_eq!(
        code(downgrade(&graph, &["c2"], "one@-1")),
        Code::RelativeTarget
    );
    assert_eq!(
        code(upgrade(&graph, &["a", "b1"], &["head"])),
        Code::OverlappingRevisions
    );
    assert_eq!(
        code(downgrade(&graph, &["b1"], "c2")),
        Code::DisconnectedRange
    );
}

#[test]
fn a_plan_is_the_documented_json() {
    let graph = graph("a\nb1 <- a\nb2 <- a\nc <- b1 b2");
    let steps = upgrade(&graph, &["b1", "b2"], &["c"]).unwrap();
    assert_eq!(
        serde_json::to_string(&steps).unwrap(),
        r#"{"direction":"upgrade","from":["b1","b2"],"to":["c"],"steps":[{"revision":"c","from":["b1","b2"],"to":["c"],"version_ops":[["delete","b1"],["update","b2","c"]]}],"heads":["c"]}"#
    );
    let current = graph.current(["c"]).unwrap();
    let steps = plan::stamp(&graph, &current, &["b1"]).unwrap();
    assert_eq!(
        serde_json::to_string(&steps).unwrap(),
        r#"{"direction":"stamp","from":["c"],"to":["b1"],"steps":[{"revision":null,"from":["c"],"to":["b1"],"version_ops":[["update","c","b1"]]}],"heads":["b1"]}"#
    );
    assert_eq!(
        serde_json::to_string(&report::graph::heads_document(&graph, false)).unwrap(),
        r#"{"heads":[{"revision":"c","labels":[],"message":"add c"}]}"#
    );
    let merge = graph.one("c").unwrap().unwrap();
    assert_eq!(
        serde_json::to_string(&report::graph::revision_document(&graph, merge)).unwrap(),
        r#"{"revision":"c","labels":[],"message":"add c","down_revisions":["b1","b2"]}"#
    );
}

#[test]
fn rows_leave_out_what_another_row_depends_on() {
    let graph = graph("a\nb <- a\np\nq <- ; a b");
    let steps = upgrade(&graph, &["b"], &["q"]).unwrap();
    assert_eq!(
        steps.steps[0].version_ops,
        [VersionOp::Update {
            from: "b".into(),
            to: "q".into()
        }]
    );
    let steps = downgrade(&graph, &["q"], "b").unwrap_err();
    assert_eq!(
        messages(&steps),
        ["disconnected-range: a downgrade from q does not lead to b"]
    );
}

#[test]
fn a_range_of_the_history_must_connect() {
    let graph = graph("a\nb <- a\nc <- b\nx <- a\ny\nz <- y ; b");
    let history = |range: &str| {
        let found = graph.history(&Range::parse(range)?)?;
        Ok(graph.ids(&found).join(" "))
    };
    let mistake = |range: &str| {
        let result: Result<String> = history(range);
        messages(&result.unwrap_err()).join("\n")
    };
    assert_eq!(history(":").unwrap(), "z y x c b a");
    assert_eq!(history("a:c").unwrap(), "c b a");
    assert_eq!(history("b:").unwrap(), "c b");
    assert_eq!(history(":z").unwrap(), "z y b a");
    assert_eq!(history("c:heads").unwrap(), "c");
    assert_eq!(history("a:b+1").unwrap(), "c b a");
    assert_eq!(history("c-1:c").unwrap(), "c b");
    assert_eq!(
        mistake("c:a"),
        "disconnected-range: the range c:a runs backwards"
    );
    assert_eq!(
        mistake("x:c"),
        "disconnected-range: the range x:c is not connected"
    );
    assert_eq!(
        mistake("b:z"),
        "disconnected-range: z is on another branch and follows b only through depends_on"
    );
    assert!(mistake("a:b:c").starts_with("invalid-identifier"));
}

#[test]
fn a_label_names_its_whole_branch() {
    let graph = graph("a\nb1 <- a\nc1 <- b1 ; ; left\nd1 <- c1\nb2 <- a\nm <- d1 b2");
    let labelled = graph
        .order()
        .iter()
        .filter(|it| !graph.labels(**it).is_empty());
    assert_eq!(graph.ids(labelled).join(" "), "b1 c1 d1 m");
}

#[test]
fn the_graph_is_drawn_newest_first() {
    let graph =
        graph("a\nb1 <- a ; ; auth\nc1 <- b1\nb2 <- a\nm <- c1 b2\nn <- m\nk <- a\nz <- ; n");
    insta::assert_snapshot!("graph-drawing", report::graph::draw(&graph));
    insta::assert_snapshot!("graph-mermaid", report::graph::mermaid(&graph));
    insta::assert_snapshot!("graph-dot", report::graph::dot(&graph));
    insta::assert_snapshot!("graph-branches", report::graph::branches(&graph));
}

#[test]
fn show_tells_all_of_a_header() {
    let mut sources = Sources::default();
    let headers = headers_in(
        &mut sources,
        "a\nb <- a ; ; auth\nc <- a ; b\nd <- b c\ne <- b",
    );
    let graph = RevisionGraph::new(headers).unwrap();
    let mut revisions = graph.order().to_vec();
    revisions.reverse();
    insta::assert_snapshot!(
        "graph-show",
        report::graph::history_verbose(&graph, &sources, &revisions)
    );
}

#[test]
fn a_long_chain_is_planned_without_a_stack() {
    let mut text = "r000000\n".to_owned();
    for index in 1..100_000 {
        writeln!(text, "r{index:06} <- r{:06}", index - 1).unwrap();
    }
    let graph = graph(&text);
    let up = upgrade(&graph, &[], &["head"]).unwrap();
    let down = downgrade(&graph, &["r099999"], "base").unwrap();
    assert_eq!((up.steps.len(), down.steps.len()), (100_000, 100_000));
    assert_eq!(up.heads, ["r099999"]);
    assert!(down.heads.is_empty());

    let circle = text.replacen("r000000\n", "r000000 <- r099999\n", 1);
    assert_eq!(RevisionGraph::new(headers(&circle)).unwrap_err().len(), 1);
}
