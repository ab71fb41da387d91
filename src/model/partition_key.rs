//! What `partition by` says, and what it asks of keys and of the bounds of partitions.

use smol_str::SmolStr;

use crate::binder::Place;
use crate::diagnostic::Code;
use crate::expression::Expression;
use crate::model::check::check_own_expression;
use crate::model::index_check::check_partition_key;
use crate::model::names::unknown_column;
use crate::name::Name;
use crate::schema::{Column, IndexElement, Named, ObjectId, Refusal, Schema, Table};
use crate::token::{Token, identifier, lex, quote_identifier};

/// `partition by` taken apart.
#[derive(Debug, Default)]
pub struct PartitionKey {
    /// `range`, `list` or `hash`.
    pub strategy: SmolStr,
    pub elements: Vec<Element>,
}

/// One element of a partition key.
#[derive(Debug)]
pub struct Element {
    pub by: By,
    /// The last part of its name.
    pub collation: Option<SmolStr>,
    /// As it was written.
    pub operator_class: Option<SmolStr>,
}

/// What rows are put to partitions by.
#[derive(Debug)]
pub enum By {
    Column(SmolStr),
    Expression(Expression),
}

impl By {
    /// The column, or that it is an expression.
    #[must_use]
    pub fn shown(&self) -> SmolStr {
        let column = match self {
            Self::Column(column) => Some(column),
            Self::Expression(it) => it.only_column(),
        };
        column.cloned().unwrap_or_else(|| "(expression)".into())
    }
}

impl PartitionKey {
    /// What `partition_by` says: the strategy, and in parentheses columns and expressions, each with a collation and an
    /// operator class (`PartitionSpec` of gram.y).
    #[must_use]
    pub fn parse(partition_by: &str) -> Self {
        let tokens = lex(partition_by, 0, partition_by.len()).unwrap_or_default();
        let [strategy, open, inside @ .., _] = tokens.as_slice() else {
            return Self::default();
        };
        debug_assert!(
            open.is(partition_by, "("),
            "a partition key is in parentheses"
        );
        Self {
            strategy: identifier(strategy.text(partition_by)),
            elements: at_commas(inside, partition_by)
                .into_iter()
                .filter_map(|tokens| Element::parse(tokens, partition_by))
                .collect(),
        }
    }

    /// The columns that the key reads.
    pub fn columns(&self) -> impl Iterator<Item = &SmolStr> {
        self.elements.iter().flat_map(|element| match &element.by {
            By::Column(column) => vec![column],
            By::Expression(expression) => expression.columns().collect(),
        })
    }
}

/// The stretches of `tokens` between commas that stand in no parentheses.
#[must_use]
pub fn at_commas<'a>(tokens: &'a [Token], text: &str) -> Vec<&'a [Token]> {
    let mut depth = 0_usize;
    tokens
        .split(|token| {
            match token.text(text) {
                "(" | "[" => depth += 1,
                ")" | "]" => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && token.is(text, ",")
        })
        .collect()
}

impl Element {
    fn parse(tokens: &[Token], text: &str) -> Option<Self> {
        let (first, rest) = tokens.split_first()?;
        let opens = |token: &Token| token.is(text, "(");
        // A column may be followed by `collate` and an operator class, a call by its arguments.
        if !opens(first) && !rest.first().is_some_and(|it| opens(it) || it.is(text, ".")) {
            return Some(Self::with(
                By::Column(identifier(first.text(text))),
                rest,
                text,
            ));
        }
        let mut depth = 0_usize;
        let closed = tokens.iter().position(|token| {
            if opens(token) {
                depth += 1;
            } else if token.is(text, ")") {
                depth = depth.saturating_sub(1);
                return depth == 0;
            }
            false
        })?;
        let (start, end) = (first.start as usize, tokens[closed].end as usize);
        let by = By::Expression(Expression::parse(&text[start..end]).ok()?);
        Some(Self::with(by, &tokens[closed + 1..], text))
    }

    /// A key with what stands behind it: `[collate name] [operator class]`.
    fn with(by: By, behind: &[Token], text: &str) -> Self {
        let mut behind = behind;
        let mut collation = None;
        if let [first, rest @ ..] = behind
            && first.text(text).eq_ignore_ascii_case("collate")
        {
            // Names with dots between.
            let mut end = 1;
            while rest.get(end).is_some_and(|it| it.is(text, ".")) {
                end += 2;
            }
            let (name, after) = rest.split_at(end.min(rest.len()));
            collation = name.last().map(|it| identifier(it.text(text)));
            behind = after;
        }
        let operator_class = behind
            .first()
            .zip(behind.last())
            .map(|(first, last)| text[first.start as usize..last.end as usize].into());
        Self {
            by,
            collation,
            operator_class,
        }
    }
}

