//! One `do` that fills one table: it tries candidates until there are enough rows, and lets what the server complains of
//! say which column gets another one.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use crate::token::quote_identifier;

use super::quote::{dollar, literal};
use super::slot::Slot;

/// What one block does.
#[derive(Debug)]
pub(super) struct Block<'a> {
    /// Where the rows go, as SQL.
    pub(super) into: &'a str,
    /// Where they are to be found then, as SQL after `from`.
    pub(super) from: &'a str,
    pub(super) slots: &'a [Slot],
    /// The slots, counted from 1, that an error with such a name is about.
    pub(super) rules: &'a BTreeMap<SmolStr, BTreeSet<usize>>,
    pub(super) wanted: usize,
}

const BODY: &str = r"
declare
  wanted constant bigint := <wanted>;
  candidates constant text[] := array[<candidates>]::text[];
  -- For each slot: the candidates before its own, how many it has, which of them is null, and its type.
  begins constant integer[] := '{<begins>}';
  counts constant integer[] := '{<counts>}';
  nulls constant integer[] := '{<nulls>}';
  types constant text[] := array[<types>]::text[];
  -- For each name that an error may give, the slots that it is about.
  rules constant text[] := array[<rules>]::text[];
  touched constant text[] := array[<touched>]::text[];
  slots constant integer := pg_catalog.cardinality(begins);
  dead boolean[] := pg_catalog.array_fill(false, array[pg_catalog.cardinality(candidates)]);
  choice integer[] := begins;
  present bigint;
  start bigint;
  reached bigint;
  failures integer;
  passed integer;
  changed integer;
  seed bigint := 1;
  given text;
  state text;
  rule text;
  attribute text;
  about integer[];
  unreadable boolean;
begin
  begin
    select pg_catalog.count(*) into present from (select from <from> limit <wanted>) as it;
  exception when others then
    return;
  end;
  start := present;
  while present < wanted loop
    for slot in 1..slots loop
      -- The last row has the values of the first one that is made here wherever that is allowed.
      choice[slot] := 1 + case when present = wanted - 1 and wanted > 2 then 0 else (present - start) % counts[slot] end;
    end loop;
    failures := 0;
    loop
      given := '';
      for slot in 1..slots loop
        passed := 0;
        while dead[begins[slot] + choice[slot]] loop
          passed := passed + 1;
          if passed > counts[slot] then
            return;
          end if;
          choice[slot] := choice[slot] % counts[slot] + 1;
        end loop;
        given := given || case when slot > 1 then ', ' else '' end || candidates[begins[slot] + choice[slot]];
      end loop;
      begin
        -- What is checked at the end of the transaction would fail where nothing catches it.
        set constraints all immediate;
        execute <insert>;
        select pg_catalog.count(*) into reached from (select from <from> limit present + 1) as it;
        if reached <= present then
          raise exception using errcode = 'check_violation';
        end if;
        present := reached;
        exit;
      exception when others or assert_failure then
        get stacked diagnostics state = returned_sqlstate, rule = constraint_name, attribute = column_name;
      end;
      if state = '23502' then
        rule := 'not null ' || attribute;
      end if;
      about := touched[pg_catalog.array_position(rules, rule)]::integer[];
      if about is null then
        unreadable := false;
        for slot in 1..slots loop
          given := candidates[begins[slot] + choice[slot]];
          if types[slot] <> '' and given <> 'default' then
            begin
              execute 'select (' || given || ')::' || types[slot];
            exception when others then
              dead[begins[slot] + choice[slot]] := true;
              unreadable := true;
            end;
          end if;
        end loop;
        continue when unreadable;
        about := array(select pg_catalog.generate_series(1, slots));
      end if;
      changed := about[1];
      if pg_catalog.cardinality(about) = 1 and state in ('23502', '23514') then
        dead[begins[changed] + choice[changed]] := true;
        continue;
      end if;
      failures := failures + 1;
      if failures > 300 or slots = 0 then
        return;
      end if;
      if pg_catalog.cardinality(about) = 1 then
        choice[changed] := choice[changed] % counts[changed] + 1;
        continue;
      end if;
      seed := (seed * 1103515245 + 12345) % 2147483648;
      changed := about[1 + seed / 65536 % pg_catalog.cardinality(about)];
      seed := (seed * 1103515245 + 12345) % 2147483648;
      if nulls[changed] > 0 and seed / 65536 % 3 = 0 then
        choice[changed] := nulls[changed];
      else
        choice[changed] := 1 + seed / 65536 / 3 % counts[changed];
      end if;
    end loop;
  end loop;
end
";

/// The block as SQL.
pub(super) fn block(it: &Block<'_>) -> String {
    let join = |items: Vec<String>| items.join(",");
    let mut before = 0;
    let mut begins = Vec::new();
    for slot in it.slots {
        begins.push(before.to_string());
        before += slot.candidates.len();
    }
    let columns: Vec<String> = it
        .slots
        .iter()
        .flat_map(|it| &it.columns)
        .map(|it| quote_identifier(it).to_string())
        .collect();
    let insert = if columns.is_empty() {
        literal(&format!("insert into {} default values", it.into))
    } else {
        let start = format!("insert into {} ({}) values (", it.into, columns.join(", "));
        format!("{} || given || ')'", dollar(&start, "row"))
    };
    let candidates = it.slots.iter().flat_map(|it| &it.candidates);
    let sets = it.rules.values().map(|it| {
        let set: Vec<String> = it.iter().map(ToString::to_string).collect();
        format!("'{{{}}}'", set.join(","))
    });
    let parts: [(&str, String); 10] = [
        ("wanted", it.wanted.to_string()),
        ("from", it.from.to_owned()),
        ("insert", insert),
        ("begins", join(begins)),
        (
            "counts",
            join(
                it.slots
                    .iter()
                    .map(|it| it.candidates.len().to_string())
                    .collect(),
            ),
        ),
        (
            "nulls",
            join(
                it.slots
                    .iter()
                    .map(|it| it.null.map_or(0, |it| it + 1).to_string())
                    .collect(),
            ),
        ),
        (
            "types",
            join(
                it.slots
                    .iter()
                    .map(|it| dollar(it.sql_type.as_deref().unwrap_or(""), "row"))
                    .collect(),
            ),
        ),
        (
            "rules",
            join(it.rules.keys().map(|it| dollar(it, "row")).collect()),
        ),
        ("touched", join(sets.collect())),
        (
            "candidates",
            join(candidates.map(|it| dollar(it, "row")).collect()),
        ),
    ];
    let mut body = String::new();
    let mut rest = BODY;
    while let Some(at) = rest.find('<') {
        body.push_str(&rest[..at]);
        rest = &rest[at..];
        let part = parts.iter().find_map(|(name, text)| {
            Some((
                text.as_str(),
                rest[1..].strip_prefix(name)?.strip_prefix('>')?,
            ))
        });
        let (text, after) = part.unwrap_or(("<", &rest[1..]));
        body.push_str(text);
        rest = after;
    }
    body.push_str(rest);
    format!("do {};\n", dollar(&body, "limbeck"))
}
