//! Reads the notes of one release: its front matter, and where the text for people stands.

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Result, nearest};
use crate::graph::{RevisionGraph, RevisionIndex};
use crate::release::head::{Checked, fault, head};
use crate::release::seal::Seal;
use crate::release::{EXTENSION, FROM, Origin, Release, Version, is_anchor};
use crate::source::{SourceId, Sources, Span, Spanned};
use crate::visible;
use crate::yaml::{self, Entry, Value};

/// The front matter of a file, and the text behind it.
pub(super) fn front_matter(
    sources: &Sources,
    id: SourceId,
) -> std::result::Result<(Span, Span), Diagnostic> {
    let text = &sources.get(id).text;
    if let Some(fault) = Diagnostic::of_conflict(Code::Release, id, 0, text) {
        return Err(fault);
    }
    let missing = |place: usize, message: &str| {
        Diagnostic::error(Code::Release, id.span(place, place), message).help(
            "begin the file with a line `---`, then version, from and head, then a line `---`, then the text for people",
        )
    };
    let Some(rest) = text.strip_prefix("---\n") else {
        return Err(missing(0, "the front matter is missing"));
    };
    let start = text.len() - rest.len();
    let mut at = start;
    for line in rest.split_inclusive('\n') {
        if line.trim_end() == "---" {
            return Ok((id.span(start, at), id.span(at + line.len(), text.len())));
        }
        at += line.len();
    }
    Err(missing(0, "the front matter is not closed"))
}

const KEYS: &[&str] = &[
    "version",
    "from",
    "through",
    "head",
    "options",
    "seal",
    "sealed",
    "anchors",
    "withdrawn",
];

/// What the entries of a front matter say.
#[derive(Debug, Default)]
struct Parts {
    version: Option<Spanned<Version>>,
    from: Option<Vec<Spanned<Origin>>>,
    through: Vec<Spanned<Version>>,
    head: Option<Spanned<RevisionIndex>>,
    options: Option<Spanned<Vec<Entry>>>,
    seal: Option<Spanned<String>>,
    sealed: Vec<Spanned<String>>,
    anchors: Vec<(Spanned<String>, Spanned<String>)>,
    withdrawn: Option<String>,
}

/// The release that the file `id` tells of.
pub(super) fn read(sources: &Sources, id: SourceId, graph: &RevisionGraph) -> Result<Release> {
    let (matter, notes) = front_matter(sources, id)?;
    let entries = yaml::entries(sources, matter)?;
    let mut parts = Parts::default();
    let mut diagnostics = Diagnostics::default();
    for (key, value) in &entries {
        if let Err(fault) = parts.set(key, value, sources, graph) {
            diagnostics.push(fault);
        }
    }
    for (key, help) in [
        (
            "version",
            "write the version in the file's name, such as version: 1.1.0",
        ),
        (
            "from",
            "name the releases that it upgrades from, such as from: [1.0.0], or write from: [base]",
        ),
        ("head", "name the last revision of the release"),
    ] {
        if !entries.iter().any(|it| it.0.value == key) {
            let message = format!("`{key}` is missing");
            diagnostics.push(Diagnostic::error(Code::Release, id.span(0, 3), message).help(help));
        }
    }
    let path = &sources.get(id).path;
    if let Some(version) = &parts.version
        && path.file_stem() != Some(&version.value.to_string())
    {
        let message = format!(
            "the file is named {}, but the version is {}",
            path.file_name().unwrap_or_default(),
            version.value
        );
        let fault = Diagnostic::error(Code::Release, version.span, message);
        diagnostics.push(fault.help(format!("rename the file to {}{EXTENSION}", version.value)));
    }
    if parts.seal.is_none() && !parts.sealed.is_empty() {
        let fault = fault(id.span(0, 3), "`sealed` requires `seal`");
        diagnostics.push(fault.help("remove it; `limbeck release --seal` writes both"));
    }
    if let (None, Some(options)) = (&parts.seal, &parts.options) {
        let fault = fault(options.span, "`options` requires `seal`");
        diagnostics.push(fault.help(
            "remove it: an unsealed release uses the options of limbeck.yaml; `limbeck release --seal` writes `options`",
        ));
    }
    if let (None, Some((first, _))) = (&parts.seal, parts.anchors.first()) {
        let fault = fault(first.span, "`anchors` requires `seal`");
        diagnostics.push(fault.help(
            "remove it: the bundle of an unsealed release may still change; `limbeck bundle` writes the anchors of a sealed one",
        ));
    }
    if let Some(version) = &parts.version {
        for (name, _) in &parts.anchors {
            if bundle_of(&name.value) != version.value.to_string() {
                let message = format!(
                    "{} is not a bundle of release {}",
                    name.value, version.value
                );
                let fault = fault(name.span, message);
                diagnostics
                    .push(fault.help("remove the line; `limbeck bundle` writes the correct one"));
            }
        }
    }
    let seal = match parts.seal.take() {
        None => None,
        Some(digest) => {
            let options = parts.options.take();
            diagnostics.absorb(Seal::read(digest, &parts.sealed, options, graph))
        }
    };
    diagnostics.into_result(())?;
    let absent = "what is missing was told";
    Ok(Release {
        version: parts.version.expect(absent),
        from: parts.from.expect(absent),
        head: parts.head.expect(absent),
        through: parts.through,
        seal,
        anchors: parts
            .anchors
            .into_iter()
            .map(|it| (it.0.value, it.1))
            .collect(),
        withdrawn: parts.withdrawn,
        notes,
    })
}

