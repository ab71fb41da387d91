//! SQL as a tree of our own: expressions, queries, and the statements that change rows. Names are as written, folded;
//! nothing is resolved here. What the reader does not understand is [`ExprKind::Opaque`], about which nobody judges.

pub mod definition;
mod parts;
mod statement;

use std::ops::Range;

use smol_str::SmolStr;

pub use statement::{
    Assignment, ColumnTarget, ConflictAction, ConflictElement, ConflictTarget, Delete, Insert,
    Merge, MergeAction, MergeClause, MergeWhen, OnConflict, Overriding, Statement, Update,
};

/// An expression and its bytes in the text that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expr {
    pub kind: ExprKind,
    pub range: Range<usize>,
}

/// What an expression is, by the names of PostgreSQL's documentation, chapters 4.2, 9 and 10.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExprKind {
    Literal(Literal),
    /// `a`, `t.a`, `s.t.a`; whether the first parts are a table's or a composite column's is not known here.
    Column(Vec<SmolStr>),
    /// `t.*` as an argument, an element of a row, or a target; the parts before the star.
    Star(Vec<SmolStr>),
    /// `(composite).field`.
    Field(Box<Expr>, Name),
    /// `(composite).*`.
    FieldStar(Box<Expr>),
    Call(Call),
    /// `current_date`, `current_user`, …: functions without parentheses, by their word in lower case; those with a
    /// precision (`current_time(3)`) too.
    Keyword(SmolStr),
    /// An operator that is found by its name; `left` is absent for a prefix operator. `like`, `ilike` and their
    /// negations stand here as `~~`, `~~*`, `!~~`, `!~~*`; `!=` as `<>`.
    Operator {
        operator: Operator,
        left: Option<Box<Expr>>,
        right: Box<Expr>,
    },
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    /// `is [not] null` and `isnull`, `notnull`.
    IsNull(Box<Expr>),
    /// `is [not] true|false|unknown`: the operand is boolean.
    IsBoolean(Box<Expr>),
    /// `is [not] distinct from`.
    IsDistinct(Box<Expr>, Box<Expr>),
    /// `is [not] document`, `is [not] json`, `is [not] normalized`: gives a boolean.
    IsOther(Box<Expr>),
    /// `similar to`, with its `escape`; `like … escape …` is `LikeEscape`.
    SimilarTo {
        left: Box<Expr>,
        right: Box<Expr>,
        escape: Option<Box<Expr>>,
    },
    /// `a [not] like|ilike b escape c`; the operator as in [`ExprKind::Operator`].
    LikeEscape {
        operator: SmolStr,
        left: Box<Expr>,
        right: Box<Expr>,
        escape: Box<Expr>,
    },
    AtTimeZone(Box<Expr>, Box<Expr>),
    Between {
        operand: Box<Expr>,
        low: Box<Expr>,
        high: Box<Expr>,
    },
    /// `a in (b, c)` and `not in`.
    In(Box<Expr>, Vec<Expr>),
    /// `a in (select …)` and `not in`; the left side may be a row.
    InQuery(Box<Expr>, Box<Query>),
    /// `a = any (array)`, `some`, `all`.
    Quantified {
        left: Box<Expr>,
        operator: Operator,
        right: Box<Expr>,
    },
    /// `a = any (select …)`.
    QuantifiedQuery {
        left: Box<Expr>,
        operator: Operator,
        query: Box<Query>,
    },
    /// `x::t`, `cast(x as t)`, `t 'literal'`.
    Cast(Box<Expr>, TypeName),
    Collate(Box<Expr>, Name),
    /// `array[…]`; a nested `[…]` is an `Array` too.
    Array(Vec<Expr>),
    ArrayQuery(Box<Query>),
    /// `row(…)` and `(a, b)`.
    Row(Vec<Expr>),
    Case {
        operand: Option<Box<Expr>>,
        arms: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
    /// `coalesce`, `greatest`, `least`: the arguments become one type.
    Common(Common, Vec<Expr>),
    /// `nullif(a, b)`.
    NullIf(Box<Expr>, Box<Expr>),
    /// `x[1]`, `x[1:2]`: `slice` says which. Bounds that are left out are absent.
    Subscript {
        base: Box<Expr>,
        bounds: Vec<Expr>,
        slice: bool,
    },
    Subquery(Box<Query>),
    Exists(Box<Query>),
    /// `grouping(a, b)`.
    Grouping(Vec<Expr>),
    /// `default` where a value stands.
    Default,
    /// `$1`.
    Parameter(u32),
    /// Anything else: XML and JSON constructors and what nobody thought of. Its parts are looked at for names.
    Opaque(Vec<Expr>),
}