/// Refuses a partition key that its table cannot have (`ComputePartitionAttrs`).
pub fn check(name: &Name, table: &Table, schema: &Schema) -> Result<(), Refusal> {
    let Some(partition_by) = &table.partition_by else {
        return Ok(());
    };
    let key = PartitionKey::parse(partition_by);
    let refuse = |message: String, help: &str, word: &str| {
        Err(Refusal::new(Code::InvalidPartition, message)
            .help(help)
            .at(["partition".into(), SmolStr::new(word)]))
    };
    if !["range", "list", "hash"].contains(&key.strategy.as_str()) {
        return refuse(
            format!("there is no partitioning method \"{}\"", key.strategy),
            "use `range`, `list` or `hash`",
            &key.strategy,
        );
    }
    if key.strategy == "list" && key.elements.len() > 1 {
        return refuse(
            format!("table \"{name}\" is partitioned by list, which allows only one column"),
            "partition by one column or expression, or by `range` or `hash`",
            "list",
        );
    }
    for element in &key.elements {
        match &element.by {
            By::Column(column) => {
                let Some(found) = table.column(column) else {
                    // The name of the table is its whole row.
                    let is_computed = table.columns.iter().any(|it| it.generated.is_some());
                    if *column == name.name && !is_computed {
                        continue;
                    }
                    return Err(unknown_column(column, table, name).at(["partition"]));
                };
                if found.generated.is_some() {
                    return refuse(
                        format!(
                            "the partition key cannot contain the generated column \"{column}\""
                        ),
                        "partition by a plain column",
                        column,
                    );
                }
            }
            By::Expression(expression) => {
                check_own_expression(expression, Place::PartitionKey, name, table, schema)
                    .map_err(|it| it.at(["partition"]))?;
                if let Some(column) = generated(expression, name, table) {
                    return refuse(
                        format!(
                            "the partition key cannot contain the generated column \"{column}\""
                        ),
                        "partition by plain columns",
                        "by",
                    );
                }
                // It is computed at once, since all in it is immutable.
                if expression.columns().next().is_none() {
                    return refuse(
                        format!(
                            "`{}` is a constant, so it cannot be a partition key",
                            expression.text()
                        ),
                        "partition by a column",
                        "by",
                    );
                }
            }
        }
    }
    let elements = key.elements.iter().filter_map(|it| {
        let expression = match &it.by {
            By::Column(column) => Expression::parse(quote_identifier(column).as_ref()).ok()?,
            By::Expression(expression) => expression.clone(),
        };
        Some(IndexElement {
            operator_class: it.operator_class.clone(),
            ..IndexElement::over(expression)
        })
    });
    let elements: Vec<IndexElement> = elements.collect();
    check_partition_key(&elements, &key.strategy, (name, table), schema)
        .map_err(|it| it.at(["partition"]))
}

/// The generated column that an expression reads, by its name or with the whole row.
fn generated<'a>(expression: &Expression, name: &Name, table: &'a Table) -> Option<&'a SmolStr> {
    let is_whole = |it: &SmolStr| *it == name.name && table.column(it).is_none();
    let has_whole = expression.columns().any(is_whole);
    let mut found = table.columns.iter().filter(|it| it.generated.is_some());
    let found = found.find(|it| has_whole || expression.columns().any(|read| *read == it.name));
    found.map(|it| &it.name)
}

/// A column of a unique key or index, with what an index may say of it.
#[derive(Debug, Clone, Copy)]
pub struct Unique<'a> {
    pub column: &'a SmolStr,
    pub collation: Option<&'a Name>,
    pub operator_class: Option<&'a SmolStr>,
}

impl<'a> Unique<'a> {
    /// The columns of a key, of which it says nothing more.
    #[must_use]
    pub fn key(columns: &'a [SmolStr]) -> Vec<Self> {
        let columns = columns.iter().map(|column| Self {
            column,
            collation: None,
            operator_class: None,
        });
        columns.collect()
    }

