//! Statements that the language reads -> operations; tables and indexes in `table`.

use smol_str::SmolStr;

use crate::kind::Kind;
use crate::name::Name;
use crate::operation::enum_value::ValuePlace;
use crate::operation::{
    AddEnumValue, AlterSequence, CommentOn, CreateDomain, CreateExtension, CreateSchema,
    CreateSequence, CreateType, Drop, DropEnumValue, Operation, Rename,
};
use crate::schema::{Composite, Enum, Part, Subject, Type};
use crate::syntax::build::{Build, Built, all, find, has, once, parts, the};
use crate::syntax::clause::{collation, owner, rename, sequence_options, set_schema};
use crate::syntax::grammar::Rule;
use crate::syntax::reader::Pair;
use crate::syntax::table;

/// The statement that the text is.
pub(super) fn one(build: Build<'_>) -> Built<Operation> {
    operations(build).map(|mut it| it.remove(0))
}

/// The operations that the statements mean.
pub(super) fn operations(build: Build<'_>) -> Built<Vec<Operation>> {
    let tree = build.parse(Rule::body_statements)?;
    tree.pairs()
        .filter(|it| !matches!(it.rule(), Rule::kw_create | Rule::kw_alter | Rule::end))
        .map(|it| operation(build, &it))
        .collect()
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the grammar has many rules, a statement is one of these"
)]
fn operation(build: Build<'_>, pair: &Pair<'_>) -> Built<Operation> {
    match pair.rule() {
        Rule::create_table => table::create_table(build, pair).map(Operation::CreateTable),
        Rule::create_index => table::create_index(build, pair).map(Operation::CreateIndex),
        Rule::alter_table => table::alter_table(build, pair),
        Rule::create_type => create_type(build, pair),
        Rule::create_domain => create_domain(build, pair),
        Rule::create_schema => create_schema(build, pair),
        Rule::create_extension => create_extension(build, pair),
        Rule::create_sequence => create_sequence(build, pair),
        Rule::alter_index => {
            let name = build.qualified(&the(pair, Rule::qualified))?;
            rename(
                build,
                pair,
                Subject::new(Kind::Index, name),
                &the(pair, Rule::rename_to),
            )
        }
        Rule::alter_type => alter_type(build, pair),
        Rule::alter_domain => {
            let name = build.qualified(&the(pair, Rule::qualified))?;
            match find(pair, Rule::rename_to) {
                Some(to) => rename(build, pair, Subject::new(Kind::Domain, name), &to),
                None => set_schema(build, pair, Kind::Domain, name),
            }
        }
        Rule::alter_sequence => alter_sequence(build, pair),
        Rule::drop => drop(build, pair),
        Rule::comment_on => comment_on(build, pair),
        other => unreachable!("{other:?} is no statement"),
    }
}

fn create_type(build: Build<'_>, pair: &Pair<'_>) -> Built<Operation> {
    let definition = if let Some(values) = find(pair, Rule::enum_values) {
        let values = all(&values, Rule::string)
            .map(|it| Ok(build.string(&it)?.into()))
            .collect::<Built<Vec<SmolStr>>>()?;
        Type::Enum(Enum {
            values,
            comment: None,
        })
    } else {
        let attributes = all(&the(pair, Rule::attributes), Rule::attribute)
            .map(|attribute| {
                let collation = find(&attribute, Rule::collate).map(|it| collation(build, &it));
                Ok((
                    build.name(&the(&attribute, Rule::name))?,
                    build.sql_type(&the(&attribute, Rule::sql_type))?,
                    collation.transpose()?,
                ))
            })
            .collect::<Built<Vec<_>>>()?;
        Type::Composite(Composite {
            attribute_comments: std::collections::BTreeMap::new(),
            attributes,
            comment: None,
        })
    };
    Ok(Operation::CreateType(CreateType {
        name: build.qualified(&the(pair, Rule::qualified))?,
        if_not_exists: has(pair, Rule::if_not_exists),
        definition,
    }))
}

fn create_domain(build: Build<'_>, pair: &Pair<'_>) -> Built<Operation> {
    once(
        build,
        pair,
        &[Rule::default, Rule::collate, Rule::not_null, Rule::null],
    )?;
    if has(pair, Rule::not_null)
        && let Some(null) = find(pair, Rule::null)
    {
        return build.fault(
            &null,
            "the domain is declared both null and not null",
            "remove one of them",
        );
    }
    let checks = all(pair, Rule::domain_check)
        .map(|check| {
            let name =
                find(&check, Rule::constraint_name).map(|it| build.name(&the(&it, Rule::name)));
            Ok((
                name.transpose()?,
                build.parenthesised(&the(&check, Rule::parenthesised))?,
            ))
        })
        .collect::<Built<Vec<_>>>()?;
    let default =
        find(pair, Rule::default).map(|it| build.expression(&the(&it, Rule::b_expression)));
    let collation = find(pair, Rule::collate).map(|it| collation(build, &it));
    Ok(Operation::CreateDomain(CreateDomain {
        name: build.qualified(&the(pair, Rule::qualified))?,
        if_not_exists: has(pair, Rule::if_not_exists),
        base: build.sql_type(&the(pair, Rule::sql_type))?,
        collation: collation.transpose()?,
        default: default.transpose()?,
        not_null: has(pair, Rule::not_null),
        checks,
    }))
}

