//! An object as a list of facts: what a comparison compares, one after the other, and how each is told.

use std::collections::BTreeMap;
use std::sync::Arc;

use smol_str::SmolStr;

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

/// One thing that can be said of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fact {
    /// Two are the same if their words are.
    Words(String),
    /// Two are the same if the server reads them alike. The type, where one is known, is what the value becomes.
    Expression(Expression, Option<String>),
    /// The author left it open: the same as anything.
    Anything,
}

/// The facts of each part of an object, by the name of the part, such as `column email`; those of the object itself have
/// none. A part that the other object has not is told as a whole.
pub(super) type Facts = BTreeMap<String, BTreeMap<&'static str, Fact>>;

/// The facts of one part.
#[derive(Default)]
struct Part(BTreeMap<&'static str, Fact>);

impl Part {
    fn words(&mut self, what: &'static str, words: impl Into<String>) {
        self.0.insert(what, Fact::Words(words.into()));
    }

    /// Says nothing where there is nothing, so that it can be told as missing.
    fn maybe(&mut self, what: &'static str, words: Option<impl Into<String>>) {
        if let Some(words) = words {
            self.words(what, words);
        }
    }

    fn list<'a>(&mut self, what: &'static str, words: impl IntoIterator<Item = &'a SmolStr>) {
        let words: Vec<&str> = words.into_iter().map(SmolStr::as_str).collect();
        self.maybe(what, (!words.is_empty()).then(|| words.join(", ")));
    }

    fn expression(
        &mut self,
        what: &'static str,
        expression: Option<&Expression>,
        sql_type: Option<String>,
    ) {
        if let Some(expression) = expression {
            let column = expression.only_column();
            let expression = column.map_or_else(|| expression.clone(), |it| Expression::column(it));
            self.0.insert(what, Fact::Expression(expression, sql_type));
        }
    }

    fn comment(&mut self, comment: Option<&SmolStr>) {
        self.maybe("the comment", comment.map(SmolStr::as_str));
    }
}

/// The types of a partition key's elements, where they are columns.
pub(super) type KeyTypes = Vec<Option<String>>;

/// What is said of `object`. `keys` tells the types of the partition key of a table, for the bounds of its partitions.
pub(super) fn facts(object: &Object, keys: impl Fn(&Name) -> KeyTypes) -> Facts {
    let mut facts = Facts::new();
    let mut own = Part::default();
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
        Object::Table(it) => table(it, &mut own, &mut facts, keys),
        Object::Index(it) => index(it, &mut own),
        Object::Sequence(it) => sequence(it, &mut own),
        // Its definition is not known.
        Object::Opaque(_) => {}
    }
    facts.insert(String::new(), own.0);
    facts
}

fn extension(it: &Extension, own: &mut Part) {
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
        let fact = value.as_ref().map(|it| Fact::Words(it.to_string()));
        own.0.insert(what, fact.unwrap_or(Fact::Anything));
    }
}

fn composite(it: &Composite, own: &mut Part, facts: &mut Facts) {
    let Composite {
        attributes,
        attribute_comments,
        comment,
    } = it;
    own.words("it", "a composite type");
    own.list("the attributes", attributes.iter().map(|it| &it.0));
    own.comment(comment.as_ref());
    for (name, sql_type, collation) in attributes {
        let mut part = Part::default();
        part.words("the type", sql_type.within("pg_catalog"));
        part.maybe(
            "the collation",
            collation.as_ref().and_then(collation_words),
        );
        part.comment(attribute_comments.get(name));
        facts.insert(format!("attribute {name}"), part.0);
    }
}

fn domain(it: &Domain, own: &mut Part, facts: &mut Facts) {
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
        let mut part = Part::default();
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

fn table(it: &Table, own: &mut Part, facts: &mut Facts, keys: impl Fn(&Name) -> KeyTypes) {
    let Table {
        unlogged,
        columns,
        constraints,
        inherits,
        partition_by,
        partition_of,
        options,
        tablespace,
        comment,
    } = it;
    own.words("it", if *unlogged { "unlogged" } else { "logged" });
    let parents: Vec<SmolStr> = inherits.iter().map(Name::qualified).collect();
    own.list("the parents", &parents);
    if let Some(partition_by) = partition_by {
        partitioned(partition_by, columns, own, facts);
    }
    if let Some(Partition { parent, bound }) = partition_of {
        own.words("the partitioned table", parent.qualified());
        let mut part = Part::default();
        part.words("the form", bound_form(bound));
        facts.insert("bound".to_owned(), part.0);
        for (number, (value, sql_type)) in
            bound_values(bound, &keys(parent)).into_iter().enumerate()
        {
            let mut part = Part::default();
            match Expression::parse(&value).ok().filter(|it| !is_word(it)) {
                Some(it) => part.expression("the value", Some(&it), sql_type),
                None => part.words("the value", value),
            }
            facts.insert(format!("value {} of the bound", number + 1), part.0);
        }
    }
    own.list("the storage parameters", &reloptions(options));
    own.maybe("the tablespace", tablespace_words(tablespace.as_ref()));
    own.comment(comment.as_ref());
    for it in columns {
        facts.insert(format!("column {}", it.name), column(it));
    }
    for (name, it) in constraints {
        facts.insert(format!("constraint {name}"), constraint(it));
    }
}

fn column(it: &Column) -> BTreeMap<&'static str, Fact> {
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
    let mut part = Part::default();
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
        part.words("the sequence of the identity", sequence.qualified());
    }
    if let Some(Generated { expression, stored }) = generated {
        part.words("generated", if *stored { "stored" } else { "virtual" });
        part.expression("the expression", Some(expression), Some(type_words));
    }
    part.words("its origin", origin(*inherited, *own));
    part.comment(comment.as_ref());
    part.0
}

