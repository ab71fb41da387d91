//! Equal keys of one `create table`, of which PostgreSQL makes one index.

use crate::model::key::one_index;
use crate::operation::definition::constraint::ConstraintDefinition;
use crate::schema::ConstraintKind;

/// Takes out the keys that PostgreSQL makes one index of: of equal ones the first stays, the primary key before all, with
/// the first name that was written (transformIndexConstraints).
pub(super) fn merge(definitions: &mut Vec<ConstraintDefinition>) {
    let mut order: Vec<usize> = (0..definitions.len()).collect();
    order.sort_by_key(|at| !matches!(definitions[*at].kind, ConstraintKind::PrimaryKey(_)));
    let mut kept: Vec<usize> = Vec::new();
    let mut gone: Vec<usize> = Vec::new();
    for at in order {
        let definition = &definitions[at];
        if !definition.kind.has_index() || definition.using_index.is_some() {
            continue;
        }
        let same = |it: &&usize| {
            let other = &definitions[**it];
            one_index(&other.kind, &definition.kind)
                && (other.deferrable, other.initially_deferred)
                    == (definition.deferrable, definition.initially_deferred)
        };
        match kept.iter().find(same).copied() {
            None => kept.push(at),
            Some(first) => {
                let name = definition.name.clone();
                definitions[first].name = definitions[first].name.take().or(name);
                gone.push(at);
            }
        }
    }
    let mut at = 0;
    definitions.retain(|_| {
        at += 1;
        !gone.contains(&(at - 1))
    });
}
