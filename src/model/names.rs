//! What a name means in the schema, whether it is free, and the refusal where nothing has it.

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::kind::Kind;
use crate::name::Name;
use crate::schema::{Enum, Named, Object, ObjectId, Refusal, Schema, Table, Type};
use crate::token::quote_literal;

/// Refuses a name that a relation or a type has already, and a schema that does not exist.
pub fn check_free(schema: &Schema, name: &Name) -> Result<(), Refusal> {
    check_schema(schema, name)?;
    let relation = ObjectId::Relation(name.clone());
    if schema.relation_taken(name) {
        let kind = schema
            .get(&relation)
            .map_or(Kind::Index, |object| object.kind());
        return Err(Refusal::new(
            Code::DuplicateName,
            format!("{} \"{name}\" already exists", kind.with_article()),
        )
        .help("choose another name, or drop the existing object first")
        .at([name.name.clone()])
        .contradicts(relation));
    }
    check_type_free(schema, name)
}

/// Refuses a name that a type has already.
pub fn check_type_free(schema: &Schema, name: &Name) -> Result<(), Refusal> {
    let id = ObjectId::Type(name.clone());
    if schema.get(&id).is_some() {
        return Err(Refusal::new(
            Code::DuplicateName,
            format!("type \"{name}\" already exists"),
        )
        .help("a table and a type in the same schema cannot have the same name")
        .at([name.name.clone()])
        .contradicts(id));
    }
    Ok(())
}

/// Refuses a name in a schema that does not exist.
pub fn check_schema(schema: &Schema, name: &Name) -> Result<(), Refusal> {
    if schema
        .get(&ObjectId::Namespace(name.schema.clone()))
        .is_some()
    {
        return Ok(());
    }
    if name.schema.starts_with("pg_") || name.schema == "information_schema" {
        return Err(Refusal::new(
            Code::UnknownSchema,
            format!("the schema \"{}\" is reserved for PostgreSQL", name.schema),
        )
        .help("choose a schema of the application, such as public")
        .at([name.schema.clone()]));
    }
    let names: Vec<&str> = schema
        .objects()
        .filter(|it| matches!(it.0, ObjectId::Namespace(_)))
        .filter_map(|it| it.0.bare().map(SmolStr::as_str))
        .collect();
    Err(Refusal::new(
        Code::UnknownSchema,
        format!("there is no schema \"{}\"", name.schema),
    )
    .suggest(&name.schema, names)
    .help(format!("create it first: create schema {}", name.schema))
    .at([name.schema.clone()]))
}

/// The table that a statement is about.
pub fn table<'a>(schema: &'a Schema, name: &Name) -> Result<&'a Table, Refusal> {
    schema
        .table(name)
        .ok_or_else(|| match schema.relation(name) {
            None => unknown_relation(name, Kind::Table, schema),
            Some(Object::Opaque(it)) => Refusal::new(
                Code::UnknownTable,
                format!(
                    "{} \"{name}\" is created by raw SQL, so its columns are unknown",
                    it.kind
                ),
            )
            .help(format!(
                "change it in `sql {{ … }}`: alter {} {name} …",
                it.kind
            ))
            .at([name.name.clone()]),
            Some(other) => Refusal::new(
                Code::UnknownTable,
                format!(
                    "\"{name}\" is not a table but {}",
                    other.kind().with_article()
                ),
            )
            .at([name.name.clone()]),
        })
}

/// The enum called `name`.
pub fn enum_named<'a>(schema: &'a Schema, name: &Name) -> Result<&'a Enum, Refusal> {
    known_type(schema, name)?;
    match schema.type_named(name) {
        Some(Type::Enum(it)) => Ok(it),
        Some(Type::Composite(_) | Type::Domain(_)) | None => Err(Refusal::new(
            Code::UnknownType,
            format!("type \"{name}\" is not an enum"),
        )
        .at([name.name.clone()])
        .contradicts(ObjectId::Type(name.clone()))),
    }
}

/// Refuses a type that is not there; it may be one that only raw SQL makes.
pub fn known_type(schema: &Schema, name: &Name) -> Result<(), Refusal> {
    if schema.get(&ObjectId::Type(name.clone())).is_some() {
        return Ok(());
    }
    let types = schema.objects().filter_map(|it| it.0.type_name());
    let names = types.map(|it| it.name.as_str());
    Err(
        Refusal::new(Code::UnknownType, format!("there is no type \"{name}\""))
            .suggest(&name.name, names)
            .at([name.name.clone()]),
    )
}

