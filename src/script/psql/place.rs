//! What happens before anything else: everything that would make the script wrong here is refused, and other runs are
//! waited for.

use std::collections::BTreeSet;

use crate::diagnostic::Direction;
use crate::digest::seal_digest;
use crate::name::Name;
use crate::operation::guard;
use crate::schema::{Object, ObjectId, Schema};
use crate::token::{lex, quote_identifier, quote_literal};

use super::route::Route;

/// psql's `\if :{?name}` is of version 11, and earlier ones are not tried.
const OLDEST_PSQL: u32 = 12;
/// `begin atomic … end` holds semicolons, which an older psql ends the statement at.
const ATOMIC_PSQL: u32 = 14;

/// `array['a', 'b']::text[]`
pub(super) fn texts<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    let items: Vec<String> = items.into_iter().map(quote_literal).collect();
    format!("array[{}]::text[]", items.join(", "))
}

/// Whether the text `value`, an SQL expression, means a dry run.
pub(super) fn is_dry_run(value: &str) -> String {
    format!("lower({value}) in ('1', 'on', 'true', 'yes')")
}

/// A `do` block.
pub(super) fn block(body: &str) -> String {
    guard::block(body).sql + ";\n"
}

/// Hands psql's options to the server, where `do` blocks read them.
pub(super) fn hand_over(options: &[&str]) -> String {
    let mut values: Vec<String> = options
        .iter()
        .map(|it| format!("('{it}', :'{it}')"))
        .collect();
    values.push("('psql', :'VERSION_NUM'), ('pids', :'limbeck_pids')".to_owned());
    // A pooler in transaction mode that is busy gives one of these to another session.
    let again =
        "select :'limbeck_pids' || ' ' || pg_backend_pid() as limbeck_pids \\gset\n".repeat(4);
    format!(
        "set client_encoding = 'UTF8';
select set_config('limbeck.probe', 'inside', true) as limbeck_set \\gset
select pg_backend_pid() as limbeck_pids \\gset
{again}select count(set_config('limbeck.' || name, value, false)) as limbeck_set
  from (values {}) as option (name, value) \\gset
",
        values.join(", ")
    )
}

