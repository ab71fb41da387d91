//! What a name on the command line stands for: ids, their beginnings, labels, `head`, `base`, steps.
//!
//! The grammar is Alembic's: `[branch@][symbol][+n|-n]`, where a branch is a label or an id.

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::graph::faults::{starting_with, suggest};
use crate::graph::reach::{Edges, RevisionSet};
use crate::graph::{RevisionGraph, RevisionIndex};

/// A name of revisions, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identifier<'a> {
    /// As written.
    pub text: &'a str,
    /// What stands before `@`.
    pub branch: Option<&'a str>,
    /// An id, the beginning of one, a label, `head`, `heads` or `base`.
    pub symbol: Option<&'a str>,
    /// Steps up, or down where negative.
    pub offset: Option<i64>,
}

/// `start:end`, where both may be left out; `start` and `end` may be several names with commas between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range<'a> {
    pub start: Vec<&'a str>,
    pub end: Vec<&'a str>,
}

/// A branch: the revision that names it, with its ancestors and descendants.
#[derive(Debug, Clone)]
pub struct Branch<'a> {
    pub name: &'a str,
    pub revision: RevisionIndex,
    pub lineage: RevisionSet,
}

/// Where a walk of some steps ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Walk {
    /// The revision, or none for the base.
    pub place: Option<RevisionIndex>,
    /// The steps that the history was too short for.
    pub missing: u64,
}

impl<'a> Identifier<'a> {
    /// Takes `text` apart.
    pub fn parse(text: &'a str) -> Result<Self> {
        let malformed = || {
            Diagnostic::error(
                Code::InvalidIdentifier,
                None,
                format!("{text:?} is not a valid name of a revision"),
            )
            .help("write an id, a label, head, heads or base, and optionally steps such as +1")
        };
        let (branch, rest) = match text.split_once('@') {
            None => (None, text),
            Some((branch, rest)) => (Some(branch), rest),
        };
        let (symbol, offset) = match rest.find(['+', '-']) {
            None => (rest, None),
            Some(sign) => {
                let digits = &rest[sign + 1..];
                if digits.is_empty() || !digits.bytes().all(|it| it.is_ascii_digit()) {
                    return Err(malformed().into());
                }
                // Whoever writes more digits than fit walks too far in any history.
                let steps = digits.parse().unwrap_or(i64::MAX);
                let down = rest[sign..].starts_with('-');
                (&rest[..sign], Some(if down { -steps } else { steps }))
            }
        };
        let is_name = |it: &str| !it.contains(['@', ':', ',']) && it.trim() == it;
        let symbol = (!symbol.is_empty()).then_some(symbol);
        let complete = symbol.is_some() || offset.is_some();
        if !complete
            || branch.is_some_and(|it| it.is_empty() || it.contains(['+', '-']) || !is_name(it))
            || !symbol.is_none_or(is_name)
        {
            return Err(malformed().into());
        }
        Ok(Self {
            text,
            branch,
            symbol,
            offset,
        })
    }
}

impl<'a> Range<'a> {
    /// Takes `start:end` apart; a text without colon is an end.
    pub fn parse(text: &'a str) -> Result<Self> {
        let (start, end) = text.split_once(':').unwrap_or(("", text));
        if end.contains(':') {
            return Err(Diagnostic::error(
                Code::InvalidIdentifier,
                None,
                format!("{text:?} contains more than one colon"),
            )
            .help("write START:END")
            .into());
        }
        let names = |list: &'a str| match list {
            "" => Vec::new(),
            list => list.split(',').collect(),
        };
        Ok(Self {
            start: names(start),
            end: names(end),
        })
    }
}

impl RevisionGraph {
    /// The revisions that the version table holds, as named by `names`: none for an empty database.
    ///
    /// It is an error if one of them is an ancestor of another.
    pub fn current<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<RevisionIndex>> {
        self.several(names)
    }

    /// The revisions that `names` stand for; none for `base`.
    ///
    /// It is an error if one of them is an ancestor of another.
    pub(crate) fn several<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<RevisionIndex>> {
        let mut found = Vec::new();
        for name in names {
            found.extend(self.members(&Identifier::parse(name)?)?);
        }
        let found = self.distinct(found);
        self.refuse_overlap(&found)?;
        Ok(found)
    }

