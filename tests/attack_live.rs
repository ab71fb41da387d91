//! Nobody gets in: what stands in a database, or in a revision, runs nothing as whoever runs `limbeck drift` or
//! `limbeck prove`.
#![expect(clippy::disallowed_methods, reason = "the tests play the user's part")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;

use tempfile::TempDir;

use crate::cli::{Answer, command, contains, project, run, write};
use crate::prove_cli::prover;
use crate::server::{Database, Server};

/// A table with a default, and what an everyday history has beside it.
const HISTORY: &str = "revision 'a'; down_revision none; upgrade {
  create extension citext;
  create extension \"uuid-ossp\";
  create type mood as enum ('calm', 'glad');
  create domain positive as integer check (value > 0);
  sql declares (function is_email) {
    create function is_email(text) returns boolean language sql immutable as 'select $1 ~ ''@''';
  } reverse { drop function is_email(text); }
  sql declares (function next_code) {
    create function next_code(text) returns text language sql as 'select $1';
  } reverse { drop function next_code(text); }
  create sequence numbers;
  create table users (
    id bigint default nextval('numbers'),
    token uuid default uuid_generate_v4(),
    status text default 'x',
    email varchar(99) check (is_email(email)),
    second varchar(99) check (second is null or is_email(second) and second <> email),
    mail citext check (mail <> '') check (mail like '%@%' and mail not in ('a@b', 'c@d')),
    code text default next_code('INV'),
    mood mood default 'calm' check (mood in ('calm', 'glad') and mood <> 'calm' or mood is null),
    moods mood[] default '{calm}',
    size positive default 3 check (size between 1 and 9),
    born date default '2020-01-01' check (born > '1900-01-01'),
    constraint both_checks check (is_email(email || '.org') or length(email) > 3)
  );
  create index ix_email on users (lower(email)) where is_email(email);
}";

fn at_head(text: &str) -> (TempDir, Database) {
    let folder = project();
    write(&folder, "revisions/a.rev", text);
    let database = Server::shared().database();
    database.run(&run(folder.path(), &["upgrade", "head", "--sql"]).ok());
    (folder, database)
}

fn drift(folder: &TempDir, database: &Database) -> Answer {
    let url = Server::shared().url(&database.name);
    run(folder.path(), &["drift", "--database-url", &url])
}

/// Lets code leave a trace: in a transaction that only reads, too, a superuser's program runs.
fn trap(database: &Database) {
    let name = &database.name;
    database.run(&format!(
        "create schema evil;
        create function evil.run() returns void language plpgsql volatile as $$ begin
          copy (select current_user) to program 'cat >> caught_{name}';
        exception when others then null; end $$;
        create function evil.hit() returns boolean language plpgsql immutable as $$ begin
          perform evil.run(); raise warning 'caught: %', current_query(); return true;
        exception when others then return true; end $$;
        create function evil.text() returns text language plpgsql immutable as $$ begin
          perform evil.hit(); return 'x'; end $$;"
    ));
}

#[track_caller]
fn nothing_ran(database: &Database, told: &str) {
    let trace = format!(
        "set search_path = pg_catalog; select pg_read_file('caught_{}', 0, 100000, true)",
        database.name
    );
    assert_eq!(database.query(&trace), "", "{told}");
    assert!(!told.contains("caught"), "{told}");
}

#[test]
fn an_everyday_database_shows_no_difference() {
    let (folder, database) = at_head(HISTORY);
    let told = drift(&folder, &database);
    assert_eq!(told.status, 0, "{}", told.stderr);
}

