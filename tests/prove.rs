//! What `limbeck prove` says can be believed: sound histories are proved, and faults of every kind are found.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use limbeck::bundle::proof::{Claim, Outcome};
use limbeck::compile::{self, Compiled};
use limbeck::config::Config;
use limbeck::lower::{Act, Lowered, Statement};
use limbeck::operation::RawStatement;
use limbeck::prove::{Proved, Request, Rights, Server, Stop, Trials, prove};
use limbeck::replay::Wanted;
use limbeck::script::pack::{Pack, Undo};
use limbeck::source::Sources;
use rayon::prelude::*;

use crate::pack::Project;
use crate::psql::Case;

/// One cluster for all tests.
pub(crate) fn server() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(|| {
        Server::start(&crate::server::found(), Rights::Owner).expect("the server starts")
    })
}

/// One where SQL of revisions runs as a superuser.
fn server_of_superuser() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(|| {
        Server::start(&crate::server::found(), Rights::Superuser).expect("the server starts")
    })
}

pub(crate) fn compiled(sources: &Sources) -> Compiled {
    compile::compile(sources, &Config::default(), Wanted::Everything)
        .unwrap_or_else(|it| panic!("{it:#?}"))
}

pub(crate) fn tried(
    sources: &Sources,
    compiled: &Compiled,
    packs: &[Pack],
    trials: Trials,
) -> Proved {
    believed(trial_on(server(), sources, compiled, packs, trials))
}

fn believed(proved: Result<Proved, Stop>) -> Proved {
    match proved {
        Ok(proved) => proved,
        Err(Stop::Server(fault)) => panic!("{fault}: {}", fault.help),
        Err(Stop::History(diagnostics)) => panic!("{diagnostics:#?}"),
    }
}

pub(crate) fn trial_on(
    server: &Server,
    sources: &Sources,
    compiled: &Compiled,
    packs: &[Pack],
    trials: Trials,
) -> Result<Proved, Stop> {
    let subject = Request {
        sources,
        config: &Config::default(),
        compiled,
        before: Vec::new(),
        // Releases are tried by themselves.
        revisions: match packs {
            [] => compiled.graph.order().to_vec(),
            _ => Vec::new(),
        },
        packs,
        trials,
    };
    prove(&subject, server, &|_| ())
}

/// What does not hold, claim by claim.
pub(crate) fn faults(proved: &Proved) -> Vec<String> {
    let lines = proved.claims().filter_map(|it| match &it.outcome {
        Outcome::Failed { why } => Some(format!("{}: {}\n{why}", it.about, it.claim)),
        Outcome::Proved | Outcome::NotProved { .. } => None,
    });
    lines.collect()
}

pub(crate) fn of_case(text: &str) -> Proved {
    let sources = Case::parse("case", text).sources;
    tried(&sources, &compiled(&sources), &[], Trials::All)
}

/// The same where SQL may make what only a superuser makes.
pub(crate) fn of_case_as_superuser(text: &str) -> Proved {
    let sources = Case::parse("case", text).sources;
    let proved = trial_on(
        server_of_superuser(),
        &sources,
        &compiled(&sources),
        &[],
        Trials::All,
    );
    believed(proved)
}

#[track_caller]
pub(crate) fn fails(text: &str, parts: &[&str]) {
    let told = faults(&of_case(text)).join("\n");
    for part in parts {
        assert!(told.contains(part), "{part:?} is not in:\n{told}");
    }
}

const SMALL: &str = "--- a.rev ---
revision 'a'; down_revision none;
upgrade {
  create type state as enum ('new', 'old');
  create table people (
    id integer generated always as identity primary key,
    name varchar(20) not null default 'x',
    state state not null default 'new',
    price numeric(8, 2) check (price > 0)
  );
  create index people_name on people (lower(name)) where price > 1;
}
--- b.rev ---
revision 'b'; down_revision 'a';
upgrade {
  alter table people add column born date default '2020-01-01', alter column name type text;
  alter type state add value 'gone' after 'new';
  create table orders (id integer primary key, person integer references people (id) on delete cascade);
  comment on column people.name is 'full';
}
--- c.rev ---
revision 'c'; down_revision 'b';
upgrade {
  alter table people rename column price to cost;
  alter table orders rename to purchases;
  drop index people_name;
  data { update people set cost = cost + 1; } reverse { update people set cost = cost - 1; }
}
";

