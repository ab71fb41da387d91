//! The names of random tables' constraints, indexes and sequences, held against those that the server gives.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use limbeck::schema::expression_name::expression_name;
use limbeck::schema::name::{Purpose, generated_name};
use limbeck::token::lex;

use crate::dump::difference;
use crate::server::Server;

/// Expressions over a text column `$`.
const EXPRESSIONS: &[&str] = &[
    "lower($)",
    "pg_catalog.lower($)",
    "($ || 'x')",
    "($::integer)",
    "(($ || 'x')::varchar(3))",
    "('{1}'::integer[])",
    "($::\"char\")",
    "(($ || 'x')::pg_catalog.bpchar)",
    "(cast(length($) + 1 as bigint))",
    "(cast($ as bigint))",
    "coalesce($, '')",
    "nullif($, '')",
    "greatest($, 'a')",
    "($ is null)",
    "($ is normalized)",
    "($ is not normalized)",
    "($ like 'a%')",
    "($ between 'a' and 'b')",
    "($ in ('a', 'b'))",
    "(not ($ = 'a'))",
    "(upper($) = 'A' or $ is null)",
    "(upper($) collate \"C\")",
    "(($ || 'x') collate \"C\")",
    "(case when $ > 'a' then 'b' else lower($) end)",
    "(case when $ > 'a' then 1 end)",
    "(case when $ > 'a' then 1 else 2 end::bigint)",
    "trim($)",
    "trim(leading from $)",
    "trim(trailing 'x' from $)",
    "trim(both from $)",
    "substring($ from 1 for 2)",
    "position('a' in $)",
    "overlay($ placing 'x' from 1)",
    "normalize($)",
    "\"left\"($, 2)",
    "(left($, 2))",
    "((string_to_array($, ','))[1])",
    "(array[$, 'a'])",
    "(array[$, 'a']::varchar[])",
    "(-length($))",
    "(- length($)::bigint)",
    "(@ length($))",
    "(length($)::bigint)",
    "(length($) operator(pg_catalog.+) 1)",
    "('2025-01-01'::date)",
    "(date '2025-01-01')",
    "(interval '1' day)",
    "(timestamp with time zone '2025-01-01 00:00:00+00' at time zone 'UTC')",
    "extract(year from date '2025-01-01')",
    "((timestamp '2025-01-01', timestamp '2025-01-02') overlaps (timestamp '2025-01-01', timestamp '2025-01-02'))",
    "(((($))))",
    "(1 + 1)",
    "(((row($, $)::pair).b))",
];

/// A database as the server will have it after `script`.
struct Model {
    random: Random,
    script: String,
    relations: BTreeSet<String>,
    constraints: BTreeSet<String>,
    types: BTreeSet<String>,
    /// What the catalogue must say, a line for each generated name.
    expected: BTreeSet<String>,
}

#[test]
fn generated_names_are_the_servers() {
    let mut names = 0;
    for seed in 1..=4 {
        let mut model = Model::new(seed);
        for _ in 0..60 {
            model.table();
        }
        let database = Server::shared().database();
        database.run(&model.script);
        let expected: Vec<_> = model.expected.into_iter().collect();
        let mut catalogue: Vec<_> = database
            .query(CATALOGUE)
            .lines()
            .map(str::to_owned)
            .collect();
        catalogue.sort();
        let wrong = difference(&expected.join("\n"), &catalogue.join("\n"));
        assert!(
            wrong.is_empty(),
            "seed {seed}, ours and the server's:\n{wrong}"
        );
        names += expected.len();
    }
    assert!(names > 1000, "only {names}");
}

/// Constraints, indexes and sequences with the owner's name.
const CATALOGUE: &str = "
select contype::text || '|' || coalesce(relname, typname) || '|' || conname
from pg_constraint left join pg_class c on c.oid = conrelid left join pg_type t on t.oid = contypid
where connamespace = 'public'::regnamespace and contype <> 'n' and coalesce(relname, typname) !~ '^helper'
union all
select 'i|' || t.relname || '|' || c.relname
from pg_index join pg_class c on c.oid = indexrelid join pg_class t on t.oid = indrelid
where t.relnamespace = 'public'::regnamespace and t.relname !~ '^helper'
union all
select 'S|' || t.relname || '|' || c.relname
from pg_depend join pg_class c on c.oid = objid join pg_class t on t.oid = refobjid
where classid = 'pg_class'::regclass and refclassid = 'pg_class'::regclass and c.relkind = 'S' and deptype in ('a', 'i')";

