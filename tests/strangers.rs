//! What roles that nobody trusts made, or could make, where the history works: told before any change.

use limbeck::compile;
use limbeck::config::{Config, Transaction};
use limbeck::script::psql::{preflight, rollback, upgrade, verify};
use limbeck::source::Sources;

use crate::pack::Project;
use crate::server::{Database, Server, outcome};
use crate::upgrade_sql::{applied, rows};

const FIRST: &str = "revision 'a'; down_revision none;
upgrade {
  create schema if not exists app;
  sql { create function norm(text) returns text language sql immutable as 'select lower($1)'; } reverse { drop function norm(text); }
  sql { create or replace view seen as select 1 as one; } reverse { drop view seen; }
  create extension if not exists citext;
}
downgrade { sql { drop view seen; drop function norm(text); } drop schema app; drop extension citext; }";

const SECOND: &str = "revision 'b'; down_revision 'a';
upgrade {
  create table if not exists t (name varchar(10));
  create table app.t (name varchar(10));
  create type if not exists mood as enum ('calm');
  create sequence if not exists number;
  data { insert into t values (norm('A')); } reverse { }
  sql { do $$ begin if false then perform called /* ( */ ('q'), citext_ne('a'::citext, 'a'::citext), util . fn(1) from p, u; end if; end $$; } reverse { }
}
downgrade { drop sequence number; drop type mood; drop table app.t; drop table t; }
verify { assert 'there are rows' (select exists (select from t)); }";

fn project() -> Project {
    Project::new([FIRST, SECOND]).release("1.0.0", "base", "b")
}

fn plain() -> String {
    let mut sources = Sources::default();
    sources.add("a.rev", FIRST.to_owned());
    sources.add("b.rev", SECOND.to_owned());
    compile::upgrade(&sources, &Config::default(), "head").unwrap()
}

/// Two roles that may log in, of which nobody trusts the first, and a group.
struct Roles {
    mallory: String,
    group: String,
}

fn roles(database: &Database) -> Roles {
    let roles = Roles {
        mallory: format!("mallory_{}", database.name),
        group: format!("group_{}", database.name),
    };
    database.run(&format!(
        "create role {} login noinherit; create role {}",
        roles.mallory, roles.group
    ));
    roles
}

impl Roles {
    fn gone(&self, database: &Database) {
        let Self { mallory, group } = self;
        database.run(&format!(
            "alter database {} owner to current_user; reassign owned by {mallory}, {group} to current_user; drop owned by {mallory}, {group} cascade; drop role {mallory}, {group}",
            database.name
        ));
    }

    fn name(&self, text: &str, database: &Database) -> String {
        text.replace("MALLORY", &self.mallory)
            .replace("GROUP", &self.group)
            .replace("DATABASE", &database.name)
    }
}

/// What is made before a run, and what is said of it; nothing where it may stand.
const MADE: &[(&str, &str)] = &[
    ("", ""),
    // Who could make something meanwhile.
    (
        "grant create on schema public to MALLORY",
        "roles that are not trusted can create in schema public: MALLORY",
    ),
    (
        "grant create on schema public to public",
        "roles that are not trusted can create in schema public: ",
    ),
    (
        "grant create on schema public to GROUP; grant GROUP to MALLORY",
        "roles that are not trusted can create in schema public: MALLORY",
    ),
    (
        "create schema app; grant create on schema app to MALLORY",
        "roles that are not trusted can create in schema app: MALLORY",
    ),
    ("grant create on schema public to GROUP", ""),
    (
        "grant create on database DATABASE to MALLORY",
        "roles that are not trusted can create the schema app: MALLORY",
    ),
    (
        "grant create on database DATABASE to MALLORY; create schema app; create schema util",
        "",
    ),
    (
        "create schema other; grant create on schema other to MALLORY",
        "",
    ),
    (
        "grant create on schema public to MALLORY; revoke connect on database DATABASE from public",
        "",
    ),
    (
        "grant create on schema public to MALLORY; revoke connect on database DATABASE from public; grant connect on database DATABASE to GROUP; grant GROUP to MALLORY",
        "can create in schema public: MALLORY",
    ),
    (
        "grant create on schema public to MALLORY; alter role MALLORY superuser",
        "",
    ),
    (
        "grant create on schema public to MALLORY; grant MALLORY to current_user",
        "",
    ),
    (
        "grant create on schema public to MALLORY; alter database DATABASE owner to MALLORY",
        "",
    ),
    // A group is trusted where the role that runs the script is a member of it, but not where a stranger made that so.
    (
        "grant create on schema public to GROUP; grant GROUP to MALLORY; grant GROUP to postgres",
        "",
    ),
    (
        "grant create on schema public to GROUP; grant GROUP to MALLORY with admin option; set session authorization MALLORY; grant GROUP to postgres",
        "can create in schema public: MALLORY",
    ),
    // Before server 16 whoever may create roles can put his own around a superuser.
    (
        "grant create on schema public to MALLORY; alter role MALLORY createrole; set session authorization MALLORY; grant MALLORY to postgres",
        "can create in schema public: MALLORY",
    ),
    // What functions of others call: an overload for what a function of the table's owner, or of an extension, means.
    (
        "create function audit(text) returns void language sql as ''; create function audit(varchar) returns void language sql as ''; alter function audit(varchar) owner to MALLORY",
        "belong to other roles: function public.audit(character varying) of MALLORY",
    ),
    (
        "create function audit(text) returns void language sql as ''; alter function audit(text) owner to GROUP; create function audit(varchar) returns void language sql as ''; alter function audit(varchar) owner to MALLORY",
        "function public.audit(character varying) of MALLORY",
    ),
    // Whoever owns an extension can make a function of his own a member of it.
    (
        "create extension pg_trgm; create function lower(varchar) returns text language sql as 'select 1::text'; alter extension pg_trgm add function lower(varchar); alter database DATABASE owner to MALLORY; alter function lower(varchar) owner to MALLORY",
        "would run instead of them: function public.lower(character varying) of MALLORY",
    ),
    // A partition or an heir elsewhere gets the rows of the table.
    (
        "create table p (a integer) partition by list (a); create schema parts; create table parts.one partition of p for values in (1); create function parts.f() returns trigger language plpgsql as 'begin return new; end'; create trigger watched before insert on parts.one for each row execute function parts.f(); alter function parts.f() owner to MALLORY",
        "belong to other roles: trigger watched of table parts.one of MALLORY",
    ),
    (
        "create table p (a integer); create schema parts; create table parts.heir () inherits (p); create function parts.f() returns trigger language plpgsql as 'begin return new; end'; create trigger watched before insert on parts.heir for each row execute function parts.f(); alter function parts.f() owner to MALLORY",
        "belong to other roles: trigger watched of table parts.heir of MALLORY",
    ),
    // Functions and operators with the names of PostgreSQL's own, or of the history, or of an extension.
    (
        "create function lower(varchar) returns text language sql as 'select 1::text'",
        "would run instead of them: function public.lower(character varying) of postgres",
    ),
    (
        "create function norm(varchar) returns text language sql as 'select 1::text'; alter function norm owner to MALLORY",
        "belong to other roles: function public.norm(character varying) of MALLORY",
    ),
    (
        "create function norm(text) returns text language sql immutable as 'select 1::text'; alter function norm owner to MALLORY",
        "belong to other roles: function public.norm(text) of MALLORY",
    ),
    (
        "create procedure norm(varchar) language sql as 'select 1'; alter procedure norm owner to MALLORY",
        "belong to other roles: procedure public.norm(character varying) of MALLORY",
    ),
    (
        "create extension citext; create function citext_ne(citext, text) returns boolean language sql as 'select true'; alter function citext_ne(citext, text) owner to MALLORY",
        "belong to other roles: function public.citext_ne(public.citext,text) of MALLORY",
    ),
    (
        "create function mine(text) returns text language sql as 'select $1'; alter function mine owner to MALLORY",
        "",
    ),
    (
        "create function called(text) returns text language sql as 'select $1'; alter function called owner to MALLORY",
        "belong to other roles: function public.called(text) of MALLORY",
    ),
    (
        "create schema app; create function app.norm(varchar) returns text language sql as 'select $1::text'; alter function app.norm(varchar) owner to MALLORY",
        "belong to other roles: function app.norm(character varying) of MALLORY",
    ),
    (
        "create schema app; create function app.lower(varchar) returns text language sql as 'select $1::text'; alter function app.lower(varchar) owner to MALLORY",
        "belong to other roles: function app.lower(character varying) of MALLORY",
    ),
    (
        "create schema app; create function app.lower(varchar) returns text language sql as 'select $1::text'",
        "",
    ),
    (
        "create extension citext; alter function citext_eq(citext, citext) owner to MALLORY; create function lower(citext, integer) returns text language sql as 'select 1::text'; alter extension citext add function lower(citext, integer); alter function lower(citext, integer) owner to MALLORY",
        "would run instead of them: function public.lower(public.citext,integer) of MALLORY",
    ),
    (
        "create operator === (leftarg = integer, rightarg = integer, function = int4pl); create operator === (leftarg = bigint, rightarg = bigint, function = int8pl); alter operator === (bigint, bigint) owner to MALLORY",
        "belong to other roles: operator public.===(bigint,bigint) of MALLORY",
    ),
    (
        "set allow_system_table_mods = on; create function pg_catalog.lower(varchar) returns text language sql as 'select 1::text'",
        "would run instead of them: function lower(character varying) of postgres",
    ),
    (
        "set allow_system_table_mods = on; create function pg_catalog.rather_odd(varchar) returns text language sql as 'select 1::text'",
        "",
    ),
    // Triggers that statements of the history would set off.
    (
        "create table t (name varchar(10)); create function fires() returns trigger language plpgsql as $$ begin return new; end $$; create trigger fires before insert on t for each row execute function fires()",
        "",
    ),
    (
        "create table t (name varchar(10)); create function fires() returns trigger language plpgsql as $$ begin return new; end $$; alter function fires owner to MALLORY; create trigger fires before insert on t for each row execute function fires()",
        "belong to other roles: trigger fires of table public.t of MALLORY",
    ),
    (
        "create table u (id integer primary key); create function fires() returns trigger language plpgsql as $$ begin return new; end $$; alter function fires owner to MALLORY; create schema other; create table other.c (id integer references u on delete cascade); create trigger fires after delete on other.c for each row execute function fires()",
        "belong to other roles: trigger fires of table other.c of MALLORY",
    ),
    (
        "create table u (id integer primary key); create schema other; create table other.c (id integer references u on delete cascade); create function other.fires() returns trigger language plpgsql as $$ begin return new; end $$; create trigger fires after delete on other.c for each row execute function other.fires(); grant all on schema other to MALLORY; alter function other.fires owner to MALLORY; alter table other.c owner to MALLORY",
        "belong to other roles: table other.c of MALLORY (its rows are changed or read together with those of public.u), trigger fires of table other.c of MALLORY (function other.fires())",
    ),
    (
        "create table u (id integer primary key); create schema other; create table other.c (id integer primary key references u on delete cascade); create table other.d (id integer references other.c on delete cascade); create function other.fires() returns trigger language plpgsql as $$ begin return new; end $$; create trigger fires after delete on other.d for each row execute function other.fires(); alter function other.fires owner to MALLORY",
        "belong to other roles: trigger fires of table other.d of MALLORY",
    ),
    (
        "create table t (name varchar(10)); create function asked(text) returns boolean language sql as 'select true'; alter function asked owner to MALLORY; create trigger fires before insert on t for each row when (asked(new.name)) execute function tsvector_update_trigger(name, 'pg_catalog.english', name)",
        "belong to other roles: trigger fires of table public.t of MALLORY",
    ),
    // Functions in schemas that hold nothing else of the history.
    (
        "create schema util; create function util.fn(integer) returns integer language sql as 'select 1'",
        "",
    ),
    (
        "create schema util; create function util.fn(integer) returns integer language sql as 'select 1'; alter function util.fn owner to MALLORY",
        "belong to other roles: function util.fn(integer) of MALLORY",
    ),
    (
        "create schema util; grant create on schema util to MALLORY",
        "roles that are not trusted can create in schema util: MALLORY",
    ),
    // What the history takes where it is there.
    (
        "create table t (name varchar(10)); alter table t owner to MALLORY",
        "belong to other roles: table public.t of MALLORY",
    ),
    (
        "create view seen as select 1 as one; alter view seen owner to MALLORY",
        "belong to other roles: view public.seen of MALLORY",
    ),
    (
        "create sequence number; alter sequence number owner to MALLORY",
        "belong to other roles: sequence public.number of MALLORY",
    ),
    (
        "create type mood as enum ('calm'); alter type mood owner to MALLORY",
        "belong to other roles: type public.mood of MALLORY",
    ),
    (
        "create schema app authorization MALLORY",
        "belong to other roles: schema app of MALLORY",
    ),
    ("create table t (name varchar(10))", ""),
    (
        "create table elsewhere (name varchar(10)); alter table elsewhere owner to MALLORY",
        "",
    ),
];

