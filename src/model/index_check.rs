//! What the method of an index can do, and the operator classes of its columns.
//!
//! Sources: `DefineIndex`, `ComputeIndexAttrs`, `ResolveOpClass` and `GetDefaultOpClass` of `indexcmds.c`.

use smol_str::SmolStr;

use crate::binder::Place;
use crate::diagnostic::Code;
use crate::expression::name_parts;
use crate::model::bind::{self, excluded};
use crate::model::cast::base;
use crate::model::collation::check_collation;
use crate::model::extension_types;
use crate::name::Name;
use crate::schema::{
    Exclusion, Index, IndexElement, ObjectId, Refusal, Schema, Table, Type, operator_mark,
};
use crate::sql_type::access_method::{ACCESS_METHODS, AccessMethod, Class, access_method};
use crate::sql_type::casts::binary_coercible;
use crate::sql_type::catalog::{TypeKind, builtin_type};
use crate::sql_type::{BaseType, SqlType};
use crate::token::lex;

/// What an index or exclusion constraint asks of its method.
struct Asked<'a> {
    method: &'a str,
    /// The table.
    name: &'a Name,
    elements: Vec<&'a IndexElement>,
    include: &'a [SmolStr],
    place: Place,
    /// Whether a unique constraint asks for it.
    is_key: bool,
}

/// Refuses a unique constraint over a column whose values have no order.
pub fn check_key(
    columns: &[SmolStr],
    (name, table): (&Name, &Table),
    schema: &Schema,
) -> Result<(), Refusal> {
    let asked = Asked {
        method: "btree",
        name,
        elements: Vec::new(),
        include: &[],
        place: Place::Index,
        is_key: true,
    };
    let Some(method) = access_method(asked.method) else {
        return Ok(());
    };
    for column in columns {
        if let Some(found) = table.column(column) {
            let sql_type = base(&found.sql_type, schema);
            asked.check_default_class((Some(column), column), &sql_type, method, schema)?;
        }
    }
    Ok(())
}

/// Refuses a partition key whose operator classes PostgreSQL refuses (`ComputePartitionAttrs`).
pub fn check_partition_key(
    elements: &[IndexElement],
    strategy: &str,
    (name, table): (&Name, &Table),
    schema: &Schema,
) -> Result<(), Refusal> {
    let asked = Asked {
        method: if strategy == "hash" { "hash" } else { "btree" },
        name,
        elements: elements.iter().collect(),
        include: &[],
        place: Place::PartitionKey,
        is_key: false,
    };
    for element in elements {
        if let Some(method) = access_method(asked.method) {
            asked.check_class(element, method, table, schema)?;
        }
    }
    Ok(())
}

/// Refuses an index whose method or operator classes PostgreSQL refuses.
pub fn check_index(index: &Index, table: &Table, schema: &Schema) -> Result<(), Refusal> {
    let asked = Asked {
        method: &index.method,
        name: &index.table,
        elements: index.elements.iter().collect(),
        include: &index.include,
        place: Place::Index,
        is_key: false,
    };
    let method = asked.check(table, schema)?;
    if index.unique && !method.is_none_or(|it| it.can_unique) {
        return Err(asked
            .unable("cannot be unique")
            .help("remove `unique`, or remove `using`: btree indexes can be unique")
            .at(["unique"]));
    }
    Ok(())
}

/// The same for an exclusion constraint.
pub fn check_exclusion(
    exclusion: &Exclusion,
    (name, table): (&Name, &Table),
    schema: &Schema,
) -> Result<(), Refusal> {
    for (element, operator) in &exclusion.elements {
        let value = element.expression.text();
        let compared = format!("({value}) {operator} ({value})");
        excluded(&compared, name, table, schema)?;
    }
    let asked = Asked {
        method: &exclusion.method,
        name,
        elements: exclusion.elements.iter().map(|(it, _)| it).collect(),
        include: &exclusion.include,
        place: Place::Exclusion,
        is_key: false,
    };
    let method = asked.check(table, schema)?;
    if !method.is_none_or(|it| it.can_exclude) {
        return Err(Refusal::new(
            Code::InvalidConstraint,
            format!(
                "the method {} does not support exclusion constraints",
                asked.method
            ),
        )
        .help("use gist, spgist or btree")
        .at(["exclude", asked.method]));
    }
    Ok(())
}

