//! Makes a history that fails smaller, as long as it compiles and still fails.

use limbeck::replay::Wanted;

use super::{Downgrade, History, Revision, compiled, sources};

/// What can be left out.
#[derive(Debug, Clone, Copy)]
enum Part {
    Revision(usize),
    Statement(usize, usize),
    Verify(usize),
    Downgrade(usize),
    Header(usize),
}

/// What a history has of one kind of parts.
type Parts = fn(&[Revision]) -> Vec<Part>;

/// Removes revisions and statements.
pub(crate) fn shrink(mut history: History, mut fails: impl FnMut(&History) -> bool) -> History {
    let kinds: [Parts; 3] = [whole, statements, rest];
    loop {
        let before = size(&history.revisions);
        for kind in kinds {
            history = fewer(history, kind, &mut fails);
        }
        if size(&history.revisions) == before {
            return history;
        }
    }
}

fn size(revisions: &[Revision]) -> usize {
    revisions.iter().map(|it| it.text().len()).sum()
}

fn whole(revisions: &[Revision]) -> Vec<Part> {
    (0..revisions.len()).map(Part::Revision).collect()
}

fn statements(revisions: &[Revision]) -> Vec<Part> {
    let revisions = revisions.iter().enumerate();
    revisions
        .flat_map(|(at, it)| (0..it.upgrade.len()).map(move |number| Part::Statement(at, number)))
        .collect()
}

fn rest(revisions: &[Revision]) -> Vec<Part> {
    (0..revisions.len())
        .flat_map(|it| [Part::Verify(it), Part::Downgrade(it), Part::Header(it)])
        .collect()
}

/// Leaves out stretches of parts, the longest first.
fn fewer(mut history: History, kind: Parts, fails: &mut impl FnMut(&History) -> bool) -> History {
    let mut length = kind(&history.revisions).len().div_ceil(2);
    while length > 0 {
        let mut end = kind(&history.revisions).len();
        while end > 0 {
            let start = end.saturating_sub(length);
            let parts = &kind(&history.revisions)[start..end];
            let candidate = History::new(history.seed, without(&history.revisions, parts));
            let is_smaller = size(&candidate.revisions) < size(&history.revisions);
            if is_smaller && is_sound(&candidate) && fails(&candidate) {
                history = candidate;
            }
            end = start.min(kind(&history.revisions).len());
        }
        length /= 2;
    }
    history
}

fn is_sound(history: &History) -> bool {
    compiled(&sources(&history.revisions), Wanted::Nothing)
        .is_ok_and(|it| it.graph.heads().len() == 1)
}

fn without(revisions: &[Revision], parts: &[Part]) -> Vec<Revision> {
    let mut revisions = revisions.to_vec();
    for part in parts.iter().rev() {
        match *part {
            Part::Revision(at) => remove(&mut revisions, at),
            Part::Statement(at, number) => drop(revisions[at].upgrade.remove(number)),
            Part::Verify(at) => revisions[at].verify.clear(),
            Part::Downgrade(at) => revisions[at].downgrade = Downgrade::LeftOut,
            Part::Header(at) => {
                let revision = &mut revisions[at];
                revision.message.clear();
                revision.label = None;
                revision.depends_on.clear();
            }
        }
    }
    revisions
}

/// Those that follow the revision follow its parents instead.
fn remove(revisions: &mut Vec<Revision>, at: usize) {
    let gone = revisions.remove(at);
    for revision in revisions {
        for ids in [&mut revision.parents, &mut revision.depends_on] {
            if let Some(place) = ids.iter().position(|it| *it == gone.id) {
                ids.remove(place);
                for id in &gone.parents {
                    if !ids.contains(id) {
                        ids.push(id.clone());
                    }
                }
            }
        }
    }
}