    pub(crate) fn refuse_overlap(&self, revisions: &[RevisionIndex]) -> Result<()> {
        let Some(covered) = self.overlap(revisions) else {
            return Ok(());
        };
        let by = revisions
            .iter()
            .find(|it| **it != covered && self.ancestors(&[**it], Edges::All).contains(covered))
            .expect("what overlaps has run before another");
        Err(Diagnostic::error(
            Code::OverlappingRevisions,
            None,
            format!("{} is an ancestor of {}", self.id(covered), self.id(*by)),
        )
        .help(format!("remove {}", self.id(covered)))
        .into())
    }

    /// The one revision that `name` stands for; none for `base`, and for `head` of an empty history.
    pub fn one(&self, name: &str) -> Result<Option<RevisionIndex>> {
        let identifier = Identifier::parse(name)?;
        let members = self.members(&identifier)?;
        match members.as_slice() {
            [] => Ok(None),
            [only] => Ok(Some(*only)),
            several => Err(self.multiple_heads(identifier.text, several)),
        }
    }

    /// All revisions that `identifier` stands for: several for `heads`, none for `base`. Steps without a symbol
    /// go down from the heads.
    pub fn members(&self, identifier: &Identifier) -> Result<Vec<RevisionIndex>> {
        let branch = identifier.branch.map(|it| self.branch(it)).transpose()?;
        let Some(offset) = identifier.offset else {
            return self.symbol(identifier.symbol.unwrap_or("heads"), branch.as_ref());
        };
        if identifier.symbol.is_none() && offset > 0 {
            return Err(too_far(
                identifier,
                "there are no revisions after the heads",
            ));
        }
        let symbol = identifier.symbol.unwrap_or("heads");
        let mut found = Vec::new();
        for start in self.symbol(symbol, branch.as_ref())? {
            let walk = self.walk(Some(start), offset, branch.as_ref())?;
            match walk.place {
                Some(revision) if walk.missing == 0 => found.push(revision),
                _ => return Err(too_far(identifier, "there are not enough revisions")),
            }
        }
        if found.is_empty() {
            return Err(too_far(identifier, "there are not enough revisions"));
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// The revisions that `symbol` stands for, on `branch` if one is given.
    pub(crate) fn symbol(
        &self,
        symbol: &str,
        branch: Option<&Branch>,
    ) -> Result<Vec<RevisionIndex>> {
        let on_branch = |revisions: Vec<RevisionIndex>| {
            let mut revisions = revisions;
            revisions.retain(|it| branch.is_none_or(|branch| branch.lineage.contains(*it)));
            revisions
        };
        match symbol {
            "base" => Ok(Vec::new()),
            "heads" if branch.is_none() => Ok(self.real_heads()),
            "heads" => Ok(on_branch(self.heads())),
            "head" => {
                let heads = on_branch(self.heads());
                if heads.len() > 1 {
                    let text = branch.map_or("head".to_owned(), |it| format!("{}@head", it.name));
                    return Err(self.multiple_heads(&text, &heads));
                }
                Ok(heads)
            }
            name => Ok(vec![self.find(name, branch)?]),
        }
    }

    /// The one revision or base that `symbol` stands for.
    pub(crate) fn single(
        &self,
        symbol: &str,
        branch: Option<&Branch>,
    ) -> Result<Option<RevisionIndex>> {
        match self.symbol(symbol, branch)?.as_slice() {
            [] => Ok(None),
            [only] => Ok(Some(*only)),
            several => Err(self.multiple_heads(symbol, several)),
        }
    }

    /// The branch that `name`, a label or an id, stands for.
    pub fn branch<'a>(&self, name: &'a str) -> Result<Branch<'a>> {
        let revision = self.find(name, None)?;
        Ok(Branch {
            name,
            revision,
            lineage: self.lineage(revision, Edges::Parents),
        })
    }

