//! `limbeck.yaml`: what holds for a whole project. Every key may be left out; nothing here touches files.

use camino::Utf8PathBuf;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Result, nearest};
use crate::source::{SourceId, Sources, Span, Spanned};
use crate::visible;
use crate::yaml::{self, Value};

/// The name under which the configuration is looked for.
pub const FILE_NAME: &str = "limbeck.yaml";

/// The configuration of a project. Paths are relative to the folder that `limbeck.yaml` is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The folder of the revisions.
    pub revisions: Utf8PathBuf,
    /// The folder of the bundles.
    pub out: Utf8PathBuf,
    /// The folder of the releases' notes.
    pub release_notes: Utf8PathBuf,
    pub dialect: &'static str,
    /// The oldest major version of the server that scripts must run on.
    pub minimum_server: u32,
    pub version_table: String,
    /// Where the version table is; the `schema` when absent.
    pub version_table_schema: Option<String>,
    /// What unqualified names belong to.
    pub schema: String,
    /// The role that scripts require.
    pub role: Option<String>,
    pub transaction: Transaction,
    pub guarded: Guarded,
    /// How long a statement of a script waits for a lock: all others wait behind it.
    pub lock_timeout: Timeout,
    /// How long a statement of a script runs, whatever the database has set.
    pub statement_timeout: Timeout,
    pub allow: Allow,
}

/// What is one transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transaction {
    Revision,
    Release,
}

/// How a statement goes back that makes something unless it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guarded {
    /// Its author must say.
    Ask,
    /// What it makes is dropped, also where it was there before.
    Drop,
    /// It is left.
    Stay,
}

/// A limit of time; zero is no limit, as in PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeout {
    pub milliseconds: u32,
}

/// What `check` would else refuse or warn of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allow {
    /// Several heads.
    pub heads: bool,
    /// Several bases.
    pub bases: bool,
    /// Warnings that are silent in the whole project.
    pub warnings: Vec<Code>,
    /// Policies that do not hold in the whole project.
    pub policies: Vec<Code>,
}

const KEYS: &[&str] = &[
    "revisions",
    "out",
    "release_notes",
    "dialect",
    "minimum_server",
    "version_table",
    "version_table_schema",
    "schema",
    "role",
    "transaction",
    "guarded",
    "lock_timeout",
    "statement_timeout",
    "allow",
];

/// What changes a script, in the order in which a seal holds it.
const OPTIONS: &[&str] = &[
    "dialect",
    "minimum_server",
    "schema",
    "version_table",
    "version_table_schema",
    "transaction",
    "guarded",
    "role",
    "lock_timeout",
    "statement_timeout",
];

const DIALECTS: &[&str] = &["postgresql"];

/// PostgreSQL cuts longer names.
const LONGEST_NAME: usize = 63;

impl Default for Config {
    fn default() -> Self {
        Self {
            revisions: "revisions".into(),
            out: "out".into(),
            release_notes: "release-notes".into(),
            dialect: "postgresql",
            minimum_server: 14,
            version_table: "alembic_version".to_owned(),
            version_table_schema: None,
            schema: "public".to_owned(),
            role: None,
            transaction: Transaction::Revision,
            guarded: Guarded::Ask,
            lock_timeout: Timeout { milliseconds: 5000 },
            statement_timeout: Timeout { milliseconds: 0 },
            allow: Allow::default(),
        }
    }
}

impl Config {
    /// The configuration that the text of `id` is. Gathers a diagnostic for every unknown key and wrong value.
    pub fn read(sources: &Sources, id: SourceId) -> Result<Self> {
        let mut config = Self::default();
        let mut diagnostics = Diagnostics::default();
        for (key, value) in yaml::entries(sources, id.span(0, sources.get(id).text.len()))? {
            diagnostics.absorb(config.set(&key, &value).map_err(Diagnostics::from));
        }
        diagnostics.into_result(config)
    }

    /// The schema that the version table is in.
    #[must_use]
    pub fn version_table_schema(&self) -> &str {
        self.version_table_schema.as_ref().unwrap_or(&self.schema)
    }

