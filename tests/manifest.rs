//! Manifests are what their schema says, and the schema says no more than what they are.
#![expect(clippy::disallowed_methods, reason = "the tests play the user's part")]

use std::fs;

use limbeck::bundle::manifest::{self, SCHEMA};
use serde_json::{Value, json};

use crate::bundle::{names, released};
use crate::cli::{contains, project, read, run, write};

/// What is wrong with `value`, one line for each mistake. Refuses every keyword that it does not know.
pub(crate) fn faults(schema: &Value, value: &Value, root: &Value, path: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut tell = |what: String| faults.push(format!("{path}: {what}"));
    let text = value.as_str();
    let list = value.as_array();
    let object = value.as_object();
    let size = |it: &Value| usize::try_from(it.as_u64().unwrap()).unwrap();
    let mut deeper = Vec::new();
    for (keyword, rule) in schema.as_object().expect("a schema is an object") {
        match keyword.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" => {}
            "$ref" => {
                let pointer = rule.as_str().unwrap().strip_prefix('#').unwrap();
                let schema = root.pointer(pointer).expect("a reference leads somewhere");
                deeper.extend(self::faults(schema, value, root, path));
            }
            "type" => {
                let is = match rule.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "integer" => value.is_i64() || value.is_u64(),
                    "boolean" => value.is_boolean(),
                    "null" => value.is_null(),
                    other => panic!("{other} is no type"),
                };
                if !is {
                    tell(format!("{value} is no {rule}"));
                }
            }
            "const" if rule != value => tell(format!("{value} is not {rule}")),
            "enum" if !rule.as_array().unwrap().contains(value) => {
                tell(format!("{value} is none of {rule}"));
            }
            "const" | "enum" => {}
            "anyOf" => {
                let mut any = rule.as_array().unwrap().iter();
                if !any.any(|it| self::faults(it, value, root, path).is_empty()) {
                    tell(format!("{value} is none of {rule}"));
                }
            }
            "pattern" => {
                let pattern = regex_lite::Regex::new(rule.as_str().unwrap()).unwrap();
                if text.is_some_and(|it| !pattern.is_match(it)) {
                    tell(format!("{value} does not match {rule}"));
                }
            }
            "minLength" if text.is_some_and(|it| it.chars().count() < size(rule)) => {
                tell("too short".to_owned());
            }
            "maxLength" if text.is_some_and(|it| it.chars().count() > size(rule)) => {
                tell("too long".to_owned());
            }
            "minItems" if list.is_some_and(|it| it.len() < size(rule)) => {
                tell("too few".to_owned());
            }
            "minimum" if value.as_i64() < rule.as_i64() => tell("too small".to_owned()),
            "minLength" | "maxLength" | "minItems" | "minimum" => {}
            "uniqueItems" => {
                let all = list.map(Vec::as_slice).unwrap_or_default();
                if (1..all.len()).any(|it| all[..it].contains(&all[it])) {
                    tell("the same twice".to_owned());
                }
            }
            "items" => {
                for (number, it) in list.into_iter().flatten().enumerate() {
                    deeper.extend(self::faults(rule, it, root, &format!("{path}/{number}")));
                }
            }
            "required" => {
                for name in rule.as_array().unwrap() {
                    if object.is_some_and(|it| !it.contains_key(name.as_str().unwrap())) {
                        tell(format!("{name} is missing"));
                    }
                }
            }
            "properties" => {
                for (name, it) in object.into_iter().flatten() {
                    if let Some(rule) = rule.get(name) {
                        deeper.extend(self::faults(rule, it, root, &format!("{path}/{name}")));
                    }
                }
            }
            "additionalProperties" => {
                assert_eq!(*rule, json!(false), "only this is read");
                for name in object.into_iter().flatten().map(|it| it.0) {
                    if schema["properties"].get(name).is_none() {
                        tell(format!("there is no {name}"));
                    }
                }
            }
            other => panic!("{other} is no keyword that this reads"),
        }
    }
    faults.extend(deeper);
    faults
}

fn check(manifest: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    faults(&schema, manifest, &schema, "")
}

/// The keys of every object stand in their order, and the text is as `serde_json` prints it.
fn is_canonical(text: &str) -> bool {
    let value: Value = serde_json::from_str(text).unwrap();
    let mut sorted = value.clone();
    sorted.sort_all_objects();
    text == format!("{}\n", serde_json::to_string_pretty(&sorted).unwrap())
}