impl Parts {
    fn set(
        &mut self,
        key: &Spanned<String>,
        value: &Spanned<Value>,
        sources: &Sources,
        graph: &RevisionGraph,
    ) -> Checked<()> {
        match key.value.as_str() {
            "version" => {
                let version = version("version", value)?;
                self.version = Some(Spanned {
                    value: version,
                    span: value.span,
                });
            }
            "from" => self.from = Some(origins(value)?),
            "through" => self.through = versions(value)?,
            "options" => {
                let Value::Mapping(entries) = &value.value else {
                    return Err(fault(value.span, "`options` must be lines of `key: value`")
                        .help("`limbeck release --seal` writes them"));
                };
                self.options = Some(Spanned {
                    value: entries.clone(),
                    span: key.span,
                });
            }
            "head" => {
                let id = text("head", value)?;
                let revision = head(id, value.span, graph)?;
                self.head = Some(Spanned {
                    value: revision,
                    span: value.span,
                });
            }
            "seal" => {
                let seal = text("seal", value)?;
                if !Seal::is_digest(seal) {
                    return Err(fault(value.span, "this is not a seal").help(
                        "`limbeck release --seal` writes the seal: lb1: followed by 64 hexadecimal digits",
                    ));
                }
                self.seal = Some(Spanned {
                    value: seal.to_owned(),
                    span: value.span,
                });
            }
            "sealed" => {
                let lines: Checked<Vec<Spanned<String>>> = items(value)
                    .into_iter()
                    .map(|it| {
                        Ok(Spanned {
                            value: text("sealed", it)?.to_owned(),
                            span: it.span,
                        })
                    })
                    .collect();
                self.sealed = lines?;
            }
            "anchors" => self.anchors = anchors(sources, value)?,
            "withdrawn" => self.withdrawn = Some(text("withdrawn", value)?.to_owned()),
            unknown => {
                let help = match nearest(unknown, KEYS.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the keys are {}", KEYS.join(", ")),
                };
                return Err(fault(key.span, format!("there is no key `{unknown}`")).help(help));
            }
        }
        Ok(())
    }
}

/// A list, or one value in the place of one.
fn items(value: &Spanned<Value>) -> Vec<&Spanned<Value>> {
    match &value.value {
        Value::List(items) => items.iter().collect(),
        Value::Null
        | Value::Boolean(_)
        | Value::Integer(_)
        | Value::Fraction
        | Value::Text(_)
        | Value::Mapping(_) => vec![value],
    }
}

fn text<'a>(key: &str, value: &'a Spanned<Value>) -> Checked<&'a str> {
    match &value.value {
        Value::Text(text) if text.chars().any(visible::breaks_line) => Err(fault(
            value.span,
            format!("`{key}` contains a control character"),
        )),
        Value::Text(text) if !text.trim().is_empty() => Ok(text),
        Value::Null
        | Value::Boolean(_)
        | Value::Integer(_)
        | Value::Fraction
        | Value::Text(_)
        | Value::List(_)
        | Value::Mapping(_) => {
            let message = format!("`{key}` must be a string, not {}", value.value.describe());
            Err(fault(value.span, message).help("write a value, in quotes if necessary"))
        }
    }
}

