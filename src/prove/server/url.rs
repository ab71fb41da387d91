//! Connection strings, as libpq takes them. Everybody on a machine sees the arguments of its programs: passwords are taken
//! out of what stands there, and given to psql in its environment.

use std::fmt;
use std::process::Command;

use super::Fault;

/// What URIs begin with.
const SCHEMES: [&str; 2] = ["postgres", "postgresql"];

/// Words for secrets that libpq takes from no variable of the environment.
const SECRETS: [&str; 4] = [
    "sslpassword",
    "scram_client_key",
    "scram_server_key",
    "oauth_client_secret",
];

/// A connection string.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// Without the password.
    url: String,
    password: Option<String>,
}

impl Address {
    /// Refuses what libpq would take for the name of a database on its default server.
    pub(super) fn new(url: &str) -> Result<Self, Fault> {
        if let Some((scheme, rest)) = uri(url) {
            return Self::of_uri(scheme, rest);
        }
        if let Some(words) = words(url).filter(|it| !it.is_empty()) {
            return Self::of_words(words);
        }
        if let Some((scheme, rest)) = url.split_once("://")
            && let Some((database, driver)) = scheme.split_once('+')
            && SCHEMES.contains(&database)
        {
            let rest = rest.rsplit_once('@').map_or(rest, |it| it.1);
            let rest = rest.split_once('?').map_or(rest, |it| it.0);
            return Err(Fault::new(
                format!(
                    "--database-url is an SQLAlchemy URL with the driver {driver}, which psql does not support"
                ),
                format!("remove the driver: {database}://{rest}"),
            ));
        }
        Err(Fault::new(
            "--database-url does not name a server: it is neither a PostgreSQL URI nor a list of settings such as host=name",
            "write postgres://me@host/app, 'host=name dbname=app user=me', or 'service=app'",
        ))
    }

    /// As `conninfo_uri_parse_options` reads it: the user's name and the password end at the first `@`, before which no `/`
    /// stands; the names of parameters are decoded, too, and the last one holds.
    fn of_uri(scheme: &str, rest: &str) -> Result<Self, Fault> {
        let mut password = None;
        let end = rest.find(['@', '/']).unwrap_or(rest.len());
        let mut url = format!("{scheme}://");
        let mut rest = rest;
        if rest[end..].starts_with('@') {
            let (user, secret) = rest[..end].split_once(':').unwrap_or((&rest[..end], ""));
            if !secret.is_empty() {
                password = Some(decoded(secret)?);
            }
            url = format!("{url}{user}@");
            rest = &rest[end + 1..];
        } else if let Some((_, port)) = rest[..end].rsplit_once(':')
            && !port
                .chars()
                .all(|it| it.is_ascii_digit() || "],".contains(it))
            && rest[end..].contains('@')
        {
            return Err(Fault::new(
                "the password of --database-url contains a /, which ends the name of the server in a URL",
                "write it as %2F, or put the password into PGPASSWORD or ~/.pgpass",
            ));
        }
        let (path, query) = rest
            .split_once('?')
            .map_or((rest, None), |(path, query)| (path, Some(query)));
        url += path;
        let mut kept = Vec::new();
        for parameter in query.into_iter().flat_map(|it| it.split('&')) {
            let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let key = decoded(key)?;
            if key == "password" {
                password = Some(decoded(value)?);
                continue;
            }
            is_no_secret(&key)?;
            kept.push(parameter);
        }
        if !kept.is_empty() {
            url = format!("{url}?{}", kept.join("&"));
        }
        Ok(Self { url, password })
    }

    fn of_words(words: Vec<(String, String)>) -> Result<Self, Fault> {
        let mut password = None;
        let mut kept = Vec::new();
        for (key, value) in words {
            if key == "password" {
                password = Some(value);
                continue;
            }
            is_no_secret(&key)?;
            let value = value.replace('\\', "\\\\").replace('\'', "\\'");
            kept.push(format!("{key}='{value}'"));
        }
        Ok(Self {
            url: kept.join(" "),
            password,
        })
    }

    /// What may stand in the arguments of a program.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Gives a program, and what it starts, the password.
    pub(super) fn unlock(&self, command: &mut Command) {
        if let Some(password) = self.password.as_ref().filter(|it| !it.is_empty()) {
            command.env(PASSWORD, password);
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.url)
    }
}

/// The variable in which libpq looks for a password.
pub(super) const PASSWORD: &str = "PGPASSWORD";

fn is_no_secret(key: &str) -> Result<(), Fault> {
    if SECRETS.contains(&key) {
        return Err(Fault::new(
            format!("--database-url contains {key}, which other users of this machine could see"),
            "put it into a section of ~/.pg_service.conf, and use that section: --database-url service=NAME",
        ));
    }
    Ok(())
}

/// A part of a URI without its percent signs.
fn decoded(text: &str) -> Result<String, Fault> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        match digit().zip(digit()) {
            Some((0, 0)) | None => return Err(misspelt()),
            Some((high, low)) => bytes.push(u8::try_from(high * 16 + low).unwrap_or_default()),
        }
    }
    String::from_utf8(bytes).map_err(|_| misspelt())
}

/// It does not say what: that may be the password.
fn misspelt() -> Fault {
    Fault::new(
        "a percent sign in --database-url is not followed by two hexadecimal digits",
        "write a literal percent sign as %25",
    )
}

