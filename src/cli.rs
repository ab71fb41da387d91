//! The command line. The only module, with those below it, that touches files, the environment and the
//! terminal; `prove` does what has to do with servers.
//!
//! A command answers with all of its data, or with a `Failure`: nothing is printed before it has succeeded.

mod bundle;
mod check;
mod drift;
mod explain;
mod failure;
mod folder;
mod history;
mod home;
mod init;
mod named;
mod output;
mod place;
mod plan;
mod progress;
mod project;
mod prove;
mod release;
mod revision;
mod script;
mod terminal;
mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

use camino::Utf8PathBuf;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::diagnostic::Diagnostics;
use crate::source::Sources;

/// Compile database revisions into reviewed, repeatable SQL without connecting to a database.
#[derive(Debug, Parser)]
#[command(
    name = "limbeck",
    version,
    arg_required_else_help = true,
    after_help = "\
Start with `limbeck init`. Data goes to stdout, everything else to stderr.
Exit status: 0 success, 1 the project has errors, 2 the command could not run, 3 a verification failed.

Examples:
  limbeck init                    create a project in this folder
  limbeck -C db check             work in another folder
  limbeck -c limbeck_ts.yaml …    use the configuration of a second database"
)]
struct Cli {
    #[command(flatten)]
    common: Common,

    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options for every command")]
struct Common {
    /// Work in this folder, on the project that it belongs to
    #[arg(short = 'C', long = "directory", value_name = "DIR", global = true)]
    directory: Option<Utf8PathBuf>,

    /// Read this configuration (relative to DIR) instead of the nearest limbeck.yaml in DIR or above; paths in it are
    /// relative to its folder
    #[arg(short, long, value_name = "FILE", global = true)]
    config: Option<Utf8PathBuf>,

    /// Output format: text for people, or stable JSON for programs
    #[arg(long, value_name = "FORMAT", default_value = "human", global = true)]
    format: Format,

    /// When to colour diagnostics; `NO_COLOR` is respected
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    color: Color,

    /// Allow the configuration and links to point outside the project's folder, for reading and writing
    #[arg(long, global = true)]
    allow_outside: bool,

    /// Print only data and errors, no remarks or warnings
    #[arg(short, long, global = true)]
    quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

/// One struct per command; its fields are its arguments.
#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Init),
    Revision(revision::Revision),
    Merge(revision::Merge),
    Check(check::Check),
    Heads(history::Heads),
    Branches(history::Branches),
    History(history::ShowHistory),
    Show(history::Show),
    Graph(history::Graph),
    Plan(plan::Plan),
    Explain(explain::Explain),
    Upgrade(script::Upgrade),
    Downgrade(script::Downgrade),
    Stamp(script::Stamp),
    Release(release::Release),
    Bundle(bundle::Bundle),
    Verify(verify::Verify),
    Prove(prove::Prove),
    Drift(drift::Drift),
}

/// What a command that succeeded has to say.
#[derive(Debug, Default)]
struct Answer {
    /// For stdout.
    data: String,
    /// Whether `data` is SQL, which goes out byte for byte. Everything else is for eyes, or JSON.
    exact: bool,
    /// For people, on stderr before the remarks; not with `--quiet`.
    warnings: Warnings,
    /// For people, on stderr; not with `--quiet`.
    remarks: String,
}

/// Diagnostics that keep nothing from running, and the texts that they point into.
#[derive(Debug, Default)]
struct Warnings {
    diagnostics: Diagnostics,
    sources: Sources,
}

/// Runs the program with the process's own arguments.
#[must_use]
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return terminal::usage(&error, &arguments),
    };
    let common = &cli.common;
    let answer = match &cli.command {
        Command::Init(command) => command.run(common),
        Command::Revision(command) => command.run(common),
        Command::Merge(command) => command.run(common),
        Command::Check(command) => command.run(common),
        Command::Heads(command) => command.run(common),
        Command::Branches(command) => command.run(common),
        Command::History(command) => command.run(common),
        Command::Show(command) => command.run(common),
        Command::Graph(command) => command.run(common),
        Command::Plan(command) => command.run(common),
        Command::Upgrade(command) => command.run(common),
        Command::Downgrade(command) => command.run(common),
        Command::Stamp(command) => command.run(common),
        Command::Release(command) => command.run(common),
        Command::Bundle(command) => command.run(common),
        Command::Verify(command) => command.run(common),
        Command::Prove(command) => command.run(common),
        Command::Drift(command) => command.run(common),
        Command::Explain(command) => command.run(common),
    };
    terminal::finish(answer, common)
}