fn version(key: &str, value: &Spanned<Value>) -> Checked<Version> {
    let help = "a version has three numbers and an optional suffix, such as 1.2.0 or 2.0.0-rc.1";
    let wrong = |it: &str| fault(value.span, format!("{it} is not a valid version")).help(help);
    match &value.value {
        Value::Text(text) => Version::parse(text).ok_or_else(|| {
            let wrong = wrong(&format!("`{text}`"));
            let near = Version::near(text).map(|it| format!("did you mean `{it}`?"));
            wrong.maybe_help(near)
        }),
        // 1.0 is a number in YAML.
        Value::Integer(_) | Value::Fraction => Err(wrong(&value.value.describe())),
        Value::Null | Value::Boolean(_) | Value::List(_) | Value::Mapping(_) => {
            text(key, value).and_then(|_| Err(wrong(key)))
        }
    }
}

fn origins(value: &Spanned<Value>) -> Checked<Vec<Spanned<Origin>>> {
    let items = items(value);
    if items.is_empty() {
        return Err(fault(value.span, "`from` is empty")
            .help("name the releases that it upgrades from, or write from: [base]"));
    }
    let mut origins: Vec<Spanned<Origin>> = Vec::with_capacity(items.len());
    for item in items {
        let origin = if item.value == Value::Text("base".to_owned()) {
            Origin::Base
        } else {
            Origin::Release(version("from", item)?)
        };
        if let Some(first) = origins.iter().find(|it| it.value == origin) {
            return Err(fault(item.span, format!("`from` names {origin} twice"))
                .related(first.span, "first named here")
                .help("remove one of them"));
        }
        origins.push(Spanned {
            value: origin,
            span: item.span,
        });
    }
    Ok(origins)
}

/// The releases that are passed; there may be none.
fn versions(value: &Spanned<Value>) -> Checked<Vec<Spanned<Version>>> {
    let mut versions: Vec<Spanned<Version>> = Vec::new();
    for item in items(value) {
        let version = version("through", item)?;
        if let Some(first) = versions.iter().find(|it| it.value == version) {
            let message = format!("`through` names {version} twice");
            let fault = fault(item.span, message).related(first.span, "first named here");
            return Err(fault.help("remove one of them"));
        }
        versions.push(Spanned {
            value: version,
            span: item.span,
        });
    }
    Ok(versions)
}

/// The version in the name of a bundle's folder.
fn bundle_of(folder: &str) -> &str {
    folder.split_once(FROM).map_or(folder, |it| it.0)
}

/// Each in a line of its own, so that a program can write one without touching another.
fn anchors(
    sources: &Sources,
    value: &Spanned<Value>,
) -> Checked<Vec<(Spanned<String>, Spanned<String>)>> {
    let help = "`limbeck bundle` writes them: one line for each bundle, with its folder, `blake3:` and 64 hexadecimal digits";
    let entries = match &value.value {
        Value::Mapping(entries) => entries.as_slice(),
        Value::Null => &[],
        Value::Boolean(_)
        | Value::Integer(_)
        | Value::Fraction
        | Value::Text(_)
        | Value::List(_) => {
            return Err(
                fault(value.span, "`anchors` must have one line for each bundle").help(help),
            );
        }
    };
    let mut anchors = Vec::with_capacity(entries.len());
    for (name, value) in entries {
        let whole = &sources.get(name.span.source).text;
        let line = whole[..name.span.start as usize].rsplit('\n').next();
        if line.is_some_and(|it| !it.trim().is_empty()) {
            return Err(fault(name.span, "this anchor must be on a line of its own").help(help));
        }
        let anchor = text("anchors", value)?;
        if !is_anchor(anchor) {
            return Err(fault(value.span, "this is not an anchor").help(help));
        }
        let value = Spanned {
            value: anchor.to_owned(),
            span: value.span,
        };
        anchors.push((name.clone(), value));
    }
    Ok(anchors)
}