/// The scheme of a URI and what follows it.
fn uri(url: &str) -> Option<(&str, &str)> {
    url.split_once("://").filter(|it| SCHEMES.contains(&it.0))
}

/// The keys and values of `key=value`, with blanks around `=` and quotes around values where they are needed.
fn words(url: &str) -> Option<Vec<(String, String)>> {
    let mut words = Vec::new();
    let mut rest = url.trim();
    while !rest.is_empty() {
        let (key, value) = rest.split_once('=')?;
        let key = key.trim();
        let is_key = |it: char| it.is_ascii_lowercase() || it == '_';
        if key.is_empty() || !key.chars().all(is_key) {
            return None;
        }
        let value = value.trim_start();
        let quoted = value.strip_prefix('\'');
        let text = quoted.unwrap_or(value);
        let mut is_escaped = false;
        let mut read = String::new();
        let mut end = None;
        for (at, it) in text.char_indices() {
            let is_end = match quoted {
                Some(_) => it == '\'',
                None => it.is_whitespace(),
            };
            if is_end && !is_escaped {
                end = Some(at);
                break;
            }
            is_escaped = it == '\\' && !is_escaped;
            if !is_escaped {
                read.push(it);
            }
        }
        words.push((key.to_owned(), read));
        rest = match (quoted, end) {
            (Some(quoted), Some(end)) => &quoted[end + 1..],
            (Some(_), None) => return None,
            (None, end) => &value[end.unwrap_or(value.len())..],
        }
        .trim_start();
    }
    Some(words)
}

/// A connection string, as a URI or as words, with another database.
pub(super) fn with_database(url: &str, database: &str) -> String {
    let Some((scheme, rest)) = uri(url) else {
        // The last one holds.
        return format!("{url} dbname={database}");
    };
    let (path, query) = rest
        .split_once('?')
        .map_or((rest, None), |(path, query)| (path, Some(query)));
    let authority = path.split_once('/').map_or(path, |it| it.0);
    let query = query.map(|it| {
        let kept: Vec<&str> = it
            .split('&')
            .filter(|it| !it.starts_with("dbname="))
            .collect();
        format!("?{}", kept.join("&"))
    });
    format!(
        "{scheme}://{authority}/{database}{}",
        query.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::{Address, with_database};

    fn told(url: &str) -> (String, Option<String>) {
        let Address { url, password } = Address::new(url).unwrap();
        (url, password)
    }

    #[test]
    fn no_password_stands_in_an_argument() {
        for (url, expected, password) in [
            ("postgres://u:p%40%2Fw@h:1/a", "postgres://u@h:1/a", "p@/w"),
            ("postgres://u:@h/a", "postgres://u@h/a", ""),
            ("postgres://:p@h", "postgres://@h", "p"),
            (
                "postgresql://h/a?password=p&x=y",
                "postgresql://h/a?x=y",
                "p",
            ),
            ("postgresql://u:q@/a?p%61ssword=p", "postgresql://u@/a", "p"),
            ("host=h password=p dbname=a", "host='h' dbname='a'", "p"),
            (
                "password = 'a \\' =b' user=it\\'s",
                "user='it\\'s'",
                "a ' =b",
            ),
            ("password=a password=a\\ b host=h", "host='h'", "a b"),
        ] {
            let (shown, found) = told(url);
            assert_eq!(
                (shown.as_str(), found.unwrap_or_default()),
                (expected, password.to_owned())
            );
        }
        let address = Address::new("postgres://u:secret@h").unwrap();
        assert_eq!(format!("{address:?}"), "postgres://u@h");
    }

    #[test]
    fn what_would_tell_a_secret_is_refused_without_telling_it() {
        for url in [
            "postgres://u:secret/x@h/a",
            "postgres://u:secret%zz@h/a",
            "postgres://h?sslpassword=secret",
            "host=h sslpassword=secret",
            "postgresql+psycopg://u:secret@h/a?password=secret",
        ] {
            let fault = Address::new(url).unwrap_err();
            assert!(!format!("{fault:?}").contains("secret"), "{fault:?}");
        }
    }

    #[test]
    fn what_names_no_server_is_refused() {
        for url in [
            "postgres://",
            "postgresql://me@host:1/app?sslmode=require",
            "service=x",
            " host = h  password='a \\' =b' dbname=",
            "password=a\\ b host=h",
        ] {
            assert!(Address::new(url).is_ok(), "{url}");
        }
        for url in [
            "",
            " ",
            "precious",
            "foo bar",
            "foo bar=x",
            "mysql://h/a",
            "mysql://h/a?b=c",
            "POSTGRES://h/a",
            "=x",
            "host=h x",
            "password='a",
        ] {
            assert!(Address::new(url).is_err(), "{url}");
        }
    }

    #[test]
    fn another_database_of_the_same_server_is_named() {
        for (url, expected) in [
            (
                "postgres://u:p@h:1/a?sslmode=require",
                "postgres://u:p@h:1/x?sslmode=require",
            ),
            ("postgresql://h", "postgresql://h/x"),
            (
                "postgresql:///a?host=/tmp&dbname=b",
                "postgresql:///x?host=/tmp",
            ),
            ("host=h dbname=a", "host=h dbname=a dbname=x"),
            ("host=h password=a://b", "host=h password=a://b dbname=x"),
        ] {
            assert_eq!(with_database(url, "x"), expected);
        }
    }
}
