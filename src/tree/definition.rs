//! Statements that define, change and drop objects, as far as raw SQL needs to be understood.

use std::ops::Range;

use smol_str::SmolStr;

use crate::tree::{Expr, Name, Query, Statement, TypeName};

/// One statement that is no query and changes no rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Definition {
    View(Box<View>),
    TableAs(Box<TableAs>),
    Function(Box<Function>),
    Trigger(Box<Trigger>),
    Policy(Box<Policy>),
    Rule(Box<Rule>),
    /// `create statistics`.
    Statistics {
        name: Option<Name>,
        if_not_exists: bool,
        table: Name,
        /// What is collected (`ndistinct`, …), each with its place.
        kinds: Vec<(SmolStr, Range<usize>)>,
        values: Vec<Expr>,
    },
    /// `create collation`, `operator`, `access method` and what is foreign.
    Options(Box<Options>),
    EventTrigger(Box<EventTrigger>),
    /// `create table`, as far as its clauses exclude each other.
    Table(Box<RawTable>),
    /// `create publication`, and `alter publication` but for its owner and name.
    Publication(Box<Publication>),
    Truncate(Truncate),
    /// An `alter` whose actions are read.
    Alter(Box<Alter>),
    /// `create type … as range (…)`: its subtype and the name of its multirange.
    Range {
        name: Name,
        subtype: TypeName,
        multirange: Option<Name>,
        /// The function behind `subtype_diff`.
        difference: Option<Choice>,
    },
    /// `create type t`, alone.
    Shell(Name),
    /// `drop KIND name, …`.
    Drop(Drop),
    /// What an `alter`, `comment`, `grant`, `revoke`, `truncate`, `refresh`, `cluster`, `analyze`, … names: each must be
    /// there. What an `alter` is about stands first; if it need not be there and is not, the rest is not looked for either.
    /// Left out is what the statement itself adds, and a column that it drops `if exists`.
    Names(Vec<Named>),
    /// Not understood.
    Opaque,
}

/// `create [or replace] [materialized] view`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a word of the statement"
)]
pub struct View {
    pub name: Name,
    pub columns: Vec<SmolStr>,
    pub query: Query,
    pub or_replace: bool,
    pub if_not_exists: bool,
    pub temporary: bool,
    pub materialized: bool,
    pub recursive: bool,
}

/// `create table … as` and `select … into`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableAs {
    pub name: Name,
    pub columns: Vec<SmolStr>,
    /// Absent for `execute`.
    pub query: Option<Query>,
    pub if_not_exists: bool,
    pub temporary: bool,
    pub unlogged: bool,
}

/// `create [or replace] function`, `procedure` and `aggregate`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a word of the statement"
)]
pub struct Function {
    pub name: Name,
    pub kind: FunctionKind,
    pub or_replace: bool,
    pub parameters: Vec<Parameter>,
    /// What follows `returns`; absent where nothing does. `setof` is said in it. For an aggregate absent.
    pub returns: Option<TypeName>,
    /// `returns table (…)`: also among the parameters, as [`Mode::Table`].
    pub returns_table: bool,
    pub language: Option<SmolStr>,
    /// `immutable`, `stable` or `volatile` where said.
    pub volatility: Option<SmolStr>,
    pub strict: bool,
    pub security_definer: bool,
    /// `window`.
    pub window: bool,
    pub body: FunctionBody,
    /// What is said of a function besides, in the order of the text: the attribute (`volatility`, `strict`, `cost`, …), and
    /// where it stands. Those that may stand twice (`set …`) are left out.
    pub attributes: Vec<(SmolStr, Range<usize>)>,
    /// Of an aggregate whether it sorts its arguments itself: `(… order by …)`.
    pub ordered: bool,
    /// For an aggregate its options by their names (`sfunc`, `stype`, …), as they are written: quotes stay, comments go.
    /// The `basetype` of the old syntax is among the parameters too.
    pub options: Vec<(SmolStr, SmolStr)>,
}

/// What `create` makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionKind {
    Function,
    Procedure,
    Aggregate,
}

/// What a function does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FunctionBody {
    /// `as '…'`: the text without its quotes, and where it begins and ends with them.
    Text(SmolStr, Range<usize>),
    /// `begin atomic … end`. A `return x` in it stands as `select x`.
    Atomic(Vec<Statement>),
    /// `return expression`.
    Return(Box<Expr>),
    /// None that can be read: `as 'file', 'symbol'`.
    None,
}

