//! How far a revision of several parts has come: a table that is there while such a revision is half done.

use smol_str::SmolStr;

use crate::token::quote_literal;

use super::Script;

impl Script<'_> {
    pub(super) fn progress_table(&self) -> SmolStr {
        self.version_table.sibling("limbeck_progress").qualified()
    }

    /// Only revisions of several parts leave, and ask for, a note of how far they are.
    pub(super) fn progress_guard(&self, id: &str, part: usize, parts: usize) -> String {
        if parts == 1 {
            return String::new();
        }
        let progress = self.progress_table();
        // A table that is not there cannot even be asked.
        format!(
            "  if to_regclass({}) is not null then
    select max(part) into done from {progress} where revision = {id} and direction = {};
    if done is null then
      raise exception 'limbeck: another revision is half done: %',
        (select string_agg(revision || ' (' || direction || ')', ', ') from {progress})
        using hint = 'Finish it before, with the script that began it.';
    end if;
  end if;
  if coalesce(done, 0) <> {part} then
    raise exception 'limbeck: % of revision % done, and this is part {} of {parts}',
      case coalesce(done, 0) when 0 then 'no part' when 1 then 'part 1' else 'parts 1 to ' || done end,
      {id} || case when done > 1 then ' are' else ' is' end
      using hint = 'Go on in the script at the line: -- part ' || coalesce(done, 0) + 1 || ' of {parts}';
  end if;
",
            quote_literal(&progress),
            quote_literal(self.verb),
            part + 1,
            id = quote_literal(id),
        )
    }

    pub(super) fn progress(&mut self, id: &str, done: usize) {
        let table = self.progress_table();
        if done == 1 {
            self.line(&format!(
                "create table {table} (revision text primary key, direction text not null, part integer not null);"
            ));
            self.line(&format!(
                "insert into {table} values ({}, {}, {done});",
                quote_literal(id),
                quote_literal(self.verb)
            ));
        } else {
            self.line(&format!(
                "update {table} set part = {done} where revision = {};",
                quote_literal(id)
            ));
        }
    }
}
