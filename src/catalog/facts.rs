//! An object as a list of facts: what a comparison compares, one after the other, and how each is told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};
use smol_str::{SmolStr, format_smolstr};

use crate::expression::Expression;
use crate::model::partition_key::{By, PartitionKey, at_commas};
use crate::name::Name;
use crate::schema::{
    Column, Composite, Constraint, ConstraintKind, Domain, Enum, Extension, ForeignKey, Generated,
    Identity, Index, IndexElement, Key, Namespace, Object, Partition, Sequence, Table, Type,
    operator_class, operator_name, reloptions,
};
use crate::sql_type::access_method::access_method;
use crate::token::lex;

/// One thing that can be said of an object. `facts.sql` says the same of what a server has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// Two are the same if their words are.
    Words(SmolStr),
    List(Vec<SmolStr>),
    /// Another object, or a column of it.
    Name(Name, Option<SmolStr>),
    Names(Vec<Name>),
    /// Two are the same if the server reads them alike. The type, where one is known, is what the value becomes.
    Expression(Expression, Option<String>),
    /// How a table is partitioned: `range (at)`. Its strategy and columns are facts in words, too.
    PartitionKey(SmolStr),
    /// The bound of a partition of this table: `for values in (1)`.
    Bound(Name, SmolStr),
    /// The author left it open: the same as anything.
    Anything,
}

impl Fact {
    /// As `facts.sql` says it; none of what the server says in expressions alone.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        let name = |it: &Name| json!({"schema": it.schema, "name": it.name});
        Some(match self {
            Self::Words(words) => json!(words),
            Self::List(all) => json!(all),
            Self::Name(it, None) => name(it),
            Self::Name(it, Some(column)) => {
                json!({"schema": it.schema, "name": it.name, "column": column})
            }
            Self::Names(all) => all.iter().map(name).collect(),
            Self::Anything => Value::Null,
            Self::Expression(..) | Self::PartitionKey(_) | Self::Bound(..) => return None,
        })
    }
}

/// The facts of a part by what they tell, such as `the type`.
pub type Part = BTreeMap<SmolStr, Fact>;

/// The facts of each part of an object, by the name of the part, such as `column email`; those of the object itself have
/// none. A part that the other object has not is told as a whole.
pub type Facts = BTreeMap<String, Part>;

/// Facts of one part as they are gathered.
#[derive(Default)]
struct Gathered(Part);

impl Gathered {
    fn fact(&mut self, what: impl Into<SmolStr>, fact: Fact) {
        self.0.insert(what.into(), fact);
    }

    fn words(&mut self, what: impl Into<SmolStr>, words: impl Into<SmolStr>) {
        self.fact(what, Fact::Words(words.into()));
    }

    /// Says nothing where there is nothing, so that it can be told as missing.
    fn maybe(&mut self, what: impl Into<SmolStr>, words: Option<impl Into<SmolStr>>) {
        if let Some(words) = words {
            self.words(what, words);
        }
    }

    fn list<'a>(&mut self, what: &'static str, words: impl IntoIterator<Item = &'a SmolStr>) {
        let words: Vec<SmolStr> = words.into_iter().cloned().collect();
        if !words.is_empty() {
            self.fact(what, Fact::List(words));
        }
    }

    fn name(&mut self, what: &'static str, name: &Name) {
        self.fact(what, Fact::Name(name.clone(), None));
    }

    fn expression(
        &mut self,
        what: impl Into<SmolStr>,
        expression: Option<&Expression>,
        sql_type: Option<String>,
    ) {
        if let Some(expression) = expression {
            self.fact(what, Fact::Expression(expression.clone(), sql_type));
        }
    }

    fn comment(&mut self, comment: Option<&SmolStr>) {
        self.maybe("the comment", comment.cloned());
    }
}

/// The types of a partition key's elements, where they are columns.
pub(super) type KeyTypes = Vec<Option<String>>;

/// What is said of `object`.
#[must_use]
pub fn facts(object: &Object) -> Facts {
    let mut facts = Facts::new();
    let mut own = Gathered::default();
    match object {
        Object::Namespace(Namespace { comment }) => own.comment(comment.as_ref()),
        Object::Extension(it) => extension(it, &mut own),
        Object::Type(Type::Enum(Enum { values, comment })) => {
            own.words("it", "an enum");
            own.list("the values", values);
            own.comment(comment.as_ref());
        }
        Object::Type(Type::Composite(it)) => composite(it, &mut own, &mut facts),
        Object::Type(Type::Domain(it)) => domain(it, &mut own, &mut facts),
        Object::Table(it) => table(it, &mut own, &mut facts),
        Object::Index(it) => index(it, &mut own),
        Object::Sequence(it) => sequence(it, &mut own),
        // Its definition is not known.
        Object::Opaque(_) => {}
    }
    facts.insert(String::new(), own.0);
    facts
}