fn create_schema(build: Build<'_>, pair: &Pair<'_>) -> Built<Operation> {
    let mut names = all(pair, Rule::name);
    let name = build.name(&names.next().expect("a schema has a name"))?;
    let authorization = names.next().map(|it| build.name(&it)).transpose()?;
    Ok(Operation::CreateSchema(CreateSchema {
        name,
        if_not_exists: has(pair, Rule::if_not_exists),
        authorization,
    }))
}

fn create_extension(build: Build<'_>, pair: &Pair<'_>) -> Built<Operation> {
    once(
        build,
        pair,
        &[
            Rule::extension_schema,
            Rule::extension_version,
            Rule::kw_cascade,
        ],
    )?;
    let schema = find(pair, Rule::extension_schema).map(|it| build.name(&the(&it, Rule::name)));
    let version = find(pair, Rule::extension_version).map(|it| match find(&it, Rule::string) {
        Some(text) => build.string(&text).map(SmolStr::from),
        None => build.name(&the(&it, Rule::name)),
    });
    Ok(Operation::CreateExtension(CreateExtension {
        name: build.name(&the(pair, Rule::name))?,
        if_not_exists: has(pair, Rule::if_not_exists),
        schema: schema.transpose()?,
        version: version.transpose()?,
        cascade: has(pair, Rule::kw_cascade),
    }))
}

fn create_sequence(build: Build<'_>, pair: &Pair<'_>) -> Built<Operation> {
    Ok(Operation::CreateSequence(CreateSequence {
        name: build.qualified(&the(pair, Rule::qualified))?,
        if_not_exists: has(pair, Rule::if_not_exists),
        unlogged: has(pair, Rule::kw_unlogged),
        options: sequence_options(build, pair)?,
    }))
}

fn alter_type(build: Build<'_>, pair: &Pair<'_>) -> Built<Operation> {
    let name = build.qualified(&the(pair, Rule::qualified))?;
    let text = |pair: &Pair<'_>| -> Built<Vec<SmolStr>> {
        all(pair, Rule::string)
            .map(|it| Ok(build.string(&it)?.into()))
            .collect()
    };
    let if_exists = has(pair, Rule::if_exists);
    if let Some(to) = find(pair, Rule::rename_to) {
        return rename(build, pair, Subject::new(Kind::Type, name), &to);
    }
    if find(pair, Rule::set_schema).is_some() {
        return set_schema(build, pair, Kind::Type, name);
    }
    if let Some(it) = find(pair, Rule::rename_attribute) {
        let from = build.name(&the(&it, Rule::name))?;
        return rename(
            build,
            pair,
            Subject::new(Kind::Type, name).with(Part::Attribute(from)),
            &it,
        );
    }
    if let Some(it) = find(pair, Rule::rename_value) {
        let mut values = text(&it)?;
        let to = values.pop().expect("a rename of a value has two texts");
        let from = values.pop().expect("a rename of a value has two texts");
        return Ok(Operation::Rename(Rename {
            subject: Subject::new(Kind::Type, name).with(Part::Value(from)),
            if_exists,
            to,
        }));
    }
    if let Some(it) = find(pair, Rule::drop_value) {
        if if_exists {
            return guarded(build, pair);
        }
        let value = text(&it)?.remove(0);
        return Ok(Operation::DropEnumValue(DropEnumValue { name, value }));
    }
    let it = the(pair, Rule::add_value);
    if if_exists {
        return guarded(build, pair);
    }
    let place = match find(&it, Rule::value_place) {
        None => ValuePlace::Last,
        Some(place) => {
            let other = text(&place)?.remove(0);
            if has(&place, Rule::kw_before) {
                ValuePlace::Before(other)
            } else {
                ValuePlace::After(other)
            }
        }
    };
    Ok(Operation::AddEnumValue(AddEnumValue {
        name,
        if_not_exists: has(&it, Rule::if_not_exists),
        value: text(&it)?.remove(0),
        place,
    }))
}

