//! Parse analysis without a server: what the names of expressions and queries mean, which types they have, and what
//! PostgreSQL would refuse. What the history does not tell is opaque, and never judged.
//!
//! Sources: PostgreSQL's manual, chapters 4.2, 7 and 10.

mod assignment;
mod bound;
mod call;
mod candidate;
mod changed;
mod coerce;
mod column;
mod common_table;
mod comparison;
mod conflict;
mod constant;
mod construct;
mod context;
mod conversion;
mod expression;
mod frame;
mod from;
mod function;
mod generic;
mod group;
mod insert;
mod join;
mod known;
mod literal;
mod lookup;
mod merge;
mod mistake;
mod named_cast;
mod operator;
mod order;
mod output;
mod parameter;
mod place;
mod query;
mod relation;
mod resolve;
mod scope;
mod set_operation;
mod sort;
mod stored;
mod table_function;
mod target;
mod ty;
mod view_rows;
mod words;
mod world;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use crate::builtin::Volatility;
use crate::name::Name;
use crate::tree::{self, Expr, TypeName};

use scope::{Scope, Variable};

pub use bound::Bound;
pub use context::{Context, Pathway};
pub use lookup::{Found, Lookup};
pub use mistake::{Class, Mistake};
pub use output::Output;
pub use place::Place;
pub use stored::Stored;
pub use ty::{Ty, Typed};
pub use world::{Column, Relation, World};

/// The result of binding.
pub type Result<T> = std::result::Result<T, Mistake>;

/// What a text was found to use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uses {
    pub relations: BTreeSet<Name>,
    /// Columns of relations that are read or written.
    pub columns: BTreeSet<(Name, SmolStr)>,
    /// Functions of the history.
    pub functions: BTreeSet<Name>,
    /// Primary keys on whose columns others depend where a query groups by them.
    pub keys: BTreeSet<(Name, SmolStr)>,
    /// Types of the history that casts and column definitions name.
    pub types: BTreeSet<Name>,
}

impl Uses {
    /// Takes over what another text uses.
    pub fn add(&mut self, other: Self) {
        self.relations.extend(other.relations);
        self.columns.extend(other.columns);
        self.keys.extend(other.keys);
        self.functions.extend(other.functions);
        self.types.extend(other.types);
    }
}

/// A source by its number: what its columns are of.
#[derive(Debug, Clone, Default)]
struct Origin {
    relation: Option<Name>,
    columns: Vec<SmolStr>,
}

/// Binds the expressions of one text.
#[derive(Debug)]
pub struct Binder<'a> {
    world: World<'a>,
    scope: Scope,
    tables: common_table::Frames,
    origins: Vec<Origin>,
    /// Sources that are a function of one scalar.
    scalars: FxHashSet<usize>,
    /// The columns that were read, by where they stand: which, and at which depth it is.
    variables: BTreeMap<(usize, usize), (Variable, usize)>,
    /// The depths of all columns that were read, in order.
    read_depths: Vec<usize>,
    /// The aggregates, by where they stand, with the depth that they belong to.
    aggregates: FxHashMap<(usize, usize), usize>,
    /// Calls of functions that may be aggregates, by where they begin.
    maybe_aggregates: FxHashSet<usize>,
    /// The type of `value` in the check of a domain.
    domain: Option<Typed>,
    /// Parameters by name and number, inside of a function.
    parameters: Vec<(Option<SmolStr>, Typed)>,
    /// The name of the function that has them.
    function: Option<SmolStr>,
    /// The first thing that is not immutable: what it is, and where.
    changing: Option<(String, Range<usize>)>,
    /// The values that become another type by themselves, by where they stand.
    coercions: FxHashMap<(usize, usize), Ty>,
    uses: Uses,
    /// How many expressions hold that which is bound just now.
    depth: usize,
}

impl<'a> Binder<'a> {
    /// A binder that sees no columns yet.
    #[must_use]
    pub fn new(world: World<'a>) -> Self {
        Self {
            world,
            scope: Scope::default(),
            tables: common_table::Frames::default(),
            origins: Vec::new(),
            scalars: FxHashSet::default(),
            variables: BTreeMap::new(),
            read_depths: Vec::new(),
            aggregates: FxHashMap::default(),
            maybe_aggregates: FxHashSet::default(),
            domain: None,
            parameters: Vec::new(),
            function: None,
            changing: None,
            coercions: FxHashMap::default(),
            uses: Uses::default(),
            depth: 0,
        }
    }

    /// The same inside of a function with these parameters.
    #[must_use]
    pub fn within(mut self, function: SmolStr, parameters: Vec<(Option<SmolStr>, Typed)>) -> Self {
        self.function = Some(function);
        self.parameters = parameters;
        self
    }

    /// The same where `value` is the value of a domain over that type.
    #[must_use]
    pub fn of_domain(mut self, base: Typed) -> Self {
        self.domain = Some(base);
        self
    }

    /// The first thing that is not immutable: what it is, and where.
    #[must_use]
    pub fn changing(&self) -> Option<&(String, Range<usize>)> {
        self.changing.as_ref()
    }

    /// The same expression with the casts written out that PostgreSQL adds to it, as it keeps the expression. It must have been
    /// bound here.
    #[must_use]
    pub fn explicit(&self, expr: &Expr) -> Expr {
        let mut explicit = expr.clone();
        self.write_casts(&mut explicit);
        explicit
    }