/// A parameter of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    pub name: Option<SmolStr>,
    pub mode: Mode,
    pub sql_type: TypeName,
    pub default: Option<Expr>,
}

/// Whether a parameter goes in or out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    In,
    Out,
    InOut,
    Variadic,
    Table,
}

/// `create [or replace] [constraint] trigger`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    pub name: SmolStr,
    pub table: Name,
    pub or_replace: bool,
    pub constraint: bool,
    pub timing: Timing,
    pub events: Vec<Event>,
    /// `for each row`.
    pub for_each_row: bool,
    pub condition: Option<Expr>,
    pub function: Name,
    /// `referencing old table as …`.
    pub old_table: Option<SmolStr>,
    pub new_table: Option<SmolStr>,
    /// `from t` of a constraint trigger.
    pub from: Option<Name>,
}

/// When a trigger runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timing {
    Before,
    After,
    InsteadOf,
}

/// What a trigger waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Insert,
    Delete,
    Truncate,
    /// The columns of `update of …`.
    Update(Vec<(SmolStr, Range<usize>)>),
}

/// `create policy` and `alter policy`, but for `alter policy … rename`, which is a [`Definition::Names`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    pub name: Name,
    pub table: Name,
    /// Whether it is an `alter`.
    pub alter: bool,
    /// Without `public` and the words that stand for a role (`current_user`, …).
    pub roles: Vec<Name>,
    pub using: Option<Expr>,
    pub check: Option<Expr>,
}

/// `create [or replace] rule`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub name: SmolStr,
    pub table: Name,
    pub or_replace: bool,
    /// `select`, `insert`, `update`, `delete`.
    pub event: SmolStr,
    pub instead: bool,
    pub condition: Option<Expr>,
    pub actions: Vec<Statement>,
}

/// What is made by options in parentheses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The words of the kind, as in [`Named`].
    pub kind: SmolStr,
    pub name: Name,
    /// What must be there.
    pub names: Vec<Named>,
    /// Of an access method its function, `index` or `table`. Of what is foreign `handler`, `validator`, `option` (its value is
    /// the number of the list and the name of the option) and `constraint`. Of a schema the schemas that its elements name.
    pub options: Vec<Choice>,
}

/// `create table` with what the language does not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawTable {
    pub name: Name,
    pub if_not_exists: bool,
    pub temporary: bool,
    pub columns: Vec<RawColumn>,
    pub of_type: Option<TypeName>,
    pub partition_of: Option<Name>,
    pub partitioned: bool,
    /// Behind `using`.
    pub method: Option<Name>,
    /// The lists of columns of `on update set null (…)`.
    pub update_lists: Vec<Range<usize>>,
}

/// A column of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawColumn {
    pub name: SmolStr,
    pub range: Range<usize>,
    /// Absent where only options are written.
    pub sql_type: Option<TypeName>,
    pub compression: Option<(SmolStr, Range<usize>)>,
    /// Where its values come from, in the order of the text.
    pub sources: Vec<(ColumnSource, Range<usize>)>,
}

/// Where the values of a column come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnSource {
    Default,
    Identity,
    /// `generated always as (…)`.
    Generated,
    /// `generated by default as (…)`, which there is not.
    GeneratedByDefault,
}

/// `create event trigger`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventTrigger {
    pub name: Name,
    pub event: (SmolStr, Range<usize>),
    /// The variables of `when`, each with its values.
    pub filters: Vec<EventFilter>,
    pub function: Name,
    /// Whether arguments are written.
    pub arguments: bool,
}

/// `tag in ('CREATE TABLE')`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventFilter {
    pub variable: SmolStr,
    pub range: Range<usize>,
    pub values: Vec<(SmolStr, Range<usize>)>,
}

/// `create publication` and `alter publication`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    pub name: Name,
    pub change: PublicationChange,
    /// `for all tables`.
    pub all_tables: bool,
    pub objects: Vec<Published>,
    pub options: Vec<Choice>,
}

/// What is done to a publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublicationChange {
    Create,
    Add,
    Set,
    Drop,
}

/// What a publication publishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// A `table` with its columns, or a `schema`; the name of `current_schema` has no parts.
    pub named: Named,
    /// Whether no word before it says which of them it is.
    pub bare: bool,
    /// Whether a list of columns is written.
    pub listed: bool,
    pub filter: Option<Expr>,
}

