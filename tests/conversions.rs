//! Changes of type on a server, from each type to each: what a rollback says of the values is so.

use std::fmt::Write as _;

use limbeck::inverse::{Fidelity, Loss};
use limbeck::prove::rows::{Targets, fill};
use limbeck::replay::{Wanted, WayBack};
use limbeck::sql_type::catalog::BUILTIN_TYPES;
use rayon::prelude::*;

use crate::psql::Case;
use crate::server::{Database, Server};

/// Types with modifiers, beside those without.
const MODIFIED: [&str; 14] = [
    "varchar(5)",
    "varchar(40)",
    "character(5)",
    "character(40)",
    "bit(3)",
    "bit(8)",
    "bit varying(5)",
    "numeric(6,2)",
    "numeric(20,6)",
    "timestamp(0)",
    "timestamp(3)",
    "time(0)",
    "interval(0)",
    "timestamptz(0)",
];

/// Types that nobody changes a column to, or that are as others are.
const SELDOM: [&str; 20] = [
    "aclitem",
    "cid",
    "datemultirange",
    "daterange",
    "gtsvector",
    "int2vector",
    "int8multirange",
    "int8range",
    "nummultirange",
    "oidvector",
    "refcursor",
    "tid",
    "tsmultirange",
    "tsrange",
    "tstzmultirange",
    "txid_snapshot",
    "xid",
    "xid8",
    "jsonpath",
    "tstzrange",
];

/// Types with more values than could be tried.
const MANY: [&str; 10] = [
    "text",
    "character varying",
    "varchar(5)",
    "varchar(40)",
    "character",
    "character(5)",
    "character(40)",
    "name",
    "json",
    "xml",
];

/// Changes of values that the ones tried do not show: of places behind the point, and of zones.
const SELDOM_SEEN: [(&str, &str); 5] = [
    ("box", "circle"),
    ("integer", "\"char\""),
    ("timestamp without time zone", "timestamp(3)"),
    ("time with time zone", "time without time zone"),
    ("numeric(6,2)", "money"),
];

/// Texts that are values of many types, in other forms than PostgreSQL writes.
const TEXTS: &str = "'7', '007', ' 7 ', '7.50', '1e3', 'a', 'a ', 'a  ', ' a', 'ab      ', '      ', '', 'T', 'yes', 'true', '0', '1', '11111', '101', '\\x41', '{\"b\": 1, \"a\":2}', '[1, 2]', 'null', '2024-02-03', '2024-02-03 04:05:06.789', '2024-2-3', '04:05:06.789', '1 day', '25:00', 'A0EEBC999C0B4EF8BB6D6BB9BD380A11', '10.0.0.1', '10.0.0.0/8', '08:00:2b:01:02:03', '08002b010203', '(1,2)', '1,2', '(1.0,2)', '((1,1),(0,0))', '[(0,0),(1,1),(1,0)]', '<(0,0),1>', '{1,2}', '{ 1, 2}', '[1,3)', '[1, 2]', '{[1,2]}', '$1.00', '1 2', 'x y', '''b'' ''a''', '0/1', '<a/>', '16385', '65'";

/// Runs there and back with one value at a time, and gives those that came back as others, and how many failed on their
/// way back.
const TRIED: &str = "
create function tried(source text, there text, back text, out changed text, out failed text, out count integer) language plpgsql as $$
declare held text; found text; asked text;
begin
  count := 0;
  for held in execute format('select v::text from values_of(%L) as v', source) loop
    begin
      execute format('create temp table c (id integer, v %s) on commit drop', source);
      execute format('insert into c values (1, %L)', held);
      select row(v)::text into asked from c;
      begin
        execute there;
      exception when others then
        raise exception 'there' using errcode = 'LB001';
      end;
      count := count + 1;
      begin
        execute back;
        select row(v)::text into found from c;
        if found is distinct from asked then
          changed := coalesce(changed, asked || ' is ' || found);
        end if;
      exception when others then
        failed := coalesce(failed, asked || ': ' || sqlerrm);
      end;
      raise exception 'done' using errcode = 'LB001';
    exception when sqlstate 'LB001' then
      null;
    when others then
      null;
    end;
  end loop;
end $$;
create table v_of (source text, held text);
create function values_of(text) returns setof text language sql stable as 'select distinct held from v_of where source = $1 order by 1';
";

