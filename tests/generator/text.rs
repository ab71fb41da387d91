//! Proposals that the model does not understand: rows, raw SQL, assertions.

use limbeck::schema::ObjectId;

use super::scene::{Scene, has_rows, quoted, sql};

impl Scene<'_> {
    pub(super) fn data(&mut self) -> Option<Vec<String>> {
        let (name, table) = self.table(|_, it| !it.columns.is_empty())?;
        let target = sql(&name);
        if has_rows(&name) {
            let number = {
                *self.number += 1;
                *self.number + 1000
            };
            return Some(vec![match self.random.below(4) {
                0 => format!(
                    "data {{ update {target} set flag = not flag where id % 2 = 0; }} reverse {{ update {target} set flag = not flag where id % 2 = 0; }}"
                ),
                1 => format!(
                    "data {{\n  -- a comment; with a semicolon\n  update {target} set word = word || $x$!;}}$x$ where id < 5;\n}} reverse {{ update {target} set word = left(word, -3) where id < 5; }}"
                ),
                2 => format!(
                    "data {{ with few as (select id from {target} where id < 3) delete from {target} using few where few.id = {target}.id and false; }} reverse {{ }}"
                ),
                _ => format!(
                    "data {{ insert into {target} (id, word, flag) values ({number}, 'more', true) on conflict (id) do nothing; }} reverse {{ delete from {target} where id = {number} and word = 'more'; }}"
                ),
            }]);
        }
        let column = self.column(&table, |it| {
            it.generated.is_none() && it.identity.as_ref().is_none_or(|it| !it.always)
        })?;
        let column = quoted(&column);
        Some(vec![match self.random.below(3) {
            0 => format!(
                "data {{ update {target} set {column} = default where false; }} reverse {{ }}"
            ),
            1 => format!(
                "data {{ delete from {target} where {column} is null and {column} is not null; }} reverse {{ }}"
            ),
            _ => format!(
                "data {{ update {target} set {column} = {column} where false; }} reverse {{ delete from {target} where false; }}"
            ),
        }])
    }

    pub(super) fn assertion(&mut self) -> Option<String> {
        let (name, table) = self.table(|_, it| !it.columns.is_empty())?;
        let column = quoted(&self.column(&table, |_| true)?);
        let name = sql(&name);
        Some(match self.random.below(3) {
            0 => format!("assert 'it can be counted' (select count(*) >= 0 from {name});"),
            1 => format!(
                "assert 'it''s; }} there' (select count({column}) <= count(*) from {name});"
            ),
            _ => format!(
                "assert 'nothing is lost' (select not exists (select from {name} where {column} is null and {column} is not null));"
            ),
        })
    }

    pub(super) fn assert(&mut self) -> Option<Vec<String>> {
        Some(vec![self.assertion()?])
    }

    /// Views, functions, triggers and what else only raw SQL makes.
    pub(super) fn raw(&mut self) -> Option<Vec<String>> {
        let (name, table) = self.table(|_, it| !it.columns.is_empty())?;
        let column = quoted(&self.column(&table, |_| true)?);
        let target = sql(&name);
        *self.number += 1;
        let odd = self.random.maybe(10, "\"");
        let made = format!("{odd}raw_{}{odd}", self.number).replace("\"raw", "\"Raw it's");
        let is_plain = table.partition_by.is_none();
        Some(vec![match self.random.below(13) {
            0..=1 => format!(
                "sql declares (view {made}) {{ create view {made} as select {column} as c from {target}; }} reverse {{ drop view {made}; }}"
            ),
            2 => format!(
                "sql declares (materialized view {made}) {{\n  create materialized view {made} as select count(*) as n from {target} with no data;\n}} reverse {{ drop materialized view {made}; }}"
            ),
            3 => format!(
                "sql declares (function {made}) {{\n  create function {made}(n integer) returns integer language plpgsql immutable as $body$ begin return n + 1; /* ; }} */ end $body$;\n}} reverse {{ drop function {made}(integer); }}"
            ),
            4 => format!(
                "sql declares (function {made}) {{\n  create function {made}(n integer) returns integer begin atomic select case when n > 0 then n * 2 else 0 end; end;\n}} reverse {{ drop function {made}(integer); }}"
            ),
            5 => format!(
                "sql declares (function {made}) {{\n  create function {made}() returns trigger language plpgsql as $$ begin return new; end $$;\n  create trigger {made} before insert on {target} for each row execute function {made}();\n}} reverse {{\n  drop trigger {made} on {target};\n  drop function {made}();\n}}"
            ),
            6 if is_plain => format!(
                "sql {{\n  alter table {target} enable row level security;\n  create policy {made} on {target} using ({column} is not null);\n}} reverse {{\n  drop policy {made} on {target};\n  alter table {target} disable row level security;\n}}"
            ),
            7 => format!(
                "sql declares (view {made}) {{\n  create view {made} as select 1 as a;\n  grant select on {made} to public;\n}} reverse {{\n  revoke select on {made} from public;\n  drop view {made};\n}}"
            ),
            8 if is_plain => format!(
                "sql {{ create statistics {made} on ({column} is null) from {target}; }} reverse {{ drop statistics {made}; }}"
            ),
            9 => format!(
                "sql {{ create table {made} (id integer primary key, note text); create index on {made} (note); }}"
            ),
            10 => "sql { do $$ begin perform 1; end $$; } reverse { }".to_owned(),
            11 => format!(
                "sql declares (collation {made}) {{ create collation {made} from \"C\"; }} reverse {{ drop collation {made}; }}"
            ),
            _ => format!(
                "sql declares (view const_{}) {{ create view const_{} as select 1 as a; }} reverse {{ drop view const_{}; }}",
                self.number, self.number, self.number
            ),
        }])
    }

    /// A view whose text is known goes.
    pub(super) fn drop_raw(&mut self) -> Option<Vec<String>> {
        let views: Vec<String> = (1..=*self.number)
            .map(|it| format!("const_{it}"))
            .filter(|it| {
                let name = limbeck::name::Name::new("public", it.as_str());
                self.is_opaque(&ObjectId::Relation(name))
            })
            .collect();
        let view = self.random.pick(&views)?;
        Some(vec![format!(
            "sql {{ drop view {view}; }} reverse {{ create view {view} as select 1 as a; }}"
        )])
    }
}
