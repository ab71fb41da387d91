//! What the scripts of a release must not do: touch a database that is elsewhere or is another one, change anything in a
//! dry run, discard rows that nobody gave up, and pass over what somebody changed by hand.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::bundle::proof::Claim;
use crate::catalog::PATH;
use crate::inverse::{Fidelity, Loss};
use crate::model::opaque::is_changed;
use crate::prove::release::Trial;
use crate::prove::release::starts::{Start, Starts};
use crate::prove::request::Stop;
use crate::prove::rows;
use crate::prove::seen::version_table;
use crate::prove::stage::Stage;
use crate::schema::{ConstraintKind, Schema, Table, Type};
use crate::script::pack::Point;
use crate::token::{quote_identifier, quote_literal};

/// A name that no database and no revision has.
const NOWHERE: &str = "limbeck_nowhere";

/// A change by hand, and the name in the line that must tell of it.
struct Change {
    sql: String,
    name: String,
}

impl Trial<'_> {
    /// Where the scripts must refuse, and what they must not change.
    pub(super) fn refusals(&self, origin: &Point, starts: &Starts<'_>) -> Result<Claim, Stop> {
        let mut faults = Vec::new();
        let [upgrade, rollback] = ["upgrade.sql", "rollback.sql"];
        let scripts = [
            (upgrade, &self.upgrade, &starts.origin().stage),
            (rollback, &self.rollback, &starts.head().stage),
        ];
        for (name, script, stage) in scripts {
            let mut stage = stage.fork()?;
            let arguments = if name == rollback {
                self.back_to(origin)
            } else {
                Vec::new()
            };
            let mut run = |stage: &mut Stage<'_>, what: &str, variable: &str, refuses: bool| {
                let before = (stage.seen().clone(), rows_of(stage)?);
                let mut all = arguments.clone();
                if !variable.is_empty() {
                    all.extend(["-v".to_owned(), variable.to_owned()]);
                }
                let said = stage.apply(&all, script)?;
                stage.look()?;
                let is_refused =
                    said.status == Some(3) && said.stderr.contains("limbeck: refused: ");
                if refuses && !is_refused {
                    faults.push(format!("{name} does not refuse to run {what}"));
                }
                let seen = stage.seen().clone();
                if seen.rows != before.0.rows || rows_of(stage)? != before.1 {
                    faults.push(format!("{name} changes rows {what}"));
                }
                let changes = stage.changes(&before.0, &seen, &Fidelity::default())?;
                faults.extend(
                    changes
                        .iter()
                        .map(|it| format!("{name} changes something {what}: {it}")),
                );
                Ok::<(), Stop>(())
            };
            run(&mut stage, "in a dry run", "dry_run=1", false)?;
            let variable = format!("expect_db={NOWHERE}");
            run(&mut stage, "on another database", &variable, true)?;
            let table = version_table(self.request.config).qualified();
            stage.must(
                "changing the version table",
                &format!("create table if not exists {table} (version_num character varying(32) not null primary key); delete from {table}; insert into {table} values ('{NOWHERE}');"),
            )?;
            stage.look()?;
            run(&mut stage, "at an unknown revision", "", true)?;
            if name == upgrade && stage.apply(&[], &self.preflight)?.status != Some(3) {
                faults.push(
                    "preflight.sql does not report that the database is at an unknown revision"
                        .to_owned(),
                );
            }
        }
        let claim = format!(
            "they refuse to run on another database or at an unknown revision, and a dry run changes nothing, from {}",
            origin.name
        );
        Ok(self.claim("upgrade.sql and rollback.sql", claim, self.judged(&faults)))
    }

    /// Rows that go with a table go only where that was accepted.
    pub(super) fn keeps_rows(
        &self,
        origin: &Point,
        starts: &Starts<'_>,
    ) -> Result<Option<Claim>, Stop> {
        let Start { stage, set } = starts.head();
        let goes_back = !self.is_irreversible(set.difference(&starts.origin().set));
        if !goes_back || !self.fidelity.has(Loss::LosesData) {
            return Ok(None);
        }
        let mut stage = stage.fork()?;
        stage.fill()?;
        let held = rows::held(stage.schema());
        let before = stage.answer(&held)?;
        let said = stage.apply(&self.to(origin), &self.rollback)?;
        let present: BTreeSet<String> = stage
            .answer("select oid from pg_class where relkind = 'r';\n")?
            .lines()
            .map(str::to_owned)
            .collect();
        let mut faults = Vec::new();
        for line in before.lines() {
            let (oid, table) = line.split_once('|').unwrap_or_default();
            if !present.contains(oid) {
                faults.push(format!(
                    "the rows of {table} were lost without accept_data_loss"
                ));
            }
        }
        let is_told = said.status == Some(0) || said.stderr.contains("limbeck: ");
        if !is_told {
            faults.extend(super::failure("", &said));
        }
        let claim = format!(
            "it drops tables with rows only with accept_data_loss, to {}",
            origin.name
        );
        Ok(Some(self.claim(
            "rollback.sql",
            claim,
            self.judged(&faults),
        )))
    }

    /// What is changed by hand in what the release makes, `verify.sql` tells of.
    pub(super) fn notices(
        &self,
        origin: &Point,
        starts: &Starts<'_>,
    ) -> Result<Option<Claim>, Stop> {
        let stage = starts.head().stage.fork()?;
        let mut script = PATH.to_owned();
        let changes = changes(starts.origin().stage.schema(), stage.schema());
        for (at, it) in changes.iter().enumerate() {
            // What cannot be changed so, stays.
            let _ = writeln!(
                script,
                "{};\n\\if :ERROR\n\\else\n\\echo changed {at}\n\\endif",
                it.sql
            );
        }
        let said = stage.apply(&["-q".to_owned()], &script)?;
        let made: Vec<&Change> = said
            .stdout
            .lines()
            .filter_map(|it| it.strip_prefix("changed ")?.parse::<usize>().ok())
            .filter_map(|it| changes.get(it))
            .collect();
        if made.is_empty() {
            return Ok(None);
        }
        let said = stage.apply(&[], &self.verify)?;
        let told = |it: &&Change| {
            let mut lines = said.stdout.lines().filter(|line| !line.starts_with("ok "));
            lines.any(|line| line.contains(&it.name))
        };
        let faults: Vec<String> = made
            .iter()
            .filter(|it| !told(it))
            .map(|it| format!("it does not report: {}", it.sql))
            .collect();
        let claim = format!(
            "it reports {} {} made by hand after the upgrade from {}",
            made.len(),
            if made.len() == 1 { "change" } else { "changes" },
            origin.name
        );
        Ok(Some(self.claim("verify.sql", claim, self.judged(&faults))))
    }
}

