//! What names mean where an expression stands: the relations of `from`, at each level of nesting (manual 7.2 and 4.2.1;
//! `parse_relation.c`).

use std::ops::Range;

use smol_str::SmolStr;

use crate::binder::mistake::{Class, Mistake};
use crate::binder::place::Place;
use crate::binder::ty::{Ty, Typed};
use crate::binder::world::Column;
use crate::name::Name;

/// One relation of a `from` list, or a join with the columns that it merges.
#[expect(clippy::struct_excessive_bools, reason = "each says who may see it")]
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// What it is called: its alias, or its name; a join without an alias has none.
    pub(super) alias: Option<SmolStr>,
    /// The relation itself, where it has no alias: `schema.table.column` means it.
    pub(super) relation: Option<Name>,
    /// The relation that its rows are of, under whatever name: for whole rows and keys.
    pub(super) rows_of: Option<Name>,
    pub(super) columns: Vec<Seen>,
    /// Whether it may have more columns than `columns`.
    pub(super) opaque: bool,
    /// Whether its columns can be named alone, and whether its name can stand before them.
    pub(super) by_column: bool,
    pub(super) by_name: bool,
    /// Whether it stands left of the item that is bound, so that only a lateral one sees it.
    pub(super) lateral_only: bool,
    /// Whether the item that is bound may see it, if so: not on the nullable side of some joins.
    pub(super) lateral_ok: bool,
    /// Which source it is, in the whole statement.
    pub(super) id: usize,
}

/// A column of a source.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) name: SmolStr,
    pub(super) typed: Typed,
    /// Which column of which source it is, where a join only passes it on.
    pub(super) origin: Variable,
}

/// A column of a source, by number; `None` stands for the whole row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Variable {
    pub(super) source: usize,
    pub(super) column: Option<usize>,
}

/// The sources of one level of nesting.
#[derive(Debug, Clone, Default)]
pub(super) struct Level {
    pub(super) sources: Vec<Source>,
    /// Whether a lateral item is bound just now.
    pub(super) in_lateral: bool,
    /// Where the expression stands that is bound just now.
    pub(super) place: Option<Place>,
    /// The windows that it defines.
    pub(super) windows: Vec<SmolStr>,
    pub(super) has_aggregate: bool,
    pub(super) has_window: bool,
}

/// What a name was found to be.
#[derive(Debug, Clone)]
pub(super) enum Found {
    Column {
        typed: Typed,
        variable: Variable,
        /// How many levels up it is.
        up: usize,
    },
    /// It may be a column of something whose columns are not known.
    Opaque,
    Nothing,
}

impl Source {
    /// A source whose columns are those of a relation or query.
    pub(super) fn new(id: usize, alias: Option<SmolStr>, columns: &[Column]) -> Self {
        let columns = columns.iter().enumerate().map(|(at, it)| Seen {
            name: it.name.clone(),
            typed: it.typed.clone(),
            origin: Variable {
                source: id,
                column: Some(at),
            },
        });
        Self {
            alias,
            relation: None,
            rows_of: None,
            columns: columns.collect(),
            opaque: false,
            by_column: true,
            by_name: true,
            lateral_only: false,
            lateral_ok: true,
            id,
        }
    }

    /// Whether `parts` name it.
    fn is_called(&self, parts: &[SmolStr]) -> bool {
        match parts {
            [name] => self.alias.as_ref() == Some(name),
            [schema, name] => self
                .relation
                .as_ref()
                .is_some_and(|it| it.schema == *schema && it.name == *name),
            _ => false,
        }
    }

    /// Refuses a source that stands beside a lateral item and cannot be seen by it.
    fn check_lateral(&self, level: &Level, range: &Range<usize>) -> Result<(), Mistake> {
        if !self.lateral_only || self.lateral_ok {
            return Ok(());
        }
        debug_assert!(level.in_lateral, "others do not see it at all");
        let called = self.alias.as_deref().unwrap_or("a join");
        Err(Mistake::new(
            Class::Reference,
            range,
            format!("\"{called}\" cannot be used in this part of the query"),
        )
        .help("a lateral item can only refer to the left side of an inner or left join"))
    }
}

