//! Releases of small projects, compiled.

use limbeck::compile;
use limbeck::config::Config;
use limbeck::diagnostic::Result;
use limbeck::release::{Origin, Releases, Version};
use limbeck::script::pack::Pack;
use limbeck::source::Sources;

/// The revisions and releases of a project, and its configuration.
#[derive(Debug, Default)]
pub(crate) struct Project {
    sources: Sources,
    notes: Vec<limbeck::source::SourceId>,
    pub(crate) config: Config,
}

impl Project {
    /// A project with those texts of revisions.
    pub(crate) fn new<'a>(revisions: impl IntoIterator<Item = &'a str>) -> Self {
        let mut project = Self::default();
        for (number, text) in revisions.into_iter().enumerate() {
            project
                .sources
                .add(format!("{number}.rev"), text.to_owned());
        }
        project
    }

    /// Adds a release; `from` is as in the front matter: `base`, or `1.0.0, 1.1.0`.
    pub(crate) fn release(mut self, version: &str, from: &str, head: &str) -> Self {
        let text = format!("---\nversion: {version}\nfrom: [{from}]\nhead: '{head}'\n---\n");
        let id = self.sources.add(format!("{version}.md"), text);
        self.notes.push(id);
        self
    }

    pub(crate) fn pack(&self, version: &str) -> Pack {
        let compiled = self.compile(version, None);
        compiled.unwrap_or_else(|it| panic!("{it:#?}"))
    }

    /// The pack from other points than the release's own.
    pub(crate) fn compile(&self, version: &str, from: Option<&[Origin]>) -> Result<Pack> {
        // Sources keep their ids, and notes come after all revisions.
        let mut revisions = Sources::default();
        for (_, source) in self.sources.iter() {
            if source.path.extension() == Some("rev") {
                revisions.add(source.path.clone(), source.text.clone());
            }
        }
        let graph = compile::graph(&revisions, &self.config).expect("the graph is whole");
        let releases = Releases::read(&self.sources, &self.notes, &graph).expect("they are sound");
        let version = Version::parse(version).expect("a version");
        let release = releases.get(&version).expect("there is such a release");
        let own: Vec<Origin> = release.from.iter().map(|it| it.value.clone()).collect();
        let from = from.unwrap_or(&own);
        compile::pack(
            &self.sources,
            &self.config,
            &graph,
            &releases,
            release,
            from,
        )
    }
}
