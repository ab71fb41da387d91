//! What is told from the tokens alone, before the parser runs: balance, stray marks, and a nesting that the parser's
//! stack can bear.

use super::{Problem, Shape, ends_early};
use crate::token::{Token, TokenKind};

/// The most parentheses, brackets and `case`s around a token.
const MAX_DEPTH: usize = 200;

/// The most operators that hang on each other; the parser's tree is one level deeper for each.
const MAX_CHAIN: usize = 1000;

/// Words that are operators, or chain queries as operators do.
pub(super) const OPERATOR_WORDS: [&str; 20] = [
    "and",
    "at",
    "between",
    "collate",
    "escape",
    "except",
    "ilike",
    "in",
    "intersect",
    "is",
    "isnull",
    "join",
    "like",
    "not",
    "notnull",
    "operator",
    "or",
    "overlaps",
    "similar",
    "union",
];

struct Level {
    opener: Token,
    closer: &'static str,
    /// The operators of this level since its last comma, and those of the levels around.
    chain: usize,
}

/// Refuses what cannot be one expression, whatever the grammar says.
pub(super) fn check(text: &str, tokens: &[Token], shape: Shape) -> Result<(), Problem> {
    let mut levels: Vec<Level> = Vec::new();
    let mut outer_chain = 0;
    for (at, token) in tokens.iter().enumerate() {
        let word = token.text(text);
        match token.kind {
            TokenKind::Stray => return problem(*token, format!("`{word}` has no meaning in SQL")),
            TokenKind::Parameter => {
                return problem(*token, format!("`{word}`: parameters are not allowed here"));
            }
            TokenKind::Punctuation => match word {
                "(" | "[" => {
                    // A subscript or call hangs on what stands before it.
                    grow(&mut levels, &mut outer_chain, *token)?;
                    let closer = if word == "(" { ")" } else { "]" };
                    open(&mut levels, outer_chain, *token, closer)?;
                }
                ")" | "]" => close(text, &mut levels, *token)?,
                "," if levels.is_empty() && shape == Shape::Expression => {
                    return problem(
                        *token,
                        "a comma is not allowed here: write a single expression".to_owned(),
                    );
                }
                "," => restart(&mut levels, &mut outer_chain),
                ";" => {
                    return problem(
                        *token,
                        "`;` is not allowed here: write only an expression".to_owned(),
                    );
                }
                "{" | "}" => return problem(*token, format!("`{word}` has no meaning in SQL")),
                "." | ":" => grow(&mut levels, &mut outer_chain, *token)?,
                _ => {}
            },
            TokenKind::Operator => grow(&mut levels, &mut outer_chain, *token)?,
            TokenKind::Word => {
                if is_name_part(text, tokens, at) {
                    continue;
                }
                let word = word.to_ascii_lowercase();
                match word.as_str() {
                    "case" => open(&mut levels, outer_chain, *token, "end")?,
                    "end" => close(text, &mut levels, *token)?,
                    "when" | "then" | "else" => restart(&mut levels, &mut outer_chain),
                    _ if OPERATOR_WORDS.contains(&word.as_str()) => {
                        grow(&mut levels, &mut outer_chain, *token)?;
                    }
                    _ => {}
                }
            }
            TokenKind::QuotedName if !word.starts_with('"') => {
                return problem(
                    *token,
                    "names with Unicode escapes are not supported: write the characters themselves"
                        .to_owned(),
                );
            }
            TokenKind::Number if word.len() == 2 && word.ends_with(char::is_alphabetic) => {
                return problem(*token, "digits are missing in this number".to_owned());
            }
            TokenKind::QuotedName
            | TokenKind::String
            | TokenKind::DollarString
            | TokenKind::Number => {}
        }
    }
    if let Some(level) = levels.last() {
        let opener = level.opener.text(text);
        let closer = level.closer;
        return problem(
            level.opener,
            format!("there is no `{closer}` for this `{opener}`"),
        );
    }
    if tokens.is_empty() {
        return Err(ends_early(text, tokens));
    }
    Ok(())
}

/// Whether the word stands behind a dot or `as`, where every keyword is a plain name.
fn is_name_part(text: &str, tokens: &[Token], at: usize) -> bool {
    at.checked_sub(1)
        .is_some_and(|before| tokens[before].is(text, ".") || tokens[before].is_word(text, "as"))
}

fn open(
    levels: &mut Vec<Level>,
    outer_chain: usize,
    opener: Token,
    closer: &'static str,
) -> Result<(), Problem> {
    let chain = levels.last().map_or(outer_chain, |level| level.chain);
    levels.push(Level {
        opener,
        closer,
        chain,
    });
    if levels.len() > MAX_DEPTH {
        return problem(
            opener,
            format!("the expression is nested deeper than {MAX_DEPTH} levels"),
        );
    }
    Ok(())
}

fn close(text: &str, levels: &mut Vec<Level>, token: Token) -> Result<(), Problem> {
    let closer = token.text(text);
    match levels.pop() {
        Some(level) if level.closer.eq_ignore_ascii_case(closer) => Ok(()),
        Some(level) => {
            let wanted = level.closer;
            problem(
                token,
                format!(
                    "found `{closer}`, but `{wanted}` is required to close `{}`",
                    level.opener.text(text)
                ),
            )
        }
        None => problem(
            token,
            format!("there is nothing for this `{closer}` to close"),
        ),
    }
}

/// A comma or a branch of `case` begins a new chain inside of the levels around.
fn restart(levels: &mut [Level], outer_chain: &mut usize) {
    match levels {
        [.., around, level] => level.chain = around.chain,
        [level] => level.chain = *outer_chain,
        [] => *outer_chain = 0,
    }
}

fn grow(levels: &mut [Level], outer_chain: &mut usize, token: Token) -> Result<(), Problem> {
    let chain = levels
        .last_mut()
        .map_or(outer_chain, |level| &mut level.chain);
    *chain += 1;
    if *chain > MAX_CHAIN {
        return problem(
            token,
            format!("the expression has more than {MAX_CHAIN} operators in a row"),
        );
    }
    Ok(())
}

fn problem<T>(token: Token, message: String) -> Result<T, Problem> {
    Err(Problem {
        range: token.start as usize..token.end as usize,
        message,
    })
}