    /// Every option that changes a script, by its key; those that are absent are left out.
    #[must_use]
    pub fn options(&self) -> Vec<(&'static str, String)> {
        let value = |key: &str| match key {
            "dialect" => Some(self.dialect.to_owned()),
            "minimum_server" => Some(self.minimum_server.to_string()),
            "schema" => Some(self.schema.clone()),
            "version_table" => Some(self.version_table.clone()),
            "version_table_schema" => Some(self.version_table_schema().to_owned()),
            "transaction" => Some(self.transaction.name().to_owned()),
            "guarded" => Some(self.guarded.name().to_owned()),
            "role" => self.role.clone(),
            "lock_timeout" => Some(self.lock_timeout.to_string()),
            "statement_timeout" => Some(self.statement_timeout.to_string()),
            _ => None,
        };
        let all = OPTIONS.iter().map(|key| (*key, value(key)));
        all.filter_map(|(key, value)| Some((key, value?))).collect()
    }

    /// The same with other options that change scripts: those in `entries`, and no others.
    pub fn with_options(&self, entries: &[yaml::Entry]) -> Result<Self> {
        let mut config = Self {
            role: None,
            ..self.clone()
        };
        let mut diagnostics = Diagnostics::default();
        for (key, value) in entries {
            let set = if OPTIONS.contains(&key.value.as_str()) {
                config.set(key, value)
            } else {
                let message = format!("`{}` is not an option that changes scripts", key.value);
                Err(error(key.span, message)
                    .help(format!("the options are {}", OPTIONS.join(", "))))
            };
            diagnostics.absorb(set.map_err(Diagnostics::from));
        }
        diagnostics.into_result(config)
    }

    fn set(
        &mut self,
        key: &Spanned<String>,
        value: &Spanned<Value>,
    ) -> std::result::Result<(), Diagnostic> {
        let key_name = key.value.as_str();
        match key_name {
            "revisions" => self.revisions = folder(key_name, value)?,
            "out" => self.out = folder(key_name, value)?,
            "release_notes" => self.release_notes = folder(key_name, value)?,
            "dialect" => self.dialect = choice(key_name, value, DIALECTS)?,
            "minimum_server" => self.minimum_server = server(value)?,
            "version_table" => {
                let table = name(key_name, value)?;
                if let Some((schema, table)) = table.split_once('.') {
                    return Err(error(
                        value.span,
                        "`version_table` contains a dot, which would become part of the name"
                            .to_owned(),
                    )
                    .help(format!(
                        "write version_table_schema: {schema}, and version_table: {table}"
                    )));
                }
                self.version_table = table;
            }
            "version_table_schema" => {
                self.version_table_schema = Some(schema(key_name, value)?);
            }
            "schema" => self.schema = schema(key_name, value)?,
            "role" => self.role = Some(name(key_name, value)?),
            "transaction" => {
                self.transaction = match choice(key_name, value, &["revision", "release"])? {
                    "release" => Transaction::Release,
                    _ => Transaction::Revision,
                };
            }
            "guarded" => {
                self.guarded = match choice(key_name, value, &["ask", "drop", "stay"])? {
                    "drop" => Guarded::Drop,
                    "stay" => Guarded::Stay,
                    _ => Guarded::Ask,
                };
            }
            "lock_timeout" => self.lock_timeout = timeout(key_name, value)?,
            "statement_timeout" => self.statement_timeout = timeout(key_name, value)?,
            "allow" => self.allow = allow(value)?,
            unknown => {
                let help = match nearest(unknown, KEYS.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the keys are {}", KEYS.join(", ")),
                };
                return Err(error(key.span, format!("there is no key `{unknown}`")).help(help));
            }
        }
        Ok(())
    }
}

impl Transaction {
    /// As the configuration says it.
    fn name(self) -> &'static str {
        match self {
            Self::Revision => "revision",
            Self::Release => "release",
        }
    }
}

impl Guarded {
    /// As the configuration says it.
    fn name(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Drop => "drop",
            Self::Stay => "stay",
        }
    }
}