fn constraint(it: &Constraint) -> BTreeMap<&'static str, Fact> {
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
    let mut part = Part::default();
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
            let operators: Vec<SmolStr> = elements.iter().map(|it| operator_name(&it.1)).collect();
            part.list("the operators", &operators);
            let elements: Vec<&IndexElement> = elements.iter().map(|it| &it.0).collect();
            all_elements(&elements, method, &mut part);
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
    part.maybe("the comment of its index", index_comment.as_deref());
    part.0
}

fn key(it: &Key, part: &mut Part) {
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

fn foreign_key(it: &ForeignKey, part: &mut Part) {
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
    part.words("the referenced table", table.qualified());
    part.list("the referenced columns", references);
    part.words("the match", if *match_full { "full" } else { "simple" });
    part.words("on delete", on_delete.words());
    part.list("the columns of on delete", on_delete_columns);
    part.words("on update", on_update.words());
    part.words("the key that it rests on", index.as_str());
}

fn index(it: &Index, own: &mut Part) {
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
        only: _,
        parent,
        age: _,
    } = it;
    own.words("it", if *unique { "unique" } else { "not unique" });
    own.words("the table", table.qualified());
    own.words("the method", method.as_str());
    let elements: Vec<&IndexElement> = elements.iter().collect();
    all_elements(&elements, method, own);
    own.list("the included columns", include);
    own.words("nulls", distinct_words(*nulls_not_distinct));
    own.list("the storage parameters", &reloptions(options));
    own.maybe("the tablespace", tablespace_words(tablespace.as_ref()));
    own.expression(
        "the predicate",
        predicate.as_ref(),
        Some("boolean".to_owned()),
    );
    own.maybe(
        "the index of the partitioned table",
        parent.as_ref().map(Name::qualified),
    );
    own.comment(comment.as_ref());
}

/// More columns than an index can have by default (`INDEX_MAX_KEYS`).
const ELEMENTS: [&str; 32] = [
    "element 1",
    "element 2",
    "element 3",
    "element 4",
    "element 5",
    "element 6",
    "element 7",
    "element 8",
    "element 9",
    "element 10",
    "element 11",
    "element 12",
    "element 13",
    "element 14",
    "element 15",
    "element 16",
    "element 17",
    "element 18",
    "element 19",
    "element 20",
    "element 21",
    "element 22",
    "element 23",
    "element 24",
    "element 25",
    "element 26",
    "element 27",
    "element 28",
    "element 29",
    "element 30",
    "element 31",
    "element 32",
];

fn all_elements(elements: &[&IndexElement], method: &str, part: &mut Part) {
    let mut properties = Vec::with_capacity(elements.len());
    for (it, what) in elements.iter().zip(ELEMENTS) {
        let IndexElement {
            expression,
            collation,
            operator_class,
            descending,
            nulls_first,
        } = it;
        part.expression(what, Some(expression), None);
        let mut words = Vec::new();
        if let Some(collation) = collation {
            words.push(format!("collate {}", collation.name));
        }
        if let Some(class) = operator_class
            .as_ref()
            .and_then(|it| class_words(it, method))
        {
            words.push(class);
        }
        if method == "btree" {
            words.push(if *descending { "desc" } else { "asc" }.to_owned());
        }
        match nulls_first.filter(|it| it != descending) {
            Some(true) => words.push("nulls first".to_owned()),
            Some(false) => words.push("nulls last".to_owned()),
            None => {}
        }
        if words.is_empty() {
            words.push("default".to_owned());
        }
        properties.push(words.join(" "));
    }
    part.words("the order", properties.join(", "));
}

fn sequence(it: &Sequence, own: &mut Part) {
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
        own.words("the owner", format!("{}.{column}", table.qualified()));
    }
    own.words("its use", if *identity { "an identity" } else { "any" });
    own.comment(comment.as_ref());
}

fn partitioned(partition_by: &str, columns: &[Arc<Column>], own: &mut Part, facts: &mut Facts) {
    let key = PartitionKey::parse(partition_by);
    own.words(
        "the partitioning",
        format!("{}, {} columns", key.strategy, key.elements.len()),
    );
    for (number, element) in key.elements.iter().enumerate() {
        let mut part = Part::default();
        let column = match &element.by {
            By::Column(column) => {
                part.expression("the expression", Some(&Expression::column(column)), None);
                Some(column)
            }
            By::Expression(it) => {
                part.expression("the expression", Some(it), None);
                it.only_column()
            }
        };
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
        (false, _) => "its own",
        (true, true) => "its own and inherited",
        (true, false) => "inherited",
    }
}

/// The default collation need not be said.
fn collation_words(collation: &Name) -> Option<String> {
    (collation.name != "default").then(|| collation.name.to_string())
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
        && access_method(method).is_some_and(|it| it.classes.iter().any(|it| it.0 == name && it.2));
    (!is_default).then(|| format!("{name}{parameters}"))
}