/// What is done to the database of [`HISTORY`], and what is told of it.
const EXPRESSIONS: &[(&str, &str)] = &[
    (
        "alter table users alter status set default evil.text()",
        "column status: the default is evil.text(), but should be 'x'",
    ),
    (
        "alter table users alter token set default gen_random_uuid()",
        "column token: the default is gen_random_uuid()",
    ),
    (
        "alter table users alter code set default next_code('OUT')",
        "column code: the default is",
    ),
    (
        "alter table users alter code set default next_code(evil.text())",
        "column code: the default is",
    ),
    (
        "alter table users alter mood set default 'glad'",
        "column mood: the default is",
    ),
    (
        "alter table users alter moods set default '{glad}'",
        "column moods: the default is",
    ),
    (
        "alter table users alter size set default 4",
        "column size: the default is 4",
    ),
    (
        "alter table users alter born set default '2020-01-02'",
        "column born: the default is",
    ),
    (
        "create sequence others; alter table users alter id set default nextval('others')",
        "column id: the default is",
    ),
    // Planted beside PostgreSQL's own, in the schema of the history.
    (
        "create function lower(varchar) returns text language plpgsql immutable as 'begin perform evil.hit(); return $1; end'; drop index ix_email; create index ix_email on users (public.lower(email)) where is_email(email)",
        "index public.ix_email: ",
    ),
    (
        "alter table users drop constraint users_mail_check; alter table users add constraint users_mail_check check ((mail)::text <> '')",
        "constraint users_mail_check: the expression is",
    ),
    (
        "alter table users drop constraint users_email_check; alter table users add constraint users_email_check check (not is_email(email))",
        "constraint users_email_check: the expression is",
    ),
    (
        "alter table users drop constraint users_email_check; create function evil.is_email(text) returns boolean language plpgsql immutable as 'begin return evil.hit(); end'; alter table users add constraint users_email_check check (evil.is_email(email))",
        "constraint users_email_check: the expression is evil.is_email",
    ),
    (
        "alter table users drop constraint users_check; alter table users add constraint users_check check (second is null or is_email(second) or second <> email)",
        "constraint users_check: the expression is",
    ),
    (
        "alter table users drop constraint both_checks; alter table users add constraint both_checks check (is_email(email || '.com') or length(email) > 3)",
        "constraint both_checks: the expression is",
    ),
    (
        "alter table users drop constraint both_checks; create operator evil.|| (leftarg = text, rightarg = text, function = textcat); alter table users add constraint both_checks check (is_email(email::text operator(evil.||) '.org'::text) or length(email) > 3)",
        "constraint both_checks: the expression is",
    ),
    (
        "create function evil.cat(varchar, text) returns text language plpgsql immutable as 'begin perform evil.hit(); return $1; end'; create operator || (leftarg = varchar, rightarg = text, function = evil.cat); alter table users drop constraint both_checks; alter table users add constraint both_checks check (is_email(email operator(public.||) '.org'::text) or length(email) > 3)",
        "constraint both_checks: the expression is",
    ),
    (
        "create function text_of(mood) returns text language plpgsql immutable as 'begin perform evil.hit(); return $1::varchar; end'; create cast (mood as text) with function text_of(mood) as implicit; alter table users drop constraint users_mood_check; alter table users add constraint users_mood_check check (lower('calm'::mood) = 'calm')",
        "constraint users_mood_check: the expression is",
    ),
    (
        "create domain trapped as text check (evil.hit()); alter table users alter status set default 'x'::trapped",
        "column status: the default is",
    ),
    (
        "create type pair as (a integer, b text); alter table users alter status set default ('(1,2)'::pair).b",
        "column status: the default is",
    ),
];

#[test]
fn what_names_anything_but_postgresqls_own_is_never_planned() {
    let (folder, upgraded) = at_head(HISTORY);
    trap(&upgraded);
    for (change, expected) in EXPRESSIONS {
        let database = Server::shared().copy(&upgraded.name);
        // The trap writes under the name of the first.
        database.run(change);
        upgraded.run(&format!(
            "copy (select 1) to program 'cat; rm -f caught_{}'",
            upgraded.name
        ));
        let told = drift(&folder, &database).fails(3);
        contains(&told, expected);
        nothing_ran(&upgraded, &told);
    }
}

