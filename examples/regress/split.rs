//! A file as psql reads it: statements, and the lines that begin with a backslash.

/// One thing that psql does.
#[derive(Debug, Clone)]
pub(crate) enum Item {
    Statement(Statement),
    /// A line that begins with a backslash.
    Meta(String),
}

#[derive(Debug, Clone)]
pub(crate) struct Statement {
    /// The line of its first word, from 1.
    pub(crate) line: usize,
    /// From its first word on, without what ends it.
    pub(crate) text: String,
    /// What ends it: `;`, or a command such as `\gset`.
    pub(crate) end: String,
    /// The lines after a `copy … from stdin;`, up to `\.`.
    pub(crate) data: String,
    pub(crate) words: Vec<Word>,
    /// psql's variables in it, as they stand there: `:name`, `:'name'`, `:"name"`.
    pub(crate) variables: Vec<String>,
    /// Whether `\;` joins it from several.
    pub(crate) is_joined: bool,
}

/// A name or a keyword, folded as PostgreSQL does.
#[derive(Debug, Clone)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) quoted: bool,
    /// How many parentheses it stands in.
    pub(crate) depth: usize,
    /// Whether a dot stands before it, so that it belongs to the name before.
    pub(crate) dotted: bool,
    /// Whether a comma stands before it.
    pub(crate) listed: bool,
}

impl Statement {
    /// The unquoted word at that place, empty where there is none.
    pub(crate) fn word(&self, at: usize) -> &str {
        match self.words.get(at) {
            Some(word) if !word.quoted => &word.text,
            _ => "",
        }
    }

    /// Whether such a word stands outside of parentheses.
    pub(crate) fn says(&self, word: &str) -> bool {
        let mut top = self.words.iter().filter(|it| it.depth == 0 && !it.quoted);
        top.any(|it| it.text == word)
    }
}

/// Everything in `text`, whose first line has the number `first`.
pub(crate) fn split(text: &str, first: usize) -> Vec<Item> {
    let mut reader = Reader {
        text,
        at: 0,
        line: first,
    };
    let mut items = Vec::new();
    while reader.at < text.len() {
        if let Some(item) = reader.item() {
            items.push(item);
        }
    }
    items
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

/// What was read of a statement.
#[derive(Default)]
struct Begun {
    start: Option<(usize, usize)>,
    words: Vec<Word>,
    variables: Vec<String>,
    depth: usize,
    /// How many brackets are open: a colon there divides bounds.
    brackets: usize,
    /// How many `begin` and `case` are open in the body of a function.
    open: usize,
    is_joined: bool,
    dot: bool,
    comma: bool,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip(&mut self, bytes: usize) -> &'a str {
        let skipped = &self.rest()[..bytes];
        self.line += skipped.matches('\n').count();
        self.at += bytes;
        skipped
    }

    fn skip_line(&mut self) -> &'a str {
        let end = self
            .rest()
            .find('\n')
            .map_or(self.rest().len(), |it| it + 1);
        self.skip(end)
    }

    fn item(&mut self) -> Option<Item> {
        let mut begun = Begun::default();
        while let Some(next) = self.rest().chars().next() {
            if next.is_whitespace() {
                self.skip(next.len_utf8());
            } else if self.rest().starts_with("--") {
                self.skip_line();
            } else if self.rest().starts_with("/*") {
                self.skip(comment(self.rest()));
            } else if next == '\\' {
                if begun.start.is_none() {
                    return Some(Item::Meta(self.skip_line().trim_end().to_owned()));
                }
                if self.rest().starts_with("\\;") {
                    begun.is_joined = true;
                    self.skip(2);
                    continue;
                }
                let end = self.at;
                let command = self.skip_line().trim_end().to_owned();
                return Some(self.statement(begun, end, command));
            } else if next == ';' && begun.depth == 0 && begun.open == 0 {
                let end = self.at;
                self.skip(1);
                begun.start?;
                return Some(self.statement(begun, end, ";".to_owned()));
            } else {
                begun.start.get_or_insert((self.at, self.line));
                self.token(next, &mut begun);
            }
        }
        // What nothing ends is never sent.
        None
    }

    fn token(&mut self, next: char, begun: &mut Begun) {
        let rest = self.rest();
        let is_part = |it: char| it.is_alphanumeric() || it == '_' || it == '$';
        let word = || rest.find(|it| !is_part(it)).unwrap_or(rest.len());
        let length = match next {
            '\'' => quoted(rest, '\'', false),
            '"' => {
                let length = quoted(rest, '"', false);
                let inside = rest[1..length].strip_suffix('"').unwrap_or_default();
                begun.word(inside.replace("\"\"", "\""), true);
                length
            }
            '$' => dollar(rest),
            'e' | 'E' if rest[1..].starts_with('\'') => 1 + quoted(&rest[1..], '\'', true),
            _ if next.is_alphabetic() || next == '_' => {
                begun.word(rest[..word()].to_lowercase(), false);
                begun.follow_body();
                word()
            }
            ':' => match variable(rest) {
                Some(length) if begun.brackets == 0 => {
                    begun.variables.push(rest[..length].to_owned());
                    length
                }
                _ if rest.starts_with("::") => 2,
                _ => 1,
            },
            // So that no name is seen in `1e5` or `0x1F`.
            _ if next.is_ascii_digit() => word(),
            _ => next.len_utf8(),
        };
        match next {
            '(' => begun.depth += 1,
            ')' => begun.depth = begun.depth.saturating_sub(1),
            '[' => begun.brackets += 1,
            ']' => begun.brackets = begun.brackets.saturating_sub(1),
            _ => {}
        }
        (begun.dot, begun.comma) = (next == '.', next == ',');
        self.skip(length);
    }

    fn statement(&mut self, begun: Begun, end: usize, command: String) -> Item {
        let (start, line) = begun.start.expect("it has begun");
        let mut statement = Statement {
            line,
            text: self.text[start..end].trim_end().to_owned(),
            end: command,
            data: String::new(),
            words: begun.words,
            variables: begun.variables,
            is_joined: begun.is_joined,
        };
        if statement.word(0) == "copy" && statement.says("from") && statement.says("stdin") {
            statement.data = self.data();
        }
        Item::Statement(statement)
    }

    /// The rows for a `copy` from here. None follow one that is meant to fail: the next `\.` belongs to a later one.
    fn data(&mut self) -> String {
        let after = self
            .rest()
            .find('\n')
            .map_or(self.rest().len(), |it| it + 1);
        let is_copy = |line: &str| {
            let line = line.to_lowercase();
            line.contains("copy ") && line.contains("stdin")
        };
        let mut length = after;
        for line in self.rest()[after..].split_inclusive('\n') {
            length += line.len();
            if line.trim_end() == "\\." {
                self.skip(after);
                return self.skip(length - after).to_owned();
            }
            if is_copy(line) {
                break;
            }
        }
        String::new()
    }
}