impl std::fmt::Display for Timeout {
    /// In the largest unit that tells it exactly, as PostgreSQL reads it.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (factor, unit) = UNITS
            .iter()
            .rev()
            .find(|(factor, _)| self.milliseconds.is_multiple_of(*factor))
            .filter(|_| self.milliseconds > 0)
            .unwrap_or(&UNITS[0]);
        write!(formatter, "{}{unit}", self.milliseconds / factor)
    }
}

/// PostgreSQL's units of time, in milliseconds.
const UNITS: &[(u32, &str)] = &[
    (1, "ms"),
    (1_000, "s"),
    (60_000, "min"),
    (3_600_000, "h"),
    (86_400_000, "d"),
];

type Checked<T> = std::result::Result<T, Diagnostic>;

fn error(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::Configuration, span, message)
}

fn text<'a>(key: &str, value: &'a Spanned<Value>) -> Checked<&'a str> {
    let wrong = |help: &str| {
        let message = format!("`{key}` must be a string, not {}", value.value.describe());
        Err(error(value.span, message).help(help))
    };
    match &value.value {
        Value::Text(text) if text.chars().any(visible::breaks_line) => Err(error(
            value.span,
            format!("`{key}` contains a control character"),
        )),
        Value::Text(text) if text.is_empty() => Err(error(value.span, format!("`{key}` is empty"))
            .help("remove the key to use the default")),
        Value::Text(text) => Ok(text),
        Value::Null => wrong("remove the key to use the default"),
        Value::Boolean(_) | Value::Integer(_) | Value::Fraction => wrong("put it in quotes"),
        Value::List(_) | Value::Mapping(_) => wrong("write a single value"),
    }
}

fn folder(key: &str, value: &Spanned<Value>) -> Checked<Utf8PathBuf> {
    text(key, value).map(Utf8PathBuf::from)
}

fn choice<'a>(key: &str, value: &Spanned<Value>, choices: &[&'a str]) -> Checked<&'a str> {
    let wrong = |text: String| {
        let choices = choices
            .iter()
            .map(|it| format!("`{it}`"))
            .collect::<Vec<_>>()
            .join(" or ");
        error(value.span, format!("`{key}` cannot be {text}")).help(format!("write {choices}"))
    };
    if matches!(
        value.value,
        Value::Boolean(_) | Value::Integer(_) | Value::Fraction
    ) {
        return Err(wrong(value.value.describe()));
    }
    let text = text(key, value)?;
    choices
        .iter()
        .find(|it| **it == text)
        .copied()
        .ok_or_else(|| wrong(format!("`{text}`")))
}

fn name(key: &str, value: &Spanned<Value>) -> Checked<String> {
    let text = text(key, value)?;
    if text.len() > LONGEST_NAME {
        return Err(error(
            value.span,
            format!(
                "`{key}` is {} bytes long, but PostgreSQL's names have at most {LONGEST_NAME}",
                text.len()
            ),
        ));
    }
    Ok(text.to_owned())
}

fn schema(key: &str, value: &Spanned<Value>) -> Checked<String> {
    let name = name(key, value)?;
    if name.starts_with("pg_") || name == "information_schema" {
        return Err(error(
            value.span,
            format!("the schema `{name}` is reserved for PostgreSQL"),
        )
        .help("name a schema of the application, such as `public`"));
    }
    Ok(name)
}

fn server(value: &Spanned<Value>) -> Checked<u32> {
    match value.value {
        Value::Integer(version) if (12..=18).contains(&version) => {
            Ok(u32::try_from(version).expect("it is between 12 and 18"))
        }
        Value::Null
        | Value::Boolean(_)
        | Value::Integer(_)
        | Value::Fraction
        | Value::Text(_)
        | Value::List(_)
        | Value::Mapping(_) => Err(error(
            value.span,
            format!("`minimum_server` cannot be {}", value.value.describe()),
        )
        .help(match &value.value {
            Value::Text(text) if text.parse::<u32>().is_ok() => {
                format!("write it without quotes: minimum_server: {text}")
            }
            Value::Null
            | Value::Boolean(_)
            | Value::Integer(_)
            | Value::Fraction
            | Value::Text(_)
            | Value::List(_)
            | Value::Mapping(_) => {
                "write PostgreSQL's major version: a number from 12 to 18".to_owned()
            }
        })),
    }
}