/// The place of `value` among the enum's values.
pub fn position(it: &Enum, value: &SmolStr, name: &Name) -> Result<usize, Refusal> {
    it.values
        .iter()
        .position(|other| other == value)
        .ok_or_else(|| {
            let refusal = Refusal::new(
                Code::UnknownObject,
                format!("type \"{name}\" has no value '{value}'"),
            )
            .suggest(value, it.values.iter().map(SmolStr::as_str))
            .at([value.clone()])
            .contradicts(ObjectId::Type(name.clone()));
            if refusal.help.is_some() || it.values.is_empty() {
                return refusal;
            }
            let shown: Vec<String> = it
                .values
                .iter()
                .take(10)
                .map(|it| quote_literal(it))
                .collect();
            let more = if it.values.len() > shown.len() {
                ", …"
            } else {
                ""
            };
            refusal.help(format!("its values are {}{more}", shown.join(", ")))
        })
}

/// The refusal for what does not exist; `kind` is what was expected.
#[must_use]
pub fn unknown_relation(name: &Name, kind: Kind, schema: &Schema) -> Refusal {
    let names: Vec<&str> = schema
        .objects()
        .filter(|(_, object)| object.kind() == kind)
        .filter_map(|(id, _)| id.relation().filter(|it| it.schema == name.schema))
        .map(|it| it.name.as_str())
        .collect();
    let code = match kind {
        Kind::Table => Code::UnknownTable,
        Kind::Index => Code::UnknownIndex,
        Kind::Schema
        | Kind::Extension
        | Kind::Sequence
        | Kind::Type
        | Kind::Domain
        | Kind::Defined(_) => Code::UnknownObject,
    };
    Refusal::new(code, format!("there is no {} \"{name}\"", kind.word()))
        .suggest(&name.name, names)
        .at([name.name.clone()])
}

/// Every column of `names` in `table`, or the refusal that names the missing one.
pub fn check_columns<'a>(
    names: impl IntoIterator<Item = &'a SmolStr>,
    table: &Table,
    name: &Name,
) -> Result<(), Refusal> {
    for column in names {
        if table.column(column).is_none() {
            return Err(unknown_column(column, table, name));
        }
    }
    Ok(())
}

/// Refuses a name that PostgreSQL's system columns have (`CheckAttributeNamesTypes`).
pub fn check_column_name(column: &SmolStr, table: &Name) -> Result<(), Refusal> {
    if !["tableoid", "cmax", "xmax", "cmin", "xmin", "ctid"].contains(&column.as_str()) {
        return Ok(());
    }
    Err(Refusal::new(
        Code::DuplicateColumn,
        format!("table \"{table}\" cannot have a column \"{column}\": every table has a system column of that name"),
    )
    .help("choose another name")
    .at([column.clone()]))
}

/// The refusal for a column that `table`, called `name`, does not have.
#[must_use]
pub fn unknown_column(column: &SmolStr, table: &Table, name: &Name) -> Refusal {
    Refusal::new(
        Code::UnknownColumn,
        format!("there is no column \"{column}\" in table \"{name}\""),
    )
    .suggest(column, table.columns.iter().map(|it| it.name.as_str()))
    .at([column.clone()])
}

/// The refusal for a constraint that `table`, called `name`, does not have.
#[must_use]
pub fn unknown_constraint(constraint: &SmolStr, name: &Name, table: &Table) -> Refusal {
    Refusal::new(
        Code::UnknownConstraint,
        format!("there is no constraint \"{constraint}\" on table \"{name}\""),
    )
    .suggest(constraint, table.constraints.keys().map(SmolStr::as_str))
    .at([constraint.clone()])
}

/// The table whose constraint `name` carries an index of that name.
#[must_use]
pub fn owner_of_constraint_index(name: &Name, schema: &Schema) -> Option<(Name, SmolStr)> {
    let has_index = |table: &Table| {
        let constraint = table.constraints.get(&name.name);
        constraint.is_some_and(|it| it.kind.has_index())
    };
    schema
        .objects()
        .filter_map(Named::table)
        .find(|(owner, table)| owner.schema == name.schema && has_index(table))
        .map(|(owner, _)| (owner.clone(), name.name.clone()))
}

/// Refuses more columns than a table can have (`MaxHeapAttributeNumber`). The server also counts dropped ones, of which nothing
/// is known here.
pub fn check_count(columns: usize, table: &Name) -> Result<(), Refusal> {
    const MOST: usize = 1600;
    if columns <= MOST {
        return Ok(());
    }
    Err(Refusal::new(
        Code::InvalidColumn,
        format!("table \"{table}\" would have {columns} columns"),
    )
    .help(format!("a table has at most {MOST} columns")))
}