#[test]
fn every_manifest_is_what_the_schema_says() {
    let sample = project();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/revisions");
    for entry in fs::read_dir(root).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        fs::copy(entry.path(), sample.path().join("revisions").join(name)).unwrap();
    }
    run(
        sample.path(),
        &["release", "1.0.0-rc.1", "--head", "7f71d8f421e3"],
    )
    .ok();
    run(sample.path(), &["release", "1.0.0+build.5", "--seal"]).ok();
    run(sample.path(), &["release", "1.0.1"]).ok();

    let small = released();
    let last = "revision 'd'; down_revision 'c'; upgrade { drop table users; } downgrade irreversible 'gone';\n";
    write(&small, "revisions/d.rev", last);
    write(
        &small,
        "limbeck.yaml",
        "schema: app\nminimum_server: 16\nversion_table_schema: meta\n",
    );
    run(small.path(), &["release", "2.0.0", "--from", "base"]).ok();

    let mut count = 0;
    for folder in [sample, small] {
        run(folder.path(), &["bundle", "--all"]).ok();
        for name in names(&folder, "out") {
            let text = read(&folder, &format!("out/{name}/manifest.json"));
            let value: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(check(&value), Vec::<String>::new(), "{name}");
            assert!(is_canonical(&text), "{text}");
            assert_eq!(value["release"], name.as_str());
            for (file, entry) in value["files"].as_object().unwrap() {
                let bytes = fs::read(folder.path().join(format!("out/{name}/{file}"))).unwrap();
                let expected = serde_json::to_value(manifest::File::of(&bytes)).unwrap();
                assert_eq!(*entry, expected, "{file}");
            }
            count += 1;
        }
    }
    assert_eq!(count, 7);
}

#[test]
fn the_schema_refuses_anything_else() {
    let folder = released();
    run(folder.path(), &["bundle", "1.1.0"]).ok();
    let text = read(&folder, "out/1.1.0/manifest.json");
    let manifest: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(check(&manifest), Vec::<String>::new());
    for (pointer, value) in [
        ("/format", json!(2)),
        ("/digest", json!("lb1:12")),
        ("/digest", json!(format!("lb2:{}", "0".repeat(64)))),
        ("/seal", json!("")),
        ("/from", json!([])),
        ("/from/0/name", json!("base2")),
        ("/to/revision", json!("x".repeat(33))),
        ("/tool/version", json!("1.0")),
        ("/release", json!("01.0.0")),
        ("/steps/0/fidelity", json!([])),
        ("/steps/0/fidelity", json!(["exact", "exact"])),
        ("/steps/0/fidelity/0", json!("good")),
        ("/steps/0/upgrade/0/kind", json!("both")),
        ("/steps/0/data", json!("yes")),
        ("/files/NOTES.md/sha256", json!("0".repeat(63))),
        ("/files/NOTES.md/size", json!(-1)),
        ("/minimum_server", json!(1.5)),
        ("/schema", json!("")),
    ] {
        let mut wrong = manifest.clone();
        *wrong.pointer_mut(pointer).unwrap() = value;
        let faults = check(&wrong).join("\n");
        contains(&faults, pointer);
    }
    // No object takes another key, and none can do without one of its own.
    let mut pointers = vec![String::new()];
    while let Some(pointer) = pointers.pop() {
        let value = manifest.pointer(&pointer).unwrap();
        if let Some(list) = value.as_array() {
            pointers.extend((0..list.len()).map(|it| format!("{pointer}/{it}")));
        }
        for name in value.as_object().into_iter().flatten().map(|it| it.0) {
            pointers.push(format!("{pointer}/{name}"));
            let mut less = manifest.clone();
            let object = less.pointer_mut(&pointer).unwrap().as_object_mut().unwrap();
            object.remove(name);
            contains(&check(&less).join("\n"), &format!("\"{name}\" is missing"));
            let mut more = manifest.clone();
            more.pointer_mut(&pointer).unwrap()["stranger"] = json!(1);
            contains(&check(&more).join("\n"), "there is no stranger");
            let read = manifest::Manifest::read(more.to_string().as_bytes());
            assert_eq!(read, None, "{pointer}");
        }
    }
}

#[test]
fn a_manifest_says_what_will_run() {
    let folder = released();
    run(folder.path(), &["bundle", "1.1.0"]).ok();
    let text = read(&folder, "out/1.1.0/manifest.json");
    let mut manifest: Value = serde_json::from_str(&text).unwrap();
    // The scripts are not this test's business.
    for (_, entry) in manifest["files"].as_object_mut().unwrap() {
        *entry = json!("[SUMS]");
    }
    manifest["tool"]["version"] = json!("[VERSION]");
    insta::assert_snapshot!("manifest", serde_json::to_string_pretty(&manifest).unwrap());
}