/// Everything of `pg_catalog` once more, in a schema that stands before it on the path of the database: what anybody calls
/// before setting the path is caught.
fn plant(database: &Database) {
    trap(database);
    database.run(
        r"set check_function_bodies = off; set client_min_messages = error;
        do $$ declare it record; begin
          for it in select p.oid, p.proname, pg_get_function_identity_arguments(p.oid) as arguments, pg_get_function_result(p.oid) as result, p.proretset
            from pg_proc p where p.pronamespace = 'pg_catalog'::regnamespace and p.prokind = 'f' loop
            begin
              execute format('create function evil.%I(%s) returns %s language plpgsql as %L', it.proname, it.arguments, it.result,
                case when it.proretset or it.result = 'void' then 'begin perform evil.hit(); return; end' else 'begin perform evil.hit(); return null; end' end);
            exception when others then null;
            end;
          end loop;
          for it in select o.oprname, o.oprleft::regtype as l, o.oprright::regtype as r, p.proname from pg_operator o join pg_proc p on p.oid = o.oprcode
            where o.oprnamespace = 'pg_catalog'::regnamespace and o.oprleft <> 0 and o.oprright <> 0 loop
            begin
              execute format('create operator evil.%s (leftarg = %s, rightarg = %s, function = evil.%I)', it.oprname, it.l, it.r, it.proname);
            exception when others then null;
            end;
          end loop;
          for it in select relname from pg_class where relnamespace = 'pg_catalog'::regnamespace and relkind in ('r', 'v') loop
            begin
              execute format('create view evil.%I as select * from pg_catalog.%I where evil.hit()', it.relname, it.relname);
            exception when others then null;
            end;
          end loop;
        end $$;",
    );
    let planted = "select (select count(*) from pg_catalog.pg_proc where pronamespace = 'evil'::regnamespace) > 1500 and (select count(*) from pg_catalog.pg_operator where oprnamespace = 'evil'::regnamespace) > 500 and (select count(*) from pg_catalog.pg_class where relnamespace = 'evil'::regnamespace) > 100";
    assert_eq!(database.query(planted), "t");
    let name = &database.name;
    database.run(&format!(
        "alter database {name} set search_path = evil, pg_catalog, public"
    ));
}

