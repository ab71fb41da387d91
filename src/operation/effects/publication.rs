//! `create publication` and `alter publication` (`parse_publication_options`, `ObjectsInPublicationToOids`,
//! `OpenTableList`, `TransformPubWhereClauses` and `check_publication_add_relation` of PostgreSQL's source).

use std::collections::BTreeSet;

use smol_str::SmolStr;

use crate::binder::{Binder, Place, Relation, Ty};
use crate::builtin;
use crate::diagnostic::Code;
use crate::kind::{Defined, Kind};
use crate::model::bind::{refusal, world};
use crate::model::opaque::qualify;
use crate::name::Name;
use crate::operation::effects::{names, wrong};
use crate::schema::{Object, ObjectId, Refusal, Schema, operator_mark};
use crate::tree::definition::{Choice, Publication, PublicationChange, Published};
use crate::tree::{Expr, ExprKind};

const SYSTEM: [&str; 6] = ["tableoid", "ctid", "xmin", "xmax", "cmin", "cmax"];

/// Refuses a publication that PostgreSQL refuses.
pub(super) fn check(schema: &Schema, it: &Publication, text: &str) -> Result<(), Refusal> {
    options(&it.options, text)?;
    let is_of_schemas = it.objects.iter().any(|it| it.named.kind == "schema");
    let mut seen: Vec<(&Published, Name)> = Vec::new();
    for object in &it.objects {
        let range = &object.named.name.range;
        if object.bare {
            return Err(wrong(text, range, "this is neither a table nor a schema")
                .help("write: table … or tables in schema …"));
        }
        let is_schema = object.named.kind == "schema";
        if is_schema && (object.listed || object.filter.is_some()) {
            return Err(wrong(
                text,
                range,
                "of a schema all tables are published, with all columns and rows",
            ));
        }
        if is_schema && object.named.name.parts.len() > 1 {
            return Err(wrong(text, range, "this is no name of a schema"));
        }
        if object.named.name.parts.is_empty() {
            continue;
        }
        names::check(schema, &object.named, names::Use::Other)?;
        if is_schema {
            continue;
        }
        if it.change == PublicationChange::Drop && (object.listed || object.filter.is_some()) {
            return Err(wrong(
                text,
                range,
                "a table is dropped from a publication as a whole",
            ));
        }
        if object.listed && is_of_schemas {
            return Err(wrong(
                text,
                range,
                "beside the tables of schemas no table has a list of columns",
            ));
        }
        let Some(name) = qualify(&object.named.name.parts, &schema.default) else {
            continue;
        };
        if let Some((other, _)) = seen.iter().find(|it| it.1 == name)
            && (other.listed || object.listed || other.filter.is_some() || object.filter.is_some())
        {
            return Err(wrong(
                text,
                range,
                format!("\"{name}\" is published twice, with other columns or rows"),
            ));
        }
        if it.change != PublicationChange::Drop {
            table(schema, object, &name, text)?;
        }
        seen.push((object, name));
    }
    Ok(())
}

fn options(options: &[Choice], text: &str) -> Result<(), Refusal> {
    const KNOWN: [&str; 3] = [
        "publish",
        "publish_via_partition_root",
        "publish_generated_columns",
    ];
    const ACTIONS: [&str; 4] = ["insert", "update", "delete", "truncate"];
    let mut seen = BTreeSet::new();
    for option in options {
        let name = option.name.as_str();
        if !KNOWN.contains(&name) {
            return Err(wrong(
                text,
                &option.range,
                format!("a publication has no option \"{name}\""),
            )
            .suggest(name, KNOWN));
        }
        if !seen.insert(name) {
            return Err(wrong(text, &option.range, "this option is given twice"));
        }
        let Some(list) = option
            .value
            .strip_prefix('\'')
            .and_then(|it| it.strip_suffix('\''))
            .filter(|it| name == "publish" && !it.contains(['\'', '"', '\\']))
        else {
            continue;
        };
        let mut words = list.split(',').map(str::trim);
        let is_known = |word: &str| ACTIONS.contains(&word.to_ascii_lowercase().as_str());
        if !list.trim().is_empty()
            && let Some(word) = words.find(|it| !is_known(it))
        {
            return Err(wrong(
                text,
                &option.range,
                format!("\"{word}\" is no change that can be published"),
            )
            .help("publish some of: insert, update, delete, truncate"));
        }
    }
    Ok(())
}

