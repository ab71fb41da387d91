//! What can be wrong with one header: its id, its labels, its references.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use smol_str::SmolStr;

use super::RevisionIndex;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, nearest};
use crate::revision::Header;
use crate::source::Spanned;
use crate::visible;

/// Ids and labels with the revisions that they name.
type Names = BTreeMap<SmolStr, RevisionIndex>;

/// The width of `alembic_version.version_num`.
const LONGEST_ID: usize = 32;

/// All ids and labels of `headers`, and what is wrong with them. A name used twice means its first bearer.
pub(super) fn names(headers: &[Header]) -> (Names, Diagnostics) {
    let mut names = Names::new();
    let mut diagnostics = Diagnostics::default();
    for (index, header) in headers.iter().enumerate() {
        check_id(&header.id, &mut diagnostics);
        match names.entry(header.id.value.clone()) {
            Entry::Vacant(entry) => drop(entry.insert(RevisionIndex(index))),
            Entry::Occupied(first) => diagnostics.push(
                Diagnostic::error(
                    Code::DuplicateRevision,
                    header.id.span,
                    format!("two revisions have the id {}", header.id.value),
                )
                .label("used again here")
                .related(headers[first.get().0].id.span, "first used here")
                .help("give one of them another id, and use it in the revisions that follow it"),
            ),
        }
    }
    // Labels come second, so that a label equal to any id is the label's fault, wherever the id stands.
    for (index, header) in headers.iter().enumerate() {
        for label in &header.branch_labels {
            check_label(label, &mut diagnostics);
            match names.get(&label.value) {
                None => drop(names.insert(label.value.clone(), RevisionIndex(index))),
                Some(first) => diagnostics.push(taken(label, &headers[first.0])),
            }
        }
    }
    (names, diagnostics)
}

/// The parents and dependencies of `header`. References that lead nowhere are reported and left out.
pub(super) fn edges(
    header: &Header,
    headers: &[Header],
    names: &Names,
    diagnostics: &mut Diagnostics,
) -> (Vec<RevisionIndex>, Vec<RevisionIndex>) {
    let mut parents = Vec::with_capacity(header.down_revisions.len());
    for parent in &header.down_revisions {
        match names.get(&parent.value).copied() {
            Some(revision) if parents.contains(&revision) => {
                diagnostics.push(repeated("down_revision", parent));
            }
            // As in Alembic, a label stands for a revision in `depends_on` only.
            Some(revision) if headers[revision.0].id.value != parent.value => {
                diagnostics.push(label_as_parent(parent, &headers[revision.0].id.value));
            }
            Some(revision) => parents.push(revision),
            None => diagnostics.push(unknown("down_revision", parent, header, names)),
        }
    }
    let mut dependencies = Vec::with_capacity(header.depends_on.len());
    for dependency in &header.depends_on {
        match names.get(&dependency.value).copied() {
            Some(revision) if dependencies.contains(&revision) => {
                diagnostics.push(repeated("depends_on", dependency));
            }
            Some(revision) if parents.contains(&revision) => {}
            Some(revision) => dependencies.push(revision),
            None => diagnostics.push(unknown("depends_on", dependency, header, names)),
        }
    }
    (parents, dependencies)
}

fn check_id(id: &Spanned<SmolStr>, diagnostics: &mut Diagnostics) {
    let length = id.value.chars().count();
    if let Some(diagnostic) = misnamed("revision id", id) {
        diagnostics.push(diagnostic);
    } else if length > LONGEST_ID {
        diagnostics.push(
            Diagnostic::error(
                Code::InvalidIdentifier,
                id.span,
                format!("the revision id {} has {length} characters", id.value),
            )
            .label(format!("longer than {LONGEST_ID}"))
            .help(format!(
                "shorten it: the column of the version table has room for {LONGEST_ID} characters"
            )),
        );
    }
}

fn check_label(label: &Spanned<SmolStr>, diagnostics: &mut Diagnostics) {
    if let Some(diagnostic) = misnamed("branch label", label) {
        diagnostics.push(diagnostic);
    }
}

