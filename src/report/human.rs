//! Diagnostics for people: each with its source lines underlined.

use std::borrow::Cow;

use annotate_snippets::{
    Annotation, AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet,
};

use super::sorted;
use crate::diagnostic::{Diagnostic, Diagnostics, Direction, Severity};
use crate::source::{Sources, Span};
use crate::visible;

/// What the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    pub colour: bool,
    /// Source lines longer than this many columns are cut around the underline.
    pub width: usize,
}

/// In the place of U+200D: the renderer would leave that out, and this one no text of ours holds, since it is escaped.
const JOINER: char = '\u{2060}';

/// Places nearer than this many bytes share one excerpt; a longer span is underlined in its first line only.
const EXCERPT: usize = 4 * 1024;

/// The diagnostics as blocks of text with a blank line between them, by file, line and column.
#[must_use]
pub fn human(diagnostics: &Diagnostics, sources: &Sources, style: Style) -> String {
    blocks(sorted(diagnostics, sources).into_iter(), sources, style)
}

/// The same in the order in which they were found.
#[must_use]
pub fn human_in_order(diagnostics: &Diagnostics, sources: &Sources, style: Style) -> String {
    blocks(diagnostics.iter(), sources, style)
}

fn blocks<'a>(
    diagnostics: impl Iterator<Item = &'a Diagnostic>,
    sources: &Sources,
    style: Style,
) -> String {
    let renderer = if style.colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    }
    .term_width(style.width);
    diagnostics
        .map(|it| block(it, sources, &renderer).replace(JOINER, "\u{200d}") + "\n")
        .collect::<Vec<_>>()
        .join("\n")
}

fn block(diagnostic: &Diagnostic, sources: &Sources, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level
        .primary_title(line(&diagnostic.message))
        .id(diagnostic.code.name());
    let direction = diagnostic.direction.map(|direction| match direction {
        Direction::Upgrade => "this concerns the upgrade",
        Direction::Downgrade => "this concerns the downgrade",
    });
    let group = Group::with_title(title)
        .elements(excerpts(diagnostic, sources))
        .elements(direction.map(|it| Level::NOTE.message(it)));
    let help = diagnostic.help.as_deref().map(line);
    match (help, diagnostic.span) {
        (None, _) => renderer.render(&[group]),
        (Some(help), Some(_)) => renderer.render(&[group.element(Level::HELP.message(help))]),
        // Without an excerpt there is no gutter for the help to hang on.
        (Some(help), None) => {
            let help = Group::with_title(Level::HELP.secondary_title(help));
            renderer.render(&[group]) + "\n" + &renderer.render(&[help])
        }
    }
}

/// One line of the renderer.
fn line(text: &str) -> String {
    visible::line(text).replace('\u{200d}', &JOINER.to_string())
}

/// Lines of a source as the renderer gets them, character for character.
fn pictured(text: &str) -> Cow<'_, str> {
    let shown = visible::pictured(text);
    if shown.contains('\u{200d}') {
        shown.replace('\u{200d}', &JOINER.to_string()).into()
    } else {
        shown
    }
}

/// One excerpt per source and neighbourhood, the place of the mistake first.
fn excerpts<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Vec<Element<'a>> {
    let primary = diagnostic
        .span
        .map(|span| (span, diagnostic.label.as_str(), AnnotationKind::Primary));
    let related = diagnostic
        .related
        .iter()
        .map(|(span, label)| (*span, label.as_str(), AnnotationKind::Context));

    let mut excerpts: Vec<(Span, Vec<_>)> = Vec::new();
    for (span, label, kind) in primary.into_iter().chain(related) {
        let lines = lines(sources, span);
        let near = excerpts.iter_mut().find(|(excerpt, _)| {
            excerpt.source == lines.source
                && lines.end.max(excerpt.end) - lines.start.min(excerpt.start)
                    <= EXCERPT.try_into().expect("a small constant")
        });
        match near {
            Some((excerpt, places)) => {
                excerpt.start = excerpt.start.min(lines.start);
                excerpt.end = excerpt.end.max(lines.end);
                places.push((span, label, kind));
            }
            None => excerpts.push((lines, vec![(span, label, kind)])),
        }
    }
    excerpts
        .into_iter()
        .flat_map(|(excerpt, places)| {
            let text = sources.text(excerpt);
            if text.len() > 2 * EXCERPT {
                // The renderer would look at all of a long line for each mistake in it.
                return origins(sources, places);
            }
            let shown = pictured(text);
            let is_same = matches!(shown, Cow::Borrowed(_));
            let at = |place: u32| {
                let place = (place - excerpt.start) as usize;
                if is_same {
                    place
                } else {
                    pictured(&text[..place]).len()
                }
            };
            let annotations: Vec<_> = places
                .into_iter()
                .map(|(span, label, kind)| {
                    kind.span(at(span.start)..at(span.end.min(excerpt.end)))
                        .label((!label.is_empty()).then(|| line(label)))
                })
                .collect();
            let snippet: Snippet<'a, Annotation<'a>> = Snippet::source(shown)
                .path(line(sources.path(excerpt).as_str()))
                .line_start(sources.position(excerpt.source, excerpt.start).line)
                .annotations(annotations);
            vec![snippet.into()]
        })
        .collect()
}

/// Places without their text.
fn origins<'a>(
    sources: &'a Sources,
    places: Vec<(Span, &'a str, AnnotationKind)>,
) -> Vec<Element<'a>> {
    let mut elements = Vec::new();
    for (span, label, _) in places {
        let position = sources.position(span.source, span.start);
        let origin = Origin::path(line(sources.path(span).as_str()))
            .line(position.line)
            .char_column(position.column);
        elements.push(origin.into());
        if !label.is_empty() {
            elements.push(Level::NOTE.message(line(label)).into());
        }
    }
    elements
}

