use std::fmt::Write as _;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use clap::Args;
use smol_str::SmolStr;

use crate::cli::failure::Failure;
use crate::cli::history::History;
use crate::cli::project::Project;
use crate::cli::{Answer, Common, output};
use crate::diagnostic::{Code, Diagnostic};
use crate::graph::RevisionIndex;
use crate::visible;

/// Write the file of a new revision on top of the head.
///
/// Use it for each logical change of the schema, then write the statements into its `upgrade` block. It prints
/// the path of the file.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  limbeck revision -m 'add e-mail to users'
  limbeck revision -m 'audit' --rev-id 20250813_audit --branch-label audit
  limbeck revision -m 'fix for 1.0' --head 7f71 --splice     branch off an older revision
  limbeck revision -m 'another history' --head base")]
pub(super) struct Revision {
    /// What the revision does, in a few words
    #[arg(short, long)]
    message: String,

    /// Its id, at most 32 characters; 12 random hexadecimal digits if omitted
    #[arg(long, value_name = "ID")]
    rev_id: Option<SmolStr>,

    /// Its parent: an id or the beginning of one, `LABEL@head`, or `base` for no parent
    #[arg(long, value_name = "REV", default_value = "head")]
    head: String,

    /// Allow a parent that is not a head, which makes a branch
    #[arg(long)]
    splice: bool,

    /// Name the branch that begins here; can be repeated
    #[arg(long, value_name = "LABEL")]
    branch_label: Vec<SmolStr>,

    /// A revision that must run first but is not the parent; can be repeated
    #[arg(long, value_name = "REV")]
    depends_on: Vec<String>,
}

/// Write a revision that joins several heads into one.
///
/// Use it when `limbeck check` finds two heads. This happens when two people wrote a revision on top of the same one.
/// It prints the path of the file.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  limbeck merge -m 'join auth and audit'
  limbeck merge -m 'join auth and audit' 7f71 20250813_audit")]
pub(super) struct Merge {
    /// The heads to join; all if omitted
    #[arg(value_name = "REV")]
    revisions: Vec<String>,

    /// What is joined; names the heads if omitted
    #[arg(short, long)]
    message: Option<String>,

    /// Its id, at most 32 characters; 12 random hexadecimal digits if omitted
    #[arg(long, value_name = "ID")]
    rev_id: Option<SmolStr>,

    /// Name the branch that begins here; can be repeated
    #[arg(long, value_name = "LABEL")]
    branch_label: Vec<SmolStr>,
}

/// What the header of a new revision will say.
#[derive(Debug, Default)]
struct Draft {
    id: SmolStr,
    down_revisions: Vec<SmolStr>,
    message: String,
    branch_labels: Vec<SmolStr>,
    depends_on: Vec<SmolStr>,
}

/// The longest part of a file name that the message makes, as in Alembic.
const LONGEST_SLUG: usize = 40;

impl Revision {
    pub(super) fn run(&self, common: &Common) -> Result<Answer, Failure> {
        let project = Project::open(common)?;
        let history = History::read(&project)?;
        let draft = Draft {
            id: self.rev_id.clone().unwrap_or_else(random_id),
            down_revisions: self.parent(&history)?.into_iter().collect(),
            message: self.message.clone(),
            branch_labels: self.branch_label.clone(),
            depends_on: self
                .depends_on
                .iter()
                .map(|it| dependency(&history, it))
                .collect::<Result<_, _>>()?,
        };
        draft.write(&project, history, common)
    }