impl Level {
    /// The sources that what is bound just now can see.
    fn visible(&self) -> impl Iterator<Item = &Source> {
        let in_lateral = self.in_lateral;
        self.sources
            .iter()
            .filter(move |it| !it.lateral_only || in_lateral)
    }
}

/// The levels of nesting, the innermost last.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    pub(super) levels: Vec<Level>,
}

impl Scope {
    /// The innermost level.
    pub(super) fn top(&mut self) -> &mut Level {
        self.levels.last_mut().expect("a level is open")
    }

    /// The column that a name alone means (`colNameToVar`).
    pub(super) fn column(&self, name: &SmolStr, range: &Range<usize>) -> Result<Found, Mistake> {
        let mut opaque = false;
        for (up, level) in self.levels.iter().rev().enumerate() {
            let mut found: Option<(&Source, &Seen)> = None;
            for source in level.visible().filter(|it| it.by_column) {
                let mut columns = source.columns.iter().filter(|it| it.name == *name);
                let Some(column) = columns.next() else {
                    opaque |= source.opaque;
                    continue;
                };
                source.check_lateral(level, range)?;
                if found.is_some() || columns.next().is_some() {
                    return Err(ambiguous(name, range));
                }
                found = Some((source, column));
            }
            if let Some((_, column)) = found {
                return Ok(Found::Column {
                    typed: column.typed.clone(),
                    variable: column.origin,
                    up,
                });
            }
            if opaque {
                return Ok(Found::Opaque);
            }
        }
        Ok(Found::Nothing)
    }

    /// The source that `parts` name (`refnameNamespaceItem`), and how many levels up it is.
    pub(super) fn source(
        &self,
        parts: &[SmolStr],
        range: &Range<usize>,
    ) -> Result<Option<(&Source, usize)>, Mistake> {
        for (up, level) in self.levels.iter().rev().enumerate() {
            let mut found: Option<&Source> = None;
            for source in level
                .visible()
                .filter(|it| it.by_name && it.is_called(parts))
            {
                source.check_lateral(level, range)?;
                if found.is_some() {
                    let called = parts.join(".");
                    return Err(Mistake::new(
                        Class::AmbiguousAlias,
                        range,
                        format!(
                            "\"{called}\" is ambiguous: more than one item of `from` has that name"
                        ),
                    )
                    .help("give each of them an alias of its own"));
                }
                found = Some(source);
            }
            if let Some(source) = found {
                return Ok(Some((source, up)));
            }
        }
        Ok(None)
    }

    /// The names of all columns that can be seen, for advice.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let levels = self.levels.iter().rev();
        levels
            .flat_map(|it| &it.sources)
            .filter(|it| it.by_column)
            .flat_map(|it| &it.columns)
            .map(|it| it.name.as_str())
    }

    /// Whether any level holds something whose columns are not known.
    pub(super) fn is_opaque(&self) -> bool {
        let mut sources = self.levels.iter().flat_map(|it| &it.sources);
        sources.any(|it| it.opaque)
    }
}

impl Source {
    /// The column of that name.
    pub(super) fn column(
        &self,
        name: &SmolStr,
        range: &Range<usize>,
    ) -> Result<Option<&Seen>, Mistake> {
        let mut columns = self.columns.iter().filter(|it| it.name == *name);
        let first = columns.next();
        if columns.next().is_some() {
            return Err(ambiguous(name, range));
        }
        Ok(first)
    }

    /// The type of its whole row.
    pub(super) fn row(&self) -> Ty {
        match &self.rows_of {
            Some(name) => Ty::Row(name.clone()),
            None if self.opaque => Ty::Opaque,
            None => Ty::RECORD,
        }
    }
}

fn ambiguous(name: &SmolStr, range: &Range<usize>) -> Mistake {
    Mistake::new(
        Class::AmbiguousColumn,
        range,
        format!("column \"{name}\" is ambiguous"),
    )
    .help("write the table before it")
}