    fn write_casts(&self, expr: &mut Expr) {
        expr.for_each_child(&mut |it| self.write_casts(it));
        let Some(ty) = self.coercions.get(&(expr.range.start, expr.range.end)) else {
            return;
        };
        let Some(sql_type) = self.world.sql_type(&ty.clone().plain()) else {
            return;
        };
        let inner = Expr {
            kind: std::mem::replace(&mut expr.kind, tree::ExprKind::Default),
            range: expr.range.clone(),
        };
        let name = TypeName {
            text: sql_type.within("").to_string().into(),
            set_of: false,
            range: expr.range.clone(),
        };
        expr.kind = tree::ExprKind::Cast(Box::new(inner), name);
    }

    /// Notes what is not immutable.
    fn note_change(
        &mut self,
        volatility: Volatility,
        range: &Range<usize>,
        what: impl FnOnce() -> String,
    ) {
        if volatility != Volatility::Immutable && self.changing.is_none() {
            self.changing = Some((what(), range.clone()));
        }
    }

    /// What was used so far.
    #[must_use]
    pub fn uses(&self) -> &Uses {
        &self.uses
    }

    /// Opens a level in which the columns of a relation can be named by its name, and alone.
    pub fn see(&mut self, name: &Name, alias: Option<SmolStr>, columns: &[Column]) {
        self.see_as(name, alias, columns, true);
    }

    /// The same; `alone` says whether its columns can stand without its name.
    pub fn see_as(&mut self, name: &Name, alias: Option<SmolStr>, columns: &[Column], alone: bool) {
        if self.scope.levels.is_empty() {
            self.open();
        }
        let id = self.new_source(Some(name.clone()), columns);
        let is_renamed = alias.is_some();
        let called = alias.unwrap_or_else(|| name.name.clone());
        let mut source = scope::Source::new(id, Some(called), columns);
        source.relation = (!is_renamed).then(|| name.clone());
        source.rows_of = Some(name.clone());
        source.by_column = alone;
        self.scope.top().sources.push(source);
    }

    /// Opens a level in which nothing is known of the columns.
    pub fn see_opaque(&mut self, alias: Option<SmolStr>) {
        if self.scope.levels.is_empty() {
            self.open();
        }
        let id = self.new_source(None, &[]);
        let mut source = scope::Source::new(id, alias, &[]);
        source.opaque = true;
        self.scope.top().sources.push(source);
    }

    /// Binds an expression that stands at `place`.
    pub fn bind(&mut self, expr: &Expr, place: Place) -> Result<Bound> {
        if self.scope.levels.is_empty() {
            self.open();
        }
        self.at(place, |it| it.expr(expr))
    }

    /// Binds an expression that must be boolean.
    pub fn bind_boolean(&mut self, expr: &Expr, place: Place) -> Result<Bound> {
        if self.scope.levels.is_empty() {
            self.open();
        }
        self.at(place, |it| it.boolean(expr, place.words()))
    }

    /// Binds an expression that is stored as a value of type `target`; `stored` says what that is, in messages.
    pub fn bind_assigned(
        &mut self,
        expr: &Expr,
        place: Place,
        stored: &str,
        target: &Typed,
    ) -> Result<Bound> {
        if self.scope.levels.is_empty() {
            self.open();
        }
        let bound = self.at(place, |it| it.expr(expr))?;
        self.assign(bound, stored, target, expr)
    }

    /// Binds a query.
    pub fn bind_query(&mut self, query: &tree::Query) -> Result<Output> {
        self.query(query, true)
    }

    /// Does something at a place.
    fn at<T>(&mut self, place: Place, what: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let Some(level) = self.scope.levels.last_mut() else {
            return what(self);
        };
        let before = level.place.replace(place);
        let depth = self.scope.levels.len();
        let result = what(self);
        if let Some(level) = self.scope.levels.get_mut(depth - 1) {
            level.place = before;
        }
        result
    }

    /// Where the expression stands that is bound just now.
    fn place(&self) -> Option<Place> {
        self.scope.levels.last().and_then(|it| it.place)
    }

    /// A number for a new source.
    fn new_source(&mut self, relation: Option<Name>, columns: &[Column]) -> usize {
        self.origins.push(Origin {
            relation,
            columns: columns.iter().map(|it| it.name.clone()).collect(),
        });
        self.origins.len() - 1
    }

    fn is_scalar(&self, source: usize) -> bool {
        self.scalars.contains(&source)
    }

    /// Notes that a column is read, and where.
    fn note(&mut self, variable: Variable, up: usize, range: &Range<usize>) {
        let depth = self.scope.levels.len() - 1 - up;
        self.variables
            .insert((range.start, range.end), (variable, depth));
        self.read_depths.push(depth);
        self.read_origin(variable);
    }

    /// Notes which column of which relation is read.
    fn read_origin(&mut self, variable: Variable) {
        let origin = &self.origins[variable.source];
        let Some(at) = variable.column else {
            if let Some(relation) = origin.relation.clone() {
                for column in origin.columns.clone() {
                    self.uses.columns.insert((relation.clone(), column));
                }
            }
            return;
        };
        if let (Some(relation), Some(column)) = (&origin.relation, origin.columns.get(at)) {
            self.uses.columns.insert((relation.clone(), column.clone()));
        }
    }

    /// Notes that a type of the history is named.
    fn use_type(&mut self, ty: &Ty) {
        match ty {
            // A row may be that of a table.
            Ty::Row(name) if self.world.schema.type_named(name).is_none() => {
                self.uses.relations.insert(name.clone());
            }
            Ty::Enum(name) | Ty::Domain(name) | Ty::Row(name) => {
                self.uses.types.insert(name.clone());
            }
            Ty::Array(element) => self.use_type(element),
            Ty::Core(_) | Ty::Foreign(_) | Ty::Opaque => {}
        }
    }
}