fn timeout(key: &str, value: &Spanned<Value>) -> Checked<Timeout> {
    let help = "write a number and a unit, such as 500ms, 5s or 2min; 0 is no limit";
    let wrong = || {
        let message = format!("`{key}` cannot be {}", value.value.describe());
        error(value.span, message).help(help)
    };
    if value.value == Value::Integer(0) {
        return Ok(Timeout { milliseconds: 0 });
    }
    let Value::Text(text) = &value.value else {
        return Err(wrong());
    };
    let digits = text
        .find(|it: char| !it.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match (number, unit.trim_start()) {
        ("0", "") => 1,
        (_, unit) => UNITS.iter().find(|it| it.1 == unit).ok_or_else(wrong)?.0,
    };
    // PostgreSQL keeps these settings in a signed integer.
    let milliseconds = number
        .parse::<u32>()
        .ok()
        .and_then(|it| it.checked_mul(factor))
        .filter(|it| i32::try_from(*it).is_ok())
        .ok_or_else(wrong)?;
    Ok(Timeout { milliseconds })
}

fn allow(value: &Spanned<Value>) -> Checked<Allow> {
    let Value::List(items) = &value.value else {
        let message = format!("`allow` must be a list, not {}", value.value.describe());
        return Err(error(value.span, message).help("write `allow: [heads]`"));
    };
    let mut allow = Allow::default();
    for item in items {
        match text("allow", item)? {
            "heads" => allow.heads = true,
            "bases" => allow.bases = true,
            name => {
                if let Some(code) = Code::POLICIES.iter().find(|it| it.name() == name) {
                    allow.policies.push(*code);
                    continue;
                }
                let code = Code::WARNINGS.iter().find(|it| it.name() == name);
                let Some(code) = code else {
                    let names = Code::WARNINGS.iter().chain(Code::POLICIES);
                    let names = names.map(|it| it.name());
                    let near = nearest(name, names.chain(["heads", "bases"]));
                    return Err(
                        error(item.span, format!("`{name}` cannot be allowed")).help(match near {
                            Some(near) => format!("did you mean `{near}`?"),
                            None => "write `heads`, `bases`, the code of a warning (`mixed-scripts`, `look-alike`) or of a policy (`session-time-zone`)".to_owned(),
                        }),
                    );
                };
                allow.warnings.push(*code);
            }
        }
    }
    Ok(allow)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Sources, Result<Config>) {
        let mut sources = Sources::default();
        let id = sources.add(FILE_NAME, text);
        let config = Config::read(&sources, id);
        (sources, config)
    }

    #[test]
    fn everything_may_be_left_out() {
        for text in ["", "\u{feff}", "# nothing\n", "---\n"] {
            assert_eq!(read(text).1, Ok(Config::default()), "{text:?}");
        }
    }

    #[test]
    fn every_key_is_read() {
        let text = "\
revisions: db/revisions
out: db/out
release_notes: db/notes
dialect: postgresql
minimum_server: 12
version_table: versions
version_table_schema: meta
schema: App
role: owner
transaction: release
guarded: stay
lock_timeout: 5s
statement_timeout: 0
allow: [heads, bases, look-alike, session-time-zone]
";
        let (_, config) = read(text);
        let config = config.unwrap();
        assert_eq!(
            config,
            Config {
                revisions: "db/revisions".into(),
                out: "db/out".into(),
                release_notes: "db/notes".into(),
                dialect: "postgresql",
                minimum_server: 12,
                version_table: "versions".to_owned(),
                version_table_schema: Some("meta".to_owned()),
                schema: "App".to_owned(),
                role: Some("owner".to_owned()),
                transaction: Transaction::Release,
                guarded: Guarded::Stay,
                lock_timeout: Timeout {
                    milliseconds: 5_000
                },
                statement_timeout: Timeout { milliseconds: 0 },
                allow: Allow {
                    heads: true,
                    bases: true,
                    warnings: vec![Code::LookAlike],
                    policies: vec![Code::SessionTimeZone],
                },
            }
        );
        let keys = text.lines().filter_map(|it| it.split(':').next());
        assert_eq!(keys.collect::<Vec<_>>(), KEYS);
    }

    #[test]
    fn each_mistake_points_at_its_text() {
        for (text, place, message) in [
            ("shema: x\n", "shema", "there is no key `shema`"),
            (
                "schema: 12\n",
                "12",
                "`schema` must be a string, not the number 12",
            ),
            ("schema: ''\n", "''", "`schema` is empty"),
            (
                "schema: pg_temp\n",
                "pg_temp",
                "the schema `pg_temp` is reserved for PostgreSQL",
            ),
            ("out: [a]\n", "[", "`out` must be a string, not a list"),
            (
                "out: \"a\\tb\"\n",
                "\"a\\tb\"",
                "`out` contains a control character",
            ),
            ("dialect: mysql\n", "mysql", "`dialect` cannot be `mysql`"),
            (
                "minimum_server: 11\n",
                "11",
                "`minimum_server` cannot be the number 11",
            ),
            (
                "minimum_server: '14'\n",
                "'14'",
                "`minimum_server` cannot be `14`",
            ),
            (
                "minimum_server: 14.2\n",
                "14.2",
                "`minimum_server` cannot be a number with decimals",
            ),
            (
                "transaction: each\n",
                "each",
                "`transaction` cannot be `each`",
            ),
            (
                "lock_timeout: 5\n",
                "5",
                "`lock_timeout` cannot be the number 5",
            ),
            (
                "lock_timeout: 5 parsecs\n",
                "5 parsecs",
                "`lock_timeout` cannot be `5 parsecs`",
            ),
            (
                "lock_timeout: 99d\n",
                "99d",
                "`lock_timeout` cannot be `99d`",
            ),
            (
                "lock_timeout: -1s\n",
                "-1s",
                "`lock_timeout` cannot be `-1s`",
            ),
            (
                "allow: heads\n",
                "heads",
                "`allow` must be a list, not `heads`",
            ),
            ("allow: [head]\n", "head", "`head` cannot be allowed"),
            ("allow: [syntax]\n", "syntax", "`syntax` cannot be allowed"),
            (
                "schema: a\n<<<<<<< HEAD\nrole: b\n=======\nrole: c\n>>>>>>> other\n",
                "<<<<<<< HEAD",
                "this file has an unresolved merge conflict",
            ),
        ] {
            let (sources, config) = read(text);
            let diagnostics = config.unwrap_err();
            assert_eq!(diagnostics.len(), 1);
            let diagnostic = diagnostics.iter().next().unwrap();
            assert_eq!(diagnostic.message, message);
            assert_eq!(sources.text(diagnostic.span.unwrap()), place, "{text}");
            let must_help = !message.contains("control");
            assert_eq!(diagnostic.help.is_some(), must_help, "{text}");
        }
    }

    #[test]
    fn a_name_has_at_most_63_bytes() {
        let name = "x".repeat(63);
        assert!(read(&format!("version_table: {name}\n")).1.is_ok());
        assert!(read(&format!("version_table: {name}x\n")).1.is_err());
    }

    #[test]
    fn mistakes_are_reported_together_with_the_nearest_key() {
        let diagnostics = read("shema: x\nout: 1\n").1.unwrap_err();
        let helps: Vec<_> = diagnostics
            .iter()
            .filter_map(|it| it.help.as_deref())
            .collect();
        assert_eq!(helps, ["did you mean `schema`?", "put it in quotes"]);
    }

    #[test]
    fn a_timeout_is_shown_in_its_largest_unit() {
        for (written, shown) in [
            ("5s", "5s"),
            ("5000ms", "5s"),
            ("90 s", "90s"),
            ("120s", "2min"),
            ("24h", "1d"),
            ("0", "0ms"),
            ("1500ms", "1500ms"),
        ] {
            let config = read(&format!("lock_timeout: {written}\n")).1.unwrap();
            assert_eq!(config.lock_timeout.to_string(), shown);
        }
    }
}