    fn parent(&self, history: &History) -> Result<Option<SmolStr>, Failure> {
        let graph = &history.graph;
        let heads = graph.heads();
        if self.head == "head" && heads.len() > 1 {
            let ids = graph.ids(&heads);
            let message = format!("the history has {} heads: {}", ids.len(), ids.join(", "));
            let diagnostic = Diagnostic::error(Code::MultipleHeads, None, message).help(format!(
                "name the parent with --head, or merge them with `limbeck merge {}`",
                ids.join(" ")
            ));
            return Err(history.failure(diagnostic));
        }
        let Some(parent) = history.ask(graph.one(&self.head))? else {
            return Ok(None);
        };
        if !self.splice {
            must_be_head(history, parent, "add --splice to start a branch there")?;
        }
        Ok(Some(graph.id(parent).clone()))
    }
}

impl Merge {
    pub(super) fn run(&self, common: &Common) -> Result<Answer, Failure> {
        let project = Project::open(common)?;
        let history = History::read(&project)?;
        let graph = &history.graph;
        let parents = if self.revisions.is_empty() {
            graph.heads()
        } else {
            let names = self.revisions.iter().map(String::as_str);
            history.ask(graph.several(names))?
        };
        for parent in &parents {
            must_be_head(&history, *parent, "name heads; `limbeck heads` lists them")?;
        }
        let ids = graph.ids(&parents);
        if ids.len() < 2 {
            let message = match ids.first() {
                Some(only) if self.revisions.is_empty() => {
                    format!("nothing to merge: {only} is the only head")
                }
                Some(only) => format!("a merge needs two heads, but only {only} is named"),
                None => "nothing to merge: there are no revisions".to_owned(),
            };
            let diagnostic = Diagnostic::error(Code::NotAHead, None, message)
                .help("a merge joins two or more heads; `limbeck heads` lists them");
            return Err(history.failure(diagnostic));
        }
        let message = self.message.clone();
        let draft = Draft {
            id: self.rev_id.clone().unwrap_or_else(random_id),
            message: message.unwrap_or_else(|| format!("merge {}", ids.join(" and "))),
            down_revisions: ids,
            branch_labels: self.branch_label.clone(),
            depends_on: Vec::new(),
        };
        draft.write(&project, history, common)
    }
}

impl Draft {
    /// Writes the file, if the history would be whole with it.
    fn write(
        &self,
        project: &Project,
        history: History,
        common: &Common,
    ) -> Result<Answer, Failure> {
        if let Some(character) = self.message.chars().find(|it| visible::breaks_line(*it)) {
            return Err(history.failure(
                Diagnostic::error(
                    Code::InvalidIdentifier,
                    None,
                    format!("the message contains the control character {character:?}"),
                )
                .help("write one line of text"),
            ));
        }
        if self.id.starts_with('.') {
            let message = format!("the revision id {} begins with a dot", self.id);
            let diagnostic = Diagnostic::error(Code::InvalidIdentifier, None, message)
                .help("choose another id: hidden files are not read");
            return Err(history.failure(diagnostic));
        }
        if let Ok(Some(revision)) = history.graph.one(&self.id)
            && *history.graph.id(revision) == self.id
        {
            let message = format!("the revision id {} is already used", self.id);
            let place = history.graph.header(revision).id.span;
            let diagnostic = Diagnostic::error(Code::DuplicateRevision, place, message)
                .label("by this revision")
                .help("choose another id, or omit `--rev-id`");
            return Err(history.failure(diagnostic));
        }
        let slug = slug(&self.message);
        let separator = if slug.is_empty() { "" } else { "_" };
        let name = format!("{}{separator}{slug}.rev", self.id);
        let path = project.revisions_folder().join(&name);
        let text = self.text();
        history.accept(path.clone(), text.clone())?;

        project.home.create(&path, &text)?;
        Ok(Answer {
            data: output::written(&[path], common.format),
            remarks: String::new(),
            ..Answer::default()
        })
    }