#[test]
fn what_others_made_or_could_make_is_told_before_any_change() {
    let pack = project().pack("1.0.0");
    let scripts = [
        ("preflight.sql", preflight::script(&pack)),
        ("upgrade.sql", upgrade(&pack)),
        ("plain", plain()),
    ];
    let made = MADE.iter().filter(|it| {
        // From server 16 on, nobody grants a role that is not given to him.
        Server::shared().version < 16 || !it.0.contains("createrole;")
    });
    for &(made, told) in made {
        let database = Server::shared().database();
        let roles = roles(&database);
        database.run(&roles.name(made, &database));
        let before = database.dump();
        let told = roles.name(told, &database);
        for (name, script) in &scripts {
            let output = database.apply(&["-v", "ON_ERROR_STOP=1"], script);
            let said = format!("{}{}", output.stdout, output.stderr);
            assert!(
                said.contains(&told),
                "{made}: {name}: {told} is not in {said}"
            );
            let is_refused = output.status.code() == Some(3);
            assert_eq!(is_refused, !told.is_empty(), "{made}: {name}: {said}");
            if is_refused {
                assert_eq!(database.dump(), before, "{made}: {name}");
            } else if *name == "upgrade.sql" {
                // It is there now.
                break;
            }
        }
        roles.gone(&database);
    }
}

/// Whoever gets an object, or a schema to create in, from a revision is trusted by its authors.
#[test]
fn whom_the_history_gives_something_is_trusted() {
    let database = Server::shared().database();
    let roles = roles(&database);
    let first = roles.name(
        "revision 'a'; down_revision none;
upgrade {
  create table if not exists t (a integer);
  sql { create function f() returns integer language sql as 'select 1'; } reverse { drop function f(); }
  sql { alter function f() owner to MALLORY; } reverse { alter function f() owner to postgres; }
  sql { alter table t owner to MALLORY; } reverse { alter table t owner to postgres; }
  sql { grant create on schema public to GROUP; grant GROUP to MALLORY; } reverse { revoke GROUP from MALLORY; revoke create on schema public from GROUP; }
}
downgrade { sql { revoke GROUP from MALLORY; revoke create on schema public from GROUP; } drop table t; sql { drop function f(); } }",
        &database,
    );
    let second = "revision 'b'; down_revision 'a'; upgrade { create table u (b integer); }";
    let project = Project::new([first.as_str(), second])
        .release("1.0.0", "base", "a")
        .release("2.0.0", "1.0.0", "b");
    applied(&database, &[], &upgrade(&project.pack("1.0.0")));
    applied(&database, &[], &upgrade(&project.pack("2.0.0")));
    applied(
        &database,
        &["-v", "accept_data_loss=1"],
        &rollback(&project.pack("2.0.0")),
    );
    applied(
        &database,
        &["-v", "accept_data_loss=1"],
        &rollback(&project.pack("1.0.0")),
    );
    roles.gone(&database);
}

#[test]
fn verify_and_the_way_back_ask_too() {
    let pack = project().pack("1.0.0");
    let database = Server::shared().database();
    let roles = roles(&database);
    applied(&database, &[], &upgrade(&pack));
    database.run(&roles.name("grant create on schema public to MALLORY", &database));
    let output = database.apply(&[], &verify::script(&pack));
    assert_eq!(output.status.code(), Some(3));
    let told = format!(
        "DRIFT roles that are not trusted can create in schema public: {}: asserts were not checked",
        roles.mallory
    );
    assert!(output.stdout.contains(&told), "{output:?}");
    assert!(
        !output.stdout.contains("assert there are rows"),
        "{output:?}"
    );
    let output = database.apply(&["-v", "accept_data_loss=1"], &rollback(&pack));
    assert!(
        output
            .stderr
            .contains("limbeck: refused: roles that are not trusted"),
        "{output:?}"
    );
    assert_eq!(rows(&database), "b");
    // The DBA may trust them by name, in each script.
    let trust = format!("trust=role {}", roles.mallory);
    let hint = format!(
        "revoke create on schema public from {} cascade; If you have checked these roles and trust them, run it with -v {}",
        roles.mallory,
        trust.replace("trust=", "trust='") + "'"
    );
    assert!(output.stderr.contains(&hint), "{output:?}");
    for script in [preflight::script(&pack), verify::script(&pack)] {
        let output = database.apply(&["-v", &trust], &script);
        assert!(output.status.success(), "{output:?}");
    }
    applied(
        &database,
        &["-v", &trust, "-v", "accept_data_loss=1"],
        &rollback(&pack),
    );
    let script = plain();
    let output = outcome(
        database
            .program("psql")
            .env(
                "PGOPTIONS",
                format!("-c limbeck.trust=role\\ {}", roles.mallory),
            )
            .args(["-X", "-v", "ON_ERROR_STOP=1", "-f", "-"]),
        &script,
    );
    assert!(output.status.success(), "{output:?}");
    assert_eq!(rows(&database), "b");
    // But nobody says so for the DBA.
    database.run(&format!(
        "alter database {} set limbeck.trust = 'role {}'",
        database.name, roles.mallory
    ));
    let output = database.psql(&plain());
    assert!(
        output.stderr.contains("roles that are not trusted"),
        "{output:?}"
    );
    roles.gone(&database);
}

/// Revisions that change what decides which step comes next.
const MOVES: [&str; 7] = [
    "sql { do $$ begin execute 'update public.alembic' || '_version set version_num = ''b'''; end $$; } reverse { }",
    "sql { do $$ begin execute 'delete from public.alembic' || '_version'; end $$; } reverse { }",
    "sql { do $$ begin execute 'drop table public.alembic' || '_version'; end $$; } reverse { }",
    "create table c (a integer);
  sql { create function later() returns trigger language plpgsql as $$ begin execute 'update public.alembic' || '_version set version_num = ''b'''; return null; end $$; } reverse { drop function later(); }
  sql { create constraint trigger later after insert on c deferrable initially deferred for each row execute function later(); } reverse { drop trigger later on c; }
  data { insert into c values (1); } reverse { }",
    "create index concurrently ix on t (a); sql { do $$ begin execute 'update public.limbeck_pro' || 'gress set part = 7'; end $$; } reverse { } create index concurrently iy on t (a);",
    "create index concurrently ix on t (a); sql { do $$ begin execute 'insert into public.limbeck_pro' || 'gress values (''zz'', ''upgrade'', 1)'; end $$; } reverse { } create index concurrently iy on t (a);",
    "create index concurrently ix on t (a); sql { do $$ begin execute 'create table limbeck_pro' || 'gress (a text)'; end $$; } reverse { }",
];

#[test]
fn a_revision_moves_no_row_of_the_version_table() {
    for moves in MOVES {
        let texts = [
            "revision 'z'; down_revision none; upgrade { create table t (a integer); }".to_owned(),
            format!("revision 'a'; down_revision 'z'; upgrade {{ {moves} }}"),
            "revision 'b'; down_revision 'a'; upgrade { create table skipped (id integer); }"
                .to_owned(),
        ];
        let project = Project::new(texts.iter().map(String::as_str)).release("1.0.0", "base", "b");
        let database = Server::shared().database();
        for _ in 0..2 {
            let output = database.apply(&[], &upgrade(&project.pack("1.0.0")));
            assert_eq!(output.status.code(), Some(3), "{moves}: {output:?}");
            assert!(
                output
                    .stderr
                    .contains("limbeck: refused: a statement of this step changed public."),
                "{moves}: {output:?}"
            );
            assert_eq!(rows(&database), "z", "{moves}: {output:?}");
        }
        let database = Server::shared().database();
        let mut sources = Sources::default();
        for (number, text) in texts.into_iter().enumerate() {
            sources.add(format!("{number}.rev"), text);
        }
        let script = compile::upgrade(&sources, &Config::default(), "head").unwrap();
        let output = database.apply(&["-v", "ON_ERROR_STOP=1"], &script);
        assert!(
            output
                .stderr
                .contains("limbeck: refused: a statement of this step changed public."),
            "{moves}: {output:?}"
        );
        assert_eq!(rows(&database), "z", "{moves}: {output:?}");
    }
}

/// A cursor `with hold` is read when its transaction ends, after everything else.
#[test]
fn no_cursor_is_read_after_the_last_look_at_the_rows() {
    let texts = [
        "revision 'a'; down_revision none; upgrade { sql {
create function moves() returns integer language plpgsql as $$ begin execute 'update public.alembic' || '_version set version_num = ''b'''; return 1; end $$;
do $$ begin execute 'declare c cursor with hold for select public.moves()'; end $$; } reverse { } } downgrade irreversible 'a test';",
        "revision 'b'; down_revision 'a'; upgrade { create table made (id integer); }",
    ];
    let project = Project::new(texts).release("1.0.0", "base", "b");
    let mut sources = Sources::default();
    for (number, text) in texts.into_iter().enumerate() {
        sources.add(format!("{number}.rev"), text.to_owned());
    }
    let plain = compile::upgrade(&sources, &Config::default(), "head").unwrap();
    for script in [upgrade(&project.pack("1.0.0")), plain] {
        let database = Server::shared().database();
        let output = database.apply(&["-v", "ON_ERROR_STOP=1"], &script);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(rows(&database), "b", "{output:?}");
        database.run("table made");
    }
}

