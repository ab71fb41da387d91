//! Ways back that their authors wrote in several parts, or for an upgrade of several parts.
#![expect(clippy::disallowed_methods, reason = "cases are files")]

use std::fs;

use limbeck::script::psql::{rollback, upgrade};

use crate::faults::ends;
use crate::pack::Project;
use crate::prove::{faults, of_case};
use crate::psql::Case;
use crate::server::{Database, Server};

fn read(name: &str) -> String {
    fs::read_to_string(format!("tests/cases/ok/{name}.rev")).unwrap()
}

#[test]
fn they_do_what_they_say() {
    for name in [
        "written-downgrade-of-parts",
        "written-downgrade-needs-all",
        "downgrade-concurrently",
    ] {
        let proved = of_case(&read(name));
        let faults = faults(&proved);
        assert!(faults.is_empty(), "{name}: {}", faults.join("\n"));
        assert!(proved.claims().count() > 2, "{name}");
    }
}

/// The rollbacks from wherever the upgrade of the last revision leaves it half done: how many lead back, and how many are refused
/// until the upgrade is finished.
fn back_from_half(name: &str, last: &str, before: &str) -> (usize, usize) {
    let sources = Case::parse(name, &read(name)).sources;
    let texts: Vec<&str> = sources.iter().map(|it| it.1.text.as_str()).collect();
    let project = Project::new(texts)
        .release("1.0.0", "base", before)
        .release("1.1.0", "1.0.0", last);
    let start = Server::shared().database();
    start.run(&upgrade(&project.pack("1.0.0")));
    let pack = project.pack("1.1.0");
    let (there, back) = (upgrade(&pack), rollback(&pack));
    let origin = start.dump();
    let copy = |it: &Database| it.server.copy(&it.name);
    let mut work = copy(&start);
    let noted = |it: &Database| {
        it.query("select case when to_regclass('limbeck_progress') is null then 'select null' else 'select revision, part, (select count(*) from pg_index) from limbeck_progress' end \\gexec")
    };
    let (mut led, mut refused, mut before) = (0, 0, String::new());
    for end in ends(&there) {
        work.apply(&[], &there[..end]);
        let now = noted(&work);
        if now.is_empty() || now == before {
            continue;
        }
        before.clone_from(&now);
        let half = work;
        work = copy(&half);
        let mut said = half.apply(&[], &back);
        if said.status.success() {
            led += 1;
        } else {
            assert_eq!(said.status.code(), Some(3), "{now}: {}", said.stderr);
            let told = [
                format!(
                    "the upgrade of revision {last} is half done, but its downgrade requires all of it"
                ),
                format!(
                    "run upgrade.sql of this bundle with -v to={last}, and then run this file again"
                ),
            ];
            assert!(
                told.iter().all(|it| said.stderr.contains(it)),
                "{}",
                said.stderr
            );
            assert_eq!(noted(&half), now, "a refusal changes nothing");
            refused += 1;
            let to = format!("to={last}");
            assert!(half.apply(&["-v", &to], &there).status.success());
            said = half.apply(&["-v", "accept_data_loss=1"], &back);
        }
        assert!(said.status.success(), "{now}: {}", said.stderr);
        assert_eq!(half.dump(), origin, "{now}");
    }
    (led, refused)
}

#[test]
fn they_lead_back_from_the_midst_where_they_can() {
    let (led, refused) = back_from_half("written-downgrade-of-parts", "c", "b");
    assert!(led > 2 && refused == 0, "{led} {refused}");
}

#[test]
fn they_wait_for_the_upgrade_where_they_cannot() {
    let (led, refused) = back_from_half("written-downgrade-needs-all", "b", "a");
    assert!(led > 0 && refused > 0, "{led} {refused}");
}
