//! What statements of raw SQL do that the language reads but for some of their clauses: those are left out, since the
//! model does not hold them.

use std::ops::Range;

use crate::operation::{CreateSchema, Operation};
use crate::syntax::build::Build;
use crate::syntax::outline::Text;
use crate::syntax::statement;
use crate::token::identifier;

/// The text of a statement, in which clauses become blanks.
struct Blanked<'a> {
    text: Text<'a>,
    range: &'a Range<usize>,
    plain: String,
    is_changed: bool,
}

/// What a statement does, read without the clauses that the language has no words for and the model does not hold.
pub(super) fn known(text: Text<'_>, range: &Range<usize>, schema: &str) -> Vec<Operation> {
    let first = range.start;
    if text.is_word(first, "create") && text.is_word(first + 1, "schema") {
        return schema_with_elements(text, range);
    }
    let mut blanked = Blanked {
        text,
        range,
        plain: text.plain(range).into_owned(),
        is_changed: false,
    };
    let is_foreign = text.is_word(first + 1, "foreign");
    if text.is_word(first, "alter") && text.is_word(first + 1 + usize::from(is_foreign), "table") {
        blanked.alter_table(is_foreign);
    } else if text.is_word(first, "create")
        && (first + 1..first + 4).any(|it| text.is_word(it, "table"))
    {
        if let Some(typed) = typed_table(text, range, schema) {
            return vec![typed];
        }
        blanked.persistence();
        if is_foreign {
            blanked.foreign_options();
        }
        blanked.collations_of_partition();
        blanked.storage();
    }
    if !blanked.is_changed {
        return Vec::new();
    }
    let build = Build::new(text.slice(range), &blanked.plain, text.span(range), schema);
    statement::one(build).into_iter().collect()
}

impl Blanked<'_> {
    /// Puts blanks for the tokens from `from` to `to`.
    fn blank(&mut self, from: usize, to: usize) {
        let start = self.text.tokens[self.range.start].start as usize;
        let from = self.text.tokens[from].start as usize - start;
        let to = self.text.tokens[to].end as usize - start;
        self.plain.replace_range(from..to, &" ".repeat(to - from));
        self.is_changed = true;
    }

    /// `foreign`, and `only` and `*` of a new name: whether children follow is asked of the server.
    fn alter_table(&mut self, is_foreign: bool) {
        let (text, first, end) = (self.text, self.range.start, self.range.end);
        if is_foreign {
            self.blank(first + 1, first + 1);
        }
        if !(first..end).any(|it| text.is_word(it, "rename")) {
            return;
        }
        for at in first + 2..end.min(first + 8) {
            if text.is_word(at, "only") && at == first + 2 || text.is(at, "*") {
                self.blank(at, at);
            }
        }
    }

    /// A temporary or foreign table has its columns, too.
    fn persistence(&mut self) {
        let words = ["temp", "temporary", "local", "global", "foreign"];
        for at in self.range.start + 1..self.range.start + 3 {
            if words.iter().any(|it| self.text.is_word(at, it)) {
                self.blank(at, at);
            }
        }
    }

    /// `server s` and `options (…)` of a foreign table and its columns.
    fn foreign_options(&mut self) {
        let (text, end) = (self.text, self.range.end);
        for at in self.range.start + 1..end {
            if text.is_word(at, "server") && at + 1 < end && text.is(at - 1, ")") {
                self.blank(at, at + 1);
            }
            if text.is_word(at, "options")
                && text.is(at + 1, "(")
                && let Some(closing) = (at + 1..end).find(|it| text.is(*it, ")"))
            {
                self.blank(at, closing);
            }
        }
    }

    /// PostgreSQL reads a collation of a partition's column, and leaves it out (`MergeAttributes`).
    fn collations_of_partition(&mut self) {
        let (text, first, end) = (self.text, self.range.start, self.range.end);
        let of = (first + 2..end.min(first + 12))
            .find(|it| text.is_word(*it, "partition") && text.is_word(it + 1, "of"));
        let Some(of) = of else {
            return;
        };
        let mut depth = 0_usize;
        for at in of + 2..end {
            if depth == 0 && (text.is_word(at, "for") || text.is_word(at, "default")) {
                return;
            }
            if text.is(at, "(") {
                depth += 1;
            } else if text.is(at, ")") {
                depth = depth.saturating_sub(1);
            } else if depth == 1 && text.is_word(at, "collate") {
                let mut last = at + 1;
                while last + 2 < end && text.is(last + 1, ".") {
                    last += 2;
                }
                self.blank(at, last);
            }
        }
    }

    /// `on commit …`, `storage`, `compression` and `with options`.
    fn storage(&mut self) {
        const STORAGES: [&str; 5] = ["plain", "external", "extended", "main", "default"];
        let (text, end) = (self.text, self.range.end);
        for at in self.range.start + 1..end.saturating_sub(1) {
            if text.is_word(at, "on") && text.is_word(at + 1, "commit") {
                self.blank(at, end - 1);
                break;
            }
            let begins = text.is(at - 1, "(") || text.is(at - 1, ",") || text.is(at - 1, ".");
            let clause = text.is_word(at, "compression") && !begins
                || text.is_word(at, "storage")
                    && !begins
                    && STORAGES.iter().any(|it| text.is_word(at + 1, it))
                || text.is_word(at, "with") && text.is_word(at + 1, "options");
            if clause {
                self.blank(at, at + 1);
            }
        }
    }
}