impl Model {
    fn new(seed: u64) -> Self {
        let mut model = Self {
            random: Random(seed),
            script: "create type pair as (a text, b text);\ncreate table helper ();\n".to_owned(),
            relations: ["helper", "pair"].map(str::to_owned).into(),
            constraints: BTreeSet::new(),
            types: BTreeSet::new(),
            expected: BTreeSet::new(),
        };
        for count in 1..=4 {
            let columns: Vec<_> = (1..=count).map(|it| format!("c{it}")).collect();
            let typed = columns.join(" text, ");
            let columns = columns.join(", ");
            let name = format!("helper{count}");
            let _ = writeln!(
                model.script,
                "create table {name} ({typed} text, constraint {name}_pkey primary key ({columns}));"
            );
            model
                .relations
                .extend([name.clone(), format!("{name}_pkey")]);
            model.constraints.insert(format!("{name}_pkey"));
        }
        model
    }

    /// A domain, a table with constraints of all kinds, then more of them and indexes by statements of their own.
    fn table(&mut self) {
        self.domain();
        let table = self.free_name();
        let mut columns = Vec::new();
        for _ in 0..=self.random.below(7) {
            let name = self.random.name();
            if !columns.contains(&name) && !is_system_column(&name) {
                columns.push(name);
            }
        }
        let numbered: Vec<_> = self.serials(&table, &columns);
        self.relations.insert(table.clone());
        let mut elements: Vec<_> = numbered
            .iter()
            .map(|(column, kind)| format!("{} {kind}", quoted(column)))
            .collect();
        elements.extend(
            columns
                .iter()
                .filter(|column| numbered.iter().all(|(it, _)| it != *column))
                .map(|column| format!("{} text", quoted(column))),
        );
        let texts: Vec<_> = columns
            .into_iter()
            .filter(|column| numbered.iter().all(|(it, _)| it != column))
            .collect();
        if texts.is_empty() {
            let _ = writeln!(
                self.script,
                "create table {} ({});",
                quoted(&table),
                elements.join(", ")
            );
            return;
        }
        let (mut checks, mut keys, mut references) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..self.random.below(4) {
            checks.push(self.check(&table, &texts));
        }
        if self.random.below(2) == 0 {
            keys.push(self.key(&table, &texts, &mut BTreeSet::new(), true));
        }
        let mut lists = BTreeSet::new();
        for _ in 0..self.random.below(3) {
            keys.push(self.key(&table, &texts, &mut lists, false));
        }
        for _ in 0..self.random.below(3) {
            references.push(self.reference(&table, &texts));
        }
        // The text's order between kinds does not matter.
        elements.extend(
            references
                .into_iter()
                .chain(keys)
                .chain(checks)
                .filter(|it| !it.is_empty()),
        );
        let _ = writeln!(
            self.script,
            "create table {} ({});",
            quoted(&table),
            elements.join(", ")
        );
        for _ in 0..self.random.below(10) {
            self.later(&table, &texts);
        }
    }

    fn domain(&mut self) {
        let name = self.free_name();
        self.types.insert(name.clone());
        let _ = write!(self.script, "create domain {} as integer", quoted(&name));
        for _ in 0..self.random.below(3) {
            self.constraint("c", &name, Purpose::Check(None));
            self.script.push_str(" check (value > 0)");
        }
        self.script.push_str(";\n");
    }

