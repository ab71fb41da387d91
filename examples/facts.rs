//! Reads the catalogs of running servers, and writes what `builtin` knows of PostgreSQL and its extensions.
//!
//! Each argument is a connection string of psql, one for each major version, as a superuser:
//!
//! ```text
//! cargo run --example facts -- 'host=/tmp port=5414 user=postgres' 'host=/tmp port=5415 user=postgres' …
//! cargo fmt
//! ```
//!
//! It asks each server with `tests/data/facts.sql`, and each extension that the server has in a database of its own. The
//! file of an extension that no server has stays as it is.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a tool that reads and writes files"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A server, and what it printed.
struct Server {
    connection: String,
    version: u32,
    core: String,
    /// By the extension.
    extensions: BTreeMap<String, String>,
}

/// The fields of a row without its class, and which servers have it.
type Rows<'a> = BTreeMap<Vec<&'a str>, Vec<bool>>;

/// What one server printed: its version and the lines.
type Printed<'a> = (u32, &'a str);

fn main() -> Result<(), Box<dyn Error>> {
    let mut servers = Vec::new();
    for connection in std::env::args().skip(1) {
        servers.push(read_server(connection)?);
    }
    servers.sort_by_key(|it| it.version);
    let versions: BTreeSet<u32> = servers.iter().map(|it| it.version).collect();
    if servers.is_empty() || versions.len() < servers.len() {
        return Err("name one server of each major version".into());
    }
    let data = Path::new(ROOT).join("src/builtin/data");
    let printed: Vec<Printed<'_>> = servers.iter().map(|it| (it.version, &*it.core)).collect();
    let core = core(&printed);
    for (class, text) in &core {
        fs::write(data.join(format!("{class}.tsv")), text)?;
    }
    let names: BTreeSet<&String> = servers.iter().flat_map(|it| it.extensions.keys()).collect();
    for name in names {
        let text = extension(&telling(name, &servers));
        fs::write(data.join(format!("extensions/{name}.tsv")), text)?;
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(data.join("extensions"))? {
        let path = entry?.path();
        names.extend(path.file_stem().map(|it| it.to_string_lossy().into_owned()));
    }
    names.sort();
    let builtin = Path::new(ROOT).join("src/builtin");
    fs::write(builtin.join("ids.rs"), ids(&core["type"])?)?;
    fs::write(builtin.join("extension/table.rs"), table(&names)?)?;
    Ok(())
}

fn psql(connection: &str, database: &str, arguments: &[&str]) -> Result<Output, Box<dyn Error>> {
    let to = format!("{connection} dbname='{database}'");
    let output = Command::new("psql")
        .args([
            "-X",
            "-q",
            "-A",
            "-t",
            "-F",
            "\t",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            &to,
        ])
        .args(arguments)
        .output()?;
    Ok(output)
}

fn printed(output: &Output) -> Result<String, Box<dyn Error>> {
    if output.status.success() {
        Ok(String::from_utf8(output.stdout.clone())?)
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
    }
}

fn read_server(connection: String) -> Result<Server, Box<dyn Error>> {
    let facts = format!("{ROOT}/tests/data/facts.sql");
    let run = |database: &str, arguments: &[&str]| psql(&connection, database, arguments);
    let ask = |text: &str| printed(&run("postgres", &["-c", text])?);
    let version = ask("select current_setting('server_version_num')::int / 10000")?;
    let version: u32 = version.trim().parse()?;
    let core = printed(&run("postgres", &["-f", &facts])?)?;
    let mut extensions = BTreeMap::new();
    for name in ask("select name from pg_available_extensions order by 1")?.lines() {
        let database = format!("x_{name}");
        ask(&format!("drop database if exists \"{database}\""))?;
        ask(&format!(
            "create database \"{database}\" template template0"
        ))?;
        let create = format!(
            "set client_min_messages = error; create extension if not exists \"{name}\" cascade"
        );
        let created = run(&database, &["-c", &create])?;
        if created.status.success() {
            let only = format!("ext={name}");
            let text = printed(&run(&database, &["-v", &only, "-f", &facts])?)?;
            extensions.insert(name.to_owned(), text);
        } else {
            let why = String::from_utf8_lossy(&created.stderr).into_owned();
            eprintln!(
                "{version}, {name}: {}",
                why.lines().next().unwrap_or_default()
            );
        }
        ask(&format!("drop database \"{database}\" with (force)"))?;
    }
    Ok(Server {
        connection,
        version,
        core,
        extensions,
    })
}

/// What the servers printed of an extension, of those whose silence says something.
///
/// PostgreSQL comes with contrib, so that a version without one of these does not have it. What is a package of its own, or
/// a language that a build can leave out, may be installed on any server.
fn telling<'a>(name: &str, servers: &'a [Server]) -> Vec<Printed<'a>> {
    let languages = ["plperl", "plperlu", "plpython3u", "pltcl", "pltclu"];
    let with_most = servers.iter().max_by_key(|it| it.extensions.len());
    let having: Vec<&Server> = servers
        .iter()
        .filter(|it| it.extensions.contains_key(name))
        .collect();
    let is_package =
        having.len() == 1 && with_most.is_some_and(|it| it.connection == having[0].connection);
    let is_silent = is_package || languages.iter().any(|it| name.ends_with(it));
    let printed = servers.iter().filter_map(|it| {
        let text = it.extensions.get(name).map(String::as_str);
        let text = if is_silent {
            text?
        } else {
            text.unwrap_or_default()
        };
        Some((it.version, text))
    });
    printed.collect()
}

