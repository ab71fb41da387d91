//! A role that may not do what a release needs is told so before anything changes, by preflight.sql and upgrade.sql.

use limbeck::config::Config;
use limbeck::script::psql::{self, preflight};

use crate::psql::Case;
use crate::server::Server;
use crate::verify_sql::pack;

const BEFORE: &str = "--- a.rev ---
revision 'a';
down_revision none;
upgrade {
  create table t (id integer primary key, a integer);
  create type mood as enum ('ok');
  sql { create view v as select id, a from t; } reverse { drop view v; }
  sql { create materialized view m as select id from t; } reverse { drop materialized view m; }
  sql { create function f() returns integer language sql as 'select 1'; } reverse { drop function f(); }
}
--- b.rev ---
revision 'b';
down_revision 'a';
";

/// What the release says, what was done to the database, and the sentence.
const MISSING: [(&str, &str, &str); 7] = [
    (
        "sql { create or replace view v as select id, a, id as b from t; } reverse { drop view v; create view v as select id, a from t; }",
        "alter view v owner to OTHER;",
        "does not own every view that this release changes: public.v (",
    ),
    (
        "sql { drop materialized view m; } reverse { create materialized view m as select id from t; }",
        "alter materialized view m owner to OTHER;",
        "does not own every view that this release changes: public.m (",
    ),
    (
        "sql { create or replace function f() returns integer language sql as 'select 2'; } reverse { create or replace function f() returns integer language sql as 'select 1'; }",
        "alter function f() owner to OTHER;",
        "does not own every function that this release changes: public.f (",
    ),
    (
        "alter type mood add value 'bad';",
        "alter type mood owner to OTHER;",
        "does not own every type that this release changes: public.mood (",
    ),
    (
        "data { update t set a = 1; } reverse { }",
        "alter table t owner to OTHER; grant select, insert on t to ROLE;",
        "may not change rows of public.t",
    ),
    (
        "data { insert into t (id) values (1); } reverse { delete from t; }",
        "alter table t owner to OTHER; grant select on t to ROLE;",
        "may not change rows of public.t",
    ),
    (
        "create schema extra;",
        "",
        "may not create schemas in this database, but the release creates extra",
    ),
];

#[test]
fn what_is_missing_is_told_before_any_change() {
    for (statement, done, says) in MISSING {
        let text = format!("{BEFORE}upgrade {{ {statement} }}\n");
        let sources = Case::parse("rights", &text).sources;
        let config = Config::default();
        let database = Server::shared().database();
        let (role, other) = (
            format!("r_{}", database.name),
            format!("o_{}", database.name),
        );
        let first = psql::upgrade(&pack(&sources, &config, "a", "base"));
        database.run(&format!("create role {role} login; create role {other};"));
        let output = database.apply(&[], &first);
        assert!(output.status.success(), "{output:?}");
        database.run(&format!("grant create on schema public to {role};"));
        let all = "alter table alembic_version owner to ROLE; alter table t owner to ROLE; alter type mood owner to ROLE; alter view v owner to ROLE; alter materialized view m owner to ROLE; alter function f() owner to ROLE;";
        let filled = |text: &str| text.replace("ROLE", &role).replace("OTHER", &other);
        database.run(&filled(all));
        database.run(&filled(done));
        let pack = pack(&sources, &config, "b", "a");
        let as_role = ["-U", role.as_str()];
        for script in [preflight::script(&pack), psql::upgrade(&pack)] {
            let output = database.apply(&as_role, &script);
            let told = format!("{}{}", output.stdout, output.stderr);
            assert_eq!(output.status.code(), Some(3), "{statement}: {told}");
            assert!(told.contains(says), "{statement}: {told}");
        }
        assert_eq!(
            database.query("select version_num from alembic_version"),
            "a"
        );
        database.run(&filled(all));
        database.run(&format!(
            "grant create on database {} to {role};",
            database.name
        ));
        let output = database.apply(&as_role, &psql::upgrade(&pack));
        assert!(output.status.success(), "{statement}: {output:?}");
        database.run(&format!(
            "drop owned by {role} cascade; drop owned by {other} cascade; drop role {role}; drop role {other};"
        ));
    }
}