    /// `offset` steps from `start`, along `branch` where the way up forks. A fork without a branch is an error.
    pub fn walk(
        &self,
        start: Option<RevisionIndex>,
        offset: i64,
        branch: Option<&Branch>,
    ) -> Result<Walk> {
        let mut place = start;
        for missing in (1..=offset.unsigned_abs()).rev() {
            let next = match place {
                None if offset < 0 => return Ok(Walk { place, missing }),
                None => self.bases(),
                Some(revision) if offset < 0 => self.parents(revision).to_vec(),
                Some(revision) => self.children(revision).to_vec(),
            };
            let next: Vec<_> = next
                .into_iter()
                .filter(|it| offset < 0 || branch.is_none_or(|branch| branch.lineage.contains(*it)))
                .collect();
            match next.as_slice() {
                [only] => place = Some(*only),
                [] if offset < 0 => place = None,
                [] => return Ok(Walk { place, missing }),
                several => {
                    let from = place.map_or("the base", |it| self.id(it));
                    let way = if offset < 0 { "down" } else { "up" };
                    return Err(Diagnostic::error(
                        Code::RelativeTarget,
                        None,
                        format!(
                            "the history forks on the way {way} from {from}: {}",
                            self.ids(several).join(", ")
                        ),
                    )
                    .help(if offset < 0 {
                        format!("name the target: {}", self.ids(several).join(", "))
                    } else {
                        "name the revision, or the branch as in label@+1".to_owned()
                    })
                    .into());
                }
            }
        }
        Ok(Walk { place, missing: 0 })
    }

    /// The revision with this id, label or beginning of either.
    fn find(&self, name: &str, branch: Option<&Branch>) -> Result<RevisionIndex> {
        let on_branch =
            |it: &RevisionIndex| branch.is_none_or(|branch| branch.lineage.contains(*it));
        if let Some(revision) = self.names.get(name) {
            return match branch {
                Some(branch) if !on_branch(revision) => Err(Diagnostic::error(
                    Code::UnknownRevision,
                    None,
                    format!("revision {name} is not on branch {}", branch.name),
                )
                .help("name a revision of the branch, or remove the branch")
                .into()),
                Some(_) | None => Ok(*revision),
            };
        }
        // As in Alembic, names of up to three characters are always written out.
        let found: Vec<_> = starting_with(name, &self.names)
            .filter(|(candidate, revision)| candidate.chars().count() > 3 && on_branch(revision))
            .collect();
        match found.as_slice() {
            [] => Err(self.unknown(name, branch)),
            [(_, first), rest @ ..] if rest.iter().all(|(_, it)| it == first) => Ok(**first),
            several => {
                let names: Vec<&str> = several.iter().take(3).map(|(it, _)| it.as_str()).collect();
                let more = if several.len() > 3 { ", …" } else { "" };
                Err(Diagnostic::error(
                    Code::AmbiguousRevision,
                    None,
                    format!(
                        "{name} is ambiguous: it is the beginning of {}{more}",
                        names.join(", ")
                    ),
                )
                .help("write more characters of the id")
                .into())
            }
        }
    }

    fn unknown(&self, name: &str, branch: Option<&Branch>) -> crate::diagnostic::Diagnostics {
        let place = branch.map_or_else(String::new, |it| format!(" on branch {}", it.name));
        let help = suggest(name, &self.names).map_or_else(
            || "`limbeck history` lists all revisions".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        Diagnostic::error(
            Code::UnknownRevision,
            None,
            format!("there is no revision or branch {name}{place}"),
        )
        .help(help)
        .into()
    }

    fn multiple_heads(
        &self,
        text: &str,
        heads: &[RevisionIndex],
    ) -> crate::diagnostic::Diagnostics {
        let ids = self.ids(heads);
        Diagnostic::error(
            Code::MultipleHeads,
            None,
            format!("{text} means {} revisions: {}", ids.len(), ids.join(", ")),
        )
        .help(format!(
            "name one of them, write heads for all, or merge them with `limbeck merge {}`",
            ids.join(" ")
        ))
        .into()
    }
}

/// The error of a relative target that leaves the history.
pub(crate) fn too_far(identifier: &Identifier, why: &str) -> crate::diagnostic::Diagnostics {
    Diagnostic::error(
        Code::RelativeTarget,
        None,
        format!("{} goes beyond the history: {why}", identifier.text),
    )
    .help("take fewer steps, or name the revision")
    .into()
}