fn guarded(build: Build<'_>, pair: &Pair<'_>) -> Built<Operation> {
    build.fault(
        &the(pair, Rule::if_exists),
        "`if exists` cannot be combined with a change of an enum's values",
        "remove `if exists`; use `add value if not exists` if the value may already exist",
    )
}

fn alter_sequence(build: Build<'_>, pair: &Pair<'_>) -> Built<Operation> {
    let name = build.qualified(&the(pair, Rule::qualified))?;
    if let Some(to) = find(pair, Rule::rename_to) {
        return rename(build, pair, Subject::new(Kind::Sequence, name), &to);
    }
    if find(pair, Rule::set_schema).is_some() {
        return set_schema(build, pair, Kind::Sequence, name);
    }
    Ok(Operation::AlterSequence(AlterSequence {
        name,
        if_exists: has(pair, Rule::if_exists),
        options: sequence_options(build, pair)?,
    }))
}

fn drop(build: Build<'_>, pair: &Pair<'_>) -> Built<Operation> {
    let kind_pair = the(pair, Rule::drop_kind);
    let kinds = [
        (Rule::kw_table, Kind::Table),
        (Rule::kw_index, Kind::Index),
        (Rule::kw_sequence, Kind::Sequence),
        (Rule::kw_type, Kind::Type),
        (Rule::kw_domain, Kind::Domain),
        (Rule::kw_schema, Kind::Schema),
        (Rule::kw_extension, Kind::Extension),
    ];
    let kind = kinds
        .into_iter()
        .find(|(rule, _)| has(&kind_pair, *rule))
        .expect("the grammar knows these kinds")
        .1;
    let names = all(pair, Rule::qualified)
        .map(|it| {
            let name = build.qualified(&it)?;
            let bare = !kind.is_qualified();
            if bare && build.slice(&it).contains('.') && build.parts(&it)?.len() > 1 {
                return build.fault(
                    &it,
                    "this name can have only one part",
                    "remove the part before the dot",
                );
            }
            Ok(name)
        })
        .collect::<Built<Vec<Name>>>()?;
    let concurrently = has(pair, Rule::kw_concurrently);
    let cascade = table::cascade(pair);
    if concurrently && kind != Kind::Index {
        return build.fault(
            &the(pair, Rule::kw_concurrently),
            "only an index can be dropped concurrently",
            "remove `concurrently`",
        );
    }
    if concurrently && (names.len() > 1 || cascade) {
        return build.fault(
            &the(pair, Rule::kw_concurrently),
            "`drop index concurrently` allows only one index, and no `cascade`",
            "write one statement for each index",
        );
    }
    Ok(Operation::Drop(Drop {
        kind,
        names,
        if_exists: has(pair, Rule::if_exists),
        cascade,
        concurrently,
    }))
}

/// `constraint name on [domain] name`
pub(super) fn on_constraint(build: Build<'_>, pair: &Pair<'_>) -> Built<Subject> {
    let constraint = build.name(&the(pair, Rule::name))?;
    let name = build.qualified(&the(pair, Rule::qualified))?;
    Ok(if has(pair, Rule::kw_domain) {
        Subject::new(Kind::Domain, name).with(Part::Constraint(constraint))
    } else {
        Subject::constraint(name, constraint)
    })
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the grammar has many rules, a subject is one of these"
)]
fn comment_on(build: Build<'_>, pair: &Pair<'_>) -> Built<Operation> {
    let comment = find(pair, Rule::string)
        .map(|it| build.string(&it))
        .transpose()?;
    let mut subject = None;
    for it in parts(*pair) {
        let name = |it: &Pair<'_>| build.qualified(&the(it, Rule::qualified));
        subject = Some(match it.rule() {
            Rule::on_table => Subject::new(Kind::Table, name(&it)?),
            Rule::on_column => {
                let (table, column) = owner(build, &the(&it, Rule::owner))?;
                Subject::column(table, column)
            }
            Rule::on_constraint => on_constraint(build, &it)?,
            Rule::on_index => Subject::new(Kind::Index, name(&it)?),
            Rule::on_sequence => Subject::new(Kind::Sequence, name(&it)?),
            Rule::on_type => Subject::new(Kind::Type, name(&it)?),
            Rule::on_domain => Subject::new(Kind::Domain, name(&it)?),
            Rule::on_schema => Subject::bare(Kind::Schema, &build.name(&the(&it, Rule::name))?),
            Rule::on_extension => {
                Subject::bare(Kind::Extension, &build.name(&the(&it, Rule::name))?)
            }
            _ => continue,
        });
    }
    Ok(Operation::CommentOn(CommentOn {
        subject: subject.expect("a comment has a subject"),
        comment: comment.map(SmolStr::from).filter(|it| !it.is_empty()),
    }))
}