fn rows_of(stage: &Stage<'_>) -> Result<String, Stop> {
    stage.rows_of(&rows::snapshot(stage.schema()))
}

/// A change of each kind to something that `after` has and `before` has not so, what hangs on others last.
fn changes(before: &Schema, after: &Schema) -> Vec<Change> {
    let mut kinds: BTreeSet<String> = BTreeSet::new();
    let mut changes = Vec::new();
    let mut add = |kind: &str, name: &str, sql: String| {
        if kinds.insert(kind.to_owned()) {
            changes.push(Change {
                sql,
                // As a line of verify.sql holds it.
                name: name.replace('"', "\"\"").replace(['\r', '\n'], " "),
            });
        }
    };
    for (id, object) in after.objects() {
        let earlier = before.get(id);
        // What the author's own SQL changes, verify.sql does not know.
        if earlier.is_some_and(|it| it == object) || is_changed(after, id, object) {
            continue;
        }
        let Some(name) = id.name() else { continue };
        let shown = name.qualified();
        if let Some(table) = object.as_table().filter(|it| it.partition_of.is_none()) {
            let earlier = earlier.and_then(|it| it.as_table());
            of_table(&shown, table, earlier, &mut add);
        } else if object.as_index().is_some() {
            add("index", &name.name, format!("drop index {shown}"));
        } else if object.as_sequence().is_some_and(|it| !it.identity) {
            let sql = format!("alter sequence {shown} cache 77");
            add("sequence", &name.name, sql);
        } else if let Some(Type::Enum(_)) = object.as_type() {
            let sql = format!("alter type {shown} add value '{NOWHERE}'");
            add("enum", &name.name, sql);
        } else if let Some(Type::Domain(it)) = object.as_type() {
            let change = if it.not_null { "drop" } else { "set" };
            let sql = format!("alter domain {shown} {change} not null");
            add("domain", &name.name, sql);
        }
    }
    changes
}

fn of_table(
    name: &str,
    table: &Table,
    earlier: Option<&Table>,
    add: &mut dyn FnMut(&str, &str, String),
) {
    for (constraint, it) in &table.constraints {
        let is_old = earlier.and_then(|earlier| earlier.constraints.get(constraint)) == Some(it);
        if is_old || it.inherited {
            continue;
        }
        let kind = match it.kind {
            ConstraintKind::Check { .. } => "check",
            ConstraintKind::PrimaryKey(_) => "primary key",
            ConstraintKind::Unique(_) => "unique",
            ConstraintKind::ForeignKey(_) => "foreign key",
            ConstraintKind::Exclusion(_) => "exclusion",
        };
        let quoted = quote_identifier(constraint);
        add(
            kind,
            constraint,
            format!("alter table {name} drop constraint {quoted}"),
        );
    }
    let mut quiet: BTreeSet<&str> = BTreeSet::new();
    for column in table.columns.iter().filter(|it| !it.inherited) {
        let is_old = earlier.and_then(|earlier| earlier.column(&column.name)) == Some(column);
        if is_old {
            continue;
        }
        let quoted = quote_identifier(&column.name);
        let alter = format!("alter table {name} alter column {quoted}");
        if column.not_null && quiet.insert("not null") {
            add("not null", &column.name, format!("{alter} drop not null"));
        } else if column.default.is_some() && quiet.insert("default") {
            add("default", &column.name, format!("{alter} drop default"));
        } else if quiet.insert("comment") {
            let comment = quote_literal(NOWHERE);
            add(
                "comment",
                &column.name,
                format!("comment on column {name}.{quoted} is {comment}"),
            );
        } else {
            add(
                "column",
                &column.name,
                format!("alter table {name} drop column {quoted}"),
            );
        }
    }
}