fn extension(it: &Extension, own: &mut Gathered) {
    let Extension {
        schema,
        version,
        comment,
    } = it;
    for (what, value) in [
        ("the schema", schema),
        ("the version", version),
        ("the comment", comment),
    ] {
        let fact = value.clone().map(Fact::Words);
        own.fact(what, fact.unwrap_or(Fact::Anything));
    }
}

fn composite(it: &Composite, own: &mut Gathered, facts: &mut Facts) {
    let Composite {
        attributes,
        attribute_comments,
        comment,
    } = it;
    own.words("it", "a composite type");
    own.list("the attributes", attributes.iter().map(|it| &it.0));
    own.comment(comment.as_ref());
    for (name, sql_type, collation) in attributes {
        let mut part = Gathered::default();
        part.words("the type", sql_type.within("pg_catalog"));
        part.maybe(
            "the collation",
            collation.as_ref().and_then(collation_words),
        );
        part.comment(attribute_comments.get(name));
        facts.insert(format!("attribute {name}"), part.0);
    }
}

fn domain(it: &Domain, own: &mut Gathered, facts: &mut Facts) {
    let Domain {
        base,
        collation,
        default,
        not_null,
        checks,
        not_valid,
        check_comments,
        comment,
    } = it;
    let type_words = base.within("pg_catalog").to_string();
    own.words("it", "a domain");
    own.words("the type", type_words.clone());
    own.maybe(
        "the collation",
        collation.as_ref().and_then(collation_words),
    );
    own.expression(
        "the default",
        default_of(default.as_ref()),
        Some(type_words),
    );
    own.words("null", null_words(*not_null));
    own.comment(comment.as_ref());
    for (name, expression) in checks {
        let mut part = Gathered::default();
        part.expression(
            "the expression",
            Some(expression),
            Some("boolean".to_owned()),
        );
        part.words("validation", validation_words(!not_valid.contains(name)));
        part.comment(check_comments.get(name));
        facts.insert(format!("check {name}"), part.0);
    }
}

fn table(it: &Table, own: &mut Gathered, facts: &mut Facts) {
    let Table {
        unlogged,
        columns,
        constraints,
        inherits,
        of: _,
        partition_by,
        partition_of,
        options,
        tablespace,
        comment,
    } = it;
    own.words("it", if *unlogged { "unlogged" } else { "logged" });
    if !inherits.is_empty() {
        own.fact("the parents", Fact::Names(inherits.clone()));
    }
    if let Some(partition_by) = partition_by {
        let key = PartitionKey::parse(partition_by);
        own.words("the partitioning", key.strategy.clone());
        let columns: Vec<SmolStr> = key.elements.iter().map(|it| it.by.shown()).collect();
        own.list("the columns of the partition key", &columns);
        own.fact(
            "the partition key",
            Fact::PartitionKey(partition_by.clone()),
        );
    }
    if let Some(Partition { parent, bound }) = partition_of {
        own.name("the partitioned table", parent);
        own.fact("the bound", Fact::Bound(parent.clone(), bound.clone()));
    }
    let (of_toast, options): (Vec<_>, Vec<_>) = reloptions(options)
        .into_iter()
        .partition(|it| it.starts_with("toast."));
    own.list("the storage parameters", &options);
    own.list("the storage parameters of TOAST", &of_toast);
    own.maybe("the tablespace", tablespace_words(tablespace.as_ref()));
    own.comment(comment.as_ref());
    for it in columns {
        facts.insert(format!("column {}", it.name), column(it));
    }
    let is_column = |name: &SmolStr| columns.iter().any(|it| it.name == *name);
    for (name, it) in constraints {
        let part = constraint(it, partition_by.is_some(), is_column);
        facts.insert(format!("constraint {name}"), part);
    }
}

fn column(it: &Column) -> Part {
    let Column {
        name: _,
        sql_type,
        collation,
        not_null,
        default,
        identity,
        generated,
        comment,
        inherited,
        own,
    } = it;
    let type_words = sql_type.within("pg_catalog").to_string();
    let mut part = Gathered::default();
    part.words("the type", type_words.clone());
    part.maybe(
        "the collation",
        collation.as_ref().and_then(collation_words),
    );
    part.words("null", null_words(*not_null));
    part.expression(
        "the default",
        default_of(default.as_ref()),
        Some(type_words.clone()),
    );
    if let Some(Identity { always, sequence }) = identity {
        part.words(
            "the identity",
            if *always { "always" } else { "by default" },
        );
        part.name("the sequence of the identity", sequence);
    }
    if let Some(Generated { expression, stored }) = generated {
        part.words("generated", if *stored { "stored" } else { "virtual" });
        part.expression("the expression", Some(expression), Some(type_words));
    }
    part.words("its origin", origin(*inherited, *own));
    part.comment(comment.as_ref());
    part.0
}

