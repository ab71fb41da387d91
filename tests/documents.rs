//! Every document for programs is what its schema says, and the schema says no more than what they are.
#![expect(clippy::disallowed_methods, reason = "the tests play the user's part")]

use std::fs;
use std::path::Path;

use limbeck::report::schema::SCHEMAS;
use serde_json::{Value, json};

use crate::bundle::{A, B, C, released};
use crate::cli::{contains, forked, project, read, run, write};
use crate::manifest::faults;

/// Keys that a document may leave out: that of a schema, and theirs.
const OPTIONAL: [(&str, &str); 1] = [("diagnostics", "more")];

pub(crate) fn schema(name: &str) -> Value {
    let found = SCHEMAS.iter().find(|it| it.0 == name);
    serde_json::from_str(found.unwrap().1).unwrap()
}

/// Holds a document against its schema, and the schema against every other document that has a key more or less.
#[track_caller]
pub(crate) fn fits(name: &str, document: &Value) {
    let schema = schema(name);
    let check = |it: &Value| faults(&schema, it, &schema, "");
    assert_eq!(check(document), Vec::<String>::new(), "{name}: {document}");
    let mut pointers = vec![String::new()];
    while let Some(pointer) = pointers.pop() {
        let value = document.pointer(&pointer).unwrap();
        if let Some(list) = value.as_array() {
            pointers.extend((0..list.len()).map(|it| format!("{pointer}/{it}")));
        }
        let Some(object) = value.as_object() else {
            continue;
        };
        let mut more = document.clone();
        more.pointer_mut(&pointer).unwrap()["stranger"] = json!(1);
        assert!(
            !check(&more).is_empty(),
            "{name}: {pointer} takes a stranger"
        );
        for key in object.keys() {
            pointers.push(format!("{pointer}/{key}"));
            let mut less = document.clone();
            less.pointer_mut(&pointer)
                .unwrap()
                .as_object_mut()
                .unwrap()
                .remove(key);
            let may = OPTIONAL.contains(&(name, key.as_str()));
            assert_eq!(
                check(&less).is_empty(),
                may,
                "{name}: {pointer}/{key} is left out"
            );
        }
    }
}

/// What a command prints for programs, which is one line.
#[track_caller]
fn document(folder: &Path, arguments: &[&str], status: i32) -> Value {
    let mut all = arguments.to_vec();
    all.extend(["--format", "json"]);
    let answer = run(folder, &all);
    assert_eq!(answer.status, status, "{}{}", answer.stdout, answer.stderr);
    assert_eq!(answer.stdout.lines().count(), 1, "{}", answer.stdout);
    serde_json::from_str(&answer.stdout).unwrap()
}

#[test]
fn every_document_is_what_its_schema_says() {
    let folder = forked();
    let path = folder.path();
    let ask = |name: &str, arguments: &[&str], status: i32| {
        let document = document(path, arguments, status);
        fits(name, &document);
        document
    };
    for (arguments, name) in [
        (&["heads"][..], "heads"),
        (&["heads", "--resolve-dependencies"], "heads"),
        (&["branches"], "branches"),
        (&["history"], "history"),
        (&["history", "-r", "a:b"], "history"),
        (&["graph"], "graph"),
        (&["show", "a"], "show"),
        (&["plan", "upgrade", "heads"], "plan"),
        (&["plan", "downgrade", "--from", "b,c", "base"], "plan"),
        (&["plan", "stamp", "--from", "b,c", "a"], "plan"),
        (&["explain"], "codes"),
        (&["explain", "syntax"], "codes"),
        (&["release"], "releases"),
        (&["verify"], "verify"),
        (&["upgrade", "heads", "--sql", "-o", "up.sql"], "written"),
        (&["revision", "-m", "d", "--head", "b"], "written"),
        (&["merge"], "written"),
        (&["check"], "diagnostics"),
    ] {
        ask(name, arguments, 0);
    }
    for (arguments, status) in [
        (&["show", "zz"][..], 1),
        (&["-c", "none.yaml", "heads"], 2),
        (&["verify", "1.0.0"], 1),
    ] {
        ask("diagnostics", arguments, status);
    }
    fits("diagnostics", &document(path, &["nonsense"], 2));
    let lists = [
        ("history", "history"),
        ("branches", "branches"),
        ("graph", "graph"),
    ];
    for (command, key) in lists {
        let all = &ask(key, &[command], 0)[key];
        assert!(all.as_array().is_some_and(|it| !it.is_empty()), "{command}");
    }
    let new = tempfile::tempdir().unwrap();
    fits("written", &document(new.path(), &["init"], 0));
}

