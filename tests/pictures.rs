//! The pictures of the README are what the programs print today. `INSTA_UPDATE=always` draws them anew.

use anstyle_svg::Term;
use tempfile::TempDir;

use crate::cli::{command, project, write};
use crate::manual::is_up_to_date;

/// The revision that README.md shows.
fn tour(column: &str) -> TempDir {
    let folder = project();
    let revision = format!(
        "revision      '001_users';
down_revision none;
message       'users';

upgrade {{
  create table users (
    id     bigint generated always as identity primary key,
    email  text not null unique,
    status varchar(20) not null default 'new'
  );
  create index on users ({column});
}}

downgrade auto;
"
    );
    write(&folder, "revisions/001_users_users.rev", revision);
    folder
}

/// A terminal in which `command` was typed and printed `output`.
fn draw(path: &str, command: &str, output: &str) {
    let text = format!("\u{1b}[1m$ {command}\u{1b}[0m\n{}\n", output.trim_end());
    is_up_to_date(path, &Term::new().render_svg(&text));
}

#[test]
fn the_picture_of_an_error_is_up_to_date() {
    let folder = tour("stauts");
    let output = command(folder.path(), &["check", "--color", "always"])
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    draw("docs/pictures/error.svg", "limbeck check", &told);
}

#[cfg(postgres)]
#[test]
fn the_picture_of_an_upgrade_is_up_to_date() {
    use std::fs;

    use crate::cli::run;
    use crate::server::Server;

    let folder = tour("status");
    for arguments in [
        ["release", "1.0.0"].as_slice(),
        &["release", "1.0.0", "--seal"],
        &["bundle", "1.0.0"],
    ] {
        assert_eq!(run(folder.path(), arguments).status, 0);
    }
    #[expect(clippy::disallowed_methods, reason = "it plays the DBA's part")]
    let script = fs::read_to_string(folder.path().join("out/1.0.0/upgrade.sql")).unwrap();
    let database = Server::shared().database();
    let told = database.apply(&[], &script).stdout;
    // Names and times are those of a database of one's own.
    let told: Vec<String> = told
        .lines()
        .map(|line| match line.split_once(" on database ") {
            Some((before, _)) => {
                format!("{before} on database tour at the local socket, port 5432 as dba")
            }
            None => match line.split_once("done in ").zip(line.split_once(" s; ")) {
                Some(((before, _), (_, after))) => format!("{before}done in 0.05 s; {after}"),
                None => line.to_owned(),
            },
        })
        .collect();
    draw(
        "docs/pictures/upgrade.svg",
        "psql -d tour -f out/1.0.0/upgrade.sql",
        &told.join("\n"),
    );
}