/// A key of a partitioned table cannot be used until all partitions have it, which the model does not follow.
fn constraint(it: &Constraint, is_partitioned: bool, is_column: impl Fn(&SmolStr) -> bool) -> Part {
    let Constraint {
        kind,
        deferrable,
        initially_deferred,
        validated,
        comment,
        index_comment,
        inherited,
        own,
    } = it;
    let mut part = Gathered::default();
    match kind {
        ConstraintKind::PrimaryKey(it) => {
            part.words("it", "a primary key");
            key(it, &mut part);
        }
        ConstraintKind::Unique(it) => {
            part.words("it", "a unique constraint");
            key(it, &mut part);
        }
        ConstraintKind::ForeignKey(it) => {
            part.words("it", "a foreign key");
            foreign_key(it, &mut part);
        }
        ConstraintKind::Check {
            expression,
            no_inherit,
        } => {
            part.words(
                "it",
                if *no_inherit {
                    "a check, no inherit"
                } else {
                    "a check"
                },
            );
            // The row of the table is none of its columns.
            let columns: BTreeSet<&SmolStr> =
                expression.columns().filter(|it| is_column(it)).collect();
            part.list("the columns", columns);
            part.expression(
                "the expression",
                Some(expression),
                Some("boolean".to_owned()),
            );
        }
        ConstraintKind::Exclusion(it) => {
            let crate::schema::Exclusion {
                method,
                elements,
                include,
                options,
                tablespace,
                predicate,
            } = it;
            part.words("it", "an exclusion constraint");
            part.words("the method", method.as_str());
            for (number, (it, operator)) in (1..).zip(elements) {
                element(number, it, method, &mut part);
                let operator = operator_name(operator);
                part.words(
                    format_smolstr!("the operator of element {number}"),
                    operator,
                );
            }
            part.list("the included columns", include);
            part.list("the storage parameters", &reloptions(options));
            part.maybe("the tablespace", tablespace_words(tablespace.as_ref()));
            part.expression(
                "the predicate",
                predicate.as_ref(),
                Some("boolean".to_owned()),
            );
        }
    }
    part.words(
        "deferral",
        match (deferrable, initially_deferred) {
            (_, true) => "initially deferred",
            (true, false) => "deferrable",
            (false, false) => "not deferrable",
        },
    );
    part.words("validation", validation_words(*validated));
    part.words("its origin", origin(*inherited, *own));
    part.comment(comment.as_ref());
    part.maybe("the comment of its index", index_comment.clone());
    if kind.has_index() {
        part.fact("the state", state(!is_partitioned));
    }
    part.0
}

fn key(it: &Key, part: &mut Gathered) {
    let Key {
        columns,
        include,
        nulls_not_distinct,
        options,
        tablespace,
        // Nothing of the catalogue tells it but the numbers of objects.
        age: _,
    } = it;
    part.list("the columns", columns);
    part.list("the included columns", include);
    part.words("nulls", distinct_words(*nulls_not_distinct));
    part.list("the storage parameters", &reloptions(options));
    part.maybe("the tablespace", tablespace_words(tablespace.as_ref()));
}

fn foreign_key(it: &ForeignKey, part: &mut Gathered) {
    let ForeignKey {
        columns,
        table,
        references,
        match_full,
        on_delete,
        on_update,
        on_delete_columns,
        index,
    } = it;
    part.list("the columns", columns);
    part.name("the referenced table", table);
    part.list("the referenced columns", references);
    part.words("the match", if *match_full { "full" } else { "simple" });
    part.words("on delete", on_delete.words());
    part.list("the columns of on delete", on_delete_columns);
    part.words("on update", on_update.words());
    part.words("the referenced index", index.clone());
}

