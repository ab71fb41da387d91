//! A history that does what is hard to do twice: each kind of statement that PostgreSQL refuses in a transaction, an
//! enum's new value that the next part uses, rows, branches that meet.

#![expect(
    clippy::disallowed_methods,
    reason = "the sample project stands in files"
)]

use std::fs;

use limbeck::script::psql::{rollback, upgrade};

use crate::pack::Project;
use crate::server::{Database, Server};

/// Release 1.0.0 is the first one, 1.1.0 all.
const REVISIONS: [&str; 10] = [
    "revision 'start'; down_revision none; message 'what is there before';
upgrade {
  create type mood as enum ('calm');
  create table item (id integer primary key, key text not null, mood mood not null default 'calm', size integer);
  create index ix_size on item (size);
  create table event (day date not null, note text, primary key (day)) partition by range (day);
  create table event_2024 partition of event for values from ('2024-01-01') to ('2025-01-01');
  create table event_2025 partition of event for values from ('2025-01-01') to ('2026-01-01');
}",
    "revision 'unique'; down_revision 'start'; message 'an index that duplicates make fail';
upgrade {
  alter table item add column label text;
  data { update item set label = 'item ' || id where id <= 10; } reverse { }
  create unique index concurrently ux_key on item (key);
  alter table item alter column label set default 'none';
}",
    "revision 'mood'; down_revision 'unique'; message 'a new value, used at once';
upgrade {
  alter type mood add value 'glad';
  data { update item set mood = 'glad' where id = 1; } reverse { update item set mood = 'calm' where id = 1; }
}",
    "revision 'rows'; down_revision 'unique'; message 'rows only';
upgrade {
  data {
    insert into event (day, note) values ('2024-05-01', 'x:y'), ('2025-05-01', E'it''s\\ta \\\\set');
    update item set size = size + 1;
  } reverse {
    delete from event where day in ('2024-05-01', '2025-05-01');
    update item set size = size - 1;
  }
}",
    "revision 'after'; down_revision 'rows'; depends_on 'mood'; message 'leans on the other branch';
upgrade { alter table item add column other mood not null default 'calm'; }",
    "revision 'meet'; down_revision 'mood', 'after'; message 'both branches'; upgrade { } downgrade { }",
    "revision 'detach'; down_revision 'meet'; message 'a partition leaves';
upgrade {
  alter table event detach partition event_2024 concurrently;
  alter table event add column place text;
}",
    "revision 'indexes'; down_revision 'detach'; message 'one index goes, two come';
upgrade {
  drop index concurrently ix_size;
  create index concurrently ix_size_key on item (size, key) where size > 10;
  create index concurrently ix_label on item (lower(label));
}",
    "revision 'written'; down_revision 'indexes'; message 'a way back of several parts';
upgrade {
  drop index concurrently if exists ix_label;
  create index concurrently ix_label on item (lower(label), id);
}
downgrade {
  drop index concurrently if exists ix_label;
  create index concurrently if not exists ix_label on item (lower(label));
}",
    "revision 'vacuum'; down_revision 'written'; message 'alone in its revision';
upgrade { sql { vacuum (analyze) item; } reverse { } }",
];

fn project() -> Project {
    Project::new(REVISIONS)
        .release("1.0.0", "base", "start")
        .release("1.1.0", "1.0.0", "vacuum")
}

/// The sample project, with three releases of its history.
fn sample() -> Project {
    let mut texts: Vec<(String, String)> = fs::read_dir("revisions")
        .unwrap()
        .map(|it| it.unwrap().path())
        .map(|it| (it.display().to_string(), fs::read_to_string(it).unwrap()))
        .collect();
    texts.sort();
    Project::new(texts.iter().map(|it| it.1.as_str()))
        .release("1.0.0", "base", "7f71d8f421e3")
        .release("1.1.0", "1.0.0", "20250820_login_protection")
        .release("2.0.0", "1.1.0", "20251008_drop_reset_columns")
}