impl Begun {
    fn word(&mut self, text: String, quoted: bool) {
        self.words.push(Word {
            text,
            quoted,
            depth: self.depth,
            dotted: self.dot,
            listed: self.comma,
        });
    }

    /// Follows `begin … end` in a function whose body is SQL, as psql does.
    fn follow_body(&mut self) {
        let words: Vec<&str> = self.words.iter().take(4).map(|it| &*it.text).collect();
        let is_function = matches!(
            words[..],
            ["create", "function" | "procedure", ..]
                | ["create", "or", "replace", "function" | "procedure"]
        );
        if !is_function || self.depth > 0 {
            return;
        }
        match self.words.last().map(|it| &*it.text) {
            Some("begin") => self.open += 1,
            Some("case") if self.open > 0 => self.open += 1,
            Some("end") => self.open = self.open.saturating_sub(1),
            _ => {}
        }
    }
}

/// The length of a comment, with those inside of it.
fn comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

/// The length of what begins with `quote`.
fn quoted(text: &str, quote: char, escapes: bool) -> usize {
    let mut inside = text.char_indices().skip(1).peekable();
    while let Some((at, it)) = inside.next() {
        if it == '\\' && escapes {
            inside.next();
        } else if it == quote && inside.next_if(|next| next.1 == quote).is_none() {
            return at + 1;
        }
    }
    text.len()
}

/// The length of a variable of psql.
fn variable(text: &str) -> Option<usize> {
    let quote = text[1..]
        .chars()
        .next()
        .filter(|it| matches!(it, '\'' | '"'));
    let name = &text[1 + quote.map_or(0, char::len_utf8)..];
    let length = name
        .find(|it: char| !it.is_ascii_alphanumeric() && it != '_')
        .unwrap_or(name.len());
    let is_closed = quote.is_none_or(|it| name[length..].starts_with(it));
    (length > 0 && is_closed).then(|| 1 + length + 2 * quote.map_or(0, char::len_utf8))
}

/// The length of a string in dollars, or of the dollar alone.
fn dollar(text: &str) -> usize {
    let is_part = |it: char| it.is_alphanumeric() || it == '_';
    let tag = text[1..].find(|it| !is_part(it)).map(|it| it + 1);
    let Some(tag) = tag.filter(|it| text[*it..].starts_with('$')) else {
        return 1;
    };
    if text[1..].starts_with(|it: char| it.is_ascii_digit()) {
        return 1;
    }
    let tag = &text[..=tag];
    let end = text[tag.len()..].find(tag);
    end.map_or(text.len(), |it| it + 2 * tag.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        let texts = split(text, 1).into_iter().map(|it| match it {
            Item::Statement(it) => format!("{}: {} [{}]{}", it.line, it.text, it.end, it.data),
            Item::Meta(it) => it,
        });
        texts.collect()
    }

    #[test]
    fn statements_end_where_psql_ends_them() {
        let text = "-- a; b\ncreate table t (a int); /* ; /* ; */ */ select ';', E'\\';', \";\", $x$ ; $$ $x$;\n\\d t\nselect 1 \\gset\n;;";
        let wanted = [
            "2: create table t (a int) [;]",
            "2: select ';', E'\\';', \";\", $x$ ; $$ $x$ [;]",
            "\\d t",
            "4: select 1 [\\gset]",
        ];
        assert_eq!(texts(text), wanted);
    }

    #[test]
    fn bodies_of_functions_are_whole() {
        let text = "create function f() returns int begin atomic select case when true then 1 end; select 2; end; select 1;";
        assert_eq!(texts(text).len(), 2);
    }

    #[test]
    fn variables_stand_outside_of_casts_and_bounds() {
        let text = "select :a, b::int, c[1:d], :'e', :\"f\", ':g';";
        let Some(Item::Statement(it)) = split(text, 1).pop() else {
            panic!("it is a statement");
        };
        assert_eq!(it.variables, [":a", ":'e'", ":\"f\""]);
    }

    #[test]
    fn rows_belong_to_their_copy() {
        let text = "copy t from stdin;\ncopy t from stdin;\n1;2\n\\.\nselect 1;";
        let wanted = [
            "1: copy t from stdin [;]",
            "2: copy t from stdin [;]1;2\n\\.\n",
            "5: select 1 [;]",
        ];
        assert_eq!(texts(text), wanted);
    }
}