#[test]
fn what_was_found_is_what_its_schema_says() {
    let folder = project();
    let path = folder.path();
    let wrong = "revision 'a'; down_revision none;\nupgrade { create table x (a int, a int); }\ndowngrade { drop table y; }\n";
    write(&folder, "revisions/a.rev", wrong);
    fits("diagnostics", &document(path, &["check"], 1));
    // More than anybody reads.
    let mut many = "revision 'a'; down_revision none;\nupgrade {\n".to_owned();
    many.extend((0..1_100).map(|it| format!("drop tabel t{it};\n")));
    write(&folder, "revisions/a.rev", many + "}\n");
    let document_of_many = document(path, &["check"], 1);
    assert_eq!(document_of_many["more"], json!(100));
    let mut short = document_of_many;
    short["diagnostics"].as_array_mut().unwrap().truncate(1);
    fits("diagnostics", &short);
    write(
        &folder,
        "revisions/a.rev",
        "revision 'a'; down_revision none; upgrade { create table аb (x int); }\n",
    );
    let warned = document(path, &["check"], 0);
    assert_eq!(warned["diagnostics"][0]["severity"], "warning");
    fits("diagnostics", &warned);

    let folder = released();
    let path = folder.path();
    run(path, &["release", "1.1.0", "--seal"]).ok();
    run(path, &["bundle", "1.1.0"]).ok();
    run(path, &["bundle", "1.2.0", "--from", "base"]).ok();
    fits("releases", &document(path, &["release"], 0));
    fits("verify", &document(path, &["verify", "--all"], 0));
    write(&folder, "limbeck.yaml", "minimum_server: 16\nrole: app\n");
    let releases = document(path, &["release"], 0);
    assert_eq!(releases["releases"][1]["options"][1]["sealed"], Value::Null);
    fits("releases", &releases);
    let notes = read(&folder, "release-notes/1.0.0.md");
    let withdrawn = notes.replace("head:", "withdrawn: bad\nhead:");
    write(&folder, "release-notes/1.0.0.md", withdrawn);
    write(&folder, "out/1.1.0/NOTES.md", "mine\n");
    write(&folder, "out/1.1.0/more", "");
    write(&folder, "out/stray", "");
    fs::remove_file(path.join("out/1.1.0/verify.sql")).unwrap();
    write(
        &folder,
        "revisions/b.rev",
        B.replace("default true", "default false"),
    );
    let verified = document(path, &["verify", "--all"], 3);
    assert_eq!(verified["strays"], json!(["stray"]));
    assert_eq!(verified["releases"][1]["outcome"], "differs");
    fits("verify", &verified);
}

/// Those that need a server are tried where one is: here, in the forms that they may have.
#[test]
fn documents_of_servers_have_their_schemas() {
    let claims = json!([
        {"about": "revision a", "claim": "it runs", "outcome": "proved"},
        {"about": "revision a", "claim": "it comes back", "outcome": "failed", "why": "one\ntwo"},
        {"about": "revision b", "claim": "it runs", "outcome": "not-proved", "why": ""},
    ]);
    let servers = json!([{"version": "15.18", "claims": claims}]);
    fits("prove", &json!({"servers": servers}));
    let anchor = format!("blake3:{}", "0".repeat(64));
    let proof = json!({"format": 1, "release": "1.1.0", "bundle": anchor, "servers": servers});
    fits("proof", &proof);
    let check = |name: &str, it: &Value| faults(&schema(name), it, &schema(name), "");
    for (pointer, value) in [
        ("/format", json!(2)),
        ("/bundle", json!("blake3:0")),
        ("/release", json!("1")),
        ("/servers/0/claims/0/why", json!("x")),
        ("/servers/0/claims/1/outcome", json!("proved")),
        ("/servers/0/claims/1/outcome", json!("maybe")),
    ] {
        let mut wrong = proof.clone();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        wrong.pointer_mut(parent).unwrap()[key] = value;
        assert!(!check("proof", &wrong).is_empty(), "{pointer}");
    }
    // The proofs of the sample were written by the program.
    let out = Path::new(env!("CARGO_MANIFEST_DIR")).join("out");
    let mut count = 0;
    for entry in fs::read_dir(out).unwrap() {
        let Ok(text) = fs::read(entry.unwrap().path().join("proof.json")) else {
            continue;
        };
        let proof: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(check("proof", &proof), Vec::<String>::new());
        let answer = json!({"servers": proof["servers"]});
        assert_eq!(check("prove", &answer), Vec::<String>::new());
        count += 1;
    }
    assert!(count > 2, "{count}");
    let drift = json!({
        "server": "15.18", "rows": ["a"], "at": ["a"], "remarks": ["x"], "excused": true, "not_compared": ["other"],
        "differences": [{"object": "table x", "part": "", "what": "", "expected": null, "found": "there"}],
    });
    fits("drift", &drift);
}

