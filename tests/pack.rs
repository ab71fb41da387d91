//! Releases of small projects, compiled.

use std::collections::BTreeMap;

use limbeck::bundle::Bundle;
use limbeck::compile::{self, Packer};
use limbeck::config::Config;
use limbeck::diagnostic::Result;
use limbeck::graph::RevisionGraph;
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
        self.read(|graph, releases| {
            let version = Version::parse(version).expect("a version");
            let release = releases.get(&version).expect("there is such a release");
            let own = release.origins();
            compile::pack(
                &self.sources,
                &self.config,
                graph,
                releases,
                release,
                from.unwrap_or(&own),
            )
        })
    }

    /// The files of the bundles of all releases, compiled together and each by itself, and whether all are sound.
    fn together(&self) -> Vec<[Option<BTreeMap<&'static str, String>>; 2]> {
        let files = |it: Result<Pack>| it.ok().map(|it| Bundle::new(&it, None, "").files);
        self.read(|graph, releases| {
            let heads = releases.iter().map(|it| it.head.value).collect();
            let mut packer = Packer::new(&self.sources, graph, releases, heads);
            let both = releases.iter().map(|release| {
                let own = release.origins();
                let together = packer.pack(&self.config, release, &own);
                let alone =
                    compile::pack(&self.sources, &self.config, graph, releases, release, &own);
                [together, alone].map(files)
            });
            both.collect()
        })
    }

    fn read<T>(&self, give: impl FnOnce(&RevisionGraph, &Releases) -> T) -> T {
        // Sources keep their ids, and notes come after all revisions.
        let mut revisions = Sources::default();
        for (_, source) in self.sources.iter() {
            if source.path.extension() == Some("rev") {
                revisions.add(source.path.clone(), source.text.clone());
            }
        }
        let graph = compile::graph(&revisions, &self.config).expect("the graph is whole");
        let releases = Releases::read(&self.sources, &self.notes, &graph).expect("they are sound");
        give(&graph, &releases)
    }
}

#[test]
fn what_is_compiled_together_is_what_it_is_alone() {
    let revisions = [
        "revision 'a'; down_revision none; upgrade { create table t (id integer primary key); }",
        "revision 'b'; down_revision 'a'; upgrade { alter table t add column n text; create index concurrently ix on t (n); }",
        "revision 'x'; down_revision 'a'; upgrade { create table u (id integer primary key); data { insert into u values (1); } }",
        "revision 'm'; down_revision 'b', 'x'; upgrade { alter table u add column t_id integer references t (id); }",
        "revision 'n'; down_revision 'm'; upgrade { create extension if not exists citext reverse { } }",
        "revision 'o'; down_revision 'n'; upgrade { sql { create function f() returns integer language sql as 'select 1'; } reverse { drop function f(); } }",
        // A side branch that no release holds.
        "revision 'z'; down_revision 'a'; upgrade { create table z (id integer); }",
    ];
    let releases = |revisions: &[&str]| {
        Project::new(revisions.iter().copied())
            .release("1.0.0", "base", "a")
            .release("1.1.0", "1.0.0", "b")
            .release("2.0.0", "1.1.0", "m")
            .release("2.1.0", "2.0.0, 1.0.0", "o")
            .release("2.0.1", "2.0.0", "n")
            .release("3.0.0", "base", "o")
    };
    let all = releases(&revisions).together();
    assert_eq!(all.len(), 6);
    for [together, alone] in all {
        assert!(together.is_some());
        assert!(together == alone);
    }
    // A fault in one release keeps nothing from the others.
    let mut faulty = revisions;
    faulty[5] = "revision 'o'; down_revision 'n'; upgrade { drop table missing; }";
    let all = releases(&faulty).together();
    let sound: Vec<bool> = all.iter().map(|it| it[0].is_some()).collect();
    assert_eq!(sound.iter().filter(|it| **it).count(), 4, "{sound:?}");
    assert!(all.iter().all(|[together, alone]| together == alone));
}
