//! Connection strings, as libpq takes them.

use super::Fault;

/// What URIs begin with.
const SCHEMES: [&str; 2] = ["postgres", "postgresql"];

/// Refuses what libpq would take for the name of a database on its default server.
pub(super) fn check(url: &str) -> Result<(), Fault> {
    if uri(url).is_some() || is_words(url) {
        return Ok(());
    }
    if let Some((scheme, rest)) = url.split_once("://")
        && let Some((database, driver)) = scheme.split_once('+')
        && SCHEMES.contains(&database)
    {
        return Err(Fault::new(
            format!(
                "--database-url is one of SQLAlchemy, with the driver {driver}, which psql does not know"
            ),
            format!(
                "leave the driver out: {database}://{}",
                rest.rsplit_once('@').map_or(rest, |it| it.1)
            ),
        ));
    }
    Err(Fault::new(
        "--database-url names no server: it is neither a URI of PostgreSQL nor words such as host=name",
        "write postgres://me@host/app, 'host=name dbname=app user=me', or 'service=app'",
    ))
}

/// The scheme of a URI and what follows it.
fn uri(url: &str) -> Option<(&str, &str)> {
    url.split_once("://").filter(|it| SCHEMES.contains(&it.0))
}

/// Whether it is one or more `key=value`, with blanks around `=` and quotes around values where they are needed.
fn is_words(url: &str) -> bool {
    let mut rest = url.trim();
    if rest.is_empty() {
        return false;
    }
    while !rest.is_empty() {
        let Some((key, value)) = rest.split_once('=') else {
            return false;
        };
        let key = key.trim();
        let is_key = |it: char| it.is_ascii_lowercase() || it == '_';
        if key.is_empty() || !key.chars().all(is_key) {
            return false;
        }
        let value = value.trim_start();
        let quoted = value.strip_prefix('\'');
        let mut is_escaped = false;
        let end = quoted.unwrap_or(value).find(|it: char| {
            let is_end = !is_escaped
                && if quoted.is_some() {
                    it == '\''
                } else {
                    it.is_whitespace()
                };
            is_escaped = it == '\\' && !is_escaped;
            is_end
        });
        rest = match (quoted, end) {
            (Some(quoted), Some(end)) => &quoted[end + 1..],
            (Some(_), None) => return false,
            (None, end) => &value[end.unwrap_or(value.len())..],
        }
        .trim_start();
    }
    true
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
    use super::{check, with_database};

    #[test]
    fn what_names_no_server_is_refused() {
        for url in [
            "postgres://",
            "postgresql://me@host:1/app?sslmode=require",
            "service=x",
            " host = h  password='a \\' =b' dbname=",
            "password=a\\ b host=h",
        ] {
            assert_eq!(check(url), Ok(()), "{url}");
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
            assert!(check(url).is_err(), "{url}");
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
