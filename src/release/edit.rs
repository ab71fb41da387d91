//! Edits of notes as their files hold them: what is not edited stays byte for byte, line ends and comments too.

use crate::source::{SourceId, Sources, Span};
use crate::yaml::{self, Value};

use super::notes::front_matter;

/// The notes in `raw` with `lines` at the end of the front matter; none where they have none.
#[must_use]
pub fn with_lines(raw: &str, lines: &str) -> Option<String> {
    let mut file = File::read(raw)?;
    let end = file.line(file.matter.end);
    file.insert(end, lines);
    Some(file.lines.concat())
}

/// The notes in `raw` where `anchor` is that of the bundle in `folder`; none where nobody can read them.
#[must_use]
pub fn with_anchor(raw: &str, folder: &str, anchor: &str) -> Option<String> {
    let mut file = File::read(raw)?;
    let entries = yaml::entries(&file.sources, file.matter).ok()?;
    let Some((key, value)) = entries.iter().find(|it| it.0.value == "anchors") else {
        return with_lines(raw, &format!("anchors:\n  {folder}: {anchor}\n"));
    };
    let anchors = match &value.value {
        Value::Mapping(anchors) => anchors.as_slice(),
        Value::Null => &[],
        Value::Boolean(_)
        | Value::Integer(_)
        | Value::Fraction
        | Value::Text(_)
        | Value::List(_) => return None,
    };
    if let Some((_, old)) = anchors.iter().find(|it| it.0.value == folder) {
        let line = file.line(old.span.start);
        let column = old.span.start as usize - file.start_of_line(old.span.start);
        let length = (old.span.end - old.span.start) as usize;
        file.lines[line].replace_range(column..column + length, anchor);
        return Some(file.lines.concat());
    }
    let place = |span: Span| file.line(span.start);
    let next = anchors.iter().find(|it| it.0.value.as_str() > folder);
    let last = anchors.last();
    let at = match (next, last) {
        (Some(next), _) => place(next.0.span),
        (None, Some(last)) => place(last.1.span) + 1,
        (None, None) => place(key.span) + 1,
    };
    let indent = last.map_or("  ", |it| {
        let line = &file.lines[place(it.0.span)];
        &line[..line.len() - line.trim_start().len()]
    });
    let line = format!("{indent}{folder}: {anchor}\n");
    file.insert(at, &line);
    Some(file.lines.concat())
}

/// A file of notes: its lines as they are, and its text as it is read, which has as many.
struct File {
    lines: Vec<String>,
    sources: Sources,
    id: SourceId,
    /// The front matter, without the lines around it.
    matter: Span,
}

impl File {
    fn read(raw: &str) -> Option<Self> {
        let mut sources = Sources::default();
        let id = sources.add("", raw);
        let (matter, _) = front_matter(&sources, id).ok()?;
        Some(Self {
            lines: raw.split_inclusive('\n').map(str::to_owned).collect(),
            sources,
            id,
            matter,
        })
    }

    fn before(&self, offset: u32) -> &str {
        &self.sources.get(self.id).text[..offset as usize]
    }

    /// The number of the line at a place of the text.
    fn line(&self, offset: u32) -> usize {
        self.before(offset).matches('\n').count()
    }

    fn start_of_line(&self, offset: u32) -> usize {
        self.before(offset).rfind('\n').map_or(0, |it| it + 1)
    }

    /// Puts lines before the line `at`, with the line ends of the file.
    fn insert(&mut self, at: usize, lines: &str) {
        let is_dos = self.lines.first().is_some_and(|it| it.ends_with("\r\n"));
        self.lines.insert(
            at,
            if is_dos {
                lines.replace('\n', "\r\n")
            } else {
                lines.to_owned()
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: &str, folder: &str, after: &str) {
        for (ends, mark) in [("\n", ""), ("\r\n", "\u{feff}")] {
            let raw = |text: &str| format!("{mark}{}", text.replace('\n', ends));
            assert_eq!(
                with_anchor(&raw(before), folder, "b:2"),
                Some(raw(after)),
                "{before}"
            );
            // What stands there already stays.
            assert_eq!(
                with_anchor(&raw(after), folder, "b:2"),
                Some(raw(after)),
                "{after}"
            );
        }
    }

    #[test]
    fn an_anchor_changes_its_own_line_alone() {
        check(
            "---\nhead: a # why\n---\nText.\nanchors:\n",
            "1.0.0",
            "---\nhead: a # why\nanchors:\n  1.0.0: b:2\n---\nText.\nanchors:\n",
        );
        check(
            "---\nanchors:\nhead: a\n---",
            "1.0.0",
            "---\nanchors:\n  1.0.0: b:2\nhead: a\n---",
        );
        check(
            "---\nanchors: # those\n    1.0.0:   'b:1' # old\n\n    # more\n    1.0.0_from_base: b:3\nhead: a\n---\n",
            "1.0.0",
            "---\nanchors: # those\n    1.0.0:   b:2 # old\n\n    # more\n    1.0.0_from_base: b:3\nhead: a\n---\n",
        );
        check(
            "---\nanchors:\n    1.0.0: b:1\nhead: a\n---\n",
            "1.0.0_from_base",
            "---\nanchors:\n    1.0.0: b:1\n    1.0.0_from_base: b:2\nhead: a\n---\n",
        );
        check(
            "---\nanchors:\n  1.0.0: b:1\n  1.0.0_from_base: b:3\n---\n",
            "1.0.0_from_0.9.0",
            "---\nanchors:\n  1.0.0: b:1\n  1.0.0_from_0.9.0: b:2\n  1.0.0_from_base: b:3\n---\n",
        );
        assert_eq!(with_anchor("# Notes\n", "1.0.0", "b:2"), None);
    }
}