impl Route<'_> {
    pub(super) fn verb(&self) -> &'static str {
        match self.direction {
            Direction::Upgrade => "upgrade",
            Direction::Downgrade => "rollback",
        }
    }

    /// As [`crate::plan`] calls it, in the table of progress.
    pub(super) fn direction_word(&self) -> &'static str {
        match self.direction {
            Direction::Upgrade => "upgrade",
            Direction::Downgrade => "downgrade",
        }
    }

    pub(super) fn file(&self) -> &'static str {
        match self.direction {
            Direction::Upgrade => "upgrade.sql",
            Direction::Downgrade => "rollback.sql",
        }
    }

    pub(super) fn progress_table(&self) -> Name {
        self.version_table.sibling("limbeck_progress")
    }

    /// Refuses a place where the script must not run.
    pub(super) fn refuse(&self) -> String {
        let config = &self.pack.config;
        let minimum = config.minimum_server;
        let psql = if self.is_atomic() {
            ATOMIC_PSQL
        } else {
            OLDEST_PSQL
        };
        let file = self.file();
        let mut body = format!(
            "declare
  other text;
begin
  if (select count(distinct pid) from unnest(string_to_array(current_setting('limbeck.pids', true), ' ')) as pid) is distinct from 1 then
    raise exception 'limbeck: refused: this connection changes sessions between transactions'
      using hint = 'That is a pooler in transaction mode: connect to the server itself, and run the same file again.';
  end if;
  if current_setting('limbeck.probe', true) = 'inside' then
    raise exception 'limbeck: refused: this session is in a transaction already'
      using hint = 'Run {file} by itself: without -1 or --single-transaction, and without BEGIN before it or in .psqlrc.';
  end if;
  if current_setting('limbeck.psql')::integer < {psql}0000 then
    raise exception 'limbeck: refused: this script needs psql {psql} or newer, and this is %', current_setting('limbeck.psql')::integer / 10000
      using hint = 'Run it with the psql of a newer PostgreSQL; the server may stay.';
  end if;
  if current_setting('server_version_num')::integer < {minimum}0000 then
    raise exception 'limbeck: refused: this script needs PostgreSQL {minimum} or newer, and this server is %', current_setting('server_version')
      using hint = 'Upgrade the server, or have the release compiled for it: minimum_server in limbeck.yaml.';
  end if;
  if pg_is_in_recovery() then
    raise exception 'limbeck: refused: this server is a standby, which cannot be written to'
      using hint = 'Connect to the primary.';
  end if;
  if current_setting('transaction_read_only')::boolean then
    raise exception 'limbeck: refused: this session is read-only'
      using hint = 'See default_transaction_read_only of the role, of the database and in PGOPTIONS.';
  end if;
  if current_setting('limbeck.expect_db') not in ('', current_database()) then
    raise exception 'limbeck: refused: this is the database %, and % was expected', current_database(), current_setting('limbeck.expect_db')
      using hint = 'Connect to the other one, or say another name with -v expect_db=NAME.';
  end if;
  if lower(current_setting('limbeck.dry_run')) not in ('', '0', 'off', 'false', 'no', '1', 'on', 'true', 'yes') then
    raise exception 'limbeck: refused: dry_run is %, and must be 0 or 1', current_setting('limbeck.dry_run');
  end if;
  if current_setting('limbeck.wait') !~ '^[0-9]{{0,6}}$' then
    raise exception 'limbeck: refused: wait is %, and must be a number of seconds', current_setting('limbeck.wait');
  end if;
",
        );
        body += &self.refuse_schema();
        body += &self.refuse_role();
        body += "end";
        block(&body)
    }

    fn refuse_schema(&self) -> String {
        if self.makes_schema() {
            return String::new();
        }
        let schema = &self.pack.config.schema;
        let name = quote_identifier(schema);
        format!(
            "  if to_regnamespace({}) is null then
    raise exception 'limbeck: refused: there is no schema %', {}
      using hint = {};
  end if;
",
            quote_literal(&name),
            quote_literal(schema),
            quote_literal(&format!("Create it first: create schema {name};")),
        )
    }

    fn refuse_role(&self) -> String {
        let (tables, types, schemas) = self.needed();
        let owned = |kind: &str,
                     list: &BTreeSet<String>,
                     find: &str,
                     catalog: &str,
                     owner: &str| {
            if list.is_empty() {
                return String::new();
            }
            format!(
                "  select string_agg(it || ' (' || pg_get_userbyid(o.{owner}) || ')', ', ' order by it) into other
    from unnest({}) as it join {catalog} o on o.oid = {find}
   where not pg_has_role(o.{owner}, 'usage');
  if other is not null then
    raise exception 'limbeck: refused: the role % does not own every {kind} that this release changes: %', current_user, other
      using hint = 'Connect as the owner, or as a member of that role; `role` in limbeck.yaml lets the script change to it.';
  end if;
",
                texts(list.iter().map(String::as_str)),
            )
        };
        let mut text = owned("table", &tables, "to_regclass(it)", "pg_class", "relowner");
        text += &owned("type", &types, "to_regtype(it)", "pg_type", "typowner");
        if schemas.is_empty() {
            return text;
        }
        text + &format!(
            "  select string_agg(it, ', ' order by it) into other
    from unnest({}) as it
   where to_regnamespace(it) is not null and not has_schema_privilege(to_regnamespace(it)::oid, 'create');
  if other is not null then
    raise exception 'limbeck: refused: the role % may not create anything in schema %', current_user, other
      using hint = format('Connect as another role, or: grant create on schema %s to %I;', other, current_user);
  end if;
",
            texts(schemas.iter().map(String::as_str)),
        )
    }

    /// The tables and types that the role must own, and the schemas that it must create in, as SQL writes them.
    fn needed(&self) -> (BTreeSet<String>, BTreeSet<String>, BTreeSet<String>) {
        let (mut tables, mut types, mut schemas) =
            (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let (there, made) = match self.direction {
            Direction::Upgrade => (&self.pack.before, &self.pack.after),
            Direction::Downgrade => (&self.pack.after, &self.pack.before),
        };
        let present = |schema: &Schema, id: &ObjectId| schema.get(id).cloned();
        for id in &self.pack.touched {
            match id {
                ObjectId::Relation(name) => match present(there, id).as_deref() {
                    Some(Object::Index(index)) => drop(tables.insert(index.table.qualified())),
                    Some(Object::Table(_) | Object::Sequence(_)) => {
                        tables.insert(name.qualified());
                    }
                    Some(
                        Object::Namespace(_)
                        | Object::Extension(_)
                        | Object::Type(_)
                        | Object::Opaque(_),
                    )
                    | None => {}
                },
                ObjectId::Type(name) if present(there, id).is_some() => {
                    types.insert(name.qualified());
                }
                ObjectId::Type(_)
                | ObjectId::Namespace(_)
                | ObjectId::Extension(_)
                | ObjectId::Opaque(..) => {}
            }
            if let ObjectId::Relation(name) | ObjectId::Type(name) = id
                && present(made, id).is_some()
                && present(there, id).is_none()
            {
                schemas.insert(quote_identifier(&name.schema));
            }
        }
        if self.starts.contains(&None) && self.direction == Direction::Upgrade {
            schemas.insert(quote_identifier(&self.version_table.schema));
        }
        let strings =
            |all: BTreeSet<smol_str::SmolStr>| all.iter().map(ToString::to_string).collect();
        (strings(tables), strings(types), strings(schemas))
    }

    /// Whether a statement holds semicolons that only newer versions of psql see through.
    fn is_atomic(&self) -> bool {
        self.statements().any(|it| {
            let text = &it.sql;
            lex(text, 0, text.len()).is_ok_and(|tokens| {
                tokens
                    .windows(2)
                    .any(|pair| pair[0].is_word(text, "begin") && pair[1].is_word(text, "atomic"))
            })
        })
    }

    /// Whether the first statement of the upgrade makes the schema of unqualified names.
    pub(super) fn makes_schema(&self) -> bool {
        let id = ObjectId::Namespace(self.pack.config.schema.as_str().into());
        self.pack.touched.contains(&id)
    }

    /// The lock that keeps two runs apart, the same for all scripts of one version table: the two halves of its number,
    /// as `pg_locks` shows them.
    fn lock(&self) -> (u32, u32) {
        let name = self.version_table.qualified();
        let digest = seal_digest(["lock", name.as_str()]).to_string();
        let half = |at: usize| {
            u32::from_str_radix(&digest[at..at + 8], 16).expect("a digest has 64 digits")
        };
        (half(4), half(12))
    }

    fn lock_number(&self) -> i64 {
        let (high, low) = self.lock();
        ((u64::from(high) << 32) | u64::from(low)).cast_signed()
    }

    fn is_lock(&self) -> String {
        let (high, low) = self.lock();
        format!(
            "locktype = 'advisory' and granted and classid = '{high}' and objid = '{low}' and objsubid = 1"
        )
    }

    /// Waits for other runs of any script on this version table.
    pub(super) fn wait(&self) -> String {
        let lock = self.lock_number();
        let held = format!(
            "{}
         and database = (select oid from pg_database where datname = current_database())",
            self.is_lock()
        );
        block(&format!(
            "declare
  began constant timestamptz := clock_timestamp();
  -- The session of a run that has just failed may take a moment to end.
  patience constant interval := make_interval(secs => coalesce(nullif(current_setting('limbeck.wait', true), '')::integer, 2));
  other text;
begin
  perform set_config('limbeck.pid', pg_backend_pid()::text, false);
  if exists (select from pg_locks where pid = pg_backend_pid() and {held}) then
    return;
  end if;
  while not pg_try_advisory_lock({lock}) loop
    if clock_timestamp() >= began + patience then
      select format('process %s of %s (%s, %s), since %s', pid, usename, coalesce(nullif(application_name, ''), 'without a name'), coalesce(state, 'in a state that this role may not see'), date_trunc('second', backend_start)) into other
        from pg_locks join pg_stat_activity using (pid)
       where {held};
      raise exception 'limbeck: refused: another run is at work on this database: %', coalesce(other, 'it has just ended')
        using hint = 'Wait until it has ended and run the same file again, or let it wait: -v wait=SECONDS. One that is idle for long was left in a pooler: end it there.';
    end if;
    -- Without a commit this would be an old snapshot, for which others wait.
    commit;
    perform pg_sleep(0.2);
  end loop;
end"
        ))
    }

    pub(super) fn unlock(&self) -> String {
        block(&format!(
            "begin\n  perform pg_advisory_unlock({});\nend",
            self.lock_number()
        ))
    }

    /// Refuses a connection that has not the lock any more: a pooler gives each transaction to another session.
    pub(super) fn refuse_pooler(&self) -> String {
        format!(
            "  if current_setting('limbeck.pid', true) is distinct from pg_backend_pid()::text
     or not exists (select from pg_locks where pid = pg_backend_pid() and {}) then
    raise exception 'limbeck: refused: this connection changes sessions between transactions'
      using hint = 'That is a pooler in transaction mode: connect to the server itself, and run the same file again.';
  end if;
",
            self.is_lock()
        )
    }
}
