//! Views and tables that a query defines: the query is bound, so that their columns are known.

use std::collections::BTreeSet;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::binder::{Binder, Output, Uses};
use crate::diagnostic::Code;
use crate::kind::{Defined, Kind};
use crate::model::bind::{refusal, world};
use crate::model::opaque::made;
use crate::name::Name;
use crate::operation::effects::exists;
use crate::schema::{Column, Object, ObjectId, Opaque, Refusal, Schema, Table, ViewRows};
use crate::sql_type::SqlType;
use crate::tree::definition::{TableAs, View};
use crate::tree::{CommonTable, Query, Statement, With};

/// A query bound: its columns with their types where all are known, and what it uses.
struct Defining {
    columns: Option<Vec<(SmolStr, SqlType)>>,
    uses: Uses,
    rows: ViewRows,
}

fn bind(
    schema: &Schema,
    query: &Query,
    names: &[SmolStr],
    text: &str,
) -> Result<Defining, Refusal> {
    let world = world(schema);
    let mut binder = Binder::new(world);
    let output = binder
        .bind_query(query)
        .map_err(|it| refusal(it, text, Code::InvalidQuery))?;
    let uses = binder.uses().clone();
    check_names(&output, names)?;
    if let Some(column) = output
        .columns
        .iter()
        .find(|it| it.typed.ty.is_pseudo() && !it.typed.ty.is_unknown())
    {
        return Err(Refusal::new(
            Code::InvalidQuery,
            format!(
                "column \"{}\" is {}, which is not a type of columns",
                column.name, column.typed.ty
            ),
        )
        .help("select its fields, or call the function in `from`")
        .at([column.name.clone()]));
    }
    let columns = (!output.opaque).then(|| {
        let columns = output.columns.iter().enumerate();
        columns
            .map(|(at, it)| {
                let name = names.get(at).unwrap_or(&it.name).clone();
                Some((name, world.sql_type(&it.typed)?))
            })
            .collect::<Option<Vec<_>>>()
    });
    Ok(Defining {
        columns: columns.flatten(),
        uses,
        rows: output.rows,
    })
}

/// Refuses columns that are named twice, and more names than columns.
fn check_names(output: &Output, names: &[SmolStr]) -> Result<(), Refusal> {
    if output.opaque {
        return Ok(());
    }
    if names.len() > output.columns.len() {
        return Err(Refusal::new(
            Code::InvalidQuery,
            format!(
                "{} names are given, and the query has {} columns",
                names.len(),
                output.columns.len()
            ),
        ));
    }
    let mut seen = BTreeSet::new();
    for (at, column) in output.columns.iter().enumerate() {
        let name = names.get(at).unwrap_or(&column.name);
        if !seen.insert(name) {
            return Err(Refusal::new(
                Code::DuplicateColumn,
                format!("two columns of the query are called \"{name}\""),
            )
            .help("give one of them another name: … as other_name")
            .at([name.clone()]));
        }
    }
    Ok(())
}

/// `create [or replace] [materialized] view`.
pub(super) fn create(schema: &mut Schema, view: &View, text: &str) -> Result<(), Refusal> {
    let Some(name) = made(&view.name.parts, view.temporary, &schema.default) else {
        return Ok(());
    };
    let kind = Kind::Defined(if view.materialized {
        Defined::MaterializedView
    } else {
        Defined::View
    });
    let id = ObjectId::Relation(name.clone());
    let before = schema.get(&id).cloned();
    match before.as_deref() {
        None => {}
        Some(_) if view.if_not_exists => return Ok(()),
        Some(Object::Opaque(it)) if it.declared || it.kind == kind && view.or_replace => {}
        Some(object) => return Err(exists(&id, object.kind(), &name)),
    }
    let query = if view.recursive {
        recursive(view)
    } else {
        view.query.clone()
    };
    let defining = bind(schema, &query, &view.columns, text)?;
    let output: Option<Arc<[_]>> = defining.columns.map(Arc::from);
    let before = before.as_ref().and_then(|it| it.as_opaque());
    if let (Some(before), Some(after)) = (before.and_then(|it| it.output.as_ref()), output.as_ref())
    {
        check_replaced(&name, before, after)?;
    }
    let mut opaque = Opaque {
        kind,
        declared: before.is_some_and(|it| it.declared),
        is_read: true,
        temporary: view.temporary,
        output,
        rows: defining.rows,
        ..Opaque::default()
    };
    super::take_uses(&mut opaque, &defining.uses);
    opaque.uses.remove(&id);
    schema.put(id, Some(Object::Opaque(opaque)));
    Ok(())
}