    fn text(&self) -> String {
        let parents = match self.down_revisions.as_slice() {
            [] => "none".to_owned(),
            parents => list(parents),
        };
        let mut statements = vec![
            ("revision", literal(&self.id)),
            ("down_revision", parents),
            ("message", literal(&self.message)),
        ];
        if !self.branch_labels.is_empty() {
            statements.push(("branch_labels", list(&self.branch_labels)));
        }
        if !self.depends_on.is_empty() {
            statements.push(("depends_on", list(&self.depends_on)));
        }
        let mut text = String::new();
        for (word, value) in statements {
            writeln!(text, "{word:13} {value};").expect("a string takes all text");
        }
        text + if self.down_revisions.len() > 1 {
            include_str!("revision/merge.rev")
        } else {
            include_str!("revision/revision.rev")
        }
    }
}

fn must_be_head(history: &History, revision: RevisionIndex, help: &str) -> Result<(), Failure> {
    let graph = &history.graph;
    if graph.is_head(revision) {
        return Ok(());
    }
    let message = format!(
        "{} is not a head: it is followed by {}",
        graph.id(revision),
        graph.ids(graph.children(revision)).join(", ")
    );
    Err(history.failure(Diagnostic::error(Code::NotAHead, None, message).help(help)))
}

/// A label stays one, for it may come to mean another revision; what else was typed becomes the whole id.
fn dependency(history: &History, name: &str) -> Result<SmolStr, Failure> {
    let graph = &history.graph;
    match history.ask(graph.one(name))? {
        Some(revision) if graph.labels(revision).iter().any(|it| it == name) => Ok(name.into()),
        Some(revision) => Ok(graph.id(revision).clone()),
        None => {
            let message = format!("{name} is not a revision, so nothing can depend on it");
            let diagnostic = Diagnostic::error(Code::UnknownRevision, None, message);
            Err(history.failure(diagnostic))
        }
    }
}

fn list(names: &[SmolStr]) -> String {
    let names: Vec<_> = names.iter().map(|it| literal(it)).collect();
    names.join(", ")
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The words of a message as part of a file name, by Alembic's rule.
fn slug(message: &str) -> String {
    let is_word = |it: char| it.is_alphanumeric() || it == '_';
    let words = message.split(|it| !is_word(it)).filter(|it| !it.is_empty());
    let slug = words.collect::<Vec<_>>().join("_").to_lowercase();
    match slug.char_indices().nth(LONGEST_SLUG) {
        None => slug,
        Some((end, _)) => match slug[..end].rsplit_once('_') {
            Some((whole_words, _)) => format!("{whole_words}_"),
            None => slug[..end].to_owned(),
        },
    }
}

/// 12 hexadecimal digits. The standard library seeds its hashers from the system's randomness.
fn random_id() -> SmolStr {
    let random = RandomState::new().build_hasher().finish();
    format!("{:012x}", random >> 16).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_holds_whole_words() {
        for (message, expected) in [
            ("Add users", "add_users"),
            (
                "auth: refresh-tokens & e-mail",
                "auth_refresh_tokens_e_mail",
            ),
            ("  ", ""),
            ("Größe ändern", "größe_ändern"),
            (
                "a message that is much longer than forty characters",
                "a_message_that_is_much_longer_than_",
            ),
            (&"x".repeat(50), &"x".repeat(40)),
        ] {
            assert_eq!(slug(message), expected);
        }
    }

    #[test]
    fn random_ids_differ_and_have_twelve_digits() {
        let (one, other) = (random_id(), random_id());
        assert_ne!(one, other);
        assert!(one.len() == 12 && one.chars().all(|it| it.is_ascii_hexdigit()));
    }

    #[test]
    fn texts_are_quoted() {
        let draft = Draft {
            id: "b".into(),
            down_revisions: vec!["a".into()],
            message: "it's done".to_owned(),
            branch_labels: vec!["x".into(), "y".into()],
            ..Draft::default()
        };
        let text = draft.text();
        assert!(text.contains("\nmessage       'it''s done';\n"), "{text}");
        assert!(text.contains("\nbranch_labels 'x', 'y';\n"), "{text}");
        assert!(!text.contains("depends_on"), "{text}");
    }
}