/// What upgrade.sql needs of the version table, preflight.sql asks about.
#[test]
fn whoever_may_not_change_the_version_table_is_told() {
    let text = "revision 'a'; down_revision none; upgrade { create table t (a integer); }";
    let next = "revision 'b'; down_revision 'a'; upgrade { create table u (a integer); }";
    let pack = Project::new([text, next])
        .release("1.0.0", "base", "a")
        .release("1.1.0", "1.0.0", "b")
        .pack("1.1.0");
    let database = Server::shared().database();
    let roles = roles(&database);
    let mut sources = Sources::default();
    sources.add("a.rev", text.to_owned());
    database.run(&compile::upgrade(&sources, &Config::default(), "head").unwrap());
    database.run(&roles.name(
        "grant create on schema public to MALLORY; grant select on alembic_version to MALLORY",
        &database,
    ));
    let preflight = format!(
        "{}{}",
        roles.name("set session authorization MALLORY;\n", &database),
        preflight::script(&pack)
    );
    let told = roles.name("STOP  it may not read and change the version table: grant select, insert, update, delete on public.alembic_version to MALLORY", &database);
    let output = database.apply(&[], &preflight);
    assert!(output.stdout.contains(&told), "{output:?}");
    database.run(&roles.name(
        "grant update on alembic_version to MALLORY; create table limbeck_progress (revision text, direction text, part integer); grant select on limbeck_progress to MALLORY",
        &database,
    ));
    let output = database.apply(&[], &preflight);
    assert!(!output.stdout.contains(&told), "{output:?}");
    let told = "STOP  it is not a member of the owner of public.limbeck_progress, which the upgrade drops at its end";
    assert!(output.stdout.contains(told), "{output:?}");
    roles.gone(&database);
}