/// The functions of variable type that the grammar knows by a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Common {
    Coalesce,
    Greatest,
    Least,
}

/// A constant as its text says, without quotes and escapes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    /// `'…'`, `E'…'`, `U&'…'`, `$$…$$`: of type unknown.
    String(SmolStr),
    /// `1`, `1.5`, `1e3`, `0x1F`, as written.
    Number(SmolStr),
    Boolean(bool),
    Null,
    /// `B'101'` and `X'1F'`.
    Bits(SmolStr),
}

/// A name of an object as written, folded, with its schema if there is one, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub parts: Vec<SmolStr>,
    pub range: Range<usize>,
}

/// An operator: `+`, or `operator(schema.+)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    pub schema: Option<SmolStr>,
    pub name: SmolStr,
    pub range: Range<usize>,
}

/// A type as written; [`crate::sql_type::parse`] reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeName {
    /// Without `setof`.
    pub text: SmolStr,
    pub set_of: bool,
    pub range: Range<usize>,
}

/// A call of a function by its name, or by a syntax that PostgreSQL turns into one: `extract(f from x)` is
/// `pg_catalog.extract('f', x)`, `substring(a from b)` is `pg_catalog.substring(a, b)`, `trim(both a from b)` is
/// `pg_catalog.btrim(b, a)`, `position(a in b)` is `pg_catalog.position(b, a)`, `overlay` likewise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub function: Name,
    pub arguments: Vec<Argument>,
    /// `f(*)`.
    pub star: bool,
    pub distinct: bool,
    /// `order by` among the arguments.
    pub order_by: Vec<SortBy>,
    /// `within group (order by …)`.
    pub within_group: Option<Vec<SortBy>>,
    pub filter: Option<Box<Expr>>,
    pub over: Option<Over>,
    /// Whether a syntax of its own wrote it (`extract(…)`), which no `schema.name(…)` did.
    pub by_grammar: bool,
}

/// An argument of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// `name => value`.
    pub name: Option<SmolStr>,
    pub variadic: bool,
    pub value: Expr,
}

/// What follows `over`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Over {
    /// A window of the `window` clause.
    Named(SmolStr),
    Spec(Box<Window>),
}

/// What a window is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Window {
    /// The window that it starts from.
    pub base: Option<SmolStr>,
    pub partition_by: Vec<Expr>,
    pub order_by: Vec<SortBy>,
    /// `range`, `rows` or `groups` where a frame is said.
    pub frame: Option<Frame>,
}

/// The frame of a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// `range`, `rows`, `groups`.
    pub unit: SmolStr,
    /// The offsets of `x preceding` and `x following`.
    pub offsets: Vec<Expr>,
}

/// One item of `order by`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortBy {
    pub value: Expr,
    /// `using >`.
    pub using: Option<Operator>,
}

/// A query with all that may stand around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    pub with: Option<With>,
    pub body: Body,
    pub order_by: Vec<SortBy>,
    /// The values of `limit`, `offset` and `fetch`.
    pub limit: Vec<Expr>,
    /// Whether `for update` or its kin is said.
    pub locks: bool,
    pub range: Range<usize>,
}