/// The small project and its release of everything.
fn small() -> (Sources, Project) {
    let sources = Case::parse("small", SMALL).sources;
    let texts: Vec<&str> = sources.iter().map(|it| it.1.text.as_str()).collect();
    let project = Project::new(texts).release("1.0.0", "base", "c");
    (sources, project)
}

/// The statements of a release, of its upgrade and of its rollback.
fn statements(pack: &mut Pack) -> Vec<&mut Vec<Statement>> {
    let mut all = Vec::new();
    for step in &mut pack.steps {
        let back: Vec<&mut Lowered> = match &mut step.downgrade {
            Undo::Parts(parts) => parts.iter_mut().flatten().collect(),
            Undo::Written { back, .. } => back.iter_mut().collect(),
            Undo::Irreversible(_) => Vec::new(),
        };
        let lowered = step.upgrade.iter_mut().chain(back);
        all.extend(
            lowered
                .filter(|it| !it.operation().is_some_and(|it| it.is_opaque()))
                .map(|it| &mut it.statements),
        );
    }
    all
}

/// The statements that nobody misses when `spoil` has changed them, among each so many-th of those that it changes.
fn missed(step: usize, spoil: impl Fn(&mut Vec<Statement>) -> bool + Sync) -> (usize, Vec<String>) {
    let (sources, project) = small();
    let compiled = compiled(&sources);
    let count = statements(&mut project.pack("1.0.0")).len();
    let tries: Vec<Option<String>> = (0..count)
        .into_par_iter()
        .step_by(step)
        .filter_map(|at| {
            let mut pack = project.pack("1.0.0");
            let statements = statements(&mut pack).swap_remove(at);
            let texts: Vec<_> = statements.iter().map(|it| it.sql("public")).collect();
            let sql = texts.join("; ");
            if !spoil(statements) {
                return None;
            }
            let tried = |trials| tried(&sources, &compiled, std::slice::from_ref(&pack), trials);
            let is_found = !faults(&tried(Trials::Undisturbed)).is_empty()
                || !faults(&tried(Trials::All)).is_empty();
            Some((!is_found).then_some(sql))
        })
        .collect();
    (tries.len(), tries.into_iter().flatten().collect())
}

#[test]
fn a_sound_release_is_proved() {
    let (sources, project) = small();
    let proved = tried(
        &sources,
        &compiled(&sources),
        &[project.pack("1.0.0")],
        Trials::All,
    );
    assert_eq!(faults(&proved), Vec::<String>::new());
    assert!(
        proved.claims().all(|it| it.outcome == Outcome::Proved),
        "{proved:#?}"
    );
}