/// The whole lines that `span` stands on, or only its first one where they are many. Nothing else of the text
/// is given to the renderer, whose work grows with it.
fn lines(sources: &Sources, span: Span) -> Span {
    let text = &sources.get(span.source).text;
    let (start, mut end) = (span.start as usize, span.end as usize);
    let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    if end - start > EXCERPT {
        end = start;
    }
    let line_end = text[end..]
        .find('\n')
        .map_or(text.len(), |newline| end + newline);
    span.source.span(line_start, line_end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;

    const PLAIN: Style = Style {
        colour: false,
        width: 100,
    };

    fn place(sources: &Sources, source: usize, word: &str) -> Span {
        let (id, source) = sources.iter().nth(source).expect("the test added it");
        let start = source.text.find(word).expect("the test wrote it");
        id.span(start, start + word.len())
    }

    #[test]
    fn shows_the_line_the_label_related_places_and_help() {
        let mut sources = Sources::default();
        sources.add("revisions/a.rev", "one;\ncreate table users ();\n");
        sources.add("revisions/b.rev", "\n\n  create table users ();\n");
        let diagnostics = Diagnostics::from(
            Diagnostic::error(
                Code::Syntax,
                place(&sources, 1, "users"),
                "there is a table users already",
            )
            .label("made again here")
            .related(place(&sources, 0, "users"), "first made here")
            .direction(Direction::Downgrade)
            .help("drop it first"),
        );
        assert_eq!(
            human(&diagnostics, &sources, PLAIN),
            "\
error[syntax]: there is a table users already
 --> revisions/b.rev:3:16
  |
3 |   create table users ();
  |                ^^^^^ made again here
  |
 ::: revisions/a.rev:2:14
  |
2 | create table users ();
  |              ----- first made here
  |
  = note: this concerns the downgrade
  = help: drop it first
"
        );
    }

    #[test]
    fn columns_count_characters() {
        let mut sources = Sources::default();
        sources.add("ü.rev", "message 'größe' oops;");
        let diagnostics = Diagnostics::from(Diagnostic::error(
            Code::Syntax,
            place(&sources, 0, "oops"),
            "unexpected word",
        ));
        let text = human(&diagnostics, &sources, PLAIN);
        assert!(text.contains("ü.rev:1:17\n"), "{text}");
    }

    #[test]
    fn nothing_of_a_text_is_obeyed_and_columns_stay() {
        let mut sources = Sources::default();
        sources.add(
            "a\u{1b}\nb.rev",
            "::error::x\n'\u{1b}[2J\u{202e}\r\u{200b} می\u{200c}شود ک\u{200d} ##[error]' oops;",
        );
        let span = place(&sources, 0, "oops");
        let diagnostics = Diagnostics::from(
            Diagnostic::error(Code::Syntax, span, "no\n::error::x\u{202e}")
                .label("l\u{9b}")
                .help("write\n##[error]ک\u{200d}"),
        );
        let text = human(&diagnostics, &sources, PLAIN);
        assert_eq!(
            text,
            "\
error[syntax]: no\\n::error::x\\u{202e}
 --> a\\u{1b}\\nb.rev:2:31
  |
2 | '␛[2J\u{fffd}␍\u{fffd} می\u{200c}شود ک\u{200d} #\u{ff03}[error]' oops;
  |                              ^^^^ l\\u{9b}
  |
  = help: write\\n#\\u{23}[error]ک\u{200d}
"
        );
    }

    #[test]
    fn without_a_place_the_help_stands_below() {
        let diagnostics =
            Diagnostics::from(Diagnostic::error(Code::Syntax, None, "no such thing").help("look"));
        assert_eq!(
            human(&diagnostics, &Sources::default(), PLAIN),
            "error[syntax]: no such thing\nhelp: look\n"
        );
    }

    #[test]
    fn long_lines_and_long_spans_are_cut() {
        let mut sources = Sources::default();
        let long = format!("{} oops {}\n", "x".repeat(3_000), "y".repeat(3_000));
        sources.add("long.rev", long);
        sources.add("tall.rev", "line\n".repeat(100_000));
        let tall = sources.iter().nth(1).expect("two sources").0;
        let mut diagnostics = Diagnostics::from(Diagnostic::error(
            Code::Syntax,
            place(&sources, 0, "oops"),
            "a",
        ));
        diagnostics.push(Diagnostic::error(Code::Syntax, tall.span(5, 400_000), "b"));
        let text = human(&diagnostics, &sources, PLAIN);
        assert!(text.lines().all(|line| line.len() <= 110), "{text}");
        assert!(text.lines().count() < 15, "{text}");
        assert!(text.contains("^^^^"), "{text}");
    }

    #[test]
    fn the_end_of_a_text_can_be_underlined() {
        let mut sources = Sources::default();
        let id = sources.add("a.rev", "abc\n");
        let empty = sources.add("empty.rev", "");
        let mut diagnostics =
            Diagnostics::from(Diagnostic::error(Code::Syntax, id.span(4, 4), "unfinished"));
        diagnostics.push(Diagnostic::error(Code::Syntax, empty.span(0, 0), "empty"));
        let text = human(&diagnostics, &sources, PLAIN);
        assert!(text.contains("a.rev:2:1\n"), "{text}");
        assert!(text.contains("empty.rev:1:1\n"), "{text}");
    }
}
