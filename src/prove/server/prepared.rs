//! Who tries revisions, and what there is before the first of them: roles, and databases of which others are copies.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use smol_str::SmolStr;

use super::program::outcome;
use super::{ANSWERS, Fault, Host, PROVER, Rights, Server};
use crate::catalog::PATH;
use crate::token::{quote_identifier, quote_literal};

/// What is in a fresh database before a project's first revision, on a server of our own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::prove) struct Needs {
    /// That of the project.
    pub(in crate::prove) schema: String,
    /// Those that its SQL names.
    pub(in crate::prove) roles: BTreeSet<SmolStr>,
    /// Made beforehand where only a superuser may, and where this server has them.
    pub(in crate::prove) extensions: BTreeSet<String>,
}

/// The role that we are, and what it may that is more than databases; no line where that is nothing. Before PostgreSQL 16
/// whoever makes roles gives them to himself, too.
const POWERS: &str = "select case when rolname in (session_user, current_user) then format('the role %s of --database-url', rolname)
    else format('the role of --database-url is a member of %s, which', rolname) end, what from pg_roles as r cross join lateral (values
  (1, r.rolsuper, 'is a superuser'),
  (2, pg_has_role(r.oid, 'pg_execute_server_program', 'member'), 'is a member of pg_execute_server_program'),
  (3, pg_has_role(r.oid, 'pg_read_server_files', 'member'), 'is a member of pg_read_server_files'),
  (4, pg_has_role(r.oid, 'pg_write_server_files', 'member'), 'is a member of pg_write_server_files'),
  (5, r.rolcreaterole and current_setting('server_version_num')::integer < 160000, 'may create roles, and so become a member of pg_execute_server_program')
) as powers (rank, holds, what) where pg_has_role(session_user, r.oid, 'member') and holds
 order by rolname in (session_user, current_user) desc, rank, rolname limit 1";

/// The roles that SQL of the project names.
const GROUP: &str = "limbeck_prove_roles";

impl Server {
    /// Refuses a role through which SQL reaches more than databases.
    pub(super) fn is_harmless(&self) -> Result<(), Fault> {
        let said = self.maintain(POWERS)?;
        let Some((role, power)) = said.trim_end().split_once('|') else {
            return Ok(());
        };
        Err(Fault::new(
            format!(
                "{role} {power}: SQL of a revision could run programs and read files on the server's machine"
            ),
            "connect as a role that may create databases and nothing more (create role … login createdb); or use --as-superuser if everybody who writes revisions may do that",
        ))
    }

    /// Lets the databases belong to the role that the project asks for, and makes it on a server of our own.
    pub(in crate::prove) fn role(&self, name: &str) -> Result<(), Fault> {
        let quoted = quote_identifier(name);
        if matches!(self.place, Host::Own(_)) && name != PROVER {
            let attribute = match self.rights {
                Rights::Owner => "bypassrls",
                Rights::Superuser => "superuser",
            };
            self.maintain(&format!("create role {quoted} {attribute}"))?;
            self.maintain(&format!("grant {quoted} to {PROVER}"))?;
        }
        self.owner.get_or_init(|| name.to_owned());
        Ok(())
    }

    /// Makes a role that SQL of the project names, on a server of our own. Whoever tries revisions may act as that role, as
    /// who hands something over must.
    pub(in crate::prove) fn known_role(&self, name: &str) -> Result<(), Fault> {
        let owner = self.owner();
        if matches!(self.place, Host::Guest(_)) || [PROVER, owner].contains(&name) {
            return Ok(());
        }
        let [name, owner] = [name, owner].map(quote_identifier);
        // Nobody gets what another role may already.
        let statement = format!(
            "do $limbeck$ begin create role {name}; grant {name} to {owner}; exception when duplicate_object or unique_violation then null; end $limbeck$"
        );
        self.maintain(&statement).map(drop)
    }

    /// Whose our databases are on a server of our own.
    pub(super) fn owner(&self) -> &str {
        self.owner.get().map_or(PROVER, String::as_str)
    }

    /// Makes a database that others are copies of, as the superuser of a server of our own: nothing of a revision is there.
    pub(super) fn prepare(&self, template: &str, needs: &Needs) -> Result<(), Fault> {
        let owner = quote_identifier(self.owner());
        self.maintain(&format!(
            "create database {template} template template0 owner {owner}"
        ))?;
        let schema = quote_identifier(&needs.schema);
        let mut script = format!("create schema if not exists {schema} authorization {owner};\n");
        if self.version < 150_000 {
            let _ = writeln!(script, "alter schema public owner to {owner};");
        }
        // What SQL hands over to a role must be in a schema where that may create. A group gets the right: what a revision grants
        // and revokes is its own.
        if !needs.roles.is_empty() {
            let roles: Vec<_> = needs.roles.iter().map(|it| quote_identifier(it)).collect();
            let _ = writeln!(
                script,
                "do $limbeck$ begin create role {GROUP}; exception when duplicate_object or unique_violation then null; end $limbeck$;
grant {GROUP} to {};
grant usage, create on schema public, {schema} to {GROUP};",
                roles.join(", ")
            );
        }
        if self.rights == Rights::Owner && !needs.extensions.is_empty() {
            let names: Vec<String> = needs
                .extensions
                .iter()
                .map(|it| quote_literal(it))
                .collect();
            // Where one cannot be made, its revision says so.
            let _ = writeln!(
                script,
                "\\set ON_ERROR_STOP off
select format('create extension if not exists %I schema %I cascade', e.name, {})
  from pg_available_extensions as e join pg_available_extension_versions as v on v.name = e.name and v.version = e.default_version
 where v.superuser and not v.trusted and e.name in ({}) \\gexec",
                quote_literal(&needs.schema),
                names.join(", ")
            );
        }
        let mut psql = self.maintainer(Some(template));
        let arguments = psql.args(ANSWERS).args(["-f", "-"]);
        let output = outcome(arguments, &format!("{PATH}{script}"))?;
        if output.status == Some(0) {
            return Ok(());
        }
        Err(Fault::failed("creating a database", &output.stderr))
    }
}