/// The file of each class: each row begins with its versions.
fn core(servers: &[Printed<'_>]) -> BTreeMap<String, String> {
    let mut classes = BTreeMap::new();
    for (class, rows) in gather(servers, 1) {
        let mut text = String::new();
        for (fields, seen) in &rows {
            write_row(&mut text, "", fields, seen, servers);
        }
        classes.insert(class.to_owned(), text);
    }
    classes
}

/// The file of one extension: each row begins with its class and its versions.
fn extension(servers: &[Printed<'_>]) -> String {
    let mut text = String::new();
    for (class, rows) in gather(servers, 2) {
        for (fields, seen) in &rows {
            write_row(&mut text, class, fields, seen, servers);
        }
    }
    text
}

/// The rows by their class, without the fields before `from`.
fn gather<'a>(servers: &[Printed<'a>], from: usize) -> BTreeMap<&'a str, Rows<'a>> {
    let mut classes: BTreeMap<&str, Rows<'_>> = BTreeMap::new();
    for (at, (_, text)) in servers.iter().enumerate() {
        for line in text.lines() {
            let mut fields: Vec<&str> = line.split('\t').collect();
            while fields.last() == Some(&"") {
                fields.pop();
            }
            let rest = fields.split_off(from);
            let rows = classes.entry(fields[0]).or_default();
            let seen = rows
                .entry(rest)
                .or_insert_with(|| vec![false; servers.len()]);
            assert!(!seen[at], "a server prints a row once: {line}");
            seen[at] = true;
        }
    }
    classes
}

/// A line for each run of neighboring versions; it is open where it reaches the oldest or the newest server.
fn write_row(
    text: &mut String,
    class: &str,
    fields: &[&str],
    seen: &[bool],
    servers: &[Printed<'_>],
) {
    let mut at = 0;
    while at < seen.len() {
        if !seen[at] {
            at += 1;
            continue;
        }
        let first = at;
        while at < seen.len() && seen[at] {
            at += 1;
        }
        if !class.is_empty() {
            text.push_str(class);
            text.push('\t');
        }
        if first > 0 {
            text.push_str(&servers[first].0.to_string());
        }
        if first > 0 || at < seen.len() {
            text.push('-');
        }
        if at < seen.len() {
            text.push_str(&servers[at - 1].0.to_string());
        }
        for field in fields {
            text.push('\t');
            text.push_str(field);
        }
        text.push('\n');
    }
}

/// The constants of `TypeId`, which count the types in the order of their file.
fn ids(types: &str) -> Result<String, Box<dyn Error>> {
    let mut names: Vec<&str> = types
        .lines()
        .filter_map(|line| line.split('\t').nth(1))
        .collect();
    names.dedup();
    let mut constants = String::new();
    let mut pairs = String::new();
    for (at, name) in names.iter().enumerate() {
        if name.contains('.') {
            continue;
        }
        let upper = match name.strip_prefix('_') {
            Some(element) => format!("{}_ARRAY", element.to_uppercase()),
            None => name.to_uppercase(),
        };
        writeln!(
            constants,
            "/// `{name}`\npub const {upper}: Self = Self({at});"
        )?;
        writeln!(pairs, "(TypeId::{upper}, \"{name}\"),")?;
    }
    Ok(format!(
        "//! The constants of [`TypeId`]; written by `examples/facts.rs`, not by hand.\n\nuse super::TypeId;\n\n\
         impl TypeId {{\n{constants}}}\n\n/// Every constant with the name it must have.\n#[cfg(test)]\n\
         pub(super) const NAMED: &[(TypeId, &str)] = &[\n{pairs}];\n"
    ))
}

/// The table of the extensions, which includes their files.
fn table(names: &[String]) -> Result<String, Box<dyn Error>> {
    let mut entries = String::new();
    for name in names {
        writeln!(
            entries,
            "Entry {{ name: \"{name}\", facts: LazyLock::new(|| {{ Extension::parse(\"{name}\", \
             include_str!(\"../data/extensions/{name}.tsv\")) }}) }},"
        )?;
    }
    Ok(format!(
        "//! The files of the extensions; written by `examples/facts.rs`, not by hand.\n\nuse std::sync::LazyLock;\n\n\
         use super::Entry;\nuse super::Extension;\n\n/// Every extension, sorted by name.\n\
         pub(super) static ENTRIES: [Entry; {}] = [\n{entries}];\n",
        names.len()
    ))
}
