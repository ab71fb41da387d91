//! The digests of histories: what makes another one, what does not, and that they stay what they are.
#![expect(
    clippy::disallowed_methods,
    reason = "the tests read the tree that they judge"
)]

use std::collections::BTreeMap;
use std::fs;

use limbeck::compile;
use limbeck::config::Config;
use limbeck::digest::{self, Digest};
use limbeck::graph::RevisionGraph;
use limbeck::source::Sources;
use proptest::prelude::*;
use serde_json::Value;

pub(crate) const A: &str =
    "revision 'a';\ndown_revision none;\nupgrade { create table t (id int); }\n";
pub(crate) const B: &str =
    "revision 'b';\ndown_revision 'a';\nupgrade { alter table t add column x int; }\n";
pub(crate) const C: &str =
    "revision 'c';\ndown_revision 'a';\nupgrade { create table u (id int); }\n";
pub(crate) const D: &str = "revision 'd';\ndown_revision 'b', 'c';\nmessage 'merge';\n";

pub(crate) fn history(texts: &[&str]) -> (Sources, RevisionGraph) {
    let mut sources = Sources::default();
    for (number, text) in texts.iter().enumerate() {
        sources.add(format!("{number}.rev"), (*text).to_owned());
    }
    let graph = compile::graph(&sources, &Config::default()).expect("a whole history");
    (sources, graph)
}

/// The digest of each revision, by its id.
fn digests(texts: &[&str]) -> BTreeMap<String, String> {
    let (sources, graph) = history(texts);
    let digests = digest::digests(&sources, &graph);
    let of = |it: &limbeck::graph::RevisionIndex| digests[it.index()].to_string();
    graph
        .order()
        .iter()
        .map(|it| (graph.id(*it).to_string(), of(it)))
        .collect()
}

/// The digest of a base whose upgrade is `text`.
fn base(text: &str) -> Digest {
    let text = format!("revision 'a';\ndown_revision none;\nupgrade {{{text}}}\n");
    digest::revision_digest(&text, Vec::new(), Vec::new())
}

#[test]
fn a_digest_is_what_it_always_was() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/digests.json");
    let vectors: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let histories = vectors["histories"].as_array().unwrap();
    assert!(histories.len() >= 3, "{vectors}");
    for history in histories {
        let texts: Vec<&str> = history["revisions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it.as_str().unwrap())
            .collect();
        let expected: BTreeMap<String, String> =
            serde_json::from_value(history["digests"].clone()).unwrap();
        assert_eq!(digests(&texts), expected, "{}", history["about"]);
    }
}

#[test]
fn what_says_the_same_has_one_digest() {
    let same = base("create table t (a int default 'x');");
    for text in [
        "\n  create table t (a int default 'x');\n",
        "create table t (a int default 'x'); -- a remark\n",
        "create /* a remark */ table t (a\tint default 'x');",
        "create table\r\nt (a int default 'x');",
        "\n\n\ncreate table t(a int default 'x');",
        "CREATE TABLE T (A INT DEFAULT 'x');",
    ] {
        assert_eq!(base(text), same, "{text:?}");
    }
}

#[test]
fn what_says_another_thing_has_another_digest() {
    let texts = [
        "create table t (a int default 'x');",
        "create table t (a int default 'X');",
        "create table t (a int default 'x ');",
        "create table t (a int default 'y');",
        "create table t (a int default E'x');",
        "create table t (a int default $$x$$);",
        "create table \"t\" (a int default 'x');",
        "create table \"T\" (a int default 'x');",
        "create table t (b int default 'x');",
        "create table t (a int default 'x'); create table u ();",
        "create tablet (a int default 'x');",
        "",
    ];
    let digests: BTreeMap<Digest, &str> = texts.iter().map(|it| (base(it), *it)).collect();
    assert_eq!(digests.len(), texts.len(), "{digests:?}");
    // A comment that swallows the next line is no blank.
    let apart = base("create table t (a int); -- remark\ncreate table u (a int);");
    let joined = base("create table t (a int); -- remark create table u (a int);\n");
    assert_ne!(apart, joined);
}

#[test]
fn a_digest_names_all_that_is_below() {
    let all = digests(&[A, B, C, D]);
    let swapped = digests(&[A, B, C, &D.replace("'b', 'c'", "'c', 'b'")]);
    assert_eq!(
        all["d"], swapped["d"],
        "a merge has its parents in no order"
    );
    let renamed = digests(&["revision 'z';\ndown_revision none;\n"]);
    assert_ne!(renamed["z"], all["a"]);
    let edited = digests(&[&A.replace("id int", "id bigint"), B, C, D]);
    for id in ["a", "b", "c", "d"] {
        assert_ne!(all[id], edited[id], "{id}");
    }
    let beside = digests(&[A, B, &C.replace("u (", "v ("), D]);
    assert_eq!(all["b"], beside["b"]);
    assert_ne!(all["d"], beside["d"]);
    let depends = digests(&[A, B, &C.replace("upgrade", "depends_on 'b';\nupgrade"), D]);
    assert_ne!(all["c"], depends["c"]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Parts that are cut elsewhere are other parts.
    #[test]
    fn no_two_lists_of_words_meet(
        one in proptest::collection::vec("[ab']{0,3}", 0..4),
        two in proptest::collection::vec("[ab']{0,3}", 0..4),
    ) {
        let digest = |it: &[String]| digest::seal_digest(it.iter().map(String::as_str));
        prop_assert_eq!(one == two, digest(&one) == digest(&two));
    }
}