/// A database with values of each type.
fn prepared(types: &[String]) -> Database {
    let mut statements = String::new();
    for (at, it) in types.iter().enumerate() {
        let _ = writeln!(statements, "create table t{at} (a {it});");
    }
    let case = Case::parse(
        "values",
        &format!("revision 'a';\ndown_revision none;\nupgrade {{\n{statements}\n}}\n"),
    );
    let schema = case.compile(Wanted::Nothing).unwrap().replayed.schema;
    let database = Server::shared().database();
    database.run(&statements);
    database.run(&fill(&schema, &Targets::even(&schema, 12)));
    let mut script = TRIED.to_owned();
    for (at, it) in types.iter().enumerate() {
        let _ = writeln!(
            script,
            "do $$ declare it text; begin
  insert into v_of select '{it}', format('%s', a) from t{at} where a is not null;
  foreach it in array array[{TEXTS}] loop
    begin insert into v_of select '{it}', format('%s', (it::{it})); exception when others then null; end;
  end loop;
end $$;"
        );
    }
    database.run(&script);
    database
}

/// What limbeck writes for the change of type, and claims of its way back; none where it refuses.
fn change(from: &str, to: &str) -> Option<(String, String, Fidelity)> {
    let of = |using: &str| {
        let text = format!(
            "--- a.rev ---\nrevision 'a'; down_revision none; upgrade {{ create table c (id integer, v {from}); }}\n--- b.rev ---\nrevision 'b'; down_revision 'a'; upgrade {{ alter table c alter column v type {to}{using}; }}\n"
        );
        Case::parse("change", &text)
            .compile(Wanted::Everything)
            .ok()
    };
    let compiled = of("").or_else(|| of(&format!(" using v::{to}")))?;
    let revised = compiled.replayed.revisions.last()?;
    if matches!(revised.downgrade, WayBack::Irreversible(_)) {
        return None;
    }
    let sql = |all: &[limbeck::lower::Lowered]| {
        let all = all.iter().flat_map(|it| &it.statements);
        let all: Vec<_> = all.map(|it| it.sql("public")).collect();
        all.join(";\n")
    };
    let mut fidelity = Fidelity::default();
    for it in &revised.downgrade_sql {
        fidelity.add(&it.fidelity);
    }
    Some((
        sql(&revised.upgrade_sql),
        sql(&revised.downgrade_sql),
        fidelity,
    ))
}

#[test]
fn what_some_changes_of_type_say_of_the_values_is_so() {
    every(7);
}

#[test]
#[ignore = "deep: 5,000 changes; fast: what_some_changes_of_type_say_of_the_values_is_so"]
fn what_a_change_of_type_says_of_the_values_is_so() {
    every(1);
}

/// Tries each so many-th pair of types.
fn every(step: usize) {
    let version = Server::shared().version;
    let mut types: Vec<String> = BUILTIN_TYPES
        .iter()
        .filter(|it| it.is_column_type() && it.since <= version)
        .filter(|it| !it.name.starts_with("pg_") && !it.name.starts_with("reg"))
        .filter(|it| !SELDOM.contains(&it.name))
        .map(|it| it.display.to_owned())
        .collect();
    types.extend(MODIFIED.map(str::to_owned));
    let database = prepared(&types);
    let pairs: Vec<(&String, &String)> = types
        .iter()
        .flat_map(|from| types.iter().map(move |to| (from, to)))
        .filter(|it| it.0 != it.1)
        .step_by(step)
        .collect();
    let found: Vec<(usize, Vec<String>)> = pairs
        .par_chunks(100)
        .map(|pairs| {
            let mut wrong = Vec::new();
            let mut tried = 0;
            for (from, to) in pairs {
                let Some((there, back, fidelity)) = change(from, to) else {
                    continue;
                };
                let said = database.query(&format!(
                    "select count, coalesce(changed, ''), coalesce(failed, '') from tried('{from}', $there${there}$there$, $back${back}$back$)"
                ));
                let [count, changed, failed] = said.splitn(3, '|').collect::<Vec<_>>()[..] else {
                    panic!("{from} {to}: {said}");
                };
                tried += count.parse::<usize>().unwrap();
                let is_exact = !fidelity.has(Loss::ChangesValues);
                if is_exact && !changed.is_empty() {
                    wrong.push(format!("{from} -> {to} says {fidelity}: {changed}"));
                }
                let is_told = is_exact || MANY.contains(&from.as_str()) || to.as_str() == "name";
                if !is_told && changed.is_empty() && !SELDOM_SEEN.contains(&(from.as_str(), to.as_str())) {
                    wrong.push(format!("{from} -> {to} says {fidelity}: nothing of {count} changes"));
                }
                if !fidelity.has(Loss::MayFailOnRows) && !failed.is_empty() {
                    wrong.push(format!("{from} -> {to} says {fidelity}: fails on {failed}"));
                }
            }
            (tried, wrong)
        })
        .collect();
    let wrong: Vec<String> = found.iter().flat_map(|it| it.1.clone()).collect();
    let tried: usize = found.iter().map(|it| it.0).sum();
    assert!(wrong.is_empty(), "{tried}\n{}", wrong.join("\n"));
    assert!(tried > 5_000 / step, "{tried}");
}