fn index(it: &Index, own: &mut Gathered) {
    let Index {
        table,
        unique,
        method,
        elements,
        include,
        nulls_not_distinct,
        options,
        tablespace,
        predicate,
        comment,
        // Nothing of the catalogue tells it but that the index is invalid until others are attached.
        only,
        parent,
        age: _,
    } = it;
    own.words("it", if *unique { "unique" } else { "not unique" });
    own.name("the table", table);
    own.words("the method", method.as_str());
    for (number, it) in (1..).zip(elements) {
        element(number, it, method, own);
    }
    own.list("the included columns", include);
    own.words("nulls", distinct_words(*nulls_not_distinct));
    own.list("the storage parameters", &reloptions(options));
    own.maybe("the tablespace", tablespace_words(tablespace.as_ref()));
    own.expression(
        "the predicate",
        predicate.as_ref(),
        Some("boolean".to_owned()),
    );
    if let Some(parent) = parent {
        own.name("the index of the partitioned table", parent);
    }
    own.fact("the state", state(!only));
    own.comment(comment.as_ref());
}

/// Whether queries can use an index. One that is made on a partitioned table alone is invalid until those of all partitions are
/// attached.
fn state(is_whole: bool) -> Fact {
    if is_whole {
        Fact::Words(SmolStr::new_static("valid"))
    } else {
        Fact::Anything
    }
}

fn element(number: usize, it: &IndexElement, method: &str, part: &mut Gathered) {
    let IndexElement {
        expression,
        collation,
        operator_class,
        descending,
        nulls_first,
    } = it;
    match expression.only_column() {
        Some(column) => part.words(format_smolstr!("element {number}"), column.clone()),
        None => part.expression(format_smolstr!("element {number}"), Some(expression), None),
    }
    part.maybe(
        format_smolstr!("the collation of element {number}"),
        collation.as_ref().map(|it| it.name.clone()),
    );
    part.maybe(
        format_smolstr!("the operator class of element {number}"),
        operator_class
            .as_ref()
            .and_then(|it| class_words(it, method)),
    );
    if method == "btree" {
        let order = match (descending, nulls_first.filter(|it| it != descending)) {
            (true, Some(false)) => "desc nulls last",
            (true, _) => "desc",
            (false, Some(true)) => "asc nulls first",
            (false, _) => "asc",
        };
        part.words(format_smolstr!("the order of element {number}"), order);
    }
}

fn sequence(it: &Sequence, own: &mut Gathered) {
    let Sequence {
        sql_type,
        start,
        increment,
        minimum,
        maximum,
        cache,
        cycle,
        unlogged,
        owned_by,
        identity,
        comment,
    } = it;
    own.words("the type", sql_type.within("pg_catalog"));
    for (what, number) in [
        ("the start", start),
        ("the increment", increment),
        ("the minimum", minimum),
        ("the maximum", maximum),
        ("the cache", cache),
    ] {
        own.words(what, number.to_string());
    }
    own.words("cycling", if *cycle { "on" } else { "off" });
    // One that a column owns follows its table on newer servers; older ones log them all.
    if owned_by.is_none() && *unlogged {
        own.words("it", "unlogged");
    }
    if let Some((table, column)) = owned_by {
        own.fact("the owner", Fact::Name(table.clone(), Some(column.clone())));
    }
    own.words(
        "the purpose",
        if *identity {
            "an identity column"
        } else {
            "general use"
        },
    );
    own.comment(comment.as_ref());
}

/// What is said of a partition key besides its strategy and its columns, which are `columns` of the table.
pub(super) fn partition_key_facts(partition_by: &str, columns: &[Arc<Column>]) -> Facts {
    let key = PartitionKey::parse(partition_by);
    let mut facts = Facts::new();
    for (number, element) in key.elements.iter().enumerate() {
        let mut part = Gathered::default();
        let column = match &element.by {
            By::Column(column) => Some(column),
            By::Expression(it) => it.only_column(),
        };
        if let (By::Expression(it), None) = (&element.by, column) {
            part.expression("the expression", Some(it), None);
        }
        if let Some(column) = column {
            // The column's own need not be said.
            let column = columns.iter().find(|it| it.name == *column);
            let own = column.and_then(|it| it.collation.as_ref());
            let collation = element.collation.as_deref();
            let is_said = |it: &&str| own.is_none_or(|own| own.name != **it) && *it != "default";
            part.maybe("the collation", collation.filter(is_said));
        }
        let method = if key.strategy == "hash" {
            "hash"
        } else {
            "btree"
        };
        let class = element.operator_class.as_ref();
        part.maybe(
            "the operator class",
            class.and_then(|it| class_words(it, method)),
        );
        facts.insert(
            format!("element {} of the partition key", number + 1),
            part.0,
        );
    }
    facts
}

