//! `attach partition` and `detach partition`.

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::kind::{Defined, Kind};
use crate::model::family::{descendants, put};
use crate::model::names::table;
use crate::model::partition::{fits, inherit, set_inherited};
use crate::model::partition_bound;
use crate::model::partition_key::default_partition;
use crate::name::Name;
use crate::schema::{Object, ObjectId, Partition, Refusal, Schema};

pub fn attach(
    partition: &Name,
    bound: &SmolStr,
    name: &Name,
    schema: &mut Schema,
) -> Result<(), Refusal> {
    let parent = table(schema, name)?.clone();
    if parent.partition_by.is_none() {
        return Err(Refusal::new(
            Code::InvalidPartition,
            format!("table \"{name}\" is not partitioned"),
        )
        .help("create it with `partition by …`")
        .contradicts(ObjectId::Relation(name.clone())));
    }
    if let Some(Object::Opaque(foreign)) = schema.relation(partition)
        && foreign.kind == Kind::Defined(Defined::ForeignTable)
    {
        let mut foreign = foreign.clone();
        foreign.part_of = Some(name.clone());
        let id = ObjectId::Relation(partition.clone());
        schema.put(id, Some(Object::Opaque(foreign)));
        return Ok(());
    }
    let mut child = table(schema, partition)?.clone();
    if partition == name || descendants(schema, partition).contains(name) {
        return Err(Refusal::new(
            Code::InvalidPartition,
            format!("table \"{partition}\" cannot become a partition of \"{name}\", which it holds itself"),
        )
        .at([partition.name.clone()]));
    }
    if let Some(present) = &child.partition_of {
        return Err(Refusal::new(
            Code::InvalidPartition,
            format!(
                "table \"{partition}\" is already a partition of \"{}\"",
                present.parent
            ),
        )
        .help("detach it first")
        .contradicts(ObjectId::Relation(partition.clone())));
    }
    let heir = schema.children(partition).min();
    let relative = match (child.inherits.first(), heir) {
        (Some(above), _) => Some((above, format!("inherits from \"{above}\""))),
        (None, Some(below)) if child.partition_by.is_none() => {
            Some((below, format!("is inherited by \"{below}\"")))
        }
        (None, _) => None,
    };
    if let Some((relative, how)) = relative {
        return Err(Refusal::new(
            Code::InvalidPartition,
            format!("table \"{partition}\" cannot become a partition: it {how}"),
        )
        .help("attach a table that has neither parents nor children")
        .at([partition.name.clone()])
        .contradicts(ObjectId::Relation(relative.clone())));
    }
    partition_bound::check(bound, &parent, name, schema)?;
    fits(&child, partition, &parent, name, schema)?;
    set_inherited(&mut child, &parent, true);
    child.partition_of = Some(Partition {
        parent: name.clone(),
        bound: bound.clone(),
    });
    put(schema, partition, child);
    inherit(schema, partition)?;
    for below in descendants(schema, partition) {
        inherit(schema, &below)?;
    }
    Ok(())
}

pub fn detach(
    partition: &Name,
    concurrently: bool,
    name: &Name,
    schema: &mut Schema,
) -> Result<(), Refusal> {
    let parent = table(schema, name)?.clone();
    let mut child = table(schema, partition)?.clone();
    if child
        .partition_of
        .as_ref()
        .is_none_or(|it| it.parent != *name)
    {
        return Err(Refusal::new(
            Code::InvalidPartition,
            format!("table \"{partition}\" is not a partition of \"{name}\""),
        )
        .at([partition.name.clone()])
        .contradicts(ObjectId::Relation(partition.clone())));
    }
    // The rows of the default partition would have to be looked at under a lock that nobody else may wait for, so the
    // server refuses it, also where the default partition itself is the one to go.
    if let (true, Some(default)) = (concurrently, default_partition(schema, name)) {
        return Err(Refusal::new(
            Code::InvalidPartition,
            format!(
                "a partition of \"{name}\" cannot be detached concurrently, because it has the default partition \"{default}\""
            ),
        )
        .help("write `detach partition` without `concurrently`; this takes an exclusive lock")
        .at([SmolStr::new("concurrently")])
        .contradicts(ObjectId::Relation(default.clone())));
    }
    child.partition_of = None;
    set_inherited(&mut child, &parent, false);
    put(schema, partition, child);
    crate::model::partition::release_indexes(schema, partition);
    Ok(())
}