#[test]
fn nothing_is_called_before_the_path_is_set() {
    let (folder, database) = at_head(HISTORY);
    plant(&database);
    let caught = database.psql("select current_setting('server_version') || 'x'");
    contains(&caught.stderr, "caught");
    let name = &database.name;
    database.run(&format!(
        "set search_path = pg_catalog; copy (select 1) to program 'cat; rm caught_{name}'"
    ));
    let told = drift(&folder, &database);
    nothing_ran(&database, &told.stderr);
    assert_eq!(told.status, 0, "{}", told.stderr);
    // The same with differences to ask about, with a lock, and where databases are made and cleaned up.
    database.run("set search_path = pg_catalog; alter table public.users alter status set default upper('x')");
    let told = drift(&folder, &database).fails(3);
    nothing_ran(&database, &told);
    let holder = database
        .program("psql")
        .args([
            "-X",
            "-c",
            "begin; lock public.alembic_version; set search_path = pg_catalog; select pg_sleep(60)",
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let mut holder = holder.unwrap();
    let held = "set search_path = pg_catalog; select count(*) from pg_locks where granted and mode = 'AccessExclusiveLock' and relation = 'public.alembic_version'::regclass";
    while database.query(held) != "1" {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let told = drift(&folder, &database).fails(2);
    contains(&told, " holds public.alembic_version");
    nothing_ran(&database, &told);
    holder.kill().unwrap();
    holder.wait().unwrap();
    let (superuser, prover) = (Server::shared().url(&database.name), prover(&database));
    let caught = database.psql("select 1 + 1");
    contains(&caught.stderr, "caught");
    database.run(&format!(
        "set search_path = pg_catalog; copy (select 1) to program 'cat; rm caught_{name}'"
    ));
    for (url, more) in [
        (&superuser, [].as_slice()),
        (&superuser, &["--as-superuser"]),
        (&prover, &[]),
    ] {
        let arguments = ["prove", "--database-url", url];
        let told = run(folder.path(), &[&arguments, more].concat());
        nothing_ran(&database, &told.stderr);
        assert_eq!(
            told.status,
            if *url == superuser && more.is_empty() {
                2
            } else {
                0
            },
            "{}",
            told.stderr
        );
    }
}

/// What is made in the place of the version table, and what is told of it.
const SQUATTED: &[(&str, &str)] = &[
    (
        "create view alembic_version as select evil.text()::varchar as version_num",
        "is a view",
    ),
    (
        "create materialized view alembic_version as select evil.text()::varchar as version_num",
        "is a materialized view",
    ),
    ("create sequence alembic_version", "is a sequence"),
    (
        "create type alembic_version as (version_num text)",
        "is not a table",
    ),
    (
        "create table alembic_version (version_num varchar(32)) partition by list (version_num)",
        "is a partitioned table",
    ),
    (
        "create table p (version_num varchar(32)) partition by list (evil.text(version_num)); create table alembic_version partition of p default",
        "is a partition of a table",
    ),
    (
        "create table p (version_num varchar(32)); create table alembic_version () inherits (p)",
        "inherits from a table",
    ),
    (
        "create table alembic_version (version_num varchar(32)); create table p () inherits (alembic_version)",
        "has a table that inherits from it",
    ),
    (
        "create domain d as varchar(32) check (evil.hit()); create table alembic_version (version_num d)",
        "has the column version_num of the type public.d",
    ),
    (
        "create table alembic_version (version_num varchar(32)); create function t() returns trigger language plpgsql as 'begin return new; end'; create trigger tr before insert on alembic_version for each row execute function t()",
        "has the trigger tr",
    ),
    (
        "create table alembic_version (version_num varchar(32)); create rule r as on insert to alembic_version do also select evil.text()",
        "has the rule r",
    ),
    (
        "create table alembic_version (version_num varchar(32)); create policy p on alembic_version using (evil.hit())",
        "has row security",
    ),
    (
        "create table alembic_version (version_num varchar(32)); alter table alembic_version enable row level security",
        "has row security",
    ),
    (
        "create table alembic_version (version_num varchar(32) constraint c check (evil.hit()))",
        "has the check c",
    ),
    (
        "create table p (version_num varchar(32) primary key); create table alembic_version (version_num varchar(32) constraint f references p)",
        "has the foreign key f",
    ),
    (
        "create table alembic_version (version_num varchar(32) primary key); create table p (version_num varchar(32) constraint f references alembic_version)",
        "is referenced by the foreign key f of public.p",
    ),
    (
        "create table alembic_version (version_num varchar(32), g text generated always as (evil.text()) stored)",
        "has the generated column g",
    ),
    (
        "create table alembic_version (version_num varchar(32) default evil.text())",
        "has the default evil.text(), which is not a constant,",
    ),
    (
        "create table alembic_version (version_num varchar(32)); create index i on alembic_version (evil.text(version_num))",
        "has the index public.i with an expression or a predicate",
    ),
    (
        "create table alembic_version (version_num varchar(32)); create index i on alembic_version (version_num) where evil.hit(); update pg_index set indisvalid = false where indexrelid = 'i'::regclass",
        "has the index public.i with an expression or a predicate",
    ),
    (
        "create table alembic_version (version_num varchar(32)); create operator class c for type text using btree as operator 3 =, function 1 bttextcmp(text, text); create index i on alembic_version (version_num public.c)",
        "has the index public.i with the operator class c",
    ),
    (
        "create table alembic_version (version_num varchar(32)); create statistics s on (evil.text(version_num)) from alembic_version",
        "has the statistics s on an expression",
    ),
    (
        "create table alembic_version (version_num varchar(32)); alter table alembic_version owner to pg_monitor",
        "belongs to the role pg_monitor",
    ),
];

#[test]
fn a_version_table_is_read_only_where_it_is_an_ordinary_one() {
    let (folder, upgraded) = at_head(HISTORY);
    trap(&upgraded);
    upgraded.run("create function evil.text(text) returns text language plpgsql immutable as 'begin return evil.text(); end'; drop table alembic_version");
    for (squatter, expected) in SQUATTED {
        let database = Server::shared().copy(&upgraded.name);
        database.run(&format!("set client_min_messages = error; {squatter}"));
        upgraded.run(&format!(
            "copy (select 1) to program 'cat; rm -f caught_{}'",
            upgraded.name
        ));
        let told = drift(&folder, &database).fails(2);
        contains(
            &told,
            &format!("the version table public.alembic_version {expected}"),
        );
        nothing_ran(&upgraded, &told);
    }
    // One of an owner to whom we belong, with what is harmless.
    let database = Server::shared().copy(&upgraded.name);
    database.run("create table alembic_version (version_num varchar(32) primary key default 'x', note text default 'a''b', n integer default -1); create index i on alembic_version (note); create statistics s on version_num, note from alembic_version; insert into alembic_version values ('a'); create view limbeck_progress as select evil.text() as revision");
    let told = drift(&folder, &database).fails(3);
    contains(&told, "limbeck_progress exists: a script is half done");
    nothing_ran(&upgraded, &told);
}

/// A folder in which the server's user may write, too.
fn open_folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    folder
}

fn shell(trace: &Path) -> String {
    format!(
        "revision 'a'; down_revision none; message 'innocent';
upgrade {{ sql {{ do $$ begin execute 'copy (select 1) to pro' || 'gram ''(id; env) >> {}'''; end $$; }} reverse {{ }} }}",
        trace.display()
    )
}

#[test]
fn a_revision_gets_no_shell() {
    let folder = project();
    let place = open_folder();
    let trace = place.path().join("trace");
    write(&folder, "revisions/a.rev", shell(&trace));
    let prove = |arguments: &[&str]| {
        let output = command(folder.path(), &[&["prove"], arguments].concat())
            .env("SECRET_OF_CI", "hunter2")
            .output()
            .unwrap();
        let text = |it| String::from_utf8(it).unwrap();
        (
            output.status.code(),
            text(output.stdout) + &text(output.stderr),
        )
    };
    let (status, told) = prove(&[]);
    assert_eq!(status, Some(0), "{told}");
    contains(&told, "0 proved, 0 failed, ");
    contains(
        &told,
        "it needs more rights than the owner of a database has; --as-superuser gives them: ",
    );
    assert!(!trace.exists(), "{told}");
    let (_, told) = prove(&["--as-superuser"]);
    contains(
        &told,
        "warning: --as-superuser: SQL of a revision can run programs",
    );
    let left = fs::read_to_string(&trace).expect(&told);
    contains(&left, "uid=");
    assert!(!left.contains("hunter2"), "{left}");
    let url = Server::shared().url("postgres");
    let (status, told) = prove(&["--database-url", &url]);
    assert_eq!(status, Some(2), "{told}");
    contains(&told, "the role postgres of --database-url is a superuser");
    contains(&told, "--as-superuser");
}

#[test]
fn a_revision_becomes_no_superuser() {
    let folder = project();
    let tries = [
        "set role limbeck_superuser",
        "set session authorization limbeck_superuser",
        "alter role postgres superuser",
        "alter role postgres createrole",
        "grant pg_execute_server_program to postgres",
        "grant limbeck_superuser to postgres",
        "create role mallory superuser",
        "create subscription s connection 'dbname=postgres user=limbeck_superuser' publication p with (connect = false)",
        "create language plperlu",
        "create function c(text) returns text language c as 'libc', 'system'",
        "copy (select 1) to '/tmp/limbeck_never'",
        "select pg_read_file('pg_hba.conf')",
        "select lo_export(1, '/tmp/limbeck_never')",
        "alter system set archive_command = 'x'",
        "select dblink_connect('host=' || folder || ' dbname=postgres user=limbeck_superuser') from (values ('/tmp')) as it (folder)",
        "reset role; alter role postgres superuser",
        "reset session authorization; alter role postgres superuser",
    ];
    let tries: Vec<String> = tries
        .iter()
        .map(|it| {
            let text = it.replace('\'', "''");
            format!("begin execute '{text}'; raise 'it did: %', '{text}'; exception when insufficient_privilege or undefined_object or undefined_file or invalid_password or connection_exception or syntax_error or undefined_function or feature_not_supported or invalid_parameter_value or object_not_in_prerequisite_state then null; when others then if sqlstate = 'P0001' then raise; end if; end;")
        })
        .collect();
    write(
        &folder,
        "revisions/a.rev",
        format!(
            "revision 'a'; down_revision none; upgrade {{
  create extension if not exists dblink reverse {{ }};
  create extension citext;
  sql {{ do $$ declare it text; begin {} if (select rolsuper from pg_roles where rolname = session_user) then raise 'super'; end if; end $$; }} reverse {{ }}
}}",
            tries.join("\n")
        ),
    );
    let told = run(folder.path(), &["prove"]);
    assert_eq!(told.status, 0, "{}", told.stderr);
    contains(&told.stdout, ", 0 failed, 0 not proved");
}