impl Asked<'_> {
    /// The method, where it is known.
    fn check(
        &self,
        table: &Table,
        schema: &Schema,
    ) -> Result<Option<&'static AccessMethod>, Refusal> {
        let Some(method) = access_method(self.method) else {
            if is_made_by_hand(schema) || extension_types::may_provide_method(schema, self.method) {
                return Ok(None);
            }
            let refusal = Refusal::new(
                Code::UnknownObject,
                format!("there is no index method \"{}\"", self.method),
            );
            let refusal = match extension_types::provider_of_method(self.method) {
                Some(extension) => refusal.help(extension_types::before(extension)),
                None => refusal.suggest(self.method, ACCESS_METHODS.iter().map(|it| it.name)),
            };
            return Err(refusal.at(["using", self.method]));
        };
        if self.elements.len() > 1 && !method.can_multi_col {
            return Err(self
                .unable("supports only one column")
                .help("create one for each column"));
        }
        if !self.include.is_empty() && !method.can_include {
            return Err(self
                .unable("cannot include columns")
                .help("remove `include`")
                .at(["include"]));
        }
        for element in &self.elements {
            if (element.descending || element.nulls_first.is_some()) && !method.can_order {
                return Err(self
                    .unable("does not support a sort order")
                    .help("remove the sort order: only btree supports one"));
            }
            self.check_class(element, method, table, schema)?;
        }
        Ok(Some(method))
    }

    fn check_class(
        &self,
        element: &IndexElement,
        method: &AccessMethod,
        table: &Table,
        schema: &Schema,
    ) -> Result<(), Refusal> {
        let sql_type = self.element_type(element, table, schema)?;
        if let Some(sql_type) = &sql_type {
            check_collation(element.collation.as_ref(), sql_type, schema)?;
        }
        let sql_type = sql_type.map(|it| base(&it, schema));
        let Some(class) = &element.operator_class else {
            return match sql_type {
                Some(sql_type) => {
                    let text = element.expression.text();
                    let column = element.expression.only_column();
                    let column = column.filter(|_| element.expression.is_column());
                    self.check_default_class((column, text), &sql_type, method, schema)
                }
                None => Ok(()),
            };
        };
        let Some(name) = builtin_class_name(class) else {
            return Ok(());
        };
        let found: Vec<&Class> = method.classes.iter().filter(|it| it.0 == name).collect();
        if found.is_empty() {
            if is_made_by_hand(schema) || extension_types::may_provide_class(schema, &name) {
                return Ok(());
            }
            let refusal = Refusal::new(
                Code::UnknownObject,
                format!(
                    "there is no operator class \"{name}\" for the method {}",
                    method.name
                ),
            );
            let refusal = match extension_types::provider_of_class(&name) {
                Some(extension) => refusal.help(extension_types::before(extension)),
                None => refusal.suggest(&name, method.classes.iter().map(|it| it.0)),
            };
            return Err(refusal.at([name]));
        }
        match sql_type {
            Some(sql_type) if is_known(&sql_type, schema) => {
                if found.iter().any(|it| accepts(it.1, &sql_type, schema)) {
                    return Ok(());
                }
                Err(Refusal::new(
                    Code::InvalidIndex,
                    format!(
                        "the operator class {name} is for {}, not {sql_type}",
                        found[0].1
                    ),
                )
                .help("remove it to use the default operator class of the type")
                .at([name]))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The type of a column or an expression, where it is known; refuses those that no column can have.
    fn element_type(
        &self,
        element: &IndexElement,
        table: &Table,
        schema: &Schema,
    ) -> Result<Option<SqlType>, Refusal> {
        let expression = &element.expression;
        if let Some(column) = expression.only_column().filter(|_| expression.is_column()) {
            return Ok(table.column(column).map(|it| it.sql_type.clone()));
        }
        // What does not bind is told where it is looked at for that.
        let bound = bind::own_expression(expression, self.place, self.name, table, schema);
        let Ok(Some(bound)) = bound else {
            return Ok(None);
        };
        // A literal is a text in an index, and stays without a type in a partition key.
        let is_literal = bound.typed.ty.is_unknown() && self.place != Place::PartitionKey;
        if bound.typed.ty.is_pseudo() && !is_literal {
            return Err(Refusal::new(
                Code::InvalidIndex,
                format!(
                    "{} is {}, which no column can be: it cannot be used in {}",
                    expression.text(),
                    bound.typed.ty,
                    self.called()
                ),
            )
            .help("cast it to a type, or use its parts"));
        }
        Ok(bind::plain_type(bound, schema))
    }

    fn check_default_class(
        &self,
        (column, text): (Option<&SmolStr>, &str),
        sql_type: &SqlType,
        method: &AccessMethod,
        schema: &Schema,
    ) -> Result<(), Refusal> {
        let what = match column {
            Some(column) => format!("column \"{column}\""),
            None => format!("the expression `{text}`"),
        };
        let place = self.called();
        // Of keys, which PostgreSQL takes too, the rows tell.
        let is_index = !self.is_key && self.place != Place::PartitionKey;
        if is_index
            && has_default_class(method, sql_type, schema)
            && let Some(part) = incomparable(method, sql_type, schema)
            && !is_made_by_hand(schema)
        {
            let message = format!(
                "{what} cannot be used in {place} with method {}: {sql_type} contains {part}, whose values cannot be compared",
                method.name
            );
            return Err(Refusal::new(Code::InvalidIndex, message)
                .help("index an expression over the column instead")
                .at(column.cloned()));
        }
        if !is_known(sql_type, schema)
            || has_default_class(method, sql_type, schema)
            || is_made_by_hand(schema)
            || extension_types::may_provide_default_class(schema, method.name)
        {
            return Ok(());
        }
        let others: Vec<&str> = ACCESS_METHODS
            .iter()
            .filter(|it| has_default_class(it, sql_type, schema))
            .map(|it| it.name)
            .collect();
        let refusal = Refusal::new(
            Code::InvalidIndex,
            format!(
                "{what} cannot be used in {place} with method {}: {sql_type} has no default operator class for it",
                method.name
            ),
        );
        let is_scalar = sql_type.scalar().is_some() && others.contains(&"btree");
        Err(match (method.name, sql_type.scalar()) {
            ("gist", _) if is_scalar => refusal.help(extension_types::before("btree_gist")),
            ("gin", Some("text" | "varchar")) => refusal.help("to search text, use the operator class gin_trgm_ops of the extension pg_trgm, or index to_tsvector(…)"),
            ("gin", _) if is_scalar => refusal.help(extension_types::before("btree_gin")),
            (_, Some("json")) => refusal.help("use jsonb, or index an expression such as ((column ->> 'key'))"),
            _ if others.is_empty() => refusal.help("index an expression over the column instead"),
            _ => refusal.help(format!("these methods support it: {}", others.join(", "))),
        }
        .at(column.cloned()))
    }

    /// `an index`, in messages.
    fn called(&self) -> &'static str {
        if self.is_key {
            "a unique constraint"
        } else {
            self.place.words()
        }
    }

    fn unable(&self, what: &str) -> Refusal {
        Refusal::new(
            Code::InvalidIndex,
            format!("{} with method {} {what}", self.place.words(), self.method),
        )
    }
}

/// What an array or composite type holds that the method cannot compare: PostgreSQL takes the index, and the first row stops
/// (`lookup_type_cache`).
fn incomparable(method: &AccessMethod, sql_type: &SqlType, schema: &Schema) -> Option<SqlType> {
    // The others compare the whole.
    let inner = match method.name {
        "btree" | "gin" => access_method("btree")?,
        "hash" => access_method("hash")?,
        _ => return None,
    };
    let parts: Vec<SqlType> = match &sql_type.base {
        _ if sql_type.array => vec![SqlType {
            array: false,
            ..sql_type.clone()
        }],
        BaseType::Builtin(_) => return None,
        BaseType::Named(name) => match schema.type_named(name) {
            Some(Type::Composite(it)) => it.attributes.iter().map(|it| it.1.clone()).collect(),
            Some(Type::Enum(_) | Type::Domain(_)) | None => return None,
        },
    };
    parts.iter().map(|it| base(it, schema)).find_map(|it| {
        if is_known(&it, schema) && !has_default_class(inner, &it, schema) {
            return Some(it);
        }
        incomparable(inner, &it, schema)
    })
}

/// Whether raw SQL made operator classes or methods, which are not known here.
fn is_made_by_hand(schema: &Schema) -> bool {
    schema.get(&operator_mark("class")).is_some()
}

/// Whether PostgreSQL's own operator classes are all that the type may have.
fn is_known(sql_type: &SqlType, schema: &Schema) -> bool {
    match &sql_type.base {
        BaseType::Builtin(_) => true,
        BaseType::Named(name) => {
            // Arrays have the same classes whatever they are of.
            let named = schema.type_named(name);
            let is_plain = matches!(named, Some(Type::Enum(_) | Type::Composite(_)));
            (is_plain || sql_type.array && named.is_some())
                && schema.get(&ObjectId::Type(name.clone())).is_some()
        }
    }
}

fn has_default_class(method: &AccessMethod, sql_type: &SqlType, schema: &Schema) -> bool {
    let mut defaults = method.classes.iter().filter(|it| it.2);
    // Most types have a class of their own, and casts are searched for the others.
    let own = sql_type.scalar();
    own.is_some_and(|own| defaults.clone().any(|it| it.1 == own))
        || defaults.any(|it| accepts(it.1, sql_type, schema))
}

/// Whether an operator class that takes `input` takes the type, too.
fn accepts(input: &str, sql_type: &SqlType, schema: &Schema) -> bool {
    if sql_type.array {
        return input == "anyarray";
    }
    match &sql_type.base {
        BaseType::Builtin(name) => {
            let kind = builtin_type(name).map(|it| it.kind);
            binary_coercible(name, input)
                || match input {
                    "anyrange" => kind == Some(TypeKind::Range),
                    "anymultirange" => kind == Some(TypeKind::Multirange),
                    "anyarray" => matches!(*name, "int2vector" | "oidvector"),
                    _ => false,
                }
        }
        BaseType::Named(name) => match schema.type_named(name) {
            Some(Type::Enum(_)) => input == "anyenum",
            Some(Type::Composite(_)) => input == "record",
            Some(Type::Domain(_)) | None => false,
        },
    }
}

/// The name of an operator class that may be one of PostgreSQL's own, without its parameters.
fn builtin_class_name(class: &str) -> Option<SmolStr> {
    let tokens = lex(class, 0, class.len()).ok()?;
    let end = tokens.iter().position(|it| it.is(class, "("));
    match name_parts(class, &tokens[..end.unwrap_or(tokens.len())]).as_slice() {
        [name] => Some(name.clone()),
        [schema, name] if schema == "pg_catalog" => Some(name.clone()),
        _ => None,
    }
}