    /// Some of `columns` as serial or identity ones; their sequences are named before anything of the table exists.
    fn serials(&mut self, table: &str, columns: &[String]) -> Vec<(String, &'static str)> {
        let mut numbered: Vec<(String, &str)> = Vec::new();
        let mut sequences = BTreeSet::new();
        for column in columns {
            if self.random.below(4) > 0 {
                continue;
            }
            self.obstruct(table, Purpose::Sequence(column), true);
            let name = generated_name(table, Purpose::Sequence(column), |it| {
                self.relations.contains(it)
            });
            if name == table || !sequences.insert(name.to_string()) {
                continue;
            }
            let identity =
                self.random.below(2) == 0 && numbered.iter().all(|(_, kind)| *kind == "serial");
            let kind = if identity {
                "integer generated always as identity"
            } else {
                "serial"
            };
            numbered.push((column.clone(), kind));
        }
        // Obstacles may have come after a name was chosen: all are chosen by the one statement.
        let names: BTreeSet<_> = numbered
            .iter()
            .map(|(column, _)| {
                generated_name(table, Purpose::Sequence(column), |it| {
                    self.relations.contains(it)
                })
            })
            .collect();
        if names.len() < numbered.len() || names.contains(table) {
            return Vec::new();
        }
        for name in names {
            self.expected.insert(format!("S|{table}|{name}"));
            self.relations.insert(name.into());
        }
        numbered
    }

    fn check(&mut self, table: &str, columns: &[String]) -> String {
        let column = self.random.pick(columns).clone();
        let name = quoted(&column);
        match self.random.below(3) {
            0 => {
                self.constraint("c", table, Purpose::Check(Some(&column)));
                format!("check ({name} <> 'x' and {name} <> 'y')")
            }
            1 => {
                self.constraint("c", table, Purpose::Check(None));
                "check (1 > 0)".to_owned()
            }
            _ => {
                let other = self.random.pick(columns).clone();
                let single = (other == column).then_some(column.as_str());
                self.constraint("c", table, Purpose::Check(single));
                format!("check ({name} <> {})", quoted(&other))
            }
        }
    }

    /// A primary key, unique or exclusion constraint; nothing if there is one for the same columns.
    fn key(
        &mut self,
        table: &str,
        columns: &[String],
        lists: &mut BTreeSet<String>,
        primary: bool,
    ) -> String {
        let chosen = self.random.some(columns);
        let list = list(&chosen);
        let names: Vec<_> = chosen.iter().map(String::as_str).collect();
        if primary {
            self.constraint("p", table, Purpose::PrimaryKey);
            return format!("primary key ({list})");
        }
        if !lists.insert(list.clone()) {
            return String::new();
        }
        if self.random.below(3) == 0 {
            let (expression, name) = self.expression(columns);
            self.constraint("x", table, Purpose::Exclusion(&[names[0], &name]));
            return format!(
                "exclude using btree ({} with =, {expression} with =)",
                quoted(names[0])
            );
        }
        // Never equal to the primary key, with which the server would merge it.
        let include = self.random.pick(columns).clone();
        let all: Vec<_> = names.iter().copied().chain([include.as_str()]).collect();
        self.constraint("u", table, Purpose::Unique(&all));
        format!("unique ({list}) include ({})", quoted(&include))
    }

    fn reference(&mut self, table: &str, columns: &[String]) -> String {
        let chosen = self.random.some(columns);
        let names: Vec<_> = chosen.iter().map(String::as_str).collect();
        self.constraint("f", table, Purpose::ForeignKey(&names));
        format!(
            "foreign key ({}) references helper{}",
            list(&chosen),
            chosen.len()
        )
    }

    /// A constraint or index by a statement of its own, sometimes with its name in use.
    fn later(&mut self, table: &str, columns: &[String]) {
        let element = match self.random.below(6) {
            0 => self.check(table, columns),
            1 => self.reference(table, columns),
            2 => self.key(table, columns, &mut BTreeSet::new(), false),
            _ => return self.index(table, columns),
        };
        let _ = writeln!(self.script, "alter table {} add {element};", quoted(table));
    }

    fn index(&mut self, table: &str, columns: &[String]) {
        let (mut names, mut elements) = (Vec::new(), Vec::new());
        for _ in 0..=self.random.below(4) {
            if self.random.below(2) == 0 {
                let (expression, name) = self.expression(columns);
                names.push(name);
                elements.push(expression);
            } else {
                let column = self.random.pick(columns);
                elements.push(quoted(column));
                names.push(column.clone());
            }
        }
        let mut tail = String::new();
        if self.random.below(4) == 0 {
            let column = self.random.pick(columns);
            tail = format!(" include ({})", quoted(column));
            names.push(column.clone());
        }
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        self.obstruct(table, Purpose::Index(&names), true);
        let name = generated_name(table, Purpose::Index(&names), |it| {
            self.relations.contains(it)
        });
        self.expected.insert(format!("i|{table}|{name}"));
        self.relations.insert(name.into());
        let elements = elements.join(", ");
        let _ = writeln!(
            self.script,
            "create index on {} ({elements}){tail};",
            quoted(table)
        );
    }