/// Who owns the schema can put something else in the place of the version table in the midst of a step, and who owns the table
/// can be trusted by name.
#[test]
fn the_version_table_is_looked_at_again() {
    let project = Project::new([
        "revision 'a'; down_revision none; upgrade { create table t (a integer); }",
        "revision 'b'; down_revision 'a';
upgrade { sql { do $$ begin execute 'alter schema public rename to old; create schema public;
  create view public.alembic' || '_version as select ''b''::varchar as version_num; create table public.t (a integer)'; end $$; } reverse { } }",
    ])
    .release("1.0.0", "base", "a")
    .release("2.0.0", "1.0.0", "b");
    let database = Server::shared().database();
    applied(&database, &[], &upgrade(&project.pack("1.0.0")));
    let output = database.apply(&[], &upgrade(&project.pack("2.0.0")));
    assert!(
        output
            .stderr
            .contains("limbeck: refused: public.alembic_version is a view"),
        "{output:?}"
    );
    assert_eq!(rows(&database), "a");
    let roles = roles(&database);
    database.run(&roles.name("alter table alembic_version owner to MALLORY", &database));
    let pack = project.pack("1.0.0");
    let told = roles.name("belongs to the role MALLORY, which is not your role, a role that a superuser granted you, or the owner of the database or the schema: change the owner, or trust the role by name (role MALLORY)", &database);
    let trust = roles.name("trust=role MALLORY", &database);
    for script in [
        preflight::script(&pack),
        upgrade(&pack),
        verify::script(&pack),
        rollback(&pack),
    ] {
        let output = database.apply(&["-v", "accept_data_loss=1"], &script);
        assert!(
            format!("{}{}", output.stdout, output.stderr).contains(&told),
            "{output:?}"
        );
        let output = database.apply(&["-v", "accept_data_loss=1", "-v", &trust], &script);
        assert!(output.status.success(), "{output:?}");
    }
    roles.gone(&database);
}

/// Scripts that only look do so as the role that the others take.
#[test]
fn whoever_looks_takes_the_role_of_the_configuration() {
    let database = Server::shared().database();
    let roles = roles(&database);
    database.run(&roles.name("grant GROUP to MALLORY; grant create on schema public to GROUP; revoke create on schema public from public", &database));
    let mut project = project();
    project.config.role = Some(roles.group.clone());
    let pack = project.pack("1.0.0");
    let made = database.apply(&[], &upgrade(&pack));
    let told = "may not create schemas in this database, but the release creates app";
    assert!(made.stderr.contains(told), "{made:?}");
    database.run(&roles.name("grant create on database DATABASE to GROUP", &database));
    let as_mallory = |script: &str| {
        let mut psql = database.program("psql");
        psql.env("PGUSER", &roles.mallory);
        outcome(psql.args(["-X", "-f", "-"]), script)
    };
    for script in [
        preflight::script(&pack),
        upgrade(&pack),
        verify::script(&pack),
        upgrade(&pack),
        preflight::script(&pack),
    ] {
        for output in [as_mallory(&script), database.apply(&[], &script)] {
            assert!(output.status.success(), "{output:?}");
        }
    }
    roles.gone(&database);
}

#[test]
fn constraints_have_their_own_modes_in_each_revision_of_one_transaction() {
    let mut project = Project::new([
        "revision 'a'; down_revision none;
upgrade {
  create table p (id integer primary key);
  create table c (id integer constraint first references p (id) deferrable initially deferred, now integer constraint second references p (id) deferrable);
  data { insert into c values (1, null); insert into p values (1); } reverse { }
  sql { set constraints all immediate; } reverse { }
}",
        "revision 'b'; down_revision 'a'; upgrade { data { insert into c values (2, null); insert into p values (2); } reverse { } }",
        "revision 'c'; down_revision 'b'; upgrade { data { insert into c values (null, 3); insert into p values (3); } reverse { } }",
    ])
    .release("1.0.0", "base", "b")
    .release("2.0.0", "1.0.0", "c");
    project.config.transaction = Transaction::Release;
    let database = Server::shared().database();
    applied(&database, &[], &upgrade(&project.pack("1.0.0")));
    assert_eq!(database.query("select count(*) from c"), "2");
    let output = database.apply(&[], &upgrade(&project.pack("2.0.0")));
    assert!(
        output
            .stderr
            .contains("violates foreign key constraint \"second\""),
        "{output:?}"
    );
}

#[test]
fn whoever_reads_the_version_table_keeps_index_builders_out() {
    let pack = project().pack("1.0.0");
    let database = Server::shared().database();
    applied(&database, &[], &upgrade(&pack));
    database.run("create function caught(varchar) returns varchar language plpgsql immutable as $$ begin raise warning 'CAUGHT'; return $1; end $$;
create procedure race() language plpgsql as $$ begin
  for i in 1 .. 1500 loop
    create statistics odd on (public.caught(version_num)) from public.alembic_version; commit;
    drop statistics odd; commit;
    create index odd on public.alembic_version (public.caught(version_num)); commit;
    drop index odd; commit;
  end loop; end $$;");
    std::thread::scope(|scope| {
        let racing =
            scope.spawn(|| database.psql("set client_min_messages = error; call public.race()"));
        let scripts = [
            preflight::script(&pack),
            verify::script(&pack),
            upgrade(&pack),
        ];
        let mut tries = 0;
        while !racing.is_finished() || tries < 3 {
            for script in &scripts {
                let output = database.apply(&[], script);
                assert!(!output.stderr.contains("CAUGHT"), "{output:?}");
            }
            tries += 1;
        }
        assert!(racing.join().unwrap().status.success());
    });
    // A lock that stays is told.
    std::thread::scope(|scope| {
        scope
            .spawn(|| database.run("begin; lock table public.alembic_version; select pg_sleep(9)"));
        std::thread::sleep(std::time::Duration::from_millis(700));
        let output = database.apply(&[], &preflight::script(&pack));
        assert!(
            output.stdout.contains(
                "STOP  public.alembic_version was not read: another session has locked it"
            ),
            "{output:?}"
        );
    });
}

/// What would be read as two entries of the trust is never offered as one.
#[test]
fn no_name_smuggles_a_role_into_the_trust() {
    let pack = project().pack("1.0.0");
    let database = Server::shared().database();
    let roles = roles(&database);
    database.run(&roles.name(
        "create type \"a;role MALLORY;b\" as enum ('x'); create function lower(\"a;role MALLORY;b\") returns text language sql as 'select 1::text'",
        &database,
    ));
    let output = database.apply(&[], &upgrade(&pack));
    assert_eq!(output.status.code(), Some(3), "{}", output.stderr);
    assert!(
        output.stderr.contains("would run instead of them"),
        "{}",
        output.stderr
    );
    assert!(!output.stderr.contains("-v trust="), "{}", output.stderr);
    roles.gone(&database);
}

/// A count plans a query, and planning computes what the owner of a table put into its indexes and statistics.
#[test]
fn what_a_rollback_counts_runs_nothing_of_the_tables_owner() {
    let objects = [
        "create index odd on t ((own.f('a') + 1))",
        "create index odd on t (name) where own.f('a') = 1",
        "create index U&\"o\\001b[31mdd\\202e\" on t (name) where own.f('a') = 1",
        "create statistics own.odd on (own.f('a') + 1), name from t",
        "alter table t add constraint odd check (own.f('a') = 1)",
        "create type own.e as enum ('a'); create function own.c(own.e) returns text language plpgsql as $$ begin raise warning 'planted as %', current_user; return 'a'; end $$; create cast (own.e as text) with function own.c as implicit; alter function own.c owner to MALLORY; alter type own.e owner to MALLORY; alter table t drop column name; alter table t add column name own.e default 'a'",
    ];
    let text = "revision 'a'; down_revision none; upgrade { create table t (name varchar(10)); }";
    let pack = Project::new([text])
        .release("1.0.0", "base", "a")
        .pack("1.0.0");
    let (up, down) = (upgrade(&pack), rollback(&pack));
    for object in objects {
        let database = Server::shared().database();
        let roles = roles(&database);
        applied(&database, &[], &up);
        database.run(&roles.name(
            "create schema own; create function own.f(text) returns integer language plpgsql immutable as $$ begin raise warning 'planted as %', current_user; return 1; end $$",
            &database,
        ));
        database.psql(&roles.name(object, &database));
        database.run(&roles.name(
            "alter table t owner to MALLORY; alter function own.f(text) owner to MALLORY; alter schema own owner to MALLORY",
            &database,
        ));
        for arguments in [&["-v", "dry_run=1"][..], &[]] {
            let output = database.apply(arguments, &down);
            let said = format!("{}{}", output.stdout, output.stderr);
            assert!(!said.contains("planted as"), "{object}: {said}");
            assert!(!said.contains(['\u{1b}', '\u{202e}']), "{object}: {said:?}");
            assert!(
                said.contains("(not counted, because that would run code of other roles: "),
                "{object}: {said}"
            );
            assert_eq!(
                output.status.success(),
                !arguments.is_empty(),
                "{object}: {said}"
            );
        }
        roles.gone(&database);
    }
}

/// What stands before the statements of [`CAUGHT`].
const THERE: &str = "revision 'a'; down_revision none;
upgrade {
  create table t (id integer primary key, n varchar(10));
  create table leg (id integer primary key);
  create domain small as integer check (value < 10);
  sql { create trigger own before update on t for each row execute function suppress_redundant_updates_trigger(); } reverse { drop trigger own on t; }
  data { insert into t values (1, 'x'), (2, 'y'); } reverse { }
}
downgrade { drop domain small; drop table leg; drop table t; }";

/// Statements of a revision, what a stranger made before it runs, and what is told; nothing where it may stand. In UTIL he could
/// create, and in MAL he is at home.
const CAUGHT: &[(&str, &str, &str)] = &[
    // Whoever owns a type can give it any name without a right on its schema.
    (
        "data { update t set n = lower(n); } reverse { }",
        "create domain innocent as text check (mal.both(value, value))",
        "domain public.innocent of MALLORY",
    ),
    (
        "data { update t set n = lower(n); } reverse { }",
        "create type innocent as enum ('a')",
        "type public.innocent of MALLORY",
    ),
    (
        "data { update t set n = util.f('x') where false; } reverse { }",
        "create type util.innocent as (a text)",
        "type util.innocent of MALLORY",
    ),
    (
        "data { update t set n = 'z'; } reverse { }",
        "create domain mal.innocent as text check (mal.both(value, value))",
        "",
    ),
    // A relation of a stranger, whatever names it.
    (
        "sql { do $$ begin update t set n = 'z' from (values (1)) as v, addr where addr.a = 'z'; end $$; } reverse { }",
        "create table addr (a text)",
        "table public.addr of MALLORY",
    ),
    (
        "sql { do $$ begin update t set n = 'z' from (select 1 from t) as q join (select 2) as p on true, addr where addr.a = 'z'; end $$; } reverse { }",
        "create table addr (a text)",
        "table public.addr of MALLORY",
    ),
    (
        "sql { do $$ begin update t set n = 'z' from generate_series(1, 2) as v, addr where addr.a = 'z'; end $$; } reverse { }",
        "create table addr (a text)",
        "table public.addr of MALLORY",
    ),
    (
        "sql { do $$ begin execute format('insert into %s values (1)', 'addr'::regclass); end $$; } reverse { }",
        "create table addr (a text)",
        "table public.addr of MALLORY",
    ),
    (
        "sql { do $$ declare s text; begin foreach s in array array['addr'] loop execute format('insert into %I values (1)', s); end loop; end $$; } reverse { }",
        "create table addr (a text)",
        "table public.addr of MALLORY",
    ),
    (
        "sql { do $$ declare r addr; begin r := null; end $$; } reverse { }",
        "create table addr (a text)",
        "table public.addr of MALLORY",
    ),
    (
        "sql { do $$ begin update t set n = ('(x)'::addr).a; end $$; } reverse { }",
        "create table addr (a text)",
        "table public.addr of MALLORY",
    ),
    (
        "sql { do $$ begin update t set n = (cast('(x)' as public.addr)).a; end $$; } reverse { }",
        "create table addr (a text)",
        "table public.addr of MALLORY",
    ),
    (
        "data { update t set n = 'addr'; } reverse { }",
        "create table addr (a text)",
        "",
    ),
    // Code that hangs on the database.
    (
        "create table more (id integer);",
        "create function mal.ev() returns event_trigger language plpgsql as 'begin perform 1; end'; AS POSTGRES; create event trigger audit on ddl_command_end execute function mal.ev()",
        "event trigger audit of MALLORY (function mal.ev())",
    ),
    (
        "create table more (id integer);",
        "create function mal.ev() returns event_trigger language plpgsql as 'begin perform 1; end'; AS POSTGRES; create event trigger audit on ddl_command_end execute function mal.ev(); alter event trigger audit disable",
        "",
    ),
    // Rights on what the history makes.
    (
        "create schema other; create table other.more (id integer);",
        "AS POSTGRES; alter default privileges grant create, usage on schemas to MALLORY",
        "can create in schemas that the history creates: MALLORY",
    ),
    (
        "create table more (id integer);",
        "AS POSTGRES; alter default privileges grant usage on schemas to MALLORY",
        "",
    ),
    // What a trusted role made of a stranger's code.
    (
        "sql { do $$ begin update t set n = 'z' where n === 'a'; end $$; } reverse { }",
        "AS POSTGRES; create operator === (leftarg = text, rightarg = text, function = mal.both)",
        "operator public.===(text,text) of MALLORY (function mal.\"both\"(",
    ),
    (
        "sql { do $$ begin update t set n = utility('a'); end $$; } reverse { }",
        "create domain mal.d as text check (mal.both(value, value)); AS POSTGRES; create function utility(x mal.d) returns text language sql as 'select ''a''::text'",
        "utility(mal.d) of MALLORY",
    ),
    (
        "sql { do $$ begin update t set n = utility(); end $$; } reverse { }",
        "AS POSTGRES; create function utility(x text default mal.both('a', 'b')::text) returns text language sql as 'select $1'",
        "of MALLORY (function mal.\"both\"(",
    ),
    (
        "sql { do $$ begin update t set n = 'a'::one; end $$; } reverse { }",
        "AS POSTGRES; create domain one as text check (mal.both(value, value))",
        "of MALLORY (function mal.\"both\"(",
    ),
    (
        "sql { do $$ begin update t set n = ('(a)'::comp).a; end $$; } reverse { }",
        "create domain mal.d as text check (mal.both(value, value)); AS POSTGRES; create type comp as (a mal.d)",
        "comp of MALLORY",
    ),
    (
        "sql { do $$ begin update t set n = 5::feeling::text; end $$; } reverse { }",
        "create function mal.made(integer) returns text language sql as 'select ''a''::text'; AS POSTGRES; create type feeling as (a text); create function mal.feels(integer) returns feeling language sql as 'select row(mal.made($1))::feeling'; alter function mal.feels(integer) owner to MALLORY; create cast (integer as feeling) with function mal.feels(integer)",
        "feeling of MALLORY (function mal.feels(",
    ),
    // What a trusted role's function reads, whose body the server knows, and functions and views behind it.
    (
        "sql { do $$ begin update t set n = utility(); end $$; } reverse { }",
        "create view mal.v as select mal.both('a', 'b') as b; AS POSTGRES; create function utility() returns text language sql begin atomic select v.b::text from mal.v; end",
        ", view mal.v)",
    ),
    (
        "sql { do $$ begin update t set n = utility(); end $$; } reverse { }",
        "create table mal.x (a text); AS POSTGRES; create view v as select a from mal.x; create function deeper() returns text language sql begin atomic select a from v limit 1; end; create function utility() returns text language sql begin atomic select deeper(); end",
        "routine public.utility() of MALLORY (table mal.x)",
    ),
    (
        "data { update t set n = n where n = 'z'; } reverse { }",
        "create view mal.v as select mal.both('a', 'b') as b; AS POSTGRES; create function deeper() returns boolean language sql immutable begin atomic select v.b from mal.v; end; create index on t (deeper())",
        ", view mal.v)",
    ),
    (
        "sql { do $$ begin update t set n = utility(); end $$; } reverse { }",
        "AS POSTGRES; create view v as select n from t; create function utility() returns text language sql begin atomic select n from v limit 1; end",
        "",
    ),
    // What a composite type of a trusted role is made of, arrays of it, other forms of an operator, casts of a superuser.
    (
        "sql { do $$ begin update t set n = utility(row('a')::comp); end $$; } reverse { }",
        "create domain mal.d as text check (mal.both(value, value)); AS POSTGRES; create type comp as (a mal.d); create function utility(comp) returns text language sql as 'select ''a''::text'",
        "of MALLORY (function mal.\"both\"(",
    ),
    (
        "sql { do $$ begin update t set n = 'z' where not (n === 'a'); end $$; } reverse { }",
        "create operator mal.!== (leftarg = text, rightarg = text, function = mal.both); AS POSTGRES; create function equal(text, text) returns boolean language sql as 'select true'; create operator === (leftarg = text, rightarg = text, function = equal, negator = operator(mal.!==))",
        ", operator mal.!==(",
    ),
    (
        "data { update t set n = 'z' where n = 'y'; } reverse { }",
        "create function mal.day(integer) returns date language sql as 'select current_date'; AS POSTGRES; create cast (integer as date) with function mal.day(integer)",
        "cast from integer to date of MALLORY (function mal.day(",
    ),
    // A schema that code makes only where it is not there.
    (
        "sql declares (schema taken) { do $$ begin create schema taken; exception when duplicate_schema then null; end $$; } reverse { } create table taken.logs (id integer);",
        "AS POSTGRES; create schema taken authorization MALLORY",
        "schema taken of MALLORY",
    ),
    (
        "sql declares (schema taken) { do $$ begin execute format('create schema if not exists %I', 'taken'); end $$; } reverse { } create table taken.logs (id integer);",
        "AS POSTGRES; create schema taken authorization MALLORY",
        "schema taken of MALLORY",
    ),
    // A schema with blanks and comments around its dot.
    (
        "sql { do $$ begin perform mal. f3(); end $$; } reverse { }",
        "create function mal.f3() returns text language sql as 'select ''a''::text'",
        "schema mal of MALLORY",
    ),
    (
        "sql { do $$ begin perform \"mal\" /* x */ . -- y\n f3(); end $$; } reverse { }",
        "create function mal.f3() returns text language sql as 'select ''a''::text'",
        "schema mal of MALLORY",
    ),
    // Operators that are not PostgreSQL's own: of an extension that comes only now, and of nobody else.
    (
        "create extension pg_trgm; data { update t set n = 'y' where n <<% 'x'; } reverse { }",
        "create operator <<% (leftarg = varchar, rightarg = text, function = mal.two)",
        "operator public.<<%(character varying,text) of MALLORY",
    ),
    (
        "sql { do $$ begin update t set n = 'y' where n === 'x'; end $$; } reverse { }",
        "create operator === (leftarg = varchar, rightarg = text, function = mal.two)",
        "operator public.===(character varying,text) of MALLORY",
    ),
    (
        "data { update t set n = 'y' where n operator(util.===) 'x'; } reverse { }",
        "create operator util.=== (leftarg = varchar, rightarg = text, function = mal.two)",
        "operator util.===(character varying,text) of MALLORY",
    ),
    (
        "alter table t add constraint odd check (n operator(util.===) 'x');",
        "create operator util.=== (leftarg = varchar, rightarg = text, function = mal.two)",
        "operator util.===(character varying,text) of MALLORY",
    ),
    (
        "create index odd on t (id) where n operator(util.===) 'x';",
        "create operator util.=== (leftarg = varchar, rightarg = text, function = mal.two)",
        "operator util.===(character varying,text) of MALLORY",
    ),
    (
        "assert 'so' (select 'a'::varchar operator(util.===) 'b');",
        "create operator util.=== (leftarg = varchar, rightarg = text, function = mal.two)",
        "operator util.===(character varying,text) of MALLORY",
    ),
    // Functions that are named without a parenthesis.
    (
        "sql declares (function evs) { create aggregate ag(text) (sfunc = evs, stype = text); } reverse { drop aggregate ag(text); drop function evs; } data { update t set n = (select ag(n) from t); } reverse { }",
        "create function evs(text, text) returns text language sql as 'select $1'",
        "function public.evs(text,text) of MALLORY",
    ),
    (
        "sql { create operator ~~~~ (leftarg = text, rightarg = text, function = util.evs); } reverse { drop operator ~~~~ (text, text); }",
        "create function util.evs(text, text) returns text language sql as 'select $1'",
        "function util.evs(text,text) of MALLORY",
    ),
    (
        "sql { do $$ begin update t set n = t.evs; end $$; } reverse { }",
        "create function evs(t) returns text language sql as 'select null::text'; ",
        "function public.evs(public.t) of MALLORY",
    ),
    // Conditions of triggers: an operator, a domain.
    (
        "data { update t set n = 'z'; } reverse { }",
        "create operator mal.=== (leftarg = text, rightarg = text, function = mal.both); AS POSTGRES; create trigger tr before update on t for each row when (new.n operator(mal.===) 'q') execute function suppress_redundant_updates_trigger()",
        "trigger tr of table public.t of MALLORY",
    ),
    (
        "data { update t set n = 'z'; } reverse { }",
        "create domain mal.dom as text check (mal.both(value, value)); AS POSTGRES; create trigger tr before update on t for each row when ((new.id::text)::mal.dom <> 'x') execute function suppress_redundant_updates_trigger()",
        "trigger tr of table public.t of MALLORY",
    ),
    // Tables behind a foreign key: an exclusion constraint that is checked later, triggers beside the history's tables.
    (
        "data { update t set id = id + 10; } reverse { }",
        "AS POSTGRES; grant references on t to MALLORY; AS MALLORY; create function mal.f(integer) returns text language sql immutable as $$ select 'k' $$; create table mal.ch (pid integer references public.t (id) on update cascade, exclude using btree (mal.f(pid) with =) deferrable initially deferred); AS POSTGRES; revoke references on t from MALLORY",
        "index mal.ch_f_excl of MALLORY",
    ),
    (
        "data { update leg set id = id + 10; } reverse { }",
        "AS POSTGRES; grant references on leg to MALLORY; AS MALLORY; create table public.ch (pid integer references leg (id) on update cascade); create function public.fires() returns trigger language plpgsql as 'begin return new; end'; create trigger fires after update on ch for each row execute function fires(); AS POSTGRES; revoke references on leg from MALLORY",
        "trigger fires of table public.ch of MALLORY",
    ),
    (
        "data { update t set n = 'z'; } reverse { }",
        "create table mal.ch (pid integer); AS POSTGRES; alter table mal.ch add foreign key (pid) references t (id) on update set default; AS MALLORY; create function mal.d() returns integer language sql as 'select 1'; alter table mal.ch alter column pid set default mal.d()",
        "column pid of mal.ch of MALLORY",
    ),
    (
        "data { update t set n = 'z'; } reverse { }",
        "AS POSTGRES; create table mal.heir () inherits (t); alter table mal.heir owner to MALLORY; AS MALLORY; create index odd on mal.heir (mal.two(n, 'a'))",
        "index mal.odd of MALLORY",
    ),
    // Views, foreign tables and domains that the history names, and what it makes where it is not there yet.
    (
        "data { insert into t select id + 5, n from util.v; } reverse { }",
        "create view util.v as select 1 as id, 'a' as n",
        "view util.v of MALLORY",
    ),
    (
        "data { insert into t select id + 5, n from util.v; } reverse { }",
        "create view mal.w as select 1 as id, 'a' as n; AS POSTGRES; create view util.v as select * from mal.w",
        "view mal.w of MALLORY",
    ),
    (
        "sql declares (view fx) { do $x$ begin if to_regclass('public.fx') is null then create view fx as select 1 as id, 'n' as n; end if; end $x$; } reverse { drop view fx; } data { insert into t select id + 5, n from fx; } reverse { }",
        "create view public.fx as select 1 as id, 'a' as n",
        "view public.fx of MALLORY",
    ),
    (
        "sql declares (table fx) { do $x$ begin if to_regclass('public.fx') is null then create table fx (id integer); end if; end $x$; } reverse { drop table fx; } data { insert into fx values (1); } reverse { }",
        "create table public.fx (id integer); create function mal.fires() returns trigger language plpgsql as 'begin return new; end'; create trigger fires after insert on fx for each row execute function mal.fires()",
        "trigger fires of table public.fx of MALLORY",
    ),
    (
        "data { update t set n = 'z'::util.dom; } reverse { }",
        "create domain util.dom as text check (mal.both(value, value))",
        "domain util.dom of MALLORY",
    ),
    (
        "sql { do $$ begin update t set n = 'z'::dd; end $$; } reverse { }",
        "create domain dd as text check (mal.both(value, value))",
        "domain public.dd of MALLORY",
    ),
    (
        "sql { create server if not exists srv foreign data wrapper postgres_fdw options (host 'good'); create user mapping if not exists for public server srv options (user 'u', password 'secret'); } reverse { drop server srv cascade; }",
        "AS POSTGRES; create extension postgres_fdw; grant usage on foreign data wrapper postgres_fdw to MALLORY; AS MALLORY; create server srv foreign data wrapper postgres_fdw options (host 'evil.example')",
        "server srv of MALLORY",
    ),
    (
        "sql { create collation if not exists mine from \"C\"; } reverse { drop collation mine; }",
        "create collation mine from \"POSIX\"",
        "collation public.mine of MALLORY",
    ),
    // Types are called like functions, and have casts.
    (
        "data { insert into t values (9, lower('A')); } reverse { }",
        "create type public.lower as enum ('A'); create function mal.c(public.lower) returns text language sql as $$ select 'a' $$; create cast (public.lower as text) with function mal.c as assignment",
        "type public.lower of MALLORY",
    ),
    (
        "sql { do $$ begin perform '(1)'::addr; end $$; } reverse { }",
        "create domain mal.dom as integer check (mal.two('a', 'b')); create type public.addr as (a mal.dom)",
        "type public.addr of MALLORY",
    ),
    (
        "sql { create function _tags(text) returns text language sql as 'select $1'; } reverse { drop function _tags(text); } data { update t set n = _tags('{1}'); } reverse { }",
        "create domain public.tags as integer check (mal.two('a', 'b'))",
        "domain public.tags of MALLORY",
    ),
    // PostgreSQL notes nothing of what its functions do with a text or a name.
    (
        "data { update t set n = 'z'; } reverse { }",
        "AS POSTGRES; grant trigger on t to MALLORY; AS MALLORY; create trigger tr before update on t for each row when (query_to_xml('select 1', true, false, '') is null) execute function suppress_redundant_updates_trigger(); AS POSTGRES; revoke trigger on t from MALLORY",
        "conditions or functions of triggers may run any code: trigger tr of table public.t of postgres",
    ),
    (
        "data { update t set n = 'z'; } reverse { }",
        "AS POSTGRES; create table mal.heir () inherits (t); alter table mal.heir owner to MALLORY; AS MALLORY; alter table mal.heir add constraint c check (query_to_xml('select 1', true, false, '') is not null)",
        "constraint c of mal.heir of MALLORY",
    ),
    (
        "sql { do $$ begin insert into flags (id) values (1); end $$; } reverse { }",
        "create table flags (id integer, x xml default query_to_xml('select 1', true, false, ''))",
        "column x of public.flags of MALLORY",
    ),
    (
        "sql { do $$ begin insert into flags (id) values (1); end $$; } reverse { }",
        "create table flags (id integer); create rule r as on insert to flags do also select query_to_xml('select 1', true, false, '')",
        "rule r of public.flags of MALLORY",
    ),
    (
        "data { update t set id = id + 10; } reverse { }",
        "AS POSTGRES; create extension refint; grant references on t to MALLORY; AS MALLORY; create view mal.v as select 1 as id; create table mal.child (x integer references public.t on update cascade); create trigger tr after update on mal.child for each row execute function public.check_primary_key('x', 'mal.v', 'id'); AS POSTGRES; revoke references on t from MALLORY",
        "trigger tr of table mal.child of MALLORY",
    ),
    (
        "data { update t set n = 'z'; } reverse { }",
        "create domain mal.dom as text check (mal.both(value, value)); create type mal.comp as (x mal.dom); AS POSTGRES; grant trigger on t to MALLORY; AS MALLORY; do $$ begin execute format('create trigger tr before update on t for each row when (record_in(textout(''(a)''::text), %s, -1) is not null) execute function suppress_redundant_updates_trigger()', 'mal.comp'::regtype::oid); end $$; AS POSTGRES; revoke trigger on t from MALLORY",
        "conditions or functions of triggers may run any code: trigger tr of table public.t of postgres",
    ),
    (
        "data { update t set n = 'z'; } reverse { }",
        "create domain mal.dom as text check (mal.both(value, value)); create type mal.comp as (x mal.dom); AS POSTGRES; create trigger tr before update on t for each row when (jsonb_populate_record(null::mal.comp, jsonb_build_object('x', new.n)) is not null) execute function suppress_redundant_updates_trigger()",
        "trigger tr of table public.t of MALLORY",
    ),
    (
        "data { update t set n = 'z'; } reverse { }",
        "create domain mal.dom as text check (mal.both(value, value)); AS POSTGRES; create trigger tr before update on t for each row when (('{' || new.n || '}')::mal.dom[] is not null) execute function suppress_redundant_updates_trigger()",
        "trigger tr of table public.t of MALLORY",
    ),
    (
        "data { update t set n = 'z'; } reverse { }",
        "AS POSTGRES; create function runs(query text) returns boolean language plpgsql as $$ begin execute query; return true; end $$; grant trigger on t to MALLORY; AS MALLORY; create trigger tr before update on t for each row when (runs('select 1')) execute function suppress_redundant_updates_trigger(); AS POSTGRES; revoke trigger on t from MALLORY",
        "conditions or functions of triggers may run any code: trigger tr of table public.t of postgres",
    ),
    // Names that the history has at another time.
    (
        "alter table leg rename to foot; data { update t set id = id + 10; } reverse { }",
        "AS POSTGRES; grant references on t to MALLORY; AS MALLORY; create table public.foot (pid integer references t (id) on update cascade); create function mal.fires() returns trigger language plpgsql as 'begin return new; end'; create trigger fires after update on foot for each row execute function mal.fires(); AS POSTGRES; revoke references on t from MALLORY",
        "trigger fires of table public.foot of MALLORY",
    ),
    // Types of columns: a cast, a composite and an array around a domain.
    (
        "sql { do $$ begin insert into flags (id) values (1); end $$; } reverse { }",
        "create type mal.e as enum ('a'); create function mal.c(integer) returns mal.e language sql as $$ select 'a'::mal.e $$; create cast (integer as mal.e) with function mal.c as assignment; create table flags (id mal.e)",
        "column id of public.flags of MALLORY",
    ),
    (
        "sql { do $$ begin insert into flags (id) values (1); end $$; } reverse { }",
        "create domain mal.dom as integer check (mal.two('a', 'b')); create type mal.comp as (a mal.dom); create table flags (id integer, x mal.comp, y mal.dom[])",
        "column x of public.flags of MALLORY (function mal.two(character varying,pg_catalog.text), type mal.dom), column y of public.flags of MALLORY",
    ),
    // Names as the server reads them.
    (
        "sql { do $$ begin perform aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggg(); end $$; } reverse { }",
        "create function public.aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg() returns integer language sql as 'select 1'",
        "function public.aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg() of MALLORY",
    ),
    (
        "sql { do $$ begin perform U&\"f\\006F\\006F\"(); end $$; } reverse { }",
        "create function public.foo() returns integer language sql as 'select 1'",
        "function public.foo() of MALLORY",
    ),
    // Schemas that only code names.
    (
        "sql { create function run() returns integer language plpgsql set search_path = util, pg_temp as $$ begin return g(1); end $$; select run(); } reverse { drop function run(); }",
        "create function util.g(integer) returns integer language sql as 'select 1'",
        "function util.g(integer) of MALLORY",
    ),
    (
        "sql { do $$ begin perform set_config('search_path', 'util', true); perform lower('x'::varchar); end $$; } reverse { }",
        "create function util.lower(varchar) returns text language sql as 'select $1::text'",
        "function util.lower(character varying) of MALLORY",
    ),
    (
        "sql { do $$ begin execute format('select %I.%I()', 'util', 'h'); end $$; } reverse { }",
        "create function util.h() returns integer language sql as 'select 1'",
        "function util.h() of MALLORY",
    ),
    // Words that hide a name from whoever reads them as statements.
    (
        "data { with util as (select n from util.v) update t set n = util.n from util; } reverse { }",
        "create view util.v as select 'a' as n",
        "view util.v of MALLORY",
    ),
    (
        "sql { do $$ declare r util.v%rowtype; begin select * into r from util.v; end $$; } reverse { }",
        "create view util.v as select 'a' as n",
        "view util.v of MALLORY",
    ),
    (
        "sql { do 'begin insert into leg select id from util.user; end'; } reverse { }",
        "create view util.user as select 7 as id",
        "view util.\"user\" of MALLORY",
    ),
    (
        "sql { create function g() returns text language sql as 'select n from util.v'; select g(); } reverse { drop function g(); }",
        "create view util.v as select 'a' as n",
        "view util.v of MALLORY",
    ),
    (
        "data { update t set n = query_to_xml('table util.v', true, true, '')::text where false; } reverse { }",
        "create view util.v as select 'a' as n",
        "view util.v of MALLORY",
    ),
    (
        "sql { do $$ declare v text := 'x'; begin execute 'select util.helper(''' || v || ''')'; end $$; } reverse { }",
        "create function util.helper(text) returns text language sql as 'select $1'",
        "function util.helper(text) of MALLORY",
    ),
    (
        "sql { do $$ begin execute 'select util.hel'\n 'per()'; end $$; } reverse { }",
        "create function util.helper() returns text language sql as 'select null::text'",
        "function util.helper() of MALLORY",
    ),
    (
        "sql { create function g() returns integer language plpgsql set \"search_path\" = util, pg_temp as $$ begin return h(1); end $$; select g(); } reverse { drop function g(); }",
        "create function util.h(integer) returns integer language sql as 'select 1'",
        "function util.h(integer) of MALLORY",
    ),
    (
        "sql { select util.dom '5'; } reverse { }",
        "create domain util.dom as text check (mal.both(value, value))",
        "domain util.dom of MALLORY",
    ),
    // A cast from rows of a table, and the key of the table that one is a partition of.
    (
        "sql { do $$ begin update t set n = (select left(o::text, 3) from theirs o limit 1); end $$; } reverse { }",
        "create table theirs (id integer, n text); create function mal.cast_of(theirs) returns text language sql as 'select null::text'; create cast (theirs as text) with function mal.cast_of(theirs)",
        "row of public.theirs of MALLORY",
    ),
    (
        "sql { do $$ begin insert into theirs values (1, 'x'); end $$; } reverse { }",
        "create function mal.same(text) returns text language sql immutable as 'select $1'; create table mal.parent (id integer, n text) partition by list (mal.same(n)); create table theirs partition of mal.parent for values in ('x')",
        "table mal.parent of MALLORY",
    ),
    // Types of the history that somebody else owns.
    (
        "data { update t set n = (5::small)::text; } reverse { }",
        "AS POSTGRES; alter domain small owner to MALLORY",
        "domain public.small of MALLORY",
    ),
    // A trigger of the history that was replaced, and one that takes the name of the next.
    (
        "data { update t set n = 'z'; } reverse { }",
        "AS POSTGRES; grant trigger on t to MALLORY; AS MALLORY; create or replace trigger own before update on t for each row when (query_to_xml('select 1', true, true, '') is not null) execute function suppress_redundant_updates_trigger(); AS POSTGRES; revoke trigger on t from MALLORY",
        "conditions or functions of triggers may run any code: trigger own of table public.t of postgres",
    ),
    (
        "data { update t set n = 'z'; } reverse { } sql { create trigger next before update on t for each row execute function suppress_redundant_updates_trigger(); } reverse { drop trigger next on t; }",
        "AS POSTGRES; grant trigger on t to MALLORY; AS MALLORY; create trigger next before update on t for each row when (query_to_xml('select 1', true, true, '') is not null) execute function suppress_redundant_updates_trigger(); AS POSTGRES; revoke trigger on t from MALLORY",
        "conditions or functions of triggers may run any code: trigger next of table public.t of postgres",
    ),
    // A view where the history has a table.
    (
        "data { insert into leg select id from t; } reverse { }",
        "AS POSTGRES; alter table leg rename to gone; AS MALLORY; create view public.leg as select 1 as id",
        "view public.leg of MALLORY",
    ),
    // Names in literals.
    (
        "sql { do $$ begin execute E'insert into leg select id\nfrom\tutil.v'; end $$; } reverse { }",
        "create view util.v as select 7 as id",
        "view util.v of MALLORY",
    ),
    (
        "sql { create function imp(s text) returns void language plpgsql as $$ begin execute format('insert into leg select id from %I.v', s); end $$; select imp('util'); } reverse { drop function imp(text); }",
        "create view util.v as select 7 as id",
        "view util.v of MALLORY",
    ),
    // A path, on which the owner of the schema catches names of PostgreSQL's own.
    (
        "sql { create function g() returns integer language sql set search_path = util, pg_temp as $$ select length('a'::varchar) $$; select g(); } reverse { drop function g(); }",
        "AS POSTGRES; alter schema util owner to MALLORY; AS MALLORY; create function util.length(varchar) returns integer language sql as 'select 1'",
        "function util.length(character varying) of MALLORY",
    ),
    // A trigger on a table of the history that has got another owner since.
    (
        "data { update t set n = 'z'; } reverse { }",
        "AS POSTGRES; grant trigger on t to MALLORY; AS MALLORY; create trigger tr before update on t for each row when (query_to_xml('select 1', true, true, '') is not null) execute function suppress_redundant_updates_trigger(); AS POSTGRES; revoke trigger on t from MALLORY; alter table t owner to GROUP",
        "conditions or functions of triggers may run any code: trigger tr of table public.t of GROUP",
    ),
    // Tables whose foreign keys lead to one of the history, and do nothing by themselves.
    (
        "sql { truncate t cascade; } reverse { }",
        "AS POSTGRES; grant references on t to MALLORY; AS MALLORY; create table mal.bill (pid integer references t (id)); create function mal.fires() returns trigger language plpgsql as 'begin return null; end'; create trigger fires before truncate on mal.bill execute function mal.fires(); AS POSTGRES; revoke references on t from MALLORY",
        "trigger fires of table mal.bill of MALLORY",
    ),
    (
        "alter table t alter column id type bigint;",
        "AS POSTGRES; grant references on t to MALLORY; AS MALLORY; create table mal.bill (pid integer references t (id)); create index odd on mal.bill ((mal.two('a', 'b'))); AS POSTGRES; revoke references on t from MALLORY",
        "index mal.odd of MALLORY",
    ),
    // A trigger that is disabled, and a path that code puts together.
    (
        "sql { alter table leg enable trigger user; insert into leg values (9); } reverse { }",
        "AS POSTGRES; grant trigger on leg to MALLORY; AS MALLORY; create function public.fires() returns trigger language plpgsql as 'begin return new; end'; create trigger fires before insert on leg for each row execute function fires(); AS POSTGRES; revoke trigger on leg from MALLORY; alter table leg disable trigger fires",
        "trigger fires of table public.leg of MALLORY",
    ),
    (
        "sql { do $$ declare v text := 'old util'; begin perform set_config('search_path', split_part(v, ' ', 2), true); perform 'a'::varchar like 'b'::varchar; end $$; } reverse { }",
        "create operator util.~~ (leftarg = varchar, rightarg = text, function = mal.two)",
        "operator util.~~(character varying,text) of MALLORY",
    ),
    // A rule whose action makes values of a type that stands only among the columns of what a function returns.
    (
        "sql { insert into util.log values ('x'); } reverse { }",
        "create table util.log (t text); create domain mal.dom as text check (mal.both(value, value)); create type mal.comp as (b mal.dom); create rule r as on insert to util.log do also select count(*) from json_to_record('{}') as x(a mal.comp)",
        "rule r of util.log of MALLORY",
    ),
    (
        "alter table t alter column id type bigint;",
        "create table mal.far (id integer primary key); create index odd on mal.far ((mal.two('a', 'b'))); AS POSTGRES; alter table t add foreign key (id) references mal.far (id) not valid",
        "index mal.odd of MALLORY",
    ),
    // Paths of the role, and of the session.
    (
        "sql { create function g() returns integer language plpgsql set search_path = \"$user\", public, pg_temp as $$ begin return length('a'::varchar); end $$; select g(); } reverse { drop function g(); }",
        "AS POSTGRES; create schema postgres authorization MALLORY; AS MALLORY; create function postgres.length(varchar) returns integer language sql as 'select 1'",
        "function postgres.length(character varying) of MALLORY",
    ),
    (
        "sql { do $$ begin reset search_path; perform length('a'::varchar); end $$; } reverse { }",
        "AS POSTGRES; create schema postgres authorization MALLORY; AS MALLORY; create function postgres.length(varchar) returns integer language sql as 'select 1'",
        "function postgres.length(character varying) of MALLORY",
    ),
    // PostgreSQL's own schema, which the history names, and a trusted role's.
    (
        "data { update t set id = length(n) where pg_catalog.now() > '2000-01-01'; } reverse { }",
        "AS POSTGRES; set allow_system_table_mods = on; create function pg_catalog.length(varchar) returns integer language sql as 'select 1'",
        "function length(character varying) of postgres",
    ),
    (
        "sql { create function g() returns integer language sql set search_path = util, public, pg_temp as $$ select length('a'::varchar) $$; select g(); } reverse { drop function g(); }",
        "AS POSTGRES; create function util.length(varchar) returns integer language sql as 'select 1'",
        "function util.length(character varying) of postgres",
    ),
    // Keys that are checked by queries on tables of others, which are planned as their owner, in this session.
    (
        "data { delete from t where id = 2; } reverse { }",
        "AS POSTGRES; grant references on t to MALLORY; AS MALLORY; create table mal.bill (pid integer references t (id)); create index odd on mal.bill ((mal.two('a', 'b'))); AS POSTGRES; revoke references on t from MALLORY",
        "index mal.odd of MALLORY",
    ),
    (
        "data { insert into t values (8, 'z'); } reverse { }",
        "create table mal.far (id integer primary key); create index odd on mal.far ((mal.two('a', 'b'))); AS POSTGRES; alter table t add foreign key (id) references mal.far (id) not valid",
        "index mal.odd of MALLORY",
    ),
    // Tables of others whose rows change too hold no code yet, and may while this runs.
    (
        "data { delete from t where id = 2; } reverse { }",
        "AS POSTGRES; grant references on t to MALLORY; AS MALLORY; create table mal.bill (pid integer references t (id) on delete cascade); AS POSTGRES; revoke references on t from MALLORY",
        "belong to other roles: table mal.bill of MALLORY",
    ),
    (
        "sql { do $$ begin insert into t select id + 5, n from seen; end $$; } reverse { }",
        "create table mal.tab (id integer, n text); AS POSTGRES; create view public.seen as select * from mal.tab",
        "belong to other roles: table mal.tab of MALLORY",
    ),
    (
        "data { insert into util.plain values (1, 'a'); } reverse { }",
        "create table util.plain (id integer primary key, n text)",
        "belong to other roles: table util.plain of MALLORY",
    ),
    // A schema whose name is a word of the history makes nobody trusted.
    (
        "data { update t set n = 'mal'; } reverse { }",
        "AS POSTGRES; grant references on t to MALLORY; AS MALLORY; create table mal.bill (pid integer references t (id) on update cascade); create function mal.fires() returns trigger language plpgsql as 'begin return new; end'; create trigger fires before update on mal.bill for each row execute function mal.fires(); AS POSTGRES; revoke references on t from MALLORY",
        "trigger fires of table mal.bill of MALLORY",
    ),
    (
        "sql { do $$ begin if to_regnamespace('partman') is not null then perform partman.run(); end if; end $$; } reverse { }",
        "AS POSTGRES; create schema partman authorization MALLORY; AS MALLORY; create function partman.run() returns void language sql as ''",
        "function partman.run() of MALLORY",
    ),
    (
        "sql { do $$ begin if to_regnamespace('partman') is not null then perform partman.run(); end if; end $$; } reverse { }",
        "AS POSTGRES; grant create on database DATABASE to MALLORY",
        "can create the schema partman: MALLORY",
    ),
    (
        "sql { do $$ begin if exists (select from pg_namespace where nspname = 'partman') then execute format('select %I.%I()', 'partman', 'run'); end if; end $$; } reverse { }",
        "AS POSTGRES; create schema partman authorization MALLORY; AS MALLORY; create function partman.run() returns void language sql as ''",
        "function partman.run() of MALLORY",
    ),
    (
        "sql { create function g() returns text language sql set search_path = \"$user\", public as $$ select norm('A') $$; select g(); } reverse { drop function g(); }",
        "AS POSTGRES; create schema postgres authorization MALLORY; AS MALLORY; create function postgres.norm(text) returns text language sql as 'select $1'",
        "function postgres.norm(text) of MALLORY",
    ),
    (
        "sql { create function g() returns text language sql set search_path = \"$user\", public as $$ select lower('A') $$; select g(); } reverse { drop function g(); }",
        "AS POSTGRES; grant create on database DATABASE to MALLORY",
        "can create the schema postgres: MALLORY",
    ),
    // What a type of a trusted role is made of, and a domain over an array.
    (
        "create domain if not exists tags as integer[]; create table s (v tags);",
        "create domain public.tags as integer[] check (mal.both(value::text, 'a'))",
        "domain public.tags of MALLORY",
    ),
    (
        "data { update t set n = 'z'; } reverse { }",
        "create function mal.one() returns integer language sql as 'select 1'; AS POSTGRES; create domain public.one as integer default mal.one(); alter table t add column c one",
        "column c of public.t of MALLORY",
    ),
    (
        "data { update t set n = 'z'; } reverse { }",
        "create operator mal.=== (leftarg = varchar, rightarg = text, function = mal.two); AS POSTGRES; create domain public.one as varchar check (value operator(mal.===) 'a'::text); alter table t add column c one",
        "column c of public.t of MALLORY",
    ),
    (
        "data { update t set n = 'z'; } reverse { }",
        "create function mal.apart(integer, integer) returns double precision language sql immutable as 'select 1.0::double precision'; AS POSTGRES; create type public.span as range (subtype = integer, subtype_diff = mal.apart); alter table t add column c span",
        "column c of public.t of MALLORY",
    ),
    (
        "data { update t set n = 'z'; } reverse { }",
        "create type mal.mood as enum ('a'); AS POSTGRES; alter table t add column c mal.mood[]",
        "type mal.mood of MALLORY",
    ),
    // What is made only where it is not there.
    (
        "create extension if not exists citext; alter table t add column c citext;",
        "AS POSTGRES; grant create on database DATABASE to MALLORY; AS MALLORY; create extension citext; AS POSTGRES; revoke create on database DATABASE from MALLORY",
        "extension citext of MALLORY",
    ),
    (
        "sql { create statistics if not exists stats on id, n from t; } reverse { drop statistics stats; }",
        "create table mal.junk (a integer, b integer); create statistics public.stats on a, b from mal.junk",
        "statistics public.stats of MALLORY",
    ),
    (
        "create index if not exists odd on t (n);",
        "create table public.junk (a integer); create index odd on public.junk (a)",
        "index public.odd of MALLORY",
    ),
    // The large object whose number a text of a row holds.
    (
        "data { update t set n = 'z'; } reverse { }",
        "AS POSTGRES; create extension lo; grant trigger on t to MALLORY; AS MALLORY; create trigger gone before update on t for each row execute function lo_manage('n'); AS POSTGRES; revoke trigger on t from MALLORY",
        "conditions or functions of triggers may run any code: trigger gone of table public.t",
    ),
    (
        "data { update t set n = 'z'; } reverse { }",
        "AS POSTGRES; create extension lo; alter table t add column o lo; create trigger gone before update or delete on t for each row execute function lo_manage('o')",
        "",
    ),
    // A table of others that the history does not touch.
    (
        "data { update t set n = 'z'; } reverse { } comment on table t is 'of plain things';",
        "create table public.plain (id integer primary key); create table util.n (id integer)",
        "",
    ),
    // The schema of somebody else, who may put another function there, and one that is not there.
    (
        "sql { do $$ begin perform mal.norm('a'); end $$; } reverse { }",
        "AS POSTGRES; create function mal.norm(text) returns text language sql as 'select $1'",
        "schema mal of MALLORY",
    ),
    (
        "sql { do $$ begin perform hook.run(); exception when others then null; end $$; } reverse { }",
        "AS POSTGRES; grant create on database DATABASE to MALLORY",
        "can create the schema hook: MALLORY",
    ),
    // Names that a text hides: behind other marks of escapes, in bodies with escapes of their own, behind a single quote.
    (
        "sql { do $$ begin perform U&\"oo!0070pp\" uescape E'\\041' (); end $$; } reverse { }",
        "create function ooppp() returns void language sql as 'select'",
        "function public.ooppp() of MALLORY",
    ),
    (
        "sql { do $$ begin perform U&\"e!0065ff\" uescape /* c */ '!' (); end $$; } reverse { }",
        "create function eeff() returns void language sql as 'select'",
        "function public.eeff() of MALLORY",
    ),
    (
        "sql { do E'begin execute \\'select aa\\'\n  \\'bb()\\'; end'; } reverse { }",
        "create function aabb() returns void language sql as 'select'",
        "function public.aabb() of MALLORY",
    ),
    (
        "sql { do $$ begin -- screens of 5\"\n perform \"my func\"(); end $$; } reverse { }",
        "create function \"my func\"() returns void language sql as 'select'",
        "function public.\"my func\"() of MALLORY",
    ),
    (
        "sql { do E'begin execute E\\'select \\\\\\\\x63\\\\\\\\x64()\\'; end'; } reverse { }",
        "create function cd() returns void language sql as 'select'",
        "function public.cd() of MALLORY",
    ),
    // Tables that stand behind another one.
    (
        "sql { do $$ begin truncate leg, path; end $$; } reverse { }",
        "create table path (id integer)",
        "table public.path of MALLORY (the history names it)",
    ),
    (
        "sql { do $$ begin update t set n = 'x' from leg a, path b where a.id = b.id; end $$; } reverse { }",
        "create table path (id integer)",
        "table public.path of MALLORY (the history names it)",
    ),
    (
        "sql { do $$ begin delete from t using (leg cross join path) where false; end $$; } reverse { }",
        "create table path (id integer)",
        "table public.path of MALLORY (the history names it)",
    ),
    (
        "sql { do $$ begin update only /* all of */ path set id = 1; end $$; } reverse { }",
        "create table path (id integer)",
        "table public.path of MALLORY (the history names it)",
    ),
    (
        "sql { do $$ begin create table copied (id integer, like path including all); end $$; } reverse { }",
        "create table path (n integer)",
        "table public.path of MALLORY (the history names it)",
    ),
    // Who owns a server says where the rows of a foreign table go; the trigger of another extension acts on numbers of any column.
    (
        "data { update t set n = 'z'; } reverse { }",
        "AS POSTGRES; create extension postgres_fdw; grant usage on foreign data wrapper postgres_fdw to MALLORY; AS MALLORY; create server far foreign data wrapper postgres_fdw; AS POSTGRES; create foreign table heir (id integer not null, n varchar(10)) inherits (t) server far",
        "server far of MALLORY (foreign table public.heir)",
    ),
    (
        "data { update t set n = 'z'; } reverse { }",
        "AS POSTGRES; create extension lo; alter table t add column o oid; grant trigger on t to MALLORY; AS MALLORY; create trigger gone before update on t for each row execute function lo_manage(o); AS POSTGRES; revoke trigger on t from MALLORY",
        "trigger gone of table public.t",
    ),
    // What may stand: nothing of it would run.
    (
        "data { update t set n = 'z'; } reverse { }",
        "AS POSTGRES; create extension lo; alter table t add column o lo; create trigger kept before update on t for each row execute function lo_manage(o)",
        "",
    ),
    (
        "data { update t set n = extract(day from x.at)::text from (select 1 as id, now() as at) x join leg y on y.id = x.id where x.id = t.id; } reverse { } sql { do $$ declare r record; begin for r in select t.id from t loop perform r.id; end loop; exception when others then raise; end $$; } reverse { }",
        "AS POSTGRES; grant create on database DATABASE to MALLORY",
        "",
    ),
    (
        "data { update t set n = 'z'; } reverse { } comment on table t is 'old mal. See util'; sql { do $$ begin -- see mal.\n perform 1; if exists (select from pg_roles where rolname = 'mal') then raise notice 'https://mal.example.org'; end if; end $$; } reverse { }",
        "create view mal.t as select 1 as id; create view mal.users as select 1 as id; AS POSTGRES; grant create on schema mal to GROUP; alter role GROUP login",
        "",
    ),
    (
        "data { update t set n = 'z'; insert into leg values (8); } reverse { }",
        "AS POSTGRES; grant references on t to MALLORY; AS MALLORY; create table mal.bill (pid integer references t (id)); create function mal.fires() returns trigger language plpgsql as 'begin return new; end'; create trigger fires before insert on mal.bill for each row execute function mal.fires(); create index on mal.bill (lower(pid::text)); create table public.path (id integer); create trigger fires before insert on public.path for each row execute function mal.fires(); create view mal.leg as select 1 as one; AS POSTGRES; revoke references on t from MALLORY",
        "",
    ),
    (
        "data { update t set n = (select x.n from t x where x.id = 1); } reverse { }",
        "create function util.lower(varchar) returns text language sql as 'select $1::text'",
        "",
    ),
    (
        "sql { create trigger known before update on t for each row when (query_to_xml('select 1', true, false, '') is not null) execute function suppress_redundant_updates_trigger(); } reverse { drop trigger known on t; } data { with x as (select 1 as n) update t set n = x.n from x; } reverse { }",
        "create function util.lower(varchar) returns text language sql as 'select $1::text'; AS POSTGRES; create extension citext; alter table t add column c citext; create function audit() returns trigger language plpgsql as 'begin return new; end'; create trigger a1 before update on t for each row when (old.* is distinct from new.*) execute function audit(); create trigger a2 before update on t for each row when (old.c is distinct from new.c and lower(new.n) <> 'x' and pg_trigger_depth() = 0) execute function audit('an', 'argument')",
        "",
    ),
    (
        "data { update t set n = 'z'; } reverse { }",
        "create type mal.mood as enum ('a'); AS POSTGRES; alter table t owner to MALLORY; AS MALLORY; alter table t add column m mal.mood default 'a', add column at timestamptz default now(), add column u uuid default gen_random_uuid(); create trigger tr before update on t for each row execute function suppress_redundant_updates_trigger()",
        "",
    ),
    (
        "data { update t set n = 'z'; } reverse { }",
        "create view report as select 1 as one; create function report_of(integer) returns integer language sql as 'select 1'; create operator ==== (leftarg = varchar, rightarg = text, function = mal.two); create table reports (n text default mal.two('a', 'b')::text)",
        "",
    ),
    (
        "data { insert into t select id + 5, n from util.plain; } reverse { }",
        "AS POSTGRES; create table util.plain (id integer primary key, n text unique check (n <> 'a'))",
        "",
    ),
    (
        "data { update t set n = 'z'; } reverse { }",
        "AS POSTGRES; alter table t owner to MALLORY; AS MALLORY; create function mal.fires() returns trigger language plpgsql as 'begin return new; end'; create trigger fires after update on t for each row execute function mal.fires(); create index on t (mal.two(n, 'a'))",
        "",
    ),
    (
        "data { insert into t select id + 5, n from util.v; } reverse { }",
        "AS POSTGRES; create view util.v as select 1 as id, 'a' as n",
        "",
    ),
];

#[test]
fn nothing_that_the_history_names_is_taken_from_strangers() {
    for &(upgrade_of_b, made, told) in CAUGHT {
        let next = format!(
            "revision 'b'; down_revision 'a'; upgrade {{ {upgrade_of_b} }} downgrade irreversible 'a test';"
        );
        let project = Project::new([THERE, &next])
            .release("1.0.0", "base", "a")
            .release("1.1.0", "1.0.0", "b");
        let mut sources = Sources::default();
        sources.add("a.rev", THERE.to_owned());
        sources.add("b.rev", next.clone());
        let plain = |range| compile::upgrade(&sources, &Config::default(), range).unwrap();
        let pack = project.pack("1.1.0");
        let database = Server::shared().database();
        database.run(&plain("a"));
        let roles = roles(&database);
        let before = format!(
            "create schema util; create schema mal authorization MALLORY; grant usage on schema mal to public; grant usage, create on schema public, util to MALLORY;
set session authorization MALLORY;
create function mal.two(varchar, text) returns boolean language sql immutable as 'select true';
create function mal.both(text, text) returns boolean language sql immutable as 'select true';
{};
reset session authorization; revoke create on schema public, util from MALLORY;",
            made.replace("AS POSTGRES", "reset session authorization")
                .replace("AS MALLORY", "set session authorization MALLORY")
        );
        database.run(&roles.name(&before, &database));
        let told = roles.name(told, &database);
        for (name, script) in [
            ("preflight.sql", preflight::script(&pack)),
            ("upgrade.sql", upgrade(&pack)),
            ("plain", plain("a:b")),
        ] {
            let output = database.apply(&["-v", "ON_ERROR_STOP=1"], &script);
            let said = format!("{}{}", output.stdout, output.stderr);
            assert!(
                said.contains(&told),
                "{upgrade_of_b}: {name}: {told} is not in {said}"
            );
            let is_refused = output.status.code() == Some(3);
            assert_eq!(is_refused, !told.is_empty(), "{made}: {name}: {said}");
            if !is_refused && name == "upgrade.sql" {
                break;
            }
        }
        roles.gone(&database);
    }
}

/// Where the history works elsewhere, the rights on `public` are nobody's business, and the advice names who gave what.
#[test]
fn rights_matter_where_the_history_works_and_the_advice_helps() {
    let text = "revision 'a'; down_revision none; upgrade { create table t (name varchar(10)); }";
    let mut sources = Sources::default();
    sources.add("a.rev", text.to_owned());
    let plain = |schema: &str| {
        let config = Config {
            schema: schema.to_owned(),
            ..Config::default()
        };
        compile::upgrade(&sources, &config, "head").unwrap()
    };
    let database = Server::shared().database();
    let roles = roles(&database);
    let given = "create schema app; grant create on schema public to GROUP with grant option; set session authorization GROUP; grant create on schema public to MALLORY";
    database.run(&roles.name(given, &database));
    database.run(&plain("app"));
    let refused = database.psql_with(&["-v", "ON_ERROR_STOP=1"], &plain("public"));
    let advice = roles.name(
        "as GROUP: revoke create on schema public from MALLORY cascade;",
        &database,
    );
    assert!(refused.stderr.contains(&advice), "{}", refused.stderr);
    database.run(&roles.name(
        "set session authorization GROUP; revoke create on schema public from MALLORY cascade;",
        &database,
    ));
    database.run(&plain("public"));
    roles.gone(&database);
}

/// Who owns a table that the history made may have code there, wherever on its way the database stands.
#[test]
fn the_owner_of_a_table_may_have_code_at_every_point() {
    let table =
        "revision 'a'; down_revision none; upgrade { create table t (id integer primary key); }";
    let side =
        "revision 'b'; down_revision 'a'; upgrade { create table u (id integer primary key); }";
    let other = "revision 'c'; down_revision 'a'; upgrade { data { insert into t values (1); } reverse { delete from t; } }";
    let merge = "revision 'd'; down_revision 'b', 'c'; upgrade { data { insert into u select id from t; } reverse { delete from u; } }";
    let project = Project::new([table, side, other, merge])
        .release("1.0.0", "base", "b")
        .release("2.0.0", "base", "d");
    let pack = project.pack("2.0.0");
    for end in ["a", "b", "c", "d"] {
        let database = Server::shared().database();
        let roles = roles(&database);
        applied(&database, &["-v", &format!("to={end}")], &upgrade(&pack));
        let there = if ["b", "d"].contains(&end) {
            "t, u"
        } else {
            "t"
        };
        for table in there.split(", ") {
            let made = format!(
                "alter table {table} owner to MALLORY; create schema mal_{table} authorization MALLORY; set session authorization MALLORY;
create function mal_{table}.fires() returns trigger language plpgsql as 'begin return coalesce(new, old); end';
create trigger fires before insert or delete on {table} for each row execute function mal_{table}.fires()"
            );
            database.run(&roles.name(&made, &database));
        }
        let said = database.apply(&[], &preflight::script(&pack)).stdout;
        assert!(!said.contains("belong to other roles"), "{end}: {said}");
        applied(&database, &["-v", "to=d"], &upgrade(&pack));
        let back = rollback(&pack);
        for end in ["c", "b", "a"] {
            applied(
                &database,
                &["-v", "accept_data_loss=1", "-v", &format!("to={end}")],
                &back,
            );
        }
        roles.gone(&database);
    }
}

/// A predefined role stands for a right: who has it too is not trusted.
#[test]
fn members_of_a_predefined_role_do_not_trust_each_other() {
    let database = Server::shared().database();
    let roles = roles(&database);
    let given = "create function norm(text) returns text language sql as 'select $1'; alter function norm owner to pg_read_all_stats; grant pg_read_all_stats to MALLORY; create role deploy_DATABASE in role pg_read_all_stats; grant create on schema public to deploy_DATABASE; grant temporary on database DATABASE to deploy_DATABASE";
    database.run(&roles.name(given, &database));
    let pack = project().pack("1.0.0");
    let script = format!(
        "set role deploy_{};\n{}",
        database.name,
        preflight::script(&pack)
    );
    let said = database.apply(&[], &script).stdout;
    assert!(
        said.contains("function public.norm(text) of pg_read_all_stats"),
        "{said}"
    );
    database.run(&roles.name(
        "drop function norm(text); drop owned by deploy_DATABASE; drop role deploy_DATABASE",
        &database,
    ));
    roles.gone(&database);
}

/// A role whose member runs the script, by a grant of somebody who is no superuser any more: the advice says what counts.
#[test]
fn a_grant_of_no_superuser_is_told() {
    let database = Server::shared().database();
    let roles = roles(&database);
    let given = "create role admin_DATABASE superuser; create role deploy_DATABASE; create function norm(text) returns text language sql as 'select $1'; alter function norm owner to GROUP; grant create on schema public to deploy_DATABASE; grant temporary on database DATABASE to deploy_DATABASE;
set session authorization admin_DATABASE; grant GROUP to deploy_DATABASE; reset session authorization; alter role admin_DATABASE nosuperuser";
    database.run(&roles.name(given, &database));
    let pack = project().pack("1.0.0");
    let script = format!(
        "set session authorization deploy_{};\n{}",
        database.name,
        preflight::script(&pack)
    );
    let said = database.apply(&[], &script).stdout;
    // Since version 16 it is the first superuser's, whichever one gives it.
    let is_given = database.query(&format!(
        "select rolsuper from pg_auth_members m join pg_roles r on r.oid = m.grantor where m.member = 'deploy_{}'::regrole",
        database.name
    ));
    let is_told = said.contains(
        "counts only if the role that granted it is still a superuser: have it granted again.",
    );
    assert_eq!(is_told, is_given == "f", "{is_given}: {said}");
    assert_eq!(is_given == "f", database.server.version < 16);
    database.run(&roles.name(
        "alter role admin_DATABASE superuser; drop function norm(text); drop owned by deploy_DATABASE; drop role deploy_DATABASE; drop role admin_DATABASE",
        &database,
    ));
    roles.gone(&database);
}