/// A name that a range could not spell, or that means something else there.
fn misnamed(kind: &str, name: &Spanned<SmolStr>) -> Option<Diagnostic> {
    if name.value.is_empty() {
        return Some(
            Diagnostic::error(
                Code::InvalidIdentifier,
                name.span,
                format!("the {kind} is empty"),
            )
            .help("use letters, digits and underscores"),
        );
    }
    if matches!(name.value.as_str(), "base" | "head" | "heads") {
        return Some(
            Diagnostic::error(
                Code::InvalidIdentifier,
                name.span,
                format!("the {kind} {} is reserved", name.value),
            )
            .help("choose another name: base, head and heads have a special meaning in ranges"),
        );
    }
    let unseen = visible::unseen_in_name(&name.value).map(|it| it.1);
    let illegal = name.value.chars().filter(|it| is_illegal(*it));
    let mut illegal: Vec<char> = illegal.chain(unseen).collect();
    illegal.sort_unstable();
    illegal.dedup();
    if illegal.is_empty() {
        return None;
    }
    let list: Vec<String> = illegal.iter().map(|it| format!("{it:?}")).collect();
    Some(
        Diagnostic::error(
            Code::InvalidIdentifier,
            name.span,
            format!("the {kind} {} contains {}", name.value, list.join(", ")),
        )
        .label("not allowed here")
        .help("use letters, digits and underscores"),
    )
}

/// The first four belong to Alembic's ranges, the comma to ours; the rest has no place in a file name or a
/// line of text.
fn is_illegal(character: char) -> bool {
    matches!(
        character,
        '@' | '-' | '+' | ':' | ',' | '\'' | '"' | '`' | '/' | '\\' | ';'
    ) || character.is_whitespace()
        || character.is_control()
}

fn taken(label: &Spanned<SmolStr>, bearer: &Header) -> Diagnostic {
    let first = bearer
        .branch_labels
        .iter()
        .find(|it| it.value == label.value);
    let (message, place) = match first {
        Some(first) if bearer.id.value != label.value => (
            format!(
                "the branch label {} is already used by revision {}",
                label.value, bearer.id.value
            ),
            first.span,
        ),
        Some(_) | None => (
            format!("the branch label {} is the id of a revision", label.value),
            bearer.id.span,
        ),
    };
    Diagnostic::error(Code::DuplicateLabel, label.span, message)
        .label("used again here")
        .related(place, "first used here")
        .help("give the branch another label")
}

fn repeated(statement: &str, name: &Spanned<SmolStr>) -> Diagnostic {
    Diagnostic::error(
        Code::RepeatedReference,
        name.span,
        format!("{statement} names {} twice", name.value),
    )
    .help("remove one of them")
}

fn label_as_parent(label: &Spanned<SmolStr>, bearer: &SmolStr) -> Diagnostic {
    Diagnostic::error(
        Code::UnknownRevision,
        label.span,
        format!(
            "down_revision names {}, but that is a branch label",
            label.value
        ),
    )
    .label("not a revision")
    .help(format!(
        "write the id of a revision: the label belongs to {bearer}"
    ))
}

fn unknown(statement: &str, name: &Spanned<SmolStr>, header: &Header, names: &Names) -> Diagnostic {
    // A revision cannot follow itself.
    let mut others = names.clone();
    for own in header.branch_labels.iter().chain([&header.id]) {
        others.remove(&own.value);
    }
    let help = suggest(&name.value, &others).map_or_else(
        || format!("add the missing file, or correct {statement}"),
        |near| format!("did you mean `{near}`?"),
    );
    Diagnostic::error(
        Code::UnknownRevision,
        name.span,
        format!("{statement} names {}, which does not exist", name.value),
    )
    .label("no such revision")
    .help(help)
}

/// The name that `word` begins, if there is just one, or the nearest.
pub(super) fn suggest<'a>(word: &str, names: &'a Names) -> Option<&'a str> {
    let mut longer = starting_with(word, names).map(|(name, _)| name.as_str());
    match (longer.next(), longer.next()) {
        (Some(only), None) if !word.is_empty() => Some(only),
        _ => nearest(word, names.keys().map(SmolStr::as_str)),
    }
}

/// The names that begin with `word`, in order.
pub(super) fn starting_with<'a>(
    word: &str,
    names: &'a Names,
) -> impl Iterator<Item = (&'a SmolStr, &'a RevisionIndex)> {
    let word = SmolStr::new(word);
    names
        .range(word.clone()..)
        .take_while(move |(name, _)| name.starts_with(word.as_str()))
}