/// What is said of a bound; `types` are those of the partition key, where they are known.
pub(super) fn bound_facts(bound: &str, types: &KeyTypes) -> Facts {
    let mut facts = Facts::new();
    let mut part = Gathered::default();
    part.words("the form", bound_form(bound));
    facts.insert("bound".to_owned(), part.0);
    for (number, (value, sql_type)) in bound_values(bound, types).into_iter().enumerate() {
        let mut part = Gathered::default();
        match Expression::parse(&value).ok().filter(|it| !is_word(it)) {
            Some(it) => part.expression("the value", Some(&it), sql_type),
            None => part.words("the value", value),
        }
        facts.insert(format!("value {} of the bound", number + 1), part.0);
    }
    facts
}

/// The types of the elements of a table's partition key, where they are columns.
pub(super) fn key_types(table: &Table) -> KeyTypes {
    let key = table.partition_by.as_deref().map(PartitionKey::parse);
    let elements = key.into_iter().flat_map(|it| it.elements);
    elements
        .map(|it| match it.by {
            By::Column(column) => {
                let column = table.column(&column)?;
                Some(column.sql_type.within("pg_catalog").to_string())
            }
            By::Expression(_) => None,
        })
        .collect()
}

/// The words of a bound without its values.
fn bound_form(bound: &str) -> String {
    let tokens = lex(bound, 0, bound.len()).unwrap_or_default();
    let mut depth = 0_usize;
    let mut words = Vec::new();
    for token in &tokens {
        match token.text(bound) {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            word if depth == 0 => words.push(word.to_ascii_lowercase()),
            _ => {}
        }
    }
    words.join(" ")
}

/// The values of a bound, each with the type that it becomes.
fn bound_values(bound: &str, types: &KeyTypes) -> Vec<(String, Option<String>)> {
    let tokens = lex(bound, 0, bound.len()).unwrap_or_default();
    let is_list = bound_form(bound) == "for values in";
    let mut values = Vec::new();
    let mut depth = 0_usize;
    let mut start = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token.text(bound) {
            "(" => {
                depth += 1;
                if depth == 1 {
                    start = at + 1;
                }
            }
            ")" => {
                depth = depth.saturating_sub(1);
                if depth > 0 {
                    continue;
                }
                let inside = at_commas(&tokens[start..at], bound);
                for (place, value) in inside.into_iter().enumerate() {
                    let (Some(first), Some(last)) = (value.first(), value.last()) else {
                        continue;
                    };
                    let text = &bound[first.start as usize..last.end as usize];
                    let place = if is_list { 0 } else { place };
                    let sql_type = types.get(place).cloned().flatten();
                    values.push((text.to_owned(), sql_type));
                }
            }
            _ => {}
        }
    }
    for (value, _) in &mut values {
        let is_keyword = ["minvalue", "maxvalue", "null"]
            .iter()
            .any(|it| value.eq_ignore_ascii_case(it));
        let is_hash = value.split_whitespace().count() == 2;
        if is_keyword || is_hash {
            *value = value.to_ascii_lowercase();
        }
    }
    values
}

/// `minvalue` and the like, which look like columns.
fn is_word(expression: &Expression) -> bool {
    expression.is_column() || expression.text() == "null"
}

/// No default, and one that is null, are the same.
fn default_of(default: Option<&Expression>) -> Option<&Expression> {
    default.filter(|it| {
        it.text() != "null" && !it.text().starts_with("null::") && !it.text().starts_with("NULL::")
    })
}

fn null_words(not_null: bool) -> &'static str {
    if not_null { "not null" } else { "nullable" }
}

fn validation_words(validated: bool) -> &'static str {
    if validated { "valid" } else { "not valid" }
}

fn distinct_words(nulls_not_distinct: bool) -> &'static str {
    if nulls_not_distinct {
        "not distinct"
    } else {
        "distinct"
    }
}

fn origin(inherited: bool, own: bool) -> &'static str {
    match (inherited, own) {
        (false, _) => "local",
        (true, true) => "local and inherited",
        (true, false) => "inherited",
    }
}

/// The default collation need not be said.
fn collation_words(collation: &Name) -> Option<SmolStr> {
    (collation.name != "default").then(|| collation.name.clone())
}

fn tablespace_words(tablespace: Option<&SmolStr>) -> Option<&str> {
    tablespace
        .map(SmolStr::as_str)
        .filter(|it| *it != "pg_default")
}

/// An operator class without its schema; none where it is a default one.
fn class_words(class: &str, method: &str) -> Option<String> {
    let (name, parameters) = operator_class(class)?;
    let is_default = parameters.is_empty()
        && access_method(method)
            .is_some_and(|method| method.classes.iter().any(|it| it.0 == name && it.2));
    (!is_default).then(|| format!("{name}{parameters}"))
}