/// `create table t of type`, which has the columns of a composite type.
fn typed_table(text: Text<'_>, range: &Range<usize>, schema: &str) -> Option<Operation> {
    let of = (range.start + 2..range.end).find(|it| text.is_word(*it, "of"))?;
    let is_plain = (of + 1..range.end).all(|it| !text.is(it, "("));
    let is_partition = text.is_word(of - 1, "partition");
    if !is_plain || is_partition {
        return None;
    }
    let (head, name) = (
        text.slice(&(range.start..of)),
        text.slice(&(of + 1..range.end)),
    );
    let written = format!("{head} (like {name})");
    let build = Build::new(&written, &written, text.span(range), schema);
    let mut made = statement::one(build).ok()?;
    if let Operation::CreateTable(it) = &mut made {
        it.of = it.likes.first().map(|like| like.1.table.clone());
    }
    Some(made)
}

/// `create schema [name] [authorization role]` with what it makes in the schema, as far as the language reads it.
fn schema_with_elements(text: Text<'_>, range: &Range<usize>) -> Vec<Operation> {
    let mut at = range.start + 2;
    let if_not_exists = text.is_word(at, "if");
    if if_not_exists {
        at += 3;
    }
    let word = |at: usize| {
        let token = text.tokens.get(at).filter(|_| at < range.end)?;
        Some(identifier(token.text(text.text)))
    };
    let name = if text.is_word(at, "authorization") {
        word(at + 1)
    } else {
        word(at)
    };
    let Some(name) = name else {
        return Vec::new();
    };
    let mut operations = vec![Operation::CreateSchema(CreateSchema {
        name: name.clone(),
        if_not_exists,
        authorization: None,
    })];
    // Where each element begins: outside of parentheses.
    let mut depth = 0_i32;
    let mut begins = Vec::new();
    for token in at..range.end {
        depth += i32::from(text.is(token, "(")) - i32::from(text.is(token, ")"));
        if depth == 0 && (text.is_word(token, "create") || text.is_word(token, "grant")) {
            begins.push(token);
        }
    }
    let ends = begins.iter().skip(1).copied().chain([range.end]);
    // PostgreSQL makes sequences and tables first, then views, then indexes (`transformCreateSchemaStmt`).
    let mut elements: Vec<Range<usize>> = begins
        .iter()
        .zip(ends)
        .map(|(from, to)| *from..to)
        .collect();
    let words = |element: &Range<usize>| element.start..element.end.min(element.start + 4);
    elements.sort_by_key(|it| words(it).any(|at| text.is_word(at, "index")));
    for element in elements {
        let plain = text.plain(&element);
        let build = Build::new(text.slice(&element), &plain, text.span(&element), &name);
        operations.extend(statement::one(build));
    }
    operations
}