/// What a query is without `with`, `order by` and `limit`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    Select(Box<Select>),
    /// Rows of expressions, in which `default` may stand where an `insert` has them.
    Values(Vec<Vec<Expr>>),
    /// `table t`.
    Table(Name),
    /// `union`, `intersect`, `except`; whether `all` is said.
    Set {
        operation: SetOperation,
        all: bool,
        left: Box<Query>,
        right: Box<Query>,
    },
    /// A query in parentheses.
    Nested(Box<Query>),
    /// Not understood.
    Opaque,
}

/// A set operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetOperation {
    Union,
    Intersect,
    Except,
}

/// A plain `select`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Select {
    /// `distinct` and the expressions of `distinct on (…)`.
    pub distinct: Option<Vec<Expr>>,
    pub targets: Vec<Target>,
    /// `select … into t`.
    pub into: Option<Into>,
    pub from: Vec<From>,
    pub filter: Option<Expr>,
    pub group_by: Vec<GroupBy>,
    pub having: Option<Expr>,
    pub windows: Vec<(SmolStr, Window)>,
}

/// The table that `select … into` makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Into {
    pub name: Name,
    pub temporary: bool,
}

/// One item of a `select` list or of `returning`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// `*`.
    Star(Range<usize>),
    /// Its column is called `name`: the alias, or what PostgreSQL makes of the expression (`FigureColname`).
    /// `t.*` is an [`ExprKind::Star`] here. The name is empty where a star or a table stands, whose columns are not
    /// known here: `t.*`, `(t).*`, `(select * from t)`, `(table t)`.
    Value {
        value: Expr,
        name: SmolStr,
        has_alias: bool,
    },
}

/// One item of `group by`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupBy {
    Value(Expr),
    /// `()`, `(a, b)` in grouping sets, `rollup`, `cube`, `grouping sets`.
    Sets(Vec<Self>),
}

/// One item of a `from` list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    Relation {
        name: Name,
        alias: Option<Alias>,
        /// `tablesample …`: its arguments.
        sample: Vec<Expr>,
    },
    Query {
        query: Box<Query>,
        lateral: bool,
        alias: Option<Alias>,
    },
    /// A function, or several in `rows from (…)`, each with the column definitions that stand inside of it.
    Functions {
        calls: Vec<(Expr, Vec<ColumnDefinition>)>,
        /// `rows from (…)` is said.
        rows_from: bool,
        ordinality: bool,
        lateral: bool,
        alias: Option<Alias>,
    },
    Join(Box<Join>),
    /// `xmltable`, `json_table`, `graph_table`: columns unknown.
    Opaque {
        parts: Vec<Expr>,
        alias: Option<Alias>,
    },
}

/// A join of two items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    pub kind: JoinKind,
    pub left: From,
    pub right: From,
    pub condition: JoinCondition,
    /// `(a join b …) as x`.
    pub alias: Option<Alias>,
}

/// The kind of a join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
    Cross,
}

/// What a join compares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JoinCondition {
    None,
    Natural,
    On(Expr),
    /// The columns, and the alias of `using (…) as x`.
    Using(Vec<(SmolStr, Range<usize>)>, Option<SmolStr>),
}

/// What follows `as` in `from`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Alias {
    pub name: Option<SmolStr>,
    /// `as t (a, b)`.
    pub columns: Vec<SmolStr>,
    /// `as t (a int, b text)`.
    pub definitions: Vec<ColumnDefinition>,
    pub range: Range<usize>,
}

/// A column with its type, for a function that returns records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnDefinition {
    pub name: SmolStr,
    pub sql_type: TypeName,
    pub collation: Option<Name>,
}

/// `with [recursive]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct With {
    pub recursive: bool,
    pub tables: Vec<CommonTable>,
}

/// A common table expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommonTable {
    pub name: SmolStr,
    pub columns: Vec<SmolStr>,
    pub statement: Statement,
    /// The column that `search` adds.
    pub search: Option<SmolStr>,
    pub cycle: Option<Cycle>,
    pub range: Range<usize>,
}

/// The columns that `cycle` adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle {
    pub mark: SmolStr,
    /// `to … default …`, whose common type the mark has; without them it is boolean.
    pub values: Option<Box<(Expr, Expr)>>,
    pub path: SmolStr,
}