#[test]
fn each_schema_is_one_and_is_published() {
    let page = read_root("docs/src/json.md");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report/schema");
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    let listed: Vec<String> = SCHEMAS
        .iter()
        .map(|it| format!("{}.schema.json", it.0))
        .collect();
    assert_eq!(names, listed);
    for (name, text) in SCHEMAS {
        let schema: Value = serde_json::from_str(text).unwrap();
        assert_eq!(schema["$id"], format!("urn:limbeck:{name}:1"));
        assert_eq!(
            schema["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
        contains(
            &page,
            &format!("../../src/report/schema/{name}.schema.json"),
        );
        // No definition is left over.
        for key in schema["$defs"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|it| it.0)
        {
            contains(text, &format!("\"#/$defs/{key}\""));
        }
    }
}

fn read_root(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn a_revision_is_shown_with_its_sql_both_ways() {
    let folder = project();
    let path = folder.path();
    for (name, text) in [("a", A), ("b", B), ("c", C)] {
        write(&folder, &format!("revisions/{name}.rev"), text);
    }
    let last = "revision 'd';\ndown_revision 'c';\nmessage 'gone';\nupgrade { drop table users; }\ndowngrade irreversible 'the rows are gone';\n";
    write(&folder, "revisions/d.rev", last);
    write(
        &folder,
        "revisions/e.rev",
        "revision 'e';\ndown_revision 'c';\nupgrade { create table e (x int); }\ndowngrade { drop table e; }\n",
    );
    write(
        &folder,
        "revisions/m.rev",
        "revision 'm';\ndown_revision 'd', 'e';\nupgrade { }\n",
    );
    insta::assert_snapshot!(
        "shown",
        ["a", "b", "c", "d", "e", "m"]
            .map(|it| run(path, &["show", it]).ok())
            .join("\n=====\n\n")
    );
    let show = |name: &str| {
        let shown = document(path, &["show", name], 0);
        fits("show", &shown);
        shown
    };
    let b = show("b");
    assert_eq!(b["fidelity"], json!(["exact"]));
    assert_eq!(show("c")["fidelity"], json!(["loses data"]));
    assert_eq!(
        (&b["written"], &b["irreversible"]),
        (&json!(false), &Value::Null)
    );
    let kinds = |way: &Value| -> Vec<String> {
        let parts = way.as_array().unwrap().iter();
        parts
            .map(|it| it["kind"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        kinds(&b["upgrade"]),
        ["transaction", "alone", "transaction"]
    );
    assert_eq!(
        b["upgrade"][1]["statements"],
        json!(["create index concurrently ix_users on users (email);"])
    );
    let d = show("d");
    assert_eq!(d["irreversible"], "the rows are gone");
    assert_eq!(
        (&d["fidelity"], &d["downgrade"]),
        (&json!(["irreversible"]), &json!([]))
    );
    let e = show("e");
    assert_eq!(
        (&e["written"], &e["fidelity"]),
        (&json!(true), &json!(["exact"]))
    );
    let m = show("m");
    assert_eq!((&m["upgrade"], &m["downgrade"]), (&json!([]), &json!([])));
    // What comes later may be wrong; what is below may not.
    write(&folder, "revisions/c.rev", C.replace("note", "nope"));
    contains(
        &run(path, &["show", "b"]).ok(),
        "-- downgrade, derived: exact\n",
    );
    contains(&run(path, &["show", "e"]).fails(1), "error[unknown-column]");
}