#[test]
fn what_only_a_superuser_may_is_not_proved() {
    // Two databases are tried at once, and one change of a role disturbs the other.
    for sql in [
        "create extension dblink",
        "sql { create function e() returns event_trigger language plpgsql as 'begin end'; create event trigger e on ddl_command_end execute function e(); } reverse { drop event trigger e; drop function e(); }",
        "sql { do $$ begin loop begin execute 'alter role postgres superuser'; exit; exception when internal_error then null; end; end loop; end $$; } reverse { }",
    ] {
        let folder = project();
        write(
            &folder,
            "revisions/a.rev",
            format!("revision 'a'; down_revision none; upgrade {{ {sql}; }}")
                .replace("} ; }", "} }")
                .replace("};", "}"),
        );
        let answer = run(folder.path(), &["prove"]);
        assert_eq!(answer.status, 0, "{}", answer.stderr);
        contains(&answer.stdout, "; --as-superuser gives them: ");
        contains(&answer.stdout, "0 failed");
        let answer = run(folder.path(), &["prove", "--as-superuser"]);
        assert_eq!(answer.status, 0, "{}", answer.stderr);
        contains(&answer.stdout, "0 failed, 0 not proved");
    }
}

/// The arguments of all programs that run.
#[cfg(target_os = "linux")]
fn arguments() -> Vec<String> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let lines = entries.filter_map(|it| fs::read(it.path().join("cmdline")).ok());
    let texts = lines.map(|it| String::from_utf8_lossy(&it).replace('\0', " "));
    texts.collect()
}

