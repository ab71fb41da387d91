//! Proposals for `alter table`: one action or several at once.

use limbeck::schema::{Column, ConstraintKind, Type};
use limbeck::sql_type::BaseType;
use limbeck::token::quote_identifier;

use super::avoided::Avoided;
use super::scene::{Named, Scene, has_rows, is_ordered, quoted, sql};

/// A proposal for one action; `None` where there is nothing to do it to.
type Propose = fn(&mut Scene<'_>, &Named) -> Option<String>;

/// How often each is tried.
const ACTIONS: &[(usize, Propose)] = &[
    (10, |scene, it| Some(scene.add_column(it))),
    (2, |scene, it| scene.add_generated(it)),
    (2, |scene, _| Some(scene.add_identity_column())),
    (3, |scene, it| scene.add_reference(it)),
    (4, |scene, it| scene.drop_column(it)),
    (6, |scene, it| scene.alter_type(it)),
    (4, |scene, it| scene.set_default(it)),
    (2, |scene, it| scene.drop_default(it)),
    (3, |scene, it| scene.set_not_null(it)),
    (2, |scene, it| scene.drop_not_null(it)),
    (2, |scene, it| scene.add_identity(it)),
    (3, |scene, it| scene.set_identity(it)),
    (2, |scene, it| scene.drop_identity(it)),
    (8, |scene, it| scene.add_constraint(it)),
    (4, |scene, it| scene.validate(it)),
    (4, |scene, it| scene.drop_constraint(it)),
];

/// Whether an expression of the table or of one of its indexes reads the column.
fn is_read(scene: &Scene<'_>, (name, table): &Named, column: &Column) -> bool {
    let reads = |it: &limbeck::expression::Expression| it.columns().any(|it| *it == column.name);
    let constraints = table.constraints.values().any(|it| match &it.kind {
        ConstraintKind::Check { expression, .. } => reads(expression),
        ConstraintKind::Exclusion(it) => {
            it.predicate.iter().any(reads) || it.elements.iter().any(|it| reads(&it.0.expression))
        }
        ConstraintKind::PrimaryKey(_)
        | ConstraintKind::Unique(_)
        | ConstraintKind::ForeignKey(_) => false,
    });
    constraints
        || scene.schema.indexes(name).any(|(_, it)| {
            it.predicate.iter().any(reads) || it.elements.iter().any(|it| reads(&it.expression))
        })
}

/// Whether one of the two changes the type of the other's column: a value of the old one may not do for the new one.
fn clash(action: &str, others: &[String]) -> bool {
    let is_type = |it: &str| it.contains(" type ");
    let column = |it: &str| it.strip_prefix("alter column ").map(str::to_owned);
    let same = |one: &str, two: &str| {
        let (Some(one), Some(two)) = (column(one), column(two)) else {
            return false;
        };
        let end = one.bytes().zip(two.bytes()).take_while(|(a, b)| a == b);
        one[..end.count()].contains(' ')
    };
    let mut others = others.iter();
    others.any(|it| (is_type(it) || is_type(action)) && same(it, action))
}

impl Scene<'_> {
    pub(super) fn alter_table(&mut self) -> Option<Vec<String>> {
        let named = self.table(|_, _| true)?;
        let count = if self.random.chance(70) {
            1
        } else {
            2 + self.random.below(3)
        };
        let mut actions = Vec::new();
        for _ in 0..count * 6 {
            if actions.len() == count {
                break;
            }
            let propose = self.choose(ACTIONS);
            let action = propose(self, &named);
            actions.extend(action.filter(|it| !clash(it, &actions)));
        }
        if actions.is_empty() {
            return None;
        }
        let only = self.random.maybe(3, "only ");
        Some(vec![format!(
            "alter table {only}{} {};",
            sql(&named.0),
            actions.join(",\n    ")
        )])
    }

    /// One of a list, each as often as its weight says.
    pub(super) fn choose<T: Copy>(&mut self, from: &[(usize, T)]) -> T {
        let mut number = self.random.below(from.iter().map(|it| it.0).sum());
        for (weight, it) in from {
            if number < *weight {
                return *it;
            }
            number -= weight;
        }
        unreachable!("the number is less than the sum")
    }

    fn add_column(&mut self, (name, _): &Named) -> String {
        if !has_rows(name) {
            return format!("add column {}", self.new_column());
        }
        let column = self.fresh("c");
        let definition = self.random.one(&[
            "integer",
            "integer not null default 5",
            "text default 'x'",
            "jsonb not null default '{}'",
            "bigint generated always as identity",
            "serial",
            "timestamptz default now()",
            "integer generated always as (id * 2) stored",
        ]);
        format!("add column {column} {definition}")
    }

    fn add_generated(&mut self, (_, table): &Named) -> Option<String> {
        let column = self.column(table, |it| {
            it.generated.is_none() && !Self::derived(it).is_empty()
        })?;
        let derived = Self::derived(&column);
        let (sql_type, expression) = self.random.pick(&derived)?.clone();
        let name = self.fresh("g");
        Some(format!(
            "add column {name} {sql_type} generated always as ({expression}) stored"
        ))
    }

    fn add_identity_column(&mut self) -> String {
        let column = self.fresh("n");
        let options = self.random.one(&[
            "",
            " (start with 100 increment by 10 maxvalue 5000 cache 2 cycle)",
            " (minvalue -10 start with -10)",
            " (sequence name own_n)",
        ]);
        let options = options.replace("own_n", &format!("own_{}", self.number));
        let how = self.random.one(&["always", "by default"]);
        let sql_type = self.random.one(&["integer", "bigint", "smallint"]);
        format!("add column {column} {sql_type} generated {how} as identity{options}")
    }

    /// A column that refers to another table.
    fn add_reference(&mut self, (name, table): &Named) -> Option<String> {
        if has_rows(name) {
            return None;
        }
        let (target, other) = self.table(|name, it| {
            !has_rows(name)
                && it.unlogged == table.unlogged
                && it.constraints.values().any(|it| {
                    matches!(&it.kind, ConstraintKind::PrimaryKey(it) if it.columns.len() == 1)
                })
        })?;
        let key = other.constraints.values().find_map(|it| match &it.kind {
            ConstraintKind::PrimaryKey(it) => other.column(&it.columns[0]),
            ConstraintKind::Unique(_)
            | ConstraintKind::ForeignKey(_)
            | ConstraintKind::Check { .. }
            | ConstraintKind::Exclusion(_) => None,
        })?;
        let column = self.fresh("ref");
        let actions = self.references(&[]);
        Some(format!(
            "add column {column} {} references {}{actions}",
            key.sql_type.within("public"),
            sql(&target)
        ))
    }

    fn drop_column(&mut self, (name, table): &Named) -> Option<String> {
        let column = self.column(table, |it| {
            !has_rows(name) || !matches!(&*it.name, "id" | "word" | "flag")
        })?;
        let guard = self.random.maybe(8, "if exists ");
        let behavior = self.random.one(&["", "", "", " cascade", " restrict"]);
        Some(format!("drop column {guard}{}{behavior}", quoted(&column)))
    }

    /// A change that keeps the meaning of expressions; others only where none reads the column.
    fn alter_type(&mut self, named: &Named) -> Option<String> {
        let (name, table) = named;
        let column = self.column(table, |_| true)?;
        let text = quoted(&column);
        let typname = column.sql_type.scalar();
        let widened: &[&str] = match typname {
            Some("int2") => &["integer", "bigint"],
            Some("int4") => &["bigint", "numeric"],
            Some("int8") => &["numeric(30)"],
            Some("varchar") => &["varchar(200)", "text", "varchar"],
            Some("bpchar") => &["char(9)", "text"],
            Some("text") => &["varchar", "text collate \"C\""],
            Some("numeric") => &["numeric(20, 4)", "numeric"],
            Some("float4") => &["double precision"],
            Some("timestamptz") => &["timestamptz(3)", "timestamptz"],
            Some("timestamp") => &["timestamp", "timestamp(6)"],
            Some("date") => &["timestamp"],
            Some("varbit") => &["bit varying(20)", "bit varying"],
            Some("cidr") => &["inet"],
            Some(_) | None => &[],
        };
        let converted: &[(&str, &str)] = match typname {
            Some("int2" | "int4" | "int8") => &[
                ("text", "$::text"),
                ("smallint", "$::smallint"),
                ("boolean", "$ > 0"),
                ("integer", "$::integer"),
            ],
            Some("text" | "varchar") => &[
                ("integer", "nullif($, '')::integer"),
                ("jsonb", "to_jsonb($)"),
                ("text[]", "string_to_array($, ',')"),
                ("varchar(5)", "left($, 5)"),
            ],
            Some("bool") => &[
                ("integer", "$::integer"),
                ("text", "case when $ then 'y' end"),
            ],
            Some("date") => &[("timestamptz", "$::timestamp at time zone 'UTC'")],
            Some("timestamp") => &[("timestamptz", "$ at time zone 'UTC'"), ("date", "$::date")],
            Some("timestamptz") => &[("timestamp", "$ at time zone 'UTC'")],
            Some("json") => &[("jsonb", "$::jsonb")],
            Some("jsonb") => &[("json", "$::json"), ("text", "$ ->> 'a'")],
            Some("numeric") => &[("integer", "round($)::integer")],
            Some("uuid") => &[("text", "$::text")],
            Some(_) | None => &[],
        };
        let is_read = is_read(self, named, &column);
        let is_text = matches!(typname, Some("varchar" | "text"));
        let has_family = !table.inherits.is_empty()
            || table.partition_of.is_some()
            || table.partition_by.is_some()
            || self.schema.children(name).next().is_some();
        if is_read && !is_text && has_family && Avoided::RetypeInFamily.is_avoided() {
            return None;
        }
        if self.random.chance(50) || has_rows(name) || is_read {
            let to = self.random.pick(widened)?;
            let data = self.random.maybe(20, "set data ");
            return Some(format!("alter column {text} {data}type {to}"));
        }
        if let Some(Type::Enum(_)) = column
            .sql_type
            .named()
            .and_then(|it| self.schema.type_named(it))
        {
            return (!column.sql_type.array)
                .then(|| format!("alter column {text} type text using {text}::text"));
        }
        if typname == Some("text")
            && self.random.chance(30)
            && let enums = self.enums()
            && let Some((it, _)) = self.random.pick(&enums)
        {
            let to = sql(it);
            return Some(format!("alter column {text} type {to} using {text}::{to}"));
        }
        let (to, using) = *self.random.pick(converted)?;
        Some(format!(
            "alter column {text} type {to} using {}",
            using.replace('$', &text)
        ))
    }

    fn set_default(&mut self, (_, table): &Named) -> Option<String> {
        let column = self.column(table, |it| it.identity.is_none() && it.generated.is_none())?;
        let values = self.values(&column.sql_type);
        let value = self.random.pick(&values)?;
        Some(format!(
            "alter column {} set default {value}",
            quoted(&column)
        ))
    }

    fn drop_default(&mut self, (_, table): &Named) -> Option<String> {
        let column = self.column(table, |it| it.default.is_some())?;
        Some(format!("alter column {} drop default", quoted(&column)))
    }

    fn set_not_null(&mut self, (name, table): &Named) -> Option<String> {
        let column = self.column(table, |it| {
            !it.not_null && (!has_rows(name) || it.name == "flag")
        })?;
        Some(format!("alter {} set not null", quoted(&column)))
    }

    fn drop_not_null(&mut self, (name, table): &Named) -> Option<String> {
        let column = self.column(table, |it| it.not_null && !has_rows(name))?;
        Some(format!("alter column {} drop not null", quoted(&column)))
    }

    fn add_identity(&mut self, (name, table): &Named) -> Option<String> {
        let column = self.column(table, |it| {
            it.not_null
                && it.default.is_none()
                && it.identity.is_none()
                && !has_rows(name)
                && matches!(it.sql_type.scalar(), Some("int2" | "int4" | "int8"))
        })?;
        let options = self.random.maybe(40, " (start with 7)");
        Some(format!(
            "alter column {} add generated always as identity{options}",
            quoted(&column)
        ))
    }

    fn set_identity(&mut self, (_, table): &Named) -> Option<String> {
        let column = self.column(table, |it| it.identity.is_some())?;
        let change = self.random.one(&[
            "set generated always",
            "set generated by default",
            "set increment by 3",
            "set generated by default set increment by 3 set no maxvalue set cycle",
            "set start with 20 restart",
            "restart with 50",
            "set cache 5",
        ]);
        Some(format!("alter column {} {change}", quoted(&column)))
    }

    fn drop_identity(&mut self, (_, table): &Named) -> Option<String> {
        let column = self.column(table, |it| it.identity.is_some())?;
        let guard = self.random.maybe(20, " if exists");
        Some(format!(
            "alter column {} drop identity{guard}",
            quoted(&column)
        ))
    }

    fn add_constraint(&mut self, named: &Named) -> Option<String> {
        let text = self.constraint(named)?;
        let may_wait = (text.contains("check (") || text.contains("foreign key"))
            && named.1.partition_by.is_none();
        let waits = if may_wait {
            self.random.maybe(30, " not valid")
        } else {
            ""
        };
        Some(format!("add {text}{waits}"))
    }

    fn validate(&mut self, (_, table): &Named) -> Option<String> {
        let waiting: Vec<_> = table.constraints.iter().collect();
        let waiting: Vec<_> = waiting
            .into_iter()
            .filter(|(_, it)| !it.validated)
            .map(|(name, _)| quote_identifier(name))
            .collect();
        let name = self.random.pick(&waiting)?;
        Some(format!("validate constraint {name}"))
    }

    fn drop_constraint(&mut self, (_, table): &Named) -> Option<String> {
        let names: Vec<_> = table.constraints.keys().collect();
        let name = quote_identifier(self.random.pick(&names)?);
        let guard = self.random.maybe(8, "if exists ");
        let behavior = self.random.one(&["", "", "", " cascade", " restrict"]);
        Some(format!("drop constraint {guard}{name}{behavior}"))
    }

    /// An index that becomes a constraint.
    pub(super) fn use_index(&mut self) -> Option<Vec<String>> {
        let (name, table) = self.table(|name, it| {
            !has_rows(name) && it.partition_by.is_none() && !it.columns.is_empty()
        })?;
        let unordered = self.unordered();
        let column = self.column(&table, |it| {
            is_ordered(&it.sql_type, &unordered) && matches!(it.sql_type.base, BaseType::Builtin(_))
        })?;
        let index = self.fresh("ux");
        let concurrently = self.random.maybe(50, "concurrently ");
        let constraint = if self.random.chance(50) {
            format!("constraint {} ", self.fresh("uq"))
        } else {
            String::new()
        };
        let deferrable = self.random.maybe(20, " deferrable");
        Some(vec![
            format!(
                "create unique index {concurrently}{index} on {} ({});",
                sql(&name),
                quoted(&column)
            ),
            format!(
                "alter table {} add {constraint}unique using index {index}{deferrable};",
                sql(&name)
            ),
        ])
    }

    pub(super) fn validate_one(&mut self) -> Option<Vec<String>> {
        let named = self.table(|_, it| it.constraints.values().any(|it| !it.validated))?;
        let action = self.validate(&named)?;
        Some(vec![format!("alter table {} {action};", sql(&named.0))])
    }

    /// An ordinary column cannot become a generated one again, so the way back is said.
    pub(super) fn drop_expression(&mut self) -> Option<Vec<String>> {
        let (name, table) =
            self.table(|_, it| it.columns.iter().any(|it| it.generated.is_some() && it.own))?;
        let column = self.column(&table, |it| it.generated.is_some())?;
        let expression = column.generated.as_ref()?.expression.text();
        let (table, text) = (sql(&name), quoted(&column));
        let sql_type = column.sql_type.within("public");
        let guard = self.random.maybe(20, " if exists");
        Some(vec![format!(
            "alter table {table} alter column {text} drop expression{guard} reverse {{\n  alter table {table} drop column {text};\n  alter table {table} add column {text} {sql_type} generated always as ({expression}) stored;\n}}"
        )])
    }

    /// Guarded additions say how they go back.
    pub(super) fn add_guarded(&mut self) -> Option<Vec<String>> {
        let (name, _) = self.empty_table()?;
        let (table, column) = (sql(&name), self.fresh("c"));
        if self.random.chance(40) {
            return Some(vec![format!(
                "alter table {table} add constraint if not exists {column} check (true) reverse {{ alter table {table} drop constraint {column}; }}"
            )]);
        }
        Some(vec![format!(
            "alter table {table} add column if not exists {column} integer default 3 reverse {{ alter table {table} drop column if exists {column}; }}"
        )])
    }
}