    /// The elements of an index that are columns.
    #[must_use]
    pub fn index(elements: &'a [IndexElement]) -> Vec<Self> {
        let plain = elements.iter().filter(|it| it.expression.is_column());
        let columns = plain.filter_map(|it| {
            Some(Self {
                column: it.expression.columns().next()?,
                collation: it.collation.as_ref(),
                operator_class: it.operator_class.as_ref(),
            })
        });
        columns.collect()
    }

    /// Refuses a column that tells values apart otherwise than the partitions do: equal values could then lie in two of them
    /// (`DefineIndex`).
    fn check(&self, element: &Element, column: &Column, table: &Name) -> Result<(), Refusal> {
        let own = column.collation.as_ref().map_or("default", |it| &it.name);
        let wanted = element.collation.as_deref().unwrap_or(own);
        let collation = self.collation.map_or(own, |it| &it.name);
        let class = |it: Option<&SmolStr>| equality(it.map(SmolStr::as_str), column);
        let (message, help) = if collation != wanted {
            let message = format!(
                "column \"{}\" has the collation \"{collation}\" in the key, but \"{wanted}\" in `partition by` of table \"{table}\"",
                self.column
            );
            (message, "use the same collation in both".to_owned())
        } else if class(self.operator_class) != class(element.operator_class.as_ref()) {
            let message = format!(
                "column \"{}\" uses a different equality operator in the key from that in `partition by` of table \"{table}\"",
                self.column
            );
            (message, "use the same operator class in both".to_owned())
        } else {
            return Ok(());
        };
        Err(Refusal::new(Code::InvalidPartition, message)
            .help(help)
            .at([self.column.clone()])
            .contradicts(ObjectId::Relation(table.clone())))
    }
}

/// Which of the equalities of a type an operator class has: those of `record_image_ops` and, on a text, of `bpchar_ops` are
/// others than the type's own.
fn equality(operator_class: Option<&str>, column: &Column) -> &'static str {
    match operator_class {
        Some("record_image_ops") => "image",
        Some("bpchar_ops" | "bpchar_pattern_ops") => "padded",
        None if column.sql_type.scalar() == Some("bpchar") => "padded",
        Some(_) | None => "",
    }
}

/// Refuses a unique key or index of a partitioned table that does not hold all by which it is partitioned (`DefineIndex`).
pub fn check_unique(columns: &[Unique<'_>], table: &Table, name: &Name) -> Result<(), Refusal> {
    let Some(partition_by) = &table.partition_by else {
        return Ok(());
    };
    let names: Vec<&str> = columns.iter().map(|it| it.column.as_str()).collect();
    for mut element in PartitionKey::parse(partition_by).elements {
        // A column in parentheses is a column.
        if let By::Expression(expression) = &element.by
            && let Some(column) = expression.only_column()
            && table.column(column).is_some()
        {
            element.by = By::Column(column.clone());
        }
        let (message, help) = match &element.by {
            By::Column(column) => {
                let found = table.column(column);
                let own = columns.iter().filter(|it| it.column == column);
                let checks: Vec<Result<(), Refusal>> = own
                    .filter_map(|it| Some(it.check(&element, found?, name)))
                    .collect();
                if checks.iter().any(Result::is_ok) {
                    continue;
                }
                if let Some(Err(refusal)) = checks.into_iter().next() {
                    return Err(refusal);
                }
                (
                    format!(
                        "the key must contain column \"{column}\", because table \"{name}\" is partitioned by it"
                    ),
                    format!("add the column: ({}, {column})", names.join(", ")),
                )
            }
            By::Expression(expression) => (
                format!(
                    "table \"{name}\" is partitioned by the expression {}, so a key cannot be unique across its partitions",
                    expression.text()
                ),
                "add the key to each partition instead".to_owned(),
            ),
        };
        let first = columns.first().map(|it| it.column.clone());
        return Err(Refusal::new(Code::InvalidPartition, message)
            .help(help)
            .at(first)
            .contradicts(ObjectId::Relation(name.clone())));
    }
    Ok(())
}

/// The default partition of the partitioned table `name`.
#[must_use]
pub fn default_partition<'a>(schema: &'a Schema, name: &Name) -> Option<&'a Name> {
    schema
        .dependents(&ObjectId::Relation(name.clone()))
        .filter_map(Named::table)
        .find(|(_, table)| {
            let hung = table.partition_of.as_ref();
            hung.is_some_and(|it| it.parent == *name && it.bound == "default")
        })
        .map(|it| it.0)
}