/// A table that is published.
fn table(schema: &Schema, object: &Published, name: &Name, text: &str) -> Result<(), Refusal> {
    let range = &object.named.name.range;
    if let Some(found) = schema.relation(name) {
        let opaque = found.as_opaque();
        let is_other = matches!(
            found.kind(),
            Kind::Sequence
                | Kind::Index
                | Kind::Defined(Defined::View | Defined::MaterializedView | Defined::ForeignTable)
        ) && opaque.is_none_or(|it| !it.declared);
        if is_other {
            return Err(wrong(
                text,
                range,
                format!(
                    "only tables are published, and \"{name}\" is {}",
                    found.kind().with_article()
                ),
            ));
        }
        let is_stale = world(schema).is_stale(name);
        let is_short_lived = opaque.is_some_and(|it| it.temporary)
            || matches!(found, Object::Table(it) if it.unlogged && !is_stale);
        if is_short_lived {
            return Err(wrong(
                text,
                range,
                format!("\"{name}\" is temporary or unlogged: it is not published"),
            ));
        }
    }
    let mut seen: BTreeSet<&SmolStr> = BTreeSet::new();
    for (column, range) in &object.named.columns {
        if SYSTEM.contains(&column.as_str()) {
            return Err(wrong(text, range, "system columns are not published"));
        }
        if !seen.insert(column) {
            return Err(wrong(text, range, "the column is listed twice"));
        }
        let own = schema.table(name).and_then(|it| it.column(column));
        // PostgreSQL 18 publishes those that are stored.
        if schema.server < 18 && own.is_some_and(|it| it.generated.is_some()) {
            return Err(wrong(text, range, "generated columns are not published"));
        }
    }
    match &object.filter {
        Some(filter) => rows(schema, filter, name, text),
        None => Ok(()),
    }
}

/// The condition of the rows that are published: it is made of what PostgreSQL has itself.
fn rows(schema: &Schema, filter: &Expr, name: &Name, text: &str) -> Result<(), Refusal> {
    let world = world(schema);
    let Relation::Known(columns) = world.relation_named(name) else {
        return Ok(());
    };
    let mut binder = Binder::new(world);
    binder.see(name, None, &columns);
    binder
        .bind_boolean(filter, Place::Where)
        .map_err(|it| refusal(it, text, Code::InvalidExpression))?;
    let refuse = |range, what: &str| {
        Err(wrong(
            text,
            range,
            format!("the rows that are published cannot depend on {what}"),
        )
        .help("use columns, constants, and immutable functions and operators of PostgreSQL"))
    };
    if let Some(function) = binder.uses().functions.iter().next() {
        return refuse(&filter.range, &format!("the function \"{function}\""));
    }
    if let Some((what, range)) = binder.changing() {
        return refuse(range, what);
    }
    let mut waiting = vec![filter];
    while let Some(expr) = waiting.pop() {
        if expr.holds_query() {
            return refuse(&expr.range, "a query");
        }
        if let ExprKind::Column(parts) = &expr.kind {
            let last = parts.last().map_or("", SmolStr::as_str);
            let own = columns.iter().find(|it| it.name == last);
            let is_own_type = own
                .is_some_and(|it| matches!(it.typed.ty, Ty::Enum(_) | Ty::Domain(_) | Ty::Row(_)));
            if is_own_type {
                return refuse(&expr.range, "values of types that are not PostgreSQL's own");
            }
            if own.is_none() && SYSTEM.contains(&last) {
                return refuse(&expr.range, "system columns");
            }
        }
        if let ExprKind::Operator { operator, .. } = &expr.kind {
            let sign = operator.name.as_str();
            let is_own = schema.get(&operator_mark(sign)).is_some();
            if is_own && builtin::operators(sign).is_empty() {
                return refuse(&expr.range, &format!("the operator {sign}"));
            }
        }
        if let ExprKind::Collate(_, collation) = &expr.kind {
            let own = qualify(&collation.parts, &schema.default);
            let id = own.map(|it| ObjectId::of(Kind::Defined(Defined::Collation), &it));
            let called = collation.parts.last().map_or("", SmolStr::as_str);
            let is_own = id.is_some_and(|it| schema.get(&it).is_some());
            if is_own && builtin::collation(called, schema.server).is_none() {
                return refuse(&expr.range, "a collation that is not PostgreSQL's own");
            }
        }
        waiting.extend(expr.children());
    }
    Ok(())
}
