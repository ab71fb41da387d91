//! Connection strings, as libpq takes them.

/// A connection string, as a URI or as words, with another database.
pub(super) fn with_database(url: &str, database: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
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
    use super::with_database;

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
        ] {
            assert_eq!(with_database(url, "x"), expected);
        }
    }
}