/// One option: `name = value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Folded as names are.
    pub name: SmolStr,
    /// As it is written; empty where there is none.
    pub value: SmolStr,
    pub range: Range<usize>,
}

/// `truncate`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truncate {
    /// The tables, and whether `only` stands before each.
    pub tables: Vec<(Named, bool)>,
    pub cascade: bool,
}

/// An `alter` of something that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alter {
    /// All that it names, as in [`Definition::Names`]: the first is what it is about.
    pub names: Vec<Named>,
    pub actions: Vec<Action>,
}

/// What an `alter` does, as far as it is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// `inherit t`.
    Inherit(Name),
    /// `no inherit t`.
    NoInherit(Name),
    /// `of t`.
    OfType(TypeName),
    /// `set logged` and `set unlogged`: whether it is the first.
    SetLogged(bool),
    /// `replica identity using index i`.
    ReplicaIdentity(Name),
    /// `cluster on i`; without an index `set without cluster`.
    Cluster(Option<Name>),
    /// `attach partition i` of an index.
    AttachIndex(Name),
    /// `alter column 1 set statistics …` of an index: the number of the column.
    IndexStatistics(SmolStr, Range<usize>),
    /// `alter column a set (…)`.
    ColumnOptions(Range<usize>),
    AddAttribute {
        name: SmolStr,
        sql_type: TypeName,
        cascade: bool,
    },
    DropAttribute {
        name: SmolStr,
        if_exists: bool,
        cascade: bool,
    },
    AlterAttribute {
        name: SmolStr,
        sql_type: TypeName,
        cascade: bool,
    },
    /// `alter constraint c …`.
    AlterConstraint {
        not_valid: Option<Range<usize>>,
        no_inherit: Option<Range<usize>>,
        /// `not deferrable` with `initially deferred`, or with `deferrable`.
        contradicts: Option<Range<usize>>,
    },
    /// `rename column a` and `rename constraint c` of `only` a table.
    RenameOnly {
        name: SmolStr,
        is_column: bool,
        range: Range<usize>,
    },
    /// `reset (a = 1)`: the option with a value.
    ResetValue(Range<usize>),
    /// `grant` and `revoke`: the privileges with lists of columns or without, and the kind of what they are for.
    Grant {
        on: SmolStr,
        privileges: Vec<(SmolStr, bool, Range<usize>)>,
    },
    /// `rename to` of a policy, rule or trigger.
    Rename(SmolStr, Range<usize>),
    /// Words that exclude each other: `refresh … concurrently … with no data`.
    Contradiction(Range<usize>),
    /// What a domain gets: a check that counts at once, or `not null`.
    DomainRule,
    /// `set (…)`.
    Set(Vec<Choice>),
    /// The functions and options of a foreign data wrapper, as in [`Options`].
    Handlers(Vec<Choice>),
}

/// `drop …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drop {
    pub objects: Vec<Named>,
    pub if_exists: bool,
    pub cascade: bool,
}

/// An object that a statement names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The words of the kind in lower case, as SQL writes them before a name: `table`, `materialized view`, `function`, `role`, …;
    /// `relation` where a statement takes any relation that has rows (`grant … on t`, `truncate`: `table` is said there or not).
    /// `role` also for `user` and `group`, `language` also for `procedural language`, `server` also for `foreign server`;
    /// `constraint` is one of a table, `domain constraint` one of a domain.
    pub kind: SmolStr,
    /// For a `user mapping` the role (or its word), for a `transform` the language. A `cast` has none: no parts, and the
    /// range of its parentheses.
    pub name: Name,
    /// The types of a function's arguments where they are written, without those of mode `out`; for an aggregate and an
    /// operator too (an operand that is missing is the text `none`), the two types of a cast, the type of a transform.
    pub arguments: Option<Vec<TypeName>>,
    /// The table of a trigger, policy, rule or constraint, or the domain of a constraint; the table of an index that is
    /// looked for in that table's schema (`cluster t using i`); the server of a user mapping.
    pub on: Option<Name>,
    /// Columns that are named of it: `grant select (a) on t`, `alter column a`, `comment on column`, `publication … table t (a)`;
    /// of a composite type its attributes.
    pub columns: Vec<(SmolStr, Range<usize>)>,
    /// `if exists`: it need not be there.
    pub if_exists: bool,
}
