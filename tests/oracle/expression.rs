//! Expressions of a type that is asked for: most of them are right, and all that PostgreSQL resolves is in them.

use super::grower::Grower;

/// A column that an expression may name.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    /// As it is written: `t.a`, or `a`.
    pub(crate) text: String,
    pub(crate) ty: String,
}

/// Where an expression stands.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    pub(crate) columns: Vec<Column>,
    /// What an aggregate reads, where one may stand.
    pub(crate) aggregated: Option<Vec<Column>>,
    pub(crate) windows: bool,
    pub(crate) queries: bool,
    pub(crate) immutable: bool,
}

impl Scope {
    pub(crate) fn over(columns: Vec<Column>) -> Self {
        Self {
            columns,
            queries: true,
            ..Self::default()
        }
    }

    /// The same where no aggregate and no window function may stand.
    pub(crate) fn plain(&self) -> Self {
        Self {
            aggregated: None,
            windows: false,
            ..self.clone()
        }
    }
}

impl Grower<'_> {
    /// An expression of that type.
    pub(crate) fn expression(&mut self, scope: &Scope, want: &str, depth: usize) -> String {
        if depth == 0 || self.random.chance(15) {
            return self.leaf(scope, want);
        }
        let choice = self.random.below(100);
        let made = match choice {
            0..35 => self.called(scope, want, depth - 1),
            35..45 => Some(self.cast(scope, want, depth - 1)),
            45..52 => Some(self.case(scope, want, depth - 1)),
            52..58 => Some(self.of_equals(scope, want, depth - 1)),
            58..64 => self.constructed(scope, want, depth - 1),
            64..70 => self.subquery(scope, want, depth - 1),
            70..75 => self.element(scope, want, depth - 1),
            75..80 => self.aggregate(scope, want, depth - 1),
            80..83 => self.window(scope, want, depth - 1),
            _ if want == "boolean" => Some(self.condition(scope, depth - 1)),
            83..95 => self.called(scope, want, depth - 1),
            _ => None,
        };
        made.unwrap_or_else(|| self.leaf(scope, want))
    }

    /// A column, or a value.
    fn leaf(&mut self, scope: &Scope, want: &str) -> String {
        let fit: Vec<&Column> = scope.columns.iter().filter(|it| it.ty == want).collect();
        if self.random.chance(75)
            && let Some(column) = self.random.pick(&fit)
        {
            return column.text.clone();
        }
        // A column that becomes the type by itself, or by a cast.
        if self.random.chance(30) && !scope.columns.is_empty() {
            let casts = self.world.catalog.casts.get(want);
            let fit: Vec<&Column> = (scope.columns.iter())
                .filter(|column| casts.is_some_and(|it| it.iter().any(|it| it.source == column.ty)))
                .collect();
            if let Some(column) = self.random.pick(&fit) {
                return format!("{}::{want}", column.text);
            }
        }
        if self.random.chance(5) {
            return format!("null::{want}");
        }
        self.value(want)
    }

    /// A literal.
    pub(crate) fn value(&mut self, want: &str) -> String {
        let samples = self
            .world
            .catalog
            .types
            .get(want)
            .map(|it| it.samples.as_slice());
        match samples.and_then(|it| self.random.pick(it)) {
            Some(sample) => sample.clone(),
            None => format!("null::{want}"),
        }
    }

    /// A value for a parameter of that type: something that becomes it by itself, now and then.
    pub(super) fn argument(&mut self, scope: &Scope, want: &str, depth: usize) -> String {
        match self.random.below(100) {
            0..8 => {
                let sources: Vec<String> =
                    self.world
                        .catalog
                        .casts
                        .get(want)
                        .map_or_else(Vec::new, |it| {
                            it.iter()
                                .filter(|it| it.context == 'i')
                                .map(|it| it.source.clone())
                                .collect()
                        });
                match self.random.pick(&sources).cloned() {
                    Some(source) => self.expression(scope, &source, depth),
                    None => self.expression(scope, want, depth),
                }
            }
            8..12 => self.bare(want),
            12..14 => "null".to_owned(),
            _ => self.expression(scope, want, depth),
        }
    }

    /// A literal without its type, where one is known that the type reads.
    pub(super) fn bare(&mut self, want: &str) -> String {
        let sample = self.value(want);
        match sample.split_once("::") {
            Some((literal, _)) if literal.starts_with('\'') => literal.to_owned(),
            _ => sample,
        }
    }

    /// The same value in another form.
    fn cast(&mut self, scope: &Scope, want: &str, depth: usize) -> String {
        let casts = self
            .world
            .catalog
            .casts
            .get(want)
            .map_or(&[][..], Vec::as_slice);
        let source = match self.random.pick(casts) {
            Some(cast) if self.random.chance(80) => cast.source.clone(),
            _ => ["text", "character varying", "unknown"][self.random.below(3)].to_owned(),
        };
        let inner = if source == "unknown" {
            self.bare(want)
        } else {
            self.expression(scope, &source, depth)
        };
        if self.random.chance(60) {
            format!("({inner})::{want}")
        } else {
            format!("cast({inner} as {want})")
        }
    }

    fn case(&mut self, scope: &Scope, want: &str, depth: usize) -> String {
        let (one, other) = (
            self.argument(scope, want, depth),
            self.expression(scope, want, depth),
        );
        if self.random.chance(40) {
            let ty = self.sorted_type();
            let value = self.expression(scope, &ty, depth);
            let when = self.argument(scope, &ty, 0);
            return format!("case {value} when {when} then {one} else {other} end");
        }
        let when = self.expression(scope, "boolean", depth);
        if self.random.chance(20) {
            return format!("case when {when} then {other} end");
        }
        format!("case when {when} then {one} else {other} end")
    }

    /// `coalesce` and its kin.
    fn of_equals(&mut self, scope: &Scope, want: &str, depth: usize) -> String {
        let one = self.expression(scope, want, depth);
        let other = self.argument(scope, want, depth);
        let sorts = self
            .world
            .catalog
            .types
            .get(want)
            .is_some_and(|it| it.sorts);
        match self.random.below(if sorts || self.rare { 4 } else { 1 }) {
            1 => format!("nullif({one}, {other})"),
            2 => format!("greatest({one}, {other})"),
            3 => format!("least({other}, {one})"),
            _ => format!("coalesce({one}, {other})"),
        }
    }

    /// Arrays and rows.
    fn constructed(&mut self, scope: &Scope, want: &str, depth: usize) -> Option<String> {
        let ty = self.world.catalog.types.get(want)?;
        if let (true, Some(element)) = (ty.is_array, ty.element.clone()) {
            let (one, other) = (
                self.expression(scope, &element, depth),
                self.argument(scope, &element, depth),
            );
            return Some(match self.random.below(4) {
                0 if scope.queries => {
                    let query = self.query_of(scope, &[element], depth);
                    format!("array({query})")
                }
                1 => format!("array[{one}]"),
                2 => format!("array[array[{one}], array[{other}]]"),
                _ => format!("array[{one}, {other}]"),
            });
        }
        let fields = self.world.composites.get(want)?.clone();
        let values: Vec<String> = fields
            .iter()
            .map(|it| self.argument(scope, &it.1, depth))
            .collect();
        Some(format!("row({})::{want}", values.join(", ")))
    }

    /// A part of an array or a row.
    fn element(&mut self, scope: &Scope, want: &str, depth: usize) -> Option<String> {
        let composites = self.world.composites.iter();
        let fields: Vec<(&String, &String)> = composites
            .flat_map(|(name, fields)| fields.iter().map(move |it| (name, it)))
            .filter(|it| it.1.1 == want)
            .map(|(name, field)| (name, &field.0))
            .collect();
        if self.random.chance(50)
            && let Some((name, field)) = self.random.pick(&fields)
        {
            let row = self.expression(scope, name, depth);
            return Some(format!("({row}).{field}"));
        }
        let ty = self.world.catalog.types.get(want)?;
        if ty.is_array {
            let array = self.expression(scope, want, depth);
            return Some(format!("({array})[1:2]"));
        }
        let array = format!("{want}[]");
        self.world.catalog.types.get(&array)?;
        let array = self.expression(scope, &array, depth);
        let at = self.expression(scope, "integer", 0);
        Some(format!("({array})[{at}]"))
    }

    fn subquery(&mut self, scope: &Scope, want: &str, depth: usize) -> Option<String> {
        scope
            .queries
            .then(|| format!("({})", self.query_of(scope, &[want.to_owned()], depth)))
    }

    /// Something that is true or not.
    fn condition(&mut self, scope: &Scope, depth: usize) -> String {
        let ty = self.sorted_type();
        let one = self.expression(scope, &ty, depth);
        let not = self.random.maybe(20, "not ");
        match self.random.below(14) {
            0 => {
                let operator = self.random.one(&["=", "<>", "<", ">", "<=", ">=", "!="]);
                format!("{one} {operator} {}", self.argument(scope, &ty, depth))
            }
            1 => format!(
                "{one} {not}between {} and {}",
                self.argument(scope, &ty, depth),
                self.argument(scope, &ty, depth)
            ),
            2 => format!(
                "{one} {not}in ({}, {})",
                self.argument(scope, &ty, depth),
                self.argument(scope, &ty, depth)
            ),
            3 if scope.queries => format!("{one} {not}in ({})", self.query_of(scope, &[ty], depth)),
            4 if scope.queries => format!("exists ({})", self.query(Some(scope), depth).text),
            5 => format!("{one} is {not}null"),
            6 => format!(
                "{one} is {not}distinct from {}",
                self.argument(scope, &ty, depth)
            ),
            7 => {
                let array = self.argument(scope, &format!("{ty}[]"), depth);
                let every = self.random.one(&["any", "all", "some"]);
                format!("{one} = {every} ({array})")
            }
            8 => {
                let (left, right) = (
                    self.expression(scope, "text", depth),
                    self.argument(scope, "text", depth),
                );
                let operator = self
                    .random
                    .one(&["like", "ilike", "similar to", "~", "not like"]);
                format!("{left} {operator} {right}")
            }
            9 => format!(
                "{} {} {}",
                self.expression(scope, "boolean", depth),
                self.random.one(&["and", "or"]),
                self.argument(scope, "boolean", depth)
            ),
            10 => format!("not ({})", self.argument(scope, "boolean", depth)),
            11 => {
                let second = self.sorted_type();
                let (a, b) = (
                    self.expression(scope, &second, depth),
                    self.argument(scope, &second, depth),
                );
                let operator = self.random.one(&["=", "<", "<>", ">="]);
                format!(
                    "({one}, {a}) {operator} ({}, {b})",
                    self.argument(scope, &ty, depth)
                )
            }
            12 if scope.queries => {
                let every = self.random.one(&["any", "all"]);
                let operator = self.random.one(&["=", "<", ">="]);
                format!(
                    "{one} {operator} {every} ({})",
                    self.query_of(scope, &[ty], depth)
                )
            }
            _ => {
                let word = self.random.one(&["true", "false", "unknown"]);
                format!(
                    "({}) is {not}{word}",
                    self.expression(scope, "boolean", depth)
                )
            }
        }
    }

    /// Any type.
    pub(crate) fn type_name(&mut self) -> String {
        let common = [
            "integer",
            "text",
            "numeric",
            "boolean",
            "bigint",
            "timestamp with time zone",
            "date",
            "jsonb",
        ];
        if self.random.chance(40) {
            return self.random.one(&common).to_owned();
        }
        let all: Vec<&String> = self.world.catalog.types.keys().collect();
        self.random
            .pick(&all)
            .map_or_else(|| "text".to_owned(), |it| (*it).clone())
    }

    /// A type whose values have an order; seldom another.
    pub(crate) fn sorted_type(&mut self) -> String {
        for _ in 0..8 {
            let name = self.type_name();
            if self.world.catalog.types[&name].sorts || self.random.chance(3) {
                return name;
            }
        }
        "integer".to_owned()
    }
}
