//! Whether a statement is one for psql as well, and ends for it where it ends for us: what psql takes for the rest of a script
//! it may obey.
//!
//! psql (14 and newer) ends a statement at the first `;` outside of parentheses and of `begin … end`, which it counts where the
//! statement begins with `create [or replace] function|procedure`, by unquoted words outside of parentheses, `case` among them
//! (`psqlscan.l`). The server reads a body only in `begin atomic … end`, at the end of such a statement.

use super::Problem;
use crate::token::{Token, TokenKind, identifier};

/// Refuses what psql or the server would take for another number of statements than one.
pub(super) fn check(text: &str, tokens: &[Token]) -> Result<(), Problem> {
    let is_word = |at: usize, word: &str| tokens.get(at).is_some_and(|it| it.is_word(text, word));
    let replaces = is_word(1, "or") && is_word(2, "replace");
    let kind = if replaces { 3 } else { 1 };
    let makes_routine =
        is_word(0, "create") && (is_word(kind, "function") || is_word(kind, "procedure"));
    if is_word(0, "create") {
        let replaces = if replaces { 2 } else { 0 };
        let made = tokens.iter().enumerate().skip(2 + replaces).take(2);
        for (at, token) in made {
            let follows = tokens.get(at + 1).is_some_and(|it| it.is(text, "."));
            if token.is_name() && identifier(token.text(text)) == "pg_catalog" && follows {
                return Err(Problem {
                    range: token.start as usize..token.end as usize,
                    message: "pg_catalog is reserved for PostgreSQL, and scripts depend on its contents: create this in another schema".to_owned(),
                });
            }
        }
    }
    let (mut groups, mut blocks) = (0_usize, 0_usize);
    for (at, token) in tokens.iter().enumerate() {
        let problem = |message: &str| {
            Err(Problem {
                range: token.start as usize..token.end as usize,
                message: message.to_owned(),
            })
        };
        match token.kind {
            TokenKind::Punctuation if token.is(text, "(") => groups += 1,
            TokenKind::Punctuation if token.is(text, ")") => groups = groups.saturating_sub(1),
            TokenKind::Punctuation if token.is(text, ";") && groups == 0 && blocks == 0 => {
                return problem("psql would end the statement here, before its real end");
            }
            // What a name may not say is looked for in names that are written out.
            TokenKind::QuotedName if !token.text(text).starts_with('"') => {
                return problem(
                    "names with Unicode escapes are not supported: write the characters themselves",
                );
            }
            TokenKind::Word if makes_routine && groups == 0 => {
                if token.is_word(text, "begin") {
                    if !is_word(at + 1, "atomic") || blocks > 0 {
                        return problem(
                            "psql would read this `begin` as the beginning of a body: quote it",
                        );
                    }
                    blocks = 1;
                } else if token.is_word(text, "case") && blocks > 0 {
                    blocks += 1;
                } else if token.is_word(text, "end") && blocks > 0 {
                    blocks -= 1;
                    if blocks == 0 && at + 1 < tokens.len() {
                        return problem(
                            "psql would read this `end` as the end of the body: quote it, or put it into parentheses",
                        );
                    }
                }
            }
            TokenKind::Word
            | TokenKind::QuotedName
            | TokenKind::String
            | TokenKind::DollarString
            | TokenKind::Number
            | TokenKind::Parameter
            | TokenKind::Operator
            | TokenKind::Punctuation
            | TokenKind::Stray => {}
        }
    }
    if blocks > 0 || groups > 0 {
        return Err(Problem {
            range: 0..text.len(),
            message: "psql would not find the end of the statement: in its reading, a `case` or a parenthesis in the body is not closed".to_owned(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::facts;

    #[test]
    fn only_one_statement_is_one() {
        for fine in [
            "create function f() returns integer language sql begin atomic select 1; select case when true then 2 end; end",
            "create or replace procedure p() language sql begin atomic insert into t values (1); end",
            "create function f() returns integer begin atomic return (select case x when 1 then 2 end from t); end",
            "create rule r as on insert to t do also (insert into a values (1); insert into b values (2))",
            "create function \"begin\"() returns integer language sql as 'select 1; select 2'",
            "do $$ begin perform 1; end $$",
            "select 1",
        ] {
            assert!(facts(fine).is_ok(), "{fine}: {:?}", facts(fine));
        }
        for wrong in [
            "select x.begin atomic from (select 1 as begin) x; copy t from stdin; select 1 as end",
            "select x.begin atomic from (select 1 as begin) x; commit; select 1 as end",
            "create function f() returns int language sql begin atomic select (select 1 as case); end; copy t from stdin; select 1 as end",
            "create function f() returns int language sql begin atomic select 1 as end; copy t from stdin; end",
            "create function begin() returns int language sql as 'select 1'",
            "create function f() returns begin language sql as 'select 1'; commit; select 1 as end",
            "create function f() returns int language sql begin atomic select 1; end; commit",
            "create function f() returns int language sql begin atomic select 1 as case; end",
            "create language l; commit",
            "select 1; select 2",
            "set u&\"search_path\" = evil",
            "create function pg_catalog.f() returns int language sql as 'select 1'",
            "create or replace aggregate \"pg_catalog\".f(int) (sfunc = int4pl, stype = int)",
            "create operator pg_catalog.|| (leftarg = text, rightarg = int, function = f)",
        ] {
            assert!(facts(wrong).is_err(), "{wrong}");
        }
    }
}