#[test]
fn some_statements_that_are_left_out_are_missed() {
    let (count, missed) = left_out(4);
    assert!(count > 4, "{count}");
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
#[ignore = "deep: 20 releases; fast: some_statements_that_are_left_out_are_missed"]
fn every_statement_that_is_left_out_is_missed() {
    let (count, missed) = left_out(1);
    assert!(count > 16, "{count}");
    // The way back drops the table right after its index.
    let (equal, missed): (Vec<String>, Vec<String>) = missed
        .into_iter()
        .partition(|it| it.contains("drop index people_name"));
    assert_eq!(equal.len(), 1);
    assert!(missed.is_empty(), "{missed:#?}");
}

fn left_out(step: usize) -> (usize, Vec<String>) {
    missed(step, |statements| {
        !statements.is_empty() && !statements.remove(0).sql("public").is_empty()
    })
}

/// What stands in the SQL, and what is written in its place.
const SLIPS: &[(&str, &str)] = &[
    ("varchar(20)", "varchar(21)"),
    ("character varying(20)", "character varying(19)"),
    ("not null default 'x'", "default 'x'"),
    ("default 'x'", "default 'y'"),
    ("> 0", ">= 0"),
    ("always", "by default"),
    ("'new', 'old'", "'old', 'new'"),
    ("numeric(8, 2)", "numeric(9, 2)"),
    ("numeric(8,2)", "numeric(9,2)"),
    ("lower(name)", "upper(name)"),
    ("price > 1", "price > 2"),
    ("'2020-01-01'", "'2020-01-02'"),
    ("after 'new'", "after 'old'"),
    ("cascade", "set null"),
    ("'full'", "'empty'"),
    ("price to cost", "price to price2"),
    ("cost to price", "cost to price2"),
    ("people_name", "people_names"),
];

#[test]
fn some_slips_of_the_pen_are_found() {
    assert!(find_slips(&SLIPS[1..2]) > 0);
}

#[test]
#[ignore = "deep: 35 releases; fast: some_slips_of_the_pen_are_found"]
fn every_slip_of_the_pen_is_found() {
    let all = find_slips(SLIPS);
    assert!(all > SLIPS.len(), "{all}");
}

/// How many statements are misspelt, each of which must be found.
fn find_slips(slips: &[(&str, &str)]) -> usize {
    let mut all = 0;
    for (from, to) in slips {
        let (count, missed) = missed(1, |statements| {
            let mut is_changed = false;
            for it in statements {
                let text = it.sql("public").replace(from, to);
                if text != it.sql("public") {
                    is_changed = true;
                    let facts = Arc::default();
                    (it.act, it.only) = (
                        Act::Raw(RawStatement {
                            text,
                            facts,
                            known: Vec::new(),
                        }),
                        None,
                    );
                }
            }
            is_changed
        });
        all += count;
        assert!(missed.is_empty(), "{from}: {missed:#?}");
    }
    all
}

#[test]
fn rows_tell_whether_a_way_back_keeps_them() {
    fails(
        "--- a.rev ---
revision 'a'; down_revision none; upgrade { create table t (a integer not null); }
--- b.rev ---
revision 'b'; down_revision 'a'; upgrade { data { update t set a = a / 2; } reverse { update t set a = a * 2; } }
",
        &["revision b", "rows differ from before the upgrade"],
    );
    fails(
        "revision 'a'; down_revision none; upgrade { create table t (a integer not null); data { insert into t values (1 / 0); } reverse { } }",
        &["revision a", "ERROR:  22012: division by zero"],
    );
}

#[test]
fn a_way_back_that_leaves_rows_alone_is_not_said_to_be_proved() {
    let proved = of_case(
        "--- a.rev ---
revision 'a'; down_revision none; upgrade { create table t (a integer not null); }
--- b.rev ---
revision 'b'; down_revision 'a'; upgrade { data { update t set a = 0; } reverse { } }
",
    );
    assert_eq!(faults(&proved), Vec::<String>::new());
    let is_told = proved.claims().any(|it| {
        it.about == "revision b"
            && matches!(&it.outcome, Outcome::NotProved { why } if why.contains("rows differ from before the upgrade"))
    });
    assert!(is_told, "{proved:#?}");
}

#[test]
fn branches_that_hang_on_their_order_are_found() {
    let branch = |id: &str| {
        format!(
            "--- {id}.rev ---\nrevision '{id}'; down_revision 'a'; upgrade {{ sql {{ do $$ begin execute 'comment on table t is ''{id}'''; end $$; }} reverse {{ comment on table t is null; }} }}\n"
        )
    };
    let text = format!(
        "--- a.rev ---\nrevision 'a'; down_revision none; upgrade {{ create table t (a integer); }}\n{}{}--- d.rev ---\nrevision 'd'; down_revision 'b', 'c'; upgrade {{ }}\n",
        branch("b"),
        branch("c")
    );
    fails(&text, &["merge d", "unlike in the first order"]);
}

#[test]
fn what_is_not_tried_is_not_said_to_be_proved() {
    let proved = of_case(
        "--- a.rev ---
revision 'a'; down_revision none; upgrade { create table t (a integer); }
--- b.rev ---
revision 'b'; down_revision 'a'; upgrade { alter table t alter column a set not null; }
--- c.rev ---
revision 'c'; down_revision 'b'; upgrade { sql { create view v as select 1 as one; } reverse { do $$ begin end $$; } }
--- d.rev ---
revision 'd'; down_revision 'c'; upgrade { create table u (a integer); }
",
    );
    let of =
        |about: &str| -> Vec<&Claim> { proved.claims().filter(|it| it.about == about).collect() };
    let words: BTreeSet<&str> = of("revision d")
        .into_iter()
        .map(|it| match &it.outcome {
            Outcome::NotProved { why } => why.as_str(),
            Outcome::Proved => "proved",
            Outcome::Failed { .. } => "failed",
        })
        .collect();
    assert_eq!(words, ["revision c, which runs earlier, failed"].into());
    let stopped = of("revision b").into_iter().any(|it| {
        matches!(&it.outcome, Outcome::NotProved { why } if why.contains("fails on some rows") && why.contains("contains null values"))
    });
    assert!(stopped, "{:#?}", of("revision b"));
}