#[cfg(target_os = "linux")]
#[test]
fn a_password_stands_in_no_argument() {
    let folder = project();
    write(&folder, "revisions/a.rev", HISTORY);
    let server = Server::own();
    let database = server.database();
    database.run(&run(folder.path(), &["upgrade", "head", "--sql"]).ok());
    database.run(
        "create role locked login createdb password 's3cr3t/x'; grant select on alembic_version to locked;
        copy (select 'local all locked password') to program 'cat - pg_hba.conf >hba && mv hba pg_hba.conf';
        select pg_reload_conf(), pg_sleep(0.3);",
    );
    let url = server.url(&database.name).replace("user=postgres", "");
    let socket = url
        .split_once("host=")
        .unwrap()
        .1
        .split('&')
        .next()
        .unwrap();
    let name = &database.name;
    for (verb, url) in [
        (
            "drift",
            format!("postgresql://locked:s3cr3t%2Fx@/{name}?host={socket}&port=5432"),
        ),
        (
            "drift",
            format!("host={socket} port=5432 user=locked dbname={name} password='s3cr3t/x'"),
        ),
        (
            "prove",
            format!("postgresql://locked@/{name}?host={socket}&port=5432&password=s3cr3t%2fx"),
        ),
    ] {
        let mut limbeck = command(folder.path(), &[verb, "--database-url", &url])
            .env_remove("PGPASSWORD")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut seen = 0;
        let status = loop {
            let others = arguments()
                .into_iter()
                .filter(|it| !it.contains("--database-url"));
            let ours = others.filter(|it| it.contains(socket) && it.contains("locked"));
            for it in ours {
                seen += 1;
                assert!(!it.contains("s3cr3t"), "{it}");
            }
            if let Some(status) = limbeck.try_wait().unwrap() {
                break status;
            }
        };
        assert_eq!(status.code(), Some(0), "{verb} {url}");
        assert!(seen > 0, "{verb}");
    }
}