    fn expression(&mut self, columns: &[String]) -> (String, String) {
        let column = self.random.pick(columns);
        let column = quoted(column);
        let expression = self.random.pick(EXPRESSIONS).replace('$', &column);
        let tokens = lex(&expression, 0, expression.len()).expect("it lexes");
        let name = expression_name(&expression, &tokens);
        (expression, name.into())
    }

    /// Expects a constraint of the catalogue's `kind` and takes its name.
    fn constraint(&mut self, kind: &str, owner: &str, purpose: Purpose<'_>) {
        let indexed = match purpose {
            Purpose::PrimaryKey
            | Purpose::Unique(_)
            | Purpose::Exclusion(_)
            | Purpose::Index(_)
            | Purpose::Sequence(_) => true,
            Purpose::ForeignKey(_) | Purpose::Check(_) => false,
        };
        if self.script.ends_with('\n') {
            self.obstruct(owner, purpose, indexed);
        }
        let name = generated_name(owner, purpose, |it| {
            self.constraints.contains(it) || indexed && self.relations.contains(it)
        });
        self.expected.insert(format!("{kind}|{owner}|{name}"));
        self.constraints.insert(name.to_string());
        if indexed {
            self.expected.insert(format!("i|{owner}|{name}"));
            self.relations.insert(name.into());
        }
    }

    /// Sometimes gives the name that would be generated to another relation or constraint.
    fn obstruct(&mut self, owner: &str, purpose: Purpose<'_>, indexed: bool) {
        let name = generated_name(owner, purpose, |_| false).to_string();
        match self.random.below(4) {
            0 if indexed && name != owner && self.relations.insert(name.clone()) => {
                let _ = writeln!(self.script, "create sequence {};", quoted(&name));
            }
            1 if self.constraints.insert(name.clone()) => {
                let _ = writeln!(
                    self.script,
                    "alter table helper add constraint {} check (true);",
                    quoted(&name)
                );
            }
            _ => {}
        }
    }

    fn free_name(&mut self) -> String {
        loop {
            let name = self.random.name();
            if !self.relations.contains(&name) && !self.types.contains(&name) {
                return name;
            }
        }
    }
}

/// A small generator of equal numbers on every machine (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        // Spread neighbouring seeds.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).expect("it is below a usize")
    }

    fn pick<'a, T>(&mut self, values: &'a [T]) -> &'a T {
        &values[self.below(values.len())]
    }

    /// One to four of `values`, each once.
    fn some(&mut self, values: &[String]) -> Vec<String> {
        let mut chosen = Vec::new();
        for _ in 0..=self.below(4) {
            let value = self.pick(values);
            if !chosen.contains(value) {
                chosen.push(value.clone());
            }
        }
        chosen
    }

    /// A name of 1 to 63 bytes; long ones often begin alike.
    fn name(&mut self) -> String {
        let alphabets: &[&[&str]] = &[
            &["a", "b", "_"],
            &["a", "é", "z"],
            &["漢", "字", "a"],
            &["😀", "x", "Ж"],
            &["A", " ", "\"", "."],
        ];
        let alphabet = *self.pick(alphabets);
        let length = match self.below(3) {
            0 => 1 + self.below(4),
            1 => 1 + self.below(63),
            _ => 55 + self.below(9),
        };
        let mut name = String::new();
        if self.below(3) == 0 {
            name = alphabet[0].repeat(length * 3 / 4 / alphabet[0].len());
        }
        loop {
            let letter = *self.pick(alphabet);
            if name.len() + letter.len() > length && !name.is_empty() {
                return name;
            }
            name.push_str(letter);
        }
    }
}

fn is_system_column(name: &str) -> bool {
    ["oid", "ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"].contains(&name)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn list(names: &[String]) -> String {
    let quoted: Vec<_> = names.iter().map(|it| quoted(it)).collect();
    quoted.join(", ")
}