/// What the releases of a project do, from one database to another and back.
#[derive(Debug)]
pub(crate) struct Course {
    pub(crate) name: &'static str,
    /// Nobody is connected to it: others are copied from it.
    pub(crate) start: Database,
    pub(crate) upgrade: String,
    pub(crate) rollback: String,
    /// Where the rollback ends, if not at the start.
    pub(crate) to: Option<&'static str>,
    /// What is done where the upgrade has failed, before it is run again.
    pub(crate) mend: Option<&'static str>,
    /// Whether it starts where there is no version table.
    pub(crate) at_base: bool,
}

/// Two parts, in a transaction and in none.
const SMALL: &str = "revision 'a'; down_revision none; message 'small';
upgrade {
  create table t (a integer);
  data { insert into t values (1), (2); } reverse { }
  create index concurrently i on t (a);
}";

const ITEMS: &str = "insert into item (id, key, size) select n, 'key ' || n, n % 100 from generate_series(1, 2000) n;
insert into event values ('2024-02-29', 'leap'), ('2025-01-01', null);";
/// The last key is that of another item.
const DUPLICATE: &str = "insert into item (id, key) values (0, 'key 2000');";
const NO_DUPLICATE: &str = "delete from item where id = 0;";

const PEOPLE: &str = "
insert into users (id, email, full_name, role, deleted_at) values
  ('u1', 'ada@example.org', 'Ada King Lovelace', 'admin', null), ('u2', 'P@example.org', 'Plato', 'viewer', '2025-01-01'), ('u3', 'x@example.org', null, 'engineer', null);
insert into well_profiles (name, field) values ('A-1', 'north'), ('A-2', 'north');
insert into sensor_data (sensor, value) select 's' || n % 7, n from generate_series(1, 1000) n;
insert into system_logs (level, source, message) values ('warn', 'pump', 'hot'), ('error', 'pump', 'broken'), ('info', 'pump', 'mended');
";

impl Course {
    fn new(
        name: &'static str,
        server: &'static Server,
        project: &Project,
        versions: &[&str],
        seed: &str,
    ) -> Self {
        let start = server.database();
        let (last, before) = versions.split_last().unwrap();
        for version in before {
            start.run(&upgrade(&project.pack(version)));
        }
        start.run(seed);
        let pack = project.pack(last);
        Self {
            name,
            start,
            upgrade: upgrade(&pack),
            rollback: rollback(&pack),
            to: None,
            mend: None,
            at_base: before.is_empty(),
        }
    }

    /// All kinds of parts; on the way back, too.
    pub(crate) fn torture(server: &'static Server) -> Self {
        Self::new("torture", server, &project(), &["1.0.0", "1.1.0"], ITEMS)
    }

    pub(crate) fn small(server: &'static Server) -> Self {
        let project = Project::new([SMALL]).release("1.0.0", "base", "a");
        Self::new("small", server, &project, &["1.0.0"], "")
    }

    /// An index that cannot be built until somebody has mended the rows.
    pub(crate) fn duplicate(server: &'static Server) -> Self {
        let seed = format!("{ITEMS}{DUPLICATE}");
        let course = Self::new("duplicate", server, &project(), &["1.0.0", "1.1.0"], &seed);
        Self {
            mend: Some(NO_DUPLICATE),
            ..course
        }
    }

    /// The releases of the sample project, the first one without a way back to the base.
    pub(crate) fn sample(server: &'static Server) -> [Self; 3] {
        let project = sample();
        let first = Self::new("sample 1.0.0", server, &project, &["1.0.0"], "");
        [
            Self {
                to: Some("4c1d0f2e9b77"),
                ..first
            },
            Self::new(
                "sample 1.1.0",
                server,
                &project,
                &["1.0.0", "1.1.0"],
                PEOPLE,
            ),
            Self::new(
                "sample 2.0.0",
                server,
                &project,
                &["1.0.0", "1.1.0", "2.0.0"],
                PEOPLE,
            ),
        ]
    }
}