/// `create recursive view n (a) as q` is `with recursive n (a) as (q) select a from n`.
fn recursive(view: &View) -> Query {
    let name = view.name.parts.last().cloned().unwrap_or_default();
    let table = CommonTable {
        name: name.clone(),
        columns: view.columns.clone(),
        statement: Statement::Query(Box::new(view.query.clone())),
        search: None,
        cycle: None,
        range: view.name.range.clone(),
    };
    Query {
        with: Some(With {
            recursive: true,
            tables: vec![table],
        }),
        body: crate::tree::Body::Table(crate::tree::Name {
            parts: vec![name],
            range: view.name.range.clone(),
        }),
        order_by: Vec::new(),
        limit: Vec::new(),
        locks: false,
        range: view.query.range.clone(),
    }
}

/// A view keeps its first columns, with their types (`checkViewTupleDesc`).
fn check_replaced(
    name: &Name,
    before: &[(SmolStr, SqlType)],
    after: &[(SmolStr, SqlType)],
) -> Result<(), Refusal> {
    let refuse = |message: String, at: Option<&SmolStr>| {
        let refusal = Refusal::new(Code::InvalidQuery, message)
            .help(format!("drop it first: drop view {name}"))
            .contradicts(ObjectId::Relation(name.clone()));
        Err(match at {
            Some(at) => refusal.at([at.clone()]),
            None => refusal,
        })
    };
    if after.len() < before.len() {
        let gone = &before[after.len()].0;
        return refuse(
            format!("`create or replace view` cannot take the column \"{gone}\" from \"{name}\""),
            None,
        );
    }
    for (old, new) in before.iter().zip(after) {
        if old.0 != new.0 {
            return refuse(
                format!(
                    "`create or replace view` cannot rename the column \"{}\" of \"{name}\" to \"{}\"",
                    old.0, new.0
                ),
                Some(&new.0),
            );
        }
        if old.1 != new.1 {
            return refuse(
                format!(
                    "`create or replace view` cannot change the type of \"{}\" from {} to {}",
                    old.0, old.1, new.1
                ),
                Some(&new.0),
            );
        }
    }
    Ok(())
}

/// `create table … as` and `select … into`: a table that depends on nothing of the query.
pub(super) fn create_table(
    schema: &mut Schema,
    table: &TableAs,
    text: &str,
) -> Result<(), Refusal> {
    let Some(name) = made(&table.name.parts, table.temporary, &schema.default) else {
        return Ok(());
    };
    let id = ObjectId::Relation(name.clone());
    let declared = match schema.get(&id).map(|it| &**it) {
        None => false,
        Some(Object::Opaque(it)) if it.declared => true,
        Some(_) if table.if_not_exists => return Ok(()),
        Some(object) => return Err(exists(&id, object.kind(), &name)),
    };
    let columns = match &table.query {
        None => None,
        Some(query) => bind(schema, query, &table.columns, text)?.columns,
    };
    let object = match columns {
        Some(columns) if table.temporary => Object::Opaque(Opaque {
            kind: Kind::Table,
            is_read: true,
            temporary: true,
            output: Some(columns.into()),
            ..Opaque::default()
        }),
        Some(columns) => Object::Table(Table {
            unlogged: table.unlogged,
            columns: columns.into_iter().map(column).collect(),
            ..Table::default()
        }),
        None => Object::Opaque(Opaque {
            kind: Kind::Table,
            declared,
            is_read: true,
            temporary: table.temporary,
            ..Opaque::default()
        }),
    };
    schema.put(id, Some(object));
    Ok(())
}

fn column((name, sql_type): (SmolStr, SqlType)) -> Arc<Column> {
    Arc::new(Column::bare(name, sql_type))
}
