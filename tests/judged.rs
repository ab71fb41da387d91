//! Small histories whose worst claim is known.

use std::fmt::Write as _;

use limbeck::bundle::proof::{Claim, Outcome};
use rayon::prelude::*;

use crate::prove::of_case;

/// Histories, and what comes of them: the outcome that is worst, and words of it.
const JUDGED: &[(&str, &str, &str)] = &[
    // A column that is added holds more than its default when the next revision comes.
    (
        "create table t (id integer primary key);
--- alter table t add column email text;
--- create unique index on t (email);",
        "not proved",
        "23505",
    ),
    (
        "create table t (id integer primary key);
--- alter table t add column n text;
--- alter table t alter column n type integer using n::integer;",
        "not proved",
        "22P02",
    ),
    (
        "create table t (id integer primary key);
--- alter table t add column email text;
--- data { update t set email = lower(email); } reverse { update t set email = email || '!'; }",
        "failed",
        "rows differ from before the upgrade",
    ),
    // What is lost in one place excuses nothing elsewhere.
    (
        "create table t (id integer primary key, v text); create table u (id integer primary key, m integer);
--- alter table u drop column m; data { update t set v = upper(v); } reverse { update t set v = 'ruined'; }",
        "failed",
        "v ruined",
    ),
    (
        "create table t (id integer primary key); create table keep (id integer primary key, n integer);
--- drop table t; } downgrade { create table t (id integer primary key); data { update keep set n = 0; }",
        "failed",
        "n 0",
    ),
    (
        "create table t (id integer primary key, v text);
--- alter table t rename column v to w; alter table t add column x text; } downgrade { alter table t drop column x; alter table t rename column w to v; data { update t set v = v || '!'; }",
        "failed",
        "!",
    ),
    // A table that stays empty shows nothing.
    (
        "create table d (id integer primary key, one integer not null references d, two integer not null references d);
--- alter table d add column x integer;",
        "not proved",
        "no row could be generated for d",
    ),
    // What the author asks of rows, rows that are made up need not answer.
    (
        "create table t (id integer primary key, v integer);
--- assert 'no v stands twice' (select not exists (select from t group by v having count(*) > 1)); create unique index on t (v);",
        "not proved",
        "no v stands twice",
    ),
    (
        "create table t (id integer primary key, v integer);
--- assert 'there must be rows' (select exists (select from t)); alter table t add column w integer;",
        "not proved",
        "`upgrade head` fails",
    ),
    (
        "create table t (id integer primary key, v integer);
--- sql { do $$ begin if exists (select from t where v is null) then raise 'v must not be null'; end if; end $$; } reverse { }",
        "not proved",
        "v must not be null",
    ),
    // Whether rows must come back, only the author knows.
    (
        "create table t (id integer primary key, s text);
--- sql declares (view v) { create view v as select s from t; } reverse { drop view v; } data { update t set s = lower(s) || 'x'; } reverse { }",
        "not proved",
        "rows differ from before the upgrade",
    ),
    // Roles are there, and what databases share is not touched.
    (
        "create table t (id integer primary key);
--- sql { grant select on t to app_reader; alter table t owner to \"App Owner\"; } reverse { revoke select on t from app_reader; alter table t owner to postgres; }",
        "proved",
        "",
    ),
    (
        "create table t (id integer primary key);
--- sql { create role app_writer; } reverse { drop role app_writer; }
--- create table u (id integer primary key);",
        "not proved",
        "all databases of a server share",
    ),
    // Rows leave with their partition.
    (
        "create table t (id integer not null) partition by range (id); create table p partition of t default;
--- alter table t detach partition p; alter table t add column n integer default 5;",
        "proved",
        "",
    ),
    // A sequence stands elsewhere afterwards, and nothing else is excused.
    (
        "create sequence s; create table t (id integer primary key, v text);
--- alter sequence s restart with 20; data { update t set v = v || '!'; } reverse { update t set v = v || '?'; }",
        "failed",
        "?",
    ),
    // Rows that the author's SQL speaks of are there.
    (
        "create table users (id integer primary key, status text not null default 'active');
--- data { update users set status = 'archived' where status in ('legacy', 'old'); } reverse { update users set status = 'legacy' where status = 'archived'; }",
        "failed",
        "rows differ from before the upgrade",
    ),
    (
        "create table users (id integer primary key, status text not null default 'active');
--- data { delete from users where status = 'spam'; } reverse { insert into users select 77, 'spam' where false; }",
        "failed",
        "rows differ from before the upgrade",
    ),
    // Rows that it puts in are not there before.
    (
        "create table roles (id integer primary key, name text not null);
--- data { insert into roles (id, name) values (1028, 'admin'); } reverse { delete from roles where id = 1028 and name = 'admin'; }
--- data { insert into roles values (1029, 'guest') on conflict (id) do nothing; } reverse { delete from roles where id = 1029 and name = 'guest'; }",
        "proved",
        "",
    ),
    // What stands in one row belongs together, also where a column goes.
    (
        "create table t (id integer primary key, v integer, w integer, x integer);
--- alter table t drop column x; data { update t set v = w, w = v; } reverse { update t set v = (select min(v) from t), w = (select max(w) from t); }",
        "failed",
        "rows differ from before the upgrade",
    ),
    (
        "create table t (id integer primary key, v integer, x integer);
--- alter table t drop column x; data { update t set v = v; } reverse { with other as (select id, lead(v, 1, first) over (order by id) as v from t, (select v as first from t order by id limit 1) as it) update t set v = other.v from other where other.id = t.id; }",
        "failed",
        "rows differ from before the upgrade",
    ),
    // What a column becomes of the same type, the author says.
    (
        "create table t (id integer primary key, a text, b boolean, c integer);
--- alter table t alter column a type text using nullif(a, '');
--- alter table t alter column b type boolean using c::boolean;",
        "proved",
        "",
    ),
    // SQL puts sequences elsewhere, too.
    (
        "create table t (id serial primary key, v text);
--- sql { select setval('t_id_seq', 500); } reverse { select setval('t_id_seq', 7); }",
        "failed",
        "t_id_seq is at",
    ),
    (
        "create table t (id serial primary key, v text);
--- sql { select setval('t_id_seq', 500); } reverse { }",
        "not proved",
        "t_id_seq is at",
    ),
    // Tables that only SQL makes have rows, too.
    (
        "sql { create table log (id integer primary key, note text); } reverse { drop table log; }
--- data { delete from log; } reverse { insert into log values (0, 'x'); }",
        "failed",
        "rows differ from before the upgrade",
    ),
    // What triggers do to rows is not held against a way back.
    (
        "create table t (id integer primary key, v integer, updated_at timestamptz); sql { create function touch() returns trigger language plpgsql as $$ begin new.updated_at = clock_timestamp(); return new; end $$; create trigger touch before update on t for each row execute function touch(); } reverse { drop trigger touch on t; drop function touch(); }
--- data { update t set v = v + 1; } reverse { update t set v = v - 1; }",
        "not proved",
        "they do not differ when triggers are disabled",
    ),
    (
        "create table t (id integer primary key, v integer, updated_at timestamptz); sql { create function touch() returns trigger language plpgsql as $$ begin new.updated_at = clock_timestamp(); return new; end $$; create trigger touch before update on t for each row execute function touch(); } reverse { drop trigger touch on t; drop function touch(); }
--- data { update t set v = v + 1; } reverse { update t set v = v - 2; }",
        "failed",
        "rows differ from before the upgrade",
    ),
    // What is made again takes nothing along but its own, and what stays is as its author left it.
    (
        "create table t (id integer primary key); create sequence s; sql { create function f() returns integer language sql as 'select 1'; grant select on t to app_reader; grant usage on sequence s to app_reader; } reverse { revoke usage on sequence s from app_reader; revoke select on t from app_reader; drop function if exists f(); }
--- drop sequence s; sql { drop function if exists f(); revoke select on t from app_reader; } reverse { }",
        "proved",
        "",
    ),
    // What a table loses, it loses with its row security.
    (
        "create table t (id integer primary key);
--- sql { alter table t enable row level security; } reverse { alter table t disable row level security; }
--- drop table t;",
        "proved",
        "",
    ),
];

#[test]
fn histories_are_judged_as_they_deserve() {
    let wrong: Vec<String> = JUDGED
        .par_iter()
        .filter_map(|(text, outcome, words)| {
            let mut before = "none".to_owned();
            let mut case = String::new();
            for (body, id) in text.split("--- ").zip('a'..) {
                let down = std::mem::replace(&mut before, format!("'{id}'"));
                let _ = writeln!(
                    case,
                    "--- {id}.rev ---\nrevision '{id}'; down_revision {down};\nupgrade {{ {body} }}"
                );
            }
            let proved = of_case(&case);
            let told = |it: &Claim| match &it.outcome {
                Outcome::Proved => None,
                Outcome::Failed { why } => Some(("failed", why.clone())),
                Outcome::NotProved { why } => Some(("not proved", why.clone())),
            };
            let all: Vec<(&str, String)> = proved.claims().filter_map(told).collect();
            let worst = all.iter().map(|it| it.0).min().unwrap_or("proved");
            let is_told = all.iter().any(|it| it.0 == worst && it.1.contains(words));
            let is_right = worst == *outcome && (is_told || worst == "proved");
            (!is_right).then(|| format!("{text}\n  is {worst}, not {outcome} {words}: {all:#?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
